use serde_json::{Value, json};

use crate::{CheckReport, CheckedPackage, Diagnostic, Severity};

/// A code as a viewer of SARIF explains it.
#[derive(Debug, Clone)]
pub struct Described<'a> {
    /// The code.
    pub code: &'a str,
    /// One line.
    pub title: &'a str,
    /// What it means.
    pub why: &'a str,
    /// Where to read more.
    pub reference: Option<&'a str>,
}

/// The findings as SARIF 2.1.0, which code hosts and editors read.
/// Source: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.
pub fn sarif(report: &CheckReport, codes: &[Described<'_>]) -> serde_json::Result<String> {
    let said = |code: &str| {
        let mut all = report
            .packages
            .iter()
            .flat_map(|package| &package.diagnostics);
        all.any(|found| found.code == code)
    };
    let rules: Vec<Value> = codes
        .iter()
        .filter(|known| said(known.code))
        .map(rule)
        .collect();
    let results = report.packages.iter().flat_map(|package| {
        let all = package.diagnostics.iter();
        all.map(|found| result(package, found))
    });
    let run = json!({
        "tool": { "driver": {
            "name": report.tool.name,
            "version": report.tool.version,
            "informationUri": env!("CARGO_PKG_REPOSITORY"),
            "rules": rules,
        } },
        "results": results.collect::<Vec<Value>>(),
    });
    serde_json::to_string_pretty(&json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }))
}

fn rule(known: &Described<'_>) -> Value {
    let mut rule = json!({
        "id": known.code,
        "shortDescription": { "text": known.title },
        "fullDescription": { "text": known.why },
    });
    if let Some(reference) = known.reference {
        rule["helpUri"] = json!(reference);
    }
    rule
}

fn result(package: &CheckedPackage, found: &Diagnostic) -> Value {
    let level = match found.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "note",
    };
    let help = found.help.as_ref().map(|help| format!("\n{help}"));
    let text = package.words(found) + &help.unwrap_or_default();
    json!({
        "ruleId": found.code,
        "level": level,
        "message": { "text": text },
        "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri(&package.place(found)) } } }],
    })
}

/// A path as a relative reference: what is special in an address is encoded, `/` stays.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/@+".contains(&byte);
    let encode = |byte: u8| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    path.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_addresses() {
        assert_eq!(uri("dist/a b#1.js"), "dist/a%20b%231.js");
        assert_eq!(uri("node_modules/@x/é"), "node_modules/@x/%C3%A9");
    }
}
