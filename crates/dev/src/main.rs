//! `cargo dev`: what those who work on lambda-slim need beside `cargo test`.
//!
//! It writes the generated documents, shows the tool at work on a real sample, packs small real functions and runs
//! them, and measures the speed against `zip -9`. It is never published and nothing depends on it. It installs
//! packages with npm, pip and Maven, always outside the repository. Read [`case`] first, then [`judge`].

mod bench;
mod bootstrap;
mod cache;
mod case;
mod command;
mod command_line;
mod demo;
mod generate;
mod init_bench;
mod install;
mod java_bench;
mod judge;
mod language;
mod many_bench;
mod pack;
mod picture;
mod probe;
mod product;
mod rule_reference;
mod runs;
mod sandbox;
mod sdk_tests;
mod sessions;
mod table;
mod tree;

use std::process::ExitCode;

use clap::Parser;

/// Development tasks of lambda-slim
#[derive(Parser)]
#[command(name = "cargo dev", bin_name = "cargo dev")]
enum Task {
    /// Write the generated documents under docs/
    Generate(generate::Arguments),
    /// Prepare a real sample, slim it and run it before and after
    Demo(demo::Arguments),
    /// Slim the functions under tests/runs and run them: their answers must not change
    Runs(runs::Arguments),
    /// Run every command on really installed packages: what it says must be what stands in tests/sessions
    Sessions(sessions::Arguments),
    /// Compare the speed of packing with that of `zip -9`
    Bench(bench::Arguments),
    /// Measure many functions that have their packages in common, and an unchanged repeat
    ManyBench(many_bench::Arguments),
    /// Compare the layouts of a Java package: sizes, extraction and the start of the JVM
    JavaBench(java_bench::Arguments),
    /// Measure how long a function with seven AWS clients takes to start, step by step
    InitBench(init_bench::Arguments),
    /// Run botocore's own tests of what reads its data, on data that was processed
    SdkTests(sdk_tests::Arguments),
    /// Draw the report that the README shows
    Picture(picture::Arguments),
    /// Play Lambda's run time interface for a `bootstrap`
    #[command(hide = true)]
    ServeBootstrap(bootstrap::Arguments),
}

fn main() -> ExitCode {
    let done = match Task::parse() {
        Task::Generate(arguments) => generate::run(&arguments),
        Task::Demo(arguments) => demo::run(&arguments),
        Task::Runs(arguments) => runs::run(&arguments),
        Task::Sessions(arguments) => sessions::run(&arguments),
        Task::Bench(arguments) => bench::run(&arguments),
        Task::ManyBench(arguments) => many_bench::run(&arguments),
        Task::JavaBench(arguments) => java_bench::run(&arguments),
        Task::InitBench(arguments) => init_bench::run(&arguments),
        Task::SdkTests(arguments) => sdk_tests::run(&arguments),
        Task::Picture(arguments) => picture::run(&arguments),
        Task::ServeBootstrap(arguments) => bootstrap::run(&arguments),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
