use std::borrow::Cow;
use std::collections::BTreeMap;

use lambda_slim_archive::WrittenZip;
use lambda_slim_engine::{Applied, Cause, Change, Decision, Effect, Outcome, Plan, Saviour};
use lambda_slim_package::{Package, UNZIPPED_LIMIT_BYTES, ZIP_UPLOAD_LIMIT_BYTES};
use lambda_slim_rulepack::{RuleIndex, RuleSet};
use serde::{Deserialize, Serialize};

use crate::{Diagnostic, Extraction, FileSize, PackageSize};

/// The version of the JSON form; fields are only ever added within one version.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything that one run has to say.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Who made the report.
    #[serde(skip_deserializing, default = "ToolRow::ours")]
    pub tool: ToolRow,
    /// What came in.
    pub input: String,
    /// What was written; missing in a dry run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// What the package is meant for.
    pub target: TargetRow,
    /// The package as it came.
    pub before: Sizes,
    /// The package that was made.
    pub after: Sizes,
    /// The hashes of the zip.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hashes: Option<Hashes>,
    /// The packages inside what was written, largest first; only for programs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<PackageSize>,
    /// What was written, file by file; only where it was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contents: Vec<FileSize>,
    /// What each rule and each pattern of the user did, largest first.
    pub rules: Vec<RuleRow>,
    /// The shares of Lambda's limits.
    pub limits: Vec<Limit>,
    /// What the user should know.
    pub diagnostics: Vec<Diagnostic>,
    /// What became of each entry that did not simply stay; only where it was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileRow>,
    /// Measured extraction: the only part that differs from run to run, with `elapsed_ms`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extraction: Option<Extraction>,
    /// How long the run took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elapsed_ms: Option<f64>,
}

/// Reads the query of Terraform's external data source: an object that holds nothing but texts.
pub fn read_tf_query(text: &str) -> serde_json::Result<BTreeMap<String, String>> {
    serde_json::from_str(text)
}

/// What one run says that made several packages.
#[derive(Debug, Clone, Serialize)]
pub struct Reports {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Who made the reports.
    pub tool: ToolRow,
    /// One for each package, in the order in which they were named or found.
    pub packages: Vec<Report>,
}

impl Reports {
    /// Reports of this tool.
    pub fn of(packages: Vec<Report>) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            tool: ToolRow::OURS,
            packages,
        }
    }

    /// The JSON form.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    /// The facts of each, with the input that they are about, on one line.
    pub fn to_facts(&self) -> serde_json::Result<String> {
        let facts = |report: &Report| -> BTreeMap<&str, String> {
            let input = ("input", report.input.clone());
            report.facts().into_iter().chain([input]).collect()
        };
        serde_json::to_string(&self.packages.iter().map(facts).collect::<Vec<_>>())
    }
}

/// Who made a report.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ToolRow {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

impl ToolRow {
    /// This tool; all its crates have one version.
    pub const OURS: Self = Self {
        name: "lambda-slim",
        version: env!("CARGO_PKG_VERSION"),
    };

    fn ours() -> Self {
        Self::OURS
    }
}

/// What a package is meant for, and what shows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TargetRow {
    /// `python3.12`; missing if unknown.
    pub runtime: Option<String>,
    /// The files that show it; missing if the user said so.
    pub runtime_evidence: Option<String>,
    /// `x86_64` or `arm64`; missing if unknown.
    pub arch: Option<String>,
    /// The file that shows it; missing if the user said so.
    pub arch_evidence: Option<String>,
    /// `function` or `layer`.
    pub kind: Cow<'static, str>,
    /// The level of the rules.
    pub level: Cow<'static, str>,
}

/// How large a package is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sizes {
    /// Bytes of the zip; missing where it was not weighed.
    pub zip_bytes: Option<u64>,
    /// Sum of the unzipped files in bytes.
    pub unzipped_bytes: u64,
    /// Number of files and links.
    pub files: usize,
}

/// SHA-256 of the zip.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Hashes {
    /// In hexadecimal digits.
    pub sha256: String,
    /// In base64, as Lambda's `CodeSha256`.
    pub code_sha256: String,
}

