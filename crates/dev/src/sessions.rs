//! `cargo dev sessions`: every command on really installed packages, and what each says.
//!
//! A session is a case with a `session.txt`: lines that begin with `$ lambda-slim` are run in a folder that holds the
//! package as `app`, and what follows is what they said. Beside that, `explain` must have an answer for each file of
//! the package at each level, and the answer must be what `pack` does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, bail, ensure};
use lambda_slim_archive::{Input, OpenOptions};
use serde::Deserialize;

use crate::case::{Case, SESSION_FILE};
use crate::pack::{self, Level, WRITTEN};
use crate::product::{self, Profile};
use crate::runs::select;
use crate::tree::{self, Kind};
use crate::{cache, install};

/// What to run.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only these sessions; a `*` at the end stands for any rest
    names: Vec<String>,
    /// Write down what is said, rather than compare with it
    #[arg(long)]
    write: bool,
    /// Test this program and do not build one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

/// Runs the sessions; fails where one says something else, or where none could run.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let cases = select("tests/sessions", &arguments.names)?;
    let binary = product::binary(arguments.binary.as_deref(), Profile::Release)?;
    let cache = cache::folder()?;
    let (mut same, mut judged) = (0, 0);
    for case in &cases {
        if let Some(missing) = case.settings.runtime.missing() {
            println!("{}: skipped, no {missing}", case.name);
            continue;
        }
        judged += 1;
        let run_time = case.settings.runtime.run_time()?;
        let task = install::install(case, &run_time, &cache)?;
        match judge(case, &task, &binary, arguments.write) {
            Ok(said) => {
                same += 1;
                println!("{}: {said}", case.name);
            }
            Err(error) => println!(
                "{}: {error:#}\n    claim: {}",
                case.name, case.settings.proves
            ),
        }
    }
    println!("same {same}/{judged}");
    Ok(match judged > 0 && same == judged {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn judge(case: &Case, task: &Path, binary: &Path, write: bool) -> anyhow::Result<String> {
    let scratch = tempfile::tempdir()?;
    let place = Place {
        binary,
        folder: scratch.path(),
    };
    tree::copy(task, &place.package(), |_| false)?;
    let file = case.folder.join(SESSION_FILE);
    let expected = fs_err::read_to_string(&file)?;
    let mut said = String::new();
    let commands: Vec<&str> = commands(&expected).collect();
    for command in &commands {
        said += &place.show(command)?;
    }
    if write {
        fs_err::write(&file, &said)?;
    }
    if let Some(difference) = first_difference(&expected, &said).filter(|_| !write) {
        bail!("it says something else (--write takes it over)\n{difference}");
    }
    let mut answers = Vec::new();
    for level in Level::ALL {
        let answered = place.explain_all(level)?;
        answers.push(format!("{} {answered}", level.as_str()));
    }
    let (commands, answers) = (commands.len(), answers.join(", "));
    Ok(format!(
        "{commands} commands; files explained and packed as explained: {answers}"
    ))
}

/// What follows each prompt.
fn commands(session: &str) -> impl Iterator<Item = &str> {
    let lines = session.lines();
    lines.filter_map(|line| line.strip_prefix("$ lambda-slim "))
}

/// The first line that is another one, from both.
fn first_difference(expected: &str, said: &str) -> Option<String> {
    let lines = expected.lines().count().max(said.lines().count());
    let line = |text: &str, number| text.lines().nth(number).map(str::to_owned);
    let number = (0..lines).find(|number| line(expected, *number) != line(said, *number))?;
    let shown = |text| line(text, number).unwrap_or_else(|| "(end)".to_owned());
    Some(format!(
        "  line {}\n  - {}\n  + {}",
        number + 1,
        shown(expected),
        shown(said)
    ))
}

/// Where a session takes place.
struct Place<'a> {
    binary: &'a Path,
    folder: &'a Path,
}

impl Place<'_> {
    fn package(&self) -> PathBuf {
        self.folder.join("app")
    }

    /// Runs a command: its exit code and what it said, what people read after what programs read.
    fn run(&self, arguments: &[&str]) -> anyhow::Result<(Option<i32>, String, String)> {
        let mut command = Command::new(self.binary);
        command
            .current_dir(self.folder)
            .args(arguments)
            .stdin(Stdio::null());
        pack::without_settings(&mut command)
            .env("LAMBDA_SLIM_NO_MEASURE", "1")
            .env_remove("GITHUB_STEP_SUMMARY")
            .env_remove("GITHUB_OUTPUT");
        let output = command
            .output()
            .context("`lambda-slim` could not be started")?;
        let text = |bytes| String::from_utf8(bytes).context("it does not say UTF-8");
        Ok((
            output.status.code(),
            text(output.stdout)?,
            text(output.stderr)?,
        ))
    }

    /// A command as a terminal would show it.
    fn show(&self, command: &str) -> anyhow::Result<String> {
        let arguments: Vec<&str> = command.split_whitespace().collect();
        let (code, stdout, stderr) = self.run(&arguments)?;
        let said = steady(&format!("{stdout}{stderr}"));
        refuse_a_long_report(command, &said)?;
        let end = match code {
            Some(0) => String::new(),
            Some(code) => format!("[exit {code}]\n"),
            None => bail!("`{command}` was ended by a signal"),
        };
        Ok(format!("$ lambda-slim {command}\n{said}{end}\n"))
    }

    /// Asks about every file of the package, and packs it: how many were answered for.
    fn explain_all(&self, level: Level) -> anyhow::Result<usize> {
        let zip = format!("{}.zip", level.as_str());
        let options = ["--no-config", "--level", level.as_str()];
        let explain = ["explain", "--in", "app", "**", "--format", "json"];
        let (_, stories, error) = self.run(&[&explain[..], &options].concat())?;
        let stories: Vec<Story> = serde_json::from_str(&stories).with_context(|| error)?;
        let (code, _, error) =
            self.run(&[&["pack", "app", "-q", "-o", &zip], &options[..]].concat())?;
        ensure!(code.is_some_and(|code| WRITTEN.contains(&code)), error);
        let packed = Input::open(&self.folder.join(zip), &OpenOptions::default())?;
        let packed: BTreeSet<String> = packed
            .package()
            .iter()
            .map(|(_, entry)| entry.path.to_string())
            .collect();
        let explained: BTreeMap<&str, &Story> =
            stories.iter().map(|story| (&*story.path, story)).collect();
        for entry in tree::entries(&self.package())? {
            let path = entry.path.to_string_lossy();
            if matches!(entry.kind, Kind::Folder) {
                continue;
            }
            let story = explained
                .get(&*path)
                .with_context(|| format!("`{path}` has no answer"))?;
            story
                .check(&packed)
                .with_context(|| format!("`{path}` at {}", level.as_str()))?;
        }
        Ok(explained.len())
    }
}

