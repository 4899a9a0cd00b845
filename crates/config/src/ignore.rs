use std::path::Path;

use crate::ConfigError;

/// The file in a package folder that names what else goes.
pub const IGNORE_FILE: &str = ".lambdaslimignore";

/// The patterns of the ignore file in `package`, as those of `--drop`; the file itself goes as well.
///
/// They are written as in `.gitignore`: a pattern without `/` is about every folder, one with `/` starts at the root.
pub fn ignored(package: &Path) -> Result<Vec<String>, ConfigError> {
    let path = package.join(IGNORE_FILE);
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let text = fs_err::read_to_string(&path).map_err(ConfigError::Read)?;
    let mut patterns = vec![IGNORE_FILE.to_owned()];
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_end();
        if line.starts_with('!') {
            return Err(ConfigError::Syntax {
                path,
                line: number + 1,
                why: "`!` takes nothing back here; what must stay is named by --keep".to_owned(),
            });
        }
        if !line.is_empty() && !line.starts_with('#') {
            patterns.push(glob(line));
        }
    }
    Ok(patterns)
}

/// `tmp/` as `**/tmp/**`, `/a` as `a`, `a/b` as `a/b`, `*.log` as `**/*.log`.
fn glob(line: &str) -> String {
    let (pattern, inside) = match line.strip_suffix('/') {
        Some(folder) => (folder, "/**"),
        None => (line, ""),
    };
    let from_anywhere = if pattern.contains('/') { "" } else { "**/" };
    let pattern = pattern.strip_prefix('/').unwrap_or(pattern);
    format!("{from_anywhere}{pattern}{inside}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let folder = tempfile::tempdir().unwrap();
        fs_err::write(folder.path().join(IGNORE_FILE), text).unwrap();
        let shown = match ignored(folder.path()) {
            Ok(patterns) => patterns[1..].join(" "),
            Err(error) => error
                .to_string()
                .rsplit("ignore`, ")
                .next()
                .unwrap()
                .to_owned(),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn lines_are_those_of_gitignore() {
        check(
            "# notes\n\n*.log\n/a.txt\nb/c\ntmp/\n/d/\n",
            "**/*.log a.txt b/c **/tmp/** d/**",
        );
        check(
            "a\n!b\n",
            "line 2: `!` takes nothing back here; what must stay is named by --keep",
        );
    }

    #[test]
    fn most_packages_have_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(ignored(folder.path()).unwrap(), Vec::<String>::new());
    }
}
