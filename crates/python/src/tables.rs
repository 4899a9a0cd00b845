//! Tables of modules that a file loads when somebody asks for one of them, as PEP 562 has them.
//!
//! Other files can change what a file defines. So a table is believed only where that is next to impossible: its name is
//! private, bound once, and does nothing in its file but answer.

use std::collections::{BTreeMap, BTreeSet};

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::visitor::{Visitor, walk_comprehension, walk_expr, walk_stmt};
use ruff_python_ast::{
    CmpOp, Comprehension, Expr, ExprCall, ExprContext, ExprDict, ExprName, ModModule, Stmt,
};
use ruff_python_parser::Parsed;
use ruff_text_size::Ranged;

use crate::imports::Import;
use crate::loads;

/// Methods of a table that leave it as it is.
const ANSWERS: [&str; 4] = ["get", "values", "items", "keys"];
/// The functions of a module that loads lazily. Source: <https://peps.python.org/pep-0562/>.
const LAZY: [&str; 2] = ["__getattr__", "__dir__"];
/// What reaches names without writing them.
const REACHES_ALL: [&str; 6] = ["locals", "vars", "exec", "eval", "setattr", "delattr"];
const REACHES_ALL_BY_ATTRIBUTE: [&str; 2] = ["__dict__", "__setattr__"];
/// Names that get their value from each other end here.
const STEPS: u32 = 8;

/// What names of modules can be.
#[derive(Debug, Default)]
pub(crate) struct Names<'a> {
    /// These.
    pub(crate) whole: Vec<&'a str>,
    /// Names that are put together, below these packages.
    pub(crate) below: Vec<Import>,
}

/// What these values can be; `None` where one can be something else.
pub(crate) fn names<'a>(
    source: &str,
    module: &'a Parsed<ModModule>,
    is_said: impl Fn(&str) -> bool,
    values: &[&'a Expr],
) -> Option<Names<'a>> {
    let mut found = Names::default();
    if values.is_empty() {
        return Some(found);
    }
    let mut tables = Tables::default();
    tables.visit_body(&module.syntax().body);
    if tables.is_open() {
        return None;
    }
    for token in module.tokens().iter() {
        if token.kind() == TokenKind::Name {
            *tables.written.entry(&source[token.range()]).or_default() += 1;
        }
    }
    tables.bound.retain(|name, _| !is_said(name));
    for value in values {
        for one in tables.values(value, STEPS)? {
            match one {
                Expr::StringLiteral(text) => found.whole.push(text.value.to_str()),
                Expr::NoneLiteral(_) => {}
                _ => found.below.push(loads::beginning(one)?),
            }
        }
    }
    Some(found)
}

/// How a name in a function gets its value.
#[derive(Clone, Copy)]
struct Binding<'a> {
    value: &'a Expr,
    /// From one member of the value after the other.
    is_each: bool,
    /// As one of several names that share a tuple.
    is_part: bool,
}

