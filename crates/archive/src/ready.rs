use std::time::SystemTime;

use lambda_slim_package::{EntryId, EntryPath, FileMode};

use crate::inflate::unpack;
use crate::{Cache, Compressor, Digest, Error, Finding, Input, Stream};

/// A local header without its name, in bytes.
const LOCAL_HEADER_BYTES: u64 = 30;
/// A record of the central directory without its name, in bytes.
const CENTRAL_RECORD_BYTES: u64 = 46;

/// One entry, compressed and ready to be written to any [`Sink`](crate::Sink).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadyEntry {
    /// Where it lies in the package.
    pub path: EntryPath,
    /// What it is.
    pub kind: ReadyKind,
    /// Size of the contents in bytes; for a link, of its text.
    pub size_bytes: u64,
    /// Checksum of the contents.
    pub crc32: u32,
    /// How `stream` holds the contents.
    pub method: Method,
    /// The bytes as they stand in a zip.
    pub stream: Stream,
    /// When the file was changed, for sinks that keep it.
    pub modified: Option<SystemTime>,
}

/// What an entry that is ready to be written is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadyKind {
    /// A regular file.
    File(FileMode),
    /// A symbolic link; its contents are its text.
    Symlink,
}

/// How the bytes of an entry stand in a zip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// As they are.
    Stored,
    /// As a raw deflate stream.
    Deflated,
}

impl ReadyEntry {
    /// Compresses a file; it is stored when deflate saves less than 1 %.
    pub fn file(
        path: EntryPath,
        mode: FileMode,
        contents: Vec<u8>,
        compressor: &mut Compressor,
    ) -> Self {
        Self::packed(path, mode, Packed::new(contents, compressor))
    }

    fn packed(path: EntryPath, mode: FileMode, packed: Packed) -> Self {
        Self {
            path,
            kind: ReadyKind::File(mode),
            size_bytes: packed.size_bytes,
            crc32: packed.crc32,
            method: packed.method,
            stream: packed.stream,
            modified: None,
        }
    }

    /// A symbolic link; its text is stored, as every zip tool does.
    pub fn symlink(path: EntryPath, target: &str) -> Self {
        Self {
            path,
            kind: ReadyKind::Symlink,
            size_bytes: target.len() as u64,
            crc32: crc32fast::hash(target.as_bytes()),
            method: Method::Stored,
            stream: target.as_bytes().to_vec().into(),
            modified: None,
        }
    }

    /// What the entry costs in a zip: its bytes and both its headers with its name.
    pub fn zipped_bytes(&self) -> u64 {
        let name_bytes = self.path.as_str().len() as u64;
        self.stream.len() as u64 + LOCAL_HEADER_BYTES + CENTRAL_RECORD_BYTES + 2 * name_bytes
    }

    /// The contents, inflated and checked; for a link, its text.
    pub fn contents(&self) -> Result<Vec<u8>, Error> {
        unpack(
            self.method,
            self.stream.to_vec(),
            self.size_bytes,
            self.crc32,
        )
        .map_err(|source| Error::Contents {
            entry: self.path.to_string(),
            source,
        })
    }

    /// Whether it is a regular file.
    pub(crate) fn is_file(&self) -> bool {
        matches!(self.kind, ReadyKind::File(_))
    }

    /// Refuses what would need zip64 sizes: Lambda's limit is a sixteenth of that.
    pub(crate) fn check_size(&self) -> Result<(), Error> {
        let largest = self.size_bytes.max(self.stream.len() as u64);
        if largest < u64::from(u32::MAX) {
            return Ok(());
        }
        Err(Error::FileTooLarge {
            path: self.path.to_string(),
        })
    }
}

/// The contents of a file, compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Packed {
    size_bytes: u64,
    crc32: u32,
    method: Method,
    stream: Stream,
}

impl Packed {
    fn new(contents: Vec<u8>, compressor: &mut Compressor) -> Self {
        let size_bytes = contents.len() as u64;
        let crc32 = crc32fast::hash(&contents);
        let (method, stream) = match compressor.deflate(&contents) {
            Some(stream) => (Method::Deflated, stream),
            None => (Method::Stored, contents),
        };
        Self {
            size_bytes,
            crc32,
            method,
            stream: stream.into(),
        }
    }

