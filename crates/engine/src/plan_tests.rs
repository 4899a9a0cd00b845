//! Who wins, told as packages in and decisions out.

use std::num::NonZeroUsize;

use lambda_slim_archive::Input;
use lambda_slim_package::{Entry, EntryKind, EntryPath, FileMode};
use lambda_slim_rulepack::{Level, RuleSet, RuleSource};

use crate::{
    Cause, Choices, Decision, Knowledge, Licenses, Plan, PlanError, Saviour, Symlinks, Threads,
    Wishes,
};
use crate::{decide, inspect};

/// Node packages, two rules that drop, one that keeps, one that rewrites, one for licences.
const RULES: &str = r#"
code = ["**/*.js"]

[[dependency]]
scope = "node-package"
folder = '(?:^|/)node_modules/(?P<name>[^/]+)$'

[[sign]]
runtime = "nodejs"
path = '^node_modules/'
says = "node_modules"

[[rule]]
id = "t/papers"
code = "LS001"
title = "papers"
action = "drop"
level = "safe"
since = "0.1.0"
scope = "node-package"
match = ["**/*.md"]
unless = ["mentioned"]
why = "y"
breaks = "b"
refs = ["r"]
tests.takes = ["a.md"]
tests.leaves = ["a.js"]

[[rule]]
id = "t/maps"
code = "LS002"
title = "maps"
action = "drop"
level = "balanced"
since = "0.1.0"
scope = "package"
match = ["**/*.map"]
when = { runtime = ["nodejs"] }
why = "y"
breaks = "b"
refs = ["r"]
tests.takes = ["a.map"]
tests.leaves = ["a.js"]

[[rule]]
id = "t/kept"
code = "LS003"
title = "kept"
action = "keep"
level = "safe"
since = "0.1.0"
scope = "package"
match = ["**/vital.*"]
why = "y"
breaks = "b"
refs = ["r"]
tests.takes = ["vital.map"]
tests.leaves = ["a.js"]

[[rule]]
id = "t/code"
code = "LS004"
title = "code"
action = { transform = "shrink" }
level = "safe"
since = "0.1.0"
scope = "node-package"
match = ["**/*.js"]
why = "y"
breaks = "b"
refs = ["r"]
tests.takes = ["a.js"]
tests.leaves = ["a.md"]

[[rule]]
id = "t/licences"
code = "LS005"
title = "licences"
action = "license"
level = "safe"
since = "0.1.0"
scope = "node-package"
match = ["LICENSE"]
why = "y"
breaks = "b"
refs = ["r"]
tests.takes = ["LICENSE"]
tests.leaves = ["a.md"]

[[rule]]
id = "t/jars"
code = "LS006"
title = "jars"
action = { move-to = "lib/" }
level = "safe"
since = "0.1.0"
scope = "package"
match = ["*.jar"]
why = "y"
breaks = "b"
refs = ["r"]
tests.takes = ["a.jar"]
tests.leaves = ["lib/a.jar"]

[[rule]]
id = "t/jars-that-shrink"
code = "LS007"
title = "jars that shrink"
action = { transform = "shrink" }
level = "safe"
since = "0.1.0"
scope = "package"
match = ["big*.jar"]
why = "y"
breaks = "b"
refs = ["r"]
tests.takes = ["big.jar"]
tests.leaves = ["lib/a.jar"]

[[rule]]
id = "t/inner"
code = "LS008"
title = "inner"
action = { move-to = "./", from = "INNER/" }
level = "safe"
since = "0.1.0"
scope = "package"
match = ["INNER/**"]
why = "y"
breaks = "b"
refs = ["r"]
tests.takes = ["INNER/a/b"]
tests.leaves = ["lib/a.jar"]

[[rule]]
id = "t/classes"
code = "LS009"
title = "classes"
action = { enclose-in = "lib/app.jar" }
level = "safe"
since = "0.1.0"
scope = "package"
match = ["**/*.class"]
why = "y"
breaks = "b"
refs = ["r"]
tests.takes = ["a/B.class"]
tests.leaves = ["lib/a.jar"]
"#;

