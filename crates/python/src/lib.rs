//! What lambda-slim knows about Python: which files belong to which installed distribution, which AWS services the code
//! uses, what botocore's models hold that no call needs, and when CPython accepts compiled modules.
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
mod missing;
mod library;
mod models;
mod modules;
mod services;
mod trace;
#[cfg(test)]
mod trace_tests;

pub use missing::{MissingModule, missing_modules};
pub use services::{CREDENTIAL_SERVICES, Services, known_services, used_services};

use std::collections::BTreeSet;

use lambda_slim_archive::{Error, Input};
use lambda_slim_engine::{FoundDependency, Language, Mark, Rewriter, Trace, TraceOrder, Transform};
use lambda_slim_package::PackageKind;

use self::bytecode::Uncheck;
use self::models::EndpointsPruner;

/// Python, as the engine sees it.
#[derive(Debug, Clone, Default)]
pub struct Python {
    endpoints: EndpointsPruner,
    uncheck: Uncheck,
}

impl Python {
    /// Python in a package of this kind, where the models of these AWS services stay; `None` where all may.
    pub fn new(kind: PackageKind, services: Option<BTreeSet<String>>) -> Self {
        Self {
            endpoints: EndpointsPruner { services },
            uncheck: Uncheck { kind },
        }
    }
}

impl Language for Python {
    fn dependencies(&self, input: &Input) -> Result<Vec<FoundDependency>, Error> {
        distribution::find(input)
    }

    fn marks(&self, input: &Input) -> Result<Vec<Mark>, Error> {
        let mut marks = bytecode::marks(input)?;
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
            "uncheck-bytecode" => Some(&self.uncheck),
            "prune-endpoints" => Some(&self.endpoints),
            _ => None,
        }
    }
}
