//! Slims one case at one level, runs what came out, and judges.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::case::Case;
use crate::language::RunTime;
use crate::pack::{self, Level, Surroundings};
use crate::tree::{ReadOnly, Size};
use crate::{command, install, probe, tree};

/// How a trial ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The answers are the same, and every promise about the zip holds.
    Same,
    /// The slimmed function answers something else.
    Different,
    /// The slimmed function does not answer.
    Failed,
    PackFailed,
    /// Packing changed its input.
    InputChanged,
    /// The same package, packed elsewhere, gave other bytes.
    OtherBytes,
    /// Packing the result again changed it.
    NotStable,
    /// The case itself does not work before slimming.
    Broken,
    /// A program that it needs is not installed.
    Skipped,
}

impl Verdict {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Different => "DIFFERENT",
            Self::Failed => "FAILED",
            Self::PackFailed => "pack-failed",
            Self::InputChanged => "input-changed",
            Self::OtherBytes => "other-bytes",
            Self::NotStable => "not-stable",
            Self::Broken => "broken-case",
            Self::Skipped => "skipped",
        }
    }
}

/// What is known of one trial when it ends.
#[derive(Debug, Default)]
pub(crate) struct Trial {
    pub(crate) before: Option<Size>,
    pub(crate) after: Option<Size>,
    pub(crate) zip_bytes: Option<u64>,
    pub(crate) packing: Option<Duration>,
}

/// A trial that ended early, and why.
#[derive(Debug)]
pub(crate) struct Stop {
    pub(crate) verdict: Verdict,
    pub(crate) detail: String,
}

impl Stop {
    fn new(verdict: Verdict, detail: impl Into<String>) -> Self {
        Self {
            verdict,
            detail: detail.into(),
        }
    }
}

/// Says which verdict an error means.
trait OrStop<T> {
    fn or_stop(self, verdict: Verdict) -> Result<T, Stop>;
}

impl<T, E: Into<anyhow::Error>> OrStop<T> for Result<T, E> {
    fn or_stop(self, verdict: Verdict) -> Result<T, Stop> {
        self.map_err(|error| Stop::new(verdict, format!("{:#}", error.into())))
    }
}

/// A case that is installed and has answered.
#[derive(Debug)]
pub(crate) struct Ready<'a> {
    case: &'a Case,
    pub(crate) run_time: RunTime,
    /// What is packed: the installed folder, or something in it.
    pub(crate) task: PathBuf,
    /// All that was installed.
    installed: PathBuf,
    /// What runs before.
    function: PathBuf,
    pub(crate) answers: Vec<Value>,
}

impl<'a> Ready<'a> {
    /// Installs the case and calls its handler, twice: an answer that changes by itself would judge nothing.
    pub(crate) fn prepare(case: &'a Case, cache: &Path) -> Result<Self, Stop> {
        let builder = case.settings.install.builder();
        let absent = builder.filter(|program| !command::is_installed(program));
        if let Some(missing) = case.settings.runtime.missing().or(absent) {
            return Err(Stop::new(Verdict::Skipped, format!("no {missing}")));
        }
        let run_time = case.settings.runtime.run_time().or_stop(Verdict::Broken)?;
        let installed = install::install(case, &run_time, cache).or_stop(Verdict::Broken)?;
        let function = match case.settings.packs {
            Some(_) => installed.join("function"),
            None => installed.clone(),
        };
        let answers = probe::call(case, &run_time, &function).or_stop(Verdict::Broken)?;
        let again = probe::call(case, &run_time, &function).or_stop(Verdict::Broken)?;
        match probe::difference(&answers, &again) {
            Some((one, other)) => {
                let detail = format!("answers differ by themselves: {one} and {other}");
                Err(Stop::new(Verdict::Broken, detail))
            }
            None => Ok(Self {
                task: packed(case, &installed),
                case,
                run_time,
                installed,
                function,
                answers,
            }),
        }
    }

