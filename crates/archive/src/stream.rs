use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock, Weak};

use crate::Method;

/// The bytes of an entry as they stand in a zip. All packages that have the entry hold the same ones, and what came out
/// when they were inflated is known to all.
#[derive(Clone)]
pub struct Stream(Arc<Held>);

struct Held {
    bytes: Vec<u8>,
    /// What they were found to become.
    proven: OnceLock<Becomes>,
}

/// What a stream must become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Becomes {
    pub(crate) method: Method,
    pub(crate) size_bytes: u64,
    pub(crate) crc32: u32,
}

impl From<Vec<u8>> for Stream {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Held {
            bytes,
            proven: OnceLock::new(),
        }))
    }
}

impl Deref for Stream {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0.bytes
    }
}

impl PartialEq for Stream {
    fn eq(&self, other: &Self) -> bool {
        self.0.bytes == other.0.bytes
    }
}

impl Eq for Stream {}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stream({} bytes)", self.len())
    }
}

impl Stream {
    /// This stream for as long as somebody else holds it.
    pub(crate) fn known(&self) -> KnownStream {
        KnownStream(Arc::downgrade(&self.0))
    }

    pub(crate) fn is_proven(&self, becomes: Becomes) -> bool {
        self.0.proven.get() == Some(&becomes)
    }

    pub(crate) fn prove(&self, becomes: Becomes) {
        let _ = self.0.proven.set(becomes);
    }
}

/// A stream that was handed on, and costs no memory.
#[derive(Debug, Clone)]
pub(crate) struct KnownStream(Weak<Held>);

impl KnownStream {
    /// The stream, if it is held still and these are its bytes.
    pub(crate) fn with(&self, bytes: &[u8]) -> Option<Stream> {
        let held = self.0.upgrade()?;
        (held.bytes == bytes).then_some(Stream(held))
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Held({} bytes)", self.bytes.len())
    }
}
