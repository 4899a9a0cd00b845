use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::DeflateDecoder;
use lambda_slim_package::{Entry, EntryId, EntryKind, EntryPath, Package};
use zip::{ZipArchive, ZipReadOptions};

use crate::checks::{CheckedKind, check_entry};
use crate::end_of_zip::{self, EndProblem};
use crate::folder::empty_folders;
use crate::inflate::unpack;
use crate::input::Contents;
use crate::source::{Source, SourceReader};
use crate::stream::{Becomes, KnownStream};
use crate::{
    Error, Input, InputKind, Method, Oddity, OpenOptions, ReadyEntry, ReadyKind, Refusal, Warning,
};

/// Where the entries of a zip lie in it, by entry number.
#[derive(Debug)]
pub(crate) struct ZipContents {
    archive: PathBuf,
    source: Source,
    records: Vec<Record>,
}

/// Where one entry's bytes lie and what they must become.
#[derive(Debug, Clone, Copy)]
struct Record {
    header_start: u64,
    data_start: u64,
    stored_bytes: u64,
    size_bytes: u64,
    crc32: u32,
    method: Method,
}

/// Opens and checks the zip in `source`, which errors call `archive`.
pub(crate) fn open(archive: &Path, source: Source, options: &OpenOptions) -> Result<Input, Error> {
    let mut parsed = parse(archive, &source)?;
    let trailing_bytes = check_end(archive, &source, &parsed)?;
    let listed = list(archive, &mut parsed, options)?;
    check_overlap(archive, &listed, parsed.central_directory_start())?;
    check_headers(archive, &mut parsed)?;
    drop(parsed);
    let mut zip = ZipContents {
        archive: archive.to_owned(),
        source,
        records: Vec::new(),
    };
    let mut warnings = outer_bytes(archive, &listed, trailing_bytes);
    let package = zip.take_in(listed, &mut warnings)?;
    let kind = match archive.extension() {
        Some(extension) if extension.eq_ignore_ascii_case("jar") => InputKind::Jar,
        _ => InputKind::Zip,
    };
    Ok(Input::new(package, kind, warnings, Contents::Zip(zip)))
}

type Parsed<'a> = ZipArchive<SourceReader<'a>>;

fn parse<'a>(archive: &Path, source: &'a Source) -> Result<Parsed<'a>, Error> {
    ZipArchive::new(source.reader(0)).map_err(|error| {
        let mut magic = [0; 2];
        let path = archive.to_owned();
        match source.read_exact_at(&mut magic, 0) {
            Ok(()) if magic == *b"PK" => Error::Zip {
                archive: path,
                source: error,
            },
            _ => Error::NotAPackage { path },
        }
    })
}

fn check_end(archive: &Path, source: &Source, parsed: &Parsed<'_>) -> Result<u64, Error> {
    end_of_zip::check(source, parsed.central_directory_start(), parsed.len()).map_err(|problem| {
        match problem {
            EndProblem::Duplicate(name) => refused(archive, &name, Refusal::Duplicate),
            EndProblem::Refused(source) => Error::RefusedZip {
                archive: archive.to_owned(),
                source,
            },
            EndProblem::Io(source) => Error::Read {
                path: archive.to_owned(),
                source,
            },
        }
    })
}

/// An entry as the zip lists it.
struct Listed {
    /// `None` is the package's root.
    path: Option<EntryPath>,
    raw_name: Vec<u8>,
    kind: CheckedKind,
    record: Record,
}

/// All entries, each checked by itself, and their sum.
fn list(
    archive: &Path,
    parsed: &mut Parsed<'_>,
    options: &OpenOptions,
) -> Result<Vec<Listed>, Error> {
    let mut unzipped_bytes = 0u64;
    let mut listed = Vec::with_capacity(parsed.len());
    for number in 0..parsed.len() {
        let one = list_one(archive, parsed, number)?;
        unzipped_bytes = unzipped_bytes.saturating_add(one.record.size_bytes);
        if unzipped_bytes > options.unzipped_at_most_bytes {
            return Err(Error::TooManyBytes {
                path: archive.to_owned(),
                at_most_bytes: options.unzipped_at_most_bytes,
            });
        }
        listed.push(one);
    }
    Ok(listed)
}

