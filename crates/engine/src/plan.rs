use std::collections::{BTreeMap, BTreeSet};

use lambda_slim_package::{Entry, EntryId, EntryPath, LinkTarget, Package};
use lambda_slim_rulepack::{Action, Evidence, RuleIndex, RuleSet};

use crate::destinations::moved;
use crate::evidence::Subject;
use crate::inventory::{Inventory, marks_of};
use crate::patterns::{PatternError, Patterns};

/// One decision for each entry of the package, in their order. Nothing here touches the disk.
///
/// Who wins: what the user keeps > protection > rules that keep > what the user drops > rules that drop > rewrite or
/// move. Whoever lost is noted, so that the whole story of a file can be told.
#[derive(Debug, Default)]
pub struct Plan {
    /// The decisions, one per entry.
    pub decided: Vec<Decided>,
    /// The user's patterns that met no file.
    pub idle_patterns: Vec<String>,
}

/// What happens to one entry, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// What happens.
    pub decision: Decision,
    /// Why; `None` for an entry that nobody spoke of.
    pub cause: Option<Cause>,
    /// The path that an entry gets besides being rewritten.
    pub new_path: Option<EntryPath>,
    /// Rules that wanted something else.
    pub overruled: Vec<Overruled>,
    /// Rules that have advice about it.
    pub advice: Vec<RuleIndex>,
}

/// What happens to an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It stays as it is.
    Keep,
    /// It goes.
    Drop,
    /// It goes, and its text is collected into one file with the other licences.
    Collect,
    /// The transforms of these rules rewrite it, one after the other.
    Rewrite {
        /// The rules.
        rules: Vec<RuleIndex>,
        /// Its path, if the first of them that renames it works.
        path: EntryPath,
    },
    /// It gets this path.
    Move(EntryPath),
    /// It goes into the archive of this path, with all others that name it.
    Enclose(EntryPath),
}

/// Why an entry got its decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The user's `--keep` pattern.
    UserKeep(String),
    /// The user's `--drop` pattern.
    UserDrop(String),
    /// It holds the handler.
    Handler,
    /// A symbolic link that stays points at it.
    LinkedFrom(EntryPath),
    /// This rule.
    Rule(RuleIndex),
    /// `--symlinks strip`.
    SymlinksStrip,
}

/// A rule that lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overruled {
    /// Which rule.
    pub rule: RuleIndex,
    /// What it lost against.
    pub by: Saviour,
}

/// What a rule lost against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saviour {
    /// Evidence in the package that the rule itself respects.
    Evidence(Evidence),
    /// The cause of the decision.
    Decision,
}

/// What happens to licence texts of dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Licenses {
    /// They stay.
    #[default]
    Keep,
    /// They are joined into one file.
    Collect,
    /// They go.
    Drop,
}

/// What happens to symbolic links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Symlinks {
    /// Rules decide: links that resolve inside the package stay.
    #[default]
    Auto,
    /// All stay.
    Keep,
    /// All go.
    Strip,
}

/// What the user chose.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    /// Globs over whole paths that go.
    pub drop: Vec<String>,
    /// What happens to licence texts.
    pub licenses: Licenses,
    /// What happens to symbolic links.
    pub symlinks: Symlinks,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// A pattern of the user is no glob.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// Nothing would be left.
    #[error("every one of the {0} files would go; an empty package cannot be deployed")]
    NothingLeft(usize),
    /// Two entries would get one path.
    #[error("`{first}` and `{second}` would both become `{path}`")]
    Collision {
        /// The one that comes first.
        first: EntryPath,
        /// The other.
        second: EntryPath,
        /// The path that both would get.
        path: EntryPath,
    },
    /// A path would be a file and also a folder.
    #[error("`{entry}` cannot become `{path}`: `{file}` is a file, not a folder")]
    FileAndFolder {
        /// The entry that needs the folder.
        entry: EntryPath,
        /// The path that it would get.
        path: EntryPath,
        /// The file that is in the way.
        file: EntryPath,
    },
}

/// Decides about every entry.
pub fn decide(
    package: &Package,
    inventory: &Inventory,
    rules: &RuleSet,
    choices: &Choices,
) -> Result<Plan, PlanError> {
    let (keep, drop) = (&inventory.keep, Patterns::new(&choices.drop)?);
    let judge = Judge {
        package,
        inventory,
        rules,
        choices,
        keep,
        drop: &drop,
    };
    let mut decided: Vec<Decided> = package
        .iter()
        .map(|(id, entry)| judge.decide(id, entry))
        .collect();
    protect_link_targets(package, &mut decided);
    part_from_lost_twins(package, inventory, &mut decided);
    check_destinations(package, &decided)?;
    if !decided.iter().any(Decided::stays) {
        return Err(PlanError::NothingLeft(package.len()));
    }
    Ok(Plan {
        decided,
        idle_patterns: [keep.idle(package), drop.idle(package)].concat(),
    })
}

