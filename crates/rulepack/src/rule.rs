use std::fmt;
use std::str::FromStr;

use lambda_slim_package::{EntryPath, EntryPathError};
use regex::Regex;

use crate::finding::Finding;
use crate::layout::{Layout, Versioned};
use crate::sign::{DependencyPattern, Sign};
use crate::system::{Lacking, Platforms, System};
use crate::top::Top;

/// The name of a rule: `pack/what-leaves`. It is never reused for something else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub(crate) String);

impl RuleId {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The pack that the rule belongs to: what stands before the `/`.
    pub fn pack(&self) -> &str {
        self.0.split('/').next().unwrap_or(&self.0)
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// One rule: which files it speaks of, what happens to them, and the honest reasons.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its name.
    pub id: RuleId,
    /// Its short stable code for reports, `LS110`.
    pub code: String,
    /// One line for the report.
    pub title: String,
    /// What happens to a file that it takes.
    pub action: Action,
    /// From which level on it acts; advice has none.
    pub level: Option<Level>,
    /// The version of lambda-slim that brought it.
    pub since: String,
    /// Where its patterns start.
    pub scope: Scope,
    /// Globs of the files that it takes.
    pub patterns: Vec<String>,
    /// Globs of the files that it leaves all the same.
    pub except: Vec<String>,
    /// Facts that must hold.
    pub when: When,
    /// Evidence that protects a file from it.
    pub unless: Vec<Evidence>,
    /// Why nothing at run time reads what it takes.
    pub why: String,
    /// What would notice.
    pub breaks: String,
    /// Where the facts come from.
    pub refs: Vec<String>,
    /// Paths that it takes: examples and tests in one.
    pub takes: Vec<String>,
    /// Near misses.
    pub leaves: Vec<String>,
}

impl Rule {
    /// The extensions that its patterns name: `.d.ts` of `**/*.{d.ts,d.mts}` and the like.
    pub fn extensions(&self) -> Vec<String> {
        let last = |pattern: &String| pattern.rsplit('/').next().unwrap_or_default().to_owned();
        let suffixes = self.patterns.iter().map(last).filter_map(|name| {
            let suffix = name.strip_prefix('*')?.to_owned();
            Some(match suffix.split_once('{') {
                None => vec![suffix],
                Some((before, rest)) => {
                    let (choices, after) = rest.split_once('}')?;
                    choices
                        .split(',')
                        .map(|choice| format!("{before}{choice}{after}"))
                        .collect()
                }
            })
        });
        let literal = |text: &String| text.starts_with('.') && !text.contains(['*', '?', '[', '{']);
        suffixes.flatten().filter(literal).collect()
    }
}

/// What happens to a file that a rule takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// It goes.
    Drop,
    /// It stays, whatever other rules say.
    Keep,
    /// It is a licence text: what happens is the user's choice (`--licenses`).
    License,
    /// A transform rewrites it.
    Transform {
        /// The name of the transform.
        name: String,
        /// The ending that the file's name loses with it, such as `.gz`.
        strip_suffix: Option<String>,
        /// The ending that it gets, such as the `c` of `.pyc`.
        add_suffix: Option<String>,
    },
    /// It moves to another place.
    MoveTo(Place),
    /// It goes, with all others that name it, into this archive.
    EncloseIn(EntryPath),
    /// Nothing: the user is told.
    Advise,
    /// Nothing: the user is warned.
    Warn,
}

impl Action {
    /// Whether it does nothing to a file, and only tells of it.
    pub fn only_speaks(&self) -> bool {
        matches!(self, Self::Advise | Self::Warn)
    }
}

/// Where files move to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The folder that they get; `None` is the root of the package.
    pub folder: Option<EntryPath>,
    /// The folder that they leave, below which they keep their own folders; `None` drops all folders.
    pub from: Option<EntryPath>,
}

impl Place {
    /// The path that the file at `path` gets; an error for a path that is too long there.
    pub fn of(&self, path: &EntryPath) -> Result<EntryPath, EntryPathError> {
        let below = self.from.as_ref().and_then(|from| path.relative_to(from));
        let name = below.unwrap_or(path.file_name());
        match &self.folder {
            Some(folder) => folder.join(name),
            None => EntryPath::new(name),
        }
    }
}

/// A promise about risk, never about size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Level {
    /// No run time reads the file by its own specification; only code that opens that very file could notice.
    Safe,
    /// Also what the evidence in this package shows unused, and rewrites that keep behaviour.
    #[default]
    Balanced,
    /// Also what no traced path reaches.
    Aggressive,
}