/// What one rule, or one pattern of the user, did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleRow {
    /// The rule's id, or the user's pattern.
    pub rule: String,
    /// The rule's code; missing for the user's own patterns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// One line.
    pub title: String,
    /// What it did.
    pub action: RowKind,
    /// How many files.
    pub files: usize,
    /// Unzipped bytes saved; negative where files grew.
    pub unzipped_bytes: i64,
    /// Zipped bytes saved; missing where they were not weighed.
    pub zipped_bytes: Option<i64>,
}

/// What a rule did to its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RowKind {
    /// It dropped them.
    Removed,
    /// It rewrote them.
    Rewritten,
    /// It moved them.
    Moved,
}

/// A limit of Lambda and how much of it is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// `unzipped` or `direct-upload`.
    pub id: Cow<'static, str>,
    /// The limit in bytes.
    pub limit_bytes: u64,
    /// The bytes in use.
    pub used_bytes: u64,
}

/// What became of one entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRow {
    /// Its path in the input.
    pub path: String,
    /// `removed`, `rewritten`, `moved` or `kept`.
    pub effect: Cow<'static, str>,
    /// The rule, protection or pattern that decided.
    pub cause: String,
    /// Its unzipped size in bytes as it came.
    pub size_bytes: u64,
}

impl Report {
    /// What people read for a limit: that for unzipped bytes may count layers as well.
    pub(crate) fn name_of_limit(&self, limit: &Limit) -> String {
        let counts_layers =
            limit.id == Limit::UNZIPPED && limit.used_bytes > self.after.unzipped_bytes;
        let layers = if counts_layers { "+layers" } else { "" };
        limit.name() + layers
    }

    /// The JSON form.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    /// Reads the JSON form that this very version wrote.
    pub fn from_json(text: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(text)
    }

    /// What other steps of a build may want, by names that they may have there.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let path = self.output.iter().map(|path| ("path", path.clone()));
        let hashes = self.hashes.iter().flat_map(|hashes| {
            [
                ("sha256", hashes.sha256.clone()),
                ("code-sha256", hashes.code_sha256.clone()),
            ]
        });
        let zip = self.after.zip_bytes.into_iter();
        let zip = zip.map(|bytes| ("zip-bytes", bytes.to_string()));
        let unzipped = ("unzipped-bytes", self.after.unzipped_bytes.to_string());
        path.chain(hashes).chain(zip).chain([unzipped]).collect()
    }

    /// What Terraform's external data source reads: one object that holds nothing but texts.
    /// Source: <https://registry.terraform.io/providers/hashicorp/external/latest/docs/data-sources/external>.
    pub fn to_tf_external(&self) -> serde_json::Result<String> {
        let bytes = self.after.zip_bytes.map(|bytes| bytes.to_string());
        let hashes = self.hashes.as_ref();
        let all = [
            ("path", self.output.clone()),
            ("bytes", bytes),
            ("sha256", hashes.map(|hashes| hashes.sha256.clone())),
            (
                "code_sha256",
                hashes.map(|hashes| hashes.code_sha256.clone()),
            ),
        ];
        let known = all
            .into_iter()
            .filter_map(|(name, text)| Some((name, text?)));
        serde_json::to_string(&known.collect::<BTreeMap<_, _>>())
    }
}

impl Hashes {
    /// The hashes of a zip that was written.
    pub fn of(zip: &WrittenZip) -> Self {
        use base64::Engine as _;
        Self {
            sha256: zip
                .sha256
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
            code_sha256: base64::engine::general_purpose::STANDARD.encode(zip.sha256),
        }
    }
}

impl Limit {
    /// The id of the limit for what is extracted.
    const UNZIPPED: &str = "unzipped";

    /// Every limit that `sizes` says something about; layers count for the unzipped one.
    pub fn all(sizes: &Sizes, layers_bytes: u64) -> Vec<Self> {
        let unzipped = Self {
            id: Self::UNZIPPED.into(),
            limit_bytes: UNZIPPED_LIMIT_BYTES,
            used_bytes: sizes.unzipped_bytes.saturating_add(layers_bytes),
        };
        let upload = sizes.zip_bytes.map(|used_bytes| Self {
            id: "direct-upload".into(),
            limit_bytes: ZIP_UPLOAD_LIMIT_BYTES,
            used_bytes,
        });
        std::iter::once(unzipped).chain(upload).collect()
    }

