//! `cargo dev java-bench`: what the layout of a Java package costs, in bytes, in extraction and in the start of the JVM.

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
    /// How often each package is extracted and started
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Measure this program and do not build one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

/// What Lambda starts its JVM with. Source: <https://docs.aws.amazon.com/lambda/latest/dg/java-customization.html>.
const JVM: [&str; 2] = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];

/// One package.
struct Layout {
    name: &'static str,
    zip: PathBuf,
    task: PathBuf,
    extraction: Vec<Time>,
    start: Vec<Time>,
    answer: Option<String>,
}

/// How long a program ran.
#[derive(Debug, Clone, Copy)]
struct Time {
    wall: Duration,
    /// User and system time; unknown where the system does not tell.
    cpu: Option<Duration>,
}

/// Measures every layout and compares what the program answers in each.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    for program in ["javac", "mvn", "unzip"] {
        if !command::is_installed(program) {
            bail!("`{program}` is not installed");
        }
    }
    let binary = product::binary(arguments.binary.as_deref(), Profile::Release)?;
    let case = Case::read(&product::repository().join("crates/dev/samples/bench-java"))?;
    let run_time = case.settings.runtime.run_time()?;
    let sample = install::install(&case, &run_time, &cache::folder()?)?;
    let scratch = tempfile::tempdir()?;
    let loader = compile_loader(scratch.path())?;
    let mut layouts = layouts(&binary, &sample, &run_time.name, scratch.path())?;
    for round in 0..arguments.rounds {
        eprintln!("round {} of {}", round + 1, arguments.rounds);
        for layout in &mut layouts {
            layout.extract()?;
        }
        for layout in &mut layouts {
            layout.start(&loader, &case.settings.handler)?;
        }
    }
    show(&layouts, arguments.rounds)?;
    let answers_agree = layouts
        .windows(2)
        .all(|pair| pair[0].answer == pair[1].answer);
    println!(
        "the same answer from each: {}",
        if answers_agree { "yes" } else { "NO" }
    );
    Ok(if answers_agree {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn compile_loader(scratch: &Path) -> anyhow::Result<PathBuf> {
    let folder = scratch.join("loader");
    let source = product::repository().join("tests/tool/Loader.java");
    let mut javac = Command::new("javac");
    javac.arg("-d").arg(&folder).arg(source);
    command::run(&mut javac, command::INSTALL_LIMIT)?;
    Ok(folder)
}

/// The same program in six layouts, each as a zip that could be uploaded.
fn layouts(
    binary: &Path,
    sample: &Path,
    run_time: &str,
    scratch: &Path,
) -> anyhow::Result<Vec<Layout>> {
    let uber = sample.join("uber.jar");
    let function = sample.join("function");
    let one_jar = scratch.join("one-jar");
    fs_err::create_dir_all(one_jar.join("lib"))?;
    fs_err::copy(&uber, one_jar.join("lib/uber.jar"))?;
    let arch = match std::env::consts::ARCH {
        "aarch64" => "arm64",
        other => other,
    };
    let slim = |input: &Path, name: &str, more: &[&str]| -> anyhow::Result<PathBuf> {
        let zip = scratch.join(name);
        let mut command = Command::new(binary);
        command.arg("pack").arg(input).arg("-o").arg(&zip);
        command.args(["--runtime", run_time, "--no-measure", "--no-progress", "-q"]);
        pack::without_settings(command.args(more));
        command::run_expecting(&mut command, command::INSTALL_LIMIT, &pack::WRITTEN)?;
        Ok(zip)
    };
    let whole = ["--disable", "all"];
    let zips = [
        ("uber jar, unpacked", slim(&uber, "uber.zip", &whole)?),
        ("uber jar in lib/", slim(&one_jar, "one-jar.zip", &whole)?),
        ("classes and lib/", slim(&function, "lib.zip", &whole)?),
        (
            "uber jar, slimmed",
            slim(&uber, "uber-slim.zip", &["--arch", arch])?,
        ),
        (
            "lib/, slimmed",
            slim(&function, "lib-slim.zip", &["--arch", arch])?,
        ),
        (
            "the same, stored",
            slim(
                &function,
                "stored.zip",
                &["--arch", arch, "--jar-storage", "stored"],
            )?,
        ),
    ];
    let layout = |(name, zip): (&'static str, PathBuf)| Layout {
        name,
        task: zip.with_extension("task"),
        zip,
        extraction: Vec::new(),
        start: Vec::new(),
        answer: None,
    };
    Ok(zips.into_iter().map(layout).collect())
}

impl Layout {
    fn extract(&mut self) -> anyhow::Result<()> {
        if self.task.exists() {
            fs_err::remove_dir_all(&self.task)?;
        }
        let mut unzip = Command::new("unzip");
        unzip.arg("-q").arg(&self.zip).arg("-d").arg(&self.task);
        self.extraction.push(time(&mut unzip)?.0);
        Ok(())
    }

    fn start(&mut self, loader: &Path, class: &str) -> anyhow::Result<()> {
        let mut java = Command::new("java");
        java.args(JVM)
            .arg("-cp")
            .arg(loader)
            .arg("Loader")
            .arg(&self.task)
            .arg(class);
        let (time, answer) = time(&mut java)?;
        self.start.push(time);
        self.answer = Some(answer);
        Ok(())
    }
}

fn time(command: &mut Command) -> anyhow::Result<(Time, String)> {
    let before = cpu_of_children();
    let start = Instant::now();
    let said = command::run(command, command::INSTALL_LIMIT)?;
    let wall = start.elapsed();
    let cpu = cpu_of_children().zip(before);
    let cpu = cpu.map(|(after, before)| after.saturating_sub(before));
    Ok((Time { wall, cpu }, said))
}

fn show(layouts: &[Layout], rounds: u32) -> anyhow::Result<()> {
    let table = Table::new(&[
        ("layout", 20, Align::Left),
        ("files", 6, Align::Right),
        ("unzipped", 11, Align::Right),
        ("zip", 11, Align::Right),
        ("extract CPU", 11, Align::Right),
        ("wall", 6, Align::Right),
        ("start CPU", 9, Align::Right),
        ("wall", 6, Align::Right),
    ]);
    println!("medians of {rounds} interleaved rounds, in milliseconds");
    println!("{}", table.head());
    for layout in layouts {
        let size = tree::measure(&layout.task)?;
        let mut cells = vec![
            layout.name.to_owned(),
            thousands(size.files),
            thousands(size.unzipped_bytes),
            thousands(fs_err::metadata(&layout.zip)?.len()),
        ];
        for times in [&layout.extraction, &layout.start] {
            let cpu: Option<Vec<Duration>> = times.iter().map(|time| time.cpu).collect();
            cells.push(cpu.map_or("-".to_owned(), milliseconds));
            cells.push(milliseconds(times.iter().map(|time| time.wall).collect()));
        }
        println!("{}", table.row(&cells));
    }
    Ok(())
}

fn milliseconds(mut times: Vec<Duration>) -> String {
    thousands(median(&mut times).as_millis() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_are_of_the_middle() {
        let times = [9, 1500, 3].map(Duration::from_millis);
        assert_eq!(milliseconds(times.to_vec()), "9");
        assert_eq!(milliseconds(vec![Duration::from_millis(1500)]), "1,500");
    }
}
