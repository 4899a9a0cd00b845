//! Who can say what a package uses of the SDK: all its code, links, and the function's other texts.

use std::collections::BTreeSet;

use lambda_slim_archive::{Error, Input};
use lambda_slim_package::{Entry, EntryId, EntryKind, EntryPath};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use serde_json::Value;

use super::uses::{self, Uses};
use crate::follow::is_code;
use crate::{json, manifest, parse};

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
    let Some(manifests) = Manifests::read(input, &outside)? else {
        return Ok(None);
    };
    let asked = outside.iter().filter_map(|(id, entry)| {
        let kind = Kind::of(entry, manifests.programs.contains(id))?;
        let is_suspected = kind == Kind::DependencyCode && manifests.declares(&entry.path);
        Some((*id, if is_suspected { Kind::OwnCode } else { kind }))
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

/// What the package.json files of dependencies say.
#[derive(Default)]
struct Manifests {
    /// Files that one has Node.js load or start, whatever their names are.
    programs: BTreeSet<EntryId>,
    /// The folders of packages that depend on the SDK.
    dependents: BTreeSet<EntryPath>,
}

impl Manifests {
    /// `None` where one gives the SDK another name.
    fn read(input: &Input, all: &[(EntryId, &Entry)]) -> Result<Option<Self>, Error> {
        let mut manifests = Self::default();
        for (id, entry) in all {
            let Some(folder) = entry.path.as_str().strip_suffix("package.json") else {
                continue;
            };
            let contents = input.read(*id)?;
            let names = manifest::file_names(&contents).unwrap_or_default();
            for name in String::from_utf8_lossy(&names).lines() {
                let path = format!("{folder}{}", name.trim_start_matches("./"));
                let path = EntryPath::new(&path).ok();
                let program = path.and_then(|path| input.package().find(&path));
                manifests.programs.extend(program);
            }
            let value: Value = serde_json::from_slice(&contents).unwrap_or_default();
            if value.get("imports").is_some_and(value_mentions) {
                return Ok(None);
            }
            if manifest::asks_for(&value, "aws-sdk") {
                manifests.dependents.extend(entry.path.parent());
            }
        }
        Ok(Some(manifests))
    }

    /// Whether the file lies in a package that depends on the SDK.
    fn declares(&self, path: &EntryPath) -> bool {
        let folders = std::iter::successors(path.parent(), EntryPath::parent);
        let mut inside = folders.take_while(|folder| folder.file_name() != "node_modules");
        inside.any(|folder| self.dependents.contains(&folder))
    }
}

/// How a file is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The function's code, which could be told to load anything; that of packages that depend on the SDK likewise.
    OwnCode,
    OwnManifest,
    DependencyCode,
    /// Settings and pages.
    Text,
}

impl Kind {
    /// How `entry` is read; `None` where it cannot speak of the SDK. Larger texts of the function are data.
    fn of(entry: &Entry, is_program: bool) -> Option<Self> {
        const TEXT_AT_MOST_BYTES: u64 = 1 << 20;
        /// Nothing loads these as code.
        const PAGES: [&str; 7] = [".md", ".map", ".d.ts", ".d.mts", ".d.cts", ".txt", ".html"];
        let name = entry.path.file_name();
        let is_own = !entry.path.components().any(|part| part == "node_modules");
        let is_code = is_program || is_code(&entry.path);
        match entry.kind {
            EntryKind::Symlink { .. } => None,
            _ if is_code && is_own => Some(Self::OwnCode),
            _ if is_code => Some(Self::DependencyCode),
            _ if name.ends_with("lock.json") => None,
            _ if name == "package.json" => is_own.then_some(Self::OwnManifest),
            _ if is_own => (entry.size_bytes() <= TEXT_AT_MOST_BYTES).then_some(Self::Text),
            _ if name.ends_with(".json") => Some(Self::Text),
            // Node.js takes what has another extension, or none, for code.
            _ => (!PAGES.iter().any(|end| name.ends_with(end))).then_some(Self::DependencyCode),
        }
    }

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
            Self::Text => return (!uses::mentions_sdk(&text)).then(Uses::default),
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
    json::texts(value).into_iter().any(uses::mentions_sdk)
}