struct Judge<'a> {
    package: &'a Package,
    inventory: &'a Inventory,
    rules: &'a RuleSet,
    choices: &'a Choices,
    keep: &'a Patterns,
    drop: &'a Patterns,
}

/// The rules that reach one entry, by what they want.
#[derive(Default)]
struct Voices {
    keep: Vec<RuleIndex>,
    drop: Vec<RuleIndex>,
    collect: Vec<RuleIndex>,
    rewrite: Vec<RuleIndex>,
    advice: Vec<RuleIndex>,
    moves: Vec<(RuleIndex, EntryPath)>,
    encloses: Vec<(RuleIndex, EntryPath)>,
    silenced: Vec<Overruled>,
}

impl Judge<'_> {
    fn decide(&self, id: EntryId, entry: &Entry) -> Decided {
        let voices = self.voices(id, entry);
        let (decision, mut cause) = self.verdict(id, entry, &voices);
        let mut new_path = None;
        if let (Decision::Rewrite { .. }, Some((rule, path))) = (&decision, voices.moves.first()) {
            new_path = Some(path.clone());
            cause = Some(Cause::Rule(*rule));
        }
        let mut overruled = voices.lost(&decision, cause.as_ref());
        overruled.extend(voices.silenced);
        Decided {
            decision,
            cause,
            new_path,
            overruled,
            advice: voices.advice,
        }
    }

    fn verdict(&self, id: EntryId, entry: &Entry, voices: &Voices) -> (Decision, Option<Cause>) {
        if let Some(pattern) = self.keep.first(&entry.path) {
            return (Decision::Keep, Some(Cause::UserKeep(pattern.clone())));
        }
        if self.inventory.handler_files.contains(&id) {
            return (voices.place(), voices.placing(Some(Cause::Handler)));
        }
        if let Some(rule) = voices.keep.first() {
            return (Decision::Keep, Some(Cause::Rule(*rule)));
        }
        if let Some(pattern) = self.drop.first(&entry.path) {
            return (Decision::Drop, Some(Cause::UserDrop(pattern.clone())));
        }
        if entry.is_symlink() && self.choices.symlinks == Symlinks::Strip {
            return (Decision::Drop, Some(Cause::SymlinksStrip));
        }
        if let Some(rule) = voices.drop.first() {
            return (Decision::Drop, Some(Cause::Rule(*rule)));
        }
        if let Some(rule) = voices.collect.first() {
            return (Decision::Collect, Some(Cause::Rule(*rule)));
        }
        if let (Some((rule, _)), Some(_)) = (voices.moves.first(), self.inventory.twins[id.0]) {
            return (Decision::Drop, Some(Cause::Rule(*rule)));
        }
        if let Some(rule) = voices.rewrite.first() {
            let rules = voices.rewrite.clone();
            let path = self.path_after(&rules, entry);
            return (Decision::Rewrite { rules, path }, Some(Cause::Rule(*rule)));
        }
        (voices.place(), voices.placing(None))
    }

    /// The path that `rules` leave an entry: one of them may change the ending of its name.
    fn path_after(&self, rules: &[RuleIndex], entry: &Entry) -> EntryPath {
        let actions = rules.iter().map(|rule| &self.rules.rules[rule.0].action);
        let renamed = actions
            .filter_map(|action| renamed(action, &entry.path))
            .next();
        renamed.unwrap_or_else(|| entry.path.clone())
    }

    fn voices(&self, id: EntryId, entry: &Entry) -> Voices {
        let mut voices = Voices::default();
        let candidates = &self.inventory.candidates[id.0];
        if candidates.is_empty() || (entry.is_symlink() && self.choices.symlinks == Symlinks::Keep)
        {
            return voices;
        }
        let subject = Subject {
            package: self.package,
            id,
            entry,
            owners: &self.inventory.owners[id.0],
            loadable: &self.inventory.loadable,
            marks: marks_of(&self.inventory.marks, id)
                .map(|mark| mark.name)
                .collect(),
            traced: &self.inventory.traced,
        };
        for &index in candidates {
            let rule = &self.rules.rules[index.0];
            if self.is_taken(&rule.action, entry) {
                let by = Saviour::Decision;
                voices.silenced.push(Overruled { rule: index, by });
            } else if let Some(evidence) = self.inventory.evidences.saviour(index, rule, &subject) {
                let by = Saviour::Evidence(evidence.clone());
                voices.silenced.push(Overruled { rule: index, by });
            } else {
                voices.hear(index, &rule.action, entry, self.choices.licenses);
            }
        }
        voices
    }
}

