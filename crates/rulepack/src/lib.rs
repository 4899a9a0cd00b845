//! Reads, checks and matches rules: what leaves a package, why, and what would notice.
//!
//! Rules are data (`rules/*.toml`); this crate parses them, refuses what is unclear with line and caret, runs the
//! examples that every rule carries, and matches paths. It never looks at a package's contents and decides nothing:
//! that is the engine's work. Read [`Rule`] first, then [`Matcher`].

mod check;
mod facts;
mod finding;
mod layout;
mod matcher;
mod problem;
mod rule;
mod sign;
mod source;
#[cfg(test)]
mod source_tests;
mod system;
mod top;

pub use finding::Finding;
pub use layout::{Layout, Versioned};
pub use matcher::{Conditions, Matcher, RuleIndex};
pub use problem::{Problem, RulesError};
pub use rule::{
    Action, Evidence, Format, Level, Place, Rule, RuleId, RuleSet, Scope, TextPattern, UnknownWord,
    When, is_word_byte,
};
pub use sign::{DependencyPattern, Sign};
pub use source::RuleSource;
pub use system::{Lacking, Platforms, System};
pub use top::Top;
