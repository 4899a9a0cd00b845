use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use lambda_slim_archive::Input;
use lambda_slim_engine::{Dependency, DependencyId, Reach, Starts, Threads, TraceOrder};
use lambda_slim_package::{Entry, EntryKind, EntryPath, FileMode};
use lambda_slim_rulepack::Scope;

use crate::trace::trace;

fn entry(path: &str, contents: &str) -> (Entry, Vec<u8>) {
    let kind = EntryKind::File {
        size_bytes: contents.len() as u64,
        mode: FileMode::Regular,
    };
    let path = EntryPath::new(path).unwrap();
    (Entry { path, kind }, contents.as_bytes().to_vec())
}

/// The packages named in the paths, one for each `node_modules/NAME`.
fn dependency(path: &str) -> Option<String> {
    let (_, rest) = path.split_once("node_modules/")?;
    Some(format!("node_modules/{}", rest.split('/').next()?))
}

/// The files of packages that are not reached.
fn unreached(files: &[(&str, &str)], starts: Starts) -> String {
    let input =
        Input::in_memory(files.iter().map(|(path, text)| entry(path, text)).collect()).unwrap();
    let mut roots: Vec<String> = files
        .iter()
        .filter_map(|(path, _)| dependency(path))
        .collect();
    roots.sort_unstable();
    roots.dedup();
    let place = |root: &String| roots.iter().position(|known| known == root).unwrap();
    let owners: Vec<Vec<DependencyId>> = input
        .package()
        .iter()
        .map(|(_, entry)| {
            dependency(entry.path.as_str())
                .iter()
                .map(|root| DependencyId(place(root)))
                .collect()
        })
        .collect();
    let dependencies: Vec<Dependency> = roots
        .iter()
        .map(|root| Dependency {
            scope: Scope::NodePackage,
            name: root.trim_start_matches("node_modules/").to_owned(),
            version: None,
            root: EntryPath::new(root).ok(),
        })
        .collect();
    let order = TraceOrder {
        kept: &BTreeSet::new(),
        questioned: &BTreeSet::new(),
        input: &input,
        dependencies: &dependencies,
        owners: &owners,
        handler_files: &[],
        handler_named: false,
        starts,
        threads: Threads {
            count: NonZeroUsize::MIN,
            budget_bytes: 1 << 20,
        },
    };
    let Some(trace) = trace(&order).unwrap() else {
        return "no start".to_owned();
    };
    let all = input.package().iter();
    let missed = all.filter(|(id, _)| trace.reach[id.0] == Reach::Unreached);
    let missed = missed.map(|(_, entry)| entry.path.as_str().trim_start_matches("node_modules/"));
    missed
        .filter(|path| !path.ends_with("package.json"))
        .collect::<Vec<_>>()
        .join(" ")
}

fn from_own_code(own: &str, files: &[(&str, &str)]) -> String {
    let files: Vec<_> = [("index.js", own)].iter().chain(files).copied().collect();
    unreached(&files, Starts::OwnCode)
}

const A: (&str, &str) = (
    "node_modules/a/package.json",
    r#"{"name": "a", "main": "index.js"}"#,
);

#[test]
fn without_own_code_nothing_is_said() {
    assert_eq!(
        unreached(&[A, ("node_modules/a/index.js", "")], Starts::EntryPoints),
        "no start"
    );
}

#[test]
fn imports_are_followed() {
    let files = [
        A,
        ("node_modules/a/index.js", "require('./b')"),
        ("node_modules/a/b.js", ""),
        ("node_modules/a/c.js", ""),
        ("node_modules/b/index.js", ""),
    ];
    assert_eq!(from_own_code("require('a')", &files), "a/c.js b/index.js");
}

#[test]
fn both_sides_of_module_sync_stay() {
    let manifest = r#"{"name": "a", "exports": {"module-sync": "./s.mjs", "import": "./i.mjs", "default": "./d.js"}}"#;
    let files = [
        ("node_modules/a/package.json", manifest),
        ("node_modules/a/s.mjs", ""),
        ("node_modules/a/i.mjs", ""),
        ("node_modules/a/d.js", ""),
    ];
    assert_eq!(from_own_code("require('a')", &files), "a/i.mjs");
    assert_eq!(from_own_code("import 'a'", &files), "a/d.js");
}

#[test]
fn what_cannot_be_told_keeps_the_whole_package_and_what_it_declares() {
    let manifest = r#"{"name": "a", "dependencies": {"b": "1"}}"#;
    let files = [
        ("node_modules/a/package.json", manifest),
        (
            "node_modules/a/index.js",
            "module.exports = (name) => require(name)",
        ),
        ("node_modules/a/plugins/x.js", ""),
        ("node_modules/b/index.js", ""),
        ("node_modules/c/index.js", ""),
    ];
    assert_eq!(from_own_code("require('a')", &files), "c/index.js");
}

#[test]
fn workers_templates_and_names_in_texts_are_followed() {
    let code = "new Worker(path.join(__dirname, 'lib', 'worker.js')); require(`./locale/${name}`)";
    let files = [
        A,
        ("node_modules/a/index.js", code),
        ("node_modules/a/lib/worker.js", ""),
        ("node_modules/a/locale/de.js", ""),
        ("node_modules/a/other/worker2.js", ""),
        ("node_modules/pretty/index.js", ""),
    ];
    let own = "require('a')({ transport: { target: 'pretty' } })";
    assert_eq!(from_own_code(own, &files), "a/other/worker2.js");
}

#[test]
fn a_folder_that_is_handed_out_keeps_its_package() {
    let files = [
        A,
        (
            "node_modules/a/index.js",
            "module.exports = () => require('path').resolve(__dirname)",
        ),
        ("node_modules/a/bundle.js", ""),
    ];
    assert_eq!(from_own_code("require('a')", &files), "");
}

#[test]
fn optional_parts_belong_to_their_package() {
    let files = [
        (
            "node_modules/a/package.json",
            r#"{"name": "a", "optionalDependencies": {"b": "1"}}"#,
        ),
        ("node_modules/a/index.js", ""),
        ("node_modules/b/native.node", ""),
        ("node_modules/b/other.js", ""),
    ];
    assert_eq!(from_own_code("require('a')", &files), "");
}

/// Sequelize loads the driver of a database through a method, and lists it under `peerDependenciesMeta` alone.
#[test]
fn texts_name_drivers_that_a_package_may_get() {
    let files = [
        (
            "node_modules/a/package.json",
            r#"{"name": "a", "peerDependenciesMeta": {"b": {"optional": true}}}"#,
        ),
        (
            "node_modules/a/index.js",
            "class Manager { load(name) { return require(name) } get lib() { return this.load('b') } }",
        ),
        ("node_modules/b/index.js", ""),
        ("node_modules/c/index.js", ""),
    ];
    assert_eq!(from_own_code("require('a')", &files), "c/index.js");
}

#[test]
fn entry_points_count_below_aggressive() {
    let manifest = r#"{"name": "a", "main": "dist-cjs/index.js", "module": "dist-es/index.js"}"#;
    let files = [
        ("index.js", ""),
        ("node_modules/a/package.json", manifest),
        ("node_modules/a/dist-cjs/index.js", ""),
        ("node_modules/a/dist-es/index.js", ""),
    ];
    assert_eq!(unreached(&files, Starts::EntryPoints), "a/dist-es/index.js");
    let named = [
        ("index.js", "import 'a/dist-es/index.js'"),
        files[1],
        files[2],
        files[3],
    ];
    assert_eq!(unreached(&named, Starts::EntryPoints), "");
}
