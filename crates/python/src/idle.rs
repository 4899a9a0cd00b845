//! Folders of tests inside distributions that nothing outside of them imports or names.
//!
//! `numpy.testing` of numpy 2.2 imports `numpy._core.tests`, so a folder's name is no evidence: the import statements
//! and the texts of all code are.

use std::collections::{BTreeMap, BTreeSet};

use lambda_slim_archive::{Error, Input};
use lambda_slim_engine::Mark;
use lambda_slim_package::{EntryId, EntryPath};
use memchr::memmem;

use crate::modules::Modules;
use crate::sources::Sources;

/// A file in a folder that nothing outside of it imports or names.
const IDLE: &str = "idle-tests";
/// A file in a folder that nothing outside of it imports, although somebody near it writes the word.
const UNIMPORTED: &str = "unimported-tests";
/// What rules call a folder of tests that only its own distribution may mean with a bare word.
const OWN_WORD: &str = "tests-by-own-word";
/// What distributions call the folders of their tests. Source: <https://docs.pytest.org/en/stable/explanation/goodpractices.html>.
const TESTS: &str = "tests";
/// Calls that list the modules of a package, for somebody who then imports all of them.
const WALKS: [&str; 2] = ["walk_packages", "iter_modules"];
/// Settings that name modules are written by people; larger files are data.
const SETTINGS_AT_MOST_BYTES: u64 = 1 << 20;

/// Marks the files of all folders of tests that no code outside of them leads to.
pub(crate) fn marks(sources: &Sources<'_>) -> Result<Vec<Mark>, Error> {
    let input = sources.input;
    let package = input.package();
    let mut owners: BTreeMap<EntryId, usize> = BTreeMap::new();
    let mut roots = Vec::new();
    for (index, distribution) in sources.distributions()?.iter().enumerate() {
        owners.extend(distribution.entries.iter().map(|entry| (*entry, index)));
        roots.push(distribution.root.clone());
    }
    let folders = folders(input, &owners, &roots);
    if folders.is_empty() {
        return Ok(Vec::new());
    }
    let modules = Modules::new(package, roots.into_iter());
    let search = |says| Search {
        sources,
        modules: &modules,
        owners: &owners,
        folders: &folders,
        says,
        kept: BTreeSet::new(),
        used: BTreeSet::new(),
        hinted: BTreeSet::new(),
        hinted_from_outside: BTreeSet::new(),
        heard: BTreeSet::new(),
        heard_from_afar: BTreeSet::new(),
        mute: BTreeSet::new(),
    };
    let mut all = search(Says::AllTexts);
    all.run(Hints::Ignored)?;
    let mut marks = all.marks(UNIMPORTED, Hints::Ignored);
    all.run(Hints::Believed)?;
    marks.extend(all.marks(IDLE, Hints::Believed));
    let mut own = search(Says::NoComparisons);
    own.mute = std::mem::take(&mut all.mute);
    let is_kept = |folder: &&String| !all.is_idle(folder, Hints::Believed);
    own.kept = folders.keys().filter(is_kept).cloned().collect();
    own.run(Hints::OfFunction)?;
    marks.extend(own.marks(OWN_WORD, Hints::OfFunction));
    Ok(marks)
}

/// Which texts of code are mentions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    AllTexts,
    /// What something is only compared with is none.
    NoComparisons,
}

/// What a bare word is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hints {
    /// Nothing.
    Ignored,
    /// It counts where the function says it.
    OfFunction,
    /// The folder that it may mean is in use, and so its own code counts.
    Believed,
}

/// The outermost folder of tests around a file.
fn folder_of(path: &EntryPath) -> Option<String> {
    let folders = std::iter::successors(path.parent(), EntryPath::parent);
    let tests = folders.filter(|folder| folder.file_name() == TESTS);
    tests.last().map(|folder| folder.to_string())
}

/// A folder of tests: whose it is, and its name as code writes it.
struct Folder {
    owner: usize,
    dotted: String,
}

