use std::fmt::Write as _;

use lambda_slim_package::ByteCount;

use crate::{Diagnostic, Limit, Report, RowKind, RuleRow, Severity, Statistics};

/// How much the text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// At most 25 lines.
    Short,
    /// Every rule and warning, and the statistics of extraction.
    Long,
    /// Also every file that something was decided about.
    Files,
}

/// Lines of the short form: it fits a terminal of 25 lines.
const SHORT_LINES: usize = 25;
/// Columns of a line that people read.
const COLUMNS: usize = 80;

pub(crate) const BOLD: &str = "\x1b[1m";
pub(crate) const DIM: &str = "\x1b[2m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const RED: &str = "\x1b[31m";
pub(crate) const PLAIN: &str = "\x1b[0m";

/// The report for people, with ANSI styles; printing through `anstream` drops them where they are not wanted.
pub fn render(report: &Report, detail: Detail) -> String {
    let head = head(report);
    let sizes = sizes(report, detail);
    let limits = limits(report);
    let tail = tail(report);
    let diagnostics = diagnostics(&report.diagnostics, detail);
    let fixed = [&head, &sizes, &limits, &tail, &diagnostics].map(|block| block.lines().count());
    // The blocks stand apart by one empty line each.
    let room = SHORT_LINES.saturating_sub(fixed.iter().sum::<usize>() + 5);
    let rows = rows(
        &report.rules,
        if detail == Detail::Short {
            room
        } else {
            usize::MAX
        },
    );
    let files = if detail == Detail::Files {
        files(report)
    } else {
        String::new()
    };
    let blocks = [head, sizes, rows, files, limits, diagnostics, tail];
    blocks
        .into_iter()
        .filter(|block| !block.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Only what went wrong or may go wrong: what `--quiet` leaves.
pub fn render_diagnostics(report: &Report) -> String {
    let serious = report
        .diagnostics
        .iter()
        .filter(|found| found.severity > Severity::Advice);
    diagnostics(&serious.cloned().collect::<Vec<_>>(), Detail::Long)
}

fn head(report: &Report) -> String {
    let target = &report.target;
    let tool = format!("{} {}", report.tool.name, report.tool.version);
    let room = COLUMNS - tool.len() - 5;
    let output = report
        .output
        .as_deref()
        .unwrap_or("dry run, nothing written");
    let output = shortened(output, room / 2);
    let input = shortened(&report.input, room - output.chars().count());
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
        "{BOLD}{tool}{PLAIN}  {input} → {output}\n{runtime} · {arch} · {} · {}\n",
        target.kind, target.level
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
        [Some(before), Some(after)] if before > 0.0 => {
            let percent = ((after - before) * 100.0 / before).round();
            if percent == 0.0 {
                "0%".to_owned()
            } else {
                format!("{percent:+}%")
            }
        }
        _ => String::new(),
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

/// `words` in lines of at most 80 columns, the width of all that is said, whatever line breaks they had.
pub fn wrapped(words: &str, first_indent: &str, indent: &str) -> String {
    let words: Vec<&str> = words.split_whitespace().collect();
    let options = textwrap::Options::new(COLUMNS)
        .initial_indent(first_indent)
        .subsequent_indent(indent)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(&words.join(" "), options) + "\n"
}

/// One line for each rule that did something, under a heading for each kind of work; at most `room` lines.
fn rows(rows: &[RuleRow], room: usize) -> String {
    /// Rewriting and moving save little next to removing; two lines show what was done, if there is room at all.
    const OF_OTHER_KINDS: usize = 2;
    const ROOM_FOR_OTHER_KINDS: usize = 8;
    if rows.is_empty() {
        return "  nothing to remove\n".to_owned();
    }
    let kinds: Vec<&[RuleRow]> = rows.chunk_by(|a, b| a.action == b.action).collect();
    let all_fit = rows.len() + kinds.len() <= room;
    let of_others = if room < ROOM_FOR_OTHER_KINDS {
        0
    } else {
        OF_OTHER_KINDS
    };
    let others = kinds[1..]
        .iter()
        .map(|kind| kind.len().min(of_others) + of_others.min(1));
    let others: usize = others.sum();
    // The first kind's heading and the line about the rest take their room as well.
    let of_first = room.saturating_sub(others + 2).max(1);
    let mut text = String::new();
    let mut hidden = 0;
    for (place, kind) in kinds.iter().enumerate() {
        let most = if place == 0 { of_first } else { of_others };
        let shown = if all_fit {
            kind.len()
        } else {
            most.min(kind.len())
        };
        if shown > 0 {
            text += &heading(kind[0].action);
        }
        text.extend(kind[..shown].iter().map(row));
        hidden += kind.len() - shown;
    }
    if hidden > 0 {
        let plural = if hidden == 1 { "" } else { "s" };
        text += &format!("  {DIM}… {hidden} more rule{plural} with -v{PLAIN}\n");
    }
    text
}

fn heading(kind: RowKind) -> String {
    let word = match kind {
        RowKind::Removed => "removed",
        RowKind::Rewritten => "rewritten",
        RowKind::Moved => "moved",
    };
    format!(
        "  {BOLD}{word:36}{:>8}{:>12}{:>12}{PLAIN}\n",
        "files", "unzipped", "zipped"
    )
}

fn row(row: &RuleRow) -> String {
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
    let title = shortened(&row.title, 35);
    let files = grouped(row.files as u64);
    format!("  {title:36}{files:>8}{unzipped:>12}{zipped:>12}{code}\n")
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
            format!("limit {}", limit.id)
        )
    };
    report.limits.iter().map(line).collect()
}

pub(crate) fn diagnostics(all: &[Diagnostic], detail: Detail) -> String {
    const SHOWN: usize = 2;
    let is_error = |found: &&Diagnostic| found.severity == Severity::Error;
    let shown = if detail == Detail::Short {
        SHOWN.max(all.iter().filter(is_error).count())
    } else {
        usize::MAX
    };
    let mut sorted: Vec<&Diagnostic> = all.iter().collect();
    sorted.sort_by_key(|diagnostic| std::cmp::Reverse(diagnostic.severity));
    let mut text = String::new();
    for diagnostic in sorted.iter().take(shown) {
        text.push_str(&self::diagnostic(diagnostic, detail));
    }
    if sorted.len() > shown {
        let _ = writeln!(text, "{DIM}… {} more with -v{PLAIN}", sorted.len() - shown);
    }
    text
}

/// `warning[LS901]: message` and the help under it.
fn diagnostic(diagnostic: &Diagnostic, detail: Detail) -> String {
    let colour = if diagnostic.severity == Severity::Error {
        RED
    } else {
        YELLOW
    };
    let word = diagnostic.severity.as_str();
    // What stops the function is worth more than one line.
    let is_short = detail == Detail::Short && diagnostic.severity != Severity::Error;
    let fit = |text: &str, columns: usize| {
        if is_short {
            shortened(text, columns)
        } else {
            text.to_owned()
        }
    };
    let room = COLUMNS - word.len() - diagnostic.code.len() - 4;
    let message = match &diagnostic.path {
        Some(path) => format!("{path}: {}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    let mut text = format!(
        "{colour}{word}[{}]{PLAIN}: {}\n",
        diagnostic.code,
        fit(&message, room)
    );
    if let Some(help) = &diagnostic.help {
        let _ = writeln!(text, "  {DIM}help:{PLAIN} {}", fit(help, COLUMNS - 8));
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

/// `text`, with its middle left out if it has more than `columns` characters.
pub(crate) fn shortened(text: &str, columns: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= columns {
        return text.to_owned();
    }
    let front = (columns - 1) / 2;
    let back = columns - 1 - front;
    let start: String = chars[..front].iter().collect();
    let end: String = chars[chars.len() - back..].iter().collect();
    format!("{start}…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1234567), "1,234,567");
        assert_eq!(saved([Some(200.0), Some(50.0)]), "-75%");
        assert_eq!(saved([Some(200.0), Some(200.0)]), "0%");
        assert_eq!(saved([Some(200.0), Some(300.0)]), "+50%");
        assert_eq!(saved([Some(0.0), Some(0.0)]), "");
        assert_eq!(duration(12.34), "12.3 ms");
        assert_eq!(duration(1234.0), "1.23 s");
    }

    #[test]
    fn long_texts_lose_their_middle() {
        assert_eq!(shortened("abcdef", 6), "abcdef");
        assert_eq!(shortened("abcdefg", 6), "ab…efg");
    }
}
