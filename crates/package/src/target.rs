use std::fmt;
use std::str::FromStr;

/// A Lambda run time as it is named in a function's configuration: `python3.12`, `nodejs22.x`, `provided.al2023`.
///
/// The version is unknown (`nodejs`) where only the language could be told from the files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Runtime(String);

/// A name that no Lambda run time has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a Lambda run time; known are nodejs22.x, python3.13, java21, dotnet8, ruby3.4, \
     provided.al2023, llrt and their other versions"
)]
pub struct UnknownRuntime(String);

impl Runtime {
    /// The languages that Lambda has run times for, and LLRT.
    pub const FAMILIES: [&'static str; 7] = [
        "nodejs", "python", "java", "dotnet", "ruby", "provided", "llrt",
    ];

    /// The name without its version.
    pub fn family(&self) -> &str {
        Self::FAMILIES
            .into_iter()
            .find(|family| self.0.starts_with(family))
            .unwrap_or(&self.0)
    }

    /// What follows the family: `3.12`, `22.x`, `.al2023`; empty when only the language is known.
    pub fn version(&self) -> &str {
        &self.0[self.family().len()..]
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tag that CPython puts into the names of its compiled files: `312` for `python3.12`.
    /// Source: PEP 3147.
    pub fn python_tag(&self) -> Option<String> {
        let minor = self.0.strip_prefix("python3.")?;
        Some(format!("3{minor}"))
    }

    /// Whether functions can start from a snapshot; `None` where the version decides and is not known.
    /// Source: <https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html>.
    pub fn has_snap_start(&self) -> Option<bool> {
        let first = match self.family() {
            "python" => (3, 12),
            "java" => (11, 0),
            "dotnet" => (8, 0),
            _ => return Some(false),
        };
        let mut parts = self.version().split('.').map(str::parse::<u32>);
        let major = parts.next()?.ok()?;
        let minor = parts.next().and_then(Result::ok).unwrap_or(0);
        Some((major, minor) >= first)
    }

    /// The version of Ruby that gems are compiled for: `3.4` for `ruby3.4`.
    pub fn ruby_version(&self) -> Option<&str> {
        let version = self.0.strip_prefix("ruby")?;
        (!version.is_empty()).then_some(version)
    }
}

impl FromStr for Runtime {
    type Err = UnknownRuntime;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let family = Self::FAMILIES
            .into_iter()
            .find(|family| text.starts_with(family));
        let version = &text[family.map_or(0, str::len)..];
        let without = |end| version.strip_suffix(end).unwrap_or(version);
        let well_formed = match family {
            None => false,
            Some("provided") => matches!(version, "" | ".al2" | ".al2023"),
            Some(_) if version.is_empty() => true,
            Some("llrt") => false,
            Some("nodejs") => number(without(".x")),
            Some("java") => number(without(".al2")),
            Some("python" | "ruby") => version
                .split_once('.')
                .is_some_and(|(major, minor)| number(major) && number(minor)),
            Some(_) => number(version),
        };
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(UnknownRuntime(text.to_owned()))
        }
    }
}

fn number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The processor that the function runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Architecture {
    /// Intel and AMD, 64 bits.
    X86_64,
    /// AWS Graviton.
    Arm64,
}

impl Architecture {
    /// The name in a function's configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }

    /// The name in Node.js (`process.arch`).
    pub fn node_name(self) -> &'static str {
        match self {
            Self::X86_64 => "x64",
            Self::Arm64 => "arm64",
        }
    }

    /// The other one of the two.
    pub fn other(self) -> Self {
        match self {
            Self::X86_64 => Self::Arm64,
            Self::Arm64 => Self::X86_64,
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What the package becomes in Lambda.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PackageKind {
    /// A function: extracted into `/var/task`.
    #[default]
    Function,
    /// A layer: extracted into `/opt`, used by handlers that we cannot see.
    Layer,
}

impl PackageKind {
    /// The word that the command line and the rules use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Layer => "layer",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_times_are_read() {
        for name in [
            "nodejs22.x",
            "python3.13",
            "java8.al2",
            "java21",
            "dotnet8",
            "ruby3.4",
        ] {
            assert_eq!(name.parse::<Runtime>().unwrap().as_str(), name);
        }
        for name in ["provided.al2023", "provided", "llrt", "nodejs", "python"] {
            assert!(name.parse::<Runtime>().is_ok(), "{name}");
        }
        for name in [
            "",
            "node22",
            "python-3.12",
            "nodejsx",
            "provided.al3",
            "java21.x",
            "nodejs22.x.x",
            "python3.12.1",
            "python3",
            "dotnet8.al2",
            "cobol",
        ] {
            assert!(name.parse::<Runtime>().is_err(), "{name}");
        }
    }

    #[test]
    fn snapshots_are_for_some_versions() {
        let has = |name: &str| name.parse::<Runtime>().unwrap().has_snap_start();
        for name in ["python3.12", "python3.14", "java11", "java21", "dotnet8"] {
            assert_eq!(has(name), Some(true), "{name}");
        }
        for name in [
            "python3.9",
            "python3.11",
            "java8.al2",
            "nodejs22.x",
            "provided.al2023",
        ] {
            assert_eq!(has(name), Some(false), "{name}");
        }
        assert_eq!(has("python"), None);
    }

    #[test]
    fn families_and_tags() {
        let python: Runtime = "python3.12".parse().unwrap();
        assert_eq!((python.family(), python.version()), ("python", "3.12"));
        assert_eq!(python.python_tag().as_deref(), Some("312"));
        assert_eq!("python".parse::<Runtime>().unwrap().python_tag(), None);
        let ruby: Runtime = "ruby3.4".parse().unwrap();
        assert_eq!(ruby.ruby_version(), Some("3.4"));
        assert_eq!(python.ruby_version(), None);
        assert_eq!("ruby".parse::<Runtime>().unwrap().ruby_version(), None);
    }
}
