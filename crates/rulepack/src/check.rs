//! What must hold of the rules beyond their grammar: unique names, texts, globs, and every rule's own examples.

use std::collections::BTreeMap;

use globset::GlobMatcher;
use toml::Spanned;

use crate::matcher::{Conditions, Matcher, PLACEHOLDERS, RuleIndex, glob};
use crate::problem::Problem;
use crate::rule::{Action, Rule};
use crate::source::{RawRule, RuleSource, problem};

/// The title is a row of a report that is 80 columns wide.
const TITLE_AT_MOST_CHARS: usize = 34;

/// Checks `rules`, which were made of `raw` in the same order.
pub(crate) fn rules(rules: &[Rule], raw: &[(RuleSource<'_>, RawRule)]) -> Vec<Problem> {
    let mut problems = unique(raw);
    for (rule, (source, raw)) in rules.iter().zip(raw) {
        problems.extend(texts(source, raw));
        match examples(source, raw, rule) {
            Ok(found) => problems.extend(found),
            Err(bad_glob) => problems.push(bad_glob),
        }
    }
    if problems.is_empty() {
        shadowed(rules, raw)
    } else {
        problems
    }
}

/// Ids and codes stand for one rule each.
fn unique(raw: &[(RuleSource<'_>, RawRule)]) -> Vec<Problem> {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    let mut problems = Vec::new();
    for (source, rule) in raw {
        for name in [&rule.id, &rule.code] {
            if let Some(file) = seen.insert(name.get_ref(), source.name) {
                let message = format!("`{}` already names a rule in {file}", name.get_ref());
                problems.push(problem(source, name, message));
            }
        }
    }
    problems
}

fn texts(source: &RuleSource<'_>, rule: &RawRule) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut ask = |holds: bool, place: &Spanned<String>, message: &str| {
        if !holds {
            problems.push(problem(source, place, message.to_owned()));
        }
    };
    let kebab = |part: &str| {
        let mut bytes = part.bytes();
        bytes.next().is_some_and(|byte| byte.is_ascii_lowercase())
            && bytes.all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    let id = rule.id.get_ref().split_once('/');
    ask(
        id.is_some_and(|(pack, name)| kebab(pack) && kebab(name)),
        &rule.id,
        "an id is `pack/what-leaves`, in lower case",
    );
    let digits = rule.code.get_ref().strip_prefix("LS");
    ask(
        digits
            .is_some_and(|digits| digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit())),
        &rule.code,
        "a code is `LS` and three digits",
    );
    let chars = rule.title.get_ref().chars().count();
    ask(
        (1..=TITLE_AT_MOST_CHARS).contains(&chars),
        &rule.title,
        "a title has 1 to 34 characters: it is a row of the report",
    );
    for text in [&rule.why, &rule.breaks] {
        ask(
            !text.get_ref().trim().is_empty(),
            text,
            "say it: users read this before they trust us",
        );
    }
    if rule.refs.get_ref().is_empty() {
        problems.push(problem(
            source,
            &rule.refs,
            "name the source of the fact".to_owned(),
        ));
    }
    problems
}

/// Runs the examples of one rule; `Err` is a glob that cannot be read.
fn examples(source: &RuleSource<'_>, raw: &RawRule, rule: &Rule) -> Result<Vec<Problem>, Problem> {
    let patterns = globs(source, &raw.patterns)?;
    let except = globs(source, &raw.except)?;
    let taken = |path: &str| {
        patterns.iter().any(|(_, glob)| glob.is_match(path))
            && !except.iter().any(|(_, glob)| glob.is_match(path))
    };
    let mut problems = Vec::new();
    let mut wrong = |place: &Spanned<String>, message: &str| {
        problems.push(problem(source, place, message.to_owned()));
    };
    for path in raw.tests.takes.iter().filter(|path| !taken(path.get_ref())) {
        wrong(path, "the rule does not take this path");
    }
    for path in raw.tests.leaves.iter().filter(|path| taken(path.get_ref())) {
        wrong(path, "the rule takes this path");
    }
    for (pattern, glob) in &patterns {
        if !rule.takes.iter().any(|path| glob.is_match(path)) {
            wrong(
                pattern,
                "no path in `tests.takes` shows what this pattern is for",
            );
        }
    }
    for (pattern, glob) in &except {
        let saves = |path: &String| {
            glob.is_match(path) && patterns.iter().any(|(_, glob)| glob.is_match(path))
        };
        if !rule.leaves.iter().any(saves) {
            wrong(
                pattern,
                "no path in `tests.leaves` is saved by this exception",
            );
        }
    }
    if raw.tests.leaves.is_empty() {
        wrong(&raw.id, "`tests.leaves` needs at least one near miss");
    }
    Ok(problems)
}

type Globs<'a> = Vec<(&'a Spanned<String>, GlobMatcher)>;

fn globs<'a>(
    source: &RuleSource<'_>,
    patterns: &'a [Spanned<String>],
) -> Result<Globs<'a>, Problem> {
    let conditions = Conditions::of_examples();
    let compile = |pattern: &'a Spanned<String>| {
        let filled = conditions.fill(pattern.get_ref()).ok_or_else(|| {
            let known = PLACEHOLDERS.join(">, <");
            problem(
                source,
                pattern,
                format!("unknown placeholder; known are <{known}>"),
            )
        })?;
        let glob =
            glob(&filled).map_err(|error| problem(source, pattern, error.kind().to_string()))?;
        Ok((pattern, glob.compile_matcher()))
    };
    patterns.iter().map(compile).collect()
}

/// A rule whose every example another, unconditional rule takes as well can never show up in a report.
fn shadowed(rules: &[Rule], raw: &[(RuleSource<'_>, RawRule)]) -> Vec<Problem> {
    let conditions = Conditions::of_examples();
    let drops = |rule: &Rule| rule.action == Action::Drop;
    let mut problems = Vec::new();
    for (index, (rule, (source, raw))) in rules
        .iter()
        .zip(raw)
        .enumerate()
        .filter(|(_, (rule, _))| drops(rule))
    {
        let covers = |(other_index, other): &(usize, &Rule)| {
            *other_index != index
                && drops(other)
                && other.scope == rule.scope
                && other.level <= rule.level
                && other.unless.is_empty()
                && (other.when == rule.when || other.when == crate::When::default())
                && takes_all(other, &rule.takes, &conditions)
        };
        if let Some((_, other)) = rules.iter().enumerate().find(covers) {
            let message = format!(
                "this rule is shadowed by `{}`, which takes all its examples",
                other.id
            );
            problems.push(problem(source, &raw.id, message));
        }
    }
    problems
}

fn takes_all(rule: &Rule, paths: &[String], conditions: &Conditions) -> bool {
    let Ok(matcher) = Matcher::compile(std::iter::once((RuleIndex(0), rule)), conditions) else {
        return false;
    };
    paths.iter().all(|path| {
        let mut found = Vec::new();
        matcher.matches(rule.scope, path, &mut found);
        !found.is_empty()
    })
}
