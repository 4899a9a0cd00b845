//! `lambda-slim layer`: what is given, laid out where Lambda looks for it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail};
use clap::Args;
use lambda_slim_archive::{Input, Part};
use lambda_slim_config::{IGNORE_FILE, ignored};
use lambda_slim_engine::Patterns;
use lambda_slim_native::is_elf;
use lambda_slim_package::{
    ByteCount, Entry, EntryKind, EntryPath, EntryPathError, FileMode, Package,
};
use lambda_slim_report::{Diagnostic, Severity};
use lambda_slim_rulepack::{Layout, RuleSet, Versioned};

use crate::args::{Kind, PackArgs};
use crate::exit::{Exit, UsageError};
use crate::output::{Destination, is_same_file};
use crate::pack::{Job, is_folder_name};
use crate::report_file::ReportFile;
use crate::{checks, planning, products, rules, several, split};

/// Make a layer: things go where Lambda looks for them, `python/`, `nodejs/node_modules/`, `java/lib/` and so on.
///
/// Takes site-packages, virtual environments, node_modules, jars, gems of bundler, programs and libraries, and layers that
/// are laid out already. Several inputs become one layer.
#[derive(Args)]
#[command(
    after_long_help = EXAMPLES,
    mut_arg("inputs", |arg| arg.help("What goes into the layer: folders, zips, jars, programs and libraries")),
    mut_arg("output", |arg| arg.help(
        "The zip to write, or a folder for it (`out/`) [default: `deps` becomes `deps-layer.zip`]"
    )),
    mut_arg("all", |arg| arg.hide(true)),
    mut_arg("bin", |arg| arg.hide(true)),
    mut_arg("build", |arg| arg.hide(true)),
    mut_arg("kind", |arg| arg.hide(true)),
)]
pub(crate) struct LayerArgs {
    #[command(flatten)]
    pub(crate) pack: PackArgs,

    /// Make several layers of at most this size as a zip, NAME-1.zip and so on; a package stays in its layer from build to
    /// build.
    #[arg(
        long,
        value_name = "BYTES",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "50MiB",
        conflicts_with_all = ["out_dir", "in_place", "dry_run"],
        help_heading = "Limits"
    )]
    pub(crate) split: Option<ByteCount>,

    /// Put packages where only the version of --runtime looks: `nodejs/node22/node_modules/`, `python/lib/python3.13/`.
    ///
    /// For a layer that serves several versions with different packages; without it, every version finds them.
    #[arg(long, help_heading = "Target")]
    pub(crate) versioned: bool,
}

const EXAMPLES: &str = "\
Examples:
  lambda-slim layer .venv -o deps.zip                 site-packages of a virtual environment, under python/
  lambda-slim layer build/python node_modules         two languages in one layer.zip
  lambda-slim layer target/dependency                 jars, under java/lib/
  lambda-slim layer layer/ --in-place                 slim what a build laid out, such as SAM's ARTIFACTS_DIR
  lambda-slim layer .venv --split                     several layers, each small enough for a direct upload

Exit codes: as of `lambda-slim pack`";

/// Makes the layer that `args` names.
///
/// With `ignore_files` what those of the inputs name is left out.
pub(crate) fn run(args: &LayerArgs, ignore_files: bool) -> anyhow::Result<Exit> {
    let start = Instant::now();
    let rules = rules::read(&args.pack.plan.rules)?;
    if args.split.is_some() {
        split::refuse_size_as_input(&args.pack.inputs)?;
    }
    let mut pack = whole(&args.pack)?;
    rules::refuse_unknown_codes(&pack.limits, &rules)?;
    let parts = split::Order::of(args.split, &mut pack)?;
    let destination = Destination::of(&pack)?;
    refuse_to_write_over_inputs(&pack, &destination)?;
    let laying = Laying {
        rules: &rules,
        versioned: versioned(args, &rules)?,
        ignore_files,
    };
    let (input, notes, wished) = laying.open(&pack, &destination)?;
    pack.plan.wished = wished;
    let report_file = ReportFile::of(&pack, &destination)?;
    let shared = several::cached(&pack)?;
    let job = Job {
        args: &pack,
        rules: &rules,
        destination,
        input,
        shared: shared.clone(),
        is_made: true,
        notes,
        report_file,
        start,
    };
    let packed = job.carry_out()?;
    packed.say();
    if let Some(parts) = parts {
        parts.carry_out(&rules)?;
    }
    shared.iter().for_each(|shared| several::prune(shared));
    Ok(packed.exit)
}

