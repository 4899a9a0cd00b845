use std::collections::{BTreeMap, BTreeSet, HashSet};

use lambda_slim_archive::{Error, Input};
use lambda_slim_engine::{FoundDependency, Mark, Rewriter};
use lambda_slim_package::EntryId;

use super::header::{HEADER_BYTES, Header};
use super::{Place, SOUND, Uncheck, cached_path, compiled_modules};
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
        // CPython leaves out of the list what RECORD has and the folder lacks.
        if sources.list_files()? {
            return Ok(Vec::new());
        }
        let sound: HashSet<EntryId> = sound
            .iter()
            .filter(|mark| mark.name == SOUND)
            .map(|mark| mark.entry)
            .collect();
        let input = sources.input;
        let owned = owners(sources.distributions()?);
        let named = names_of_sources(sources)?;
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

/// Every `name.py` in the texts of code, which may open it. Comments and documentation open nothing; of a module that
/// stands in the place of its source all words count, for what was a text there cannot be told.
fn names_of_sources(sources: &Sources<'_>) -> Result<BTreeSet<String>, Error> {
    let input = sources.input;
    let mut names = BTreeSet::new();
    for (id, entry) in input.package().iter() {
        let path = &entry.path;
        let is_source = path.file_name().ends_with(".py") && !entry.is_symlink();
        let is_compiled = path.file_name().ends_with(".pyc") && Place::of(path).is_none();
        if !is_source && !is_compiled {
            continue;
        }
        let found = match is_source {
            true => sources.imports(id)?,
            false => None,
        };
        match found {
            Some(found) => names.extend(found.texts.iter().flat_map(|text| names_in(text))),
            None => names.extend(names_in(&String::from_utf8_lossy(&input.read(id)?))),
        }
    }
    Ok(names)
}

fn names_in(text: &str) -> Vec<String> {
    let is_name = |char: char| char.is_alphanumeric() || matches!(char, '_' | '-' | '.');
    let words = text.split(|char| !is_name(char));
    let words = words.map(|word| word.trim_end_matches('.'));
    let names = words.filter(|word| word.ends_with(".py"));
    names.map(str::to_owned).collect()
}
