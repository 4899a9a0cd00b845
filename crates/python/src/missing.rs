//! Modules that are certain to be imported when the function starts, and that nothing brings.

use std::collections::{BTreeMap, BTreeSet};

use lambda_slim_archive::Error;
use lambda_slim_package::{EntryId, EntryPath, Package};

use crate::imports::{Import, Need};
use crate::modules::{self, Modules};
use crate::sources::Sources;

/// Top-level modules of CPython 3.9 to 3.14, private ones too. Source: `sys.stdlib_module_names` and
/// `sys.builtin_module_names`, with the lists of new modules.
const STANDARD: &str = include_str!("stdlib.txt");

/// What Lambda's Python has beside the standard library.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html>.
const RUNTIME: [&str; 11] = [
    "awslambdaric",
    "boto3",
    "botocore",
    "dateutil",
    "jmespath",
    "pip",
    "pkg_resources",
    "s3transfer",
    "setuptools",
    "six",
    "urllib3",
];

/// A module that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingModule {
    /// Its top-level name.
    pub name: String,
    /// The first file that imports it.
    pub imported_by: EntryPath,
}

/// The modules that are certain to be asked for, and that nothing brings.
pub(crate) fn modules(
    sources: &Sources<'_>,
    handler_files: &[EntryId],
) -> Result<Vec<MissingModule>, Error> {
    let package = sources.input.package();
    let distributions = sources.distributions()?.iter();
    let roots = distributions.map(|found| found.root.clone());
    let search = Search {
        sources,
        modules: Modules::new(package, roots),
        names: names(package),
    };
    let is_start = |path: &EntryPath| path.parent().is_none() && !is_for_tests(path.file_name());
    let at_root = package.iter().filter(|(_, entry)| is_start(&entry.path));
    let starts: Vec<EntryId> = match handler_files {
        [] => at_root.map(|(id, _)| id).collect(),
        files => files.to_vec(),
    };
    search.run(starts)
}

/// What test runners and installers start, and Lambda does not.
fn is_for_tests(name: &str) -> bool {
    let stem = name.strip_suffix(".py").unwrap_or(name);
    stem.starts_with("test_") || stem.ends_with("_test") || matches!(stem, "conftest" | "setup")
}

/// Whether the module of this top-level name is a part of Python.
pub(crate) fn is_standard(name: &str) -> bool {
    STANDARD.split_whitespace().any(|known| known == name)
}

/// Every name under which something in the package could be imported, wherever code puts it on the path.
fn names(package: &Package) -> BTreeSet<String> {
    let folders = package
        .folders()
        .map(|folder| folder.file_name().to_owned());
    let stems = package.iter().filter_map(|(_, entry)| {
        let stem = modules::stem(&entry.path)?;
        stem.rsplit('/').next().map(str::to_owned)
    });
    folders.chain(stems).collect()
}

struct Search<'a> {
    sources: &'a Sources<'a>,
    modules: Modules,
    names: BTreeSet<String>,
}

impl Search<'_> {
    fn run(&self, starts: Vec<EntryId>) -> Result<Vec<MissingModule>, Error> {
        let mut missing: BTreeMap<String, EntryPath> = BTreeMap::new();
        let mut seen: BTreeSet<EntryId> = starts.iter().copied().collect();
        let mut next = starts;
        while let Some(id) = next.pop() {
            let entry = self.sources.input.package().entry(id);
            if entry.is_symlink() || !entry.path.as_str().ends_with(".py") {
                continue;
            }
            let imports = self.sources.imports(id)?.into_iter();
            let imports = imports.flat_map(|found| &found.imports);
            let certain = imports.filter(|import| import.need == Need::Always);
            for import in certain {
                if let Some(name) = self.missing(import) {
                    missing.entry(name).or_insert_with(|| entry.path.clone());
                }
                let files = self.files(import, &entry.path);
                next.extend(files.into_iter().filter(|id| seen.insert(*id)));
            }
        }
        let found = missing.into_iter();
        Ok(found
            .map(|(name, imported_by)| MissingModule { name, imported_by })
            .collect())
    }

    fn missing(&self, import: &Import) -> Option<String> {
        let name = import.module.split('.').next()?;
        let is_there = import.level > 0
            || RUNTIME.contains(&name)
            || self.names.contains(name)
            || is_standard(name);
        (!is_there).then(|| name.to_owned())
    }

    /// What the import runs.
    fn files(&self, import: &Import, from: &EntryPath) -> Vec<EntryId> {
        let mut stems = self.modules.meant(import, from);
        let names = stems.iter().flat_map(|stem| {
            let names = import.names.iter();
            names.map(move |name| format!("{stem}/{name}"))
        });
        let names: Vec<String> = names.collect();
        stems.extend(names);
        let present = stems
            .iter()
            .filter(|stem| !self.modules.at(stem).is_empty());
        let around = |stem: &String| -> Vec<EntryId> {
            let outer = self.modules.around(stem).chain([stem.as_str()]);
            outer
                .flat_map(|stem| self.modules.at(stem))
                .copied()
                .collect()
        };
        present.flat_map(around).collect()
    }
}

#[cfg(test)]
mod tests {
    use lambda_slim_archive::Input;

    use super::*;
    use crate::sources::Memory;
    use lambda_slim_package::{Entry, EntryKind, FileMode};

    /// What is missing in a package of these files, each with its importer.
    fn check(files: &[(&str, &str)], expected: &str) {
        let entry = |(path, contents): &(&str, &str)| {
            let kind = EntryKind::File {
                size_bytes: contents.len() as u64,
                mode: FileMode::Regular,
            };
            let path = EntryPath::new(path).unwrap();
            (Entry { path, kind }, contents.as_bytes().to_vec())
        };
        let input = Input::in_memory(files.iter().map(entry).collect()).unwrap();
        let found = super::modules(&Memory::default().of(&input), &[]).unwrap();
        let words = found
            .iter()
            .map(|found| format!("{} by {}", found.name, found.imported_by));
        assert_eq!(words.collect::<Vec<_>>().join(", "), expected);
    }

    #[test]
    fn what_nothing_brings_is_missing() {
        check(
            &[("app.py", "import requests, json, boto3, _ast, _sqlite3")],
            "requests by app.py",
        );
        check(&[("app.py", "from . import x\nimport app")], "");
        let deep = [
            ("app.py", "import lib"),
            ("lib/__init__.py", "from yaml import load"),
        ];
        check(&deep, "yaml by lib/__init__.py");
        check(&[("app.py", "import lib"), ("vendor/lib.py", "")], "");
    }

    #[test]
    fn what_may_not_run_is_not() {
        check(
            &[(
                "app.py",
                "try:\n    import a\nexcept ImportError:\n    a = None",
            )],
            "",
        );
        check(
            &[(
                "app.py",
                "if windows:\n    import a\ndef f():\n    import b",
            )],
            "",
        );
        check(&[("app.py", ""), ("tools/b.py", "import c")], "");
        check(
            &[
                ("test_app.py", "import pytest"),
                ("conftest.py", "import pytest"),
            ],
            "",
        );
    }
}
