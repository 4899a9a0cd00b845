use std::collections::BTreeSet;

use globset::GlobSet;
use lambda_slim_package::{Entry, EntryId, EntryPath, Package};

use crate::recognise::glob_set;

/// A pattern of the user is no glob.
#[derive(Debug, thiserror::Error)]
#[error("`{pattern}` is no glob: {reason}")]
pub struct PatternError {
    /// The pattern.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: globset::ErrorKind,
}

/// The user's words for files: paths, folders and globs.
///
/// A pattern speaks of an entry when it matches it or a folder that holds it: `docs` means all below.
#[derive(Debug)]
pub struct Patterns {
    set: GlobSet,
    texts: Vec<String>,
}

impl Patterns {
    /// Compiles them; a pattern that is no glob is named.
    pub fn new(patterns: &[String]) -> Result<Self, PatternError> {
        let texts: Vec<String> = patterns.iter().map(|text| without_dot(text)).collect();
        for pattern in &texts {
            compiled(std::slice::from_ref(pattern))?;
        }
        Ok(Self {
            set: compiled(&texts)?,
            texts,
        })
    }

    /// The first pattern that speaks of `path`.
    pub fn first(&self, path: &EntryPath) -> Option<&String> {
        let first = self.all(path).into_iter().min()?;
        Some(&self.texts[first])
    }

    /// The entries that some pattern speaks of.
    pub(crate) fn met(&self, package: &Package) -> BTreeSet<EntryId> {
        let is_met = |(_, entry): &(EntryId, &Entry)| !self.all(&entry.path).is_empty();
        let met = package.iter().filter(is_met);
        met.map(|(id, _)| id).collect()
    }

    /// The patterns that speak of no entry.
    pub fn idle(&self, package: &Package) -> Vec<String> {
        let mut met = vec![false; self.texts.len()];
        for (_, entry) in package.iter() {
            for index in self.all(&entry.path) {
                met[index] = true;
            }
        }
        let idle = self.texts.iter().zip(met).filter(|(_, met)| !met);
        idle.map(|(text, _)| text.clone()).collect()
    }

    fn all(&self, path: &EntryPath) -> Vec<usize> {
        if self.set.is_empty() {
            return Vec::new();
        }
        let folders = std::iter::successors(Some(path.clone()), EntryPath::parent);
        folders
            .flat_map(|folder| self.set.matches(folder.as_str()))
            .collect()
    }
}

fn compiled(texts: &[String]) -> Result<GlobSet, PatternError> {
    glob_set(texts).map_err(|error| PatternError {
        pattern: texts.join("`, `"),
        reason: error.kind().clone(),
    })
}

/// `./docs` means `docs`, as a shell would complete it.
fn without_dot(pattern: &str) -> String {
    pattern
        .strip_prefix("./")
        .unwrap_or(pattern)
        .trim_end_matches('/')
        .to_owned()
}
