//! `cargo dev demo`: the main job on a real sample that it prepares by itself.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, bail};

use crate::cache;
use crate::case::Case;
use crate::judge::{Ready, Stop};
use crate::pack::{self, Level};
use crate::product::{self, Profile};

/// How to show it.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Show this program and do not build one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

/// The samples, the one for most people first.
const SAMPLES: [&str; 2] = ["demo-node", "demo-python"];

/// Prepares, runs, packs, runs again, compares.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let case = choose()?;
    let binary = product::binary(arguments.binary.as_deref(), Profile::Release)?;
    let cache = cache::folder()?;
    let ready = Ready::prepare(&case, &cache).map_err(|stop| into_error(&stop))?;
    say(&format!(
        "The sample, as a build step would leave it: {}",
        ready.task.display()
    ));
    println!("It answers: {}", serde_json::to_string(&ready.answers)?);

    let zip = cache.join(format!("{}.zip", case.name));
    say(&format!(
        "lambda-slim pack {} -o {}",
        ready.task.display(),
        zip.display()
    ));
    show_pack(&binary, &case, &ready, &zip)?;

    let scratch = tempfile::tempdir()?;
    crate::tree::set_mode(scratch.path(), 0o755)?;
    let slim = scratch.path().join("task");
    lambda_slim_archive::extract(&zip, &slim)?;
    ready.compare(&slim).map_err(|stop| into_error(&stop))?;
    say("Unpacked and run again: the same answer.");
    println!("The package: {}", zip.display());
    Ok(ExitCode::SUCCESS)
}

fn say(text: &str) {
    println!("\n==> {text}");
}

fn choose() -> anyhow::Result<Case> {
    let samples = product::repository().join("crates/dev/samples");
    for name in SAMPLES {
        let case = Case::read(&samples.join(name))?;
        if case.settings.runtime.missing().is_none() {
            return Ok(case);
        }
    }
    bail!(
        "the sample needs npm or pip to be prepared\nhint: install Node.js 20 or later, or Python 3.11 or later with pip"
    )
}

fn into_error(stop: &Stop) -> anyhow::Error {
    anyhow::anyhow!("{}: {}", stop.verdict.as_str(), stop.detail)
}

/// The report belongs on the terminal, so the tool gets it.
fn show_pack(binary: &Path, case: &Case, ready: &Ready<'_>, zip: &Path) -> anyhow::Result<()> {
    let mut command = Command::new(binary);
    command.arg("pack").arg(&ready.task).arg("-o").arg(zip);
    command.args(pack::arguments(case, &ready.run_time, Level::Balanced));
    let status = pack::without_settings(&mut command)
        .status()
        .context("`lambda-slim` could not be started")?;
    if !status.success() {
        bail!("`lambda-slim` ended with {status}");
    }
    Ok(())
}
