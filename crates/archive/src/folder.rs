use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::{DirEntry, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use lambda_slim_package::{Entry, EntryId, EntryKind, EntryPath, FileMode, Package};

use crate::input::Contents;
use crate::stamp::Stamp;
use crate::{Digest, Error, Input, InputKind, Oddity, OpenOptions, Warning};

/// Where the files of a folder lie on disk, by entry number; links are held by the package alone.
#[derive(Debug)]
pub(crate) struct Folder {
    files: Vec<Option<FileOnDisk>>,
    /// When the walk over it began.
    opened: SystemTime,
}

#[derive(Debug)]
struct FileOnDisk {
    place: DiskPlace,
    noted: Noted,
}

/// A folder on disk, which all files in it share, and a name in it: a path for each of 17,000 files took a tenth of
/// packing them again unchanged.
#[derive(Debug)]
pub(crate) struct DiskPlace {
    pub(crate) folder: Arc<Path>,
    pub(crate) name: OsString,
}

impl DiskPlace {
    fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }
}

/// What a system notes of a file, as far as anybody here asks.
#[derive(Debug)]
pub(crate) struct Noted {
    size_bytes: u64,
    mode: FileMode,
    sets_id: bool,
    modified: Option<SystemTime>,
    stamp: Option<Stamp>,
}

impl Noted {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self {
            size_bytes: metadata.len(),
            mode: file_mode(metadata),
            sets_id: sets_id(metadata),
            modified: metadata.modified().ok(),
            stamp: Stamp::of(metadata),
        }
    }
}

/// Walks the folder at `path` once.
pub(crate) fn open(path: &Path, options: &OpenOptions) -> Result<Input, Error> {
    let disk = fs_err::canonicalize(path).map_err(|source| Error::Open {
        path: path.to_owned(),
        source,
    })?;
    let mut walk = Walk {
        path,
        options,
        left_out: left_out(&options.leave_out),
        mounts: Vec::new(),
        found: Vec::new(),
        folders: BTreeSet::new(),
        warnings: Vec::new(),
        unreadable: Vec::new(),
        bytes: 0,
        opened: SystemTime::now(),
    };
    walk.mount(Mount { disk, at: None })?;
    walk.into_input()
}

impl Folder {
    /// Reads to the end: a size seen earlier is a guess until then.
    pub(crate) fn read(&self, id: EntryId) -> Result<Vec<u8>, Error> {
        let file = self.file(id);
        let contents = file.head(file.noted.size_bytes.saturating_add(1))?;
        if contents.len() as u64 == file.noted.size_bytes {
            return Ok(contents);
        }
        Err(Error::Changed {
            path: file.place.path(),
        })
    }

    pub(crate) fn read_head(&self, id: EntryId, at_most_bytes: usize) -> Result<Vec<u8>, Error> {
        self.file(id).head(at_most_bytes as u64)
    }

    pub(crate) fn modified(&self, id: EntryId) -> Option<SystemTime> {
        self.files[id.0].as_ref()?.noted.modified
    }

    /// Stands for all stamps; `None` where a file has none, or one that a change would not show in.
    pub(crate) fn stamp(&self) -> Option<Digest> {
        let mut bytes = Vec::with_capacity(self.files.len() * Stamp::BYTES);
        for file in self.files.iter().flatten() {
            let stamp = file.noted.stamp.as_ref();
            let stamp = stamp.filter(|stamp| stamp.is_settled(self.opened))?;
            bytes.extend_from_slice(&stamp.bytes());
        }
        Some(Digest::of(&bytes))
    }

    fn file(&self, id: EntryId) -> &FileOnDisk {
        let file = self.files[id.0].as_ref();
        file.expect("links are read by `Input`")
    }
}

impl FileOnDisk {
    fn head(&self, at_most_bytes: u64) -> Result<Vec<u8>, Error> {
        let path = self.place.path();
        let error = |source| Error::Read {
            path: path.clone(),
            source,
        };
        let capacity = at_most_bytes.min(self.noted.size_bytes.saturating_add(1));
        let mut contents = Vec::with_capacity(capacity as usize);
        let mut file = fs_err::File::open(&path).map_err(error)?;
        file.by_ref()
            .take(at_most_bytes)
            .read_to_end(&mut contents)
            .map_err(error)?;
        Ok(contents)
    }
}

/// One walk over a folder and over what its links bring in.
pub(crate) struct Walk<'a> {
    /// The folder as the user named it.
    pub(crate) path: &'a Path,
    pub(crate) options: &'a OpenOptions,
    /// The names to leave out, by the folder that they are in.
    left_out: LeftOut,
    /// The folder itself and, while links are followed, the folders that they brought us to.
    pub(crate) mounts: Vec<Mount>,
    found: Vec<(Entry, Option<FileOnDisk>)>,
    folders: BTreeSet<EntryPath>,
    pub(crate) warnings: Vec<Warning>,
    unreadable: Vec<(PathBuf, io::Error)>,
    bytes: u64,
    opened: SystemTime,
}

