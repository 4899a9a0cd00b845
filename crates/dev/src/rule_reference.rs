//! docs/rules.md: every rule, from the files under rules/.

use std::fmt::Write as _;

use lambda_slim_rulepack::{Finding, Rule, RuleSet, RuleSource};

use crate::generate::HEADER;
use crate::product::repository;

const INTRODUCTION: &str = "# Rules

Every file that `lambda-slim` takes out of a package is taken by one of these rules, and every rule says why, and what
would notice. The report names them by code; `--disable CODE` turns one off, `--keep GLOB` beats them all.

A rule acts from its **level** on: `safe` is what no run time reads by its own specification, `balanced` (the default)
also what the evidence in the package shows unused, `aggressive` what somebody may miss. Advice has no level: it is
shown and never applied. The **scope** says where patterns start and whose files they see. How to write a rule, and
what each word means, is in [rules/README.md](../rules/README.md).
";

/// The whole document.
pub(crate) fn text() -> anyhow::Result<String> {
    Ok(write(&read()?))
}

/// The ids of all rules.
pub(crate) fn ids() -> anyhow::Result<Vec<String>> {
    let rules = read()?.rules;
    Ok(rules.iter().map(|rule| rule.id.to_string()).collect())
}

/// Reads the rule files by name, so that the document does not depend on the order of a folder.
fn read() -> anyhow::Result<RuleSet> {
    let folder = repository().join("rules");
    let mut files = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            files.push((format!("rules/{name}"), fs_err::read_to_string(&path)?));
        }
    }
    files.sort();
    let sources: Vec<RuleSource<'_>> = files
        .iter()
        .map(|(name, text)| RuleSource { name, text })
        .collect();
    Ok(RuleSet::read(&sources)?)
}

fn write(set: &RuleSet) -> String {
    let mut packs: Vec<&str> = Vec::new();
    for rule in &set.rules {
        if !packs.contains(&rule.id.pack()) {
            packs.push(rule.id.pack());
        }
    }
    let of_pack = |pack: &str| -> Vec<&Rule> {
        let mut rules: Vec<&Rule> = set
            .rules
            .iter()
            .filter(|rule| rule.id.pack() == pack)
            .collect();
        rules.sort_by_key(|rule| &rule.code);
        rules
    };
    let mut text = format!("{HEADER}{INTRODUCTION}");
    for pack in &packs {
        text += &contents(pack, &of_pack(pack));
    }
    for pack in &packs {
        let rules: Vec<String> = of_pack(pack).into_iter().map(one_rule).collect();
        let _ = write!(text, "\n## {}\n\n{}", title(pack), rules.join("\n"));
    }
    text + &findings(&set.findings)
}

const ABOUT_FINDINGS: &str = "
## Findings

What `check` and `pack` say of a package as a whole. Errors end the run with exit code 3; `--allow CODE` makes one a
warning, `--deny CODE` makes a warning an error.
";

/// What is said of packages as a whole, in the order of the codes.
fn findings(all: &[Finding]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let mut all: Vec<&Finding> = all.iter().collect();
    all.sort_by_key(|finding| &finding.code);
    let one = |finding: &&Finding| {
        let sources: Vec<String> = finding
            .refs
            .iter()
            .map(|address| format!("<{address}>"))
            .collect();
        format!(
            "\n<a id=\"{}\"></a>\n\n### {}\n\n{}\n\n**Why.** {}\n\n**What to do.** {}\n\n**Sources.** {}\n",
            anchor(&finding.code),
            finding.code,
            sentence(&finding.title),
            finding.why,
            finding.cure,
            sources.join(", ")
        )
    };
    ABOUT_FINDINGS.to_owned() + &all.iter().map(one).collect::<String>()
}

/// The table of contents of one pack.
fn contents(pack: &str, rules: &[&Rule]) -> String {
    let mut text = format!(
        "\n**[{0}](#{1})**\n\n| code | rule | what leaves | action | level |\n|---|---|---|---|---|\n",
        title(pack),
        anchor(title(pack))
    );
    for rule in rules {
        let (code, id, title) = (&rule.code, &rule.id, cell(&rule.title));
        let link = anchor(code);
        let _ = writeln!(
            text,
            "| [{code}](#{link}) | `{id}` | {title} | {} | {} |",
            rule.action,
            level(rule)
        );
    }
    text
}

