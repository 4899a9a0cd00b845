use std::collections::{BTreeMap, BTreeSet, HashSet};

use lambda_slim_archive::{Error, Input};
use lambda_slim_engine::{FoundDependency, Mark, Rewriter};
use lambda_slim_package::EntryId;

use super::header::{HEADER_BYTES, Header};
use super::{SOUND, Uncheck, cached_path, compiled_modules};
use crate::sources::Sources;

/// A source whose place its compiled module can take.
const REPLACEABLE: &str = "replaceable-source";
/// The compiled module that takes the place of its source.
const REPLACING: &str = "replacing-bytecode";

/// Puts a compiled module in the place of its source: `a.pyc` for `a.py`.
///
/// CPython imports it without a source, but only if it is of the right version; any other Python stops with an
/// error. So the version must be stated, not guessed. Where a module cannot be made right, its source stays.
#[derive(Debug, Clone, Default)]
pub(crate) struct InPlace {
    pub(crate) uncheck: Uncheck,
    /// `cpython-312`; `None` where sources stay.
    pub(crate) only_tag: Option<String>,
}

impl InPlace {
    /// Finds what can be replaced among the `sound` modules of installed distributions.
    pub(crate) fn marks(&self, sources: &Sources<'_>, sound: &[Mark]) -> Result<Vec<Mark>, Error> {
        let Some(tag) = &self.only_tag else {
            return Ok(Vec::new());
        };
        let sound: HashSet<EntryId> = sound
            .iter()
            .filter(|mark| mark.name == SOUND)
            .map(|mark| mark.entry)
            .collect();
        let input = sources.input;
        let owned = owners(sources.distributions()?);
        let named = names_of_sources(input)?;
        let package = input.package();
        let mut marks = Vec::new();
        for (compiled, place) in compiled_modules(package).filter(|(id, _)| sound.contains(id)) {
            let Some(source) = place.source(package).filter(|_| place.tag == *tag) else {
                continue;
            };
            let is_named = named.contains(package.entry(source).path.file_name());
            let owner = owned.get(&source);
            let is_whole = owner.is_some() && owner == owned.get(&compiled);
            let is_of_tag = is_of(tag, &input.read_head(compiled, HEADER_BYTES)?);
            if is_whole && is_of_tag && !is_named && !package.entry(source).is_symlink() {
                let mark = |entry, name| Mark { entry, name };
                marks.extend([mark(source, REPLACEABLE), mark(compiled, REPLACING)]);
            }
        }
        Ok(marks)
    }
}

impl Rewriter for InPlace {
    fn rewrite(&self, input: &Input, entry: EntryId, _: &[u8]) -> Option<Vec<u8>> {
        let package = input.package();
        let compiled = cached_path(&package.entry(entry).path, self.only_tag.as_ref()?)?;
        let compiled = package.find(&compiled)?;
        let contents = input.read(compiled).ok()?;
        self.uncheck.rewrite(input, compiled, &contents)
    }
}

fn is_of(tag: &str, head: &[u8]) -> bool {
    let version = Header::read(head).and_then(|header| header.version);
    version.is_some_and(|version| version.tag() == tag)
}

/// The distribution of each installed file.
fn owners(distributions: &[FoundDependency]) -> BTreeMap<EntryId, usize> {
    let distributions = distributions.iter().enumerate();
    let entries = |(index, found): (usize, &FoundDependency)| -> Vec<(EntryId, usize)> {
        found.entries.iter().map(|entry| (*entry, index)).collect()
    };
    distributions.flat_map(entries).collect()
}

/// Every `name.py` that stands in some source: code that names one may open it.
fn names_of_sources(input: &Input) -> Result<BTreeSet<String>, Error> {
    let mut names = BTreeSet::new();
    let files = input.package().iter();
    for (id, _) in files.filter(|(_, entry)| entry.path.file_name().ends_with(".py")) {
        let bytes = input.read(id)?;
        let text = String::from_utf8_lossy(&bytes);
        let is_name = |char: char| char.is_alphanumeric() || matches!(char, '_' | '-' | '.');
        let words = text.split(|char| !is_name(char));
        let words = words.map(|word| word.trim_end_matches('.'));
        names.extend(
            words
                .filter(|word| word.ends_with(".py"))
                .map(str::to_owned),
        );
    }
    Ok(names)
}
