//! What slimmers of Python packages are known to break: each file here was missed by somebody, and stays at every level.
//!
//! | what others delete | what broke | test |
//! |---|---|---|
//! | `documentation` in models | S3, at the first call | `texts_that_botocore_reads_stay` |
//! | folders called docs | botocore.docs, so boto3 | `folders_that_are_called_docs_or_testing_hold_code` |
//! | folders called testing | numpy.testing, so scipy and scikit-learn | `folders_that_are_called_docs_or_testing_hold_code` |
//! | folders called tests | numpy.testing of numpy 2.2 | `tests_that_code_needs_stay` |
//! | modules called test | jinja2/tests.py, werkzeug/test.py | `modules_that_are_called_test_are_modules` |
//! | `*.md`, `*.rst`, `*.txt` | load_iris of scikit-learn, pyparsing | `texts_are_data` |
//! | `*.pyi` | scikit-image | `stubs_that_are_read_at_run_time_stay` |
//! | dist-info | flask, openai, and OpenTelemetry without a word | `descriptions_of_distributions_answer_questions` |
//! | RECORD, sources | packages_distributions(), files() | `lists_of_files_that_code_asks_for_stay` |
//! | sections of `*.so`, without moving segments by pages | scipy, scikit-learn | `segments_behind_the_symbols_move_by_whole_pages` in `crates/native/src/strip/tests.rs` |
//! | docstrings | numpy.ma, so pandas and matplotlib | `docstrings_stay` |
//! | `tests` at the root | the function's own | `the_functions_own_folders_are_its_own` |
//! | sources, beside bytecode of another version | bad magic number | `installed_modules_take_the_place_of_their_sources` in `crates/python/src/bytecode/tests.rs` |

use std::collections::BTreeSet;

use crate::support::Case;

/// A function and one installed distribution, `lib`, with `code` and one more file.
fn package(code: &str, file: &str) -> Case {
    // Data of tests has a test beside it.
    let test = file.replace("data.csv", "test_lib.py");
    let names = BTreeSet::from([
        "lib/__init__.py",
        "lib-1.dist-info/METADATA",
        "lib-1.dist-info/RECORD",
        file,
        &test,
    ]);
    let record: String = names.iter().map(|name| format!("{name},,\n")).collect();
    let text = if file.ends_with(".py") {
        ""
    } else {
        "some words\n"
    };
    Case::new()
        .file("app/app.py", "import lib\n")
        .file("app/lib/__init__.py", code)
        .file(
            "app/lib-1.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: lib\nVersion: 1\n",
        )
        .file("app/lib-1.dist-info/RECORD", record)
        .file(&format!("app/{test}"), "")
        .file(&format!("app/{file}"), text)
}

/// `file` stays, at every level.
fn check(code: &str, file: &str) {
    for level in ["safe", "balanced", "aggressive"] {
        let case = package(code, file);
        case.pack(&format!("app --runtime python3.12 --level {level}"))
            .ok();
        assert!(case.entry("app.zip", file).is_some(), "{file} at {level}");
    }
}

#[test]
fn folders_that_are_called_docs_or_testing_hold_code() {
    check("from .docs import service", "lib/docs/service.py");
    check("from .testing import utils", "lib/testing/utils.py");
    check(
        "from lib.core.tests import natype",
        "lib/core/tests/natype.py",
    );
}

#[test]
fn tests_that_code_needs_stay() {
    // numpy.testing of numpy 2.2.6 imports numpy._core.tests._natype.
    check(
        "from lib._core.tests._natype import pd_NA",
        "lib/_core/tests/_natype.py",
    );
    check("from ._core import tests", "lib/_core/tests/__init__.py");
    check(
        "import importlib\nimportlib.import_module('lib.a.tests')",
        "lib/a/tests/__init__.py",
    );
    check("open(join(here, 'tests/data.csv'))", "lib/tests/data.csv");
    check("load(package + '.tests')", "lib/a/tests/data.csv");
    // Plug-ins that are found by walking through their own package.
    check(
        "for m in pkgutil.walk_packages(__path__): load(m.name)",
        "lib/tests/odd.py",
    );
    check(
        "this is not Python, but speaks of tests",
        "lib/tests/data.csv",
    );
}

