use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use lambda_slim_package::EntryId;
use sha2::{Digest as _, Sha256};

use crate::{Cache, Error, Input};

/// The SHA-256 of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// That of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Stands for a question whose answer depends on the contents and on this program alone.
    pub fn of_code_alone() -> Self {
        Self([0; 32])
    }

    /// That of several texts, each with its length, so that no two lists are equal by chance.
    pub fn of_all<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Something that was made of the contents of a file, and can be kept for the next file with the same contents.
pub trait Finding: Any + Send + Sync {
    /// About how many bytes of memory it holds.
    fn held_bytes(&self) -> u64;
}

/// What several inputs know together: equal contents are looked at once, whichever package they lie in.
///
/// It never changes what comes out: a finding depends on the contents and on the question alone. When memory is full,
/// what is new is made again each time.
pub struct Shared {
    shelves: [Mutex<Shelf>; SHELVES],
    held_bytes: AtomicU64,
    at_most_bytes: u64,
    cache: Option<Cache>,
}

/// The contents, what is wanted of them, and the question.
type Key = (Digest, TypeId, Digest);
/// Filled by the first who asks; all others wait for that.
type Place = Arc<OnceLock<Arc<dyn Any + Send + Sync>>>;
type Shelf = HashMap<Key, Place>;

/// So many that threads seldom wait for each other.
const SHELVES: usize = 16;

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held_bytes = self.held_bytes.load(Ordering::Relaxed);
        write!(f, "Shared({held_bytes} bytes)")
    }
}

impl Shared {
    /// Remembers up to this many bytes, and asks `cache` for what earlier runs made.
    pub fn new(at_most_bytes: u64, cache: Option<Cache>) -> Self {
        Self {
            shelves: Default::default(),
            held_bytes: AtomicU64::new(0),
            at_most_bytes,
            cache,
        }
    }

    /// What earlier runs left on disk.
    pub fn cache(&self) -> Option<&Cache> {
        self.cache.as_ref()
    }

    /// The place of an answer; `None` where it is not known and memory is full.
    fn place(&self, key: Key) -> Option<Place> {
        let shelf = &self.shelves[usize::from(key.0.0[0]) % SHELVES];
        let mut shelf = shelf.lock().unwrap_or_else(PoisonError::into_inner);
        if self.held_bytes.load(Ordering::Relaxed) >= self.at_most_bytes {
            return shelf.get(&key).cloned();
        }
        Some(Arc::clone(shelf.entry(key).or_default()))
    }

    fn hold(&self, bytes: u64) {
        /// A key and its place in the table.
        const KEY_BYTES: u64 = 160;
        self.held_bytes
            .fetch_add(bytes + KEY_BYTES, Ordering::Relaxed);
    }
}

/// What one input takes part in.
#[derive(Debug)]
pub(crate) struct Sharing {
    pub(crate) shared: Arc<Shared>,
    /// For each entry: its contents' digest, once they were read.
    digests: Vec<OnceLock<Digest>>,
}

fn typed<T: Finding>(found: &Arc<dyn Any + Send + Sync>) -> Arc<T> {
    let found = Arc::clone(found);
    found.downcast().expect("the key holds the type")
}

impl Input {
    /// This input, whose findings are shared with those of others.
    #[must_use]
    pub fn sharing(mut self, shared: &Arc<Shared>) -> Self {
        if self.sharing.is_some() {
            return self;
        }
        let digests = (0..self.package().len()).map(|_| OnceLock::new());
        self.sharing = Some(Sharing {
            shared: Arc::clone(shared),
            digests: digests.collect(),
        });
        self
    }

    /// What `find` makes of the contents of an entry. Inputs that share ask it once for equal contents and an equal
    /// `question`, which stands for all else that the answer depends on.
    pub fn finding<T: Finding>(
        &self,
        id: EntryId,
        question: impl FnOnce() -> Digest,
        find: impl FnOnce(Vec<u8>) -> T,
    ) -> Result<Arc<T>, Error> {
        self.finding_in(id, None, question, find)
    }

    /// The same of contents that may have been read already.
    pub(crate) fn finding_in<T: Finding>(
        &self,
        id: EntryId,
        mut contents: Option<Vec<u8>>,
        question: impl FnOnce() -> Digest,
        find: impl FnOnce(Vec<u8>) -> T,
    ) -> Result<Arc<T>, Error> {
        let Some(Sharing { shared, digests }) = &self.sharing else {
            let contents = contents.map_or_else(|| self.read(id), Ok)?;
            return Ok(Arc::new(find(contents)));
        };
        let is_fresh = digests[id.0].get().is_none();
        let digest = match (digests[id.0].get(), &contents) {
            (Some(digest), _) => *digest,
            (None, Some(read)) => self.note_read(id, read).expect("it shares"),
            (None, None) => {
                let read = contents.insert(self.read_contents(id)?);
                self.note_read(id, read).expect("it shares")
            }
        };
        let place = shared.place((digest, TypeId::of::<T>(), question()));
        if let Some(found) = place.as_ref().and_then(|place| place.get()) {
            return Ok(typed(found));
        }
        let contents = match contents {
            Some(contents) if is_fresh => contents,
            contents => self.unchanged(id, contents, &digest)?,
        };
        let Some(place) = place else {
            return Ok(Arc::new(find(contents)));
        };
        let found = place.get_or_init(|| {
            let found = find(contents);
            shared.hold(found.held_bytes());
            Arc::new(found)
        });
        Ok(typed(found))
    }

