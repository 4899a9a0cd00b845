//! `cargo dev sdk-tests`: botocore's own tests of what reads its data, on data that lambda-slim processed.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, bail};

use crate::case::Case;
use crate::command::{self, INSTALL_LIMIT};
use crate::language::RunTime;
use crate::product::{self, Profile};
use crate::table::thousands;
use crate::{cache, install, pack};

/// What to test.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Slim with this program and do not build one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

/// Loaders, endpoint rule sets, regions, context parameters, paginators, waiters and what else hangs on models.
const TESTS: [&str; 18] = [
    "tests/functional/test_client_class_names.py",
    "tests/functional/test_context_params.py",
    "tests/functional/test_endpoint_rulesets.py",
    "tests/functional/test_endpoints.py",
    "tests/functional/test_loaders.py",
    "tests/functional/test_modeled_exceptions.py",
    "tests/functional/test_paginate.py",
    "tests/functional/test_paginator_config.py",
    "tests/functional/test_public_apis.py",
    "tests/functional/test_regions.py",
    "tests/functional/test_service_names.py",
    "tests/functional/test_stub.py",
    "tests/functional/test_waiter_config.py",
    "tests/unit/test_endpoint_provider.py",
    "tests/unit/test_loaders.py",
    "tests/unit/test_paginate.py",
    "tests/unit/test_regions.py",
    "tests/unit/test_waiters.py",
];

/// Tests that may fail, because they read the documentation that leaves the models. (`tests/*/docs`, which are about
/// nothing else, are not among those above.)
const OF_DOCUMENTATION: [&str; 0] = [];

/// Fewer would mean that the tests were not found: botocore 1.44 has 22 thousand.
const AT_LEAST: u64 = 20_000;

/// Runs the tests; a failure, or far too few tests, is one here as well.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let case = Case::read(&product::repository().join("crates/dev/samples/bench-init"))?;
    if let Some(missing) = case.settings.runtime.missing() {
        bail!("nothing to test: no {missing}");
    }
    let run_time = case.settings.runtime.run_time()?;
    let cache = cache::folder()?;
    let installed = install::install(&case, &run_time, &cache)?;
    let version = version(&installed)?;
    let home = bring(&version, &run_time, &cache)?;
    let binary = product::binary(arguments.binary.as_deref(), Profile::Debug)?;
    let scratch = tempfile::tempdir()?;
    let slim = scratch.path().join("slim");
    let options = [
        "--level",
        "balanced",
        "--services",
        "all",
        "--runtime",
        &run_time.name,
    ];
    pack::pack_and_unpack(
        &binary,
        &installed,
        &slim,
        &options.map(str::to_owned),
        &run_time,
    )?;
    eprintln!("testing botocore {version} …");
    let said = test(&run_time, &home, &slim)?;
    judge(&version, &Outcome::read(&said)?)
}

/// The version of botocore in a package folder.
fn version(task: &Path) -> anyhow::Result<String> {
    for entry in fs_err::read_dir(task)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let label = name.strip_suffix(".dist-info");
        if let Some(version) = label.and_then(|label| label.strip_prefix("botocore-")) {
            return Ok(version.to_owned());
        }
    }
    bail!("no botocore is installed in `{}`", task.display())
}

/// A folder with botocore's `tests`, out of its source distribution, and `tools` that run them; made once.
fn bring(version: &str, run_time: &RunTime, cache: &Path) -> anyhow::Result<PathBuf> {
    let home = cache.join(format!("sdk-tests-{version}-{}", run_time.name));
    if home.is_dir() {
        return Ok(home);
    }
    eprintln!("bringing the tests of botocore {version} …");
    let made = tempfile::Builder::new()
        .prefix("_installing-")
        .tempdir_in(cache)?;
    let source = made.path().join("source");
    let pip = |arguments: &[&str]| {
        let mut pip = Command::new(&run_time.program);
        pip.current_dir(made.path())
            .args(["-m", "pip", "--quiet", "--disable-pip-version-check"])
            .args(arguments);
        command::run(&mut pip, INSTALL_LIMIT)
    };
    let wanted = format!("botocore=={version}");
    pip(&[
        "download",
        "--no-deps",
        "--no-binary",
        "botocore",
        "--dest",
        "source",
        &wanted,
    ])?;
    pip(&[
        "install",
        "--target",
        "tools",
        "pytest==9.0.3",
        "jsonschema==4.23.0",
    ])?;
    let archive = source.join(format!("botocore-{version}.tar.gz"));
    let mut unpack = Command::new(&run_time.program);
    unpack
        .args(["-m", "tarfile", "-e"])
        .arg(archive)
        .arg(&source);
    command::run(&mut unpack, INSTALL_LIMIT)?;
    // Alone: beside them lies a botocore that is not processed.
    let tests = source.join(format!("botocore-{version}/tests"));
    fs_err::rename(tests, made.path().join("tests"))?;
    fs_err::remove_dir_all(source)?;
    fs_err::rename(made.keep(), &home)?;
    Ok(home)
}