#[test]
fn folders_of_tests_that_hold_no_tests_of_python_stay() {
    // dbt-adapters: macros, and the tests that dbt runs on data.
    check("", "lib/include/tests/generic/builtin.sql");
}

#[test]
fn tests_that_an_entry_point_names_stay() {
    // stevedore.tests.test_extension
    let points = "[lib.plugins]\nt1 = lib.tests.test_plugins:Plugin\n";
    let case = package("", "lib/tests/test_plugins.py")
        .file("app/lib-1.dist-info/entry_points.txt", points);
    let record = String::from_utf8(case.read("app/lib-1.dist-info/RECORD")).unwrap();
    case.write(
        "app/lib-1.dist-info/RECORD",
        &(record + "lib-1.dist-info/entry_points.txt,,\n"),
    );
    case.pack("app --runtime python3.12").ok();
    assert!(case.entry("app.zip", "lib/tests/test_plugins.py").is_some());
}

#[test]
fn tests_that_nothing_names_go() {
    let case = package("'''Run the tests.'''\n", "lib/a/tests/test_a.py");
    let stays = |name: &str| case.entry(name, "lib/a/tests/test_a.py").is_some();
    case.pack("app --runtime python3.12").ok();
    assert!(!stays("app.zip"));
    case.pack("app --runtime python3.12 --kind layer -o layer.zip")
        .ok();
    assert!(stays("layer.zip"));
    case.write("app/lib/a/__init__.py", "join(here, 'tests')\n");
    case.pack("app --runtime python3.12 -o hinted.zip").ok();
    assert!(stays("hinted.zip"));
    // What a folder says of itself is no evidence at aggressive.
    case.write("app/lib/a/tests/test_a.py", "open('lib/a/tests/x')\n");
    case.pack("app --runtime python3.12 --level aggressive -o aggressive.zip")
        .ok();
    assert!(!stays("aggressive.zip"));
    case.write("app/app.py", "import lib.a.tests.test_a\n");
    case.pack("app --runtime python3.12").ok();
    assert!(stays("app.zip"));
}

/// What numpy, pandas and scikit-learn say of their tests opens nothing; whatever else says more keeps them.
#[test]
fn tests_of_known_packages_go_where_the_function_does_not_speak_of_them() {
    let stays = |code: &str, own_code: &str| {
        let record =
            "numpy/__init__.py,,\nnumpy/core/tests/test_a.py,,\nnumpy-2.dist-info/RECORD,,\n";
        let case = Case::new()
            .file("app/app.py", own_code)
            .file("app/numpy/__init__.py", code)
            .file("app/numpy/core/tests/test_a.py", "")
            .file("app/numpy-2.dist-info/RECORD", record);
        case.pack("app --runtime python3.12 --level aggressive --disable LS215,LS250,LS251")
            .ok();
        let file = "numpy/core/tests/test_a.py";
        case.entry("app.zip", file).is_some()
    };
    let word = "names -= {'matlib', 'tests'}\n";
    assert!(!stays(word, "import numpy\n"));
    assert!(!stays(
        "x.startswith('numpy.core.tests.')\n",
        "import numpy\n"
    ));
    assert!(stays(word, "import numpy\njoin(there, 'tests')\n"));
    assert!(stays(
        "from numpy.core.tests import test_a\n",
        "import numpy\n"
    ));
    assert!(stays(
        "load('numpy.core.tests.' + name)\n",
        "import numpy\n"
    ));
}

/// A listing that is filtered by the end of a name opens what it finds.
#[test]
fn data_in_tests_that_a_filtered_listing_opens_stays() {
    let stays = |file: &str| {
        let code = "import os\nf = [f for f, _, _ in os.walk(here) if f.endswith('tests/cases')]\n";
        let case = package(code, "lib/tests/__init__.py")
            .file("app/lib/tests/cases/a.json", "{}")
            .file(
                "app/lib-1.dist-info/RECORD",
                "lib/__init__.py,,\nlib/tests/__init__.py,,\nlib/tests/cases/a.json,,\nlib-1.dist-info/RECORD,,\n",
            );
        case.pack("app --runtime python3.12").ok();
        case.entry("app.zip", file).is_some()
    };
    assert!(stays("lib/tests/cases/a.json"));
}

