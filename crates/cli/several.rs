//! `lambda-slim pack` of several inputs: each with its own configuration, all with one memory of what files hold.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use anyhow::{Context, bail};
use lambda_slim_archive::{Cache, Error, Shared};
use lambda_slim_rulepack::RuleSet;
use lambda_slim_template::{Function, Layer};

use crate::args::{Command, CommandLine, PackArgs, PackFormat};
use crate::built::Built;
use crate::exit::{Exit, UsageError};
use crate::output::{Destination, is_same_file, names_one_archive};
use crate::pack::{Job, Packed};
use crate::settings::Known;
use crate::{STACK_BYTES, built, planning, rules, summary};

/// What is remembered of files; twenty functions with 64 MB of packages each take 123 MB in all.
const REMEMBERED_AT_MOST_BYTES: u64 = 512 << 20;

/// What a cache holds at most; the help of `--cache` says it.
const CACHED_AT_MOST_BYTES: u64 = 1 << 30;

/// Packs all inputs; their configurations are read before the first package is written.
pub(crate) fn pack(args: &PackArgs) -> anyhow::Result<Exit> {
    refuse_missing(&args.inputs)?;
    let all = args.inputs.iter().map(|input| {
        let mut pack = configured(&Known::of(input))?;
        if pack.output == args.output {
            pack.output = pack.output.as_deref().map(folder_name);
        }
        pack.name = Some(input.display().to_string());
        Ok(pack)
    });
    carry_out(&[all.collect::<anyhow::Result<_>>()?], None)
}

/// What is typed as the output of several inputs is a folder, with or without a `/` at its end.
fn folder_name(output: &Path) -> PathBuf {
    output.join("")
}

/// Packs every function and layer of the builds that `args` names.
pub(crate) fn pack_all(args: &PackArgs) -> anyhow::Result<Exit> {
    let built = Built::read(&args.inputs)?;
    let folder = built::output_folder(args)?;
    let zip = |id: &str| {
        let folder = folder.as_ref();
        folder.map(|folder| folder.join(format!("{id}.zip")))
    };
    let layer = |(layer, path): &(Layer, PathBuf)| {
        let mut pack = configured(&built::known_layer(layer, path))?;
        built::of_layer(&mut pack);
        pack.output = zip(&layer.id);
        pack.name = Some(layer.name.clone());
        Ok(pack)
    };
    let layers: Vec<PackArgs> = built
        .layers
        .iter()
        .map(layer)
        .collect::<anyhow::Result<_>>()?;
    // A function is weighed with what became of its layers.
    let slim = |used: &Path| {
        let is_it = |layer: &&PackArgs| is_same_file(&layer.input, used);
        let output = layers
            .iter()
            .find(is_it)
            .and_then(|layer| layer.output.clone());
        output
            .unwrap_or_else(|| used.to_owned())
            .display()
            .to_string()
    };
    let function = |(function, path): &(Function, PathBuf)| {
        let mut pack = configured(&built::known_function(function, path))?;
        built::of_function(&mut pack);
        let used = built::local_layers(function).map(slim);
        pack.limits.with_layer.extend(used);
        pack.output = zip(&function.id);
        pack.name = Some(function.name.clone());
        Ok(pack)
    };
    let functions = built.functions.iter().map(function);
    let functions: Vec<PackArgs> = functions.collect::<anyhow::Result<_>>()?;
    carry_out(&[layers, functions], folder.as_deref())
}

/// Packs group after group: what is in one may ask what became of those before. `folder` is made for their zips.
fn carry_out(groups: &[Vec<PackArgs>], folder: Option<&Path>) -> anyhow::Result<Exit> {
    let all: Vec<&PackArgs> = groups.iter().flatten().collect();
    refuse_one_report_file(&all)?;
    refuse_one_output(&all)?;
    let rules = Rules::read(&all)?;
    let shared = shared(cache(&all)?);
    folder.map(fs_err::create_dir_all).transpose()?;
    let mut done = Vec::new();
    for group in groups {
        in_turn(group, &rules, &shared, |packed| {
            packed.say();
            done.push(packed);
        })?;
    }
    prune(&shared);
    finish(all.first().map(|args| args.format), &done)
}

