use std::hash::Hasher;

use siphasher::sip::{SipHasher13, SipHasher24};

use super::marshal::Layout;

/// The length of the header before the code. Source: PEP 552.
pub(crate) const HEADER_BYTES: usize = 16;

/// The header of a `.pyc`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Header {
    /// The Python that wrote it; `None` for one that is not known here.
    pub(crate) version: Option<Version>,
    /// When CPython accepts it.
    pub(crate) validity: Validity,
    magic: [u8; 4],
}

/// What a `.pyc` says of its source.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Validity {
    /// The source had this date and size.
    Date {
        /// Seconds since 1970, of which 32 bits are kept.
        seconds: u32,
        /// Bytes, of which 32 bits are kept.
        size_bytes: u32,
    },
    /// The source has this hash.
    Hash([u8; 8]),
}

/// A version of CPython that Lambda runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Version {
    minor: u16,
    magic: u16,
}

/// The magic numbers of released versions. Source: `Lib/importlib/_bootstrap_external.py` and
/// `Include/internal/pycore_magic_number.h` of CPython.
const VERSIONS: [Version; 7] = [
    Version {
        minor: 8,
        magic: 3413,
    },
    Version {
        minor: 9,
        magic: 3425,
    },
    Version {
        minor: 10,
        magic: 3439,
    },
    Version {
        minor: 11,
        magic: 3495,
    },
    Version {
        minor: 12,
        magic: 3531,
    },
    Version {
        minor: 13,
        magic: 3571,
    },
    Version {
        minor: 14,
        magic: 3627,
    },
];

impl Header {
    /// Reads the header; `None` where the bytes are no `.pyc`.
    pub(crate) fn read(head: &[u8]) -> Option<Self> {
        let head: &[u8; HEADER_BYTES] = head.get(..HEADER_BYTES)?.try_into().ok()?;
        let word =
            |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let magic = [head[0], head[1], head[2], head[3]];
        if magic[2..] != *b"\r\n" {
            return None;
        }
        let number = u16::from_le_bytes([magic[0], magic[1]]);
        let validity = match word(4) {
            0 => Validity::Date {
                seconds: word(8),
                size_bytes: word(12),
            },
            1 | 3 => Validity::Hash(head[8..].try_into().ok()?),
            _ => return None,
        };
        Some(Self {
            version: VERSIONS.into_iter().find(|version| version.magic == number),
            validity,
            magic,
        })
    }

    /// The header that says: the source has this hash, do not check it.
    pub(crate) fn unchecked(&self, hash: [u8; 8]) -> [u8; HEADER_BYTES] {
        let mut head = [0; HEADER_BYTES];
        head[..4].copy_from_slice(&self.magic);
        head[4] = 1;
        head[8..].copy_from_slice(&hash);
        head
    }
}

impl Version {
    /// The tag in the names of its files.
    pub(crate) fn tag(self) -> String {
        format!("cpython-3{}", self.minor)
    }

    /// How it writes code.
    pub(crate) fn layout(self) -> Layout {
        if self.minor >= 11 {
            Layout::Since311
        } else {
            Layout::Since38
        }
    }

    /// The hash of a source, keyed with the magic number. Source: `_imp.source_hash`, `Python/pyhash.c`; SipHash-1-3
    /// took the place of SipHash-2-4 in 3.11.
    pub(crate) fn source_hash(self, source: &[u8]) -> [u8; 8] {
        let key = u64::from(u32::from_le_bytes([
            self.magic.to_le_bytes()[0],
            self.magic.to_le_bytes()[1],
            b'\r',
            b'\n',
        ]));
        let hash = if self.minor >= 11 {
            let mut hasher = SipHasher13::new_with_keys(key, 0);
            hasher.write(source);
            hasher.finish()
        } else {
            let mut hasher = SipHasher24::new_with_keys(key, 0);
            hasher.write(source);
            hasher.finish()
        };
        hash.to_le_bytes()
    }
}
