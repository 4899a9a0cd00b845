//! The families of run times that cases are written for.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::Context;
use serde::Deserialize;

use crate::command;

/// A family of run times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Language {
    Nodejs,
    Python,
    Java,
    Provided,
}

/// A run time that is installed here.
#[derive(Debug, Clone)]
pub(crate) struct RunTime {
    pub(crate) language: Language,
    /// The program that runs handlers.
    pub(crate) program: PathBuf,
    /// The name that Lambda has for it: `python3.12`.
    pub(crate) name: String,
}

const A_MOMENT: Duration = Duration::from_secs(60);

impl Language {
    /// The program that is missing here, if one is.
    pub(crate) fn missing(self) -> Option<&'static str> {
        let programs: &[&'static str] = match self {
            Self::Nodejs => &["node", "npm"],
            Self::Python => &["python3"],
            Self::Java => &["javac", "mvn"],
            Self::Provided => &["rustc"],
        };
        let absent = programs
            .iter()
            .find(|program| !command::is_installed(program));
        absent
            .copied()
            .or_else(|| (self == Self::Python && !has_pip()).then_some("pip"))
    }

    /// Asks the installed programs who they are.
    pub(crate) fn run_time(self) -> anyhow::Result<RunTime> {
        let (program, name) = match self {
            Self::Nodejs => {
                let major = ask("node", &["-p", "process.versions.node.split('.')[0]"])?;
                (
                    PathBuf::from(ask("node", &["-p", "process.execPath"])?),
                    format!("nodejs{major}.x"),
                )
            }
            Self::Python => {
                let version = "import sys; print('%d.%d' % sys.version_info[:2])";
                let version = ask("python3", &["-c", version])?;
                // The interpreter itself: version managers put a script in front of it.
                let program = ask("python3", &["-c", "import sys; print(sys.executable)"])?;
                (PathBuf::from(program), format!("python{version}"))
            }
            Self::Java => {
                let version = ask("javac", &["-version"])?;
                let major = version
                    .trim_start_matches("javac ")
                    .split('.')
                    .next()
                    .unwrap_or_default();
                ("java".into(), format!("java{major}"))
            }
            Self::Provided => {
                let this = std::env::current_exe().context("this program has no path")?;
                (this, "provided.al2023".to_owned())
            }
        };
        Ok(RunTime {
            language: self,
            program,
            name,
        })
    }
}

fn has_pip() -> bool {
    ask("python3", &["-m", "pip", "--version"]).is_ok()
}

fn ask(program: &str, arguments: &[&str]) -> anyhow::Result<String> {
    let answer = command::run(Command::new(program).args(arguments), A_MOMENT)?;
    Ok(answer.trim().to_owned())
}
