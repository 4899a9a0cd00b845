//! The configuration as defaults of the command line.
//!
//! Flags come first, then the environment, then what the file says of this very package, then what the template of a build
//! says of it, then what the file says of all packages: a template is what will be deployed.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, CommandFactory};
use lambda_slim_config::{Config, ConfigError, Setting, find, ignored};

use crate::args::{self, CommandLine};
use crate::exit::{Exit, UsageError};
use crate::rules::unknown;
use crate::screen;

/// Options of `pack` that say what one run does, rather than what holds for a package.
const OF_ONE_RUN: [&str; 15] = [
    "all",
    "bin",
    "build",
    "output",
    "out-dir",
    "force",
    "in-place",
    "dry-run",
    "format",
    "quiet",
    "verbose",
    "help",
    "config",
    "no-config",
    "color",
];

/// Lists to which the command line adds: what a file keeps must stay whatever else is kept.
const ADDING: [&str; 4] = ["keep", "drop", "rules", "with-layer"];

/// Settings that are paths, and start at the folder of the file.
const PATHS: [&str; 4] = ["rules", "baseline", "report-file", "cache"];

/// Print the settings that are in force for a package, and where each comes from.
#[derive(Args)]
pub(crate) struct ConfigArgs {
    /// The package, as it is given to `pack`.
    #[arg(default_value = ".")]
    pub(crate) input: PathBuf,
}

/// A command line that knows the configuration.
pub(crate) struct Configured {
    command: Command,
    words: Vec<OsString>,
    settings: Settings,
}

impl Configured {
    /// Reads the configuration for the package that `words` name; commands that plan nothing have none.
    ///
    /// Where `pack` or `check` is given several packages, each has its own, and what holds for all is what was typed. What
    /// goes into one layer has one configuration.
    pub(crate) fn new(command: Command, words: Vec<OsString>) -> anyhow::Result<Self> {
        Self::read(command, words, None)
    }

    /// Reads the configuration for one of the packages that `words` name, or stand for.
    pub(crate) fn of(
        package: &Known<'_>,
        command: Command,
        words: Vec<OsString>,
    ) -> anyhow::Result<Self> {
        Self::read(command, words, Some(package))
    }

    fn read(
        command: Command,
        words: Vec<OsString>,
        one: Option<&Known<'_>>,
    ) -> anyhow::Result<Self> {
        let matches = command
            .clone()
            .try_get_matches_from(&words)
            .unwrap_or_else(|error| error.exit());
        let nothing = |command| Self {
            command,
            words: words.clone(),
            settings: Settings::default(),
        };
        let Some((name, sub)) = matches.subcommand() else {
            return Ok(nothing(command));
        };
        let plans = command
            .find_subcommand(name)
            .is_some_and(|found| has(found, "keep"));
        let packages = packages(sub);
        let each_has_its_own = ["pack", "check"].contains(&name) && packages.len() > 1;
        if !plans || (each_has_its_own && one.is_none()) {
            return Ok(nothing(command));
        }
        let named = sub.get_one("config");
        let settings = match (one, packages.as_slice()) {
            (Some(one), _) if sub.get_flag("no_config") => Settings::of(None, one),
            _ if sub.get_flag("no_config") => Settings::default(),
            (Some(one), _) => Settings::read(one, named)?,
            (None, parts) if name == "layer" => Settings::in_common(parts, named)?,
            (None, []) => Settings::read(&Known::of(Path::new(".")), named)?,
            (None, [package, ..]) => Settings::read(&Known::of(package), named)?,
        };
        settings.check(&command)?;
        let words = settings.added(&command, name, words);
        let command =
            command.mut_subcommand(name, |found| found.mut_args(|arg| settings.as_default(arg)));
        Ok(Self {
            command,
            words,
            settings,
        })
    }

    /// What was typed, over what is configured.
    pub(crate) fn matches(self) -> ArgMatches {
        self.command.get_matches_from(self.words)
    }
}

fn has(command: &Command, long: &str) -> bool {
    command
        .get_arguments()
        .any(|arg| arg.get_long() == Some(long))
}

