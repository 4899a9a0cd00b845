//! `lambda-slim explain --in PACKAGE PATH`: why files go or stay.

use std::path::Path;

use anyhow::bail;
use lambda_slim_engine::{Knowledge, Patterns};
use lambda_slim_package::{EntryId, EntryPath, Package};
use lambda_slim_report::{Story, render_story, render_story_line};
use lambda_slim_rulepack::RuleSet;

use crate::args::{ExplainArgs, Format};
use crate::exit::{Exit, UsageError};
use crate::planning::{self, Preparation};
use crate::rules::Disabled;
use crate::screen;

/// More files than this get one line each.
const WHOLE_STORIES: usize = 5;

/// Plans `package` as `pack` would, and tells what becomes of the files that `args` names.
pub(crate) fn tell(package: &Path, args: &ExplainArgs, rules: &RuleSet) -> anyhow::Result<Exit> {
    let disabled = Disabled::new(&args.plan.disable, rules)?;
    let input = planning::open(package, &args.plan, Vec::new())?;
    let named = named(&args.what, package, input.package())?;
    let preparation = Preparation::new(package, &args.plan, disabled, &input)?;
    let knowledge = Knowledge {
        rules,
        languages: &preparation.languages(),
    };
    let (inventory, plan) = preparation.plan(&input, knowledge)?;
    let story = |id: EntryId| Story::of(input.package(), &inventory, &plan, rules, id);
    let stories: Vec<Story> = named.into_iter().map(story).collect();
    match args.format {
        Format::Text => screen::styled_data(&text(&stories))?,
        Format::Json => screen::data(&Story::to_json(&stories)?)?,
    }
    Ok(Exit::Done)
}

fn text(stories: &[Story]) -> String {
    if stories.len() > WHOLE_STORIES {
        return stories.iter().map(render_story_line).collect();
    }
    let texts: Vec<String> = stories.iter().map(render_story).collect();
    texts.join("\n")
}

/// The entries that these words stand for; a word that stands for none is an error.
fn named(words: &[String], folder: &Path, package: &Package) -> anyhow::Result<Vec<EntryId>> {
    let words: Vec<String> = words.iter().map(|word| inside(word, folder)).collect();
    let exact = |word: &String| package.find(&EntryPath::new(word).ok()?);
    let (paths, globs): (Vec<String>, Vec<String>) =
        words.into_iter().partition(|word| exact(word).is_some());
    let patterns = Patterns::new(&globs)?;
    if let Some(idle) = patterns.idle(package).first() {
        bail!(UsageError(format!(
            "`{}` holds nothing that `{idle}` stands for",
            folder.display()
        )));
    }
    let mut named: Vec<EntryId> = paths.iter().filter_map(exact).collect();
    let of_globs = package
        .iter()
        .filter(|(_, entry)| patterns.first(&entry.path).is_some());
    named.extend(of_globs.map(|(id, _)| id));
    named.sort_unstable();
    named.dedup();
    Ok(named)
}

/// `dist/app.js` means `app.js` where the package is `dist`, as a shell would complete it.
fn inside(word: &str, folder: &Path) -> String {
    let below = Path::new(word).strip_prefix(folder).ok();
    let below = below.and_then(Path::to_str).filter(|path| !path.is_empty());
    below.unwrap_or(word).to_owned()
}
