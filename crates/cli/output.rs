//! Where a package goes: a zip, a folder, a count, or several of them at once.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::bail;
use lambda_slim_archive::{
    CountingSink, Error, Existing, FolderSink, ReadyEntry, Sink, WrittenZip, ZipSink, ZipTime,
};
use tempfile::NamedTempFile;

use crate::args::PackArgs;
use crate::exit::UsageError;
use crate::pack::is_folder_name;

/// What to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    /// A zip here.
    Zip(PathBuf),
    /// A folder here.
    Folder(PathBuf, Existing),
    /// Nothing.
    Nowhere,
}

impl Destination {
    /// What the command line asks for.
    pub(crate) fn of(args: &PackArgs) -> anyhow::Result<Self> {
        let is_folder = args.input.is_dir();
        args.output
            .as_deref()
            .map_or(Ok(()), refuse_other_archive)?;
        if args.dry_run {
            return Ok(Self::Nowhere);
        }
        if let Some(folder) = &args.out_dir {
            let existing = if args.force {
                Existing::Replace
            } else {
                Existing::Refuse
            };
            refuse_to_replace_input(folder, &args.input)?;
            refuse_checkout(folder)?;
            refuse_taken(folder, existing)?;
            refuse_unwritable("--out-dir", folder)?;
            return Ok(Self::Folder(folder.clone(), existing));
        }
        if args.in_place && is_folder {
            refuse_checkout(&args.input)?;
            return Ok(Self::Folder(args.input.clone(), Existing::Replace));
        }
        if args.in_place {
            refuse_unwritable("--in-place", &args.input)?;
            return Ok(Self::Zip(args.input.clone()));
        }
        let default = || default_zip(&args.input, is_folder);
        let output = match &args.output {
            Some(folder) if is_folder_name(folder) => {
                default().and_then(|zip| Some(folder.join(zip.file_name()?)))
            }
            Some(output) => Some(output.clone()),
            None => default(),
        };
        let Some(output) = output else {
            bail!(UsageError("name the zip to write with -o".to_owned()));
        };
        if is_same_file(&output, &args.input) {
            bail!(UsageError(format!(
                "the output is the input: `{}`; ask for that with --in-place",
                output.display()
            )));
        }
        if output.is_dir() {
            bail!(Error::IsFolder { path: output });
        }
        refuse_unwritable("-o", &output)?;
        Ok(Self::Zip(output))
    }

    /// Makes the folders that the output lies in.
    pub(crate) fn make_folders(&self) -> io::Result<()> {
        self.path().map_or(Ok(()), make_folder_of)
    }

    /// The path that is written.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Zip(path) | Self::Folder(path, _) => Some(path),
            Self::Nowhere => None,
        }
    }
}

/// `dist` becomes `dist.zip` beside it; `app.zip` becomes `app.slim.zip`; the folder one stands in, a zip inside.
pub(crate) fn default_zip(input: &Path, is_folder: bool) -> Option<PathBuf> {
    if !is_folder {
        let extension = input
            .extension()
            .and_then(|extension| extension.to_str())
            .unwrap_or("zip");
        return Some(input.with_extension(format!("slim.{extension}")));
    }
    let ends_in_name = input.file_name().is_some() && !input.ends_with("..");
    let folder = if ends_in_name {
        input.to_owned()
    } else {
        fs_err::canonicalize(input).ok()?
    };
    let mut name = folder.file_name()?.to_owned();
    name.push(".zip");
    Some(if ends_in_name {
        input.with_file_name(name)
    } else {
        PathBuf::from(name)
    })
}

/// Refuses what is no folder, or holds something that nobody said may go.
fn refuse_taken(folder: &Path, existing: Existing) -> anyhow::Result<()> {
    let path = folder.to_owned();
    if folder.exists() && !folder.is_dir() {
        bail!(Error::IsNotFolder { path });
    }
    let holds_files = folder.is_dir() && fs_err::read_dir(folder)?.next().is_some();
    if holds_files && existing == Existing::Refuse {
        bail!(Error::FolderNotEmpty { path });
    }
    Ok(())
}

/// Endings of archives that Lambda takes, and of others.
const ZIPS: [&str; 3] = ["zip", "jar", "war"];
const OTHER_ARCHIVES: [&str; 8] = ["tar", "tgz", "gz", "bz2", "xz", "zst", "7z", "rar"];

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    extensions.contains(&extension.to_lowercase().as_str())
}

/// Whether the output of several inputs names one archive rather than a folder for them.
pub(crate) fn names_one_archive(output: &Path) -> bool {
    let is_archive = has_extension(output, &ZIPS) || has_extension(output, &OTHER_ARCHIVES);
    is_archive && !is_folder_name(output)
}

/// What is written is a zip, whatever its name says.
fn refuse_other_archive(output: &Path) -> Result<(), UsageError> {
    if !has_extension(output, &OTHER_ARCHIVES) {
        return Ok(());
    }
    let path = output.display();
    Err(UsageError(format!(
        "-o: `{path}` would be a zip, which is what Lambda takes; let its name end in `.zip`"
    )))
}

