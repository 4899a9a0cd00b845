//! Strips the ELF files of each folder given and prints what it saved, beside GNU `strip`, and whether every library
//! that loaded before loads after, each in a process of its own.
//!
//!     pip install --no-deps --target wheels/numpy numpy
//!     cargo run --release -p lambda-slim-native --example strip_table -- wheels/*
//!
//! Needs `cp`, GNU `strip` and `python3`. The folders stay as they are; a copy of each tree is stripped, so that
//! libraries find each other. With `--keep DIR` the copies stay there, `ours` and `gnu`.

use std::error::Error;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use lambda_slim_native::{Strength, strip};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What happened to one file.
struct Row {
    before: usize,
    debug: usize,
    ours: usize,
    gnu: usize,
    loads: [bool; 3],
}

fn main() -> Result<()> {
    let mut folders: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let temporary = tempfile::tempdir()?;
    let mut copies = temporary.path().to_path_buf();
    if folders
        .first()
        .is_some_and(|first| first == OsStr::new("--keep"))
    {
        copies = folders.get(1).ok_or("`--keep` needs a folder")?.clone();
        folders.drain(..2);
    }
    println!(
        "{:<18} {:>5} {:>12} {:>11} {:>11} {:>11} | {:>11} {:>11} {:>6} | {:>5} {:>5} {:>5}",
        "folder",
        "files",
        "bytes",
        "debug -",
        "symbols -",
        "GNU -",
        "unbroken -",
        "GNU -",
        "ratio",
        "load",
        "lost",
        "GNU"
    );
    let mut all = Vec::new();
    for folder in folders {
        let rows = measure(&folder, &copies)?;
        print(&folder.display().to_string(), &rows);
        all.extend(rows);
    }
    print("all", &all);
    Ok(())
}

fn measure(folder: &Path, copies: &Path) -> Result<Vec<Row>> {
    let name = folder.file_name().ok_or("a folder needs a name")?;
    let trees = ["ours", "gnu"].map(|kind| copies.join(kind).join(name));
    for tree in &trees {
        fs_err::create_dir_all(tree.parent().ok_or("no parent")?)?;
        run("cp", &["-a".as_ref(), folder.as_os_str(), tree.as_os_str()])?;
    }
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut rows = Vec::new();
    for file in &files {
        let path = file.strip_prefix(folder)?;
        rows.push(strip_both(
            file,
            &trees[0].join(path),
            &trees[1].join(path),
        )?);
    }
    // Only now, for libraries load each other.
    for (row, file) in rows.iter_mut().zip(&files) {
        let path = file.strip_prefix(folder)?;
        row.loads =
            [file.clone(), trees[0].join(path), trees[1].join(path)].map(|file| loads(&file));
        if row.loads[0] && !row.loads[1] {
            println!("BROKEN by us: {}", file.display());
        }
    }
    Ok(rows)
}

fn strip_both(original: &Path, ours: &Path, gnu: &Path) -> Result<Row> {
    let bytes = fs_err::read(original)?;
    let debug = strip(&bytes, Strength::Debug);
    let stripped = strip(&bytes, Strength::Symbols);
    if let Some(stripped) = &stripped {
        fs_err::write(ours, stripped)?;
    }
    // It leaves the file alone where it fails.
    let _ = run("strip", &["--strip-unneeded".as_ref(), gnu.as_os_str()]);
    Ok(Row {
        before: bytes.len(),
        debug: debug.map_or(bytes.len(), |debug| debug.len()),
        ours: stripped.map_or(bytes.len(), |stripped| stripped.len()),
        gnu: usize::try_from(fs_err::metadata(gnu)?.len())?,
        loads: [true; 3],
    })
}

/// Programs and libraries of any machine; links are not followed.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), files)?;
        } else if entry.file_type()?.is_file()
            && fs_err::read(entry.path())?.starts_with(b"\x7fELF")
        {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn loads(file: &Path) -> bool {
    const LOAD: &str =
        "import ctypes, os, sys; ctypes.CDLL(os.path.abspath(sys.argv[1]), os.RTLD_LAZY)";
    run("python3", &["-c".as_ref(), LOAD.as_ref(), file.as_os_str()]).is_ok()
}

fn run(program: &str, arguments: &[&OsStr]) -> Result<()> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let status = command.status()?;
    status
        .success()
        .then_some(())
        .ok_or_else(|| format!("`{program}` failed").into())
}

fn print(folder: &str, rows: &[Row]) {
    let sum = |size: fn(&Row) -> usize| rows.iter().map(size).sum::<usize>() as i64;
    let unbroken = || rows.iter().filter(|row| row.loads[0] == row.loads[2]);
    let saved = |size: fn(&Row) -> usize| {
        unbroken()
            .map(|row| row.before as i64 - size(row) as i64)
            .sum::<i64>()
    };
    let lost = |tree: usize| {
        rows.iter()
            .filter(|row| row.loads[0] && !row.loads[tree])
            .count()
    };
    let before = sum(|row| row.before);
    let (ours, gnu) = (saved(|row| row.ours), saved(|row| row.gnu));
    let ratio = ours as f64 / gnu as f64;
    let loaded = rows.iter().filter(|row| row.loads[0]).count();
    let name = folder.rsplit('/').next().unwrap_or(folder);
    println!(
        "{name:<18} {:>5} {before:>12} {:>11} {:>11} {:>11} | {ours:>11} {gnu:>11} {ratio:>6.3} | {loaded:>5} {:>5} {:>5}",
        rows.len(),
        before - sum(|row| row.debug),
        before - sum(|row| row.ours),
        before - sum(|row| row.gnu),
        lost(1),
        lost(2),
    );
}
