use std::collections::BTreeSet;

use lambda_slim_archive::{Error, Input, in_order};
use lambda_slim_package::{Entry, EntryId, Package};
use lambda_slim_rulepack::{Action, Evidence, Rule, RuleIndex, is_word_byte};

use crate::dependencies::{Dependency, DependencyId};
use crate::inventory::{Knowledge, Threads};
use crate::program::Loadable;
use crate::trace::Traced;
use crate::words::WantedWords;

/// What the code of the package says about the files that rules would take.
#[derive(Debug, Default)]
pub struct Evidences {
    wanted: WantedWords,
    /// For each wanted word: the dependencies whose code holds it; `None` is the function's own code.
    holders: Vec<BTreeSet<Option<DependencyId>>>,
}

/// What [`Evidences::gather`] looks at.
pub(crate) struct Question<'a> {
    pub(crate) input: &'a Input,
    pub(crate) knowledge: Knowledge<'a>,
    /// For each entry: the rules that would take it.
    pub(crate) candidates: &'a [Vec<RuleIndex>],
    /// For each entry: the dependencies that it belongs to.
    pub(crate) owners: &'a [Vec<DependencyId>],
    /// The files whose words count.
    pub(crate) speakers: &'a [EntryId],
    pub(crate) threads: Threads,
}

impl Evidences {
    /// Reads all code once and notes which of the words that matter occur in it.
    pub(crate) fn gather(question: &Question<'_>) -> Result<Self, Error> {
        let wanted = wanted_words(question);
        let mut holders = vec![BTreeSet::new(); wanted.len()];
        if wanted.len() == 0 {
            return Ok(Self { wanted, holders });
        }
        let Question {
            input,
            speakers,
            owners,
            ..
        } = question;
        in_order(
            speakers.len(),
            question.threads.count,
            question.threads.budget_bytes,
            |index| input.package().entry(speakers[index]).size_bytes(),
            || (),
            |(), index| read_words(question, &wanted, speakers[index]),
            |index, words| {
                let owners = &owners[speakers[index].0];
                for word in words {
                    match owners.as_slice() {
                        [] => _ = holders[word].insert(None),
                        owners => holders[word].extend(owners.iter().map(|owner| Some(*owner))),
                    }
                }
                Ok(())
            },
        )?;
        Ok(Self { wanted, holders })
    }

    /// The first term of `rule` that protects the entry.
    pub(crate) fn saviour<'r>(
        &self,
        rule: &'r Rule,
        subject: &Subject<'_>,
    ) -> Option<&'r Evidence> {
        rule.unless
            .iter()
            .find(|term| self.holds(term, rule, subject))
    }

    fn holds(&self, term: &Evidence, rule: &Rule, subject: &Subject<'_>) -> bool {
        let Subject {
            package,
            id,
            entry,
            owners,
            dependencies,
            loadable,
            marks,
            traced,
        } = subject;
        match term {
            Evidence::Named => self.is_named(entry.path.file_name(), owners),
            Evidence::Mentioned => {
                let mut words = mention_words(rule, entry).into_iter();
                self.is_named(entry.path.file_name(), owners)
                    || words.any(|word| self.said_nearby(&word, owners))
            }
            Evidence::Text(word) => self.said_nearby(word, owners),
            Evidence::AnyText(word) => self
                .holders_of(word)
                .is_some_and(|holders| !holders.is_empty()),
            Evidence::Dependency(scope, name) => {
                dependencies.iter().any(|found| found.is(*scope, name))
            }
            Evidence::Mark(name) => marks.iter().any(|mark| mark == name),
            Evidence::MissingSibling(name) => !has_sibling(package, entry, name),
            Evidence::OnlyBuild => !loadable.has_twin(&entry.path),
            Evidence::Reached => traced.reaches(*id),
            Evidence::DependencyReached => traced.reaches_any(*id, owners),
        }
    }

    /// A name with spaces or brackets falls apart into words that say nothing: such a file counts as named.
    fn is_named(&self, name: &str, owners: &[DependencyId]) -> bool {
        let falls_apart = !name.bytes().all(is_word_byte) || name.ends_with(['.', '$']);
        falls_apart || self.said_nearby(name, owners)
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
    pub(crate) dependencies: &'a [Dependency],
    pub(crate) loadable: &'a Loadable,
    pub(crate) marks: Vec<&'static str>,
    pub(crate) traced: &'a Traced,
}

fn read_words(
    question: &Question<'_>,
    wanted: &WantedWords,
    id: EntryId,
) -> Result<Vec<usize>, Error> {
    let contents = question.input.read(id)?;
    let path = &question.input.package().entry(id).path;
    let languages = question.knowledge.languages;
    let special = languages
        .iter()
        .find_map(|language| language.evidence_text(path, &contents));
    let mut words = match special {
        Some(text) => wanted.find(&text),
        None => wanted.find(&rewritten(question, id, contents)),
    };
    words.sort_unstable();
    words.dedup();
    Ok(words)
}

/// What rules would leave of the contents of an entry. A word that goes, such as one of a comment, is no evidence, or
/// packing the result again would take more.
fn rewritten(question: &Question<'_>, id: EntryId, contents: Vec<u8>) -> Vec<u8> {
    let rules = question.candidates[id.0].iter();
    let rules = rules.map(|index| &question.knowledge.rules.rules[index.0]);
    let transforms = rules.filter_map(|rule| match &rule.action {
        Action::Transform { name, .. } => {
            let mut languages = question.knowledge.languages.iter();
            languages.find_map(|language| language.transform(name))
        }
        _ => None,
    });
    transforms.fold(contents, |contents, transform| {
        transform(&contents).unwrap_or(contents)
    })
}

/// Every word that some rule asks for, of some entry.
fn wanted_words(question: &Question<'_>) -> WantedWords {
    let mut wanted = WantedWords::default();
    for ((_, entry), candidates) in question.input.package().iter().zip(question.candidates) {
        for index in candidates {
            let rule = &question.knowledge.rules.rules[index.0];
            for term in &rule.unless {
                match term {
                    Evidence::Text(word) | Evidence::AnyText(word) => wanted.want(word),
                    Evidence::Named => wanted.want(entry.path.file_name()),
                    Evidence::Mentioned => {
                        let words = mention_words(rule, entry);
                        words.iter().for_each(|word| wanted.want(word));
                    }
                    Evidence::Dependency(..)
                    | Evidence::MissingSibling(_)
                    | Evidence::Mark(_)
                    | Evidence::OnlyBuild
                    | Evidence::Reached
                    | Evidence::DependencyReached => {}
                }
            }
        }
    }
    wanted
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