    /// The contents, which were seen before: what is not the same would be taken for that by all.
    fn unchanged(
        &self,
        id: EntryId,
        read: Option<Vec<u8>>,
        seen: &Digest,
    ) -> Result<Vec<u8>, Error> {
        let contents = read.map_or_else(|| self.read_contents(id), Ok)?;
        if Digest::of(&contents) == *seen {
            return Ok(contents);
        }
        Err(Error::Changed {
            path: PathBuf::from(self.package().entry(id).path.as_str()),
        })
    }

    /// Remembers what an entry held when it was first read; its digest, where findings are shared.
    pub(crate) fn note_read(&self, id: EntryId, contents: &[u8]) -> Option<Digest> {
        let slot = &self.sharing.as_ref()?.digests[id.0];
        Some(*slot.get_or_init(|| Digest::of(contents)))
    }

    /// Whether somebody will ask what was read.
    pub(crate) fn notes_reads(&self) -> bool {
        self.sharing.is_some()
    }

    /// The digest of the contents of an entry, which is read for that if it was not before.
    pub fn digest(&self, id: EntryId) -> Result<Digest, Error> {
        match self.digest_if_read(id) {
            Some(digest) => Ok(digest),
            None => {
                let contents = self.read_contents(id)?;
                let noted = self.note_read(id, &contents);
                Ok(noted.unwrap_or_else(|| Digest::of(&contents)))
            }
        }
    }

    /// The digest of the contents of an entry that was read since it is shared.
    pub fn digest_if_read(&self, id: EntryId) -> Option<Digest> {
        self.sharing.as_ref()?.digests[id.0].get().copied()
    }

    /// What it shares with others.
    pub(crate) fn shared(&self) -> Option<&Shared> {
        Some(&self.sharing.as_ref()?.shared)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use lambda_slim_package::{Entry, EntryKind, EntryPath, FileMode};

    use super::*;
    use crate::OpenOptions;

    struct Length(usize);

    impl Finding for Length {
        fn held_bytes(&self) -> u64 {
            100
        }
    }

    const FIRST: EntryId = EntryId(0);

    fn input(contents: &str, shared: &Arc<Shared>) -> Input {
        let kind = EntryKind::File {
            size_bytes: contents.len() as u64,
            mode: FileMode::Regular,
        };
        let path = EntryPath::new("a").unwrap();
        let files = vec![(Entry { path, kind }, contents.as_bytes().to_vec())];
        Input::in_memory(files).unwrap().sharing(shared)
    }

    /// How often each input is asked, and what was found in each.
    fn ask(inputs: &[Input], question: &str) -> (usize, Vec<usize>) {
        let asked = Cell::new(0);
        let find = |contents: Vec<u8>| {
            asked.set(asked.get() + 1);
            Length(contents.len())
        };
        let question = || Digest::of(question.as_bytes());
        let found = inputs
            .iter()
            .map(|input| input.finding(FIRST, question, find).unwrap().0);
        let found = found.collect();
        (asked.get(), found)
    }

    #[test]
    fn equal_contents_are_looked_at_once_for_each_question() {
        let shared = Arc::new(Shared::new(1 << 20, None));
        let inputs = ["one", "other", "one", "one"].map(|contents| input(contents, &shared));
        assert_eq!(ask(&inputs, "length"), (2, vec![3, 5, 3, 3]));
        assert_eq!(ask(&inputs, "length"), (0, vec![3, 5, 3, 3]));
        assert_eq!(ask(&inputs, "length, again"), (2, vec![3, 5, 3, 3]));
    }

    #[test]
    fn full_memory_costs_time_and_nothing_else() {
        let shared = Arc::new(Shared::new(1, None));
        let inputs = ["one", "other", "other", "one"].map(|contents| input(contents, &shared));
        assert_eq!(ask(&inputs, "length"), (3, vec![3, 5, 5, 3]));
    }

    #[test]
    fn what_was_read_is_known() {
        let shared = Arc::new(Shared::new(1 << 20, None));
        let input = input("one", &shared);
        assert_eq!(input.digest_if_read(FIRST), None);
        assert_eq!(input.read_head(FIRST, 2).unwrap(), b"on");
        assert_eq!(input.digest_if_read(FIRST), Some(Digest::of(b"one")));
        assert_eq!(input.digest(FIRST).unwrap(), Digest::of(b"one"));
    }

    #[test]
    fn a_file_that_changes_meanwhile_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        fs_err::write(&file, "one").unwrap();
        let shared = Arc::new(Shared::new(1 << 20, None));
        let input = Input::open(folder.path(), &OpenOptions::default()).unwrap();
        let input = input.sharing(&shared);
        input.read(FIRST).unwrap();
        fs_err::write(&file, "two").unwrap();
        let result = input.finding(FIRST, Digest::of_code_alone, |_| Length(0));
        assert!(matches!(result, Err(Error::Changed { .. })));
    }

    #[test]
    fn lists_are_told_apart() {
        let of = |parts: &[&str]| Digest::of_all(parts.iter().map(|part| part.as_bytes()));
        assert_eq!(of(&["a", "b"]), of(&["a", "b"]));
        assert_ne!(of(&["a", "b"]), of(&["ab"]));
        assert_ne!(of(&["", "a"]), of(&["a", ""]));
    }
}
