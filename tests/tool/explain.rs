//! `explain`, `rules`, `completions` and `man`: what the tool says about itself.

use crate::support::Case;

const RULES: &str = r#"
[[rule]]
id = "mine/drafts"
code = "LS899"
title = "drafts"
action = "drop"
level = "balanced"
since = "0.1.0"
scope = "package"
match = ["drafts/**"]
except = ["drafts/index.html"]
when = { runtime = ["nodejs"] }
unless = ["mentioned"]
why = """Drafts are written for their authors, and no page that is served leads to them in
this project."""
breaks = "Whoever serves the folder as it is."
refs = ["https://example.test/drafts"]
tests.takes = ["drafts/a.md"]
tests.leaves = ["draft.md", "drafts/index.html"]
"#;

#[test]
fn a_rule_is_explained() {
    let case = Case::new().file("mine.toml", RULES);
    let ran = case.run("explain mine/drafts --rules mine.toml").ok();
    snapshot!(ran.stdout, @r"
    LS899 mine/drafts: drafts

      action     `drop`
      level      `balanced`
      scope      `package`
      since      0.1.0
      takes      `drafts/**`
      but never  `drafts/index.html`
      only when  the run time begins with `nodejs`
      stays if   `mentioned`

    Why
      Drafts are written for their authors, and no page that is served leads to them
      in this project.

    What would notice
      Whoever serves the folder as it is.

    How to keep what it takes
      --disable LS899 turns it off; --keep GLOB keeps what you name.

    Sources
      https://example.test/drafts
    ");
    assert_eq!(ran.stderr, "");
    let by_code = case.run("explain LS899 --rules mine.toml").ok();
    assert_eq!(by_code.stdout, ran.stdout);
}

#[test]
fn rules_are_listed() {
    let case = Case::new().file("mine.toml", RULES);
    snapshot!(case.run("rules LS899 common/version-control --rules mine.toml").ok().stdout, @r"
    LS001  safe        common/version-control                version-control folders
    LS899  balanced    mine/drafts                           drafts
    ");
    let all = case.run("rules").ok();
    assert!(all.stdout.lines().count() > 50, "{all}");
    assert!(
        all.stdout.lines().all(|line| line.starts_with("LS")),
        "{all}"
    );
}

#[test]
fn every_rule_explains_itself_within_80_columns() {
    let all = Case::new().run("explain all").ok();
    // A glob or an address cannot be broken.
    let has_long_word = |line: &str| line.split_whitespace().any(|word| word.len() > 60);
    let too_long = |line: &&str| line.chars().count() > 80 && !has_long_word(line);
    let long: Vec<&str> = all.stdout.lines().filter(too_long).collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn rules_can_be_read_by_programs() {
    let case = Case::new().file("mine.toml", RULES);
    let ran = case
        .run("rules mine/* --rules mine.toml --format json")
        .ok();
    snapshot!(ran.stdout, @r#"
    [
      {
        "code": "LS899",
        "id": "mine/drafts",
        "title": "drafts",
        "action": "drop",
        "level": "balanced",
        "scope": "package",
        "since": "0.1.0",
        "takes": [
          "drafts/**"
        ],
        "except": [
          "drafts/index.html"
        ],
        "unless": [
          "mentioned"
        ],
        "why": "Drafts are written for their authors, and no page that is served leads to them in\nthis project.",
        "breaks": "Whoever serves the folder as it is.",
        "refs": [
          "https://example.test/drafts"
        ]
      }
    ]
    "#);
}

#[test]
fn a_word_that_is_no_rule_is_an_error() {
    let case = Case::new();
    let ran = case.run("explain node/source-map");
    assert_eq!(ran.code, 2, "{ran}");
    snapshot!(ran.stderr, @"error: there is no rule or finding `node/source-map`; did you mean `node/source-maps`?");
}

#[test]
fn shells_and_man_get_what_they_want() {
    let case = Case::new();
    let script = case.run("completions bash").ok();
    assert!(script.stdout.contains("--report-file"), "{script}");
    let manual = case.run("man").ok();
    for word in [".TH lambda-slim", ".SH LAMBDA-SLIM PACK", "\\-\\-out\\-dir"] {
        assert!(manual.stdout.contains(word), "no {word} in {manual}");
    }
}

/// A function with a file for each fate, and the words that `explain` has for it.
fn function() -> Case {
    Case::new()
        .file(
            "dist/index.js",
            "require('pkg'); exports.handler = () => 1\n",
        )
        .file(
            "dist/node_modules/pkg/package.json",
            r#"{"name": "pkg", "version": "1.0.0"}"#,
        )
        .file(
            "dist/node_modules/pkg/index.js",
            "require('./read')\n//# sourceMappingURL=index.js.map\n",
        )
        .file(
            "dist/node_modules/pkg/read.js",
            "require('fs').readFileSync(__dirname + '/README.md')\n",
        )
        .file("dist/node_modules/pkg/README.md", "# read by the package\n")
        .file("dist/node_modules/pkg/index.d.ts", "export {}\n")
        .file("dist/node_modules/pkg/unused.js", "exports.a = 1\n")
}

/// What `explain` says of a file of that function.
fn story(path: &str) -> String {
    let ran = function().run(&format!("explain --in dist {path}")).ok();
    assert_eq!(ran.stderr, "");
    ran.stdout
}

#[test]
fn each_fate_of_a_file_has_its_story() {
    snapshot!(story("node_modules/pkg/index.d.ts"), @r"
    node_modules/pkg/index.d.ts  10 bytes, of pkg
      It goes: LS110 node/type-declarations.
        TypeScript declarations: Declarations describe types to compilers and
        editors. Node.js has no loader for them, and type stripping refuses
        TypeScript below node_modules.
      To keep it: --keep 'node_modules/pkg/index.d.ts' or --disable LS110
    ");
    snapshot!(story("dist/node_modules/pkg/README.md"), @r"
    node_modules/pkg/README.md  22 bytes, of pkg
      It stays.
      LS130 node/readme-files (README files of packages) would act on it, but its
        name or ending stands in the code of its package or of the function.
    ");
}

#[test]
fn each_fate_of_a_file_has_its_story_where_code_is_followed() {
    snapshot!(story("./index.js --level aggressive"), @r"
    index.js  42 bytes
      It stays: no rule takes it.
    ");
    snapshot!(story("node_modules/pkg/read.js --level aggressive"), @r"
    node_modules/pkg/read.js  53 bytes, of pkg
      It stays: LS121 node/source-map-comments, LS124 node/comments found nothing to
        gain.
      Code leads to it: index.js → node_modules/pkg/index.js →
        node_modules/pkg/read.js
      LS171 node/unreached-modules (modules that no import reaches) would act on it,
        but code may lead to it.
      LS172 node/unreached-packages (packages that no import reaches) would act on
        it, but code may lead to its package.
    ");
    snapshot!(story("node_modules/pkg/unused.js --level aggressive"), @r"
    node_modules/pkg/unused.js  14 bytes, of pkg
      It goes: LS171 node/unreached-modules.
        modules that no import reaches: The code was followed from the function's
        own files through `require`, `import`, workers and paths that are put
        together from a file's own folder, under every set of conditions that
        Node.js may apply. Nothing leads to this file. A package that loads what
        cannot be told from its text stays whole, and with it whatever it declares.
      LS121 node/source-map-comments (sourceMappingURL comments) would act on it,
        but comes second.
      LS124 node/comments (comments and indentation of code) would act on it, but
        comes second.
      LS172 node/unreached-packages (packages that no import reaches) would act on
        it, but code may lead to its package.
      To keep it: --keep 'node_modules/pkg/unused.js' or --disable LS171
    ");
    snapshot!(story("node_modules/pkg/index.d.ts --keep **/*.d.ts"), @r"
    node_modules/pkg/index.d.ts  10 bytes, of pkg
      It stays: --keep **/*.d.ts.
      LS110 node/type-declarations (TypeScript declarations) would act on it, but
        comes second.
    ");
}

#[test]
fn a_way_through_what_nobody_can_tell_is_called_a_guess() {
    let case = Case::new()
        .file("dist/index.js", "require('pkg');\n")
        .file(
            "dist/node_modules/pkg/package.json",
            r#"{"name": "pkg", "main": "index.js"}"#,
        )
        .file(
            "dist/node_modules/pkg/index.js",
            "module.exports = (name) => require(name);\n",
        )
        .file("dist/node_modules/pkg/far.js", "require('./near');\n")
        .file("dist/node_modules/pkg/near.js", "1;\n");
    let options = "--runtime nodejs22.x --level aggressive";
    let ran = case
        .run(&format!(
            "explain --in dist node_modules/pkg/near.js {options}"
        ))
        .ok();
    snapshot!(ran.stdout, @r"
    node_modules/pkg/near.js  3 bytes, of pkg
      It stays: LS121 node/source-map-comments, LS124 node/comments found nothing to
        gain.
      Nobody can tell whether code leads to it: node_modules/pkg/index.js loads
        files by names that its text does not tell, so all that it may mean counts
        as reached. The way: index.js → node_modules/pkg/index.js →
        node_modules/pkg/near.js
      LS171 node/unreached-modules (modules that no import reaches) would act on it,
        but code may lead to it.
      LS172 node/unreached-packages (packages that no import reaches) would act on
        it, but code may lead to its package.
    ");
    let ran = case
        .run(&format!(
            "explain --in dist node_modules/pkg/near.js {options} --format json"
        ))
        .ok();
    let stories: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        stories[0]["guessed_from"],
        serde_json::json!(["node_modules/pkg/index.js"])
    );
    let ran = case
        .run(&format!(
            "explain --in dist node_modules/pkg/index.js {options}"
        ))
        .ok();
    assert!(
        ran.stdout
            .contains("Code leads to it: index.js → node_modules/pkg/index.js"),
        "{ran}"
    );
}

#[test]
fn many_files_have_a_line_each() {
    let case = function();
    let ran = case.run("explain --in dist **").ok();
    snapshot!(ran.stdout, @r"
    stays                42  index.js  no rule takes it
    stays                22  node_modules/pkg/README.md  saved from LS130 node/readme-files
    goes                 10  node_modules/pkg/index.d.ts  LS110 node/type-declarations
    changes              52  node_modules/pkg/index.js  LS121 node/source-map-comments
    changes              35  node_modules/pkg/package.json  LS122 node/json-white-space
    stays                53  node_modules/pkg/read.js  LS121 node/source-map-comments found nothing to gain
    stays                14  node_modules/pkg/unused.js  LS121 node/source-map-comments found nothing to gain

    stays                67  2 files  LS121 node/source-map-comments found nothing to gain
    changes              52  1 file  LS121 node/source-map-comments
    stays                42  1 file  no rule takes it
    changes              35  1 file  LS122 node/json-white-space
    stays                22  1 file  saved from LS130 node/readme-files
    goes                 10  1 file  LS110 node/type-declarations
    ");
    let ran = case.run("explain --in dist ** --format json").ok();
    let stories: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(stories.as_array().unwrap().len(), 7);
    assert!(!case.exists("dist.zip"));
}

#[test]
fn a_path_from_the_root_is_understood() {
    let case = Case::new().file("dist/app.js", "exports.handler = 1");
    let path = case.path("dist/app.js");
    let ran = case.run(&format!("explain --in dist {}", path.display()));
    assert!(ran.ok().stdout.starts_with("app.js  "));
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    let case = function();
    let ran = case.run("explain --in dist node_modules/none");
    assert_eq!(ran.code, 2, "{ran}");
    snapshot!(ran.stderr, @"error: `dist` holds nothing that `node_modules/none` stands for");
    let ran = case.run("explain dist/index.js");
    assert_eq!(ran.code, 2, "{ran}");
    snapshot!(ran.stderr, @"error: `dist/index.js` is no rule; say in which package the file is: `lambda-slim explain --in PACKAGE dist/index.js`");
}

#[test]
fn the_way_to_a_python_module_is_told() {
    let record = "lib/__init__.py,,\nlib/base.py,,\nlib/idle.py,,\n";
    let case = Case::new()
        .file("app/app.py", "import lib\n")
        .file("app/lib/__init__.py", "from . import base\n")
        .file("app/lib/base.py", "")
        .file("app/lib/idle.py", "")
        .file("app/lib-1.dist-info/METADATA", "Name: lib\n")
        .file("app/lib-1.dist-info/RECORD", record);
    let ran = case
        .run("explain --in app lib/base.py lib/idle.py --runtime python3.12 --level aggressive")
        .ok();
    snapshot!(ran.stdout, @r"
    lib/base.py  0 bytes, of lib
      It stays.
      Code leads to it: app.py → lib/__init__.py → lib/base.py
      LS250 python/unreached-modules (modules that no import reaches) would act on
        it, but code may lead to it.
      LS251 python/unreached-packages (packages that no import reaches) would act on
        it, but code may lead to its package.

    lib/idle.py  0 bytes, of lib
      It goes: LS250 python/unreached-modules.
        modules that no import reaches: Imports were followed from the function's
        own files, module by module, with the packages around each: statements
        anywhere in a file, `import_module` and its like, texts that are names of
        modules, settings of the function, entry points once somebody asks for them.
        Nothing leads to this module. A distribution stays whole, and with it all
        that it declares, where a file of it that is reached loads what its text
        does not tell, cannot be parsed, or is compiled to machine code.
      LS251 python/unreached-packages (packages that no import reaches) would act on
        it, but code may lead to its package.
      To keep it: --keep 'lib/idle.py' or --disable LS250
    ");
}

#[test]
fn findings_and_the_numbers_of_aws_are_explained() {
    let case = Case::new();
    snapshot!(case.run("explain LS900"), @r#"
    exit 0
    --- stdout
    LS900: over Lambda's limit of unzipped bytes

    Why
      A function may have 262,144,000 bytes (250 MiB) unzipped, together with all
      its layers. AWS says so only when the package is uploaded, and in odd numbers:
      "Unzipped size must be smaller than 41655897 bytes" means that the layers take
      the other 220,488,103. `explain 41655897` does that sum.

    What to do
      Take out the largest packages or the cheapest ones to lose, both of which are
      named; use fewer layers; or deploy a container image, which may have 10 GB.

    Sources
      https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    "#);
    snapshot!(case.run("explain 41655897"), @r#"
    exit 0
    --- stdout
    41655897 bytes

      "Unzipped size must be smaller than 41655897 bytes": this is what Lambda's
      limit of 262144000 bytes leaves for a function whose layers take 220488103
      bytes (220.5 MB) unzipped.

      lambda-slim check PACKAGE --with-layer LAYER adds them up before AWS does.
    "#);
    snapshot!(case.run("explain LS9000"), @r"
    exit 2
    --- stderr
    error: there is no rule or finding `LS9000`
    ");
    let cards = case.run("explain LS900 LS110 --format json").json();
    let codes: Vec<&str> = cards
        .as_array()
        .unwrap()
        .iter()
        .map(|card| card["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["LS900", "LS110"]);
}

#[test]
fn the_manual_uses_the_words_of_explain() {
    let case = Case::new();
    let manual = case.run("man").ok().stdout;
    let manual = manual.replace("\\-", "-");
    for code in ["LS900", "LS110"] {
        let cards = case.run(&format!("explain {code} --format json")).json();
        let why = cards[0]["why"]
            .as_str()
            .unwrap()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(manual.contains(&why), "{code}: {why}");
    }
}

#[test]
fn a_folder_with_the_name_of_the_package_is_meant_first() {
    let case = Case::new()
        .file("dbt/app.py", "")
        .file("dbt/dbt/include/a.sql", "")
        .file("dbt/dbt/app.py", "");
    let paths = |word: &str| {
        let ran = case.run(&format!("explain --in dbt {word} --format json"));
        let stories = ran.ok().json();
        let stories = stories.as_array().unwrap().iter();
        let paths = stories.map(|story| story["path"].as_str().unwrap().to_owned());
        paths.collect::<Vec<String>>()
    };
    assert_eq!(paths("dbt/include/a.sql"), ["dbt/include/a.sql"]);
    assert_eq!(paths("dbt/app.py"), ["dbt/app.py"]);
    assert_eq!(paths("app.py"), ["app.py"]);
}

#[test]
fn codes_may_be_written_in_any_case() {
    let case = Case::new();
    for (lower, upper) in [("ls110", "LS110"), ("ls900", "LS900")] {
        let said = case.run(&format!("explain {upper}")).ok().stdout;
        assert_eq!(case.run(&format!("explain {lower}")).ok().stdout, said);
    }
}
