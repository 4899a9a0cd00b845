//! Jars that lie where Lambda does not look.

use std::collections::BTreeSet;

use lambda_slim_archive::{Error, Input};
use lambda_slim_engine::FoundDependency;
use lambda_slim_package::{EntryId, EntryPath, Package};
use lambda_slim_rulepack::Scope;

use crate::jar;

/// The folders whose jars Lambda loads: `lib` of a function, `java/lib` of a layer.
const CLASS_PATH: [&str; 2] = ["lib", "java/lib"];

/// Each jar outside the class path, as one that may move or one that is held in its place.
///
/// Agents are named by settings outside the package, and a jar that the manifest of another one names, which stays
/// where it is, would be lost to that one. A jar that cannot be read stays as well.
pub(crate) fn find(input: &Input) -> Result<Vec<FoundDependency>, Error> {
    let package = input.package();
    let outside: Vec<EntryId> = package
        .iter()
        .filter(|(_, entry)| jar::is_jar(&entry.path) && !is_loaded(&entry.path))
        .map(|(id, _)| id)
        .collect();
    if outside.is_empty() {
        return Ok(Vec::new());
    }
    let mut held = BTreeSet::new();
    let mut named = named_from_class_path(input)?;
    for id in outside
        .iter()
        .filter(|id| may_move(&package.entry(**id).path))
    {
        let opened = jar::open(input, *id)?;
        let manifest = opened.as_ref().map(jar::manifest);
        if manifest
            .as_ref()
            .is_none_or(|manifest| manifest.is_agent() || manifest.is_spring_boot())
        {
            held.insert(*id);
            named.extend(manifest.iter().flat_map(|manifest| {
                let path = &package.entry(*id).path;
                manifest.class_path().filter_map(|text| resolve(path, text))
            }));
        }
    }
    let scope = |id: EntryId| {
        let is_held = held.contains(&id) || named.contains(&package.entry(id).path);
        if is_held {
            Scope::HeldJar
        } else {
            Scope::StrayJar
        }
    };
    let all = outside.into_iter();
    Ok(all.map(|id| dependency(package, id, scope(id))).collect())
}

/// Rules move jars from the root and from folders there, so only these are opened: a package for Spark in Python holds
/// 300 MB of jars farther down.
fn may_move(path: &EntryPath) -> bool {
    path.components().count() <= 2
}

fn is_loaded(path: &EntryPath) -> bool {
    path.parent()
        .is_some_and(|folder| CLASS_PATH.contains(&folder.as_str()))
}

/// What the manifests of the jars on the class path name.
fn named_from_class_path(input: &Input) -> Result<BTreeSet<EntryPath>, Error> {
    let mut named = BTreeSet::new();
    for (id, entry) in input.package().iter() {
        if jar::is_jar(&entry.path) && is_loaded(&entry.path) {
            let manifest = jar::open(input, id)?
                .map(|jar| jar::manifest(&jar))
                .unwrap_or_default();
            named.extend(
                manifest
                    .class_path()
                    .filter_map(|text| resolve(&entry.path, text)),
            );
        }
    }
    Ok(named)
}

/// The path of the package that a `Class-Path` of the jar at `path` means.
fn resolve(path: &EntryPath, text: &str) -> Option<EntryPath> {
    let folder = path.parent();
    let mut parts: Vec<&str> = folder.iter().flat_map(EntryPath::components).collect();
    for part in text.split('/') {
        match part {
            "." | "" => {}
            ".." => _ = parts.pop()?,
            part => parts.push(part),
        }
    }
    EntryPath::new(&parts.join("/")).ok()
}

fn dependency(package: &Package, id: EntryId, scope: Scope) -> FoundDependency {
    let name = package.entry(id).path.file_name();
    FoundDependency {
        scope,
        name: name.strip_suffix(".jar").unwrap_or(name).to_owned(),
        version: None,
        root: None,
        entries: vec![id],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_jar::{input_of, jar_that_says};

    /// Each jar with what its manifest says; gives those outside the class path that may move.
    #[track_caller]
    fn check(jars: &[(&str, &str)], may_move: &[&str]) {
        let files = jars
            .iter()
            .map(|(path, manifest)| (*path, jar_that_says(manifest)));
        let input = input_of(files.collect());
        let found = find(&input).unwrap();
        let strays = found.iter().filter(|found| found.scope == Scope::StrayJar);
        let paths: Vec<&str> = strays
            .map(|found| input.package().entry(found.entries[0]).path.as_str())
            .collect();
        assert_eq!(paths, may_move);
    }

    #[test]
    fn agents_stay() {
        check(
            &[
                ("a.jar", "Premain-Class: A\n"),
                ("b.jar", ""),
                ("lib/c.jar", ""),
            ],
            &["b.jar"],
        );
        check(&[("a.jar", "Launcher-Agent-Class: A\n")], &[]);
    }

    #[test]
    fn jars_named_by_a_jar_that_stays_stay() {
        check(
            &[
                ("a.jar", ""),
                ("b.jar", ""),
                ("lib/c.jar", "Class-Path: ../a.jar\n"),
            ],
            &["b.jar"],
        );
        check(
            &[
                ("a.jar", "Agent-Class: A\nClass-Path: dep/b.jar\n"),
                ("dep/b.jar", ""),
            ],
            &[],
        );
        check(
            &[("a.jar", "Class-Path: b.jar\n"), ("b.jar", "")],
            &["a.jar", "b.jar"],
        );
    }

    #[test]
    fn what_is_no_jar_stays() {
        let input = input_of(vec![("a.jar", b"text".to_vec())]);
        assert_eq!(find(&input).unwrap()[0].scope, Scope::HeldJar);
    }

    #[test]
    fn names_in_manifests_are_resolved() {
        let check = |path: &str, text: &str, expected: Option<&str>| {
            let found = resolve(&EntryPath::new(path).unwrap(), text);
            assert_eq!(found.as_ref().map(EntryPath::as_str), expected);
        };
        check("lib/a.jar", "b.jar", Some("lib/b.jar"));
        check("lib/a.jar", "../x/./b.jar", Some("x/b.jar"));
        check("a.jar", "../b.jar", None);
    }
}
