use lambda_slim_archive::{
    Compression, Compressor, Error, Input, Method, ReadyEntry, Sink, in_order,
};
use lambda_slim_package::{Entry, EntryId, EntryKind, EntryPath, FileMode, Package, PackageError};
use lambda_slim_rulepack::{Action, Rule, RuleIndex};

use crate::inventory::{Knowledge, Threads};
use crate::language::Transform;
use crate::plan::{Decided, Decision, Plan};

/// The file that `--licenses collect` writes.
const COLLECTED_LICENSES: &str = "THIRD_PARTY_LICENSES";

/// How a plan is carried out.
pub struct ApplyOptions<'a> {
    /// The rules that the plan speaks of, and who knows the transforms.
    pub knowledge: Knowledge<'a>,
    /// How hard to compress.
    pub compression: Compression,
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
    /// These rules rewrote it.
    Rewritten(Vec<RuleIndex>),
    /// It has another path.
    Moved,
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
    /// Takes every entry as it came.
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
    let work = Work::new(input, plan, options)?;
    let mut outcomes = vec![None; plan.decided.len()];
    let mut added = Vec::new();
    in_order(
        work.steps.len(),
        options.threads.count,
        options.threads.budget_bytes,
        |index| work.cost_bytes(index),
        || Compressor::new(options.compression),
        |compressor, index| work.prepare(compressor, &work.steps[index]),
        |index, prepared| {
            let after = sinks.take(&prepared)?;
            match work.steps[index].source {
                Source::Entry(id) => {
                    (sinks.progress)(input.package().entry(id).size_bytes());
                    outcomes[id.0] = Some(prepared.outcome(after));
                }
                Source::Licenses => added.extend(after),
            }
            Ok::<(), ApplyError>(())
        },
    )?;
    let outcome = |outcome: Option<Outcome>| outcome.expect("every entry has one step");
    Ok(Applied {
        outcomes: outcomes.into_iter().map(outcome).collect(),
        added,
    })
}

