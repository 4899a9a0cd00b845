//! What code says, as a table: which values names can have, which calls there are. Read [`Code`] first.
//!
//! `reader` fills it from the syntax, with `calls` and `values` for expressions and `modules` for imports; `callers` tells
//! who calls a function, and `resolve` follows a value to its texts. Services, operations and Google's APIs are looked up
//! in it.

mod callers;
mod calls;
mod modules;
mod reader;
pub(crate) mod resolve;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use ruff_python_ast::{Arguments, Expr, Keyword};

pub(crate) use self::callers::Entrances;
use self::modules::Import;

/// What the Python files of one owner say, as far as it matters for finding out which texts reach which calls.
///
/// Files of one owner share one table, so that a constant of one module is found from another by its name.
#[derive(Debug, Default)]
pub(crate) struct Code {
    /// Where the program is entered.
    pub(super) entrances: Entrances,
    /// Functions that can be called as Lambda calls a handler.
    pub(super) take_events: BTreeSet<String>,
    /// Methods, which whoever gets an object of their class may call.
    pub(super) methods: BTreeSet<String>,
    /// The files that are read as modules, each with its scope.
    pub(super) modules: Vec<(String, ScopeId)>,
    /// The modules of which a file takes all names.
    pub(super) stars: BTreeMap<ScopeId, BTreeSet<String>>,
    /// For each scope, the scope around it; a module has none.
    parents: Vec<Option<ScopeId>>,
    /// What is assigned to a name within a scope.
    pub(super) names: BTreeMap<(ScopeId, String), Vec<Value>>,
    /// What is assigned to a name or an attribute anywhere.
    anywhere: BTreeMap<String, Vec<Value>>,
    /// Calls by the last name of what is called.
    pub(super) calls: BTreeMap<String, Vec<Call>>,
    /// Names that are passed on without being called.
    pub(super) mentions: BTreeSet<String>,
    /// Names whose value changes in ways that are not followed: collections that grow, globals set by functions.
    pub(super) changing: BTreeSet<String>,
    /// Classes that are defined here.
    pub(super) classes: BTreeSet<String>,
    /// Where one of the functions that make clients is handed on instead of being called.
    pub(super) handed_on: Option<String>,
    /// Where an attribute is looked up by a name that is not spelled out there.
    pub(super) looks_up: Option<String>,
    /// Whether the name of a function that makes clients stands somewhere as a text.
    pub(super) names_factory: bool,
    /// Whether attributes are set whose names are not spelled out.
    pub(crate) sets_any: bool,
}

/// A module, class, function or lambda.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ScopeId(usize);

/// Where the value of an expression comes from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// This text.
    Text(String),
    /// Whatever this name stands for, seen from this scope.
    Name(ScopeId, String),
    /// Whatever was assigned to an attribute of this name, if the object is one that this code makes.
    Attribute(Box<Value>, String),
    /// What this function returns.
    Returned(String),
    /// What callers of this function pass.
    Parameter(Parameter),
    /// This module.
    Module(String),
    /// What a module holds under a name.
    Imported(Import),
    /// What a module holds under a name, if it does.
    Starred(Import),
    /// One of these, or a collection of them.
    OneOf(Vec<Value>),
    /// Something that this analysis does not follow.
    Unclear,
}

/// A parameter, by the two ways in which a caller can name it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Parameter {
    pub(crate) function: String,
    pub(crate) position: usize,
    pub(crate) name: String,
    pub(crate) default: Option<Box<Value>>,
}

/// One call.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) positional: Vec<Value>,
    pub(crate) keywords: Vec<(String, Value)>,
    /// Arguments that cannot be counted.
    pub(crate) spreads: Spreads,
    /// Whether it stands in a function of the same name, as wrappers do.
    pub(crate) forwards: bool,
    /// The function around it, by the name with which it is called.
    pub(super) within: Option<String>,
    /// Whether it stands where Lambda never comes: in tests, or behind `__name__ == "__main__"`.
    pub(super) is_local: bool,
    /// `app.py:12`.
    pub(crate) place: String,
    /// The call as it is written, cut short.
    pub(crate) text: String,
}

