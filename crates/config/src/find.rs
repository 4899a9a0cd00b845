use std::path::{Path, PathBuf};

use crate::{Config, ConfigError};

/// The configuration for the package at `package`: in the nearest folder that has one, up to the root of the repository;
/// outside of a repository, up to `working`.
pub fn find(package: &Path, working: &Path) -> Result<Option<Config>, ConfigError> {
    let Ok(start) = fs_err::canonicalize(package) else {
        return Ok(None);
    };
    let start = if start.is_dir() {
        start.as_path()
    } else {
        start.parent().unwrap_or(&start)
    };
    for folder in folders(start, working) {
        for name in ["lambda-slim.toml", "pyproject.toml", "package.json"] {
            let path = folder.join(name);
            if !path.is_file() {
                continue;
            }
            match Config::read(&path) {
                Ok(Some(config)) => return Ok(Some(config)),
                // Files of other tools are theirs to judge.
                Err(ConfigError::Syntax { .. }) if name != "lambda-slim.toml" => {}
                Ok(None) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(None)
}

fn folders(start: &Path, working: &Path) -> Vec<PathBuf> {
    let all: Vec<PathBuf> = start.ancestors().map(Path::to_owned).collect();
    let repository = all.iter().position(|folder| folder.join(".git").exists());
    let working = fs_err::canonicalize(working).ok();
    let here = all
        .iter()
        .position(|folder| Some(folder) == working.as_ref());
    let last = repository.or(here).unwrap_or(0);
    all.into_iter().take(last + 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The configuration that is found for `package` from `working`.
    fn check(files: &[(&str, &str)], package: &str, working: &str, expected: Option<&str>) {
        let place = tempfile::tempdir().unwrap();
        let root = fs_err::canonicalize(place.path()).unwrap();
        for (name, text) in files {
            let path = root.join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
        }
        let found = find(&root.join(package), &root.join(working)).unwrap();
        let found = found.map(|config| config.path);
        assert_eq!(found, expected.map(|name| root.join(name)));
    }

    #[test]
    fn the_nearest_file_that_has_settings() {
        let files = [
            ("app/.git/HEAD", ""),
            ("app/pyproject.toml", "[tool.lambda-slim]\n"),
            ("app/api/package.json", "{}"),
            ("app/api/dist/x.js", ""),
        ];
        check(&files, "app/api/dist", "", Some("app/pyproject.toml"));
        check(
            &files,
            "app/api/dist/x.js",
            "app/api",
            Some("app/pyproject.toml"),
        );
        check(&files, "app/nowhere", "app", None);
    }

    #[test]
    fn a_file_of_ours_comes_before_those_of_others() {
        let files = [
            ("lambda-slim.toml", ""),
            ("package.json", "{\"lambda-slim\": {}}"),
            ("dist/package.json", "{ broken"),
        ];
        check(&files, "dist", "", Some("lambda-slim.toml"));
    }

    #[test]
    fn it_never_leaves_the_repository() {
        let files = [
            ("lambda-slim.toml", ""),
            ("app/.git", "gitdir: x"),
            ("app/dist/x", ""),
        ];
        check(&files, "app/dist", "", None);
        let files = [("lambda-slim.toml", ""), ("app/dist/x", "")];
        check(&files, "app/dist", "elsewhere", None);
        check(&files, "app/dist", "", Some("lambda-slim.toml"));
    }
}