impl Judge<'_> {
    /// Whether the name that a transform would give the entry is another's.
    fn is_taken(&self, action: &Action, entry: &Entry) -> bool {
        let path = renamed(action, &entry.path);
        path.is_some_and(|path| self.package.find(&path).is_some())
    }
}

/// The path with another ending, where a transform changes it.
fn renamed(action: &Action, path: &EntryPath) -> Option<EntryPath> {
    let Action::Transform {
        strip_suffix,
        add_suffix,
        ..
    } = action
    else {
        return None;
    };
    if !action.renames() {
        return None;
    }
    let strip = strip_suffix.as_deref().unwrap_or_default();
    let add = add_suffix.as_deref().unwrap_or_default();
    let stem = path.as_str().strip_suffix(strip)?;
    EntryPath::new(&format!("{stem}{add}")).ok()
}

impl Voices {
    /// Where an entry that nothing else happens to belongs.
    fn place(&self) -> Decision {
        match (self.moves.first(), self.encloses.first()) {
            (Some((_, path)), _) => Decision::Move(path.clone()),
            (None, Some((_, archive))) => Decision::Enclose(archive.clone()),
            (None, None) => Decision::Keep,
        }
    }

    /// The cause of [`place`](Self::place); `otherwise` where no rule has a word about it.
    fn placing(&self, otherwise: Option<Cause>) -> Option<Cause> {
        let first = self.moves.first().or(self.encloses.first());
        first.map(|(rule, _)| Cause::Rule(*rule)).or(otherwise)
    }

    /// The rules that wanted something else than what was decided.
    fn lost(&self, decision: &Decision, cause: Option<&Cause>) -> Vec<Overruled> {
        let has_won = |rule: &RuleIndex| {
            let rewrites =
                matches!(decision, Decision::Rewrite { rules, .. } if rules.contains(rule));
            rewrites || cause == Some(&Cause::Rule(*rule))
        };
        let placing = self.moves.iter().chain(&self.encloses);
        let rules = [&self.drop, &self.collect, &self.rewrite];
        let rules = rules.into_iter().flatten();
        let rules = rules.chain(placing.map(|(rule, _)| rule));
        let lost = rules.filter(|rule| !has_won(rule)).map(|rule| Overruled {
            rule: *rule,
            by: Saviour::Decision,
        });
        lost.collect()
    }

    fn hear(&mut self, index: RuleIndex, action: &Action, entry: &Entry, licenses: Licenses) {
        match (action, licenses) {
            (Action::Keep, _) => self.keep.push(index),
            (Action::License, Licenses::Keep) => {}
            (Action::License, Licenses::Collect) => self.collect.push(index),
            (Action::Drop, _) | (Action::License, Licenses::Drop) => self.drop.push(index),
            (Action::Transform { .. }, _) if !entry.is_symlink() => self.rewrite.push(index),
            (Action::Transform { .. }, _) => {}
            (Action::MoveTo(_), _) => {
                let path = moved(entry, action).filter(|path| *path != entry.path);
                self.moves.extend(path.map(|path| (index, path)));
            }
            (Action::EncloseIn(archive), _) if !entry.is_symlink() => {
                self.encloses.push((index, archive.clone()));
            }
            (Action::EncloseIn(_), _) => {}
            (Action::Advise | Action::Warn, _) => self.advice.push(index),
        }
    }
}

/// What a link that stays leads to stays as well, and so does every link on the way: otherwise it would dangle.
fn protect_link_targets(package: &Package, decided: &mut [Decided]) {
    let moves = decided.iter().any(Decided::moves);
    for (id, entry) in package.iter().filter(|(_, entry)| entry.is_symlink()) {
        if !decided[id.0].stays() {
            continue;
        }
        let mut on_the_way = Vec::new();
        if let LinkTarget::Inside(Some(path)) = package.follow_link(entry, &mut on_the_way) {
            on_the_way.extend(package.find(&path));
            for target in on_the_way {
                decided[target.0].protect(&entry.path);
            }
            if moves && package.has_folder(&path) {
                hold_contents(package, decided, &path, &entry.path);
            }
        }
    }
}

/// What lies in a folder that a link leads to is found through the link: it is not moved away.
fn hold_contents(package: &Package, decided: &mut [Decided], folder: &EntryPath, link: &EntryPath) {
    for (id, entry) in package.iter() {
        if entry.path.relative_to(folder).is_some() {
            decided[id.0].hold(link);
        }
    }
}

