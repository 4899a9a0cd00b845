use std::io::{self, BufWriter, Cursor, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use zip::{ZipArchive, ZipWriter};

use crate::temporary::Temporary;
use crate::verify::{Accepted, verify};
use crate::{Error, Method, ReadyEntry, ReadyKind, Sink, ZipTime};

/// The number of Unix in the format; only from there does Lambda believe a mode.
const MADE_BY_UNIX: u8 = 3;

/// Writes a reproducible zip: beside its final place, checked as a whole, then renamed.
///
/// Equal entries make equal bytes: one time for all, modes 0644 and 0755, made by Unix, no folders, comments, extra
/// fields or data descriptors. Whatever fails, the file that was there before stays as it was.
pub struct ZipSink {
    target: PathBuf,
    time: ZipTime,
    writer: ZipWriter<Output>,
    accepted: Vec<Accepted>,
    _temporary: Temporary,
}

/// A zip that was written, checked and renamed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenZip {
    /// Where it lies.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// The SHA-256 of the file.
    pub sha256: [u8; 32],
}

impl ZipSink {
    /// Begins a zip whose entries are of 1980-01-01.
    pub fn create(target: &Path) -> Result<Self, Error> {
        Self::create_with(target, ZipTime::default())
    }

    /// Begins a zip whose entries are of this time.
    pub fn create_with(target: &Path, time: ZipTime) -> Result<Self, Error> {
        let target = final_place(target)?;
        let make = || temporary_neighbour(&target);
        let made = Temporary::create(make, |file| file.path().to_owned());
        let (file, temporary) = made.map_err(|source| Error::Write {
            path: target.clone(),
            source,
        })?;
        Ok(Self {
            target,
            time,
            writer: ZipWriter::new(Output::new(file)),
            accepted: Vec::new(),
            _temporary: temporary,
        })
    }

    /// Ends the zip, reads and checks all of it, and puts it in its place.
    pub fn finish(self) -> Result<WrittenZip, Error> {
        let out_of_order = self
            .accepted
            .windows(2)
            .find(|pair| pair[0].path >= pair[1].path);
        if let Some(pair) = out_of_order {
            return Err(Error::OutOfOrder {
                entry: pair[1].path.to_string(),
            });
        }
        let accepted = self.accepted;
        let (file, target) = close(self.writer, self.target)?;
        let (bytes, sha256) = verify(file.path(), &target, &accepted)?;
        let path = put_in_place(file, target)?;
        Ok(WrittenZip {
            path,
            bytes,
            sha256,
        })
    }

    /// Ends a zip that only serves to be measured: it is not read again, and its entries may come in any order.
    pub fn finish_unchecked(self) -> Result<PathBuf, Error> {
        let (file, target) = close(self.writer, self.target)?;
        put_in_place(file, target)
    }
}

fn close(writer: ZipWriter<Output>, target: PathBuf) -> Result<(NamedTempFile, PathBuf), Error> {
    let closed = writer.finish().map_err(|source| Error::WriteZip {
        path: target.clone(),
        source,
    })?;
    match closed.into_file() {
        Ok(file) => Ok((file, target)),
        Err(source) => Err(Error::Write {
            path: target,
            source,
        }),
    }
}

fn put_in_place(file: NamedTempFile, target: PathBuf) -> Result<PathBuf, Error> {
    match file.persist(&target) {
        Ok(_) => Ok(target),
        Err(failed) => Err(Error::Write {
            path: target,
            source: failed.error,
        }),
    }
}

impl Sink for ZipSink {
    fn accept(&mut self, entry: &ReadyEntry) -> Result<(), Error> {
        entry.check_size()?;
        // The writer takes a finished stream only from another archive, so it gets one with this entry alone.
        ZipArchive::new(Cursor::new(zip_of_one(entry, self.time)))
            .and_then(|mut archive| self.writer.raw_copy_file(archive.by_index_raw(0)?))
            .map_err(|source| Error::WriteZip {
                path: self.target.clone(),
                source,
            })?;
        self.accepted.push(Accepted::new(entry));
        Ok(())
    }
}

