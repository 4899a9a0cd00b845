use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lambda_slim_archive::{Digest, Error, Finding, Input, in_order};
use lambda_slim_package::{Entry, EntryId, Package};
use lambda_slim_rulepack::{Action, Evidence, Rule, RuleIndex, Scope, is_word_byte};

use crate::dependencies::{Dependencies, DependencyId};
use crate::inventory::{Knowledge, Threads};
use crate::language::Transform;
use crate::program::{Loadable, Program};
use crate::trace::Traced;
use crate::words::WantedWords;

/// What the code of the package says about the files that rules would take.
#[derive(Debug, Default)]
pub struct Evidences {
    wanted: WantedWords,
    /// For each wanted word: the dependencies whose code holds it; `None` is the function's own code.
    holders: Vec<BTreeSet<Option<DependencyId>>>,
    /// The rules that would take a library which a program outside of them needs.
    needed: BTreeSet<RuleIndex>,
    /// The dependencies that rules ask for and that are there: looking through all of them for each entry took a sixth
    /// of planning a node_modules of 17,000 files.
    present: BTreeMap<Scope, BTreeSet<String>>,
}

/// What [`Evidences::gather`] looks at.
pub(crate) struct Question<'a> {
    pub(crate) input: &'a Input,
    pub(crate) knowledge: Knowledge<'a>,
    /// For each entry: the rules that would take it.
    pub(crate) candidates: &'a [Vec<RuleIndex>],
    pub(crate) dependencies: &'a Dependencies,
    /// For each entry: what it asks of the system.
    pub(crate) programs: &'a [Option<Program>],
    /// What the user keeps.
    pub(crate) kept: &'a BTreeSet<EntryId>,
    /// The files whose words count.
    pub(crate) speakers: &'a [EntryId],
    pub(crate) threads: Threads,
}

impl Evidences {
    /// Reads all code once and notes which of the words that matter occur in it.
    pub(crate) fn gather(question: &Question<'_>) -> Result<Self, Error> {
        let wanted = wanted_words(question);
        let mut found = Self {
            holders: vec![BTreeSet::new(); wanted.len()],
            needed: needed(question),
            present: present(question),
            wanted,
        };
        if found.wanted.len() > 0 {
            found.listen(question)?;
        }
        Ok(found)
    }

    /// Notes who says which of the wanted words.
    fn listen(&mut self, question: &Question<'_>) -> Result<(), Error> {
        let (wanted, holders) = (&self.wanted, &mut self.holders);
        let Question {
            input,
            speakers,
            dependencies,
            ..
        } = question;
        let wanted_digest = wanted.digest();
        in_order(
            speakers.len(),
            question.threads.count,
            question.threads.budget_bytes,
            |index| input.package().entry(speakers[index]).size_bytes(),
            || (),
            |(), index| read_words(question, wanted, &wanted_digest, speakers[index]),
            |index, words| {
                let owners = &dependencies.owners[speakers[index].0];
                for &word in &words.0 {
                    match owners.as_slice() {
                        [] => _ = holders[word].insert(None),
                        owners => holders[word].extend(owners.iter().map(|owner| Some(*owner))),
                    }
                }
                Ok(())
            },
        )
    }

