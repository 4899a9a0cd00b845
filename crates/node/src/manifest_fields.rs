use serde_json::{Map, Value};

/// Fields that only publishing, installing and developing a package read, sorted.
///
/// What Node.js, bundlers and scanners read is not here, nor is what may carry a copyright (`author`, `license`) or
/// what programs ask at run time (`config`, `engines`, `workspaces`). A field that is not here stays.
/// Source: <https://docs.npmjs.com/cli/v11/configuring-npm/package-json>, and the documentation of each tool.
const UNREAD: [&str; 34] = [
    "ava",
    "bugs",
    "c8",
    "commitlint",
    "dependenciesMeta",
    "devDependencies",
    "devEngines",
    "directories",
    "eslintConfig",
    "eslintIgnore",
    "files",
    "funding",
    "gitHead",
    "greenkeeper",
    "husky",
    "jest",
    "keywords",
    "lint-staged",
    "maintainers",
    "mocha",
    "nyc",
    "packageManager",
    "pnpm",
    "pre-commit",
    "prettier",
    "publishConfig",
    "readme",
    "readmeFilename",
    "release",
    "scripts",
    "size-limit",
    "tap",
    "typesPublisherContentHash",
    "xo",
];

/// Takes what nobody reads at run time out of a package.json. What stays keeps its order: that of conditions under
/// `exports` means something.
pub(crate) fn drop_unread(contents: &[u8]) -> Option<Vec<u8>> {
    let mut manifest: Map<String, Value> = serde_json::from_slice(contents).ok()?;
    let before = manifest.len();
    manifest.retain(|name, _| !is_unread(name));
    let has_changed = manifest.len() < before;
    has_changed
        .then(|| serde_json::to_vec(&manifest).ok())
        .flatten()
}

/// npm up to version 6 noted where it had installed a package, in fields that begin with `_`: absolute paths that
/// differ from machine to machine.
pub(crate) fn is_unread(name: &str) -> bool {
    const NOTES_OF_NPM: [&str; 18] = [
        "_args",
        "_development",
        "_from",
        "_hasShrinkwrap",
        "_id",
        "_inBundle",
        "_inCache",
        "_integrity",
        "_location",
        "_nodeVersion",
        "_npmOperationalInternal",
        "_npmUser",
        "_npmVersion",
        "_phantomChildren",
        "_requested",
        "_requiredBy",
        "_resolved",
        "_where",
    ];
    UNREAD.contains(&name) || NOTES_OF_NPM.contains(&name) || matches!(name, "_shasum" | "_spec")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(manifest: &str, expected: Option<&str>) {
        let slim = drop_unread(manifest.as_bytes());
        let slim = slim.map(|slim| String::from_utf8(slim).unwrap());
        assert_eq!(slim.as_deref(), expected, "{manifest}");
    }

    #[test]
    fn what_nobody_reads_goes_and_the_order_stays() {
        check(
            r#"{"name": "a", "scripts": {"test": "tap"}, "exports": {"node": "./n.js", "default": "./d.js"}}"#,
            Some(r#"{"name":"a","exports":{"node":"./n.js","default":"./d.js"}}"#),
        );
        check(
            r#"{"_where": "/home/me", "_custom": 1, "license": "MIT"}"#,
            Some(r#"{"_custom":1,"license":"MIT"}"#),
        );
        check(r#"{"keywords": []}"#, Some("{}"));
    }

    #[test]
    fn inner_fields_stay() {
        check(
            r#"{"oclif": {"scripts": 1.5}, "files": []}"#,
            Some(r#"{"oclif":{"scripts":1.5}}"#),
        );
        check(r#"{"name": "a"}"#, None);
    }

    #[test]
    fn what_is_no_object_stays() {
        check("[]", None);
        check("{", None);
        check(r#"{"name": "a"} x"#, None);
        check("", None);
    }
}
