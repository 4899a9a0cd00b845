use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use lambda_slim_archive::Input;
use lambda_slim_engine::{Dependency, DependencyId, Reach, Starts, Threads, Trace, TraceOrder};
use lambda_slim_package::{Entry, EntryKind, EntryPath, FileMode};
use lambda_slim_rulepack::Scope;

use crate::distribution;
use crate::sources::Memory;
use crate::trace::trace;

/// A package of these files, and what the function's code leads to; each file is a path and its contents. Distributions
/// own the folders of their names.
fn traced(files: &[(&str, &str)]) -> (Input, Option<Trace>) {
    traced_from(files, Starts::OwnCode, "")
}

/// The same, where code begins at `starts` and a rule asks about the files below `part`.
fn traced_from(files: &[(&str, &str)], starts: Starts, part: &str) -> (Input, Option<Trace>) {
    let kind = |contents: &str| EntryKind::File {
        size_bytes: contents.len() as u64,
        mode: FileMode::Regular,
    };
    let entry = |(path, contents): &(String, String)| {
        let path = EntryPath::new(path).unwrap();
        (
            Entry {
                path,
                kind: kind(contents),
            },
            contents.clone().into_bytes(),
        )
    };
    let mut all: Vec<(String, String)> = Vec::new();
    for (path, contents) in files {
        all.push(((*path).to_owned(), (*contents).to_owned()));
        if let Some((label, "METADATA")) = path.split_once(".dist-info/") {
            let name = label.split('-').next().unwrap();
            let owned = files
                .iter()
                .filter(|(path, _)| path.starts_with(&format!("{name}/")));
            let record = owned.map(|(path, _)| format!("{path},,\n")).collect();
            all.push((format!("{label}.dist-info/RECORD"), record));
        }
    }
    let input = Input::in_memory(all.iter().map(entry).collect()).unwrap();
    let found = distribution::find(&input).unwrap();
    let mut owners: Vec<Vec<DependencyId>> = vec![Vec::new(); input.package().len()];
    for (index, found) in found.iter().enumerate() {
        let ids = found.entries.iter();
        ids.for_each(|id| owners[id.0].push(DependencyId(index)));
    }
    let dependency = |found: &lambda_slim_engine::FoundDependency| Dependency {
        scope: Scope::PythonDist,
        name: found.name.clone(),
        version: None,
        root: found.root.clone(),
    };
    let dependencies: Vec<Dependency> = found.iter().map(dependency).collect();
    let is_questioned = |entry: &Entry| entry.path.as_str().starts_with(part);
    let questioned = input.package().iter();
    let questioned = questioned.filter(|(_, entry)| is_questioned(entry));
    let order = TraceOrder {
        kept: &BTreeSet::new(),
        questioned: &questioned.map(|(id, _)| id).collect(),
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
    let trace = trace(&order, &Memory::default().of(order.input)).unwrap();
    (input, trace)
}

/// The files of distributions that no code leads to.
fn unreached(files: &[(&str, &str)]) -> String {
    missed(&traced(files))
}

fn missed((input, trace): &(Input, Option<Trace>)) -> String {
    let Some(trace) = trace else {
        return "no start".to_owned();
    };
    let missed = input.package().iter().filter(|(id, entry)| {
        trace.reach[id.0] == Reach::Unreached && !entry.path.as_str().contains(".dist-info/")
    });
    let paths = missed.map(|(_, entry)| entry.path.as_str());
    paths.collect::<Vec<_>>().join(" ")
}

/// What is not reached of the distribution `a` with these files, from a function with this code.
fn check(own: &str, a: &[(&str, &str)], expected: &str) {
    let mut files = vec![("app.py", own), ("a-1.dist-info/METADATA", "Name: a\n")];
    files.extend(a);
    assert_eq!(unreached(&files), expected, "{own}");
}

#[test]
fn without_own_code_nothing_is_said() {
    let files = [("a-1.dist-info/METADATA", ""), ("a/__init__.py", "")];
    assert_eq!(unreached(&files), "no start");
    assert_eq!(unreached(&[("app.py", "import a")]), "no start");
}

#[test]
fn imports_are_followed_and_run_the_packages_around_them() {
    let files = [
        ("a/__init__.py", "from . import base"),
        ("a/base.py", "from .deep.one import x"),
        ("a/deep/__init__.py", ""),
        ("a/deep/one.py", ""),
        ("a/deep/two.py", ""),
        ("a/other.py", ""),
    ];
    check("import a", &files, "a/deep/two.py a/other.py");
    check("import a.deep.two", &files, "a/other.py");
    check("from a import other", &files, "a/deep/two.py");
    check(
        "def handler(event, context):\n    from a.deep import two",
        &files,
        "a/other.py",
    );
    check(
        "",
        &files,
        "a/__init__.py a/base.py a/deep/__init__.py a/deep/one.py a/deep/two.py a/other.py",
    );
}

#[test]
fn a_way_through_code_that_cannot_be_told_is_a_guess() {
    let files = [
        ("app.py", "import a.named"),
        ("a-1.dist-info/METADATA", "Name: a\n"),
        (
            "a/__init__.py",
            "def load(name): return import_module(name)",
        ),
        ("a/named.py", ""),
        ("a/plugin.py", ""),
    ];
    let (input, trace) = traced(&files);
    let trace = trace.unwrap();
    let find = |path: &str| {
        input
            .package()
            .find(&EntryPath::new(path).unwrap())
            .unwrap()
    };
    let guesses = |path: &str| trace.guesses(&trace.chain(find(path)));
    assert_eq!(guesses("a/plugin.py"), [find("a/__init__.py")]);
    assert_eq!(guesses("a/named.py"), []);
}

#[test]
fn what_only_type_checkers_import_is_not_reached() {
    let files = [("a/__init__.py", ""), ("a/types.py", "")];
    check(
        "import a\nif TYPE_CHECKING:\n    import a.types",
        &files,
        "a/types.py",
    );
}

#[test]
fn what_cannot_be_told_keeps_the_whole_distribution_and_what_it_wants() {
    let files = [
        (
            "a/__init__.py",
            "def load(name): return import_module(name)",
        ),
        ("a/plugins/x.py", ""),
        (
            "a-1.dist-info/METADATA",
            "Name: a\nRequires-Dist: b ; extra == 'x'\n",
        ),
        ("b-1.dist-info/METADATA", "Name: b\n"),
        ("b/__init__.py", ""),
        ("c-1.dist-info/METADATA", "Name: c\n"),
        ("c/__init__.py", ""),
    ];
    let all: Vec<_> = [("app.py", "import a")]
        .iter()
        .chain(&files)
        .copied()
        .collect();
    assert_eq!(unreached(&all), "c/__init__.py");
    let native = [("a/__init__.py", ""), ("a/_c.abi3.so", ""), ("a/x.py", "")];
    check("from a import _c", &native, "");
    check("import a", &native, "a/_c.abi3.so a/x.py");
}

#[test]
fn names_that_are_put_together_keep_what_is_below() {
    let files = [
        (
            "a/__init__.py",
            "def get(name): return __import__('a.kinds.%s' % name)",
        ),
        ("a/kinds/__init__.py", ""),
        ("a/kinds/one.py", ""),
        ("a/other.py", ""),
    ];
    check("import a", &files, "a/other.py");
    let lazy = [
        (
            "a/__init__.py",
            "def __getattr__(name): return import_module(f'.{name}', __name__)",
        ),
        ("a/one.py", ""),
    ];
    check("import a", &lazy, "");
}

#[test]
fn texts_name_modules() {
    let files = [
        ("a/__init__.py", "__all__ = ['one']"),
        ("a/one.py", ""),
        ("a/two.py", ""),
        ("a/three.py", "run([python, join(here, 'four.py')])"),
        ("a/four.py", ""),
    ];
    check("import a", &files, "a/four.py a/three.py a/two.py");
    check("APPS = ['a.two:Config']", &files, "a/four.py a/three.py");
    check("import a.three", &files, "a/two.py");
    check("exec('import a.two')", &files, "a/four.py a/three.py");
}

#[test]
fn settings_of_the_function_name_modules() {
    let a = [
        ("a-1.dist-info/METADATA", "Name: a\n"),
        ("a/__init__.py", ""),
        ("a/x.py", ""),
    ];
    let with = |path, text| {
        let files: Vec<_> = [("app.py", ""), (path, text)]
            .iter()
            .chain(&a)
            .copied()
            .collect();
        unreached(&files)
    };
    assert_eq!(with("logging.yaml", "class: a.x.Handler"), "");
    assert_eq!(with("logging.yaml", "plugins: [a]"), "a/x.py");
    assert_eq!(with("requirements.txt", "a==1"), "a/__init__.py a/x.py");
}

#[test]
fn entry_points_are_reached_once_somebody_asks() {
    let a = [
        ("a-1.dist-info/METADATA", "Name: a\n"),
        (
            "a-1.dist-info/entry_points.txt",
            "[flask.commands]\nx = a.x:go\n[console_scripts]\na = a.cli:main\n",
        ),
        ("a/__init__.py", ""),
        ("a/cli.py", ""),
        ("a/x.py", ""),
    ];
    let with = |own| unreached(&[("app.py", own), a[0], a[1], a[2], a[3], a[4]]);
    assert_eq!(with("import a"), "a/cli.py a/x.py");
    assert_eq!(
        with("from importlib.metadata import entry_points"),
        "a/cli.py"
    );
}

#[test]
fn what_a_reached_distribution_wants_stays_although_nothing_imports_it() {
    let files = [
        ("app.py", "import a"),
        ("a-1.dist-info/METADATA", "Name: a\nRequires-Dist: data\n"),
        ("a/__init__.py", ""),
        ("data-1.dist-info/METADATA", "Name: data\n"),
        ("data/x.py", ""),
    ];
    assert_eq!(unreached(&files), "");
}

#[test]
fn the_standard_library_loads_time_zones_and_objects() {
    let files = [
        ("app.py", "import zoneinfo"),
        ("tzdata-1.dist-info/METADATA", "Name: tzdata\n"),
        ("tzdata/__init__.py", ""),
    ];
    assert_eq!(unreached(&files), "");
    check("import pickle", &[("a/model.py", "")], "");
}

/// What is not reached below `a/part` where every other file of the package is a start.
#[track_caller]
fn check_part(others: &[(&str, &str)], expected: &str) {
    let mut files = vec![
        ("app.py", ""),
        ("a-1.dist-info/METADATA", "Name: a\n"),
        ("a/__init__.py", ""),
        ("a/part/__init__.py", "from . import inner"),
        ("a/part/inner.py", ""),
        ("b-1.dist-info/METADATA", "Name: b\n"),
    ];
    for (path, contents) in others {
        files.retain(|(known, _)| known != path);
        files.push((path, contents));
    }
    let traced = traced_from(&files, Starts::EntryPoints, "a/part");
    assert_eq!(missed(&traced), expected, "{others:?}");
}

#[test]
fn a_part_is_reached_from_any_file_outside_of_it() {
    let all = "a/part/__init__.py a/part/inner.py";
    check_part(&[], all);
    check_part(&[("app.py", "import a")], all);
    check_part(&[("app.py", "locate('a' '.part')")], "");
    check_part(&[("app.py", "import a.part")], "");
    check_part(&[("app.py", "from a.part import inner")], "");
    check_part(
        &[("a/__init__.py", "def f():\n    from .part import inner")],
        "",
    );
    check_part(&[("b/x.py", "from a import part")], "");
    check_part(&[("b/x.py", "load('a.part.inner')")], "");
    check_part(&[("settings.toml", "backend = 'a.part'")], "");
    check_part(&[("a/part/__init__.py", "from .. import part")], all);
}

#[test]
fn a_part_stays_with_a_distribution_that_loads_what_nobody_can_tell() {
    check_part(&[("a/load.py", "import_module(name)")], "");
    check_part(&[("app.py", "import_module(name)")], "");
    let all = "a/part/__init__.py a/part/inner.py";
    check_part(&[("b/load.py", "import_module(name)")], all);
    check_part(
        &[
            ("b/load.py", "import_module(name)"),
            ("b-1.dist-info/METADATA", "Name: b\nRequires-Dist: a\n"),
        ],
        "",
    );
}

#[test]
fn without_own_code_no_part_is_questioned() {
    let files = [
        ("a-1.dist-info/METADATA", "Name: a\n"),
        ("a/__init__.py", ""),
        ("a/part/__init__.py", ""),
    ];
    let traced = traced_from(&files, Starts::EntryPoints, "a/part");
    assert_eq!(missed(&traced), "no start");
}

#[test]
fn nobody_asks_about_files_outside_of_distributions() {
    let files = [("app.py", ""), ("a-1.dist-info/METADATA", "Name: a\n")];
    let (_, trace) = traced_from(&files, Starts::EntryPoints, "app.py");
    assert!(trace.is_none());
}
