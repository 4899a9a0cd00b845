//! Calls the handler of a package folder and brings its answers.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use serde_json::Value;

use crate::case::Case;
use crate::command;
use crate::language::{Language, RunTime};
use crate::sandbox::Sandbox;
use crate::tree;

/// The programs that play Lambda's run times; each takes the package folder, the handler and a folder of events.
const PROBES: [(&str, &str); 3] = [
    ("probe.cjs", include_str!("../probes/probe.cjs")),
    ("probe.py", include_str!("../probes/probe.py")),
    ("Probe.java", include_str!("../probes/Probe.java")),
];

/// What the handler in `task` answers to each event of `case`, called in a fresh process.
pub(crate) fn call(case: &Case, run_time: &RunTime, task: &Path) -> anyhow::Result<Vec<Value>> {
    let scratch = tempfile::tempdir()?;
    tree::set_mode(scratch.path(), 0o755)?;
    for (name, text) in PROBES {
        fs_err::write(scratch.path().join(name), text)?;
    }
    let exchange = scratch.path().join("exchange");
    fs_err::create_dir(&exchange)?;
    // The handler may run as another user.
    tree::set_mode(&exchange, 0o777)?;
    for (number, event) in case.settings.events.iter().enumerate() {
        fs_err::write(
            exchange.join(format!("event-{number}.json")),
            event.to_string(),
        )?;
    }
    run(case, run_time, task, scratch.path(), &exchange)?;
    (0..case.settings.events.len())
        .map(|number| answer(&exchange, number))
        .collect()
}

fn answer(exchange: &Path, number: usize) -> anyhow::Result<Value> {
    let file = exchange.join(format!("answer-{number}.json"));
    let text = fs_err::read_to_string(&file).context("the handler gave no answer")?;
    serde_json::from_str(&text).context("the handler's answer is no JSON")
}

fn run(
    case: &Case,
    run_time: &RunTime,
    task: &Path,
    probes: &Path,
    exchange: &Path,
) -> anyhow::Result<()> {
    let sandbox = Sandbox::find(&run_time.program, task);
    let mut command = sandbox.command(&run_time.program);
    match run_time.language {
        Language::Nodejs => command.arg(probes.join("probe.cjs")),
        // Neither the user's packages nor the system's may stand in for a file that is gone.
        Language::Python => command
            .args(["-I", "-S", "-B"])
            .arg(probes.join("probe.py")),
        Language::Java => command
            .arg("-cp")
            .arg(class_path(task)?)
            .arg(probes.join("Probe.java")),
        Language::Provided => command.arg("serve-bootstrap"),
    };
    command.arg(task).arg(&case.settings.handler).arg(exchange);
    command.current_dir(task).env_clear();
    for name in ["PATH", "SystemRoot"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    let fixed = [
        ("LANG", "C.UTF-8"),
        ("TZ", "UTC"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ];
    command.envs(fixed).env("LAMBDA_TASK_ROOT", task);
    command
        .env("HOME", exchange)
        .env("TMPDIR", exchange)
        .envs(&case.settings.env);
    let limit = Duration::from_secs(case.settings.timeout_seconds);
    command::run(&mut command, limit).context("the handler does not answer")?;
    Ok(())
}

/// What Lambda's Java run time loads classes from: the root, then the jars of `lib/` itself in the order of their names.
/// Source: `CustomerClassLoader` in <https://github.com/aws/aws-lambda-java-libs>.
fn class_path(task: &Path) -> anyhow::Result<OsString> {
    let lib = task.join("lib");
    let mut jars = Vec::new();
    if lib.is_dir() {
        for file in fs_err::read_dir(lib)? {
            jars.push(file?.path());
        }
    }
    jars.retain(|path| path.extension().is_some_and(|extension| extension == "jar"));
    jars.sort();
    let places = std::iter::once(task.to_owned()).chain(jars);
    Ok(std::env::join_paths(places)?)
}

/// The first line in which two answers differ, before and after.
pub(crate) fn difference(before: &[Value], after: &[Value]) -> Option<(String, String)> {
    let pretty = |answers: &[Value]| {
        let mut answers = Value::Array(answers.to_vec());
        answers.sort_all_objects();
        format!("{answers:#}")
    };
    let (before, after) = (pretty(before), pretty(after));
    let mut pairs = before.lines().zip(after.lines());
    let found = pairs.find(|(one, other)| one != other);
    found.map(|(one, other)| (one.trim().to_owned(), other.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_difference_is_found() {
        let before = [json!({"a": 1, "b": 2})];
        assert_eq!(difference(&before, &before), None);
        let found = difference(&before, &[json!({"b": 3, "a": 1})]);
        assert_eq!(found, Some(("\"b\": 2".to_owned(), "\"b\": 3".to_owned())));
        assert!(difference(&before, &[json!({"a": 1})]).is_some());
    }
}
