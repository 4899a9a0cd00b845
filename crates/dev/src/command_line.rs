//! docs/command-line.md: what `lambda-slim help` says.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::generate::HEADER;
use crate::product::{self, Profile};
use crate::{command, pack};

/// The width for which clap wraps its text when it writes into a file.
const COLUMNS: &str = "100";

const INTRODUCTION: &str = "# The command line\n\n\
    What `lambda-slim help` says, command by command. Every `[env: …]` can stand in the environment instead.\n\n";

/// The whole document.
pub(crate) fn text(binary: Option<&Path>) -> anyhow::Result<String> {
    let binary = product::binary(binary, Profile::Debug)?;
    let overview = help(&binary, &[])?;
    let mut text = format!("{HEADER}{INTRODUCTION}");
    text += &section("lambda-slim", &overview);
    for name in subcommands(&overview) {
        text += &section(&format!("lambda-slim {name}"), &help(&binary, &[name])?);
    }
    Ok(text.trim_end().to_owned() + "\n")
}

fn help(binary: &Path, names: &[&str]) -> anyhow::Result<String> {
    let mut command = Command::new(binary);
    pack::without_settings(command.arg("help").args(names));
    // No terminal is asked for its width or colours.
    command.env("COLUMNS", COLUMNS).env("NO_COLOR", "1");
    command::run(&mut command, Duration::from_secs(60))
}

fn section(title: &str, help: &str) -> String {
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    format!(
        "## `{title}`\n\n```text\n{}\n```\n\n",
        lines.join("\n").trim()
    )
}

/// The names under `Commands:`; `help` explains itself.
fn subcommands(overview: &str) -> Vec<&str> {
    let lines = overview
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1);
    let names = lines.take_while(|line| line.starts_with(' '));
    // Lines that go on with a description are indented further.
    let names = names
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subcommands_are_read_from_the_overview() {
        let overview = "Slims\n\nUsage: x\n\nCommands:\n  pack   Slim a folder\n         or a zip\n  rules  List\n  \
                        help   Print\n\nOptions:\n  -h  Help\n";
        assert_eq!(subcommands(overview), ["pack", "rules"]);
        assert!(subcommands("").is_empty());
    }
}
