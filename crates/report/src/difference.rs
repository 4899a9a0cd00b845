use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::model::{SCHEMA_VERSION, Sizes, ToolRow};

/// One of two packages that are compared.
#[derive(Debug, Clone)]
pub struct Side {
    /// What the user called it.
    pub name: String,
    /// How large it is.
    pub sizes: Sizes,
    /// Everything in it.
    pub files: Vec<SideFile>,
    /// The versions of the packages inside, by their names.
    pub versions: BTreeMap<String, BTreeSet<String>>,
}

/// A file or link of a package that is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideFile {
    /// Where it lies.
    pub path: String,
    /// Its unzipped size in bytes.
    pub size_bytes: u64,
    /// Whose it is; `None` for the function's own.
    pub package: Option<String>,
    /// The checksum of its contents.
    pub crc32: u32,
    /// Whether it is a link, and whether it may be executed.
    pub kind: SideKind,
}

/// What a file of a compared package is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SideKind {
    /// A regular file.
    File,
    /// A regular file that may be executed.
    Program,
    /// A symbolic link.
    Symlink,
}

/// What distinguishes two packages.
#[derive(Debug, Clone, Serialize)]
pub struct Difference {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Who compared them.
    pub tool: ToolRow,
    /// The first.
    pub before: DifferenceSide,
    /// The second.
    pub after: DifferenceSide,
    /// How alike they are.
    pub likeness: Likeness,
    /// The packages inside whose size or version is not the same, greatest change first.
    pub packages: Vec<PackageChange>,
    /// The files that are not the same, greatest change first.
    pub files: Vec<FileChange>,
}

/// One of two compared packages, in brief.
#[derive(Debug, Clone, Serialize)]
pub struct DifferenceSide {
    /// What the user called it.
    pub path: String,
    /// How large it is.
    #[serde(flatten)]
    pub sizes: Sizes,
}

/// How alike two packages are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Likeness {
    /// The same bytes.
    SameBytes,
    /// The same files with the same contents, packed in another way.
    SameContents,
    /// Other files or contents.
    Different,
}

/// What became of a package inside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackageChange {
    /// Its name; missing for the function's own files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its versions before.
    pub before_versions: Vec<String>,
    /// Its versions after.
    pub after_versions: Vec<String>,
    /// Its unzipped bytes before.
    pub before_bytes: u64,
    /// Its unzipped bytes after.
    pub after_bytes: u64,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileChange {
    /// Where it lies.
    pub path: String,
    /// Its size before; missing if it was added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_bytes: Option<u64>,
    /// Its size after; missing if it was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_bytes: Option<u64>,
}

impl Difference {
    /// Compares two packages; `same_bytes` says whether the files that hold them are equal.
    pub fn between(tool: ToolRow, before: &Side, after: &Side, same_bytes: bool) -> Self {
        let files = file_changes(before, after);
        let likeness = match (same_bytes, files.is_empty()) {
            (true, _) => Likeness::SameBytes,
            (false, true) => Likeness::SameContents,
            (false, false) => Likeness::Different,
        };
        Self {
            schema_version: SCHEMA_VERSION,
            tool,
            before: DifferenceSide::of(before),
            after: DifferenceSide::of(after),
            likeness,
            packages: package_changes(before, after),
            files,
        }
    }

    /// By how many unzipped bytes the second is larger.
    pub fn growth_bytes(&self) -> i64 {
        self.after.sizes.unzipped_bytes as i64 - self.before.sizes.unzipped_bytes as i64
    }

    /// The JSON form.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }
}

impl DifferenceSide {
    fn of(side: &Side) -> Self {
        Self {
            path: side.name.clone(),
            sizes: side.sizes,
        }
    }
}

impl PackageChange {
    /// By how many unzipped bytes it grew.
    pub fn growth_bytes(&self) -> i64 {
        self.after_bytes as i64 - self.before_bytes as i64
    }
}

impl FileChange {
    /// By how many bytes it grew; all of them where it was added or removed.
    pub fn growth_bytes(&self) -> i64 {
        self.after_bytes.unwrap_or(0) as i64 - self.before_bytes.unwrap_or(0) as i64
    }
}

fn file_changes(before: &Side, after: &Side) -> Vec<FileChange> {
    let by_path = |side: &'_ Side| -> BTreeMap<String, SideFile> {
        let files = side.files.iter();
        files
            .map(|file| (file.path.clone(), file.clone()))
            .collect()
    };
    let (old, new) = (by_path(before), by_path(after));
    let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut changes: Vec<FileChange> = paths
        .into_iter()
        .filter(|path| !is_same(old.get(*path), new.get(*path)))
        .map(|path| FileChange {
            path: path.clone(),
            before_bytes: old.get(path).map(|file| file.size_bytes),
            after_bytes: new.get(path).map(|file| file.size_bytes),
        })
        .collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.growth_bytes().abs()));
    changes
}

