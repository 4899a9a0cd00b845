use std::path::Path;

use crate::ConfigError;

/// The file in a package folder that names what else goes.
pub const IGNORE_FILE: &str = ".lambdaslimignore";

/// The patterns of the ignore file in `package`, as those of `--drop`; the file itself goes as well.
///
/// They are written as in `.gitignore`: a pattern without `/` is about every folder, one with `/` starts at the root.
/// Beside that `{a,b}` is either of both, as for `--drop`.
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
            patterns.extend(alternatives(line).iter().map(|line| glob(line)));
        }
    }
    Ok(patterns)
}

/// `{a,b/c}d` as `ad` and `b/cd`: where each starts depends on its own `/`. Unpaired braces stay for the error message.
fn alternatives(line: &str) -> Vec<String> {
    let Some((before, rest)) = line.split_once('{') else {
        return vec![line.to_owned()];
    };
    let mut depth = 1;
    let mut starts = vec![0];
    for (index, char) in rest.char_indices() {
        match char {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => starts.push(index + 1),
            _ => {}
        }
        if depth == 0 {
            let after = &rest[index + 1..];
            let ends = starts.iter().skip(1).map(|start| start - 1).chain([index]);
            let parts = starts
                .iter()
                .zip(ends)
                .map(|(start, end)| &rest[*start..end]);
            let lines = parts.map(|part| format!("{before}{part}{after}"));
            return lines.flat_map(|line| alternatives(&line)).collect();
        }
    }
    vec![line.to_owned()]
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
            "*.{log,tmp}\n{a,b/c}\nx{1,{2,3}}/\n{a\n",
            "**/*.log **/*.tmp **/a b/c **/x1/** **/x2/** **/x3/** **/{a",
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
