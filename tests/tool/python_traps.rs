//! What slimmers of Python packages are known to break: each file here was missed by somebody, and stays at every level.

use crate::support::Case;

/// A function and one installed distribution, `lib`, with `code` and one more file.
fn package(code: &str, file: &str) -> Case {
    let names = [
        "lib/__init__.py",
        "lib-1.dist-info/METADATA",
        "lib-1.dist-info/RECORD",
        file,
    ];
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