/// Whose a file is does not make it another file.
fn is_same(old: Option<&SideFile>, new: Option<&SideFile>) -> bool {
    let identity = |file: &SideFile| (file.size_bytes, file.crc32, file.kind);
    old.map(identity) == new.map(identity)
}

fn package_changes(before: &Side, after: &Side) -> Vec<PackageChange> {
    let (old, new) = (bytes_by_package(before), bytes_by_package(after));
    let names: BTreeSet<&Option<String>> = old.keys().chain(new.keys()).collect();
    let mut changes: Vec<PackageChange> = names
        .into_iter()
        .map(|name| PackageChange {
            name: name.clone(),
            before_versions: before.versions_of(name.as_ref()),
            after_versions: after.versions_of(name.as_ref()),
            before_bytes: old.get(name).copied().unwrap_or(0),
            after_bytes: new.get(name).copied().unwrap_or(0),
        })
        .filter(|change| {
            change.growth_bytes() != 0 || change.before_versions != change.after_versions
        })
        .collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.growth_bytes().abs()));
    changes
}

impl Side {
    fn versions_of(&self, package: Option<&String>) -> Vec<String> {
        let versions = package.and_then(|name| self.versions.get(name));
        versions.into_iter().flatten().cloned().collect()
    }
}

fn bytes_by_package(side: &Side) -> BTreeMap<Option<String>, u64> {
    let mut bytes = BTreeMap::new();
    for file in &side.files {
        *bytes.entry(file.package.clone()).or_default() += file.size_bytes;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A side from lines of `path size crc package@version`.
    fn side(lines: &str) -> Side {
        let mut side = Side {
            name: "side".to_owned(),
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
            let package = words.get(3).and_then(|word| word.split_once('@'));
            if let Some((name, version)) = package {
                let versions = side.versions.entry(name.to_owned()).or_default();
                versions.insert(version.to_owned());
            }
            side.files.push(SideFile {
                path: words[0].to_owned(),
                size_bytes: words[1].parse().unwrap(),
                package: package.map(|(name, _)| name.to_owned()),
                crc32: words[2].parse().unwrap(),
                kind: SideKind::File,
            });
        }
        side.sizes.unzipped_bytes = side.files.iter().map(|file| file.size_bytes).sum();
        side
    }

    fn check(before: &str, after: &str, expected: &[&str]) {
        let tool = ToolRow {
            name: "lambda-slim",
            version: "0",
        };
        let difference = Difference::between(tool, &side(before), &side(after), false);
        let packages = difference.packages.iter().map(|change| {
            let name = change.name.as_deref().unwrap_or("own");
            let (old, new) = (&change.before_versions, &change.after_versions);
            format!("{name} {old:?} {new:?} {:+}", change.growth_bytes())
        });
        let files = difference.files.iter().map(|change| {
            let (old, new) = (change.before_bytes, change.after_bytes);
            format!("{} {old:?} {new:?}", change.path)
        });
        let all: Vec<String> = packages.chain(files).collect();
        assert_eq!(all, expected);
        let is_same = difference.likeness == Likeness::SameContents;
        assert_eq!(is_same, difference.files.is_empty());
    }

    #[test]
    fn equal_contents_are_no_difference() {
        check("a 1 1\nb 2 2 p@1", "b 2 2 p@1\na 1 1", &[]);
    }

    #[test]
    fn the_greatest_change_comes_first() {
        check(
            "a 1 1\nb 20 2\nc 5 5",
            "a 1 7\nb 90 3\nd 6 6",
            &[
                "own [] [] +71",
                "b Some(20) Some(90)",
                "d None Some(6)",
                "c Some(5) None",
                "a Some(1) Some(1)",
            ],
        );
    }

    #[test]
    fn packages_change_with_their_versions() {
        check(
            "x/a 10 1 x@1.0\ny/a 5 1 y@2.0",
            "x/a 10 1 x@1.1\nz/a 7 1 z@1.0",
            &[
                "z [] [\"1.0\"] +7",
                "y [\"2.0\"] [] -5",
                "x [\"1.0\"] [\"1.1\"] +0",
                "z/a None Some(7)",
                "y/a Some(5) None",
            ],
        );
    }
}
