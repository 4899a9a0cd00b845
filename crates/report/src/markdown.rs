use std::fmt::Write as _;

use lambda_slim_package::ByteCount;

use crate::contents_text::title;
use crate::text::grouped;
use crate::{
    CheckReport, CheckedPackage, Contents, Diagnostic, Limit, Report, RuleRow, Severity, check_text,
};

/// Rows that fit a comment; the whole list is in the JSON form. The page of a run on GitHub holds at most 1 MiB for all
/// steps, and is lost as a whole above.
const ROWS_AT_MOST: usize = 50;

/// The report for a pull request or the page of a run.
pub fn report_markdown(report: &Report) -> String {
    let output = report
        .output
        .as_deref()
        .unwrap_or("dry run, nothing written");
    let mut text = format!(
        "### `{}` → `{output}`\n\n{}\n\n",
        report.input,
        target(report)
    );
    text += &sizes(report);
    text += &rules(&report.rules);
    text.extend(
        report
            .limits
            .iter()
            .map(|one| limit(&report.name_of_limit(one), one)),
    );
    text += &findings(&report.diagnostics);
    if let Some(hashes) = &report.hashes {
        let _ = write!(text, "\n`CodeSha256` `{}`\n", hashes.code_sha256);
    }
    text
}

/// What `check` found, for a pull request or the page of a run.
pub fn check_markdown(report: &CheckReport) -> String {
    let block = |package: &CheckedPackage| {
        let (target, sizes) = (check_text::target(package), check_text::sizes(package));
        let findings = findings(&package.diagnostics);
        format!(
            "### `{}`\n\n{target}<br>{}\n{findings}\n",
            package.name,
            sizes.trim()
        )
    };
    let blocks: String = report.packages.iter().map(block).collect();
    blocks + &check_text::verdict(report)
}

/// What is inside a package, for a pull request or the page of a run.
pub fn contents_markdown(contents: &Contents) -> String {
    let mut text = format!("### `{}`\n\n", contents.package.path);
    text.extend(contents.limits.iter().map(|one| limit(&one.name(), one)));
    text += match contents.before {
        Some(_) => "\n| | before | after | files |\n|---|---:|---:|---:|\n",
        None => "\n| | size | files |\n|---|---:|---:|\n",
    };
    for package in contents.packages.iter().take(ROWS_AT_MOST) {
        let before = contents.before.as_ref();
        let before = before.map(|_| package.before_bytes.unwrap_or(0));
        let before = before.map(|bytes| format!("{} | ", ByteCount(bytes)));
        let (title, before) = (cell(&title(package)), before.unwrap_or_default());
        let (bytes, files) = (ByteCount(package.unzipped_bytes), package.files as u64);
        let _ = writeln!(text, "| {title} | {before}{bytes} | {} |", grouped(files));
    }
    if let Some(hidden) = contents.packages.len().checked_sub(ROWS_AT_MOST + 1) {
        let _ = writeln!(text, "| … {} more packages | | |", hidden + 1);
    }
    text
}

fn target(report: &Report) -> String {
    let target = &report.target;
    let facts = [target.runtime.as_deref(), target.arch.as_deref()];
    let facts = facts
        .into_iter()
        .flatten()
        .chain([&*target.kind, &*target.level]);
    facts.collect::<Vec<_>>().join(" · ")
}

fn sizes(report: &Report) -> String {
    let (before, after) = (&report.before, &report.after);
    let mut text = "| | before | after | change |\n|---|---:|---:|---:|\n".to_owned();
    let bytes = |count: u64| ByteCount(count).to_string();
    let mut row = |name: &str, old: Option<u64>, new: Option<u64>, show: &dyn Fn(u64) -> String| {
        let shown = |count: Option<u64>| count.map_or("-".to_owned(), show);
        let change = match (old, new) {
            (Some(old), Some(new)) if old > 0 => {
                format!("{:+.0} %", (new as f64 - old as f64) * 100.0 / old as f64)
            }
            _ => String::new(),
        };
        let _ = writeln!(
            text,
            "| {name} | {} | {} | {change} |",
            shown(old),
            shown(new)
        );
    };
    row("zip", before.zip_bytes, after.zip_bytes, &bytes);
    row(
        "unzipped",
        Some(before.unzipped_bytes),
        Some(after.unzipped_bytes),
        &bytes,
    );
    row(
        "files",
        Some(before.files as u64),
        Some(after.files as u64),
        &grouped,
    );
    text
}

fn rules(rows: &[RuleRow]) -> String {
    if rows.is_empty() {
        return "\nNothing to remove.\n\n".to_owned();
    }
    let mut text =
        "\n| | files | unzipped | zipped | rule |\n|---|---:|---:|---:|---|\n".to_owned();
    for row in rows.iter().take(ROWS_AT_MOST) {
        let unzipped = ByteCount(row.unzipped_bytes.unsigned_abs());
        let sign = if row.unzipped_bytes < 0 { "+" } else { "" };
        let zipped = row.zipped_bytes.map_or("-".to_owned(), |bytes| {
            ByteCount(bytes.max(0) as u64).to_string()
        });
        let title = cell(&row.title);
        let code = row.code.as_deref().unwrap_or_default();
        let files = grouped(row.files as u64);
        let _ = writeln!(
            text,
            "| {title} | {files} | {sign}{unzipped} | {zipped} | {code} |"
        );
    }
    if rows.len() > ROWS_AT_MOST {
        let _ = writeln!(
            text,
            "| … {} more rules | | | | |",
            rows.len() - ROWS_AT_MOST
        );
    }
    text + "\n"
}

fn limit(name: &str, limit: &Limit) -> String {
    let share = match limit.is_exceeded() {
        true => "**over**".to_owned(),
        false => format!("{:.0} %", limit.percent()),
    };
    let (used, of) = (ByteCount(limit.used_bytes), ByteCount(limit.limit_bytes));
    format!("- {name}: {used} of {of}, {share}\n")
}

fn findings(all: &[Diagnostic]) -> String {
    let mut sorted: Vec<&Diagnostic> = all.iter().collect();
    sorted.sort_by_key(|found| std::cmp::Reverse(found.severity));
    let mut text = String::new();
    for found in sorted.iter().take(ROWS_AT_MOST) {
        let path = found
            .path
            .as_ref()
            .map(|path| format!("`{path}`: "))
            .unwrap_or_default();
        let word = match found.severity {
            Severity::Error => "**error**",
            severity => severity.as_str(),
        };
        let _ = write!(
            text,
            "\n{word} {}: {path}{}",
            found.code,
            cell(&found.message)
        );
        if let Some(help) = &found.help {
            let _ = write!(text, "<br>{}", cell(help));
        }
        text += "\n";
    }
    if sorted.len() > ROWS_AT_MOST {
        let _ = writeln!(text, "\n… {} more", sorted.len() - ROWS_AT_MOST);
    }
    text
}

/// A text that ends no cell, and is no markup.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
        .replace('<', "&lt;")
        .replace('\n', " ")
}