/// The places for one version of a run time, and that version.
fn versioned<'a>(
    args: &LayerArgs,
    rules: &'a RuleSet,
) -> Result<Option<(&'a Versioned, String)>, UsageError> {
    if !args.versioned {
        return Ok(None);
    }
    let runtime = args.pack.plan.runtime.stated();
    let version = runtime.map(|runtime| runtime.version().trim_end_matches(".x"));
    let (Some(runtime), Some(version)) = (runtime, version.filter(|text| !text.is_empty())) else {
        return Err(UsageError(
            "--versioned is for one version of a run time: say which, such as --runtime nodejs22.x"
                .to_owned(),
        ));
    };
    let mut all = rules.versioned.iter();
    match all.find(|places| places.family == runtime.family()) {
        Some(places) => Ok(Some((places, version.to_owned()))),
        None => {
            let all = rules.versioned.iter().map(|places| &*places.family);
            let all: Vec<&str> = all.collect();
            Err(UsageError(format!(
                "--versioned: Lambda has no folders for one version of {}; it has them for {}",
                runtime.family(),
                all.join(" and ")
            )))
        }
    }
}

/// The options of one package of all inputs.
fn whole(args: &PackArgs) -> Result<PackArgs, UsageError> {
    let names: Vec<String> = args
        .inputs
        .iter()
        .map(|input| input.display().to_string())
        .collect();
    let mut whole = args.for_input(Path::new(&names.join(" + ")));
    whole.plan.kind = Kind::Layer;
    if args.in_place && args.inputs.len() > 1 {
        return Err(UsageError(
            "--in-place is for one input; name the layer with -o".to_owned(),
        ));
    }
    if args.all {
        return Err(UsageError(
            "--all is for `lambda-slim pack`, which packs the layers of a build as well".to_owned(),
        ));
    }
    if args.bin.is_some() || args.build {
        return Err(UsageError(
            "--bin and --build make a function; build first, and name the program as the input"
                .to_owned(),
        ));
    }
    if !args.in_place && args.out_dir.is_none() {
        whole.output = Some(match &args.output {
            Some(folder) if is_folder_name(folder) => folder.join(default_name(&args.inputs)),
            Some(output) => output.clone(),
            None => beside(&args.inputs),
        });
    }
    Ok(whole)
}

fn default_name(inputs: &[PathBuf]) -> String {
    let only = inputs.first().filter(|_| inputs.len() == 1);
    let name = only.and_then(|input| match input.is_dir() {
        true => fs_err::canonicalize(input)
            .ok()?
            .file_name()
            .map(ToOwned::to_owned),
        false => input.file_stem().map(ToOwned::to_owned),
    });
    match name {
        Some(name) => format!(
            "{}-layer.zip",
            name.to_string_lossy().trim_start_matches('.')
        ),
        None => "layer.zip".to_owned(),
    }
}

/// `build/site-packages` becomes `build/site-packages-layer.zip`; several inputs become `layer.zip` here.
fn beside(inputs: &[PathBuf]) -> PathBuf {
    let name = default_name(inputs);
    match inputs {
        [input] if input.file_name().is_some() => input.with_file_name(name),
        _ => PathBuf::from(name),
    }
}

fn refuse_to_write_over_inputs(
    args: &PackArgs,
    destination: &Destination,
) -> Result<(), UsageError> {
    let output = destination.path().filter(|_| !args.in_place);
    let is_input = |output: &&Path| args.inputs.iter().any(|input| is_same_file(input, output));
    match output.filter(is_input) {
        Some(output) => Err(UsageError(format!(
            "the output is an input: `{}`; ask for that with --in-place",
            output.display()
        ))),
        None => Ok(()),
    }
}

/// How inputs become one layer.
struct Laying<'a> {
    rules: &'a RuleSet,
    versioned: Option<(&'a Versioned, String)>,
    ignore_files: bool,
}

