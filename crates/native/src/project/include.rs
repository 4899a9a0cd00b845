//! The files that a project wants beside its program.

use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use lambda_slim_archive::{Input, OpenOptions};
use lambda_slim_package::{Entry, EntryPath};

use super::ProjectError;

/// One line of a list: a file, a folder or a glob, and the name that it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Include {
    path: String,
    name: Option<String>,
}

impl Include {
    /// A path or a glob.
    pub(super) fn plain(text: &str) -> Self {
        let path = text
            .trim_start_matches("./")
            .trim_end_matches('/')
            .to_owned();
        Self { path, name: None }
    }

    /// As cargo-lambda writes it: `PATH` or `NAME:PATH`.
    pub(super) fn of_cargo_lambda(text: &str) -> Self {
        match text.split_once(':') {
            Some((name, path)) => Self {
                name: Some(name.to_owned()),
                ..Self::plain(path)
            },
            None => Self::plain(text),
        }
    }

    /// The place of a file in the package, if this line means it.
    fn place(&self, path: &EntryPath, glob: &GlobMatcher) -> Option<String> {
        let path = path.as_str();
        let inner = path
            .strip_prefix(&self.path)
            .filter(|rest| rest.is_empty() || rest.starts_with('/'));
        match (inner, &self.name) {
            (Some(inner), Some(name)) => Some(format!("{name}{inner}")),
            (Some(_), None) => Some(path.to_owned()),
            (None, _) => glob.is_match(path).then(|| path.to_owned()),
        }
    }
}

/// Reads what the lines mean, from `folder`; `leave_out` is never looked into.
pub(super) fn read(
    folder: &Path,
    includes: &[Include],
    leave_out: Vec<PathBuf>,
) -> Result<Vec<(Entry, Vec<u8>)>, ProjectError> {
    if includes.is_empty() {
        return Ok(Vec::new());
    }
    let options = OpenOptions {
        leave_out,
        ..OpenOptions::default()
    };
    let input = Input::open(folder, &options)?;
    let mut files = Vec::new();
    for include in includes {
        let wrong = || ProjectError::Include(include.path.clone());
        let glob = GlobBuilder::new(&include.path)
            .literal_separator(true)
            .build();
        let glob = glob.map_err(|_| wrong())?.compile_matcher();
        let count = files.len();
        for (id, entry) in input.package().iter() {
            if let Some(place) = include.place(&entry.path, &glob) {
                let path = EntryPath::new(&place).map_err(|_| wrong())?;
                let kind = entry.kind.clone();
                files.push((Entry { path, kind }, input.read(id)?));
            }
        }
        if files.len() == count {
            return Err(wrong());
        }
    }
    // Two lines may mean one file.
    files.sort_by(|(one, _), (other, _)| one.path.cmp(&other.path));
    files.dedup();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(includes: &[Include], expected: Option<&[&str]>) {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "Cargo.toml",
            "config/a.toml",
            "config/deep/b.toml",
            "target/lib.so",
        ] {
            let path = folder.path().join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, name).unwrap();
        }
        let files = read(folder.path(), includes, vec![folder.path().join("target")]);
        let names = files.ok().map(|files| {
            let names = files.iter().map(|(entry, _)| entry.path.to_string());
            names.collect::<Vec<_>>()
        });
        let expected = expected.map(|names| names.iter().map(ToString::to_string).collect());
        assert_eq!(names, expected, "{includes:?}");
    }

    #[test]
    fn files_folders_and_globs() {
        check(&[], Some(&[]));
        check(
            &[Include::plain("config")],
            Some(&["config/a.toml", "config/deep/b.toml"]),
        );
        check(
            &[Include::plain("./config/*.toml")],
            Some(&["config/a.toml"]),
        );
        check(
            &[Include::plain("config/"), Include::plain("**/a.toml")],
            Some(&["config/a.toml", "config/deep/b.toml"]),
        );
    }

    #[test]
    fn names_of_cargo_lambda() {
        check(
            &[Include::of_cargo_lambda("etc:config/deep")],
            Some(&["etc/b.toml"]),
        );
        check(
            &[Include::of_cargo_lambda("x.toml:config/a.toml")],
            Some(&["x.toml"]),
        );
    }

    #[test]
    fn what_is_not_there_is_an_error() {
        check(&[Include::plain("conf")], None);
        check(&[Include::plain("target/lib.so")], None);
        check(&[Include::of_cargo_lambda("../x:config")], None);
    }
}
