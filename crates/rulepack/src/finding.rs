/// Something that is said about a package as a whole: what `explain CODE` and the reference tell of it.
///
/// When it is said is code; what it means is data, so that the tool, its manual and its reference use the same words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Short and stable: `LS900`.
    pub code: String,
    /// One line.
    pub title: String,
    /// What it means, and what happens if nobody does anything.
    pub why: String,
    /// What to do.
    pub cure: String,
    /// Where the facts come from.
    pub refs: Vec<String>,
}