impl Sinks<'_> {
    fn take(&mut self, prepared: &Prepared) -> Result<Option<After>, Error> {
        if let Some(ready) = &prepared.came {
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
    fn outcome(self, after: Option<After>) -> Outcome {
        let zipped_bytes_before = self.came.as_ref().map(ReadyEntry::zipped_bytes);
        Outcome {
            effect: self.effect,
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

/// All steps, in the order in which the new package is written.
struct Work<'a> {
    input: &'a Input,
    package: &'a Package,
    plan: &'a Plan,
    options: &'a ApplyOptions<'a>,
    /// For each rule with a transform: the code.
    transforms: Vec<Option<Transform>>,
    steps: Vec<Step>,
}

struct Step {
    source: Source,
    /// Where it stands in the new package; for an entry that goes, where it stood.
    path: EntryPath,
}

#[derive(Clone, Copy)]
enum Source {
    Entry(EntryId),
    Licenses,
}

/// One step, ready for the sinks.
struct Prepared {
    came: Option<ReadyEntry>,
    stays: Stays,
    effect: Effect,
}

enum Stays {
    No,
    AsItCame,
    Changed(ReadyEntry),
}

impl<'a> Work<'a> {
    fn new(
        input: &'a Input,
        plan: &'a Plan,
        options: &'a ApplyOptions<'a>,
    ) -> Result<Self, ApplyError> {
        let package = input.package();
        let entry_step = |((id, entry), decided): ((EntryId, &Entry), &Decided)| Step {
            source: Source::Entry(id),
            path: decided.destination(entry).unwrap_or(&entry.path).clone(),
        };
        let mut steps: Vec<Step> = package.iter().zip(&plan.decided).map(entry_step).collect();
        if plan
            .decided
            .iter()
            .any(|decided| decided.decision == Decision::Collect)
        {
            let path = EntryPath::new(COLLECTED_LICENSES).expect("a constant that is a path");
            if package.find(&path).is_some() {
                return Err(ApplyError::Licenses(PackageError::Duplicate(path)));
            }
            steps.push(Step {
                source: Source::Licenses,
                path,
            });
        }
        steps.sort_by(|a, b| a.path.cmp(&b.path));
        let transforms = transforms(options)?;
        Ok(Self {
            input,
            package,
            plan,
            options,
            transforms,
            steps,
        })
    }

    fn cost_bytes(&self, index: usize) -> u64 {
        match self.steps[index].source {
            Source::Entry(id) => self.package.entry(id).size_bytes(),
            Source::Licenses => 0,
        }
    }

    fn prepare(&self, compressor: &mut Compressor, step: &Step) -> Result<Prepared, ApplyError> {
        let Source::Entry(id) = step.source else {
            let contents = self.collected_licenses()?;
            let ready =
                ReadyEntry::file(step.path.clone(), FileMode::Regular, contents, compressor);
            return Ok(Prepared {
                came: None,
                stays: Stays::Changed(ready),
                effect: Effect::Kept,
            });
        };
        let entry = self.package.entry(id);
        let decided = &self.plan.decided[id.0];
        match &decided.decision {
            Decision::Keep => {
                let came = Some(self.as_it_came(compressor, id)?);
                Ok(Prepared {
                    came,
                    stays: Stays::AsItCame,
                    effect: Effect::Kept,
                })
            }
            Decision::Drop | Decision::Collect => {
                let weigh = self.options.weigh_dropped;
                let came = weigh.then(|| self.as_it_came(compressor, id)).transpose()?;
                Ok(Prepared {
                    came,
                    stays: Stays::No,
                    effect: Effect::Dropped,
                })
            }
            Decision::Move(path) => {
                let came = self.as_it_came(compressor, id)?;
                let moved = ReadyEntry {
                    path: path.clone(),
                    ..came.clone()
                };
                Ok(Prepared {
                    came: Some(came),
                    stays: Stays::Changed(moved),
                    effect: Effect::Moved,
                })
            }
            Decision::Rewrite(rules) => self.rewrite(compressor, id, entry, rules),
        }
    }

    fn rewrite(
        &self,
        compressor: &mut Compressor,
        id: EntryId,
        entry: &Entry,
        rules: &[RuleIndex],
    ) -> Result<Prepared, ApplyError> {
        let original = self.input.read(id)?;
        let mut rewritten: Option<Vec<u8>> = None;
        let mut worked = Vec::new();
        for rule in rules {
            let transform = self.transforms[rule.0].expect("every transform was looked up");
            let current = rewritten.as_deref().unwrap_or(&original);
            if let Some(smaller) = transform(current).filter(|new| new.len() < current.len()) {
                rewritten = Some(smaller);
                worked.push(*rule);
            }
        }
        let came = match self.taken_over(id)? {
            Some(ready) => ready,
            None => self.compressed(compressor, id, original),
        };
        let Some(contents) = rewritten else {
            return Ok(Prepared {
                came: Some(came),
                stays: Stays::AsItCame,
                effect: Effect::Kept,
            });
        };
        let mut ready = ReadyEntry::file(entry.path.clone(), mode(entry), contents, compressor);
        ready.modified = came.modified;
        Ok(Prepared {
            came: Some(came),
            stays: Stays::Changed(ready),
            effect: Effect::Rewritten(worked),
        })
    }

    /// The entry as it came, compressed.
    fn as_it_came(
        &self,
        compressor: &mut Compressor,
        id: EntryId,
    ) -> Result<ReadyEntry, ApplyError> {
        let entry = self.package.entry(id);
        if let EntryKind::Symlink { target } = &entry.kind {
            return Ok(ReadyEntry::symlink(entry.path.clone(), target));
        }
        match self.taken_over(id)? {
            Some(ready) => Ok(ready),
            None => Ok(self.compressed(compressor, id, self.input.read(id)?)),
        }
    }

    /// The compressed bytes of a zip that came in, where they are good enough for the wanted compression.
    fn taken_over(&self, id: EntryId) -> Result<Option<ReadyEntry>, ApplyError> {
        if self.options.compression == Compression::Best {
            return Ok(None);
        }
        Ok(self
            .input
            .ready(id)?
            .filter(|ready| ready.method == Method::Deflated))
    }

    fn compressed(
        &self,
        compressor: &mut Compressor,
        id: EntryId,
        contents: Vec<u8>,
    ) -> ReadyEntry {
        let entry = self.package.entry(id);
        let mut ready = ReadyEntry::file(entry.path.clone(), mode(entry), contents, compressor);
        ready.modified = self.input.modified(id);
        ready
    }

    /// The texts of all collected licences, one after the other, each under the paths that it came from.
    fn collected_licenses(&self) -> Result<Vec<u8>, ApplyError> {
        let mut texts: Vec<(Vec<u8>, Vec<&str>)> = Vec::new();
        for ((id, entry), decided) in self.package.iter().zip(&self.plan.decided) {
            if decided.decision != Decision::Collect {
                continue;
            }
            let text = self.input.read(id)?;
            match texts.iter_mut().find(|(known, _)| *known == text) {
                Some((_, paths)) => paths.push(entry.path.as_str()),
                None => texts.push((text, vec![entry.path.as_str()])),
            }
        }
        let mut all = Vec::new();
        for (text, paths) in texts {
            all.extend_from_slice(paths.join("\n").as_bytes());
            all.extend_from_slice(b"\n\n");
            all.extend_from_slice(text.trim_ascii());
            all.extend_from_slice(b"\n\n----------------------------------------\n\n");
        }
        Ok(all)
    }
}

fn mode(entry: &Entry) -> FileMode {
    match entry.kind {
        EntryKind::File { mode, .. } => mode,
        EntryKind::Symlink { .. } => FileMode::Regular,
    }
}

fn transforms(options: &ApplyOptions<'_>) -> Result<Vec<Option<Transform>>, ApplyError> {
    let find = |rule: &Rule| {
        let Action::Transform(name) = &rule.action else {
            return Ok(None);
        };
        let found = options
            .knowledge
            .languages
            .iter()
            .find_map(|language| language.transform(name));
        found.map(Some).ok_or_else(|| ApplyError::UnknownTransform {
            rule: rule.id.to_string(),
            name: name.clone(),
        })
    };
    options.knowledge.rules.rules.iter().map(find).collect()
}
