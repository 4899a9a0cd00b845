//! `cargo dev picture`: a real report of a real package, as a picture for the README.
//!
//! The folder is packed with colours switched on; the styles of the terminal become spans of an SVG.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, bail};

use crate::pack;
use crate::product::{self, Profile};

/// What to show.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The package to pack
    folder: PathBuf,
    /// The name that the package has in the picture
    #[arg(long, default_value = "dist")]
    name: String,
    /// Show this program and do not build one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

/// The picture in the README.
const PICTURE: &str = "docs/report.svg";

const COLUMN_WIDTH: f64 = 8.4;
const LINE_HEIGHT: usize = 19;
const MARGIN: usize = 16;
const COLUMNS: usize = 82;

/// Packs the folder under its short name and draws what the terminal shows.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let binary = product::binary(arguments.binary.as_deref(), Profile::Release)?;
    let scratch = tempfile::tempdir()?;
    let folder = fs_err::canonicalize(&arguments.folder)?;
    fs_err::os::unix::fs::symlink(folder, scratch.path().join(&arguments.name))?;
    let report = report(&binary, scratch.path(), &arguments.name)?;
    let prompt = format!("\x1b[2m$\x1b[0m lambda-slim pack ./{}\n", arguments.name);
    let path = product::repository().join(PICTURE);
    fs_err::write(&path, draw(&(prompt + &report)))?;
    println!("wrote {PICTURE}");
    Ok(ExitCode::SUCCESS)
}

fn report(binary: &Path, place: &Path, name: &str) -> anyhow::Result<String> {
    let mut command = Command::new(binary);
    command
        .args(["pack", &format!("./{name}")])
        .current_dir(place);
    pack::without_settings(&mut command).env("CLICOLOR_FORCE", "1");
    let output = command
        .output()
        .context("`lambda-slim` could not be started")?;
    if !output.status.success() {
        bail!("`lambda-slim` ended with {}", output.status);
    }
    Ok(String::from_utf8(output.stderr)?)
}

/// The text of a terminal as an SVG.
fn draw(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let width = (COLUMNS as f64 * COLUMN_WIDTH) as usize + 2 * MARGIN;
    let height = lines.len() * LINE_HEIGHT + 2 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"a report of lambda-slim pack\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#16191d\"/>\n\
         <g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, monospace\" \
         font-size=\"14\" fill=\"#d7dae0\">\n"
    );
    for (number, line) in lines.iter().enumerate() {
        let y = MARGIN + (number + 1) * LINE_HEIGHT - 5;
        let _ = writeln!(svg, "{}", draw_line(line, y));
    }
    svg + "</g>\n</svg>\n"
}

/// Each run of one style is a text of its own, placed by its column, so that no font can shift the table.
fn draw_line(line: &str, y: usize) -> String {
    let mut drawn = String::new();
    let mut column = 0;
    for (style, text) in runs(line) {
        let x = MARGIN as f64 + column as f64 * COLUMN_WIDTH;
        let columns = text.chars().count();
        column += columns;
        if text.trim().is_empty() {
            continue;
        }
        let length = columns as f64 * COLUMN_WIDTH;
        // Browsers fold common spaces of an SVG, whatever `xml:space` says.
        let text = text.replace(' ', "\u{a0}");
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
        let _ = write!(
            drawn,
            "<text x=\"{x:.1}\" y=\"{y}\" textLength=\"{length:.1}\"{}>{escaped}</text>",
            attributes(style)
        );
    }
    drawn
}

fn attributes(style: &str) -> &'static str {
    match style {
        "1" => " font-weight=\"bold\" fill=\"#ffffff\"",
        "2" => " fill=\"#7f8794\"",
        "31" => " fill=\"#ff6b6b\"",
        "32" => " fill=\"#7ddb86\"",
        "33" => " fill=\"#e8c15a\"",
        _ => "",
    }
}

/// Splits a line at its escape sequences: the number of the style, and the text that has it.
fn runs(line: &str) -> Vec<(&str, &str)> {
    let mut parts = line.split("\x1b[");
    let mut runs = vec![("0", parts.next().unwrap_or_default())];
    runs.extend(parts.filter_map(|part| part.split_once('m')));
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_become_spans() {
        assert_eq!(
            runs("a \x1b[1mb\x1b[0m c"),
            [("0", "a "), ("1", "b"), ("0", " c")]
        );
        let line = draw_line("  \x1b[32m<ok>\x1b[0m", 10);
        assert!(line.contains("fill=\"#7ddb86\">&lt;ok></text>"), "{line}");
        assert!(line.contains("x=\"32.8\""), "{line}");
    }
}
