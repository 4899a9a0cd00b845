//! What a file gets from other modules, and whether those are among the code that is read.

use std::collections::BTreeSet;

use ruff_python_ast::{StmtImport, StmtImportFrom};

use super::reader::Reader;
use super::{Code, ScopeId, Value, returned_by};
use crate::missing::is_standard;

/// What stands under a name in a module: `SERVICE` of `pkg.config`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Import {
    pub(crate) module: String,
    pub(crate) name: String,
}

impl Import {
    /// `pkg.config` of `from pkg import config`.
    pub(super) fn dotted(&self) -> String {
        format!("{}.{}", self.module, self.name)
    }
}

/// Whether a module holds a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Held {
    No,
    Yes,
    /// The module, or what it gets the name from, is not read.
    Unseen,
}

/// The module that the file at `path` is: `pkg.config` for pkg/config.py, `pkg` for `pkg/__init__.py`.
pub(super) fn module_at(path: &str) -> String {
    let path = path.strip_suffix(".py").unwrap_or(path);
    let path = path.strip_suffix("__init__").unwrap_or(path);
    path.trim_end_matches('/').replace('/', ".")
}

/// The module from which a file takes names; dots in front count from the folder of the file.
fn module_named(path: &str, import: &StmtImportFrom) -> String {
    let module = import.module.as_ref().map_or("", |name| name.as_str());
    if import.level == 0 {
        return module.to_owned();
    }
    let folders = std::iter::successors(Some(path), |path| {
        path.rsplit_once('/').map(|(folder, _)| folder).or(Some(""))
    });
    let mut folders = folders.skip(import.level as usize);
    let package = folders.next().unwrap_or_default().replace('/', ".");
    let parts = [package.as_str(), module];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(".")
}

impl Reader<'_> {
    /// `import a.b` binds `a`, and `import a.b as c` binds `c`.
    pub(super) fn imports(&mut self, import: &StmtImport) {
        for alias in &import.names {
            let module = alias.name.as_str();
            let top = module.split('.').next().unwrap_or(module);
            let (local, module) = match &alias.asname {
                Some(local) => (local.as_str(), module),
                None => (top, top),
            };
            self.code
                .bind(self.scope, local, Value::Module(module.to_owned()));
        }
    }

    /// `from m import x` binds `x` to what stands in `m`, and what a call of it gives to what `m` gives back.
    pub(super) fn imports_from(&mut self, import: &StmtImportFrom) {
        let module = module_named(self.path, import);
        for alias in &import.names {
            let name = alias.name.as_str();
            if name == "*" {
                self.stars.push(module.clone());
                continue;
            }
            let local = alias.asname.as_ref().unwrap_or(&alias.name);
            let names = [
                (local.to_string(), name.to_owned()),
                (returned_by(local), returned_by(name)),
            ];
            for (local, name) in names {
                let module = module.clone();
                let value = Value::Imported(Import { module, name });
                self.code.bind(self.scope, &local, value);
            }
        }
    }

    /// After a statement with `from m import *`: whatever had a value before, or gets one in a branch beside, may come
    /// from there.
    pub(super) fn may_be_starred(&mut self, stars_before: usize) {
        for module in self.stars.clone().into_iter().skip(stars_before) {
            let top = module.split('.').next().unwrap_or_default();
            if self.code.has_module(&module) || !is_standard(top) {
                self.code.star(self.scope, module);
            }
        }
    }
}

impl Code {
    fn star(&mut self, scope: ScopeId, module: String) {
        let all = self.names.range((scope, String::new())..);
        let of_scope = all.take_while(|((of, _), _)| *of == scope);
        let names: Vec<String> = of_scope.map(|((_, name), _)| name.clone()).collect();
        for name in names {
            let value = Value::Starred(Import {
                module: module.clone(),
                name: name.clone(),
            });
            if !self.names[&(scope, name.clone())].contains(&value) {
                self.bind(scope, &name, value);
            }
        }
        self.stars.entry(scope).or_default().insert(module);
    }

    /// The files that `module` may be, from wherever code is found.
    fn files_of<'c>(&'c self, module: &'c str) -> impl Iterator<Item = ScopeId> + 'c {
        let is_it = move |path: &str| {
            let folders = path.strip_suffix(module);
            folders.is_some_and(|folders| {
                folders.is_empty() || (!module.is_empty() && folders.ends_with('.'))
            })
        };
        let files = self.modules.iter().filter(move |(path, _)| is_it(path));
        files.map(|(_, scope)| *scope)
    }

    /// Whether `module` is a file that is read, or a folder with some.
    pub(super) fn has_module(&self, module: &str) -> bool {
        let within = format!(".{module}.");
        let mut all = self.modules.iter();
        all.any(|(path, _)| format!(".{path}.").contains(&within))
    }

    /// Whether the module of `import` is read, and holds its name.
    pub(super) fn held(&self, import: &Import) -> Held {
        self.held_but(import, &mut BTreeSet::new())
    }

    /// Modules that import each other in a circle get nothing from it.
    fn held_but(&self, import: &Import, seen: &mut BTreeSet<Import>) -> Held {
        if !seen.insert(import.clone()) {
            return Held::No;
        }
        let mut files = self.files_of(&import.module).peekable();
        if files.peek().is_none() {
            return Held::Unseen;
        }
        let in_files = files.map(|file| self.held_by(file, &import.name, seen));
        in_files.max().unwrap_or(Held::No)
    }

    fn held_by(&self, file: ScopeId, name: &str, seen: &mut BTreeSet<Import>) -> Held {
        let Some(values) = self.names.get(&(file, name.to_owned())) else {
            return self.held_by_stars(file, name, seen);
        };
        let each = values.iter().map(|value| match value {
            Value::Imported(import) if self.has_module(&import.dotted()) => Held::Yes,
            Value::Imported(import) | Value::Starred(import) => self.held_but(import, seen),
            _ => Held::Yes,
        });
        each.max().unwrap_or(Held::Yes)
    }

    fn held_by_stars(&self, file: ScopeId, name: &str, seen: &mut BTreeSet<Import>) -> Held {
        let stars = self.stars.get(&file).into_iter().flatten();
        let each = stars.map(|module| {
            let import = Import {
                module: module.clone(),
                name: name.to_owned(),
            };
            self.held_but(&import, seen)
        });
        each.max().unwrap_or(Held::No)
    }

    /// Whether `name`, which no scope around `scope` binds, may come from a module that is not read:
    /// `from m import *`.
    pub(super) fn is_from_unseen(&self, mut scope: ScopeId, name: &str) -> bool {
        while !self.names.contains_key(&(scope, name.to_owned())) {
            match self.parent(scope) {
                Some(parent) => scope = parent,
                None => {
                    let held = self.held_by_stars(scope, name, &mut BTreeSet::new());
                    return held == Held::Unseen;
                }
            }
        }
        false
    }
}
