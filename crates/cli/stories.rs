//! `lambda-slim explain --in PACKAGE PATH`: why files go or stay.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::bail;
use lambda_slim_archive::{Compression, Input};
use lambda_slim_engine::{
    ApplyError, ApplyOptions, Decision, Effect, Knowledge, Patterns, Plan, effects_on,
};
use lambda_slim_package::{EntryId, EntryPath, Package};
use lambda_slim_report::{Story, render_story, render_story_line, render_story_sums};
use lambda_slim_rulepack::RuleSet;

use crate::args::{ExplainArgs, Format};
use crate::exit::{Exit, UsageError};
use crate::planning::{self, Preparation};
use crate::rules::Disabled;
use crate::screen;

/// More files than this get one line each, and sums.
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
    let options = ApplyOptions {
        knowledge,
        compression: Compression::Fast,
        jar_storage: args.plan.jar_storage.into(),
        threads: preparation.wishes.threads,
        weigh_dropped: false,
    };
    let effects = rewritings(&named, &input, &plan, &options)?;
    let story = |id: EntryId| {
        let subject = (id, effects.get(&id));
        Story::of(input.package(), &inventory, &plan, rules, subject)
    };
    let stories: Vec<Story> = named.into_iter().map(story).collect();
    match args.format {
        Format::Text => screen::styled_data(&text(&stories))?,
        Format::Json => screen::data(&Story::to_json(&stories)?)?,
    }
    Ok(Exit::Done)
}

/// What rewriting comes to: whether there is anything to gain is known only once it was tried.
fn rewritings(
    named: &[EntryId],
    input: &Input,
    plan: &Plan,
    options: &ApplyOptions<'_>,
) -> Result<BTreeMap<EntryId, Effect>, ApplyError> {
    let is_tried = |id: &EntryId| matches!(plan.decided[id.0].decision, Decision::Rewrite { .. });
    let tried: Vec<EntryId> = named.iter().copied().filter(is_tried).collect();
    effects_on(&tried, input, plan, options)
}

fn text(stories: &[Story]) -> String {
    if stories.len() > WHOLE_STORIES {
        let lines: String = stories.iter().map(render_story_line).collect();
        return format!("{lines}\n{}", render_story_sums(stories));
    }
    let texts: Vec<String> = stories.iter().map(render_story).collect();
    texts.join("\n")
}

/// The entries that these words stand for; a word that stands for none is an error.
fn named(words: &[String], folder: &Path, package: &Package) -> anyhow::Result<Vec<EntryId>> {
    let words = words.iter().map(|word| inside(word, folder, package));
    let words: Vec<String> = words.collect();
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

/// `dist/app.js`, also from the root on, means `app.js` where the package is `dist`, as a shell would complete it, unless
/// it holds a folder of that name.
fn inside(word: &str, folder: &Path, package: &Package) -> String {
    let first = word.split('/').next().unwrap_or(word);
    let is_there = |path: &EntryPath| path.components().next() == Some(first);
    if package.iter().any(|(_, entry)| is_there(&entry.path)) {
        return word.to_owned();
    }
    let path = Path::new(word);
    let absolute = fs_err::canonicalize(folder).unwrap_or_default();
    let below = path.strip_prefix(folder).or(path.strip_prefix(&absolute));
    let below = below.ok().and_then(Path::to_str);
    below
        .filter(|path| !path.is_empty())
        .unwrap_or(word)
        .to_owned()
}
