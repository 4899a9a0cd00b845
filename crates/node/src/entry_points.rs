//! What the package.json of a dependency offers to others, and which files it names.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::json;
use crate::manifest_fields::is_unread;

/// What a package.json says about files and other packages.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// Paths that Node.js can be led to from outside, with `*` where a subpath stands; relative to the package.
    pub(crate) offers: BTreeSet<String>,
    /// Other paths that it names, for tools that read it at run time.
    pub(crate) names: BTreeSet<String>,
    /// Packages that it may load.
    pub(crate) dependencies: BTreeSet<String>,
    /// Packages that it has for one platform or another, whose files belong together with its own.
    pub(crate) optional: BTreeSet<String>,
}

/// Conditions under which Node.js looks for a file.
/// Source: <https://nodejs.org/api/packages.html#conditional-exports>.
const CONDITIONS: [&str; 6] = [
    "node",
    "node-addons",
    "import",
    "require",
    "module-sync",
    "default",
];

/// Fields whose paths only bundlers, browsers, type checkers and package managers follow.
const NOT_AT_RUN_TIME: [&str; 28] = [
    "name",
    "version",
    "description",
    "keywords",
    "homepage",
    "repository",
    "bugs",
    "license",
    "author",
    "contributors",
    "scripts",
    "files",
    "types",
    "typings",
    "typesVersions",
    "module",
    "jsnext:main",
    "browser",
    "browserify",
    "react-native",
    "unpkg",
    "jsdelivr",
    "sideEffects",
    "esnext",
    "es2015",
    "directories",
    "devDependencies",
    "source",
];

impl Manifest {
    /// What a folder without a package.json offers.
    pub(crate) fn of_none() -> Self {
        Self {
            offers: BTreeSet::from(["index".to_owned()]),
            ..Self::default()
        }
    }

    /// Reads a package.json; `None` where it is none.
    pub(crate) fn read(contents: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(contents).ok()?;
        let fields = value.as_object()?;
        let mut manifest = Self::default();
        for (key, value) in fields {
            match key.as_str() {
                "main" | "bin" => leaves(value, &mut manifest.offers),
                "exports" => targets(value, &mut manifest.offers),
                "imports" => {}
                "dependencies" | "peerDependencies" | "peerDependenciesMeta" => {
                    manifest.dependencies.extend(keys(value));
                }
                "optionalDependencies" => manifest.optional.extend(keys(value)),
                key if NOT_AT_RUN_TIME.contains(&key) || is_unread(key) => {}
                _ => leaves(value, &mut manifest.names),
            }
        }
        if !fields.contains_key("exports") {
            manifest.offers.insert("index".to_owned());
        }
        Some(manifest)
    }
}

fn keys(value: &Value) -> impl Iterator<Item = String> {
    value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, _)| key.clone())
}

/// The targets below `exports` that Node.js can choose under any set of its conditions.
fn targets(value: &Value, found: &mut BTreeSet<String>) {
    if let Value::Object(fields) = value {
        let open = |key: &String| key.starts_with('.') || CONDITIONS.contains(&key.as_str());
        let chosen = fields.iter().filter(|(key, _)| open(key));
        chosen.for_each(|(_, value)| targets(value, found));
    } else if let Value::Array(values) = value {
        values.iter().for_each(|value| targets(value, found));
    } else {
        leaves(value, found);
    }
}

fn leaves(value: &Value, found: &mut BTreeSet<String>) {
    let paths = json::texts(value).into_iter();
    found.extend(paths.map(|path| path.trim_start_matches("./").to_owned()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(manifest: &str, offers: &str) {
        let found = Manifest::read(manifest.as_bytes())
            .unwrap_or_default()
            .offers;
        assert_eq!(
            found.into_iter().collect::<Vec<_>>().join(" "),
            offers,
            "{manifest}"
        );
    }

    #[test]
    fn what_node_can_be_led_to() {
        check(
            r#"{"main": "./lib/a", "module": "es/a.js", "bin": {"a": "cli.js"}}"#,
            "cli.js index lib/a",
        );
        check(
            r#"{"exports": {".": {"types": "./a.d.ts", "import": "./a.mjs", "default": "./a.js"}}}"#,
            "a.js a.mjs",
        );
        check(
            r#"{"exports": {"./x/*": ["./y/*.js"], "./z": null}}"#,
            "y/*.js",
        );
        check(
            r#"{"exports": {"browser": "./b.js", "node": {"require": "./n.js"}}}"#,
            "n.js",
        );
        check("[]", "");
    }

    #[test]
    fn other_fields_name_files_too() {
        let manifest =
            Manifest::read(br#"{"oclif": {"commands": "./lib/commands"}, "types": "./a.d.ts"}"#);
        assert_eq!(
            manifest.unwrap_or_default().names,
            BTreeSet::from(["lib/commands".to_owned()])
        );
        let manifest = Manifest::read(
            br#"{"pre-commit": ["test"], "nyc": {"include": "src"}, "browserify": {"transform": "./a.js"}}"#,
        );
        assert_eq!(manifest.unwrap_or_default().names, BTreeSet::new());
    }
}
