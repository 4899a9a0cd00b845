//! `pack --format github`: annotations on stdout, and what later steps of a workflow read.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use lambda_slim_report::{
    CheckReport, CheckedPackage, LayerRow, Report, Reports, annotations, report_markdown,
};

use crate::limits::Layers;
use crate::pack::Packed;

/// The page of a run holds this much for all its steps; above, GitHub takes nothing at all.
/// Source: <https://docs.github.com/actions/reference/workflow-commands-for-github-actions#step-isolation-and-limits>.
const PAGE_AT_MOST_BYTES: u64 = 1 << 20;

/// Fills the files that GitHub names, and gives the annotations.
pub(crate) fn of_one(report: &Report, layers: Layers) -> anyhow::Result<String> {
    append_page(report)?;
    append("GITHUB_OUTPUT", &outputs(report), u64::MAX)?;
    Ok(annotations(&CheckReport::of(vec![checked(report, layers)])))
}

/// The same for several packages; their outputs are one list, for a name can have one value.
pub(crate) fn of_several(all: &[Packed]) -> anyhow::Result<String> {
    all.iter()
        .try_for_each(|packed| append_page(&packed.report))?;
    let reports = all.iter().map(|packed| packed.report.clone());
    let list = Reports::of(reports.collect()).to_facts()?;
    let line = format!("packages={list}\n");
    append("GITHUB_OUTPUT", &line, u64::MAX)?;
    let checked = all
        .iter()
        .map(|packed| checked(&packed.report, packed.layers));
    Ok(annotations(&CheckReport::of(checked.collect())))
}

fn append_page(report: &Report) -> anyhow::Result<()> {
    append(
        "GITHUB_STEP_SUMMARY",
        &(report_markdown(report) + "\n"),
        PAGE_AT_MOST_BYTES,
    )
}

fn checked(report: &Report, layers: Layers) -> CheckedPackage {
    let path = report.input.clone();
    CheckedPackage {
        name: path.clone(),
        is_folder: PathBuf::from(&path).is_dir(),
        path,
        target: report.target.clone(),
        sizes: report.after,
        layers: LayerRow {
            count: layers.count,
            unzipped_bytes: layers.unzipped_bytes,
        },
        limits: report.limits.clone(),
        diagnostics: report.diagnostics.clone(),
    }
}

/// Adds `text` to the file that the variable names, unless that would be more than it may hold.
fn append(variable: &str, text: &str, at_most_bytes: u64) -> anyhow::Result<()> {
    let Some(path) = std::env::var_os(variable).filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let mut file = fs_err::OpenOptions::new()
        .create(true)
        .append(true)
        .open(PathBuf::from(path))?;
    if file.metadata()?.len() + text.len() as u64 <= at_most_bytes {
        file.write_all(text.as_bytes())?;
    }
    Ok(())
}

/// `name=value` for each fact that another step may want.
fn outputs(report: &Report) -> String {
    let mut text = String::new();
    for (name, value) in report.facts() {
        let _ = writeln!(text, "{name}={}", value.replace(['\r', '\n'], " "));
    }
    text
}
