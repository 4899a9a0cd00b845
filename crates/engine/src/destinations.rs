//! Where rules would move entries, and which of them would meet their equals there.

use std::collections::BTreeMap;

use lambda_slim_archive::{Error, Input};
use lambda_slim_package::{Entry, EntryId, EntryPath, Package};
use lambda_slim_rulepack::{Action, RuleIndex, RuleSet};

/// For each entry: the path that the first of its rules that move would give it.
pub(crate) fn destinations(
    package: &Package,
    rules: &RuleSet,
    candidates: &[Vec<RuleIndex>],
) -> Vec<Option<EntryPath>> {
    let destination = |((_, entry), candidates): ((EntryId, &Entry), &Vec<RuleIndex>)| {
        let mut candidates = candidates.iter();
        candidates.find_map(|index| moved(entry, &rules.rules[index.0].action))
    };
    package.iter().zip(candidates).map(destination).collect()
}

/// The path that `action` gives to `entry`. A link stays: from another folder it would lead elsewhere.
pub(crate) fn moved(entry: &Entry, action: &Action) -> Option<EntryPath> {
    match action {
        Action::MoveTo(place) if !entry.is_symlink() => place.of(&entry.path).ok(),
        _ => None,
    }
}

/// For each entry that would move to where a file with the same bytes lies, or arrives before it: that file.
pub(crate) fn twins(
    input: &Input,
    destinations: &[Option<EntryPath>],
) -> Result<Vec<Option<EntryId>>, Error> {
    let package = input.package();
    let mut firsts: BTreeMap<&EntryPath, EntryId> = BTreeMap::new();
    let mut twins = vec![None; package.len()];
    for ((id, _), path) in package.iter().zip(destinations) {
        let Some(path) = path else {
            continue;
        };
        let resident = package.find(path).filter(|other| *other != id);
        let first = *firsts.entry(path).or_insert(resident.unwrap_or(id));
        if first != id && have_equal_bytes(input, first, id)? {
            twins[id.0] = Some(first);
        }
    }
    Ok(twins)
}

fn have_equal_bytes(input: &Input, one: EntryId, other: EntryId) -> Result<bool, Error> {
    let size_bytes = |id| {
        let entry = input.package().entry(id);
        (!entry.is_symlink()).then(|| entry.size_bytes())
    };
    let may_be_equal = size_bytes(one).is_some() && size_bytes(one) == size_bytes(other);
    Ok(may_be_equal && input.read(one)? == input.read(other)?)
}
