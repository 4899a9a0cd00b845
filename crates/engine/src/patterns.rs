use globset::GlobSet;
use lambda_slim_package::{Entry, EntryPath, Package};

use crate::plan::{Choices, PlanError};
use crate::recognise::glob_set;

/// The user's own patterns.
pub(crate) struct Patterns {
    keep: GlobSet,
    drop: GlobSet,
    keep_texts: Vec<String>,
    drop_texts: Vec<String>,
}

impl Patterns {
    /// Compiles them; a pattern that is no glob is named.
    pub(crate) fn new(choices: &Choices) -> Result<Self, PlanError> {
        let texts = |patterns: &[String]| patterns.iter().map(|text| without_dot(text)).collect();
        let (keep_texts, drop_texts): (Vec<String>, Vec<String>) =
            (texts(&choices.keep), texts(&choices.drop));
        for pattern in keep_texts.iter().chain(&drop_texts) {
            glob_set(std::slice::from_ref(pattern)).map_err(|error| PlanError::Glob {
                pattern: pattern.clone(),
                reason: error.kind().clone(),
            })?;
        }
        let set = |texts: &[String]| {
            glob_set(texts).map_err(|error| PlanError::Glob {
                pattern: texts.join("`, `"),
                reason: error.kind().clone(),
            })
        };
        Ok(Self {
            keep: set(&keep_texts)?,
            drop: set(&drop_texts)?,
            keep_texts,
            drop_texts,
        })
    }

    /// The pattern that keeps `entry`.
    pub(crate) fn keeps(&self, entry: &Entry) -> Option<&String> {
        first_match(&self.keep, &self.keep_texts, &entry.path)
    }

    /// The pattern that drops `entry`.
    pub(crate) fn drops(&self, entry: &Entry) -> Option<&String> {
        first_match(&self.drop, &self.drop_texts, &entry.path)
    }

    /// The patterns that meet no entry.
    pub(crate) fn idle(&self, package: &Package) -> Vec<String> {
        let idle = |set: &GlobSet, texts: &[String]| {
            let mut met = vec![false; texts.len()];
            for (_, entry) in package.iter() {
                matching(set, &entry.path)
                    .into_iter()
                    .for_each(|index| met[index] = true);
            }
            let unmet = texts.iter().zip(met).filter(|(_, met)| !met);
            unmet.map(|(text, _)| text.clone()).collect::<Vec<_>>()
        };
        [
            idle(&self.keep, &self.keep_texts),
            idle(&self.drop, &self.drop_texts),
        ]
        .concat()
    }
}

/// `./docs` means `docs`, as a shell would complete it.
fn without_dot(pattern: &str) -> String {
    pattern
        .strip_prefix("./")
        .unwrap_or(pattern)
        .trim_end_matches('/')
        .to_owned()
}

/// A pattern speaks of an entry when it matches it or a folder that holds it: `--keep docs` keeps all below.
fn matching(set: &GlobSet, path: &EntryPath) -> Vec<usize> {
    if set.is_empty() {
        return Vec::new();
    }
    let folders = std::iter::successors(Some(path.clone()), EntryPath::parent);
    folders
        .flat_map(|folder| set.matches(folder.as_str()))
        .collect()
}

fn first_match<'a>(set: &GlobSet, texts: &'a [String], path: &EntryPath) -> Option<&'a String> {
    matching(set, path)
        .into_iter()
        .min()
        .map(|index| &texts[index])
}
