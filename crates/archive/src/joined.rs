use std::collections::BTreeSet;

use lambda_slim_package::{Entry, EntryId, EntryPath, Package};

use crate::input::Contents;
use crate::{Error, Input, InputKind, Oddity, ReadyEntry, Warning};

/// Several inputs in one package, or one with other paths.
#[derive(Debug)]
pub(crate) struct Joined {
    parts: Vec<Input>,
    /// For each entry of the whole: which part it is of, and its number there.
    places: Vec<(usize, EntryId)>,
    /// Whether the first part is what came in, and all others were added to it.
    base: Base,
}

/// What the first part is for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Base {
    /// One of them.
    Equal,
    /// What they were added to.
    Original,
}

/// An input, and the path of each of its entries in the whole; `None` leaves it out.
#[derive(Debug)]
pub struct Part {
    /// The input.
    pub input: Input,
    /// One path for each of its entries.
    pub paths: Vec<Option<EntryPath>>,
}

impl Part {
    /// This part, of which only some empty folders are told: what is left out holds others.
    #[must_use]
    pub fn telling_empty(mut self, is_told: impl Fn(&EntryPath) -> bool) -> Self {
        self.input.tell_empty(is_told);
        self
    }
}

impl Joined {
    /// What files were added to, if that is how it was made.
    pub(crate) fn original(&self) -> Option<&Input> {
        let original = self.parts.first();
        original.filter(|_| self.base == Base::Original)
    }

    pub(crate) fn part(&self, id: EntryId) -> (&Input, EntryId) {
        let (part, id) = self.places[id.0];
        (&self.parts[part], id)
    }

    pub(crate) fn ready(&self, id: EntryId, entry: &Entry) -> Result<Option<ReadyEntry>, Error> {
        let (part, id) = self.part(id);
        let ready = part.ready(id)?;
        Ok(ready.map(|ready| ReadyEntry {
            path: entry.path.clone(),
            ..ready
        }))
    }
}

/// Joins `parts`. Equal files may share a path; different ones may not, and then it is the first two that are told.
pub(crate) fn join(parts: Vec<Part>) -> Result<Input, Error> {
    join_to(Base::Equal, parts)
}

/// `original` with `added`, which takes the place of what has equal paths.
pub(crate) fn add(original: Input, added: Input) -> Result<Input, Error> {
    let all = |input: &Input| -> Vec<Option<EntryPath>> {
        let entries = input.package().iter();
        entries.map(|(_, entry)| Some(entry.path.clone())).collect()
    };
    let is_replaced = |path: &EntryPath| added.package().find(path).is_some();
    let mut paths = all(&original);
    paths
        .iter_mut()
        .filter(|path| path.as_ref().is_some_and(is_replaced))
        .for_each(|path| *path = None);
    let added = Part {
        paths: all(&added),
        input: added,
    };
    let original = Part {
        input: original,
        paths,
    };
    join_to(Base::Original, vec![original, added])
}

fn join_to(base: Base, parts: Vec<Part>) -> Result<Input, Error> {
    let warnings = parts.iter().flat_map(warnings).collect();
    let mut found = placed(&parts);
    found.sort_by(|(one, place), (other, other_place)| {
        (&one.path, place.0).cmp(&(&other.path, other_place.0))
    });
    let parts: Vec<Input> = parts.into_iter().map(|part| part.input).collect();
    let (mut entries, mut places) = (Vec::new(), Vec::new());
    for (entry, place) in found {
        let has_same_path = entries
            .last()
            .is_some_and(|last: &Entry| last.path == entry.path);
        if has_same_path {
            let last = places.last().expect("entries and places grow together");
            refuse_difference(&parts, *last, place, &entry.path)?;
            continue;
        }
        entries.push(entry);
        places.push(place);
    }
    let package = Package::new(entries).map_err(|source| Error::Package {
        path: "the joined inputs".into(),
        source,
    })?;
    let contents = Contents::Joined(Joined {
        parts,
        places,
        base,
    });
    Ok(Input::new(package, InputKind::Joined, warnings, contents))
}