/// The arguments of a call that are not spelled out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Spreads {
    None,
    /// `**kwargs`: what is given by position it cannot change.
    Keywords,
    /// `*args`.
    Positions,
}

impl Spreads {
    /// Whether they can hold an argument; `is_given` says that it is spelled out as well, and none is given twice.
    pub(crate) fn hides(self, is_given: bool) -> bool {
        match self {
            Self::None => false,
            Self::Keywords => !is_given,
            Self::Positions => true,
        }
    }

    pub(super) fn of(arguments: &Arguments) -> Self {
        let is_spread = |keyword: &Keyword| keyword.arg.is_none();
        if arguments.args.iter().any(Expr::is_starred_expr) {
            Self::Positions
        } else if arguments.keywords.iter().any(is_spread) {
            Self::Keywords
        } else {
            Self::None
        }
    }
}

impl Code {
    /// The code of an owner that is entered like this, before any file of it is read.
    pub(crate) fn entered_by(entrances: Entrances) -> Self {
        Self {
            entrances,
            ..Self::default()
        }
    }

    /// Adds what one file says; `false` where it cannot be parsed.
    pub(crate) fn add(&mut self, path: &str, source: &str) -> bool {
        reader::read(self, path, source)
    }

    /// The calls of what ends in `name`.
    pub(crate) fn calls_of(&self, name: &str) -> &[Call] {
        self.calls.get(name).map_or(&[], Vec::as_slice)
    }

    /// Where a function that makes clients is handed on as a value, or may be: looked up by a name that is a text here.
    pub(crate) fn handed_on(&self) -> Option<&String> {
        let looked_up = self.looks_up.as_ref().filter(|_| self.names_factory);
        self.handed_on.as_ref().or(looked_up)
    }

    /// Whether `name` is handed on as a value, so that unseen calls can happen.
    pub(crate) fn hands_on(&self, name: &str) -> bool {
        self.mentions.contains(name)
    }

    /// Whether `name` gets values that are not followed.
    pub(crate) fn is_changing(&self, name: &str) -> bool {
        self.changing.contains(name)
    }

    /// Whether a class of this name is defined here.
    pub(crate) fn defines_class(&self, name: &str) -> bool {
        self.classes.contains(name)
    }

    /// What `name` can stand for in `scope`: the bindings of the nearest scope that has any, else those of any file.
    pub(crate) fn bindings(&self, mut scope: ScopeId, name: &str) -> &[Value] {
        loop {
            if let Some(values) = self.names.get(&(scope, name.to_owned())) {
                return values;
            }
            match self.parents[scope.0] {
                Some(parent) => scope = parent,
                None => return self.bindings_anywhere(name),
            }
        }
    }

    /// What is assigned to this name or attribute in any file.
    pub(crate) fn bindings_anywhere(&self, name: &str) -> &[Value] {
        self.anywhere.get(name).map_or(&[], Vec::as_slice)
    }

    pub(super) fn open_scope(&mut self, parent: Option<ScopeId>) -> ScopeId {
        self.parents.push(parent);
        ScopeId(self.parents.len() - 1)
    }

    pub(super) fn parent(&self, scope: ScopeId) -> Option<ScopeId> {
        self.parents[scope.0]
    }

    pub(super) fn bind(&mut self, scope: ScopeId, name: &str, value: Value) {
        let key = (scope, name.to_owned());
        self.names.entry(key).or_default().push(value.clone());
        self.anywhere
            .entry(name.to_owned())
            .or_default()
            .push(value);
    }

    pub(super) fn bind_attribute(&mut self, name: &str, value: Value) {
        self.anywhere
            .entry(name.to_owned())
            .or_default()
            .push(value);
    }
}

/// The key under which the return values of a function are bound; no identifier holds brackets.
pub(crate) fn returned_by(function: &str) -> String {
    format!("{function}()")
}
