use std::collections::{BTreeMap, BTreeSet};

use lambda_slim_archive::{
    Compression, Compressor, Error, Input, JarStorage, ReadyEntry, Sink, in_order,
};
use lambda_slim_package::{EntryId, EntryPath, PackageError};
use lambda_slim_rulepack::RuleIndex;

use crate::inventory::{Knowledge, Threads};
use crate::plan::Plan;
use crate::steps::{Prepared, Source, Stays, Steps};

/// How a plan is carried out.
pub struct ApplyOptions<'a> {
    /// The rules that the plan speaks of, and who knows the transforms.
    pub knowledge: Knowledge<'a>,
    /// How hard to compress.
    pub compression: Compression,
    /// How jars that are put together hold their entries.
    pub jar_storage: JarStorage,
    /// How much to do at once.
    pub threads: Threads,
    /// Whether the entries that go are compressed as well, to say what they cost in the zip.
    pub weigh_dropped: bool,
}

/// What became of a package.
#[derive(Debug, Default)]
pub struct Applied {
    /// What became of each entry, in their order.
    pub outcomes: Vec<Outcome>,
    /// A file that was added, and its unzipped and zipped bytes.
    pub added: Vec<After>,
}

/// What became of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What was done to it.
    pub effect: Effect,
    /// Whether it was made for the package, and is no part of what came in.
    pub made: bool,
    /// What it cost in the zip as it came, where that was weighed.
    pub zipped_bytes_before: Option<u64>,
    /// What it is in the new package, if it is there.
    pub after: Option<After>,
}

/// What was done to an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Kept,
    /// It went.
    Dropped,
    /// It was rewritten, in these steps.
    Rewritten(Vec<Change>),
    /// It has another path.
    Moved,
    /// It lies in an archive that was added.
    Enclosed,
}

/// One step of rewriting an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The rule that asked for it.
    pub rule: RuleIndex,
    /// The unzipped bytes that it saved; negative where the entry grew.
    pub saved_bytes: i64,
}

/// An entry of the new package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    /// Its path.
    pub path: EntryPath,
    /// Its unzipped size in bytes.
    pub size_bytes: u64,
    /// What it costs in the zip, headers included.
    pub zipped_bytes: u64,
}

/// Why a plan could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Something could not be read or written.
    #[error(transparent)]
    Archive(#[from] Error),
    /// A rule names a transform that nobody knows.
    #[error("rule `{rule}` names the transform `{name}`, which does not exist")]
    UnknownTransform {
        /// The rule.
        rule: String,
        /// The transform.
        name: String,
    },
    /// The collected licences have no place.
    #[error("the licences cannot be collected")]
    Licenses(#[source] PackageError),
}

/// Where the entries go.
pub struct Sinks<'a> {
    /// Takes every entry as it came, but for what was made for the package.
    pub before: &'a mut dyn Sink,
    /// Takes every entry that stays, sorted by path.
    pub after: &'a mut dyn Sink,
    /// Is told the unzipped bytes of each entry that is done.
    pub progress: &'a mut dyn FnMut(u64),
}

/// Carries `plan` out.
pub fn apply(
    input: &Input,
    plan: &Plan,
    options: &ApplyOptions<'_>,
    mut sinks: Sinks<'_>,
) -> Result<Applied, ApplyError> {
    let steps = Steps::new(input, plan, options)?;
    let mut outcomes = vec![None; plan.decided.len()];
    let mut added = Vec::new();
    let mut enclosed: Vec<(EntryId, After)> = Vec::new();
    in_order(
        steps.len(),
        options.threads.count,
        options.threads.budget_bytes,
        |index| steps.cost_bytes(index),
        || Compressor::new(options.compression),
        |compressor, index| steps.prepare(compressor, index),
        |index, mut prepared| {
            let made = steps.is_made(index);
            let after = sinks.take(&prepared, made)?;
            enclosed.append(&mut prepared.enclosed);
            match steps.source(index) {
                Source::Entry(id) => {
                    (sinks.progress)(input.package().entry(id).size_bytes());
                    outcomes[id.0] = Some(prepared.outcome(made, after));
                }
                Source::Licenses | Source::Archive(_) => added.extend(after),
            }
            Ok::<(), ApplyError>(())
        },
    )?;
    let outcome = |outcome: Option<Outcome>| outcome.expect("every entry has one step");
    let mut outcomes: Vec<Outcome> = outcomes.into_iter().map(outcome).collect();
    for (id, after) in enclosed {
        outcomes[id.0].after = Some(after);
    }
    Ok(Applied { outcomes, added })
}

/// What happens to these entries when `plan` is carried out; nothing is written.
pub fn effects_on(
    ids: &[EntryId],
    input: &Input,
    plan: &Plan,
    options: &ApplyOptions<'_>,
) -> Result<BTreeMap<EntryId, Effect>, ApplyError> {
    let steps = Steps::new(input, plan, options)?;
    let asked: BTreeSet<EntryId> = ids.iter().copied().collect();
    let entry = |index: usize| match steps.source(index) {
        Source::Entry(id) if asked.contains(&id) => Some((index, id)),
        _ => None,
    };
    let asked: Vec<(usize, EntryId)> = (0..steps.len()).filter_map(entry).collect();
    let mut effects = BTreeMap::new();
    in_order(
        asked.len(),
        options.threads.count,
        options.threads.budget_bytes,
        |place| steps.cost_bytes(asked[place].0),
        || Compressor::new(options.compression),
        |compressor, place| steps.prepare(compressor, asked[place].0),
        |place, prepared| {
            effects.insert(asked[place].1, prepared.effect);
            Ok::<(), ApplyError>(())
        },
    )?;
    Ok(effects)
}

impl Sinks<'_> {
    fn take(&mut self, prepared: &Prepared, made: bool) -> Result<Option<After>, Error> {
        if let Some(ready) = prepared.came.as_ref().filter(|_| !made) {
            self.before.accept(ready)?;
        }
        let stays = match &prepared.stays {
            Stays::No => None,
            Stays::AsItCame => prepared.came.as_ref(),
            Stays::Changed(ready) => Some(ready),
        };
        if let Some(ready) = stays {
            self.after.accept(ready)?;
        }
        Ok(stays.map(After::of))
    }
}

impl Prepared {
    fn outcome(self, made: bool, after: Option<After>) -> Outcome {
        let zipped_bytes_before = self.came.as_ref().map(ReadyEntry::zipped_bytes);
        Outcome {
            effect: self.effect,
            made,
            zipped_bytes_before,
            after,
        }
    }
}

impl After {
    fn of(ready: &ReadyEntry) -> Self {
        Self {
            path: ready.path.clone(),
            size_bytes: ready.size_bytes,
            zipped_bytes: ready.zipped_bytes(),
        }
    }
}
