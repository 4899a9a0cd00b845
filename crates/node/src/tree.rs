//! Where the packages of a `node_modules` lie, and what belongs to them.

use std::collections::BTreeMap;

use lambda_slim_archive::Error;
use lambda_slim_engine::{Dependency, TraceOrder};
use lambda_slim_package::{EntryId, EntryPath, LinkTarget, Package};
use lambda_slim_rulepack::Scope;

use crate::entry_points::Manifest;

/// The number of a package in the tree; the same as that of its dependency.
pub(crate) type Home = usize;

/// All packages of a tree.
pub(crate) struct Tree<'a> {
    pub(crate) package: &'a Package,
    dependencies: &'a [Dependency],
    /// For each entry: the package that it belongs to; none means it is the function's own.
    pub(crate) homes: Vec<Option<Home>>,
    /// For each package: its files.
    pub(crate) files: Vec<Vec<EntryId>>,
    /// For each package: what its package.json says.
    pub(crate) manifests: Vec<Manifest>,
    /// For each package: its files by the last part of their path.
    by_name: Vec<BTreeMap<&'a str, Vec<EntryId>>>,
    places: BTreeMap<&'a EntryPath, Home>,
}

/// What Node.js appends to a path that is none, in `require`.
const ENDS: [&str; 7] = ["", ".js", ".json", ".node", ".mjs", ".cjs", "/index.js"];

impl<'a> Tree<'a> {
    pub(crate) fn new(order: &TraceOrder<'a>) -> Result<Self, Error> {
        let (package, dependencies) = (order.input.package(), order.dependencies);
        let is_node = |home: &Home| dependencies[*home].scope == Scope::NodePackage;
        let home = |owners: &Vec<_>| {
            let mut owners = owners
                .iter()
                .map(|owner: &lambda_slim_engine::DependencyId| owner.0);
            owners.find(is_node)
        };
        let homes: Vec<Option<Home>> = order.owners.iter().map(home).collect();
        let mut files = vec![Vec::new(); dependencies.len()];
        let mut by_name = vec![BTreeMap::<&str, Vec<EntryId>>::new(); dependencies.len()];
        for ((id, entry), home) in package.iter().zip(&homes) {
            if let Some(home) = home {
                files[*home].push(id);
                by_name[*home]
                    .entry(entry.path.file_name())
                    .or_default()
                    .push(id);
            }
        }
        let places = dependencies
            .iter()
            .enumerate()
            .filter(|(home, _)| is_node(home));
        let places = places.filter_map(|(home, found)| Some((found.root.as_ref()?, home)));
        let mut tree = Self {
            package,
            dependencies,
            homes,
            files,
            manifests: Vec::new(),
            by_name,
            places: places.collect(),
        };
        let manifests = (0..dependencies.len()).map(|home| tree.manifest(order, home));
        tree.manifests = manifests.collect::<Result<_, _>>()?;
        Ok(tree)
    }

    fn manifest(&self, order: &TraceOrder<'_>, home: Home) -> Result<Manifest, Error> {
        let manifest = self.dependencies[home].root.as_ref();
        let manifest = manifest.and_then(|root| root.join("package.json").ok());
        let Some(id) = manifest.and_then(|path| self.package.find(&path)) else {
            return Ok(Manifest::of_none());
        };
        Ok(Manifest::read(&order.input.read(id)?).unwrap_or_default())
    }

    /// The folder of a package.
    pub(crate) fn root(&self, home: Home) -> Option<&EntryPath> {
        self.dependencies[home].root.as_ref()
    }

    /// The packages that lie in a `node_modules` right below `folder`.
    pub(crate) fn top(&self) -> impl Iterator<Item = Home> {
        let is_top = |root: &EntryPath| root.as_str().matches("node_modules/").count() == 1;
        self.places
            .iter()
            .filter(move |(root, _)| is_top(root))
            .map(|(_, home)| *home)
    }

    /// The package that code in `folder` gets under this name.
    pub(crate) fn installed(&self, folder: Option<&EntryPath>, name: &str) -> Option<Home> {
        let ancestors = std::iter::successors(folder.cloned(), EntryPath::parent);
        let folders = ancestors.map(Some).chain([None]);
        let mut places = folders.filter_map(|folder| {
            let place = match folder {
                Some(folder) => folder.join("node_modules").ok()?.join(name).ok()?,
                None => EntryPath::new("node_modules").ok()?.join(name).ok()?,
            };
            self.at(&place)
        });
        places.next()
    }