fn folders(
    input: &Input,
    owners: &BTreeMap<EntryId, usize>,
    roots: &[Option<EntryPath>],
) -> BTreeMap<String, Folder> {
    let folder = |(id, owner): (&EntryId, &usize)| {
        let folder = folder_of(&input.package().entry(*id).path)?;
        let root = roots[*owner].as_ref();
        let inner = root.map_or(Some(folder.as_str()), |root| {
            let rest = folder.strip_prefix(root.as_str())?;
            rest.strip_prefix('/')
        });
        let dotted = inner?.replace('/', ".");
        let owner = *owner;
        Some((folder, Folder { owner, dotted }))
    };
    // Others hold something for users: dbt's `tests` are macros that it runs.
    let of_python = owners.keys().filter_map(|id| {
        let path = &input.package().entry(*id).path;
        is_test(path.file_name()).then(|| folder_of(path)).flatten()
    });
    let of_python: BTreeSet<String> = of_python.collect();
    let mut folders: BTreeMap<String, Folder> = owners.iter().filter_map(folder).collect();
    folders.retain(|folder, _| of_python.contains(folder));
    folders
}

/// Whether a file of this name makes its folder one of tests.
fn is_test(name: &str) -> bool {
    let stem = name.strip_suffix(".py");
    stem.is_some_and(|stem| {
        matches!(stem, "__init__" | "conftest")
            || stem.starts_with("test_")
            || stem.ends_with("_test")
    })
}

/// How a text speaks of folders of tests.
#[derive(Debug, PartialEq, Eq)]
enum Mention {
    /// `tests`: perhaps the one near the file that says so.
    Hint,
    /// `tests/data`: the one near the file that says so.
    Beside,
    /// `metrics.tests` or `metrics/tests/data`: the one in this package.
    Within(String),
    /// `.tests`: the end of a name that is put together.
    Below,
}

/// The mentions in a text; a word in a sentence is none.
fn mentions(text: &str) -> Vec<Mention> {
    let is_prose = text.trim().contains(char::is_whitespace);
    let is_path =
        |char: char| char.is_alphanumeric() || matches!(char, '_' | '.' | '/' | '\\' | ':');
    let tokens = text.split(|char| !is_path(char));
    let mention = |token: &str| {
        let parts: Vec<&str> = token.split(['.', '/', '\\', ':']).collect();
        let at = parts.iter().position(|part| *part == TESTS)?;
        let around: Vec<&str> = parts[..at]
            .iter()
            .copied()
            .filter(|part| !part.is_empty())
            .collect();
        let is_word = token.trim_end_matches(['.', ':']) == TESTS;
        match around.is_empty() {
            _ if is_word && is_prose => None,
            _ if is_word => Some(Mention::Hint),
            false => Some(Mention::Within(around.join("."))),
            true if is_from_here(token) => Some(Mention::Beside),
            true => Some(Mention::Below),
        }
    };
    tokens.filter_map(mention).collect()
}

/// Whether a path begins at the file that says it: `tests/x`, `./tests`, `../tests`.
fn is_from_here(token: &str) -> bool {
    let above = token.trim_start_matches('.');
    token.starts_with(TESTS) || (above.len() < token.len() && above.starts_with('/'))
}

struct Search<'a> {
    sources: &'a Sources<'a>,
    modules: &'a Modules,
    owners: &'a BTreeMap<EntryId, usize>,
    folders: &'a BTreeMap<String, Folder>,
    says: Says,
    /// The folders that stay although nothing but a hint may lead to them.
    kept: BTreeSet<String>,
    /// The folders that something leads to.
    used: BTreeSet<String>,
    /// Those that somebody may mean with a bare word.
    hinted: BTreeSet<String>,
    /// Those of them that the function may mean.
    hinted_from_outside: BTreeSet<String>,
    /// The files that were listened to.
    heard: BTreeSet<EntryId>,
    /// Those that were listened to for what they say of other distributions.
    heard_from_afar: BTreeSet<EntryId>,
    /// Those that do not hold the word, which need not be read again.
    mute: BTreeSet<EntryId>,
}

