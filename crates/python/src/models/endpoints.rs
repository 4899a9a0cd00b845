use std::collections::BTreeSet;

use lambda_slim_archive::Input;
use lambda_slim_engine::Rewriter;
use lambda_slim_package::{Entry, EntryId, EntryPath};

use super::json::{Json, parse, plain};
use super::unpacked;

/// Leaves in `endpoints.json` the services whose models stay; partitions, regions and defaults stay whole.
///
/// botocore looks a service up by the name of its folder, its endpoint prefix or its signing name, so all three of
/// each model stay. Source: `botocore/regions.py`, `botocore/client.py`.
#[derive(Debug, Clone, Default)]
pub(crate) struct EndpointsPruner {
    /// The folders of the models that stay; `None` where all may, so that nothing is done.
    pub(crate) services: Option<BTreeSet<String>>,
}

impl Rewriter for EndpointsPruner {
    fn rewrite(&self, input: &Input, entry: EntryId, contents: &[u8]) -> Option<Vec<u8>> {
        let data = input.package().entry(entry).path.parent()?;
        let names = names(input, &data, self.services.as_ref()?)?;
        let mut endpoints = parse(contents)?;
        let Json::Array(partitions) = endpoints.get_mut("partitions")? else {
            return None;
        };
        for partition in partitions {
            if let Some(Json::Object(services)) = partition.get_mut("services") {
                services.retain(|(key, _)| plain(key).is_none_or(|key| names.contains(key)));
            }
        }
        Some(endpoints.to_bytes())
    }
}

/// The names under which the services of `data` can be looked up; `None` where a model cannot be read.
fn names(input: &Input, data: &EntryPath, services: &BTreeSet<String>) -> Option<BTreeSet<String>> {
    let mut names = services.clone();
    for (id, entry) in input.package().iter() {
        if is_model_of(services, entry, data) {
            names.extend(names_of_model(input.read(id).ok()?)?);
        }
    }
    Some(names)
}

fn is_model_of(services: &BTreeSet<String>, entry: &Entry, data: &EntryPath) -> bool {
    let parts: Vec<&str> = entry
        .path
        .relative_to(data)
        .map(|path| path.split('/').collect())
        .unwrap_or_default();
    match parts.as_slice() {
        [service, _, file] => services.contains(*service) && file.starts_with("service-2.json"),
        _ => false,
    }
}

fn names_of_model(contents: Vec<u8>) -> Option<Vec<String>> {
    let text = unpacked(contents)?;
    let model = parse(&text)?;
    let metadata = model.get("metadata")?;
    let names = ["endpointPrefix", "signingName"].map(|key| metadata.get(key)?.plain_text());
    Some(names.into_iter().flatten().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use lambda_slim_package::{EntryKind, FileMode};

    fn check(models: &[(&str, &str)], services: &[&str], expected: Option<&str>) {
        let endpoints = r#"{"partitions": [{"defaults": {"a": 1}, "regions": {"r": {}}, "partition": "aws",
            "services": {"s3": {}, "api.sqs": {"x": 1}, "signer": {}, "ec2": {}}}, {"partition": "aws-cn"}]}"#;
        let file = |(path, text): (&str, &str)| {
            let kind = EntryKind::File {
                size_bytes: text.len() as u64,
                mode: FileMode::Regular,
            };
            let entry = Entry {
                path: EntryPath::new(path).unwrap(),
                kind,
            };
            (entry, text.as_bytes().to_vec())
        };
        let files = models
            .iter()
            .copied()
            .chain([("data/endpoints.json", endpoints)]);
        let input = Input::in_memory(files.map(file).collect()).unwrap();
        let entry = input
            .package()
            .find(&EntryPath::new("data/endpoints.json").unwrap())
            .unwrap();
        let services = Some(services.iter().map(|name| (*name).to_owned()).collect());
        let pruned = EndpointsPruner { services }.rewrite(&input, entry, endpoints.as_bytes());
        let pruned = pruned.map(|text| String::from_utf8(text).unwrap());
        let whole = |services| {
            format!(
                r#"{{"partitions":[{{"defaults":{{"a":1}},"regions":{{"r":{{}}}},"partition":"aws","services":{{{services}}}}},{{"partition":"aws-cn"}}]}}"#
            )
        };
        assert_eq!(pruned, expected.map(whole));
    }

    #[test]
    fn services_are_found_by_each_of_their_names() {
        let sqs = r#"{"metadata": {"endpointPrefix": "api.sqs", "signingName": "signer"}}"#;
        let models = [
            ("data/sqs/2012/service-2.json", sqs),
            ("data/ec2/2016/service-2.json", "{}"),
        ];
        check(
            &models,
            &["s3", "sqs"],
            Some(r#""s3":{},"api.sqs":{"x":1},"signer":{}"#),
        );
    }

    #[test]
    fn a_model_that_cannot_be_read_keeps_all() {
        check(&[("data/sqs/2012/service-2.json", "{")], &["sqs"], None);
    }
}
