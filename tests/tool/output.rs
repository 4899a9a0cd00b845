//! Where a package goes, and what must not be overwritten.

use std::time::{Duration, SystemTime};

use crate::samples;
use crate::support::Case;

#[test]
fn a_folder_keeps_times_and_modes_in_meaning() {
    let case = samples::node();
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000);
    let file = fs_err::File::open(case.path("dist/index.js")).unwrap();
    file.set_modified(then).unwrap();
    let ran = case.pack("dist --out-dir slim").ok();
    snapshot!(ran.head(), @r"
    lambda-slim [version]  dist → slim
    nodejs (from node_modules) · architecture unknown · function · balanced
    ");
    assert!(!ran.stderr.contains("sha256"), "{ran}");
    snapshot!(case.listing("slim"), @r"
    0644       6 README.md
    0644      14 docs/guide.md
    0644      74 index.js
    0644      18 node_modules/left/LICENSE
    0755      55 node_modules/left/cli.js
    0644      43 node_modules/left/index.js
    0644      56 node_modules/left/lib/doc/pad.js
    0644      32 node_modules/left/lib/words.md
    0644      87 node_modules/left/package.json
    0644      46 package.json
    0644       8 test/words.txt
    ");
    let metadata = fs_err::metadata(case.path("slim/index.js")).unwrap();
    assert_eq!(metadata.modified().unwrap(), then);
    case.assert_clean();
}

#[test]
fn a_zip_can_become_a_folder() {
    let case = samples::node();
    case.pack("dist -o all.zip --disable all").ok();
    case.pack("all.zip --out-dir from-zip").ok();
    case.pack("dist --out-dir from-folder").ok();
    assert_eq!(case.listing("from-zip"), case.listing("from-folder"));
}

#[test]
fn a_folder_that_is_not_empty_is_replaced_only_by_force() {
    let case = samples::node().file("slim/old.js", "");
    snapshot!(case.refuses("dist --out-dir slim"), @r"
    exit 1
    --- stderr
    error: the output folder exists and is not empty: `slim`
      hint: choose another folder, empty this one, or replace it with `--force`
    ");
    case.pack("dist --out-dir slim --force").ok();
    assert!(!case.exists("slim/old.js"));
    assert!(case.exists("slim/index.js"));
    case.assert_clean();
}

#[test]
fn a_folder_that_is_empty_is_taken() {
    let case = samples::node().folder("slim");
    case.pack("dist --out-dir slim").ok();
    assert!(case.exists("slim/index.js"));
}

#[test]
fn a_zip_that_is_there_is_replaced() {
    let case = samples::node().file("dist.zip", "old");
    case.pack("dist").ok();
    assert!(case.entry("dist.zip", "index.js").is_some());
    case.assert_clean();
}

#[test]
fn an_output_inside_the_input_is_left_out() {
    let case = samples::node();
    let first = case
        .pack("dist -o dist/out.zip --format json")
        .ok()
        .sha256();
    let second = case
        .pack("dist -o dist/out.zip --format json")
        .ok()
        .sha256();
    assert_eq!(first, second);
    assert_eq!(case.entry("dist/out.zip", "out.zip"), None);
    let case = samples::node();
    case.pack("dist --out-dir dist/slim").ok();
    let first = case.listing("dist/slim");
    case.pack("dist --out-dir dist/slim --force").ok();
    assert_eq!(case.listing("dist/slim"), first);
}

#[test]
fn the_output_is_not_the_input() {
    let case = samples::node();
    case.pack("dist -o app.zip").ok();
    snapshot!(case.refuses("app.zip -o app.zip"), @r"
    exit 2
    --- stderr
    error: the output is the input: `app.zip`; ask for that with --in-place
    ");
    snapshot!(case.refuses("app.zip -o ./dist/../app.zip"), @r"
    exit 2
    --- stderr
    error: the output is the input: `./dist/../app.zip`; ask for that with --in-place
    ");
    snapshot!(case.refuses("dist -o dist"), @r"
    exit 2
    --- stderr
    error: the output is the input: `dist`; ask for that with --in-place
    ");
}

#[test]
fn folders_of_outputs_are_made() {
    let case = samples::node();
    case.pack("dist -o a/b/out.zip --report-file c/d/report.json")
        .ok();
    case.pack("dist --out-dir e/f/slim").ok();
    for made in ["a/b/out.zip", "c/d/report.json", "e/f/slim/index.js"] {
        assert!(case.exists(made), "{made}");
    }
    let before = case.tree();
    case.pack("dist -o g/h/out.zip --drop **");
    assert_eq!(case.tree(), before, "a failed run makes no folder");
}

#[test]
fn an_archive_of_another_kind_is_not_promised() {
    let case = samples::node();
    let ran = case.refuses("dist -o out/app.tar.gz");
    snapshot!(ran, @r"
    exit 2
    --- stderr
    error: -o: `out/app.tar.gz` would be a zip, which is what Lambda takes; let its name end in `.zip`
    ");
    let dry = case.refuses("dist -o out/app.tar.gz --dry-run");
    assert_eq!(dry.stderr, ran.stderr);
}

#[test]
fn an_output_that_is_a_folder_or_lies_in_a_file() {
    let case = samples::node().folder("out");
    snapshot!(case.refuses("dist -o out"), @r"
    exit 1
    --- stderr
    error: the output is a folder: `out`
      hint: name a file, such as `function.zip`
    ");
    snapshot!(case.refuses("dist -o dist/index.js/out.zip"), @r"
    exit 2
    --- stderr
    error: -o: `dist/index.js/out.zip`: `dist/index.js` is not a folder
    ");
    snapshot!(case.refuses("dist --out-dir dist/index.js"), @r"
    exit 1
    --- stderr
    error: the output is not a folder: `dist/index.js`
    ");
}

#[test]
fn outputs_that_exclude_each_other() {
    let case = Case::new().file("dist/index.js", "");
    snapshot!(case.refuses("dist -o a.zip --out-dir b"), @r"
    exit 2
    --- stderr
    error: the argument '--output <ZIP>' cannot be used with '--out-dir <DIR>'

    Usage: lambda-slim pack --output <ZIP> --no-measure <INPUT>...

    For more information, try '--help'.
    ");
    snapshot!(case.refuses("dist --force"), @r"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      --out-dir <DIR>

    Usage: lambda-slim pack --out-dir <DIR> --force --no-measure <INPUT>...

    For more information, try '--help'.
    ");
}

#[test]
fn an_output_folder_that_may_not_be_written() {
    let case = samples::node().folder("locked").mode("locked", 0o555);
    let Some(ran) = case.pack_unprivileged("dist -o locked/out.zip") else {
        return;
    };
    snapshot!(ran, @r"
    exit 2
    --- stderr
    error: -o: `locked/out.zip`: `locked` cannot be written to: permission denied
    ");
    assert!(!case.exists("locked/out.zip"));
    case.assert_clean();
}

#[test]
fn the_output_does_not_replace_a_folder_that_holds_the_input() {
    let case = samples::node();
    snapshot!(case.refuses("dist --out-dir . --force"), @r"
    exit 2
    --- stderr
    error: the output folder holds the input: `[dir]`; choose another one
    ");
    snapshot!(case.refuses("dist/node_modules --out-dir dist --force"), @r"
    exit 2
    --- stderr
    error: the output folder holds the input: `[dir]/dist`; choose another one
    ");
}

#[test]
fn the_report_does_not_overwrite_input_or_output() {
    let case = samples::node();
    case.pack("dist -o app.zip").ok();
    snapshot!(case.refuses("app.zip -o out.zip --report-file app.zip"), @r"
    exit 2
    --- stderr
    error: --report-file: `app.zip` is the input or the output
    ");
    snapshot!(case.refuses("dist -o out.zip --report-file out.zip"), @r"
    exit 2
    --- stderr
    error: --report-file: `out.zip` is the input or the output
    ");
    snapshot!(case.refuses("dist -o out.zip --report-file dist"), @r"
    exit 2
    --- stderr
    error: --report-file: `dist` is the input or the output
    ");
}

#[test]
fn the_output_folder_is_not_the_input() {
    let case = samples::node();
    snapshot!(case.refuses("dist --out-dir dist"), @r"
    exit 2
    --- stderr
    error: the output is the input: `[dir]/dist`; ask for that with --in-place
    ");
    snapshot!(case.refuses("dist --out-dir dist --force"), @r"
    exit 2
    --- stderr
    error: the output is the input: `[dir]/dist`; ask for that with --in-place
    ");
}

#[test]
fn a_report_that_cannot_be_written_stops_the_run_first() {
    let case = samples::node().file("taken", "");
    snapshot!(case.refuses("dist -o out.zip --report-file taken/report.json"), @r"
    exit 2
    --- stderr
    error: --report-file: `taken/report.json`: `taken` is not a folder
    ");
}

#[test]
fn licences_alone_are_no_package() {
    let case = samples::node();
    snapshot!(case.refuses("dist --drop **"), @r"
    exit 1
    --- stderr
    error: `dist` cannot be packed: every one of the 18 files would go; an empty package cannot be deployed
    ");
}
