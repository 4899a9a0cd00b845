//! `lambda-slim check`: what Lambda would say of packages before they are deployed. Nothing is written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use lambda_slim_engine::{Decided, Decision, Inventory, Knowledge, Plan};
use lambda_slim_package::Package;
use lambda_slim_report::{
    CheckReport, CheckedPackage, Described, Detail, Diagnostic, LayerRow, Limit, Severity,
    annotations, check_markdown, render_check, sarif,
};
use lambda_slim_rulepack::{RuleIndex, RuleSet};

use crate::args::{BytecodeName, Command, CommandLine, LimitArgs, PackArgs, PlanArgs};
use crate::bytecode::Compiling;
use crate::carry_out::{Done, Order};
use crate::check_targets::{Target, targets};
use crate::exit::Exit;
use crate::limits::{self, More};
use crate::output::Destination;
use crate::planning::{self, Preparation};
use crate::rules::{self, Disabled};
use crate::settings::Known;
use crate::{bundle, checks, screen, summary};

/// Check packages against Lambda's limits and what makes functions fail, and change nothing.
///
/// Of what `sam build` and `cdk synth` left, every function is checked with its own layers, run time and processor.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct CheckArgs {
    /// Packages (folders, .zip, .jar), or what was built: `.aws-sam/build`, `cdk.out`, or a folder that holds one.
    #[arg(default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,

    /// How to say it.
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub(crate) format: CheckFormat,

    /// Every finding, in full.
    #[arg(short, long, conflicts_with = "quiet")]
    pub(crate) verbose: bool,

    /// Only packages with warnings and errors.
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// The template that says which layers, run time and handler belong to the package.
    #[arg(long, value_name = "TEMPLATE", help_heading = "Limits")]
    pub(crate) layers_from: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) limits: LimitArgs,

    #[command(flatten)]
    pub(crate) plan: PlanArgs,
}

const EXAMPLES: &str = "\
Examples:
  lambda-slim check dist.zip                              limits, native code, handlers, advice
  lambda-slim check dist --with-layer layer.zip           the limit is for both together
  lambda-slim check src --layers-from template.yaml       with the layers that a template names
  lambda-slim check .aws-sam/build cdk.out                every function with its own layers
  lambda-slim check cdk.out --format sarif > check.sarif  for code scanning

Exit codes: 0 nothing is wrong · 1 failed · 2 wrong usage · 3 there are errors (see `explain CODE`; --allow CODE)";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// For a comment on a pull request.
    Markdown,
    /// For annotations in GitHub Actions.
    Github,
}

/// Checks what `args` names; each of several paths has its own configuration.
pub(crate) fn run(args: &CheckArgs) -> anyhow::Result<Exit> {
    let rules = rules::read(&args.plan.rules)?;
    rules::refuse_unknown_codes(&args.limits, &rules)?;
    let packages = match args.paths.as_slice() {
        [_] => packages(args, &rules)?,
        paths => {
            let mut all = Vec::new();
            for args in paths.iter().map(|path| configured(&Known::of(path))) {
                let args = args?;
                all.extend(packages(&args, &rules::read(&args.plan.rules)?)?);
            }
            all
        }
    };
    let report = CheckReport::of(packages);
    publish(args, &report, &rules)?;
    Ok(match report.count(Severity::Error) {
        0 => Exit::Done,
        _ => Exit::Unfit,
    })
}

/// What was typed, over the configuration of this one of several packages.
pub(crate) fn configured(package: &Known<'_>) -> anyhow::Result<CheckArgs> {
    match CommandLine::read_for(package)?.command {
        Command::Check(args) => Ok(CheckArgs {
            paths: vec![package.path.to_owned()],
            ..*args
        }),
        _ => unreachable!("the command is `check` for each of its paths"),
    }
}

/// The packages that are found at the path of `args`.
fn packages(args: &CheckArgs, rules: &RuleSet) -> anyhow::Result<Vec<CheckedPackage>> {
    limits::refuse_growth_of_nothing(&args.limits)?;
    let targets = targets(args)?;
    targets
        .iter()
        .map(|target| check(target, args, rules))
        .collect()
}

fn publish(args: &CheckArgs, report: &CheckReport, rules: &RuleSet) -> anyhow::Result<()> {
    match args.format {
        CheckFormat::Text => match text(args, report) {
            nothing if nothing.is_empty() => {}
            text => screen::styled_data(&text)?,
        },
        CheckFormat::Json => screen::data(&report.to_json()?)?,
        CheckFormat::Sarif => screen::data(&sarif(report, &described(rules))?)?,
        CheckFormat::Markdown => screen::data(check_markdown(report).trim_end())?,
        CheckFormat::Github => screen::data(annotations(report).trim_end())?,
    }
    Ok(())
}

fn text(args: &CheckArgs, report: &CheckReport) -> String {
    let detail = if args.verbose {
        Detail::Long
    } else {
        Detail::Short
    };
    if !args.quiet {
        return render_check(report, detail);
    }
    let mut report = report.clone();
    for package in &mut report.packages {
        package
            .diagnostics
            .retain(|found| found.severity > Severity::Advice);
    }
    report
        .packages
        .retain(|package| !package.diagnostics.is_empty());
    if report.packages.is_empty() {
        return String::new();
    }
    // What is left is all that matters: nothing of it is folded away, for -v is no way to see it.
    render_check(&report, Detail::Long)
}

fn described(rules: &RuleSet) -> Vec<Described<'_>> {
    let findings = rules.findings.iter().map(|finding| Described {
        code: &finding.code,
        title: &finding.title,
        why: &finding.why,
        reference: finding.refs.first().map(String::as_str),
    });
    let rules = rules.rules.iter().map(|rule| Described {
        code: &rule.code,
        title: &rule.title,
        why: &rule.why,
        reference: rule.refs.first().map(String::as_str),
    });
    findings.chain(rules).collect()
}

