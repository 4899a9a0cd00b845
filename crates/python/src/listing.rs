//! Whether code asks `importlib.metadata` which files were installed.

use lambda_slim_archive::Error;
use lambda_slim_engine::Mark;
use memchr::memmem;

use crate::imports::Imports;
use crate::sources::Sources;

/// What rules call a list of files that code may ask for.
const ASKED_FOR: &str = "asked-for-list";

/// Marks the lists of files of all distributions, where some code asks for one.
pub(crate) fn marks(sources: &Sources<'_>) -> Result<Vec<Mark>, Error> {
    let package = sources.input.package();
    let entries = sources.distributions()?.iter().flat_map(|one| &one.entries);
    let lists = entries.filter(|id| package.entry(**id).path.file_name() == "RECORD");
    let mut marks: Vec<Mark> = lists
        .map(|entry| Mark {
            entry: *entry,
            name: ASKED_FOR,
        })
        .collect();
    if !marks.is_empty() && !sources.list_files()? {
        marks.clear();
    }
    Ok(marks)
}

/// Whether some code asks for such a list, or for what CPython makes of one: which modules belong to which distribution.
/// One file may get the distribution, and another take its files.
pub(crate) fn is_asked(sources: &Sources<'_>) -> Result<bool, Error> {
    let asks_for_modules = some_file(sources, "packages_distributions", |file| file.lists_modules)?;
    Ok(asks_for_modules
        || (some_file(sources, "metadata", |file| file.knows_metadata)?
            && some_file(sources, "files", |file| file.takes_files)?))
}

/// Whether this holds for some file with this word; of what cannot be parsed it may.
fn some_file(
    sources: &Sources<'_>,
    word: &str,
    holds: impl Fn(&Imports) -> bool,
) -> Result<bool, Error> {
    let word = memmem::Finder::new(word);
    for (id, entry) in sources.input.package().iter() {
        if entry.is_symlink() || !entry.path.as_str().ends_with(".py") {
            continue;
        }
        let is_there = word.find(&sources.input.read(id)?).is_some();
        if is_there && sources.imports(id)?.is_none_or(&holds) {
            return Ok(true);
        }
    }
    Ok(false)
}