/// The packages that a command names.
fn packages(matches: &ArgMatches) -> Vec<PathBuf> {
    let ids = ["input", "inputs", "paths", "package"];
    let raw = ids
        .into_iter()
        .filter_map(|id| matches.try_get_raw(id).ok().flatten());
    raw.flatten().map(PathBuf::from).collect()
}

/// A package, and what the template of a build says of it.
pub(crate) struct Known<'a> {
    pub(crate) path: &'a Path,
    pub(crate) template: Vec<Setting>,
    /// A folder that holds it, up to which a configuration is looked for wherever the working folder is.
    pub(crate) project: Option<&'a Path>,
}

impl<'a> Known<'a> {
    /// A package that no template tells of.
    pub(crate) fn of(path: &'a Path) -> Self {
        Self {
            path,
            template: Vec::new(),
            project: None,
        }
    }
}

/// What holds for one package: texts by name, with where they stand.
#[derive(Default)]
struct Settings {
    config: Option<Config>,
    found: BTreeMap<String, (Vec<String>, String)>,
}

impl Settings {
    fn read(package: &Known<'_>, named: Option<&PathBuf>) -> anyhow::Result<Self> {
        let mut settings = Self::of_files(package, named)?;
        let drop = if package.path.is_dir() {
            ignored(package.path)?
        } else {
            Vec::new()
        };
        if !drop.is_empty() {
            let (values, origin) = settings.found.entry("drop".to_owned()).or_default();
            values.extend(drop);
            let file = lambda_slim_config::IGNORE_FILE;
            *origin = if origin.is_empty() {
                file.to_owned()
            } else {
                format!("{origin}, {file}")
            };
        }
        Ok(settings)
    }

    /// The configuration that holds for each of `parts`; what an ignore file says is only about the part that has it.
    fn in_common(parts: &[PathBuf], named: Option<&PathBuf>) -> anyhow::Result<Self> {
        let mut common: Option<(Self, &Path)> = None;
        for part in parts {
            let settings = Self::of_files(&Known::of(part), named)?;
            match &common {
                Some((one, first)) if one.found != settings.found => {
                    let message = one.differs(first, &settings, part);
                    return Err(UsageError(message).into());
                }
                Some(_) => {}
                None => common = Some((settings, part)),
            }
        }
        Ok(common.map(|(settings, _)| settings).unwrap_or_default())
    }

    fn differs(&self, first: &Path, other: &Self, second: &Path) -> String {
        let place = |settings: &Self| match &settings.config {
            Some(config) => format!("`{}`", shown(&config.path)),
            None => "no configuration".to_owned(),
        };
        format!(
            "one layer has one configuration, and there is {} for `{}`, {} for `{}`; name one with \
             --config, or use none with --no-config",
            place(self),
            first.display(),
            place(other),
            second.display()
        )
    }

    /// What the configuration says, without the ignore file.
    fn of_files(package: &Known<'_>, named: Option<&PathBuf>) -> anyhow::Result<Self> {
        let config = match named {
            Some(path) => {
                let config = Config::read(path)?;
                Some(config.ok_or_else(|| ConfigError::NoSettings(path.clone()))?)
            }
            None => match (find(package.path, Path::new("."))?, package.project) {
                (None, Some(project)) => find(package.path, project)?,
                (found, _) => found,
            },
        };
        Ok(Self::of(config, package))
    }

    fn of(config: Option<Config>, package: &Known<'_>) -> Self {
        let mut settings = Self::default();
        if let Some(config) = &config {
            let special = config.special_for(package.path).into_iter();
            special.for_each(|setting| settings.add(config, setting));
        }
        for Setting { name, values, .. } in &package.template {
            let found = settings.found.entry(name.clone());
            found.or_insert_with(|| (values.clone(), "the template".to_owned()));
        }
        if let Some(config) = &config {
            let general = config.settings.iter();
            general.for_each(|setting| settings.add(config, setting));
        }
        settings.config = config;
        settings
    }

