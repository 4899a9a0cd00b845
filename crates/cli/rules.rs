//! The rules that are built in, and those that the user adds.

use std::path::PathBuf;

use anyhow::Context;
use lambda_slim_rulepack::{Rule, RuleSet, RuleSource};

use crate::exit::UsageError;

/// Lists the rule files once, so that none is forgotten: a test compares with the folder.
macro_rules! built_in {
    ($($file:literal),+ $(,)?) => {
        const BUILT_IN: &[RuleSource<'static>] =
            &[$(RuleSource { name: concat!("rules/", $file), text: include_str!(concat!("../../rules/", $file)) }),+];
    };
}

built_in!(
    "runtimes.toml",
    "findings.toml",
    "layers.toml",
    "licenses.toml",
    "common.toml",
    "node.toml",
    "native.toml",
    "python.toml",
    "java.toml",
    "dotnet.toml",
    "ruby.toml",
    "provided.toml",
);

/// Reads the built-in rules and those of the user, as one set.
pub(crate) fn read(user_files: &[PathBuf]) -> anyhow::Result<RuleSet> {
    let mut texts = Vec::new();
    for path in user_files {
        let text = fs_err::read_to_string(path)
            .map_err(|error| UsageError(format!("--rules: {error}")))?;
        texts.push((path.display().to_string(), text));
    }
    let users = texts.iter().map(|(name, text)| RuleSource { name, text });
    let sources: Vec<RuleSource<'_>> = BUILT_IN.iter().copied().chain(users).collect();
    RuleSet::read(&sources).context("the rules are wrong")
}

/// What `--disable` turns off.
pub(crate) struct Disabled<'a> {
    patterns: &'a [String],
}

impl<'a> Disabled<'a> {
    /// Refuses a word that stands for no rule: a typing error would leave the rule on.
    pub(crate) fn new(patterns: &'a [String], rules: &RuleSet) -> Result<Self, UsageError> {
        for pattern in patterns {
            if !rules.rules.iter().any(|rule| stands_for(pattern, rule)) {
                let hint =
                    closest(pattern, names(rules)).map(|name| format!("; did you mean `{name}`?"));
                let hint = hint.unwrap_or_default();
                return Err(UsageError(format!(
                    "--disable: there is no rule `{pattern}`{hint}"
                )));
            }
        }
        Ok(Self { patterns })
    }

    pub(crate) fn lets(&self, rule: &Rule) -> bool {
        !self
            .patterns
            .iter()
            .any(|pattern| stands_for(pattern, rule))
    }
}

/// Every word that stands for one rule.
pub(crate) fn names(rules: &RuleSet) -> impl Iterator<Item = &str> {
    rules
        .rules
        .iter()
        .flat_map(|rule| [rule.id.as_str(), &*rule.code])
}

/// Whether `pattern` is the rule's id, its code, its pack (`node/*`) or `all`.
pub(crate) fn stands_for(pattern: &str, rule: &Rule) -> bool {
    let pack = pattern.strip_suffix("/*");
    pattern == "all"
        || pattern == rule.id.as_str()
        || pattern == rule.code
        || pack == Some(rule.id.pack())
}

/// The word that a typing error was most likely meant to be.
pub(crate) fn closest<'w>(word: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    const CLOSE_ENOUGH: f64 = 0.8;
    let scored = words.map(|known| (strsim::jaro_winkler(word, known), known));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 >= CLOSE_ENOUGH).then_some(best.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_file_is_built_in() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/rules");
        let files = fs_err::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut on_disk: Vec<String> = files
            .filter(|name| name.ends_with(".toml"))
            .map(|name| format!("rules/{name}"))
            .collect();
        on_disk.sort();
        let mut built_in: Vec<&str> = BUILT_IN.iter().map(|source| source.name).collect();
        built_in.sort_unstable();
        assert_eq!(on_disk, built_in);
    }

    #[test]
    fn the_built_in_rules_and_their_examples_hold() {
        let rules = read(&[]).map_err(|error| format!("{error:#}"));
        assert!(rules.is_ok(), "{}", rules.unwrap_err());
    }

    #[test]
    fn typing_errors_find_their_word() {
        let words = ["node/source-maps", "node/readmes"];
        assert_eq!(
            closest("node/source-map", words.into_iter()),
            Some("node/source-maps")
        );
        assert_eq!(closest("zzz", words.into_iter()), None);
    }
}
