//! Whether code asks `importlib.metadata` which files were installed.

use lambda_slim_archive::Error;
use lambda_slim_engine::Mark;
use lambda_slim_package::EntryId;
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
    let [modules, metadata, files] =
        files_with(sources, ["packages_distributions", "metadata", "files"])?;
    let asks_for_modules = some(sources, &modules, |file| file.lists_modules)?;
    Ok(asks_for_modules
        || (some(sources, &metadata, |file| file.knows_metadata)?
            && some(sources, &files, |file| file.takes_files)?))
}

/// The sources that hold each of these words, read once.
fn files_with<const N: usize>(
    sources: &Sources<'_>,
    words: [&str; N],
) -> Result<[Vec<EntryId>; N], Error> {
    let words = words.map(memmem::Finder::new);
    let mut found = [const { Vec::new() }; N];
    for (id, entry) in sources.input.package().iter() {
        if entry.is_symlink() || !entry.path.as_str().ends_with(".py") {
            continue;
        }
        let contents = sources.input.read(id)?;
        for (word, found) in words.iter().zip(&mut found) {
            found.extend(word.find(&contents).map(|_| id));
        }
    }
    Ok(found)
}

/// Whether this holds for one of the files; of what cannot be parsed it may.
fn some(
    sources: &Sources<'_>,
    files: &[EntryId],
    holds: impl Fn(&Imports) -> bool,
) -> Result<bool, Error> {
    for id in files {
        if sources.imports(*id)?.is_none_or(&holds) {
            return Ok(true);
        }
    }
    Ok(false)
}
