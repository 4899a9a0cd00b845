use lambda_slim_archive::{Compression, Compressor, Input, Method, ReadyEntry};
use lambda_slim_package::{Entry, EntryId, EntryKind, EntryPath, FileMode, Package, PackageError};
use lambda_slim_rulepack::{Action, Rule, RuleIndex};

use crate::apply::{ApplyError, ApplyOptions, Effect};
use crate::language::Transform;
use crate::plan::{Decided, Decision, Plan};

/// The file that `--licenses collect` writes.
const COLLECTED_LICENSES: &str = "THIRD_PARTY_LICENSES";

/// All steps, in the order in which the new package is written.
pub(crate) struct Steps<'a> {
    input: &'a Input,
    package: &'a Package,
    plan: &'a Plan,
    options: &'a ApplyOptions<'a>,
    /// For each rule with a transform: the code.
    transforms: Vec<Option<Transform>>,
    all: Vec<Step>,
}

struct Step {
    source: Source,
    /// Where it stands in the new package; for an entry that goes, where it stood.
    path: EntryPath,
}

#[derive(Clone, Copy)]
pub(crate) enum Source {
    Entry(EntryId),
    Licenses,
}

/// One step, ready for the sinks.
pub(crate) struct Prepared {
    pub(crate) came: Option<ReadyEntry>,
    pub(crate) stays: Stays,
    pub(crate) effect: Effect,
}

pub(crate) enum Stays {
    No,
    AsItCame,
    Changed(ReadyEntry),
}

impl<'a> Steps<'a> {
    /// One step for each entry, and one for what is added.
    pub(crate) fn new(
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
            all: steps,
        })
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// Where the bytes of a step come from.
    pub(crate) fn source(&self, index: usize) -> Source {
        self.all[index].source
    }

    /// How many bytes of contents a step holds in memory.
    pub(crate) fn cost_bytes(&self, index: usize) -> u64 {
        match self.all[index].source {
            Source::Entry(id) => self.package.entry(id).size_bytes(),
            Source::Licenses => 0,
        }
    }

    /// Reads, rewrites and compresses what one step is about.
    pub(crate) fn prepare(
        &self,
        compressor: &mut Compressor,
        index: usize,
    ) -> Result<Prepared, ApplyError> {
        let step = &self.all[index];
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
