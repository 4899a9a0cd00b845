use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use lambda_slim_archive::{Error, Input};
use lambda_slim_package::{
    Architecture, Entry, EntryId, EntryPath, LinkTarget, Package, PackageKind, Runtime,
};
use lambda_slim_rulepack::{
    Action, Conditions, Format, Level, Matcher, Rule, RuleIndex, RuleSet, Scope,
};

use crate::dependencies::{Dependencies, Dependency, DependencyId};
use crate::destinations::{destinations, twins};
use crate::detect::{self, Detected, Target};
use crate::evidence::{Evidences, Question};
use crate::language::{Language, Mark};
use crate::patterns::{PatternError, Patterns};
use crate::program::{self, Loadable, Program};
use crate::recognise;
use crate::trace::{self, TraceOrder, Traced};

/// What the input was recognised to be.
#[derive(Debug)]
pub struct Inventory {
    /// What the package is meant for.
    pub target: Target,
    /// The dependencies inside.
    pub dependencies: Vec<Dependency>,
    /// For each entry: the dependencies that it belongs to; none means it is the function's own.
    pub owners: Vec<Vec<DependencyId>>,
    /// For each entry: what it holds, where that was looked at.
    pub formats: Vec<Option<Format>>,
    /// For each entry: what it asks of the system, where it is machine code for Lambda's architectures.
    pub programs: Vec<Option<Program>>,
    /// What languages found out about single entries, in order.
    pub(crate) marks: BTreeSet<Mark>,
    /// The files of the handler.
    pub handler_files: Vec<EntryId>,
    /// What the user keeps.
    pub(crate) keep: Patterns,
    /// For each entry: the rules that take it by its path, its contents and the target.
    pub(crate) candidates: Vec<Vec<RuleIndex>>,
    /// For each entry: the path that rules would give it.
    pub(crate) destinations: Vec<Option<EntryPath>>,
    /// For each entry that rules would move: the file with equal bytes that has its new place already.
    pub(crate) twins: Vec<Option<EntryId>>,
    /// Which files code leads to.
    pub traced: Traced,
    /// What the code says.
    pub(crate) evidences: Evidences,
    /// What the target can load.
    pub(crate) loadable: Loadable,
}

impl Inventory {
    /// Whether another build of the thing at `path` is in the package, or may be, one that the target can load.
    pub fn may_have_loadable_twin(&self, path: &EntryPath) -> bool {
        self.loadable.has_twin(path) || self.loadable.has_neighbour(path)
    }

    /// The entries that a language marked with this name, in order.
    pub fn marked(&self, name: &str) -> impl Iterator<Item = EntryId> {
        let marks = self.marks.iter();
        marks
            .filter(move |mark| mark.name == name)
            .map(|mark| mark.entry)
    }

    /// Whether `path` says for which platform the file was built.
    pub fn names_platform(&self, path: &EntryPath) -> bool {
        self.loadable.names_platform(path)
    }
}

/// What the user said about the target and the work.
#[derive(Debug, Clone)]
pub struct Wishes {
    /// The run time, instead of what the files show.
    pub runtime: Option<Runtime>,
    /// The architecture, instead of what the files show.
    pub arch: Option<Architecture>,
    /// Function or layer.
    pub kind: PackageKind,
    /// The handler, as in the function's configuration.
    pub handler: Option<String>,
    /// What stays whatever rules say: paths, folders and globs.
    pub keep: Vec<String>,
    /// What level the rules may go to.
    pub level: Level,
    /// The AWS services that stay.
    pub services: Option<Vec<String>>,
    /// What rules may do beside that, by the words of `when.wish`.
    pub wished: Vec<&'static str>,
    /// How much to do at once.
    pub threads: Threads,
}

/// How many threads work, and how many bytes they may hold.
#[derive(Debug, Clone, Copy)]
pub struct Threads {
    /// Number of threads.
    pub count: NonZeroUsize,
    /// Bytes of file contents in memory at once; one file is always allowed.
    pub budget_bytes: u64,
}

/// What is known before any package is seen.
#[derive(Clone, Copy)]
pub struct Knowledge<'a> {
    /// The rules.
    pub rules: &'a RuleSet,
    /// Who knows languages and kinds of files.
    pub languages: &'a [&'a dyn Language],
}

