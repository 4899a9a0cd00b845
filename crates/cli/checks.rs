//! What the user is told besides the sizes: oddities of the input, wishes that met nothing, limits.

use std::collections::BTreeMap;

use lambda_slim_engine::{Inventory, load_bearing_links};
use lambda_slim_package::{ByteCount, UNZIPPED_LIMIT_BYTES, ZIP_UPLOAD_LIMIT_BYTES};
use lambda_slim_report::{Diagnostic, Severity, Sizes};
use lambda_slim_rulepack::{Format, RuleIndex};

use crate::args::{PackArgs, SymlinksName};
use crate::carry_out::{Done, Order};

/// Everything worth saying about one run.
pub(crate) fn diagnostics(
    order: &Order<'_>,
    inventory: &Inventory,
    done: &Done,
) -> Vec<Diagnostic> {
    let mut found = limits(&done.after);
    found.extend(target(order.args, inventory));
    found.extend(wishes(order));
    found.extend(advice(order));
    found.extend(done.unmeasured.iter().map(|why| {
        Diagnostic::warning("LS909", format!("extraction was not measured: {why}"), None)
    }));
    found.extend(order.input.warnings().iter().map(|warning| Diagnostic {
        path: Some(warning.path.clone()),
        ..Diagnostic::warning("LS903", warning.oddity.to_string(), None)
    }));
    found
}

fn limits(after: &Sizes) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if after.unzipped_bytes > UNZIPPED_LIMIT_BYTES {
        let over = ByteCount(after.unzipped_bytes - UNZIPPED_LIMIT_BYTES);
        let help = "drop more with --level aggressive, --services or --drop";
        found.push(Diagnostic {
            severity: Severity::Error,
            ..Diagnostic::warning(
                "LS900",
                format!("{over} over Lambda's limit of {UNZIPPED_LIMIT_BYTES} bytes unzipped"),
                help.to_owned(),
            )
        });
    }
    if after
        .zip_bytes
        .is_some_and(|bytes| bytes > ZIP_UPLOAD_LIMIT_BYTES)
    {
        found.push(Diagnostic::warning(
            "LS901",
            format!(
                "the zip is over {ZIP_UPLOAD_LIMIT_BYTES} bytes, too large for a direct upload"
            ),
            "upload it to S3 and deploy it from there".to_owned(),
        ));
    }
    found
}

fn target(args: &PackArgs, inventory: &Inventory) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if let Some(handler) = args
        .handler
        .as_ref()
        .filter(|_| inventory.handler_files.is_empty())
    {
        found.push(Diagnostic::warning(
            "LS902",
            format!("no file of the package holds the handler `{handler}`"),
            "fine if a layer brings it; otherwise the function will not start".to_owned(),
        ));
    }
    if args.symlinks == SymlinksName::Follow {
        found.push(Diagnostic::warning(
            "LS910",
            "--symlinks follow: packages that find each other through links may not start"
                .to_owned(),
            "--symlinks auto keeps links inside the package; Lambda extracts them".to_owned(),
        ));
    }
    let has = |format| inventory.formats.contains(&Some(format));
    let both = has(Format::ElfX86_64) && has(Format::ElfArm64);
    if inventory.target.arch.is_none() && both {
        found.push(Diagnostic::warning(
            "LS911",
            "builds for x86_64 and for arm64 are in the package".to_owned(),
            "--arch x86_64 or --arch arm64 leaves the other ones out".to_owned(),
        ));
    }
    if inventory.target.runtime.is_none() {
        found.push(Diagnostic::warning(
            "LS906",
            "the run time is unknown, so rules for one run time sleep".to_owned(),
            "say it with --runtime, such as --runtime python3.13".to_owned(),
        ));
    }
    found
}

fn wishes(order: &Order<'_>) -> Vec<Diagnostic> {
    let (package, plan) = (order.input.package(), order.plan);
    let idle = |pattern: &String| {
        Diagnostic::warning(
            "LS904",
            format!("the pattern `{pattern}` of --keep or --drop matches no file"),
            "patterns are relative to the input: `node_modules/**`, not `dist/node_modules/**`"
                .to_owned(),
        )
    };
    let mut found: Vec<Diagnostic> = plan.idle_patterns.iter().map(idle).collect();
    let botocore = package
        .folders()
        .any(|folder| folder.as_str().ends_with("botocore/data"));
    if !botocore && !order.args.services.is_empty() {
        let message = "--services does nothing: there is no botocore in the package".to_owned();
        found.push(Diagnostic::warning("LS908", message, None));
    }
    if let Some(link) = load_bearing_links(package, plan).next() {
        let count = load_bearing_links(package, plan).count();
        found.push(Diagnostic {
            path: Some(link.to_string()),
            ..Diagnostic::warning(
                "LS907",
                format!("--symlinks strip removes {count} links that lead to something"),
                "--symlinks auto keeps them: Lambda extracts links as links".to_owned(),
            )
        });
    }
    found
}

/// One line for each rule that has advice, with one of the files.
fn advice(order: &Order<'_>) -> Vec<Diagnostic> {
    let mut first: BTreeMap<RuleIndex, (&str, usize)> = BTreeMap::new();
    for ((_, entry), decided) in order.input.package().iter().zip(&order.plan.decided) {
        for rule in &decided.advice {
            first.entry(*rule).or_insert((entry.path.as_str(), 0)).1 += 1;
        }
    }
    let line = |(rule, (path, _)): (RuleIndex, (&str, usize))| {
        let rule = &order.knowledge.rules.rules[rule.0];
        Diagnostic {
            severity: Severity::Advice,
            code: rule.code.clone(),
            message: rule.title.clone(),
            path: Some(path.to_owned()),
            help: Some(rule.why.split_whitespace().collect::<Vec<_>>().join(" ")),
        }
    };
    first.into_iter().map(line).collect()
}