/// An entry that went because an equal one has its new place is needed after all where that one has it not.
fn part_from_lost_twins(package: &Package, inventory: &Inventory, decided: &mut [Decided]) {
    for (id, _) in package.iter() {
        let (Some(twin), Some(path)) = (inventory.twins[id.0], &inventory.destinations[id.0])
        else {
            continue;
        };
        let is_there = decided[twin.0].destination(package.entry(twin)) == Some(path);
        if decided[id.0].decision == Decision::Drop && decided[id.0].is_by_rule() && !is_there {
            decided[id.0].decision = Decision::Move(path.clone());
        }
    }
}

/// No two entries may end up at one path, and none below another.
fn check_destinations(package: &Package, decided: &[Decided]) -> Result<(), PlanError> {
    if !decided.iter().any(Decided::moves) {
        return Ok(());
    }
    let mut taken: BTreeMap<&EntryPath, &EntryPath> = BTreeMap::new();
    let mut archives: BTreeSet<&EntryPath> = BTreeSet::new();
    for ((_, entry), decided) in package.iter().zip(decided) {
        let path = match &decided.decision {
            Decision::Enclose(archive) if !archives.insert(archive) => continue,
            Decision::Enclose(archive) => archive,
            _ => match decided.destination(entry) {
                Some(path) => path,
                None => continue,
            },
        };
        if let Some(first) = taken.insert(path, &entry.path) {
            let (first, second, path) = (first.clone(), entry.path.clone(), path.clone());
            return Err(PlanError::Collision {
                first,
                second,
                path,
            });
        }
    }
    check_folders(&taken)
}

fn check_folders(taken: &BTreeMap<&EntryPath, &EntryPath>) -> Result<(), PlanError> {
    for (path, entry) in taken {
        let mut folders = std::iter::successors(path.parent(), EntryPath::parent);
        if let Some(folder) = folders.find(|folder| taken.contains_key(folder)) {
            return Err(PlanError::FileAndFolder {
                entry: (*entry).clone(),
                path: (*path).clone(),
                file: folder,
            });
        }
    }
    Ok(())
}

impl Decided {
    /// Whether the entry is in the new package.
    fn stays(&self) -> bool {
        !matches!(self.decision, Decision::Drop | Decision::Collect)
    }

    /// Whether the entry gets another path, or goes into an archive.
    fn moves(&self) -> bool {
        let is_moved = matches!(self.decision, Decision::Move(_) | Decision::Enclose(_));
        is_moved || self.new_path.is_some()
    }

    fn is_by_rule(&self) -> bool {
        matches!(self.cause, Some(Cause::Rule(_)))
    }

    /// Keeps an entry that a rule would drop or move, for the sake of `link`; a user who drops it knows better.
    fn protect(&mut self, link: &EntryPath) {
        if self.stays() {
            self.hold(link);
        } else {
            self.keep_for(link);
        }
    }

    /// Leaves an entry that a rule would move in its place, for the sake of `link`.
    fn hold(&mut self, link: &EntryPath) {
        if let (Some(_), Decision::Rewrite { rules, .. }) = (self.new_path.take(), &self.decision) {
            self.cause = rules.first().map(|rule| Cause::Rule(*rule));
        }
        if self.moves() {
            self.keep_for(link);
        }
    }

    fn keep_for(&mut self, link: &EntryPath) {
        if let Some(Cause::Rule(rule)) = &self.cause {
            self.overruled.push(Overruled {
                rule: *rule,
                by: Saviour::Decision,
            });
            self.decision = Decision::Keep;
            self.cause = Some(Cause::LinkedFrom(link.clone()));
        }
    }

    /// The path that `entry` gets; `None` when it goes, or goes into an archive.
    pub fn destination<'a>(&'a self, entry: &'a Entry) -> Option<&'a EntryPath> {
        match &self.decision {
            Decision::Drop | Decision::Collect | Decision::Enclose(_) => None,
            Decision::Move(path) => Some(path),
            Decision::Keep => Some(&entry.path),
            Decision::Rewrite { path, .. } => Some(self.new_path.as_ref().unwrap_or(path)),
        }
    }
}

/// Links that `--symlinks strip` removes although something lies behind them in the package.
pub fn load_bearing_links<'a>(
    package: &'a Package,
    plan: &'a Plan,
) -> impl Iterator<Item = &'a EntryPath> {
    let all = package.iter().zip(&plan.decided);
    let stripped = all.filter(|(_, decided)| decided.cause == Some(Cause::SymlinksStrip));
    let leads = |entry: &Entry| matches!(package.resolve_link(entry), LinkTarget::Inside(_));
    stripped
        .filter(move |((_, entry), _)| leads(entry))
        .map(|((_, entry), _)| &entry.path)
}
