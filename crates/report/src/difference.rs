use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::contents::Listing;
use crate::model::{SCHEMA_VERSION, Sizes, ToolRow};

/// One of two packages that are compared.
#[derive(Debug, Clone)]
pub struct Side {
    /// What the user called it.
    pub name: String,
    /// How large it is.
    pub sizes: Sizes,
    /// Everything in it; `None` where only a report is there, and lists no files.
    pub files: Option<Vec<SideFile>>,
    /// What is inside, by the names of packages; `None` where only a report is there, and does not say.
    pub packages: Option<BTreeMap<Option<String>, Weight>>,
    /// The SHA-256 of the zip in hexadecimal digits, where a report gives it.
    pub sha256: Option<String>,
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
    /// The checksum of its contents, if known.
    pub crc32: Option<u32>,
    /// Whether it is a link, and whether it may be executed, if known.
    pub kind: Option<SideKind>,
}

/// What a package inside weighs, and its versions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Weight {
    /// Unzipped bytes.
    pub bytes: u64,
    /// Several where it is there several times.
    pub versions: BTreeSet<String>,
}

/// What a file of a compared package is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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
    /// How closely both could be looked at.
    pub compared: Compared,
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
    /// Nothing that was compared differs, and not everything could be.
    Unknown,
}

/// How closely two packages could be compared: a report may say less than a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Compared {
    /// File by file, with their contents.
    Contents,
    /// File by file, without checksums.
    Files,
    /// What each package inside weighs.
    Packages,
    /// How large they are as a whole.
    Sizes,
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
        let (before, after) = (&before.with_owners_of(after), &after.with_owners_of(before));
        let both = before.files.as_ref().zip(after.files.as_ref());
        let files = both.map_or(Vec::new(), |(old, new)| file_changes(old, new));
        let (old, new) = (before.weights(), after.weights());
        let both = old.as_ref().zip(new.as_ref());
        let packages = both.map_or(Vec::new(), |(old, new)| package_changes(old, new));
        let compared = Compared::of(before, after);
        let differ = !files.is_empty()
            || !packages.is_empty()
            || before.sizes.unzipped_bytes != after.sizes.unzipped_bytes
            || before.sizes.files != after.sizes.files;
        let likeness = match (same_bytes, differ) {
            (true, _) => Likeness::SameBytes,
            (false, true) => Likeness::Different,
            (false, false) if compared == Compared::Contents => Likeness::SameContents,
            (false, false) => Likeness::Unknown,
        };
        Self {
            schema_version: SCHEMA_VERSION,
            tool,
            before: DifferenceSide::of(before),
            after: DifferenceSide::of(after),
            likeness,
            compared,
            packages,
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

impl Compared {
    fn of(before: &Side, after: &Side) -> Self {
        let files = [&before.files, &after.files];
        let has_checksum = |file: &SideFile| file.crc32.is_some() && file.kind.is_some();
        let are_whole = |files: &Option<Vec<SideFile>>| {
            files
                .as_ref()
                .is_some_and(|files| files.iter().all(has_checksum))
        };
        let weights = [before.weights(), after.weights()];
        match () {
            () if files.into_iter().all(are_whole) => Self::Contents,
            () if files.into_iter().all(Option::is_some) => Self::Files,
            () if weights.iter().all(Option::is_some) => Self::Packages,
            () => Self::Sizes,
        }
    }
}

fn file_changes(before: &[SideFile], after: &[SideFile]) -> Vec<FileChange> {
    let (old, new) = (by_path(before), by_path(after));
    let paths: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    let mut changes: Vec<FileChange> = paths
        .into_iter()
        .filter(|path| !is_same(old.get(path).copied(), new.get(path).copied()))
        .map(|path| FileChange {
            path: path.to_owned(),
            before_bytes: old.get(path).map(|file| file.size_bytes),
            after_bytes: new.get(path).map(|file| file.size_bytes),
        })
        .collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.growth_bytes().abs()));
    changes
}

fn by_path(files: &[SideFile]) -> BTreeMap<&str, &SideFile> {
    files.iter().map(|file| (&*file.path, file)).collect()
}

/// Whose a file is does not make it another file, and what is not known of one is no difference.
fn is_same(old: Option<&SideFile>, new: Option<&SideFile>) -> bool {
    let (Some(old), Some(new)) = (old, new) else {
        return false;
    };
    let differ = |one: Option<u32>, other: Option<u32>| {
        one.zip(other).is_some_and(|(one, other)| one != other)
    };
    let other_kind = old.kind.zip(new.kind).is_some_and(|(old, new)| old != new);
    old.size_bytes == new.size_bytes && !differ(old.crc32, new.crc32) && !other_kind
}

/// What each package weighs, by its name; the function's own files have none.
type Weights = BTreeMap<Option<String>, Weight>;

