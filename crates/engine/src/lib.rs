//! Decides what happens to each entry of a package, and does it.
//!
//! [`inspect`] looks at the input and writes an [`Inventory`] of what it recognised; [`decide`] turns that into a
//! [`Plan`] without touching disk, clock or environment; [`apply`] carries the plan out into sinks. A dry run differs
//! only in the sink. This crate knows no language: what is special about Python or Node comes in through [`Language`],
//! what is removed comes in as rules. Read `plan.rs` first: its order of precedence is the promise of the product.

mod apply;
mod dependencies;
mod destinations;
mod detect;
mod evidence;
mod inventory;
mod language;
mod patterns;
mod plan;
#[cfg(test)]
mod plan_tests;
mod program;
mod recognise;
mod steps;
mod trace;
mod words;

pub use apply::{
    After, Applied, ApplyError, ApplyOptions, Change, Effect, Outcome, Sinks, apply, effects_on,
};
pub use dependencies::{Dependency, DependencyId, find_dependencies};
pub use detect::{Detected, Target};
pub use evidence::Evidences;
pub use inventory::{InspectError, Inventory, Knowledge, Threads, Wishes, inspect};
pub use language::{FoundDependency, Language, Mark, Rewriter, Transform};
pub use patterns::{PatternError, Patterns};
pub use plan::{
    Cause, Choices, Decided, Decision, Licenses, Overruled, Plan, PlanError, Saviour, Symlinks,
    decide, load_bearing_links,
};
pub use program::Program;
pub use recognise::files_of_handler;
pub use trace::{Reach, Starts, Trace, TraceOrder, Traced};
