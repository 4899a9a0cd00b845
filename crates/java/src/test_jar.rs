//! Packages and jars for tests, in a line per entry.

use lambda_slim_archive::{Compression, Compressor, Input, ReadyEntry, jar_of};
use lambda_slim_package::{Entry, EntryKind, EntryPath, FileMode};

/// A package of lines `path` or `path = contents`; of a path without contents, the contents are the path.
pub(crate) fn input(lines: &[&str]) -> Input {
    let files = lines.iter().map(|line| {
        let (path, contents) = line.split_once(" = ").unwrap_or((line, line));
        (path, contents.as_bytes().to_vec())
    });
    input_of(files.collect())
}

/// A package of these files.
pub(crate) fn input_of(files: Vec<(&str, Vec<u8>)>) -> Input {
    let entry = |(path, contents): (&str, Vec<u8>)| {
        let kind = EntryKind::File {
            size_bytes: contents.len() as u64,
            mode: FileMode::Regular,
        };
        let path = EntryPath::new(path).unwrap();
        (Entry { path, kind }, contents)
    };
    Input::in_memory(files.into_iter().map(entry).collect()).unwrap()
}

/// A jar of these files.
pub(crate) fn jar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut compressor = Compressor::new(Compression::Default);
    let ready = |(path, contents): &(&str, &[u8])| {
        let path = EntryPath::new(path).unwrap();
        ReadyEntry::file(path, FileMode::Regular, contents.to_vec(), &mut compressor)
    };
    jar_of(&files.iter().map(ready).collect::<Vec<_>>()).unwrap()
}

/// A jar whose manifest says this.
pub(crate) fn jar_that_says(manifest: &str) -> Vec<u8> {
    jar(&[(crate::manifest::MANIFEST, manifest.as_bytes())])
}
