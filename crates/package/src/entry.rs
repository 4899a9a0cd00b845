use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::EntryPath;

/// The place of an entry in its [`Package`]; entries are numbered in the order of their paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub usize);

/// One file or symbolic link of a package. Folders are not entries: they exist because something lies in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it lies.
    pub path: EntryPath,
    /// What it is.
    pub kind: EntryKind,
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File {
        /// Its unzipped size in bytes.
        size_bytes: u64,
        /// Whether it may be executed.
        mode: FileMode,
    },
    /// A symbolic link.
    Symlink {
        /// The text of the link, as it was stored.
        target: String,
    },
}

/// All that Lambda needs of a file's permissions: files are 0644 or 0755.
/// Source: <https://repost.aws/knowledge-center/lambda-deployment-package-errors>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileMode {
    /// Mode 0644.
    Regular,
    /// Mode 0755: some execute bit was set.
    Executable,
}

impl FileMode {
    /// The meaning of a Unix mode.
    pub fn from_unix(mode: u32) -> Self {
        if mode & 0o111 == 0 {
            Self::Regular
        } else {
            Self::Executable
        }
    }

    /// The permission bits to write.
    pub fn permissions(self) -> u32 {
        match self {
            Self::Regular => 0o644,
            Self::Executable => 0o755,
        }
    }
}

impl Entry {
    /// Unzipped bytes: a link counts none, as in Lambda's own sum of extracted files.
    pub fn size_bytes(&self) -> u64 {
        match &self.kind {
            EntryKind::File { size_bytes, .. } => *size_bytes,
            EntryKind::Symlink { .. } => 0,
        }
    }

    /// What a file may do; a link may do what its target may.
    pub fn mode(&self) -> FileMode {
        match self.kind {
            EntryKind::File { mode, .. } => mode,
            EntryKind::Symlink { .. } => FileMode::Regular,
        }
    }

    /// Whether it is a symbolic link.
    pub fn is_symlink(&self) -> bool {
        matches!(self.kind, EntryKind::Symlink { .. })
    }
}

/// Why entries do not make a package.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackageError {
    /// Two entries have one path.
    #[error("two entries have the name `{0}`")]
    Duplicate(EntryPath),
    /// One entry's path is a folder of another's.
    #[error("`{0}` is a file and also a folder")]
    FileAndFolder(EntryPath),
}

/// Everything that came in, sorted by path. It holds names and sizes; contents stay where they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Package {
    entries: Vec<Entry>,
    folders: BTreeSet<EntryPath>,
}

impl Package {
    /// Sorts `entries` by path and checks that they can lie in one folder.
    pub fn new(mut entries: Vec<Entry>) -> Result<Self, PackageError> {
        // They mostly come sorted, and then one look at each pair tells both.
        if !entries.is_sorted_by(|one, other| one.path < other.path) {
            entries.sort_by(|one, other| one.path.cmp(&other.path));
            if let Some(pair) = entries.windows(2).find(|pair| pair[0].path == pair[1].path) {
                return Err(PackageError::Duplicate(pair[0].path.clone()));
            }
        }
        let mut folders = BTreeSet::new();
        let mut last = None;
        for entry in &entries {
            // Files of one folder mostly stand together.
            let text = entry.path.folder();
            if text == last {
                continue;
            }
            last = text;
            let mut folder = entry.path.parent();
            while let Some(path) = folder {
                folder = path.parent();
                if !folders.insert(path) {
                    break;
                }
            }
        }
        let package = Self { entries, folders };
        let both = package.folders.iter();
        let mut both = both.filter(|folder| package.find(folder).is_some());
        match both.next() {
            Some(path) => Err(PackageError::FileAndFolder(path.clone())),
            None => Ok(package),
        }
    }