    /// The first of several wins, but for lists that add up.
    fn add(&mut self, config: &Config, setting: &Setting) {
        let folder = config.path.parent().unwrap_or(Path::new(""));
        let on_disk = |value: &String| {
            let path = folder.join(value);
            let is_path =
                PATHS.contains(&&*setting.name) || setting.name == "with-layer" && path.exists();
            if is_path {
                path.display().to_string()
            } else {
                value.clone()
            }
        };
        let values = setting.values.iter().map(on_disk);
        let known = self.found.contains_key(&setting.name);
        if known && !ADDING.contains(&&*setting.name) {
            return;
        }
        let (all, origin) = self.found.entry(setting.name.clone()).or_default();
        all.extend(values);
        *origin = place(config, setting);
    }

    /// Refuses names that no option has, and values that none takes.
    fn check(&self, command: &Command) -> Result<(), UsageError> {
        let Some(config) = &self.config else {
            return Ok(());
        };
        let pack = command
            .find_subcommand("pack")
            .expect("there is a command `pack`");
        let known: Vec<&str> = known(pack).filter_map(Arg::get_long).collect();
        let special = config.targets.iter().flat_map(|target| &target.settings);
        for setting in config.settings.iter().chain(special) {
            let wrong = |why: String| UsageError(format!("{}: {why}", place(config, setting)));
            let name = &*setting.name;
            if !known.contains(&name) {
                let names = known.iter().copied().chain(["target"]);
                return Err(wrong(unknown("setting", name, names)));
            }
            parse(command, name, &setting.values).map_err(wrong)?;
        }
        Ok(())
    }

    /// The words of the command line, with what the file adds to its lists.
    fn added(&self, command: &Command, name: &str, words: Vec<OsString>) -> Vec<OsString> {
        let sub = command.find_subcommand(name);
        let lists = ADDING
            .iter()
            .filter(|list| sub.is_some_and(|sub| has(sub, list)));
        let values = lists.filter_map(|list| Some((list, &self.found.get(*list)?.0)));
        let added = values.flat_map(|(list, values)| {
            values
                .iter()
                .map(move |value| OsString::from(format!("--{list}={value}")))
        });
        let place = words
            .iter()
            .position(|word| word == name)
            .map_or(words.len(), |at| at + 1);
        let mut all = words;
        all.splice(place..place, added.collect::<Vec<_>>());
        all
    }

    fn as_default(&self, arg: Arg) -> Arg {
        let name = arg.get_long().map(str::to_owned).unwrap_or_default();
        let Some((values, _)) = self.found.get(&name) else {
            return arg;
        };
        if ADDING.contains(&&*name) {
            return arg;
        }
        match arg.get_action() {
            ArgAction::SetTrue if values == &["true"] => arg.default_value("true"),
            ArgAction::SetTrue => arg,
            _ => arg.default_values(values.clone()),
        }
    }
}

/// The options of `pack` that a file may set.
fn known(pack: &Command) -> impl Iterator<Item = &Arg> {
    let options = pack.get_arguments();
    options.filter(|arg| {
        arg.get_long()
            .is_some_and(|long| !OF_ONE_RUN.contains(&long))
    })
}

/// `lambda-slim.toml, line 3`
fn place(config: &Config, setting: &Setting) -> String {
    let shown = shown(&config.path);
    match setting.line {
        Some(line) => format!("{shown}, line {line}"),
        None => shown,
    }
}

/// A path below the working folder as it is typed there.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let here = here.and_then(|here| fs_err::canonicalize(here).ok());
    let below = here.and_then(|here| path.strip_prefix(here).ok());
    below.unwrap_or(path).display().to_string()
}

