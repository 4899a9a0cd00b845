//! What a call says: what is passed, and what it does to names besides calling.

use ruff_python_ast::visitor::Visitor;
use ruff_python_ast::{Arguments, Expr, ExprCall};
use ruff_text_size::Ranged;

use super::reader::{Reader, is_factory};
use super::{Call, Spreads, Value};
use crate::imports::last_name;

/// Methods that put something into a collection.
const GROWS: [&str; 7] = [
    "append",
    "extend",
    "add",
    "update",
    "insert",
    "setdefault",
    "appendleft",
];

impl<'a> Reader<'a> {
    /// Notes the call, and reads what it is made of without counting the callee as a mention.
    pub(super) fn call(&mut self, call: &'a ExprCall) {
        if let Some(name) = last_name(&call.func) {
            let noted = self.noted(call, name);
            self.by_text(call, name);
            let name = self.imported.get(name).map_or(name, String::as_str);
            let calls = self.code.calls.entry(name.to_owned());
            calls.or_default().push(noted);
        }
        match &*call.func {
            Expr::Name(_) => {}
            Expr::Attribute(method) => {
                if GROWS.contains(&method.attr.as_str()) {
                    self.changes(&method.value);
                }
                self.visit_expr(&method.value);
            }
            other => self.visit_expr(other),
        }
        self.visit_arguments(&call.arguments);
    }

    fn noted(&self, call: &ExprCall, name: &str) -> Call {
        let Arguments { args, keywords, .. } = &call.arguments;
        let named = keywords.iter().filter_map(|keyword| {
            Some((
                keyword.arg.as_ref()?.to_string(),
                self.value(&keyword.value),
            ))
        });
        let start = call.start().to_usize();
        let text = &self.source[start..call.end().to_usize()];
        Call {
            positional: args.iter().map(|arg| self.value(arg)).collect(),
            keywords: named.collect(),
            spreads: Spreads::of(&call.arguments),
            forwards: self
                .functions
                .last()
                .is_some_and(|function| function == name),
            within: self.functions.last().cloned(),
            is_local: self.is_local,
            place: self.place(call),
            text: cut_short(text),
        }
    }

    /// Calls that reach or set attributes by texts.
    fn by_text(&mut self, call: &ExprCall, name: &str) {
        let arguments = &call.arguments.args;
        match name {
            "getattr" => self.looked_up(call, arguments.get(1)),
            "__getattribute__" => self.looked_up(call, arguments.last()),
            "attrgetter" | "methodcaller" => self.looks_up(&call.func),
            "setattr" => self.set_by_text(arguments.get(1)),
            "vars" => {
                self.looks_up(&call.func);
                self.code.sets_any = true;
            }
            // `type("Name", bases, attributes)`
            "type" => self.code.sets_any |= arguments.len() == 3,
            _ => {}
        }
    }

    /// An attribute of this name is looked up.
    fn looked_up(&mut self, call: &ExprCall, name: Option<&Expr>) {
        match name {
            None => {}
            Some(Expr::StringLiteral(name)) => {
                let name = name.value.to_str();
                if is_factory(name) {
                    self.hands_on(&call.func);
                }
                self.code.mentions.insert(name.to_owned());
            }
            Some(_) => self.looks_up(&call.func),
        }
    }

    /// An attribute of this name is set.
    fn set_by_text(&mut self, name: Option<&Expr>) {
        match name {
            Some(Expr::StringLiteral(name)) => {
                self.code
                    .bind_attribute(name.value.to_str(), Value::Unclear);
            }
            _ => self.code.sets_any = true,
        }
    }
}

/// The beginning of `text`, in one line.
fn cut_short(text: &str) -> String {
    const CHARS_AT_MOST: usize = 60;
    let words = text.split_whitespace();
    let spaced = words.flat_map(|word| [" ", word]).skip(1);
    spaced.flat_map(str::chars).take(CHARS_AT_MOST).collect()
}
