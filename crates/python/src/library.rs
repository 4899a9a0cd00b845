//! The code of a package, by owner.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use lambda_slim_archive::{Error, Input};
use lambda_slim_engine::FoundDependency;
use lambda_slim_package::{EntryId, EntryPath, Package};
use memchr::memmem;

use crate::archives;
use crate::code::{Code, Entrances};
use crate::services::service;

/// The word that all code around the SDK holds: boto3, botocore and the names of what wraps them.
pub(crate) const SDK_WORD: &str = "boto";

/// Parts of the SDK that bring no models: they hand services on to boto3 and botocore, beside which they are installed.
const PARTS: [&str; 3] = ["s3transfer", "aiobotocore", "aioboto3"];

/// The code of a package, by owner. That of the SDK itself is apart: it names services for its own purposes.
#[derive(Debug)]
pub(crate) struct Library {
    pub(crate) own: Own,
    pub(crate) dependencies: Vec<Files>,
    /// The function's other small files: settings and templates.
    pub(crate) settings: Files,
    /// Compiled modules of dependencies without their source that speak of the SDK.
    pub(crate) closed: Vec<EntryId>,
    /// The sources of the SDK.
    pub(crate) sdk: Vec<EntryId>,
    /// The handlers that are known, as in the configuration of the function.
    handlers: Vec<String>,
    own_code: OnceLock<Understood>,
    dependency_code: Vec<OnceLock<Understood>>,
}

/// The code of one owner, and the files of it that cannot be parsed, by their numbers.
#[derive(Debug, Default)]
pub(crate) struct Understood {
    pub(crate) code: Code,
    pub(crate) broken: Vec<usize>,
}

impl Understood {
    fn of(files: &Files, entrances: Entrances) -> Self {
        let mut all = Self {
            code: Code::entered_by(entrances),
            broken: Vec::new(),
        };
        for (number, (path, text)) in files.iter().enumerate() {
            if !all.code.add(path, text) {
                all.broken.push(number);
            }
        }
        all
    }
}

/// Python files of one owner: path and text.
pub(crate) type Files = Vec<(String, String)>;

#[derive(Debug, Default)]
pub(crate) struct Own {
    pub(crate) files: Files,
    /// Compiled modules without their source that speak of the SDK, and archives of modules.
    pub(crate) closed: Vec<String>,
}

impl Own {
    /// Why its calls cannot all be read.
    pub(crate) fn unread(&self) -> Option<String> {
        if self.files.is_empty() {
            return Some("there is no code of a function in the package".to_owned());
        }
        let path = self.closed.first()?;
        Some(format!(
            "`{path}` is compiled or packed, so its calls cannot be read"
        ))
    }
}

impl Library {
    pub(crate) fn read(
        input: &Input,
        distributions: &[FoundDependency],
        handlers: &[String],
    ) -> Result<Self, Error> {
        let package = input.package();
        let sdk = sdk_folders(package);
        let mut owners: BTreeMap<EntryId, usize> = BTreeMap::new();
        for (index, distribution) in distributions.iter().enumerate() {
            owners.extend(distribution.entries.iter().map(|entry| (*entry, index)));
        }
        let mut library = Self {
            own: Own::default(),
            dependencies: vec![Vec::new(); distributions.len()],
            settings: Vec::new(),
            closed: Vec::new(),
            sdk: Vec::new(),
            handlers: handlers.to_vec(),
            own_code: OnceLock::new(),
            dependency_code: distributions.iter().map(|_| OnceLock::new()).collect(),
        };
        for (id, entry) in package.iter().filter(|(_, entry)| !entry.is_symlink()) {
            match sdk.iter().find_map(|folder| entry.path.relative_to(folder)) {
                None => library.add(input, id, &entry.path, owners.get(&id).copied())?,
                Some(inner) if inner.ends_with(".py") => library.sdk.push(id),
                Some(_) => {}
            }
        }
        Ok(library)
    }

