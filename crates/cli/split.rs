//! `lambda-slim layer --split`: one layer becomes several, by package.

use std::collections::BTreeMap;
use std::hash::Hasher;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use lambda_slim_archive::{Input, OpenOptions, OutsideLinks, Sink, TemporaryFolder, ZipSink};
use lambda_slim_engine::{Knowledge, find_dependencies};
use lambda_slim_java::Java;
use lambda_slim_package::{ByteCount, Entry, EntryId, EntryPath, LinkTarget};
use lambda_slim_python::Python;
use lambda_slim_rulepack::RuleSet;

use crate::args::PackArgs;
use crate::exit::UsageError;
use crate::output::{Destination, is_same_file, make_folder_of};
use crate::planning::languages;
use crate::screen;

/// A function has no more layers. Source: <https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html>.
const LAYERS_AT_MOST: usize = 5;

/// What to split, and into what.
pub(crate) struct Order {
    whole: PathBuf,
    target: PathBuf,
    at_most: ByteCount,
    quiet: bool,
    _folder: TemporaryFolder,
}

impl Order {
    /// Sends the whole layer to a temporary place; `None` where it is what was asked for. Where the parts cannot be
    /// written, that is an error before any work is done.
    pub(crate) fn of(
        at_most: Option<ByteCount>,
        args: &mut PackArgs,
    ) -> anyhow::Result<Option<Self>> {
        let (Some(at_most), Some(target)) = (at_most, args.output.clone()) else {
            return Ok(None);
        };
        Destination::of(args)?;
        refuse_inputs(&target, &args.inputs)?;
        let folder = TemporaryFolder::new_in(&std::env::temp_dir())?;
        let whole = folder.path().join(target.file_name().unwrap_or_default());
        args.output = Some(whole.clone());
        args.splits = Some(target.clone());
        Ok(Some(Self {
            whole,
            target,
            at_most,
            quiet: args.quiet,
            _folder: folder,
        }))
    }

    /// Writes the layers.
    pub(crate) fn carry_out(&self, rules: &RuleSet) -> anyhow::Result<()> {
        let options = OpenOptions {
            outside_links: OutsideLinks::Keep,
            ..OpenOptions::default()
        };
        let input = Input::open(&self.whole, &options)?;
        let groups = groups(&input, rules)?;
        let layers = layers(&groups, self.at_most)?;
        make_folder_of(&self.target)?;
        for number in 1..=layers.iter().max().map_or(0, |most| most + 1) {
            self.write(&input, &groups, &layers, number)?;
        }
        Ok(())
    }

    fn write(
        &self,
        input: &Input,
        groups: &Groups,
        layers: &[usize],
        number: usize,
    ) -> anyhow::Result<()> {
        let path = numbered(&self.target, number);
        let mut sink = ZipSink::create(&path)?;
        let mut count = 0;
        for (id, _) in input.package().iter() {
            if layers[groups.of_entry[id.0]] + 1 == number {
                let ready = input.ready(id)?.context("a zip has ready entries")?;
                sink.accept(&ready)?;
                count += 1;
            }
        }
        let written = sink.finish()?;
        if !self.quiet {
            let (path, bytes) = (path.display(), ByteCount(written.bytes));
            let plural = if count == 1 { "" } else { "s" };
            screen::say(&format!("  {path}  {bytes}, {count} file{plural}\n"));
        }
        Ok(())
    }
}

/// No part takes the place of an input.
fn refuse_inputs(target: &Path, inputs: &[PathBuf]) -> Result<(), UsageError> {
    let mut parts = (1..=LAYERS_AT_MOST).map(|number| numbered(target, number));
    let is_input = |part: &PathBuf| inputs.iter().any(|input| is_same_file(input, part));
    match parts.find(is_input) {
        Some(part) => Err(UsageError(format!(
            "--split would write over an input: `{}`; name the layers with -o",
            part.display()
        ))),
        None => Ok(()),
    }
}

/// `deps.zip` becomes `deps-1.zip`.
fn numbered(target: &Path, number: usize) -> PathBuf {
    part(target, &number.to_string())
}