fn list_one(archive: &Path, parsed: &mut Parsed<'_>, number: usize) -> Result<Listed, Error> {
    let raw_name = raw_name(parsed, number);
    let inconsistent = |error| refused(archive, &raw_name, Refusal::Inconsistent(error));
    let entry = parsed.by_index_raw(number).map_err(inconsistent)?;
    let checked = check_entry(&entry).map_err(|reason| refused(archive, &raw_name, reason))?;
    if entry.size().max(entry.compressed_size()) >= u64::from(u32::MAX) {
        return Err(Error::FileTooLarge {
            path: printable(&raw_name),
        });
    }
    let record = Record {
        header_start: entry.header_start(),
        data_start: entry.data_start().unwrap_or_default(),
        stored_bytes: entry.compressed_size(),
        size_bytes: entry.size(),
        crc32: entry.crc32(),
        method: checked.method,
    };
    drop(entry);
    Ok(Listed {
        path: checked.path,
        raw_name,
        kind: checked.kind,
        record,
    })
}

/// No byte may belong to two entries: a few kilobytes could become petabytes.
fn check_overlap(archive: &Path, listed: &[Listed], list_start: u64) -> Result<(), Error> {
    let mut ranges: Vec<(u64, u64, &Listed)> = listed
        .iter()
        .map(|one| {
            let record = &one.record;
            let end = record.data_start.saturating_add(record.stored_bytes);
            (record.header_start, end, one)
        })
        .collect();
    ranges.sort_by_key(|(start, end, _)| (*start, *end));
    let nexts = ranges.iter().skip(1).map(|(start, ..)| *start);
    for ((_, end, one), next) in ranges.iter().zip(nexts.chain([list_start])) {
        if *end > next {
            return Err(refused(archive, &one.raw_name, Refusal::Overlap));
        }
    }
    Ok(())
}

/// Both headers of every entry must agree, and no entry may stand there unlisted.
fn check_headers(archive: &Path, parsed: &mut Parsed<'_>) -> Result<(), Error> {
    let Err(error) = parsed.validate_header_consistency() else {
        return Ok(());
    };
    // The parser does not say where; look again, entry by entry.
    for number in 0..parsed.len() {
        let options = ZipReadOptions::new().enforce_header_consistency(true);
        let raw_name = raw_name(parsed, number);
        if let Err(error) = parsed.by_index_with_options(number, options) {
            return Err(refused(archive, &raw_name, Refusal::Inconsistent(error)));
        }
    }
    Err(Error::RefusedZip {
        archive: archive.to_owned(),
        source: Refusal::Inconsistent(error),
    })
}

/// Warnings about bytes in front of the first entry and after the end.
fn outer_bytes(archive: &Path, listed: &[Listed], trailing_bytes: u64) -> Vec<Warning> {
    let first = listed.iter().map(|one| one.record.header_start).min();
    let prepended = first
        .filter(|bytes| *bytes > 0)
        .map(|bytes| Oddity::Prepended { bytes });
    let trailing = Some(trailing_bytes)
        .filter(|bytes| *bytes > 0)
        .map(|bytes| Oddity::Trailing { bytes });
    [prepended, trailing]
        .into_iter()
        .flatten()
        .map(|oddity| Warning::new(archive.display(), oddity))
        .collect()
}

impl ZipContents {
    /// Makes a package of the listed entries.
    fn take_in(
        &mut self,
        listed: Vec<Listed>,
        warnings: &mut Vec<Warning>,
    ) -> Result<Package, Error> {
        let mut folders = BTreeSet::new();
        let mut entries = Vec::with_capacity(listed.len());
        for one in listed {
            let kind = match one.kind {
                CheckedKind::Folder => {
                    folders.extend(one.path);
                    continue;
                }
                CheckedKind::File(mode) => EntryKind::File {
                    size_bytes: one.record.size_bytes,
                    mode,
                },
                CheckedKind::Link => EntryKind::Symlink {
                    target: self.link_text(&one)?,
                },
            };
            let path = one.path.expect("only folders have no path");
            entries.push((Entry { path, kind }, one.record));
        }
        entries.sort_by(|(one, _), (other, _)| one.path.cmp(&other.path));
        let (entries, records) = entries.into_iter().unzip();
        self.records = records;
        let package = Package::new(entries).map_err(|source| Error::Package {
            path: self.archive.clone(),
            source,
        })?;
        if let Some(folder) = folders.iter().find(|path| package.find(path).is_some()) {
            return Err(self.refuse(folder, Refusal::FileAndFolder));
        }
        warnings.extend(empty_folders(&package, &folders));
        Ok(package)
    }