/// Tests that stay because of a hint of their own distribution need the tests that they import from another one.
#[test]
fn tests_of_known_packages_that_other_tests_import_stay() {
    let stays = |code: &str| {
        let case = Case::new()
            .file("app/app.py", "import foo\n")
            .file("app/foo/__init__.py", "load('tests')\n")
            .file("app/foo/tests/__init__.py", "")
            .file("app/foo/tests/x.py", code)
            .file(
                "app/foo-1.dist-info/RECORD",
                "foo/__init__.py,,\nfoo/tests/__init__.py,,\nfoo/tests/x.py,,\nfoo-1.dist-info/RECORD,,\n",
            )
            .file("app/pandas/__init__.py", "names -= {'tests'}\n")
            .file("app/pandas/tests/__init__.py", "")
            .file("app/pandas/tests/base.py", "")
            .file(
                "app/pandas-2.dist-info/RECORD",
                "pandas/__init__.py,,\npandas/tests/__init__.py,,\npandas/tests/base.py,,\npandas-2.dist-info/RECORD,,\n",
            );
        case.pack("app --runtime python3.12 --level aggressive --disable LS215,LS250,LS251")
            .ok();
        case.entry("app.zip", "pandas/tests/base.py").is_some()
    };
    assert!(stays("import pandas.tests.base\n"));
    assert!(!stays("import pandas\n"));
}

