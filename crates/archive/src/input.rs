use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use lambda_slim_package::{Entry, EntryId, EntryKind, EntryPath, Package};

use crate::folder::{self, Folder};
use crate::joined::{self, Joined, Part};
use crate::memory::Memory;
use crate::shared::Sharing;
use crate::source::Source;
use crate::stream::KnownStream;
use crate::zip_input::{self, ZipContents};
use crate::{Digest, Error, Oddity, ReadyEntry, Warning};

/// What came in, opened for reading by many threads at once.
#[derive(Debug)]
pub struct Input {
    id: InputId,
    package: Package,
    kind: InputKind,
    warnings: Vec<Warning>,
    contents: Contents,
    pub(crate) sharing: Option<Sharing>,
}

/// Tells an [`Input`] from all others of this process: what was found out about one is not true of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InputId(u64);

impl InputId {
    fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// What an [`Input`] was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// A folder on disk.
    Folder,
    /// A zip.
    Zip,
    /// A zip whose name ends in `.jar`.
    Jar,
    /// Entries, or an archive, in memory.
    Memory,
    /// Several inputs, or one with other paths.
    Joined,
}

/// How to open an input.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// What to do with links that leave the folder; links in a zip always stay as they are.
    pub outside_links: OutsideLinks,
    /// What to do with links that end inside the folder.
    pub inside_links: InsideLinks,
    /// Files and folders on disk that are not part of the package, such as the output.
    pub leave_out: Vec<PathBuf>,
    /// The most bytes that all files may have together.
    pub unzipped_at_most_bytes: u64,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            outside_links: OutsideLinks::default(),
            inside_links: InsideLinks::default(),
            leave_out: Vec::new(),
            // Sixteen times Lambda's limit: unslimmed packages are large, and a zip bomb is larger.
            unzipped_at_most_bytes: 4 << 30,
        }
    }
}

/// What to do with a link that leaves the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OutsideLinks {
    /// What it points to becomes ordinary entries.
    #[default]
    Copy,
    /// Stop with an error.
    Refuse,
    /// The link is an entry as it is.
    Keep,
}

/// What to do with a link that ends inside the folder. Links of a zip always stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InsideLinks {
    /// The link is an entry as it is.
    #[default]
    Keep,
    /// What it points to becomes ordinary entries once more.
    Copy,
}

#[derive(Debug)]
pub(crate) enum Contents {
    Folder(Folder),
    Zip(ZipContents),
    Memory(Memory),
    Joined(Joined),
}

impl Input {
    /// Opens a folder, or a file that is a zip by its content; anything else is an error that names the path.
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Input, Error> {
        let error = |source| Error::Open {
            path: path.to_owned(),
            source,
        };
        let metadata = path.metadata().map_err(error)?;
        if metadata.is_dir() {
            return folder::open(path, options);
        }
        // A FIFO or a device is never opened: it could block or act.
        if !metadata.is_file() {
            return Err(Error::NotAPackage {
                path: path.to_owned(),
            });
        }
        zip_input::open(path, Source::open(path).map_err(error)?, options)
    }

    /// Opens a zip that lies in memory, such as an archive inside an archive; `name` stands for it in errors.
    pub fn zip_in_memory(
        name: &Path,
        bytes: Vec<u8>,
        options: &OpenOptions,
    ) -> Result<Input, Error> {
        let input = zip_input::open(name, Source::Memory(bytes), options)?;
        Ok(Self {
            kind: InputKind::Memory,
            ..input
        })
    }

    /// A package held in memory. Links carry no contents; a file's contents must have its size.
    pub fn in_memory(files: Vec<(Entry, Vec<u8>)>) -> Result<Input, Error> {
        let (package, memory) = Memory::new(files)?;
        let contents = Contents::Memory(memory);
        Ok(Self::new(package, InputKind::Memory, Vec::new(), contents))
    }

    /// One package of several inputs, each entry at the path that its [`Part`] says.
    pub fn joined(parts: Vec<Part>) -> Result<Input, Error> {
        joined::join(parts)
    }

    /// This input with more files; each takes the place of what has its path.
    pub fn with_files(self, files: Vec<(Entry, Vec<u8>)>) -> Result<Input, Error> {
        joined::add(self, Self::in_memory(files)?)
    }

    /// The input as it came, without what was added to it.
    pub fn original(&self) -> &Input {
        match &self.contents {
            Contents::Joined(joined) => joined.original().unwrap_or(self),
            Contents::Folder(_) | Contents::Zip(_) | Contents::Memory(_) => self,
        }
    }

    pub(crate) fn new(
        package: Package,
        kind: InputKind,
        mut warnings: Vec<Warning>,
        contents: Contents,
    ) -> Self {
        for (one, other) in package.equal_but_for_case() {
            let other = other.to_string();
            warnings.push(Warning::new(one, Oddity::EqualButForCase { other }));
        }
        Self {
            id: InputId::next(),
            package,
            kind,
            warnings,
            contents,
            sharing: None,
        }
    }

    /// Leaves the empty folders that `is_told` does not want out of what is odd.
    pub(crate) fn tell_empty(&mut self, is_told: impl Fn(&EntryPath) -> bool) {
        let all = std::mem::take(&mut self.warnings);
        let told = all.into_iter().filter_map(|warning| match warning.oddity {
            Oddity::EmptyFolders { others } => {
                let first = EntryPath::new(&warning.path).ok();
                let empty = first.into_iter().chain(others);
                folder::empty_folders_warning(empty.filter(&is_told).collect())
            }
            _ => Some(warning),
        });
        self.warnings = told.collect();
    }

