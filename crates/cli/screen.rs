//! What the user sees: errors, the progress bar, and nothing on stdout that was not asked for.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressStyle};
use lambda_slim_archive::{Error, exit_without_temporary_files};
use lambda_slim_report::folded;
use terminal_size::{Height, Width, terminal_size_of};

use crate::exit::Exit;

/// Whether a signal has come: from then on its handler has the last word.
static SIGNAL_CAME: AtomicBool = AtomicBool::new(false);

/// Colours from here on, whatever the terminal says.
pub(crate) fn choose_colours(choice: clap::ColorChoice) {
    let choice = match choice {
        clap::ColorChoice::Auto => anstream::ColorChoice::Auto,
        clap::ColorChoice::Always => anstream::ColorChoice::Always,
        clap::ColorChoice::Never => anstream::ColorChoice::Never,
    };
    choice.write_global();
}

/// Says something to people, on stderr.
pub(crate) fn say(text: &str) {
    let stderr = io::stderr();
    let text = fitted(text, terminal_size_of(&stderr));
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

/// `text` broken between words where the terminal would break it anywhere; whole where there is none, as for `grep`
/// and for logs.
fn fitted(text: &str, terminal: Option<(Width, Height)>) -> String {
    match terminal {
        Some((Width(columns), _)) => folded(text, columns.into()),
        None => text.to_owned(),
    }
}

/// Prints an error with its causes, and the cure where one is known.
pub(crate) fn error(error: &anyhow::Error) {
    let mut texts: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = cause.to_string();
        let said = texts.last().is_some_and(|last| last.ends_with(&text));
        if !said && !is_wrapper(cause) {
            texts.push(text);
        }
    }
    say(&format!("\x1b[31merror\x1b[0m: {}\n", texts.join(": ")));
    let hint = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<Error>()?.hint());
    if let Some(hint) = hint {
        say(&format!("  \x1b[2mhint:\x1b[0m {hint}\n"));
    }
}

/// Whether an error only adds a path to its own cause: the error above it has named the path.
fn is_wrapper(cause: &(dyn std::error::Error + 'static)) -> bool {
    let io_error = cause.downcast_ref::<io::Error>();
    io_error.is_some_and(|error| error.get_ref().is_some()) && cause.source().is_some()
}

/// A bar that counts bytes, on a terminal only.
pub(crate) fn progress(total_bytes: u64, wanted: bool) -> ProgressBar {
    if !wanted || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("  {bar:32} {decimal_bytes} of {decimal_total_bytes}")
        .expect("a constant template")
        .progress_chars("█▉░");
    ProgressBar::new(total_bytes).with_style(style)
}

/// Writes data to stdout.
pub(crate) fn data(text: &str) -> io::Result<()> {
    unless_closed(writeln!(io::stdout(), "{text}"))
}

/// Writes words for people to stdout, with ANSI styles where it is a terminal that wants them.
pub(crate) fn styled_data(text: &str) -> io::Result<()> {
    let text = fitted(text.trim_end(), terminal_size_of(io::stdout()));
    unless_closed(writeln!(anstream::stdout(), "{text}"))
}

/// A reader that closes the pipe early has had enough; that is no failure.
pub(crate) fn unless_closed(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Ctrl-C and SIGTERM end the process without running destructors: what is half written goes here.
pub(crate) fn delete_temporary_files_on_signals() {
    let handler = || {
        SIGNAL_CAME.store(true, Ordering::SeqCst);
        exit_without_temporary_files(Exit::Interrupted as i32);
    };
    // Without a handler a signal leaves a temporary file behind; that is no reason not to work.
    let _ = ctrlc::set_handler(handler);
}

/// After a signal the work fails in odd ways, because its files are deleted under its hands: the signal is what counts.
pub(crate) fn wait_if_interrupted() {
    while SIGNAL_CAME.load(Ordering::SeqCst) {
        std::thread::park();
    }
}
