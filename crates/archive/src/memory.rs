use lambda_slim_package::{Entry, EntryId, EntryKind, Package};

use crate::{Error, Refusal};
use std::path::PathBuf;

/// Contents in memory, by entry number.
#[derive(Debug)]
pub(crate) struct Memory(Vec<Vec<u8>>);

impl Memory {
    pub(crate) fn new(mut files: Vec<(Entry, Vec<u8>)>) -> Result<(Package, Self), Error> {
        files.sort_by(|(one, _), (other, _)| one.path.cmp(&other.path));
        for (entry, contents) in &files {
            check_size(entry, contents)?;
        }
        let (entries, contents) = files.into_iter().unzip();
        let package = Package::new(entries).map_err(|source| Error::Package {
            path: PathBuf::from("memory"),
            source,
        })?;
        Ok((package, Self(contents)))
    }

    pub(crate) fn contents(&self, id: EntryId) -> &[u8] {
        &self.0[id.0]
    }
}

fn check_size(entry: &Entry, contents: &[u8]) -> Result<(), Error> {
    match &entry.kind {
        EntryKind::File { size_bytes, .. } if *size_bytes != contents.len() as u64 => {
            Err(Error::Contents {
                entry: entry.path.to_string(),
                source: Refusal::Size,
            })
        }
        EntryKind::File { .. } | EntryKind::Symlink { .. } => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use lambda_slim_package::{EntryPath, FileMode};

    use super::*;
    use crate::{Input, InputKind};

    fn file(path: &str, size_bytes: u64) -> Entry {
        Entry {
            path: EntryPath::new(path).unwrap(),
            kind: EntryKind::File {
                size_bytes,
                mode: FileMode::Regular,
            },
        }
    }

    #[test]
    fn entries_keep_their_contents() {
        let files = vec![
            (file("b", 1), b"B".to_vec()),
            (file("a", 2), b"aa".to_vec()),
        ];
        let input = Input::in_memory(files).unwrap();
        assert_eq!(input.kind(), InputKind::Memory);
        assert_eq!(input.read(EntryId(0)).unwrap(), b"aa");
        assert_eq!(input.read(EntryId(1)).unwrap(), b"B");
        assert_eq!(input.read_head(EntryId(0), 1).unwrap(), b"a");
        assert!(input.ready(EntryId(0)).unwrap().is_none());
    }

    #[test]
    fn wrong_sizes_and_collisions_are_errors() {
        let check = |files| assert!(Input::in_memory(files).is_err());
        check(vec![(file("a", 2), b"a".to_vec())]);
        check(vec![(file("a", 0), vec![]), (file("a", 0), vec![])]);
        check(vec![(file("a", 0), vec![]), (file("a/b", 0), vec![])]);
    }
}