impl Laying<'_> {
    /// Opens all inputs and lays them out; one that is laid out already is taken as it is. What to tell, and what is
    /// wished because of the way in which they came, comes with them.
    fn open(
        &self,
        args: &PackArgs,
        destination: &Destination,
    ) -> anyhow::Result<(Input, Vec<Diagnostic>, Vec<&'static str>)> {
        let mut parts = Vec::new();
        let mut notes = Vec::new();
        let mut wished = Vec::new();
        for path in &args.inputs {
            let (input, folder) = open_one(path, args, destination)?;
            let layout = layout(self.rules, &folder, path, &input)?;
            let part = self.part(input, layout);
            let mut part = part.with_context(|| format!("`{}`", path.display()))?;
            notes.extend(note(path, layout, &part));
            notes.extend(along(layout, &part));
            notes.extend(outside(layout, &part));
            wished.push(layout.wish);
            if self.ignore_files {
                notes.extend(leave_out(&mut part, path)?);
            }
            parts.push(part);
        }
        if parts.len() == 1 && stands(&parts[0]) {
            let part = parts.pop().expect("there is one");
            return Ok((part.input, notes, shared(&wished)));
        }
        let input = Input::joined(parts)?;
        if input.package().is_empty() {
            bail!(
                "`{}` is empty; there is nothing to pack",
                args.input.display()
            );
        }
        Ok((input, notes, shared(&wished)))
    }

    fn part(&self, input: Input, layout: &Layout) -> anyhow::Result<Part> {
        let package = input.package().iter();
        let paths = package.map(|(_, entry)| {
            let place = self.place(layout, &entry.path);
            place.with_context(|| format!("`{}` has no place in a layer", entry.path))
        });
        let part = Part {
            paths: paths.collect::<anyhow::Result<_>>()?,
            input,
        };
        Ok(part.telling_empty(|folder| layout.takes(folder)))
    }

    fn place(
        &self,
        layout: &Layout,
        path: &EntryPath,
    ) -> Result<Option<EntryPath>, EntryPathError> {
        let place = layout.place(path)?;
        let (Some(place), Some((places, version))) = (&place, &self.versioned) else {
            return Ok(place);
        };
        let of_version = places.place(place, version)?;
        Ok(Some(of_version.unwrap_or_else(|| place.clone())))
    }
}

/// What is wished because of the way in which every part came.
fn shared(wishes: &[Option<&'static str>]) -> Vec<&'static str> {
    let wish = wishes.first().copied().flatten();
    let is_shared = |wish: &&str| wishes.iter().all(|other| *other == Some(*wish));
    wish.filter(is_shared).into_iter().collect()
}

/// Whether all of a part is where it was.
fn stands(part: &Part) -> bool {
    let mut entries = part.input.package().iter().zip(&part.paths);
    entries.all(|((_, entry), path)| path.as_ref() == Some(&entry.path))
}

/// An input and the name of the folder that it is; a single file lies in none.
fn open_one(
    path: &Path,
    args: &PackArgs,
    destination: &Destination,
) -> anyhow::Result<(Input, String)> {
    if let Some(file) = single_file(path)? {
        return Ok((file, String::new()));
    }
    let leave_out = products::of_pack(args, destination);
    let input = planning::open(path, &args.plan, leave_out)?;
    let folder = fs_err::canonicalize(path)?;
    let name = folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Ok((input, name))
}

/// A jar or a program, which is a thing in a layer rather than a package of things.
fn single_file(path: &Path) -> anyhow::Result<Option<Input>> {
    let is_jar = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("jar"));
    if !path.is_file() || !(is_jar || is_elf(path)) {
        return Ok(None);
    }
    let contents = fs_err::read(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let path =
        EntryPath::new(&name).with_context(|| format!("`{name}` has no name for a package"))?;
    let mode = if is_jar {
        FileMode::Regular
    } else {
        FileMode::Executable
    };
    let size_bytes = contents.len() as u64;
    let kind = EntryKind::File { size_bytes, mode };
    Ok(Some(Input::in_memory(vec![(
        Entry { path, kind },
        contents,
    )])?))
}

/// The way in which the `package` at `path` comes, as far as anybody knows.
pub(crate) fn layout_of<'a>(
    rules: &'a RuleSet,
    path: &Path,
    package: &Package,
) -> Option<&'a Layout> {
    let folder = fs_err::canonicalize(path).ok()?;
    let folder = folder.file_name().unwrap_or_default().to_string_lossy();
    known_layout(rules, &folder, package)
}

