use crate::{CheckReport, Severity};

/// The findings as commands that GitHub shows beside the code.
/// Source: <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.
pub fn annotations(report: &CheckReport) -> String {
    let mut text = String::new();
    for package in &report.packages {
        for found in &package.diagnostics {
            let command = match found.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Advice => "notice",
            };
            let place = property(&package.place(found));
            let help = found.help.as_ref().map(|help| format!("\nhelp: {help}"));
            let words = package.words(found) + &help.unwrap_or_default();
            text += &format!(
                "::{command} title={},file={place}::{}\n",
                found.code,
                data(&words)
            );
        }
    }
    text
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_command_is_escaped() {
        assert_eq!(data("100 %\nof it: x, y"), "100 %25%0Aof it: x, y");
        assert_eq!(property("C:a,b\n"), "C%3Aa%2Cb%0A");
    }
}
