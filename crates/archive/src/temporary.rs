use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

/// What lies on disk only until a run ends. A signal ends the process without running destructors, so the tool's
/// handler deletes what is listed here. Whoever holds the lock is not disturbed by a signal.
static ON_DISK: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// The temporary files and folders that lie on disk at this moment.
pub fn temporary_files() -> Vec<PathBuf> {
    on_disk().iter().cloned().collect()
}

/// Deletes all temporary files and ends the process; for a handler of Ctrl-C or SIGTERM.
///
/// The list stays locked until the end, so that no other thread makes one more.
pub fn exit_without_temporary_files(code: i32) -> ! {
    let listed = on_disk();
    for path in listed.iter() {
        remove(path);
    }
    std::process::exit(code)
}

/// A folder that goes with this value, and on a signal.
pub struct TemporaryFolder {
    // Deleted before it leaves the list.
    folder: TempDir,
    _listed: Temporary,
}

impl TemporaryFolder {
    /// Makes a folder with a name of its own in `place`.
    pub fn new_in(place: &Path) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        let make = || builder.prefix("lambda-slim-").tempdir_in(place);
        let (folder, _listed) = Temporary::create(make, |folder| folder.path().to_owned())?;
        Ok(Self { folder, _listed })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Keeps a path on the list for as long as it lives.
pub(crate) struct Temporary(PathBuf);

impl Temporary {
    /// Makes something temporary and lists it, with no moment between in which a signal would miss it.
    pub(crate) fn create<T>(
        make: impl FnOnce() -> io::Result<T>,
        path: impl FnOnce(&T) -> PathBuf,
    ) -> io::Result<(T, Self)> {
        let mut on_disk = on_disk();
        let made = make()?;
        let path = path(&made);
        on_disk.insert(path.clone());
        Ok((made, Self(path)))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        on_disk().remove(&self.0);
    }
}

/// Does what must be done as a whole or not at all: a signal waits until it is done.
pub(crate) fn undisturbed<T>(work: impl FnOnce() -> T) -> T {
    let _held = on_disk();
    work()
}

/// Deletes a file or folder; another thread may still be writing into the folder, so it is tried again.
fn remove(path: &Path) {
    const TRIES: usize = 100;
    for _ in 0..TRIES {
        let _ = match path.is_dir() {
            true => fs_err::remove_dir_all(path),
            false => fs_err::remove_file(path),
        };
        if fs_err::symlink_metadata(path).is_err() {
            break;
        }
    }
}

fn on_disk() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    ON_DISK.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lives_is_listed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        fs_err::write(&path, "x").unwrap();
        let make = || Ok(path.clone());
        let (_, temporary) = Temporary::create(make, PathBuf::clone).unwrap();
        assert!(temporary_files().contains(&path));
        drop(temporary);
        assert!(!temporary_files().contains(&path));
        remove(&path);
        remove(&path);
        assert!(!path.exists());
    }
}
