//! What is told of a handler that Lambda would not find.

use crate::support::{Case, RawEntry, raw_zip};

/// What is said with one of the codes about handlers, of a zip of these files.
fn of_zip(files: &[(&str, &str)], options: &str) -> String {
    let entries: Vec<RawEntry<'_>> = files
        .iter()
        .map(|(path, contents)| RawEntry::new(path, contents))
        .collect();
    let case = Case::new().file("fn.zip", raw_zip(&entries));
    told(&case, &format!("fn.zip --dry-run {options}"))
}

/// The same of a folder.
fn of_folder(files: &[(&str, &str)], options: &str) -> String {
    let mut case = Case::new();
    for (path, contents) in files {
        case = case.file(&format!("app/{path}"), contents);
    }
    told(&case, &format!("app --dry-run {options}"))
}

fn told(case: &Case, command: &str) -> String {
    let ran = case.pack(command).to_string();
    let mut lines = ran.lines();
    let mut found = String::new();
    while let Some(line) = lines.next() {
        if ["LS902", "LS906", "LS917", "LS918"]
            .iter()
            .any(|code| line.contains(code))
        {
            found.push_str(&format!("{line}\n{}\n", lines.next().unwrap_or("")));
        }
    }
    found
}

const NODE: [(&str, &str); 3] = [
    ("fn/index.js", "exports.handler = async () => 1;"),
    ("fn/package.json", "{}"),
    ("fn/node_modules/a/package.json", r#"{"name": "a"}"#),
];

#[test]
fn a_zip_of_a_folder() {
    snapshot!(of_zip(&NODE, "--handler index.handler"), @r"
    warning[LS917]: fn: everything lies in this folder, and Lambda finds no handler `index.handler`
      help: pack what is in the folder, not the folder itself: `lambda-slim pack fn`
    ");
    let deep = [("fn/src/index.js", "exports.handler = async () => 1;")];
    snapshot!(of_zip(&deep, "--handler src/index.handler"), @r"
    warning[LS917]: fn: everything lies in this folder, and Lambda finds no handler `src/index.handler`
      help: pack what is in the folder, not the folder itself: `lambda-slim pack fn`
    ");
    snapshot!(of_folder(&deep, "--handler index.handler"), @r"
    warning[LS917]: fn/src: everything lies in this folder, and Lambda finds no handler `index.handler`
      help: pack what is in the folder, not the folder itself: `lambda-slim pack app/fn/src`
    ");
    snapshot!(of_zip(&NODE, ""), @r"
    warning[LS917]: fn: everything lies in this folder, and Lambda finds nothing at the top
      help: pack what is in the folder, not the folder itself: `lambda-slim pack fn`; where the handler begins with `fn`, say it with --handler
    ");
    let python = [
        ("a/b/app.py", "def run(event, context): pass"),
        ("a/b/six-1.dist-info/METADATA", "Name: six\n"),
        ("__MACOSX/a/._b", "x"),
    ];
    for options in ["", "--handler app.run --runtime python3.12"] {
        assert!(
            of_zip(&python, options).contains("warning[LS917]: a/b: "),
            "{options}"
        );
    }
    let program = [("release/bootstrap", "#!/bin/sh\n")];
    assert!(of_zip(&program, "--runtime provided.al2023").contains("LS917"));
}

#[test]
fn a_folder_that_belongs_there() {
    assert_eq!(
        of_zip(&NODE, "--handler fn/index.handler --runtime nodejs22.x"),
        ""
    );
    assert_eq!(of_folder(&NODE, "--runtime nodejs22.x"), "");
    let packages = [
        [
            ("pkg/__init__.py", ""),
            ("pkg/requirements.txt", "six"),
            ("pkg/mod.py", "def handler(e, c): pass"),
        ],
        [
            ("src/app.py", "def handler(e, c): pass"),
            ("src/util.py", ""),
            ("src/deep/a.py", ""),
        ],
        [
            ("python/a.py", ""),
            ("python/six-1.dist-info/METADATA", "Name: six\n"),
            ("python/b.py", ""),
        ],
        [
            ("node_modules/a/package.json", "{}"),
            ("node_modules/a/a.js", ""),
            ("node_modules/a/b.js", ""),
        ],
        [
            ("app.py", ""),
            ("fn/package.json", "{}"),
            ("fn/index.js", ""),
        ],
    ];
    for files in packages {
        let told = of_zip(&files, "");
        assert!(!told.contains("LS917"), "{files:?}: {told}");
    }
    assert_eq!(
        of_zip(
            &packages[0],
            "--handler pkg.mod.handler --runtime python3.12"
        ),
        ""
    );
    assert_eq!(
        of_zip(
            &packages[1],
            "--handler src/app.handler --runtime python3.12"
        ),
        ""
    );
    let layer = of_zip(&NODE, "--kind layer --runtime nodejs22.x");
    assert_eq!(layer, "");
    let program = [("bootstrap", "#!/bin/sh\n"), ("fn/package.json", "{}")];
    assert_eq!(of_zip(&program, "--runtime provided.al2023"), "");
}

#[test]
fn a_handler_that_is_elsewhere_altogether() {
    let told = of_zip(&NODE, "--handler main.handler --runtime nodejs22.x");
    assert!(told.contains("LS902") && !told.contains("LS917"), "{told}");
}

#[test]
fn a_function_that_the_module_lacks() {
    let node = |code: &str| {
        of_folder(
            &[("index.js", code)],
            "--runtime nodejs22.x --handler index.handlr",
        )
    };
    snapshot!(node("exports.handler = async () => 1;"), @r"
    warning[LS918]: index.js: it has no `handlr`, which the handler `index.handlr` names
      help: did you mean `index.handler`?
    ");
    snapshot!(node("module.exports = async () => 1;"), @r"
    warning[LS918]: index.js: it has no `handlr`, which the handler `index.handlr` names
      help: it has nothing that Lambda could call; name the module that does
    ");
    snapshot!(node("export const main = 1; export default 2;"), @r"
    warning[LS918]: index.js: it has no `handlr`, which the handler `index.handlr` names
      help: it has `default`, `main`; the function will not start
    ");
    for code in [
        "module.exports = require('./x')",
        "export * from './x.js'",
        "exports.handlr = 1",
    ] {
        assert_eq!(node(code), "", "{code}");
    }
    let python = |code: &str| {
        of_folder(
            &[("app.py", code)],
            "--runtime python3.12 --handler app.handlr",
        )
    };
    snapshot!(python("def handler(event, context): pass\n"), @r"
    warning[LS918]: app.py: it has no `handlr`, which the handler `app.handlr` names
      help: did you mean `app.handler`?
    ");
    for code in [
        "from lib import *\n",
        "from lib import handlr\n",
        "handlr = wrap(f)\n",
    ] {
        assert_eq!(python(code), "", "{code}");
    }
}

#[test]
fn a_module_that_may_be_another_file() {
    let code = "def handler(event, context): pass\n";
    for other in ["app/__init__.py", "app.cpython-312-x86_64-linux-gnu.so"] {
        let files = [("app.py", code), (other, "")];
        assert_eq!(
            of_folder(&files, "--runtime python3.12 --handler app.handlr"),
            "",
            "{other}"
        );
    }
    let files = [
        ("index.mjs", "export const handler = 1"),
        ("index.js", "exports.run = 1"),
    ];
    assert_eq!(
        of_folder(&files, "--runtime nodejs22.x --handler index.run"),
        ""
    );
}

#[test]
fn node_js_wants_slashes_between_folders() {
    let files = [
        ("src/fn/a.js", "exports.handler = async () => 1;"),
        ("package.json", "{}"),
    ];
    snapshot!(of_folder(&files, "--runtime nodejs22.x --handler src.fn.a.handler"), @r"
    warning[LS902]: no file of the package holds the handler `src.fn.a.handler`
      help: folders are written with `/`: `src/fn/a.handler`
    ");
    assert_eq!(of_folder(&files, "--handler src/fn/a.handler"), "");
    let python = [("src/fn/a.py", "def handler(event, context): pass")];
    assert_eq!(
        of_folder(&python, "--runtime python3.12 --handler src.fn.a.handler"),
        ""
    );
}
