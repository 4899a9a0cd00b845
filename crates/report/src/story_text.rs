use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::text::{BOLD, DIM, PLAIN, grouped, wrapped};
use crate::{Fate, Loser, RuleName, Story};

/// Says everything about one file.
pub fn render_story(story: &Story) -> String {
    let mut text = format!("{BOLD}{}{PLAIN}", story.path);
    let owner = story.package.as_ref();
    let owner = owner.map(|name| format!(", of {name}")).unwrap_or_default();
    let _ = writeln!(
        text,
        "  {DIM}{} bytes{owner}{PLAIN}",
        grouped(story.size_bytes)
    );
    text += &sentence(&outcome(story));
    for rule in &story.rules {
        text += &reason(rule);
    }
    text += &way(story);
    story
        .overruled
        .iter()
        .for_each(|loser| text += &defeat(loser));
    text += &way_out(story);
    text
}

/// Says one line about a file: what becomes of it, its size, what decided.
pub fn render_story_line(story: &Story) -> String {
    let (fate, size) = (story.fate.as_str(), grouped(story.size_bytes));
    format!(
        "{fate:<11} {size:>11}  {BOLD}{}{PLAIN}  {DIM}{}{PLAIN}\n",
        story.path, story.reason
    )
}

/// Adds up the files of which the same becomes for the same reason, the most bytes first.
pub fn render_story_sums(stories: &[Story]) -> String {
    let mut sums: BTreeMap<(&str, &str), (usize, u64)> = BTreeMap::new();
    for story in stories {
        let sum = sums
            .entry((story.fate.as_str(), &story.reason))
            .or_default();
        *sum = (sum.0 + 1, sum.1 + story.size_bytes);
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(_, (_, bytes))| Reverse(*bytes));
    let line = |((fate, reason), (files, bytes)): &((&str, &str), (usize, u64))| {
        let unit = if *files == 1 { "file" } else { "files" };
        let (files, bytes) = (grouped(*files as u64), grouped(*bytes));
        format!("{fate:<11} {bytes:>11}  {BOLD}{files} {unit}{PLAIN}  {DIM}{reason}{PLAIN}\n")
    };
    sums.iter().map(line).collect()
}

fn outcome(story: &Story) -> String {
    let new_path = story.destination.as_deref().unwrap_or_default();
    let fate = match story.fate {
        Fate::Kept => "It stays".to_owned(),
        Fate::Removed => "It goes".to_owned(),
        Fate::Collected => "Its text is joined with those of the other licences".to_owned(),
        Fate::Rewritten if new_path.is_empty() => "It stays, rewritten".to_owned(),
        Fate::Rewritten => format!("It is rewritten, as {new_path}"),
        Fate::Moved => format!("It moves to {new_path}"),
        Fate::Enclosed => format!("It goes into {new_path}"),
    };
    match &story.cause {
        Some(cause) => format!("{fate}: {cause}."),
        None if story.overruled.is_empty() => format!("{fate}: {}.", story.reason),
        None => format!("{fate}."),
    }
}

/// How code leads to the file, or that nobody can tell whether it does.
fn way(story: &Story) -> String {
    let (way, guesses) = (&story.reached_through, &story.guessed_from);
    match (way.len(), guesses.as_slice()) {
        (0 | 1, _) => String::new(),
        (_, []) => sentence(&format!("Code leads to it: {}", way.join(" → "))),
        (_, [first, ..]) => sentence(&format!(
            "Nobody can tell whether code leads to it: {first} loads files by names that its text does not tell, so all \
             that it may mean counts as reached. The way: {}",
            way.join(" → ")
        )),
    }
}

fn way_out(story: &Story) -> String {
    let aim = match story.fate {
        Fate::Kept => return String::new(),
        Fate::Removed => "To keep it",
        _ => "To leave it as it is",
    };
    let code = story.rules.first().map(|rule| &rule.code);
    let or = code.map(|code| format!(" or --disable {code}"));
    let or = or.unwrap_or_default();
    sentence(&format!("{aim}: --keep '{}'{or}", story.path))
}

fn reason(rule: &RuleName) -> String {
    wrapped(&format!("{}: {}", rule.title, rule.why), "    ", "    ")
}

fn defeat(loser: &Loser) -> String {
    let RuleName {
        code, id, title, ..
    } = &loser.rule;
    let against = match &loser.evidence {
        Some(evidence) => format!(", but {evidence}"),
        None => ", but comes second".to_owned(),
    };
    sentence(&format!("{code} {id} ({title}) would act on it{against}."))
}

fn sentence(words: &str) -> String {
    wrapped(words, "  ", "    ")
}