    /// All entries with their numbers, sorted by path.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (EntryId, &Entry)> + ExactSizeIterator {
        self.entries
            .iter()
            .enumerate()
            .map(|(number, entry)| (EntryId(number), entry))
    }

    /// The entry with this number, which must come from this package.
    pub fn entry(&self, id: EntryId) -> &Entry {
        &self.entries[id.0]
    }

    /// The number of the entry at `path`.
    pub fn find(&self, path: &EntryPath) -> Option<EntryId> {
        self.entries
            .binary_search_by(|entry| entry.path.cmp(path))
            .ok()
            .map(EntryId)
    }

    /// Whether something lies below `path`.
    pub fn has_folder(&self, path: &EntryPath) -> bool {
        self.folders.contains(path)
    }

    /// The entries directly in `folder`; `None` is the root.
    pub fn files_in(&self, folder: Option<&EntryPath>) -> impl Iterator<Item = &Entry> {
        let prefix = folder.map_or(String::new(), |folder| format!("{folder}/"));
        let start = self
            .entries
            .partition_point(|entry| entry.path.as_str() < prefix.as_str());
        let length = prefix.len();
        self.entries[start..]
            .iter()
            .take_while(move |entry| entry.path.as_str().starts_with(&prefix))
            .filter(move |entry| !entry.path.as_str()[length..].contains('/'))
    }

    /// Every folder that something lies in.
    pub fn folders(&self) -> impl Iterator<Item = &EntryPath> {
        self.folders.iter()
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Sum of the unzipped bytes.
    pub fn unzipped_bytes(&self) -> u64 {
        self.entries.iter().map(Entry::size_bytes).sum()
    }

    /// Pairs of files or folders, side by side, whose names differ only in case: Lambda's file system tells them apart,
    /// many others do not.
    pub fn equal_but_for_case(&self) -> Vec<(&EntryPath, &EntryPath)> {
        let files = self.entries.iter().map(|entry| &entry.path);
        let paths: Vec<&EntryPath> = files.chain(&self.folders).collect();
        let mut hashed: Vec<(u64, usize)> = caseless_hashes(&paths).into_iter().zip(0..).collect();
        hashed.sort_unstable();
        let caseless = |number: usize| {
            let path: &EntryPath = paths[number];
            (path.folder(), path.file_name().to_lowercase())
        };
        let mut pairs: Vec<(usize, usize)> = hashed
            .windows(2)
            .filter(|pair| pair[0].0 == pair[1].0)
            .map(|pair| (pair[0].1, pair[1].1))
            .filter(|(one, other)| caseless(*one) == caseless(*other))
            .collect();
        pairs.sort_unstable_by_key(|(_, other)| *other);
        let named = pairs.into_iter();
        named
            .map(|(one, other)| (paths[one], paths[other]))
            .collect()
    }
}

/// A number for each path that is the same for names in one folder that differ only in case. To compare the names
/// themselves took a tenth of packing a node_modules again unchanged.
fn caseless_hashes(paths: &[&EntryPath]) -> Vec<u64> {
    let mut caseless = String::new();
    let mut hash = |of_folder: &DefaultHasher, name: &str| {
        caseless.clear();
        caseless.push_str(name);
        if caseless.is_ascii() {
            caseless.make_ascii_lowercase();
        } else {
            caseless = caseless.to_lowercase();
        }
        let mut hasher = of_folder.clone();
        caseless.hash(&mut hasher);
        hasher.finish()
    };
    // Files of one folder mostly stand together.
    let runs = paths.chunk_by(|one, other| one.folder() == other.folder());
    let mut hashes = Vec::with_capacity(paths.len());
    for run in runs {
        let mut of_folder = DefaultHasher::new();
        run[0].folder().hash(&mut of_folder);
        let names = run.iter().map(|path| path.file_name());
        hashes.extend(names.map(|name| hash(&of_folder, name)));
    }
    hashes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(paths: &[&str]) -> Result<Package, PackageError> {
        Package::new(paths.iter().map(|path| file(path)).collect())
    }

    fn file(path: &str) -> Entry {
        Entry {
            path: EntryPath::new(path).unwrap(),
            kind: EntryKind::File {
                size_bytes: 3,
                mode: FileMode::Regular,
            },
        }
    }

    #[test]
    fn entries_are_sorted_and_found() {
        let package = package(&["b/c", "a", "b/a"]).unwrap();
        let paths: Vec<&str> = package
            .iter()
            .map(|(_, entry)| entry.path.as_str())
            .collect();
        assert_eq!(paths, ["a", "b/a", "b/c"]);
        assert_eq!(
            package.find(&EntryPath::new("b/c").unwrap()),
            Some(EntryId(2))
        );
        assert!(package.has_folder(&EntryPath::new("b").unwrap()));
        assert_eq!(package.unzipped_bytes(), 9);
    }

    #[test]
    fn files_of_one_folder() {
        let package = package(&["a", "b/a", "b/c/d", "b/z", "b-c"]).unwrap();
        let folder = EntryPath::new("b").ok();
        let names = |folder: Option<&EntryPath>| {
            let files = package.files_in(folder);
            files
                .map(|entry| entry.path.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(folder.as_ref()), ["b/a", "b/z"]);
        assert_eq!(names(None), ["a", "b-c"]);
    }

    #[test]
    fn impossible_packages_are_refused() {
        assert!(matches!(
            package(&["a", "a"]),
            Err(PackageError::Duplicate(_))
        ));
        assert!(matches!(
            package(&["a", "a/b"]),
            Err(PackageError::FileAndFolder(_))
        ));
        assert!(package(&["a", "a.b", "a-b/c"]).is_ok());
    }

    #[test]
    fn names_equal_but_for_case_are_found() {
        let count = |paths: &[&str]| package(paths).unwrap().equal_but_for_case().len();
        assert_eq!(count(&["Readme", "readme", "x"]), 1);
        assert_eq!(count(&["Lib/a", "lib/A", "lib/b"]), 1);
        assert_eq!(count(&["a/x", "b/X"]), 0);
        assert_eq!(count(&["ΑΣ", "ας", "ä/x", "Ä/X"]), 2);
        let paths = package(&["b/X", "B/x", "b/x", "a", "A"]).unwrap();
        let pairs = paths.equal_but_for_case();
        let pairs = pairs.iter().map(|(one, other)| format!("{one} {other}"));
        assert_eq!(pairs.collect::<Vec<_>>(), ["A a", "b/X b/x", "B b"]);
    }
}
