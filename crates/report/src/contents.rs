use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::difference::{DifferenceSide, SideKind};
use crate::model::{Limit, SCHEMA_VERSION, Sizes, ToolRow};

/// Everything in a package, and which packages of package managers it belongs to.
#[derive(Debug, Clone)]
pub struct Listing {
    /// What the user called it.
    pub name: String,
    /// How large it is.
    pub sizes: Sizes,
    /// Everything in it.
    pub files: Vec<ListedFile>,
    /// The versions of the packages inside, by their names.
    pub versions: BTreeMap<String, BTreeSet<String>>,
}

/// A file or link of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFile {
    /// Where it lies.
    pub path: String,
    /// Its unzipped size in bytes.
    pub size_bytes: u64,
    /// Whose it is; `None` for the function's own.
    pub package: Option<String>,
    /// The checksum of its contents, where it was asked for.
    pub crc32: Option<u32>,
    /// Whether it is a link, and whether it may be executed.
    pub kind: SideKind,
}

/// What is inside a package, largest first; perhaps beside what was inside before.
#[derive(Debug, Clone, Serialize)]
pub struct Contents {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Who looked.
    pub tool: ToolRow,
    /// The package.
    pub package: DifferenceSide,
    /// What it was made of; only where that was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<DifferenceSide>,
    /// The shares of Lambda's limits.
    pub limits: Vec<Limit>,
    /// The packages inside, largest first.
    pub packages: Vec<PackageSize>,
    /// The files, largest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileSize>,
}

/// How large a package inside is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageSize {
    /// Its name; missing for the function's own files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its versions: several where it is there several times.
    pub versions: Vec<String>,
    /// Its versions before, where they are known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before_versions: Vec<String>,
    /// Number of files and links.
    pub files: usize,
    /// Its unzipped bytes.
    pub unzipped_bytes: u64,
    /// Number of files and links before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_files: Option<usize>,
    /// Its unzipped bytes before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_bytes: Option<u64>,
}

/// How large a file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSize {
    /// Where it lies.
    pub path: String,
    /// Whose it is; missing for the function's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// Its unzipped bytes; missing if it went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unzipped_bytes: Option<u64>,
    /// Its unzipped bytes before; missing if it is new or nothing was given to compare with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_bytes: Option<u64>,
    /// The CRC-32 of its contents; missing if it went or was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crc32: Option<u32>,
    /// Whether it is a link, and whether it may be executed; missing if it went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<SideKind>,
}

impl Contents {
    /// Sorts what is in a package, and puts what was there `before` beside it.
    pub fn of(tool: ToolRow, listing: &Listing, before: Option<&Listing>) -> Self {
        let mut files = file_sizes(listing, before);
        let packages = package_sizes(&files, listing, before);
        // The order of paths remains between files of one size.
        files.sort_by_key(|file| std::cmp::Reverse(file.rank()));
        Self {
            schema_version: SCHEMA_VERSION,
            tool,
            package: side(listing),
            before: before.map(side),
            limits: Limit::all(&listing.sizes, 0),
            packages,
            files,
        }
    }

    /// The JSON form.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }
}

impl FileSize {
    /// What it is sorted by: what is there, then what was there.
    fn rank(&self) -> (u64, u64) {
        let bytes = |size: Option<u64>| size.unwrap_or(0);
        (bytes(self.unzipped_bytes), bytes(self.before_bytes))
    }
}

impl PackageSize {
    fn rank(&self) -> (u64, u64) {
        (self.unzipped_bytes, self.before_bytes.unwrap_or(0))
    }

    fn add(&mut self, file: &FileSize) {
        self.files += usize::from(file.unzipped_bytes.is_some());
        self.unzipped_bytes += file.unzipped_bytes.unwrap_or(0);
        if let (Some(files), Some(bytes)) = (&mut self.before_files, &mut self.before_bytes) {
            *files += usize::from(file.before_bytes.is_some());
            *bytes += file.before_bytes.unwrap_or(0);
        }
    }
}

fn side(listing: &Listing) -> DifferenceSide {
    DifferenceSide {
        path: listing.name.clone(),
        sizes: listing.sizes,
    }
}

