use lambda_slim_package::{EntryPath, Runtime};
use regex::Regex;

use crate::Scope;

/// A sign of a run time: files whose path matches prove it. `$1` in the texts is what the first group caught.
#[derive(Debug, Clone)]
pub struct Sign {
    /// The run time that a match proves, `python3.$1`.
    pub(crate) runtime: String,
    /// Finds the files.
    pub(crate) path: Regex,
    /// What the user is shown, `*.cpython-3$1-*.so`.
    pub(crate) says: String,
}

impl Sign {
    /// The run time that `path` proves, and the words that say so.
    pub fn read(&self, path: &EntryPath) -> Option<(Runtime, String)> {
        let groups = self.path.captures(path.as_str())?;
        let fill = |template: &str| {
            let mut text = String::new();
            groups.expand(template, &mut text);
            text
        };
        Some((fill(&self.runtime).parse().ok()?, fill(&self.says)))
    }
}

/// How the folder of a dependency is recognised by its path alone.
#[derive(Debug, Clone)]
pub struct DependencyPattern {
    /// What kind of dependency it is.
    pub scope: Scope,
    /// Matches the folder; the groups `name` and `version` name it.
    pub(crate) folder: Regex,
}

impl DependencyPattern {
    /// Name and, where the path tells it, version of the dependency in `folder`.
    pub fn read<'a>(&self, folder: &'a EntryPath) -> Option<(&'a str, Option<&'a str>)> {
        let groups = self.folder.captures(folder.as_str())?;
        let name = groups.name("name")?.as_str();
        Some((name, groups.name("version").map(|version| version.as_str())))
    }
}
