//! What the user sees: errors, the progress bar, and nothing on stdout that was not asked for.

use std::io::{IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};
use lambda_slim_archive::{Error, remove_temporary_files};

use crate::exit::Exit;

/// Prints an error with its causes, and the cure where one is known.
pub(crate) fn error(error: &anyhow::Error) {
    let mut stderr = anstream::stderr().lock();
    // A cause that is shown by the error above it (`#[error(transparent)]`) is not repeated.
    let mut lines: Vec<String> = error.chain().map(ToString::to_string).collect();
    lines.dedup();
    let _ = writeln!(stderr, "\x1b[31merror\x1b[0m: {}", lines.join(": "));
    let hint = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<Error>()?.hint());
    if let Some(hint) = hint {
        let _ = writeln!(stderr, "  \x1b[2mhint:\x1b[0m {hint}");
    }
}

/// A bar that counts bytes, on a terminal only.
pub(crate) fn progress(total_bytes: u64, wanted: bool) -> ProgressBar {
    if !wanted || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("  {bar:32} {bytes} of {total_bytes}  {eta} left")
        .expect("a constant template")
        .progress_chars("█▉░");
    ProgressBar::new(total_bytes).with_style(style)
}

/// Ctrl-C and SIGTERM end the process without running destructors: what is half written goes here.
pub(crate) fn delete_temporary_files_on_signals() {
    let handler = || {
        remove_temporary_files();
        std::process::exit(Exit::Interrupted as i32);
    };
    // Without a handler a signal leaves a temporary file behind; that is no reason not to work.
    let _ = ctrlc::set_handler(handler);
}
