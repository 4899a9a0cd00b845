use std::collections::HashSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use lambda_slim_package::{EntryPath, FileMode};

/// Writes entries into an empty folder that is ours alone.
///
/// Files are only ever created new and links are made last, so nothing is written through a link, and an
/// [`EntryPath`] does not leave the folder.
pub(crate) struct FolderWriter {
    root: PathBuf,
    folders: HashSet<EntryPath>,
    links: Vec<(EntryPath, String)>,
    pub(crate) files: usize,
    pub(crate) unzipped_bytes: u64,
}

impl FolderWriter {
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            folders: HashSet::new(),
            links: Vec::new(),
            files: 0,
            unzipped_bytes: 0,
        }
    }

    pub(crate) fn folders(&self) -> usize {
        self.folders.len()
    }

    pub(crate) fn file(
        &mut self,
        path: &EntryPath,
        mode: FileMode,
        contents: &[u8],
        modified: Option<SystemTime>,
    ) -> io::Result<()> {
        self.make_parent(path)?;
        let mut file = fs_err::File::create_new(self.root.join(path.as_str()))?;
        file.write_all(contents)?;
        #[cfg(unix)]
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(
            mode.permissions(),
        ))?;
        #[cfg(not(unix))]
        let _ = mode;
        if let Some(time) = modified {
            file.set_modified(time)?;
        }
        self.files += 1;
        self.unzipped_bytes += contents.len() as u64;
        Ok(())
    }

    /// Keeps a link for [`finish`](Self::finish).
    pub(crate) fn link(&mut self, path: &EntryPath, target: &str) {
        self.links.push((path.clone(), target.to_owned()));
    }

    /// Makes the links.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        for (path, target) in std::mem::take(&mut self.links) {
            self.make_parent(&path)?;
            make_link(&target, &self.root.join(path.as_str()))?;
        }
        Ok(())
    }

    fn make_parent(&mut self, path: &EntryPath) -> io::Result<()> {
        match path.parent() {
            Some(folder) if !self.folders.contains(&folder) => self.make_folder(folder),
            _ => Ok(()),
        }
    }

    fn make_folder(&mut self, folder: EntryPath) -> io::Result<()> {
        self.make_parent(&folder)?;
        let path = self.root.join(folder.as_str());
        fs_err::create_dir(&path)?;
        set_folder_mode(&path)?;
        self.folders.insert(folder);
        Ok(())
    }
}

/// 0755 whatever the umask: Lambda's user must be able to enter.
pub(crate) fn set_folder_mode(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    fs_err::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(unix)]
fn make_link(target: &str, link: &Path) -> io::Result<()> {
    fs_err::os::unix::fs::symlink(target, link)
}

#[cfg(windows)]
fn make_link(target: &str, link: &Path) -> io::Result<()> {
    fs_err::os::windows::fs::symlink_file(target, link)
}
