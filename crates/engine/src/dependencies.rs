use std::collections::BTreeMap;

use lambda_slim_archive::{Error, Input};
use lambda_slim_package::{EntryPath, Package};
use lambda_slim_rulepack::{RuleSet, Scope};

use crate::inventory::Knowledge;
use crate::language::{FoundDependency, Language};

/// The place of a dependency in its [`Inventory`](crate::Inventory).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DependencyId(pub usize);

/// A package of some package manager inside the deployment package.
#[derive(Debug, Clone)]
pub struct Dependency {
    /// What kind it is.
    pub scope: Scope,
    /// Its name.
    pub name: String,
    /// Its version, if known.
    pub version: Option<String>,
    /// The folder where the patterns of rules start; `None` is the root.
    pub root: Option<EntryPath>,
}

/// All dependencies of a package, and whose each entry is.
#[derive(Debug, Default)]
pub(crate) struct Dependencies {
    pub(crate) all: Vec<Dependency>,
    /// For each entry: the dependencies that it belongs to; none means it is the function's own.
    pub(crate) owners: Vec<Vec<DependencyId>>,
}

impl Dependencies {
    /// Finds them by the names of folders and by what the languages know.
    pub(crate) fn find(
        input: &Input,
        rules: &RuleSet,
        languages: &[&dyn Language],
    ) -> Result<Self, Error> {
        let mut found = by_folder(input.package(), rules);
        for language in languages {
            found.extend(language.dependencies(input)?);
        }
        let mut owners = vec![Vec::new(); input.package().len()];
        for (index, dependency) in found.iter().enumerate() {
            for entry in &dependency.entries {
                owners[entry.0].push(DependencyId(index));
            }
        }
        let all = found.into_iter().map(Dependency::from).collect();
        Ok(Self { all, owners })
    }
}

/// The dependencies of a package with their versions, and for each entry those that it belongs to, the innermost last.
pub fn find_dependencies(
    input: &Input,
    knowledge: Knowledge<'_>,
) -> Result<(Vec<Dependency>, Vec<Vec<DependencyId>>), Error> {
    let Dependencies { mut all, owners } =
        Dependencies::find(input, knowledge.rules, knowledge.languages)?;
    for dependency in &mut all {
        if dependency.version.is_none() {
            let mut languages = knowledge.languages.iter();
            dependency.version = languages.find_map(|language| language.version(input, dependency));
        }
    }
    Ok((all, owners))
}

impl From<FoundDependency> for Dependency {
    fn from(found: FoundDependency) -> Self {
        let FoundDependency {
            scope,
            name,
            version,
            root,
            ..
        } = found;
        Self {
            scope,
            name,
            version,
            root,
        }
    }
}

impl Dependency {
    /// The part of `path` that patterns of rules are compared with.
    pub(crate) fn inner_path<'a>(&self, path: &'a EntryPath) -> &'a str {
        match &self.root {
            Some(root) => path.relative_to(root).unwrap_or_default(),
            None => path.as_str(),
        }
    }

    /// Whether it is of this kind and name; a `*` at the end of `name` stands for any rest.
    pub(crate) fn is(&self, scope: Scope, name: &str) -> bool {
        self.scope == scope
            && match name.strip_suffix('*') {
                Some(prefix) => self.name.starts_with(prefix),
                None => self.name == name,
            }
    }
}

/// Dependencies that lie in a folder of their own; an entry belongs to the innermost one of each kind.
fn by_folder(package: &Package, rules: &RuleSet) -> Vec<FoundDependency> {
    let mut found = Vec::new();
    let mut places: BTreeMap<(Scope, EntryPath), usize> = BTreeMap::new();
    for folder in package.folders() {
        for pattern in &rules.dependencies {
            if let Some((name, version)) = pattern.read(folder) {
                places.insert((pattern.scope, folder.clone()), found.len());
                found.push(FoundDependency {
                    scope: pattern.scope,
                    name: name.to_owned(),
                    version: version.map(str::to_owned),
                    root: Some(folder.clone()),
                    entries: Vec::new(),
                });
            }
        }
    }
    for scope in Scope::ALL {
        if places.keys().any(|(used, _)| used == scope) {
            for (id, entry) in package.iter() {
                let mut folders = std::iter::successors(entry.path.parent(), EntryPath::parent);
                let home = folders.find_map(|folder| places.get(&(*scope, folder)));
                if let Some(home) = home {
                    found[*home].entries.push(id);
                }
            }
        }
    }
    found
}
