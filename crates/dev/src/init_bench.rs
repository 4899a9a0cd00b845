//! `cargo dev init-bench`: how long a function with seven AWS clients takes to start, as installed, with each step
//! alone, and at each level; every start is a fresh process, in turn.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, bail};
use lambda_slim_report::Statistics;

use crate::case::Case;
use crate::language::RunTime;
use crate::product::{self, Profile};
use crate::table::{Align, Table, ratio, thousands};
use crate::{cache, command, install, pack, rule_reference, tree};

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How often each variant starts
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Slim with this program and do not build one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

/// A way of slimming.
struct Variant {
    name: &'static str,
    level: &'static str,
    /// The only rules that act; `None` lets all act.
    rules: Option<&'static [&'static str]>,
    /// What is promised of CPU time and unzipped bytes, as parts of those as installed.
    at_most: Option<(f64, f64)>,
    /// Whether the function itself stops the garbage collector while it starts, which no packager can do for it.
    stops_collector: bool,
}

/// Around the function's code. What was made so far is never looked at again, and later garbage is collected as usual.
/// Source: <https://docs.python.org/3/library/gc.html#gc.freeze>.
const COLLECTOR_STOPS: (&str, &str) = (
    "import gc\n\ngc.disable()\n",
    "\n\ngc.freeze()\ngc.enable()\n",
);

/// What makes the bytecode that pip wrote valid.
const BYTECODE: &str = "python/bytecode-dates";
/// Unpacks models; what changes their texts can only be done together with it.
const UNPACKED: &str = "python/botocore-packed-models";

/// The first one is what the others are compared with: as tools ship it, without bytecode that CPython accepts.
const VARIANTS: [Variant; 16] = [
    alone("as installed", "balanced", &[]),
    alone("services", "balanced", &["python/botocore-services"]),
    alone(
        "old versions",
        "balanced",
        &["python/botocore-old-versions"],
    ),
    alone("examples", "balanced", &["python/botocore-examples"]),
    alone("unpacked", "balanced", &[UNPACKED]),
    alone(
        "documentation",
        "balanced",
        &[UNPACKED, "python/botocore-documentation"],
    ),
    alone(
        "white space",
        "balanced",
        &[UNPACKED, "python/botocore-white-space"],
    ),
    alone(
        "operations",
        "aggressive",
        &[UNPACKED, "python/botocore-operations"],
    ),
    alone("endpoints", "balanced", &["python/botocore-endpoints"]),
    alone(
        "plain models",
        "balanced",
        &["python/botocore-plain-models"],
    ),
    alone("bytecode", "balanced", &[BYTECODE]),
    alone(
        "no sources",
        "aggressive",
        &[
            BYTECODE,
            "python/sources-of-bytecode",
            "python/bytecode-beside-sources",
        ],
    ),
    at_level("safe", None),
    at_level("balanced", Some((0.43, 0.42))),
    Variant {
        name: "no collector",
        stops_collector: true,
        ..at_level("balanced", None)
    },
    at_level("aggressive", Some((0.33, 0.25))),
];

const fn alone(name: &'static str, level: &'static str, rules: &'static [&'static str]) -> Variant {
    Variant {
        name,
        level,
        rules: Some(rules),
        at_most: None,
        stops_collector: false,
    }
}

const fn at_level(level: &'static str, at_most: Option<(f64, f64)>) -> Variant {
    Variant {
        name: level,
        level,
        rules: None,
        at_most,
        stops_collector: false,
    }
}

/// One variant, slimmed, and what its starts took.
struct Measured {
    folder: PathBuf,
    unzipped_bytes: u64,
    cpu: Vec<Duration>,
    wall: Vec<Duration>,
}

/// Measures and prints; slowness is never an error, another answer is.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let case = Case::read(&product::repository().join("crates/dev/samples/bench-init"))?;
    if let Some(missing) = case.settings.runtime.missing() {
        bail!("nothing to measure: no {missing}");
    }
    let run_time = case.settings.runtime.run_time()?;
    let installed = install::install(&case, &run_time, &cache::folder()?)?;
    let binary = product::binary(arguments.binary.as_deref(), Profile::Release)?;
    let scratch = tempfile::tempdir()?;
    let mut all = Vec::new();
    for variant in &VARIANTS {
        let folder = scratch.path().join(variant.name.replace(' ', "-"));
        slim(&binary, &installed, &folder, variant, &run_time)?;
        let unzipped_bytes = tree::measure(&folder)?.unzipped_bytes;
        all.push(Measured {
            folder,
            unzipped_bytes,
            cpu: Vec::new(),
            wall: Vec::new(),
        });
    }
    measure(&run_time, &mut all, arguments.rounds)?;
    print(&all);
    Ok(ExitCode::SUCCESS)
}

fn slim(
    binary: &Path,
    installed: &Path,
    folder: &Path,
    variant: &Variant,
    run_time: &RunTime,
) -> anyhow::Result<()> {
    let mut arguments: Vec<String> = ["--level", variant.level, "--runtime", &run_time.name]
        .map(str::to_owned)
        .into();
    if let Some(rules) = variant.rules {
        let others = rule_reference::ids()?
            .into_iter()
            .filter(|id| !rules.contains(&id.as_str()));
        let others: Vec<String> = others.collect();
        arguments.push(format!("--disable={}", others.join(",")));
        if !rules.contains(&BYTECODE) {
            arguments.push("--drop=**/__pycache__".to_owned());
        }
    }
    pack::pack_and_unpack(binary, installed, folder, &arguments, run_time)?;
    if variant.stops_collector {
        let app = folder.join("app.py");
        let (before, behind) = COLLECTOR_STOPS;
        let code = fs_err::read_to_string(&app)?;
        fs_err::write(&app, format!("{before}{code}{behind}"))?;
    }
    Ok(())
}

