//! Ctrl-C and SIGTERM in the middle of a run.

use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Case, Ran};

const DEADLINE: Duration = Duration::from_secs(60);

/// Text that takes the hardest compression some seconds on the fastest machine.
fn slow_to_compress() -> Vec<u8> {
    let mut seed = 1u32;
    let letter = |_| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        b"eta oin"[(seed >> 24) as usize % 7]
    };
    (0..1 << 20).map(letter).collect::<Vec<u8>>().repeat(8)
}

/// Sends `signal` as soon as the output's temporary file is there; returns how the run ended.
fn interrupted(signal: &str, arguments: &[&str]) {
    let case = Case::new()
        .file("dist/index.js", "")
        .file("dist/slow.txt", slow_to_compress())
        .file("dist.zip", "old");
    let case = case.with("LAMBDA_SLIM_NO_MEASURE", "0");
    let before = case.tree();
    let mut command = case.std_command(env!("CARGO_BIN_EXE_lambda-slim").as_ref());
    command
        .arg("pack")
        .args(arguments)
        .args(["--compression", "best", "--jobs", "1"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for_temporary_file(&case, &mut child);
    let script = format!("kill -{signal} {}", child.id());
    case.command("/bin/sh".as_ref())
        .args(["-c", &script])
        .assert()
        .success();
    let ran = Ran::new(child.wait_with_output().unwrap(), &case);
    assert_eq!(ran.code, 130, "{ran}");
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    assert_eq!(case.tree(), before);
    case.assert_clean();
}

/// Waits until the first entry is written, as far as that can be seen: the second one keeps the tool busy.
fn wait_for_temporary_file(case: &Case, child: &mut Child) {
    let start = Instant::now();
    while start.elapsed() < DEADLINE {
        assert!(child.try_wait().unwrap().is_none(), "it ended too early");
        let items = fs_err::read_dir(case.path("")).unwrap();
        let mut paths = items.map(|item| item.unwrap().path());
        let temporary = paths.find(|path| path.to_string_lossy().contains(".lambda-slim-"));
        if temporary.is_some_and(|path| path.is_file() || path.join("index.js").exists()) {
            return;
        }
        thread::yield_now();
    }
    panic!("no temporary file was made");
}

#[test]
fn ctrl_c_while_a_zip_is_written() {
    interrupted("INT", &["dist"]);
}

#[test]
fn sigterm_while_a_zip_is_written() {
    interrupted("TERM", &["dist"]);
}

#[test]
fn ctrl_c_while_a_folder_is_written() {
    interrupted("INT", &["dist", "--out-dir", "slim"]);
}

#[test]
fn sigterm_while_the_input_is_replaced() {
    interrupted("TERM", &["dist", "--in-place"]);
}