    /// Slims at `level` and checks every promise, in the order in which a user would miss it.
    pub(crate) fn judge(&self, binary: &Path, level: Level, trial: &mut Trial) -> Result<(), Stop> {
        let scratch = tempfile::tempdir().or_stop(Verdict::Broken)?;
        tree::set_mode(scratch.path(), 0o755).or_stop(Verdict::Broken)?;
        let arguments = pack::arguments(self.case, &self.run_time, level);
        let pack = |input: &Path, output: &Path, surroundings| {
            pack::pack(binary, input, output, &arguments, surroundings).or_stop(Verdict::PackFailed)
        };
        let zip = scratch.path().join("function.zip");
        trial.before = Some(tree::measure(&self.function).or_stop(Verdict::Broken)?);
        let state = tree::snapshot(&self.installed).or_stop(Verdict::Broken)?;
        trial.packing = Some(pack(&self.task, &zip, Surroundings::HERE)?);
        trial.zip_bytes = Some(fs_err::metadata(&zip).or_stop(Verdict::PackFailed)?.len());
        if tree::snapshot(&self.installed).or_stop(Verdict::InputChanged)? != state {
            return Err(Stop::new(
                Verdict::InputChanged,
                "the folder is not what it was",
            ));
        }

        let slim = scratch.path().join("task");
        lambda_slim_archive::extract(&zip, &slim).or_stop(Verdict::PackFailed)?;
        trial.after = Some(tree::measure(&slim).or_stop(Verdict::PackFailed)?);
        self.compare(&slim)?;

        let copy = scratch.path().join("elsewhere");
        tree::copy_as_elsewhere(&self.installed, &copy).or_stop(Verdict::Broken)?;
        let again = scratch.path().join("again.zip");
        pack(&packed(self.case, &copy), &again, Surroundings::ELSEWHERE)?;
        equal(
            &zip,
            &again,
            Verdict::OtherBytes,
            "packed from a copy, with another umask, time zone and --jobs",
        )?;
        // Of an archive the compressed bytes are taken over, which an unpacked folder has not.
        if self.task.is_dir() {
            pack(&slim, &again, Surroundings::HERE)?;
            equal(
                &zip,
                &again,
                Verdict::NotStable,
                "unpacked and packed again",
            )?;
        }
        let third = scratch.path().join("third.zip");
        pack(&zip, &third, Surroundings::ELSEWHERE)?;
        equal(&zip, &third, Verdict::NotStable, "the zip packed again")
    }

    /// Runs the slimmed function from a folder that cannot be written to.
    pub(crate) fn compare(&self, slim: &Path) -> Result<(), Stop> {
        let _read_only = ReadOnly::new(slim).or_stop(Verdict::Broken)?;
        let after = probe::call(self.case, &self.run_time, slim).or_stop(Verdict::Failed)?;
        match probe::difference(&self.answers, &after) {
            None => Ok(()),
            Some((one, other)) => {
                let detail = format!("before: {}\nafter:  {}", shortened(&one), shortened(&other));
                Err(Stop::new(Verdict::Different, detail))
            }
        }
    }
}

/// What is packed of the installed folder.
fn packed(case: &Case, installed: &Path) -> PathBuf {
    match &case.settings.packs {
        Some(name) => installed.join(name),
        None => installed.to_owned(),
    }
}

fn equal(one: &Path, other: &Path, verdict: Verdict, what: &str) -> Result<(), Stop> {
    let (one, other) = (
        pack::sha256(one).or_stop(verdict)?,
        pack::sha256(other).or_stop(verdict)?,
    );
    if one == other {
        return Ok(());
    }
    Err(Stop::new(
        verdict,
        format!("{what}: {} became {}", &one[..12], &other[..12]),
    ))
}

fn shortened(text: &str) -> String {
    const CHARS: usize = 200;
    text.chars().take(CHARS).collect()
}
