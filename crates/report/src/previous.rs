use std::collections::BTreeMap;

use serde::Deserialize;

use crate::difference::{Side, SideFile, SideKind, Weight};
use crate::model::Sizes;

/// What the next run reads of a report, whichever command wrote it.
#[derive(Deserialize)]
struct Previous {
    /// Where `pack` has the sizes.
    after: Option<Sizes>,
    hashes: Option<PreviousHashes>,
    /// What `pack` wrote, file by file.
    contents: Option<Vec<PreviousFile>>,
    /// Where `report` has the sizes.
    package: Option<Sizes>,
    /// What `report` and `pack` found inside, or what `check` checked.
    packages: Option<Vec<PreviousPackage>>,
    /// Of `report` all files; of `pack` what became of some.
    files: Option<Vec<PreviousFile>>,
}

#[derive(Deserialize)]
struct PreviousHashes {
    sha256: String,
}

#[derive(Deserialize)]
struct PreviousPackage {
    /// Where `check` has the sizes.
    sizes: Option<Sizes>,
    name: Option<String>,
    #[serde(default)]
    versions: Vec<String>,
    unzipped_bytes: Option<u64>,
}

#[derive(Deserialize)]
struct PreviousFile {
    path: String,
    package: Option<String>,
    unzipped_bytes: Option<u64>,
    crc32: Option<u32>,
    kind: Option<SideKind>,
}

/// A text that holds no size of one package.
#[derive(Debug, thiserror::Error)]
pub enum PreviousError {
    /// It is not JSON, or not ours.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// It speaks of none, or of several packages.
    #[error("it does not speak of one package")]
    NotOne,
}

/// The unzipped size in a JSON report of `pack`, `report` or `check`.
pub fn unzipped_bytes_of_report(text: &str) -> Result<u64, PreviousError> {
    Ok(side_of_report(String::new(), text)?.sizes.unzipped_bytes)
}

/// What a JSON report of `pack`, `report` or `check` says of its package, to be compared with another.
pub fn side_of_report(name: String, text: &str) -> Result<Side, PreviousError> {
    let previous: Previous = serde_json::from_str(text)?;
    let packages = previous.packages.unwrap_or_default();
    let of_check = match packages.as_slice() {
        [package] => package.sizes,
        _ => None,
    };
    let sizes = previous.package.or(previous.after).or(of_check);
    let sizes = sizes.ok_or(PreviousError::NotOne)?;
    let of_report = previous.files.filter(|_| previous.package.is_some());
    let files = previous.contents.or(of_report);
    let weights: BTreeMap<Option<String>, Weight> = packages
        .into_iter()
        .filter_map(PreviousPackage::weight)
        .collect();
    Ok(Side {
        name,
        sizes,
        files: files.map(|files| {
            files
                .into_iter()
                .filter_map(PreviousFile::into_file)
                .collect()
        }),
        packages: Some(weights).filter(|weights| !weights.is_empty()),
        sha256: previous.hashes.map(|hashes| hashes.sha256),
    })
}

impl PreviousPackage {
    fn weight(self) -> Option<(Option<String>, Weight)> {
        let weight = Weight {
            bytes: self.unzipped_bytes?,
            versions: self.versions.into_iter().collect(),
        };
        Some((self.name, weight))
    }
}

impl PreviousFile {
    /// What went has no size.
    fn into_file(self) -> Option<SideFile> {
        Some(SideFile {
            path: self.path,
            size_bytes: self.unzipped_bytes?,
            package: self.package,
            crc32: self.crc32,
            kind: self.kind,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_where_each_command_writes_them() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(unzipped_bytes_of_report(text).ok(), expected, "{text}");
        };
        let sizes =
            |bytes| format!(r#"{{"zip_bytes": null, "unzipped_bytes": {bytes}, "files": 1}}"#);
        let pack = format!(r#"{{"before": {{}}, "after": {}}}"#, sizes(3));
        check(&pack, Some(3));
        let report = format!(
            r#"{{"package": {}, "packages": [{{"name": "x"}}]}}"#,
            sizes(4)
        );
        check(&report, Some(4));
        let of_check = format!(r#"{{"packages": [{{"sizes": {}}}]}}"#, sizes(5));
        check(&of_check, Some(5));
        check(r#"{"packages": []}"#, None);
        check("{}", None);
        check("PK", None);
    }
}
