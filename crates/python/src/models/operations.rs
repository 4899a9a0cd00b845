use std::collections::{BTreeMap, BTreeSet};

use lambda_slim_archive::{Error, Input};
use lambda_slim_engine::Rewriter;
use lambda_slim_package::{EntryId, EntryPath};

use super::json::{Json, parse, plain};
use super::{MODEL, unpacked};
use crate::operations::OperationNames;
use crate::services::CREDENTIAL_SERVICES;

/// Leaves in the model of a service the operations that code names, and the shapes that they and errors are made of.
///
/// Operations that others call stay with them: what a waiter asks, what finds endpoints, what resources of boto3 do.
/// Models of services for credentials stay whole.
#[derive(Debug, Clone, Default)]
pub(crate) struct OperationsPruner {
    /// What code names; `None` where nobody knows, so that nothing is done.
    pub(crate) names: Option<OperationNames>,
}

impl Rewriter for OperationsPruner {
    fn rewrite(&self, input: &Input, entry: EntryId, contents: &[u8]) -> Option<Vec<u8>> {
        let names = self.names.as_ref()?;
        let place = Place::of(&input.package().entry(entry).path)?;
        if CREDENTIAL_SERVICES.contains(&place.service.as_str()) {
            return None;
        }
        let mut model = parse(contents)?;
        let roots = roots(input, &place, names)?;
        prune(&mut model, &roots)?;
        Some(model.to_bytes())
    }
}

/// The names of all operations in the models of `services`, or of all.
pub fn known_operations(
    input: &Input,
    services: Option<&BTreeSet<String>>,
) -> Result<BTreeSet<String>, Error> {
    let mut known = BTreeSet::new();
    for (id, entry) in input.package().iter() {
        let is_wanted = Place::of(&entry.path)
            .is_some_and(|place| services.is_none_or(|services| services.contains(&place.service)));
        let is_model = entry.path.file_name().starts_with("service-2.json");
        if !(is_wanted && is_model && entry.path.as_str().contains("botocore/data/")) {
            continue;
        }
        let text = unpacked(input.read(id)?).unwrap_or_default();
        let names = parse(&text).and_then(|model| keys(model.get("operations")));
        known.extend(names.unwrap_or_default());
    }
    Ok(known)
}

/// Where a model lies.
struct Place {
    /// `botocore/data/s3/2006-03-01`.
    folder: EntryPath,
    service: String,
}

impl Place {
    fn of(path: &EntryPath) -> Option<Self> {
        let folder = path.parent()?;
        let service = folder.parent()?.file_name().to_owned();
        Some(Self { folder, service })
    }
}

/// What stays, whatever else the model says.
#[derive(Default)]
struct Roots<'n> {
    names: Option<&'n OperationNames>,
    operations: BTreeSet<String>,
    shapes: BTreeSet<String>,
}

impl Roots<'_> {
    fn holds(&self, operation: &str, value: &Json<'_>) -> bool {
        let finds_endpoints = matches!(value.get("endpointoperation"), Some(Json::Scalar(b"true")));
        let is_named = self.names.is_some_and(|names| names.contains(operation));
        is_named || finds_endpoints || self.operations.contains(operation)
    }
}

/// Reads the files beside a model; `None` where one of them cannot be read.
fn roots<'n>(input: &Input, place: &Place, names: &'n OperationNames) -> Option<Roots<'n>> {
    let mut roots = Roots {
        names: Some(names),
        ..Roots::default()
    };
    for (id, entry) in input.package().iter() {
        let file = entry.path.file_name();
        let is_beside = entry
            .path
            .parent()
            .is_some_and(|folder| folder == place.folder);
        let is_resource = names.resources && is_resource_of(&entry.path, &place.service);
        let is_waiters = is_beside && file.starts_with("waiters-");
        // What is merged into the model needs something to be merged into.
        let is_extras = is_beside && file.starts_with(MODEL) && file.contains("sdk-extras");
        if !(is_resource || is_waiters || is_extras) {
            continue;
        }
        let text = unpacked(input.read(id).ok()?)?;
        let json = parse(&text)?;
        if is_waiters {
            roots.operations.extend(operations_of_waiters(&json, names));
        } else if is_extras {
            let merged = json.get("merge")?;
            roots.operations.extend(keys(merged.get("operations"))?);
            roots.shapes.extend(keys(merged.get("shapes"))?);
        } else {
            json.texts_of("operation", &mut roots.operations);
        }
    }
    Some(roots)
}

/// Whether `path` is `boto3/data/SERVICE/VERSION/resources-1.json`.
fn is_resource_of(path: &EntryPath, service: &str) -> bool {
    let mut parts = path.components().rev();
    let is_file = parts
        .next()
        .is_some_and(|file| file.starts_with("resources-"));
    is_file && parts.nth(1) == Some(service) && parts.next() == Some("data")
}

/// The operations that named waiters ask; all of them with resources, which wait under other names.
fn operations_of_waiters(waiters: &Json<'_>, names: &OperationNames) -> Vec<String> {
    let all = waiters.get("waiters").map_or(&[][..], Json::members);
    let is_named = |key: &[u8]| plain(key).is_none_or(|name| names.contains(name));
    let named = all
        .iter()
        .filter(|(key, _)| names.resources || is_named(key));
    let operations = named.filter_map(|(_, waiter)| waiter.get("operation")?.plain_text());
    operations.map(str::to_owned).collect()
}