/// A zip that holds only `entry`, as it will stand in the whole one.
pub(crate) fn zip_of_one(entry: &ReadyEntry, time: ZipTime) -> Vec<u8> {
    let name = entry.path.as_str().as_bytes();
    let mode = unix_mode(entry.kind);
    let both = common_fields(entry, time);
    let mut zip = Vec::with_capacity(entry.zipped_bytes() as usize + 22);
    zip.extend(b"PK\x03\x04");
    zip.extend(&both);
    zip.extend(name);
    zip.extend(&*entry.stream);
    let list_start = zip.len() as u32;
    zip.extend(b"PK\x01\x02");
    zip.extend([version_needed(entry.method), MADE_BY_UNIX]);
    zip.extend(&both);
    // No comment, first disk, no internal attributes.
    zip.extend([0; 6]);
    zip.extend((mode << 16).to_le_bytes());
    zip.extend(0u32.to_le_bytes());
    zip.extend(name);
    let list_bytes = zip.len() as u32 - list_start;
    zip.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    zip.extend(list_bytes.to_le_bytes());
    zip.extend(list_start.to_le_bytes());
    zip.extend([0; 2]);
    zip
}

/// What both headers of an entry have in common, from the version needed to the length of the extra field.
fn common_fields(entry: &ReadyEntry, time: ZipTime) -> Vec<u8> {
    const NAME_IS_UTF8: u16 = 1 << 11;
    let name = entry.path.as_str();
    let flags = if name.is_ascii() { 0 } else { NAME_IS_UTF8 };
    let method = match entry.method {
        Method::Stored => 0,
        Method::Deflated => 8,
    };
    let (date, clock) = time.dos();
    let version = u16::from(version_needed(entry.method));
    let words = [version, flags, method, clock, date];
    let sizes = [
        entry.crc32,
        entry.stream.len() as u32,
        entry.size_bytes as u32,
    ];
    let lengths = [name.len() as u16, 0];
    let mut fields: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    fields.extend(sizes.iter().flat_map(|size| size.to_le_bytes()));
    fields.extend(lengths.iter().flat_map(|length| length.to_le_bytes()));
    fields
}

/// The version of the format, times ten, that knows this method.
fn version_needed(method: Method) -> u8 {
    match method {
        Method::Stored => 10,
        Method::Deflated => 20,
    }
}

fn unix_mode(kind: ReadyKind) -> u32 {
    match kind {
        ReadyKind::File(mode) => 0o100_000 | mode.permissions(),
        ReadyKind::Symlink => 0o120_777,
    }
}

/// Where the file will lie: a link stays and the file that it points to is replaced.
pub(crate) fn final_place(target: &Path) -> Result<PathBuf, Error> {
    let target = match fs_err::symlink_metadata(target) {
        Ok(metadata) if metadata.is_symlink() => {
            fs_err::canonicalize(target).map_err(|source| Error::Write {
                path: target.to_owned(),
                source,
            })?
        }
        _ => target.to_owned(),
    };
    if target.is_dir() {
        return Err(Error::IsFolder { path: target });
    }
    let folder = folder_of(&target);
    if !folder.is_dir() {
        return Err(Error::NoFolder {
            path: folder.to_owned(),
        });
    }
    Ok(target)
}

/// The folder that `path` lies in, which is the current one for a bare name.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

pub(crate) fn temporary_neighbour(target: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".lambda-slim-").suffix(".tmp");
    // Without this the file, and the zip after it, could be read by its owner alone.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder_of(target))
}

/// A buffered file that knows where it is: the zip writer asks often, and [`BufWriter`] would flush to answer.
///
/// After a failed write it only pretends to write: the zip writer, when dropped, would try again to end the zip and
/// complain on the terminal. The error itself has been returned by then.
struct Output {
    file: BufWriter<NamedTempFile>,
    position: u64,
    has_failed: bool,
}

impl Output {
    fn new(file: NamedTempFile) -> Self {
        Self {
            file: BufWriter::with_capacity(256 * 1024, file),
            position: 0,
            has_failed: false,
        }
    }

    fn into_file(self) -> io::Result<NamedTempFile> {
        if self.has_failed {
            return Err(io::Error::other("an earlier write failed"));
        }
        self.file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.has_failed {
            return Ok(bytes.len());
        }
        let written = self.file.write(bytes);
        self.has_failed = written.is_err();
        self.position += *written.as_ref().unwrap_or(&0) as u64;
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Output {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let stays = match to {
            SeekFrom::Start(position) => position == self.position,
            SeekFrom::Current(offset) => offset == 0,
            SeekFrom::End(_) => false,
        };
        if !stays {
            self.position = self.file.seek(to)?;
        }
        Ok(self.position)
    }
}
