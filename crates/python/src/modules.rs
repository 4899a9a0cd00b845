//! Which files the names of modules stand for.

use std::collections::{BTreeMap, BTreeSet};

use lambda_slim_package::{EntryId, EntryPath, Package};

use crate::imports::Import;

/// The modules of a package, by their stems: the path of the file without its extension, or of the folder of an
/// `__init__.py`.
pub(crate) struct Modules {
    /// Where absolute names begin: the root of the package, and wherever distributions are installed; `vendor/`.
    roots: BTreeSet<String>,
    /// Sources, extension modules and compiled files of each stem.
    by_stem: BTreeMap<String, Vec<EntryId>>,
}

/// The name that stands for the folder that it lies in.
const INIT: &str = "__init__";
/// Where CPython keeps what it compiled. Source: PEP 3147.
pub(crate) const CACHE: &str = "__pycache__";

impl Modules {
    pub(crate) fn new(
        package: &Package,
        installed: impl Iterator<Item = Option<EntryPath>>,
    ) -> Self {
        let roots = installed.flatten().map(|root| format!("{root}/"));
        let mut by_stem: BTreeMap<String, Vec<EntryId>> = BTreeMap::new();
        for (id, entry) in package.iter() {
            if let Some(stem) = stem(&entry.path) {
                by_stem.entry(stem).or_default().push(id);
            }
        }
        Self {
            roots: roots.chain([String::new()]).collect(),
            by_stem,
        }
    }

    /// The stems that an import in the file at `from` can mean, whether or not anything is there.
    pub(crate) fn meant(&self, import: &Import, from: &EntryPath) -> Vec<String> {
        let module = import.module.replace('.', "/");
        if import.level == 0 {
            let roots = self.roots.iter();
            return roots.map(|root| format!("{root}{module}")).collect();
        }
        let mut folder = from.parent();
        for _ in 1..import.level {
            folder = folder.and_then(|folder| folder.parent());
        }
        let folder = folder.map(|folder| folder.to_string());
        let parts = [folder.as_deref().unwrap_or_default(), &module];
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        vec![parts.collect::<Vec<_>>().join("/")]
    }

    /// The files of a module.
    pub(crate) fn at(&self, stem: &str) -> &[EntryId] {
        self.by_stem.get(stem).map_or(&[], Vec::as_slice)
    }

    /// The files of all modules in a package, however deep.
    pub(crate) fn below(&self, stem: &str) -> impl Iterator<Item = EntryId> {
        let start = if stem.is_empty() {
            String::new()
        } else {
            format!("{stem}/")
        };
        let range = self.by_stem.range(start.clone()..);
        let within = range.take_while(move |(stem, _)| stem.starts_with(&start));
        within.flat_map(|(_, files)| files).copied()
    }

    /// The stems of the packages around a module, the outermost first: importing it runs them.
    pub(crate) fn around<'s>(&self, stem: &'s str) -> impl Iterator<Item = &'s str> {
        stem.match_indices('/').map(|(end, _)| &stem[..end])
    }

    /// The modules that a dotted text names: the longest beginning of it that is one, below each root.
    pub(crate) fn named(&self, text: &str) -> Vec<String> {
        let longest = |root: &String| {
            let mut name = text;
            loop {
                let stem = format!("{root}{}", name.replace('.', "/"));
                if self.by_stem.contains_key(&stem) {
                    return Some(stem);
                }
                name = name.rsplit_once('.')?.0;
            }
        };
        self.roots.iter().filter_map(longest).collect()
    }
}

/// The stem of a file that CPython can import, or keeps beside one.
pub(crate) fn stem(path: &EntryPath) -> Option<String> {
    let name = path.file_name();
    let (module, _) = name.split_once('.')?;
    let (_, extension) = name.rsplit_once('.')?;
    if !matches!(extension, "py" | "pyc" | "so") || module.is_empty() {
        return None;
    }
    let mut folder = path.parent();
    if let Some(cache) = folder.take_if(|folder| folder.file_name() == CACHE) {
        folder = cache.parent();
    }
    match (folder, module) {
        (Some(folder), INIT) => Some(folder.to_string()),
        (Some(folder), module) => Some(format!("{folder}/{module}")),
        (None, module) => Some(module.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems() {
        let check = |path: &str, expected: Option<&str>| {
            assert_eq!(stem(&EntryPath::new(path).unwrap()).as_deref(), expected);
        };
        check("a/b.py", Some("a/b"));
        check("a/__init__.py", Some("a"));
        check("a/__pycache__/b.cpython-312.pyc", Some("a/b"));
        check("a/__pycache__/__init__.cpython-312.pyc", Some("a"));
        check("a/_c.cpython-312-x86_64-linux-gnu.so", Some("a/_c"));
        check("a.py", Some("a"));
        check("a/data.json", None);
        check("a/.py", None);
    }
}
