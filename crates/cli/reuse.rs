//! What did not change is not packed again: its zip and its report come from the cache.
//!
//! A zip depends on the program, on the options, on the names in the package and on what was *read* of it. A run notes
//! what it reads. The next one reads that again, and nothing else: where all of it is the same, so is the zip. Where all
//! files lie there as the system noted them then, not even that is read.

use std::path::Path;
use std::sync::OnceLock;

use lambda_slim_archive::{Cache, Digest, Error, Input, InputKind};
use lambda_slim_package::{EntryId, EntryKind};
use lambda_slim_report::Report;

use crate::args::{BytecodeName, PackArgs, PackFormat};
use crate::output::Destination;
use crate::pack::Job;

/// What an earlier run told and wrote of the same package.
pub(crate) struct Earlier {
    pub(crate) report: Report,
    /// `None` where it still lies where it was written.
    pub(crate) zip: Option<Vec<u8>>,
}

/// A package that may have been packed before.
pub(crate) struct Reuse {
    cache: Cache,
    /// Stands for the program, the options and the names.
    asked: Digest,
    /// Stands for that, and for what the system notes of the files.
    stamped: Option<Digest>,
}

impl Reuse {
    /// `None` where there is no cache, or where the result depends on more than is known here. `surroundings` is what
    /// was measured of all else that the options name.
    pub(crate) fn of(job: &Job<'_>, surroundings: &str) -> Result<Option<Self>, Error> {
        let cache = job.shared.as_ref().and_then(|shared| shared.cache());
        let (Some(cache), Some(program)) = (cache, cache.and_then(program)) else {
            return Ok(None);
        };
        if !depends_on_input_alone(job) {
            return Ok(None);
        }
        let mut parts = vec![
            b"asked".to_vec(),
            program.0.to_vec(),
            format!("{:?}", decisive(job.args)).into_bytes(),
            surroundings.as_bytes().to_vec(),
        ];
        for file in &job.args.plan.rules {
            parts.push(read(file)?);
        }
        parts.push(match job.input.kind() {
            InputKind::Folder => names(&job.input),
            _ => cache.digest_of_file(&job.args.input)?.0.to_vec(),
        });
        let asked = Digest::of_all(parts.iter().map(Vec::as_slice));
        let stamp = job.input.stamp();
        Ok(Some(Self {
            cache: cache.clone(),
            asked,
            stamped: stamp.map(|stamp| Digest::of_all([b"stamped", &asked.0[..], &stamp.0])),
        }))
    }

    /// What an earlier run told and wrote of the same package, if there was one; `place` is where the zip belongs.
    pub(crate) fn find(&self, input: &Input, place: &Path) -> Result<Option<Earlier>, Error> {
        let untouched = self.stamped_key();
        if let Some(answer) = untouched.and_then(|key| self.answer(&key, Some(place))) {
            return Ok(Some(answer));
        }
        let listed = self.cache.get(&self.asked);
        let Some(read) = listed.and_then(|listed| ids(&listed.contents, input.package().len()))
        else {
            return Ok(None);
        };
        let key = self.key(&digests(input, &read)?);
        let answer = self.answer(&key, None);
        if answer.is_some() {
            self.keep_stamped(&key);
        }
        Ok(answer)
    }

    /// The key of what was read when the files were noted as they are.
    fn stamped_key(&self) -> Option<Digest> {
        let key = self.cache.get(&self.stamped?)?.contents;
        key.try_into().ok().map(Digest)
    }

    fn keep_stamped(&self, key: &Digest) {
        if let Some(stamped) = &self.stamped {
            self.cache.put(stamped, &key.0);
        }
    }

    /// `place` is asked for the zip first. It is given only where no file of the input was touched: otherwise the zip must
    /// become newer than they are, or tools such as make would come again and again.
    fn answer(&self, key: &Digest, place: Option<&Path>) -> Option<Earlier> {
        let text = self.cache.get(&part(key, "report"))?.contents;
        let report: Report = Report::from_json(&text).ok()?;
        let sha256 = report.hashes.as_ref()?.sha256.clone();
        let is_its_zip = |digest: Digest| digest.to_string() == sha256;
        let zip_key = part(key, "zip");
        // Nobody waits for what a pipe may say.
        let lying = place.filter(|place| place.is_file());
        let lying = lying.and_then(|place| self.cache.digest_of_file(place).ok());
        if lying.is_some_and(is_its_zip) {
            self.cache.mark_used(&zip_key);
            return Some(Earlier { report, zip: None });
        }
        let zip = self.cache.get(&zip_key)?;
        let zip = is_its_zip(zip.digest).then_some(Some(zip.contents))?;
        Some(Earlier { report, zip })
    }

