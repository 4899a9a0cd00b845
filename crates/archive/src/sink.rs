use crate::{Error, ReadyEntry};

/// Something that takes entries: a zip, a folder, or only a count.
pub trait Sink {
    /// Takes the next entry. Entries come in the order of their paths, from one thread.
    fn accept(&mut self, entry: &ReadyEntry) -> Result<(), Error>;
}
