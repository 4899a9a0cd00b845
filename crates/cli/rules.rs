//! The rules that are built in, and those that the user adds.

use std::path::PathBuf;

use anyhow::Context;
use lambda_slim_rulepack::{Action, Rule, RuleSet, RuleSource};

use crate::args::LimitArgs;
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
                let no_rule = unknown("rule", pattern, names(rules));
                return Err(UsageError(format!("--disable: {no_rule}")));
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

/// Whether `pattern` is the rule's id, its code, its pack (`node/*` or `node`) or `all`.
pub(crate) fn stands_for(pattern: &str, rule: &Rule) -> bool {
    let pack = pattern.strip_suffix("/*").unwrap_or(pattern);
    pattern == "all"
        || pattern == rule.id.as_str()
        || is_code(pattern, &rule.code)
        || pack == rule.id.pack()
}

/// Whether `word` is this code, in letters of any case.
pub(crate) fn is_code(word: &str, code: &str) -> bool {
    word.eq_ignore_ascii_case(code)
}

/// Refuses a word of `--allow` or `--deny` that is the code of nothing that can be said.
pub(crate) fn refuse_unknown_codes(args: &LimitArgs, rules: &RuleSet) -> Result<(), UsageError> {
    let speaks = |rule: &&Rule| {
        let moves = matches!(rule.action, Action::MoveTo(_) | Action::EncloseIn(_));
        rule.action.only_speaks() || moves
    };
    let of_rules = rules.rules.iter().filter(speaks).map(|rule| &*rule.code);
    let findings = rules.findings.iter().map(|finding| &*finding.code);
    let codes: Vec<&str> = findings.chain(of_rules).collect();
    for (option, words) in [("--allow", &args.allow), ("--deny", &args.deny)] {
        let is_unknown = |word: &&String| !codes.iter().any(|code| is_code(word, code));
        if let Some(word) = words.iter().find(is_unknown) {
            if rules.rules.iter().any(|rule| stands_for(word, rule)) {
                return Err(UsageError(format!(
                    "{option}: `{word}` is no finding but a rule, which --disable turns off"
                )));
            }
            let unknown = unknown("finding", word, codes.iter().copied());
            return Err(UsageError(format!("{option}: {unknown}")));
        }
    }
    Ok(())
}

/// Says that a word stands for nothing, and what may have been meant; of codes any other is as near.
pub(crate) fn unknown<'w>(what: &str, word: &str, known: impl Iterator<Item = &'w str>) -> String {
    let upper = word.to_ascii_uppercase();
    let number = upper.strip_prefix("LS");
    let is_code = number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    let hint = closest(word, known)
        .filter(|_| !is_code)
        .map(|name| format!("; did you mean `{name}`?"));
    format!("there is no {what} `{word}`{}", hint.unwrap_or_default())
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
