use crate::{Error, ReadyEntry, Sink};

/// The record at the end of every zip, in bytes.
const END_RECORD_BYTES: u64 = 22;
/// What a zip with more than 65,535 entries has besides: the zip64 end record and its locator.
const ZIP64_END_RECORDS_BYTES: u64 = 56 + 20;
/// The most entries that the plain end record can count.
const PLAIN_ENTRIES_AT_MOST: usize = 65_535;

/// Writes nothing and knows how large the zip would be: the sink of a dry run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountingSink {
    /// Number of entries so far.
    pub entries: usize,
    /// Sum of the unzipped sizes; links count none.
    pub unzipped_bytes: u64,
    /// Size of the zip if it ended here, with its end record.
    pub zip_bytes: u64,
}

impl Default for CountingSink {
    fn default() -> Self {
        Self {
            entries: 0,
            unzipped_bytes: 0,
            zip_bytes: END_RECORD_BYTES,
        }
    }
}

impl Sink for CountingSink {
    fn accept(&mut self, entry: &ReadyEntry) -> Result<(), Error> {
        entry.check_size()?;
        self.entries += 1;
        self.zip_bytes += entry.zipped_bytes();
        if entry.is_file() {
            self.unzipped_bytes += entry.size_bytes;
        }
        if self.entries == PLAIN_ENTRIES_AT_MOST + 1 {
            self.zip_bytes += ZIP64_END_RECORDS_BYTES;
        }
        Ok(())
    }
}
