use std::fs::FileTimes;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use walkdir::WalkDir;

use crate::stamp::Stamp;
use crate::temporary::Temporary;
use crate::{Digest, Error};

/// A folder of things that earlier runs made, each under the digest of all that it depends on.
///
/// Many processes may use it at once, and it may be copied, restored in part or deleted at any time: things are written
/// beside their place and renamed, and each carries its key and the digest of its contents. What is damaged, cut off or
/// of somebody else is as good as absent.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
    /// Whether something was put in since it was opened.
    has_grown: Arc<AtomicBool>,
}

/// What was found in a [`Cache`].
#[derive(Debug, PartialEq, Eq)]
pub struct Cached {
    /// The contents, as they were put in.
    pub contents: Vec<u8>,
    /// Their digest.
    pub digest: Digest,
}

/// The folder for this form of things; it changes with the form.
const VERSION_FOLDER: &str = "v1";
const MAGIC: &[u8; 16] = b"lambda-slim v1\r\n";
const HEADER_BYTES: usize = MAGIC.len() + 32 + 32;

/// Source: <https://bford.info/cachedir/>; backup programs and `tar --exclude-caches` leave such folders out.
const TAG: &str = "Signature: 8a477f597d28d172789f06886806bc55
# This folder is a cache of lambda-slim; it may be deleted at any time.
";

/// What a run that was killed left behind is deleted after this time.
const LEFT_BEHIND_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

impl Cache {
    /// Uses this folder, and makes it where it is absent.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let error = |source| Error::Write {
            path: folder.to_owned(),
            source,
        };
        fs_err::create_dir_all(folder.join(VERSION_FOLDER)).map_err(error)?;
        let tag = folder.join("CACHEDIR.TAG");
        if !tag.exists() {
            fs_err::write(&tag, TAG).map_err(error)?;
        }
        Ok(Self {
            folder: folder.join(VERSION_FOLDER),
            has_grown: Arc::default(),
        })
    }

    /// What was put in under `key`, if it is there and whole. It counts as used now.
    pub fn get(&self, key: &Digest) -> Option<Cached> {
        let path = self.path(key);
        let mut file = fs_err::File::open(&path).ok()?;
        let mut header = [0; HEADER_BYTES];
        file.read_exact(&mut header).ok()?;
        let (magic, rest) = header.split_at(MAGIC.len());
        let (of_key, of_contents) = rest.split_at(32);
        if magic != MAGIC || of_key != key.0 {
            return None;
        }
        let mut contents = Vec::new();
        file.read_to_end(&mut contents).ok()?;
        let digest = Digest::of(&contents);
        if of_contents != digest.0 {
            return None;
        }
        touch(&path);
        Some(Cached { contents, digest })
    }

    /// Puts `contents` in. A cache that cannot be written is no failure: the next run does the work again.
    pub fn put(&self, key: &Digest, contents: &[u8]) {
        let _ = self.try_put(key, contents);
    }

    /// The digest of the file at `path`, which is read only if it changed since the last time.
    pub fn digest_of_file(&self, path: &Path) -> Result<Digest, Error> {
        let error = |source| Error::Read {
            path: path.to_owned(),
            source,
        };
        let stamp = Stamp::of(&fs_err::metadata(path).map_err(error)?);
        let stamp = stamp.filter(|stamp| stamp.is_settled(SystemTime::now()));
        let key = stamp.map(|stamp| Digest::of_all([b"file".as_slice(), &stamp.bytes()]));
        let noted = key.and_then(|key| self.get(&key)?.contents.try_into().ok());
        if let Some(noted) = noted {
            return Ok(Digest(noted));
        }
        let digest = Digest::of(&fs_err::read(path).map_err(error)?);
        if let Some(key) = key {
            self.put(&key, &digest.0);
        }
        Ok(digest)
    }

    /// Lets what was put in under `key` count as used now.
    pub fn mark_used(&self, key: &Digest) {
        touch(&self.path(key));
    }

    fn try_put(&self, key: &Digest, contents: &[u8]) -> io::Result<()> {
        let path = self.path(key);
        let folder = path.parent().expect("a path in the cache");
        fs_err::create_dir_all(folder)?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(".").suffix(".tmp");
        // A cache may be shared by users of one group, as their umask says.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let make = || builder.tempfile_in(folder);
        let (mut file, _temporary) = Temporary::create(make, |file| file.path().to_owned())?;
        file.write_all(MAGIC)?;
        file.write_all(&key.0)?;
        file.write_all(&Digest::of(contents).0)?;
        file.write_all(contents)?;
        file.persist(&path)?;
        self.has_grown.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Where something was put in: deletes what was not used for longest, until no more than `at_most_bytes` are left.
    pub fn prune(&self, at_most_bytes: u64) {
        if !self.has_grown.load(Ordering::Relaxed) {
            return;
        }
        let mut things = Vec::new();
        for item in WalkDir::new(&self.folder)
            .min_depth(2)
            .into_iter()
            .flatten()
        {
            let Ok(metadata) = item.metadata() else {
                continue;
            };
            let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            if is_thing(item.path()) {
                things.push((used, metadata.len(), item.into_path()));
            } else if is_left_behind(item.path(), used) {
                let _ = fs_err::remove_file(item.path());
            }
        }
        things.sort();
        let mut bytes: u64 = things.iter().map(|(_, bytes, _)| bytes).sum();
        for (_, thing_bytes, path) in things {
            if bytes <= at_most_bytes {
                break;
            }
            if fs_err::remove_file(path).is_ok() {
                bytes -= thing_bytes;
            }
        }
    }

    /// 256 folders, because some file systems are slow with many thousand files in one.
    fn path(&self, key: &Digest) -> PathBuf {
        let name = key.to_string();
        self.folder.join(&name[..2]).join(name)
    }
}

