//! Which models of version 2 of the AWS SDK no code can ask for.
//!
//! The SDK loads the code of all services and the model of a service when its first client is made. So a model is
//! unused where all code that knows the SDK names its services one by one, and none of them is this one. Code that
//! hands the SDK on, or takes a service by a name that its text does not tell, keeps every model. So does a package
//! where no code that can be read names the SDK: who brought it wants it somehow.

use lambda_slim_archive::{Error, Input};
use lambda_slim_engine::Mark;
use lambda_slim_package::EntryPath;

mod layout;
mod uses;
mod witnesses;

use self::layout::Layout;
use crate::manifest;

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
    let Some(used) = witnesses::uses(input, &roots)? else {
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