/// An input of lines `path`, `path = contents` or `path -> target`.
fn input(lines: &[&str]) -> Input {
    let entry = |line: &&str| {
        if let Some((path, target)) = line.split_once(" -> ") {
            let kind = EntryKind::Symlink {
                target: target.to_owned(),
            };
            return (
                Entry {
                    path: EntryPath::new(path).unwrap(),
                    kind,
                },
                Vec::new(),
            );
        }
        let (path, contents) = line.split_once(" = ").unwrap_or((line, "x"));
        let size_bytes = contents.len() as u64;
        let kind = EntryKind::File {
            size_bytes,
            mode: FileMode::Regular,
        };
        (
            Entry {
                path: EntryPath::new(path).unwrap(),
                kind,
            },
            contents.as_bytes().to_vec(),
        )
    };
    Input::in_memory(lines.iter().map(entry).collect()).unwrap()
}

fn plan(lines: &[&str], choices: &Choices, level: Level) -> (Input, Result<Plan, PlanError>) {
    plan_keeping(&[], lines, choices, level)
}

/// The same, where the user keeps what these patterns speak of.
fn plan_keeping(
    keep: &[&str],
    lines: &[&str],
    choices: &Choices,
    level: Level,
) -> (Input, Result<Plan, PlanError>) {
    let rules = RuleSet::read(&[RuleSource {
        name: "rules",
        text: RULES,
    }])
    .unwrap();
    let input = input(lines);
    let wishes = Wishes {
        runtime: None,
        arch: None,
        kind: lambda_slim_package::PackageKind::Function,
        handler: Some("src/app.handler".to_owned()),
        keep: keep.iter().map(|pattern| (*pattern).to_owned()).collect(),
        level,
        wished: Vec::new(),
        services: None,
        threads: Threads {
            count: NonZeroUsize::MIN,
            budget_bytes: 1 << 20,
        },
    };
    let knowledge = Knowledge {
        rules: &rules,
        languages: &[],
    };
    let inventory = inspect(&input, knowledge, &wishes, |_| true).unwrap();
    let plan = decide(input.package(), &inventory, &rules, choices);
    (input, plan)
}

/// One line for each entry that somebody spoke of: `decision path: cause`.
fn told(lines: &[&str], choices: &Choices, level: Level) -> Vec<String> {
    told_keeping(&[], lines, choices, level)
}

/// The same, where the user keeps what these patterns speak of.
fn told_keeping(keep: &[&str], lines: &[&str], choices: &Choices, level: Level) -> Vec<String> {
    let (input, plan) = plan_keeping(keep, lines, choices, level);
    let plan = plan.unwrap();
    let line = |((_, entry), decided): ((_, &Entry), &crate::Decided)| {
        let decision = match &decided.decision {
            Decision::Keep => "keep".to_owned(),
            Decision::Drop => "drop".to_owned(),
            Decision::Collect => "collect".to_owned(),
            Decision::Rewrite { .. } => "rewrite".to_owned(),
            Decision::Move(path) => format!("move to {path}"),
            Decision::Enclose(path) => format!("enclose in {path}"),
        };
        let decision = match &decided.new_path {
            Some(path) => format!("{decision} and move to {path}"),
            None => decision,
        };
        let cause = match &decided.cause {
            Some(Cause::UserKeep(pattern)) => format!("user {pattern}"),
            Some(Cause::UserDrop(pattern)) => format!("user {pattern}"),
            Some(Cause::Handler) => "handler".to_owned(),
            Some(Cause::LinkedFrom(link)) => format!("linked from {link}"),
            Some(Cause::SymlinksStrip) => "strip".to_owned(),
            Some(Cause::Rule(index)) => format!("LS00{}", index.0 + 1),
            None => match &decided.overruled.first()?.by {
                Saviour::Evidence(evidence) => evidence.to_string(),
                Saviour::Decision => return None,
            },
        };
        Some(format!("{decision} {}: {cause}", entry.path))
    };
    input
        .package()
        .iter()
        .zip(&plan.decided)
        .filter_map(line)
        .collect()
}