/// What stands for all parts in a report: `deps-N.zip`.
pub(crate) fn all_parts(target: &Path) -> PathBuf {
    part(target, "N")
}

fn part(target: &Path, number: &str) -> PathBuf {
    let stem = target.file_stem().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!("{stem}-{number}.zip"))
}

/// The size needs an `=`, since one may be left out: what stands behind a space is an input.
pub(crate) fn refuse_size_as_input(inputs: &[PathBuf]) -> Result<(), UsageError> {
    let is_size = |input: &&PathBuf| {
        let size = input.to_str().map(str::parse::<ByteCount>);
        matches!(size, Some(Ok(_))) && !input.exists()
    };
    match inputs.iter().find(is_size) {
        Some(size) => Err(UsageError(format!(
            "there is no input `{0}`; a size is written `--split={0}`",
            size.display()
        ))),
        None => Ok(()),
    }
}

/// What stays together: a package of a package manager with all that lies in it, a jar, a folder of own files.
struct Groups {
    names: Vec<String>,
    zipped_bytes: Vec<u64>,
    of_entry: Vec<usize>,
}

fn groups(input: &Input, rules: &RuleSet) -> anyhow::Result<Groups> {
    let (python, java) = (Python::default(), Java::default());
    let knowledge = Knowledge {
        rules,
        languages: &languages(&python, &java),
    };
    let (dependencies, owners) = find_dependencies(input, knowledge)?;
    let name = |(id, entry): (EntryId, &Entry)| match owners[id.0].first() {
        Some(owner) => {
            let owner = &dependencies[owner.0];
            format!("{} {}", owner.scope, owner.name)
        }
        None => own_name(&entry.path),
    };
    let mut names: Vec<String> = input.package().iter().map(name).collect();
    join_linked(input, &mut names);
    let mut numbers: BTreeMap<String, usize> = names.iter().map(|name| (name.clone(), 0)).collect();
    numbers
        .values_mut()
        .enumerate()
        .for_each(|(number, value)| *value = number);
    let of_entry: Vec<usize> = names.iter().map(|name| numbers[name]).collect();
    let mut zipped_bytes = vec![0; numbers.len()];
    for (id, _) in input.package().iter() {
        let ready = input.ready(id)?.context("a zip has ready entries")?;
        zipped_bytes[of_entry[id.0]] += ready.zipped_bytes();
    }
    Ok(Groups {
        names: numbers.into_keys().collect(),
        zipped_bytes,
        of_entry,
    })
}

/// The folder of an own file: below `python/` or `java/lib/`, so two components and what comes next.
fn own_name(path: &EntryPath) -> String {
    const COMPONENTS: usize = 3;
    let components: Vec<&str> = path.components().take(COMPONENTS).collect();
    components.join("/")
}

/// A link stays with what it leads to.
fn join_linked(input: &Input, names: &mut [String]) {
    let package = input.package();
    for (id, entry) in package.iter().filter(|(_, entry)| entry.is_symlink()) {
        let LinkTarget::Inside(Some(target)) = package.resolve_link(entry) else {
            continue;
        };
        let leads_to = |path: &EntryPath| *path == target || path.relative_to(&target).is_some();
        let found = package.iter().find(|(_, entry)| leads_to(&entry.path));
        if let Some((target, _)) = found {
            let (old, new) = (names[id.0].clone(), names[target.0].clone());
            names
                .iter_mut()
                .filter(|name| **name == old)
                .for_each(|name| name.clone_from(&new));
        }
    }
}

