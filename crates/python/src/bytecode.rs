//! Compiled modules that CPython accepts whatever the dates of the files are.
//!
//! A `.pyc` from pip records the date and size of its source. Packages get other dates on the way to Lambda, so CPython
//! compiles every module again in every cold start, in a folder where it cannot keep the result. A `.pyc` that records
//! a hash, unchecked, is always accepted. Source: PEP 552.

mod compile;
mod header;
mod in_place;
mod marshal;
mod plain_models;

use std::collections::{BTreeSet, HashMap};
use std::time::UNIX_EPOCH;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD;
use lambda_slim_archive::{Error, Input};
use lambda_slim_engine::{Mark, Rewriter};
use lambda_slim_package::{EntryId, EntryPath, Package, PackageKind};
use sha2::{Digest, Sha256};

pub use self::compile::{CompileError, CompileOrder, Compiled, compile};
use self::header::{HEADER_BYTES, Header, Validity};
pub(crate) use self::in_place::InPlace;
pub(crate) use self::plain_models::PlainModels;
use crate::distribution;
use crate::modules::CACHE;

/// A compiled module that CPython would not use: its source has another size or is gone.
const STALE: &str = "stale-bytecode";
/// A compiled module that was made from the source beside it.
pub const SOUND: &str = "sound-bytecode";
/// A compiled module that the user does not want, because the handler does not import it.
const UNREACHED: &str = "unreached-bytecode";

/// Finds compiled modules that no import uses, and those that are known to be right for their source.
///
/// A compiled module with a date is sound where its source is still the one that RECORD has the digest of, and where
/// RECORD lists the module as compiled on installation, without a digest. The dates of files do not count then: a copy
/// of the folder has others, and must give the same package. What RECORD does not list, as uv compiles it, is sound
/// where CPython would take it: the date is that of the source. What came compiled is not, for nobody knows its source.
pub(crate) fn marks(input: &Input) -> Result<Vec<Mark>, Error> {
    let digests = distribution::digests(input)?;
    let mut marks = Vec::new();
    for (entry, place) in compiled_modules(input.package()) {
        if let Some(name) = verdict(input, entry, &place, &digests)? {
            marks.push(Mark { entry, name });
        }
    }
    Ok(marks)
}

/// Finds compiled modules of other sources than these.
pub(crate) fn unreached(package: &Package, reached: &BTreeSet<EntryPath>) -> Vec<Mark> {
    let is_reached = |place: &Place| {
        let source = place.source(package);
        source.is_some_and(|source| reached.contains(&package.entry(source).path))
    };
    let others = compiled_modules(package).filter(|(_, place)| !is_reached(place));
    others
        .map(|(entry, _)| Mark {
            entry,
            name: UNREACHED,
        })
        .collect()
}

/// The sources among `stay` that a Python of this tag, such as `312`, finds no right bytecode for; `sound` modules are
/// right.
pub fn without_bytecode(
    package: &Package,
    tag: &str,
    sound: &BTreeSet<EntryId>,
    stay: impl Fn(EntryId) -> bool,
) -> Vec<EntryId> {
    let tag = format!("cpython-{tag}");
    let lacks = |path: &EntryPath| {
        let cached = cached_path(path, &tag).and_then(|path| package.find(&path));
        cached.is_none_or(|cached| !sound.contains(&cached))
    };
    let sources = package.iter().filter(|(id, entry)| {
        !entry.is_symlink() && is_module(&entry.path) && stay(*id) && lacks(&entry.path)
    });
    sources.map(|(id, _)| id).collect()
}

/// Whether an import statement can name the file.
fn is_module(path: &EntryPath) -> bool {
    let stem = path.file_name().strip_suffix(".py");
    stem.is_some_and(|stem| !stem.is_empty() && !stem.contains('.'))
}

/// Where the compiled module of a source lies; none for other files.
fn cached_path(source: &EntryPath, tag: &str) -> Option<EntryPath> {
    let module = source.file_name().strip_suffix(".py")?;
    let name = format!("{CACHE}/{module}.{tag}.pyc");
    match source.parent() {
        Some(folder) => folder.join(&name).ok(),
        None => EntryPath::new(&name).ok(),
    }
}

/// The versions of Python that compiled modules in a package are for, as in `3.12`.
pub fn versions_of_bytecode(package: &Package) -> BTreeSet<String> {
    let tags = compiled_modules(package).map(|(_, place)| place.tag);
    let minor = |tag: String| {
        tag.strip_prefix("cpython-3")
            .map(|minor| format!("3.{minor}"))
    };
    tags.filter_map(minor).collect()
}

fn compiled_modules(package: &Package) -> impl Iterator<Item = (EntryId, Place)> {
    let files = package.iter();
    files.filter_map(|(id, entry)| Some((id, Place::of(&entry.path)?)))
}