/// Asks the command line what is wrong with a value.
fn parse(command: &Command, name: &str, values: &[String]) -> Result<(), String> {
    let pack = command
        .find_subcommand("pack")
        .expect("there is a command `pack`");
    let arg = pack
        .get_arguments()
        .find(|arg| arg.get_long() == Some(name));
    if arg.is_some_and(|arg| matches!(arg.get_action(), ArgAction::SetTrue)) {
        let is_word = matches!(values, [word] if word == "true" || word == "false");
        return if is_word {
            Ok(())
        } else {
            Err(format!("`{name}` is true or false"))
        };
    }
    let words = values.iter().map(|value| format!("--{name}={value}"));
    let words = ["lambda-slim", "pack"]
        .into_iter()
        .map(str::to_owned)
        .chain(words);
    let result = command.clone().try_get_matches_from(words);
    // An option that belongs to another may stand in the file without it: it waits until that is given.
    let waits =
        |error: &clap::Error| error.kind() == clap::error::ErrorKind::MissingRequiredArgument;
    if result.as_ref().is_err_and(waits) {
        return Ok(());
    }
    result.map(drop).map_err(|error| {
        let text = error.to_string();
        let what = text.lines().next().unwrap_or_default();
        let choices = text.lines().find(|line| line.contains("[possible values"));
        let choices = choices
            .map(|line| format!(" {}", line.trim()))
            .unwrap_or_default();
        what.strip_prefix("error: ").unwrap_or(what).to_owned() + &choices
    })
}

/// Prints what is in force for the package of `args`, as a file that could be used.
pub(crate) fn print(args: &ConfigArgs, typed: &CommandLine) -> anyhow::Result<Exit> {
    refuse_nothing(&args.input)?;
    let mut words: Vec<OsString> = ["lambda-slim", "pack"].map(OsString::from).to_vec();
    let named = typed.config.as_ref();
    words.extend(named.map(|path| format!("--config={}", path.display()).into()));
    words.extend(typed.no_config.then(|| OsString::from("--no-config")));
    words.extend([OsString::from("--"), args.input.clone().into_os_string()]);
    let configured = Configured::new(args::command(), words)?;
    let settings = &configured.settings;
    let file = settings.config.as_ref().map(|config| shown(&config.path));
    let file = file.unwrap_or("no configuration file".to_owned());
    let mut text = format!("# {file}, for {}\n", args.input.display());
    let command = configured.command.clone();
    let matches = command.get_matches_from(&configured.words);
    let matches = matches
        .subcommand_matches("pack")
        .expect("the command is `pack`");
    let tool = CommandLine::command();
    let pack = tool
        .find_subcommand("pack")
        .expect("there is a command `pack`");
    let rows: Vec<(String, String)> = known(pack).map(|arg| row(arg, matches, settings)).collect();
    let width = rows
        .iter()
        .map(|(row, _)| row.chars().count())
        .max()
        .unwrap_or_default();
    for (row, origin) in rows {
        text += &format!("{row:width$}  # {origin}\n");
    }
    screen::data(text.trim_end())?;
    Ok(Exit::Done)
}

/// What holds for a package that is not there would be what holds for any.
fn refuse_nothing(input: &Path) -> Result<(), UsageError> {
    match input.exists() {
        true => Ok(()),
        false => Err(UsageError(format!(
            "there is no `{}`; name a package as it is given to `pack`",
            input.display()
        ))),
    }
}

/// `level = "safe"`, and where that comes from.
fn row(arg: &Arg, matches: &ArgMatches, settings: &Settings) -> (String, String) {
    let name = arg.get_long().unwrap_or_default();
    let raw = matches.try_get_raw(arg.get_id().as_str()).ok().flatten();
    let quoted = raw
        .into_iter()
        .flatten()
        .map(|value| format!("{:?}", value.to_string_lossy()));
    let quoted: Vec<String> = quoted.collect();
    let is_list = matches!(arg.get_action(), ArgAction::Append);
    let value = match (arg.get_action(), quoted.as_slice()) {
        (ArgAction::SetTrue, values) => {
            (values.first().map(String::as_str) == Some("\"true\"")).to_string()
        }
        (_, [one]) if !is_list => one.clone(),
        (_, []) if !is_list => return (format!("# {name} is not set"), "default".to_owned()),
        (_, many) => format!("[{}]", many.join(", ")),
    };
    let origin = match matches.value_source(arg.get_id().as_str()) {
        Some(ValueSource::EnvVariable) => arg
            .get_env()
            .map(|name| name.to_string_lossy().into_owned()),
        _ => settings.found.get(name).map(|(_, origin)| origin.clone()),
    };
    (
        format!("{name} = {value}"),
        origin.unwrap_or("default".to_owned()),
    )
}
