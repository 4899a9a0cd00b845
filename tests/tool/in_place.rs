//! `--in-place`: the only way to change the input.

use crate::samples;
use crate::support::Case;

#[test]
fn a_folder_becomes_the_slim_one() {
    let case = samples::node();
    case.pack("dist --out-dir expected").ok();
    snapshot!(case.pack("dist --in-place").ok().head(), @r"
    lambda-slim [version]  dist → dist
    nodejs (from node_modules) · architecture unknown · function · balanced
    ");
    assert_eq!(case.listing("dist"), case.listing("expected"));
    let once = case.tree();
    case.pack("dist --in-place").ok();
    assert_eq!(case.tree(), once);
    case.assert_clean();
}

#[test]
fn a_zip_becomes_the_slim_one() {
    let case = samples::node();
    case.pack("dist -o all.zip --disable all").ok();
    case.pack("all.zip -o expected.zip").ok();
    snapshot!(case.pack("all.zip --in-place").ok().head(), @r"
    lambda-slim [version]  all.zip → all.zip
    nodejs (from node_modules) · architecture unknown · function · balanced
    ");
    assert!(case.read("all.zip") == case.read("expected.zip"));
    case.assert_clean();
}

#[test]
fn a_measured_run_in_place_leaves_nothing_behind() {
    let case = samples::node().with("LAMBDA_SLIM_NO_MEASURE", "0");
    case.pack("dist -o all.zip --disable all").ok();
    case.pack("all.zip --in-place").ok();
    case.pack("dist --in-place").ok();
    case.assert_clean();
}

#[test]
fn the_folder_one_stands_in() {
    let case = Case::new()
        .file("index.js", "")
        .file("node_modules/left/package.json", "{}")
        .file("node_modules/left/LICENSE", "MIT")
        .file("node_modules/left/README.md", "# left\n");
    case.pack("--in-place").ok();
    snapshot!(case.listing("."), @r"
    0644       0 index.js
    0644       3 node_modules/left/LICENSE
    0644       2 node_modules/left/package.json
    ");
}

#[test]
fn a_link_to_the_folder_stays_a_link() {
    let case = samples::node().link("current", "dist");
    case.pack("current --in-place").ok();
    assert_eq!(
        fs_err::read_link(case.path("current")).unwrap().to_str(),
        Some("dist")
    );
    assert!(!case.exists("dist/node_modules/left/README.md"));
}

#[test]
fn a_run_that_fails_leaves_the_input_alone() {
    let case = Case::new().file("dist/index.js", "");
    case.refuses("dist --in-place --drop **");
    case.refuses("dist --in-place --drop {");
    let case = case.file("broken.zip", "PK\u{3}\u{4} no zip");
    case.refuses("broken.zip --in-place");
}

#[test]
fn a_dry_run_leaves_the_input_alone() {
    let case = samples::node();
    let before = case.tree();
    case.pack("dist --in-place --dry-run").ok();
    assert_eq!(case.tree(), before);
}

#[test]
fn a_checkout_is_never_replaced() {
    let case = samples::node().file("dist/.git/HEAD", "ref: refs/heads/main\n");
    snapshot!(case.refuses("dist --in-place"), @r"
    exit 2
    --- stderr
    error: `dist` is a checkout: replacing it would delete `.git`; write to another place with -o or --out-dir
    ");
    let case = case.file("slim/.git", "gitdir: elsewhere\n");
    snapshot!(case.refuses("dist --out-dir slim --force"), @r"
    exit 2
    --- stderr
    error: `slim` is a checkout: replacing it would delete `.git`; write to another place with -o or --out-dir
    ");
}

#[test]
fn a_python_folder_whose_files_are_rewritten() {
    let case = Case::new()
        .file("app/app.py", "import lib\n")
        .file("app/lib/__init__.py", "")
        .file(
            "app/lib-1.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: lib\nVersion: 1\n\nWords\n",
        )
        .file(
            "app/lib-1.dist-info/RECORD",
            "lib/__init__.py,sha256=abc,0\nlib-1.dist-info/METADATA,,\n",
        );
    for level in ["balanced", "aggressive"] {
        let arguments = format!("app --in-place -q --runtime python3.12 --level {level}");
        case.pack(&arguments).ok();
    }
}
