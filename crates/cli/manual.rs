//! `lambda-slim completions` and `lambda-slim man`: what shells and `man` want to know, from the command line itself.

use std::io::{self, Write as _};

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::CommandLine;
use crate::exit::Exit;
use crate::screen;

/// Prints the script that makes `shell` complete our commands and options.
pub(crate) fn completions(shell: Shell) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(
        shell,
        &mut CommandLine::command(),
        "lambda-slim",
        &mut script,
    );
    publish(&script)
}

/// Prints the manual of the tool, with a section for each command, in the format of `man`.
pub(crate) fn man() -> anyhow::Result<Exit> {
    let mut page = Vec::new();
    let mut tool = CommandLine::command();
    tool.build();
    clap_mangen::Man::new(tool.clone()).render(&mut page)?;
    for command in tool
        .get_subcommands()
        .filter(|command| command.get_name() != "help")
    {
        let name = format!("lambda-slim {}", command.get_name());
        writeln!(page, ".SH {}", name.to_uppercase())?;
        let manual = clap_mangen::Man::new(command.clone());
        manual.render_description_section(&mut page)?;
        manual.render_options_section(&mut page)?;
    }
    publish(&page)
}

fn publish(bytes: &[u8]) -> anyhow::Result<Exit> {
    screen::unless_closed(io::stdout().write_all(bytes))?;
    Ok(Exit::Done)
}
