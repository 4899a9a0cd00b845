//! Walks over the syntax of one file and notes in [`Code`] what it says.

use std::collections::{BTreeMap, BTreeSet};

use memchr::memchr_iter;
use ruff_python_ast::visitor::{Visitor, walk_expr, walk_pattern, walk_stmt};
use ruff_python_ast::{
    Alias, Comprehension, Expr, ExprAttribute, ExprLambda, ExprName, ExprSubscript, Identifier,
    Parameters, Pattern, Stmt, StmtAnnAssign, StmtClassDef, StmtFunctionDef, StmtIf,
};
use ruff_text_size::Ranged;

use super::callers;
use super::modules::module_at;
use super::{Code, Parameter, ScopeId, Value, returned_by};
use crate::imports::{bound_by, last_name};
use crate::library::SDK_WORD;

/// Adds what one file says to `code`; `false` where it cannot be parsed.
pub(super) fn read(code: &mut Code, path: &str, source: &str) -> bool {
    let Ok(module) = ruff_python_parser::parse_module(source) else {
        return false;
    };
    let scope = code.open_scope(None);
    code.modules.push((module_at(path), scope));
    let mut reader = Reader {
        path,
        source,
        line_ends: memchr_iter(b'\n', source.as_bytes()).collect(),
        scope,
        functions: Vec::new(),
        in_class: None,
        is_local: callers::is_of_tests(path),
        imported: BTreeMap::new(),
        sdk: BTreeSet::new(),
        stars: Vec::new(),
        code,
    };
    reader.visit_body(&module.syntax().body);
    true
}

/// Walks over one file.
pub(super) struct Reader<'a> {
    pub(super) path: &'a str,
    pub(super) source: &'a str,
    line_ends: Vec<usize>,
    pub(super) scope: ScopeId,
    /// The functions around the current place.
    pub(super) functions: Vec<String>,
    /// The class whose body is being read.
    in_class: Option<String>,
    /// Whether Lambda never comes to the current place.
    pub(super) is_local: bool,
    /// What the file calls functions that make clients, after importing them: `from boto3 import client as make`.
    pub(super) imported: BTreeMap<String, String>,
    /// Other names for parts of the SDK: `from boto3.session import Session as S`.
    sdk: BTreeSet<String>,
    /// The modules of `from m import *`, as far as the file is read.
    pub(super) stars: Vec<String>,
    pub(super) code: &'a mut Code,
}

impl<'a> Visitor<'a> for Reader<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        let stars_before = self.stars.len();
        match stmt {
            Stmt::FunctionDef(function) => return self.function(function),
            Stmt::If(stmt) if callers::asks_for_main(&stmt.test) => return self.main(stmt),
            Stmt::ClassDef(class) => return self.class(class, stmt),
            Stmt::Assign(assign) => self.assigns(&assign.targets, &assign.value),
            Stmt::AnnAssign(assign) => self.declares(assign),
            Stmt::ImportFrom(import) => {
                self.imports_factories(&import.names);
                self.renames(&import.names);
                self.imports_from(import);
            }
            Stmt::Import(import) => {
                self.renames(&import.names);
                self.imports(import);
            }
            Stmt::AugAssign(assign) => self.changes(&assign.target),
            Stmt::Global(stmt) => self.change_all(&stmt.names),
            Stmt::Nonlocal(stmt) => self.change_all(&stmt.names),
            Stmt::With(stmt) => {
                let targets = stmt.items.iter().flat_map(|item| &item.optional_vars);
                targets.for_each(|target| self.bind(target, &Value::Unclear));
            }
            Stmt::For(stmt) => self.assigns(std::slice::from_ref(&stmt.target), &stmt.iter),
            Stmt::Return(stmt) => self.gives_back(stmt.value.as_deref()),
            _ => {}
        }
        walk_stmt(self, stmt);
        self.may_be_starred(stars_before);
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        if let Some(name) = bound_by(pattern) {
            self.code.bind(self.scope, name, Value::Unclear);
        }
        walk_pattern(self, pattern);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Call(call) => return self.call(call),
            Expr::Lambda(lambda) => return self.lambda(lambda, expr),
            // `event["resource"]` is the event of a function.
            Expr::Subscript(part) if !gives_attributes(&part.value) => return self.item(part),
            // `globals()["make"](name)`
            Expr::Subscript(part) => {
                if let Expr::StringLiteral(name) = &*part.slice {
                    self.code.mentions.insert(name.value.to_str().to_owned());
                }
            }
            Expr::Name(name) if name.ctx.is_load() => self.loads(name, expr),
            Expr::Attribute(attribute) if attribute.ctx.is_load() => {
                self.reads(attribute, expr);
            }
            Expr::StringLiteral(text) => {
                self.code.names_factory |= is_factory(text.value.to_str());
            }
            Expr::Named(named) => {
                self.assigns(std::slice::from_ref(&named.target), &named.value);
            }
            // The loops of a comprehension bind before its element is read.
            Expr::ListComp(list) => self.loops(&list.generators),
            Expr::SetComp(set) => self.loops(&set.generators),
            Expr::Generator(generator) => self.loops(&generator.generators),
            Expr::DictComp(dict) => self.loops(&dict.generators),
            _ => {}
        }
        walk_expr(self, expr);
    }
}