#[track_caller]
fn check(lines: &[&str], expected: &[&str]) {
    assert_eq!(told(lines, &Choices::default(), Level::Balanced), expected);
}

#[test]
fn rules_reach_dependencies_only() {
    check(
        &["a.md", "docs/b.md", "node_modules/x/c.md"],
        &["drop node_modules/x/c.md: LS001"],
    );
}

#[test]
fn levels_and_the_run_time_wake_rules() {
    let lines = ["a.js", "a.map", "node_modules/x/b"];
    check(&lines, &["drop a.map: LS002"]);
    assert!(told(&lines, &Choices::default(), Level::Safe).is_empty());
    check(&["a.js", "a.map"], &[]);
}

#[test]
fn what_code_mentions_stays() {
    let mention = |code: &str, expected: &str| {
        let file = format!("node_modules/x/i.txt.js = {code}");
        let told = told(
            &[&file, "node_modules/x/c.md"],
            &Choices::default(),
            Level::Balanced,
        );
        assert_eq!(told[0], expected, "{code}");
    };
    mention("read('c.md')", "keep node_modules/x/c.md: mentioned");
    mention("read(`${name}.md`)", "keep node_modules/x/c.md: mentioned");
    mention("read('d.md')", "drop node_modules/x/c.md: LS001");
    check(
        &["app.js = read('c.md')", "node_modules/x/c.md"],
        &["keep node_modules/x/c.md: mentioned"],
    );
    check(
        &["node_modules/y/i.js = read('c.md')", "node_modules/x/c.md"],
        &[
            "drop node_modules/x/c.md: LS001",
            "rewrite node_modules/y/i.js: LS004",
        ],
    );
}

#[test]
fn keeping_wins_over_dropping() {
    let choices = Choices {
        drop: vec![
            "**/*.bin".to_owned(),
            "vital.map".to_owned(),
            "src/**".to_owned(),
        ],
        ..Choices::default()
    };
    let lines = [
        "a.bin",
        "node_modules/x/c.md",
        "node_modules/y/c.md",
        "src/app.js",
        "src/b",
        "vital.map",
    ];
    assert_eq!(
        told_keeping(&["./node_modules/x/"], &lines, &choices, Level::Balanced),
        [
            "drop a.bin: user **/*.bin",
            "keep node_modules/x/c.md: user node_modules/x",
            "drop node_modules/y/c.md: LS001",
            "keep src/app.js: handler",
            "drop src/b: user src/**",
            "keep vital.map: LS003",
        ]
    );
}

#[test]
fn links_keep_what_they_point_at() {
    let lines = [
        "app",
        "l -> node_modules/x/c.md",
        "node_modules/x/c.md",
        "node_modules/x/d.md",
    ];
    check(
        &lines,
        &[
            "keep node_modules/x/c.md: linked from l",
            "drop node_modules/x/d.md: LS001",
        ],
    );
    check(
        &["a -> m.map", "m.map -> n.map", "n.map", "node_modules/x/y"],
        &["keep m.map: linked from a", "keep n.map: linked from a"],
    );
    let choices = Choices {
        symlinks: Symlinks::Strip,
        ..Choices::default()
    };
    assert_eq!(
        told(&lines, &choices, Level::Balanced),
        [
            "drop l: strip",
            "drop node_modules/x/c.md: LS001",
            "drop node_modules/x/d.md: LS001"
        ]
    );
}

