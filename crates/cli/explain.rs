//! `lambda-slim explain CODE` and `lambda-slim rules`: what a rule does or a finding means, and why.

use std::fmt::Write as _;
use std::path::Path;

use lambda_slim_package::{ByteCount, UNZIPPED_LIMIT_BYTES};
use lambda_slim_report::{Card, wrapped};
use lambda_slim_rulepack::{Finding, Level, Rule, RuleSet};

use crate::args::{ExplainArgs, Format, RulesArgs};
use crate::exit::{Exit, UsageError};
use crate::rules::{self, is_code};
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
    let (sums, words): (Vec<&String>, Vec<&String>) =
        args.what.iter().partition(|word| remainder(word).is_some());
    let sums = sums.into_iter().filter_map(|word| remainder(word));
    let mut pages: Vec<String> = sums.map(sum).collect();
    let mut cards = Vec::new();
    let is_finding = |word: &str| {
        let mut findings = rules.findings.iter();
        findings.any(|known| is_code(word, &known.code))
    };
    let (codes, names): (Vec<&String>, Vec<&String>) =
        words.into_iter().partition(|word| is_finding(word));
    let of_codes = |known: &&Finding| codes.iter().any(|word| is_code(word, &known.code));
    for finding in rules.findings.iter().filter(of_codes) {
        pages.push(finding_page(finding));
        cards.push(Card::finding(finding));
    }
    for rule in named(names, &rules)? {
        pages.push(page(rule));
        cards.push(Card::rule(rule));
    }
    print(&cards, &pages, args.format)
}

/// What AWS says a function must be smaller than, if `word` can be that.
fn remainder(word: &str) -> Option<u64> {
    let bytes = word.parse().ok()?;
    (1..=UNZIPPED_LIMIT_BYTES).contains(&bytes).then_some(bytes)
}

/// AWS subtracts the layers from its limit and names only the result.
fn sum(remainder: u64) -> String {
    let layers = UNZIPPED_LIMIT_BYTES - remainder;
    let words = match layers {
        0 => "is Lambda's limit for a function together with its layers, unzipped: 250 MiB."
            .to_owned(),
        _ => format!(
            "is what Lambda's limit of {UNZIPPED_LIMIT_BYTES} bytes leaves for a function whose layers take {layers} bytes \
             ({}) unzipped.",
            ByteCount(layers)
        ),
    };
    let mut text = format!("{BOLD}{remainder}{PLAIN} bytes\n\n");
    text += &wrapped(
        &format!("\"Unzipped size must be smaller than {remainder} bytes\": this {words}"),
        "  ",
        "  ",
    );
    text += "\n  lambda-slim check PACKAGE --with-layer LAYER adds them up before AWS does.\n";
    text
}

/// Lists the rules that `args` names, or all.
pub(crate) fn list(args: &RulesArgs) -> anyhow::Result<Exit> {
    let rules = rules::read(&args.rules)?;
    let named = match args.which.as_slice() {
        [] => sorted(rules.rules.iter().collect()),
        names => named(names.iter().collect(), &rules)?,
    };
    let cards: Vec<Card<'_>> = named.iter().copied().map(Card::rule).collect();
    let rows: Vec<String> = named.into_iter().map(row).collect();
    print(&cards, &rows, args.format)
}

fn print(cards: &[Card<'_>], texts: &[String], format: Format) -> anyhow::Result<Exit> {
    match format {
        Format::Text => screen::styled_data(&texts.join("\n"))?,
        Format::Json => screen::data(&Card::to_json(cards)?)?,
    }
    Ok(Exit::Done)
}

/// The rules that these words stand for: ids, codes or packs.
fn named<'r>(words: Vec<&String>, rules: &'r RuleSet) -> Result<Vec<&'r Rule>, UsageError> {
    let mut named = Vec::new();
    for word in words {
        let of_word = rules
            .rules
            .iter()
            .filter(|rule| rules::stands_for(word, rule));
        let before = named.len();
        named.extend(of_word);
        if named.len() == before {
            return Err(unknown_word(word, rules));
        }
    }
    Ok(sorted(named))
}

/// What looks like a path is one: it is explained in its package.
fn unknown_word(word: &str, rules: &RuleSet) -> UsageError {
    let pack = word.split_once('/').map(|(pack, _)| pack);
    let is_pack = |pack: &str| rules.rules.iter().any(|rule| rule.id.pack() == pack);
    let is_path = Path::new(word).exists() || pack.is_some_and(|pack| !is_pack(pack));
    let words = match is_path {
        true => format!(
            "`{word}` is no rule; say in which package the file is: \
             `lambda-slim explain --in PACKAGE {word}`"
        ),
        false => rules::unknown("rule or finding", word, names_of_all(rules)),
    };
    UsageError(words)
}

/// Every word that stands for one rule or finding.
fn names_of_all(rules: &RuleSet) -> impl Iterator<Item = &str> {
    let findings = rules.findings.iter().map(|finding| &*finding.code);
    rules::names(rules).chain(findings)
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
    sources(&mut text, &rule.refs);
    text
}

fn finding_page(finding: &Finding) -> String {
    let mut text = format!("{BOLD}{}{PLAIN}: {}\n", finding.code, finding.title);
    paragraph(&mut text, "Why", &finding.why);
    paragraph(&mut text, "What to do", &finding.cure);
    sources(&mut text, &finding.refs);
    text
}

fn sources(text: &mut String, refs: &[String]) {
    let _ = write!(text, "\n{BOLD}Sources{PLAIN}\n");
    for source in refs {
        let _ = writeln!(text, "  {DIM}{source}{PLAIN}");
    }
}

fn paragraph(text: &mut String, title: &str, words: &str) {
    let _ = write!(
        text,
        "\n{BOLD}{title}{PLAIN}\n{}",
        wrapped(words, "  ", "  ")
    );
}