impl<'a> Reader<'a> {
    fn assigns(&mut self, targets: &[Expr], value: &Expr) {
        let value = self.value(value);
        targets.iter().for_each(|target| self.bind(target, &value));
    }

    fn declares(&mut self, assign: &StmtAnnAssign) {
        if let Some(value) = &assign.value {
            self.assigns(std::slice::from_ref(&assign.target), value);
        }
        if self.in_class.is_some() {
            // The field of a data class: its constructor sets it as well.
            self.bind(&assign.target, &Value::Unclear);
        }
    }

    fn loads(&mut self, name: &ExprName, expr: &Expr) {
        if self.imported.contains_key(name.id.as_str()) {
            self.hands_on(expr);
        }
        self.code.mentions.insert(name.id.to_string());
    }

    fn reads(&mut self, attribute: &ExprAttribute, expr: &Expr) {
        let base = last_name(&attribute.value).unwrap_or_default();
        if is_factory(&attribute.attr) && (is_of_sdk(base) || self.sdk.contains(base)) {
            self.hands_on(expr);
        }
        if attribute.attr.as_str() == "__dict__" {
            self.looks_up(expr);
            self.code.sets_any = true;
        }
        self.code.mentions.insert(attribute.attr.to_string());
    }

    /// A part of a value that is no set of attributes: its key names none.
    fn item(&mut self, part: &'a ExprSubscript) {
        self.visit_expr(&part.value);
        if !part.slice.is_string_literal_expr() {
            self.visit_expr(&part.slice);
        }
    }

    fn lambda(&mut self, lambda: &'a ExprLambda, expr: &'a Expr) {
        self.within(|reader| {
            if let Some(parameters) = &lambda.parameters {
                reader.parameters(parameters, None);
            }
            walk_expr(reader, expr);
        });
    }

    fn within(&mut self, read: impl FnOnce(&mut Self)) {
        let outer = self.scope;
        self.scope = self.code.open_scope(Some(outer));
        read(self);
        self.scope = outer;
    }

    fn class(&mut self, class: &'a StmtClassDef, stmt: &'a Stmt) {
        let name = class.name.to_string();
        if class.decorator_list.iter().any(callers::may_keep) {
            self.code.mentions.insert(name.clone());
        }
        self.code.classes.insert(name.clone());
        self.defines(&name);
        // A class has the fields of what it makes.
        self.code
            .bind(self.scope, &name, Value::Returned(name.clone()));
        let outer = self.in_class.replace(name);
        self.within(|reader| walk_stmt(reader, stmt));
        self.in_class = outer;
    }

    /// Notes that what a call of `function` gives is told here.
    fn defines(&mut self, function: &str) {
        let key = (self.scope, returned_by(function));
        self.code.names.entry(key).or_default();
    }

    fn gives_back(&mut self, value: Option<&Expr>) {
        if let (Some(function), Some(value)) = (self.functions.last(), value) {
            let key = returned_by(function);
            let value = self.value(value);
            self.code.bind_attribute(&key, value);
        }
    }

    /// What runs where a developer starts the file.
    fn main(&mut self, stmt: &'a StmtIf) {
        let outer = std::mem::replace(&mut self.is_local, true);
        self.visit_expr(&stmt.test);
        self.visit_body(&stmt.body);
        self.is_local = outer;
        for clause in &stmt.elif_else_clauses {
            self.visit_elif_else_clause(clause);
        }
    }

    fn function(&mut self, function: &'a StmtFunctionDef) {
        let name = function.name.to_string();
        let class = self.in_class.take();
        // Whoever makes an object calls its `__init__` by the name of the class.
        let called = match (&class, name.as_str()) {
            (Some(class), "__init__") => class.clone(),
            _ => name.clone(),
        };
        let is_entered = self.code.entrances.holds(function, &called);
        self.defines(&name);
        self.note_callers(function, class.is_some(), is_entered);
        for decorator in &function.decorator_list {
            self.visit_decorator(decorator);
            if callers::may_keep(decorator) {
                self.code.mentions.insert(called.clone());
            }
        }
        self.functions.push(name);
        // Whatever this code passes to a handler as well, Lambda passes something else.
        let owner = (!is_entered).then_some((called.as_str(), class.is_some()));
        self.within(|reader| {
            reader.parameters(&function.parameters, owner);
            reader.visit_body(&function.body);
        });
        self.functions.pop();
        self.in_class = class;
    }

