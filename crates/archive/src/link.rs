use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lambda_slim_package::EntryPath;

use crate::folder::{DiskPlace, Mount, Noted, Walk};
use crate::{Error, InsideLinks, Oddity, OutsideLinks, Warning};

/// Linux refuses a path that goes through more links (`MAXSYMLINKS`); so deep a copy is a mistake.
const MOUNTS_AT_MOST: usize = 40;

/// Where a link on disk ends.
enum LinkEnd {
    Nowhere,
    /// Here in the package, reached without leaving it on the way.
    Inside,
    /// Here in the package, but by an absolute or outside way; `None` is the package's root.
    InsideByDetour(Option<EntryPath>),
    Outside(PathBuf),
}

impl Walk<'_> {
    /// Takes the link at `disk` in, or what it points to.
    pub(crate) fn link(&mut self, disk: &Path, path: EntryPath) -> Result<(), Error> {
        let text = link_text(disk)?;
        let follow = self.options.inside_links == InsideLinks::Copy;
        match self.end_of_link(disk, &text)? {
            LinkEnd::Inside | LinkEnd::InsideByDetour(_) if follow => {
                let target = disk.canonicalize().map_err(|source| Error::Read {
                    path: disk.to_owned(),
                    source,
                })?;
                self.copy(disk, path, target)?;
            }
            LinkEnd::Nowhere | LinkEnd::Inside => self.keep_link(path, text),
            LinkEnd::InsideByDetour(to) => {
                let new = relative_text(&path, to.as_ref());
                let (from, to) = (text, new.clone());
                self.warnings
                    .push(Warning::new(&path, Oddity::LinkMadeRelative { from, to }));
                self.keep_link(path, new);
            }
            LinkEnd::Outside(target) => match self.options.outside_links {
                OutsideLinks::Keep => self.keep_link(path, text),
                OutsideLinks::Copy => {
                    let copied = Oddity::OutsideLinkCopied {
                        target: target.display().to_string(),
                    };
                    self.warnings.push(Warning::new(&path, copied));
                    self.copy(disk, path, target)?;
                }
                OutsideLinks::Refuse => {
                    let link = disk.to_owned();
                    return Err(Error::OutsideLink { link, target });
                }
            },
        }
        Ok(())
    }

    fn end_of_link(&self, disk: &Path, text: &str) -> Result<LinkEnd, Error> {
        let target = match disk.canonicalize() {
            Ok(target) => target,
            Err(error) if ends_nowhere(&error) => return Ok(LinkEnd::Nowhere),
            Err(source) => {
                return Err(Error::Read {
                    path: disk.to_owned(),
                    source,
                });
            }
        };
        let here = self.mounts.last().expect("a walk has a mount");
        let direct = stays_inside(disk, text, &here.disk);
        if direct && (target.starts_with(&here.disk) || is_link(disk, text)) {
            return Ok(LinkEnd::Inside);
        }
        let mut mounts = self.mounts.iter().rev();
        match mounts.find(|mount| target.starts_with(&mount.disk)) {
            Some(mount) => mount.entry_path(&target).map(LinkEnd::InsideByDetour),
            None => Ok(LinkEnd::Outside(target)),
        }
    }

    /// Takes the file or folder `target` in at `path`, in place of the link at `disk`.
    fn copy(&mut self, disk: &Path, path: EntryPath, target: PathBuf) -> Result<(), Error> {
        let mut mounts = self.mounts.iter();
        let holds_a_mount = mounts.any(|mount| mount.disk.starts_with(&target));
        let holds_the_link = parent_of(disk).is_ok_and(|folder| folder.starts_with(&target));
        if holds_a_mount || holds_the_link || self.mounts.len() > MOUNTS_AT_MOST {
            let link = disk.to_owned();
            return Err(Error::LinkCircle { link, target });
        }
        let metadata = fs_err::metadata(&target).map_err(|source| Error::Read {
            path: disk.to_owned(),
            source,
        })?;
        if !metadata.is_dir() && !metadata.is_file() {
            self.warnings.push(Warning::new(path, Oddity::NotAFile));
            return Ok(());
        }
        if let (true, Some(folder), Some(name)) =
            (metadata.is_file(), target.parent(), target.file_name())
        {
            let (folder, name) = (Arc::from(folder), name.to_owned());
            return self.file(DiskPlace { folder, name }, path, Noted::of(&metadata));
        }
        self.mount(Mount {
            disk: target,
            at: Some(path),
        })
    }
}

fn link_text(disk: &Path) -> Result<String, Error> {
    let text = fs_err::read_link(disk).map_err(|source| Error::Read {
        path: disk.to_owned(),
        source,
    })?;
    let text = text.into_os_string().into_string();
    text.map_err(|text| Error::NotUtf8 {
        escaped: format!("{disk:?} -> {text:?}"),
    })
}

/// Whether a name on the way is missing, or the links go round among themselves.
fn ends_nowhere(error: &io::Error) -> bool {
    /// `ELOOP`, for which `std` has no stable name.
    const TOO_MANY_LINKS: i32 = if cfg!(target_os = "linux") { 40 } else { 62 };
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    ) || (cfg!(unix) && error.raw_os_error() == Some(TOO_MANY_LINKS))
}

/// Whether the way along `text` stays in `folder` at every step before the last, so that it is the same way when the
/// package lies elsewhere.
fn stays_inside(link: &Path, text: &str, folder: &Path) -> bool {
    let mut here = link.parent().unwrap_or(folder).to_owned();
    let mut parts = Path::new(text).components().peekable();
    if Path::new(text).is_absolute() {
        return false;
    }
    while let Some(part) = parts.next() {
        here.push(part);
        let is_last = parts.peek().is_none();
        let physical = if is_last {
            parent_of(&here)
        } else {
            here.canonicalize()
        };
        if !physical.is_ok_and(|path| path.starts_with(folder)) {
            return false;
        }
    }
    true
}

/// The real folder that holds the name `path`; for a name that ends in `..`, that place itself.
fn parent_of(path: &Path) -> io::Result<PathBuf> {
    match (path.file_name(), path.parent()) {
        (Some(_), Some(parent)) => parent.canonicalize(),
        _ => path.canonicalize(),
    }
}

/// Whether `text`, seen from `link`, names another link: that one is taken in by itself.
fn is_link(link: &Path, text: &str) -> bool {
    let next = link.parent().map(|folder| folder.join(text));
    next.and_then(|path| fs_err::symlink_metadata(path).ok())
        .is_some_and(|metadata| metadata.is_symlink())
}

/// The way from the link at `link` to `to`.
fn relative_text(link: &EntryPath, to: Option<&EntryPath>) -> String {
    let folder = link.parent();
    let from: Vec<&str> = folder.iter().flat_map(EntryPath::components).collect();
    let to: Vec<&str> = to.into_iter().flat_map(EntryPath::components).collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", from.len() - common);
    let parts: Vec<&str> = up.chain(to[common..].iter().copied()).collect();
    if parts.is_empty() {
        ".".to_owned()
    } else {
        parts.join("/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_are_relative() {
        let check = |link: &str, to: &str, expected: &str| {
            let to = EntryPath::new(to).ok();
            let link = EntryPath::new(link).unwrap();
            assert_eq!(relative_text(&link, to.as_ref()), expected);
        };
        check("a", "b", "b");
        check("a/b", "a/c", "c");
        check("a/b/l", "a/c/f", "../c/f");
        check("a/b", "", "..");
        check("a", "", ".");
        check("a/l", "a", ".");
        check("x/l", "a/b", "../a/b");
    }
}
