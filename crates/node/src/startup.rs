//! What Node.js loads before the first event, as far as it is certain.

use std::collections::{BTreeMap, BTreeSet};

use lambda_slim_archive::{Digest, Error, Input};
use lambda_slim_package::{EntryId, EntryPath};

use crate::clients;
use crate::eager::Eager;
use crate::resolver::{Resolver, Use};

/// Where a function begins, and what of its package there will be.
pub struct StartupOrder<'a> {
    /// Where the files are.
    pub input: &'a Input,
    /// The files of the handler; without any, the function begins where its package.json says.
    pub handler_files: &'a [EntryId],
    /// The name of the function that Lambda calls.
    pub handler: &'a str,
    /// Whether an entry will be there.
    pub stays: &'a dyn Fn(EntryId) -> bool,
}

/// What a function loads at its start: only what stands outside functions, conditions and `try`.
#[derive(Debug, Default)]
pub struct Startup {
    /// Files of JavaScript.
    pub files: BTreeSet<EntryId>,
    /// Modules that CommonJS code requires, which Node.js refuses where it may not require modules.
    pub required_modules: Vec<RequiredModule>,
    /// What is part of the run time or nowhere, without `node:`, with the first file that loads it.
    pub elsewhere: BTreeMap<String, EntryId>,
    /// Clients of AWS that the handler makes anew for every event, with its file.
    pub clients: BTreeMap<String, EntryId>,
}

/// A module that CommonJS code requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequiredModule {
    /// The file that requires it.
    pub from: EntryId,
    /// The module.
    pub module: EntryId,
}

impl Startup {
    /// Follows what is certain.
    pub fn of(order: &StartupOrder<'_>) -> Result<Self, Error> {
        let mut walk = Walk {
            order,
            resolver: Resolver::new(order.input)?,
            found: Self::default(),
        };
        let main = walk.resolver.load(None, ".", Use::Require);
        let main = main.filter(|_| order.handler_files.is_empty());
        let mut next: Vec<EntryId> = order.handler_files.iter().copied().chain(main).collect();
        for id in &next {
            walk.clients(*id)?;
        }
        while let Some(id) = next.pop() {
            next.extend(walk.visit(id)?);
        }
        Ok(walk.found)
    }
}

struct Walk<'a, 'b> {
    order: &'b StartupOrder<'a>,
    resolver: Resolver,
    found: Startup,
}

impl Walk<'_, '_> {
    /// Counts a file in, and says what it loads.
    fn visit(&mut self, id: EntryId) -> Result<Vec<EntryId>, Error> {
        let input = self.order.input;
        let entry = input.package().entry(id);
        let is_new = is_code(&entry.path) && (self.order.stays)(id) && self.found.files.insert(id);
        if !is_new {
            return Ok(Vec::new());
        }
        let eager = input.finding(id, Digest::of_code_alone, |code| {
            Eager::read(&String::from_utf8_lossy(&code))
        })?;
        let folder = entry.path.parent();
        let mut next = Vec::new();
        for specifier in &eager.imports {
            let loaded = self.resolver.load(folder.as_ref(), specifier, Use::Import);
            next.extend(self.known(id, specifier, loaded));
        }
        for specifier in &eager.requires {
            let loaded = self.resolver.load(folder.as_ref(), specifier, Use::Require);
            let loaded = self.known(id, specifier, loaded);
            let module = loaded.filter(|loaded| self.is_module(*loaded));
            let required = module.map(|module| RequiredModule { from: id, module });
            self.found.required_modules.extend(required);
            next.extend(loaded);
        }
        Ok(next)
    }

    fn known(
        &mut self,
        from: EntryId,
        specifier: &str,
        loaded: Option<EntryId>,
    ) -> Option<EntryId> {
        if loaded.is_none() {
            let name = specifier.strip_prefix("node:").unwrap_or(specifier);
            self.found.elsewhere.entry(name.to_owned()).or_insert(from);
        }
        loaded
    }

    /// Whether Node.js takes the file for a module.
    fn is_module(&self, id: EntryId) -> bool {
        let path = &self.order.input.package().entry(id).path;
        match path.file_name().rsplit_once('.') {
            Some((_, "mjs")) => true,
            Some((_, "js")) => self.resolver.makes_modules(path.parent().as_ref()),
            _ => false,
        }
    }

    fn clients(&mut self, id: EntryId) -> Result<(), Error> {
        if !is_code(&self.order.input.package().entry(id).path) {
            return Ok(());
        }
        let code = self.order.input.read(id)?;
        let made = clients::made_per_event(&String::from_utf8_lossy(&code), self.order.handler);
        let made = made.into_iter().map(|client| (client, id));
        self.found.clients.extend(made);
        Ok(())
    }
}

fn is_code(path: &EntryPath) -> bool {
    let extension = path.file_name().rsplit_once('.');
    extension.is_some_and(|(_, extension)| ["js", "mjs", "cjs"].contains(&extension))
}
