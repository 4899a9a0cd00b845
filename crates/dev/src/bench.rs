//! `cargo dev bench`: how long packing and planning take, against Info-ZIP's `zip -9` in the same run.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::bail;

use crate::case::Case;
use crate::product::{self, Profile};
use crate::table::{Align, Table, ratio, thousands};
use crate::{cache, command, install, pack, tree};

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Folders to pack; without any, Python wheels and npm packages of some 10,000 and 40,000 files
    folders: Vec<PathBuf>,
    /// How often each program packs each folder
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Measure this program and do not build one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

const SAMPLES: [&str; 3] = ["bench-python", "bench-node", "bench-plan"];

/// The promise: at most this part of the time of `zip -9`, and no more bytes.
const AT_MOST: f64 = 1.0 / 3.0;

/// One packing.
#[derive(Debug, Clone, Copy)]
struct Run {
    wall: Duration,
    /// User and system time of the program; unknown where the system does not tell.
    cpu: Option<Duration>,
    /// What was written, if anything.
    zip_bytes: Option<u64>,
}

/// Measures every folder and says whether the promise holds; slowness is never an error.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if !command::is_installed("zip") {
        bail!("nothing to compare with: `zip` of Info-ZIP is not installed");
    }
    let binary = product::binary(arguments.binary.as_deref(), Profile::Release)?;
    let table = table();
    let (mut packs_slowly, mut plans_slowly) = (Vec::new(), Vec::new());
    println!(
        "medians of {} interleaved rounds, in seconds; (least)",
        arguments.rounds
    );
    println!("{}", table.head());
    for folder in folders(&arguments.folders)? {
        let Runs { zips, slims, plans } = measure(&binary, &folder, arguments.rounds)?;
        let name = folder
            .parent()
            .unwrap_or(&folder)
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let size = tree::measure(&folder)?;
        println!(
            "{} ({} files, {} bytes)",
            name,
            thousands(size.files),
            thousands(size.unzipped_bytes)
        );
        println!("{}", table.row(&row("zip -9", &zips, &zips)));
        println!("{}", table.row(&row("lambda-slim", &slims, &zips)));
        println!("{}", table.row(&row("planning", &plans, &zips)));
        if !keeps_promise(&slims, &zips) {
            packs_slowly.push(name.clone());
        }
        if !is_quicker(&plans, &zips, 1.0) {
            plans_slowly.push(name);
        }
    }
    println!(
        "at most a third of the CPU and wall time of zip -9, and no more bytes: {}",
        verdict(&packs_slowly)
    );
    println!(
        "planning takes less than zip -9: {}",
        verdict(&plans_slowly)
    );
    Ok(ExitCode::SUCCESS)
}

fn verdict(exceptions: &[String]) -> String {
    match exceptions {
        [] => "holds".to_owned(),
        names => format!("DOES NOT HOLD for {}", names.join(", ")),
    }
}

fn table() -> Table {
    Table::new(&[
        ("program", 14, Align::Left),
        ("wall", 15, Align::Right),
        ("of zip", 6, Align::Right),
        ("CPU", 15, Align::Right),
        ("of zip", 6, Align::Right),
        ("bytes", 12, Align::Right),
        ("of zip", 6, Align::Right),
    ])
}

/// The folders given, or the samples, installed at the first call.
fn folders(given: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    if !given.is_empty() {
        return given
            .iter()
            .map(|folder| Ok(fs_err::canonicalize(folder)?))
            .collect();
    }
    let cache = cache::folder()?;
    let mut folders = Vec::new();
    for name in SAMPLES {
        let case = Case::read(&product::repository().join("crates/dev/samples").join(name))?;
        match case.settings.runtime.missing() {
            Some(missing) => eprintln!("warning: {name} is left out: no {missing}"),
            None => folders.push(install::install(
                &case,
                &case.settings.runtime.run_time()?,
                &cache,
            )?),
        }
    }
    if folders.is_empty() {
        bail!("nothing to pack: neither npm nor pip is installed, and no folder was given");
    }
    Ok(folders)
}

