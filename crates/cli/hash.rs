//! `lambda-slim hash`: one number for a package and for all that decides what becomes of it.

use std::path::PathBuf;

use clap::Args;

use crate::args::PlanArgs;
use crate::exit::Exit;
use crate::fingerprint::Fingerprint;
use crate::{planning, rules, screen};

/// Print a hash of a package, of the options and of this version: when it changes, `pack` may write something else.
///
/// For triggers of Terraform, Make or the CDK (`assetHash`). It is about contents: times, owners and the place on disk are
/// not in it, nor how hard a zip is compressed. A folder has the hash of a zip of it.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct HashArgs {
    /// A folder, a .zip or a .jar, as it will be given to `pack`.
    #[arg(default_value = ".", value_name = "INPUT")]
    pub(crate) input: PathBuf,

    #[command(flatten)]
    pub(crate) plan: PlanArgs,
}

const EXAMPLES: &str = "\
Examples:
  lambda-slim hash dist                       64 hexadecimal digits
  lambda-slim hash dist --level aggressive    other options, another hash";

/// Hashes what `args` names.
pub(crate) fn run(args: &HashArgs) -> anyhow::Result<Exit> {
    // Rule files are checked, and their contents count rather than their names; threads never change the result.
    rules::read(&args.plan.rules)?;
    let options = PlanArgs {
        rules: Vec::new(),
        jobs: None,
        ..args.plan.clone()
    };
    let mut fingerprint = Fingerprint::default();
    fingerprint.text(env!("CARGO_PKG_VERSION"));
    fingerprint.text(&format!("{options:?}"));
    for file in &args.plan.rules {
        fingerprint.text(&fs_err::read_to_string(file)?);
    }
    let input = planning::open(&args.input, &args.plan, Vec::new())?;
    fingerprint.input(&input)?;
    screen::data(&fingerprint.hex())?;
    Ok(Exit::Done)
}
