//! From one Python file to the modules that it can lead to.

use std::collections::BTreeSet;

use lambda_slim_archive::Error;
use lambda_slim_package::{EntryId, EntryPath};

use crate::archives;
use crate::imports::{Import, Imports};
use crate::modules::{CACHE, Modules};
use crate::sources::Sources;

/// Where a file leads to.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Modules, as stems.
    pub(crate) modules: BTreeSet<String>,
    /// Packages of which every module can be meant, as stems.
    pub(crate) packages: BTreeSet<String>,
    /// Names of files that are run by their paths.
    pub(crate) scripts: BTreeSet<String>,
    /// Distributions that the standard library loads for it.
    pub(crate) distributions: BTreeSet<&'static str>,
    /// Whether it leads farther than anybody can tell.
    pub(crate) undecided: bool,
    /// Whether it asks distributions for their entry points.
    pub(crate) asks_entry_points: bool,
}

/// Modules of the standard library that load what the objects in a file name. Source: `pickle`, and what builds on it.
const UNPICKLES: [&str; 5] = ["pickle", "shelve", "joblib", "dill", "cloudpickle"];

/// What the standard library looks for by itself. Source: PEP 615.
const LOADED_FOR: [(&str, &str); 1] = [("zoneinfo", "tzdata")];

/// Settings that name modules are written by people; larger files are data.
const SETTINGS_AT_MOST_BYTES: u64 = 1 << 20;

/// Settings in which a single word can be a module. Lists of requirements name every distribution.
const SETTINGS: [&str; 7] = ["json", "yaml", "yml", "ini", "cfg", "conf", "env"];

/// Who wrote a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Author {
    Function,
    Distribution,
}

/// Everything that the file can lead to.
pub(crate) fn follow(
    sources: &Sources<'_>,
    modules: &Modules,
    id: EntryId,
    author: Author,
) -> Result<Found, Error> {
    let input = sources.input;
    let entry = input.package().entry(id);
    let path = &entry.path;
    let mut found = Found::default();
    if entry.is_symlink() {
        return Ok(found);
    }
    let (_, extension) = path.file_name().rsplit_once('.').unwrap_or_default();
    let is_small = entry.size_bytes() <= SETTINGS_AT_MOST_BYTES;
    match extension {
        "py" => match sources.imports(id)? {
            Some(imports) => imports_of(modules, path, author, imports, &mut found),
            None => found.undecided = true,
        },
        // What a compiled module imports is not written in words that can be told from others.
        "so" => found.undecided = true,
        "pyc" => found.undecided = !is_cached(path),
        _ if archives::holds_modules(path, || input.read(id))? => found.undecided = true,
        _ if author == Author::Function && is_small => {
            let text = input.read(id)?;
            settings(
                modules,
                extension,
                &String::from_utf8_lossy(&text),
                &mut found,
            );
        }
        _ => {}
    }
    Ok(found)
}

fn is_cached(path: &EntryPath) -> bool {
    let folder = path.parent();
    folder.is_some_and(|folder| folder.file_name() == CACHE)
}

fn imports_of(
    modules: &Modules,
    path: &EntryPath,
    author: Author,
    imports: &Imports,
    found: &mut Found,
) {
    // Distributions make functions out of their own texts all the time.
    found.undecided |= imports.undecided || (imports.runs_text && author == Author::Function);
    found.asks_entry_points |= imports.asks_entry_points;
    for import in &imports.imports {
        for stem in modules.meant(import, path) {
            let names = import.names.iter().map(|name| format!("{stem}/{name}"));
            found.modules.extend(names);
            found.modules.insert(stem);
        }
        let module = import.module.split('.').next().unwrap_or_default();
        let loaded = LOADED_FOR.iter().filter(|(loader, _)| *loader == module);
        found.distributions.extend(loaded.map(|(_, name)| *name));
        // Objects in the function's files may be of any class.
        found.undecided |= author == Author::Function && UNPICKLES.contains(&module);
    }
    for prefix in &imports.prefixes {
        found.packages.extend(modules.meant(prefix, path));
    }
    for text in &imports.texts {
        named(modules, path, text, found);
    }
}

/// A text that may or may not name a module.
fn named(modules: &Modules, path: &EntryPath, text: &str, found: &mut Found) {
    if let Some(script) = text.rsplit('/').next().filter(|name| name.ends_with(".py")) {
        found.scripts.insert(script.to_owned());
    }
    let name = text.split(':').next().unwrap_or_default();
    let bare = name.trim_start_matches('.');
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    if bare.is_empty() || !bare.bytes().all(is_name) {
        return;
    }
    if bare.len() < name.len() {
        let import = Import::text(name);
        return found.modules.extend(modules.meant(&import, path));
    }
    for stem in modules.named(bare) {
        found.modules.insert(format!("{stem}/__main__"));
        found.modules.insert(stem);
    }
    if path.file_name() == "__init__.py" {
        // `__all__`, and the tables of packages that load their parts when asked.
        found
            .modules
            .extend(modules.meant(&Import::text(&format!(".{bare}")), path));
    }
}

/// The function's own settings.
fn settings(modules: &Modules, extension: &str, text: &str, found: &mut Found) {
    let is_name = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '.');
    let may_be_one_word = SETTINGS.contains(&extension);
    let words = text
        .split(|char| !is_name(char))
        .filter(|word| !word.is_empty());
    for word in words.filter(|word| may_be_one_word || word.trim_matches('.').contains('.')) {
        found.modules.extend(modules.named(word.trim_matches('.')));
    }
}
