//! What lambda-slim knows about Node.js: which parts of a package.json name files and which nobody reads, and how to
//! take a comment that points at a source map out of JavaScript.
//!
//! It also follows the code from file to file, so that rules can ask what is reached, and has a project's own esbuild
//! make one file of a function. It never decides what goes: rules do. Read [`Node`] first, then `trace.rs`, and
//! `bundle.rs`, which alone runs other programs.

mod aws_sdk_2;
mod bundle;
mod clients;
mod comments;
mod constant;
mod development;
mod eager;
mod entry_points;
mod exports;
mod follow;
mod json;
mod manifest;
mod manifest_fields;
mod nesting;
mod parse;
mod references;
mod resolver;
mod source_map;
mod startup;
mod trace;
#[cfg(test)]
mod trace_tests;
mod tree;

pub use bundle::{Bundle, BundleError, BundleOrder, Bundling, SourceMap, bundle};
pub use development::development_packages;
pub use exports::exported_names;
pub use startup::{RequiredModule, Startup, StartupOrder};

use std::borrow::Cow;

use lambda_slim_archive::{Error, Input};
use lambda_slim_engine::{Dependency, Language, Mark, Trace, TraceOrder, Transform};
use lambda_slim_package::EntryPath;
use lambda_slim_rulepack::Scope;

/// Node.js, as the engine sees it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Node;

impl Language for Node {
    fn evidence_text<'a>(&self, path: &EntryPath, contents: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        let is_manifest = path.file_name() == "package.json";
        is_manifest
            .then(|| manifest::file_names(contents))
            .flatten()
            .map(Cow::Owned)
    }

    fn version(&self, input: &Input, dependency: &Dependency) -> Option<String> {
        if dependency.scope != Scope::NodePackage {
            return None;
        }
        let path = dependency.root.as_ref()?.join("package.json").ok()?;
        let contents = input.read(input.package().find(&path)?).ok()?;
        manifest::version(&contents)
    }

    fn marks(&self, input: &Input) -> Result<Vec<Mark>, Error> {
        aws_sdk_2::marks(input)
    }

    fn trace(&self, order: &TraceOrder<'_>) -> Result<Option<Trace>, Error> {
        trace::trace(order)
    }

    fn transform(&self, name: &str) -> Option<Transform> {
        match name {
            "strip-source-map-comment" => Some(source_map::strip_comment),
            "drop-sources-content" => Some(source_map::drop_sources),
            "strip-comments" => Some(comments::strip),
            "drop-manifest-fields" => Some(manifest_fields::drop_unread),
            _ => None,
        }
    }
}