    /// Notes who else may call a function.
    fn note_callers(&mut self, function: &StmtFunctionDef, is_method: bool, is_entered: bool) {
        let name = function.name.to_string();
        if is_method {
            self.code.methods.insert(name);
        } else if is_entered || callers::takes_event_and_context(&function.parameters) {
            self.code.take_events.insert(name);
        }
    }

    /// Binds the parameters of a function; without an owner they are unclear: nobody calls a lambda by a name.
    fn parameters(&mut self, parameters: &'a Parameters, owner: Option<(&str, bool)>) {
        let is_method = owner.is_some_and(|(_, is_method)| is_method);
        for (index, parameter) in parameters.iter_non_variadic_params().enumerate() {
            if let Some(default) = &parameter.default {
                self.visit_expr(default);
            }
            let default = parameter
                .default
                .as_deref()
                .map(|value| Box::new(self.value(value)));
            let name = parameter.parameter.name.to_string();
            let value = match owner {
                None => Value::Unclear,
                Some((function, _)) => Value::Parameter(Parameter {
                    function: function.to_owned(),
                    position: index.saturating_sub(usize::from(is_method)),
                    name: name.clone(),
                    default,
                }),
            };
            self.code
                .names
                .entry((self.scope, name))
                .or_default()
                .push(value);
        }
        for variadic in [&parameters.vararg, &parameters.kwarg]
            .into_iter()
            .flatten()
        {
            let key = (self.scope, variadic.name.to_string());
            self.code.names.entry(key).or_default().push(Value::Unclear);
        }
    }

    fn loops(&mut self, generators: &'a [Comprehension]) {
        for generator in generators {
            let value = self.value(&generator.iter);
            self.bind(&generator.target, &value);
        }
    }

    fn imports_factories(&mut self, names: &[Alias]) {
        let factories = names.iter().filter(|alias| is_factory(&alias.name));
        let local = |alias: &Alias| alias.asname.as_ref().unwrap_or(&alias.name).to_string();
        let found = factories.map(|alias| (local(alias), alias.name.to_string()));
        self.imported.extend(found);
    }

    /// Notes the names that imports give to parts of the SDK; calls of a function by another name are not seen.
    fn renames(&mut self, names: &[Alias]) {
        let renamed = names.iter().filter(|alias| alias.asname.is_some());
        let renamed = renamed.map(|alias| alias.name.to_string());
        self.code.mentions.extend(renamed);
        let of_sdk = names.iter().filter(|alias| is_of_sdk(&alias.name));
        let local = of_sdk.filter_map(|alias| alias.asname.as_ref());
        self.sdk.extend(local.map(ToString::to_string));
    }

    pub(super) fn looks_up(&mut self, expr: &Expr) {
        let place = self.place(expr);
        self.code.looks_up.get_or_insert(place);
    }

    pub(super) fn hands_on(&mut self, expr: &Expr) {
        let place = self.place(expr);
        self.code.handed_on.get_or_insert(place);
    }

    /// `app.py:12`.
    pub(super) fn place(&self, node: &impl Ranged) -> String {
        let start = node.start().to_usize();
        let lines_before = self.line_ends.partition_point(|end| *end < start);
        format!("{}:{}", self.path, lines_before + 1)
    }

    /// Binds whatever `target` names; the parts of a tuple may each be any part of the value.
    fn bind(&mut self, target: &Expr, value: &Value) {
        match target {
            Expr::Name(name) => self.code.bind(self.scope, &name.id, value.clone()),
            Expr::Attribute(attribute) => self.code.bind_attribute(&attribute.attr, value.clone()),
            Expr::Subscript(subscript) => self.changes(&subscript.value),
            Expr::Starred(starred) => self.bind(&starred.value, value),
            Expr::Tuple(tuple) => tuple.elts.iter().for_each(|part| self.bind(part, value)),
            Expr::List(list) => list.elts.iter().for_each(|part| self.bind(part, value)),
            _ => {}
        }
    }

    pub(super) fn changes(&mut self, target: &Expr) {
        if let Some(name) = last_name(target) {
            self.code.changing.insert(name.to_owned());
        }
    }

    fn change_all(&mut self, names: &[Identifier]) {
        let names = names.iter().map(ToString::to_string);
        self.code.changing.extend(names);
    }
}

/// Whether a function of this name makes clients.
pub(super) fn is_factory(name: &str) -> bool {
    matches!(name, "client" | "resource" | "create_client")
}

/// Whether something of this name belongs to the SDK: `boto3`, or a session of it.
fn is_of_sdk(name: &str) -> bool {
    let name = name.to_lowercase();
    name.contains("session") || name.contains(SDK_WORD)
}

/// Whether `expr` holds the attributes of an object, by name: `vars(boto3)`, `boto3.__dict__`.
fn gives_attributes(expr: &Expr) -> bool {
    let of = match expr {
        Expr::Call(call) => &call.func,
        other => other,
    };
    matches!(
        last_name(of),
        Some("vars" | "globals" | "locals" | "__dict__")
    )
}
