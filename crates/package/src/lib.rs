//! What is inside a deployment package: paths, entries, links, sizes and Lambda's limits.
//!
//! This crate never touches the disk and knows no archive format, no rule and no language. Everything else in the
//! house speaks in its words. Read [`EntryPath`] first, then [`Package`].

mod entry;
mod link;
mod path;
mod size;
mod target;

pub use entry::{Entry, EntryId, EntryKind, FileMode, Package, PackageError};
pub use link::LinkTarget;
pub use path::{EntryPath, EntryPathError};
pub use size::{ByteCount, ParseByteCountError, UNZIPPED_LIMIT_BYTES, ZIP_UPLOAD_LIMIT_BYTES};
pub use target::{Architecture, PackageKind, Runtime, UnknownRuntime};
