//! `lambda-slim pack`: from the input to the report.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail};
use lambda_slim_archive::Input;
use lambda_slim_engine::Knowledge;
use lambda_slim_report::{Diagnostic, Sizes};
use lambda_slim_rulepack::RuleSet;

use crate::args::{Command, CommandLine, PackArgs, PackFormat};
use crate::bundle;
use crate::bytecode;
use crate::carry_out::Order;
use crate::checks;
use crate::exit::{Exit, UsageError};
use crate::limits::{self, Layers};
use crate::output::{Destination, default_zip};
use crate::planning::{self, Preparation};
use crate::project;
use crate::report_file::ReportFile;
use crate::rules::{self, Disabled};
use crate::summary::Summary;

/// Packs what `args` names, one input after the other.
pub(crate) fn run(args: &PackArgs) -> anyhow::Result<Exit> {
    refuse_what_names_one(args)?;
    refuse_no_zip(args)?;
    match args.inputs.as_slice() {
        [input] => pack(&args.for_input(input)),
        inputs => several(inputs),
    }
}

fn pack(args: &PackArgs) -> anyhow::Result<Exit> {
    let rules = rules::read(&args.plan.rules)?;
    Ok(Job::open(args, &rules).and_then(Job::carry_out)?.exit)
}

/// Each with its own configuration, all of which are read before the first package is written.
fn several(inputs: &[PathBuf]) -> anyhow::Result<Exit> {
    refuse_missing(inputs)?;
    let all: Vec<PackArgs> = inputs
        .iter()
        .map(|input| configured(input))
        .collect::<anyhow::Result<_>>()?;
    refuse_one_report_file(&all)?;
    let mut worst = Exit::Done;
    for args in &all {
        let exit =
            pack(args).with_context(|| format!("`{}` cannot be packed", args.input.display()))?;
        worst = worst.max(exit);
    }
    Ok(worst)
}

/// What was typed, over the configuration of this one of several inputs.
fn configured(input: &Path) -> anyhow::Result<PackArgs> {
    match CommandLine::read_for(input)?.command {
        Command::Pack(args) => Ok(args.for_input(input)),
        _ => unreachable!("the command is `pack` for each of its inputs"),
    }
}

/// The report of one package would take the place of another's.
fn refuse_one_report_file(all: &[PackArgs]) -> Result<(), UsageError> {
    let mut files = BTreeSet::new();
    let mut named = all.iter().filter_map(|args| args.report_file.as_ref());
    match named.find(|file| !files.insert(*file)) {
        Some(file) => Err(UsageError(format!(
            "report-file: `{}` is configured for several inputs; name one in a [[target]] of each",
            file.display()
        ))),
        None => Ok(()),
    }
}

/// Options that name one thing, where there are several inputs.
fn refuse_what_names_one(args: &PackArgs) -> Result<(), UsageError> {
    let is_file = |path: &PathBuf| !is_folder_name(path);
    let named = [
        (
            "-o with the name of a zip",
            args.output.as_ref().is_some_and(is_file),
        ),
        ("--out-dir", args.out_dir.is_some()),
        ("--report-file", args.report_file.is_some()),
        ("--handler", args.plan.handler.is_some()),
        ("--format for programs", args.format != PackFormat::Text),
    ];
    match named.iter().find(|(_, is_given)| *is_given) {
        Some((option, _)) if args.inputs.len() > 1 => Err(UsageError(format!(
            "{option} is for one input; for several there are `-o FOLDER/` and --in-place"
        ))),
        _ => Ok(()),
    }
}

/// None of several packages is written where one of them is not there.
fn refuse_missing(inputs: &[PathBuf]) -> anyhow::Result<()> {
    match inputs.iter().find(|input| !input.exists()) {
        Some(input) => bail!("neither a folder nor a zip: `{}`", input.display()),
        None => Ok(()),
    }
}

/// Terraform wants a zip.
fn refuse_no_zip(args: &PackArgs) -> Result<(), UsageError> {
    let has_no_zip =
        args.dry_run || args.out_dir.is_some() || (args.in_place && args.inputs[0].is_dir());
    if args.format == PackFormat::TfExternal && has_no_zip {
        return Err(UsageError(
            "--format tf-external tells of a zip, and none is written".to_owned(),
        ));
    }
    Ok(())
}