fn one_rule(rule: &Rule) -> String {
    let mut text = format!(
        "<a id=\"{}\"></a>\n\n### {} `{}`\n\n",
        anchor(&rule.code),
        rule.code,
        rule.id
    );
    let _ = writeln!(text, "{}\n", sentence(&rule.title));
    for (name, words) in rule.facts() {
        let _ = writeln!(text, "- {name}: {words}");
    }
    let sources: Vec<String> = rule
        .refs
        .iter()
        .map(|address| format!("<{address}>"))
        .collect();
    let _ = write!(
        text,
        "\n**Why.** {}\n\n**What would notice.** {}\n\n**Sources.** {}\n",
        one_line(&rule.why),
        one_line(&rule.breaks),
        sources.join(", ")
    );
    text
}

fn level(rule: &Rule) -> &'static str {
    rule.level.map_or("-", lambda_slim_rulepack::Level::as_str)
}

/// The name of a pack as people write it.
fn title(pack: &str) -> &str {
    match pack {
        "common" => "All run times",
        "dotnet" => ".NET",
        "java" => "Java",
        "license" | "licenses" => "Licences",
        "native" => "Native code",
        "node" => "Node.js",
        "provided" => "OS-only run times",
        "python" => "Python",
        "ruby" => "Ruby",
        other => other,
    }
}

/// The address of a heading, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// A text within a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `type stubs` as `Type stubs.`
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    format!("{first}{}.", chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = r#"
[[rule]]
id = "node/b-rule"
code = "LS102"
title = "second things"
action = "advise"
since = "0.2.0"
scope = "node-package"
match = ["*.b"]
why = """Because
of two lines."""
breaks = "Nothing."
refs = ["https://example.test/b"]
tests.takes = ["a.b"]
tests.leaves = ["b.a"]

[[rule]]
id = "node/a-rule"
code = "LS101"
title = "first things"
action = "drop"
level = "safe"
since = "0.1.0"
scope = "package"
match = ["*.a"]
except = ["keep.a"]
when = { runtime = ["nodejs"], link = "dangling" }
unless = ["mentioned", "text:word"]
why = "Because."
breaks = "Somebody."
refs = ["https://example.test/a", "https://example.test/c"]
tests.takes = ["x.a"]
tests.leaves = ["keep.a"]
"#;

    fn document() -> String {
        write(
            &RuleSet::read(&[RuleSource {
                name: "rules/node.toml",
                text: RULES,
            }])
            .unwrap(),
        )
    }

    #[test]
    fn a_rule_tells_everything_about_itself() {
        let text = document();
        let (_, rule) = text.split_once("### LS101").unwrap();
        let (rule, _) = rule.split_once("<a id").unwrap();
        let expected = " `node/a-rule`\n\nFirst things.\n\n\
            - action: `drop`\n- level: `safe`\n- scope: `package`\n- since: 0.1.0\n- takes: `*.a`\n- but never: `keep.a`\n\
            - only when: the run time begins with `nodejs`; it is a symbolic link that ends nowhere\n\
            - stays if: `mentioned`, `text:word`\n\n**Why.** Because.\n\n**What would notice.** Somebody.\n\n\
            **Sources.** <https://example.test/a>, <https://example.test/c>\n\n";
        assert_eq!(rule, expected);
    }

    #[test]
    fn rules_stand_in_the_order_of_their_codes() {
        let text = document();
        assert!(text.find("| [LS101](#ls101)").unwrap() < text.find("| [LS102](#ls102)").unwrap());
        assert!(text.find("### LS101").unwrap() < text.find("### LS102").unwrap());
        assert!(text.contains("**Why.** Because of two lines."));
    }

    #[test]
    fn anchors_are_those_of_the_headings() {
        assert_eq!(anchor("OS-only run times"), "os-only-run-times");
        assert_eq!(anchor(".NET"), "net");
    }

    #[test]
    fn every_rule_of_the_repository_is_in_the_document() {
        let set = read().unwrap();
        let text = write(&set);
        assert!(
            set.rules
                .iter()
                .all(|rule| text.contains(&format!("### {} `{}`", rule.code, rule.id)))
        );
    }
}
