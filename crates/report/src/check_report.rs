use serde::Serialize;

use crate::{Diagnostic, Limit, SCHEMA_VERSION, Severity, Sizes, TargetRow, ToolRow};

/// What `check` found in packages that it did not change.
#[derive(Debug, Clone, Serialize)]
pub struct CheckReport {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Who made the report.
    pub tool: ToolRow,
    /// The packages, in the order in which they were named or deployed.
    pub packages: Vec<CheckedPackage>,
}

/// One package, and what is said of it.
#[derive(Debug, Clone, Serialize)]
pub struct CheckedPackage {
    /// The functions or the layer that it is, or its path.
    pub name: String,
    /// The path of the package.
    pub path: String,
    /// Whether paths inside lie on the disk, in a folder.
    pub is_folder: bool,
    /// What the package is meant for.
    pub target: TargetRow,
    /// How large it is; the zip of a folder is what `pack` would make of it if nothing left.
    pub sizes: Sizes,
    /// What it shares the limit of unzipped bytes with.
    pub layers: LayerRow,
    /// The shares of Lambda's limits, with the layers.
    pub limits: Vec<Limit>,
    /// What the user should know.
    pub diagnostics: Vec<Diagnostic>,
}

/// The layers of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LayerRow {
    /// How many have a known size.
    pub count: usize,
    /// Their unzipped bytes.
    pub unzipped_bytes: u64,
}

impl CheckReport {
    /// A report of `packages` by this tool.
    pub fn of(packages: Vec<CheckedPackage>) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            tool: ToolRow::OURS,
            packages,
        }
    }

    /// How many findings are that bad.
    pub fn count(&self, severity: Severity) -> usize {
        let all = self
            .packages
            .iter()
            .flat_map(|package| &package.diagnostics);
        all.filter(|found| found.severity == severity).count()
    }

    /// The JSON form.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }
}

impl CheckedPackage {
    /// Where a finding is: the file inside a folder, or the archive, which holds no lines that a viewer could show.
    pub(crate) fn place(&self, found: &Diagnostic) -> String {
        match &found.path {
            Some(path) if self.is_folder => format!("{}/{path}", self.path.trim_end_matches('/')),
            _ => self.path.clone(),
        }
    }

    /// The finding in one line, with what the place leaves out.
    pub(crate) fn words(&self, found: &Diagnostic) -> String {
        let inner = found.path.as_ref().filter(|_| !self.is_folder);
        let inner = inner.map(|path| format!("{path}: ")).unwrap_or_default();
        let name = if self.name == self.path {
            String::new()
        } else {
            format!(" ({})", self.name)
        };
        format!("{inner}{}{name}", found.message)
    }
}
