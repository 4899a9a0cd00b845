use std::fmt::Write as _;

use lambda_slim_package::ByteCount;

use crate::{Diagnostic, Limit, Report, RowKind, RuleRow, Severity, Statistics};

/// How much the text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Without what saved little.
    Short,
    /// Every rule and warning, and the statistics of extraction.
    Long,
    /// Also every file that something was decided about.
    Files,
}

/// Columns of a rule's title, where none needs more: those of rules never do.
const TITLE_COLUMNS: usize = 36;
/// Up to so many rules the short form shows all.
const SHORT_ROWS: usize = 10;
/// Of more it shows so many of each kind in any case.
const SHORT_ROWS_OF_KIND: usize = 2;
/// And all that saved at least this part of what was saved: a hundredth.
const SHORT_SHARE: u64 = 100;
/// Warnings and advice that it shows; errors are never left out.
const SHORT_DIAGNOSTICS: usize = 2;
/// Columns of a text that people read.
const COLUMNS: usize = 80;

pub(crate) const BOLD: &str = "\x1b[1m";
pub(crate) const DIM: &str = "\x1b[2m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const RED: &str = "\x1b[31m";
pub(crate) const PLAIN: &str = "\x1b[0m";

/// The report for people, with ANSI styles; printing through `anstream` drops them where they are not wanted. Texts and
/// paths are whole, however long: a terminal folds them.
pub fn render(report: &Report, detail: Detail) -> String {
    let files = match detail {
        Detail::Files => files(report),
        Detail::Short | Detail::Long => String::new(),
    };
    let blocks = [
        head(report),
        sizes(report, detail),
        rows(report, detail),
        files,
        limits(report),
        diagnostics(&report.diagnostics, detail),
        tail(report),
    ];
    blocks
        .into_iter()
        .filter(|block| !block.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Only what went wrong or may go wrong: what `--quiet` leaves. Of several packages each line says the `name` of its own.
pub fn render_diagnostics(report: &Report, name: Option<&str>) -> String {
    let found = report.diagnostics.iter();
    let serious = found.filter(|found| found.severity > Severity::Advice);
    let named = |found: &Diagnostic| Diagnostic {
        path: match (name, &found.path) {
            (Some(name), Some(path)) => Some(format!("{name}: {path}")),
            (name, path) => path.as_deref().or(name).map(str::to_owned),
        },
        ..found.clone()
    };
    diagnostics(&serious.map(named).collect::<Vec<_>>(), Detail::Long)
}

fn head(report: &Report) -> String {
    let target = &report.target;
    let tool = format!("{} {}", report.tool.name, report.tool.version);
    let output = report.output.as_deref();
    let output = output.unwrap_or("dry run, nothing written");
    let runtime = fact(
        target.runtime.as_deref(),
        target.runtime_evidence.as_deref(),
        "run time",
    );
    let arch = fact(
        target.arch.as_deref(),
        target.arch_evidence.as_deref(),
        "architecture",
    );
    format!(
        "{BOLD}{tool}{PLAIN}  {} → {output}\n{runtime} · {arch} · {} · {}\n",
        report.input, target.kind, target.level
    )
}

/// `python3.12 (from *.cpython-312-*.so)`
fn fact(value: Option<&str>, evidence: Option<&str>, what: &str) -> String {
    match (value, evidence) {
        (Some(value), Some(evidence)) => format!("{value} {DIM}(from {evidence}){PLAIN}"),
        (Some(value), None) => value.to_owned(),
        (None, _) => format!("{what} unknown"),
    }
}

fn sizes(report: &Report, detail: Detail) -> String {
    let (before, after) = (&report.before, &report.after);
    let mut text = format!(
        "{BOLD}{:24}{:>12}{:>12}{:>10}{PLAIN}\n",
        "", "before", "after", "saved"
    );
    let bytes = |count: u64| ByteCount(count).to_string();
    let zip = [before, after].map(|sizes| sizes.zip_bytes);
    let unzipped = [before, after].map(|sizes| Some(sizes.unzipped_bytes));
    let files = [before, after].map(|sizes| Some(sizes.files as u64));
    for (name, counts) in [("zip", zip), ("unzipped", unzipped), ("files", files)] {
        let show = |count| {
            if name == "files" {
                grouped(count)
            } else {
                bytes(count)
            }
        };
        let saved = saved(counts.map(|count| count.map(|count| count as f64)));
        text += &size_row(name, counts.map(|count| count.map(show)), &saved, "");
    }
    if let Some(extraction) = &report.extraction {
        let series = [&extraction.before, &extraction.after];
        let note = format!(
            "   median of {}, {}",
            extraction.before.count, extraction.place
        );
        let values = series.map(|one| Some(one.median_ms));
        let saved = if extraction.is_clear {
            saved(values)
        } else {
            "unclear".to_owned()
        };
        text += &size_row(
            "extraction",
            values.map(|value| value.map(duration)),
            &saved,
            &note,
        );
        if detail > Detail::Short {
            text += &statistics("before", &extraction.before);
            text += &statistics("after", &extraction.after);
        }
    }
    text
}

/// One measure before and after; a `-` where it was not taken.
fn size_row(name: &str, values: [Option<String>; 2], saved: &str, note: &str) -> String {
    let [before, after] = values.map(|value| value.unwrap_or("-".to_owned()));
    let saved = if saved.is_empty() {
        String::new()
    } else {
        format!("{GREEN}{saved:>10}{PLAIN}")
    };
    format!("  {name:22}{before:>12}{after:>12}{saved}{DIM}{note}{PLAIN}\n")
}

fn statistics(name: &str, series: &Statistics) -> String {
    let Statistics {
        count,
        min_ms,
        max_ms,
        mean_ms,
        median_ms,
        p95_ms,
    } = series;
    format!(
        "    {name:8}count {count}  min {min_ms:.1}  max {max_ms:.1}  mean {mean_ms:.1}  \
         median {median_ms:.1}  p95 {p95_ms:.1} ms\n"
    )
}

fn saved(values: [Option<f64>; 2]) -> String {
    match values {
        [Some(before), Some(after)] if before > 0.0 => percent(before, after),
        _ => String::new(),
    }
}

/// What became of a number of bytes: `-75%`, `0%` and `+5%`.
pub fn change(before: u64, after: u64) -> String {
    match before {
        0 => "0%".to_owned(),
        _ => percent(before as f64, after as f64),
    }
}

fn percent(before: f64, after: f64) -> String {
    match ((after - before) * 100.0 / before).round() {
        0.0 => "0%".to_owned(),
        percent => format!("{percent:+}%"),
    }
}

fn duration(milliseconds: f64) -> String {
    if milliseconds >= 1000.0 {
        format!("{:.2} s", milliseconds / 1000.0)
    } else {
        format!("{milliseconds:.1} ms")
    }
}

/// `14902` as `14,902`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How wide a column of names is: they are never cut, and stand two spaces before what follows.
pub(crate) fn column(names: impl Iterator<Item = String>, least: usize) -> usize {
    let widths = names.map(|name| name.chars().count() + 2);
    widths.max().unwrap_or_default().max(least)
}

/// `words` in lines of at most 80 columns, the width of all that is said, whatever line breaks they had.
pub fn wrapped(words: &str, first_indent: &str, indent: &str) -> String {
    let words: Vec<&str> = words.split_whitespace().collect();
    let options = between_words(COLUMNS)
        .initial_indent(first_indent)
        .subsequent_indent(indent);
    textwrap::fill(&words.join(" "), options) + "\n"
}

/// `text` with the lines broken between words that have more than `columns`, and indented a little from there on.
pub fn folded(text: &str, columns: usize) -> String {
    let fold = |line: &str| {
        let indent = " ".repeat(line.len() - line.trim_start().len() + 2);
        textwrap::fill(line, between_words(columns).subsequent_indent(&indent))
    };
    let lines: Vec<String> = text.split('\n').map(fold).collect();
    lines.join("\n")
}

/// A path and a pattern are one word, which nobody could copy in two parts.
fn between_words<'a>(columns: usize) -> textwrap::Options<'a> {
    textwrap::Options::new(columns)
        .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .break_words(false)
}

/// One line for each rule that did something, under a heading for each kind of work. The short form leaves out what
/// saved little.
fn rows(report: &Report, detail: Detail) -> String {
    let rows = &report.rules;
    if rows.is_empty() {
        return "  nothing to remove\n".to_owned();
    }
    let all: u64 = rows.iter().map(weight).sum();
    let folds = detail == Detail::Short && rows.len() > SHORT_ROWS;
    let mut shown: Vec<&RuleRow> = Vec::new();
    let mut hidden: Vec<&RuleRow> = Vec::new();
    for kind in rows.chunk_by(|a, b| a.action == b.action) {
        for (place, row) in kind.iter().enumerate() {
            let is_small = weight(row).saturating_mul(SHORT_SHARE) < all;
            let is_hidden = folds && place >= SHORT_ROWS_OF_KIND && is_small;
            if is_hidden { &mut hidden } else { &mut shown }.push(row);
        }
    }
    let width = column(shown.iter().map(|row| row.title.clone()), TITLE_COLUMNS);
    let mut text = String::new();
    for kind in shown.chunk_by(|a, b| a.action == b.action) {
        text += &heading(kind[0].action, width);
        text.extend(kind.iter().map(|row| self::row(row, width)));
    }
    text + &rest(&hidden)
}

/// What a rule did to the unzipped size.
fn weight(row: &RuleRow) -> u64 {
    row.unzipped_bytes.unsigned_abs()
}

/// What is not shown, and how much that is.
fn rest(hidden: &[&RuleRow]) -> String {
    let plural = match hidden.len() {
        0 => return String::new(),
        1 => "",
        _ => "s",
    };
    let bytes = ByteCount(hidden.iter().map(|row| weight(row)).sum());
    let count = hidden.len();
    format!("  {DIM}… {count} more rule{plural} for {bytes} with -v{PLAIN}\n")
}

fn heading(kind: RowKind, width: usize) -> String {
    let word = match kind {
        RowKind::Removed => "removed",
        RowKind::Rewritten => "rewritten",
        RowKind::Moved => "moved",
    };
    format!(
        "  {BOLD}{word:width$}{:>8}{:>12}{:>12}{PLAIN}\n",
        "files", "unzipped", "zipped"
    )
}

fn row(row: &RuleRow, width: usize) -> String {
    let zipped = row
        .zipped_bytes
        .map(|bytes| ByteCount(bytes.max(0) as u64).to_string());
    let zipped = zipped.unwrap_or("-".to_owned());
    let code = row
        .code
        .as_ref()
        .map(|code| format!("  {DIM}{code}{PLAIN}"))
        .unwrap_or_default();
    let unzipped = match row.unzipped_bytes {
        saved @ 0.. => ByteCount(saved.unsigned_abs()).to_string(),
        grown => format!("+{}", ByteCount(grown.unsigned_abs())),
    };
    let files = grouped(row.files as u64);
    format!(
        "  {:width$}{files:>8}{unzipped:>12}{zipped:>12}{code}\n",
        row.title
    )
}

fn files(report: &Report) -> String {
    let line = |file: &crate::FileRow| {
        format!(
            "  {:10}{:>10}  {}  {DIM}{}{PLAIN}\n",
            file.effect,
            ByteCount(file.size_bytes).to_string(),
            file.path,
            file.cause
        )
    };
    report.files.iter().map(line).collect()
}

fn limits(report: &Report) -> String {
    let line = |limit: &Limit| {
        const CELLS: usize = 24;
        let filled = ((limit.percent() / 100.0 * CELLS as f64).round() as usize).min(CELLS);
        let bar = format!("{}{}", "█".repeat(filled), "░".repeat(CELLS - filled));
        let colour = if limit.is_exceeded() { RED } else { GREEN };
        let used = ByteCount(limit.used_bytes).to_string();
        let of = ByteCount(limit.limit_bytes).to_string();
        let share = if limit.is_exceeded() {
            "over".to_owned()
        } else {
            format!("{:.0}%", limit.percent())
        };
        format!(
            "  {:22}{used:>12} of {of:>8}  {colour}{bar}{PLAIN}{share:>6}\n",
            report.name_of_limit(limit)
        )
    };
    report.limits.iter().map(line).collect()
}

pub(crate) fn diagnostics(all: &[Diagnostic], detail: Detail) -> String {
    let is_error = |found: &&Diagnostic| found.severity == Severity::Error;
    let shown = if detail == Detail::Short {
        SHORT_DIAGNOSTICS.max(all.iter().filter(is_error).count())
    } else {
        usize::MAX
    };
    let mut sorted: Vec<&Diagnostic> = all.iter().collect();
    sorted.sort_by_key(|diagnostic| std::cmp::Reverse(diagnostic.severity));
    let mut text = String::new();
    let mut before: Option<&str> = None;
    for diagnostic in sorted.iter().take(shown) {
        let help = diagnostic.help.as_deref();
        text += &self::diagnostic(diagnostic, help.filter(|help| before != Some(help)));
        before = help;
    }
    if sorted.len() > shown {
        let _ = writeln!(text, "{DIM}… {} more with -v{PLAIN}", sorted.len() - shown);
    }
    text
}

/// `warning[LS901]: message` and the help under it.
fn diagnostic(diagnostic: &Diagnostic, help: Option<&str>) -> String {
    let colour = if diagnostic.severity == Severity::Error {
        RED
    } else {
        YELLOW
    };
    let word = diagnostic.severity.as_str();
    let message = match &diagnostic.path {
        Some(path) => format!("{path}: {}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    let mut text = format!("{colour}{word}[{}]{PLAIN}: {message}\n", diagnostic.code);
    if let Some(help) = help {
        let _ = writeln!(text, "  {DIM}help:{PLAIN} {help}");
    }
    text
}

fn tail(report: &Report) -> String {
    let mut text = String::new();
    if let Some(hashes) = &report.hashes {
        let _ = writeln!(text, "  sha256      {}", hashes.sha256);
        let _ = writeln!(text, "  CodeSha256  {}", hashes.code_sha256);
    }
    if let Some(elapsed) = report.elapsed_ms {
        let _ = writeln!(text, "  {DIM}done in {}{PLAIN}", duration(elapsed));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        let text = "warning: a path that is long\n  help: do this and that\n";
        assert_eq!(
            folded(text, 20),
            "warning: a path that\n  is long\n  help: do this and\n    that\n"
        );
        let path = "stays: a/path/that-is/longer-than-the-line.js";
        assert_eq!(
            folded(path, 20),
            "stays:\n  a/path/that-is/longer-than-the-line.js"
        );
        assert_eq!(
            folded("\x1b[1mabc def ghi jkl mno\x1b[0m pqr", 20),
            "\x1b[1mabc def ghi jkl mno\x1b[0m\n  pqr",
            "styles have no width"
        );
    }

    #[test]
    fn numbers_are_readable() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1234567), "1,234,567");
        assert_eq!(saved([Some(200.0), Some(50.0)]), "-75%");
        assert_eq!(saved([Some(200.0), Some(200.0)]), "0%");
        assert_eq!(saved([Some(200.0), Some(300.0)]), "+50%");
        assert_eq!(saved([Some(0.0), Some(0.0)]), "");
        assert_eq!(change(1000, 998), "0%");
        assert_eq!(change(1000, 0), "-100%");
        assert_eq!(change(0, 0), "0%");
        assert_eq!(duration(12.34), "12.3 ms");
        assert_eq!(duration(1234.0), "1.23 s");
    }
}
