//! Compiling modules that come without bytecode, with a Python of the version that will run them.

use std::io;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use lambda_slim_archive::{Error, Input, TemporaryFolder};
use lambda_slim_package::{Entry, EntryId, EntryKind, EntryPath, FileMode, PackageKind, Runtime};

use super::header::{HEADER_BYTES, Header};
use super::{Uncheck, cached_path, marshal};

/// What the interpreter runs.
const SCRIPT: &str = include_str!("compile.py");

/// Sources to compile, and for whom.
pub struct CompileOrder<'a> {
    /// Where the sources are.
    pub input: &'a Input,
    /// Which of them.
    pub sources: &'a [EntryId],
    /// Function or layer.
    pub kind: PackageKind,
    /// The Python that will run them.
    pub runtime: &'a Runtime,
}

/// What came of compiling.
pub struct Compiled {
    /// The compiled modules.
    pub files: Vec<(Entry, Vec<u8>)>,
    /// Sources that Python does not accept, and what it said. They stay as they are.
    pub refused: Vec<(EntryPath, String)>,
    /// The version of Python that compiled them, such as 3.13.2.
    pub version: String,
}

/// Why nothing was compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// There is a `python`, but of no version in particular.
    #[error(
        "there is no bytecode for `{0}`: its version decides; say it with --runtime, as in --runtime python3.13"
    )]
    NoVersion(Runtime),
    /// No interpreter has the name.
    #[error("`{0}` is not on the PATH, and no other Python writes bytecode that it reads")]
    NotFound(String),
    /// It could not be started.
    #[error("`{0}` could not be started")]
    Start(String, #[source] io::Error),
    /// It did not come to its end.
    #[error("`{0}` compiles nothing: {1}")]
    Failed(String, String),
    /// It is another Python than its name says.
    #[error("`{0}` calls itself {1}")]
    OtherPython(String, String),
    /// The folder to compile in.
    #[error("the sources could not be laid out to be compiled")]
    Scratch(#[source] io::Error),
    /// A source could not be read.
    #[error(transparent)]
    Archive(#[from] Error),
}

/// Compiles the sources in a folder of their own. The same sources give the same bytes with one version of Python,
/// whatever its system: names of folders, seeds and what else it compiled leave no traces.
pub fn compile(order: &CompileOrder<'_>) -> Result<Compiled, CompileError> {
    let no_version = || CompileError::NoVersion(order.runtime.clone());
    let tag = order.runtime.python_tag().ok_or_else(no_version)?;
    let tag = format!("cpython-{tag}");
    let program = order.runtime.to_string();
    let scratch = TemporaryFolder::new_in(&std::env::temp_dir()).map_err(CompileError::Scratch)?;
    lay_out(order, scratch.path())?;
    let said = run(&program, scratch.path())?;
    let mut lines = said.lines();
    let (is, version) = lines
        .next()
        .and_then(|line| line.split_once(' '))
        .unwrap_or_default();
    if is != tag {
        return Err(CompileError::OtherPython(
            program,
            format!("{is} {version}"),
        ));
    }
    let package = order.input.package();
    let refused = lines.filter_map(|line| {
        let (number, why) = line.split_once(' ')?;
        let source = order.sources.get(number.parse::<usize>().ok()?)?;
        Some((package.entry(*source).path.clone(), why.to_owned()))
    });
    Ok(Compiled {
        files: collect(order, &tag, scratch.path())?,
        refused: refused.collect(),
        version: version.to_owned(),
    })
}

/// Sources by number: no path of a package becomes one on the disk.
fn lay_out(order: &CompileOrder<'_>, folder: &Path) -> Result<(), CompileError> {
    let package = order.input.package();
    let uncheck = Uncheck { kind: order.kind };
    let name = |source: &EntryId| uncheck.filename(package, *source);
    let names: Vec<String> = order.sources.iter().map(name).collect();
    let names = serde_json::to_vec(&names).expect("texts are always JSON");
    let write = |name: &str, contents: &[u8]| {
        let file = folder.join(name);
        fs_err::write(file, contents).map_err(CompileError::Scratch)
    };
    write("names.json", &names)?;
    for (number, source) in order.sources.iter().enumerate() {
        write(&format!("{number}.py"), &order.input.read(*source)?)?;
    }
    Ok(())
}

/// What the interpreter says.
fn run(program: &str, folder: &Path) -> Result<String, CompileError> {
    // Apart from the sources: Python looks for its own modules beside the script first.
    let home = folder.join("script");
    fs_err::create_dir(&home).map_err(CompileError::Scratch)?;
    let script = home.join("compile.py");
    fs_err::write(&script, SCRIPT).map_err(CompileError::Scratch)?;
    let mut python = Command::new(program);
    // Neither the user's packages nor settings have a say.
    python.args(["-s", "-S", "-B"]).arg(script).arg(folder);
    let settings = std::env::vars_os().map(|(name, _)| name);
    settings
        .filter(|name| name.to_string_lossy().starts_with("PYTHON") && name != "PYTHONHOME")
        .for_each(|name| _ = python.env_remove(name));
    // The order of texts in a set, which is in the bytecode of versions before 3.11, hangs on it.
    python
        .env("PYTHONHASHSEED", "0")
        .stdin(Stdio::null())
        .current_dir(&home);
    let output = python.output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => CompileError::NotFound(program.to_owned()),
        _ => CompileError::Start(program.to_owned(), error),
    })?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(CompileError::Failed(program.to_owned(), complaint(&output))),
    }
}

/// What a program that failed said first: stand-ins for a missing Python say more than they know.
fn complaint(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    match lines.next() {
        Some(line) => line.to_owned(),
        None => output.status.to_string(),
    }
}

/// The compiled modules, free of what the compiling process left in them.
fn collect(
    order: &CompileOrder<'_>,
    tag: &str,
    folder: &Path,
) -> Result<Vec<(Entry, Vec<u8>)>, CompileError> {
    let package = order.input.package();
    let mut files = Vec::new();
    for (number, source) in order.sources.iter().enumerate() {
        let file = folder.join(format!("{number}.pyc"));
        let Some(path) = cached_path(&package.entry(*source).path, tag) else {
            continue;
        };
        if !file.is_file() {
            continue;
        }
        let contents = fs_err::read(file).map_err(CompileError::Scratch)?;
        let name = Uncheck { kind: order.kind }.filename(package, *source);
        let contents = normal(&contents, &name).unwrap_or(contents);
        let kind = EntryKind::File {
            size_bytes: contents.len() as u64,
            mode: FileMode::Regular,
        };
        files.push((Entry { path, kind }, contents));
    }
    Ok(files)
}

/// The same code in the one form that it has here; `None` for a version whose form is not known.
fn normal(contents: &[u8], filename: &str) -> Option<Vec<u8>> {
    let (head, code) = contents.split_at_checked(HEADER_BYTES)?;
    let version = Header::read(head)?.version?;
    let code = marshal::with_filename(code, version.layout(), filename)?;
    Some([head, &code].concat())
}
