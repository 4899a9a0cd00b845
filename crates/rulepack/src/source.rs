use std::collections::BTreeMap;

use lambda_slim_package::{EntryPath, Runtime};
use regex::Regex;
use serde::Deserialize;
use toml::Spanned;

use crate::check;
use crate::finding::Finding;
use crate::layout::{Layout, LayoutMove, Versioned};
use crate::problem::{Problem, RulesError};
use crate::rule::{Action, Evidence, Place, Rule, RuleId, RuleSet, TextPattern, UnknownWord, When};
use crate::sign::{DependencyPattern, Sign};
use crate::system::{Lacking, Platforms, System};

/// One rule file before it is read.
#[derive(Debug, Clone, Copy)]
pub struct RuleSource<'a> {
    /// Its name, for messages.
    pub name: &'a str,
    /// Its text, TOML.
    pub text: &'a str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rule: Vec<RawRule>,
    #[serde(default)]
    sign: Vec<RawSign>,
    #[serde(default)]
    dependency: Vec<RawDependency>,
    #[serde(default)]
    code: Vec<Spanned<String>>,
    #[serde(default, rename = "no-code")]
    no_code: Vec<String>,
    #[serde(default)]
    platforms: RawPlatforms,
    #[serde(default)]
    system: Vec<RawSystem>,
    #[serde(default)]
    lacking: Vec<RawLacking>,
    #[serde(default)]
    top: RawTop,
    #[serde(default)]
    finding: Vec<RawFinding>,
    #[serde(default)]
    layout: Vec<RawLayout>,
    #[serde(default)]
    versioned: Vec<RawVersioned>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RawTop {
    signs: Vec<Spanned<String>>,
    places: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRule {
    pub(crate) id: Spanned<String>,
    pub(crate) code: Spanned<String>,
    pub(crate) title: Spanned<String>,
    action: Spanned<RawAction>,
    level: Option<Spanned<String>>,
    since: String,
    scope: Spanned<String>,
    #[serde(rename = "match")]
    pub(crate) patterns: Vec<Spanned<String>>,
    #[serde(default)]
    pub(crate) except: Vec<Spanned<String>>,
    #[serde(default)]
    when: RawWhen,
    #[serde(default)]
    unless: Vec<Spanned<String>>,
    pub(crate) why: Spanned<String>,
    pub(crate) breaks: Spanned<String>,
    pub(crate) refs: Spanned<Vec<String>>,
    pub(crate) tests: RawTests,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawAction {
    Word(String),
    Table(RawActionTable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawActionTable {
    transform: Option<String>,
    move_to: Option<String>,
    from: Option<String>,
    enclose_in: Option<String>,
    strip_suffix: Option<String>,
    add_suffix: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RawWhen {
    runtime: Vec<Spanned<String>>,
    arch: Vec<Spanned<String>>,
    kind: Vec<Spanned<String>>,
    package: Vec<String>,
    format: Vec<Spanned<String>>,
    needs: Vec<String>,
    mark: Vec<String>,
    wish: Vec<Spanned<String>>,
    link: Option<Spanned<String>>,
    text: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawTests {
    pub(crate) takes: Vec<Spanned<String>>,
    pub(crate) leaves: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSign {
    runtime: String,
    path: Spanned<String>,
    says: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDependency {
    scope: Spanned<String>,
    folder: Spanned<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RawPlatforms {
    words: Vec<String>,
    extensions: Vec<String>,
    absent: Vec<String>,
    loaded: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSystem {
    name: String,
    runtimes: Vec<Spanned<String>>,
    symbols: BTreeMap<String, String>,
    libraries: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLacking {
    runtime: Spanned<String>,
    modules: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawFinding {
    pub(crate) code: Spanned<String>,
    pub(crate) title: String,
    pub(crate) why: String,
    pub(crate) cure: String,
    pub(crate) refs: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawLayout {
    says: String,
    folder: Option<Spanned<String>>,
    sign: Option<Spanned<String>>,
    moves: Vec<RawLayoutMove>,
    #[serde(default)]
    only_moved: bool,
    #[serde(default)]
    only_free: bool,
    wish: Option<Spanned<String>>,
    lost: Option<Spanned<String>>,
    lost_unless: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLayoutMove {
    from: Spanned<String>,
    to: String,
    #[serde(default)]
    own: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawVersioned {
    runtime: String,
    from: Spanned<String>,
    to: String,
    sees: Spanned<String>,
}

impl RuleSet {
    /// Reads rule files, checks them as one set and runs every rule's own examples.
    pub fn read(sources: &[RuleSource<'_>]) -> Result<Self, RulesError> {
        let mut set = Self::default();
        let mut checked = Vec::new();
        let mut problems = Vec::new();
        for source in sources {
            match read_file(source, &mut set, &mut problems) {
                Ok(raw_rules) => checked.extend(raw_rules.into_iter().map(|raw| (*source, raw))),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() {
            problems = check::rules(&set.rules, &checked);
        }
        if problems.is_empty() {
            Ok(set)
        } else {
            Err(RulesError(problems))
        }
    }
}

/// Reads one file into `set`; what can be read goes on, so that one run shows every problem.
fn read_file(
    source: &RuleSource<'_>,
    set: &mut RuleSet,
    problems: &mut Vec<Problem>,
) -> Result<Vec<RawRule>, Problem> {
    let file: File = toml::from_str(source.text).map_err(|error| {
        let span = error.span().unwrap_or_default();
        Problem::at(source.name, source.text, span, error.message().to_owned())
    })?;
    for raw in &file.rule {
        match rule(source, raw) {
            Ok(rule) => set.rules.push(rule),
            Err(problem) => problems.push(problem),
        }
    }
    for raw in &file.sign {
        let path = regex(source, &raw.path)?;
        set.signs.push(Sign {
            runtime: raw.runtime.clone(),
            path,
            says: raw.says.clone(),
        });
    }
    for raw in &file.dependency {
        let scope = word(source, &raw.scope)?;
        set.dependencies.push(DependencyPattern {
            scope,
            folder: regex(source, &raw.folder)?,
        });
    }
    set.code
        .extend(file.code.into_iter().map(Spanned::into_inner));
    set.no_code.extend(file.no_code);
    add_platforms(&mut set.platforms, file.platforms);
    for raw in file.system {
        set.systems.push(system(source, raw)?);
    }
    for raw in file.lacking {
        set.lacking.push(lacking(source, raw)?);
    }
    for sign in &file.top.signs {
        set.top.signs.push(regex(source, sign)?);
    }
    set.top.places.extend(file.top.places);
    for raw in file.finding {
        let found = finding(source, raw, &set.findings)?;
        set.findings.push(found);
    }
    for raw in file.layout {
        set.layouts.push(layout(source, raw)?);
    }
    for raw in file.versioned {
        set.versioned.push(versioned(source, raw)?);
    }
    Ok(file.rule)
}

fn add_platforms(platforms: &mut Platforms, raw: RawPlatforms) {
    platforms.words.extend(raw.words);
    platforms.extensions.extend(raw.extensions);
    platforms.absent.extend(raw.absent);
    platforms.loaded.extend(raw.loaded);
}

fn system(source: &RuleSource<'_>, raw: RawSystem) -> Result<System, Problem> {
    let is_runtime = |name: &str| name.parse::<Runtime>().is_ok();
    Ok(System {
        name: raw.name,
        runtimes: known(source, &raw.runtimes, is_runtime)?,
        symbols: raw.symbols,
        libraries: raw.libraries,
    })
}

fn lacking(source: &RuleSource<'_>, raw: RawLacking) -> Result<Lacking, Problem> {
    match raw.runtime.get_ref().parse() {
        Ok(runtime) => Ok(Lacking {
            runtime,
            modules: raw.modules,
        }),
        Err(_) => {
            let message = format!("`{}` is no run time", raw.runtime.get_ref());
            Err(problem(source, &raw.runtime, message))
        }
    }
}

fn finding(
    source: &RuleSource<'_>,
    raw: RawFinding,
    known: &[Finding],
) -> Result<Finding, Problem> {
    let code = raw.code.get_ref();
    if known.iter().any(|other| other.code == *code) {
        let message = format!("`{code}` already names a finding");
        return Err(problem(source, &raw.code, message));
    }
    let texts = [&raw.title, &raw.why, &raw.cure];
    if texts.iter().any(|text| text.trim().is_empty()) || raw.refs.is_empty() {
        let message = "a finding needs a title, a reason, a cure and a source".to_owned();
        return Err(problem(source, &raw.code, message));
    }
    let one_line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(Finding {
        code: raw.code.into_inner(),
        title: raw.title,
        why: one_line(raw.why),
        cure: one_line(raw.cure),
        refs: raw.refs,
    })
}

fn layout(source: &RuleSource<'_>, raw: RawLayout) -> Result<Layout, Problem> {
    let optional = |raw: &Option<Spanned<String>>| {
        let regex = raw.as_ref().map(|raw| regex(source, raw));
        regex.transpose()
    };
    let moves = raw.moves.into_iter().map(|raw| {
        Ok(LayoutMove {
            from: regex(source, &raw.from)?,
            to: raw.to,
            own: raw.own,
        })
    });
    let wish = raw.wish.as_ref().map(|raw| {
        let known = WISHES.iter().find(|word| *word == raw.get_ref());
        known
            .copied()
            .ok_or_else(|| problem(source, raw, format!("no rule asks for `{}`", raw.get_ref())))
    });
    Ok(Layout {
        wish: wish.transpose()?,
        folder: optional(&raw.folder)?,
        sign: optional(&raw.sign)?,
        lost: optional(&raw.lost)?,
        lost_unless: optional(&raw.lost_unless)?,
        moves: moves.collect::<Result<_, _>>()?,
        says: raw.says,
        only_moved: raw.only_moved,
        only_free: raw.only_free,
    })
}

fn versioned(source: &RuleSource<'_>, raw: RawVersioned) -> Result<Versioned, Problem> {
    Ok(Versioned {
        family: raw.runtime,
        from: regex(source, &raw.from)?,
        to: raw.to,
        sees: regex(source, &raw.sees)?,
    })
}

fn rule(source: &RuleSource<'_>, raw: &RawRule) -> Result<Rule, Problem> {
    let action = action(source, &raw.action)?;
    let level = raw
        .level
        .as_ref()
        .map(|level| word(source, level))
        .transpose()?;
    if level.is_some() == action.only_speaks() {
        let message =
            "`level` is needed, except for the actions \"advise\" and \"warn\", which have none";
        return Err(problem(source, &raw.action, message.to_owned()));
    }
    Ok(Rule {
        id: RuleId(raw.id.get_ref().clone()),
        code: raw.code.get_ref().clone(),
        title: raw.title.get_ref().clone(),
        action,
        level,
        since: raw.since.clone(),
        scope: word(source, &raw.scope)?,
        patterns: texts(&raw.patterns),
        except: texts(&raw.except),
        when: when(source, &raw.when)?,
        unless: raw
            .unless
            .iter()
            .map(|term| word::<Evidence>(source, term))
            .collect::<Result<_, _>>()?,
        why: raw.why.get_ref().trim().to_owned(),
        breaks: raw.breaks.get_ref().trim().to_owned(),
        refs: raw.refs.get_ref().clone(),
        takes: texts(&raw.tests.takes),
        leaves: texts(&raw.tests.leaves),
    })
}

fn action(source: &RuleSource<'_>, raw: &Spanned<RawAction>) -> Result<Action, Problem> {
    match raw.get_ref() {
        RawAction::Word(word) if word == "drop" => Ok(Action::Drop),
        RawAction::Word(word) if word == "keep" => Ok(Action::Keep),
        RawAction::Word(word) if word == "license" => Ok(Action::License),
        RawAction::Word(word) if word == "advise" => Ok(Action::Advise),
        RawAction::Word(word) if word == "warn" => Ok(Action::Warn),
        RawAction::Table(table) => {
            table_action(table).ok_or_else(|| problem(source, raw, KNOWN_ACTIONS.to_owned()))
        }
        RawAction::Word(_) => Err(problem(source, raw, KNOWN_ACTIONS.to_owned())),
    }
}

const KNOWN_ACTIONS: &str = "`action` is one of \"drop\", \"keep\", \"license\", \"advise\", \"warn\", \
                             { transform = \"NAME\" }, { move-to = \"FOLDER/\" }, \
                             { move-to = \"FOLDER/\", from = \"FOLDER/\" } and { enclose-in = \"FILE\" }";

fn table_action(table: &RawActionTable) -> Option<Action> {
    let RawActionTable {
        transform,
        move_to,
        from,
        enclose_in,
        strip_suffix,
        add_suffix,
    } = table;
    if transform.is_none() && (strip_suffix.is_some() || add_suffix.is_some()) {
        return None;
    }
    match (transform, move_to, from, enclose_in) {
        (Some(name), None, None, None) => Some(Action::Transform {
            name: name.clone(),
            strip_suffix: strip_suffix.clone(),
            add_suffix: add_suffix.clone(),
        }),
        (None, Some(to), from, None) => Some(Action::MoveTo(Place {
            folder: match to.as_str() {
                "./" => None,
                to => Some(folder(to)?),
            },
            from: match from {
                Some(from) => Some(folder(from)?),
                None => None,
            },
        })),
        (None, None, None, Some(archive)) => EntryPath::new(archive).ok().map(Action::EncloseIn),
        _ => None,
    }
}

/// A folder inside the package, as rules write it: it ends in `/`.
fn folder(text: &str) -> Option<EntryPath> {
    EntryPath::new(text.strip_suffix('/')?).ok()
}

fn when(source: &RuleSource<'_>, raw: &RawWhen) -> Result<When, Problem> {
    if let Some(link) = raw
        .link
        .as_ref()
        .filter(|link| link.get_ref() != "dangling")
    {
        return Err(problem(
            source,
            link,
            "`link` can only be \"dangling\"".to_owned(),
        ));
    }
    Ok(When {
        runtime: known(source, &raw.runtime, |word| {
            Runtime::FAMILIES
                .iter()
                .any(|family| word.starts_with(family))
        })?,
        arch: known(source, &raw.arch, |word| matches!(word, "x86_64" | "arm64"))?,
        kind: known(source, &raw.kind, |word| {
            matches!(word, "function" | "layer")
        })?,
        package: raw.package.clone(),
        format: raw
            .format
            .iter()
            .map(|format| word(source, format))
            .collect::<Result<_, _>>()?,
        needs: raw.needs.clone(),
        mark: raw.mark.clone(),
        wish: known(source, &raw.wish, |word| WISHES.contains(&word))?,
        dangling_link: raw.link.is_some(),
        text: match &raw.text {
            Some(text) => Some(TextPattern(regex(source, text)?)),
            None => None,
        },
    })
}

/// What a user, or the way in which a layer came, can ask for beside a level.
const WISHES: [&str; 2] = ["runtime-sdk", "environment"];

/// Words that a rule compares with what is known of a target: a typing error would silence it for ever.
fn known(
    source: &RuleSource<'_>,
    raw: &[Spanned<String>],
    is_known: impl Fn(&str) -> bool,
) -> Result<Vec<String>, Problem> {
    match raw.iter().find(|word| !is_known(word.get_ref())) {
        Some(word) => Err(problem(
            source,
            word,
            format!("no target has `{}`", word.get_ref()),
        )),
        None => Ok(texts(raw)),
    }
}

fn word<T>(source: &RuleSource<'_>, raw: &Spanned<String>) -> Result<T, Problem>
where
    T: std::str::FromStr<Err = UnknownWord>,
{
    raw.get_ref()
        .parse()
        .map_err(|error: UnknownWord| problem(source, raw, error.to_string()))
}

fn regex(source: &RuleSource<'_>, raw: &Spanned<String>) -> Result<Regex, Problem> {
    Regex::new(raw.get_ref()).map_err(|error| problem(source, raw, error.to_string()))
}

fn texts(raw: &[Spanned<String>]) -> Vec<String> {
    raw.iter().map(|text| text.get_ref().clone()).collect()
}

pub(crate) fn problem<T>(source: &RuleSource<'_>, place: &Spanned<T>, message: String) -> Problem {
    Problem::at(source.name, source.text, place.span(), message)
}