    /// The first term of `rule` that protects the entry.
    pub(crate) fn saviour<'r>(
        &self,
        index: RuleIndex,
        rule: &'r Rule,
        subject: &Subject<'_>,
    ) -> Option<&'r Evidence> {
        rule.unless
            .iter()
            .find(|term| self.holds(term, index, rule, subject))
    }

    fn holds(&self, term: &Evidence, index: RuleIndex, rule: &Rule, subject: &Subject<'_>) -> bool {
        let Subject {
            package,
            id,
            entry,
            owners,
            loadable,
            marks,
            traced,
        } = subject;
        match term {
            Evidence::Named => self.is_named(entry.path.file_name(), owners),
            Evidence::NamedElsewhere => {
                let name = entry.path.file_name();
                falls_apart(name) || self.said_elsewhere(name, owners)
            }
            Evidence::Mentioned => {
                let mut words = mention_words(rule, entry).into_iter();
                self.is_named(entry.path.file_name(), owners)
                    || words.any(|word| self.said_nearby(&word, owners))
            }
            Evidence::Text(word) => self.said_nearby(word, owners),
            Evidence::AnyText(word) => self
                .holders_of(word)
                .is_some_and(|holders| !holders.is_empty()),
            Evidence::TextElsewhere(word) => self.said_elsewhere(word, owners),
            Evidence::Needed => self.needed.contains(&index),
            Evidence::Dependency(scope, name) => {
                let present = self.present.get(scope);
                present.is_some_and(|present| present.contains(name))
            }
            Evidence::Mark(name) => marks.iter().any(|mark| mark == name),
            Evidence::MissingSibling(name) => !has_sibling(package, entry, name),
            Evidence::OnlyBuild => !loadable.has_twin(&entry.path),
            Evidence::Reached => traced.reaches(*id),
            Evidence::DependencyReached => traced.reaches_any(*id, owners),
        }
    }

    fn is_named(&self, name: &str, owners: &[DependencyId]) -> bool {
        falls_apart(name) || self.said_nearby(name, owners)
    }

    /// Whether code of nobody among `owners` holds `word`.
    fn said_elsewhere(&self, word: &str, owners: &[DependencyId]) -> bool {
        let is_elsewhere =
            |holder: &Option<DependencyId>| holder.is_none_or(|holder| !owners.contains(&holder));
        let holders = self.holders_of(word);
        holders.is_some_and(|holders| holders.iter().any(is_elsewhere))
    }

    /// Whether the function's own code or that of one of `owners` holds `word`.
    fn said_nearby(&self, word: &str, owners: &[DependencyId]) -> bool {
        self.holders_of(word).is_some_and(|holders| {
            holders.contains(&None) || owners.iter().any(|owner| holders.contains(&Some(*owner)))
        })
    }

    fn holders_of(&self, word: &str) -> Option<&BTreeSet<Option<DependencyId>>> {
        self.wanted.number(word).map(|number| &self.holders[number])
    }
}

/// An entry that a rule would take, and where it stands.
pub(crate) struct Subject<'a> {
    pub(crate) package: &'a Package,
    pub(crate) id: EntryId,
    pub(crate) entry: &'a Entry,
    pub(crate) owners: &'a [DependencyId],
    pub(crate) loadable: &'a Loadable,
    pub(crate) marks: Vec<&'static str>,
    pub(crate) traced: &'a Traced,
}

/// The numbers of the wanted words that one file holds, each once.
struct Words(Vec<usize>);

impl Finding for Words {
    fn held_bytes(&self) -> u64 {
        size_of_val(self.0.as_slice()) as u64
    }
}

fn read_words(
    question: &Question<'_>,
    wanted: &WantedWords,
    wanted_digest: &Digest,
    id: EntryId,
) -> Result<Arc<Words>, Error> {
    let path = &question.input.package().entry(id).path;
    let languages = question.knowledge.languages;
    // What counts as text depends on the name, and what rules leave of it on the rules.
    let asked = || {
        let transforms = transforms(question, id).map(|(name, _)| name.as_bytes());
        let all = [wanted_digest.0.as_slice(), path.as_str().as_bytes()];
        Digest::of_all(all.into_iter().chain(transforms))
    };
    question.input.finding(id, asked, |contents| {
        let special = languages
            .iter()
            .find_map(|language| language.evidence_text(path, &contents));
        let mut words = match special {
            Some(text) => wanted.find(&text),
            None => wanted.find(&rewritten(question, id, contents)),
        };
        words.sort_unstable();
        words.dedup();
        Words(words)
    })
}

/// What rules would leave of the contents of an entry. A word that goes, such as one of a comment, is no evidence, or
/// packing the result again would take more.
fn rewritten(question: &Question<'_>, id: EntryId, contents: Vec<u8>) -> Vec<u8> {
    transforms(question, id).fold(contents, |contents, (_, transform)| {
        transform(&contents).unwrap_or(contents)
    })
}

/// The transforms that rules would do to an entry, with their names.
fn transforms<'a>(
    question: &'a Question<'_>,
    id: EntryId,
) -> impl Iterator<Item = (&'a str, Transform)> {
    let rules = question.candidates[id.0].iter();
    let rules = rules.map(|index| &question.knowledge.rules.rules[index.0]);
    rules.filter_map(|rule| match &rule.action {
        Action::Transform { name, .. } => {
            let mut languages = question.knowledge.languages.iter();
            let transform = languages.find_map(|language| language.transform(name))?;
            Some((name.as_str(), transform))
        }
        _ => None,
    })
}

