//! Whether code asks `importlib.metadata` which files were installed.

use lambda_slim_archive::Error;
use lambda_slim_engine::Mark;
use memchr::memmem;

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
pub(crate) fn is_asked(sources: &Sources<'_>) -> Result<bool, Error> {
    let [modules, library, list] =
        ["packages_distributions", "metadata", "files"].map(memmem::Finder::new);
    for (id, entry) in sources.input.package().iter() {
        if entry.is_symlink() || !entry.path.as_str().ends_with(".py") {
            continue;
        }
        let text = sources.input.read(id)?;
        let may_ask = modules.find(&text).is_some()
            || (library.find(&text).is_some() && list.find(&text).is_some());
        if may_ask && sources.imports(id)?.is_none_or(|found| found.lists_files) {
            return Ok(true);
        }
    }
    Ok(false)
}
