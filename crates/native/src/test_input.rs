//! Packages for tests, held in memory.

use lambda_slim_archive::Input;
use lambda_slim_package::{Entry, EntryKind, EntryPath, FileMode};

/// A package of these files.
pub(crate) fn input_of(files: &[(&str, &[u8])]) -> Input {
    let entry = |(path, contents): &(&str, &[u8])| {
        let kind = EntryKind::File {
            size_bytes: contents.len() as u64,
            mode: FileMode::Regular,
        };
        let path = EntryPath::new(path).unwrap();
        (Entry { path, kind }, contents.to_vec())
    };
    Input::in_memory(files.iter().map(entry).collect()).unwrap()
}
