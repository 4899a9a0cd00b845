use lambda_slim_engine::{
    Cause, Change, Decided, Decision, Effect, Inventory, Overruled, Plan, Saviour,
};
use lambda_slim_package::{EntryId, Package};
use lambda_slim_rulepack::{Rule, RuleIndex, RuleSet};
use serde::Serialize;

use crate::model::words;

/// Why one file goes, changes or stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Story {
    /// Its path in the input.
    pub path: String,
    /// Its unzipped size in bytes.
    pub size_bytes: u64,
    /// The package that it belongs to; missing for the function's own files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// What becomes of it.
    pub fate: Fate,
    /// Where it lies afterwards, if that is elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// The files through which code leads to it, from where code begins; empty where it goes or nobody followed the code.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reached_through: Vec<String>,
    /// Those of them that load files by names which nobody can tell: the file behind each is perhaps never loaded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub guessed_from: Vec<String>,
    /// What decided; missing where no rule speaks of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// In short, why that becomes of it.
    pub reason: String,
    /// The rules that did it.
    pub rules: Vec<RuleName>,
    /// The rules that would have done something else, and what each of them lost against.
    pub overruled: Vec<Loser>,
}

/// What becomes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// It stays as it is.
    Kept,
    /// It goes.
    Removed,
    /// It is joined into one file with the other licences.
    Collected,
    /// Its contents change.
    Rewritten,
    /// It gets another path.
    Moved,
    /// It goes into an archive.
    Enclosed,
}

/// A rule by its names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleName {
    /// Its short stable code.
    pub code: String,
    /// Its name.
    pub id: String,
    /// One line.
    pub title: String,
    /// Why nothing at run time reads what it takes.
    pub why: String,
}

/// A rule that did not get its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loser {
    /// Which rule.
    #[serde(flatten)]
    pub rule: RuleName,
    /// What it respects, as the end of a sentence; missing where it lost against what decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

impl Story {
    /// The story of one entry; `effect` is what its rewriting came to.
    pub fn of(
        package: &Package,
        inventory: &Inventory,
        plan: &Plan,
        rules: &RuleSet,
        (id, effect): (EntryId, Option<&Effect>),
    ) -> Self {
        let (entry, decided) = (package.entry(id), &plan.decided[id.0]);
        let owner = inventory.owners[id.0].last();
        let owner = owner.map(|owner| inventory.dependencies[owner.0].name.clone());
        let is_idle = effect == Some(&Effect::Kept);
        let destination = decided.destination(entry).filter(|_| !is_idle);
        let fate = match is_idle {
            true => Fate::Kept,
            false => Fate::of(&decided.decision),
        };
        let (reached_through, guessed_from) = match fate {
            Fate::Removed => Default::default(),
            _ => chain(package, inventory, id),
        };
        let elsewhere = destination.filter(|path| **path != entry.path);
        let winners = winners(decided, effect);
        let cause = match effect {
            Some(Effect::Rewritten(_)) => Some(names(&winners, rules)),
            Some(Effect::Kept) => Some(format!(
                "{} found nothing to gain",
                names(&self::winners(decided, None), rules)
            )),
            _ => decided.cause.as_ref().map(|cause| words(cause, rules)),
        };
        let overruled = losers(decided, rules);
        Self {
            path: entry.path.to_string(),
            size_bytes: entry.size_bytes(),
            package: owner,
            fate,
            destination: elsewhere.map(ToString::to_string),
            reached_through,
            guessed_from,
            reason: reason(cause.as_ref(), overruled.first()),
            cause,
            rules: winners
                .iter()
                .map(|index| RuleName::of(rules, *index))
                .collect(),
            overruled,
        }
    }

    /// The JSON form of several.
    pub fn to_json(stories: &[Self]) -> serde_json::Result<String> {
        serde_json::to_string_pretty(stories)
    }
}

impl Fate {
    fn of(decision: &Decision) -> Self {
        match decision {
            Decision::Keep => Self::Kept,
            Decision::Drop => Self::Removed,
            Decision::Collect => Self::Collected,
            Decision::Rewrite { .. } => Self::Rewritten,
            Decision::Move(_) => Self::Moved,
            Decision::Enclose(_) => Self::Enclosed,
        }
    }

    /// The words that people read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "stays",
            Self::Removed => "goes",
            Self::Collected => "is joined",
            Self::Rewritten => "changes",
            Self::Moved => "moves",
            Self::Enclosed => "is enclosed",
        }
    }
}

impl RuleName {
    fn of(rules: &RuleSet, index: RuleIndex) -> Self {
        let Rule {
            code,
            id,
            title,
            why,
            ..
        } = &rules.rules[index.0];
        Self {
            code: code.clone(),
            id: id.to_string(),
            title: title.clone(),
            why: why.trim().to_owned(),
        }
    }
}

/// The way to an entry, and where it was guessed.
fn chain(package: &Package, inventory: &Inventory, id: EntryId) -> (Vec<String>, Vec<String>) {
    let Some(trace) = inventory.traced.done() else {
        return Default::default();
    };
    let paths = |ids: Vec<EntryId>| -> Vec<String> {
        let paths = ids.into_iter().map(|id| package.entry(id).path.to_string());
        paths.collect()
    };
    let chain = trace.chain(id);
    let guesses = trace.guesses(&chain);
    (paths(chain), paths(guesses))
}

fn reason(cause: Option<&String>, loser: Option<&Loser>) -> String {
    let saved = loser.map(|lost| format!("saved from {} {}", lost.rule.code, lost.rule.id));
    let reason = cause.cloned().or(saved);
    reason.unwrap_or_else(|| "no rule takes it".to_owned())
}

/// The rules that did something; of a rewriting without its `effect`, those that try.
fn winners(decided: &Decided, effect: Option<&Effect>) -> Vec<RuleIndex> {
    let rule = |change: &Change| change.rule;
    match (effect, &decided.decision, &decided.cause) {
        (Some(Effect::Rewritten(changes)), ..) => changes.iter().map(rule).collect(),
        (Some(Effect::Kept), ..) => Vec::new(),
        (_, Decision::Rewrite { rules, .. }, _) => rules.clone(),
        (_, _, Some(Cause::Rule(rule))) => vec![*rule],
        _ => Vec::new(),
    }
}

/// `LS121 node/source-map-comments, LS122 node/json-white-space`
fn names(indexes: &[RuleIndex], rules: &RuleSet) -> String {
    let names = indexes
        .iter()
        .map(|index| words(&Cause::Rule(*index), rules));
    names.collect::<Vec<_>>().join(", ")
}

fn losers(decided: &Decided, rules: &RuleSet) -> Vec<Loser> {
    let loser = |lost: &Overruled| Loser {
        rule: RuleName::of(rules, lost.rule),
        evidence: match &lost.by {
            Saviour::Evidence(evidence) => Some(evidence.words()),
            Saviour::Decision => None,
        },
    };
    decided.overruled.iter().map(loser).collect()
}
