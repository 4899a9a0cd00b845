use std::io;
use std::path::PathBuf;

use lambda_slim_package::{EntryPath, EntryPathError, PackageError};

/// Why a package could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input does not exist or may not be opened.
    #[error("cannot open `{}`", path.display())]
    Open {
        /// What was to be opened.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The input is neither a folder nor a zip.
    #[error("neither a folder nor a zip: `{}`", path.display())]
    NotAPackage {
        /// What was to be opened.
        path: PathBuf,
    },
    /// Files or folders of the package could not be looked at.
    #[error("cannot read {}", list(paths))]
    Unreadable {
        /// All of them.
        paths: Vec<PathBuf>,
        /// What the system said about the first.
        source: io::Error,
    },
    /// A file of the package could not be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file's size is not the one that the walk of the folder saw.
    #[error("changed while it was read: `{}`", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A name on disk, or a link's text, that is not UTF-8.
    #[error("not UTF-8: {escaped}")]
    NotUtf8 {
        /// The name, quoted, with its odd bytes as escapes.
        escaped: String,
    },
    /// A name on disk that cannot be a name in a package.
    #[error("cannot be a name in a package: {escaped}")]
    FileName {
        /// The name, quoted, with its odd characters as escapes.
        escaped: String,
        /// What is wrong with it.
        source: EntryPathError,
    },
    /// A file of 4 GiB or more, many times Lambda's limit.
    #[error("larger than 4 GiB: `{path}`")]
    FileTooLarge {
        /// The file, on disk or in the archive.
        path: String,
    },
    /// All files together are larger than the caller allowed.
    #[error("unzips to more than {at_most_bytes} bytes: `{}`", path.display())]
    TooManyBytes {
        /// The folder or archive.
        path: PathBuf,
        /// The limit that was given.
        at_most_bytes: u64,
    },
    /// A link that leaves the folder, and the caller asked to refuse such links.
    #[error("the link `{}` leaves the folder, to `{}`", link.display(), target.display())]
    OutsideLink {
        /// The link on disk.
        link: PathBuf,
        /// Where it ends.
        target: PathBuf,
    },
    /// A link to a folder that holds the package, or that holds the link itself.
    #[error("the link `{}` goes round in a circle, to `{}`", link.display(), target.display())]
    LinkCircle {
        /// The link on disk.
        link: PathBuf,
        /// Where it ends.
        target: PathBuf,
    },
    /// The entries cannot lie in one folder.
    #[error("not one package: `{}`", path.display())]
    Package {
        /// The folder or archive.
        path: PathBuf,
        /// What collides.
        source: PackageError,
    },
    /// Inputs that are joined hold different things at one path.
    #[error("two inputs hold different files at `{path}`")]
    PartsDiffer {
        /// The path in the whole.
        path: EntryPath,
    },
    /// The zip cannot be parsed at all.
    #[error("cannot read the zip `{}`", archive.display())]
    Zip {
        /// The archive.
        archive: PathBuf,
        /// What the parser said.
        source: zip::result::ZipError,
    },
    /// The zip can be read in two ways, or is broken as a whole.
    #[error("refused the zip `{}`", archive.display())]
    RefusedZip {
        /// The archive.
        archive: PathBuf,
        /// What is wrong with it.
        source: Refusal,
    },
    /// One entry of a zip is broken, dangerous or not supported.
    #[error("refused `{entry}` in `{}`", archive.display())]
    RefusedEntry {
        /// The archive.
        archive: PathBuf,
        /// The entry's name, with odd bytes as escapes.
        entry: String,
        /// What is wrong with it.
        source: Refusal,
    },
    /// An entry in memory does not hold what it says.
    #[error("broken contents of `{entry}`")]
    Contents {
        /// The entry's name.
        entry: String,
        /// What is wrong with it.
        source: Refusal,
    },
    /// The folder that the output should lie in does not exist.
    #[error("the folder for the output does not exist: `{}`", path.display())]
    NoFolder {
        /// The missing folder.
        path: PathBuf,
    },
    /// A zip should be written, but a folder has that name.
    #[error("the output is a folder: `{}`", path.display())]
    IsFolder {
        /// The output.
        path: PathBuf,
    },
    /// A folder should be written, but a file has that name.
    #[error("the output is not a folder: `{}`", path.display())]
    IsNotFolder {
        /// The output.
        path: PathBuf,
    },
    /// The folder to write exists and is not empty.
    #[error("the output folder exists and is not empty: `{}`", path.display())]
    FolderNotEmpty {
        /// The output.
        path: PathBuf,
    },
    /// Something could not be written, renamed or removed.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The output.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The zip writer failed.
    #[error("cannot write the zip `{}`", path.display())]
    WriteZip {
        /// The output.
        path: PathBuf,
        /// What the writer said.
        source: zip::result::ZipError,
    },
    /// Entries came out of order; a caller's mistake.
    #[error("entry out of order: `{entry}`")]
    OutOfOrder {
        /// The entry that came too late, or twice.
        entry: String,
    },
    /// The zip just written, read again, is not what was to be written.
    #[error("the check of the written zip failed at `{entry}`: `{}`", path.display())]
    Verify {
        /// The output.
        path: PathBuf,
        /// The first entry that differs.
        entry: String,
    },
}

