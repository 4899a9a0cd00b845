//! Lambda's limits, with the layers of the function, and the budgets of the user.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use anyhow::Context;
use lambda_slim_archive::{Input, OpenOptions, OutsideLinks};
use lambda_slim_engine::{Cause, Inventory, Plan};
use lambda_slim_package::{ByteCount, Package, UNZIPPED_LIMIT_BYTES, ZIP_UPLOAD_LIMIT_BYTES};
use lambda_slim_report::{Diagnostic, Severity, Sizes, unzipped_bytes_of_report};
use lambda_slim_rulepack::{Rule, RuleIndex, RuleSet};

use crate::args::{LimitArgs, PackArgs};
use crate::bytecode;
use crate::carry_out::{Done, Order};
use crate::diff::Growth;
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

    /// These and others.
    pub(crate) fn with(self, others: Self) -> Self {
        Self {
            count: self.count + others.count,
            unzipped_bytes: self.unzipped_bytes + others.unzipped_bytes,
        }
    }
}

fn unzipped_bytes(layer: &str) -> anyhow::Result<u64> {
    if Path::new(layer).exists() {
        return unzipped_bytes_of(Path::new(layer));
    }
    let bytes = layer.parse::<ByteCount>().map_err(|_| {
        UsageError(format!(
            "--with-layer: `{layer}` is neither a package on disk nor a size such as `12MB`"
        ))
    })?;
    Ok(bytes.0)
}

fn unzipped_bytes_of(package: &Path) -> anyhow::Result<u64> {
    let options = OpenOptions {
        outside_links: OutsideLinks::Keep,
        ..OpenOptions::default()
    };
    let input = Input::open(package, &options)?;
    Ok(input.package().unzipped_bytes())
}

/// One thing that the user wants to stay within.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Budget {
    UnzippedBytes(u64),
    ZipBytes(u64),
    Files(u64),
    /// More unzipped bytes than the package had before.
    Growth(Growth),
}

impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = "write a budget as `unzipped=150MB`, `zip=40MB`, `files=5000` or `growth=5%`";
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
            "growth" => most.trim().parse().map(Self::Growth),
            _ => Err(wrong.to_owned()),
        }
    }
}

/// The unzipped size that growth is told from, where the user named something.
pub(crate) fn baseline_bytes(args: &LimitArgs) -> anyhow::Result<Option<u64>> {
    refuse_growth_of_nothing(args)?;
    args.baseline.as_deref().map(bytes_before).transpose()
}

/// The unzipped size that a package had before: that of a report which `pack` or `check` wrote, or of a package.
fn bytes_before(path: &Path) -> anyhow::Result<u64> {
    if path.is_dir() || path.extension().is_none_or(|extension| extension != "json") {
        return unzipped_bytes_of(path)
            .with_context(|| format!("--baseline: `{}`", path.display()));
    }
    let text = fs_err::read_to_string(path)?;
    let bytes = unzipped_bytes_of_report(&text).map_err(|error| {
        UsageError(format!(
            "--baseline: `{}` is no report: {error}",
            path.display()
        ))
    })?;
    Ok(bytes)
}

/// Growth can only be told from something.
pub(crate) fn refuse_growth_of_nothing(args: &LimitArgs) -> Result<(), UsageError> {
    let is_growth = |budget: &Budget| matches!(budget, Budget::Growth(_));
    if args.baseline.is_none() && args.budget.iter().any(is_growth) {
        let message = "--budget growth: say with --baseline what the package was before, as a report or a package";
        return Err(UsageError(message.to_owned()));
    }
    Ok(())
}

