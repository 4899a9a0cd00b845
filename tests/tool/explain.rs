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
    snapshot!(ran.stderr, @"error: there is no rule `node/source-map`; did you mean `node/source-maps`?");
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