#[test]
fn licences_are_the_users_choice() {
    let lines = ["a.js", "node_modules/x/LICENSE"];
    for (licenses, expected) in [
        (Licenses::Keep, &[][..]),
        (
            Licenses::Collect,
            &["collect node_modules/x/LICENSE: LS005"],
        ),
        (Licenses::Drop, &["drop node_modules/x/LICENSE: LS005"]),
    ] {
        let choices = Choices {
            licenses,
            ..Choices::default()
        };
        assert_eq!(told(&lines, &choices, Level::Balanced), expected);
    }
}

#[track_caller]
fn refused(lines: &[&str]) -> PlanError {
    let (_, plan) = plan(lines, &Choices::default(), Level::Safe);
    plan.unwrap_err()
}

#[test]
fn moves_never_collide() {
    check(&["a.jar", "lib/b.jar"], &["move to lib/a.jar a.jar: LS006"]);
    let error = refused(&["a.jar = one", "lib/a.jar = two"]);
    assert!(matches!(error, PlanError::Collision { .. }), "{error}");
    let error = refused(&["INNER/lib = x", "a.jar"]);
    assert!(matches!(error, PlanError::FileAndFolder { .. }), "{error}");
    let error = refused(&["a.jar", "lib"]);
    assert!(matches!(error, PlanError::FileAndFolder { .. }), "{error}");
    let error = refused(&["A.class", "lib/app.jar"]);
    assert!(matches!(error, PlanError::Collision { .. }), "{error}");
}

#[test]
fn equal_files_become_one() {
    check(&["a.jar = one", "lib/a.jar = one"], &["drop a.jar: LS006"]);
    check(
        &["big.jar = one", "lib/big.jar = one"],
        &["drop big.jar: LS006"],
    );
    check(&["INNER/x = one", "x = one"], &["drop INNER/x: LS008"]);
    let choices = Choices {
        drop: vec!["lib/a.jar".to_owned()],
        ..Choices::default()
    };
    assert_eq!(
        told(&["a.jar = one", "lib/a.jar = one"], &choices, Level::Safe),
        [
            "move to lib/a.jar a.jar: LS006",
            "drop lib/a.jar: user lib/a.jar"
        ]
    );
}

#[test]
fn files_keep_their_folders_below_the_one_they_leave() {
    check(
        &["INNER/a/b", "INNER/c"],
        &["move to a/b INNER/a/b: LS008", "move to c INNER/c: LS008"],
    );
}

#[test]
fn links_and_what_they_lead_to_are_not_moved() {
    check(
        &["b.jar -> a.jar", "a.jar", "c.jar"],
        &[
            "keep a.jar: linked from b.jar",
            "move to lib/c.jar c.jar: LS006",
        ],
    );
    check(&["INNER/a", "l -> INNER"], &["keep INNER/a: linked from l"]);
    check(&["big.jar", "l -> big.jar"], &["rewrite big.jar: LS007"]);
}

#[test]
fn a_rewritten_file_moves_as_well() {
    check(
        &["big.jar", "x"],
        &["rewrite and move to lib/big.jar big.jar: LS006"],
    );
}

#[test]
fn a_handler_that_moves_is_still_the_handler() {
    check(
        &["INNER/src/app.js", "x"],
        &["move to src/app.js INNER/src/app.js: LS008"],
    );
}

#[test]
fn what_is_enclosed_shares_one_archive() {
    check(
        &["A.class", "p/B.class", "c"],
        &[
            "enclose in lib/app.jar A.class: LS009",
            "enclose in lib/app.jar p/B.class: LS009",
        ],
    );
}

#[test]
fn a_package_is_never_empty() {
    let choices = Choices {
        drop: vec!["**".to_owned()],
        ..Choices::default()
    };
    let (_, plan) = plan(&["a", "b"], &choices, Level::Safe);
    assert!(matches!(plan, Err(PlanError::NothingLeft(2))));
}

#[test]
fn patterns_that_meet_nothing_are_told() {
    let choices = Choices::default();
    let (_, plan) = plan_keeping(&["z/**", "a"], &["a", "b"], &choices, Level::Safe);
    assert_eq!(plan.unwrap().idle_patterns, ["z/**"]);
}
