//! `lambda-slim report`: what is inside a package, largest first.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use lambda_slim_archive::{Input, OpenOptions, OutsideLinks};
use lambda_slim_engine::{Dependency, DependencyId, Knowledge, find_dependencies};
use lambda_slim_java::{Artifact, Java};
use lambda_slim_python::Python;
use lambda_slim_report::{
    Contents, Detail, ListedFile, Listing, Sizes, ToolRow, contents_page, render_contents,
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
    let before = before.map(|path| listing(path, knowledge)).transpose()?;
    let listing = listing(&args.path, knowledge)?;
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

fn listing(path: &Path, knowledge: Knowledge<'_>) -> anyhow::Result<Listing> {
    let options = OpenOptions {
        outside_links: OutsideLinks::Keep,
        ..OpenOptions::default()
    };
    listing_of(&Input::open(path, &options)?, path, knowledge)
}

/// What lies in a package that is open, and whose it is.
pub(crate) fn listing_of(
    input: &Input,
    path: &Path,
    knowledge: Knowledge<'_>,
) -> anyhow::Result<Listing> {
    let (dependencies, owners) = find_dependencies(input, knowledge)?;
    let package = input.package();
    let mut versions = versions(&dependencies);
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
                .or(jar.map(|jar| jar.name)),
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
