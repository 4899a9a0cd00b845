//! Folders as a whole: what is in them, copies, modes.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use walkdir::WalkDir;

/// One thing in a folder.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Relative to the folder.
    pub(crate) path: PathBuf,
    pub(crate) kind: Kind,
    metadata: Metadata,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Folder,
    File { bytes: u64 },
    Link { target: PathBuf },
}

/// How much a folder holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    /// Files and links.
    pub(crate) files: u64,
    pub(crate) unzipped_bytes: u64,
}

/// Everything below `root`, sorted, links not followed; a folder stands before what is in it.
pub(crate) fn entries(root: &Path) -> anyhow::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for found in WalkDir::new(root).min_depth(1).sort_by_file_name() {
        let found = found?;
        let metadata = found.metadata()?;
        let kind = if metadata.is_dir() {
            Kind::Folder
        } else if metadata.is_symlink() {
            Kind::Link {
                target: fs_err::read_link(found.path())?,
            }
        } else {
            Kind::File {
                bytes: metadata.len(),
            }
        };
        let path = found.path().strip_prefix(root)?.to_owned();
        entries.push(Entry {
            path,
            kind,
            metadata,
        });
    }
    Ok(entries)
}

/// Counts files and bytes.
pub(crate) fn measure(root: &Path) -> anyhow::Result<Size> {
    let mut size = Size {
        files: 0,
        unzipped_bytes: 0,
    };
    for entry in entries(root)? {
        match entry.kind {
            Kind::Folder => continue,
            Kind::Link { .. } => {}
            Kind::File { bytes } => size.unzipped_bytes += bytes,
        }
        size.files += 1;
    }
    Ok(size)
}

/// Changes with every name, mode, size, time and link below `root`.
pub(crate) fn snapshot(root: &Path) -> anyhow::Result<String> {
    let mut hasher = Sha256::new();
    for entry in entries(root)? {
        let modified = entry.metadata.modified()?;
        let mode = mode(&entry.metadata);
        hasher.update(format!(
            "{:?} {:?} {mode:o} {modified:?}\n",
            entry.path, entry.kind
        ));
    }
    Ok(hex(&hasher.finalize()))
}

/// Copies `from` to `to`, which must be absent, in the plainest way: modes 644 and 755; `skip` leaves things of the
/// root out.
pub(crate) fn copy(from: &Path, to: &Path, skip: impl Fn(&Path) -> bool) -> anyhow::Result<()> {
    fs_err::create_dir(to)?;
    set_mode(to, 0o755)?;
    for entry in entries(from)? {
        let first = entry.path.components().next();
        if first.is_some_and(|first| skip(Path::new(&first))) {
            continue;
        }
        place(from, to, &entry, 0o755)?;
    }
    Ok(())
}

/// Copies `from` to `to` as another machine might have made it: entries made in reverse order, present times, and no
/// rights for others.
pub(crate) fn copy_as_elsewhere(from: &Path, to: &Path) -> anyhow::Result<()> {
    let entries = entries(from)?;
    fs_err::create_dir(to)?;
    for entry in entries.iter().rev() {
        if let Some(parent) = to.join(&entry.path).parent() {
            fs_err::create_dir_all(parent)?;
        }
        if !to.join(&entry.path).exists() {
            place(from, to, entry, 0o700)?;
        }
    }
    Ok(())
}

/// Makes one entry; `most` is the mode of what may be run.
fn place(from: &Path, to: &Path, entry: &Entry, most: u32) -> anyhow::Result<()> {
    let target = to.join(&entry.path);
    match &entry.kind {
        Kind::Folder => {
            fs_err::create_dir(&target)?;
            set_mode(&target, most)?;
        }
        Kind::Link { target: text } => link(text, &target)?,
        Kind::File { .. } => {
            // Not `copy`, which would keep the mode.
            fs_err::write(&target, fs_err::read(from.join(&entry.path))?)?;
            let runs = mode(&entry.metadata) & 0o100 != 0;
            set_mode(&target, if runs { most } else { most & 0o666 })?;
        }
    }
    Ok(())
}

/// A folder that cannot be written to, as /var/task; it can be again when this value goes.
#[derive(Debug)]
pub(crate) struct ReadOnly<'a> {
    root: &'a Path,
}

impl<'a> ReadOnly<'a> {
    pub(crate) fn new(root: &'a Path) -> anyhow::Result<Self> {
        let guard = Self { root };
        guard.each(|mode| mode & !0o222)?;
        Ok(guard)
    }

    fn each(&self, change: impl Fn(u32) -> u32) -> anyhow::Result<()> {
        for entry in entries(self.root)? {
            if !matches!(entry.kind, Kind::Link { .. }) {
                set_mode(&self.root.join(&entry.path), change(mode(&entry.metadata)))?;
            }
        }
        let root = fs_err::metadata(self.root)?;
        Ok(set_mode(self.root, change(mode(&root)))?)
    }
}

impl Drop for ReadOnly<'_> {
    fn drop(&mut self) {
        // Folders that cannot be made writable stay behind in the folder for temporary files: no harm.
        let _ = self.each(|mode| mode | 0o200);
    }
}

#[cfg(unix)]
fn mode(metadata: &Metadata) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o7777
}

#[cfg(not(unix))]
fn mode(_: &Metadata) -> u32 {
    0o755
}

/// Sets the rights of a file or folder, where the system has such.
#[cfg(unix)]
pub(crate) fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs_err::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))
}

#[cfg(not(unix))]
pub(crate) fn set_mode(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn link(text: &Path, place: &Path) -> io::Result<()> {
    fs_err::os::unix::fs::symlink(text, place)
}

#[cfg(not(unix))]
fn link(_: &Path, place: &Path) -> io::Result<()> {
    Err(io::Error::other(format!(
        "no symbolic links on this system: `{}`",
        place.display()
    )))
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_hold_the_same_in_any_order() {
        let scratch = tempfile::tempdir().unwrap();
        let from = scratch.path().join("from");
        fs_err::create_dir_all(from.join("a/b")).unwrap();
        fs_err::write(from.join("a/b/c.txt"), "text").unwrap();
        fs_err::write(from.join("z.txt"), "z").unwrap();
        for (name, expected) in [("plain", 2), ("elsewhere", 2)] {
            let to = scratch.path().join(name);
            match name {
                "plain" => copy(&from, &to, |_| false).unwrap(),
                _ => copy_as_elsewhere(&from, &to).unwrap(),
            }
            assert_eq!(
                measure(&to).unwrap(),
                Size {
                    files: expected,
                    unzipped_bytes: 5
                }
            );
        }
        let without = scratch.path().join("without");
        copy(&from, &without, |name| name == Path::new("a")).unwrap();
        assert_eq!(measure(&without).unwrap().files, 1);
    }

    #[test]
    fn a_snapshot_sees_a_changed_file() {
        let scratch = tempfile::tempdir().unwrap();
        fs_err::write(scratch.path().join("a"), "1").unwrap();
        let before = snapshot(scratch.path()).unwrap();
        assert_eq!(before, snapshot(scratch.path()).unwrap());
        fs_err::write(scratch.path().join("a"), "12").unwrap();
        assert_ne!(before, snapshot(scratch.path()).unwrap());
    }
}
