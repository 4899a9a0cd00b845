//! `lambda-slim pack`: from the input to the report.

use std::path::{Path, PathBuf};
use std::time::Instant;

use lambda_slim_engine::Knowledge;

use crate::args::{PackArgs, PackFormat};
use crate::bundle;
use crate::carry_out::Order;
use crate::exit::{Exit, UsageError};
use crate::limits::{self, Layers};
use crate::output::{Destination, default_zip};
use crate::planning::{self, Preparation};
use crate::project;
use crate::report_file::ReportFile;
use crate::rules::{self, Disabled};
use crate::summary::Summary;

/// Packs what `args` names.
pub(crate) fn run(args: &PackArgs) -> anyhow::Result<Exit> {
    let start = Instant::now();
    let rules = rules::read(&args.plan.rules)?;
    let disabled = Disabled::new(&args.plan.disable, &rules)?;
    let destination = Destination::of(args)?;
    if args.format == PackFormat::Html && destination == Destination::Nowhere {
        let message = "--format html shows what was written, and a dry run writes nothing";
        return Err(UsageError(message.to_owned()).into());
    }
    let layers = Layers::measure(&args.with_layer)?;
    limits::refuse_growth_of_nothing(&args.budget, args.baseline.as_deref())?;
    let baseline = args
        .baseline
        .as_deref()
        .map(limits::baseline_bytes)
        .transpose()?;
    let report_file = ReportFile::of(args, &destination)?;
    let made = project::make(args)?;
    let advice = made.as_ref().and_then(|made| made.advice.clone());
    let input = match made {
        Some(made) => made.input,
        None => planning::open(&args.input, &args.plan, products(args, &destination))?,
    };
    let bundled = bundle::make(args, input)?;
    let input = &bundled.input;
    let mut preparation = Preparation::new(&args.input, &args.plan, disabled, input)?;
    preparation.wishes.level = bundled.level.unwrap_or(preparation.wishes.level);
    let knowledge = Knowledge {
        rules: &rules,
        languages: &preparation.languages(),
    };
    let (inventory, plan) = preparation.plan(input, knowledge)?;
    let more = || preparation.more(input, &plan, knowledge);
    let order = Order {
        args,
        input,
        bundled: &bundled,
        level: preparation.wishes.level,
        knowledge,
        plan: &plan,
        destination: &destination,
        layers,
        build_advice: advice,
        services: &preparation.services,
        threads: preparation.wishes.threads,
        baseline_bytes: baseline,
        more: &more,
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

/// What runs write and is no part of the package.
fn products(args: &PackArgs, destination: &Destination) -> Vec<PathBuf> {
    let mut products: Vec<PathBuf> = args.report_file.iter().cloned().collect();
    if !args.in_place {
        products.extend(destination.path().map(Path::to_owned));
        // Also the zip that an earlier run without -o left in the folder.
        products.extend(default_zip(&args.input, args.input.is_dir()));
    }
    products
}
