//! Every code that the tool says is explained under `rules/`, and none is explained that it never says.

use std::collections::BTreeSet;
use std::path::Path;

/// The codes `LS9xx` in a text, between quotation marks.
fn codes(text: &str) -> BTreeSet<String> {
    let quoted = text.split('"');
    let is_code = |word: &&str| {
        let digits = word.strip_prefix("LS9");
        digits.is_some_and(|digits| {
            digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    quoted.filter(is_code).map(str::to_owned).collect()
}

#[test]
fn findings_are_explained_and_said() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut said = BTreeSet::new();
    for item in fs_err::read_dir(root.join("crates/cli")).unwrap() {
        let text = fs_err::read_to_string(item.unwrap().path()).unwrap();
        let (code, _tests) = text.split_once("#[cfg(test)]").unwrap_or((&text, ""));
        said.extend(codes(code));
    }
    let explained = codes(&fs_err::read_to_string(root.join("rules/findings.toml")).unwrap());
    let missing: Vec<&String> = said.difference(&explained).collect();
    assert!(
        missing.is_empty(),
        "explain them in rules/findings.toml: {missing:?}"
    );
    let unused: Vec<&String> = explained.difference(&said).collect();
    assert!(
        unused.is_empty(),
        "nothing says these of rules/findings.toml: {unused:?}"
    );
}
