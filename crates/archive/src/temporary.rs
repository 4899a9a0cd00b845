use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

/// What lies on disk only until a run ends. A signal ends the process without running destructors, so the tool's
/// handler asks here what to delete.
static ON_DISK: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// The temporary files and folders that lie on disk at this moment.
pub fn temporary_files() -> Vec<PathBuf> {
    on_disk().iter().cloned().collect()
}

/// Deletes them all, as far as possible; for a handler of Ctrl-C or SIGTERM.
pub fn remove_temporary_files() {
    for path in temporary_files() {
        remove(&path);
        on_disk().remove(&path);
    }
}

/// A folder that goes with this value, and on a signal.
pub struct TemporaryFolder {
    folder: TempDir,
    _listed: Temporary,
}

impl TemporaryFolder {
    /// Makes a folder with a name of its own in `place`.
    pub fn new_in(place: &Path) -> io::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("lambda-slim-")
            .tempdir_in(place)?;
        let _listed = Temporary::new(folder.path());
        Ok(Self { folder, _listed })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Keeps `path` on the list for as long as it lives.
pub(crate) struct Temporary(PathBuf);

impl Temporary {
    pub(crate) fn new(path: &Path) -> Self {
        on_disk().insert(path.to_owned());
        Self(path.to_owned())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        on_disk().remove(&self.0);
    }
}

/// A file that is already gone is no error: that is what was wanted.
fn remove(path: &Path) {
    if path.is_dir() {
        let _ = fs_err::remove_dir_all(path);
    } else {
        let _ = fs_err::remove_file(path);
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
        let temporary = Temporary::new(&path);
        assert!(temporary_files().contains(&path));
        drop(temporary);
        assert!(!temporary_files().contains(&path));
        remove(&path);
        remove(&path);
        assert!(!path.exists());
    }
}