/// What is odd about a part, but for what is left out and what the whole is asked again.
fn warnings(part: &Part) -> Vec<Warning> {
    let entries = part.input.package().iter().zip(&part.paths);
    let left_out: BTreeSet<&str> = entries
        .filter(|(_, path)| path.is_none())
        .map(|((_, entry), _)| entry.path.as_str())
        .collect();
    let all = part.input.warnings().iter();
    let matters = |warning: &&Warning| {
        let is_asked_again = matches!(warning.oddity, Oddity::EqualButForCase { .. });
        !is_asked_again && !left_out.contains(warning.path.as_str())
    };
    all.filter(matters).cloned().collect()
}

fn placed(parts: &[Part]) -> Vec<(Entry, (usize, EntryId))> {
    let mut found = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        for ((id, entry), path) in part.input.package().iter().zip(&part.paths) {
            let Some(path) = path else { continue };
            let entry = Entry {
                path: path.clone(),
                kind: entry.kind.clone(),
            };
            found.push((entry, (number, id)));
        }
    }
    found
}

fn refuse_difference(
    parts: &[Input],
    one: (usize, EntryId),
    other: (usize, EntryId),
    path: &EntryPath,
) -> Result<(), Error> {
    let kind = |place: (usize, EntryId)| &parts[place.0].package().entry(place.1).kind;
    let read = |place: (usize, EntryId)| parts[place.0].read(place.1);
    if kind(one) == kind(other) && read(one)? == read(other)? {
        return Ok(());
    }
    Err(Error::PartsDiffer { path: path.clone() })
}

#[cfg(test)]
mod tests {
    use lambda_slim_package::{EntryKind, FileMode};

    use super::*;

    fn part(files: &[(&str, &str)], prefix: &str) -> Part {
        let file = |(path, contents): &(&str, &str)| {
            let entry = Entry {
                path: EntryPath::new(path).unwrap(),
                kind: EntryKind::File {
                    size_bytes: contents.len() as u64,
                    mode: FileMode::Regular,
                },
            };
            (entry, contents.as_bytes().to_vec())
        };
        let input = Input::in_memory(files.iter().map(file).collect()).unwrap();
        let path = |entry: &Entry| EntryPath::new(&format!("{prefix}{}", entry.path)).ok();
        let paths = input.package().iter().map(|(_, entry)| path(entry));
        Part {
            paths: paths.collect(),
            input,
        }
    }

    #[test]
    fn contents_come_from_their_parts() {
        let parts = vec![
            part(&[("a", "1"), ("z", "2")], "python/"),
            part(&[("b", "3")], "nodejs/"),
        ];
        let input = Input::joined(parts).unwrap();
        let read = |(id, entry): (EntryId, &Entry)| {
            let contents = input.read(id).unwrap();
            format!("{}={}", entry.path, String::from_utf8(contents).unwrap())
        };
        let all: Vec<String> = input.package().iter().map(read).collect();
        assert_eq!(all, ["nodejs/b=3", "python/a=1", "python/z=2"]);
    }

    #[test]
    fn one_path_holds_one_file() {
        let join = |contents| {
            let parts = vec![part(&[("a", "1")], "x/"), part(&[("a", contents)], "x/")];
            Input::joined(parts).map(|input| input.package().len())
        };
        assert_eq!(join("1").unwrap(), 1);
        assert!(matches!(join("2"), Err(Error::PartsDiffer { .. })));
    }

    #[test]
    fn added_files_come_in_the_place_of_others() {
        let original = part(&[("a", "1"), ("b", "2")], "").input;
        let added = part(&[("b", "new"), ("c", "3")], "").input;
        let input = add(original, added).unwrap();
        let contents = |id: usize| input.read(EntryId(id)).unwrap();
        assert_eq!(input.package().len(), 3);
        assert_eq!(contents(1), b"new");
        assert_eq!(input.original().package().len(), 2);
        assert_eq!(input.original().read(EntryId(1)).unwrap(), b"2");
    }

    #[test]
    fn what_has_no_path_is_left_out() {
        let mut one = part(&[("a", "1"), ("b", "2")], "");
        one.paths[0] = None;
        let input = Input::joined(vec![one]).unwrap();
        let paths: Vec<String> = input
            .package()
            .iter()
            .map(|(_, entry)| entry.path.to_string())
            .collect();
        assert_eq!(paths, ["b"]);
        assert_eq!(input.read(EntryId(0)).unwrap(), b"2");
    }
}
