use std::io;
use std::path::PathBuf;

/// Why there is no configuration although there should be one.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The disk said no.
    #[error("the configuration cannot be read")]
    Read(#[source] io::Error),
    /// It is not written as its name says.
    #[error("`{}`, line {line}: {why}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where, counted from one.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// A file that was named has no settings.
    #[error("`{}` has no settings of lambda-slim", .0.display())]
    NoSettings(PathBuf),
}
