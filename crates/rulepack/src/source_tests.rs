//! What is wrong with a rule file is said with line and caret.

use crate::{RuleSet, RuleSource};

const RULE: &str = r#"
[[rule]]
id = "node/maps"
code = "LS120"
title = "source maps"
action = "drop"
level = "safe"
since = "0.1.0"
scope = "node-package"
match = ["**/*.map"]
except = []
why = "nobody reads them"
breaks = "nothing"
refs = ["https://nodejs.org"]
tests.takes = ["a.map"]
tests.leaves = ["a.js"]
"#;

/// Reads [`RULE`] with `from` replaced by `to`; gives the problems, or an empty text.
fn read(from: &str, to: &str) -> String {
    assert!(RULE.contains(from), "{from}");
    let text = RULE.replacen(from, to, 1);
    let result = RuleSet::read(&[RuleSource {
        name: "r.toml",
        text: &text,
    }]);
    result
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default()
}

#[track_caller]
fn check(from: &str, to: &str, expected: &str) {
    let found = read(from, to);
    assert!(
        found.contains(expected),
        "{found:?} does not say {expected:?}"
    );
}

#[test]
fn a_good_rule_is_read() {
    assert_eq!(read("safe", "safe"), "");
}

#[test]
fn problems_show_line_and_caret() {
    let text = read("action = \"drop\"", "action = \"drop\"\ncolour = \"red\"");
    assert!(
        text.starts_with("r.toml:7:1: unknown field `colour`"),
        "{text}"
    );
    assert!(
        text.ends_with("\n7 | colour = \"red\"\n  | ^^^^^^"),
        "{text}"
    );
    let text = read("\"safe\"", "\"sure\"");
    let expected = "r.toml:7:9: unknown level `sure`; known are safe, balanced, aggressive\n  |\n7 | level = \"sure\"\n  |         ^^^^^^";
    assert_eq!(text, expected);
}

#[test]
fn failing_examples_are_problems() {
    check(
        "[\"a.map\"]",
        "[\"a.js.map\", \"a.ts\"]",
        "the rule does not take this path",
    );
    check("[\"a.js\"]", "[\"b.map\"]", "the rule takes this path");
    check("[\"a.js\"]", "[]", "needs at least one near miss");
    check(
        "[\"**/*.map\"]",
        "[\"**/*.map\", \"*.x\"]",
        "no path in `tests.takes` shows",
    );
    check(
        "except = []",
        "except = [\"b.map\"]",
        "no path in `tests.leaves` is saved",
    );
}

#[test]
fn unclear_rules_are_problems() {
    check("\"node/maps\"", "\"Maps\"", "an id is `pack/what-leaves`");
    check("\"LS120\"", "\"X1\"", "a code is `LS`");
    check(
        "\"source maps\"",
        "\"a title that is far too long for any report\"",
        "a title has 1 to 34",
    );
    check("\"drop\"", "\"delete\"", "`action` is one of");
    check("level = \"safe\"", "", "`level` is needed");
    check("\"nobody reads them\"", "\" \"", "say it");
    check("[\"https://nodejs.org\"]", "[]", "name the source");
    check("[\"**/*.map\"]", "[\"**/*.<what>\"]", "unknown placeholder");
    check(
        "[\"**/*.map\"]",
        "[\"**/*.{map\"]",
        "unclosed alternate group",
    );
    check(
        "except = []",
        "unless = [\"rumour\"]",
        "unknown evidence `rumour`",
    );
    check(
        "except = []",
        "unless = [\"text:a b\"]",
        "unknown word `a b`",
    );
    check(
        "except = []",
        "when = { runtime = [\"pyhton\"] }",
        "no target has `pyhton`",
    );
    check(
        "except = []",
        "when = { arch = [\"x64\"] }",
        "no target has `x64`",
    );
    for action in [
        "{ move-to = \"lib\" }",
        "{ move-to = \"../lib/\" }",
        "{ move-to = \"lib/\", from = \"/x/\" }",
        "{ from = \"x/\" }",
        "{ enclose-in = \"../a.jar\" }",
        "{ enclose-in = \"a.jar\", move-to = \"lib/\" }",
    ] {
        check(
            "action = \"drop\"",
            &format!("action = {action}"),
            "`action` is one of",
        );
    }
}

#[test]
fn names_stand_for_one_rule() {
    let twice = format!("{RULE}{}", RULE.replace("LS120", "LS121"));
    let error = RuleSet::read(&[RuleSource {
        name: "r.toml",
        text: &twice,
    }])
    .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("`node/maps` already names a rule in r.toml")
    );
}

#[test]
fn a_rule_in_the_shadow_of_another_is_a_problem() {
    let other = RULE
        .replace("node/maps", "node/js-maps")
        .replace("LS120", "LS121");
    let both = format!(
        "{RULE}{}",
        other
            .replace("**/*.map", "**/*.js.map")
            .replace("a.map", "a.js.map")
    );
    let error = RuleSet::read(&[RuleSource {
        name: "r.toml",
        text: &both,
    }])
    .unwrap_err();
    assert!(
        error.to_string().contains("shadowed by `node/maps`"),
        "{error}"
    );
}
