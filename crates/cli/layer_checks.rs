//! Whether a run time looks where a layer has things: at its root no one does, and in some folders one version alone.

use std::collections::BTreeMap;

use lambda_slim_engine::Inventory;
use lambda_slim_package::{Entry, EntryKind, EntryPath, FileMode, PackageKind};
use lambda_slim_report::Diagnostic;

use crate::carry_out::Order;
use crate::layer;

/// What no function will find in a layer.
pub(crate) fn diagnostics(order: &Order<'_>, inventory: &Inventory) -> Vec<Diagnostic> {
    if inventory.target.kind != PackageKind::Layer {
        return Vec::new();
    }
    let mut found = other_versions(order, inventory);
    found.extend(lost(order));
    found
}

/// Packages that lie where no run time looks, since nobody laid them out.
fn lost(order: &Order<'_>) -> Option<Diagnostic> {
    let (input, package) = (&order.args.input, order.input.package());
    if package.iter().any(|(_, entry)| is_root_program(entry)) {
        return None;
    }
    let paths: Vec<&EntryPath> = package.iter().map(|(_, entry)| &entry.path).collect();
    let layout = layer::layout_of(order.knowledge.rules, input, package)?;
    let lost = layout.lost(&paths);
    let (path, place) = lost.first()?;
    let more = match lost.len() - 1 {
        0 => String::new(),
        count => format!(", like {count} more of {}", layout.says),
    };
    let message = format!("in a layer it is found only as `{place}`{more}");
    let input = input.strip_prefix("./").unwrap_or(input).display();
    let help = format!(
        "`lambda-slim layer {input}` lays it out; fine where all code names its path below /opt"
    );
    Some(Diagnostic {
        path: Some(path.to_string()),
        ..Diagnostic::warning("LS939", message, help)
    })
}

/// Whether something can start `entry` by its path, such as the variable `AWS_LAMBDA_EXEC_WRAPPER`; it may name all that
/// lies beside it.
fn is_root_program(entry: &Entry) -> bool {
    let mode = FileMode::Executable;
    let is_program = matches!(entry.kind, EntryKind::File { mode: own, .. } if own == mode);
    is_program && entry.path.parent().is_none() && !entry.path.file_name().contains(".so")
}

/// One warning for each folder of another version, where there is none of the version that the layer is for.
fn other_versions(order: &Order<'_>, inventory: &Inventory) -> Vec<Diagnostic> {
    let runtime = inventory.target.runtime.as_ref();
    let Some(runtime) = runtime.map(|runtime| &runtime.value) else {
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