#[derive(Default)]
struct Tables<'a, 's> {
    /// What names of the module are bound to.
    bound: BTreeMap<&'a str, &'a Expr>,
    locals: BTreeMap<&'a str, Binding<'a>>,
    /// In which functions and classes a name occurs.
    scopes: BTreeMap<&'a str, BTreeSet<usize>>,
    /// How often a name only answers, as a table does.
    answers: BTreeMap<&'a str, usize>,
    /// How often the value of a name is taken.
    taken: BTreeMap<&'a str, usize>,
    /// How often a name is written in any way.
    written: BTreeMap<&'s str, usize>,
    /// The functions and classes around, each with its number.
    around: Vec<(&'a str, usize)>,
    /// How many there were so far.
    counted: usize,
    is_lazy: bool,
    reaches_all: bool,
    /// Whether names of the module may come from another one that lists them.
    takes_all: bool,
    /// Calls of `globals`, and those that lazy modules make to remember what they loaded.
    globals: (usize, usize),
}

impl<'a> Visitor<'a> for Tables<'a, '_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(function) => {
                self.is_lazy |= self.around.is_empty() && function.name.as_str() == LAZY[0];
                return self.within(&function.name, stmt);
            }
            Stmt::ClassDef(class) => return self.within(&class.name, stmt),
            Stmt::ImportFrom(import) => {
                self.takes_all |= import.names.iter().any(|alias| alias.name.as_str() == "*");
            }
            Stmt::Assign(assign) => {
                // With a second name, the table could be changed by that.
                if let [target] = &*assign.targets {
                    self.bind(target, &assign.value, false);
                }
            }
            Stmt::AnnAssign(assign) => {
                if let Some(value) = &assign.value {
                    self.bind(&assign.target, value, false);
                }
            }
            Stmt::For(each) => {
                self.answer(&each.iter);
                self.bind(&each.target, &each.iter, true);
            }
            _ => {}
        }
        walk_stmt(self, stmt);
    }

    fn visit_comprehension(&mut self, each: &'a Comprehension) {
        self.answer(&each.iter);
        self.bind(&each.target, &each.iter, true);
        walk_comprehension(self, each);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Subscript(item) => {
                self.remember(&item.value);
                if item.ctx == ExprContext::Load {
                    self.answer(&item.value);
                }
            }
            Expr::Call(call) => {
                if let Expr::Attribute(method) = &*call.func {
                    if ANSWERS.contains(&method.attr.as_str()) {
                        self.answer(&method.value);
                    }
                    if method.attr.as_str() == "keys" {
                        self.remember(&method.value);
                    }
                }
            }
            Expr::Compare(compare) => {
                for (operator, right) in compare.ops.iter().zip(&compare.comparators) {
                    if matches!(operator, CmpOp::In | CmpOp::NotIn) {
                        self.answer(right);
                    }
                }
            }
            Expr::Named(named) => self.bind(&named.target, &named.value, false),
            Expr::Attribute(part) => {
                self.reaches_all |= REACHES_ALL_BY_ATTRIBUTE.contains(&part.attr.as_str());
            }
            Expr::Name(name) => self.name(name),
            _ => {}
        }
        walk_expr(self, expr);
    }
}