/// The keys of an object; `None` where one holds escapes.
fn keys(object: Option<&Json<'_>>) -> Option<Vec<String>> {
    let members = object.map_or(&[][..], Json::members);
    let keys = members.iter().map(|(key, _)| plain(key).map(str::to_owned));
    keys.collect()
}

/// Takes operations and shapes out of a model; `None` where it is not built as models are.
fn prune(model: &mut Json<'_>, roots: &Roots<'_>) -> Option<()> {
    let Json::Object(operations) = model.get_mut("operations")? else {
        return None;
    };
    operations.retain(|(key, value)| plain(key).is_none_or(|name| roots.holds(name, value)));
    let mut open = BTreeSet::new();
    model.get("operations")?.texts_of("shape", &mut open);
    let shapes: BTreeMap<&str, &Json<'_>> = {
        let members = model.get("shapes")?.members().iter();
        members
            .map(|(key, value)| Some((plain(key)?, value)))
            .collect::<Option<_>>()?
    };
    open.extend(roots.shapes.iter().cloned());
    let is_error = |shape: &Json<'_>| matches!(shape.get("exception"), Some(Json::Scalar(b"true")));
    let errors = shapes.iter().filter(|(_, shape)| is_error(shape));
    open.extend(errors.map(|(name, _)| (*name).to_owned()));
    let used = closure(&shapes, open);
    let Json::Object(shapes) = model.get_mut("shapes")? else {
        return None;
    };
    shapes.retain(|(key, _)| plain(key).is_none_or(|name| used.contains(name)));
    Some(())
}

/// The shapes in `open`, and all that they are made of.
fn closure(shapes: &BTreeMap<&str, &Json<'_>>, mut open: BTreeSet<String>) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    while let Some(name) = open.pop_first() {
        if let Some(shape) = shapes.get(name.as_str()) {
            let mut parts = BTreeSet::new();
            shape.texts_of("shape", &mut parts);
            open.extend(
                parts
                    .into_iter()
                    .filter(|part| !used.contains(part) && *part != name),
            );
        }
        used.insert(name);
    }
    used
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_input::input_of;

    const MODEL_TEXT: &str = r#"{"metadata":{},"operations":{
        "GetThing":{"name":"GetThing","input":{"shape":"In"},"errors":[{"shape":"Gone"}]},
        "ListThings":{"name":"ListThings","input":{"shape":"Other"}},
        "Ask":{"name":"Ask","endpointoperation":true}},
        "shapes":{"In":{"type":"structure","members":{"shape":{"shape":"Text"}}},"Text":{"type":"string"},
        "Gone":{"exception":true},"Lost":{"exception":true,"members":{"a":{"shape":"Number"}}},
        "Number":{"type":"integer"},"Other":{"type":"structure","members":{"o":{"shape":"Other"}}}}}"#;

    /// The operations and shapes that stay where code names `names`, and `files` lie around the model.
    #[track_caller]
    fn check(names: OperationNames, files: &[(&str, &str)], expected: &str) {
        let path = "botocore/data/thing/2020/service-2.json";
        let files = files.iter().copied().chain([(path, MODEL_TEXT)]);
        let input = input_of(&files.collect::<Vec<_>>());
        let entry = input
            .package()
            .find(&EntryPath::new(path).unwrap())
            .unwrap();
        let pruner = OperationsPruner { names: Some(names) };
        let found = pruner.rewrite(&input, entry, MODEL_TEXT.as_bytes());
        let found = found.map(|text| {
            let model = parse(&text).unwrap();
            let keys = |name| keys(model.get(name)).unwrap().join(" ");
            format!("{} / {}", keys("operations"), keys("shapes"))
        });
        assert_eq!(found.unwrap_or_default(), expected);
    }

    fn named(names: &[&str]) -> OperationNames {
        let mut names = OperationNames::new(names.iter().copied());
        names.resources = false;
        names
    }

    #[test]
    fn what_code_names_stays_with_all_that_it_is_made_of() {
        check(
            named(&["get_thing"]),
            &[],
            "GetThing Ask / In Text Gone Lost Number",
        );
        check(
            named(&["ListThings"]),
            &[],
            "ListThings Ask / Gone Lost Number Other",
        );
        check(named(&[]), &[], "Ask / Gone Lost Number");
    }

    #[test]
    fn waiters_resources_and_additions_need_operations() {
        let waiters = [(
            "botocore/data/thing/2020/waiters-2.json",
            r#"{"waiters":{"ThingExists":{"operation":"ListThings"}}}"#,
        )];
        check(
            named(&["thing_exists"]),
            &waiters,
            "ListThings Ask / Gone Lost Number Other",
        );
        check(named(&[]), &waiters, "Ask / Gone Lost Number");
        let resources = [(
            "boto3/data/thing/2020/resources-1.json",
            r#"{"service":{"has":{"load":{"request":{"operation":"ListThings"}}}}}"#,
        )];
        check(named(&[]), &resources, "Ask / Gone Lost Number");
        check(
            OperationNames::new([]),
            &resources,
            "ListThings Ask / Gone Lost Number Other",
        );
        let extras = [(
            "botocore/data/thing/2020/service-2.sdk-extras.json",
            r#"{"merge":{"shapes":{"Other":{"members":{}}}}}"#,
        )];
        check(named(&[]), &extras, "Ask / Gone Lost Number Other");
    }

    #[test]
    fn a_file_that_cannot_be_read_keeps_all() {
        let waiters = [("botocore/data/thing/2020/waiters-2.json", "{")];
        check(named(&[]), &waiters, "");
    }
}
