use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// The bytes of an archive, readable at any place by many threads at once and without a lock.
pub(crate) enum Source {
    File { file: fs_err::File, bytes: u64 },
    Memory(Vec<u8>),
}

impl fmt::Debug for Source {
    /// Never the bytes: there may be gigabytes of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({} bytes)", self.len())
    }
}

impl Source {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = fs_err::File::open(path)?;
        let bytes = file.metadata()?.len();
        Ok(Self::File { file, bytes })
    }

    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::File { bytes, .. } => *bytes,
            Self::Memory(bytes) => bytes.len() as u64,
        }
    }

    /// Fills `buffer` from this place on.
    pub(crate) fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        match self {
            Self::File { file, .. } => read_file_at(file, buffer, offset),
            Self::Memory(bytes) => {
                let part = slice(bytes, offset, buffer.len());
                buffer.copy_from_slice(part.ok_or(io::ErrorKind::UnexpectedEof)?);
                Ok(())
            }
        }
    }

    /// This many bytes from this place on; memory is reserved only when they exist.
    pub(crate) fn read_range(&self, offset: u64, bytes: u64) -> io::Result<Vec<u8>> {
        if offset.checked_add(bytes).is_none_or(|end| end > self.len()) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let bytes = usize::try_from(bytes).map_err(io::Error::other)?;
        let mut buffer = vec![0; bytes];
        self.read_exact_at(&mut buffer, offset)?;
        Ok(buffer)
    }

    /// A reader that starts here.
    pub(crate) fn reader(&self, position: u64) -> SourceReader<'_> {
        SourceReader {
            source: self,
            position,
            window: Vec::new(),
            window_start: 0,
        }
    }
}

fn slice(bytes: &[u8], offset: u64, length: usize) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    bytes.get(start..start.checked_add(length)?)
}

#[cfg(unix)]
fn read_file_at(file: &fs_err::File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    fs_err::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_file_at(file: &fs_err::File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    use fs_err::os::windows::fs::FileExt;
    while !buffer.is_empty() {
        match file.seek_read(buffer, offset)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => {
                buffer = &mut buffer[read..];
                offset += read as u64;
            }
        }
    }
    Ok(())
}

/// A position in a [`Source`], for parsers that want a stream.
///
/// Its window survives seeks, unlike that of [`io::BufReader`]: a parser jumps from header to header, and small files
/// lie close together.
pub(crate) struct SourceReader<'a> {
    source: &'a Source,
    position: u64,
    window: Vec<u8>,
    window_start: u64,
}

impl SourceReader<'_> {
    const WINDOW_BYTES: u64 = 16 * 1024;

    fn windowed(&self) -> Option<&[u8]> {
        let start = usize::try_from(self.position.checked_sub(self.window_start)?).ok()?;
        self.window.get(start..).filter(|part| !part.is_empty())
    }

    fn fill_window(&mut self) -> io::Result<()> {
        let bytes = (self.source.len() - self.position).min(Self::WINDOW_BYTES);
        self.window.resize(bytes as usize, 0);
        self.window_start = self.position;
        self.source.read_exact_at(&mut self.window, self.position)
    }
}

impl Read for SourceReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.source.len() {
            return Ok(0);
        }
        if self.windowed().is_none() {
            self.fill_window()?;
        }
        let part = self.windowed().unwrap_or_default();
        let bytes = part.len().min(buffer.len());
        buffer[..bytes].copy_from_slice(&part[..bytes]);
        self.position += bytes as u64;
        Ok(bytes)
    }
}

impl Seek for SourceReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.source.len().checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &Source) {
        let mut reader = source.reader(3);
        let mut buffer = [0; 4];
        reader.read_exact(&mut buffer).unwrap();
        assert_eq!(buffer, [3, 4, 5, 6]);
        reader.seek(SeekFrom::End(-2)).unwrap();
        assert_eq!(reader.read_to_end(&mut Vec::new()).unwrap(), 2);
        reader.seek(SeekFrom::Start(u64::MAX)).unwrap();
        assert_eq!(reader.read(&mut buffer).unwrap(), 0);
        assert_eq!(source.read_range(254, 2).unwrap(), [254, 255]);
        assert!(source.read_range(255, 2).is_err());
        assert!(source.read_range(u64::MAX, 2).is_err());
        assert!(source.read_exact_at(&mut buffer, 254).is_err());
    }

    #[test]
    fn bytes_are_read_at_any_place() {
        let bytes: Vec<u8> = (0..=255).collect();
        let file = tempfile::NamedTempFile::new().unwrap();
        fs_err::write(file.path(), &bytes).unwrap();
        check(&Source::open(file.path()).unwrap());
        check(&Source::Memory(bytes));
    }
}
