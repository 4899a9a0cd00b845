//! Whether the gems of a package are for the Ruby that will look for them.

use std::collections::BTreeMap;

use lambda_slim_engine::Inventory;
use lambda_slim_package::{ByteCount, EntryPath};
use lambda_slim_report::Diagnostic;
use lambda_slim_rulepack::Scope;

use crate::carry_out::Order;

/// One warning for each folder of gems that Ruby does not look into: it knows the folder of its own version alone.
pub(crate) fn diagnostics(order: &Order<'_>, inventory: &Inventory) -> Vec<Diagnostic> {
    let runtime = inventory.target.runtime.as_ref();
    let Some(version) = runtime.and_then(|runtime| runtime.value.ruby_version()) else {
        return Vec::new();
    };
    let own = format!("{version}.0");
    let folders = folders(order, inventory);
    let has_own = folders.keys().any(|folder| folder.file_name() == own);
    let others = folders
        .iter()
        .filter(|(folder, bytes)| folder.file_name() != own && **bytes > 0);
    others
        .map(|(folder, bytes)| {
            let (message, help) = words(folder, *bytes, version, has_own);
            Diagnostic {
                path: Some(folder.to_string()),
                ..Diagnostic::warning("LS928", message, help)
            }
        })
        .collect()
}

fn words(folder: &EntryPath, bytes: u64, version: &str, has_own: bool) -> (String, String) {
    let of = folder.file_name();
    if has_own {
        let bytes = ByteCount(bytes);
        let message = format!("{bytes} of gems for Ruby {of} lie beside those for ruby{version}");
        let help = format!("install into a clean folder, or leave them out: --drop '{folder}/**'");
        (message, help)
    } else {
        let message = format!("the gems are for Ruby {of}, and ruby{version} finds none of them");
        let help = "install them with the Ruby of the run time".to_owned();
        (message, help)
    }
}

/// The folders that hold gems, named by the versions that those are for, and the unzipped bytes that stay in each.
fn folders(order: &Order<'_>, inventory: &Inventory) -> BTreeMap<EntryPath, u64> {
    let gems = inventory.dependencies.iter();
    let roots = gems.filter(|found| found.scope == Scope::Gem);
    let homes = roots.filter_map(|gem| gem.root.as_ref()?.parent()?.parent());
    let mut folders: BTreeMap<EntryPath, u64> = homes.map(|home| (home, 0)).collect();
    if folders.is_empty() {
        return folders;
    }
    for ((_, entry), decided) in order.input.package().iter().zip(&order.plan.decided) {
        let stays = decided.destination(entry).is_some();
        let mut home = folders.iter_mut();
        let home = home.find(|(folder, _)| stays && entry.path.relative_to(folder).is_some());
        if let Some((_, bytes)) = home {
            *bytes += entry.size_bytes();
        }
    }
    folders
}