/// The runs of each program.
#[derive(Default)]
struct Runs {
    zips: Vec<Run>,
    /// Packing with nothing removed.
    slims: Vec<Run>,
    /// Deciding about every file, at the default level, with nothing written.
    plans: Vec<Run>,
}

/// Turn by turn, and in changing order, so that whatever else the machine does hits all alike.
fn measure(binary: &Path, folder: &Path, rounds: u32) -> anyhow::Result<Runs> {
    let scratch = tempfile::tempdir()?;
    let output = scratch.path().join("out.zip");
    let mut runs = Runs::default();
    for round in 0..rounds {
        for turn in 0..3 {
            match (round + turn) % 3 {
                0 => runs
                    .zips
                    .push(time(&mut info_zip(folder, &output), Some(&output), &[0])?),
                1 => runs.slims.push(time(
                    &mut lambda_slim(binary, folder, &output),
                    Some(&output),
                    &pack::WRITTEN,
                )?),
                _ => runs
                    .plans
                    .push(time(&mut planning(binary, folder)?, None, &[0])?),
            }
        }
    }
    Ok(runs)
}

/// `explain` of any file plans as `pack` does, and writes nothing.
fn planning(binary: &Path, folder: &Path) -> anyhow::Result<Command> {
    let is_file = |entry: &tree::Entry| matches!(entry.kind, tree::Kind::File { .. });
    let files = tree::entries(folder)?;
    let Some(file) = files.iter().find(|entry| is_file(entry)) else {
        bail!("there is no file in `{}`", folder.display());
    };
    let mut command = Command::new(binary);
    command
        .arg("explain")
        .arg(&file.path)
        .arg("--in")
        .arg(folder);
    pack::without_settings(&mut command);
    Ok(command)
}

/// What a build script does, but for `-y`: links stay links, as with us.
fn info_zip(folder: &Path, output: &Path) -> Command {
    let mut command = Command::new("zip");
    command
        .current_dir(folder)
        .args(["-9", "-r", "-q", "-y"])
        .arg(output)
        .arg(".");
    command
}

fn lambda_slim(binary: &Path, folder: &Path, output: &Path) -> Command {
    let mut command = Command::new(binary);
    command.arg("pack").arg(folder).arg("-o").arg(output);
    command.args(["--disable", "all", "--no-measure", "--no-progress", "-q"]);
    pack::without_settings(&mut command);
    command
}

fn time(command: &mut Command, output: Option<&Path>, fine: &[i32]) -> anyhow::Result<Run> {
    let before = cpu_of_children();
    let start = Instant::now();
    command::run_expecting(command, command::INSTALL_LIMIT, fine)?;
    let wall = start.elapsed();
    let cpu = cpu_of_children()
        .zip(before)
        .map(|(after, before)| after.saturating_sub(before));
    let mut zip_bytes = None;
    if let Some(output) = output {
        zip_bytes = Some(fs_err::metadata(output)?.len());
        // `zip` would update what is there.
        fs_err::remove_file(output)?;
    }
    Ok(Run {
        wall,
        cpu,
        zip_bytes,
    })
}

/// The time that all children have used so far; only Linux tells it without unsafe code.
pub(crate) fn cpu_of_children() -> Option<Duration> {
    children_ticks(&fs_err::read_to_string("/proc/self/stat").ok()?).map(|ticks| TICK * ticks)
}

/// Linux counts for programs in hundredths of a second, whatever the kernel's own clock is.
const TICK: Duration = Duration::from_millis(10);

/// Fields 16 and 17 of proc_pid_stat(5); the name in field 2 may hold spaces and brackets.
fn children_ticks(stat: &str) -> Option<u32> {
    let (_, behind_name) = stat.rsplit_once(')')?;
    let mut fields = behind_name.split_whitespace().skip(13);
    let mut next = || fields.next()?.parse::<u32>().ok();
    Some(next()? + next()?)
}

