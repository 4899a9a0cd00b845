//! Go projects.

use std::path::{Path, PathBuf};
use std::process::Command;

use lambda_slim_archive::{Input, TemporaryFolder};
use lambda_slim_package::Architecture;

use super::{BOOTSTRAP, ProjectError, Wanted, build, fits, with_bootstrap};

/// A folder with a `go.mod` whose program lies built at its root.
#[derive(Debug)]
pub struct GoProject {
    folder: PathBuf,
    wanted: Wanted,
}

impl GoProject {
    /// The project in `folder`.
    pub fn open(folder: &Path, wanted: &Wanted) -> Self {
        Self {
            folder: folder.to_owned(),
            wanted: wanted.clone(),
        }
    }

    /// The one program at the root of the project, or the one that was named.
    pub fn input(&self) -> Result<Input, ProjectError> {
        let mut programs = Vec::new();
        for item in fs_err::read_dir(&self.folder)? {
            let path = item?.path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            let is_meant = self
                .wanted
                .program
                .as_deref()
                .is_none_or(|wanted| wanted == name);
            if is_meant && fits(&path, self.wanted.arch) {
                programs.push(path);
            }
        }
        programs.sort();
        match programs.as_slice() {
            [program] => with_bootstrap(program, Vec::new()),
            [] => Err(self.not_built()),
            several => Err(ProjectError::SeveralPrograms {
                names: several
                    .iter()
                    .filter_map(|path| path.file_name()?.to_str().map(str::to_owned))
                    .collect(),
            }),
        }
    }

    /// Builds the program at the root of the project, or in the folder that was named, without leaving a file there.
    pub fn build(&self) -> Result<Input, ProjectError> {
        let scratch = TemporaryFolder::new_in(&std::env::temp_dir())?;
        let program = scratch.path().join(BOOTSTRAP);
        let mut go = Command::new("go");
        // `lambda.norpc` leaves out what only the run time go1.x needed; without cgo the program needs no C library.
        go.current_dir(&self.folder)
            .args(["build", "-tags", "lambda.norpc", "-trimpath", "-o"]);
        go.arg(&program).arg(
            self.wanted
                .program
                .as_ref()
                .map_or(".".to_owned(), |name| format!("./{name}")),
        );
        go.env("GOOS", "linux").env("CGO_ENABLED", "0");
        if let Some(arch) = self.wanted.arch {
            go.env("GOARCH", go_name(arch));
        }
        build(&mut go)?;
        with_bootstrap(&program, Vec::new())
    }

    fn not_built(&self) -> ProjectError {
        let arch = self.wanted.arch;
        let settings = arch
            .map(|arch| format!(" GOARCH={}", go_name(arch)))
            .unwrap_or_default();
        ProjectError::NotBuilt {
            program: self
                .wanted
                .program
                .clone()
                .unwrap_or_else(|| "the program".to_owned()),
            arch: arch.map(Architecture::as_str),
            advice: format!("GOOS=linux{settings} go build -tags lambda.norpc -o bootstrap ."),
        }
    }
}

fn go_name(arch: Architecture) -> &'static str {
    match arch {
        Architecture::X86_64 => "amd64",
        Architecture::Arm64 => "arm64",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_elf::SampleElf;

    #[test]
    fn the_program_at_the_root_becomes_bootstrap() {
        let folder = tempfile::tempdir().unwrap();
        let input = || GoProject::open(folder.path(), &Wanted::default()).input();
        fs_err::write(folder.path().join("main.go"), "package main").unwrap();
        assert!(matches!(input(), Err(ProjectError::NotBuilt { .. })));
        fs_err::write(folder.path().join("main"), SampleElf::default().bytes()).unwrap();
        assert_eq!(input().unwrap().package().len(), 1);
        fs_err::write(folder.path().join("other"), SampleElf::default().bytes()).unwrap();
        assert!(matches!(input(), Err(ProjectError::SeveralPrograms { .. })));
    }
}