/// The layer of each group, for the least number of layers that holds them all.
fn layers(groups: &Groups, at_most: ByteCount) -> anyhow::Result<Vec<usize>> {
    let largest = groups
        .names
        .iter()
        .zip(&groups.zipped_bytes)
        .max_by_key(|(_, bytes)| **bytes);
    if let Some((name, bytes)) = largest.filter(|(_, bytes)| **bytes > at_most.0) {
        let bytes = ByteCount(*bytes);
        bail!("{name} alone takes {bytes} zipped, so --split needs more than {at_most}");
    }
    let total: u64 = groups.zipped_bytes.iter().sum();
    let least = usize::try_from(total.div_ceil(at_most.0.max(1)))?.max(1);
    let found = (least..=LAYERS_AT_MOST).find_map(|count| assign(groups, at_most.0, count));
    found.with_context(|| {
        let total = ByteCount(total);
        format!(
            "{total} do not fit into {LAYERS_AT_MOST} layers of {at_most}; a function has no more"
        )
    })
}

/// Gives each group to the layer that its name draws, or to the next that it draws where that one is full: what changes
/// in one package moves no other, as long as no layer is full.
fn assign(groups: &Groups, at_most_bytes: u64, count: usize) -> Option<Vec<usize>> {
    const END_OF_ZIP_BYTES: u64 = 22;
    let mut used = vec![END_OF_ZIP_BYTES; count];
    let mut layers = vec![0; groups.names.len()];
    let mut order: Vec<usize> = (0..groups.names.len()).collect();
    // Large ones first, in powers of two, so that the order does not change with every byte.
    order.sort_by_key(|group| {
        (
            groups.zipped_bytes[*group].leading_zeros(),
            &groups.names[*group],
        )
    });
    for group in order {
        let bytes = groups.zipped_bytes[group];
        let mut drawn: Vec<usize> = (0..count).collect();
        drawn.sort_by_key(|layer| lot(&groups.names[group], *layer));
        let layer = drawn
            .into_iter()
            .find(|layer| used[*layer] + bytes <= at_most_bytes)?;
        used[layer] += bytes;
        layers[group] = layer;
    }
    Some(layers)
}

/// What a name draws for a layer: the same on every machine and in every version.
fn lot(name: &str, layer: usize) -> u64 {
    let mut hasher = siphasher::sip::SipHasher13::new();
    hasher.write(name.as_bytes());
    hasher.write_u64(layer as u64);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(sizes: &[(&str, u64)]) -> Groups {
        Groups {
            names: sizes.iter().map(|(name, _)| (*name).to_owned()).collect(),
            zipped_bytes: sizes.iter().map(|(_, bytes)| *bytes).collect(),
            of_entry: Vec::new(),
        }
    }

    fn many(changed: u64) -> Groups {
        let names: Vec<String> = (0..40)
            .map(|number| format!("package-{number:02}"))
            .collect();
        let size = |number: usize| {
            if number == 7 {
                changed
            } else {
                1_000 + 50 * number as u64
            }
        };
        let sizes: Vec<(&str, u64)> = names
            .iter()
            .enumerate()
            .map(|(number, name)| (&**name, size(number)))
            .collect();
        groups(&sizes)
    }

    #[test]
    fn a_package_stays_in_its_layer() {
        let before = layers(&many(1_350), ByteCount(60_000)).unwrap();
        assert_eq!(before.iter().max(), Some(&1));
        assert_eq!(layers(&many(1_900), ByteCount(60_000)).unwrap(), before);
        assert_eq!(layers(&many(40), ByteCount(60_000)).unwrap(), before);
    }

    #[test]
    fn no_layer_is_too_large() {
        let groups = many(1_350);
        for at_most in [20_000, 25_000, 40_000, 100_000] {
            let layers = layers(&groups, ByteCount(at_most)).unwrap();
            let mut used = [0; LAYERS_AT_MOST];
            for (group, layer) in layers.iter().enumerate() {
                used[*layer] += groups.zipped_bytes[group];
            }
            assert!(used.iter().all(|used| *used < at_most), "{used:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let error =
            |at_most| layers(&groups(&[("a", 50), ("b", 70)]), ByteCount(at_most)).map(drop);
        assert!(
            error(60)
                .unwrap_err()
                .to_string()
                .starts_with("b alone takes 70 B zipped")
        );
        assert!(
            layers(&many(1_000), ByteCount(4_000))
                .unwrap_err()
                .to_string()
                .contains("5 layers")
        );
    }
}
