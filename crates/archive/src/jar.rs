//! Jars inside a package: putting one together, taking entries out of one, and holding them uncompressed.

use std::collections::BTreeSet;
use std::io::{Cursor, Read as _, Write as _};
use std::path::Path;

use lambda_slim_package::EntryPath;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::zip_sink::zip_of_one;
use crate::{Error, ReadyEntry, ZipTime};

/// Readers that stream a jar take the manifest only from here. Source: `java.util.jar.JarInputStream`.
const MANIFEST: &str = "META-INF/MANIFEST.MF";

/// How jars hold their entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum JarStorage {
    /// Deflated, as build tools write them; a jar that came otherwise stays so.
    #[default]
    Deflated,
    /// As they are, so that the package around the jar compresses them, across all its files.
    Stored,
}

/// A jar of these entries, the same bytes for the same entries.
///
/// The manifest comes first, and every folder has an entry of its own: class loaders find a folder, as frameworks that
/// search the class path ask for, only by that.
pub fn jar_of(entries: &[ReadyEntry]) -> Result<Vec<u8>, Error> {
    written(entries).map_err(|source| Error::WriteZip {
        path: Path::new("the jar of the classes").to_owned(),
        source,
    })
}

fn written(entries: &[ReadyEntry]) -> Result<Vec<u8>, ZipError> {
    let mut jar = ZipWriter::new(Cursor::new(Vec::new()));
    let mut folders = BTreeSet::new();
    let (first, others): (Vec<_>, Vec<_>) = entries
        .iter()
        .partition(|entry| entry.path.as_str() == MANIFEST);
    for entry in first.into_iter().chain(others) {
        add_folders(&mut jar, &mut folders, &entry.path)?;
        let one = zip_of_one(entry, ZipTime::default());
        jar.raw_copy_file(ZipArchive::new(Cursor::new(one))?.by_index_raw(0)?)?;
    }
    Ok(jar.finish()?.into_inner())
}

fn add_folders(
    jar: &mut ZipWriter<Cursor<Vec<u8>>>,
    known: &mut BTreeSet<EntryPath>,
    path: &EntryPath,
) -> Result<(), ZipError> {
    let mut missing: Vec<EntryPath> = std::iter::successors(path.parent(), EntryPath::parent)
        .take_while(|folder| !known.contains(folder))
        .collect();
    while let Some(folder) = missing.pop() {
        let options = SimpleFileOptions::default()
            .last_modified_time(zip::DateTime::default())
            .unix_permissions(0o755);
        jar.add_directory(folder.as_str(), options)?;
        known.insert(folder);
    }
    Ok(())
}

/// `jar` without the entries that `goes` names; all others stay as they are, byte for byte and in their order.
///
/// Only what `may_go` by its name is inflated. `None` where none goes, and for what is no ordinary jar: with bytes in
/// front, or entries that cannot be read.
pub fn jar_without(
    jar: &[u8],
    may_go: impl Fn(&str) -> bool,
    mut goes: impl FnMut(&[u8]) -> bool,
) -> Option<Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(jar)).ok()?;
    if archive.offset() != 0 {
        return None;
    }
    let mut smaller = ZipWriter::new(Cursor::new(Vec::new()));
    smaller.set_raw_comment(archive.comment().into()).ok()?;
    let mut leaves = false;
    for number in 0..archive.len() {
        let name = archive.by_index_raw(number).ok()?.name().ok()?.into_owned();
        let is_file = !name.ends_with('/');
        if is_file && may_go(&name) && goes(&contents(&mut archive, number)?) {
            leaves = true;
        } else {
            let entry = archive.by_index_raw(number).ok()?;
            smaller.raw_copy_file(entry).ok()?;
        }
    }
    let written = smaller.finish().ok()?;
    leaves.then(|| written.into_inner())
}

