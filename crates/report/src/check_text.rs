use lambda_slim_package::ByteCount;

use crate::text::{BOLD, DIM, Detail, PLAIN, diagnostics, grouped};
use crate::{CheckReport, CheckedPackage, Severity};

/// What was checked and found, for people, with ANSI styles; the worst of each package first.
pub fn render_check(report: &CheckReport, detail: Detail) -> String {
    let blocks: Vec<String> = report
        .packages
        .iter()
        .map(|package| block(package, detail))
        .collect();
    blocks.join("\n") + "\n" + &verdict(report)
}

fn block(package: &CheckedPackage, detail: Detail) -> String {
    let mut text = format!("{BOLD}{}{PLAIN}  {}\n", package.name, target(package));
    if package.name != package.path {
        text += &format!("  {DIM}{}{PLAIN}\n", package.path);
    }
    text += &sizes(package);
    text + &diagnostics(&package.diagnostics, detail)
}

/// `nodejs22.x · arm64 · function`
pub(crate) fn target(package: &CheckedPackage) -> String {
    let target = &package.target;
    let facts = [
        target.runtime.as_deref(),
        target.arch.as_deref(),
        Some(&*target.kind),
    ];
    let facts: Vec<&str> = facts.into_iter().flatten().collect();
    facts.join(" · ")
}

/// `  71.9 MB unzipped, with 2 layers 83.9 MB (32%) · zip 19.8 MB (38%) · 3,118 files`
pub(crate) fn sizes(package: &CheckedPackage) -> String {
    let share = |id: &str| {
        let limit = package.limits.iter().find(|limit| limit.id == id);
        let limit = limit.filter(|limit| limit.limit_bytes > 0);
        limit.map(|limit| match limit.is_exceeded() {
            true => " (over)".to_owned(),
            false => format!(" ({:.0}%)", limit.percent()),
        })
    };
    let mut facts = vec![format!(
        "{} unzipped",
        ByteCount(package.sizes.unzipped_bytes)
    )];
    let layers = package.layers;
    if layers.count > 0 {
        let plural = if layers.count == 1 { "" } else { "s" };
        let all = ByteCount(
            package
                .sizes
                .unzipped_bytes
                .saturating_add(layers.unzipped_bytes),
        );
        facts[0] += &format!(", with {} layer{plural} {all}", layers.count);
    }
    facts[0] += &share("unzipped").unwrap_or_default();
    if let Some(bytes) = package.sizes.zip_bytes {
        let share = share("direct-upload").unwrap_or_default();
        facts.push(format!("zip {}{share}", ByteCount(bytes)));
    }
    let files = package.sizes.files;
    let plural = if files == 1 { "" } else { "s" };
    facts.push(format!("{} file{plural}", grouped(files as u64)));
    format!("  {}\n", facts.join(" · "))
}

/// `2 packages: 1 error, 2 warnings`
pub(crate) fn verdict(report: &CheckReport) -> String {
    let count = |number: usize, what: &str| {
        let plural = if number == 1 { "" } else { "s" };
        format!("{number} {what}{plural}")
    };
    let said = [
        (report.count(Severity::Error), "error"),
        (report.count(Severity::Warning), "warning"),
        (report.count(Severity::Advice), "hint"),
    ];
    let said = said.into_iter().filter(|(number, _)| *number > 0);
    let said: Vec<String> = said.map(|(number, what)| count(number, what)).collect();
    let said = if said.is_empty() {
        "nothing to complain about".to_owned()
    } else {
        said.join(", ")
    };
    format!("{}: {said}\n", count(report.packages.len(), "package"))
}
