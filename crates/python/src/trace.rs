//! Which modules the program can import: from where it begins, from file to file, until nothing new is found.

use std::collections::{BTreeMap, BTreeSet};

use lambda_slim_archive::{Error, Input};
use lambda_slim_engine::{DependencyId, Reach, Starts, Trace, TraceOrder};
use lambda_slim_package::{Entry, EntryId};
use lambda_slim_rulepack::Scope;

use crate::description::{self, Requirement};
use crate::follow::{Author, Found, follow};
use crate::modules::{self, Modules};
use crate::sources::Sources;
use crate::{deep, idle};

/// The number of a distribution; the same as that of its dependency.
type Home = usize;

/// Modules that CPython imports before any other. Source: the documentation of `site`.
const BEFORE_ALL: [&str; 2] = ["sitecustomize", "usercustomize"];

/// Follows the code of `order`; `None` where nobody asks about Python, or where there is no code to begin with.
pub(crate) fn trace(order: &TraceOrder<'_>, sources: &Sources<'_>) -> Result<Option<Trace>, Error> {
    let is_python = |owner: &DependencyId| order.dependencies[owner.0].scope == Scope::PythonDist;
    let is_ours = |id: &EntryId| order.owners[id.0].iter().any(is_python);
    if !order.questioned.iter().any(is_ours) {
        return Ok(None);
    }
    let mut journey = Journey::new(order, sources)?;
    if !journey.has_code(order) {
        return Ok(None);
    }
    journey.set_out(order);
    for name in BEFORE_ALL {
        for stem in journey.modules.named(name) {
            journey.arrive_at(&stem, Reach::Start);
        }
    }
    journey.finish(order).map(Some)
}

struct Journey<'a> {
    sources: &'a Sources<'a>,
    modules: Modules,
    /// For each entry: the distribution that it belongs to; none means it is the function's own.
    homes: Vec<Option<Home>>,
    files: BTreeMap<Home, Vec<EntryId>>,
    /// The same by their names, where somebody asked for one.
    by_file_name: BTreeMap<Home, BTreeMap<&'a str, Vec<EntryId>>>,
    /// What each distribution says of itself.
    descriptions: BTreeMap<Home, Description>,
    by_name: BTreeMap<&'a str, Home>,
    /// Tests that nothing imports: a distribution that stays whole does not need what only they do.
    idle: BTreeSet<EntryId>,
    trace: Trace,
    whole: BTreeSet<Home>,
    /// Packages of which every module was taken.
    taken_below: BTreeSet<String>,
    entry_points_asked: bool,
    next: Vec<EntryId>,
}

#[derive(Default)]
struct Description {
    requirements: Vec<Requirement>,
    entry_points: Vec<String>,
}

impl<'a> Journey<'a> {
    fn new(order: &TraceOrder<'a>, sources: &'a Sources<'a>) -> Result<Self, Error> {
        let (package, dependencies) = (order.input.package(), order.dependencies);
        let is_python = |home: &Home| dependencies[*home].scope == Scope::PythonDist;
        let home = |owners: &Vec<DependencyId>| {
            let mut owners = owners.iter().map(|owner| owner.0);
            owners.find(is_python)
        };
        let homes: Vec<Option<Home>> = order.owners.iter().map(home).collect();
        let mut files: BTreeMap<Home, Vec<EntryId>> = BTreeMap::new();
        for ((id, _), home) in package.iter().zip(&homes) {
            if let Some(home) = home {
                files.entry(*home).or_default().push(id);
            }
        }
        let known = |home: &Option<Home>| match home {
            Some(_) => Reach::Unreached,
            None => Reach::Untold,
        };
        let roots = files.keys().map(|home| dependencies[*home].root.clone());
        let names = files
            .keys()
            .map(|home| (dependencies[*home].name.as_str(), *home));
        let descriptions = files
            .iter()
            .map(|(home, files)| Ok((*home, Description::read(order.input, files)?)));
        Ok(Self {
            sources,
            modules: Modules::new(package, roots),
            descriptions: descriptions.collect::<Result<_, Error>>()?,
            by_name: names.collect(),
            idle: idle::marks(sources)?
                .into_iter()
                .map(|mark| mark.entry)
                .collect(),
            trace: Trace {
                reach: homes.iter().map(known).collect(),
                dependencies: BTreeSet::new(),
            },
            homes,
            files,
            by_file_name: BTreeMap::new(),
            whole: BTreeSet::new(),
            taken_below: BTreeSet::new(),
            entry_points_asked: false,
            next: Vec::new(),
        })
    }

