use lambda_slim_rulepack::{Finding, Level, Rule};
use serde::Serialize;

/// A rule as other programs read it.
#[derive(Debug, Clone, Serialize)]
pub struct RuleCard<'a> {
    /// Its short stable code.
    pub code: &'a str,
    /// Its name.
    pub id: &'a str,
    /// One line.
    pub title: &'a str,
    /// What happens to a file that it takes.
    pub action: String,
    /// From which level on it acts; advice has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<&'static str>,
    /// Where its patterns start.
    pub scope: String,
    /// The version of lambda-slim that brought it.
    pub since: &'a str,
    /// Globs of the files that it takes.
    pub takes: &'a [String],
    /// Globs of the files that it leaves all the same.
    pub except: &'a [String],
    /// Evidence that protects a file from it.
    pub unless: Vec<String>,
    /// Why nothing at run time reads what it takes.
    pub why: &'a str,
    /// What would notice.
    pub breaks: &'a str,
    /// Where the facts come from.
    pub refs: &'a [String],
}

impl<'a> RuleCard<'a> {
    /// The card of `rule`.
    pub fn of(rule: &'a Rule) -> Self {
        Self {
            code: &rule.code,
            id: rule.id.as_str(),
            title: &rule.title,
            action: rule.action.to_string(),
            level: rule.level.map(Level::as_str),
            scope: rule.scope.to_string(),
            since: &rule.since,
            takes: &rule.patterns,
            except: &rule.except,
            unless: rule.unless.iter().map(ToString::to_string).collect(),
            why: rule.why.trim(),
            breaks: rule.breaks.trim(),
            refs: &rule.refs,
        }
    }
}

/// A finding as other programs read it.
#[derive(Debug, Clone, Serialize)]
pub struct FindingCard<'a> {
    /// Its short stable code.
    pub code: &'a str,
    /// One line.
    pub title: &'a str,
    /// What it means.
    pub why: &'a str,
    /// What to do.
    pub cure: &'a str,
    /// Where the facts come from.
    pub refs: &'a [String],
}

/// What a code stands for.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Card<'a> {
    /// A rule.
    Rule(RuleCard<'a>),
    /// Something that is said of a package as a whole.
    Finding(FindingCard<'a>),
}

impl<'a> Card<'a> {
    /// The card of `rule`.
    pub fn rule(rule: &'a Rule) -> Self {
        Self::Rule(RuleCard::of(rule))
    }

    /// The card of `finding`.
    pub fn finding(finding: &'a Finding) -> Self {
        Self::Finding(FindingCard {
            code: &finding.code,
            title: &finding.title,
            why: &finding.why,
            cure: &finding.cure,
            refs: &finding.refs,
        })
    }

    /// The JSON form of several.
    pub fn to_json(cards: &[Self]) -> serde_json::Result<String> {
        serde_json::to_string_pretty(cards)
    }
}
