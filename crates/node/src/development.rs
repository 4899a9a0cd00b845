//! Packages that only development asks for, by the list that npm writes of what it installed.

use std::collections::BTreeSet;

use serde_json::Value;

/// The folders of packages that a lock file of npm (version 2 or 3) calls `dev`: nothing that runs depends on them.
/// Source: <https://docs.npmjs.com/cli/v10/configuring-npm/package-lock-json#packages>.
pub fn development_packages(lock_file: &[u8]) -> BTreeSet<String> {
    let lock: Option<Value> = serde_json::from_slice(lock_file).ok();
    let packages = lock
        .as_ref()
        .and_then(|lock| lock.get("packages")?.as_object());
    let is_dev = |package: &Value| package.get("dev").and_then(Value::as_bool) == Some(true);
    let dev = packages
        .into_iter()
        .flatten()
        .filter(|(_, package)| is_dev(package));
    dev.map(|(folder, _)| folder.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_development_asks_for() {
        let check = |text: &str, expected: &[&str]| {
            let found = development_packages(text.as_bytes());
            assert!(found.iter().eq(expected), "{text}: {found:?}");
        };
        let lock = r#"{"lockfileVersion": 3, "packages": {"": {}, "node_modules/a": {"dev": true}, "node_modules/b": {},
            "node_modules/c": {"devOptional": true}, "node_modules/b/node_modules/a": {"dev": true, "link": true}}}"#;
        check(lock, &["node_modules/a", "node_modules/b/node_modules/a"]);
        check(r#"{"dependencies": {"a": {"dev": true}}}"#, &[]);
        check("[]", &[]);
        check("{", &[]);
    }
}