    /// Whether there is code of the function, and the handler that was named.
    fn has_code(&self, order: &TraceOrder<'_>) -> bool {
        let is_code = |(id, entry): (EntryId, &Entry)| {
            self.homes[id.0].is_none() && entry.path.as_str().ends_with(".py")
        };
        let has_own = || order.input.package().iter().any(is_code);
        !order.handler_files.is_empty() || (!order.handler_named && has_own())
    }

    /// Begins where the order says, and at what the user keeps.
    fn set_out(&mut self, order: &TraceOrder<'_>) {
        let package = order.input.package();
        let is_start = |id: &EntryId| match order.starts {
            Starts::OwnCode => self.homes[id.0].is_none() || order.handler_files.contains(id),
            Starts::EntryPoints => !order.questioned.contains(id),
        };
        let starts = package.iter().map(|(id, _)| id).filter(is_start);
        let starts: Vec<EntryId> = starts.collect();
        for id in starts.iter().chain(order.kept) {
            self.mark(*id, Reach::Start);
        }
        let kept = order.kept.iter();
        let kept = kept.filter_map(|id| modules::stem(&package.entry(*id).path));
        kept.for_each(|stem| self.arrive_at(&stem, Reach::Start));
    }

    /// Follows wave after wave; the files of a wave are read in parallel and counted in order.
    fn finish(mut self, order: &TraceOrder<'_>) -> Result<Trace, Error> {
        while !self.next.is_empty() {
            let wave = std::mem::take(&mut self.next);
            let author = |id: &EntryId| match self.homes[id.0] {
                Some(_) => Author::Distribution,
                None => Author::Function,
            };
            let read = |id: &EntryId| follow(self.sources, &self.modules, *id, author(id));
            let found = deep::map(&wave, order.threads.count, read);
            for (id, found) in wave.iter().zip(found) {
                self.arrive(*id, &found?);
            }
            if self.next.is_empty() {
                self.keep_requirements();
            }
        }
        Ok(self.trace)
    }

    /// Takes in what the file `from` leads to.
    fn arrive(&mut self, from: EntryId, found: &Found) {
        let via = Reach::From(from);
        for stem in &found.modules {
            self.arrive_at(stem, via);
        }
        for stem in &found.packages {
            self.arrive_at(stem, via);
            if self.taken_below.insert(stem.clone()) {
                let below: Vec<EntryId> = self.modules.below(stem).collect();
                below.into_iter().for_each(|id| self.mark(id, via));
            }
        }
        for name in &found.distributions {
            if let Some(home) = self.by_name.get(name) {
                self.take_whole(*home, via);
            }
        }
        self.arrive_at_scripts(from, found, via);
        if found.asks_entry_points && !std::mem::replace(&mut self.entry_points_asked, true) {
            self.enter_entry_points(via);
        }
        if !found.undecided {
            return;
        }
        let via = Reach::Perhaps(from);
        match self.homes[from.0] {
            Some(home) => {
                self.take_whole(home, via);
                self.take_requirements(home, via);
            }
            // The function may load whatever is there.
            None => {
                let all: Vec<Home> = self.files.keys().copied().collect();
                all.into_iter().for_each(|home| self.take_whole(home, via));
            }
        }
    }

    /// A module; importing it runs the packages around it.
    fn arrive_at(&mut self, stem: &str, via: Reach) {
        let files = self.modules.at(stem);
        if files.is_empty() {
            // A name that is taken from a module need not be a module itself.
            return;
        }
        let around = self
            .modules
            .around(stem)
            .flat_map(|stem| self.modules.at(stem));
        let all: Vec<EntryId> = around.chain(files).copied().collect();
        all.into_iter().for_each(|id| self.mark(id, via));
    }