/// Tells programs of all packages together, and how the run ended.
pub(crate) fn finish(format: Option<PackFormat>, done: &[Packed]) -> anyhow::Result<Exit> {
    summary::publish_all(format.unwrap_or(PackFormat::Text), done)?;
    let worst = done.iter().map(|packed| packed.exit).max();
    Ok(worst.unwrap_or(Exit::Done))
}

/// A memory for packages that may have files in common, on top of what earlier runs left.
pub(crate) fn shared(cache: Option<Cache>) -> Arc<Shared> {
    Arc::new(Shared::new(REMEMBERED_AT_MOST_BYTES, cache))
}

/// What one package has in common with earlier runs, where it has a cache.
pub(crate) fn cached(args: &PackArgs) -> Result<Option<Arc<Shared>>, Error> {
    let cache = args.cache.as_deref().map(Cache::open).transpose()?;
    Ok(cache.map(|cache| shared(Some(cache))))
}

/// Leaves no more than a cache may hold.
pub(crate) fn prune(shared: &Shared) {
    if let Some(cache) = shared.cache() {
        cache.prune(CACHED_AT_MOST_BYTES);
    }
}

/// The one cache of all: what a file became under one is asked for by another.
pub(crate) fn cache(all: &[&PackArgs]) -> anyhow::Result<Option<Cache>> {
    let named: BTreeSet<&Path> = all
        .iter()
        .filter_map(|args| args.cache.as_deref())
        .collect();
    let mut named = named.into_iter();
    match (named.next(), named.next()) {
        (Some(one), Some(other)) => bail!(UsageError(format!(
            "cache: `{}` and `{}` are configured, and several inputs have one; name it with --cache",
            one.display(),
            other.display()
        ))),
        (one, _) => Ok(one.map(Cache::open).transpose()?),
    }
}

/// What was typed, over the configuration of this one of several inputs.
fn configured(input: &Known<'_>) -> anyhow::Result<PackArgs> {
    match CommandLine::read_for(input)?.command {
        Command::Pack(args) => Ok(PackArgs {
            // A clock beside other work tells how busy the machine is; and a bar for each would be no bar.
            no_measure: true,
            no_progress: true,
            one_of_several: true,
            ..args.for_input(input.path)
        }),
        _ => unreachable!("the command is `pack` for each of its inputs"),
    }
}

/// The rules, read once for all packages whose configurations name the same files.
pub(crate) struct Rules(BTreeMap<Vec<PathBuf>, RuleSet>);

impl Rules {
    pub(crate) fn read(all: &[&PackArgs]) -> anyhow::Result<Self> {
        let mut read = BTreeMap::new();
        for args in all {
            let files = &args.plan.rules;
            if !read.contains_key(files) {
                read.insert(files.clone(), rules::read(files)?);
            }
        }
        Ok(Self(read))
    }

    pub(crate) fn of(&self, args: &PackArgs) -> &RuleSet {
        &self.0[&args.plan.rules]
    }
}

/// Packs the first with all threads, and then as many at once as there are threads: what they have in common is known
/// by then. `take` gets them in their order, up to the first that fails.
fn in_turn(
    all: &[PackArgs],
    rules: &Rules,
    shared: &Arc<Shared>,
    mut take: impl FnMut(Packed),
) -> anyhow::Result<()> {
    let pack = |args: &PackArgs| {
        Job::open(args, rules.of(args), Some(shared))
            .and_then(Job::carry_out)
            .with_context(|| format!("`{}` cannot be packed", args.input.display()))
    };
    let Some((first, others)) = all.split_first() else {
        return Ok(());
    };
    take(pack(first)?);
    let at_once = planning::jobs(&first.plan)
        .min(NonZeroUsize::new(others.len()).unwrap_or(NonZeroUsize::MIN));
    at_once_in_order(
        others.len(),
        at_once,
        |index| {
            let mut args = others[index].clone();
            args.plan.at_once = at_once;
            pack(&args)
        },
        |packed| packed.map(&mut take),
    )
}

