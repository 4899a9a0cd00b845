//! Distributions that install others, where nothing else in the package asks for them; translations that were compiled.

use std::collections::BTreeSet;

use lambda_slim_archive::{Error, Input};
use lambda_slim_engine::{FoundDependency, Mark};
use lambda_slim_package::{EntryId, EntryPath};
use memchr::memmem;

use crate::description;
use crate::imports::Imports;
use crate::sources::Sources;

/// A file of an installer that nobody asks for.
const IDLE: &str = "idle-installer";
/// A translation for translators, with the compiled one beside it.
const TRANSLATED: &str = "compiled-translation";

/// What installs distributions, with the modules by which code asks for it. `distutils` left the standard library with
/// Python 3.12; setuptools brings it.
const INSTALLERS: [(&str, &[&str]); 3] = [
    ("pip", &["pip"]),
    (
        "setuptools",
        &[
            "setuptools",
            "pkg_resources",
            "distutils",
            "_distutils_hack",
        ],
    ),
    ("wheel", &["wheel"]),
];

/// Marks the files of installers that no other code imports, names or requires.
pub(crate) fn marks(sources: &Sources<'_>) -> Result<Vec<Mark>, Error> {
    let (input, all) = (sources.input, sources.distributions()?);
    let is_installer =
        |found: &&FoundDependency| INSTALLERS.iter().any(|(name, _)| *name == found.name);
    let (installers, others): (Vec<_>, Vec<_>) = all.iter().partition(is_installer);
    if installers.is_empty() {
        return Ok(Vec::new());
    }
    let own: BTreeSet<EntryId> = installers
        .iter()
        .flat_map(|found| &found.entries)
        .copied()
        .collect();
    let mut wanted = required(input, &others)?;
    for (id, entry) in input.package().iter() {
        let is_code = entry.path.as_str().ends_with(".py") && !entry.is_symlink();
        if is_code && !own.contains(&id) {
            wanted.extend(asked_for(&input.read(id)?, || sources.imports(id))?);
        }
    }
    let idle = installers
        .iter()
        .filter(|found| !wanted.contains(found.name.as_str()));
    let files = idle.flat_map(|found| &found.entries);
    Ok(files
        .map(|entry| Mark {
            entry: *entry,
            name: IDLE,
        })
        .collect())
}

/// The installers that other distributions cannot do without.
fn required(input: &Input, others: &[&FoundDependency]) -> Result<BTreeSet<&'static str>, Error> {
    let package = input.package();
    let is_metadata = |id: &&EntryId| {
        package
            .entry(**id)
            .path
            .as_str()
            .ends_with(".dist-info/METADATA")
    };
    let mut wanted = BTreeSet::new();
    for id in others
        .iter()
        .flat_map(|found| &found.entries)
        .filter(is_metadata)
    {
        let text = input.read(*id)?;
        let all = description::requirements(&String::from_utf8_lossy(&text));
        for requirement in all.iter().filter(|requirement| !requirement.is_extra) {
            let names = INSTALLERS.iter().map(|(name, _)| *name);
            wanted.extend(names.filter(|name| *name == requirement.name));
        }
    }
    Ok(wanted)
}

/// The installers that a file imports, or names in a text that is a name.
fn asked_for<'i>(
    contents: &[u8],
    imports: impl FnOnce() -> Result<Option<&'i Imports>, Error>,
) -> Result<Vec<&'static str>, Error> {
    let holds = |word: &&str| memmem::find(contents, word.as_bytes()).is_some();
    let mut spoken = INSTALLERS
        .iter()
        .filter(|(_, modules)| modules.iter().any(holds))
        .peekable();
    if spoken.peek().is_none() {
        return Ok(Vec::new());
    }
    let Some(found) = imports()? else {
        return Ok(spoken.map(|(name, _)| *name).collect());
    };
    let imported = found.imports.iter().map(|import| import.module.as_str());
    let named = found.texts.iter().map(String::as_str);
    let all: BTreeSet<&str> = imported.chain(named).map(first_part).collect();
    let is_asked =
        |(_, modules): &&(&str, &[&str])| modules.iter().any(|module| all.contains(module));
    Ok(spoken.filter(is_asked).map(|(name, _)| *name).collect())
}

fn first_part(name: &str) -> &str {
    name.split(['.', ':']).next().unwrap_or(name)
}

/// Marks translations that gettext does not read, for the compiled ones lie beside them.
pub(crate) fn translations(input: &Input) -> Vec<Mark> {
    let package = input.package();
    let is_compiled = |path: &EntryPath| {
        let stem = path.as_str().strip_suffix(".po");
        let compiled = stem.and_then(|stem| EntryPath::new(&format!("{stem}.mo")).ok());
        compiled.is_some_and(|compiled| package.find(&compiled).is_some())
    };
    let files = package.iter().filter(|(_, entry)| is_compiled(&entry.path));
    files
        .map(|(entry, _)| Mark {
            entry,
            name: TRANSLATED,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_asks_for_an_installer() {
        let check = |code: &str, expected: &[&str]| {
            let imports = Imports::read(code);
            let found = asked_for(code.as_bytes(), || Ok(imports.as_ref()));
            assert_eq!(found.unwrap(), expected, "{code}");
        };
        check("import setuptools.build_meta", &["setuptools"]);
        check(
            "from pkg_resources import resource_filename",
            &["setuptools"],
        );
        check("run([python, '-m', 'pip', 'list'])", &["pip"]);
        check("raise ImportError('try pip install x')", &[]);
        check("# pip", &[]);
        check("print 'pip'", &["pip"]);
        check("version('wheel')", &["wheel"]);
    }
}
