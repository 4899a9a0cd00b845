//! `lambda-slim pack`: from the input to the report.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail};
use lambda_slim_archive::{Input, InsideLinks, OpenOptions, OutsideLinks};
use lambda_slim_engine::{Choices, Knowledge, Language, Threads, Wishes, decide, inspect};
use lambda_slim_java::{Java, Wars, is_war, unwrap};
use lambda_slim_native::Native;
use lambda_slim_node::Node;
use lambda_slim_python::Python;
use lambda_slim_rulepack::{Action, Rule};

use crate::args::{PackArgs, SymlinksName};
use crate::carry_out::Order;
use crate::exit::{Exit, UsageError};
use crate::limits::Layers;
use crate::output::{Destination, default_zip};
use crate::project;
use crate::report_file::ReportFile;
use crate::rules::{self, Disabled};
use crate::services::ServiceChoice;
use crate::summary::Summary;

/// All that the engine is taught about languages.
pub(crate) fn languages<'a>(python: &'a Python, java: &'a Java) -> [&'a dyn Language; 4] {
    [python, &Node, java, &Native]
}

/// Contents of files in memory at once: enough to keep every core busy, little beside what a build machine has.
const MEMORY_BUDGET_BYTES: u64 = 256 << 20;

/// Packs what `args` names.
pub(crate) fn run(args: &PackArgs) -> anyhow::Result<Exit> {
    let start = Instant::now();
    let rules = rules::read(&args.rules)?;
    let disabled = Disabled::new(&args.disable, &rules)?;
    let destination = Destination::of(args)?;
    let layers = Layers::measure(&args.with_layer)?;
    let report_file = ReportFile::of(args, &destination)?;
    let made = project::make(args)?;
    let advice = made.as_ref().and_then(|made| made.advice.clone());
    let input = match made {
        Some(made) => made.input,
        None => open(args, &destination)?,
    };
    let services = ServiceChoice::of(args, &input)?;
    let wishes = wishes(args, &services);
    let python = Python::new(args.kind.into(), services.names());
    let java = Java {
        wars: if args.from_war {
            Wars::Convert
        } else {
            Wars::Leave
        },
    };
    let knowledge = Knowledge {
        rules: &rules,
        languages: &languages(&python, &java),
    };
    let enabled = |rule: &Rule| disabled.lets(rule) && !(args.no_strip && strips(rule));
    let inventory = inspect(&input, knowledge, &wishes, enabled)?;
    let plan = decide(input.package(), &inventory, &rules, &choices(args))
        .with_context(|| format!("`{}` cannot be packed", args.input.display()))?;
    let order = Order {
        args,
        input: &input,
        knowledge,
        plan: &plan,
        destination: &destination,
        layers,
        build_advice: advice,
        services: &services,
        threads: wishes.threads,
    };
    let done = order.carry_out()?;
    let summary = Summary {
        order: &order,
        inventory: &inventory,
        done: &done,
        report_file,
    };
    summary.publish(start)
}

/// Whether `--no-strip` means this rule: native code has no other transforms.
fn strips(rule: &Rule) -> bool {
    matches!(&rule.action, Action::Transform { name, .. } if Native.transform(name).is_some())
}

fn open(args: &PackArgs, destination: &Destination) -> anyhow::Result<Input> {
    let mut leave_out: Vec<PathBuf> = args.report_file.iter().cloned().collect();
    if !args.in_place {
        leave_out.extend(destination.path().map(Path::to_owned));
        // Also the zip that an earlier run without -o left in the folder.
        leave_out.extend(default_zip(&args.input, args.input.is_dir()));
    }
    let outside_links = match args.symlinks {
        SymlinksName::Auto | SymlinksName::Follow => OutsideLinks::Copy,
        SymlinksName::Keep | SymlinksName::Strip => OutsideLinks::Keep,
    };
    let follow = args.symlinks == SymlinksName::Follow;
    if follow && args.input.is_file() {
        bail!(UsageError(
            "--symlinks follow needs a folder as INPUT".to_owned()
        ));
    }
    let inside_links = if follow {
        InsideLinks::Copy
    } else {
        InsideLinks::Keep
    };
    let options = OpenOptions {
        outside_links,
        inside_links,
        leave_out,
        ..OpenOptions::default()
    };
    let input = unwrap(Input::open(&args.input, &options)?, &options)?;
    if input.package().is_empty() {
        bail!(
            "`{}` is empty; there is nothing to pack",
            args.input.display()
        );
    }
    refuse_war(args, &input)?;
    Ok(input)
}

/// Lambda loads nothing of a web archive, and one that needs a servlet container would not run.
fn refuse_war(args: &PackArgs, input: &Input) -> Result<(), UsageError> {
    let runtime = args.runtime.stated();
    let may_be_java = runtime.is_none_or(|runtime| runtime.family() == "java");
    if may_be_java && !args.from_war && is_war(input.package()) {
        return Err(UsageError(format!(
            "`{}` is a web archive, of which Lambda loads nothing; --from-war moves its classes \
             and jars to where Lambda looks",
            args.input.display()
        )));
    }
    Ok(())
}

fn wishes(args: &PackArgs, services: &ServiceChoice) -> Wishes {
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    Wishes {
        runtime: args.runtime.stated().cloned(),
        arch: args.arch.stated().copied(),
        kind: args.kind.into(),
        handler: args.handler.clone(),
        level: args.level.into(),
        services: services.stay(),
        threads: Threads {
            count: args.jobs.unwrap_or(cores),
            budget_bytes: MEMORY_BUDGET_BYTES,
        },
    }
}

fn choices(args: &PackArgs) -> Choices {
    Choices {
        keep: args.keep.clone(),
        drop: args.drop.clone(),
        licenses: args.licenses.into(),
        symlinks: args.symlinks.into(),
    }
}
