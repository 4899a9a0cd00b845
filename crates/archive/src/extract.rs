use std::path::Path;

use lambda_slim_package::EntryKind;

use crate::folder_sink::is_empty;
use crate::folder_writer::{FolderWriter, set_folder_mode};
use crate::{Error, Input, OpenOptions};

/// What an extraction made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extracted {
    /// Number of files, without links.
    pub files: usize,
    /// Number of folders.
    pub folders: usize,
    /// Sum of the files' sizes.
    pub unzipped_bytes: u64,
}

/// Extracts the zip into a folder that is absent or empty, on one thread: for measuring how long it takes.
///
/// The zip is checked like any other, so one that is not ours is safe as well.
pub fn extract(zip: &Path, into: &Path) -> Result<Extracted, Error> {
    prepare(into)?;
    let options = OpenOptions {
        unzipped_at_most_bytes: u64::MAX,
        ..OpenOptions::default()
    };
    let input = Input::open(zip, &options)?;
    let mut writer = FolderWriter::new(into);
    let error = |source| Error::Write {
        path: into.to_owned(),
        source,
    };
    for (id, entry) in input.package().iter() {
        match &entry.kind {
            EntryKind::Symlink { target } => writer.link(&entry.path, target),
            EntryKind::File { mode, .. } => {
                let contents = input.read(id)?;
                writer
                    .file(&entry.path, *mode, &contents, None)
                    .map_err(error)?;
            }
        }
    }
    writer.finish().map_err(error)?;
    Ok(Extracted {
        files: writer.files,
        folders: writer.folders(),
        unzipped_bytes: writer.unzipped_bytes,
    })
}

fn prepare(into: &Path) -> Result<(), Error> {
    let error = |source| Error::Write {
        path: into.to_owned(),
        source,
    };
    if !into.is_dir() {
        fs_err::create_dir(into).map_err(error)?;
        return set_folder_mode(into).map_err(error);
    }
    match is_empty(into)? {
        true => Ok(()),
        false => Err(Error::FolderNotEmpty {
            path: into.to_owned(),
        }),
    }
}