/// Runs `work` for `0..count` on `threads` threads, with as much stack as the main thread has, and hands the results to
/// `take` in order. After an error nothing new is begun.
fn at_once_in_order<R: Send>(
    count: usize,
    threads: NonZeroUsize,
    work: impl Fn(usize) -> R + Sync,
    mut take: impl FnMut(R) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let (sender, results) = mpsc::channel();
        for _ in 0..threads.get().min(count) {
            let (sender, next, work) = (sender.clone(), &next, &work);
            let worker = move || {
                let numbers = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
                for number in numbers.take_while(|number| *number < count) {
                    if sender.send((number, work(number))).is_err() {
                        break;
                    }
                }
            };
            let builder = thread::Builder::new().stack_size(STACK_BYTES);
            builder.spawn_scoped(scope, worker)?;
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut expected = 0;
        for (number, result) in results {
            waiting.insert(number, result);
            while let Some(result) = waiting.remove(&expected) {
                expected += 1;
                if let Err(error) = take(result) {
                    next.store(count, Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
        Ok(())
    })
}

/// The report of one package would take the place of another's.
fn refuse_one_report_file(all: &[&PackArgs]) -> Result<(), UsageError> {
    let mut files = BTreeSet::new();
    let mut named = all.iter().filter_map(|args| args.report_file.as_ref());
    match named.find(|file| !files.insert(*file)) {
        Some(file) => Err(UsageError(format!(
            "report-file: `{}` is configured for several inputs; name one in a [[target]] of each",
            file.display()
        ))),
        None => Ok(()),
    }
}

/// One package would take the place of another.
fn refuse_one_output(all: &[&PackArgs]) -> anyhow::Result<()> {
    let mut written: BTreeMap<PathBuf, &Path> = BTreeMap::new();
    for args in all {
        let Some(output) = Destination::of(args)?.path().map(Path::to_owned) else {
            continue;
        };
        let of_output = output.display().to_string();
        if let Some(other) = written.insert(output, &args.input) {
            bail!(UsageError(format!(
                "`{}` and `{}` would both become `{of_output}`",
                other.display(),
                args.input.display()
            )));
        }
    }
    Ok(())
}

/// Options that name one thing, where there are several inputs.
pub(crate) fn refuse_what_names_one(args: &PackArgs) -> Result<(), UsageError> {
    const FOLDER: &str = "for several there are `-o FOLDER/` and --in-place";
    const FORMAT: &str = "for several there are text, json, markdown and github";
    const TARGETS: &str = "for several it stands in a [[target]] of each in the configuration";
    let output = args.output.as_deref();
    let named = [
        (
            "-o with the name of a zip",
            output.is_some_and(names_one_archive),
            FOLDER,
        ),
        ("--out-dir", args.out_dir.is_some(), FOLDER),
        ("--report-file", args.report_file.is_some(), TARGETS),
        ("--handler", args.plan.handler.is_some(), TARGETS),
        ("--format html", args.format == PackFormat::Html, FORMAT),
        (
            "--format tf-external",
            args.format == PackFormat::TfExternal,
            FORMAT,
        ),
    ];
    match named.iter().find(|(_, is_given, _)| *is_given) {
        Some((option, _, instead)) if args.inputs.len() > 1 || args.all => {
            Err(UsageError(format!("{option} is for one input; {instead}")))
        }
        _ => Ok(()),
    }
}

/// None of several packages is written where one of them is not there.
fn refuse_missing(inputs: &[PathBuf]) -> anyhow::Result<()> {
    match inputs.iter().find(|input| !input.exists()) {
        Some(input) => bail!("neither a folder nor a zip: `{}`", input.display()),
        None => Ok(()),
    }
}