    /// What tells it from others.
    pub fn id(&self) -> InputId {
        self.id
    }

    /// Names, kinds and sizes of everything in it.
    pub fn package(&self) -> &Package {
        &self.package
    }

    /// What it was made of.
    pub fn kind(&self) -> InputKind {
        self.kind
    }

    /// What is odd about it or was left out.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The whole contents of an entry, checked against its size and, in a zip, its checksum; a link's text.
    pub fn read(&self, id: EntryId) -> Result<Vec<u8>, Error> {
        let contents = self.read_contents(id)?;
        self.note_read(id, &contents);
        Ok(contents)
    }

    /// Checks an entry as [`Self::read`] does; `written` is what was written there, if it is a zip.
    pub(crate) fn check(&self, id: EntryId, written: &KnownStream) -> Result<(), Error> {
        match &self.contents {
            Contents::Zip(zip) => zip.check(id, self.package.entry(id), written),
            Contents::Folder(_) | Contents::Memory(_) | Contents::Joined(_) => {
                self.read(id).map(drop)
            }
        }
    }

    pub(crate) fn read_contents(&self, id: EntryId) -> Result<Vec<u8>, Error> {
        match (&self.package.entry(id).kind, &self.contents) {
            (EntryKind::Symlink { target }, _) => Ok(target.clone().into_bytes()),
            (_, Contents::Folder(folder)) => folder.read(id),
            (_, Contents::Zip(zip)) => zip.read(id, self.package.entry(id)),
            (_, Contents::Memory(memory)) => Ok(memory.contents(id).to_vec()),
            (_, Contents::Joined(joined)) => {
                let (part, id) = joined.part(id);
                part.read(id)
            }
        }
    }

    /// The first bytes of an entry, for magic numbers; from a zip no more than that is inflated, nor checked.
    pub fn read_head(&self, id: EntryId, at_most_bytes: usize) -> Result<Vec<u8>, Error> {
        if self.notes_reads() {
            return self.read(id).map(|contents| head(&contents, at_most_bytes));
        }
        match (&self.package.entry(id).kind, &self.contents) {
            (EntryKind::Symlink { target }, _) => Ok(head(target.as_bytes(), at_most_bytes)),
            (_, Contents::Folder(folder)) => folder.read_head(id, at_most_bytes),
            (_, Contents::Zip(zip)) => zip.read_head(id, self.package.entry(id), at_most_bytes),
            (_, Contents::Memory(memory)) => Ok(head(memory.contents(id), at_most_bytes)),
            (_, Contents::Joined(joined)) => {
                let (part, id) = joined.part(id);
                part.read_head(id, at_most_bytes)
            }
        }
    }

    /// An entry of a zip as it lies there, not inflated and not checked; `None` for other inputs.
    pub fn ready(&self, id: EntryId) -> Result<Option<ReadyEntry>, Error> {
        match &self.contents {
            Contents::Zip(zip) => zip.ready(id, self.package.entry(id)).map(Some),
            Contents::Joined(joined) => joined.ready(id, self.package.entry(id)),
            Contents::Folder(_) | Contents::Memory(_) => Ok(None),
        }
    }

    /// When a file was changed; only folders know.
    pub fn modified(&self, id: EntryId) -> Option<SystemTime> {
        match &self.contents {
            Contents::Folder(folder) => folder.modified(id),
            Contents::Joined(joined) => {
                let (part, id) = joined.part(id);
                part.modified(id)
            }
            Contents::Zip(_) | Contents::Memory(_) => None,
        }
    }

    /// Stands for what the system notes of all files of a folder: while that is the same, so are their contents.
    /// `None` where it does not tell, or not surely enough: a file that changed just now could change once more unseen.
    pub fn stamp(&self) -> Option<Digest> {
        match &self.contents {
            Contents::Folder(folder) => folder.stamp(),
            Contents::Zip(_) | Contents::Memory(_) | Contents::Joined(_) => None,
        }
    }

    /// The size of the zip that came in.
    pub fn archive_bytes(&self) -> Option<u64> {
        match &self.contents {
            Contents::Zip(zip) => Some(zip.archive_bytes()),
            Contents::Folder(_) | Contents::Memory(_) | Contents::Joined(_) => None,
        }
    }

    /// The checksum of an entry's contents; that of a zip's entry is what the zip declares.
    pub fn crc32(&self, id: EntryId) -> Result<u32, Error> {
        match self.declared_crc32(id) {
            Some(declared) => Ok(declared),
            None => self.read(id).map(|contents| crc32fast::hash(&contents)),
        }
    }

    /// The checksum that a zip declares for an entry.
    pub fn declared_crc32(&self, id: EntryId) -> Option<u32> {
        match &self.contents {
            Contents::Zip(zip) => Some(zip.crc32(id)),
            Contents::Joined(joined) => {
                let (part, id) = joined.part(id);
                part.declared_crc32(id)
            }
            Contents::Folder(_) | Contents::Memory(_) => None,
        }
    }
}

fn head(bytes: &[u8], at_most_bytes: usize) -> Vec<u8> {
    bytes[..bytes.len().min(at_most_bytes)].to_vec()
}