/// What `explain` says of a file.
#[derive(Deserialize)]
struct Story {
    path: String,
    fate: String,
    destination: Option<String>,
    reason: String,
    rules: Vec<serde_json::Value>,
    cause: Option<String>,
}

impl Story {
    /// It has a reason, what does not simply stay names its cause, and the package holds what is said.
    fn check(&self, packed: &BTreeSet<String>) -> anyhow::Result<()> {
        ensure!(!self.reason.is_empty(), "no reason");
        let is_plain = self.fate == "kept";
        ensure!(
            is_plain || self.cause.is_some(),
            "it is {} without a cause",
            self.fate
        );
        ensure!(
            !is_plain || self.rules.is_empty(),
            "it is kept, and rules act"
        );
        let place = self.destination.as_ref().unwrap_or(&self.path);
        let is_there = packed.contains(place);
        match self.fate == "removed" {
            true => ensure!(!is_there, "it goes, and is in the package"),
            false => ensure!(is_there, "it is {}, and not in the package", self.fate),
        }
        Ok(())
    }
}

/// Without what differs from run to run and from version to version.
fn steady(text: &str) -> String {
    let line = |line: &str| {
        let word = |word: &str| match word.len() {
            64 if word.bytes().all(|byte| byte.is_ascii_hexdigit()) => "[sha256]".to_owned(),
            44 if word.ends_with('=') => "[base64]".to_owned(),
            _ => word.to_owned(),
        };
        let words: Vec<String> = line.split(' ').map(word).collect();
        let line = words
            .join(" ")
            .replace(env!("CARGO_PKG_VERSION"), "[version]");
        match line.split_once("done in ") {
            Some((before, _)) => format!("{before}done in [time]\n"),
            None => line + "\n",
        }
    };
    text.lines().map(line).collect()
}

/// The report that nobody asked more of fits a terminal, but for texts and paths, which are whole.
fn refuse_a_long_report(command: &str, said: &str) -> anyhow::Result<()> {
    let is_report = command.starts_with("pack ") || command.starts_with("report ");
    // What is too much for a budget is told in full, and so is what was asked for.
    let asks_more = [" -v", " --format", " --budget"];
    if !is_report || asks_more.iter().any(|option| command.contains(option)) {
        return Ok(());
    }
    let lines = said.lines().count();
    ensure!(lines <= 30, "`{command}` says {lines} lines");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_read_and_compared() {
        let session = "$ lambda-slim pack app\nsaid\n\n$ lambda-slim hash app\n";
        assert_eq!(
            commands(session).collect::<Vec<_>>(),
            ["pack app", "hash app"]
        );
        assert_eq!(first_difference(session, session), None);
        let other = first_difference("a\nb\n", "a\n");
        assert_eq!(other.as_deref(), Some("  line 2\n  - b\n  + (end)"));
    }

    #[test]
    fn times_and_hashes_are_hidden() {
        let hash = "0".repeat(64);
        assert_eq!(
            steady(&format!("  sha256  {hash}\n  done in 3 ms")),
            "  sha256  [sha256]\n  done in [time]\n"
        );
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            steady(&format!("lambda-slim {version}")),
            "lambda-slim [version]\n"
        );
    }

    #[test]
    fn long_reports_are_refused() {
        assert!(refuse_a_long_report("pack app", &"x\n".repeat(30)).is_ok());
        assert!(refuse_a_long_report("pack app", &"x\n".repeat(31)).is_err());
        assert!(refuse_a_long_report("pack app -v", &"x\n".repeat(31)).is_ok());
    }
}
