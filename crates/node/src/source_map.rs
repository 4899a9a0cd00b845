use serde_json::{Map, Value};

/// How the comment starts; `//@` is the older form.
/// Source: ECMA-426, section "Linking generated code to source maps".
const MARKS: [&[u8]; 2] = [b"//# sourceMappingURL=", b"//@ sourceMappingURL="];

/// Takes the comment that points at a source map out of JavaScript.
///
/// Only a comment that is a line of its own, and the last line with text, is taken: there it cannot stand inside a
/// string or a template, because the program would end unclosed.
pub(crate) fn strip_comment(contents: &[u8]) -> Option<Vec<u8>> {
    let text = contents.trim_ascii_end();
    let line_start = text
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |newline| newline + 1);
    let line = text[line_start..].trim_ascii_start();
    let mark = MARKS.into_iter().find(|mark| line.starts_with(mark))?;
    let url = &line[mark.len()..];
    if url.is_empty()
        || url
            .iter()
            .any(|byte| byte.is_ascii_whitespace() || matches!(byte, b'\'' | b'"' | b'`' | b'*'))
    {
        return None;
    }
    // U+2028 and U+2029 end a line in JavaScript; what follows them would be code.
    if url
        .windows(3)
        .any(|bytes| bytes == b"\xe2\x80\xa8" || bytes == b"\xe2\x80\xa9")
    {
        return None;
    }
    Some(contents[..line_start].to_vec())
}

/// Takes the texts of the sources out of a source map. Names, lines and columns come from the other fields.
/// Source: ECMA-426, section "Source map format".
pub(crate) fn drop_sources(contents: &[u8]) -> Option<Vec<u8>> {
    let mut map: Map<String, Value> = serde_json::from_slice(contents).ok()?;
    let is_map = map.contains_key("version") && map.contains_key("mappings");
    map.shift_remove("sourcesContent").filter(|_| is_map)?;
    serde_json::to_vec(&map).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let stripped = strip_comment(text.as_bytes());
        assert_eq!(stripped.as_deref(), expected.map(str::as_bytes), "{text:?}");
    }

    #[test]
    fn the_last_line_goes() {
        check("a();\n//# sourceMappingURL=a.js.map\n", Some("a();\n"));
        check("a();\r\n//# sourceMappingURL=a.js.map", Some("a();\r\n"));
        check("a();\n//@ sourceMappingURL=a.js.map\n\n", Some("a();\n"));
        check(
            "a();\n//# sourceMappingURL=data:application/json;base64,e30=",
            Some("a();\n"),
        );
        check("//# sourceMappingURL=a.js.map", Some(""));
    }

    #[test]
    fn everything_else_stays() {
        check("a();\n", None);
        check("", None);
        check("a(); //# sourceMappingURL=a.js.map\n", None);
        check("//# sourceMappingURL=a.js.map\na();\n", None);
        check("f(`\n//# sourceMappingURL=a.js.map`)", None);
        check("f(`\n//# sourceMappingURL=${url}\n`)", None);
        check("//# sourceMappingURL=a.js.map\u{2028}a()", None);
        check("//# sourceMappingURL=", None);
        check("a();\n/*\n//# sourceMappingURL=a.js.map*/", None);
    }

    #[test]
    fn a_map_without_its_sources_says_the_same_places() {
        let check = |map: &str, expected: Option<&str>| {
            let left = drop_sources(map.as_bytes()).map(|left| String::from_utf8(left).unwrap());
            assert_eq!(left.as_deref(), expected, "{map}");
        };
        check(
            r#"{"version": 3, "sources": ["a.ts"], "sourcesContent": ["f()"], "mappings": "AAAA"}"#,
            Some(r#"{"version":3,"sources":["a.ts"],"mappings":"AAAA"}"#),
        );
        check(r#"{"version": 3, "mappings": "AAAA"}"#, None);
        check(r#"{"sourcesContent": []}"#, None);
        check(")]}'", None);
    }
}
