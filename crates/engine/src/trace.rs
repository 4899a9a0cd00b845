use std::collections::BTreeSet;

use lambda_slim_archive::{Error, Input};
use lambda_slim_package::EntryId;
use lambda_slim_rulepack::{Action, Evidence, Level, RuleIndex, RuleSet};

use crate::dependencies::{Dependency, DependencyId};
use crate::inventory::{Knowledge, Threads, Wishes};

/// What a language is asked to follow.
pub struct TraceOrder<'a> {
    /// Where the files are.
    pub input: &'a Input,
    /// The dependencies inside.
    pub dependencies: &'a [Dependency],
    /// For each entry: the dependencies that it belongs to; none means it is the function's own.
    pub owners: &'a [Vec<DependencyId>],
    /// The files of the handler.
    pub handler_files: &'a [EntryId],
    /// Whether the handler was named, and so must be found.
    pub handler_named: bool,
    /// Where to begin.
    pub starts: Starts,
    /// The files that the user keeps: what they lead to must be there, too.
    pub kept: &'a BTreeSet<EntryId>,
    /// The files that some rule would take if no code led to them.
    pub questioned: &'a BTreeSet<EntryId>,
    /// How much to do at once.
    pub threads: Threads,
}

/// Where code begins to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Starts {
    /// In the function's own files, and nowhere else.
    OwnCode,
    /// There, and at whatever a dependency offers to others; where it offers all that it has, at every file that is not
    /// questioned.
    EntryPoints,
}

/// Which files code leads to.
#[derive(Debug, Default)]
pub struct Trace {
    /// For each entry.
    pub reach: Vec<Reach>,
    /// The dependencies that some code leads to.
    pub dependencies: BTreeSet<DependencyId>,
}

/// How code leads to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Nobody followed the code that it would belong to.
    #[default]
    Untold,
    /// Code begins here.
    Start,
    /// This file refers to it.
    From(EntryId),
    /// This file loads what nobody can tell, and this may be meant.
    Perhaps(EntryId),
    /// No code leads to it.
    Unreached,
}

impl Trace {
    /// The way to an entry, from where code begins; empty where none leads to it.
    pub fn chain(&self, id: EntryId) -> Vec<EntryId> {
        let mut chain = Vec::new();
        let mut at = id;
        loop {
            match self.reach[at.0] {
                Reach::Untold | Reach::Unreached => return Vec::new(),
                Reach::Start => break,
                Reach::From(_) | Reach::Perhaps(_) if chain.contains(&at) => break,
                Reach::From(before) | Reach::Perhaps(before) => {
                    chain.push(at);
                    at = before;
                }
            }
        }
        chain.push(at);
        chain.reverse();
        chain
    }

    /// Of such a way, the files that load what nobody can tell: what comes next is perhaps never loaded.
    pub fn guesses(&self, chain: &[EntryId]) -> Vec<EntryId> {
        let is_guess = |step: &&[EntryId]| self.reach[step[1].0] == Reach::Perhaps(step[0]);
        let guesses = chain.windows(2).filter(is_guess);
        guesses.map(|step| step[0]).collect()
    }
}

impl Trace {
    /// What two languages found, each about its own dependencies: what is the function's own for one of them may belong
    /// to a dependency for the other, which then knows more.
    fn joined(mut self, other: Self) -> Self {
        for (known, reach) in self.reach.iter_mut().zip(other.reach) {
            let is_told = !matches!(reach, Reach::Untold | Reach::Start);
            if is_told || *known == Reach::Untold {
                *known = reach;
            }
        }
        self.dependencies.extend(other.dependencies);
        self
    }
}

/// What came of following the code.
#[derive(Debug, Default)]
pub enum Traced {
    /// No rule asked for it.
    #[default]
    NotAsked,
    /// There is no code to begin with, so every file counts as reached.
    NoStart,
    /// This.
    Done(Trace),
}

impl Traced {
    /// Follows the code where some rule wants to know.
    pub(crate) fn find(order: &TraceOrder<'_>, knowledge: Knowledge<'_>) -> Result<Self, Error> {
        if order.questioned.is_empty() {
            return Ok(Self::NotAsked);
        }
        let mut joined: Option<Trace> = None;
        for language in knowledge.languages {
            joined = match (joined, language.trace(order)?) {
                (Some(known), Some(trace)) => Some(known.joined(trace)),
                (known, trace) => known.or(trace),
            };
        }
        Ok(joined.map_or(Self::NoStart, Self::Done))
    }

