//! `lambda-slim report`: what is inside a package, largest first.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use lambda_slim_archive::{Input, OpenOptions, OutsideLinks};
use lambda_slim_engine::{Dependency, DependencyId, Knowledge, find_dependencies};
use lambda_slim_java::{Artifact, Java};
use lambda_slim_package::{Entry, EntryId, EntryKind, FileMode};
use lambda_slim_python::{Python, likely_distributions};
use lambda_slim_report::{
    Contents, Detail, ListedFile, Listing, SideKind, Sizes, ToolRow, contents_markdown,
    contents_page, render_contents,
};
use lambda_slim_rulepack::Scope;

use crate::args::{ReportArgs, ReportFormat};
use crate::exit::{Exit, UsageError};
use crate::output::is_same_file;
use crate::planning::languages;
use crate::report_file::write_whole;
use crate::{rules, screen};

/// Looks into the package that `args` names.
pub(crate) fn run(args: &ReportArgs) -> anyhow::Result<Exit> {
    refuse_to_replace_input(args)?;
    let rules = rules::read(&[])?;
    let python = Python::default();
    let java = Java::default();
    let knowledge = Knowledge {
        rules: &rules,
        languages: &languages(&python, &java),
    };
    let before = args.before.as_ref();
    let before = before.map(|path| listing(path, knowledge, Checksums::Skip));
    let before = before.transpose()?;
    let lists_files = args.verbose && args.format == ReportFormat::Json;
    let checksums = if lists_files {
        Checksums::Read
    } else {
        Checksums::Skip
    };
    let listing = listing(&args.path, knowledge, checksums)?;
    let contents = Contents::of(ToolRow::OURS, &listing, before.as_ref());
    publish(args, contents)?;
    Ok(Exit::Done)
}

fn refuse_to_replace_input(args: &ReportArgs) -> Result<(), UsageError> {
    let inputs = [Some(&args.path), args.before.as_ref()];
    let output = args.output.as_deref();
    let mut inputs = inputs.into_iter().flatten();
    match output.filter(|output| inputs.any(|input| is_same_file(input, output))) {
        None => Ok(()),
        Some(path) => Err(UsageError(format!(
            "--output: `{}` is a package that is looked into",
            path.display()
        ))),
    }
}

fn publish(args: &ReportArgs, mut contents: Contents) -> anyhow::Result<()> {
    let detail = if args.verbose {
        Detail::Long
    } else {
        Detail::Short
    };
    let text = match args.format {
        ReportFormat::Text => render_contents(&contents, detail),
        ReportFormat::Html => contents_page(&contents)?,
        ReportFormat::Markdown => contents_markdown(&contents),
        ReportFormat::Json => {
            if detail == Detail::Short {
                contents.files.clear();
            }
            contents.to_json()?
        }
    };
    match &args.output {
        None if args.format == ReportFormat::Text => Ok(screen::styled_data(&text)?),
        None => Ok(screen::data(text.trim_end())?),
        Some(path) => {
            let text = anstream::adapter::strip_str(text.trim_end()).to_string();
            write_whole(path, &(text + "\n"))
        }
    }
}

/// Whether contents are read for their checksums; of an archive they are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Checksums {
    Read,
    Skip,
}

/// What lies in the package at `path`, and whose it is.
pub(crate) fn listing(
    path: &Path,
    knowledge: Knowledge<'_>,
    checksums: Checksums,
) -> anyhow::Result<Listing> {
    let options = OpenOptions {
        outside_links: OutsideLinks::Keep,
        ..OpenOptions::default()
    };
    listing_of(&Input::open(path, &options)?, path, knowledge, checksums)
}

/// What lies in a package that is open, and whose it is.
pub(crate) fn listing_of(
    input: &Input,
    path: &Path,
    knowledge: Knowledge<'_>,
    checksums: Checksums,
) -> anyhow::Result<Listing> {
    let (dependencies, owners) = find_dependencies(input, knowledge)?;
    let package = input.package();
    let mut versions = versions(&dependencies);
    let likely = likely_owners(input);
    let mut files = Vec::new();
    for (id, entry) in package.iter() {
        let owner = owner(&owners[id.0], &dependencies);
        let jar = match owner {
            None => Artifact::of(input, id)?,
            Some(_) => None,
        };
        if let Some(jar) = &jar {
            let of_name = versions.entry(jar.name.clone()).or_default();
            of_name.extend(jar.version.clone());
        }
        files.push(ListedFile {
            path: entry.path.to_string(),
            size_bytes: entry.size_bytes(),
            package: owner
                .map(|owner| owner.name.clone())
                .or(jar.map(|jar| jar.name))
                .or_else(|| likely.get(&id).cloned()),
            crc32: match checksums {
                Checksums::Read => Some(input.crc32(id)?),
                Checksums::Skip => None,
            },
            kind: kind(entry),
        });
    }
    let sizes = Sizes {
        zip_bytes: input.archive_bytes(),
        unzipped_bytes: package.unzipped_bytes(),
        files: package.len(),
    };
    Ok(Listing {
        name: path.display().to_string(),
        sizes,
        files,
        versions,
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

/// The names of the distributions whose lists of files are gone, for the files that are most likely theirs.
fn likely_owners(input: &Input) -> BTreeMap<EntryId, String> {
    let likely = likely_distributions(input.package());
    let files = likely
        .into_iter()
        .flat_map(|(name, files)| files.into_iter().map(move |file| (file, name.clone())));
    files.collect()
}

/// The package of a package manager that a file belongs to: the innermost of several comes last.
fn owner<'a>(owners: &[DependencyId], all: &'a [Dependency]) -> Option<&'a Dependency> {
    let owner = all.get(owners.last()?.0)?;
    let is_package = matches!(
        owner.scope,
        Scope::NodePackage | Scope::PythonDist | Scope::Gem
    );
    is_package.then_some(owner)
}

fn versions(dependencies: &[Dependency]) -> BTreeMap<String, BTreeSet<String>> {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for dependency in dependencies {
        let of_name = versions.entry(dependency.name.clone()).or_default();
        of_name.extend(dependency.version.clone());
    }
    versions
}
