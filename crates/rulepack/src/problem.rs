use std::fmt;
use std::ops::Range;

/// Everything that is wrong with the rule files, each with its place.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct RulesError(pub Vec<Problem>);

/// One thing that is wrong, shown with the line and a caret under the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The name of the file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    text: String,
    width: usize,
}

impl Problem {
    /// A problem with the bytes `span` of `source`.
    pub(crate) fn at(file: &str, source: &str, span: Range<usize>, message: String) -> Self {
        let start = span.start.min(source.len());
        let line_start = source[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let text = source[line_start..].lines().next().unwrap_or_default();
        let column = source[line_start..start].chars().count() + 1;
        let width = source.get(span).map_or(1, |words| {
            words.lines().next().unwrap_or("").chars().count()
        });
        Self {
            file: file.to_owned(),
            line: source[..line_start].matches('\n').count() + 1,
            column,
            message,
            text: text.to_owned(),
            width: width.clamp(1, (text.chars().count() + 2).saturating_sub(column).max(1)),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        writeln!(
            f,
            "{}:{}:{}: {}",
            self.file, self.line, self.column, self.message
        )?;
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {}", self.text)?;
        write!(
            f,
            "{margin} | {}{}",
            " ".repeat(self.column - 1),
            "^".repeat(self.width)
        )
    }
}
