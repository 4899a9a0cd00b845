use std::borrow::Cow;

use lambda_slim_archive::{Error, Input};
use lambda_slim_package::{EntryId, EntryPath};
use lambda_slim_rulepack::{Format, Scope};

use crate::Dependency;
use crate::program::Program;
use crate::trace::{Trace, TraceOrder};

/// What one language, or one kind of file, teaches the engine. Every method may say "not mine".
pub trait Language: Sync {
    /// Dependencies that cannot be told from the names of folders.
    fn dependencies(&self, _input: &Input) -> Result<Vec<FoundDependency>, Error> {
        Ok(Vec::new())
    }

    /// The version of a dependency that was told from the names of folders.
    fn version(&self, _input: &Input, _dependency: &Dependency) -> Option<String> {
        None
    }

    /// The part of a file whose words are evidence, where that is not simply all of it.
    fn evidence_text<'a>(&self, _path: &EntryPath, _contents: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        None
    }

    /// What a file holds, by its first bytes.
    fn format(&self, _head: &[u8]) -> Option<Format> {
        None
    }

    /// What a whole file with machine code asks of the system that loads it.
    fn program(&self, _file: &[u8]) -> Option<Program> {
        None
    }

    /// What it finds out about single entries; rules ask for it with `mark`.
    fn marks(&self, _input: &Input) -> Result<Vec<Mark>, Error> {
        Ok(Vec::new())
    }

    /// The rewriting that rules call by this name, where a look at one file is not enough or bytes are not the aim.
    fn rewriter(&self, _name: &str) -> Option<&dyn Rewriter> {
        None
    }

    /// Follows the code of its language from where it starts; `None` where there is nothing to start from.
    fn trace(&self, _order: &TraceOrder<'_>) -> Result<Option<Trace>, Error> {
        Ok(None)
    }

    /// The transform that rules call by this name.
    fn transform(&self, _name: &str) -> Option<Transform> {
        None
    }
}

/// Rewrites the contents of one file; `None` where there is nothing to do or any doubt. It must keep behaviour, must
/// not panic on any input, and its result is used only if it is smaller.
pub type Transform = fn(&[u8]) -> Option<Vec<u8>>;

/// Rewrites one file with an eye on the package around it. What it makes is used even if it is larger.
pub trait Rewriter: Sync {
    /// The new contents of `entry`, which holds `contents`; `None` where there is nothing to do or any doubt. It must
    /// keep behaviour and must not panic on any input.
    fn rewrite(&self, input: &Input, entry: EntryId, contents: &[u8]) -> Option<Vec<u8>>;
}

/// Something that a language found out about one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// The entry.
    pub entry: EntryId,
    /// What rules call it.
    pub name: &'static str,
}

/// A dependency and what it owns.
#[derive(Debug, Clone)]
pub struct FoundDependency {
    /// What kind it is.
    pub scope: Scope,
    /// Its name.
    pub name: String,
    /// Its version, if it says so.
    pub version: Option<String>,
    /// The folder where the patterns of rules start; `None` is the root of the package.
    pub root: Option<EntryPath>,
    /// The entries that belong to it.
    pub entries: Vec<EntryId>,
}
