use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::esbuild::Format;

/// Loads a module as Lambda does and looks for the function: arguments are the file, the name and the format.
const PROBE: &str = "\
const [file, name, format] = process.argv.slice(1);
const { pathToFileURL } = require('node:url');
(async () => {
  const module = format === 'esm' ? await import(pathToFileURL(file).href) : require(file);
  const handler = module[name] ?? module.default?.[name];
  if (typeof handler !== 'function') throw new Error(`it exports no function '${name}'`);
})().then(() => process.exit(0), (error) => {
  process.stderr.write(String(error?.message ?? error), () => process.exit(1));
});";

/// Lambda gives the init phase ten seconds; a busy build machine may take longer.
const LIMIT: Duration = Duration::from_secs(30);

/// Loads `file` in the local Node.js and looks for the function `name`; otherwise says what went wrong, on one line.
pub(super) fn load(file: &Path, name: &str, format: Format) -> Result<(), String> {
    let format = match format {
        Format::Modules => "esm",
        Format::CommonJs => "cjs",
    };
    let mut command = Command::new("node");
    command
        .args(["-e", PROBE, "--"])
        .arg(file)
        .args([name, format]);
    command.current_dir(file.parent().unwrap_or(file));
    // Every function has a region; clients refuse to be made without one.
    if std::env::var_os("AWS_REGION").is_none() {
        command.env("AWS_REGION", "us-east-1");
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .map_err(|error| format!("node cannot be started: {error}"))?;
    let stderr = child.stderr.take();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        // What is no text is not shown.
        let _ = stderr.map(|mut stderr| stderr.read_to_string(&mut text));
        text
    });
    let is_done = wait(&mut child);
    let said = reader.join().unwrap_or_default();
    match is_done {
        Some(true) => Ok(()),
        Some(false) => Err(first_line(&said)),
        None => Err(format!("it takes more than {} seconds", LIMIT.as_secs())),
    }
}

/// Whether the program ended well; `None` where it had to be stopped.
fn wait(child: &mut Child) -> Option<bool> {
    const PAUSE: Duration = Duration::from_millis(10);
    let start = Instant::now();
    while start.elapsed() < LIMIT {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.success()),
            Ok(None) => std::thread::sleep(PAUSE),
            Err(_) => return Some(false),
        }
    }
    // It may have ended in between.
    let _ = child.kill();
    let _ = child.wait();
    None
}

/// The message of the error: a warning may stand before it.
fn first_line(said: &str) -> String {
    let mut lines = said
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('('));
    lines.next().unwrap_or("it ends without a word").to_owned()
}