/// The rules that ask for it and would take a library which a program that they leave needs by its name.
fn needed(question: &Question<'_>) -> BTreeSet<RuleIndex> {
    let rules = &question.knowledge.rules.rules;
    let asks = |index: &&RuleIndex| rules[index.0].unless.contains(&Evidence::Needed);
    let mut takers: BTreeMap<&str, BTreeSet<RuleIndex>> = BTreeMap::new();
    for ((_, entry), candidates) in question.input.package().iter().zip(question.candidates) {
        for index in candidates.iter().filter(asks) {
            let takers = takers.entry(entry.path.file_name()).or_default();
            takers.insert(*index);
        }
    }
    let mut needed = BTreeSet::new();
    for (entry, program) in question.programs.iter().enumerate() {
        let needs = program.iter().flat_map(|program| &program.needs);
        let takers = needs.filter_map(|name| takers.get(name.as_str()));
        let is_kept = question.kept.contains(&EntryId(entry));
        let leaves_it = |taker: &&RuleIndex| is_kept || !question.candidates[entry].contains(taker);
        needed.extend(takers.flatten().filter(leaves_it));
    }
    needed
}

/// The dependencies that some rule asks for, as it names them.
fn present(question: &Question<'_>) -> BTreeMap<Scope, BTreeSet<String>> {
    let mut present: BTreeMap<Scope, BTreeSet<String>> = BTreeMap::new();
    for term in question
        .knowledge
        .rules
        .rules
        .iter()
        .flat_map(|rule| &rule.unless)
    {
        if let Evidence::Dependency(scope, name) = term
            && question
                .dependencies
                .all
                .iter()
                .any(|found| found.is(*scope, name))
        {
            present.entry(*scope).or_default().insert(name.clone());
        }
    }
    present
}

/// Every word that some rule asks for, of some entry.
fn wanted_words(question: &Question<'_>) -> WantedWords {
    let mut wanted = WantedWords::default();
    for ((_, entry), candidates) in question.input.package().iter().zip(question.candidates) {
        for index in candidates {
            let rule = &question.knowledge.rules.rules[index.0];
            for term in &rule.unless {
                match term {
                    Evidence::Text(word)
                    | Evidence::AnyText(word)
                    | Evidence::TextElsewhere(word) => wanted.want(word),
                    Evidence::Named | Evidence::NamedElsewhere => {
                        wanted.want(entry.path.file_name());
                    }
                    Evidence::Mentioned => {
                        let words = mention_words(rule, entry);
                        words.iter().for_each(|word| wanted.want(word));
                    }
                    Evidence::Dependency(..)
                    | Evidence::MissingSibling(_)
                    | Evidence::Mark(_)
                    | Evidence::Needed
                    | Evidence::OnlyBuild
                    | Evidence::Reached
                    | Evidence::DependencyReached => {}
                }
            }
        }
    }
    wanted
}

/// Whether a name, one with spaces or brackets, is cut into words that say nothing: such a file counts as named.
fn falls_apart(name: &str) -> bool {
    !name.bytes().all(is_word_byte) || name.ends_with(['.', '$'])
}

/// The words by which code would name this entry: its base name, and the extension by which `rule` takes it.
fn mention_words(rule: &Rule, entry: &Entry) -> Vec<String> {
    let name = entry.path.file_name();
    let by_rule = rule
        .extensions()
        .into_iter()
        .filter(|extension| name.ends_with(extension.as_str()));
    let longest = by_rule.max_by_key(String::len);
    let own = || {
        name.rfind('.')
            .filter(|dot| *dot > 0)
            .map(|dot| name[dot..].to_owned())
    };
    std::iter::once(name.to_owned())
        .chain(longest.or_else(own))
        .collect()
}

/// Whether a file called `name` lies beside `entry`; a `*` at the end stands for any rest, in any case of letters.
fn has_sibling(package: &Package, entry: &Entry, name: &str) -> bool {
    let folder = entry.path.parent();
    let mut siblings = package
        .files_in(folder.as_ref())
        .map(|sibling| sibling.path.file_name());
    match name.strip_suffix('*') {
        Some(prefix) => siblings.any(|sibling| sibling.to_lowercase().starts_with(prefix)),
        None => siblings.any(|sibling| sibling == name),
    }
}
