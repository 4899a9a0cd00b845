//! What was read and parsed of a package, kept for whoever asks next.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use lambda_slim_archive::{Error, Input, InputId};
use lambda_slim_engine::FoundDependency;
use lambda_slim_package::EntryId;

use crate::imports::Imports;
use crate::library::Library;
use crate::{distribution, listing};

/// Remembers what was read of the package that was asked for last. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    last: Arc<Mutex<Option<Known>>>,
    handlers: Arc<[String]>,
}

/// The package, and what is known of it.
type Known = (InputId, Arc<Parsed>);

/// What is known of one package; each part is read when somebody asks for it.
#[derive(Debug)]
struct Parsed {
    /// For each entry; `None` inside where it cannot be parsed.
    imports: Vec<OnceLock<Option<Imports>>>,
    distributions: OnceLock<Vec<FoundDependency>>,
    library: OnceLock<Library>,
    lists_files: OnceLock<bool>,
}

/// The sources of one package.
pub(crate) struct Sources<'i> {
    pub(crate) input: &'i Input,
    handlers: Arc<[String]>,
    parsed: Arc<Parsed>,
}

impl Memory {
    /// For the code of functions whose handlers are known, as in their configuration: `src/app.run`.
    pub fn with_handlers(handlers: impl IntoIterator<Item = String>) -> Self {
        Self {
            last: Arc::default(),
            handlers: handlers.into_iter().collect(),
        }
    }

    pub(crate) fn of<'i>(&self, input: &'i Input) -> Sources<'i> {
        let mut memory = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let known = memory.take().filter(|(id, _)| *id == input.id());
        let (_, parsed) = memory.insert(known.unwrap_or_else(|| {
            let parsed = Parsed {
                imports: input.package().iter().map(|_| OnceLock::new()).collect(),
                distributions: OnceLock::new(),
                library: OnceLock::new(),
                lists_files: OnceLock::new(),
            };
            (input.id(), Arc::new(parsed))
        }));
        Sources {
            input,
            handlers: Arc::clone(&self.handlers),
            parsed: Arc::clone(parsed),
        }
    }
}

impl Sources<'_> {
    /// What a source imports; `None` where it cannot be parsed.
    pub(crate) fn imports(&self, id: EntryId) -> Result<Option<&Imports>, Error> {
        let read = || {
            let source = self.input.read(id)?;
            Ok(Imports::read(&String::from_utf8_lossy(&source)))
        };
        get(&self.parsed.imports[id.0], read).map(Option::as_ref)
    }

    /// Every installed distribution.
    pub(crate) fn distributions(&self) -> Result<&[FoundDependency], Error> {
        let found = get(&self.parsed.distributions, || {
            distribution::find(self.input)
        });
        found.map(Vec::as_slice)
    }

    /// Whether some code asks `importlib.metadata` for the files of distributions.
    pub(crate) fn list_files(&self) -> Result<bool, Error> {
        get(&self.parsed.lists_files, || listing::is_asked(self)).copied()
    }

    /// The code, by owner.
    pub(crate) fn library(&self) -> Result<&Library, Error> {
        get(&self.parsed.library, || {
            Library::read(self.input, self.distributions()?, &self.handlers)
        })
    }
}

/// What the cell holds, or is given now. Two threads may both read; they read the same.
fn get<T>(cell: &OnceLock<T>, read: impl FnOnce() -> Result<T, Error>) -> Result<&T, Error> {
    match cell.get() {
        Some(known) => Ok(known),
        None => {
            let new = read()?;
            Ok(cell.get_or_init(|| new))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_input::input_of;

    #[test]
    fn another_package_is_read_anew() {
        let memory = Memory::default();
        let imported = |text: &str| {
            let input = input_of(&[("app.py", text)]);
            let sources = memory.of(&input);
            let found = sources.imports(EntryId(0)).unwrap();
            found.map(|found| found.imports.len())
        };
        assert_eq!(imported("import a, b"), Some(2));
        assert_eq!(imported("import a"), Some(1));
        assert_eq!(imported("import import"), None);
    }
}
