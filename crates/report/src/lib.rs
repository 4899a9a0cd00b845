//! What packing gained: sizes before and after, what each rule took, measured extraction time; as text and JSON.
//!
//! This crate never changes a package and never guesses: what was not measured is missing. It is the only one whose
//! types become JSON. Read [`Report`] first.

mod annotations;
mod check_report;
mod check_text;
mod contents;
mod contents_page;
mod contents_text;
mod diagnostic;
mod difference;
mod difference_text;
mod extraction;
mod markdown;
mod model;
mod previous;
mod rule_card;
mod sarif;
mod statistics;
mod story;
mod story_text;
mod text;

pub use annotations::annotations;
pub use check_report::{CheckReport, CheckedPackage, LayerRow};
pub use check_text::render_check;
pub use contents::{Contents, FileSize, ListedFile, Listing, PackageSize};
pub use contents_page::contents_page;
pub use contents_text::render_contents;
pub use diagnostic::{Diagnostic, Severity};
pub use difference::{
    Compared, Difference, DifferenceSide, FileChange, Likeness, PackageChange, Side, SideFile,
    SideKind, Weight,
};
pub use difference_text::{difference_markdown, render_difference};
pub use extraction::{Extraction, MeasureError, measure};
pub use markdown::{check_markdown, contents_markdown, report_markdown};
pub use model::{
    FileRow, Hashes, Limit, Report, Reports, RowKind, RuleRow, SCHEMA_VERSION, Sizes, TargetRow,
    ToolRow, file_rows, read_tf_query, rule_rows,
};
pub use previous::{PreviousError, side_of_report, unzipped_bytes_of_report};
pub use rule_card::{Card, FindingCard, RuleCard};
pub use sarif::{Described, sarif};
pub use statistics::Statistics;
pub use story::{Fate, Loser, RuleName, Story};
pub use story_text::{render_story, render_story_line, render_story_sums};
pub use text::{Detail, change, folded, render, render_diagnostics, wrapped};