fn known_layout<'a>(rules: &'a RuleSet, folder: &str, package: &Package) -> Option<&'a Layout> {
    let paths = || package.iter().map(|(_, entry)| &entry.path);
    let mut layouts = rules.layouts.iter();
    layouts.find(|layout| layout.is_of(folder, paths()) && layout.has_room(paths()))
}

fn layout<'a>(
    rules: &'a RuleSet,
    folder: &str,
    path: &Path,
    input: &Input,
) -> Result<&'a Layout, UsageError> {
    known_layout(rules, folder, input.package()).ok_or_else(|| {
        let mut known: Vec<&str> = Vec::new();
        for layout in &rules.layouts {
            if !known.contains(&&*layout.says) {
                known.push(&layout.says);
            }
        }
        UsageError(format!(
            "`{}` holds nothing that has a place in a layer; looked for {}",
            path.display(),
            known.join(", ")
        ))
    })
}

/// Takes out of `part` what the ignore file of its folder names, and says how much that is.
fn leave_out(part: &mut Part, folder: &Path) -> anyhow::Result<Vec<Diagnostic>> {
    let patterns = ignored(folder)?;
    if patterns.is_empty() {
        return Ok(Vec::new());
    }
    let named = Patterns::new(&patterns)?;
    let package = part.input.package();
    let mut count = 0;
    for ((_, entry), place) in package.iter().zip(&mut part.paths) {
        if named.first(&entry.path).is_some() {
            *place = None;
            count += 1;
        }
    }
    let file = folder.join(IGNORE_FILE);
    let message = format!(
        "left out of the layer by `{}`: {count} files",
        file.display()
    );
    let note = Diagnostic {
        severity: Severity::Advice,
        ..Diagnostic::warning("LS936", message, None)
    };
    let idle = named.idle(package);
    Ok(std::iter::once(note)
        .chain(idle.iter().map(checks::idle))
        .collect())
}

/// Where things went, if they went somewhere.
fn note(path: &Path, layout: &Layout, part: &Part) -> Option<Diagnostic> {
    let entries = part.input.package().iter().zip(&part.paths);
    let mut moved = entries.filter_map(|((_, entry), path)| {
        let path = path.as_ref().filter(|path| **path != entry.path)?;
        path.components().next()
    });
    let folder = moved.next()?;
    let path = path.display();
    let message = format!(
        "laid out as a layer: {} → {folder}/ (`{path}`)",
        layout.says
    );
    Some(Diagnostic {
        severity: Severity::Advice,
        ..Diagnostic::warning("LS936", message, None)
    })
}

/// What only goes along with what has a place in a layer, and where it is.
fn along(layout: &Layout, part: &Part) -> Option<Diagnostic> {
    let entries = part.input.package().iter().zip(&part.paths);
    let mut along = entries.filter_map(|((_, entry), place)| {
        let place = place.as_ref()?;
        layout.goes_along(&entry.path).then_some((entry, place))
    });
    let (first, place) = along.next()?;
    let more = match along.count() {
        0 => String::new(),
        count => format!(", like {count} more beside {}", layout.says),
    };
    let message = format!("`{}` went along, to `/opt/{place}`{more}", first.path);
    Some(Diagnostic {
        severity: Severity::Advice,
        ..Diagnostic::warning(
            "LS937",
            message,
            "code finds it by that path alone; --drop leaves it out".to_owned(),
        )
    })
}

/// What is no part of the layer, since it lies outside of what has a place there.
fn outside(layout: &Layout, part: &Part) -> Option<Diagnostic> {
    let entries = part.input.package().iter().zip(&part.paths);
    let mut outside = entries.filter(|(_, place)| place.is_none());
    let ((_, first), _) = outside.next()?;
    let more = match outside.count() {
        0 => String::new(),
        count => format!(", like {count} more"),
    };
    let message = format!(
        "of {}, `{}` is no part of a layer{more}",
        layout.says, first.path
    );
    Some(Diagnostic {
        severity: Severity::Advice,
        ..Diagnostic::warning("LS936", message, None)
    })
}