fn package_changes(old: &Weights, new: &Weights) -> Vec<PackageChange> {
    let names: BTreeSet<&Option<String>> = old.keys().chain(new.keys()).collect();
    let nothing = Weight::default();
    let mut changes: Vec<PackageChange> = names
        .into_iter()
        .map(|name| {
            (
                name,
                old.get(name).unwrap_or(&nothing),
                new.get(name).unwrap_or(&nothing),
            )
        })
        .map(|(name, old, new)| PackageChange {
            name: name.clone(),
            before_versions: old.versions.iter().cloned().collect(),
            after_versions: new.versions.iter().cloned().collect(),
            before_bytes: old.bytes,
            after_bytes: new.bytes,
        })
        .filter(|change| {
            change.growth_bytes() != 0 || change.before_versions != change.after_versions
        })
        .collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.growth_bytes().abs()));
    changes
}

impl Side {
    /// A package that was looked into.
    pub fn of(listing: &Listing) -> Self {
        let file = |file: &crate::ListedFile| SideFile {
            path: file.path.clone(),
            size_bytes: file.size_bytes,
            package: file.package.clone(),
            crc32: file.crc32,
            kind: Some(file.kind),
        };
        let weight = |(name, versions): (&String, &BTreeSet<String>)| {
            let versions = versions.clone();
            (Some(name.clone()), Weight { bytes: 0, versions })
        };
        Self {
            name: listing.name.clone(),
            sizes: listing.sizes,
            files: Some(listing.files.iter().map(file).collect()),
            packages: Some(listing.versions.iter().map(weight).collect()),
            sha256: None,
        }
    }

    /// The same, where files that nobody claims belong to whom they belong to on the other side: the list of a
    /// distribution's files may be among what went.
    fn with_owners_of(&self, other: &Self) -> Self {
        let mut side = self.clone();
        let (Some(files), Some(others)) = (&mut side.files, &other.files) else {
            return side;
        };
        let others = by_path(others);
        for file in files.iter_mut().filter(|file| file.package.is_none()) {
            file.package = others
                .get(&*file.path)
                .and_then(|other| other.package.clone());
        }
        side
    }

    /// What is inside, by the names of packages: from its files where they are known.
    fn weights(&self) -> Option<Weights> {
        let Some(files) = &self.files else {
            return self.packages.clone();
        };
        let mut weights = Weights::new();
        for file in files {
            weights.entry(file.package.clone()).or_default().bytes += file.size_bytes;
        }
        let known = self.packages.iter().flatten();
        for (name, Weight { versions, .. }) in known {
            if let Some(weight) = weights.get_mut(name) {
                weight.versions.clone_from(versions);
            }
        }
        Some(weights)
    }
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
            files: None,
            packages: Some(BTreeMap::new()),
            sha256: None,
        };
        let (mut files, mut packages) = (Vec::new(), Weights::new());
        for line in lines.lines().filter(|line| !line.trim().is_empty()) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let package = words.get(3).and_then(|word| word.split_once('@'));
            if let Some((name, version)) = package {
                let weight = packages.entry(Some(name.to_owned())).or_default();
                weight.versions.insert(version.to_owned());
            }
            files.push(SideFile {
                path: words[0].to_owned(),
                size_bytes: words[1].parse().unwrap(),
                package: package.map(|(name, _)| name.to_owned()),
                crc32: words[2].parse().ok(),
                kind: Some(SideKind::File),
            });
        }
        side.sizes.unzipped_bytes = files.iter().map(|file| file.size_bytes).sum();
        side.sizes.files = files.len();
        (side.files, side.packages) = (Some(files), Some(packages));
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

    #[test]
    fn files_belong_to_whom_they_belonged_to() {
        check(
            "x/a 10 1 x@1\nx.list 5 5 x@1",
            "x/a 10 1",
            &["x [\"1\"] [] -5", "x.list Some(5) None"],
        );
    }

    #[test]
    fn what_is_not_known_is_not_compared() {
        let likeness = |before: &Side, after: &Side| {
            let difference = Difference::between(ToolRow::OURS, before, after, false);
            (difference.likeness, difference.compared)
        };
        let whole = side("a 1 1\nb 2 2 p@1");
        let plain = side("a 1 ?\nb 2 2 p@1");
        assert_eq!(
            likeness(&whole, &plain),
            (Likeness::Unknown, Compared::Files)
        );
        let mut brief = whole.clone();
        brief.packages = whole.weights();
        brief.files = None;
        assert_eq!(
            likeness(&whole, &brief),
            (Likeness::Unknown, Compared::Packages)
        );
        let larger = side("a 1 1\nb 3 2 p@1");
        assert_eq!(
            likeness(&brief, &larger),
            (Likeness::Different, Compared::Packages)
        );
        brief.packages = None;
        assert_eq!(
            likeness(&brief, &whole),
            (Likeness::Unknown, Compared::Sizes)
        );
        assert_eq!(
            likeness(&brief, &larger),
            (Likeness::Different, Compared::Sizes)
        );
    }
}
