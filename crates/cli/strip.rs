//! `lambda-slim strip`: single programs and libraries, without a package around them.

use std::fs::Permissions;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use lambda_slim_archive::replace_file;
use lambda_slim_native::{Strength, format, strip};
use lambda_slim_package::ByteCount;
use lambda_slim_rulepack::{Format, Level};

use crate::args::StripArgs;
use crate::exit::{Exit, UsageError};
use crate::output::make_folder_of;

/// A file that was read, and what became of it.
struct Stripped {
    path: PathBuf,
    permissions: Permissions,
    before: Vec<u8>,
    /// `None` where there is nothing to take, or a doubt.
    after: Option<Vec<u8>>,
}

/// Strips what `args` names; nothing is written before every file has been read.
pub(crate) fn run(args: &StripArgs) -> anyhow::Result<Exit> {
    refuse_unclear(args)?;
    let strength = match args.level.into() {
        Level::Safe => Strength::Debug,
        Level::Balanced | Level::Aggressive => Strength::Symbols,
    };
    let read = args.files.iter().map(|path| Stripped::read(path, strength));
    let files = read.collect::<anyhow::Result<Vec<_>>>()?;
    if !args.check {
        for file in &files {
            file.write(args.output.as_deref())?;
        }
    }
    if !args.quiet {
        let _ = write!(anstream::stderr(), "{}", table(&files));
    }
    let something_goes = files.iter().any(|file| file.after.is_some());
    Ok(if args.check && something_goes {
        Exit::Failed
    } else {
        Exit::Done
    })
}

fn refuse_unclear(args: &StripArgs) -> Result<(), UsageError> {
    let refuse = |why: &str| Err(UsageError(why.to_owned()));
    match (&args.output, args.in_place || args.check) {
        (None, false) => refuse("say what to write: -o PATH, --in-place, or nothing with --check"),
        (Some(_), _) if args.files.len() > 1 => {
            refuse("-o names one file; for several there is --in-place")
        }
        _ => Ok(()),
    }
}

impl Stripped {
    fn read(path: &Path, strength: Strength) -> anyhow::Result<Self> {
        if !path.exists() {
            bail!("there is no file `{}`", path.display());
        }
        let metadata = fs_err::metadata(path)?;
        if metadata.is_dir() {
            bail!(UsageError(format!(
                "`{}` is a folder; `lambda-slim pack` strips all programs in it",
                path.display()
            )));
        }
        // A FIFO or a device is never opened: it could block.
        let before = if metadata.is_file() {
            fs_err::read(path)?
        } else {
            Vec::new()
        };
        match format(&before) {
            Some(Format::ElfX86_64 | Format::ElfArm64) => {}
            Some(other) => bail!(
                "no ELF file for x86_64 or arm64 but {other}: `{}`",
                path.display()
            ),
            None => bail!("no ELF file for x86_64 or arm64: `{}`", path.display()),
        }
        Ok(Self {
            path: path.to_owned(),
            permissions: metadata.permissions(),
            after: strip(&before, strength),
            before,
        })
    }

    /// Writes the file where it belongs; one that stays as it was is written to another place only.
    fn write(&self, output: Option<&Path>) -> anyhow::Result<()> {
        let target = output.unwrap_or(&self.path);
        if self.after.is_none() && output.is_none() {
            return Ok(());
        }
        make_folder_of(target)?;
        let contents = self.after.as_deref().unwrap_or(&self.before);
        replace_file(target, contents, self.permissions.clone())
            .with_context(|| format!("`{}` cannot be stripped", self.path.display()))
    }

    fn after_bytes(&self) -> usize {
        self.after.as_ref().map_or(self.before.len(), Vec::len)
    }
}

/// One line for each file, and one for all of them.
fn table(files: &[Stripped]) -> String {
    let mut text = format!("{:>11}  {:>11}  {:>6}  file\n", "before", "after", "saved");
    for file in files {
        let name = file.path.display().to_string();
        text += &line(file.before.len(), file.after_bytes(), &name);
    }
    if files.len() > 1 {
        let before = files.iter().map(|file| file.before.len()).sum();
        let after = files.iter().map(Stripped::after_bytes).sum();
        text += &line(before, after, &format!("{} files", files.len()));
    }
    text
}

fn line(before: usize, after: usize, name: &str) -> String {
    let bytes = |count: usize| ByteCount(count as u64).to_string();
    let saved = if after == before {
        "-".to_owned()
    } else {
        format!("{:.1}%", 100.0 * (before - after) as f64 / before as f64)
    };
    format!(
        "{:>11}  {:>11}  {saved:>6}  {name}\n",
        bytes(before),
        bytes(after)
    )
}