/// Looks at one package as it is, through the eyes of `pack`.
fn check(target: &Target, args: &CheckArgs, rules: &RuleSet) -> anyhow::Result<CheckedPackage> {
    let pack = pack_args(target, args);
    let disabled = Disabled::new(&target.plan.disable, rules)?;
    let bundled = bundle::make(&pack, planning::open(&target.path, &pack.plan, Vec::new())?)?;
    let input = &bundled.input;
    let preparation = Preparation::new(&target.path, &pack.plan, disabled, input)?;
    let knowledge = Knowledge {
        rules,
        languages: &preparation.languages(),
    };
    let (inventory, packed) = preparation.plan(input, knowledge)?;
    let plan = as_it_is(&packed);
    let more = || {
        let how = "lambda-slim pack".to_owned();
        let pack = More::between(input.package(), &plan, &packed, rules, how);
        let further = preparation.more(input, &packed, knowledge, "lambda-slim pack ")?;
        Some(std::iter::once(pack).chain(further).collect())
    };
    let baseline = limits::baseline_bytes(&target.limits)?;
    let order = Order {
        args: &pack,
        input,
        bundled: &bundled,
        compiling: &Compiling::default(),
        level: preparation.wishes.level,
        knowledge,
        plan: &plan,
        judged: &packed,
        destination: &Destination::Nowhere,
        layers: target.layers,
        notes: Vec::new(),
        node_variables: target.node_variables.clone(),
        python: &preparation.python,
        services: &preparation.services,
        operations: &preparation.operations,
        threads: preparation.wishes.threads,
        baseline_bytes: baseline,
        more: &more,
    };
    let of_input = checks::of_input(&order, &inventory)?;
    let mut done = order.carry_out()?;
    done.after.zip_bytes = input.archive_bytes().or(done.after.zip_bytes);
    let mut diagnostics = diagnostics(&order, &inventory, &done, of_input);
    // Whoever does it already needs no advice.
    diagnostics.retain(|found| !(target.starts_from_snapshot && found.code == "LS965"));
    diagnostics.extend(target.notes.iter().cloned());
    diagnostics.extend(misplaced(input.package(), &packed, rules));
    Ok(CheckedPackage {
        name: target.name.clone(),
        path: shown(&target.path),
        is_folder: target.path.is_dir(),
        target: summary::target_row(&inventory, order.level),
        sizes: done.after,
        layers: LayerRow {
            count: target.layers.count,
            unzipped_bytes: target.layers.unzipped_bytes,
        },
        limits: Limit::all(&done.after, target.layers.unzipped_bytes),
        diagnostics,
    })
}

/// `cdk.out/asset.1`, also where it was `./cdk.out/asset.1`.
fn shown(path: &Path) -> String {
    let short = path.strip_prefix("./").unwrap_or(path);
    match short.as_os_str().is_empty() {
        true => path.display().to_string(),
        false => short.display().to_string(),
    }
}

/// `pack` with what matters to a check, and quiet.
fn pack_args(target: &Target, args: &CheckArgs) -> PackArgs {
    let mut pack = PackArgs {
        plan: target.plan.clone(),
        limits: target.limits.clone(),
        no_measure: true,
        dry_run: true,
        quiet: args.format != CheckFormat::Text,
        bytecode: BytecodeName::Keep,
        ..PackArgs::of(&target.path)
    };
    pack.bundle.bundle = false;
    pack
}

/// The plan in which everything stays where it is.
fn as_it_is(plan: &Plan) -> Plan {
    let stay = |decided: &Decided| Decided {
        decision: Decision::Keep,
        cause: None,
        new_path: None,
        ..decided.clone()
    };
    Plan {
        decided: plan.decided.iter().map(stay).collect(),
        idle_patterns: plan.idle_patterns.clone(),
    }
}

/// What `pack` would say of the package, but for what it would do to it.
fn diagnostics(
    order: &Order<'_>,
    inventory: &Inventory,
    done: &Done,
    of_input: checks::OfInput,
) -> Vec<Diagnostic> {
    /// They tell which models go and why.
    const OF_REMOVALS: [&str; 2] = ["LS932", "LS933"];
    let mut found = checks::diagnostics(order, inventory, done, of_input);
    found.retain(|found| !OF_REMOVALS.contains(&&*found.code));
    found
}

/// Files that `pack` moves to where Lambda looks: until then nothing loads them.
fn misplaced(package: &Package, packed: &Plan, rules: &RuleSet) -> Vec<Diagnostic> {
    let mut moved: BTreeMap<RuleIndex, (String, usize)> = BTreeMap::new();
    for ((_, entry), decided) in package.iter().zip(&packed.decided) {
        let moves = matches!(decided.decision, Decision::Move(_) | Decision::Enclose(_));
        if let (true, Some(lambda_slim_engine::Cause::Rule(rule))) = (moves, &decided.cause) {
            let first = || (entry.path.to_string(), 0);
            moved.entry(*rule).or_insert_with(first).1 += 1;
        }
    }
    let line = |(index, (path, files)): (RuleIndex, (String, usize))| {
        let rule = &rules.rules[index.0];
        let message = match files {
            1 => rule.title.clone(),
            _ => format!("{}, {files} files", rule.title),
        };
        Diagnostic {
            path: Some(path),
            ..Diagnostic::warning(
                &rule.code,
                message,
                format!(
                    "`lambda-slim pack` puts it right; `lambda-slim explain {}` says why",
                    rule.code
                ),
            )
        }
    };
    moved.into_iter().map(line).collect()
}
