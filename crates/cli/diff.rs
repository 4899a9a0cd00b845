//! `lambda-slim diff`: what distinguishes two packages.

use std::io::{BufReader, Read};
use std::path::Path;
use std::str::FromStr;

use lambda_slim_engine::Knowledge;
use lambda_slim_java::Java;
use lambda_slim_package::ByteCount;
use lambda_slim_python::Python;
use lambda_slim_report::{
    Detail, Difference, Side, ToolRow, difference_markdown, render_difference, side_of_report,
};

use crate::args::{DiffArgs, DiffFormat};
use crate::contents::{Checksums, listing};
use crate::exit::{Exit, UsageError};
use crate::fingerprint::sha256_of;
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
    let same_bytes = are_same_zip((&args.before, &before), (&args.after, &after))?;
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

/// A package, or what a report says of one.
fn side(path: &Path, knowledge: Knowledge<'_>) -> anyhow::Result<Side> {
    if !is_report(path) {
        return Ok(Side::of(&listing(path, knowledge, Checksums::Read)?));
    }
    let name = path.display().to_string();
    let side = side_of_report(name, &fs_err::read_to_string(path)?).map_err(|error| {
        UsageError(format!(
            "`{}` is no report of a package: {error}",
            path.display()
        ))
    })?;
    Ok(side)
}

fn is_report(path: &Path) -> bool {
    path.is_file()
        && path
            .extension()
            .is_some_and(|extension| extension == "json")
}

/// Whether both are the same zip, which a report names by its hash.
fn are_same_zip(before: (&Path, &Side), after: (&Path, &Side)) -> std::io::Result<bool> {
    let hash = |(path, side): (&Path, &Side)| match &side.sha256 {
        Some(hash) => Ok(Some(hash.clone())),
        None if path.is_file() && !is_report(path) => sha256_of(path).map(Some),
        None => Ok(None),
    };
    if !is_report(before.0) && !is_report(after.0) {
        return have_same_bytes(before.0, after.0);
    }
    let (one, other) = (hash(before)?, hash(after)?);
    Ok(one.is_some() && one == other)
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