    /// Keeps what a run wrote, under all that it read. That the cache lacks something is found when it is asked.
    pub(crate) fn keep(&self, input: &Input, destination: &Destination, report: &Report) {
        let read = match input.kind() {
            InputKind::Folder => all_read(input),
            // Of an archive, every byte is part of the question.
            _ => Vec::new(),
        };
        let path = destination.path().map(fs_err::read);
        let (Some(Ok(zip)), Ok(text)) = (path, report.to_json()) else {
            return;
        };
        let numbers = read.iter().flat_map(|(id, _)| (id.0 as u32).to_le_bytes());
        let key = self.key(&read);
        self.cache.put(&part(&key, "zip"), &zip);
        self.cache.put(&part(&key, "report"), text.as_bytes());
        self.cache.put(&self.asked, &numbers.collect::<Vec<u8>>());
        self.keep_stamped(&key);
    }

    fn key(&self, read: &[(EntryId, Digest)]) -> Digest {
        let mut all = self.asked.0.to_vec();
        for (id, digest) in read {
            all.extend((id.0 as u32).to_le_bytes());
            all.extend(digest.0);
        }
        Digest::of(&all)
    }
}

fn part(key: &Digest, name: &str) -> Digest {
    Digest::of_all([name.as_bytes(), &key.0])
}

/// Other programs, and builds of the project, read what they like.
fn depends_on_input_alone(job: &Job<'_>) -> bool {
    let args = job.args;
    let is_file = args.input.is_file();
    matches!(job.destination, Destination::Zip(_))
        && (is_file || job.input.kind() == InputKind::Folder)
        && !job.is_made
        && !args.bundle.bundle
        && args.bytecode == BytecodeName::Keep
        && args.format != PackFormat::Html
}

/// The options without those that never change what is written or told.
fn decisive(args: &PackArgs) -> PackArgs {
    let mut decisive = PackArgs {
        inputs: Vec::new(),
        all: false,
        format: PackFormat::Text,
        report_file: None,
        quiet: false,
        verbose: if args.verbose < 2 { 0 } else { 2 },
        no_progress: false,
        cache: None,
        name: None,
        ..args.clone()
    };
    decisive.plan.jobs = None;
    decisive.plan.at_once = std::num::NonZeroUsize::MIN;
    decisive
}

/// This very program: rules and code change more often than versions.
fn program(cache: &Cache) -> Option<Digest> {
    static PROGRAM: OnceLock<Option<Digest>> = OnceLock::new();
    let digest = || cache.digest_of_file(&std::env::current_exe().ok()?).ok();
    *PROGRAM.get_or_init(digest)
}

/// Paths, kinds, sizes and modes, and what is odd about them.
fn names(input: &Input) -> Vec<u8> {
    let warnings = format!("{:?}", input.warnings());
    let paths = input.package().iter().map(|(_, entry)| &entry.path);
    let paths_bytes: usize = paths.map(|path| path.as_str().len()).sum();
    // A NUL, eight bytes for the size and four for the mode.
    let capacity = warnings.len() + paths_bytes + 13 * input.package().len();
    let mut names = Vec::with_capacity(capacity);
    names.extend(warnings.as_bytes());
    for (_, entry) in input.package().iter() {
        names.extend(entry.path.as_str().as_bytes());
        names.push(0);
        match &entry.kind {
            EntryKind::File { size_bytes, mode } => {
                names.extend(size_bytes.to_le_bytes());
                names.extend(mode.permissions().to_le_bytes());
            }
            EntryKind::Symlink { target } => {
                names.extend(b"link");
                names.extend(target.as_bytes());
                names.push(0);
            }
        }
    }
    names
}

/// The numbers of entries; `None` where they are none of a package with so many.
fn ids(bytes: &[u8], count: usize) -> Option<Vec<EntryId>> {
    let (words, rest) = bytes.as_chunks::<4>();
    let ids = words.iter().map(|word| u32::from_le_bytes(*word) as usize);
    let ids: Vec<EntryId> = ids.filter(|id| *id < count).map(EntryId).collect();
    (rest.is_empty() && ids.len() == words.len()).then_some(ids)
}

/// What was read of a package.
fn all_read(input: &Input) -> Vec<(EntryId, Digest)> {
    let ids = input.package().iter().map(|(id, _)| id);
    ids.filter_map(|id| Some((id, input.digest_if_read(id)?)))
        .collect()
}

fn digests(input: &Input, ids: &[EntryId]) -> Result<Vec<(EntryId, Digest)>, Error> {
    ids.iter().map(|id| Ok((*id, input.digest(*id)?))).collect()
}

fn read(file: &Path) -> Result<Vec<u8>, Error> {
    fs_err::read(file).map_err(|source| Error::Read {
        path: file.to_owned(),
        source,
    })
}
