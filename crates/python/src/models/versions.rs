use std::collections::BTreeMap;

use lambda_slim_archive::{Error, Input};
use lambda_slim_engine::Mark;
use lambda_slim_package::{EntryId, EntryPath, Package};

use crate::sources::Sources;

/// The word of code and settings that ask for a version; `api_versions` holds it as well.
const ASKS: &str = "api_version";

/// A file of a service's older version, of which a newer one is there.
const OLD: &str = "old-api-version";

/// Finds the files that botocore reads for clients with an `api_version` only, where nobody but the SDK speaks of that.
///
/// For each kind of file it takes the version that comes last in the alphabet. Resources of boto3 ask for the version
/// that their own description has. Source: `determine_latest_version` in `botocore/loaders.py`, boto3/session.py.
pub(crate) fn marks(sources: &Sources<'_>) -> Result<Vec<Mark>, Error> {
    let old = old(sources.input);
    let is_wanted = !old.is_empty() && asks(sources)?;
    Ok(if is_wanted { Vec::new() } else { old })
}

/// Whether code or settings ask for a version, or are not all here to be read.
fn asks(sources: &Sources<'_>) -> Result<bool, Error> {
    let library = sources.library()?;
    let files = library.dependencies.iter().flatten();
    let mut files = files.chain(&library.own.files).chain(&library.settings);
    let is_closed = !(library.closed.is_empty() && library.own.closed.is_empty());
    let is_layer = library.own.files.is_empty();
    Ok(is_closed || is_layer || files.any(|(_, text)| text.contains(ASKS)))
}

fn old(input: &Input) -> Vec<Mark> {
    let package = input.package();
    let newest = newest(package);
    let of_resources: Vec<(&str, &str)> = newest
        .iter()
        .filter(|(key, _)| key.kind == "resources-1")
        .map(|(key, version)| (key.service, *version))
        .collect();
    let old = files(package).filter(|(_, key, version)| {
        newest.get(key) != Some(version) && !of_resources.contains(&(key.service, *version))
    });
    old.map(|(entry, _, _)| Mark { entry, name: OLD }).collect()
}

/// What botocore looks for in several versions.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key<'p> {
    data: String,
    service: &'p str,
    /// `service-2`, `paginators-1` and so on.
    kind: &'p str,
}

fn newest(package: &Package) -> BTreeMap<Key<'_>, &str> {
    let mut newest = BTreeMap::new();
    for (_, key, version) in files(package) {
        let known = newest.entry(key).or_insert(version);
        *known = version.max(*known);
    }
    newest
}

/// All files of services, with their versions.
fn files(package: &Package) -> impl Iterator<Item = (EntryId, Key<'_>, &str)> {
    package.iter().filter_map(|(id, entry)| {
        let (key, version) = place(&entry.path)?;
        Some((id, key, version))
    })
}

/// `botocore/data/ec2/2016-11-15/service-2.json.gz`.
fn place(path: &EntryPath) -> Option<(Key<'_>, &str)> {
    let mut parts = path.components().rev();
    let (file, version, service) = (parts.next()?, parts.next()?, parts.next()?);
    let data = path.parent()?.parent()?.parent()?;
    let owner = data.parent()?;
    let is_sdk = matches!(owner.file_name(), "botocore" | "boto3");
    let is_version = version.starts_with(|first: char| first.is_ascii_digit());
    let kind = file
        .strip_suffix(".gz")
        .unwrap_or(file)
        .strip_suffix(".json")?;
    let key = Key {
        data: data.to_string(),
        service,
        kind,
    };
    (data.file_name() == "data" && is_sdk && is_version).then_some((key, version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::Memory;
    use crate::test_input::input_of;

    fn check(files: &[&str], expected: &[&str]) {
        let files = files.iter().chain(&["app.py"]);
        let files: Vec<_> = files.map(|path| (*path, "")).collect();
        let input = input_of(&files);
        let path = |mark: Mark| input.package().entry(mark.entry).path.to_string();
        let found: Vec<String> = marks(&Memory::default().of(&input))
            .unwrap()
            .into_iter()
            .map(path)
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_last_version_of_each_kind_stays() {
        check(
            &[
                "botocore/data/rds/2014-09-01/paginators-1.json",
                "botocore/data/rds/2014-09-01/service-2.json.gz",
                "botocore/data/rds/2014-10-31/service-2.json",
                "botocore/data/s3/2006-03-01/service-2.json",
                "data/rds/2013-01-01/service-2.json",
            ],
            &["botocore/data/rds/2014-09-01/service-2.json.gz"],
        );
    }

    #[test]
    fn code_that_asks_for_versions_keeps_them() {
        let old = "botocore/data/rds/2014-09-01/service-2.json";
        let new = "botocore/data/rds/2014-10-31/service-2.json";
        let found = |code| {
            let input = input_of(&[(old, ""), (new, ""), ("app.py", code)]);
            marks(&Memory::default().of(&input)).unwrap()
        };
        assert_eq!(found("client('rds')").len(), 1);
        assert_eq!(found("client('rds', api_version='2014-09-01')"), []);
    }

    #[test]
    fn resources_of_boto3_ask_for_their_own_version() {
        check(
            &[
                "boto3/data/ec2/2015-10-01/resources-1.json",
                "boto3/data/ec2/2016-11-15/resources-1.json",
                "botocore/data/ec2/2015-10-01/service-2.json.gz",
                "botocore/data/ec2/2016-11-15/service-2.json.gz",
                "botocore/data/ec2/2020-01-01/service-2.json.gz",
            ],
            &[
                "boto3/data/ec2/2015-10-01/resources-1.json",
                "botocore/data/ec2/2015-10-01/service-2.json.gz",
            ],
        );
    }
}