/// Whether an output is a folder for zips: its name ends in `/`.
pub(crate) fn is_folder_name(output: &Path) -> bool {
    let text = output.as_os_str().to_string_lossy();
    text.ends_with(std::path::is_separator)
}

/// `-o zips/` asks for the folder as well.
fn make_named_folder(args: &PackArgs, destination: &Destination) -> anyhow::Result<()> {
    let folder = args.output.as_ref().filter(|output| is_folder_name(output));
    if let (Some(folder), Destination::Zip(_)) = (folder, destination) {
        fs_err::create_dir_all(folder)?;
    }
    Ok(())
}

/// How a package came out.
pub(crate) struct Packed {
    pub(crate) exit: Exit,
    pub(crate) before: Sizes,
    pub(crate) after: Sizes,
}

/// One package to be made.
pub(crate) struct Job<'a> {
    pub(crate) args: &'a PackArgs,
    pub(crate) rules: &'a RuleSet,
    pub(crate) destination: Destination,
    pub(crate) input: Input,
    /// What is known before the package is inspected.
    pub(crate) notes: Vec<Diagnostic>,
    pub(crate) report_file: Option<ReportFile>,
    pub(crate) start: Instant,
}

impl<'a> Job<'a> {
    /// Opens what `args` names, or makes a package of it.
    pub(crate) fn open(args: &'a PackArgs, rules: &'a RuleSet) -> anyhow::Result<Self> {
        let start = Instant::now();
        let destination = Destination::of(args)?;
        if args.format == PackFormat::Html && destination == Destination::Nowhere {
            let message = "--format html shows what was written, and a dry run writes nothing";
            return Err(UsageError(message.to_owned()).into());
        }
        let report_file = ReportFile::of(args, &destination)?;
        let made = project::make(args)?;
        let (input, notes) = match made {
            Some(made) => (made.input, made.notes),
            None => {
                let input = planning::open(&args.input, &args.plan, products(args, &destination))?;
                (input, Vec::new())
            }
        };
        Ok(Self {
            args,
            rules,
            destination,
            input,
            notes,
            report_file,
            start,
        })
    }

    /// Plans, writes and reports.
    pub(crate) fn carry_out(self) -> anyhow::Result<Packed> {
        let Self { args, rules, .. } = self;
        let disabled = Disabled::new(&args.plan.disable, rules)?;
        let layers = Layers::measure(&args.limits.with_layer)?;
        limits::refuse_growth_of_nothing(&args.limits)?;
        let baseline_bytes = limits::baseline_bytes(&args.limits)?;
        let mut bundled = bundle::make(args, self.input)?;
        let mut preparation = Preparation::new(&args.input, &args.plan, disabled, &bundled.input)?;
        preparation.wishes.level = bundled.level.unwrap_or(preparation.wishes.level);
        let compiling;
        (bundled.input, compiling) = bytecode::add(args, rules, &mut preparation, bundled.input)?;
        let input = &bundled.input;
        let knowledge = Knowledge {
            rules,
            languages: &preparation.languages(),
        };
        let (inventory, plan) = preparation.plan(input, knowledge)?;
        let more = || preparation.more(input, &plan, knowledge);
        let order = Order {
            args,
            input,
            bundled: &bundled,
            compiling: &compiling,
            level: preparation.wishes.level,
            knowledge,
            plan: &plan,
            judged: &plan,
            destination: &self.destination,
            layers,
            notes: self.notes,
            node_variables: BTreeMap::new(),
            python: &preparation.python,
            services: &preparation.services,
            operations: &preparation.operations,
            threads: preparation.wishes.threads,
            baseline_bytes,
            more: &more,
        };
        let of_input = checks::of_input(&order, &inventory)?;
        make_named_folder(args, &self.destination)?;
        let done = order.carry_out()?;
        let summary = Summary {
            order: &order,
            inventory: &inventory,
            of_input,
            done: &done,
            report_file: self.report_file,
        };
        let exit = summary.publish(self.start)?;
        Ok(Packed {
            exit,
            before: done.before,
            after: done.after,
        })
    }
}

/// What runs write and is no part of the package.
pub(crate) fn products(args: &PackArgs, destination: &Destination) -> Vec<PathBuf> {
    let mut products: Vec<PathBuf> = args.report_file.iter().cloned().collect();
    if !args.in_place {
        products.extend(destination.path().map(Path::to_owned));
        // Also the zip that an earlier run without -o left in the folder.
        products.extend(default_zip(&args.input, args.input.is_dir()));
    }
    products
}