impl Error {
    /// Advice for the user, for errors that have one cure.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::FolderNotEmpty { .. } => {
                Some("choose another folder, empty this one, or replace it with `--force`")
            }
            Self::NoFolder { .. } => Some("create the folder first"),
            Self::IsFolder { .. } => Some("name a file, such as `function.zip`"),
            Self::Changed { .. } => Some("wait until the build has finished, then run again"),
            Self::OutsideLink { .. } => {
                Some("copy what the link points to, or replace the link by a file")
            }
            _ => None,
        }
    }
}

/// What is wrong with an archive or one of its entries.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The name cannot be a name in a package.
    #[error(transparent)]
    Name(#[from] EntryPathError),
    /// The name is marked as UTF-8 and is not.
    #[error("the name is marked as UTF-8 but is not")]
    NameNotUtf8,
    /// Two entries have this name.
    #[error("two entries have this name")]
    Duplicate,
    /// It is a file here and a folder there.
    #[error("it is a file and also a folder")]
    FileAndFolder,
    /// Its bytes belong to another entry or to the directory as well.
    #[error("its bytes overlap with another part of the archive")]
    Overlap,
    /// Programs would not agree on what the archive holds.
    #[error("the headers contradict each other")]
    Inconsistent(#[source] zip::result::ZipError),
    /// The zip has more than one end.
    #[error("there are two end records")]
    TwoEndRecords,
    /// The list of entries does not end where the end record says.
    #[error("the list of entries does not end at the end record")]
    LooseDirectory,
    /// It is encrypted.
    #[error("it is encrypted")]
    Encrypted,
    /// It is compressed in a way that Lambda does not read either.
    #[error("its compression is neither `stored` nor `deflated`")]
    Method,
    /// The declared size cannot come out of so few bytes.
    #[error("the declared size of {declared_bytes} bytes cannot come out of {stored_bytes} bytes")]
    ImpossibleSize {
        /// What the directory says.
        declared_bytes: u64,
        /// What the archive holds.
        stored_bytes: u64,
    },
    /// A folder with contents.
    #[error("it is a folder, but it has contents")]
    FolderWithContents,
    /// A device, FIFO or socket, or a link that is named like a folder.
    #[error("it is neither a file, a folder nor a link")]
    Special,
    /// The text of a link is empty, not UTF-8 or longer than 4,096 bytes.
    #[error("the link's text is empty, not UTF-8 or too long")]
    LinkText,
    /// The compressed bytes are not deflate.
    #[error("the compressed bytes are broken")]
    Corrupt,
    /// The contents have another size than declared.
    #[error("the contents do not have the declared size")]
    Size,
    /// The contents have another checksum than declared.
    #[error("the contents do not have the declared checksum")]
    Checksum,
}

/// `` `a`, `b` and 3 more ``.
fn list(paths: &[PathBuf]) -> String {
    const SHOWN: usize = 10;
    let names: Vec<String> = paths
        .iter()
        .take(SHOWN)
        .map(|path| format!("`{}`", path.display()))
        .collect();
    match paths.len().saturating_sub(SHOWN) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut() {
        let check =
            |count: usize, expected: &str| assert_eq!(list(&vec!["x".into(); count]), expected);
        check(2, "`x`, `x`");
        check(
            12,
            "`x`, `x`, `x`, `x`, `x`, `x`, `x`, `x`, `x`, `x` and 2 more",
        );
    }

    #[test]
    fn the_cause_is_not_said_twice() {
        let error = Error::FileName {
            escaped: "\"a\\\\b\"".to_owned(),
            source: EntryPathError::Backslash,
        };
        assert!(!error.to_string().contains("backslash"));
        assert!(
            std::error::Error::source(&error)
                .unwrap()
                .to_string()
                .contains("backslash")
        );
    }
}
