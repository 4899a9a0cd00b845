//! Programs that become a package: what Cargo or Go built becomes `bootstrap`, with the files that the project names.
//!
//! It builds nothing unasked, and never takes a program for another machine or one that was not built for release.

mod cargo;
mod error;
mod go;
mod include;

use std::path::Path;
use std::process::{Command, Stdio};

use lambda_slim_archive::Input;
use lambda_slim_package::{Architecture, Entry, EntryKind, EntryPath, FileMode};
use lambda_slim_rulepack::Format;

pub use cargo::CargoProject;
pub use error::ProjectError;
pub use go::GoProject;

/// The name under which Lambda starts a program.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html>.
const BOOTSTRAP: &str = "bootstrap";

/// What to take of a project.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The program, where there are several.
    pub program: Option<String>,
    /// The architecture, where somebody said it.
    pub arch: Option<Architecture>,
}

/// Whether a file is a program or library for Linux, by its first bytes.
pub fn is_elf(path: &Path) -> bool {
    elf_format(path).is_some()
}

/// A package with this program as `bootstrap`.
pub fn program_input(program: &Path) -> Result<Input, ProjectError> {
    with_bootstrap(program, Vec::new())
}

fn with_bootstrap(program: &Path, mut files: Vec<(Entry, Vec<u8>)>) -> Result<Input, ProjectError> {
    let contents = fs_err::read(program)?;
    let path = EntryPath::new(BOOTSTRAP).expect("a constant that is a path");
    let kind = EntryKind::File {
        size_bytes: contents.len() as u64,
        mode: FileMode::Executable,
    };
    files.push((Entry { path, kind }, contents));
    Ok(Input::in_memory(files)?)
}

fn elf_format(path: &Path) -> Option<Format> {
    use std::io::Read;
    const HEAD_BYTES: u64 = 64;
    if !fs_err::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut head = Vec::new();
    let file = fs_err::File::open(path).ok()?;
    file.take(HEAD_BYTES).read_to_end(&mut head).ok()?;
    let format = crate::format(&head)?;
    matches!(
        format,
        Format::ElfX86_64 | Format::ElfArm64 | Format::ElfOther
    )
    .then_some(format)
}

/// Whether Lambda can start the file on this architecture; either will do where none was said.
fn fits(path: &Path, arch: Option<Architecture>) -> bool {
    match elf_format(path) {
        Some(Format::ElfX86_64) => arch != Some(Architecture::Arm64),
        Some(Format::ElfArm64) => arch != Some(Architecture::X86_64),
        _ => false,
    }
}

/// Runs a build; what it says goes to the user, on stderr.
fn build(command: &mut Command) -> Result<(), ProjectError> {
    let name = format!("{command:?}").replace('"', "");
    let failed = |source| ProjectError::NotStarted {
        command: name.clone(),
        source,
    };
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .map_err(failed)?;
    match status.success() {
        true => Ok(()),
        false => Err(ProjectError::Build {
            command: name,
            status,
        }),
    }
}
