//! Zips made byte by byte, so that tests can make them as wrong as they like.

use std::path::Path;

use crate::{Error, Input, OpenOptions};

/// One entry; its fields stand in the zip as they are here.
#[derive(Clone)]
pub(crate) struct TestEntry {
    pub(crate) name: Vec<u8>,
    pub(crate) local_name: Option<Vec<u8>>,
    pub(crate) stream: Vec<u8>,
    pub(crate) declared_stream_bytes: u32,
    pub(crate) size: u32,
    pub(crate) crc32: u32,
    pub(crate) method: u16,
    pub(crate) flags: u16,
    pub(crate) made_by: u8,
    pub(crate) mode: u32,
    /// Points the list at another local header.
    pub(crate) offset: Option<u32>,
    pub(crate) comment: Vec<u8>,
}

pub(crate) const DOS: u8 = 0;
pub(crate) const UNIX: u8 = 3;

/// A stored file of mode 0644, made by Unix.
pub(crate) fn stored(name: &str, contents: &[u8]) -> TestEntry {
    TestEntry {
        name: name.as_bytes().to_vec(),
        local_name: None,
        stream: contents.to_vec(),
        declared_stream_bytes: contents.len() as u32,
        size: contents.len() as u32,
        crc32: crc32fast::hash(contents),
        method: 0,
        flags: 0,
        made_by: UNIX,
        mode: 0o100_644,
        offset: None,
        comment: Vec::new(),
    }
}

/// A deflated file.
pub(crate) fn deflated(name: &str, contents: &[u8]) -> TestEntry {
    let mut stream = vec![0; contents.len() + 100];
    let level = libdeflater::CompressionLvl::default();
    let bytes = libdeflater::Compressor::new(level)
        .deflate_compress(contents, &mut stream)
        .unwrap();
    stream.truncate(bytes);
    TestEntry {
        declared_stream_bytes: bytes as u32,
        stream,
        method: 8,
        ..stored(name, contents)
    }
}

pub(crate) fn with(mut entry: TestEntry, change: impl FnOnce(&mut TestEntry)) -> TestEntry {
    change(&mut entry);
    entry
}

/// A zip of these entries.
pub(crate) fn zip(entries: &[TestEntry]) -> Vec<u8> {
    zip_with(entries, entries.len() as u16, b"", b"")
}

/// A zip that says it has `count` entries, with `stub` in front and `comment` at the end.
pub(crate) fn zip_with(entries: &[TestEntry], count: u16, stub: &[u8], comment: &[u8]) -> Vec<u8> {
    let mut zip = stub.to_vec();
    let mut list = Vec::new();
    for entry in entries {
        let offset = entry.offset.unwrap_or(zip.len() as u32);
        let local_name = entry.local_name.as_ref().unwrap_or(&entry.name);
        zip.extend(b"PK\x03\x04");
        zip.extend(fields(entry, local_name));
        zip.extend(local_name);
        zip.extend(&entry.stream);
        list.extend(b"PK\x01\x02");
        list.extend([20, entry.made_by]);
        list.extend(fields(entry, &entry.name));
        list.extend((entry.comment.len() as u16).to_le_bytes());
        list.extend([0; 4]);
        list.extend((entry.mode << 16).to_le_bytes());
        list.extend(offset.to_le_bytes());
        list.extend(&entry.name);
        list.extend(&entry.comment);
    }
    let list_start = zip.len() as u32;
    zip.extend(&list);
    zip.extend(b"PK\x05\x06\0\0\0\0");
    zip.extend(count.to_le_bytes());
    zip.extend(count.to_le_bytes());
    zip.extend((list.len() as u32).to_le_bytes());
    zip.extend(list_start.to_le_bytes());
    zip.extend((comment.len() as u16).to_le_bytes());
    zip.extend(comment);
    zip
}

fn fields(entry: &TestEntry, name: &[u8]) -> Vec<u8> {
    let mut fields = Vec::new();
    for word in [20, entry.flags, entry.method, 0, 0x21] {
        fields.extend(word.to_le_bytes());
    }
    for size in [entry.crc32, entry.declared_stream_bytes, entry.size] {
        fields.extend(size.to_le_bytes());
    }
    fields.extend((name.len() as u16).to_le_bytes());
    fields.extend([0; 2]);
    fields
}

pub(crate) fn open(bytes: Vec<u8>) -> Result<Input, Error> {
    open_with(bytes, &OpenOptions::default())
}

pub(crate) fn open_with(bytes: Vec<u8>, options: &OpenOptions) -> Result<Input, Error> {
    Input::zip_in_memory(Path::new("x.zip"), bytes, options)
}

/// The error and its causes, on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// The package as lines: `path mode`, `path -> target`.
pub(crate) fn lines(input: &Input) -> Vec<String> {
    use lambda_slim_package::EntryKind::{File, Symlink};
    let line = |entry: &lambda_slim_package::Entry| match &entry.kind {
        File { size_bytes, mode } => {
            format!("{} {:o} {size_bytes}", entry.path, mode.permissions())
        }
        Symlink { target } => format!("{} -> {target}", entry.path),
    };
    input
        .package()
        .iter()
        .map(|(_, entry)| line(entry))
        .collect()
}
