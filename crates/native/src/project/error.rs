use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

/// Why a project does not become a package.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// Cargo does not understand the project, or is not there.
    #[error("cargo cannot read the project `{}`", folder.display())]
    Metadata {
        /// The folder.
        folder: PathBuf,
        /// What cargo said.
        source: Box<cargo_metadata::Error>,
    },
    /// There is nothing to start in it.
    #[error("the project has no program, only libraries: `{}`", folder.display())]
    NoProgram {
        /// The folder.
        folder: PathBuf,
    },
    /// The wanted program is not in it.
    #[error("the project has no program `{wanted}`; it has {}", names.join(", "))]
    UnknownProgram {
        /// What was asked for.
        wanted: String,
        /// What is there.
        names: Vec<String>,
    },
    /// It has several, and nobody said which.
    #[error("the project has several programs; choose one with --bin: {}", names.join(", "))]
    SeveralPrograms {
        /// All of them.
        names: Vec<String>,
    },
    /// The program is not built yet, or not for the target.
    #[error(
        "`{program}` is not built{}; say --build, or run `{advice}`",
        for_arch(arch)
    )]
    NotBuilt {
        /// The program.
        program: String,
        /// The architecture that was asked for.
        arch: Option<&'static str>,
        /// The command that builds it.
        advice: String,
    },
    /// A file that the project includes is not there.
    #[error("the project includes what is not there: `{0}`")]
    Include(String),
    /// A program of the build tool could not be started.
    #[error("cannot run `{command}`")]
    NotStarted {
        /// The command.
        command: String,
        /// What the system said.
        source: io::Error,
    },
    /// The build failed; the build tool has said why.
    #[error("`{command}` failed with {status}")]
    Build {
        /// The command.
        command: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// A file could not be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The package could not be put together.
    #[error(transparent)]
    Archive(#[from] lambda_slim_archive::Error),
}

impl ProjectError {
    /// Whether the user has to ask in another way; otherwise something is wrong with what was found.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::NoProgram { .. }
                | Self::UnknownProgram { .. }
                | Self::SeveralPrograms { .. }
                | Self::NotBuilt { .. }
                | Self::Include(_)
        )
    }
}

fn for_arch(arch: &Option<&'static str>) -> String {
    arch.map(|arch| format!(" for {arch}")).unwrap_or_default()
}
