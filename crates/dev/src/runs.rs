//! `cargo dev runs`: slim, then really run.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;

use crate::cache;
use crate::case::Case;
use crate::judge::{Ready, Stop, Trial, Verdict};
use crate::pack::Level;
use crate::product::{self, Profile};
use crate::table::{Align, Table, ratio, thousands};

/// What to run.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only these cases; a `*` at the end stands for any rest
    names: Vec<String>,
    /// At which level
    #[arg(long, value_enum, default_value = "all")]
    level: Levels,
    /// Test this program and do not build one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Levels {
    Safe,
    Balanced,
    Aggressive,
    All,
}

impl Levels {
    fn each(self) -> Vec<Level> {
        match self {
            Self::Safe => vec![Level::Safe],
            Self::Balanced => vec![Level::Balanced],
            Self::Aggressive => vec![Level::Aggressive],
            Self::All => Level::ALL.to_vec(),
        }
    }
}

/// Judges the cases and prints one line for each; fails unless all that could run are the same.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let cases = select("tests/runs", &arguments.names)?;
    let binary = product::binary(arguments.binary.as_deref(), Profile::Release)?;
    let cache = cache::folder()?;
    let mut screen = Screen::new(&cases);
    for case in &cases {
        let ready = Ready::prepare(case, &cache);
        for level in arguments.level.each() {
            let mut trial = Trial::default();
            let judged = match &ready {
                Ok(ready) => ready.judge(&binary, level, &mut trial),
                Err(Stop { verdict, detail }) => Err(Stop {
                    verdict: *verdict,
                    detail: detail.clone(),
                }),
            };
            screen.show(case, level, &trial, judged.err().as_ref());
        }
    }
    println!("{}", screen.tally.summary());
    Ok(if screen.tally.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The cases in a folder of the repository that these names stand for; all of them where there are no names.
pub(crate) fn select(folder: &str, names: &[String]) -> anyhow::Result<Vec<Case>> {
    let cases = Case::read_all(&product::repository().join(folder))?;
    let fits = |name: &String, case: &Case| match name.strip_suffix('*') {
        Some(start) => case.name.starts_with(start),
        None => case.name == *name,
    };
    if let Some(name) = names
        .iter()
        .find(|name| !cases.iter().any(|case| fits(name, case)))
    {
        bail!("there is no case `{name}` in {folder}");
    }
    let wanted = |case: &Case| names.is_empty() || names.iter().any(|name| fits(name, case));
    Ok(cases.into_iter().filter(wanted).collect())
}

/// Prints the table, one row as soon as it is known.
struct Screen {
    table: Table,
    tally: Tally,
}

impl Screen {
    fn new(cases: &[Case]) -> Self {
        let width = cases
            .iter()
            .map(|case| case.name.len())
            .max()
            .unwrap_or_default();
        let table = Table::new(&[
            ("case", width, Align::Left),
            ("level", 10, Align::Left),
            ("verdict", 13, Align::Left),
            ("files", 15, Align::Right),
            ("unzipped bytes", 26, Align::Right),
            ("ratio", 5, Align::Right),
            ("zip bytes", 10, Align::Right),
            ("seconds", 7, Align::Right),
        ]);
        println!("{}", table.head());
        Self {
            table,
            tally: Tally::default(),
        }
    }

    fn show(&mut self, case: &Case, level: Level, trial: &Trial, stop: Option<&Stop>) {
        let verdict = stop.map_or(Verdict::Same, |stop| stop.verdict);
        self.tally.count(verdict, trial);
        let mut cells = vec![
            case.name.clone(),
            level.as_str().to_owned(),
            verdict.as_str().to_owned(),
        ];
        cells.extend(numbers(trial));
        println!("{}", self.table.row(&cells));
        if stop.is_some() && verdict != Verdict::Skipped {
            println!("    claim: {}", case.settings.proves);
        }
        for line in stop.iter().flat_map(|stop| stop.detail.lines()) {
            println!("    {line}");
        }
    }
}

fn numbers(trial: &Trial) -> Vec<String> {
    let (Some(before), Some(after)) = (trial.before, trial.after) else {
        return Vec::new();
    };
    let arrow = |from, to| format!("{} → {}", thousands(from), thousands(to));
    vec![
        arrow(before.files, after.files),
        arrow(before.unzipped_bytes, after.unzipped_bytes),
        format!("{:.3}", ratio(after.unzipped_bytes, before.unzipped_bytes)),
        trial.zip_bytes.map(thousands).unwrap_or_default(),
        trial
            .packing
            .map(|time| format!("{:.2}", time.as_secs_f64()))
            .unwrap_or_default(),
    ]
}

/// How many trials ended how.
#[derive(Debug, Default)]
struct Tally {
    same: usize,
    judged: usize,
    skipped: usize,
    bytes_before: u64,
    bytes_after: u64,
}

impl Tally {
    fn count(&mut self, verdict: Verdict, trial: &Trial) {
        match verdict {
            Verdict::Skipped => self.skipped += 1,
            _ => self.judged += 1,
        }
        let before = trial.before.map_or(0, |size| size.unzipped_bytes);
        let after = trial.after.map_or(before, |size| size.unzipped_bytes);
        self.bytes_before += before;
        // A broken package earns nothing.
        self.bytes_after += if verdict == Verdict::Same {
            after
        } else {
            before
        };
        self.same += usize::from(verdict == Verdict::Same);
    }

    /// A run that could judge nothing proves nothing.
    fn is_good(&self) -> bool {
        self.judged > 0 && self.same == self.judged
    }

    fn summary(&self) -> String {
        let share = ratio(self.bytes_after, self.bytes_before);
        let skipped = match self.skipped {
            0 => String::new(),
            number => format!(", skipped {number}"),
        };
        format!(
            "same {}/{}, unzipped ratio {share:.3}{skipped}",
            self.same, self.judged
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Size;

    fn trial(before: u64, after: u64) -> Trial {
        let size = |unzipped_bytes| {
            Some(Size {
                files: 1,
                unzipped_bytes,
            })
        };
        Trial {
            before: size(before),
            after: size(after),
            ..Trial::default()
        }
    }

    #[test]
    fn broken_packages_earn_nothing() {
        let mut tally = Tally::default();
        tally.count(Verdict::Same, &trial(100, 50));
        assert!(tally.is_good());
        tally.count(Verdict::Different, &trial(100, 10));
        tally.count(Verdict::Skipped, &Trial::default());
        assert_eq!(tally.summary(), "same 1/2, unzipped ratio 0.750, skipped 1");
        assert!(!tally.is_good());
    }

    #[test]
    fn a_run_of_skipped_cases_is_not_good() {
        let mut tally = Tally::default();
        tally.count(Verdict::Skipped, &Trial::default());
        assert!(!tally.is_good());
    }

    #[test]
    fn rows_show_before_and_after() {
        let row = numbers(&trial(2000, 1000));
        assert_eq!(row, ["1 → 1", "2,000 → 1,000", "0.500", "", ""]);
        assert!(numbers(&Trial::default()).is_empty());
    }
}
