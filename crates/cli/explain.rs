//! `lambda-slim explain RULE` and `lambda-slim rules`: what a rule does, why, and what would notice.

use std::fmt::Write as _;

use lambda_slim_report::{RuleCard, wrapped};
use lambda_slim_rulepack::{Level, Rule, RuleSet};

use crate::args::{ExplainArgs, Format, RulesArgs};
use crate::exit::{Exit, UsageError};
use crate::rules::{self, closest};
use crate::{screen, stories};

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const PLAIN: &str = "\x1b[0m";

/// Explains every file or every rule that `args` names.
pub(crate) fn explain(args: &ExplainArgs) -> anyhow::Result<Exit> {
    let rules = rules::read(&args.plan.rules)?;
    if let Some(package) = &args.package {
        return stories::tell(package, args, &rules);
    }
    let named = named(&args.what, &rules)?;
    print(&named, args.format, page)
}

/// Lists the rules that `args` names, or all.
pub(crate) fn list(args: &RulesArgs) -> anyhow::Result<Exit> {
    let rules = rules::read(&args.rules)?;
    let named = match args.which.as_slice() {
        [] => sorted(rules.rules.iter().collect()),
        names => named(names, &rules)?,
    };
    print(&named, args.format, row)
}

fn print(rules: &[&Rule], format: Format, text: fn(&Rule) -> String) -> anyhow::Result<Exit> {
    match format {
        Format::Text => {
            let texts: Vec<String> = rules.iter().copied().map(text).collect();
            screen::styled_data(&texts.join("\n"))?;
        }
        Format::Json => {
            let cards: Vec<RuleCard<'_>> = rules.iter().map(|rule| RuleCard::of(rule)).collect();
            screen::data(&RuleCard::to_json(&cards)?)?;
        }
    }
    Ok(Exit::Done)
}

/// The rules that these words stand for: ids, codes or packs.
fn named<'r>(words: &[String], rules: &'r RuleSet) -> Result<Vec<&'r Rule>, UsageError> {
    let mut named = Vec::new();
    for word in words {
        let of_word = rules
            .rules
            .iter()
            .filter(|rule| rules::stands_for(word, rule));
        let before = named.len();
        named.extend(of_word);
        if named.len() == before {
            let hint =
                closest(word, rules::names(rules)).map(|name| format!("; did you mean `{name}`?"));
            let in_package = || "; a file is explained in its package: --in PACKAGE".to_owned();
            return Err(UsageError(format!(
                "there is no rule `{word}`{}",
                hint.unwrap_or_else(in_package)
            )));
        }
    }
    Ok(sorted(named))
}

fn sorted(mut rules: Vec<&Rule>) -> Vec<&Rule> {
    rules.sort_by_key(|rule| &rule.code);
    rules.dedup_by_key(|rule| &rule.code);
    rules
}

/// `LS110  safe        node/type-declarations       TypeScript declarations`
fn row(rule: &Rule) -> String {
    let level = rule.level.map_or("advice", Level::as_str);
    format!(
        "{BOLD}{}{PLAIN}  {level:<10}  {:<36}  {}",
        rule.code, rule.id, rule.title
    )
}

fn page(rule: &Rule) -> String {
    let mut text = format!("{BOLD}{} {}{PLAIN}: {}\n\n", rule.code, rule.id, rule.title);
    for (name, words) in rule.facts() {
        let first = format!("  {name:<10} ");
        text += &wrapped(&words, &first, &" ".repeat(first.len()));
    }
    paragraph(&mut text, "Why", &rule.why);
    paragraph(&mut text, "What would notice", &rule.breaks);
    let code = &rule.code;
    let way_out = format!("--disable {code} turns it off; --keep GLOB keeps what you name.");
    paragraph(&mut text, "How to keep what it takes", &way_out);
    let _ = write!(text, "\n{BOLD}Sources{PLAIN}\n");
    for source in &rule.refs {
        let _ = writeln!(text, "  {DIM}{source}{PLAIN}");
    }
    text
}

fn paragraph(text: &mut String, title: &str, words: &str) {
    let _ = write!(
        text,
        "\n{BOLD}{title}{PLAIN}\n{}",
        wrapped(words, "  ", "  ")
    );
}
