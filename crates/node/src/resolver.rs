//! Node's own rules of what a specifier means, applied to the files of a package.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use lambda_slim_archive::{Error, Input};
use lambda_slim_package::{EntryId, EntryKind, EntryPath, LinkTarget, Package};
use oxc_resolver::{FileMetadata, FileSystem, ResolveError, ResolveOptions, ResolverGeneric};
use serde_json::Value;

/// Resolves specifiers under every set of conditions that Node.js may apply.
pub(crate) struct Resolver {
    files: Files,
    imports: [ResolverGeneric<Files>; 2],
    requires: [ResolverGeneric<Files>; 2],
    /// What is known of package.json files: whether they say `"type": "module"`.
    says_module: Mutex<BTreeMap<EntryId, bool>>,
}

/// Conditions of `import` and of `require`, with and without `module-sync`: Node.js 22 applies it, but Lambda starts
/// versions 20 and 22 with `--no-experimental-require-module`, which takes it away.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html>.
const IMPORT: [&[&str]; 2] = [
    &["node", "import", "module-sync", "node-addons"],
    &["node", "import", "node-addons"],
];
const REQUIRE: [&[&str]; 2] = [
    &["node", "require", "module-sync", "node-addons"],
    &["node", "require", "node-addons"],
];

/// How a specifier is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// By `import`.
    Import,
    /// By `require`.
    Require,
}

impl Resolver {
    pub(crate) fn new(input: &Input) -> Result<Self, Error> {
        let files = Files::of(input)?;
        let first = ResolverGeneric::new_with_file_system(files.clone(), options(IMPORT[0]));
        let other = |conditions| first.clone_with_options(options(conditions));
        let (second, requires) = (other(IMPORT[1]), REQUIRE.map(other));
        Ok(Self {
            files,
            imports: [first, second],
            requires,
            says_module: Mutex::default(),
        })
    }

    /// The files that `specifier` can mean in a file of `folder`, with the package.json that says so.
    pub(crate) fn resolve(
        &self,
        folder: Option<&EntryPath>,
        specifier: &str,
        usage: Use,
    ) -> Vec<EntryId> {
        let resolvers = match usage {
            Use::Import => &self.imports,
            Use::Require => &self.requires,
        };
        let folder = on_disk(folder.map_or("", EntryPath::as_str));
        let mut found: Vec<EntryId> = resolvers
            .iter()
            .filter_map(|resolver| resolver.resolve(&folder, specifier).ok())
            .filter_map(|resolution| self.entry(resolution.path()))
            .collect();
        found.dedup();
        found
    }

    /// The file that Node.js loads for `specifier` where `module-sync` is off.
    pub(crate) fn load(
        &self,
        folder: Option<&EntryPath>,
        specifier: &str,
        usage: Use,
    ) -> Option<EntryId> {
        let resolver = match usage {
            Use::Import => &self.imports[1],
            Use::Require => &self.requires[1],
        };
        let folder = on_disk(folder.map_or("", EntryPath::as_str));
        let found = resolver.resolve(&folder, specifier).ok()?;
        self.entry(found.path())
    }

    /// Whether the nearest package.json makes the `.js` files of `folder` modules.
    pub(crate) fn makes_modules(&self, folder: Option<&EntryPath>) -> bool {
        let folders = std::iter::successors(folder.cloned(), EntryPath::parent);
        let mut nearest = folders
            .filter_map(|folder| folder.join("package.json").ok())
            .chain(EntryPath::new("package.json").ok())
            .filter_map(|path| {
                let id = self.files.package.find(&path)?;
                Some((id, self.files.manifests.get(&id)?))
            });
        let Some((id, text)) = nearest.next() else {
            return false;
        };
        let mut known = self
            .says_module
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *known.entry(id).or_insert_with(|| says_module(text))
    }

    fn entry(&self, path: &Path) -> Option<EntryId> {
        self.files.package.find(&in_package(path)?)
    }
}

fn says_module(manifest: &[u8]) -> bool {
    let manifest = serde_json::from_slice::<Value>(manifest).ok();
    manifest.is_some_and(|manifest| manifest.get("type").is_some_and(|kind| kind == "module"))
}

fn options(conditions: &[&str]) -> ResolveOptions {
    let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    ResolveOptions {
        condition_names: list(conditions),
        extensions: list(&[".js", ".json", ".node", ".mjs", ".cjs"]),
        main_fields: list(&["main"]),
        builtin_modules: true,
        node_path: false,
        ..ResolveOptions::default()
    }
}

