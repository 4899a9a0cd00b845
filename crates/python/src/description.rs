//! What a `*.dist-info` folder says: which distributions and modules it leads to, and what of it no program asks for.

use crate::distribution::normal_name;

/// A distribution that another one wants.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Requirement {
    /// Its name, as requirements compare it.
    pub(crate) name: String,
    /// Whether only an extra wants it.
    pub(crate) is_extra: bool,
}

/// The requirements in METADATA. Source: PEP 508.
pub(crate) fn requirements(metadata: &str) -> Vec<Requirement> {
    let headers = metadata.lines().take_while(|line| !line.is_empty());
    let lines = headers.filter_map(|line| line.strip_prefix("Requires-Dist:"));
    let read = |line: &str| {
        let line = line.trim();
        let is_name = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.');
        let end = line.find(|char| !is_name(char)).unwrap_or(line.len());
        let marker = line.split_once(';').map_or("", |(_, marker)| marker);
        Requirement {
            name: normal_name(&line[..end]),
            is_extra: marker.contains("extra"),
        }
    };
    lines.map(read).collect()
}

/// The modules of the entry points in `entry_points.txt`, but for those of scripts.
/// Source: <https://packaging.python.org/en/latest/specifications/entry-points/>.
pub(crate) fn entry_point_modules(text: &str) -> Vec<String> {
    let mut modules = Vec::new();
    let mut is_script = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            is_script = matches!(line, "[console_scripts]" | "[gui_scripts]");
        } else if let Some((_, target)) = line.split_once('=').filter(|_| !is_script) {
            let module = target.split([':', '[']).next().unwrap_or_default();
            modules.push(module.trim().to_owned());
        }
    }
    modules
}

/// The headers of a METADATA file; the text behind them is the page that an index of packages shows. An empty line stays
/// of it: without any, `metadata(…)["description"]` is an error.
///
/// Source: <https://packaging.python.org/en/latest/specifications/core-metadata/>. A file whose description is a header,
/// as old versions of the format have it, stays as it is.
pub(crate) fn without_page(contents: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(contents).ok()?;
    let end = [text.find("\n\n"), text.find("\n\r\n")];
    let end = end.into_iter().flatten().min()? + 1;
    let headers = &text[..end];
    let is_metadata = headers.starts_with("Metadata-Version:");
    let is_whole = headers.lines().all(is_header);
    let has_page = !text[end..].trim().is_empty();
    (is_metadata && is_whole && has_page).then(|| [headers, "\n\n"].concat().into_bytes())
}

/// A header, or the continuation of one.
fn is_header(line: &str) -> bool {
    let is_name = |name: &str| {
        let letters = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !name.is_empty() && name.bytes().all(letters)
    };
    line.starts_with([' ', '\t']) || line.split_once(':').is_some_and(|(name, _)| is_name(name))
}

/// The paths of a RECORD file without digests and sizes.
///
/// `importlib.metadata.files()` and `packages_distributions()` answer from the paths alone. Source: PEP 376, PEP 627.
pub(crate) fn without_digests(contents: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(contents).ok()?;
    let mut paths = String::new();
    for line in text.lines() {
        // Neither the digest nor the size holds a comma; the path may, within quotes.
        let mut fields = line.rsplitn(3, ',');
        let (size, digest, path) = (fields.next()?, fields.next()?, fields.next()?);
        let is_size = size.trim_end().bytes().all(|byte| byte.is_ascii_digit());
        if !is_size || !(digest.is_empty() || digest.contains('=')) {
            return None;
        }
        paths.push_str(path);
        paths.push_str(",,\n");
    }
    Some(paths.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_read() {
        let metadata = "Name: x\nRequires-Dist: Typing_Extensions>=4\nRequires-Dist: a[b] (>1) ; extra == 'c'\n\nRequires-Dist: no\n";
        let found = requirements(metadata);
        let words: Vec<(&str, bool)> = found
            .iter()
            .map(|found| (found.name.as_str(), found.is_extra))
            .collect();
        assert_eq!(words, [("typing-extensions", false), ("a", true)]);
    }

    #[test]
    fn entry_points_are_read() {
        let text =
            "[console_scripts]\nx = x.cli:main\n\n[flask.commands]\ny = x.y:z [extra]\nw=x.w\n";
        assert_eq!(entry_point_modules(text), ["x.y", "x.w"]);
    }

    fn page(text: &str) -> Option<String> {
        without_page(text.as_bytes()).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn headers_stay() {
        let headers = "Metadata-Version: 2.1\nName: x\nLicense: a\n        b\n";
        let shortened = format!("{headers}\n\n");
        assert_eq!(page(&format!("{headers}\n# X\n")), Some(shortened.clone()));
        assert_eq!(page(&shortened), None);
        assert_eq!(page(&format!("{headers}\n")), None);
        assert_eq!(
            page("Metadata-Version: 2.1\r\n\r\nx").as_deref(),
            Some("Metadata-Version: 2.1\r\n\n\n")
        );
    }

    #[test]
    fn what_is_no_metadata_stays() {
        assert_eq!(page("Metadata-Version: 2.1\nName: x\n"), None);
        assert_eq!(page("Metadata-Version: 2.1\nno header\n\nx"), None);
        assert_eq!(page("# A page\n\nText\n"), None);
        assert_eq!(without_page(&[0xff, b'\n', b'\n']), None);
    }

    #[test]
    fn paths_stay() {
        let check = |record: &str, expected: Option<&str>| {
            let found = without_digests(record.as_bytes());
            assert_eq!(found.as_deref(), expected.map(str::as_bytes), "{record}");
        };
        check("a.py,sha256=x-_,12\nb,,\n", Some("a.py,,\nb,,\n"));
        check("\"a,b.py\",sha256=x,1\r\n", Some("\"a,b.py\",,\n"));
        check("no record\n", None);
        check("a,b,c\n", None);
    }
}