    /// What people read for it.
    pub(crate) fn name(&self) -> String {
        format!("limit {}", self.id)
    }

    /// Whether more is used than Lambda allows.
    pub fn is_exceeded(&self) -> bool {
        self.used_bytes > self.limit_bytes
    }

    /// The used share in percent.
    pub fn percent(&self) -> f64 {
        self.used_bytes as f64 * 100.0 / self.limit_bytes as f64
    }
}

/// What each rule and each pattern did, largest unzipped saving first.
pub fn rule_rows(
    package: &Package,
    plan: &Plan,
    applied: &Applied,
    rules: &RuleSet,
) -> Vec<RuleRow> {
    let mut rows: BTreeMap<(RowKind, String), RuleRow> = BTreeMap::new();
    for (((_, entry), decided), outcome) in package.iter().zip(&plan.decided).zip(&applied.outcomes)
    {
        // What was made for nothing saves nothing.
        if outcome.made && outcome.effect == Effect::Dropped {
            continue;
        }
        if let Effect::Rewritten(changes) = &outcome.effect {
            add_changes(&mut rows, changes, outcome, rules);
            continue;
        }
        let Some((kind, rule)) = row_of(&outcome.effect, decided.cause.as_ref(), rules) else {
            continue;
        };
        let row = rows.entry((kind, rule.rule.clone())).or_insert(rule);
        row.files += 1;
        let after = outcome.after.as_ref();
        let size_after = if entry.is_symlink() {
            0
        } else {
            after.map_or(0, |after| after.size_bytes)
        };
        row.unzipped_bytes += entry.size_bytes() as i64 - size_after as i64;
        let saved = zipped_bytes_saved(outcome);
        row.zipped_bytes = row.zipped_bytes.zip(saved).map(|(sum, saved)| sum + saved);
    }
    let mut rows: Vec<RuleRow> = rows.into_values().collect();
    rows.sort_by(|a, b| {
        (a.action, b.unzipped_bytes, b.files, &a.rule).cmp(&(
            b.action,
            a.unzipped_bytes,
            a.files,
            &b.rule,
        ))
    });
    rows
}

/// Each step of a rewriting has its row, with its share of what the zip saved.
fn add_changes(
    rows: &mut BTreeMap<(RowKind, String), RuleRow>,
    changes: &[Change],
    outcome: &Outcome,
    rules: &RuleSet,
) {
    let shares = zipped_bytes_saved(outcome).map(|saved| shares(saved, changes));
    for (index, change) in changes.iter().enumerate() {
        let empty = empty_row(RowKind::Rewritten, named(rules, change.rule));
        let row = rows
            .entry((RowKind::Rewritten, empty.rule.clone()))
            .or_insert(empty);
        row.files += 1;
        row.unzipped_bytes += change.saved_bytes;
        let share = shares.as_ref().map(|shares| shares[index]);
        row.zipped_bytes = row.zipped_bytes.zip(share).map(|(sum, share)| sum + share);
    }
}

/// Divides what the zip saved among the steps by the unzipped bytes that each saved: only the whole is weighed.
fn shares(zipped_bytes: i64, changes: &[Change]) -> Vec<i64> {
    let weight = |change: &Change| i128::from(change.saved_bytes.max(0));
    let all: i128 = changes.iter().map(weight).sum();
    let share = |change| i128::from(zipped_bytes) * weight(change) / all.max(1);
    let mut shares: Vec<i64> = changes.iter().map(|change| share(change) as i64).collect();
    // The last step gets what is left over: all of it where no step saved anything.
    let rest = zipped_bytes - shares.iter().sum::<i64>();
    if let Some(last) = shares.last_mut() {
        *last += rest;
    }
    shares
}

fn zipped_bytes_saved(outcome: &Outcome) -> Option<i64> {
    let after = outcome
        .after
        .as_ref()
        .map_or(0, |after| after.zipped_bytes as i64);
    Some(outcome.zipped_bytes_before? as i64 - after)
}

