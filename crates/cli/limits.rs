//! Lambda's limits, with the layers of the function, and the budgets of the user.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use lambda_slim_archive::{Input, OpenOptions, OutsideLinks};
use lambda_slim_engine::Inventory;
use lambda_slim_package::{ByteCount, UNZIPPED_LIMIT_BYTES, ZIP_UPLOAD_LIMIT_BYTES};
use lambda_slim_report::{Diagnostic, Severity, Sizes};

use crate::carry_out::{Done, Order};
use crate::exit::UsageError;

/// What a package must share the limit of unzipped bytes with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Layers {
    pub(crate) count: usize,
    pub(crate) unzipped_bytes: u64,
}

impl Layers {
    /// Measures layers that are named by a file, a folder or their unzipped size.
    pub(crate) fn measure(named: &[String]) -> anyhow::Result<Self> {
        let mut layers = Self::default();
        for layer in named {
            layers.count += 1;
            layers.unzipped_bytes += unzipped_bytes(layer)?;
        }
        Ok(layers)
    }
}

fn unzipped_bytes(layer: &str) -> anyhow::Result<u64> {
    if Path::new(layer).exists() {
        let options = OpenOptions {
            outside_links: OutsideLinks::Keep,
            ..OpenOptions::default()
        };
        let input = Input::open(Path::new(layer), &options)?;
        return Ok(input.package().unzipped_bytes());
    }
    let bytes = layer.parse::<ByteCount>().map_err(|_| {
        UsageError(format!(
            "--with-layer: `{layer}` is neither a package on disk nor a size such as `12MB`"
        ))
    })?;
    Ok(bytes.0)
}

/// One thing that the user wants to stay within.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Budget {
    UnzippedBytes(u64),
    ZipBytes(u64),
    Files(u64),
}

impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = "write a budget as `unzipped=150MB`, `zip=40MB` or `files=5000`";
        let (what, most) = text.split_once('=').ok_or(wrong)?;
        let bytes = || {
            most.parse::<ByteCount>()
                .map(|bytes| bytes.0)
                .map_err(|error| error.to_string())
        };
        match what.trim() {
            "unzipped" => bytes().map(Self::UnzippedBytes),
            "zip" => bytes().map(Self::ZipBytes),
            "files" => most
                .trim()
                .parse()
                .map(Self::Files)
                .map_err(|_| wrong.to_owned()),
            _ => Err(wrong.to_owned()),
        }
    }
}

impl Budget {
    /// What is too much, if it is.
    fn exceeded_by(self, after: &Sizes) -> Option<String> {
        let bytes = |what: &str, used: u64, most: u64| {
            let (over, most) = (ByteCount(used.saturating_sub(most)), ByteCount(most));
            (used > most.0).then(|| format!("{over} over the budget of {most} {what}"))
        };
        match self {
            Self::UnzippedBytes(most) => bytes("unzipped", after.unzipped_bytes, most),
            Self::ZipBytes(most) => bytes("for the zip", after.zip_bytes?, most),
            Self::Files(most) => {
                let files = after.files as u64;
                (files > most).then(|| format!("{files} files, over the budget of {most}"))
            }
        }
    }
}

/// Everything that is too much.
pub(crate) fn diagnostics(
    order: &Order<'_>,
    inventory: &Inventory,
    done: &Done,
) -> Vec<Diagnostic> {
    let lambda = [unzipped(order.layers, &done.after), upload(&done.after)];
    let budgets = order.args.budget.iter();
    let budgets = budgets.filter_map(|budget| budget.exceeded_by(&done.after));
    let budgets = budgets.map(|message| error("LS905", message));
    let mut found: Vec<Diagnostic> = lambda.into_iter().flatten().chain(budgets).collect();
    if found.iter().any(|found| found.severity == Severity::Error) {
        let help = format!(
            "largest: {}; take more with --level aggressive, --services or --drop",
            largest(inventory, done)
        );
        let errors = found.iter_mut();
        errors
            .filter(|found| found.severity == Severity::Error)
            .for_each(|found| found.help = Some(help.clone()));
    }
    found
}

fn unzipped(layers: Layers, after: &Sizes) -> Option<Diagnostic> {
    let used = after.unzipped_bytes.saturating_add(layers.unzipped_bytes);
    let over = ByteCount(
        used.checked_sub(UNZIPPED_LIMIT_BYTES)
            .filter(|over| *over > 0)?,
    );
    let limit = format!("{over} over Lambda's limit of {UNZIPPED_LIMIT_BYTES} bytes unzipped");
    if layers.count == 0 {
        return Some(error("LS900", limit));
    }
    // AWS names what is left for the function, a number that stands nowhere in its documentation.
    let left = UNZIPPED_LIMIT_BYTES.saturating_sub(layers.unzipped_bytes);
    let plural = if layers.count == 1 { "" } else { "s" };
    let message = format!(
        "{limit} with {} layer{plural}, which leave {left} bytes for the function",
        layers.count
    );
    Some(error("LS900", message))
}

fn upload(after: &Sizes) -> Option<Diagnostic> {
    let is_over = after.zip_bytes? > ZIP_UPLOAD_LIMIT_BYTES;
    let message =
        format!("the zip is over {ZIP_UPLOAD_LIMIT_BYTES} bytes, too large for a direct upload");
    let help = "upload it to S3 and deploy it from there".to_owned();
    is_over.then(|| Diagnostic::warning("LS901", message, help))
}

fn error(code: &str, message: String) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        ..Diagnostic::warning(code, message, None)
    }
}

/// The three packages that weigh most afterwards: `numpy 41.2 MB, pandas 30.1 MB, own files 2.0 MB`.
fn largest(inventory: &Inventory, done: &Done) -> String {
    let mut weights: BTreeMap<&str, u64> = BTreeMap::new();
    for (owners, outcome) in inventory.owners.iter().zip(&done.applied.outcomes) {
        let name = owners
            .last()
            .map_or("own files", |owner| &*inventory.dependencies[owner.0].name);
        let bytes = outcome.after.as_ref().map_or(0, |after| after.size_bytes);
        *weights.entry(name).or_default() += bytes;
    }
    let mut weights: Vec<(&str, u64)> = weights.into_iter().collect();
    weights.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    let shown = weights.iter().take(3);
    let shown = shown.map(|(name, bytes)| format!("{name} {}", ByteCount(*bytes)));
    shown.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_written_as_what_and_how_much() {
        assert_eq!(
            "unzipped=150MB".parse(),
            Ok(Budget::UnzippedBytes(150_000_000))
        );
        assert_eq!("zip=1MiB".parse(), Ok(Budget::ZipBytes(1 << 20)));
        assert_eq!("files=5000".parse(), Ok(Budget::Files(5000)));
        for wrong in ["", "150MB", "zip", "zip=much", "files=1MB", "growth=5%"] {
            assert!(wrong.parse::<Budget>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_budget_may_be_used_up() {
        let after = Sizes {
            zip_bytes: Some(10),
            unzipped_bytes: 20,
            files: 3,
        };
        for (budget, exceeded) in [
            (Budget::ZipBytes(10), false),
            (Budget::ZipBytes(9), true),
            (Budget::UnzippedBytes(20), false),
            (Budget::UnzippedBytes(19), true),
            (Budget::Files(3), false),
            (Budget::Files(2), true),
        ] {
            assert_eq!(budget.exceeded_by(&after).is_some(), exceeded, "{budget:?}");
        }
    }
}