    /// Files of the same owner that are run by their paths.
    fn arrive_at_scripts(&mut self, from: EntryId, found: &Found, via: Reach) {
        let Some(home) = self.homes[from.0].filter(|_| !found.scripts.is_empty()) else {
            return;
        };
        let package = self.sources.input.package();
        let files = &self.files;
        let by_name = self.by_file_name.entry(home).or_insert_with(|| {
            let mut by_name: BTreeMap<&str, Vec<EntryId>> = BTreeMap::new();
            for id in files.get(&home).into_iter().flatten() {
                let name = package.entry(*id).path.file_name();
                by_name.entry(name).or_default().push(*id);
            }
            by_name
        });
        let meant = found.scripts.iter();
        let meant = meant.filter_map(|name| by_name.get(name.as_str()));
        let meant: Vec<EntryId> = meant.flatten().copied().collect();
        meant.into_iter().for_each(|id| self.mark(id, via));
    }

    fn enter_entry_points(&mut self, via: Reach) {
        let all = self
            .descriptions
            .values()
            .flat_map(|found| &found.entry_points);
        let stems: Vec<String> = all.flat_map(|name| self.modules.named(name)).collect();
        stems.iter().for_each(|stem| self.arrive_at(stem, via));
    }

    /// A distribution that loads what cannot be told may load whatever it wants to have beside it.
    fn take_requirements(&mut self, home: Home, via: Reach) {
        let wanted = self.descriptions[&home].requirements.iter();
        let homes = wanted.filter_map(|wanted| self.by_name.get(wanted.name.as_str()).copied());
        let homes: Vec<Home> = homes.collect();
        homes
            .into_iter()
            .for_each(|home| self.take_whole(home, via));
    }

    /// What a reached distribution cannot do without, but no import names, is loaded in a way that was not seen.
    fn keep_requirements(&mut self) {
        let reached: Vec<Home> = self.trace.dependencies.iter().map(|home| home.0).collect();
        for home in reached {
            let via = self.files[&home]
                .iter()
                .find(|id| !matches!(self.trace.reach[id.0], Reach::Unreached));
            let Some(via) = via.map(|id| Reach::Perhaps(*id)) else {
                continue;
            };
            let wanted = self.descriptions[&home]
                .requirements
                .iter()
                .filter(|wanted| !wanted.is_extra);
            let homes: Vec<Home> = wanted
                .filter_map(|wanted| self.by_name.get(wanted.name.as_str()).copied())
                .filter(|home| !self.trace.dependencies.contains(&DependencyId(*home)))
                .collect();
            homes
                .into_iter()
                .for_each(|home| self.take_whole(home, via));
        }
    }

    fn take_whole(&mut self, home: Home, via: Reach) {
        if self.whole.insert(home) {
            self.trace.dependencies.insert(DependencyId(home));
            let files = self.files.get(&home).cloned().unwrap_or_default();
            files.into_iter().for_each(|id| self.mark(id, via));
        }
    }

    fn mark(&mut self, id: EntryId, via: Reach) {
        let known = &mut self.trace.reach[id.0];
        if !matches!(known, Reach::Unreached | Reach::Untold) {
            return;
        }
        *known = via;
        if !self.idle.contains(&id) {
            self.next.push(id);
        }
        if let Some(home) = self.homes[id.0] {
            self.trace.dependencies.insert(DependencyId(home));
        }
    }
}

impl Description {
    fn read(input: &Input, files: &[EntryId]) -> Result<Self, Error> {
        let mut found = Self::default();
        for id in files {
            let path = &input.package().entry(*id).path;
            let folder = path.parent();
            let is_described = folder.is_some_and(|folder| folder.as_str().ends_with(".dist-info"));
            let text = || -> Result<_, Error> {
                Ok(String::from_utf8_lossy(&input.read(*id)?).into_owned())
            };
            match path.file_name() {
                "METADATA" if is_described => {
                    found.requirements = description::requirements(&text()?);
                }
                "entry_points.txt" if is_described => {
                    found.entry_points = description::entry_point_modules(&text()?);
                }
                _ => {}
            }
        }
        Ok(found)
    }
}