/// The empty row that an outcome belongs to.
fn row_of(effect: &Effect, cause: Option<&Cause>, rules: &RuleSet) -> Option<(RowKind, RuleRow)> {
    let kind = match effect {
        Effect::Kept | Effect::Rewritten(_) => return None,
        Effect::Dropped => RowKind::Removed,
        Effect::Moved | Effect::Enclosed => RowKind::Moved,
    };
    let name = match cause? {
        Cause::Rule(index) => named(rules, *index),
        Cause::UserDrop(pattern) => (pattern.clone(), None, format!("your --drop {pattern}")),
        cause => (words(cause, rules), None, words(cause, rules)),
    };
    Some((kind, empty_row(kind, name)))
}

fn empty_row(kind: RowKind, (rule, code, title): (String, Option<String>, String)) -> RuleRow {
    RuleRow {
        rule,
        code,
        title,
        action: kind,
        files: 0,
        unzipped_bytes: 0,
        zipped_bytes: Some(0),
    }
}

fn named(rules: &RuleSet, index: RuleIndex) -> (String, Option<String>, String) {
    let rule = &rules.rules[index.0];
    (
        rule.id.to_string(),
        Some(rule.code.clone()),
        rule.title.clone(),
    )
}

/// One line for each entry that something was said about.
pub fn file_rows(
    package: &Package,
    plan: &Plan,
    applied: &Applied,
    rules: &RuleSet,
) -> Vec<FileRow> {
    let row = |(((_, entry), decided), outcome): (
        (
            (_, &lambda_slim_package::Entry),
            &lambda_slim_engine::Decided,
        ),
        &lambda_slim_engine::Outcome,
    )| {
        let effect = match outcome.effect {
            Effect::Dropped => "removed",
            Effect::Rewritten(_) => "rewritten",
            Effect::Moved => "moved",
            Effect::Enclosed => "enclosed",
            Effect::Kept => "kept",
        };
        let saved = decided.overruled.iter().find_map(|lost| match &lost.by {
            Saviour::Evidence(evidence) => Some(format!(
                "{evidence}, against {}",
                rules.rules[lost.rule.0].id
            )),
            Saviour::Decision => None,
        });
        let did_not_shrink =
            effect == "kept" && matches!(decided.decision, Decision::Rewrite { .. });
        let cause = match &decided.cause {
            Some(_) if did_not_shrink => return None,
            Some(cause) => words(cause, rules),
            None => saved?,
        };
        let path = entry.path.as_str().to_owned();
        Some(FileRow {
            path,
            effect: effect.into(),
            cause,
            size_bytes: entry.size_bytes(),
        })
    };
    package
        .iter()
        .zip(&plan.decided)
        .zip(&applied.outcomes)
        .filter_map(row)
        .collect()
}

pub(crate) fn words(cause: &Cause, rules: &RuleSet) -> String {
    match cause {
        Cause::UserKeep(pattern) => format!("--keep {pattern}"),
        Cause::UserDrop(pattern) => format!("--drop {pattern}"),
        Cause::Handler => "the handler".to_owned(),
        Cause::LinkedFrom(link) => format!("linked from {link}"),
        Cause::SymlinksStrip => "--symlinks strip".to_owned(),
        Cause::Rule(index) => {
            let rule = &rules.rules[index.0];
            format!("{} {}", rule.code, rule.id)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_share_what_the_zip_saved() {
        let check = |zipped_bytes, saved: &[i64], expected: &[i64]| {
            let change = |saved_bytes: &i64| Change {
                rule: RuleIndex(0),
                saved_bytes: *saved_bytes,
            };
            let changes: Vec<Change> = saved.iter().map(change).collect();
            assert_eq!(shares(zipped_bytes, &changes), expected, "{saved:?}");
        };
        check(100, &[300, 100], &[75, 25]);
        check(10, &[1, 1, 1], &[3, 3, 4]);
        check(-7, &[-20, 0], &[0, -7]);
        check(50, &[100, -3], &[50, 0]);
        check(9, &[5], &[9]);
    }
}
