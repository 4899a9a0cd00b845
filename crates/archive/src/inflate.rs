use std::cell::RefCell;

use crate::{Method, Refusal};

/// Deflate makes at most 1,032 bytes of one; the 64 are for the last, partly filled byte and block headers.
const INFLATED_AT_MOST_PER_BYTE: u64 = 1032;
const INFLATED_AT_MOST_BESIDES: u64 = 64;

thread_local! {
    /// Its tables are 11 kB, too much to make anew for each of ten thousand files.
    static DECOMPRESSOR: RefCell<libdeflater::Decompressor> =
        RefCell::new(libdeflater::Decompressor::new());
}

/// Whether `stored_bytes` can hold `declared_bytes`; asked before memory is reserved for them.
pub(crate) fn check_declared(
    method: Method,
    declared_bytes: u64,
    stored_bytes: u64,
) -> Result<(), Refusal> {
    let possible = match method {
        Method::Stored => declared_bytes == stored_bytes,
        Method::Deflated => {
            declared_bytes
                <= stored_bytes
                    .saturating_mul(INFLATED_AT_MOST_PER_BYTE)
                    .saturating_add(INFLATED_AT_MOST_BESIDES)
        }
    };
    if possible {
        Ok(())
    } else {
        Err(Refusal::ImpossibleSize {
            declared_bytes,
            stored_bytes,
        })
    }
}

/// The contents of `stream`, which must have exactly this size and checksum.
pub(crate) fn unpack(
    method: Method,
    stream: Vec<u8>,
    size_bytes: u64,
    crc32: u32,
) -> Result<Vec<u8>, Refusal> {
    check_declared(method, size_bytes, stream.len() as u64)?;
    let contents = match method {
        Method::Stored => stream,
        Method::Deflated => inflate(&stream, size_bytes)?,
    };
    if crc32fast::hash(&contents) != crc32 {
        return Err(Refusal::Checksum);
    }
    Ok(contents)
}

fn inflate(stream: &[u8], size_bytes: u64) -> Result<Vec<u8>, Refusal> {
    use libdeflater::DecompressionError::{BadData, InsufficientSpace};
    let size = usize::try_from(size_bytes).map_err(|_| Refusal::Size)?;
    let mut contents = vec![0; size];
    let result = DECOMPRESSOR
        .with_borrow_mut(|decompressor| decompressor.deflate_decompress(stream, &mut contents));
    match result {
        Ok(bytes) if bytes == size => Ok(contents),
        Ok(_) | Err(InsufficientSpace) => Err(Refusal::Size),
        Err(BadData) => Err(Refusal::Corrupt),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Compression, Compressor};

    fn check(size_bytes: u64, crc32: u32, expected: &str) {
        let stream = Compressor::new(Compression::Default)
            .deflate(&[b'x'; 100])
            .unwrap();
        let text = match unpack(Method::Deflated, stream, size_bytes, crc32) {
            Ok(contents) => contents.len().to_string(),
            Err(refusal) => format!("{refusal:?}"),
        };
        assert!(text.starts_with(expected), "{text}");
    }

    #[test]
    fn size_and_checksum_must_be_exact() {
        let crc32 = crc32fast::hash(&[b'x'; 100]);
        check(100, crc32, "100");
        check(99, crc32, "Size");
        check(101, crc32, "Size");
        check(100, 0, "Checksum");
        check(1_000_000_000_000, crc32, "ImpossibleSize");
    }

    #[test]
    fn broken_streams_are_refused() {
        let result = unpack(Method::Deflated, vec![0xff; 20], 100, 0);
        assert!(matches!(result, Err(Refusal::Corrupt)));
    }
}
