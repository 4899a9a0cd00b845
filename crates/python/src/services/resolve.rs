use std::collections::BTreeSet;

use super::code::{Call, Code, Parameter, ScopeId, Value, returned_by};

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
                let bindings = self.code.bindings(*scope, name);
                self.follow_bindings(Some(*scope), name, bindings);
            }
            Value::Attribute(object, name) => {
                self.found.others |= self.code.sets_any || self.is_foreign(object);
                let bindings = self.code.bindings_anywhere(name);
                self.follow_bindings(None, name, bindings);
            }
            Value::Returned(function) => {
                let key = returned_by(function);
                let bindings = self.code.bindings_anywhere(&key);
                self.follow_bindings(None, &key, bindings);
            }
            Value::Parameter(parameter) => self.follow_parameter(parameter),
            Value::OneOf(values) => values.iter().for_each(|value| self.follow(value)),
            Value::Unclear => self.found.others = true,
        }
    }

    fn follow_bindings(&mut self, scope: Option<ScopeId>, name: &str, bindings: &[Value]) {
        if !self.seen.insert((scope, name.to_owned())) {
            return;
        }
        self.found.others |= bindings.is_empty() || self.code.is_changing(name);
        bindings.iter().for_each(|value| self.follow(value));
    }

    /// Whether attributes of `object` may be set by code that is not seen here. Modules and classes have no binding;
    /// what `self` is, this code defines.
    fn is_foreign(&self, object: &Value) -> bool {
        match object {
            Value::Name(_, name) if matches!(name.as_str(), "self" | "cls") => false,
            Value::Name(scope, name) => {
                let bindings = self.code.bindings(*scope, name);
                bindings.iter().any(|value| !self.is_made_here(value))
            }
            Value::Attribute(object, name) => {
                let bindings = self.code.bindings_anywhere(name);
                self.is_foreign(object) || bindings.iter().any(|value| !self.is_made_here(value))
            }
            Value::Returned(class) => !self.code.defines_class(class),
            _ => true,
        }
    }

    fn is_made_here(&self, value: &Value) -> bool {
        matches!(value, Value::Returned(class) if self.code.defines_class(class))
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
