use std::collections::BTreeMap;
use std::sync::Arc;

use lambda_slim_archive::{
    Compression, Compressor, Digest, Finding, Input, JarStorage, Method, ReadyEntry, ReadyKind,
    jar_of, jar_stored,
};
use lambda_slim_package::{Entry, EntryId, EntryKind, EntryPath, FileMode, Package, PackageError};
use lambda_slim_rulepack::{Action, Rule, RuleIndex};

use crate::apply::{After, ApplyError, ApplyOptions, Change, Effect};
use crate::language::{Language, Rewriter, Transform};
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
    transforms: Vec<Option<Work<'a>>>,
    /// What goes into each archive that is added, in the order of their paths.
    archives: Vec<Vec<EntryId>>,
    all: Vec<Step>,
}

/// How a rule rewrites.
#[derive(Clone, Copy)]
enum Work<'a> {
    /// For bytes: what is not smaller is thrown away.
    Shrink(Transform),
    /// For something else.
    Rewrite(&'a dyn Rewriter),
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
    Archive(usize),
}

/// One step, ready for the sinks.
pub(crate) struct Prepared {
    pub(crate) came: Option<ReadyEntry>,
    pub(crate) stays: Stays,
    pub(crate) effect: Effect,
    /// What became of the entries of an archive.
    pub(crate) enclosed: Vec<(EntryId, After)>,
}

