//! `lambda-slim pack`: from the input to the report.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::bail;
use lambda_slim_archive::{Input, Shared, write_file};
use lambda_slim_engine::Knowledge;
use lambda_slim_report::{Diagnostic, Report};
use lambda_slim_rulepack::RuleSet;

use crate::args::{PackArgs, PackFormat};
use crate::bundle;
use crate::bytecode;
use crate::carry_out::Order;
use crate::checks;
use crate::exit::{Exit, UsageError};
use crate::limits::{self, Layers};
use crate::output::{self, Destination};
use crate::planning::{self, Preparation};
use crate::products;
use crate::project;
use crate::report_file::ReportFile;
use crate::reuse::{Earlier, Reuse};
use crate::rules::{self, Disabled};
use crate::screen;
use crate::several;
use crate::summary::{Publisher, Summary};

/// Packs what `args` names.
pub(crate) fn run(args: &PackArgs) -> anyhow::Result<Exit> {
    several::refuse_what_names_one(args)?;
    refuse_no_zip(args)?;
    match args.inputs.as_slice() {
        _ if args.all => several::pack_all(args),
        [input] => pack(&args.for_input(input)),
        _ => several::pack(args),
    }
}

fn pack(args: &PackArgs) -> anyhow::Result<Exit> {
    let rules = rules::read(&args.plan.rules)?;
    let shared = several::cached(args)?;
    let packed = Job::open(args, &rules, shared.as_ref())?.carry_out()?;
    packed.say();
    shared.iter().for_each(|shared| several::prune(shared));
    Ok(packed.exit)
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

/// How a package came out.
pub(crate) struct Packed {
    pub(crate) exit: Exit,
    /// The report for people.
    pub(crate) said: String,
    /// The report, for programs.
    pub(crate) report: Report,
    pub(crate) layers: Layers,
}

impl Packed {
    /// Shows the report for people.
    pub(crate) fn say(&self) {
        screen::say(&self.said);
    }
}

/// One package to be made.
pub(crate) struct Job<'a> {
    pub(crate) args: &'a PackArgs,
    pub(crate) rules: &'a RuleSet,
    pub(crate) destination: Destination,
    pub(crate) input: Input,
    /// What it has in common with others.
    pub(crate) shared: Option<Arc<Shared>>,
    /// Whether it was made of a program or a project.
    pub(crate) is_made: bool,
    /// What is known before the package is inspected.
    pub(crate) notes: Vec<Diagnostic>,
    pub(crate) report_file: Option<ReportFile>,
    pub(crate) start: Instant,
}

impl<'a> Job<'a> {
    /// Opens what `args` names, or makes a package of it.
    pub(crate) fn open(
        args: &'a PackArgs,
        rules: &'a RuleSet,
        shared: Option<&Arc<Shared>>,
    ) -> anyhow::Result<Self> {
        let start = Instant::now();
        rules::refuse_unknown_codes(&args.limits, rules)?;
        let destination = Destination::of(args)?;
        if args.format == PackFormat::Html && destination == Destination::Nowhere {
            let message = "--format html shows what was written, and a dry run writes nothing";
            return Err(UsageError(message.to_owned()).into());
        }
        let report_file = ReportFile::of(args, &destination)?;
        let made = project::make(args)?;
        let is_made = made.is_some();
        let (input, notes) = match made {
            Some(made) => (made.input, made.notes),
            None => {
                let input = planning::open(
                    &args.input,
                    &args.plan,
                    products::of_pack(args, &destination),
                )?;
                (input, Vec::new())
            }
        };
        Ok(Self {
            args,
            rules,
            destination,
            input: sharing(input, shared),
            shared: shared.cloned(),
            is_made,
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
        let baseline_bytes = limits::baseline_bytes(&args.limits)?;
        let surroundings = format!("{layers:?} {baseline_bytes:?} {:?}", output::zip_time()?);
        let reuse = Reuse::of(&self, &surroundings)?;
        if let Some(packed) = self.unchanged(reuse.as_ref(), layers)? {
            return Ok(packed);
        }
        let mut bundled = bundle::make(args, self.input)?;
        let mut preparation = Preparation::new(&args.input, &args.plan, disabled, &bundled.input)?;
        preparation.wishes.level = bundled.level.unwrap_or(preparation.wishes.level);
        let compiling;
        (bundled.input, compiling) = bytecode::add(args, rules, &mut preparation, bundled.input)?;
        bundled.input = sharing(bundled.input, self.shared.as_ref());
        let input = &bundled.input;
        let knowledge = Knowledge {
            rules,
            languages: &preparation.languages(),
        };
        let (inventory, plan) = preparation.plan(input, knowledge)?;
        let ask = || preparation.more(input, &plan, knowledge, "");
        // What is replaced cannot be read again.
        let early = limits::must_ask_early(args, input.package(), &plan, layers).then(ask);
        let more = || early.clone().unwrap_or_else(ask);
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
        self.destination.make_folders()?;
        let done = order.carry_out()?;
        let summary = Summary {
            order: &order,
            inventory: &inventory,
            of_input,
            done: &done,
            report_file: self.report_file.as_ref(),
            start: self.start,
        };
        let report = summary.report()?;
        let reuse = reuse.iter();
        reuse.for_each(|reuse| reuse.keep(input, &self.destination, &report));
        summary.publish(report)
    }
}

impl Job<'_> {
    /// Writes and tells what an earlier run made of the same package, if one did.
    fn unchanged(&self, reuse: Option<&Reuse>, layers: Layers) -> anyhow::Result<Option<Packed>> {
        let (Some(reuse), Some(target)) = (reuse, self.destination.path()) else {
            return Ok(None);
        };
        let Some(Earlier { report, zip }) = reuse.find(&self.input, target)? else {
            return Ok(None);
        };
        if let Some(zip) = zip {
            self.destination.make_folders()?;
            write_file(target, &zip)?;
        }
        let publisher = Publisher {
            args: self.args,
            layers,
            report_file: self.report_file.as_ref(),
            start: self.start,
        };
        let mut packed =
            publisher.publish(report, || bail!("a page is never taken from a cache"))?;
        if !self.args.quiet {
            packed.said += "  unchanged: taken from the cache\n";
        }
        Ok(Some(packed))
    }
}

fn sharing(input: Input, shared: Option<&Arc<Shared>>) -> Input {
    match shared {
        Some(shared) => input.sharing(shared),
        None => input,
    }
}