/// The package as a disk of its own, of which only the `package.json` files are ever read.
#[derive(Clone)]
struct Files {
    package: Arc<Package>,
    manifests: Arc<BTreeMap<EntryId, Vec<u8>>>,
    /// Where its links lie.
    links: Arc<BTreeSet<EntryPath>>,
}

fn on_disk(path: &str) -> PathBuf {
    Path::new("/").join(path)
}

fn in_package(path: &Path) -> Option<EntryPath> {
    let text = path.to_str()?;
    EntryPath::new(text.trim_start_matches('/')).ok()
}

fn missing() -> io::Error {
    io::ErrorKind::NotFound.into()
}

impl Files {
    fn of(input: &Input) -> Result<Self, Error> {
        let all = input.package().iter();
        let manifests = all
            .filter(|(_, entry)| entry.path.file_name() == "package.json" && !entry.is_symlink());
        let manifests = manifests.map(|(id, _)| Ok((id, input.read(id)?)));
        let links = input.package().iter();
        let links = links.filter(|(_, entry)| entry.is_symlink());
        Ok(Self {
            package: Arc::new(input.package().clone()),
            links: Arc::new(links.map(|(_, entry)| entry.path.clone()).collect()),
            manifests: Arc::new(manifests.collect::<Result<_, Error>>()?),
        })
    }

    fn entry(&self, path: &Path) -> Option<(&Package, EntryId)> {
        let path = self.past_links(in_package(path)?)?;
        Some((&self.package, self.package.find(&path)?))
    }

    /// `path` where none of its folders is a link; the last part may still be one.
    fn past_links(&self, mut path: EntryPath) -> Option<EntryPath> {
        const LINKS_AT_MOST: usize = 40;
        if self.links.is_empty() {
            return Some(path);
        }
        for _ in 0..LINKS_AT_MOST {
            let mut folders = std::iter::successors(path.parent(), EntryPath::parent);
            let link = folders.find(|folder| self.links.contains(folder));
            let link = link.and_then(|folder| Some((self.package.find(&folder)?, folder)));
            let Some((link, folder)) = link else {
                return Some(path);
            };
            let LinkTarget::Inside(Some(target)) =
                self.package.resolve_link(self.package.entry(link))
            else {
                return None;
            };
            path = target.join(path.relative_to(&folder)?).ok()?;
        }
        None
    }

    fn is_folder(&self, path: &Path) -> bool {
        path == Path::new("/")
            || in_package(path)
                .and_then(|path| self.past_links(path))
                .is_some_and(|path| self.package.has_folder(&path))
    }
}

const FILE: FileMetadata = FileMetadata::new(true, false, false);
const FOLDER: FileMetadata = FileMetadata::new(false, true, false);
const LINK: FileMetadata = FileMetadata::new(false, false, true);

impl FileSystem for Files {
    fn new() -> Self {
        Self {
            package: Arc::default(),
            manifests: Arc::default(),
            links: Arc::default(),
        }
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let (_, id) = self.entry(path).ok_or_else(missing)?;
        self.manifests.get(&id).cloned().ok_or_else(missing)
    }

    fn read_to_string(&self, path: &Path) -> io::Result<String> {
        String::from_utf8(self.read(path)?).map_err(io::Error::other)
    }

    fn metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        if self.is_folder(path) {
            return Ok(FOLDER);
        }
        let (package, id) = self.entry(path).ok_or_else(missing)?;
        match package.resolve_link(package.entry(id)) {
            LinkTarget::Inside(Some(target)) if package.find(&target).is_some() => Ok(FILE),
            LinkTarget::Inside(_) => Ok(FOLDER),
            _ => Err(missing()),
        }
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        if self.is_folder(path) {
            return Ok(FOLDER);
        }
        let (package, id) = self.entry(path).ok_or_else(missing)?;
        Ok(if package.entry(id).is_symlink() {
            LINK
        } else {
            FILE
        })
    }

    fn read_link(&self, path: &Path) -> Result<PathBuf, ResolveError> {
        let link = self
            .entry(path)
            .map(|(package, id)| &package.entry(id).kind);
        match link {
            Some(EntryKind::Symlink { target }) => Ok(PathBuf::from(target)),
            _ => Err(missing().into()),
        }
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        let (package, id) = self.entry(path).ok_or_else(missing)?;
        match package.resolve_link(package.entry(id)) {
            LinkTarget::Inside(target) => {
                Ok(on_disk(target.as_ref().map_or("", EntryPath::as_str)))
            }
            _ => Err(missing()),
        }
    }
}
