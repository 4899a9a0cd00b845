//! Which models of version 2 of the AWS SDK no code can ask for.
//!
//! The SDK loads the code of all services and the model of a service when its first client is made. So a model is
//! unused where all code that knows the SDK names its services one by one, and none of them is this one. Code that
//! hands the SDK on, or takes a service by a name that its text does not tell, keeps every model.

use lambda_slim_archive::{Error, Input};
use lambda_slim_engine::Mark;
use lambda_slim_package::{Entry, EntryId, EntryPath};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

mod layout;
mod uses;

use self::layout::Layout;
use self::uses::Uses;
use crate::follow::is_code;
use crate::{manifest, parse};

/// What rules call such a model.
const MODEL: &str = "unused-service-model";

/// What rules call the builds of the SDK for browsers, where no code asks for them.
const BROWSER_BUILD: &str = "unused-browser-build";

/// Marks the models and builds that no code can ask for, in every copy of the SDK.
pub(crate) fn marks(input: &Input) -> Result<Vec<Mark>, Error> {
    let roots = roots(input)?;
    if roots.is_empty() {
        return Ok(Vec::new());
    }
    let Some(used) = uses(input, &roots)? else {
        return Ok(Vec::new());
    };
    let mut marks = Vec::new();
    for root in &roots {
        let Some(layout) = Layout::read(input, root)? else {
            continue;
        };
        let mark = |name| move |entry| Mark { entry, name };
        let models = layout.unused(input.package(), &used);
        marks.extend(models.into_iter().map(mark(MODEL)));
        marks.extend(layout.browser_builds.into_iter().map(mark(BROWSER_BUILD)));
    }
    Ok(marks)
}

/// The folders of the SDK.
fn roots(input: &Input) -> Result<Vec<EntryPath>, Error> {
    const MANIFEST: &str = "node_modules/aws-sdk/package.json";
    let mut roots = Vec::new();
    for (id, entry) in input.package().iter() {
        let path = entry.path.as_str();
        let start = path.strip_suffix(MANIFEST);
        if !start.is_some_and(|start| start.is_empty() || start.ends_with('/')) {
            continue;
        }
        let version = manifest::version(&input.read(id)?);
        if version.is_some_and(|version| version.starts_with("2.")) {
            roots.extend(entry.path.parent());
        }
    }
    Ok(roots)
}

/// What code outside of the SDK uses of it; `None` where that cannot be told.
fn uses(input: &Input, roots: &[EntryPath]) -> Result<Option<Uses>, Error> {
    let package = input.package();
    let is_inside = |path: &EntryPath| roots.iter().any(|root| path.relative_to(root).is_some());
    let speaks = |entry: &Entry| is_code(&entry.path) || is_own_text(entry);
    let all = package
        .iter()
        .filter(|(_, entry)| !entry.is_symlink() && !is_inside(&entry.path) && speaks(entry));
    let all: Vec<EntryId> = all.map(|(id, _)| id).collect();
    let read = |id: &EntryId| -> Result<Option<Uses>, Error> {
        let contents = input.read(*id)?;
        let text = String::from_utf8_lossy(&contents);
        Ok(match is_code(&package.entry(*id).path) {
            true if text.contains("aws-sdk") => Uses::read(&text),
            false if uses::names_part(&text) => None,
            _ => Some(Uses::default()),
        })
    };
    let found: Result<Vec<Option<Uses>>, Error> =
        parse::on_threads(None, || all.par_iter().map(read).collect());
    let mut all = Uses::default();
    for uses in found? {
        let Some(uses) = uses else {
            return Ok(None);
        };
        all.add(uses);
    }
    Ok(Some(all))
}

/// Pages and scripts of the function, which could name a file of the SDK. Larger files are data.
fn is_own_text(entry: &Entry) -> bool {
    const TEXT_AT_MOST_BYTES: u64 = 1 << 20;
    let is_own = !entry.path.components().any(|part| part == "node_modules");
    let is_list = entry.path.file_name().ends_with("lock.json");
    is_own && !is_list && entry.size_bytes() <= TEXT_AT_MOST_BYTES
}