type LeftOut = BTreeMap<OsString, BTreeSet<OsString>>;

/// A folder on disk, by its canonical path, and where it lies in the package; `None` is the package's root.
#[derive(Debug, Clone)]
pub(crate) struct Mount {
    pub(crate) disk: PathBuf,
    pub(crate) at: Option<EntryPath>,
}

impl Mount {
    /// Where the disk path `path` lies in the package; `Ok(None)` is the package's root.
    pub(crate) fn entry_path(&self, path: &Path) -> Result<Option<EntryPath>, Error> {
        let below = path.strip_prefix(&self.disk).unwrap_or(path);
        let mut parts: Vec<&str> = self.at.iter().map(EntryPath::as_str).collect();
        for part in below {
            parts.push(part.to_str().ok_or_else(|| Error::NotUtf8 {
                escaped: format!("{path:?}"),
            })?);
        }
        if parts.is_empty() {
            return Ok(None);
        }
        // On Windows a component holds no separator, on Unix a backslash is refused here.
        EntryPath::new(&parts.join("/"))
            .map(Some)
            .map_err(|source| Error::FileName {
                escaped: format!("{path:?}"),
                source,
            })
    }
}

/// Something that lies in a folder on disk.
struct Item {
    name: OsString,
    kind: ItemKind,
}

enum ItemKind {
    Folder,
    Link,
    File(Noted),
    Other,
}

impl Item {
    fn of(item: &DirEntry) -> io::Result<Self> {
        let kind = item.file_type()?;
        let kind = match () {
            () if kind.is_dir() => ItemKind::Folder,
            () if kind.is_symlink() => ItemKind::Link,
            () if kind.is_file() => ItemKind::File(Noted::of(&item.metadata()?)),
            () => ItemKind::Other,
        };
        let name = item.file_name();
        Ok(Self { name, kind })
    }

    /// Where it lies in the package; `at` is where `folder`, which it lies in, does.
    fn entry_path(&self, folder: &Path, at: Option<&EntryPath>) -> Result<EntryPath, Error> {
        let escaped = || format!("{:?}", folder.join(&self.name));
        let name = self.name.to_str();
        let name = name.ok_or_else(|| Error::NotUtf8 { escaped: escaped() })?;
        let path = match at {
            Some(at) => at.join(name),
            None => EntryPath::new(name),
        };
        path.map_err(|source| Error::FileName {
            escaped: escaped(),
            source,
        })
    }

    /// The order of what lies in one folder by the paths of all files: `a-b` comes before what lies in the folder `a`.
    fn by_path(&self, other: &Self) -> Ordering {
        let [one, two] = [self, other].map(|item| item.name.as_encoded_bytes());
        let common = one.len().min(two.len());
        let rest = |item: &Self, name: &[u8]| {
            let slash = matches!(item.kind, ItemKind::Folder).then_some(b'/');
            name.get(common).copied().or(slash)
        };
        let rests = || rest(self, one).cmp(&rest(other, two));
        one[..common].cmp(&two[..common]).then_with(rests)
    }
}