/// Which of `files` of a distribution go at aggressive, where the function imports `lib`.
fn gone(init: &str, files: &[(&str, &str)]) -> String {
    let mut case = package(init, "lib/used.py");
    let mut record = "lib/__init__.py,,\nlib/used.py,,\n".to_owned();
    for (path, contents) in files {
        record.push_str(&format!("{path},,\n"));
        case = case.file(&format!("app/{path}"), contents);
    }
    let case = case.file("app/lib-1.dist-info/RECORD", record);
    case.pack("app --runtime python3.12 --level aggressive")
        .ok();
    let mut gone = files.to_vec();
    gone.retain(|(path, _)| case.entry("app.zip", path).is_none());
    gone.iter()
        .map(|(path, _)| *path)
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn modules_that_are_loaded_by_name_stay() {
    let files = [("lib/plugins/one.py", ""), ("lib/idle.py", "")];
    assert_eq!(gone("", &files), "lib/plugins/one.py lib/idle.py");
    assert_eq!(gone("from .plugins import one", &files), "lib/idle.py");
    let by_prefix = "import_module('lib.plugins.' + name)";
    assert_eq!(gone(by_prefix, &files), "lib/idle.py");
    assert_eq!(gone("__import__(name)", &files), "");
    assert_eq!(gone("for x in iter_modules(__path__): pass", &files), "");
    let table = "KINDS = {'one': 'lib.plugins.one:Kind'}";
    assert_eq!(gone(table, &files), "lib/idle.py");
}

#[test]
fn plugins_stay_once_somebody_asks_for_entry_points() {
    let entry_points = "[some.plugins]\nx = lib.plugin:Plugin\n";
    let files = [
        ("lib/plugin.py", ""),
        ("lib-1.dist-info/entry_points.txt", entry_points),
    ];
    assert_eq!(gone("", &files), "lib/plugin.py");
    assert_eq!(
        gone("from importlib.metadata import entry_points", &files),
        ""
    );
}

#[test]
fn extension_modules_import_what_cannot_be_read() {
    let files = [("lib/_speed.abi3.so", "\0\0"), ("lib/helper.py", "")];
    assert_eq!(gone("from . import _speed", &files), "");
    assert_eq!(gone("", &files), "lib/helper.py");
}

#[test]
fn modules_that_are_called_test_are_modules() {
    check("from . import tests", "lib/tests.py");
    check("from . import test", "lib/test.py");
    check("from . import testing", "lib/testing.py");
    check("from . import benchmarks", "lib/benchmarks/__init__.py");
}

#[test]
fn texts_are_data() {
    check("load('iris.rst')", "lib/datasets/descr/iris.rst");
    check("read('best_practices.md')", "lib/ai/best_practices.md");
    check("", "lib/words.txt");
    check("", "lib/data/table.csv");
}

#[test]
fn stubs_that_are_read_at_run_time_stay() {
    check(
        "import lazy_loader\nlazy_loader.attach_stub(__name__, __file__)",
        "lib/__init__.pyi",
    );
}

#[test]
fn descriptions_of_distributions_answer_questions() {
    for name in [
        "METADATA",
        "entry_points.txt",
        "top_level.txt",
        "licenses/LICENSE",
    ] {
        check("", &format!("lib-1.dist-info/{name}"));
    }
}

#[test]
fn the_functions_own_folders_are_its_own() {
    for name in [
        "tests/words.txt",
        "docs/terms.md",
        "bin/tool",
        "testing/__init__.py",
        "py.typed",
    ] {
        let case = package("", "lib/a.py").file(&format!("app/{name}"), "x\n");
        case.pack("app --runtime python3.12 --level aggressive")
            .ok();
        assert!(case.entry("app.zip", name).is_some(), "{name}");
    }
}

#[test]
fn modules_without_a_source_are_all_there_is() {
    check("", "lib/core.pyc");
}

#[test]
fn docstrings_stay() {
    let code = "def f():\n    'said at run time'\n\n\nassert f.__doc__\n";
    let case = package(code, "lib/a.py");
    case.pack("app --runtime python3.12 --level aggressive --out-dir slim")
        .ok();
    assert_eq!(case.read("slim/lib/__init__.py"), code.as_bytes());
}

#[test]
fn texts_that_botocore_reads_stay() {
    let model = r#"{"clientContextParams":{"Accelerate":{"documentation":"x","type":"boolean"}}}"#;
    for level in ["safe", "balanced", "aggressive"] {
        let file = "botocore/data/s3/2006-03-01/service-2.json";
        let case = package("", "lib/a.py")
            .file("app/app.py", "import boto3\nboto3.client('s3')\n")
            .file(&format!("app/{file}"), model);
        case.pack(&format!(
            "app --runtime python3.12 --level {level} --out-dir slim"
        ))
        .ok();
        let slim = String::from_utf8(case.read(&format!("slim/{file}"))).unwrap();
        assert!(slim.contains("\"documentation\":\""), "{level}: {slim}");
    }
}

/// Whether the list of files of `lib` stays at aggressive when this is its code.
fn keeps_list(code: &str) -> bool {
    let case = package(code, "lib-1.dist-info/top_level.txt");
    case.pack("app --runtime python3.12 --level aggressive")
        .ok();
    case.entry("app.zip", "lib-1.dist-info/RECORD").is_some()
}

#[test]
fn lists_of_files_that_code_asks_for_stay() {
    assert!(!keeps_list(
        "import importlib.metadata as m\nm.version('lib')"
    ));
    assert!(keeps_list("import importlib.metadata as m\nm.files('lib')"));
    assert!(keeps_list(
        "from importlib.metadata import distributions\n[d.files for d in distributions()]"
    ));
    assert!(keeps_list("m.packages_distributions()"));
    assert!(keeps_list(
        "import importlib\nimportlib.metadata.files('lib')"
    ));
    // Somebody gets the distribution, and somebody else takes its files.
    let case = package(
        "import importlib.metadata as m\ndef get(): return m.distribution('lib')",
        "lib-1.dist-info/top_level.txt",
    )
    .file("app/app.py", "import lib\nprint(lib.get().files)\n");
    case.pack("app --runtime python3.12 --level aggressive")
        .ok();
    assert!(case.entry("app.zip", "lib-1.dist-info/RECORD").is_some());
}

/// Every trap of the table has its test.
#[test]
fn the_table_names_tests() {
    let here = include_str!("python_traps.rs");
    let rows = here.lines().filter_map(|line| line.strip_prefix("//! | "));
    let tests = rows.filter_map(|row| row.trim_end_matches(" |").rsplit(" | ").next());
    let mut found = 0;
    for test in tests.filter(|test| test.starts_with('`')) {
        let mut names = test.split('`').skip(1).step_by(2);
        let name = names.next().unwrap();
        let text = match names.next() {
            Some(file) => {
                let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
                fs_err::read_to_string(root.join(file)).unwrap()
            }
            None => here.to_owned(),
        };
        assert!(text.contains(&format!("\nfn {name}(")), "{test}");
        found += 1;
    }
    assert_eq!(found, 13);
}
