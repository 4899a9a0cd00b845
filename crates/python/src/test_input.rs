//! Packages in memory, for tests.

use lambda_slim_archive::Input;
use lambda_slim_package::{Entry, EntryKind, EntryPath, FileMode};

/// A package of these files.
pub(crate) fn input_of(files: &[(&str, &str)]) -> Input {
    let file = |(path, text): &(&str, &str)| {
        let kind = EntryKind::File {
            size_bytes: text.len() as u64,
            mode: FileMode::Regular,
        };
        let path = EntryPath::new(path).unwrap();
        (Entry { path, kind }, text.as_bytes().to_vec())
    };
    Input::in_memory(files.iter().map(file).collect()).unwrap()
}