/// Refuses a place where nothing can be written, before any work is done; folders that are missing will be made.
pub(crate) fn refuse_unwritable(option: &str, path: &Path) -> Result<(), UsageError> {
    let there = path.ancestors().skip(1).find(|folder| folder.exists());
    let there = there.unwrap_or(Path::new("."));
    let why = match NamedTempFile::new_in(there) {
        Ok(_) => return Ok(()),
        Err(_) if !there.is_dir() => "is not a folder".to_owned(),
        Err(error) => format!("cannot be written to: {}", error.kind()),
    };
    let (path, there) = (path.display(), there.display());
    Err(UsageError(format!("{option}: `{path}`: `{there}` {why}")))
}

/// Makes the folders that `path` lies in, as build tools do.
pub(crate) fn make_folder_of(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs_err::create_dir_all)
}

/// A folder that is replaced loses what is not deployed, such as all its history.
fn refuse_checkout(folder: &Path) -> Result<(), UsageError> {
    const HISTORIES: [&str; 4] = [".git", ".hg", ".svn", ".bzr"];
    let found = HISTORIES
        .into_iter()
        .find(|name| folder.join(name).exists());
    match found {
        Some(name) => Err(UsageError(format!(
            "`{}` is a checkout: replacing it would delete `{name}`; write to another place with -o or --out-dir",
            folder.display()
        ))),
        None => Ok(()),
    }
}

/// Writing a folder replaces all of it: it must be neither the input nor a folder that holds the input.
fn refuse_to_replace_input(folder: &Path, input: &Path) -> Result<(), UsageError> {
    let (Ok(folder), Ok(input)) = (fs_err::canonicalize(folder), fs_err::canonicalize(input))
    else {
        return Ok(());
    };
    if input == folder {
        let path = folder.display();
        return Err(UsageError(format!(
            "the output is the input: `{path}`; ask for that with --in-place"
        )));
    }
    if input.starts_with(&folder) {
        let path = folder.display();
        return Err(UsageError(format!(
            "the output folder holds the input: `{path}`; choose another one"
        )));
    }
    Ok(())
}

pub(crate) fn is_same_file(one: &Path, other: &Path) -> bool {
    fs_err::canonicalize(one)
        .ok()
        .zip(fs_err::canonicalize(other).ok())
        .is_some_and(|(one, other)| one == other)
}

/// Takes entries, counts them, and hands them to whatever wants them.
#[derive(Default)]
pub(crate) struct Output {
    pub(crate) count: CountingSink,
    zip: Option<ZipSink>,
    folder: Option<FolderSink>,
    measured: Option<ZipSink>,
}

/// What was written.
pub(crate) struct Written {
    /// The zip that was asked for.
    pub(crate) zip: Option<WrittenZip>,
    /// A zip that is only there to be measured.
    pub(crate) measured: Option<PathBuf>,
}

impl Output {
    /// Opens what `destination` asks for, and a zip at `measured` where the destination is none.
    pub(crate) fn create(
        destination: &Destination,
        measured: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let mut output = Self::default();
        match destination {
            Destination::Zip(path) => output.zip = Some(ZipSink::create_with(path, zip_time()?)?),
            Destination::Folder(path, existing) => {
                output.folder = Some(FolderSink::create(path, *existing)?);
            }
            Destination::Nowhere => {}
        }
        if output.zip.is_none() {
            output.measured = measured.map(ZipSink::create).transpose()?;
        }
        Ok(output)
    }

    /// Checks everything that was written and puts it into place.
    pub(crate) fn finish(self) -> Result<Written, Error> {
        let measured = self.measured.map(ZipSink::finish_unchecked).transpose()?;
        let zip = self.zip.map(ZipSink::finish).transpose()?;
        self.folder.map(FolderSink::finish).transpose()?;
        Ok(Written { zip, measured })
    }
}

impl Sink for Output {
    fn accept(&mut self, entry: &ReadyEntry) -> Result<(), Error> {
        self.count.accept(entry)?;
        for zip in self.zip.iter_mut().chain(&mut self.measured) {
            zip.accept(entry)?;
        }
        self.folder
            .iter_mut()
            .try_for_each(|folder| folder.accept(entry))
    }
}

/// The time that all entries get. Source: <https://reproducible-builds.org/docs/source-date-epoch/>.
pub(crate) fn zip_time() -> Result<ZipTime, UsageError> {
    match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) if !text.is_empty() => match text.parse() {
            Ok(seconds) => Ok(ZipTime::from_unix_seconds(seconds)),
            Err(_) => Err(UsageError(format!(
                "SOURCE_DATE_EPOCH is not a number of seconds: `{text}`"
            ))),
        },
        _ => Ok(ZipTime::default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_without_a_name() {
        let check = |input: &str, is_folder, expected: &str| {
            assert_eq!(
                default_zip(Path::new(input), is_folder),
                Some(PathBuf::from(expected))
            );
        };
        check("dist", true, "dist.zip");
        check("build/dist/", true, "build/dist.zip");
        check("app.zip", false, "app.slim.zip");
        check("a/app.jar", false, "a/app.slim.jar");
        let here = default_zip(Path::new("."), true).unwrap();
        assert_eq!(here.components().count(), 1);
    }
}
