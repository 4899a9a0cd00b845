//! What is odd about the Python of a function: modules that nothing brings, and packages that a layer brings as well.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use lambda_slim_archive::{Input, OpenOptions, OutsideLinks};
use lambda_slim_engine::Inventory;
use lambda_slim_package::{EntryPath, PackageKind};
use lambda_slim_report::{Diagnostic, Severity};
use lambda_slim_rulepack::Scope;

use crate::carry_out::Order;

/// Everything that is odd about one function.
pub(crate) fn diagnostics(
    order: &Order<'_>,
    inventory: &Inventory,
) -> anyhow::Result<Vec<Diagnostic>> {
    let runtime = inventory.target.runtime.as_ref();
    let is_python = runtime.is_some_and(|runtime| runtime.value.family() == "python");
    if !is_python || inventory.target.kind != PackageKind::Function {
        return Ok(Vec::new());
    }
    let layers = LayerContents::read(&order.args.limits.with_layer)?;
    let mut found = missing(order, inventory, &layers)?;
    found.extend(twice(inventory, &layers));
    found.extend(snapshot(order, inventory));
    Ok(found)
}

/// Whether a large function could start from a snapshot.
fn snapshot(order: &Order<'_>, inventory: &Inventory) -> Option<Diagnostic> {
    /// AWS names packages of this size, numpy, pandas, LangChain, as those that gain.
    const LARGE_BYTES: u64 = 50_000_000;
    let runtime = &inventory.target.runtime.as_ref()?.value;
    let entries = order.input.package().iter().zip(&order.plan.decided);
    let stay = entries.filter(|((_, entry), decided)| decided.destination(entry).is_some());
    let bytes: u64 = stay.map(|((_, entry), _)| entry.size_bytes()).sum();
    if bytes < LARGE_BYTES {
        return None;
    }
    let message = if runtime.has_snap_start()? {
        format!("{runtime} has SnapStart: published versions start from a snapshot")
    } else {
        format!(
            "{runtime} has no SnapStart; functions from python3.12 on can start from a snapshot"
        )
    };
    let help = "large packages gain most; what must be unique, such as random seeds, belongs into the handler then";
    Some(Diagnostic {
        severity: Severity::Advice,
        ..Diagnostic::warning("LS965", message, help.to_owned())
    })
}

/// What the layers on disk bring to Python.
#[derive(Default)]
struct LayerContents {
    modules: BTreeSet<String>,
    /// Versions of distributions by name, as their descriptions are called.
    distributions: BTreeMap<String, String>,
}

impl LayerContents {
    fn read(named: &[String]) -> anyhow::Result<Self> {
        let mut layers = Self::default();
        for layer in named.iter().map(Path::new).filter(|layer| layer.exists()) {
            let options = OpenOptions {
                outside_links: OutsideLinks::Keep,
                ..OpenOptions::default()
            };
            let input = Input::open(layer, &options)?;
            for (_, entry) in input.package().iter() {
                layers.add(&entry.path);
            }
        }
        Ok(layers)
    }

    /// Source: <https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html>.
    fn add(&mut self, path: &EntryPath) {
        let Some(inner) = path.as_str().strip_prefix("python/") else {
            return;
        };
        let inner = inner
            .split_once("/site-packages/")
            .map_or(inner, |(_, inner)| inner);
        let first = inner.split('/').next().unwrap_or(inner);
        let label = first.strip_suffix(".dist-info");
        if let Some((name, version)) = label.and_then(|label| label.rsplit_once('-')) {
            let name = name.to_ascii_lowercase().replace(['_', '.'], "-");
            self.distributions.insert(name, version.to_owned());
        } else if let Some(module) = first.split('.').next() {
            self.modules.insert(module.to_owned());
        }
    }
}

/// Imports at the start of the function that will fail.
fn missing(
    order: &Order<'_>,
    inventory: &Inventory,
    layers: &LayerContents,
) -> anyhow::Result<Vec<Diagnostic>> {
    const TOLD_AT_MOST: usize = 5;
    let all = order
        .python
        .missing_modules(order.input, &inventory.handler_files)?;
    let missing = all
        .into_iter()
        .filter(|found| !layers.modules.contains(&found.name));
    let told = missing.take(TOLD_AT_MOST).map(|found| {
        let file = found.imported_by;
        Diagnostic {
            path: Some(file.to_string()),
            ..Diagnostic::warning(
                "LS960",
                format!("it imports `{}`, which nothing here brings", found.name),
                "fine if a layer does (--with-layer); otherwise the function will not start"
                    .to_owned(),
            )
        }
    });
    Ok(told.collect())
}

/// Packages that Lambda finds twice: those of the function come first.
fn twice(inventory: &Inventory, layers: &LayerContents) -> Option<Diagnostic> {
    const NAMED_AT_MOST: usize = 3;
    let is_python = |scope: Scope| scope == Scope::PythonDist;
    let own = inventory
        .dependencies
        .iter()
        .filter(|own| is_python(own.scope));
    let both: Vec<String> = own
        .filter_map(|own| {
            let other = layers.distributions.get(&own.name)?;
            let version = own.version.as_deref().unwrap_or("of no version");
            Some(format!("{} {version} (layer: {other})", own.name))
        })
        .collect();
    let more = both.len().saturating_sub(NAMED_AT_MOST);
    let named = both[..both.len() - more].join(", ");
    let rest = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    (!both.is_empty()).then(|| {
        Diagnostic::warning(
            "LS961",
            format!("in the package and in a layer: {named}{rest}"),
            "Python takes the package's; leave them out of one of the two".to_owned(),
        )
    })
}