    fn add(
        &mut self,
        input: &Input,
        id: EntryId,
        path: &EntryPath,
        owner: Option<usize>,
    ) -> Result<(), Error> {
        const SETTINGS_AT_MOST_BYTES: u64 = 1 << 20;
        let package = input.package();
        let text = || -> Result<_, Error> {
            let bytes = input.read(id)?;
            Ok((
                path.to_string(),
                String::from_utf8_lossy(&bytes).into_owned(),
            ))
        };
        let small = package.entry(id).size_bytes() <= SETTINGS_AT_MOST_BYTES;
        match (Kind::of(package, path), owner) {
            (Kind::Source, Some(owner)) => self.dependencies[owner].push(text()?),
            (Kind::Source, None) => self.own.files.push(text()?),
            (Kind::Closed, None) if speaks_of_sdk(&input.read(id)?) => {
                self.own.closed.push(path.to_string());
            }
            (Kind::Closed, Some(_)) if speaks_of_sdk(&input.read(id)?) => self.closed.push(id),
            (Kind::Other, None) if archives::holds_modules(path, || input.read(id))? => {
                self.own.closed.push(path.to_string());
            }
            (Kind::Other, None) if small => {
                let (path, text) = text()?;
                match text.lines().next() {
                    Some(first) if first.starts_with("#!") && first.contains("python") => {
                        self.own.files.push((path, text));
                    }
                    _ => self.settings.push((path, text)),
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The function's own code.
    pub(crate) fn own_code(&self) -> &Understood {
        let entrances = || Entrances::of_function(&self.handlers);
        self.own_code
            .get_or_init(|| Understood::of(&self.own.files, entrances()))
    }

    /// The dependencies that speak of the SDK, with their code.
    pub(crate) fn speakers(&self) -> impl Iterator<Item = (&Files, &Understood)> {
        self.code_with(SDK_WORD)
    }

    /// The dependencies that speak of `word`, with their code.
    pub(crate) fn code_with(&self, word: &str) -> impl Iterator<Item = (&Files, &Understood)> {
        let all = self.dependencies.iter().zip(&self.dependency_code);
        let finder = memmem::Finder::new(word).into_owned();
        let speakers = all.filter(move |(files, _)| {
            let mut texts = files.iter();
            texts.any(|(_, text)| finder.find(text.as_bytes()).is_some())
        });
        speakers.map(|(files, code)| {
            let entrances = || Entrances::of_dependency(&self.handlers);
            (
                files,
                code.get_or_init(|| Understood::of(files, entrances())),
            )
        })
    }

    /// Every name of a service that is written somewhere, with one place.
    pub(crate) fn texts(&self, known: &BTreeSet<&str>) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let code = self.dependencies.iter().flatten().chain(&self.own.files);
        for (path, text) in code.chain(&self.settings) {
            let is_name = |byte: char| byte.is_ascii_alphanumeric() || matches!(byte, '-' | '.');
            for word in text.split(|char| !is_name(char)) {
                if let Some(name) = service(word, known) {
                    found.entry(name.to_owned()).or_insert_with(|| path.clone());
                }
            }
        }
        found
    }
}

enum Kind {
    Source,
    /// Code that cannot be read: compiled, and no source beside it.
    Closed,
    Other,
}

impl Kind {
    fn of(package: &Package, path: &EntryPath) -> Self {
        let name = path.file_name();
        let has_source = || {
            let source = EntryPath::new(&format!("{}.py", path.as_str().trim_end_matches(".pyc")));
            source.is_ok_and(|source| package.find(&source).is_some())
        };
        match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("py" | "pyw") => Self::Source,
            Some("pyc") if path.components().rev().nth(1) != Some("__pycache__") => {
                if has_source() {
                    Self::Other
                } else {
                    Self::Closed
                }
            }
            Some("so") => Self::Closed,
            _ => Self::Other,
        }
    }
}

/// Whether `path` is code that cannot be read: compiled, and no source beside it.
pub(crate) fn is_closed_code(package: &Package, path: &EntryPath) -> bool {
    matches!(Kind::of(package, path), Kind::Closed)
}

/// The folders of the SDK's own packages, told by the models that they carry.
fn sdk_folders(package: &Package) -> BTreeSet<EntryPath> {
    let models = package.iter().filter_map(|(_, entry)| {
        let path = &entry.path;
        let name = path.file_name();
        let is_model = name.starts_with("service-2.json") || name.starts_with("resources-1.json");
        let mut folders = std::iter::successors(path.parent(), EntryPath::parent).skip(2);
        let data = is_model.then(|| folders.next()).flatten()?;
        (data.file_name() == "data")
            .then(|| data.parent())
            .flatten()
    });
    let mut folders: BTreeSet<EntryPath> = models.collect();
    let beside = |folder: &EntryPath| {
        PARTS.map(|name| match folder.parent() {
            Some(parent) => parent.join(name),
            None => EntryPath::new(name),
        })
    };
    let parts: Vec<_> = folders.iter().flat_map(beside).flatten().collect();
    folders.extend(parts);
    folders
}

/// Whether `contents` may have to do with the SDK.
pub(crate) fn speaks_of_sdk(contents: &[u8]) -> bool {
    memmem::find(contents, SDK_WORD.as_bytes()).is_some()
}
