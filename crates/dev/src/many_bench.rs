//! `cargo dev many-bench`: what many functions cost that have their packages in common, and what it costs to do it again.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::bail;

use crate::bench::{cpu_of_children, median};
use crate::case::Case;
use crate::product::{self, Profile};
use crate::table::{Align, Table, thousands};
use crate::{cache, command, install, pack, tree};

/// How often to measure, and what.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How many functions there are
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(2..))]
    functions: u32,
    /// How often everything is measured
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Measure this program and do not build one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

/// The promise: all functions together cost at most so many times what one costs.
const TIMES_OF_ONE: f64 = 3.0;
/// The promise: packing again what did not change costs at most this part of the first time.
const PART_OF_FIRST: f64 = 0.2;

/// One way to call the program.
#[derive(Clone, Copy)]
enum Call {
    One,
    All,
    OneAgain,
    AllAgain,
}

const CALLS: [Call; 4] = [Call::One, Call::All, Call::OneAgain, Call::AllAgain];

impl Call {
    fn name(self) -> &'static str {
        match self {
            Self::One => "one function",
            Self::All => "all functions",
            Self::OneAgain => "one again, cached",
            Self::AllAgain => "all again, cached",
        }
    }

    fn inputs(self, folders: &[PathBuf]) -> &[PathBuf] {
        match self {
            Self::One | Self::OneAgain => &folders[..1],
            Self::All | Self::AllAgain => folders,
        }
    }

    fn is_cached(self) -> bool {
        matches!(self, Self::OneAgain | Self::AllAgain)
    }
}

/// Measures with and without the measuring of extraction, and says whether the promises hold; slowness is no error.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let binary = product::binary(arguments.binary.as_deref(), Profile::Release)?;
    let case = Case::read(&product::repository().join("crates/dev/samples/bench-many"))?;
    if let Some(missing) = case.settings.runtime.missing() {
        bail!("the sample cannot be installed: no {missing}");
    }
    let run_time = case.settings.runtime.run_time()?;
    let sample = install::install(&case, &run_time, &cache::folder()?)?;
    let scratch = tempfile::tempdir()?;
    let folders = functions(&sample, scratch.path(), arguments.functions)?;
    let size = tree::measure(&sample)?;
    println!(
        "{} functions, each with a copy of {} files, {} bytes; medians of {} rounds in seconds",
        folders.len(),
        thousands(size.files),
        thousands(size.unzipped_bytes),
        arguments.rounds
    );
    for (title, options) in [
        ("as it is called", &[][..]),
        ("--no-measure", &["--no-measure"]),
    ] {
        let bench = Bench {
            binary: &binary,
            folders: &folders,
            scratch: scratch.path(),
            options,
        };
        println!("{title}");
        bench.report(arguments.rounds)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Copies of the sample, of which each has its own code.
fn functions(sample: &Path, scratch: &Path, count: u32) -> anyhow::Result<Vec<PathBuf>> {
    let code = fs_err::read_to_string(sample.join("index.js"))?;
    let function = |number: u32| {
        let folder = scratch.join(format!("function-{number}"));
        tree::copy(sample, &folder, |_| false)?;
        let own = format!("// This is function {number}.\n{code}");
        fs_err::write(folder.join("index.js"), own)?;
        Ok(folder)
    };
    (0..count).map(function).collect()
}

struct Bench<'a> {
    binary: &'a Path,
    folders: &'a [PathBuf],
    scratch: &'a Path,
    options: &'a [&'a str],
}

/// How long a program ran.
#[derive(Debug, Clone, Copy)]
struct Time {
    wall: Duration,
    cpu: Duration,
}

impl Bench<'_> {
    fn report(&self, rounds: u32) -> anyhow::Result<()> {
        // Fills the caches of the system and of the tool, and is not counted.
        for call in CALLS {
            self.time(call)?;
        }
        let mut times: [Vec<Time>; CALLS.len()] = Default::default();
        for _ in 0..rounds {
            for (call, times) in CALLS.into_iter().zip(&mut times) {
                times.push(self.time(call)?);
            }
        }
        let cpu = times.map(|times| middle(&times));
        let table = Table::new(&[
            ("", 20, Align::Left),
            ("wall", 6, Align::Right),
            ("CPU", 6, Align::Right),
            ("of one", 6, Align::Right),
        ]);
        println!("{}", table.head());
        for (call, time) in CALLS.into_iter().zip(cpu) {
            let cells = [
                time.wall.as_secs_f64(),
                time.cpu.as_secs_f64(),
                of(time, cpu[0]),
            ];
            let cells = cells.map(|seconds| format!("{seconds:.2}"));
            let name = format!("  {}", call.name());
            println!("{}", table.row(&[&[name][..], &cells].concat()));
        }
        let [one, all, one_again, all_again] = cpu;
        promise(
            "all cost at most three times one",
            of(all, one),
            TIMES_OF_ONE,
        );
        promise(
            "one again costs at most a fifth",
            of(one_again, one),
            PART_OF_FIRST,
        );
        promise(
            "all again cost at most a fifth",
            of(all_again, all),
            PART_OF_FIRST,
        );
        Ok(())
    }

    fn time(&self, call: Call) -> anyhow::Result<Time> {
        let mut command = Command::new(self.binary);
        command.arg("pack").args(call.inputs(self.folders));
        command.args(["-q", "--no-progress", "-o"]);
        command.arg(self.scratch.join("zips/"));
        command.args(self.options);
        pack::without_settings(&mut command);
        if call.is_cached() {
            command.arg("--cache").arg(self.scratch.join("cache"));
        }
        let Some(before) = cpu_of_children() else {
            bail!("this system does not tell the CPU time of programs");
        };
        let start = Instant::now();
        command::run_expecting(&mut command, command::INSTALL_LIMIT, &pack::WRITTEN)?;
        let wall = start.elapsed();
        let cpu = cpu_of_children().unwrap_or_default().saturating_sub(before);
        Ok(Time { wall, cpu })
    }
}

fn middle(times: &[Time]) -> Time {
    let of = |part: fn(&Time) -> Duration| median(&mut times.iter().map(part).collect::<Vec<_>>());
    Time {
        wall: of(|time| time.wall),
        cpu: of(|time| time.cpu),
    }
}

/// CPU time, as a part of another.
fn of(time: Time, whole: Time) -> f64 {
    time.cpu.as_secs_f64() / whole.cpu.as_secs_f64()
}

fn promise(what: &str, is: f64, at_most: f64) {
    let holds = if is <= at_most {
        "holds"
    } else {
        "DOES NOT HOLD"
    };
    println!("  {what}: {holds} ({is:.2})");
}
