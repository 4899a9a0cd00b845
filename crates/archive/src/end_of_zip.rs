use std::collections::HashSet;
use std::io::{self, Read, Seek, SeekFrom};

use crate::Refusal;
use crate::source::{Source, SourceReader};

const CENTRAL_RECORD: [u8; 4] = *b"PK\x01\x02";
const END_RECORD: [u8; 4] = *b"PK\x05\x06";
const ZIP64_END_RECORD: [u8; 4] = *b"PK\x06\x06";
const ZIP64_LOCATOR: [u8; 4] = *b"PK\x06\x07";
/// A comment has at most 65,535 bytes and parsers look for the end record only so far back, so more cannot follow.
const AFTER_END_AT_MOST_BYTES: u64 = 1 << 20;

/// Why a zip's list of entries cannot be believed.
pub(crate) enum EndProblem {
    Duplicate(Vec<u8>),
    Refused(Refusal),
    Io(io::Error),
}

impl From<io::Error> for EndProblem {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Refused(Refusal::LooseDirectory),
            _ => Self::Io(error),
        }
    }
}

/// Checks what the parser does not tell: that no name occurs twice, that the list ends exactly where the end record
/// begins, and that no second end record follows. Gives the number of bytes after the end.
///
/// A parser that finds another end record, or believes another count, would see another package.
pub(crate) fn check(source: &Source, list_start: u64, entries: usize) -> Result<u64, EndProblem> {
    let mut reader = source.reader(list_start);
    let (listed, mut signature) = skip_list(&mut reader)?;
    if signature == ZIP64_END_RECORD {
        signature = skip_zip64_records(&mut reader)?;
    }
    if signature != END_RECORD || listed != entries {
        return Err(EndProblem::Refused(Refusal::LooseDirectory));
    }
    let record: [u8; 18] = bytes(&mut reader)?;
    let comment_bytes = u64::from(u16::from_le_bytes([record[16], record[17]]));
    let end = reader.stream_position()?;
    let after = source.len().saturating_sub(end);
    if after > AFTER_END_AT_MOST_BYTES || comment_bytes > after {
        return Err(EndProblem::Refused(Refusal::LooseDirectory));
    }
    if holds(&source.read_range(end, after)?, &END_RECORD) {
        return Err(EndProblem::Refused(Refusal::TwoEndRecords));
    }
    Ok(after - comment_bytes)
}

/// Number of records in the list and the signature behind it.
fn skip_list(reader: &mut SourceReader<'_>) -> Result<(usize, [u8; 4]), EndProblem> {
    let mut names: HashSet<Vec<u8>> = HashSet::new();
    loop {
        let signature = bytes(reader)?;
        if signature != CENTRAL_RECORD {
            return Ok((names.len(), signature));
        }
        let record: [u8; 42] = bytes(reader)?;
        let length = |at: usize| u16::from_le_bytes([record[at], record[at + 1]]);
        let mut name = vec![0; usize::from(length(24))];
        reader.read_exact(&mut name)?;
        reader.seek(SeekFrom::Current(
            i64::from(length(26)) + i64::from(length(28)),
        ))?;
        if let Some(name) = names.replace(name) {
            return Err(EndProblem::Duplicate(name));
        }
    }
}

/// Skips the zip64 end record and its locator; gives the signature behind them.
fn skip_zip64_records(reader: &mut SourceReader<'_>) -> Result<[u8; 4], EndProblem> {
    let record_bytes = u64::from_le_bytes(bytes(reader)?);
    let record_bytes =
        i64::try_from(record_bytes).map_err(|_| EndProblem::Refused(Refusal::LooseDirectory))?;
    reader.seek(SeekFrom::Current(record_bytes))?;
    if bytes(reader)? != ZIP64_LOCATOR {
        return Err(EndProblem::Refused(Refusal::LooseDirectory));
    }
    let _locator: [u8; 16] = bytes(reader)?;
    Ok(bytes(reader)?)
}

fn bytes<const N: usize>(reader: &mut impl Read) -> io::Result<[u8; N]> {
    let mut buffer = [0; N];
    reader.read_exact(&mut buffer)?;
    Ok(buffer)
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|part| part == needle)
}
