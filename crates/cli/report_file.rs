//! The file of `--report-file`.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use lambda_slim_report::Report;
use tempfile::NamedTempFile;

use crate::args::PackArgs;
use crate::exit::UsageError;
use crate::output::{Destination, is_same_file, make_folder_of, refuse_unwritable};

/// A place for the report that is known to be good before any work begins.
pub(crate) struct ReportFile(PathBuf);

impl ReportFile {
    /// Refuses a place where the report could not be written, or would replace what it speaks of.
    pub(crate) fn of(
        args: &PackArgs,
        destination: &Destination,
    ) -> Result<Option<Self>, UsageError> {
        let Some(path) = &args.report_file else {
            return Ok(None);
        };
        let refuse = |why: &str| {
            Err(UsageError(format!(
                "--report-file: `{}` {why}",
                path.display()
            )))
        };
        let output = destination.path();
        if is_same_file(path, &args.input)
            || output.is_some_and(|output| is_same_place(path, output))
        {
            return refuse("is the input or the output");
        }
        if path.is_dir() {
            return refuse("is a folder");
        }
        refuse_unwritable("--report-file", path)?;
        Ok(Some(Self(path.clone())))
    }

    /// Writes the report, without what differs from run to run, as a whole or not at all.
    pub(crate) fn write(&self, report: &Report) -> anyhow::Result<()> {
        let stable = Report {
            extraction: None,
            elapsed_ms: None,
            ..report.clone()
        };
        write_whole(&self.0, &(stable.to_json()? + "\n"))
    }
}

/// Writes a report as a whole or not at all.
pub(crate) fn write_whole(path: &Path, text: &str) -> anyhow::Result<()> {
    let context = || format!("the report cannot be written to `{}`", path.display());
    make_folder_of(path).with_context(context)?;
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file: NamedTempFile = builder.tempfile_in(folder_of(path)).with_context(context)?;
    file.write_all(text.as_bytes()).with_context(context)?;
    file.persist(path).map(drop).with_context(context)
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Whether both names mean one place, where perhaps nothing lies yet.
fn is_same_place(one: &Path, other: &Path) -> bool {
    let folders = fs_err::canonicalize(folder_of(one))
        .ok()
        .zip(fs_err::canonicalize(folder_of(other)).ok());
    let same =
        folders.is_some_and(|(one, other)| one == other) && one.file_name() == other.file_name();
    same || is_same_file(one, other)
}