fn measure(run_time: &RunTime, all: &mut [Measured], rounds: u32) -> anyhow::Result<()> {
    let mut expected = None;
    // The first round reads the files from the disk and does not count.
    for round in 0..=rounds as usize {
        for turn in 0..all.len() {
            let variant = (round + turn) % all.len();
            let measured = &mut all[variant];
            let (cpu, wall, answer) = start(run_time, &measured.folder)?;
            if *expected.get_or_insert_with(|| answer.clone()) != answer {
                bail!("`{}` answers otherwise: {answer}", VARIANTS[variant].name);
            }
            if round > 0 {
                measured.cpu.push(cpu);
                measured.wall.push(wall);
            }
        }
    }
    Ok(())
}

/// Starts the function once: CPU time, wall time and its answer.
fn start(run_time: &RunTime, folder: &Path) -> anyhow::Result<(Duration, Duration, String)> {
    let probe = product::repository().join("crates/dev/probes/init.py");
    let mut python = Command::new(&run_time.program);
    python.args(["-s", "-S", "-B"]).arg(probe).arg(folder);
    python.env_clear().env("PYTHONHASHSEED", "0");
    let said = command::run(&mut python, Duration::from_secs(120))?;
    let mut parts = said.trim().splitn(3, ' ');
    let mut time = || Some(Duration::from_nanos(parts.next()?.parse().ok()?));
    let (cpu, wall) = time().zip(time()).context("the probe said nothing")?;
    Ok((cpu, wall, parts.next().unwrap_or_default().to_owned()))
}

fn print(all: &[Measured]) {
    let columns = [
        ("variant", 13, Align::Left),
        ("time", 4, Align::Left),
        ("count", 5, Align::Right),
        ("min", 7, Align::Right),
        ("max", 7, Align::Right),
        ("mean", 7, Align::Right),
        ("median", 7, Align::Right),
        ("p95", 7, Align::Right),
        ("ratio", 6, Align::Right),
        ("bytes", 12, Align::Right),
        ("ratio", 6, Align::Right),
    ];
    let table = Table::new(&columns);
    println!(
        "init in milliseconds, fresh processes in turn; ratios: the median of those within a round"
    );
    println!("{}", table.head());
    for (variant, measured) in VARIANTS.iter().zip(all) {
        let bytes = ratio(measured.unzipped_bytes, all[0].unzipped_bytes);
        let sizes = [thousands(measured.unzipped_bytes), format!("{bytes:.3}")];
        println!(
            "{}",
            table.row(&row(
                variant.name,
                "CPU",
                &measured.cpu,
                &all[0].cpu,
                &sizes
            ))
        );
        println!(
            "{}",
            table.row(&row("", "wall", &measured.wall, &all[0].wall, &[]))
        );
    }
    for (variant, measured) in VARIANTS.iter().zip(all) {
        if let Some((cpu_at_most, bytes_at_most)) = variant.at_most {
            let cpu = part_of(&measured.cpu, &all[0].cpu);
            let bytes = ratio(measured.unzipped_bytes, all[0].unzipped_bytes);
            let verdict = |holds: bool| if holds { "holds" } else { "DOES NOT HOLD" };
            let (fast, small) = (verdict(cpu <= cpu_at_most), verdict(bytes <= bytes_at_most));
            println!(
                "{}: CPU {cpu:.3} of at most {cpu_at_most}: {fast}; bytes {bytes:.3} of at most {bytes_at_most}: {small}",
                variant.name
            );
        }
    }
}

/// The median of what each round says: a machine that is slow for a while is so for all starts of a round.
fn part_of(times: &[Duration], first: &[Duration]) -> f64 {
    let rounds = times.iter().zip(first);
    let mut parts: Vec<f64> = rounds
        .map(|(one, first)| one.div_duration_f64(*first))
        .collect();
    parts.sort_by(f64::total_cmp);
    parts
        .get(parts.len().saturating_sub(1) / 2)
        .copied()
        .unwrap_or(f64::NAN)
}

fn row(
    name: &str,
    time: &str,
    times: &[Duration],
    first: &[Duration],
    sizes: &[String],
) -> Vec<String> {
    let Some(found) = Statistics::of(times) else {
        return vec![name.to_owned(), time.to_owned()];
    };
    let numbers = [
        found.min_ms,
        found.max_ms,
        found.mean_ms,
        found.median_ms,
        found.p95_ms,
    ];
    let mut cells = vec![name.to_owned(), time.to_owned(), found.count.to_string()];
    cells.extend(numbers.map(|number| format!("{number:.1}")));
    cells.push(format!("{:.3}", part_of(times, first)));
    cells.extend_from_slice(sizes);
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_round_is_slow_for_all() {
        let times = |all: &[u64]| -> Vec<Duration> {
            let all = all.iter();
            all.map(|millis| Duration::from_millis(*millis)).collect()
        };
        let part = part_of(&times(&[50, 100, 49]), &times(&[100, 200, 100]));
        assert!((part - 0.5).abs() < f64::EPSILON);
        assert!(part_of(&[], &[]).is_nan());
    }
}
