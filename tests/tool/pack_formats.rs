//! `pack --format markdown`, `github` and `html`: what people read elsewhere than in the terminal.

use crate::samples;
use crate::support::Case;

#[test]
fn markdown_for_a_pull_request() {
    let case = samples::node();
    let ran = case
        .pack("dist -q --format markdown --handler no.such")
        .ok();
    let (text, hash) = ran.stdout.split_once("\n`CodeSha256`").unwrap();
    assert_eq!(hash.trim().len(), 46);
    snapshot!(text, @r"
    ### `dist` → `dist.zip`

    nodejs · function · balanced

    | | before | after | change |
    |---|---:|---:|---:|
    | zip | - | 1.7 kB |  |
    | unzipped | 3.9 kB | 439 B | -89 % |
    | files | 18 | 11 | -39 % |

    | | files | unzipped | zipped | rule |
    |---|---:|---:|---:|---|
    | source maps of packages | 1 | 2.1 kB | - | LS120 |
    | TypeScript declarations | 1 | 1.3 kB | - | LS110 |
    | README files of packages | 1 | 26 B | - | LS130 |
    | changelogs and project papers | 1 | 9 B | - | LS131 |
    | package-manager state files | 1 | 3 B | - | LS150 |
    | node_modules/.bin | 2 | 0 B | - | LS151 |
    | sourceMappingURL comments | 1 | 34 B | 34 B | LS121 |

    - limit unzipped: 439 B of 262.1 MB, 0 %
    - limit direct-upload: 1.7 kB of 52.4 MB, 0 %

    warning LS902: no file of the package holds the handler `no.such`<br>fine if a layer brings it; otherwise the function will not start
    ");
}

#[test]
fn github_gets_annotations_a_page_and_outputs() {
    let case = samples::node();
    let place = |name: &str| case.path(name).display().to_string();
    let (page, outputs) = (place("page.md"), place("outputs"));
    let case = case
        .with("GITHUB_STEP_SUMMARY", &page)
        .with("GITHUB_OUTPUT", &outputs);
    let ran = case.pack("dist -q --format github --budget files=3");
    assert_eq!(ran.code, 3);
    snapshot!(ran.stdout, @"::error title=LS905,file=dist::11 files, over the budget of 3%0Ahelp: largest: left 291 B, own files 148 B (index.js 74 B, package.json 46 B); cheapest to lose, with --level aggressive: modules that no import reaches 55 B (LS171)");
    let text = |name: &str| String::from_utf8(case.read(name)).unwrap();
    assert!(text("page.md").starts_with("### `dist` → `dist.zip`\n"));
    let names: Vec<String> = text("outputs")
        .lines()
        .map(|line| line.split('=').next().unwrap().to_owned())
        .collect();
    assert_eq!(
        names,
        [
            "path",
            "sha256",
            "code-sha256",
            "zip-bytes",
            "unzipped-bytes"
        ]
    );
    case.write("page.md", "x".repeat((1 << 20) - 10));
    case.pack("dist -q --format github");
    assert_eq!(text("page.md").len(), (1 << 20) - 10);
}

#[test]
fn a_page_of_before_and_after() {
    let case = samples::node();
    let page = case.pack("dist -q --format html").ok().stdout;
    assert!(
        page.starts_with("<!doctype html>") || page.starts_with("<!DOCTYPE html>"),
        "{page:.80}"
    );
    assert!(page.contains("index.js.map"));
    assert!(!page.contains("src=\"http"));
    assert_eq!(case.refuses("dist --dry-run --format html").code, 2);
    let in_place = Case::new().file("dist/index.js", "exports.handler = 1;\n");
    assert!(
        in_place
            .pack("dist -q --in-place --format html")
            .ok()
            .stdout
            .contains("index.js")
    );
}

#[test]
fn sam_makes_one_json() {
    let function = |name: &str| {
        format!(
            "  {name}:\n    Type: AWS::Serverless::Function\n    Properties: {{CodeUri: {name}, Runtime: python3.13, Handler: app.handler}}\n"
        )
    };
    let template = format!("Resources:\n{}{}", function("Api"), function("Job"));
    let case = Case::new()
        .file(".aws-sam/build.toml", "")
        .file(".aws-sam/build/template.yaml", template)
        .file(".aws-sam/build/Api/app.py", "def handler(e, c): pass\n")
        .file(".aws-sam/build/Job/app.py", "def handler(e, c): return 1\n");
    let report = case.run("sam -q --format json").ok().json();
    assert_eq!(report["packages"].as_array().unwrap().len(), 2);
}

/// Two functions, of which one is over its budget.
fn two() -> Case {
    Case::new()
        .file("a/index.js", "exports.handler = 1;\n")
        .file("a/more.js", "exports.more = 1;\n")
        .file(
            "b/app.py",
            "def handler(event, context):\n    return event\n",
        )
}

#[test]
fn several_packages_make_one_json() {
    let case = two();
    for command in ["a b -q --format json", "b -q --dry-run --format json"] {
        let report = case.pack(command).ok().json();
        assert_eq!(report["packages"].is_array(), command.starts_with("a b"));
    }
    let report = case.pack("a b -q --format json").ok().json();
    let inputs = report["packages"].as_array().unwrap().iter();
    let inputs: Vec<_> = inputs.map(|package| &package["input"]).collect();
    assert_eq!(inputs, ["a", "b"]);
    assert_eq!(report["schema_version"], 1);
    assert!(report["packages"][1]["hashes"]["code_sha256"].is_string());
    let page = case.pack("a b -q --format markdown").ok().stdout;
    assert!(page.starts_with("### `a` → `a.zip`\n"), "{page}");
    assert!(page.contains("\n\n### `b` → `b.zip`\n"), "{page}");
    for format in ["html", "tf-external"] {
        let ran = case.refuses(&format!("a b --format {format}"));
        let message = format!(
            "error: --format {format} is for one input; for several there are text, json, markdown and github\n"
        );
        assert_eq!(ran.stderr, message);
    }
    let ran = case.pack("a b -q --format json -o nowhere/ --bundle --keep [");
    assert_eq!((ran.code == 0, ran.stdout.as_str()), (false, ""), "{ran}");
}

#[test]
fn several_packages_are_annotated_by_name() {
    let case = two();
    let place = |name: &str| case.path(name).display().to_string();
    let (page, outputs) = (place("page.md"), place("outputs"));
    let case = case
        .with("GITHUB_STEP_SUMMARY", &page)
        .with("GITHUB_OUTPUT", &outputs);
    let ran = case.pack("a b -q --format github --budget files=1");
    assert_eq!(ran.code, 3);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 1, "{ran}");
    assert!(
        lines[0].starts_with("::error title=LS905,file=a::"),
        "{ran}"
    );
    let text = |name: &str| String::from_utf8(case.read(name)).unwrap();
    assert!(text("page.md").contains("### `a` → `a.zip`\n"));
    assert!(text("page.md").contains("\n\n### `b` → `b.zip`\n"));
    let list = text("outputs").replacen("packages=", "", 1);
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    assert_eq!(
        (&list[0]["input"], &list[1]["path"]),
        (&"a".into(), &"b.zip".into())
    );
    assert_eq!(case.pack("b -q --format github").ok().stdout, "");
}
