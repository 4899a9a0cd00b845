use std::fmt;

use lambda_slim_package::EntryPath;

/// Something odd about the input that does not stop the work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The entry's name, or the archive's or folder's where it concerns all of it.
    pub path: String,
    /// What is odd.
    pub oddity: Oddity,
}

/// What is odd about a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Oddity {
    /// A FIFO, a socket or a device: left out, never opened.
    NotAFile,
    /// A link that left the folder: what it points to became ordinary entries.
    OutsideLinkCopied {
        /// Where it ends on disk.
        target: String,
    },
    /// A link that was absolute, or took a way outside, but ends inside: it became a relative one.
    LinkMadeRelative {
        /// The text as it was.
        from: String,
        /// The text as it is.
        to: String,
    },
    /// A file that runs with the rights of its owner or group; packages hold modes 0644 and 0755 only.
    SetId,
    /// Bytes stand in front of the first entry; they are not kept.
    Prepended {
        /// How many.
        bytes: u64,
    },
    /// Bytes stand after the end of the zip; they are not kept.
    Trailing {
        /// How many.
        bytes: u64,
    },
    /// Another entry has this name but for case.
    EqualButForCase {
        /// That entry.
        other: String,
    },
    /// Folders without any entry, this one first; zips of ours have no folders, so they are not kept.
    EmptyFolders {
        /// The others.
        others: Vec<EntryPath>,
    },
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAFile => f.write_str("neither a file, a folder nor a link; left out"),
            Self::OutsideLinkCopied { target } => {
                write!(
                    f,
                    "the link left the folder; copied what it points to: `{target}`"
                )
            }
            Self::LinkMadeRelative { from, to } => {
                write!(f, "the link to `{from}` became relative: `{to}`")
            }
            Self::SetId => {
                f.write_str("runs with the rights of its owner or group; as mode 0755 it does not")
            }
            Self::Prepended { bytes } => {
                write!(f, "dropped bytes in front of the first entry: {bytes}")
            }
            Self::Trailing { bytes } => {
                write!(f, "dropped bytes after the end of the zip: {bytes}")
            }
            Self::EqualButForCase { other } => {
                write!(f, "has the same name but for case as `{other}`")
            }
            Self::EmptyFolders { others } if others.is_empty() => {
                f.write_str("empty folder; left out")
            }
            Self::EmptyFolders { others } => {
                write!(f, "empty folder; left out, like {} more", others.len())
            }
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.path, self.oddity)
    }
}

impl Warning {
    /// A warning about `path`.
    pub(crate) fn new(path: impl fmt::Display, oddity: Oddity) -> Self {
        Self {
            path: path.to_string(),
            oddity,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_name_path_and_reason() {
        let check = |oddity, expected: &str| {
            assert_eq!(Warning::new("a/b", oddity).to_string(), expected);
        };
        check(
            Oddity::NotAFile,
            "`a/b`: neither a file, a folder nor a link; left out",
        );
        check(
            Oddity::EmptyFolders { others: Vec::new() },
            "`a/b`: empty folder; left out",
        );
        check(
            Oddity::EmptyFolders {
                others: ["b", "c"]
                    .map(|path| EntryPath::new(path).unwrap())
                    .to_vec(),
            },
            "`a/b`: empty folder; left out, like 2 more",
        );
    }
}
