use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use lambda_slim_package::{Architecture, PackageKind, Runtime};

use crate::rule::{Action, Level, Rule, RuleSet, Scope};

/// The place of a rule in its [`RuleSet`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleIndex(pub usize);

/// What is known of the target before any file is looked at.
#[derive(Debug, Clone, Default)]
pub struct Conditions {
    /// Rules above this level sleep.
    pub level: Level,
    /// The run time, if it is known.
    pub runtime: Option<Runtime>,
    /// The architecture, if it is known.
    pub arch: Option<Architecture>,
    /// Function or layer.
    pub kind: PackageKind,
    /// The version of Ruby that gems are compiled for, if it is known.
    pub ruby_version: Option<String>,
    /// The AWS services that stay, as folder names of botocore; `None` where nobody named them.
    pub services: Option<Vec<String>>,
    /// What the user asked for beside the level.
    pub wished: Vec<&'static str>,
}

impl Conditions {
    /// Whether `rule` can act at all on this target.
    fn wake(&self, rule: &Rule) -> bool {
        let runtime = self.runtime.as_ref().map_or("", Runtime::as_str);
        let arch = self.arch.map_or("", Architecture::as_str);
        let asks = |wanted: &[String], has: &dyn Fn(&str) -> bool| {
            wanted.is_empty() || wanted.iter().any(|word| has(word))
        };
        let level_fits = rule.level.is_none_or(|level| level <= self.level);
        // A promise about risk does not weaken a rule that keeps.
        (level_fits || rule.action == Action::Keep)
            && asks(&rule.when.runtime, &|prefix| runtime.starts_with(prefix))
            && asks(&rule.when.arch, &|name| arch == name)
            && asks(&rule.when.kind, &|name| self.kind.as_str() == name)
            && asks(&rule.when.wish, &|wish| self.wished.contains(&wish))
    }

    /// What stands for a placeholder such as `<python-tag>`; `None` while it is unknown.
    fn placeholder(&self, name: &str) -> Option<String> {
        match name {
            "python-tag" => self.runtime.as_ref()?.python_tag(),
            "ruby-version" => self.ruby_version.clone(),
            "node-arch" => Some(self.arch?.node_name().to_owned()),
            "foreign-node-arch" => Some(self.arch?.other().node_name().to_owned()),
            "services" => Some(format!("{{{}}}", self.services.as_ref()?.join(","))),
            _ => None,
        }
    }

    /// The values that the examples in rule files are written for.
    pub(crate) fn of_examples() -> Self {
        Self {
            level: Level::Aggressive,
            runtime: "python3.12".parse().ok(),
            arch: Some(Architecture::X86_64),
            kind: PackageKind::Function,
            ruby_version: Some("3.4".to_owned()),
            services: Some(vec!["s3".to_owned(), "sts".to_owned()]),
            wished: Vec::new(),
        }
    }

    /// `pattern` with its placeholders filled in; `None` while one is unknown.
    pub(crate) fn fill(&self, pattern: &str) -> Option<String> {
        let mut filled = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once('<') {
            let (name, behind) = after.split_once('>')?;
            filled.push_str(before);
            filled.push_str(&self.placeholder(name)?);
            rest = behind;
        }
        filled.push_str(rest);
        Some(filled)
    }
}

/// All rules that can act on one target, compiled into a single [`GlobSet`]: one set per rule was measured 35 to 50
/// times slower.
#[derive(Debug)]
pub struct Matcher {
    globs: GlobSet,
    /// For each glob of the set: whose it is.
    owners: Vec<Owner>,
}

#[derive(Debug, Clone, Copy)]
struct Owner {
    rule: RuleIndex,
    scope: Scope,
    side: Side,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Match,
    Except,
}

impl Matcher {
    /// Compiles the rules of `set` that `conditions` wake and `enabled` lets act.
    pub fn new(
        set: &RuleSet,
        conditions: &Conditions,
        enabled: impl Fn(&Rule) -> bool,
    ) -> Result<Self, globset::Error> {
        let awake = set
            .rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| enabled(rule));
        let awake = awake.filter(|(_, rule)| conditions.wake(rule));
        Self::compile(
            awake.map(|(index, rule)| (RuleIndex(index), rule)),
            conditions,
        )
    }

    /// Compiles these rules whatever their conditions ask; a rule with an unknown placeholder sleeps.
    pub(crate) fn compile<'a>(
        rules: impl Iterator<Item = (RuleIndex, &'a Rule)>,
        conditions: &Conditions,
    ) -> Result<Self, globset::Error> {
        let mut builder = GlobSetBuilder::new();
        let mut owners = Vec::new();
        for (index, rule) in rules {
            let fill = |patterns: &[String]| -> Option<Vec<String>> {
                patterns
                    .iter()
                    .map(|pattern| conditions.fill(pattern))
                    .collect()
            };
            let (Some(patterns), Some(except)) = (fill(&rule.patterns), fill(&rule.except)) else {
                continue;
            };
            for (side, patterns) in [(Side::Match, patterns), (Side::Except, except)] {
                for pattern in patterns {
                    builder.add(glob(&pattern)?);
                    owners.push(Owner {
                        rule: index,
                        scope: rule.scope,
                        side,
                    });
                }
            }
        }
        Ok(Self {
            globs: builder.build()?,
            owners,
        })
    }

    /// Appends to `found` the rules that take `path`, which starts where `scope` starts; in the order of the rules.
    pub fn matches(&self, scope: Scope, path: &str, found: &mut Vec<RuleIndex>) {
        let hits = self.globs.matches(path);
        let of_side = |side| {
            let owners = hits.iter().map(|&glob| self.owners[glob]);
            owners.filter(move |owner| owner.scope == scope && owner.side == side)
        };
        let start = found.len();
        for owner in of_side(Side::Match) {
            let excepted = of_side(Side::Except).any(|except| except.rule == owner.rule);
            if !excepted && !found[start..].contains(&owner.rule) {
                found.push(owner.rule);
            }
        }
        found[start..].sort_unstable();
    }
}

/// A glob as rules and users write it: `*` stays within one folder, `**` does not.
pub(crate) fn glob(pattern: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(pattern)
        .literal_separator(true)
        .backslash_escape(true)
        .build()
}

/// Placeholders that patterns may hold.
pub(crate) const PLACEHOLDERS: [&str; 5] = [
    "python-tag",
    "ruby-version",
    "node-arch",
    "foreign-node-arch",
    "services",
];
