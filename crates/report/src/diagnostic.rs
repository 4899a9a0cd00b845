use serde::{Deserialize, Serialize};

/// Something that the user should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A stable code.
    pub code: String,
    /// One line.
    pub message: String,
    /// The entry that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Advice,
    /// Probably not wanted.
    Warning,
    /// The package will not work.
    Error,
}

impl Severity {
    /// The word that the report shows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Advice => "advice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl Diagnostic {
    /// A warning with the advice that ends it.
    pub fn warning(code: &str, message: String, help: impl Into<Option<String>>) -> Self {
        Self {
            severity: Severity::Warning,
            code: code.to_owned(),
            message,
            path: None,
            help: help.into(),
        }
    }
}
