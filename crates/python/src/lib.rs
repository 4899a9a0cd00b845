//! What lambda-slim knows about Python: which files belong to which installed distribution, which AWS services the code
//! uses, what botocore's models hold that no call needs, and when CPython accepts compiled modules. Where it is asked to,
//! it has a Python of the same version compile some.
//!
//! It never decides what goes: rules do. Read [`Python`] first.

mod bytecode;
mod deep;
mod description;
mod distribution;
mod follow;
mod idle;
mod imports;
mod installers;
mod library;
mod missing;
mod models;
mod modules;
mod operations;
mod reach;
mod services;
#[cfg(test)]
mod test_input;
mod trace;
#[cfg(test)]
mod trace_tests;

pub use bytecode::{
    CompileError, CompileOrder, Compiled, SOUND, compile, versions_of_bytecode, without_bytecode,
};
pub use missing::{MissingModule, missing_modules};
pub use models::known_operations;
pub use operations::{OperationNames, Operations, used_operations};
pub use reach::imported_modules;
pub use services::{CREDENTIAL_SERVICES, Services, known_services, used_services};

use std::collections::BTreeSet;

use lambda_slim_archive::{Error, Input};
use lambda_slim_engine::{FoundDependency, Language, Mark, Rewriter, Trace, TraceOrder, Transform};
use lambda_slim_package::{EntryPath, PackageKind};

use self::bytecode::{InPlace, Uncheck};
use self::models::{EndpointsPruner, OperationsPruner};

/// Python, as the engine sees it.
#[derive(Debug, Clone, Default)]
pub struct Python {
    endpoints: EndpointsPruner,
    operations: OperationsPruner,
    in_place: InPlace,
    /// The sources whose compiled modules stay; `None` where all may.
    compiled: Option<BTreeSet<EntryPath>>,
}

/// What is known of a package before it is planned.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Function or layer.
    pub kind: PackageKind,
    /// The AWS services whose models stay; `None` where all may.
    pub services: Option<BTreeSet<String>>,
    /// The operations that stay in them; `None` where all do.
    pub operations: Option<OperationNames>,
    /// The tag of the Python that compiled modules may rely on, such as `312`: nothing else will import them.
    pub only_python: Option<String>,
}

impl Python {
    /// Python in a package of which this is known.
    pub fn new(known: Known) -> Self {
        Self {
            endpoints: EndpointsPruner {
                services: known.services,
            },
            operations: OperationsPruner {
                names: known.operations,
            },
            in_place: InPlace {
                uncheck: Uncheck { kind: known.kind },
                only_tag: known.only_python.map(|tag| format!("cpython-{tag}")),
            },
            compiled: None,
        }
    }

    /// The same, where the user wants compiled modules of these sources only.
    pub fn compiled_only(self, sources: BTreeSet<EntryPath>) -> Self {
        Self {
            compiled: Some(sources),
            ..self
        }
    }
}

impl Language for Python {
    fn dependencies(&self, input: &Input) -> Result<Vec<FoundDependency>, Error> {
        distribution::find(input)
    }

    fn marks(&self, input: &Input) -> Result<Vec<Mark>, Error> {
        let mut marks = bytecode::marks(input)?;
        marks.extend(self.in_place.marks(input, &marks)?);
        let reached = self.compiled.iter();
        marks.extend(reached.flat_map(|reached| bytecode::unreached(input.package(), reached)));
        marks.extend(models::marks(input)?);
        marks.extend(idle::marks(input)?);
        marks.extend(installers::marks(input)?);
        marks.extend(installers::translations(input));
        Ok(marks)
    }

    fn trace(&self, order: &TraceOrder<'_>) -> Result<Option<Trace>, Error> {
        trace::trace(order)
    }

    fn transform(&self, name: &str) -> Option<Transform> {
        match name {
            "drop-package-page" => Some(description::without_page),
            "drop-record-digests" => Some(description::without_digests),
            "minify-json" => Some(models::minify),
            "drop-model-documentation" => Some(models::without_documentation),
            _ => None,
        }
    }

    fn rewriter(&self, name: &str) -> Option<&dyn Rewriter> {
        match name {
            "gunzip-json" => Some(&models::Gunzip),
            "uncheck-bytecode" => Some(&self.in_place.uncheck),
            "compiled-in-place" => Some(&self.in_place),
            "prune-operations" => Some(&self.operations),
            "prune-endpoints" => Some(&self.endpoints),
            _ => None,
        }
    }
}
