use globset::GlobSet;
use lambda_slim_package::{EntryPath, Package};

use crate::plan::PlanError;
use crate::recognise::glob_set;

/// The user's words for files: paths, folders and globs.
///
/// A pattern speaks of an entry when it matches it or a folder that holds it: `docs` means all below.
pub struct Patterns {
    set: GlobSet,
    texts: Vec<String>,
}

impl Patterns {
    /// Compiles them; a pattern that is no glob is named.
    pub fn new(patterns: &[String]) -> Result<Self, PlanError> {
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

fn compiled(texts: &[String]) -> Result<GlobSet, PlanError> {
    glob_set(texts).map_err(|error| PlanError::Glob {
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