impl Search<'_> {
    fn is_idle(&self, folder: &str, hints: Hints) -> bool {
        let is_hinted = match hints {
            Hints::Ignored => false,
            Hints::OfFunction => self.hinted_from_outside.contains(folder),
            Hints::Believed => self.hinted.contains(folder),
        };
        self.folders.contains_key(folder) && !self.used.contains(folder) && !is_hinted
    }

    /// The files of all folders that nothing was found to lead to.
    fn marks(&self, name: &'static str, hints: Hints) -> Vec<Mark> {
        let is_idle = |id: &&EntryId| {
            let folder = folder_of(&self.sources.input.package().entry(**id).path);
            folder.is_some_and(|folder| self.is_idle(&folder, hints))
        };
        let files = self.owners.keys().filter(is_idle);
        files
            .map(|entry| Mark {
                entry: *entry,
                name,
            })
            .collect()
    }

    /// Listens to all files but those of idle folders, until no folder is found to be in use.
    fn run(&mut self, hints: Hints) -> Result<(), Error> {
        loop {
            let before = self.known();
            for (id, entry) in self.sources.input.package().iter() {
                let folder = folder_of(&entry.path);
                let silent = folder.filter(|folder| self.is_idle(folder, hints));
                match silent {
                    _ if entry.is_symlink() => {}
                    None if self.heard.insert(id) => self.listen(id, &entry.path)?,
                    Some(folder) if self.kept.contains(&folder) => {
                        self.listen_from_afar(id, &entry.path)?;
                    }
                    _ => {}
                }
            }
            if self.known() == before {
                return Ok(());
            }
        }
    }

    /// How much was found so far.
    fn known(&self) -> usize {
        self.used.len() + self.hinted.len() + self.hinted_from_outside.len()
    }

    /// A folder that may be in use leads to those of other distributions; of its own it says nothing.
    fn listen_from_afar(&mut self, id: EntryId, path: &EntryPath) -> Result<(), Error> {
        if self.heard_from_afar.insert(id) {
            let before = self.used.clone();
            self.listen(id, path)?;
            let owner = self.owners.get(&id);
            let is_own = |folder: &String| Some(&self.folders[folder].owner) == owner;
            self.used
                .retain(|folder| before.contains(folder) || !is_own(folder));
        }
        Ok(())
    }

    fn listen(&mut self, id: EntryId, path: &EntryPath) -> Result<(), Error> {
        let owner = self.owners.get(&id).copied();
        let name = path.file_name();
        let is_code = name.ends_with(".py") || name == "__init__.pyi";
        let is_cached = path.as_str().contains("__pycache__/");
        let is_closed = name.ends_with(".so") || (name.ends_with(".pyc") && !is_cached);
        let is_small =
            self.sources.input.package().entry(id).size_bytes() <= SETTINGS_AT_MOST_BYTES;
        let is_settings = owner.is_none() || name == "entry_points.txt";
        let may_speak = is_code || (is_closed && owner.is_some()) || (is_settings && is_small);
        if !may_speak || self.mute.contains(&id) {
            return Ok(());
        }
        let contents = self.sources.input.read(id)?;
        let says = |word: &str| memmem::find(&contents, word.as_bytes()).is_some();
        if is_code && self.says == Says::AllTexts && WALKS.into_iter().any(says) {
            self.use_all_of(owner);
        }
        if !says(TESTS) {
            self.mute.insert(id);
            return Ok(());
        }
        if is_code {
            self.code(owner, id, path)?;
        } else if is_closed {
            // Names of modules stand whole in machine code and in compiled modules.
            let text = String::from_utf8_lossy(&contents);
            let is_name = |byte: char| byte.is_ascii_alphanumeric() || matches!(byte, '.' | '_');
            let words = text.split(|byte| !is_name(byte));
            let words: BTreeSet<&str> = words.filter(|word| word.contains(TESTS)).collect();
            words.into_iter().for_each(|word| self.text(word));
        } else {
            self.text(&String::from_utf8_lossy(&contents));
        }
        Ok(())
    }

    fn code(&mut self, owner: Option<usize>, id: EntryId, path: &EntryPath) -> Result<(), Error> {
        let sources = self.sources;
        let Some(found) = sources.imports(id)? else {
            self.use_all_of(owner);
            return Ok(());
        };
        for import in &found.imports {
            for stem in self.modules.meant(import, path) {
                let names = import.names.iter().map(|name| format!("{stem}/{name}"));
                let meant: Vec<String> = names.chain([stem.clone()]).collect();
                meant.iter().for_each(|stem| self.stem(stem));
            }
        }
        let is_said = |text: &&String| {
            text.contains(TESTS) && (self.says == Says::AllTexts || !found.compared.contains(*text))
        };
        let said: Vec<&String> = found.texts.iter().filter(is_said).collect();
        for text in said {
            for mention in mentions(text) {
                self.mention(owner, path, &mention);
            }
            self.text(text);
        }
        Ok(())
    }

    fn mention(&mut self, owner: Option<usize>, path: &EntryPath, mention: &Mention) {
        // The function's own tests name their own files.
        if owner.is_none() && folder_of(path).is_some() {
            return;
        }
        let is_meant = |name: &String, folder: &Folder| match mention {
            Mention::Below => true,
            // `join(dirname(__file__), "tests")`: beside the file, or beside a folder around it.
            Mention::Hint | Mention::Beside => {
                let parent = name.strip_suffix(TESTS).unwrap_or(name);
                owner.is_none() || path.as_str().starts_with(parent)
            }
            Mention::Within(package) => {
                let end = format!("{package}.{TESTS}");
                let rest = folder.dotted.strip_suffix(&end);
                rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
        };
        let is_own = |folder: &Folder| owner.is_none_or(|owner| folder.owner == owner);
        let used = self.folders.iter();
        let used = used.filter(|(name, folder)| is_own(folder) && is_meant(name, folder));
        let used: Vec<String> = used.map(|(name, _)| name.clone()).collect();
        match mention {
            Mention::Hint => {
                if owner.is_none() {
                    self.hinted_from_outside.extend(used.iter().cloned());
                }
                self.hinted.extend(used);
            }
            Mention::Beside | Mention::Below | Mention::Within(_) => self.used.extend(used),
        }
    }

    /// A module that is imported.
    fn stem(&mut self, stem: &str) {
        let leads = |folder: &&String| {
            let rest = stem.strip_prefix(folder.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let used: Vec<String> = self.folders.keys().filter(leads).cloned().collect();
        self.used.extend(used);
    }

    /// A text that may name folders by their whole name.
    fn text(&mut self, text: &str) {
        let text = text.replace('/', ".");
        let named = |(_, folder): &(&String, &Folder)| text.contains(&folder.dotted);
        let used = self.folders.iter().filter(named);
        let used: Vec<String> = used.map(|(folder, _)| folder.clone()).collect();
        self.used.extend(used);
    }

    /// Something in the code of one owner may mean any of its folders; in the function's own code any at all.
    fn use_all_of(&mut self, owner: Option<usize>) {
        let meant = |folder: &&String| {
            owner.is_none_or(|owner| self.folders[folder.as_str()].owner == owner)
        };
        let used: Vec<String> = self.folders.keys().filter(meant).cloned().collect();
        self.used.extend(used);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_name_folders() {
        let within = |package: &str| vec![Mention::Within(package.to_owned())];
        assert_eq!(mentions("tests"), [Mention::Hint]);
        assert_eq!(mentions("tests/data"), [Mention::Beside]);
        assert_eq!(mentions("../tests"), [Mention::Beside]);
        assert_eq!(mentions(".tests"), [Mention::Below]);
        assert_eq!(mentions("/tests"), [Mention::Below]);
        assert_eq!(
            mentions("sklearn.metrics.tests."),
            within("sklearn.metrics")
        );
        assert_eq!(mentions("a/tests/x.csv"), within("a"));
        assert_eq!(mentions("see a/tests for more"), within("a"));
        assert_eq!(mentions("The GIL was re-enabled during the tests."), []);
        assert_eq!(mentions("contests"), []);
    }
}
