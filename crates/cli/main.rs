//! The front door of lambda-slim: reads the command line, runs one command, says how it ended.
//!
//! Nothing is decided here: what goes is the work of `engine`, with the rules under `rules/`.

mod args;
mod built;
mod bundle;
mod bytecode;
mod carry_out;
mod check;
mod check_targets;
mod checks;
mod contents;
mod diff;
mod exit;
mod explain;
mod fingerprint;
mod gem_checks;
mod github;
mod handler_checks;
mod hash;
mod init;
mod layer;
mod layer_checks;
mod limits;
mod manual;
mod native_checks;
mod node_checks;
mod operations;
mod output;
mod pack;
mod planning;
mod products;
mod project;
mod python_checks;
mod query;
mod report_file;
mod reuse;
mod rules;
mod sam;
mod screen;
mod services;
mod settings;
mod several;
mod split;
mod stories;
mod strip;
mod summary;

use std::process::ExitCode;
use std::thread;

use crate::args::{Command, CommandLine};
use crate::exit::Exit;

/// Parsers call themselves for each bracket of the code they read; of this much, only what is touched counts.
pub(crate) const STACK_BYTES: usize = 512 << 20;

fn main() -> ExitCode {
    let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn(run);
    match thread {
        Ok(thread) => thread.join().unwrap_or(ExitCode::FAILURE),
        Err(_) => run(),
    }
}

fn run() -> ExitCode {
    let command_line = match CommandLine::read() {
        Ok(command_line) => command_line,
        Err(error) => return failed(&error),
    };
    screen::choose_colours(command_line.color);
    screen::delete_temporary_files_on_signals();
    let result = match &command_line.command {
        Command::Pack(args) => pack::run(args),
        Command::Check(args) => check::run(args),
        Command::Layer(args) => layer::run(args, !command_line.no_config),
        Command::Sam(args) => sam::run(args),
        Command::Hash(args) => hash::run(args),
        Command::Report(args) => contents::run(args),
        Command::Diff(args) => diff::run(args),
        Command::Strip(args) => strip::run(args),
        Command::Explain(args) => explain::explain(args),
        Command::Rules(args) => explain::list(args),
        Command::Config(args) => settings::print(args, &command_line),
        Command::Init(args) => init::run(args),
        Command::Completions { shell } => manual::completions(*shell),
        Command::Man => manual::man(),
    };
    screen::wait_if_interrupted();
    match result {
        Ok(exit) => exit.code(),
        Err(error) => failed(&error),
    }
}

fn failed(error: &anyhow::Error) -> std::process::ExitCode {
    screen::error(error);
    Exit::of_error(error).code()
}
