use std::collections::BTreeSet;

use super::modules::{Held, Import};
use super::{Call, Code, Parameter, ScopeId, Value, returned_by};

/// The texts that a value can be.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Texts {
    /// Those that the code spells out.
    pub(crate) known: BTreeSet<String>,
    /// Whether it can be something else as well.
    pub(crate) others: bool,
}

/// Everything that `value` can be, as far as `code` spells it out.
pub(crate) fn texts(code: &Code, value: &Value) -> Texts {
    let mut search = Search {
        code,
        seen: BTreeSet::new(),
        found: Texts::default(),
    };
    search.follow(value);
    search.found
}

struct Search<'a> {
    code: &'a Code,
    /// What was followed already: code that assigns in circles ends here.
    seen: BTreeSet<(Option<ScopeId>, String)>,
    found: Texts,
}

impl Search<'_> {
    fn follow(&mut self, value: &Value) {
        match value {
            Value::Text(text) => _ = self.found.known.insert(text.clone()),
            Value::Name(scope, name) => {
                self.found.others |= self.code.is_from_unseen(*scope, name);
                let bindings = self.code.bindings(*scope, name);
                self.follow_bindings(Some(*scope), name, bindings);
            }
            Value::Attribute(object, name) => {
                self.found.others |= self.code.sets_any || self.is_foreign(object, name);
                self.follow_anywhere(name);
            }
            Value::Returned(function) => {
                self.follow_anywhere(&returned_by(function));
            }
            Value::Parameter(parameter) => self.follow_parameter(parameter),
            Value::Imported(import) => {
                self.found.others |= self.code.held(import) != Held::Yes;
                self.follow_anywhere(&import.name);
            }
            Value::Starred(import) => match self.code.held(import) {
                Held::No => {}
                Held::Yes => self.follow_anywhere(&import.name),
                Held::Unseen => self.found.others = true,
            },
            Value::OneOf(values) => values.iter().for_each(|value| self.follow(value)),
            Value::Module(_) => {}
            Value::Unclear => self.found.others = true,
        }
    }

    fn follow_anywhere(&mut self, name: &str) {
        let bindings = self.code.bindings_anywhere(name);
        self.follow_bindings(None, name, bindings);
    }

    fn follow_bindings(&mut self, scope: Option<ScopeId>, name: &str, bindings: &[Value]) {
        if !self.seen.insert((scope, name.to_owned())) {
            return;
        }
        self.found.others |= bindings.is_empty() || self.code.is_changing(name);
        bindings.iter().for_each(|value| self.follow(value));
    }

    /// Whether `attribute` of `object` may be set by code that is not seen here. What `self` is, this code defines.
    fn is_foreign(&self, object: &Value, attribute: &str) -> bool {
        match object {
            Value::Name(_, name) if matches!(name.as_str(), "self" | "cls") => false,
            Value::Name(scope, name) => {
                self.code.is_from_unseen(*scope, name)
                    || self.is_any_foreign(self.code.bindings(*scope, name))
                    || self.is_lacking(object, attribute)
            }
            Value::Attribute(outer, name) => {
                self.is_foreign(outer, name)
                    || self.is_any_foreign(self.code.bindings_anywhere(name))
                    || self.is_lacking(object, attribute)
            }
            Value::Returned(class) => !self.code.defines_class(class),
            _ => true,
        }
    }

    fn is_any_foreign(&self, values: &[Value]) -> bool {
        values.iter().any(|value| match value {
            Value::Module(_) | Value::Imported(_) => false,
            Value::Starred(import) => self.code.held(import) == Held::Unseen,
            Value::Returned(class) => !self.code.defines_class(class),
            _ => true,
        })
    }

    /// Whether `object` is a module or a part of one, and `attribute` of it is not among what is read.
    fn is_lacking(&self, object: &Value, attribute: &str) -> bool {
        let paths = self.dotted(object);
        paths.iter().any(|path| self.lacks(path, attribute))
    }

    /// The paths under which modules, or what they hold, are `object`: `pkg.config`.
    fn dotted(&self, object: &Value) -> Vec<String> {
        match object {
            Value::Name(scope, name) => {
                let bindings = self.code.bindings(*scope, name).iter();
                let paths = bindings.filter_map(|value| match value {
                    Value::Module(module) => Some(module.clone()),
                    Value::Imported(import) => Some(import.dotted()),
                    _ => None,
                });
                paths.collect()
            }
            Value::Attribute(outer, name) => {
                let outer = self.dotted(outer);
                outer.iter().map(|path| format!("{path}.{name}")).collect()
            }
            _ => Vec::new(),
        }
    }

    fn lacks(&self, path: &str, attribute: &str) -> bool {
        let inner = Import {
            module: path.to_owned(),
            name: attribute.to_owned(),
        };
        if self.code.has_module(path) {
            return !self.code.has_module(&inner.dotted()) && self.code.held(&inner) != Held::Yes;
        }
        // A class or an object of a module.
        let Some((module, name)) = path.rsplit_once('.') else {
            return true;
        };
        let values = self.code.bindings_anywhere(name);
        values.is_empty() || self.is_any_foreign(values) || self.lacks(module, name)
    }

    /// What the callers pass. A function that nobody calls by its name, such as a handler, gets what we cannot see.
    fn follow_parameter(&mut self, parameter: &Parameter) {
        let key = format!("{}({})", parameter.function, parameter.name);
        if !self.seen.insert((None, key)) {
            return;
        }
        let calls = self.code.calls_of(&parameter.function);
        let default = parameter.default.as_deref();
        self.found.others |= self.code.gets_unseen(parameter);
        default.into_iter().for_each(|value| self.follow(value));
        for call in calls {
            match call.argument(parameter.position, &parameter.name) {
                Some(value) => self.follow(value),
                None => self.found.others |= call.spreads.hides(false) || default.is_none(),
            }
        }
    }
}

impl Call {
    /// The argument at this position, or of this name.
    pub(crate) fn argument(&self, position: usize, name: &str) -> Option<&Value> {
        let named = self.keywords.iter().find(|(keyword, _)| keyword == name);
        named
            .map(|(_, value)| value)
            .or_else(|| self.positional.get(position))
    }
}