/// Where the patterns of a rule start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The root of the package; reaches the function's own files.
    Package,
    /// The root of the package, for files that belong to no dependency.
    OwnFiles,
    /// The folder of each package in a `node_modules`.
    NodePackage,
    /// The `site-packages` folder, for files that an installed distribution owns.
    PythonDist,
    /// The folder of each Ruby gem.
    Gem,
    /// A jar outside Lambda's class path that nothing holds in its place.
    StrayJar,
    /// A jar outside Lambda's class path that has to stay where it is, such as an agent.
    HeldJar,
    /// The contents of a Spring Boot jar.
    SpringBootJar,
    /// The build folder of Maven.
    MavenTarget,
    /// The contents of a web archive that shall become a function.
    War,
    /// The many classes of an unpacked uber jar.
    UberTree,
}

/// What a file holds, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// An ELF file for 64-bit Intel and AMD.
    ElfX86_64,
    /// An ELF file for 64-bit Arm.
    ElfArm64,
    /// An ELF file for another machine.
    ElfOther,
    /// A program or library of macOS.
    MachO,
    /// A native program or library of Windows; managed .NET assemblies are not native.
    Pe,
    /// Debug symbols of .NET or Windows.
    Pdb,
}

/// Facts that must hold for a rule to act. An empty list asks nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct When {
    /// Prefixes of the run time's name.
    pub runtime: Vec<String>,
    /// Names of the architecture.
    pub arch: Vec<String>,
    /// `function` or `layer`.
    pub kind: Vec<String>,
    /// Names of the dependency that holds the file; a `*` at the end stands for any rest.
    pub package: Vec<String>,
    /// What the file must hold.
    pub format: Vec<Format>,
    /// Beginnings of names: it must need such a library or be started by such a loader.
    pub needs: Vec<String>,
    /// What a language must have found out about the file; any one of these.
    pub mark: Vec<String>,
    /// What the user must have asked for.
    pub wish: Vec<String>,
    /// The file must be a symbolic link that ends nowhere.
    pub dangling_link: bool,
    /// What must stand in its text.
    pub text: Option<TextPattern>,
}

/// What must stand in a text.
#[derive(Debug, Clone)]
pub struct TextPattern(pub(crate) Regex);

impl TextPattern {
    /// Whether it stands in `text`.
    pub fn stands_in(&self, text: &[u8]) -> bool {
        self.0.is_match(&String::from_utf8_lossy(text))
    }
}

impl PartialEq for TextPattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for TextPattern {}

/// Evidence that protects a file from a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// Code of the same dependency, or the function's own, names the file.
    Named,
    /// Code outside of the dependency names the file.
    NamedElsewhere,
    /// Code of the same dependency, or the function's own, names the file or its extension.
    Mentioned,
    /// Code of the same dependency, or the function's own, holds this word.
    Text(String),
    /// Any code in the package holds this word.
    AnyText(String),
    /// Code outside of the dependency holds this word.
    TextElsewhere(String),
    /// A program that the rule leaves needs the file, or another one that the rule would take.
    Needed,
    /// A dependency of this kind and name is in the package; a `*` at the end stands for any rest.
    Dependency(Scope, String),
    /// No file of this name lies in the same folder.
    MissingSibling(String),
    /// No build of the same thing that the target can load is in the package.
    OnlyBuild,
    /// A language found this out about the file.
    Mark(String),
    /// Code leads to the file, or nobody can tell.
    Reached,
    /// Code leads to some file of the dependency, or nobody can tell.
    DependencyReached,
}

/// Everything that was read from the rule files.
#[derive(Debug, Clone, Default)]
pub struct RuleSet {
    /// The rules, in the order of their files.
    pub rules: Vec<Rule>,
    /// How a run time is recognised, most certain first.
    pub signs: Vec<Sign>,
    /// How the folder of a dependency is recognised.
    pub dependencies: Vec<DependencyPattern>,
    /// Globs of the files that hold code, whose words are evidence.
    pub code: Vec<String>,
    /// Globs of files whose words are none, although they look like code or like the function's own.
    pub no_code: Vec<String>,
    /// How builds for different platforms are recognised.
    pub platforms: Platforms,
    /// The operating systems of run times, the oldest first.
    pub systems: Vec<System>,
    /// What run times lack that have a part of Node.js.
    pub lacking: Vec<Lacking>,
    /// What stands at the top of a function's package.
    pub top: Top,
    /// What is said about packages as a whole.
    pub findings: Vec<Finding>,
    /// How the contents of layers come, the most certain first.
    pub layouts: Vec<Layout>,
    /// The folders of a layer in which only one version of a run time looks.
    pub versioned: Vec<Versioned>,
}

/// A word that stands for none of the known choices.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} `{word}`; known are {known}")]
pub struct UnknownWord {
    what: &'static str,
    word: String,
    known: String,
}