    fn link_text(&self, one: &Listed) -> Result<String, Error> {
        let refuse = |reason| refused(&self.archive, &one.raw_name, reason);
        let stream = self.stream(&one.record)?;
        let record = &one.record;
        let text = unpack(record.method, stream, record.size_bytes, record.crc32);
        match String::from_utf8(text.map_err(refuse)?) {
            Ok(text) if !text.is_empty() && !text.contains('\0') => Ok(text),
            _ => Err(refuse(Refusal::LinkText)),
        }
    }

    pub(crate) fn read(&self, id: EntryId, entry: &Entry) -> Result<Vec<u8>, Error> {
        let record = &self.records[id.0];
        let stream = self.stream(record)?;
        unpack(record.method, stream, record.size_bytes, record.crc32)
            .map_err(|reason| self.refuse(&entry.path, reason))
    }

    /// Checks an entry as [`Self::read`] does. Bytes that are those of a stream which passed before need no second look.
    pub(crate) fn check(
        &self,
        id: EntryId,
        entry: &Entry,
        written: &KnownStream,
    ) -> Result<(), Error> {
        let record = &self.records[id.0];
        let bytes = self.stream(record)?;
        let becomes = Becomes {
            method: record.method,
            size_bytes: record.size_bytes,
            crc32: record.crc32,
        };
        let known = written.with(&bytes);
        if known.as_ref().is_some_and(|known| known.is_proven(becomes)) {
            return Ok(());
        }
        unpack(record.method, bytes, record.size_bytes, record.crc32)
            .map_err(|reason| self.refuse(&entry.path, reason))?;
        known.iter().for_each(|known| known.prove(becomes));
        Ok(())
    }

    pub(crate) fn read_head(
        &self,
        id: EntryId,
        entry: &Entry,
        at_most_bytes: usize,
    ) -> Result<Vec<u8>, Error> {
        let record = &self.records[id.0];
        if record.size_bytes <= at_most_bytes as u64 {
            return self.read(id, entry);
        }
        let reader = self.source.reader(record.data_start);
        let stream = reader.take(record.stored_bytes);
        let mut head = Vec::new();
        match record.method {
            Method::Stored => stream.take(at_most_bytes as u64).read_to_end(&mut head),
            Method::Deflated => DeflateDecoder::new(stream)
                .take(at_most_bytes as u64)
                .read_to_end(&mut head),
        }
        .map_err(|_| self.refuse(&entry.path, Refusal::Corrupt))?;
        Ok(head)
    }

    pub(crate) fn ready(&self, id: EntryId, entry: &Entry) -> Result<ReadyEntry, Error> {
        let record = &self.records[id.0];
        let mode = match &entry.kind {
            EntryKind::Symlink { target } => {
                return Ok(ReadyEntry::symlink(entry.path.clone(), target));
            }
            EntryKind::File { mode, .. } => *mode,
        };
        Ok(ReadyEntry {
            path: entry.path.clone(),
            kind: ReadyKind::File(mode),
            size_bytes: record.size_bytes,
            crc32: record.crc32,
            method: record.method,
            stream: self.stream(record)?.into(),
            modified: None,
        })
    }

    pub(crate) fn archive_bytes(&self) -> u64 {
        self.source.len()
    }

    pub(crate) fn crc32(&self, id: EntryId) -> u32 {
        self.records[id.0].crc32
    }

    fn stream(&self, record: &Record) -> Result<Vec<u8>, Error> {
        self.source
            .read_range(record.data_start, record.stored_bytes)
            .map_err(|source| Error::Read {
                path: self.archive.clone(),
                source,
            })
    }

    fn refuse(&self, path: &EntryPath, source: Refusal) -> Error {
        Error::RefusedEntry {
            archive: self.archive.clone(),
            entry: path.to_string(),
            source,
        }
    }
}

fn raw_name(parsed: &Parsed<'_>, number: usize) -> Vec<u8> {
    match parsed.by_index_data(number) {
        Ok(entry) => entry.name_raw().to_vec(),
        Err(_) => Vec::new(),
    }
}

fn refused(archive: &Path, raw_name: &[u8], source: Refusal) -> Error {
    Error::RefusedEntry {
        archive: archive.to_owned(),
        entry: printable(raw_name),
        source,
    }
}

/// A name for a message: control characters would move the terminal's cursor.
fn printable(raw_name: &[u8]) -> String {
    String::from_utf8_lossy(raw_name)
        .chars()
        .flat_map(|letter| match letter.is_control() {
            true => letter.escape_debug().collect::<Vec<_>>(),
            false => vec![letter],
        })
        .collect()
}
