//! What lambda-slim knows about Java: how packages are laid out, what a jar says of itself, and what is inside it.
//!
//! Lambda's class path is the root of the package and `lib/*.jar`, one level deep, sorted by name. This crate
//! recognises the layouts that build tools make and the jars that lie elsewhere; where they go is said by rules. It
//! never changes a class and never merges two jars. Read [`Java`] first, then `layout.rs`.

mod artifact;
mod build_metadata;
mod findings;
mod jar;
mod layout;
mod manifest;
mod marks;
mod natives;
mod rewriters;
mod stray;
#[cfg(test)]
mod test_jar;
mod unwrap;

use std::borrow::Cow;

use lambda_slim_archive::{Error, Input, JarStorage};
use lambda_slim_engine::{FoundDependency, Language, Mark, Rewriter, Transform};
use lambda_slim_package::EntryPath;

pub use artifact::Artifact;
pub use findings::{ClassPath, Hidden, SeveralVersions};
pub use layout::is_war;
pub use rewriters::Release;
pub use unwrap::unwrap;

/// Java, as the engine sees it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Java {
    /// What becomes of web archives.
    pub wars: Wars,
    /// The Java that the function runs on, where somebody said it.
    pub release: Release,
    /// How jars hold their entries.
    pub jar_storage: JarStorage,
}

/// What becomes of a web archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wars {
    /// It stays as it is.
    #[default]
    Leave,
    /// Its classes and jars move to where Lambda looks for them.
    Convert,
}

impl Language for Java {
    fn dependencies(&self, input: &Input) -> Result<Vec<FoundDependency>, Error> {
        match layout::find(input, self.wars)? {
            Some(layout) => Ok(vec![layout]),
            None => stray::find(input),
        }
    }

    fn evidence_text<'a>(&self, path: &EntryPath, contents: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        let is_manifest = path.as_str() == manifest::MANIFEST;
        is_manifest.then(|| Cow::Owned(manifest::without_class_path(contents)))
    }

    fn marks(&self, input: &Input) -> Result<Vec<Mark>, Error> {
        marks::marks(input, self.jar_storage)
    }

    fn rewriter(&self, name: &str) -> Option<&dyn Rewriter> {
        match name {
            "jar-without-newer-versions" => Some(&self.release),
            "jar-with-stored-entries" => Some(&rewriters::Stored),
            _ => None,
        }
    }

    fn transform(&self, name: &str) -> Option<Transform> {
        natives::transform(name).or_else(|| build_metadata::transform(name))
    }
}