impl Walk<'_> {
    /// Takes everything below a folder in.
    pub(crate) fn mount(&mut self, mount: Mount) -> Result<(), Error> {
        let Mount { disk, at } = mount.clone();
        self.mounts.push(mount);
        let walked = self.walk(&Arc::from(disk), at.as_ref());
        self.mounts.pop();
        walked
    }

    /// Metadata comes from the open folder: a look-up by the whole path for each file took a tenth of opening a
    /// node_modules of 17,000 files.
    fn walk(&mut self, folder: &Arc<Path>, at: Option<&EntryPath>) -> Result<(), Error> {
        let left_out = self.left_out.get(folder.as_os_str()).cloned();
        let left_out = left_out.unwrap_or_default();
        for item in self.items(folder) {
            if left_out.contains(&item.name) {
                continue;
            }
            let path = item.entry_path(folder, at)?;
            match item.kind {
                ItemKind::Folder => {
                    self.walk(&Arc::from(folder.join(&item.name)), Some(&path))?;
                    self.folders.insert(path);
                }
                ItemKind::Link => self.link(&folder.join(&item.name), path)?,
                ItemKind::Other => self.warnings.push(Warning::new(path, Oddity::NotAFile)),
                ItemKind::File(noted) => {
                    let (folder, name) = (Arc::clone(folder), item.name);
                    self.file(DiskPlace { folder, name }, path, noted)?;
                }
            }
        }
        Ok(())
    }

    /// What lies directly in a folder, in the order of the package: its entries are not sorted once more then.
    fn items(&mut self, folder: &Path) -> Vec<Item> {
        let mut items = Vec::new();
        // The error itself, without a path: all of them are named together.
        let read = match folder.read_dir() {
            Ok(read) => read,
            Err(error) => {
                self.unreadable.push((folder.to_owned(), error));
                return items;
            }
        };
        for item in read {
            match item.map(|item| (Item::of(&item), item)) {
                Ok((Ok(item), _)) => items.push(item),
                Ok((Err(error), item)) => self.unreadable.push((item.path(), error)),
                Err(error) => self.unreadable.push((folder.to_owned(), error)),
            }
        }
        items.sort_by(Item::by_path);
        items
    }

    /// Takes one file in.
    pub(crate) fn file(
        &mut self,
        place: DiskPlace,
        path: EntryPath,
        noted: Noted,
    ) -> Result<(), Error> {
        let Noted {
            size_bytes, mode, ..
        } = noted;
        if size_bytes >= u64::from(u32::MAX) {
            return Err(Error::FileTooLarge {
                path: place.path().display().to_string(),
            });
        }
        self.bytes = self.bytes.saturating_add(size_bytes);
        if self.bytes > self.options.unzipped_at_most_bytes {
            return Err(Error::TooManyBytes {
                path: self.path.to_owned(),
                at_most_bytes: self.options.unzipped_at_most_bytes,
            });
        }
        if noted.sets_id {
            self.warnings.push(Warning::new(&path, Oddity::SetId));
        }
        let kind = EntryKind::File { size_bytes, mode };
        let file = FileOnDisk { place, noted };
        self.found.push((Entry { path, kind }, Some(file)));
        Ok(())
    }

    /// Takes a link in as a link.
    pub(crate) fn keep_link(&mut self, path: EntryPath, target: String) {
        let kind = EntryKind::Symlink { target };
        self.found.push((Entry { path, kind }, None));
    }

    fn into_input(mut self) -> Result<Input, Error> {
        let (paths, errors): (Vec<_>, Vec<_>) = self.unreadable.into_iter().unzip();
        if let Some(source) = errors.into_iter().next() {
            return Err(Error::Unreadable { paths, source });
        }
        self.found
            .sort_by(|(one, _), (other, _)| one.path.cmp(&other.path));
        let (entries, files) = self.found.into_iter().unzip();
        let package = Package::new(entries).map_err(|source| Error::Package {
            path: self.path.to_owned(),
            source,
        })?;
        self.warnings.extend(empty_folders(&package, &self.folders));
        let contents = Contents::Folder(Folder {
            files,
            opened: self.opened,
        });
        Ok(Input::new(
            package,
            InputKind::Folder,
            self.warnings,
            contents,
        ))
    }
}

/// One warning for all folders in which no entry lies: a program might list them.
pub(crate) fn empty_folders(package: &Package, folders: &BTreeSet<EntryPath>) -> Option<Warning> {
    let empty = folders.iter().filter(|path| !package.has_folder(path));
    empty_folders_warning(empty.cloned().collect())
}

pub(crate) fn empty_folders_warning(mut empty: Vec<EntryPath>) -> Option<Warning> {
    let others = empty.split_off(1.min(empty.len()));
    let first = empty.pop()?;
    Some(Warning::new(first, Oddity::EmptyFolders { others }))
}

/// The canonical names of what to leave out: of the thing itself and, where it is a link, of the link too.
fn left_out(paths: &[PathBuf]) -> LeftOut {
    let thing = |path: &PathBuf| fs_err::canonicalize(path).ok();
    let link = |path: &PathBuf| {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = fs_err::canonicalize(folder.unwrap_or(Path::new("."))).ok()?;
        Some(folder.join(path.file_name()?))
    };
    let mut left_out = LeftOut::new();
    for path in paths.iter().flat_map(|path| [thing(path), link(path)]) {
        let path = path.as_deref();
        if let Some((folder, name)) = path.and_then(|path| path.parent().zip(path.file_name())) {
            let names = left_out.entry(folder.into()).or_default();
            names.insert(name.to_owned());
        }
    }
    left_out
}

#[cfg(unix)]
fn file_mode(metadata: &Metadata) -> FileMode {
    use std::os::unix::fs::MetadataExt;
    FileMode::from_unix(metadata.mode())
}

#[cfg(unix)]
fn sets_id(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    const SET_USER_OR_GROUP_ID: u32 = 0o6000;
    metadata.mode() & SET_USER_OR_GROUP_ID != 0
}

#[cfg(not(unix))]
fn sets_id(_: &Metadata) -> bool {
    false
}

/// Windows knows no execute bit; the engine marks what must be executable.
#[cfg(not(unix))]
fn file_mode(_: &Metadata) -> FileMode {
    FileMode::Regular
}
