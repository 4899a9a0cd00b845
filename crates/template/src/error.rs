use std::io;
use std::path::PathBuf;

/// Why a template could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The disk said no.
    #[error("the template cannot be read")]
    Read(#[source] io::Error),
    /// It is neither YAML nor JSON.
    #[error("`{}` is not a template, line {line}: {why}", path.display())]
    Syntax {
        /// The template.
        path: PathBuf,
        /// Where, counted from one.
        line: usize,
        /// What the parser says.
        why: String,
    },
    /// The folder of a build could not be walked.
    #[error("`{}` cannot be searched for templates", folder.display())]
    Walk {
        /// The folder.
        folder: PathBuf,
        /// What the disk says.
        #[source]
        source: io::Error,
    },
}
