use std::io::{self, Read};
use std::path::Path;
use std::thread;

use lambda_slim_package::{Entry, EntryKind, EntryPath};
use sha2::{Digest, Sha256};

use crate::source::Source;
use crate::stream::KnownStream;
use crate::{Error, Input, OpenOptions, ReadyEntry, ReadyKind, zip_input};

/// What a written zip must hold.
pub(crate) struct Accepted {
    pub(crate) path: EntryPath,
    kind: ReadyKind,
    size_bytes: u64,
    crc32: u32,
    stream: KnownStream,
}

impl Accepted {
    pub(crate) fn new(entry: &ReadyEntry) -> Self {
        Self {
            path: entry.path.clone(),
            kind: entry.kind,
            size_bytes: entry.size_bytes,
            crc32: entry.crc32,
            stream: entry.stream.known(),
        }
    }

    fn is(&self, entry: &Entry) -> bool {
        let same_kind = match (&entry.kind, self.kind) {
            (EntryKind::File { size_bytes, mode }, ReadyKind::File(expected)) => {
                *mode == expected && *size_bytes == self.size_bytes
            }
            (EntryKind::Symlink { target }, ReadyKind::Symlink) => {
                target.len() as u64 == self.size_bytes
            }
            _ => false,
        };
        same_kind && entry.path == self.path
    }
}

/// Reads all of `file` with the strict reader, compares it with what was accepted and gives its size and SHA-256.
/// Errors name `target`, where the file will lie.
pub(crate) fn verify(
    file: &Path,
    target: &Path,
    accepted: &[Accepted],
) -> Result<(u64, [u8; 32]), Error> {
    let error = |source| Error::Read {
        path: target.to_owned(),
        source,
    };
    thread::scope(|scope| {
        let hashing = scope.spawn(|| sha256(file));
        compare(Source::open(file).map_err(error)?, target, accepted)?;
        let hashed = hashing.join();
        hashed
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            .map_err(error)
    })
}

fn compare(source: Source, target: &Path, accepted: &[Accepted]) -> Result<(), Error> {
    let differs = |entry: &EntryPath| Error::Verify {
        path: target.to_owned(),
        entry: entry.to_string(),
    };
    let options = OpenOptions {
        unzipped_at_most_bytes: u64::MAX,
        ..OpenOptions::default()
    };
    let input = zip_input::open(target, source, &options)?;
    for (expected, (id, entry)) in accepted.iter().zip(input.package().iter()) {
        let same_checksum = input.declared_crc32(id) == Some(expected.crc32);
        if !expected.is(entry) || !same_checksum {
            return Err(differs(&expected.path));
        }
        input.check(id, &expected.stream)?;
    }
    match accepted.get(input.package().len()) {
        Some(missing) => Err(differs(&missing.path)),
        None => no_more_than(&input, accepted.len()).map_err(|path| differs(&path)),
    }
}

fn no_more_than(input: &Input, count: usize) -> Result<(), EntryPath> {
    match input.package().iter().nth(count) {
        Some((_, entry)) => Err(entry.path.clone()),
        None => Ok(()),
    }
}

fn sha256(file: &Path) -> io::Result<(u64, [u8; 32])> {
    let mut file = fs_err::File::open(file)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    let mut bytes = 0;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok((bytes, hash.finalize().into())),
            read => {
                hash.update(&buffer[..read]);
                bytes += read as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_zip::{TestEntry, deflated, stored, with, zip};
    use crate::{Compression, Compressor, Stream};
    use lambda_slim_package::FileMode;

    fn accepted(name: &str) -> Accepted {
        Accepted {
            path: EntryPath::new(name).unwrap(),
            kind: ReadyKind::File(FileMode::Regular),
            size_bytes: 5,
            crc32: crc32fast::hash(b"hello"),
            stream: Stream::from(Vec::new()).known(),
        }
    }

    /// Checks a zip of `a` and `b` against `expected`; gives the entry that differs.
    fn check(expected: &[Accepted], differs: Option<&str>) {
        let file = tempfile::NamedTempFile::new().unwrap();
        let bytes = zip(&[stored("a", b"hello"), stored("b", b"hello")]);
        fs_err::write(file.path(), &bytes).unwrap();
        match verify(file.path(), Path::new("x.zip"), expected) {
            Ok((size, _)) => assert_eq!((size, differs), (bytes.len() as u64, None)),
            Err(Error::Verify { entry, .. }) => assert_eq!(Some(&*entry), differs),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn every_difference_is_found() {
        check(&[accepted("a"), accepted("b")], None);
        check(&[accepted("a")], Some("b"));
        check(&[accepted("a"), accepted("b"), accepted("c")], Some("c"));
        check(&[accepted("a"), accepted("x")], Some("x"));
        let mut changed = accepted("b");
        changed.crc32 ^= 1;
        check(&[accepted("a"), changed], Some("b"));
        let mut changed = accepted("b");
        changed.kind = ReadyKind::File(FileMode::Executable);
        check(&[accepted("a"), changed], Some("b"));
        let mut changed = accepted("b");
        changed.kind = ReadyKind::Symlink;
        check(&[accepted("a"), changed], Some("b"));
        let mut changed = accepted("b");
        changed.size_bytes += 1;
        check(&[accepted("a"), changed], Some("b"));
    }

    #[test]
    fn broken_contents_are_found() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let broken = with(stored("a", b"hello"), |entry| entry.stream[0] = b'j');
        fs_err::write(file.path(), zip(&[broken])).unwrap();
        let result = verify(file.path(), Path::new("x.zip"), &[accepted("a")]);
        assert!(matches!(result, Err(Error::RefusedEntry { .. })));
    }

    #[test]
    fn what_passed_once_is_compared_byte_by_byte() {
        let number = |number: u32| (number * 7919 % 1000).to_string();
        let contents: String = (0..300).map(number).collect();
        let contents = contents.into_bytes();
        let path = EntryPath::new("a").unwrap();
        let mut compressor = Compressor::new(Compression::Default);
        let mode = FileMode::Regular;
        let entry = ReadyEntry::file(path, mode, contents.clone(), &mut compressor);
        let checked = |change: &dyn Fn(&mut TestEntry)| {
            let file = tempfile::NamedTempFile::new().unwrap();
            let mut written = deflated("a", &contents);
            written.stream = entry.stream.to_vec();
            change(&mut written);
            fs_err::write(file.path(), zip(&[written])).unwrap();
            verify(file.path(), Path::new("x.zip"), &[Accepted::new(&entry)])
        };
        for _ in 0..2 {
            assert!(checked(&|_| ()).is_ok());
            // The last byte is padded with bits that nobody reads.
            for at in 0..entry.stream.len() - 1 {
                let result = checked(&|written| written.stream[at] ^= 0x10);
                assert!(result.is_err(), "byte {at}");
            }
            assert!(checked(&|written| written.crc32 ^= 1).is_err());
            assert!(checked(&|written| written.stream.truncate(1)).is_err());
        }
    }
}
