//! Shared libraries that are in a folder twice: wheels cannot hold the symlinks by which build systems give one library
//! several names.

use std::collections::BTreeMap;

use lambda_slim_archive::{Digest, Error, Input};
use lambda_slim_engine::Mark;
use lambda_slim_package::{Entry, EntryId, EntryPath};
use memchr::memmem;

use crate::program;

/// What rules call a copy of a library under a name that the library does not go by.
const COPY: &str = "copy-of-library";

/// What CPython calls when it imports an extension module, by whatever name. Source: PEP 489.
const MODULE: &[u8] = b"PyInit_";

/// Marks the copies of each library that lies there under its own name, by which the loader is asked for it; what machine
/// code calls by another name stays.
pub(crate) fn marks(input: &Input) -> Result<Vec<Mark>, Error> {
    let mut copies = Vec::new();
    for alike in of_one_size(input) {
        let mut same: BTreeMap<Digest, Vec<EntryId>> = BTreeMap::new();
        for id in alike {
            let digest = Digest::of(&input.read(id)?);
            same.entry(digest).or_default().push(id);
        }
        for same in same.values().filter(|same| same.len() > 1) {
            copies.extend(other_names(input, same)?);
        }
    }
    if !copies.is_empty() {
        forget_named(input, &mut copies)?;
    }
    let mark = |entry| Mark { entry, name: COPY };
    Ok(copies.into_iter().map(mark).collect())
}

/// Takes out the libraries whose names stand in machine code, as dlopen wants them.
fn forget_named(input: &Input, copies: &mut Vec<EntryId>) -> Result<(), Error> {
    for (id, _) in libraries(input) {
        let code = input.read(id)?;
        let is_named = |copy: &EntryId| {
            let name = format!("{}\0", input.package().entry(*copy).path.file_name());
            memmem::find(&code, name.as_bytes()).is_some()
        };
        copies.retain(|copy| !is_named(copy));
    }
    Ok(())
}

/// The libraries that lie in one folder and have one size, where there are several.
fn of_one_size(input: &Input) -> impl Iterator<Item = Vec<EntryId>> {
    let mut by_size: BTreeMap<(Option<EntryPath>, u64), Vec<EntryId>> = BTreeMap::new();
    for (id, entry) in libraries(input) {
        let place = (entry.path.parent(), entry.size_bytes());
        by_size.entry(place).or_default().push(id);
    }
    by_size.into_values().filter(|alike| alike.len() > 1)
}

/// The files that are called `libx.so` or `libx.so.1.2`.
fn libraries(input: &Input) -> impl Iterator<Item = (EntryId, &Entry)> {
    let is_library = |(_, entry): &(EntryId, &Entry)| {
        let name = entry.path.file_name();
        !entry.is_symlink() && (name.ends_with(".so") || name.contains(".so."))
    };
    input.package().iter().filter(is_library)
}

/// Of equal libraries, those whose name is not the library's own.
fn other_names(input: &Input, same: &[EntryId]) -> Result<Vec<EntryId>, Error> {
    let contents = input.read(same[0])?;
    let own_name = program::program(&contents).and_then(|library| library.name);
    let is_original =
        |id: &EntryId| own_name.as_deref() == Some(input.package().entry(*id).path.file_name());
    if !same.iter().any(is_original) || memmem::find(&contents, MODULE).is_some() {
        return Ok(Vec::new());
    }
    let others = same.iter().filter(|id| !is_original(id));
    Ok(others.copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_elf::SampleElf;
    use crate::test_input::input_of;

    /// The paths of copies among files that all hold these bytes.
    fn copies(paths: &[&str], contents: &[u8]) -> Vec<String> {
        let files: Vec<(&str, &[u8])> = paths.iter().map(|path| (*path, contents)).collect();
        let input = input_of(&files);
        let found = marks(&input).unwrap();
        let path = |mark: &Mark| input.package().entry(mark.entry).path.to_string();
        found.iter().map(path).collect()
    }

    fn library(name: Option<&str>) -> Vec<u8> {
        let sample = SampleElf {
            name,
            ..SampleElf::default()
        };
        sample.bytes()
    }

    #[test]
    fn a_library_stays_under_its_own_name() {
        let three = ["pkg/libx.so", "pkg/libx.so.1", "pkg/libx.so.1.2"];
        let found = copies(&three, &library(Some("libx.so.1")));
        assert_eq!(found, ["pkg/libx.so", "pkg/libx.so.1.2"]);
    }

    #[test]
    fn without_its_own_name_beside_them_all_stay() {
        let two = ["pkg/libx.so", "pkg/libx.so.1"];
        assert!(copies(&two, &library(None)).is_empty());
        assert!(copies(&two, &library(Some("liby.so"))).is_empty());
        let apart = ["a/libx.so", "b/libx.so.1"];
        assert!(copies(&apart, &library(Some("libx.so.1"))).is_empty());
    }

    #[test]
    fn other_contents_are_no_copy() {
        let one = library(Some("libx.so.1"));
        let mut other = one.clone();
        *other.last_mut().unwrap() ^= 1;
        let input = input_of(&[("libx.so.1", &one), ("libx.so", &other)]);
        assert!(marks(&input).unwrap().is_empty());
    }

    #[test]
    fn what_machine_code_calls_by_its_name_is_no_copy() {
        let one = library(Some("libx.so.1"));
        let mut other = library(None);
        other.extend(b"/libx.so\0");
        let same = [("libx.so", one.as_slice()), ("libx.so.1", &one)];
        let input = input_of(&[same[0], same[1], ("_x.abi3.so", &other)]);
        assert!(marks(&input).unwrap().is_empty());
        assert_eq!(marks(&input_of(&same)).unwrap().len(), 1);
    }

    #[test]
    fn what_python_imports_by_its_file_name_is_no_copy() {
        let mut module = library(Some("x.so.1"));
        module.extend(b"PyInit_x\0");
        assert!(copies(&["x.so", "x.so.1"], &module).is_empty());
    }
}
