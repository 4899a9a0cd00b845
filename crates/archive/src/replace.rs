use std::fs::Permissions;
use std::io::Write;
use std::path::Path;

use crate::Error;
use crate::temporary::Temporary;
use crate::zip_sink::{final_place, temporary_neighbour};

/// Writes one file as a whole or not at all: beside its final place, then renamed. A link at `target` stays, and the
/// file that it leads to is replaced.
pub fn replace_file(target: &Path, contents: &[u8], permissions: Permissions) -> Result<(), Error> {
    write(target, contents, Some(permissions))
}

/// The same for a file that is made anew, and may be read by whom the umask says.
pub fn write_file(target: &Path, contents: &[u8]) -> Result<(), Error> {
    write(target, contents, None)
}

fn write(target: &Path, contents: &[u8], permissions: Option<Permissions>) -> Result<(), Error> {
    let target = final_place(target)?;
    let write_error = |source| Error::Write {
        path: target.clone(),
        source,
    };
    let make = || temporary_neighbour(&target);
    let made = Temporary::create(make, |file| file.path().to_owned());
    let (mut file, _temporary) = made.map_err(write_error)?;
    file.write_all(contents).map_err(write_error)?;
    if let Some(permissions) = permissions {
        fs_err::set_permissions(file.path(), permissions).map_err(write_error)?;
    }
    let put = file.persist(&target);
    put.map(drop).map_err(|failed| write_error(failed.error))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_link_leads_to_the_file_that_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs_err::write(&file, "old").unwrap();
        fs_err::os::unix::fs::symlink("file", &link).unwrap();
        replace_file(&link, b"new", Permissions::from_mode(0o750)).unwrap();
        assert!(fs_err::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs_err::read(&file).unwrap(), b"new");
        let mode = fs_err::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o750);
        assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_folder_is_no_place_for_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let result = replace_file(folder.path(), b"new", Permissions::from_mode(0o600));
        assert!(matches!(result, Err(Error::IsFolder { .. })));
    }
}
