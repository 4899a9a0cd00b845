use std::path::{Path, PathBuf};

use lambda_slim_archive::{
    Compression, Compressor, Existing, FolderSink, Input, ReadyEntry, Sink as _,
};
use lambda_slim_package::{EntryKind, EntryPath, FileMode};

use super::esbuild::Run;
use super::packages::Packages;
use super::{BundleError, Inputs};

/// Writes a function to `target`: the bundle, the packages that stay outside, and own files that are not in the bundle.
pub(super) fn stage(
    input: &Input,
    packages: &Packages<'_>,
    inputs: &Inputs,
    run: &Run<'_>,
    target: &Path,
) -> Result<(), BundleError> {
    let mut sink = FolderSink::create(target, Existing::Refuse)?;
    let mut compressor = Compressor::new(Compression::Fast);
    let made = bundle_files(run)?;
    for (id, entry) in input.package().iter() {
        let path = entry.path.as_str();
        let is_dependency = path.split('/').any(|part| part == "node_modules");
        let stays = if is_dependency {
            packages.keep(path)
        } else {
            !inputs.contains_key(path)
        };
        if !stays || made.iter().any(|(made, _)| *made == entry.path) {
            continue;
        }
        let ready = match &entry.kind {
            EntryKind::Symlink { target } => ReadyEntry::symlink(entry.path.clone(), target),
            EntryKind::File { mode, .. } => {
                ReadyEntry::file(entry.path.clone(), *mode, input.read(id)?, &mut compressor)
            }
        };
        sink.accept(&ready)?;
    }
    for (path, contents) in made {
        sink.accept(&ReadyEntry::file(
            path,
            FileMode::Regular,
            contents,
            &mut compressor,
        ))?;
    }
    Ok(sink.finish()?)
}

/// What esbuild wrote, but for its list of inputs.
fn bundle_files(run: &Run<'_>) -> Result<Vec<(EntryPath, Vec<u8>)>, BundleError> {
    let file = run.output_file();
    let mut map = file.clone().into_os_string();
    map.push(".map");
    let mut made = Vec::new();
    for path in [file, PathBuf::from(map)] {
        let written = run.output.join(&path);
        let path = path.to_str().and_then(|path| EntryPath::new(path).ok());
        if let Some(path) = path.filter(|_| written.is_file()) {
            made.push((path, fs_err::read(written)?));
        }
    }
    Ok(made)
}
