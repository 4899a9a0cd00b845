//! What code names stays, whatever rules say.

use crate::support::Case;

/// A function and one dependency, `left`, with a README, declarations and the code `code`.
fn left(own_code: &str, code: &str) -> Case {
    Case::new()
        .file("dist/index.js", own_code)
        .file("dist/node_modules/left/package.json", r#"{"name":"left"}"#)
        .file("dist/node_modules/left/index.js", code)
        .file("dist/node_modules/left/LICENSE", "MIT")
        .file("dist/node_modules/left/README.md", "# left\n")
        .file("dist/node_modules/left/HISTORY.md", "# 1.0\n")
        .file("dist/node_modules/left/index.d.ts", "export {};\n")
        .file("dist/node_modules/other/LICENSE", "MIT")
        .file("dist/node_modules/other/README.md", "# other\n")
        .file("dist/node_modules/other/index.js", "")
}

/// Which documents are left, by their folder and name.
fn stays(case: &Case) -> String {
    case.pack("dist").ok();
    let listing = case.listing("dist.zip");
    let documents = listing.lines().filter(|line| {
        !["js", "json", "LICENSE"]
            .iter()
            .any(|end| line.ends_with(end))
    });
    documents
        .map(|line| line.rsplit('/').take(2).collect::<Vec<_>>())
        .map(|parts| format!("{}/{}\n", parts[1], parts[0]))
        .collect()
}

#[test]
fn without_a_mention_they_go() {
    snapshot!(stays(&left("require('left')", "module.exports = 1;")), @"");
}

#[test]
fn a_readme_stays_where_there_is_no_licence_file() {
    let case = left("", "").remove("dist/node_modules/left/LICENSE");
    snapshot!(stays(&case), @"left/README.md");
}

#[test]
fn a_readme_that_its_package_names_stays() {
    let code = "require('fs').readFileSync(__dirname + '/README.md')";
    snapshot!(stays(&left("require('left')", code)), @"left/README.md");
}

#[test]
fn a_name_in_the_functions_own_code_protects_it_everywhere() {
    let code = "require('fs').readFileSync(`node_modules/${name}/README.md`)";
    snapshot!(stays(&left(code, "")), @r"
    left/README.md
    other/README.md
    ");
}

#[test]
fn an_extension_that_code_looks_for_protects_all_such_files() {
    let code = "files.filter((file) => file.endsWith('.md'))";
    snapshot!(stays(&left("require('left')", code)), @r"
    left/HISTORY.md
    left/README.md
    ");
}

#[test]
fn the_target_of_a_link_that_stays_stays() {
    let case = left("", "").link("dist/about.md", "node_modules/left/README.md");
    snapshot!(stays(&case), @r"
    left/README.md
    left/README.md
    ");
    assert!(case.entry("dist.zip", "about.md").is_some());
    assert!(
        case.entry("dist.zip", "node_modules/left/README.md")
            .is_some()
    );
}

#[test]
fn a_compiler_in_the_package_keeps_all_declarations() {
    let case = left("", "").file("dist/node_modules/typescript/package.json", "{}");
    snapshot!(stays(&case), @"left/index.d.ts");
}

#[test]
fn verbose_says_what_protected_a_file() {
    let case = left("// see README.md", "");
    let ran = case.pack("dist -vv").ok();
    let lines = ran.stderr.lines().filter(|line| line.contains(".md"));
    snapshot!(lines.collect::<Vec<_>>().join("\n"), @r"
    removed          6 B  node_modules/left/HISTORY.md  LS131 node/changelogs
    kept             7 B  node_modules/left/README.md  mentioned, against node/readme-files
    kept             8 B  node_modules/other/README.md  mentioned, against node/readme-files
    ");
}

#[test]
fn a_python_distribution_that_reads_its_record_keeps_it() {
    let case = crate::samples::python();
    case.write(
        "app/handler.py",
        "import importlib.metadata\nimportlib.metadata.files('six')\n",
    );
    case.pack("app").ok();
    assert!(case.entry("app.zip", "six-1.0.dist-info/RECORD").is_some());
}

#[test]
fn a_comment_that_goes_is_no_evidence() {
    let case = left("require('left')", "// see ./index.d.ts\nexports.a = 1;");
    case.pack("dist --runtime nodejs22.x").ok();
    let declarations = "node_modules/left/index.d.ts";
    assert!(case.entry("dist.zip", declarations).is_some());
    case.pack("dist --runtime nodejs22.x --level aggressive")
        .ok();
    assert!(case.entry("dist.zip", declarations).is_none());
}