fn touch(path: &Path) {
    let file = fs_err::OpenOptions::new().write(true).open(path);
    let now = FileTimes::new().set_modified(SystemTime::now());
    // In a cache that is read-only, things age from the day on which they were made.
    let _ = file.map(|file| file.set_times(now));
}

/// Whether a file has the name of a thing; nothing else is ever deleted by its age.
fn is_thing(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn is_left_behind(path: &Path, used: SystemTime) -> bool {
    let is_temporary = path.extension().is_some_and(|extension| extension == "tmp");
    let age = SystemTime::now().duration_since(used);
    is_temporary && age.is_ok_and(|age| age > LEFT_BEHIND_AFTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Digest {
        Digest::of(name.as_bytes())
    }

    fn contents(cache: &Cache, name: &str) -> Option<Vec<u8>> {
        cache.get(&key(name)).map(|cached| cached.contents)
    }

    #[test]
    fn things_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("deep/cache");
        let cache = Cache::open(&place).unwrap();
        assert_eq!(cache.get(&key("a")), None);
        cache.put(&key("a"), b"one");
        cache.put(&key("empty"), b"");
        let again = Cache::open(&place).unwrap();
        let cached = again.get(&key("a")).unwrap();
        assert_eq!(cached.contents, b"one");
        assert_eq!(cached.digest, Digest::of(b"one"));
        assert_eq!(contents(&again, "empty").unwrap(), b"");
        let tag = fs_err::read_to_string(place.join("CACHEDIR.TAG")).unwrap();
        assert!(tag.starts_with("Signature: 8a477f597d28d172789f06886806bc55"));
    }

    #[test]
    fn what_is_damaged_or_of_somebody_else_is_absent() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        cache.put(&key("a"), b"contents");
        let path = cache.path(&key("a"));
        let whole = fs_err::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            fs_err::write(&path, &damaged).unwrap();
            assert_eq!(contents(&cache, "a"), None, "byte {at}");
            fs_err::write(&path, &whole[..at]).unwrap();
            assert_eq!(contents(&cache, "a"), None, "cut at {at}");
        }
        let other = cache.path(&key("b"));
        fs_err::create_dir_all(other.parent().unwrap()).unwrap();
        fs_err::write(other, &whole).unwrap();
        assert_eq!(contents(&cache, "b"), None);
        // What is made anew takes the place of what was damaged.
        cache.put(&key("a"), b"contents");
        assert_eq!(contents(&cache, "a").unwrap(), b"contents");
    }

    #[test]
    fn what_was_not_used_for_longest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        let names = ["a", "b", "c"];
        for (hours, name) in names.iter().enumerate() {
            cache.put(&key(name), &[0; 1000]);
            let file = fs_err::OpenOptions::new()
                .write(true)
                .open(cache.path(&key(name)))
                .unwrap();
            let hour = Duration::from_secs(3600 * hours as u64);
            let used = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000) + hour;
            file.set_times(FileTimes::new().set_modified(used)).unwrap();
        }
        let foreign = cache.folder.join("aa/notes.txt");
        fs_err::create_dir_all(foreign.parent().unwrap()).unwrap();
        fs_err::write(&foreign, [0; 1000]).unwrap();
        assert!(contents(&cache, "a").is_some());
        cache.prune(2500);
        let left = names.map(|name| contents(&cache, name).is_some());
        assert_eq!(left, [true, false, true]);
        assert!(foreign.is_file());
    }

    /// The sources of the program were there long before the program was.
    #[test]
    #[cfg(unix)]
    fn a_file_that_did_not_change_is_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let digest = Digest::of(&fs_err::read(&file).unwrap());
        assert_eq!(cache.digest_of_file(&file).unwrap(), digest);
        let stamp = Stamp::of(&fs_err::metadata(&file).unwrap()).unwrap();
        let noted = Digest::of_all([b"file".as_slice(), &stamp.bytes()]);
        assert_eq!(cache.get(&noted).unwrap().contents, digest.0);
        cache.put(&noted, &[7; 32]);
        assert_eq!(cache.digest_of_file(&file).unwrap(), Digest([7; 32]));
    }

    #[test]
    fn a_file_that_changed_just_now_is_read_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(&folder.path().join("cache")).unwrap();
        let file = folder.path().join("file");
        for contents in ["one", "two"] {
            fs_err::write(&file, contents).unwrap();
            let digest = Digest::of(contents.as_bytes());
            assert_eq!(cache.digest_of_file(&file).unwrap(), digest);
        }
        let absent = folder.path().join("absent");
        assert!(matches!(
            cache.digest_of_file(&absent),
            Err(Error::Read { .. })
        ));
    }

    #[test]
    fn a_cache_that_cannot_be_made_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs_err::write(&file, "").unwrap();
        assert!(matches!(Cache::open(&file), Err(Error::Write { .. })));
    }
}
