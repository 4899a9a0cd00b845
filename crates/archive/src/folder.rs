use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{DirEntry, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
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
pub(crate) struct FileOnDisk {
    path: PathBuf,
    size_bytes: u64,
    modified: Option<SystemTime>,
    stamp: Option<Stamp>,
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
        let contents = file.head(file.size_bytes.saturating_add(1))?;
        if contents.len() as u64 == file.size_bytes {
            return Ok(contents);
        }
        Err(Error::Changed {
            path: file.path.clone(),
        })
    }

    pub(crate) fn read_head(&self, id: EntryId, at_most_bytes: usize) -> Result<Vec<u8>, Error> {
        self.file(id).head(at_most_bytes as u64)
    }

    pub(crate) fn modified(&self, id: EntryId) -> Option<SystemTime> {
        self.files[id.0].as_ref()?.modified
    }

    /// Stands for all stamps; `None` where a file has none, or one that a change would not show in.
    pub(crate) fn stamp(&self) -> Option<Digest> {
        const STAMP_BYTES: usize = 56;
        let mut bytes = Vec::with_capacity(self.files.len() * STAMP_BYTES);
        for file in self.files.iter().flatten() {
            let stamp = file.stamp.filter(|stamp| stamp.is_settled(self.opened))?;
            bytes.extend(stamp.bytes());
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
        let error = |source| Error::Read {
            path: self.path.clone(),
            source,
        };
        let capacity = at_most_bytes.min(self.size_bytes.saturating_add(1));
        let mut contents = Vec::with_capacity(capacity as usize);
        let mut file = fs_err::File::open(&self.path).map_err(error)?;
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
    /// As texts: to compare paths part by part, for each file, is a good part of a walk.
    left_out: BTreeSet<OsString>,
    /// The folder itself and, while links are followed, the folders that they brought us to.
    pub(crate) mounts: Vec<Mount>,
    found: Vec<(Entry, Option<FileOnDisk>)>,
    folders: BTreeSet<EntryPath>,
    pub(crate) warnings: Vec<Warning>,
    unreadable: Vec<(PathBuf, io::Error)>,
    bytes: u64,
    opened: SystemTime,
}

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
    path: PathBuf,
    name: OsString,
    kind: ItemKind,
}

enum ItemKind {
    Folder,
    Link,
    File(Metadata),
    Other,
}

impl Item {
    fn of(item: &DirEntry) -> io::Result<Self> {
        let kind = item.file_type()?;
        let kind = match () {
            () if kind.is_dir() => ItemKind::Folder,
            () if kind.is_symlink() => ItemKind::Link,
            () if kind.is_file() => ItemKind::File(item.metadata()?),
            () => ItemKind::Other,
        };
        Ok(Self {
            path: item.path(),
            name: item.file_name(),
            kind,
        })
    }

    /// Where it lies in the package; `folder` is where what it lies in does.
    fn entry_path(&self, folder: Option<&EntryPath>) -> Result<EntryPath, Error> {
        let name = self.name.to_str().ok_or_else(|| Error::NotUtf8 {
            escaped: format!("{:?}", self.path),
        })?;
        let path = match folder {
            Some(folder) => folder.join(name),
            None => EntryPath::new(name),
        };
        path.map_err(|source| Error::FileName {
            escaped: format!("{:?}", self.path),
            source,
        })
    }
}

impl Walk<'_> {
    /// Takes everything below a folder in.
    pub(crate) fn mount(&mut self, mount: Mount) -> Result<(), Error> {
        let Mount { disk, at } = mount.clone();
        self.mounts.push(mount);
        let walked = self.walk(&disk, at.as_ref());
        self.mounts.pop();
        walked
    }

    /// Metadata comes from the open folder: a look-up by the whole path for each file took a tenth of opening a
    /// node_modules of 17,000 files.
    fn walk(&mut self, folder: &Path, at: Option<&EntryPath>) -> Result<(), Error> {
        for item in self.items(folder) {
            if self.left_out.contains(item.path.as_os_str()) {
                continue;
            }
            let path = item.entry_path(at)?;
            self.visit(&item, &path)?;
            if matches!(item.kind, ItemKind::Folder) {
                self.walk(&item.path, Some(&path))?;
            }
        }
        Ok(())
    }

    /// What lies directly in a folder, sorted by name.
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
        items.sort_by(|one, other| one.name.cmp(&other.name));
        items
    }

    fn visit(&mut self, item: &Item, path: &EntryPath) -> Result<(), Error> {
        let path = path.clone();
        match &item.kind {
            ItemKind::Folder => _ = self.folders.insert(path),
            ItemKind::Link => self.link(&item.path, path)?,
            ItemKind::Other => self.warnings.push(Warning::new(path, Oddity::NotAFile)),
            ItemKind::File(metadata) => self.file(&item.path, path, metadata)?,
        }
        Ok(())
    }

    /// Takes one file in.
    pub(crate) fn file(
        &mut self,
        disk: &Path,
        path: EntryPath,
        metadata: &Metadata,
    ) -> Result<(), Error> {
        let size_bytes = metadata.len();
        if size_bytes >= u64::from(u32::MAX) {
            return Err(Error::FileTooLarge {
                path: disk.display().to_string(),
            });
        }
        self.bytes = self.bytes.saturating_add(size_bytes);
        if self.bytes > self.options.unzipped_at_most_bytes {
            return Err(Error::TooManyBytes {
                path: self.path.to_owned(),
                at_most_bytes: self.options.unzipped_at_most_bytes,
            });
        }
        let mode = file_mode(metadata);
        if sets_id(metadata) {
            self.warnings.push(Warning::new(&path, Oddity::SetId));
        }
        let file = FileOnDisk {
            path: disk.to_owned(),
            size_bytes,
            modified: metadata.modified().ok(),
            stamp: Stamp::of(metadata),
        };
        let kind = EntryKind::File { size_bytes, mode };
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
    let mut empty = folders.iter().filter(|path| !package.has_folder(path));
    let first = empty.next()?;
    let count = 1 + empty.count();
    Some(Warning::new(first, Oddity::EmptyFolders { count }))
}

/// The canonical names of what to leave out: of the thing itself and, where it is a link, of the link too.
fn left_out(paths: &[PathBuf]) -> BTreeSet<OsString> {
    let thing = |path: &PathBuf| fs_err::canonicalize(path).ok();
    let link = |path: &PathBuf| {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = fs_err::canonicalize(folder.unwrap_or(Path::new("."))).ok()?;
        Some(folder.join(path.file_name()?))
    };
    paths
        .iter()
        .flat_map(|path| [thing(path), link(path)])
        .flatten()
        .map(PathBuf::into_os_string)
        .collect()
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
