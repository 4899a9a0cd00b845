use serde_json::Value;

/// Fields of a package.json whose texts name files that Node.js, or a tool that the program runs, opens.
/// Source: <https://nodejs.org/api/packages.html#nodejs-packagejson-field-definitions>.
const FIELDS: [&str; 7] = [
    "main", "module", "exports", "imports", "bin", "browser", "binary",
];

/// Starts of conditions under `exports` that only a type checker follows (`types`, `types@>=5`).
/// Source: <https://nodejs.org/api/packages.html#community-conditions-definitions>.
const TYPES_CONDITIONS: [&str; 2] = ["types", "typings"];

/// The texts of a package.json that name files read at run time, one per line; `None` where it is no JSON object, so
/// that all its text counts.
pub(crate) fn file_names(contents: &[u8]) -> Option<Vec<u8>> {
    let manifest: Value = serde_json::from_slice(contents).ok()?;
    let fields = manifest.as_object()?;
    let mut names = String::new();
    for field in FIELDS {
        collect(fields.get(field).unwrap_or(&Value::Null), &mut names);
    }
    Some(names.into_bytes())
}

/// The version that a package.json gives.
pub(crate) fn version(contents: &[u8]) -> Option<String> {
    let manifest: Value = serde_json::from_slice(contents).ok()?;
    manifest.get("version")?.as_str().map(str::to_owned)
}

/// Whether the package that `manifest` describes gets, or may get, `name` with it.
pub(crate) fn asks_for(manifest: &Value, name: &str) -> bool {
    const FIELDS: [&str; 3] = ["dependencies", "optionalDependencies", "peerDependencies"];
    let mut fields = FIELDS.iter().filter_map(|field| manifest.get(field));
    fields.any(|field| field.get(name).is_some())
}

fn collect(value: &Value, names: &mut String) {
    match value {
        // A package that offers its own package.json does not read it.
        Value::String(name) if name.ends_with("package.json") => {}
        Value::String(name) => {
            names.push_str(name);
            names.push('\n');
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, names)),
        Value::Object(fields) => {
            let run_time = fields
                .iter()
                .filter(|(key, _)| !TYPES_CONDITIONS.iter().any(|types| key.starts_with(types)));
            run_time.for_each(|(_, value)| collect(value, names));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(manifest: &str, expected: Option<&str>) {
        let names = file_names(manifest.as_bytes());
        assert_eq!(
            names
                .map(|names| String::from_utf8(names).unwrap())
                .as_deref(),
            expected
        );
    }

    #[test]
    fn files_that_are_read_at_run_time() {
        check(
            r#"{"main": "a.js", "files": ["README.md"], "types": "a.d.ts"}"#,
            Some("a.js\n"),
        );
        check(
            r#"{"exports": {".": {"types": "./a.d.ts", "import": "./a.mjs"}, "./x": ["./x.js"]}}"#,
            Some("./a.mjs\n./x.js\n"),
        );
        check(r#"{"bin": {"a": "cli.js"}}"#, Some("cli.js\n"));
        check(
            r#"{"exports": {".": "./a.js", "./package.json": "./package.json"}}"#,
            Some("./a.js\n"),
        );
    }

    #[test]
    fn no_manifest() {
        check("not json", None);
        check("[]", None);
    }
}
