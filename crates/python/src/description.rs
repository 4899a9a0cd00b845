//! What a `*.dist-info` folder says that no program asks for.

/// The headers of a METADATA file; the text behind them is the page that an index of packages shows.
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
    (is_metadata && is_whole).then(|| headers.as_bytes().to_vec())
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

    fn page(text: &str) -> Option<String> {
        without_page(text.as_bytes()).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn headers_stay() {
        let headers = "Metadata-Version: 2.1\nName: x\nLicense: a\n        b\n";
        assert_eq!(page(&format!("{headers}\n# X\n")).as_deref(), Some(headers));
        assert_eq!(page(&format!("{headers}\n")).as_deref(), Some(headers));
        assert_eq!(
            page("Metadata-Version: 2.1\r\n\r\nx").as_deref(),
            Some("Metadata-Version: 2.1\r\n")
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