/// Why the input could not be inspected.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// Something could not be read.
    #[error(transparent)]
    Archive(#[from] Error),
    /// A pattern is no glob. Rules were checked before, so it is one with a placeholder.
    #[error("a pattern is no glob once its placeholders are filled in")]
    Glob(#[from] globset::Error),
    /// A pattern of the user is no glob.
    #[error(transparent)]
    Pattern(#[from] PatternError),
}

/// Looks at the input: what it is meant for, which dependencies it holds, which of the `enabled` rules reach which
/// entries, and what the code says about them.
pub fn inspect(
    input: &Input,
    knowledge: Knowledge<'_>,
    wishes: &Wishes,
    enabled: impl Fn(&Rule) -> bool,
) -> Result<Inventory, InspectError> {
    let Knowledge { rules, languages } = knowledge;
    let package = input.package();
    let formats = recognise::formats(input, languages)?;
    let programs = program::programs(input, &formats, knowledge, wishes.threads)?;
    let dependencies = Dependencies::find(input, rules, languages)?;
    let mut target = target(package, rules, &formats, wishes);
    let marks = marks(input, languages)?;
    let candidates = |target: &Target| {
        let reach = Reach {
            input,
            kind: wishes.kind,
            rules,
            matcher: Matcher::new(rules, &conditions(target, wishes), &enabled)?,
            formats: &formats,
            programs: &programs,
            marks: &marks,
            dependencies: &dependencies,
        };
        Ok::<_, InspectError>(reach.candidates()?)
    };
    let candidates = settled(&mut target, wishes, &formats, rules, candidates)?;
    let destinations = destinations(package, rules, &candidates);
    let arch = target.arch.as_ref().map(|detected| detected.value);
    let loadable = Loadable::new(input, &formats, &programs, arch, &rules.platforms);
    let handler_files = handler_files(package, &destinations, wishes);
    let keep = Patterns::new(&wishes.keep)?;
    let kept = keep.met(package);
    let starts = (handler_files.as_slice(), &kept);
    let traced = traced(input, knowledge, wishes, &dependencies, starts, &candidates)?;
    let mut speakers = recognise::evidence_files(package, rules, &dependencies.owners)?;
    let is_silent = |id: &EntryId| traced.is_silent(*id, &candidates[id.0], rules);
    speakers.retain(|id| kept.contains(id) || !is_silent(id));
    let evidences = Evidences::gather(&Question {
        input,
        knowledge,
        candidates: &candidates,
        dependencies: &dependencies,
        programs: &programs,
        kept: &kept,
        speakers: &speakers,
        threads: wishes.threads,
    })?;
    Ok(Inventory {
        target,
        dependencies: dependencies.all,
        owners: dependencies.owners,
        formats,
        programs,
        marks,
        handler_files,
        keep,
        candidates,
        twins: twins(input, &destinations)?,
        destinations,
        traced,
        evidences,
        loadable,
    })
}

fn marks(input: &Input, languages: &[&dyn Language]) -> Result<BTreeSet<Mark>, Error> {
    let mut marks = BTreeSet::new();
    for language in languages {
        marks.extend(language.marks(input)?);
    }
    Ok(marks)
}

/// The files of the handler that was named.
fn handler_files(
    package: &Package,
    destinations: &[Option<EntryPath>],
    wishes: &Wishes,
) -> Vec<EntryId> {
    let handler = wishes.handler.iter();
    handler
        .flat_map(|handler| recognise::handler_files(package, destinations, handler))
        .collect()
}

/// What the languages that follow code reach from the files of the handler and those that the user keeps.
fn traced(
    input: &Input,
    knowledge: Knowledge<'_>,
    wishes: &Wishes,
    dependencies: &Dependencies,
    (handler_files, kept): (&[EntryId], &BTreeSet<EntryId>),
    candidates: &[Vec<RuleIndex>],
) -> Result<Traced, Error> {
    let order = TraceOrder {
        input,
        dependencies: &dependencies.all,
        owners: &dependencies.owners,
        handler_files,
        handler_named: wishes.handler.is_some(),
        starts: trace::starts(wishes),
        kept,
        questioned: &trace::questioned(knowledge.rules, candidates, kept),
        threads: wishes.threads,
    };
    Traced::find(&order, knowledge)
}

/// What the user said, or else what the files show.
fn target(
    package: &Package,
    rules: &RuleSet,
    formats: &[Option<Format>],
    wishes: &Wishes,
) -> Target {
    let runtime = wishes.runtime.clone().map(Detected::stated);
    let arch = wishes.arch.map(Detected::stated);
    Target {
        runtime: runtime.or_else(|| detect::runtime(package, &rules.signs)),
        arch: arch.or_else(|| detect::arch(formats)),
        kind: wishes.kind,
    }
}

fn conditions(target: &Target, wishes: &Wishes) -> Conditions {
    Conditions {
        level: wishes.level,
        runtime: target
            .runtime
            .as_ref()
            .map(|detected| detected.value.clone()),
        arch: target.arch.as_ref().map(|detected| detected.value),
        kind: wishes.kind,
        ruby_version: target
            .runtime
            .as_ref()
            .and_then(|detected| detected.value.ruby_version())
            .map(str::to_owned),
        services: wishes.services.clone(),
        wished: wishes.wished.clone(),
    }
}

/// How much of a file is read for rules that ask for a text: what they look for stands in small files.
const TEXT_AT_MOST_BYTES: usize = 64 << 10;

/// The rules for each entry, once the processor is one that what stays tells.
fn settled(
    target: &mut Target,
    wishes: &Wishes,
    formats: &[Option<Format>],
    rules: &RuleSet,
    candidates: impl Fn(&Target) -> Result<Vec<Vec<RuleIndex>>, InspectError>,
) -> Result<Vec<Vec<RuleIndex>>, InspectError> {
    let found = candidates(target)?;
    if wishes.arch.is_some() {
        return Ok(found);
    }
    let arch = detect::arch(&of_what_stays(formats, &found, rules));
    if target.arch == arch {
        return Ok(found);
    }
    target.arch = arch;
    candidates(target)
}

/// The formats of all but what a rule is certain to take, whatever the processor: a build tool in `node_modules` was made
/// for the machine that builds.
fn of_what_stays(
    formats: &[Option<Format>],
    candidates: &[Vec<RuleIndex>],
    rules: &RuleSet,
) -> Vec<Option<Format>> {
    let is_certain = |index: &RuleIndex| {
        let rule = &rules.rules[index.0];
        rule.action == Action::Drop && rule.unless.is_empty() && rule.when.arch.is_empty()
    };
    let both = formats.iter().zip(candidates);
    both.map(|(format, rules)| format.filter(|_| !rules.iter().any(is_certain)))
        .collect()
}

/// Which rules reach which entries.
struct Reach<'a> {
    input: &'a Input,
    kind: PackageKind,
    rules: &'a RuleSet,
    matcher: Matcher,
    formats: &'a [Option<Format>],
    programs: &'a [Option<Program>],
    marks: &'a BTreeSet<Mark>,
    dependencies: &'a Dependencies,
}

impl Reach<'_> {
    /// For each entry the rules that take it, before evidence is asked.
    fn candidates(&self) -> Result<Vec<Vec<RuleIndex>>, Error> {
        self.input
            .package()
            .iter()
            .map(|(id, entry)| self.of_entry(id, entry))
            .collect()
    }

    fn of_entry(&self, id: EntryId, entry: &Entry) -> Result<Vec<RuleIndex>, Error> {
        let mut found = Vec::new();
        let owners = &self.dependencies.owners[id.0];
        if owners.is_empty() {
            self.matcher
                .matches(Scope::OwnFiles, entry.path.as_str(), &mut found);
        }
        self.matcher
            .matches(Scope::Package, entry.path.as_str(), &mut found);
        found.retain(|index| self.rule(*index).when.package.is_empty());
        for owner in owners {
            found.extend(self.of_owner(entry, &self.dependencies.all[owner.0]));
        }
        found.retain(|index| self.holds(self.rule(*index), id, entry));
        found.sort_unstable();
        found.dedup();
        self.ask_text(id, &mut found)?;
        Ok(found)
    }

    /// Takes out the rules whose text does not stand in the file; it is read for them alone.
    fn ask_text(&self, id: EntryId, found: &mut Vec<RuleIndex>) -> Result<(), Error> {
        let wanted = |index: &RuleIndex| self.rule(*index).when.text.as_ref();
        if !found.iter().any(|index| wanted(index).is_some()) {
            return Ok(());
        }
        let text = self.input.read_head(id, TEXT_AT_MOST_BYTES)?;
        found.retain(|index| wanted(index).is_none_or(|wanted| wanted.stands_in(&text)));
        Ok(())
    }

    /// The rules whose patterns start where `owner` lies.
    fn of_owner(&self, entry: &Entry, owner: &Dependency) -> Vec<RuleIndex> {
        let mut found = Vec::new();
        self.matcher
            .matches(owner.scope, owner.inner_path(&entry.path), &mut found);
        found.retain(|index| {
            let names = &self.rule(*index).when.package;
            names.is_empty() || names.iter().any(|name| owner.is(owner.scope, name))
        });
        found
    }

    /// Whether what the rule asks of the entry itself is so.
    fn holds(&self, rule: &Rule, id: EntryId, entry: &Entry) -> bool {
        let wanted = &rule.when.format;
        let format = self.formats[id.0];
        let format_fits =
            wanted.is_empty() || format.is_some_and(|format| wanted.contains(&format));
        let dangles = || {
            let target = self.input.package().resolve_link(entry);
            let is_function = self.kind == PackageKind::Function;
            target == LinkTarget::Dangling || (is_function && target == LinkTarget::Above)
        };
        let needs = &rule.when.needs;
        let program = self.programs[id.0].as_ref();
        let needs_fit =
            needs.is_empty() || program.is_some_and(|program| program.first_need(needs).is_some());
        let is_marked = |wanted: &String| {
            let mut marks = marks_of(self.marks, id);
            marks.any(|mark| mark.name == wanted)
        };
        let marks_fit = rule.when.mark.is_empty() || rule.when.mark.iter().any(is_marked);
        format_fits && needs_fit && marks_fit && (!rule.when.dangling_link || dangles())
    }

    fn rule(&self, index: RuleIndex) -> &Rule {
        &self.rules.rules[index.0]
    }
}

/// What was found out about one entry.
pub(crate) fn marks_of(marks: &BTreeSet<Mark>, entry: EntryId) -> impl Iterator<Item = &Mark> {
    let first = Mark { entry, name: "" };
    marks
        .range(first..)
        .take_while(move |mark| mark.entry == entry)
}
