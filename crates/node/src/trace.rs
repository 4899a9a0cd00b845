//! Which files the program can load: from where it begins, from file to file, until nothing new is found.

use std::collections::BTreeSet;

use lambda_slim_archive::Error;
use lambda_slim_engine::{DependencyId, Reach, Starts, Trace, TraceOrder};
use lambda_slim_package::EntryId;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::entry_points::Manifest;
use crate::follow::{Follower, Found, is_code};
use crate::parse;
use crate::tree::{Home, Tree};

/// Follows the code of `order`; `None` where no code of the function is in the package.
pub(crate) fn trace(order: &TraceOrder<'_>) -> Result<Option<Trace>, Error> {
    let package = order.input.package();
    let lost = order.handler_named && order.handler_files.is_empty();
    let tree = Tree::new(order)?;
    let is_own = |id: &EntryId| tree.homes[id.0].is_none() && !package.entry(*id).is_symlink();
    let own: Vec<EntryId> = package.iter().map(|(id, _)| id).filter(is_own).collect();
    let has_own_code = own.iter().any(|id| is_code(&package.entry(*id).path));
    let has_start = has_own_code || !order.handler_files.is_empty();
    if lost || !has_start {
        return Ok(None);
    }
    let mut journey = Journey::new(&tree, order)?;
    for id in own.iter().chain(order.handler_files).chain(order.kept) {
        journey.mark(*id, Reach::Start);
    }
    if order.starts == Starts::EntryPoints {
        for home in 0..tree.files.len() {
            journey.enter(home, Reach::Start);
        }
    }
    journey.finish(order).map(Some)
}

struct Journey<'a, 'b> {
    tree: &'b Tree<'a>,
    follower: Follower<'a, 'b>,
    own_manifest: Option<Manifest>,
    trace: Trace,
    whole: BTreeSet<Home>,
    next: Vec<EntryId>,
}

impl<'a, 'b> Journey<'a, 'b> {
    fn new(tree: &'b Tree<'a>, order: &TraceOrder<'a>) -> Result<Self, Error> {
        let known = |home: &Option<Home>| match home {
            Some(_) => Reach::Unreached,
            None => Reach::Untold,
        };
        let path = lambda_slim_package::EntryPath::new("package.json");
        let own = path.ok().and_then(|path| tree.package.find(&path));
        let own = own.map(|id| order.input.read(id)).transpose()?;
        Ok(Self {
            tree,
            follower: Follower::new(tree, order.input)?,
            own_manifest: own.and_then(|contents| Manifest::read(&contents)),
            trace: Trace {
                reach: tree.homes.iter().map(known).collect(),
                dependencies: BTreeSet::new(),
            },
            whole: BTreeSet::new(),
            next: Vec::new(),
        })
    }

    /// Follows wave after wave; the files of a wave are read in parallel and counted in order.
    fn finish(mut self, order: &TraceOrder<'_>) -> Result<Trace, Error> {
        while !self.next.is_empty() {
            let (wave, follower) = (std::mem::take(&mut self.next), &self.follower);
            let read = || {
                let found = wave.par_iter().map(|id| follower.follow(*id));
                found.collect()
            };
            let found: Result<Vec<Found>, Error> =
                parse::on_threads(Some(order.threads.count), read);
            for (id, found) in wave.iter().zip(found?) {
                self.arrive(*id, &found);
            }
        }
        Ok(self.trace)
    }

    /// Takes in what the file `from` leads to.
    fn arrive(&mut self, from: EntryId, found: &Found) {
        let via = Reach::From(from);
        found.files.iter().for_each(|file| self.mark(*file, via));
        found
            .whole
            .iter()
            .for_each(|home| self.take_whole(*home, via));
        if !found.undecided {
            return;
        }
        let via = Reach::Perhaps(from);
        match self.tree.homes[from.0] {
            Some(home) => {
                self.take_whole(home, via);
                let manifest = &self.tree.manifests[home];
                self.enter_all(self.tree.root(home), manifest, via);
            }
            None => match self.own_manifest.take() {
                Some(manifest) => {
                    self.enter_all(None, &manifest, via);
                    self.own_manifest = Some(manifest);
                }
                None => {
                    let top: Vec<Home> = self.tree.top().collect();
                    top.into_iter().for_each(|home| self.enter(home, via));
                }
            },
        }
    }

    /// All that `manifest` declares may be loaded.
    fn enter_all(
        &mut self,
        folder: Option<&lambda_slim_package::EntryPath>,
        manifest: &Manifest,
        via: Reach,
    ) {
        let names = manifest.dependencies.iter().chain(&manifest.optional);
        for name in names {
            if let Some(home) = self.tree.installed(folder, name) {
                self.enter(home, via);
            }
        }
    }

    /// Whatever a package offers to others may be loaded.
    fn enter(&mut self, home: Home, via: Reach) {
        for path in &self.tree.manifests[home].offers {
            for file in self.tree.offered(home, path) {
                self.mark(file, via);
            }
        }
    }

    fn take_whole(&mut self, home: Home, via: Reach) {
        if self.whole.insert(home) {
            for file in &self.tree.files[home] {
                self.mark(*file, via);
            }
        }
    }

    fn mark(&mut self, id: EntryId, via: Reach) {
        let known = &mut self.trace.reach[id.0];
        if !matches!(known, Reach::Unreached | Reach::Untold) {
            return;
        }
        *known = via;
        self.next.push(id);
        if let Some(home) = self.tree.homes[id.0] {
            self.visit(home, via);
        }
    }

    /// The first time that code leads into a package: its parts for other platforms belong to it, and so do the files
    /// that its package.json names for others than bundlers.
    fn visit(&mut self, home: Home, via: Reach) {
        if !self.trace.dependencies.insert(DependencyId(home)) {
            return;
        }
        let (root, manifest) = (self.tree.root(home), &self.tree.manifests[home]);
        for name in &manifest.optional {
            if let Some(part) = self.tree.installed(root, name) {
                self.take_whole(part, via);
            }
        }
        for path in &manifest.names {
            for file in self.tree.at_path(root, path) {
                self.mark(file, via);
            }
        }
    }
}