    /// The package at `place`, or where a link there leads.
    fn at(&self, place: &EntryPath) -> Option<Home> {
        if let Some(home) = self.places.get(place) {
            return Some(*home);
        }
        let link = self.package.entry(self.package.find(place)?);
        match self.package.resolve_link(link) {
            LinkTarget::Inside(Some(target)) => self.places.get(&target).copied(),
            _ => None,
        }
    }

    /// The packages whose name begins like this, whoever can reach them.
    pub(crate) fn named_like(&self, start: &str) -> impl Iterator<Item = Home> {
        let all = self.places.values().copied();
        all.filter(move |home| self.dependencies[*home].name.starts_with(start))
    }

    /// The files of a package that `path`, relative to `folder`, means: one file, or all below a folder.
    pub(crate) fn at_path(&self, folder: Option<&EntryPath>, path: &str) -> Vec<EntryId> {
        let Some(path) = normal(folder, path) else {
            return Vec::new();
        };
        let file = |end: &&str| {
            let path = EntryPath::new(&format!("{path}{end}")).ok()?;
            self.package.find(&path)
        };
        if let Some(file) = ENDS[..6].iter().find_map(file) {
            return vec![file];
        }
        self.below(&format!("{path}/"))
    }

    /// The file that a `main` or a target of `exports` means, seen from the folder of its package.
    pub(crate) fn offered(&self, home: Home, path: &str) -> Vec<EntryId> {
        let Some(root) = normal(self.root(home), "") else {
            return Vec::new();
        };
        if let Some((start, end)) = path.split_once('*') {
            let start = format!("{root}/{start}");
            let fits = |id: &EntryId| {
                let path = self.package.entry(*id).path.as_str();
                path.starts_with(&start)
                    && path.ends_with(end.split('*').next_back().unwrap_or(end))
            };
            return self.files[home].iter().copied().filter(fits).collect();
        }
        if path.ends_with('/') {
            return self.below(&format!("{root}/{path}"));
        }
        let file = |end: &&str| {
            let path = EntryPath::new(&format!("{root}/{path}{end}")).ok()?;
            self.package.find(&path)
        };
        ENDS.iter().find_map(file).into_iter().collect()
    }

    /// All files of packages whose path begins like this.
    pub(crate) fn below(&self, start: &str) -> Vec<EntryId> {
        let Some(first) = EntryPath::new(start.trim_end_matches('/')).ok() else {
            return Vec::new();
        };
        let home = std::iter::successors(Some(first), EntryPath::parent)
            .find_map(|folder| self.places.get(&folder).copied());
        let files = home.map_or(&[][..], |home| &self.files[home]);
        let begins = |id: &&EntryId| self.package.entry(**id).path.as_str().starts_with(start);
        files.iter().filter(begins).copied().collect()
    }

    /// The files of `home` whose path ends with `path`; with none, those below folders whose path does.
    pub(crate) fn ending_with(&self, home: Home, path: &str) -> Vec<EntryId> {
        let parts: Vec<&str> = path
            .split('/')
            .filter(|part| !matches!(*part, "" | "." | ".."))
            .collect();
        let Some(name) = parts.last() else {
            return Vec::new();
        };
        let end = format!("/{}", parts.join("/"));
        let mut found = Vec::new();
        for extension in &ENDS[..6] {
            let named = self.by_name[home].get(format!("{name}{extension}").as_str());
            let end = format!("{end}{extension}");
            let ends = |id: &&EntryId| self.package.entry(**id).path.as_str().ends_with(&end);
            found.extend(named.into_iter().flatten().filter(ends));
        }
        found
    }

    /// The files of `home` in a folder whose path ends with `path`.
    pub(crate) fn in_folder(&self, home: Home, path: &str) -> Vec<EntryId> {
        let parts: Vec<&str> = path
            .split('/')
            .filter(|part| !matches!(*part, "" | "." | ".."))
            .collect();
        let Some(root) = self.root(home).filter(|_| !parts.is_empty()) else {
            return Vec::new();
        };
        let middle = format!("/{}/", parts.join("/"));
        let holds = |id: &&EntryId| {
            let inner = self.package.entry(**id).path.relative_to(root);
            inner.is_some_and(|inner| format!("/{inner}").contains(&middle))
        };
        self.files[home].iter().filter(holds).copied().collect()
    }
}

/// `path` seen from `folder`, without `.` and `..`; `None` where it leaves the deployment package.
pub(crate) fn normal(folder: Option<&EntryPath>, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder
        .map(|folder| folder.components().collect())
        .unwrap_or_default();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop()?,
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