/// The middle one; of an even number, the lower of the two.
pub(crate) fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[(times.len() - 1) / 2]
}

/// Median and least of what `part` tells of every run.
fn spread(runs: &[Run], part: impl Fn(&Run) -> Option<Duration>) -> Option<(f64, f64)> {
    let mut times: Vec<Duration> = runs.iter().map(part).collect::<Option<_>>()?;
    let median = median(&mut times);
    Some((median.as_secs_f64(), times[0].as_secs_f64()))
}

fn wall(runs: &[Run]) -> Option<(f64, f64)> {
    spread(runs, |run| Some(run.wall))
}

fn cpu(runs: &[Run]) -> Option<(f64, f64)> {
    spread(runs, |run| run.cpu)
}

fn row(program: &str, runs: &[Run], zips: &[Run]) -> Vec<String> {
    let mut cells = vec![format!("  {program}")];
    for (mine, of_zip) in [(wall(runs), wall(zips)), (cpu(runs), cpu(zips))] {
        cells.push(mine.map_or("-".to_owned(), |(median, least)| {
            format!("{median:.2} ({least:.2})")
        }));
        let part = mine.zip(of_zip).map(|(mine, of_zip)| mine.0 / of_zip.0);
        cells.push(part.map_or("-".to_owned(), |part| format!("{part:.3}")));
    }
    let bytes = runs[0].zip_bytes.zip(zips[0].zip_bytes);
    cells.push(bytes.map_or("-".to_owned(), |(mine, _)| thousands(mine)));
    cells.push(bytes.map_or("-".to_owned(), |(mine, of_zip)| {
        format!("{:.3}", ratio(mine, of_zip))
    }));
    cells
}

fn keeps_promise(slims: &[Run], zips: &[Run]) -> bool {
    is_quicker(slims, zips, AT_MOST) && slims[0].zip_bytes <= zips[0].zip_bytes
}

/// Whether wall and CPU time are at most this part of what `zip` takes.
fn is_quicker(runs: &[Run], zips: &[Run], at_most: f64) -> bool {
    let quick = |mine: Option<(f64, f64)>, of_zip: Option<(f64, f64)>| {
        mine.zip(of_zip)
            .is_none_or(|(mine, of_zip)| mine.0 <= of_zip.0 * at_most)
    };
    quick(wall(runs), wall(zips)) && quick(cpu(runs), cpu(zips))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(hundredths: &[u32], zip_bytes: u64) -> Vec<Run> {
        let run = |ticks: &u32| Run {
            wall: TICK * *ticks,
            cpu: Some(TICK * *ticks),
            zip_bytes: Some(zip_bytes),
        };
        hundredths.iter().map(run).collect()
    }

    #[test]
    fn children_are_read_behind_any_name() {
        let stat = "7 (a) b) S 1 2 3 4 5 6 7 8 9 10 11 12 130 25 16 17";
        assert_eq!(children_ticks(stat), Some(155));
        assert_eq!(children_ticks("7 (a) S 1"), None);
    }

    #[test]
    fn the_promise_is_about_time_and_bytes() {
        let zips = runs(&[300, 330, 290], 1000);
        assert!(keeps_promise(&runs(&[100, 90, 200], 1000), &zips));
        assert!(!keeps_promise(&runs(&[101, 101, 101], 1000), &zips));
        assert!(!keeps_promise(&runs(&[10, 10, 10], 1001), &zips));
    }

    #[test]
    fn rows_show_median_least_and_ratio() {
        let zips = runs(&[300, 330, 290], 2000);
        let cells = row("x", &runs(&[75, 90, 60], 1000), &zips);
        assert_eq!(
            cells,
            [
                "  x",
                "0.75 (0.60)",
                "0.250",
                "0.75 (0.60)",
                "0.250",
                "1,000",
                "0.500"
            ]
        );
    }
}
