use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::folder_writer::{FolderWriter, set_folder_mode};
use crate::temporary::{Temporary, undisturbed};
use crate::zip_sink::folder_of;
use crate::{Error, ReadyEntry, ReadyKind, Sink};

/// What to do with a folder that is already there and is not empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Stop with an error.
    Refuse,
    /// Put the new one in its place.
    Replace,
}

/// Writes the entries into a folder: beside its final place, then renamed.
pub struct FolderSink {
    target: PathBuf,
    writer: FolderWriter,
    folder: TempDir,
    _temporary: Temporary,
}

impl FolderSink {
    /// Begins a folder. One that is there and empty is always taken.
    pub fn create(target: &Path, existing: Existing) -> Result<Self, Error> {
        let target = final_place(target, existing)?;
        let error = |source| Error::Write {
            path: target.clone(),
            source,
        };
        let make = || neighbour(&target);
        let made = Temporary::create(make, |folder| folder.path().to_owned());
        let (folder, _temporary) = made.map_err(error)?;
        set_folder_mode(folder.path()).map_err(error)?;
        Ok(Self {
            writer: FolderWriter::new(folder.path()),
            _temporary,
            folder,
            target,
        })
    }

    /// Makes the links and puts the folder in its place.
    pub fn finish(mut self) -> Result<(), Error> {
        let written = self.writer.finish();
        let placed = written.and_then(|()| put_in_place(self.folder, &self.target));
        placed.map_err(|source| Error::Write {
            path: self.target,
            source,
        })
    }
}

impl Sink for FolderSink {
    fn accept(&mut self, entry: &ReadyEntry) -> Result<(), Error> {
        let contents = entry.contents()?;
        match entry.kind {
            ReadyKind::Symlink => {
                let target = String::from_utf8_lossy(&contents);
                self.writer.link(&entry.path, &target);
                Ok(())
            }
            ReadyKind::File(mode) => self
                .writer
                .file(&entry.path, mode, &contents, entry.modified)
                .map_err(|source| Error::Write {
                    path: self.target.join(entry.path.as_str()),
                    source,
                }),
        }
    }
}

/// Where the folder will lie: links are resolved, and so are names such as `.`, that have no neighbours.
fn final_place(target: &Path, existing: Existing) -> Result<PathBuf, Error> {
    if !target.is_dir() {
        return absent_place(target);
    }
    let target = fs_err::canonicalize(target).map_err(|source| Error::Write {
        path: target.to_owned(),
        source,
    })?;
    if existing == Existing::Refuse && !is_empty(&target)? {
        return Err(Error::FolderNotEmpty { path: target });
    }
    Ok(target)
}

fn absent_place(target: &Path) -> Result<PathBuf, Error> {
    // A link to nothing is no folder either.
    if fs_err::symlink_metadata(target).is_ok() {
        return Err(Error::IsNotFolder {
            path: target.to_owned(),
        });
    }
    let folder = folder_of(target);
    if folder.is_dir() {
        return Ok(target.to_owned());
    }
    Err(Error::NoFolder {
        path: folder.to_owned(),
    })
}

/// Whether nothing lies in the folder.
pub(crate) fn is_empty(folder: &Path) -> Result<bool, Error> {
    let mut items = fs_err::read_dir(folder).map_err(|source| Error::Read {
        path: folder.to_owned(),
        source,
    })?;
    Ok(items.next().is_none())
}

fn neighbour(target: &Path) -> io::Result<TempDir> {
    tempfile::Builder::new()
        .prefix(".lambda-slim-")
        .suffix(".tmp")
        .tempdir_in(folder_of(target))
}

/// Moves the old folder away, the new one in, and deletes the old one; if the second step fails, undoes the first.
fn put_in_place(folder: TempDir, target: &Path) -> io::Result<()> {
    let Ok(_) = fs_err::symlink_metadata(target) else {
        fs_err::rename(folder.path(), target)?;
        return forget(folder);
    };
    // The attic is not listed as temporary before the new folder stands: until then it holds all that the user has.
    let attic = neighbour(target)?;
    let old = attic.path().join("old");
    if let Err(error) = undisturbed(|| swap(folder.path(), target, &old)) {
        // What could not be put back must not be deleted with the attic.
        if fs_err::symlink_metadata(&old).is_ok() {
            let _kept = attic.keep();
        }
        return Err(error);
    }
    forget(folder)?;
    let path = attic.path().to_owned();
    let (attic, _listed) = Temporary::create(|| Ok(attic), |_| path)?;
    // The new folder stands: an old one that cannot be deleted is no failure of the work.
    drop(attic);
    Ok(())
}

fn swap(new: &Path, target: &Path, old: &Path) -> io::Result<()> {
    fs_err::rename(target, old)?;
    fs_err::rename(new, target).or_else(|error| {
        fs_err::rename(old, target)?;
        Err(error)
    })
}

/// The folder has moved away: there is nothing left to delete.
fn forget(folder: TempDir) -> io::Result<()> {
    let _moved = folder.keep();
    Ok(())
}
