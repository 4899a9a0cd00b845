//! Reads what came in (a folder, a zip, a jar) and writes what goes out (a reproducible zip, a folder).
//!
//! This crate never decides what stays: it takes entries in and hands entries out. It never trusts an archive: names,
//! sizes, checksums and the agreement of both headers are checked before anything is believed, and whatever two
//! programs could read in two ways is refused. It never follows a link out of the package unasked, never writes
//! through a link, never reads the clock or the environment, and never holds a whole package in memory.
//!
//! Read [`Input`] first, then [`ReadyEntry`] (one entry, compressed, for any [`Sink`]) and [`ZipSink`].

mod cache;
mod checks;
mod compress;
mod counting;
mod end_of_zip;
mod error;
mod extract;
mod folder;
mod folder_sink;
mod folder_writer;
mod in_order;
mod inflate;
mod input;
mod jar;
mod joined;
mod link;
mod memory;
mod ready;
mod replace;
mod shared;
mod sink;
mod source;
mod stamp;
mod stream;
mod temporary;
mod verify;
mod warning;
mod zip_input;
mod zip_sink;
mod zip_time;

#[cfg(test)]
#[cfg(unix)]
mod folder_tests;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod test_zip;
#[cfg(test)]
mod zip_bytes_tests;

pub use cache::{Cache, Cached};
pub use compress::{Compression, Compressor};
pub use counting::CountingSink;
pub use error::{Error, Refusal};
pub use extract::{Extracted, extract};
pub use folder_sink::{Existing, FolderSink};
pub use in_order::in_order;
pub use input::{Input, InputId, InputKind, InsideLinks, OpenOptions, OutsideLinks};
pub use jar::{JarStorage, jar_of, jar_stored, jar_without};
pub use joined::Part;
pub use ready::{Method, ReadyEntry, ReadyKind};
pub use replace::{replace_file, write_file};
pub use shared::{Digest, Finding, Shared};
pub use sink::Sink;
pub use stream::Stream;
pub use temporary::{TemporaryFolder, exit_without_temporary_files, temporary_files};
pub use warning::{Oddity, Warning};
pub use zip_sink::{WrittenZip, ZipSink};
pub use zip_time::ZipTime;
