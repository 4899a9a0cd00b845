//! `lambda-slim hash`: one number for a package and for all that decides what becomes of it.

use std::path::PathBuf;

use clap::Args;

use crate::args::{BytecodeName, PlanArgs};
use crate::bundle::BundleArgs;
use crate::exit::Exit;
use crate::fingerprint::Fingerprint;
use crate::{planning, products, rules, screen};

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

    /// What `pack` is told to write, where that lies in INPUT: it is no part of the package.
    #[arg(short, long, value_name = "ZIP")]
    pub(crate) output: Option<PathBuf>,

    /// The same as a folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) out_dir: Option<PathBuf>,

    /// The same of its report.
    #[arg(long, value_name = "FILE")]
    pub(crate) report_file: Option<PathBuf>,

    /// The same of its cache.
    #[arg(long, value_name = "DIR", env = "LAMBDA_SLIM_CACHE")]
    pub(crate) cache: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) bundle: BundleArgs,

    #[command(flatten)]
    pub(crate) plan: PlanArgs,

    /// Which Python modules have bytecode, as `pack` is told.
    #[arg(long, value_enum, default_value_t = BytecodeName::Keep, env = "LAMBDA_SLIM_BYTECODE", help_heading = "How")]
    pub(crate) bytecode: BytecodeName,
}

impl HashArgs {
    /// What `pack` leaves out of the package because it wrote it.
    fn products(&self) -> Vec<PathBuf> {
        let named = [&self.output, &self.out_dir, &self.report_file, &self.cache];
        let named = named.into_iter().flatten().cloned();
        named
            .chain(products::without_options(&self.input))
            .collect()
    }
}

const EXAMPLES: &str = "\
Examples:
  lambda-slim hash dist                       64 hexadecimal digits
  lambda-slim hash dist --level aggressive    other options, another hash
  lambda-slim hash . -o build/api.zip         the zip that `pack` writes there does not count";

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
    fingerprint.text(&format!(
        "{options:?} {:?} {:?}",
        args.bundle, args.bytecode
    ));
    for file in &args.plan.rules {
        fingerprint.text(&fs_err::read_to_string(file)?);
    }
    let input = planning::open(&args.input, &args.plan, args.products())?;
    fingerprint.input(&input)?;
    screen::data(&fingerprint.hex())?;
    Ok(Exit::Done)
}
