//! `pack --format github`: annotations on stdout, and what later steps of a workflow read.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use lambda_slim_report::{
    CheckReport, CheckedPackage, LayerRow, Report, annotations, report_markdown,
};

use crate::limits::Layers;

/// The page of a run holds this much for all its steps; above, GitHub takes nothing at all.
/// Source: <https://docs.github.com/actions/reference/workflow-commands-for-github-actions#step-isolation-and-limits>.
const PAGE_AT_MOST_BYTES: u64 = 1 << 20;

/// Fills the files that GitHub names, and gives the annotations.
pub(crate) fn publish(report: &Report, layers: Layers) -> anyhow::Result<String> {
    append(
        "GITHUB_STEP_SUMMARY",
        &report_markdown(report),
        PAGE_AT_MOST_BYTES,
    )?;
    append("GITHUB_OUTPUT", &outputs(report), u64::MAX)?;
    let path = report.input.clone();
    let package = CheckedPackage {
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
    };
    Ok(annotations(&CheckReport::of(vec![package])))
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
    let mut fact = |name: &str, value: &str| {
        let _ = writeln!(text, "{name}={}", value.replace(['\r', '\n'], " "));
    };
    if let Some(output) = &report.output {
        fact("path", output);
    }
    if let Some(hashes) = &report.hashes {
        fact("sha256", &hashes.sha256);
        fact("code-sha256", &hashes.code_sha256);
    }
    if let Some(bytes) = report.after.zip_bytes {
        fact("zip-bytes", &bytes.to_string());
    }
    fact("unzipped-bytes", &report.after.unzipped_bytes.to_string());
    text
}