/// Gives a fieldless enum its words, in both directions.
macro_rules! words {
    ($type:ident, $what:literal, $($variant:ident = $word:literal),+ $(,)?) => {
        impl $type {
            /// Every choice.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word that stands for this choice in rules and on the command line.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl FromStr for $type {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord {
                        what: $what,
                        word: word.to_owned(),
                        known: [$($word),+].join(", "),
                    }),
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

words!(
    Level,
    "level",
    Safe = "safe",
    Balanced = "balanced",
    Aggressive = "aggressive"
);
words!(
    Scope,
    "scope",
    Package = "package",
    OwnFiles = "own-files",
    NodePackage = "node-package",
    PythonDist = "python-dist",
    Gem = "gem",
    StrayJar = "stray-jar",
    HeldJar = "held-jar",
    SpringBootJar = "spring-boot-jar",
    MavenTarget = "maven-target",
    War = "war",
    UberTree = "uber-tree",
);
words!(
    Format,
    "format",
    ElfX86_64 = "elf-x86_64",
    ElfArm64 = "elf-arm64",
    ElfOther = "elf-other",
    MachO = "mach-o",
    Pe = "pe",
    Pdb = "pdb",
);

/// Whether a byte belongs to a word of code: what file names and identifiers are made of.
pub fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'_' | b'.' | b'$' | b'@' | b'~' | b'+' | b'-')
        || byte >= 0x80
}

impl FromStr for Evidence {
    type Err = UnknownWord;

    fn from_str(term: &str) -> Result<Self, UnknownWord> {
        let value = |rest: &str| rest.to_owned();
        let is_word = |rest: &str| !rest.is_empty() && rest.bytes().all(is_word_byte);
        const OF_WORDS: [&str; 3] = ["text", "any-text", "text-elsewhere"];
        match term.split_once(':') {
            Some((kind, rest)) if OF_WORDS.contains(&kind) && !is_word(rest) => Err(UnknownWord {
                what: "word",
                word: rest.to_owned(),
                known: "words of letters, digits and `_.$@~+-`".to_owned(),
            }),
            None if term == "named" => Ok(Self::Named),
            None if term == "named-elsewhere" => Ok(Self::NamedElsewhere),
            None if term == "mentioned" => Ok(Self::Mentioned),
            None if term == "needed" => Ok(Self::Needed),
            None if term == "only-build" => Ok(Self::OnlyBuild),
            None if term == "reached" => Ok(Self::Reached),
            None if term == "dependency-reached" => Ok(Self::DependencyReached),
            Some(("text", rest)) => Ok(Self::Text(value(rest))),
            Some(("any-text", rest)) => Ok(Self::AnyText(value(rest))),
            Some(("text-elsewhere", rest)) => Ok(Self::TextElsewhere(value(rest))),
            Some(("mark", rest)) => Ok(Self::Mark(value(rest))),
            Some(("missing-sibling", rest)) => Ok(Self::MissingSibling(value(rest))),
            Some((scope, rest)) if scope.parse::<Scope>().is_ok() => {
                Ok(Self::Dependency(scope.parse()?, value(rest)))
            }
            _ => Err(UnknownWord {
                what: "evidence",
                word: term.to_owned(),
                known: "named, named-elsewhere, mentioned, reached, dependency-reached, needed, only-build, text:WORD, any-text:WORD, \
                        text-elsewhere:WORD, node-package:NAME, python-dist:NAME, gem:NAME, missing-sibling:NAME, mark:NAME"
                    .to_owned(),
            }),
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named => f.write_str("named"),
            Self::NamedElsewhere => f.write_str("named-elsewhere"),
            Self::Mentioned => f.write_str("mentioned"),
            Self::Needed => f.write_str("needed"),
            Self::OnlyBuild => f.write_str("only-build"),
            Self::Text(word) => write!(f, "text:{word}"),
            Self::AnyText(word) => write!(f, "any-text:{word}"),
            Self::TextElsewhere(word) => write!(f, "text-elsewhere:{word}"),
            Self::Dependency(scope, name) => write!(f, "{scope}:{name}"),
            Self::Mark(name) => write!(f, "mark:{name}"),
            Self::MissingSibling(name) => write!(f, "missing-sibling:{name}"),
            Self::Reached => f.write_str("reached"),
            Self::DependencyReached => f.write_str("dependency-reached"),
        }
    }
}

impl Action {
    /// Whether it changes the ending of a file's name.
    pub fn renames(&self) -> bool {
        match self {
            Self::Transform {
                strip_suffix,
                add_suffix,
                ..
            } => strip_suffix.is_some() || add_suffix.is_some(),
            _ => false,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drop => f.write_str("drop"),
            Self::Keep => f.write_str("keep"),
            Self::License => f.write_str("license"),
            Self::Transform { name, .. } => write!(f, "transform {name}"),
            Self::MoveTo(place) => match &place.folder {
                Some(folder) => write!(f, "move to {folder}/"),
                None => f.write_str("move to the root"),
            },
            Self::EncloseIn(archive) => write!(f, "enclose in {archive}"),
            Self::Advise => f.write_str("advise"),
            Self::Warn => f.write_str("warn"),
        }
    }
}