impl<'a> Tables<'a, '_> {
    fn within(&mut self, name: &'a str, stmt: &'a Stmt) {
        self.counted += 1;
        self.around.push((name, self.counted));
        walk_stmt(self, stmt);
        self.around.pop();
    }

    fn name(&mut self, name: &'a ExprName) {
        self.reaches_all |= REACHES_ALL.contains(&name.id.as_str());
        self.globals.0 += usize::from(name.id.as_str() == "globals");
        let scope = self.around.last().map_or(0, |(_, number)| *number);
        self.scopes.entry(&name.id).or_default().insert(scope);
        if name.ctx == ExprContext::Load {
            *self.taken.entry(&name.id).or_default() += 1;
        }
    }

    fn answer(&mut self, table: &'a Expr) {
        if let Expr::Name(name) = table {
            *self.answers.entry(&name.id).or_default() += 1;
        }
    }

    /// `globals()[name] = value` where the module answers for a name that it did not have.
    fn remember(&mut self, of: &Expr) {
        let is_call = matches!(of, Expr::Call(call) if is_name(&call.func, "globals"));
        let is_lazy = matches!(*self.around, [(function, _)] if LAZY.contains(&function));
        self.globals.1 += usize::from(is_call && is_lazy);
    }

    fn bind(&mut self, target: &'a Expr, value: &'a Expr, is_each: bool) {
        let binding = |is_part| Binding {
            value,
            is_each,
            is_part,
        };
        match target {
            _ if is_each && self.around.is_empty() => {}
            Expr::Name(name) if self.around.is_empty() => _ = self.bound.insert(&name.id, value),
            Expr::Name(name) => _ = self.locals.insert(&name.id, binding(false)),
            Expr::Tuple(names) if !self.around.is_empty() => {
                for name in names.elts.iter().filter_map(Expr::as_name_expr) {
                    self.locals.insert(&name.id, binding(true));
                }
            }
            _ => {}
        }
    }

    /// Whether names can change that nobody writes, or this is no module that loads lazily.
    fn is_open(&self) -> bool {
        !self.is_lazy || self.reaches_all || self.globals.0 != self.globals.1
    }

    fn is_written(&self, name: &str, times: Option<&usize>) -> bool {
        self.written.get(name) == Some(&(1 + times.copied().unwrap_or_default()))
    }

    /// What is bound to a name once, which then only answers.
    fn table(&self, name: &Expr) -> Option<&'a Expr> {
        let name = name.as_name_expr()?.id.as_str();
        let is_own = name.starts_with('_') && !name.starts_with("__") && !self.takes_all;
        let table = self.bound.get(name).filter(|_| is_own)?;
        self.is_written(name, self.answers.get(name))
            .then_some(*table)
    }

    /// What is bound to a name once, in the only function in which it occurs.
    fn local(&self, name: &str) -> Option<Binding<'a>> {
        let binding = self.locals.get(name)?;
        let is_local = self.scopes.get(name)?.len() == 1;
        (is_local && self.is_written(name, self.taken.get(name))).then_some(*binding)
    }

    /// All that an expression can be.
    fn values(&self, expr: &'a Expr, steps: u32) -> Option<Vec<&'a Expr>> {
        let steps = steps.checked_sub(1)?;
        match expr {
            Expr::StringLiteral(_) | Expr::NoneLiteral(_) => Some(vec![expr]),
            Expr::Name(name) => self.bound_to(self.local(&name.id)?, steps),
            Expr::Subscript(item) if item.slice.is_slice_expr() => None,
            Expr::Subscript(item) => match self.table(&item.value) {
                Some(Expr::Dict(table)) => values_of(table),
                Some(table) => members(table),
                None => parts(&self.values(&item.value, steps)?),
            },
            Expr::Call(call) => {
                let (table, "get") = self.method(call)? else {
                    return None;
                };
                let mut values = values_of(table)?;
                for default in call.arguments.args.iter().skip(1) {
                    values.extend(self.values(default, steps)?);
                }
                Some(values)
            }
            Expr::FString(_) | Expr::BinOp(_) => Some(vec![expr]),
            _ => None,
        }
    }

    fn bound_to(&self, binding: Binding<'a>, steps: u32) -> Option<Vec<&'a Expr>> {
        if !binding.is_each {
            let values = self.values(binding.value, steps)?;
            return match binding.is_part {
                true => parts(&values),
                false => Some(values),
            };
        }
        let members = match binding.value {
            Expr::Call(call) => match self.method(call)? {
                (table, "values") => values_of(table)?,
                (table, "keys") => keys_of(table)?,
                (table, "items") if binding.is_part => {
                    let mut all = keys_of(table)?;
                    all.extend(values_of(table)?);
                    return Some(all);
                }
                _ => return None,
            },
            table => match self.table(table)? {
                Expr::Dict(table) => keys_of(table)?,
                table => members(table)?,
            },
        };
        match binding.is_part {
            true => parts(&members),
            false => Some(members),
        }
    }

    /// The table and the method of it that is called.
    fn method(&self, call: &'a ExprCall) -> Option<(&'a ExprDict, &'a str)> {
        let method = call.func.as_attribute_expr()?;
        let arguments = &call.arguments;
        let is_plain =
            arguments.keywords.is_empty() && !arguments.args.iter().any(Expr::is_starred_expr);
        let table = self.table(&method.value).filter(|_| is_plain)?;
        Some((table.as_dict_expr()?, method.attr.as_str()))
    }
}

fn is_name(expr: &Expr, name: &str) -> bool {
    expr.as_name_expr()
        .is_some_and(|own| own.id.as_str() == name)
}

fn values_of(table: &ExprDict) -> Option<Vec<&Expr>> {
    let is_spread = table.items.iter().any(|item| item.key.is_none());
    let values = table.items.iter().map(|item| &item.value);
    (!is_spread).then(|| values.collect())
}

fn keys_of(table: &ExprDict) -> Option<Vec<&Expr>> {
    table.items.iter().map(|item| item.key.as_ref()).collect()
}

/// The members of a list or tuple; what is spread in it is no text.
fn members(table: &Expr) -> Option<Vec<&Expr>> {
    match table {
        Expr::List(list) => Some(list.elts.iter().collect()),
        Expr::Tuple(tuple) => Some(tuple.elts.iter().collect()),
        _ => None,
    }
}

/// The members of tuples, which nobody can change.
fn parts<'a>(values: &[&'a Expr]) -> Option<Vec<&'a Expr>> {
    let mut parts = Vec::new();
    for value in values.iter().filter(|value| !value.is_none_literal_expr()) {
        parts.extend(&value.as_tuple_expr()?.elts);
    }
    Some(parts)
}