/// `jar` with all its entries as they are, uncompressed, in their order.
///
/// `None` where none is compressed, and for what is no ordinary jar: with bytes in front, or entries that cannot be
/// read.
pub fn jar_stored(jar: &[u8]) -> Option<Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(jar)).ok()?;
    if archive.offset() != 0 {
        return None;
    }
    let mut stored = ZipWriter::new(Cursor::new(Vec::new()));
    stored.set_raw_comment(archive.comment().into()).ok()?;
    let mut changes = false;
    for number in 0..archive.len() {
        let entry = archive.by_index_raw(number).ok()?;
        if entry.compression() == CompressionMethod::Stored {
            stored.raw_copy_file(entry).ok()?;
            continue;
        }
        let name = entry.name().ok()?.into_owned();
        let options = entry
            .options()
            .compression_method(CompressionMethod::Stored);
        drop(entry);
        stored.start_file(name, options).ok()?;
        stored.write_all(&contents(&mut archive, number)?).ok()?;
        changes = true;
    }
    let written = stored.finish().ok()?;
    changes.then(|| written.into_inner())
}

fn contents(archive: &mut ZipArchive<Cursor<&[u8]>>, number: usize) -> Option<Vec<u8>> {
    let mut entry = archive.by_index(number).ok()?;
    let mut contents = Vec::new();
    entry.read_to_end(&mut contents).ok()?;
    Some(contents)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Compression, Compressor, Input, OpenOptions};
    use lambda_slim_package::FileMode;

    fn jar(names: &[&str]) -> Vec<u8> {
        let mut compressor = Compressor::new(Compression::Default);
        let ready = |name: &&str| {
            let path = EntryPath::new(name).unwrap();
            ReadyEntry::file(
                path,
                FileMode::Regular,
                name.repeat(90).into(),
                &mut compressor,
            )
        };
        jar_of(&names.iter().map(ready).collect::<Vec<_>>()).unwrap()
    }

    fn names(jar: &[u8]) -> String {
        let archive = ZipArchive::new(Cursor::new(jar)).unwrap();
        let names = archive.file_names();
        names
            .map(|name| name.unwrap().into_owned())
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn the_manifest_and_folders_come_first() {
        let jar = jar(&[
            "A.class",
            "META-INF/MANIFEST.MF",
            "p/q/B.class",
            "p/r/C.class",
        ]);
        assert_eq!(
            names(&jar),
            "META-INF/ META-INF/MANIFEST.MF A.class p/ p/q/ p/q/B.class p/r/ p/r/C.class"
        );
        let input = Input::zip_in_memory(Path::new("a.jar"), jar, &OpenOptions::default());
        let input = input.unwrap();
        let (id, _) = input.package().iter().next().unwrap();
        assert_eq!(input.read(id).unwrap(), "A.class".repeat(90).into_bytes());
    }

    #[test]
    fn entries_are_taken_out_and_the_others_stay() {
        let whole = jar(&["A.class", "p/mac.so", "p/x.so"]);
        let less = jar_without(
            &whole,
            |name| name.ends_with(".so"),
            |bytes| bytes.starts_with(b"p/mac"),
        );
        assert_eq!(names(&less.unwrap()), "A.class p/ p/x.so");
        assert_eq!(jar_without(&whole, |_| true, |_| false), None);
        assert_eq!(jar_without(b"no jar", |_| true, |_| true), None);
        let prefixed = [b"#!/bin/sh\n".as_slice(), &whole].concat();
        assert_eq!(jar_without(&prefixed, |_| true, |_| true), None);
    }

    #[test]
    fn stored_jars_hold_the_same() {
        let deflated = jar(&["A.class", "META-INF/MANIFEST.MF", "p/B.class"]);
        let stored = jar_stored(&deflated).unwrap();
        assert_eq!(names(&stored), names(&deflated));
        assert!(stored.len() > deflated.len());
        assert_eq!(jar_stored(&stored), None);
        let mut archive = ZipArchive::new(Cursor::new(&*stored)).unwrap();
        for number in 0..archive.len() {
            let entry = archive.by_index_raw(number).unwrap();
            assert_eq!(entry.compression(), CompressionMethod::Stored);
            let name = entry.name().unwrap().into_owned();
            drop(entry);
            if !name.ends_with('/') {
                let contents = contents(&mut archive, number).unwrap();
                assert_eq!(contents, name.repeat(90).into_bytes());
            }
        }
        assert_eq!(jar_stored(b"no jar"), None);
    }
}