    /// The same, from `cache` where an earlier run compressed these contents. Size and checksum are those of the
    /// contents, so that the check of the written zip finds a stream that is not theirs.
    fn through(cache: &Cache, contents: Vec<u8>, compressor: &mut Compressor) -> Self {
        if !compressor.is_worth_keeping(contents.len()) {
            return Self::new(contents, compressor);
        }
        let settings = compressor.settings();
        let key = Digest::of_all([b"packed".as_slice(), &settings.0, &Digest::of(&contents).0]);
        let mut cached = cache.get(&key).map(|cached| cached.contents);
        match cached.as_mut().and_then(Vec::pop) {
            Some(DEFLATED) => Self {
                size_bytes: contents.len() as u64,
                crc32: crc32fast::hash(&contents),
                method: Method::Deflated,
                stream: cached.unwrap_or_default().into(),
            },
            Some(STORED) => Self {
                size_bytes: contents.len() as u64,
                crc32: crc32fast::hash(&contents),
                method: Method::Stored,
                stream: contents.into(),
            },
            _ => {
                let packed = Self::new(contents, compressor);
                cache.put(&key, &packed.cached());
                packed
            }
        }
    }

    /// As it lies in a cache: a stream and its method, or only that it is stored.
    fn cached(&self) -> Vec<u8> {
        match self.method {
            Method::Deflated => [&self.stream[..], &[DEFLATED]].concat(),
            Method::Stored => vec![STORED],
        }
    }
}

const STORED: u8 = 0;
const DEFLATED: u8 = 8;

impl Finding for Packed {
    fn held_bytes(&self) -> u64 {
        self.stream.len() as u64
    }
}

impl Input {
    /// A file, compressed; equal files of inputs that share are compressed once. `read` is what it holds, where that is
    /// known already.
    pub fn compressed(
        &self,
        id: EntryId,
        read: Option<Vec<u8>>,
        compressor: &mut Compressor,
    ) -> Result<ReadyEntry, Error> {
        let entry = self.package().entry(id);
        let (path, mode) = (entry.path.clone(), entry.mode());
        let Some(shared) = self.shared() else {
            let contents = read.map_or_else(|| self.read(id), Ok)?;
            return Ok(ReadyEntry::file(path, mode, contents, compressor));
        };
        let settings = compressor.settings();
        let find = |contents| match shared.cache() {
            Some(cache) => Packed::through(cache, contents, compressor),
            None => Packed::new(contents, compressor),
        };
        let packed = self.finding_in(id, read, || settings, find)?;
        Ok(ReadyEntry::packed(path, mode, Packed::clone(&packed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Compression;

    fn check(contents: &[u8], method: Method) {
        let path = EntryPath::new("a/b").unwrap();
        let mut compressor = Compressor::new(Compression::Default);
        let entry = ReadyEntry::file(path, FileMode::Regular, contents.to_vec(), &mut compressor);
        assert_eq!(entry.method, method);
        assert_eq!(entry.contents().unwrap(), contents);
        assert_eq!(
            entry.zipped_bytes(),
            entry.stream.len() as u64 + 30 + 46 + 6
        );
    }

    #[test]
    fn files_come_back() {
        check(b"", Method::Stored);
        check(b"xy", Method::Stored);
        check(&[7; 4096], Method::Deflated);
    }

    #[test]
    fn links_are_stored() {
        let link = ReadyEntry::symlink(EntryPath::new("l").unwrap(), "../x");
        assert_eq!(link.contents().unwrap(), b"../x");
        assert_eq!(link.kind, ReadyKind::Symlink);
    }

    #[test]
    fn broken_contents_are_found() {
        let mut link = ReadyEntry::symlink(EntryPath::new("l").unwrap(), "../x");
        link.stream = b"!./x".to_vec().into();
        assert!(matches!(link.contents(), Err(Error::Contents { .. })));
        link.size_bytes = u64::from(u32::MAX);
        assert!(matches!(link.check_size(), Err(Error::FileTooLarge { .. })));
    }
}