impl Prepared {
    fn new(came: Option<ReadyEntry>, stays: Stays, effect: Effect) -> Self {
        Self {
            came,
            stays,
            effect,
            enclosed: Vec::new(),
        }
    }
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
        let mut archives: BTreeMap<&EntryPath, Vec<EntryId>> = BTreeMap::new();
        for ((id, _), decided) in package.iter().zip(&plan.decided) {
            if let Decision::Enclose(archive) = &decided.decision {
                archives.entry(archive).or_default().push(id);
            }
        }
        for (number, path) in archives.keys().enumerate() {
            steps.push(Step {
                source: Source::Archive(number),
                path: (*path).clone(),
            });
        }
        let archives = archives.into_values().collect();
        steps.sort_by(|a, b| a.path.cmp(&b.path));
        let transforms = transforms(options)?;
        Ok(Self {
            input,
            package,
            plan,
            options,
            transforms,
            archives,
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

    /// Whether it is about an entry that was made for the package.
    pub(crate) fn is_made(&self, index: usize) -> bool {
        let original = self.input.original().package();
        match self.all[index].source {
            Source::Entry(id) => original.find(&self.package.entry(id).path).is_none(),
            Source::Licenses | Source::Archive(_) => true,
        }
    }

    /// How many bytes of contents a step holds in memory.
    pub(crate) fn cost_bytes(&self, index: usize) -> u64 {
        match self.all[index].source {
            Source::Entry(id) => self.package.entry(id).size_bytes(),
            Source::Licenses => 0,
            Source::Archive(number) => {
                let size_bytes = |id: &EntryId| self.package.entry(*id).size_bytes();
                self.archives[number].iter().map(size_bytes).sum()
            }
        }
    }

    /// Reads, rewrites and compresses what one step is about.
    pub(crate) fn prepare(
        &self,
        compressor: &mut Compressor,
        index: usize,
    ) -> Result<Prepared, ApplyError> {
        let path = &self.all[index].path;
        match self.all[index].source {
            Source::Entry(id) => self.entry(compressor, id),
            Source::Licenses => {
                let contents = self.collected_licenses()?;
                Ok(added(path, contents, compressor))
            }
            Source::Archive(number) => self.archive(compressor, path, number),
        }
    }

    fn entry(&self, compressor: &mut Compressor, id: EntryId) -> Result<Prepared, ApplyError> {
        let (stays, effect) = match &self.plan.decided[id.0].decision {
            Decision::Rewrite { rules, path } => return self.rewrite(compressor, id, rules, path),
            Decision::Keep => (Stays::AsItCame, Effect::Kept),
            Decision::Drop | Decision::Collect => (Stays::No, Effect::Dropped),
            Decision::Enclose(_) => (Stays::No, Effect::Enclosed),
            Decision::Move(path) => {
                let came = self.as_it_came(compressor, id)?;
                let stays = Stays::Changed(at(path, &came));
                return Ok(Prepared::new(Some(came), stays, Effect::Moved));
            }
        };
        let wanted = matches!(stays, Stays::AsItCame) || self.options.weigh_dropped;
        let came = wanted
            .then(|| self.as_it_came(compressor, id))
            .transpose()?;
        Ok(Prepared::new(came, stays, effect))
    }

    /// The jar of all entries that go into it, and what each costs there.
    fn archive(
        &self,
        compressor: &mut Compressor,
        path: &EntryPath,
        number: usize,
    ) -> Result<Prepared, ApplyError> {
        let ids = &self.archives[number];
        let entries = ids.iter().map(|id| self.as_it_came(compressor, *id));
        let entries = entries.collect::<Result<Vec<ReadyEntry>, _>>()?;
        let cost = |(id, entry): (&EntryId, &ReadyEntry)| {
            let zipped_bytes = entry.zipped_bytes();
            let after = After {
                path: path.clone(),
                size_bytes: zipped_bytes,
                zipped_bytes,
            };
            (*id, after)
        };
        let enclosed = ids.iter().zip(&entries).map(cost).collect();
        let jar = jar_of(&entries)?;
        let stored = match self.options.jar_storage {
            JarStorage::Deflated => None,
            JarStorage::Stored => jar_stored(&jar),
        };
        let prepared = added(path, stored.unwrap_or(jar), compressor);
        Ok(Prepared {
            enclosed,
            ..prepared
        })
    }

    fn rewrite(
        &self,
        compressor: &mut Compressor,
        id: EntryId,
        rules: &[RuleIndex],
        path: &EntryPath,
    ) -> Result<Prepared, ApplyError> {
        let entry = self.package.entry(id);
        let new_path = self.plan.decided[id.0].new_path.as_ref();
        let (rewritten, original) = self.rewritten(compressor, id, rules)?;
        let came = match self.taken_over(id)? {
            Some(ready) => ready,
            None => self.compressed(compressor, id, original)?,
        };
        let Some(packed) = &rewritten.packed else {
            let (stays, effect) = match new_path {
                Some(path) => (Stays::Changed(at(path, &came)), Effect::Moved),
                None => (Stays::AsItCame, Effect::Kept),
            };
            return Ok(Prepared::new(Some(came), stays, effect));
        };
        let changes = rewritten.changes.iter();
        let worked: Vec<Change> = changes
            .map(|(place, saved_bytes)| Change {
                rule: rules[*place],
                saved_bytes: *saved_bytes,
            })
            .collect();
        let is_renamed = worked.iter().any(|change| self.renames(change.rule));
        let path = if is_renamed { path } else { &entry.path };
        let mut ready = at(new_path.unwrap_or(path), packed);
        ready.kind = ReadyKind::File(entry.mode());
        ready.modified = came.modified;
        let effect = Effect::Rewritten(worked);
        Ok(Prepared::new(Some(came), Stays::Changed(ready), effect))
    }

    /// What the transforms of `rules` make of an entry, and its contents where they had to be read for that.
    fn rewritten(
        &self,
        compressor: &mut Compressor,
        id: EntryId,
        rules: &[RuleIndex],
    ) -> Result<(Arc<Rewritten>, Option<Vec<u8>>), ApplyError> {
        let works = rules.iter().map(|rule| {
            let work = self.transforms[rule.0];
            work.expect("every transform was looked up")
        });
        let works: Vec<Work<'_>> = works.collect();
        let path = &self.package.entry(id).path;
        let mut read = None;
        let mut make = |compressor: &mut Compressor, original: Vec<u8>| {
            let made = Rewritten::new(self.input, id, &works, &original);
            read = Some(original);
            made.packed(path, compressor)
        };
        // A look at the package around a file is no question that another package could ask.
        if works.iter().any(|work| matches!(work, Work::Rewrite(_))) {
            let made = make(compressor, self.input.read(id)?);
            return Ok((Arc::new(made), read));
        }
        let settings = compressor.settings();
        let question = || {
            let names = rules
                .iter()
                .map(|rule| self.transform_name(*rule).as_bytes());
            Digest::of_all(names.chain([settings.0.as_slice()]))
        };
        let made = self
            .input
            .finding(id, question, |original| make(compressor, original))?;
        Ok((made, read))
    }

    fn transform_name(&self, rule: RuleIndex) -> &str {
        match &self.options.knowledge.rules.rules[rule.0].action {
            Action::Transform { name, .. } => name,
            _ => "",
        }
    }

    fn renames(&self, rule: RuleIndex) -> bool {
        let rule = &self.options.knowledge.rules.rules[rule.0];
        rule.action.renames()
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
            None => self.compressed(compressor, id, None),
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
        read: Option<Vec<u8>>,
    ) -> Result<ReadyEntry, ApplyError> {
        let mut ready = self.input.compressed(id, read, compressor)?;
        ready.modified = self.input.modified(id);
        Ok(ready)
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

/// What transforms made of a file.
struct Rewritten {
    /// Which of them did something, and the bytes that it saved.
    changes: Vec<(usize, i64)>,
    contents: Option<Vec<u8>>,
    /// The new contents, compressed, at whatever path was asked first.
    packed: Option<ReadyEntry>,
}

impl Finding for Rewritten {
    fn held_bytes(&self) -> u64 {
        let packed = self.packed.as_ref();
        packed.map_or(0, |packed| packed.stream.len() as u64)
    }
}

impl Rewritten {
    fn new(input: &Input, id: EntryId, works: &[Work<'_>], original: &[u8]) -> Self {
        let mut contents: Option<Vec<u8>> = None;
        let mut changes = Vec::new();
        for (place, work) in works.iter().enumerate() {
            let current = contents.as_deref().unwrap_or(original);
            let new = match work {
                Work::Shrink(transform) => {
                    transform(current).filter(|new| new.len() < current.len())
                }
                Work::Rewrite(rewriter) => rewriter
                    .rewrite(input, id, current)
                    .filter(|new| new != current),
            };
            if let Some(new) = new {
                changes.push((place, current.len() as i64 - new.len() as i64));
                contents = Some(new);
            }
        }
        Self {
            changes,
            contents,
            packed: None,
        }
    }

    fn packed(mut self, path: &EntryPath, compressor: &mut Compressor) -> Self {
        let contents = self.contents.take();
        self.packed = contents.map(|contents| {
            ReadyEntry::file(path.clone(), FileMode::Regular, contents, compressor)
        });
        self
    }
}

/// A file that was not there before.
fn added(path: &EntryPath, contents: Vec<u8>, compressor: &mut Compressor) -> Prepared {
    let ready = ReadyEntry::file(path.clone(), FileMode::Regular, contents, compressor);
    Prepared::new(None, Stays::Changed(ready), Effect::Kept)
}

/// The same entry at another path.
fn at(path: &EntryPath, entry: &ReadyEntry) -> ReadyEntry {
    ReadyEntry {
        path: path.clone(),
        ..entry.clone()
    }
}

fn transforms<'a>(options: &ApplyOptions<'a>) -> Result<Vec<Option<Work<'a>>>, ApplyError> {
    let find = |rule: &Rule| {
        let Action::Transform { name, .. } = &rule.action else {
            return Ok(None);
        };
        let found = options
            .knowledge
            .languages
            .iter()
            .find_map(|language| work(*language, name));
        found.map(Some).ok_or_else(|| ApplyError::UnknownTransform {
            rule: rule.id.to_string(),
            name: name.clone(),
        })
    };
    options.knowledge.rules.rules.iter().map(find).collect()
}

fn work<'a>(language: &'a dyn Language, name: &str) -> Option<Work<'a>> {
    let shrink = language.transform(name).map(Work::Shrink);
    shrink.or_else(|| language.rewriter(name).map(Work::Rewrite))
}
