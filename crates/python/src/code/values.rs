//! Where the value of an expression comes from.

use ruff_python_ast::{Expr, ExprCall, UnaryOp};

use super::Value;
use super::reader::Reader;

impl Reader<'_> {
    pub(super) fn value(&self, expr: &Expr) -> Value {
        match expr {
            Expr::StringLiteral(text) => Value::Text(text.value.to_str().to_owned()),
            Expr::Name(name) => Value::Name(self.scope, name.id.to_string()),
            Expr::Attribute(attribute) => self.attribute(&attribute.value, &attribute.attr),
            Expr::Tuple(tuple) => self.one_of(&tuple.elts),
            Expr::List(list) => self.one_of(&list.elts),
            Expr::Set(set) => self.one_of(&set.elts),
            Expr::Dict(dict) => {
                let keys = dict.items.iter().filter_map(|item| item.key.as_ref());
                let all = keys.chain(dict.items.iter().map(|item| &item.value));
                Value::OneOf(all.map(|expr| self.value(expr)).collect())
            }
            Expr::If(choice) => self.one_of([&*choice.body, &choice.orelse]),
            Expr::BoolOp(choice) => self.one_of(&choice.values),
            Expr::Named(named) => self.value(&named.value),
            Expr::Starred(starred) => self.value(&starred.value),
            // `SERVICES[key]` is one of the values of SERVICES, if that is spelled out.
            Expr::Subscript(subscript) => self.value(&subscript.value),
            Expr::Call(call) => self.result(call),
            Expr::NumberLiteral(_) | Expr::BooleanLiteral(_) | Expr::NoneLiteral(_) => {
                Value::OneOf(Vec::new())
            }
            Expr::UnaryOp(operation) if operation.op == UnaryOp::USub => {
                self.value(&operation.operand)
            }
            _ => Value::Unclear,
        }
    }

    fn one_of<'e>(&self, all: impl IntoIterator<Item = &'e Expr>) -> Value {
        Value::OneOf(all.into_iter().map(|expr| self.value(expr)).collect())
    }

    /// `self.service` is what was assigned to it; `Service.QUEUE.value` is what QUEUE is.
    fn attribute(&self, base: &Expr, name: &str) -> Value {
        match (name, base) {
            ("value" | "name", Expr::Attribute(member)) => {
                self.attribute(&member.value, &member.attr)
            }
            _ => Value::Attribute(Box::new(self.value(base)), name.to_owned()),
        }
    }

    /// What a call gives: functions that hand on what they get are looked through.
    fn result(&self, call: &ExprCall) -> Value {
        let arguments = || self.one_of(&call.arguments.args);
        match &*call.func {
            Expr::Name(name) => match name.id.as_str() {
                "enumerate" | "zip" | "sorted" | "set" | "list" | "tuple" | "reversed" | "iter"
                | "next" | "str" | "frozenset" => arguments(),
                function => Value::Returned(function.to_owned()),
            },
            Expr::Attribute(method) => match method.attr.as_str() {
                "items" | "values" | "keys" | "copy" | "lower" | "strip" => {
                    self.value(&method.value)
                }
                // The first argument is the key.
                "get" | "pop" | "setdefault" => {
                    let defaults = self.one_of(call.arguments.args.iter().skip(1));
                    Value::OneOf(vec![self.value(&method.value), defaults])
                }
                function => Value::Returned(function.to_owned()),
            },
            _ => Value::Unclear,
        }
    }
}