/// Every file of both, by path.
fn file_sizes(listing: &Listing, before: Option<&Listing>) -> Vec<FileSize> {
    let mut files: BTreeMap<&str, FileSize> = BTreeMap::new();
    for file in before.into_iter().flat_map(|before| &before.files) {
        let gone = FileSize {
            path: file.path.clone(),
            package: file.package.clone(),
            unzipped_bytes: None,
            before_bytes: Some(file.size_bytes),
            crc32: None,
            kind: None,
        };
        files.insert(&file.path, gone);
    }
    for file in &listing.files {
        let both = files.entry(&file.path).or_insert_with(|| FileSize {
            path: file.path.clone(),
            package: None,
            unzipped_bytes: None,
            before_bytes: None,
            crc32: None,
            kind: None,
        });
        both.unzipped_bytes = Some(file.size_bytes);
        (both.crc32, both.kind) = (file.crc32, Some(file.kind));
        // What came in knows best whose a file is: the list of a distribution's files may be among what went.
        both.package = both.package.take().or_else(|| file.package.clone());
    }
    files.into_values().collect()
}

fn package_sizes(
    files: &[FileSize],
    listing: &Listing,
    before: Option<&Listing>,
) -> Vec<PackageSize> {
    let mut packages: BTreeMap<&Option<String>, PackageSize> = BTreeMap::new();
    for file in files {
        let package = packages
            .entry(&file.package)
            .or_insert_with(|| PackageSize {
                name: file.package.clone(),
                versions: versions(listing, file.package.as_ref()),
                before_versions: before
                    .map_or(Vec::new(), |before| versions(before, file.package.as_ref())),
                before_files: before.map(|_| 0),
                before_bytes: before.map(|_| 0),
                ..PackageSize::default()
            });
        package.add(file);
    }
    let mut packages: Vec<PackageSize> = packages.into_values().collect();
    packages.sort_by_key(|package| std::cmp::Reverse(package.rank()));
    packages
}

fn versions(listing: &Listing, package: Option<&String>) -> Vec<String> {
    let versions = package.and_then(|name| listing.versions.get(name));
    versions.into_iter().flatten().cloned().collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A listing from lines of `path size package@version`.
    pub(crate) fn listing(lines: &str) -> Listing {
        let mut listing = Listing {
            name: "dist".to_owned(),
            sizes: Sizes {
                zip_bytes: None,
                unzipped_bytes: 0,
                files: 0,
            },
            files: Vec::new(),
            versions: BTreeMap::new(),
        };
        for line in lines.lines().filter(|line| !line.trim().is_empty()) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let package = words.get(2).and_then(|word| word.split_once('@'));
            if let Some((name, version)) = package {
                let versions = listing.versions.entry(name.to_owned()).or_default();
                versions.insert(version.to_owned());
            }
            listing.files.push(ListedFile {
                path: words[0].to_owned(),
                size_bytes: words[1].parse().unwrap(),
                package: package.map(|(name, _)| name.to_owned()),
                crc32: None,
                kind: SideKind::File,
            });
        }
        listing.sizes.files = listing.files.len();
        listing.sizes.unzipped_bytes = listing.files.iter().map(|file| file.size_bytes).sum();
        listing
    }

    /// The contents of a package in a test.
    pub(crate) fn contents(after: &str, before: Option<&str>) -> Contents {
        let tool = ToolRow {
            name: "lambda-slim",
            version: "0",
        };
        let before = before.map(listing);
        Contents::of(tool, &listing(after), before.as_ref())
    }

    fn check(after: &str, before: Option<&str>, expected: &[&str]) {
        let contents = contents(after, before);
        let packages = contents.packages.iter().map(|package| {
            let name = package.name.as_deref().unwrap_or("own");
            let PackageSize {
                versions,
                files,
                unzipped_bytes,
                before_bytes,
                ..
            } = package;
            format!("{name} {versions:?} {files} {unzipped_bytes} {before_bytes:?}")
        });
        assert_eq!(packages.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_largest_package_comes_first() {
        check(
            "a 1\nx/a 5 x@1\ny/a 3 y@1\ny/b 4 y@2",
            None,
            &[
                r#"y ["1", "2"] 2 7 None"#,
                r#"x ["1"] 1 5 None"#,
                "own [] 1 1 None",
            ],
        );
    }

    #[test]
    fn what_went_stays_with_its_package() {
        check(
            "x/a 5",
            Some("x/a 6 x@1\nx/b 2 x@1\nz/c 9 z@1"),
            &["x [] 1 5 Some(8)", "z [] 0 0 Some(9)"],
        );
    }

    #[test]
    fn files_are_sorted_by_what_is_there() {
        let contents = contents("b 2\na 2\nc 3", Some("d 9\nb 7"));
        let paths: Vec<&str> = contents
            .files
            .iter()
            .map(|file| file.path.as_str())
            .collect();
        assert_eq!(paths, ["c", "b", "a", "d"]);
    }
}
