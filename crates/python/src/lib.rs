//! What lambda-slim knows about Python: which files belong to which installed distribution, which AWS services the code
//! uses, what botocore's models hold that no call needs, and when CPython accepts compiled modules. Where it is asked to,
//! it has a Python of the same version compile some.
//!
//! It never decides what goes: rules do. Read [`Python`] first.

mod archives;
mod bytecode;
mod code;
mod deep;
mod defines;
mod description;
mod discovery;
mod distribution;
mod follow;
mod idle;
mod imports;
mod installers;
mod library;
mod listing;
mod loads;
mod locales;
mod missing;
mod models;
mod modules;
mod operations;
mod reach;
mod services;
mod sources;
mod tables;
#[cfg(test)]
mod test_input;
mod trace;
#[cfg(test)]
mod trace_tests;

pub use bytecode::{
    CompileError, CompileOrder, Compiled, SOUND, compile, versions_of_bytecode, without_bytecode,
};
pub use defines::defined_names;
pub use distribution::likely_distributions;
pub use missing::MissingModule;
pub use models::known_operations;
pub use operations::{OperationNames, Operations, used_operations};
pub use services::{CREDENTIAL_SERVICES, Services, known_services, named_services, used_services};
pub use sources::Memory;

use std::collections::BTreeSet;

use lambda_slim_archive::{Error, Input};
use lambda_slim_engine::{
    FoundDependency, Language, Mark, Rewriter, Threads, Trace, TraceOrder, Transform,
};
use lambda_slim_package::{EntryId, EntryPath, PackageKind};

use self::bytecode::{InPlace, PlainModels, Uncheck};
use self::models::{EndpointsPruner, OperationsPruner};

/// Python, as the engine sees it.
#[derive(Debug, Clone, Default)]
pub struct Python {
    endpoints: EndpointsPruner,
    operations: OperationsPruner,
    in_place: InPlace,
    memory: Memory,
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
    /// What was read of the package for that.
    pub memory: Memory,
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
            memory: known.memory,
            compiled: None,
        }
    }

    /// The modules that the function's start is certain to ask for, and that neither the package nor Lambda's Python
    /// has.
    ///
    /// Only imports count that stand at the top of a file, uncaught and unconditional. They are followed from
    /// `handler_files`, or else from the modules at the root, which a handler can name.
    pub fn missing_modules(
        &self,
        input: &Input,
        handler_files: &[EntryId],
    ) -> Result<Vec<MissingModule>, Error> {
        missing::modules(&self.memory.of(input), handler_files)
    }

    /// The sources that are imported from `handler_files`, or else from the function's own code, in functions and
    /// behind conditions as well.
    ///
    /// What code imports by names that are put together stays out, but for packages that it spells out: where this
    /// decides, a module that is missed must work all the same.
    pub fn imported_modules(
        &self,
        input: &Input,
        handler_files: &[EntryId],
        threads: Threads,
    ) -> Result<BTreeSet<EntryPath>, Error> {
        reach::imported(&self.memory.of(input), handler_files, threads)
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
        Ok(self.memory.of(input).distributions()?.to_vec())
    }

    fn marks(&self, input: &Input) -> Result<Vec<Mark>, Error> {
        let sources = self.memory.of(input);
        let mut marks = bytecode::marks(input)?;
        marks.extend(self.in_place.marks(&sources, &marks)?);
        let reached = self.compiled.iter();
        marks.extend(reached.flat_map(|reached| bytecode::unreached(input.package(), reached)));
        marks.extend(models::marks(&sources)?);
        marks.extend(discovery::marks(&sources)?);
        marks.extend(locales::marks(&sources)?);
        marks.extend(listing::marks(&sources)?);
        marks.extend(idle::marks(&sources)?);
        marks.extend(installers::marks(&sources)?);
        marks.extend(installers::translations(input));
        Ok(marks)
    }

    fn trace(&self, order: &TraceOrder<'_>) -> Result<Option<Trace>, Error> {
        trace::trace(order, &self.memory.of(order.input))
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
            "plain-models" => Some(&PlainModels),
            "prune-operations" => Some(&self.operations),
            "prune-endpoints" => Some(&self.endpoints),
            _ => None,
        }
    }
}
