use std::collections::BTreeMap;
use std::fmt;

use lambda_slim_package::{Architecture, Package, PackageKind, Runtime};
use lambda_slim_rulepack::{Format, Sign};

/// What the package is meant for.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// The run time, where somebody said so or the files show it.
    pub runtime: Option<Detected<Runtime>>,
    /// The architecture, likewise.
    pub arch: Option<Detected<Architecture>>,
    /// Function or layer.
    pub kind: PackageKind,
}

/// A fact about the target and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detected<T> {
    /// The fact.
    pub value: T,
    /// The files that show it; `None` where the user said so.
    pub evidence: Option<String>,
}

impl<T> Detected<T> {
    /// A fact that the user stated.
    pub fn stated(value: T) -> Self {
        Self {
            value,
            evidence: None,
        }
    }
}

impl<T: fmt::Display> fmt::Display for Detected<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.evidence {
            Some(evidence) => write!(f, "{} (from {evidence})", self.value),
            None => write!(f, "{}", self.value),
        }
    }
}

/// The run time that the strongest sign shows. Where one sign shows several versions, the version that most files
/// speak for wins.
pub(crate) fn runtime(package: &Package, signs: &[Sign]) -> Option<Detected<Runtime>> {
    signs.iter().find_map(|sign| {
        let mut votes: BTreeMap<(Runtime, String), usize> = BTreeMap::new();
        for (_, entry) in package.iter() {
            if let Some(vote) = sign.read(&entry.path) {
                *votes.entry(vote).or_default() += 1;
            }
        }
        let ((value, says), _) = votes.into_iter().max_by_key(|(_, count)| *count)?;
        Some(Detected {
            value,
            evidence: Some(says),
        })
    })
}

/// The architecture that all loadable ELF files share; files for both say nothing, because packages often carry
/// builds for several machines.
pub(crate) fn arch(formats: &[Option<Format>]) -> Option<Detected<Architecture>> {
    let count = |wanted| {
        formats
            .iter()
            .filter(|format| **format == Some(wanted))
            .count()
    };
    let (value, files) = match (count(Format::ElfX86_64), count(Format::ElfArm64)) {
        (0, 0) => return None,
        (files, 0) => (Architecture::X86_64, files),
        (0, files) => (Architecture::Arm64, files),
        _ => return None,
    };
    let plural = if files == 1 { "" } else { "s" };
    Some(Detected {
        value,
        evidence: Some(format!("{files} ELF file{plural}")),
    })
}
