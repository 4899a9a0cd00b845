//! The tool under test: where its source lies and how it is built.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// The root of the repository.
pub(crate) fn repository() -> &'static Path {
    let this_crate = Path::new(env!("CARGO_MANIFEST_DIR"));
    this_crate
        .ancestors()
        .nth(2)
        .expect("the crate lies in crates/dev")
}

/// How it is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    Debug,
    Release,
}

/// The path of `lambda-slim`: the one given, or one built from this repository.
pub(crate) fn binary(given: Option<&Path>, profile: Profile) -> anyhow::Result<PathBuf> {
    match given {
        Some(path) => Ok(fs_err::canonicalize(path)?),
        None => build(profile),
    }
}

fn build(profile: Profile) -> anyhow::Result<PathBuf> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(repository())
        .args(["build", "--bin", "lambda-slim"]);
    cargo.arg("--message-format=json-render-diagnostics");
    if profile == Profile::Release {
        cargo.arg("--release");
    }
    // Cargo's progress belongs to the user; its messages to us.
    cargo.stderr(Stdio::inherit());
    let built = cargo.output().context("`cargo` could not be started")?;
    if !built.status.success() {
        bail!("`lambda-slim` could not be built");
    }
    executable(&String::from_utf8_lossy(&built.stdout)).context("cargo named no executable")
}

/// Finds the program in cargo's messages: the target folder is the user's choice.
fn executable(messages: &str) -> Option<PathBuf> {
    let read = |line| serde_json::from_str::<serde_json::Value>(line).ok();
    let mut paths = messages.lines().filter_map(read);
    paths.find_map(|message| message["executable"].as_str().map(PathBuf::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_executable_is_found_among_cargos_messages() {
        let messages = "{\"reason\":\"compiler-artifact\",\"executable\":null}\nnoise\n\
                        {\"reason\":\"compiler-artifact\",\"executable\":\"/t/lambda-slim\"}\n";
        assert_eq!(executable(messages), Some(PathBuf::from("/t/lambda-slim")));
        assert_eq!(executable(""), None);
    }

    #[test]
    fn the_repository_holds_the_rules() {
        assert!(repository().join("rules").is_dir());
    }
}
