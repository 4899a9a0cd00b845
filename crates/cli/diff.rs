//! `lambda-slim diff`: what distinguishes two packages.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Read};
use std::path::Path;
use std::str::FromStr;

use lambda_slim_archive::{Input, OpenOptions, OutsideLinks};
use lambda_slim_engine::{Dependency, Knowledge, find_dependencies};
use lambda_slim_java::Java;
use lambda_slim_package::{ByteCount, Entry, EntryKind, FileMode};
use lambda_slim_python::Python;
use lambda_slim_report::{
    Detail, Difference, Side, SideFile, SideKind, Sizes, ToolRow, difference_markdown,
    render_difference,
};

use crate::args::{DiffArgs, DiffFormat};
use crate::exit::Exit;
use crate::planning::languages;
use crate::{rules, screen};

/// Compares the packages that `args` names.
pub(crate) fn run(args: &DiffArgs) -> anyhow::Result<Exit> {
    let rules = rules::read(&[])?;
    let python = Python::default();
    let java = Java::default();
    let knowledge = Knowledge {
        rules: &rules,
        languages: &languages(&python, &java),
    };
    let (before, after) = (
        side(&args.before, knowledge)?,
        side(&args.after, knowledge)?,
    );
    let same_bytes = have_same_bytes(&args.before, &args.after)?;
    let difference = Difference::between(ToolRow::OURS, &before, &after, same_bytes);
    publish(args, &difference)?;
    let too_much = args.fail_over.filter(|limit| {
        let before = difference.before.sizes.unzipped_bytes;
        limit.is_exceeded(before, difference.after.sizes.unzipped_bytes)
    });
    let Some(limit) = too_much else {
        return Ok(Exit::Done);
    };
    let growth = ByteCount(difference.growth_bytes().unsigned_abs());
    screen::error(&anyhow::anyhow!("it grew by {growth}, more than {limit}"));
    Ok(Exit::Unfit)
}

fn publish(args: &DiffArgs, difference: &Difference) -> anyhow::Result<()> {
    let detail = if args.verbose {
        Detail::Long
    } else {
        Detail::Short
    };
    match args.format {
        DiffFormat::Text => screen::styled_data(&render_difference(difference, detail))?,
        DiffFormat::Markdown => screen::data(difference_markdown(difference).trim_end())?,
        DiffFormat::Json => screen::data(&difference.to_json()?)?,
    }
    Ok(())
}

fn side(path: &Path, knowledge: Knowledge<'_>) -> anyhow::Result<Side> {
    let options = OpenOptions {
        outside_links: OutsideLinks::Keep,
        ..OpenOptions::default()
    };
    let input = Input::open(path, &options)?;
    let (dependencies, owners) = find_dependencies(&input, knowledge)?;
    let mut files = Vec::new();
    for (id, entry) in input.package().iter() {
        files.push(SideFile {
            path: entry.path.to_string(),
            size_bytes: entry.size_bytes(),
            // The innermost of several comes last.
            package: owners[id.0]
                .last()
                .map(|owner| dependencies[owner.0].name.clone()),
            crc32: input.crc32(id)?,
            kind: kind(entry),
        });
    }
    let sizes = Sizes {
        zip_bytes: input.archive_bytes(),
        unzipped_bytes: input.package().unzipped_bytes(),
        files: files.len(),
    };
    Ok(Side {
        name: path.display().to_string(),
        sizes,
        files,
        versions: versions(&dependencies),
    })
}

fn kind(entry: &Entry) -> SideKind {
    match entry.kind {
        EntryKind::Symlink { .. } => SideKind::Symlink,
        EntryKind::File {
            mode: FileMode::Executable,
            ..
        } => SideKind::Program,
        EntryKind::File { .. } => SideKind::File,
    }
}

fn versions(dependencies: &[Dependency]) -> BTreeMap<String, BTreeSet<String>> {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for dependency in dependencies {
        let of_name = versions.entry(dependency.name.clone()).or_default();
        of_name.extend(dependency.version.clone());
    }
    versions
}

/// Whether both are files, and equal to the last byte.
fn have_same_bytes(one: &Path, other: &Path) -> std::io::Result<bool> {
    if !one.is_file() || !other.is_file() {
        return Ok(false);
    }
    let (one, other) = (fs_err::File::open(one)?, fs_err::File::open(other)?);
    if one.metadata()?.len() != other.metadata()?.len() {
        return Ok(false);
    }
    let mut pairs = BufReader::new(one)
        .bytes()
        .zip(BufReader::new(other).bytes());
    pairs.try_fold(true, |same, (one, other)| Ok(same && one? == other?))
}

/// How much a package may grow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Growth {
    Bytes(ByteCount),
    Percent(f64),
}

impl Growth {
    /// Whether a size grew by more.
    pub(crate) fn is_exceeded(self, before: u64, after: u64) -> bool {
        let growth = after as f64 - before as f64;
        match self {
            Self::Bytes(limit) => growth > limit.0 as f64,
            Self::Percent(percent) => growth * 100.0 > percent * before as f64,
        }
    }
}

impl std::fmt::Display for Growth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(limit) => write!(f, "{limit}"),
            Self::Percent(percent) => write!(f, "{percent} %"),
        }
    }
}

impl FromStr for Growth {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some(percent) = text.strip_suffix('%') else {
            return match text.parse() {
                Ok(bytes) => Ok(Self::Bytes(bytes)),
                Err(error) => Err(format!("{error}")),
            };
        };
        let percent = percent.trim().parse().ok();
        let percent = percent.filter(|percent: &f64| percent.is_finite() && *percent >= 0.0);
        percent
            .map(Self::Percent)
            .ok_or_else(|| "write a percentage as `5%`".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_bytes_or_percent() {
        assert_eq!("500kB".parse(), Ok(Growth::Bytes(ByteCount(500_000))));
        assert_eq!("2.5 %".parse(), Ok(Growth::Percent(2.5)));
        for wrong in ["", "%", "-1%", "nan%", "much"] {
            assert!(wrong.parse::<Growth>().is_err(), "{wrong}");
        }
    }
}
