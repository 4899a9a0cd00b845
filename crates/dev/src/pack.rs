//! Runs `lambda-slim pack` as a user would.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use crate::case::Case;
use crate::command;
use crate::language::RunTime;
use crate::tree;

/// The levels of `lambda-slim pack`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Level {
    Safe,
    Balanced,
    Aggressive,
}

impl Level {
    /// From the most careful on.
    pub(crate) const ALL: [Self; 3] = [Self::Safe, Self::Balanced, Self::Aggressive];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Balanced => "balanced",
            Self::Aggressive => "aggressive",
        }
    }
}

/// What must not change the result.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surroundings {
    jobs: u32,
    umask: &'static str,
    time_zone: &'static str,
}

impl Surroundings {
    pub(crate) const HERE: Self = Self {
        jobs: 1,
        umask: "022",
        time_zone: "UTC",
    };
    /// As unlike [`Self::HERE`] as it gets.
    pub(crate) const ELSEWHERE: Self = Self {
        jobs: 4,
        umask: "077",
        time_zone: "Asia/Kathmandu",
    };
}

/// What `lambda-slim` is told about a case.
pub(crate) fn arguments(case: &Case, run_time: &RunTime, level: Level) -> Vec<OsString> {
    let given = [
        "--level",
        level.as_str(),
        "--runtime",
        &run_time.name,
        "--handler",
        &case.settings.handler,
    ];
    given
        .into_iter()
        .map(OsString::from)
        .chain(case.settings.pack_arguments.iter().map(OsString::from))
        .collect()
}

/// Exit codes after which a package is there: 3 says that it is over one of Lambda's limits.
pub(crate) const WRITTEN: [i32; 2] = [0, 3];

/// Packs `input` into the zip `output` and tells the time it took.
pub(crate) fn pack(
    binary: &Path,
    input: &Path,
    output: &Path,
    arguments: &[OsString],
    surroundings: Surroundings,
) -> anyhow::Result<Duration> {
    let mut command = in_shell(binary, surroundings.umask);
    command
        .arg("pack")
        .arg(input)
        .arg("-o")
        .arg(output)
        .args(arguments);
    command.args([
        "--no-measure",
        "--no-progress",
        "-q",
        "--jobs",
        &surroundings.jobs.to_string(),
    ]);
    without_settings(&mut command).env("TZ", surroundings.time_zone);
    let start = Instant::now();
    command::run_expecting(&mut command, Duration::from_secs(600), &WRITTEN)?;
    Ok(start.elapsed())
}

/// Packs `input` and unpacks it into `folder`, as on the way to Lambda: a folder would keep dates that no function sees.
pub(crate) fn pack_and_unpack(
    binary: &Path,
    input: &Path,
    folder: &Path,
    arguments: &[String],
    run_time: &RunTime,
) -> anyhow::Result<()> {
    let zip = folder.with_extension("zip");
    let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
    pack(binary, input, &zip, &arguments, Surroundings::HERE)?;
    let mut unzip = Command::new(&run_time.program);
    unzip.args(["-m", "zipfile", "-e"]).arg(&zip).arg(folder);
    command::run(&mut unzip, Duration::from_secs(300)).map(drop)
}

/// Takes the user's own `LAMBDA_SLIM_…` variables away: they would change the result and the help text.
pub(crate) fn without_settings(command: &mut Command) -> &mut Command {
    for (name, _) in
        std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("LAMBDA_SLIM_"))
    {
        command.env_remove(name);
    }
    command
}

#[cfg(unix)]
fn in_shell(binary: &Path, umask: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", "umask \"$1\" && shift && exec \"$@\"", "sh", umask])
        .arg(binary);
    command
}

#[cfg(not(unix))]
fn in_shell(binary: &Path, _: &str) -> Command {
    Command::new(binary)
}

/// The SHA-256 of a file.
pub(crate) fn sha256(file: &Path) -> anyhow::Result<String> {
    Ok(tree::hex(&Sha256::digest(fs_err::read(file)?)))
}
