//! Compiled modules that CPython accepts whatever the dates of the files are.
//!
//! A `.pyc` from pip records the date and size of its source. Packages get other dates on the way to Lambda, so CPython
//! compiles every module again in every cold start, in a folder where it cannot keep the result. A `.pyc` that records
//! a hash, unchecked, is always accepted. Source: PEP 552.

mod header;
mod marshal;

use std::time::{Duration, SystemTime};

use lambda_slim_archive::{Error, Input};
use lambda_slim_engine::{Mark, Rewriter};
use lambda_slim_package::{EntryId, EntryPath, Package, PackageKind};

use self::header::{HEADER_BYTES, Header, Validity};

/// A compiled module that CPython would not use: its source has changed or is gone.
const STALE: &str = "stale-bytecode";

/// Finds compiled modules that no import uses.
///
/// The dates of files in a zip say too little, so there only a missing source and another size count.
pub(crate) fn marks(input: &Input) -> Result<Vec<Mark>, Error> {
    let mut marks = Vec::new();
    for (id, entry) in input.package().iter() {
        let Some(place) = Place::of(&entry.path) else {
            continue;
        };
        let head = input.read_head(id, HEADER_BYTES)?;
        let is_stale = match (Header::read(&head), place.source(input.package())) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(header), Some(source)) => is_stale(input, &header, &place, source),
        };
        marks.extend(is_stale.then_some(Mark {
            entry: id,
            name: STALE,
        }));
    }
    Ok(marks)
}

fn is_stale(input: &Input, header: &Header, place: &Place, source: EntryId) -> bool {
    let Validity::Date {
        seconds,
        size_bytes,
    } = header.validity
    else {
        return false;
    };
    if input.package().entry(source).is_symlink() {
        return false;
    }
    let source_bytes = input.package().entry(source).size_bytes();
    let dated = input.modified(source).map(seconds_of);
    header
        .version
        .is_some_and(|version| version.tag() != place.tag)
        || size_bytes != source_bytes as u32
        || dated.is_some_and(|date| date != Some(seconds))
}

/// The date as a `.pyc` records it. Source: `SourceFileLoader.path_stats` and `_code_to_timestamp_pyc`.
fn seconds_of(date: SystemTime) -> Option<u32> {
    let since: Duration = date.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(since.as_secs() as u32)
}

/// Makes a compiled module that is right for its source right for ever, and free of the folder it was compiled in.
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
            Validity::Date {
                seconds,
                size_bytes,
            } => {
                size_bytes == text.len() as u32
                    && input.modified(source).and_then(seconds_of) == Some(seconds)
            }
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
        let cache = path
            .parent()
            .filter(|folder| folder.file_name() == "__pycache__")?;
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