fn verdict(
    input: &Input,
    compiled: EntryId,
    place: &Place,
    digests: &HashMap<EntryId, Option<String>>,
) -> Result<Option<&'static str>, Error> {
    let Some(source) = place.source(input.package()) else {
        return Ok(Some(STALE));
    };
    let Some(header) = Header::read(&input.read_head(compiled, HEADER_BYTES)?) else {
        return Ok(None);
    };
    let entry = input.package().entry(source);
    let Validity::Date {
        seconds,
        size_bytes,
    } = header.validity
    else {
        return Ok(Some(SOUND));
    };
    if entry.is_symlink() {
        return Ok(None);
    }
    let is_of_tag = header
        .version
        .is_none_or(|version| version.tag() == place.tag);
    if !is_of_tag || size_bytes != entry.size_bytes() as u32 {
        return Ok(Some(STALE));
    }
    let of = |file| InRecord::of(input, file, digests);
    let is_sound = match (of(source)?, of(compiled)?) {
        (InRecord::Same, InRecord::WithoutDigest | InRecord::Changed) => true,
        (InRecord::Same, InRecord::Absent) => {
            let modified = input.modified(source);
            let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            since.is_some_and(|since| since.as_secs() as u32 == seconds)
        }
        _ => false,
    };
    Ok(is_sound.then_some(SOUND))
}

/// What RECORD says of a file.
enum InRecord {
    Absent,
    /// As pip lists what it compiles on installation.
    WithoutDigest,
    /// The file is as it came.
    Same,
    Changed,
}

impl InRecord {
    fn of(
        input: &Input,
        file: EntryId,
        digests: &HashMap<EntryId, Option<String>>,
    ) -> Result<Self, Error> {
        Ok(match digests.get(&file) {
            None => Self::Absent,
            Some(None) => Self::WithoutDigest,
            Some(Some(digest)) if *digest == recorded_digest(&input.read(file)?) => Self::Same,
            Some(Some(_)) => Self::Changed,
        })
    }
}

/// The digest as RECORD writes it. Source: PEP 427.
fn recorded_digest(contents: &[u8]) -> String {
    format!(
        "sha256={}",
        URL_SAFE_NO_PAD.encode(Sha256::digest(contents))
    )
}

/// Makes a compiled module that is right for its source right for ever, and free of the folder it was compiled in.
///
/// What records a date is taken at its word, so rules ask for the mark of sound modules as well.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Uncheck {
    /// Where the package will lie.
    pub(crate) kind: PackageKind,
}

impl Rewriter for Uncheck {
    fn rewrite(&self, input: &Input, entry: EntryId, contents: &[u8]) -> Option<Vec<u8>> {
        let package = input.package();
        let place = Place::of(&package.entry(entry).path)?;
        let source = place.source(package)?;
        let (head, code) = contents.split_at_checked(HEADER_BYTES)?;
        let header = Header::read(head)?;
        let version = header
            .version
            .filter(|version| version.tag() == place.tag)?;
        let text = input.read(source).ok()?;
        let hash = version.source_hash(&text);
        let is_right = match header.validity {
            Validity::Date { size_bytes, .. } => size_bytes == text.len() as u32,
            Validity::Hash(known) => known == hash,
        };
        let code = is_right.then(|| {
            marshal::with_filename(code, version.layout(), &self.filename(package, source))
        })?;
        Some([&header.unchecked(hash)[..], &code?].concat())
    }
}

impl Uncheck {
    /// The path of a source in Lambda. Source: <https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html>.
    fn filename(self, package: &Package, source: EntryId) -> String {
        let root = match self.kind {
            PackageKind::Function => "/var/task",
            PackageKind::Layer => "/opt",
        };
        format!("{root}/{}", package.entry(source).path)
    }
}

/// What the path of a file in `__pycache__` says. Source: PEP 3147, PEP 488.
struct Place {
    folder: Option<EntryPath>,
    module: String,
    /// `cpython-312`.
    tag: String,
}

impl Place {
    fn of(path: &EntryPath) -> Option<Self> {
        let cache = path.parent().filter(|folder| folder.file_name() == CACHE)?;
        let stem = path.file_name().strip_suffix(".pyc")?;
        let (module, tag) = stem.rsplit_once('.')?;
        let is_plain = tag
            .strip_prefix("cpython-")?
            .bytes()
            .all(|byte| byte.is_ascii_digit());
        is_plain.then(|| Self {
            folder: cache.parent(),
            module: module.to_owned(),
            tag: tag.to_owned(),
        })
    }

    /// The source beside the cache.
    fn source(&self, package: &Package) -> Option<EntryId> {
        let name = format!("{}.py", self.module);
        let path = match &self.folder {
            Some(folder) => folder.join(&name),
            None => EntryPath::new(&name),
        };
        package.find(&path.ok()?)
    }
}

#[cfg(test)]
mod tests;