impl Budget {
    /// What is too much, if it is.
    fn exceeded_by(self, after: &Sizes, baseline_bytes: Option<u64>) -> Option<String> {
        let bytes = |what: &str, used: u64, most: u64| {
            let (over, most) = (ByteCount(used.saturating_sub(most)), ByteCount(most));
            (used > most.0).then(|| format!("{over} over the budget of {most} {what}"))
        };
        match self {
            Self::UnzippedBytes(most) => bytes("unzipped", after.unzipped_bytes, most),
            Self::ZipBytes(most) => bytes("for the zip", after.zip_bytes?, most),
            Self::Files(most) => {
                let files = after.files as u64;
                let plural = if files == 1 { "" } else { "s" };
                (files > most).then(|| format!("{files} file{plural}, over the budget of {most}"))
            }
            Self::Growth(most) => {
                let before = baseline_bytes?;
                let grown = ByteCount(after.unzipped_bytes.saturating_sub(before));
                let is_over = most.is_exceeded(before, after.unzipped_bytes);
                is_over.then(|| {
                    let before = ByteCount(before);
                    format!("it grew by {grown} unzipped from {before}, over the budget of {most}")
                })
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
    let upload = upload(&done.after).filter(|_| order.args.splits.is_none());
    let lambda = [unzipped(order.layers, &done.after), upload];
    let budgets = order.args.limits.budget.iter();
    let budgets =
        budgets.filter_map(|budget| budget.exceeded_by(&done.after, order.baseline_bytes));
    let budgets = budgets.map(|message| error("LS905", message));
    let mut found: Vec<Diagnostic> = lambda.into_iter().flatten().chain(budgets).collect();
    if found.iter().any(|found| found.severity == Severity::Error) {
        let largest = largest(order.input.package(), inventory, done);
        let used = done.after.unzipped_bytes + order.layers.unzipped_bytes;
        let bytecode = bytecode::too_much(order, done, used.saturating_sub(UNZIPPED_LIMIT_BYTES));
        let over_bytes = used.saturating_sub(least_limit(order));
        let ways = bytecode
            .into_iter()
            .chain([cheapest((order.more)(), over_bytes)]);
        let ways: Vec<String> = ways.collect();
        let help = format!("largest: {largest}; {}", ways.join("; "));
        let errors = found.iter_mut();
        errors
            .filter(|found| found.severity == Severity::Error)
            .for_each(|found| found.help = Some(help.clone()));
    }
    found
}

/// Whether the package may be found too large when it is not there any more; some of it may grow by then, as what was
/// compressed does.
pub(crate) fn must_ask_early(
    args: &PackArgs,
    package: &Package,
    plan: &Plan,
    layers: Layers,
) -> bool {
    let entries = package.iter().zip(&plan.decided);
    let stay = entries.filter(|((_, entry), decided)| decided.destination(entry).is_some());
    let bytes: u64 = stay.map(|((_, entry), _)| entry.size_bytes()).sum();
    let used = bytes.saturating_add(layers.unzipped_bytes);
    let may_be_too_much = !args.limits.budget.is_empty() || used > UNZIPPED_LIMIT_BYTES / 2;
    args.in_place && may_be_too_much
}

/// How many bytes the package with its layers may have: Lambda's limit, or a budget of the user.
fn least_limit(order: &Order<'_>) -> u64 {
    let budgets = order.args.limits.budget.iter();
    let budgets = budgets.filter_map(|budget| match budget {
        Budget::UnzippedBytes(most) => Some(most.saturating_add(order.layers.unzipped_bytes)),
        _ => None,
    });
    budgets.fold(UNZIPPED_LIMIT_BYTES, u64::min)
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

/// What would go if an option let more of it go.
#[derive(Debug, Clone, Default)]
pub(crate) struct More {
    /// Title, code and bytes of each rule, the largest first.
    rules: Vec<(String, String, u64)>,
    /// The option.
    how: String,
}

impl More {
    /// What leaves with `further`, and stays with `plan`.
    pub(crate) fn between(
        package: &Package,
        plan: &Plan,
        further: &Plan,
        rules: &RuleSet,
        how: String,
    ) -> Self {
        let mut bytes_of: BTreeMap<RuleIndex, u64> = BTreeMap::new();
        let entries = package
            .iter()
            .zip(plan.decided.iter().zip(&further.decided));
        for ((_, entry), (one, other)) in entries {
            let leaves = one.destination(entry).is_some() && other.destination(entry).is_none();
            if let (true, Some(Cause::Rule(rule))) = (leaves, &other.cause) {
                *bytes_of.entry(*rule).or_default() += entry.size_bytes();
            }
        }
        let named = |(index, bytes): (RuleIndex, u64)| {
            let rule: &Rule = &rules.rules[index.0];
            (rule.title.clone(), rule.code.clone(), bytes)
        };
        let mut rules: Vec<(String, String, u64)> = bytes_of.into_iter().map(named).collect();
        rules.sort_by_key(|(_, code, bytes)| (std::cmp::Reverse(*bytes), code.clone()));
        Self { rules, how }
    }
}

/// What helps where no rule does.
const OTHER_WAYS: &str =
    "--drop what is not needed, fetch large files at the start, or deploy a container image";

/// The ways down that rules know, and whether they are enough; `None` where that cannot be told.
fn cheapest(all: Option<Vec<More>>, over_bytes: u64) -> String {
    let Some(all) = all else {
        return OTHER_WAYS.to_owned();
    };
    let mut bytes_of: BTreeMap<&str, u64> = BTreeMap::new();
    for (_, code, bytes) in all.iter().flat_map(|more| &more.rules) {
        let known = bytes_of.entry(code).or_default();
        *known = (*known).max(*bytes);
    }
    let total: u64 = bytes_of.values().sum();
    if total == 0 {
        return format!("no rule takes more: {OTHER_WAYS}");
    }
    let ways = three_cheapest(&all);
    match total < over_bytes {
        true => format!(
            "{ways}; all that rules take is {}, which is not enough: {OTHER_WAYS}",
            ByteCount(total)
        ),
        false => ways,
    }
}

/// What rules would take next, under the option that each needs.
fn three_cheapest(all: &[More]) -> String {
    let rows = all.iter().enumerate();
    let rows = rows.flat_map(|(way, more)| more.rules.iter().map(move |rule| (way, rule)));
    let mut rows: Vec<(usize, &(String, String, u64))> =
        rows.filter(|(_, (.., bytes))| *bytes > 0).collect();
    rows.sort_by_key(|(way, (.., bytes))| (std::cmp::Reverse(*bytes), *way));
    rows.truncate(3);
    let mut ways: Vec<usize> = Vec::new();
    for (way, _) in &rows {
        if !ways.contains(way) {
            ways.push(*way);
        }
    }
    let shown = ways.iter().map(|way| {
        let of_way = rows.iter().filter(|(of, _)| of == way);
        let of_way = of_way
            .map(|(_, (title, code, bytes))| format!("{title} {} ({code})", ByteCount(*bytes)));
        format!(
            "with {}: {}",
            all[*way].how,
            of_way.collect::<Vec<_>>().join(", ")
        )
    });
    let shown: Vec<String> = shown.collect();
    format!("cheapest to lose, {}", shown.join("; "))
}

/// The three packages that weigh most afterwards, and the files that weigh most of the function's own: `numpy 41.2 MB,
/// own files 31.0 MB (model.bin 30.1 MB), pandas 2.0 MB`.
fn largest(package: &Package, inventory: &Inventory, done: &Done) -> String {
    const OWN: &str = "own files";
    let mut weights: BTreeMap<&str, u64> = BTreeMap::new();
    let mut own: BTreeMap<&str, u64> = BTreeMap::new();
    let outcomes = inventory.owners.iter().zip(&done.applied.outcomes);
    for ((_, entry), (owners, outcome)) in package.iter().zip(outcomes) {
        let bytes = outcome.after.as_ref().map_or(0, |after| after.size_bytes);
        let owner = owners.last();
        let name = owner.map_or(OWN, |owner| &*inventory.dependencies[owner.0].name);
        *weights.entry(name).or_default() += bytes;
        if owner.is_none() {
            own.insert(entry.path.as_str(), bytes);
        }
    }
    let least = weights.get(OWN).map_or(0, |bytes| bytes / 10);
    own.retain(|_, bytes| *bytes > least);
    let shown = heaviest(weights, 3).map(|(name, bytes)| match name {
        OWN => own_files(bytes, own.clone()),
        _ => format!("{name} {}", ByteCount(bytes)),
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// What the function's own files weigh, and those that make up much of it.
fn own_files(bytes: u64, large: BTreeMap<&str, u64>) -> String {
    let named = heaviest(large, 3).map(|(path, bytes)| format!("{path} {}", ByteCount(bytes)));
    let named: Vec<String> = named.collect();
    match named.is_empty() {
        true => format!("own files {}", ByteCount(bytes)),
        false => format!("own files {} ({})", ByteCount(bytes), named.join(", ")),
    }
}

fn heaviest(weights: BTreeMap<&str, u64>, count: usize) -> impl Iterator<Item = (&str, u64)> {
    let mut weights: Vec<(&str, u64)> = weights.into_iter().collect();
    weights.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    weights.into_iter().take(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cheapest_ways_stand_under_their_options() {
        let more = |how: &str, rules: &[(&str, u64)]| More {
            rules: rules
                .iter()
                .map(|(code, bytes)| ("files".to_owned(), (*code).to_owned(), *bytes))
                .collect(),
            how: how.to_owned(),
        };
        let level = more("--level aggressive", &[("A", 50), ("B", 20), ("C", 1)]);
        let sdk = more("--use-runtime-sdk", &[("D", 30)]);
        assert_eq!(
            cheapest(Some(vec![level.clone(), sdk.clone()]), 100),
            "cheapest to lose, with --level aggressive: files 50 B (A), files 20 B (B); \
             with --use-runtime-sdk: files 30 B (D)"
        );
        assert!(
            cheapest(Some(vec![level, sdk]), 102)
                .contains("; all that rules take is 101 B, which is not enough: --drop")
        );
        let nothing = more("--level aggressive", &[("A", 0)]);
        assert!(cheapest(Some(vec![nothing]), 1).starts_with("no rule"));
        assert!(cheapest(None, 1).starts_with("--drop"));
    }

    #[test]
    fn budgets_are_written_as_what_and_how_much() {
        assert_eq!(
            "unzipped=150MB".parse(),
            Ok(Budget::UnzippedBytes(150_000_000))
        );
        assert_eq!("zip=1MiB".parse(), Ok(Budget::ZipBytes(1 << 20)));
        assert_eq!("files=5000".parse(), Ok(Budget::Files(5000)));
        for wrong in ["", "150MB", "zip", "zip=much", "files=1MB", "growth=much"] {
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
            (Budget::Growth(Growth::Percent(25.0)), false),
            (Budget::Growth(Growth::Percent(24.9)), true),
            (Budget::Growth(Growth::Bytes(ByteCount(3))), true),
        ] {
            assert_eq!(
                budget.exceeded_by(&after, Some(16)).is_some(),
                exceeded,
                "{budget:?}"
            );
        }
    }
}
