//! Rules of the user's own, by the same road as ours.

use crate::samples;
use crate::support::Case;

const RULE: &str = r#"
[[rule]]
id     = "mine/words"
code   = "LS950"
title  = "word lists"
action = "drop"
level  = "safe"
since  = "0.1.0"
scope  = "node-package"
match  = ["lib/words.md"]
why    = "nothing reads them"
breaks = "whoever reads them"
refs   = ["https://example.com"]
tests.takes  = ["lib/words.md"]
tests.leaves = ["lib/words.js"]
"#;

fn with_rules(text: &str) -> Case {
    samples::node().file("mine.toml", text)
}

#[test]
fn a_rule_of_the_user_takes_its_files() {
    let case = with_rules(RULE);
    case.pack("dist -o without.zip").ok();
    assert!(
        case.entry("without.zip", "node_modules/left/lib/words.md")
            .is_some()
    );
    let ran = case.pack("dist --rules mine.toml").ok();
    assert!(
        case.entry("dist.zip", "node_modules/left/lib/words.md")
            .is_none()
    );
    let row = ran.stderr.lines().find(|line| line.contains("word lists"));
    snapshot!(row.unwrap(), @"  word lists                                 1        32 B           -  LS950");
}

#[test]
fn a_keeping_rule_of_the_user_wins_over_ours() {
    let keep = RULE
        .replace("\"drop\"", "\"keep\"")
        .replace("lib/words.md", "README.md");
    let case = with_rules(&keep);
    case.pack("dist --rules mine.toml").ok();
    assert!(
        case.entry("dist.zip", "node_modules/left/README.md")
            .is_some()
    );
}

#[test]
fn a_rule_of_the_user_can_be_disabled() {
    let case = with_rules(RULE);
    for name in ["mine/words", "LS950", "mine/*"] {
        case.pack(&format!("dist --rules mine.toml --disable {name}"))
            .ok();
        assert!(
            case.entry("dist.zip", "node_modules/left/lib/words.md")
                .is_some()
        );
    }
}

#[test]
fn a_word_that_does_not_exist() {
    let case = with_rules(&RULE.replace("node-package", "nodepackage"));
    snapshot!(case.refuses("dist --rules mine.toml"), @r#"
    exit 2
    --- stderr
    error: the rules are wrong: mine.toml:9:10: unknown scope `nodepackage`; known are package, own-files, node-package, python-dist, gem, stray-jar, held-jar, spring-boot-jar, maven-target, war, uber-tree
      |
    9 | scope  = "nodepackage"
      |          ^^^^^^^^^^^^^
    "#);
}

#[test]
fn a_key_that_does_not_exist() {
    let case = with_rules(&RULE.replace("match ", "matches "));
    snapshot!(case.refuses("dist --rules mine.toml"), @r#"
    exit 2
    --- stderr
    error: the rules are wrong: mine.toml:10:1: unknown field `matches`, expected one of `id`, `code`, `title`, `action`, `level`, `since`, `scope`, `match`, `except`, `when`, `unless`, `why`, `breaks`, `refs`, `tests`
       |
    10 | matches  = ["lib/words.md"]
       | ^^^^^^^
    "#);
}

#[test]
fn an_example_that_fails() {
    let case = with_rules(&RULE.replace("lib/words.js", "lib/words.md"));
    snapshot!(case.refuses("dist --rules mine.toml"), @r#"
    exit 2
    --- stderr
    error: the rules are wrong: mine.toml:15:17: the rule takes this path
       |
    15 | tests.leaves = ["lib/words.md"]
       |                 ^^^^^^^^^^^^^^
    "#);
}

#[test]
fn a_name_that_is_taken() {
    let case = with_rules(&RULE.replace("LS950", "LS110"));
    snapshot!(case.refuses("dist --rules mine.toml"), @r#"
    exit 2
    --- stderr
    error: the rules are wrong: mine.toml:4:10: `LS110` already names a rule in rules/node.toml
      |
    4 | code   = "LS110"
      |          ^^^^^^^
    "#);
}

#[test]
fn no_toml_at_all() {
    let case = with_rules("Drop everything.\n");
    snapshot!(case.refuses("dist --rules mine.toml"), @r"
    exit 2
    --- stderr
    error: the rules are wrong: mine.toml:1:6: key with no value, expected `=`
      |
    1 | Drop everything.
      |      ^
    ");
}

#[test]
fn a_file_that_is_not_there() {
    let case = samples::node();
    snapshot!(case.refuses("dist --rules missing.toml"), @r"
    exit 2
    --- stderr
    error: --rules: failed to open file `missing.toml`: No such file or directory (os error 2)
    ");
}
