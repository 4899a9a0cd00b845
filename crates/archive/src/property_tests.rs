//! What holds for any package and for any bytes.

use std::path::Path;

use lambda_slim_package::{EntryPath, FileMode, Package};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use crate::test_zip::{self, lines};
use crate::*;

/// A file with its contents, or a link with its text.
#[derive(Debug, Clone)]
enum Kind {
    File(FileMode, Vec<u8>),
    Link(String),
}

fn any_kind() -> impl Strategy<Value = Kind> {
    let mode = prop_oneof![Just(FileMode::Regular), Just(FileMode::Executable)];
    let dense = vec(any::<u8>(), 0..300);
    let light = (any::<u8>(), 0..20_000usize).prop_map(|(byte, count)| vec![byte; count]);
    prop_oneof![
        4 => (mode, prop_oneof![dense, light]).prop_map(|(mode, contents)| Kind::File(mode, contents)),
        1 => "[a-z./]{1,20}".prop_map(Kind::Link),
    ]
}

fn any_entries() -> impl Strategy<Value = Vec<ReadyEntry>> {
    let name = "([a-zA-Zäß日 ._+-]{1,5}/){0,3}[a-zA-Zäß日 ._+-]{1,8}";
    btree_map(name, any_kind(), 0..20).prop_map(|named| {
        let mut entries: Vec<ReadyEntry> = named
            .into_iter()
            .filter_map(|(name, kind)| Some(ready(EntryPath::new(&name).ok()?, kind)))
            .collect();
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        entries
    })
}

fn ready(path: EntryPath, kind: Kind) -> ReadyEntry {
    let mut compressor = Compressor::new(Compression::Fast);
    match kind {
        Kind::File(mode, contents) => ReadyEntry::file(path, mode, contents, &mut compressor),
        Kind::Link(target) => ReadyEntry::symlink(path, &target),
    }
}

/// Whether the entries can lie in one folder.
fn is_package(entries: &[ReadyEntry]) -> bool {
    let entry = |ready: &ReadyEntry| lambda_slim_package::Entry {
        path: ready.path.clone(),
        kind: lambda_slim_package::EntryKind::Symlink {
            target: String::new(),
        },
    };
    Package::new(entries.iter().map(entry).collect()).is_ok()
}

fn read_all(input: &Input) -> Result<Vec<ReadyEntry>, Error> {
    let ids = input.package().iter().map(|(id, _)| id);
    ids.map(|id| {
        let head = input.read_head(id, 10)?;
        let contents = input.read(id)?;
        assert!(contents.starts_with(&head));
        Ok(input.ready(id)?.expect("zips have ready entries"))
    })
    .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read(entries in any_entries()) {
        prop_assume!(is_package(&entries));
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("x.zip");
        let mut sink = ZipSink::create(&target).unwrap();
        let mut count = CountingSink::default();
        for entry in &entries {
            sink.accept(entry).unwrap();
            count.accept(entry).unwrap();
        }
        let written = sink.finish().unwrap();
        prop_assert_eq!(written.bytes, count.zip_bytes);
        let input = Input::open(&target, &OpenOptions::default()).unwrap();
        prop_assert_eq!(input.package().unzipped_bytes(), count.unzipped_bytes);
        prop_assert_eq!(read_all(&input).unwrap(), entries);
    }

    #[test]
    fn any_bytes_are_an_answer(bytes in vec(any::<u8>(), 0..200), is_zip in any::<bool>()) {
        let magic: &[u8] = if is_zip { b"PK\x03\x04" } else { b"" };
        let _ = test_zip::open([magic, &bytes].concat());
    }

    #[test]
    fn a_zip_with_other_bytes_is_an_answer(
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = test_zip::zip(&[
            test_zip::deflated("a/b", &[b'x'; 300]),
            test_zip::stored("c", b"contents"),
            test_zip::with(test_zip::stored("l", b"a/b"), |entry| entry.mode = 0o120_777),
        ]);
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Ok(input) = test_zip::open(bytes) {
            let _ = read_all(&input);
            let _ = lines(&input);
        }
    }
}

#[test]
fn names_stand_in_errors_without_control_characters() {
    let bytes = test_zip::zip(&[test_zip::stored("a\u{1b}[2J", b"")]);
    let error = Input::zip_in_memory(Path::new("x.zip"), bytes, &OpenOptions::default());
    assert!(!error.unwrap_err().to_string().contains('\u{1b}'));
}
