//! Whether the version of a run time looks where a layer has things for one version alone.

use std::collections::BTreeMap;

use lambda_slim_engine::Inventory;
use lambda_slim_package::PackageKind;
use lambda_slim_report::Diagnostic;

use crate::carry_out::Order;

/// One warning for each folder of another version, where there is none of the version that the layer is for.
pub(crate) fn diagnostics(order: &Order<'_>, inventory: &Inventory) -> Vec<Diagnostic> {
    let target = &inventory.target;
    let runtime = target.runtime.as_ref().map(|runtime| &runtime.value);
    let Some(runtime) = runtime.filter(|_| target.kind == PackageKind::Layer) else {
        return Vec::new();
    };
    let own = runtime.version().trim_end_matches(".x");
    let mut versioned = order.knowledge.rules.versioned.iter();
    let places = versioned.find(|places| places.family == runtime.family());
    let (Some(places), false) = (places, own.is_empty()) else {
        return Vec::new();
    };
    let package = order.input.package().iter();
    let seen = package.filter_map(|(_, entry)| places.seen(&entry.path));
    let folders: BTreeMap<&str, &str> = seen.collect();
    if folders.values().any(|version| *version == own) {
        return Vec::new();
    }
    let others = folders.into_iter().map(|(folder, version)| Diagnostic {
        path: Some(folder.to_owned()),
        ..Diagnostic::warning(
            "LS938",
            format!(
                "what lies there is for version {version} alone, and {runtime} does not look there"
            ),
            format!(
                "lay the packages of {runtime} out without a version, or with `layer --versioned`"
            ),
        )
    });
    others.collect()
}
