//! Finds and reads the configuration: `lambda-slim.toml`, `[tool.lambda-slim]` of `pyproject.toml`, or `"lambda-slim"`
//! of `package.json`.
//!
//! It knows neither which settings there are nor what they mean: the command line does, and takes them for options that
//! nobody stated. The first file that has settings is the only one; nothing is merged. Read [`Config`] first.

mod error;
mod file;
mod find;
mod ignore;

pub use error::ConfigError;
pub use file::{Config, Section, Setting};
pub use find::find;
pub use ignore::{IGNORE_FILE, ignored};
