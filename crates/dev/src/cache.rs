//! Where installed samples lie from run to run: outside the repository.

use std::path::PathBuf;

/// The cache folder, made if it is absent: in `XDG_CACHE_HOME`, or in the folder for temporary files.
pub(crate) fn folder() -> anyhow::Result<PathBuf> {
    let base = std::env::var_os("XDG_CACHE_HOME").filter(|path| !path.is_empty());
    let base = base.map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = base.join("lambda-slim-dev");
    fs_err::create_dir_all(&folder)?;
    Ok(fs_err::canonicalize(folder)?)
}
