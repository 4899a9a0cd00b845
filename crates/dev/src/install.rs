//! Makes the package folder of a case, once, and keeps it in the cache.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use crate::case::{CASE_FILE, Case, Install, SESSION_FILE};
use crate::command::{self, INSTALL_LIMIT};
use crate::language::RunTime;
use crate::tree;

/// The package folder of `case`, installed at the first call and reused later; nobody may write to it.
pub(crate) fn install(case: &Case, run_time: &RunTime, cache: &Path) -> anyhow::Result<PathBuf> {
    let home = cache.join(format!("{}-{}", case.name, case.key(&run_time.name)?));
    let task = home.join("task");
    if task.is_dir() {
        return Ok(task);
    }
    eprintln!("installing {} …", case.name);
    // Beside its final place, so that a broken installation is never taken for a whole one.
    let made = tempfile::Builder::new()
        .prefix("_installing-")
        .tempdir_in(cache)?;
    tree::set_mode(made.path(), 0o755)?;
    let in_context = || format!("`{}` could not be installed", case.name);
    fill(case, run_time, cache, made.path()).with_context(in_context)?;
    publish(&made.keep(), &home)?;
    Ok(task)
}

/// Gives a finished folder its name; another run may have been quicker.
fn publish(made: &Path, home: &Path) -> anyhow::Result<()> {
    let renamed = fs_err::rename(made, home);
    if renamed.is_err() && home.is_dir() {
        return Ok(fs_err::remove_dir_all(made)?);
    }
    Ok(renamed?)
}

/// Makes `home/task`.
fn fill(case: &Case, run_time: &RunTime, cache: &Path, home: &Path) -> anyhow::Result<()> {
    let install = case.settings.install;
    let task = home.join("task");
    let no_part = |name: &Path| {
        let mut others = install
            .build_files()
            .iter()
            .chain([&CASE_FILE, &SESSION_FILE]);
        others.any(|file| name == Path::new(file))
    };
    if install != Install::Maven {
        tree::copy(&case.folder, &task, no_part)?;
    }
    match install {
        Install::Npm => npm(case, &task),
        Install::Pip => pip(case, run_time, &task),
        Install::Maven => maven(case, cache, home),
        Install::Rustc => rustc(case, &task),
        Install::Cargo => cargo(&task),
        Install::Go => go(&task),
    }
}

fn npm(case: &Case, task: &Path) -> anyhow::Result<()> {
    let mut npm = Command::new("npm");
    npm.current_dir(task).args([
        "ci",
        "--omit=dev",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
    ]);
    command::run(npm.args(&case.settings.npm_arguments), INSTALL_LIMIT)?;
    let build = case.folder.join("build.cjs");
    if build.is_file() {
        command::run(Command::new("node").arg(build).arg(task), INSTALL_LIMIT)?;
    }
    Ok(())
}

fn pip(case: &Case, run_time: &RunTime, task: &Path) -> anyhow::Result<()> {
    let mut pip = Command::new(&run_time.program);
    pip.current_dir(task).args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    // Every version is pinned, and nothing is compiled.
    pip.args([
        "--no-deps",
        "--only-binary",
        ":all:",
        "--target",
        ".",
        "-r",
        "requirements.txt",
    ]);
    command::run(pip.args(&case.settings.pip_arguments), INSTALL_LIMIT).map(drop)
}

/// The project's `pom.xml` lays classes and jars into `target/task`.
fn maven(case: &Case, cache: &Path, home: &Path) -> anyhow::Result<()> {
    let project = home.join("project");
    tree::copy(&case.folder, &project, |name| {
        [CASE_FILE, SESSION_FILE]
            .iter()
            .any(|file| name == Path::new(file))
    })?;
    let mut maven = Command::new("mvn");
    maven
        .current_dir(&project)
        .args(["--batch-mode", "--quiet", "process-classes"]);
    maven.arg(format!(
        "-Dmaven.repo.local={}",
        cache.join("_maven").display()
    ));
    command::run(&mut maven, INSTALL_LIMIT)?;
    tree::copy(&project.join("target/task"), &home.join("task"), |_| false)?;
    Ok(fs_err::remove_dir_all(&project)?)
}

fn rustc(case: &Case, task: &Path) -> anyhow::Result<()> {
    let mut rustc = Command::new("rustc");
    rustc.current_dir(task).args([
        "--edition=2021",
        "-Copt-level=2",
        "-Cstrip=symbols",
        "--emit=link,dep-info",
    ]);
    rustc
        .args(["--crate-name=bootstrap", "--out-dir=."])
        .arg(case.folder.join("bootstrap.rs"));
    command::run(&mut rustc, INSTALL_LIMIT).map(drop)
}

/// Leaves the project with the programs that cargo built for release, and nothing else of its build.
fn cargo(task: &Path) -> anyhow::Result<()> {
    let target = task.join("target");
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(task)
        .args(["build", "--release", "--locked", "--quiet"])
        .arg("--target-dir")
        .arg(&target);
    command::run(&mut cargo, INSTALL_LIMIT)?;
    let release = target.join("release");
    for entry in fs_err::read_dir(&release)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs_err::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// Leaves the program at the root of the project, under the name of the module.
fn go(task: &Path) -> anyhow::Result<()> {
    let mut go = Command::new("go");
    go.current_dir(task)
        .args(["build", "-mod=readonly", "-tags", "lambda.norpc", "."])
        .env("CGO_ENABLED", "0");
    command::run(&mut go, INSTALL_LIMIT).map(drop)
}
