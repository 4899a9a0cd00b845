//! Who can say what a package uses of the SDK: all its code, links, and the function's other texts.

use std::collections::BTreeSet;

use lambda_slim_archive::{Error, Input};
use lambda_slim_package::{Entry, EntryId, EntryKind, EntryPath};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use serde_json::Value;

use super::uses::{self, Uses};
use crate::follow::is_code;
use crate::{manifest, parse};

/// What everything outside of the SDK uses of it; `None` where that cannot be told, or where nothing says that it uses
/// any.
pub(super) fn uses(input: &Input, roots: &[EntryPath]) -> Result<Option<Uses>, Error> {
    let package = input.package();
    let is_inside = |path: &EntryPath| roots.iter().any(|root| path.relative_to(root).is_some());
    let outside = package.iter().filter(|(_, one)| !is_inside(&one.path));
    let outside: Vec<(EntryId, &Entry)> = outside.collect();
    if outside.iter().any(|(_, entry)| renames(entry)) {
        return Ok(None);
    }
    let programs = programs(input, &outside)?;
    let asked = outside.iter().filter_map(|(id, entry)| {
        let is_code = is_code(&entry.path) || programs.contains(id);
        Some((*id, kind(entry, is_code)?))
    });
    let asked: Vec<(EntryId, Kind)> = asked.collect();
    let found: Result<Vec<Option<Uses>>, Error> = parse::on_threads(None, || {
        let read = |(id, kind): &(EntryId, Kind)| Ok(kind.read(&input.read(*id)?));
        asked.par_iter().map(read).collect()
    });
    let found: Option<Vec<Uses>> = found?.into_iter().collect();
    Ok(found.map(Uses::sum).filter(|all| *all != Uses::default()))
}

/// Whether a link gives the SDK, or a part of it, another name.
fn renames(entry: &Entry) -> bool {
    match &entry.kind {
        EntryKind::Symlink { target } => {
            entry.path.file_name() != "aws-sdk" && uses::mentions_sdk(target)
        }
        _ => false,
    }
}

/// Files that a package.json has Node.js load or start, whatever their names are.
fn programs(input: &Input, all: &[(EntryId, &Entry)]) -> Result<BTreeSet<EntryId>, Error> {
    let mut programs = BTreeSet::new();
    for (id, entry) in all {
        let Some(folder) = entry.path.as_str().strip_suffix("package.json") else {
            continue;
        };
        let names = manifest::file_names(&input.read(*id)?).unwrap_or_default();
        for name in String::from_utf8_lossy(&names).lines() {
            let path = EntryPath::new(&format!("{folder}{}", name.trim_start_matches("./"))).ok();
            programs.extend(path.and_then(|path| input.package().find(&path)));
        }
    }
    Ok(programs)
}

/// How a file is read.
enum Kind {
    OwnCode,
    OwnManifest,
    OwnText,
    DependencyCode,
}

/// How `entry` is read; `None` where it cannot speak of the SDK. Larger texts of the function are data.
fn kind(entry: &Entry, is_code: bool) -> Option<Kind> {
    const TEXT_AT_MOST_BYTES: u64 = 1 << 20;
    let name = entry.path.file_name();
    let is_own = !entry.path.components().any(|part| part == "node_modules");
    match entry.kind {
        EntryKind::Symlink { .. } => None,
        _ if is_own && is_code => Some(Kind::OwnCode),
        // A package.json is asked for what it has loaded, and a command often has no extension.
        _ if !is_own => (is_code || !name.contains('.')).then_some(Kind::DependencyCode),
        _ if name.ends_with("lock.json") || entry.size_bytes() > TEXT_AT_MOST_BYTES => None,
        _ if name == "package.json" => Some(Kind::OwnManifest),
        _ => Some(Kind::OwnText),
    }
}

impl Kind {
    /// What a file with these contents uses; `None` where that cannot be told.
    fn read(&self, contents: &[u8]) -> Option<Uses> {
        let text = String::from_utf8_lossy(contents);
        let may_be_put_together = || {
            ["-sdk'", "-sdk\"", "-sdk`"]
                .iter()
                .any(|end| text.contains(end))
        };
        let is_asked = match self {
            Self::OwnCode => return Uses::read(&text),
            Self::DependencyCode => uses::mentions_sdk(&text) || may_be_put_together(),
            Self::OwnManifest => return (!manifest_mentions(&text)).then(Uses::default),
            Self::OwnText => return (!uses::mentions_sdk(&text)).then(Uses::default),
        };
        if is_asked {
            Uses::read(&text)
        } else {
            Some(Uses::default())
        }
    }
}

/// Whether the function's package.json names the SDK in a value, as aliases of its modules do.
fn manifest_mentions(text: &str) -> bool {
    /// Nothing reads these at run time.
    const PROSE: [&str; 3] = ["description", "keywords", "scripts"];
    let Ok(Value::Object(fields)) = serde_json::from_str(text) else {
        return uses::mentions_sdk(text);
    };
    let mut fields = fields
        .iter()
        .filter(|(key, _)| !PROSE.contains(&key.as_str()));
    fields.any(|(_, value)| value_mentions(value))
}

fn value_mentions(value: &Value) -> bool {
    match value {
        Value::String(text) => uses::mentions_sdk(text),
        Value::Array(values) => values.iter().any(value_mentions),
        Value::Object(fields) => fields.values().any(value_mentions),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
