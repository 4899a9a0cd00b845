//! `lambda-slim completions` and `lambda-slim man`: what shells and `man` want to know, from the command line itself.

use std::io::{self, Write as _};

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::CommandLine;
use crate::exit::Exit;
use crate::{rules, screen};

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
    let rules = rules::read(&[])?;
    writeln!(page, ".SH RULES")?;
    for rule in &rules.rules {
        let words = format!("{} {}", rule.why, rule.breaks);
        item(&mut page, &format!("{} {}", rule.code, rule.title), &words)?;
    }
    writeln!(page, ".SH FINDINGS")?;
    for finding in &rules.findings {
        let words = format!("{} {}", finding.why, finding.cure);
        item(
            &mut page,
            &format!("{} {}", finding.code, finding.title),
            &words,
        )?;
    }
    publish(&page)
}

/// A term and the words about it, with what roff would take for its own made harmless.
fn item(page: &mut Vec<u8>, term: &str, words: &str) -> io::Result<()> {
    let plain = |text: &str| {
        let text: Vec<&str> = text.split_whitespace().collect();
        text.join(" ").replace('\\', "\\e").replace('-', "\\-")
    };
    writeln!(page, ".TP\n\\fB{}\\fR\n\\&{}", plain(term), plain(words))
}

fn publish(bytes: &[u8]) -> anyhow::Result<Exit> {
    screen::unless_closed(io::stdout().write_all(bytes))?;
    Ok(Exit::Done)
}