/// What pytest says.
fn test(run_time: &RunTime, home: &Path, slim: &Path) -> anyhow::Result<String> {
    let mut pytest = Command::new(&run_time.program);
    pytest.current_dir(home).args(["-s", "-B", "-m", "pytest"]);
    // Without a cache: the folder serves the next run as well.
    let options = [
        "-q",
        "-p",
        "no:cacheprovider",
        "-W",
        "ignore",
        "--tb=line",
        "-rfE",
    ];
    pytest.args(options).args(TESTS);
    pytest.env_clear();
    pytest.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    pytest.env(
        "PYTHONPATH",
        std::env::join_paths([slim, &home.join("tools")])?,
    );
    command::run_expecting(&mut pytest, Duration::from_secs(1800), &[0, 1])
}

/// How the tests came out.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    passed: u64,
    skipped: u64,
    /// `tests/functional/test_loaders.py::test_can_load`.
    failed: Vec<String>,
}

impl Outcome {
    /// Reads the end of what pytest says: `FAILED test - why` for each, and a line of counts.
    fn read(said: &str) -> anyhow::Result<Self> {
        let failed = said.lines().filter_map(|line| {
            let line = line
                .strip_prefix("FAILED ")
                .or(line.strip_prefix("ERROR "))?;
            Some(line.split(" - ").next().unwrap_or(line).to_owned())
        });
        let counts = said.lines().rfind(|line| line.contains(" passed"));
        let counts = counts.with_context(|| format!("no test passed: {said}"))?;
        let words: Vec<&str> = counts.split([',', ' ']).collect();
        let count = |word: &str| {
            let pairs = words.windows(2);
            let mut found = pairs.filter(|pair| pair[1] == word);
            found
                .find_map(|pair| pair[0].parse().ok())
                .unwrap_or_default()
        };
        Ok(Self {
            passed: count("passed"),
            skipped: count("skipped"),
            failed: failed.collect(),
        })
    }
}

fn judge(version: &str, outcome: &Outcome) -> anyhow::Result<ExitCode> {
    let is_known = |test: &&String| OF_DOCUMENTATION.contains(&test.as_str());
    let (known, wrong): (Vec<&String>, Vec<&String>) = outcome.failed.iter().partition(is_known);
    for test in &wrong {
        println!("failed: {test}");
    }
    println!(
        "botocore {version}, processed: {} passed, {} failed, {} skipped, {} about documentation",
        thousands(outcome.passed),
        wrong.len(),
        outcome.skipped,
        known.len()
    );
    if outcome.passed < AT_LEAST {
        bail!("less than {} tests passed", thousands(AT_LEAST));
    }
    Ok(match wrong.len() {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_what_pytest_says_is_read() {
        let said = "....F\nFAILED tests/a.py::test_b[x-y] - KeyError: 'z'\n\
                    1 failed, 22259 passed, 9 skipped, 12 warnings in 52.70s\n";
        let expected = Outcome {
            passed: 22_259,
            skipped: 9,
            failed: vec!["tests/a.py::test_b[x-y]".to_owned()],
        };
        assert_eq!(Outcome::read(said).unwrap(), expected);
        let fine = Outcome::read("3 passed in 1s").unwrap();
        assert_eq!((fine.passed, fine.skipped), (3, 0));
        assert!(Outcome::read("no tests ran in 0.01s").is_err());
    }
}
