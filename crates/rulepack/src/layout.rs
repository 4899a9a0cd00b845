use std::collections::BTreeSet;

use lambda_slim_package::{EntryPath, EntryPathError};
use regex::{Captures, Regex};

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
    /// Whether this is no way to come where two files would get one place.
    pub(crate) only_free: bool,
    /// What rules may do beside the level, as if the user had asked for it.
    pub wish: Option<&'static str>,
    /// What no run time finds in a layer that is left like this.
    pub(crate) lost: Option<Regex>,
    /// Who may name it by its path all the same.
    pub(crate) lost_unless: Option<Regex>,
}

/// Where some files go.
#[derive(Debug, Clone)]
pub(crate) struct LayoutMove {
    pub(crate) from: Regex,
    /// `$1` is what the first group caught.
    pub(crate) to: String,
    /// Whether they only go along with what has a place in a layer.
    pub(crate) own: bool,
}

/// Folders of a layer in which one version of a run time looks and no other does.
#[derive(Debug, Clone)]
pub struct Versioned {
    /// The run time without its version: `nodejs`.
    pub family: String,
    /// What every version finds.
    pub(crate) from: Regex,
    /// Where one version alone finds it; `<version>` is that.
    pub(crate) to: String,
    /// What lies in such a folder; the first group is the version.
    pub(crate) sees: Regex,
}

impl Versioned {
    /// Where `path` goes so that this version alone finds it; `None` where no version has a folder for it.
    pub fn place(
        &self,
        path: &EntryPath,
        version: &str,
    ) -> Result<Option<EntryPath>, EntryPathError> {
        if self.seen(path).is_some() {
            return Ok(None);
        }
        let place = |groups| expanded(&groups, &self.to.replace("<version>", version));
        self.from.captures(path.as_str()).map(place).transpose()
    }

    /// The folder for one version that `path` lies in, and that version.
    pub fn seen<'p>(&self, path: &'p EntryPath) -> Option<(&'p str, &'p str)> {
        let groups = self.sees.captures(path.as_str())?;
        Some((groups.get(0)?.as_str(), groups.get(1)?.as_str()))
    }
}

fn expanded(groups: &Captures<'_>, to: &str) -> Result<EntryPath, EntryPathError> {
    let mut place = String::new();
    groups.expand(to, &mut place);
    EntryPath::new(&place)
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

    /// Whether each of `paths` would get a place of its own, or this layout does not ask for that.
    pub fn has_room<'a>(&self, mut paths: impl Iterator<Item = &'a EntryPath>) -> bool {
        let mut places = BTreeSet::new();
        let is_free = |path: &EntryPath| match self.place(path) {
            Ok(Some(place)) => places.insert(place),
            _ => true,
        };
        !self.only_free || paths.all(is_free)
    }

    /// The place of `path` in the layer; `None` where it is no part of it.
    pub fn place(&self, path: &EntryPath) -> Result<Option<EntryPath>, EntryPathError> {
        for LayoutMove { from, to, .. } in &self.moves {
            if let Some(groups) = from.captures(path.as_str()) {
                return expanded(&groups, to).map(Some);
            }
        }
        Ok((!self.only_moved).then(|| path.clone()))
    }

    /// Whether `path` has no place of its own in a layer, and only goes along with what has.
    pub fn goes_along(&self, path: &EntryPath) -> bool {
        let mut moves = self.moves.iter();
        let moved = moves.find(|one| one.from.is_match(path.as_str()));
        moved.map_or(!self.moves.is_empty() && !self.only_moved, |one| one.own)
    }

    /// What no run time finds where it lies, and where it would; nothing where code may name it by its path.
    pub fn lost<'p>(&self, paths: &[&'p EntryPath]) -> Vec<(&'p EntryPath, EntryPath)> {
        let Some(lost) = &self.lost else {
            return Vec::new();
        };
        let matches = |regex: &Regex| paths.iter().any(|path| regex.is_match(path.as_str()));
        if self.lost_unless.as_ref().is_some_and(matches) {
            return Vec::new();
        }
        let lost = paths.iter().filter(|path| lost.is_match(path.as_str()));
        lost.filter_map(|path| Some((*path, self.place(path).ok()??)))
            .collect()
    }

    /// Whether files in `folder` would be part of the layer.
    pub fn takes(&self, folder: &EntryPath) -> bool {
        let file = folder.join("file").and_then(|file| self.place(&file));
        !matches!(file, Ok(None))
    }
}
