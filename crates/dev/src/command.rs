//! Running other programs with a time limit and errors that show what they said.

use std::io::{Read, Seek};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// Enough for a package manager on a slow line.
pub(crate) const INSTALL_LIMIT: Duration = Duration::from_secs(1800);

/// How many of a failed program's last lines are shown.
const SHOWN_LINES: usize = 12;

/// Whether a program of this name lies on the `PATH`.
pub(crate) fn is_installed(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&path).any(|folder| folder.join(&file).is_file())
}

/// What the program wrote to its standard output; anything but success within `limit` is an error.
pub(crate) fn run(command: &mut Command, limit: Duration) -> anyhow::Result<String> {
    run_expecting(command, limit, &[0])
}

/// The same, where other exit codes than 0 are fine as well.
pub(crate) fn run_expecting(
    command: &mut Command,
    limit: Duration,
    fine: &[i32],
) -> anyhow::Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    // Files and not pipes: a program that writes much must not wait for us.
    let mut stdout = tempfile::tempfile().context("no temporary file")?;
    let mut stderr = tempfile::tempfile().context("no temporary file")?;
    command.stdin(Stdio::null());
    command
        .stdout(stdout.try_clone()?)
        .stderr(stderr.try_clone()?);
    let mut child = command
        .spawn()
        .with_context(|| format!("could not be started: `{name}`"))?;
    let status = wait(&mut child, limit)?;
    let (said, complained) = (text(&mut stdout)?, text(&mut stderr)?);
    match status {
        Some(status) if status.code().is_some_and(|code| fine.contains(&code)) => Ok(said),
        Some(status) => bail!(
            "`{name}` ended with {status}{}",
            last_lines(&said, &complained)
        ),
        None => bail!("`{name}` took more than {} s", limit.as_secs()),
    }
}

/// Waits at most `limit`; `None` when the program had to be killed.
fn wait(child: &mut Child, limit: Duration) -> anyhow::Result<Option<ExitStatus>> {
    // Short, for the benchmark's clock stops no earlier.
    const PAUSE: Duration = Duration::from_millis(1);
    let start = Instant::now();
    while start.elapsed() < limit {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        std::thread::sleep(PAUSE);
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}

fn text(file: &mut (impl Read + Seek)) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn last_lines(said: &str, complained: &str) -> String {
    let lines: Vec<&str> = said
        .lines()
        .chain(complained.lines())
        .filter(|line| !line.trim().is_empty())
        .collect();
    let shown = &lines[lines.len().saturating_sub(SHOWN_LINES)..];
    shown.iter().map(|line| format!("\n  | {line}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_shown_without_empty_ones() {
        assert_eq!(last_lines("a\n\nb\n", "c\n"), "\n  | a\n  | b\n  | c");
        let many: String = (0..20).map(|number| format!("{number}\n")).collect();
        assert!(last_lines(&many, "").starts_with("\n  | 8\n"));
    }

    #[test]
    fn only_the_expected_exit_codes_are_fine() {
        let exit = |arguments: &str, fine: &[i32]| {
            let mut cargo = Command::new(env!("CARGO"));
            run_expecting(cargo.arg(arguments), Duration::from_secs(60), fine)
        };
        assert!(exit("--version", &[0]).unwrap().starts_with("cargo"));
        assert!(exit("--version", &[3]).is_err());
        assert!(exit("--no-such-option", &[0]).is_err());
    }

    #[test]
    fn unknown_programs_are_not_installed() {
        assert!(!is_installed("no-such-program-of-lambda-slim"));
    }
}
