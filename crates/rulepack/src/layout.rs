use lambda_slim_package::{EntryPath, EntryPathError};
use regex::Regex;

/// A way in which the contents of a layer come, and where Lambda looks for each of them.
#[derive(Debug, Clone)]
pub struct Layout {
    /// What the user is shown: `site-packages`.
    pub says: String,
    /// The name that the folder must have; a single file comes in none.
    pub(crate) folder: Option<Regex>,
    /// Some path must match.
    pub(crate) sign: Option<Regex>,
    /// Where files go; the first that matches counts.
    pub(crate) moves: Vec<LayoutMove>,
    /// Whether files that nothing moves are no part of the layer.
    pub(crate) only_moved: bool,
}

/// Where some files go.
#[derive(Debug, Clone)]
pub(crate) struct LayoutMove {
    pub(crate) from: Regex,
    /// `$1` is what the first group caught.
    pub(crate) to: String,
}

impl Layout {
    /// Whether what lies in the folder `name` comes in this way.
    pub fn is_of<'a>(&self, name: &str, paths: impl Iterator<Item = &'a EntryPath>) -> bool {
        let mut paths = paths;
        let fits = |regex: &Option<Regex>, holds: &mut dyn FnMut(&Regex) -> bool| {
            regex.as_ref().is_none_or(holds)
        };
        fits(&self.folder, &mut |folder| folder.is_match(name))
            && fits(&self.sign, &mut |sign| {
                paths.any(|path| sign.is_match(path.as_str()))
            })
    }

    /// The place of `path` in the layer; `None` where it is no part of it.
    pub fn place(&self, path: &EntryPath) -> Result<Option<EntryPath>, EntryPathError> {
        for LayoutMove { from, to } in &self.moves {
            if let Some(groups) = from.captures(path.as_str()) {
                let mut place = String::new();
                groups.expand(to, &mut place);
                return EntryPath::new(&place).map(Some);
            }
        }
        Ok((!self.only_moved).then(|| path.clone()))
    }
}