    /// Whether `id` has to stay as far as this evidence goes.
    pub(crate) fn reaches(&self, id: EntryId) -> bool {
        match self {
            Self::NotAsked | Self::NoStart => true,
            Self::Done(trace) => trace.reach[id.0] != Reach::Unreached,
        }
    }

    /// Whether code leads to one of these dependencies, or nobody can tell.
    pub(crate) fn reaches_any(&self, id: EntryId, owners: &[DependencyId]) -> bool {
        match self {
            Self::NotAsked | Self::NoStart => true,
            Self::Done(trace) => {
                trace.reach[id.0] == Reach::Untold
                    || owners
                        .iter()
                        .any(|owner| trace.dependencies.contains(owner))
            }
        }
    }

    /// Whether a rule takes `id`, for no code leads to it or for what was found out about it, and nothing else could save
    /// it: its words are no evidence.
    pub(crate) fn is_silent(&self, id: EntryId, candidates: &[RuleIndex], rules: &RuleSet) -> bool {
        let takes = |index: &RuleIndex| {
            let rule = &rules.rules[index.0];
            let is_certain = match rule.unless.as_slice() {
                [Evidence::Reached] => !self.reaches(id),
                [] => !rule.when.mark.is_empty(),
                _ => false,
            };
            rule.action == Action::Drop && is_certain
        };
        let keeps = |index: &RuleIndex| rules.rules[index.0].action == Action::Keep;
        candidates.iter().any(takes) && !candidates.iter().any(keeps)
    }

    /// What was found, if code was followed.
    pub fn done(&self) -> Option<&Trace> {
        match self {
            Self::Done(trace) => Some(trace),
            Self::NotAsked | Self::NoStart => None,
        }
    }
}

/// From the function's own code alone where the user accepts what that can miss.
pub(crate) fn starts(wishes: &Wishes) -> Starts {
    match wishes.level {
        Level::Aggressive => Starts::OwnCode,
        Level::Safe | Level::Balanced => Starts::EntryPoints,
    }
}

/// The entries of which some rule among their `candidates` wants to know whether code leads to them; what the user keeps
/// is out of question.
pub(crate) fn questioned(
    rules: &RuleSet,
    candidates: &[Vec<RuleIndex>],
    kept: &BTreeSet<EntryId>,
) -> BTreeSet<EntryId> {
    let asks = |index: &RuleIndex| {
        let unless = &rules.rules[index.0].unless;
        unless.contains(&Evidence::Reached) || unless.contains(&Evidence::DependencyReached)
    };
    let all = candidates.iter().enumerate();
    let asked = all.filter(|(_, candidates)| candidates.iter().any(asks));
    let asked = asked.map(|(entry, _)| EntryId(entry));
    asked.filter(|id| !kept.contains(id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_speaks_of_its_own_dependencies() {
        let trace = |reach: &[Reach]| Trace {
            reach: reach.to_vec(),
            dependencies: BTreeSet::new(),
        };
        let from = Reach::From(EntryId(0));
        let node = trace(&[Reach::Start, Reach::Start, from, Reach::Untold]);
        let python = [Reach::Untold, Reach::Unreached, Reach::Untold, Reach::Start];
        let joined = node.joined(trace(&python));
        assert_eq!(
            joined.reach,
            [Reach::Start, Reach::Unreached, from, Reach::Start]
        );
    }

    #[test]
    fn chains_begin_where_code_does() {
        let from = |id| Reach::From(EntryId(id));
        let trace = Trace {
            reach: vec![
                Reach::Start,
                from(0),
                from(1),
                Reach::Unreached,
                Reach::Untold,
                Reach::Perhaps(EntryId(1)),
            ],
            dependencies: BTreeSet::new(),
        };
        let chain = |id| {
            trace
                .chain(EntryId(id))
                .into_iter()
                .map(|id| id.0)
                .collect::<Vec<_>>()
        };
        assert_eq!(chain(2), [0, 1, 2]);
        assert_eq!(chain(0), [0]);
        assert!(chain(3).is_empty());
        assert!(chain(4).is_empty());
        assert_eq!(chain(5), [0, 1, 5]);
        let guesses = |id| trace.guesses(&trace.chain(EntryId(id)));
        assert_eq!(guesses(5), [EntryId(1)]);
        assert!(guesses(2).is_empty());
    }
}
