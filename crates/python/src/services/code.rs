use std::collections::{BTreeMap, BTreeSet};

use memchr::memchr_iter;
use ruff_python_ast::visitor::{Visitor, walk_expr, walk_pattern, walk_stmt};
use ruff_python_ast::{
    Alias, Arguments, Comprehension, Expr, ExprCall, Identifier, Keyword, Parameters, Pattern,
    Stmt, StmtFunctionDef, UnaryOp,
};
use ruff_text_size::Ranged;

use crate::library::SDK_WORD;

/// What the Python files of one owner say, as far as it matters for finding out which texts reach which calls.
///
/// Files of one owner share one table, so that a constant of one module is found from another by its name.
#[derive(Debug, Default)]
pub(crate) struct Code {
    /// For each scope, the scope around it; a module has none.
    parents: Vec<Option<ScopeId>>,
    /// What is assigned to a name within a scope.
    names: BTreeMap<(ScopeId, String), Vec<Value>>,
    /// What is assigned to a name or an attribute anywhere.
    anywhere: BTreeMap<String, Vec<Value>>,
    /// Calls by the last name of what is called.
    calls: BTreeMap<String, Vec<Call>>,
    /// Names that are passed on without being called.
    mentions: BTreeSet<String>,
    /// Names whose value changes in ways that are not followed: collections that grow, globals set by functions.
    changing: BTreeSet<String>,
    /// Classes that are defined here.
    classes: BTreeSet<String>,
    /// Where one of the functions that make clients is handed on instead of being called.
    handed_on: Option<String>,
    /// Where an attribute is looked up by a name that is not spelled out there.
    looks_up: Option<String>,
    /// Whether the name of a function that makes clients stands somewhere as a text.
    names_factory: bool,
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

    fn of(arguments: &Arguments) -> Self {
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
    /// Adds what one file says; `false` where it cannot be parsed.
    pub(crate) fn add(&mut self, path: &str, source: &str) -> bool {
        let Ok(module) = ruff_python_parser::parse_module(source) else {
            return false;
        };
        let mut reader = Reader {
            path,
            source,
            line_ends: memchr_iter(b'\n', source.as_bytes()).collect(),
            scope: self.open_scope(None),
            functions: Vec::new(),
            in_class: None,
            imported: BTreeMap::new(),
            sdk: BTreeSet::new(),
            code: self,
        };
        reader.visit_body(&module.syntax().body);
        true
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

    fn open_scope(&mut self, parent: Option<ScopeId>) -> ScopeId {
        self.parents.push(parent);
        ScopeId(self.parents.len() - 1)
    }

    fn bind(&mut self, scope: ScopeId, name: &str, value: Value) {
        let key = (scope, name.to_owned());
        self.names.entry(key).or_default().push(value.clone());
        self.anywhere
            .entry(name.to_owned())
            .or_default()
            .push(value);
    }

    fn bind_attribute(&mut self, name: &str, value: Value) {
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

/// Whether a function of this name makes clients.
fn is_factory(name: &str) -> bool {
    matches!(name, "client" | "resource" | "create_client")
}

/// Whether Lambda may call the function, told by its name or by what people call an event and its context.
fn is_handler(function: &StmtFunctionDef) -> bool {
    const EVENTS: [&str; 6] = ["event", "_event", "evt", "ev", "e", "payload"];
    const CONTEXTS: [&str; 8] = [
        "context",
        "_context",
        "ctx",
        "_ctx",
        "c",
        "_",
        "__",
        "lambda_context",
    ];
    let parameters = function.parameters.iter_non_variadic_params();
    let names = parameters.map(|parameter| parameter.parameter.name.as_str());
    let names: Vec<&str> = names
        .filter(|name| !matches!(*name, "self" | "cls"))
        .collect();
    let takes_event = matches!(names[..], [event, context, ..] if EVENTS.contains(&event) || CONTEXTS.contains(&context));
    takes_event || function.name.to_lowercase().contains("handler")
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

/// Walks over one file.
struct Reader<'a> {
    path: &'a str,
    source: &'a str,
    line_ends: Vec<usize>,
    scope: ScopeId,
    /// The functions around the current place.
    functions: Vec<String>,
    /// The class whose body is being read.
    in_class: Option<String>,
    /// What the file calls functions that make clients, after importing them: `from boto3 import client as make`.
    imported: BTreeMap<String, String>,
    /// Other names for parts of the SDK: `from boto3.session import Session as S`.
    sdk: BTreeSet<String>,
    code: &'a mut Code,
}

/// The beginning of `text`, in one line.
fn cut_short(text: &str) -> String {
    const CHARS_AT_MOST: usize = 60;
    let words = text.split_whitespace();
    let spaced = words.flat_map(|word| [" ", word]).skip(1);
    spaced.flat_map(str::chars).take(CHARS_AT_MOST).collect()
}

impl<'a> Visitor<'a> for Reader<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(function) => return self.function(function),
            Stmt::ClassDef(class) => {
                self.code.classes.insert(class.name.to_string());
                let outer = self.in_class.replace(class.name.to_string());
                self.within(|reader| walk_stmt(reader, stmt));
                self.in_class = outer;
                return;
            }
            Stmt::Assign(assign) => {
                let value = self.value(&assign.value);
                assign
                    .targets
                    .iter()
                    .for_each(|target| self.bind(target, &value));
            }
            Stmt::AnnAssign(assign) => {
                if let Some(value) = &assign.value {
                    let value = self.value(value);
                    self.bind(&assign.target, &value);
                }
                if self.in_class.is_some() {
                    // The field of a data class: its constructor sets it as well.
                    self.bind(&assign.target, &Value::Unclear);
                }
            }
            Stmt::ImportFrom(import) => {
                let factories = import.names.iter().filter(|alias| is_factory(&alias.name));
                let local =
                    |alias: &Alias| alias.asname.as_ref().unwrap_or(&alias.name).to_string();
                let found = factories.map(|alias| (local(alias), alias.name.to_string()));
                self.imported.extend(found);
                self.renames(&import.names);
            }
            Stmt::Import(import) => self.renames(&import.names),
            Stmt::AugAssign(assign) => self.changes(&assign.target),
            Stmt::Global(stmt) => self.change_all(&stmt.names),
            Stmt::Nonlocal(stmt) => self.change_all(&stmt.names),
            Stmt::With(stmt) => {
                let targets = stmt
                    .items
                    .iter()
                    .filter_map(|item| item.optional_vars.as_deref());
                targets.for_each(|target| self.bind(target, &Value::Unclear));
            }
            Stmt::For(stmt) => {
                let value = self.value(&stmt.iter);
                self.bind(&stmt.target, &value);
            }
            Stmt::Return(stmt) => {
                if let (Some(function), Some(value)) = (self.functions.last(), &stmt.value) {
                    let key = returned_by(function);
                    let value = self.value(value);
                    self.code.bind_attribute(&key, value);
                }
            }
            _ => {}
        }
        walk_stmt(self, stmt);
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let name = match pattern {
            Pattern::MatchAs(pattern) => pattern.name.as_ref(),
            Pattern::MatchStar(pattern) => pattern.name.as_ref(),
            Pattern::MatchMapping(pattern) => pattern.rest.as_ref(),
            _ => None,
        };
        if let Some(name) = name {
            self.code.bind(self.scope, name, Value::Unclear);
        }
        walk_pattern(self, pattern);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Call(call) => return self.call(call),
            Expr::Name(name) if name.ctx.is_load() => {
                if self.imported.contains_key(name.id.as_str()) {
                    self.hands_on(expr);
                }
                self.code.mentions.insert(name.id.to_string());
            }
            Expr::Attribute(attribute) if attribute.ctx.is_load() => {
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
            Expr::StringLiteral(text) => {
                self.code.names_factory |= is_factory(text.value.to_str());
            }
            // `globals()["make"](name)`
            Expr::Subscript(part)
                if part.slice.is_string_literal_expr() && gives_attributes(&part.value) =>
            {
                self.mention(&part.slice);
            }
            // `event["resource"]` is the event of a function.
            Expr::Subscript(part) if !gives_attributes(&part.value) => {
                self.visit_expr(&part.value);
                if !part.slice.is_string_literal_expr() {
                    self.visit_expr(&part.slice);
                }
                return;
            }
            Expr::Named(named) => {
                let value = self.value(&named.value);
                self.bind(&named.target, &value);
            }
            Expr::Lambda(lambda) => {
                return self.within(|reader| {
                    if let Some(parameters) = &lambda.parameters {
                        reader.parameters(parameters, None);
                    }
                    walk_expr(reader, expr);
                });
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
    fn within(&mut self, read: impl FnOnce(&mut Self)) {
        let outer = self.scope;
        self.scope = self.code.open_scope(Some(outer));
        read(self);
        self.scope = outer;
    }

    fn function(&mut self, function: &'a StmtFunctionDef) {
        let name = function.name.to_string();
        let class = self.in_class.take();
        // Whoever makes an object calls its `__init__` by the name of the class.
        let called = match (&class, name.as_str()) {
            (Some(class), "__init__") => class.clone(),
            _ => name.clone(),
        };
        function
            .decorator_list
            .iter()
            .for_each(|decorator| self.visit_decorator(decorator));
        self.functions.push(name);
        // Whatever this code passes to a handler as well, Lambda passes something else.
        let owner = (!is_handler(function)).then_some((called.as_str(), class.is_some()));
        self.within(|reader| {
            reader.parameters(&function.parameters, owner);
            reader.visit_body(&function.body);
        });
        self.functions.pop();
        self.in_class = class;
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

    /// Notes the call, and reads what it is made of without counting the callee as a mention.
    fn call(&mut self, call: &'a ExprCall) {
        if let Some(name) = last_name(&call.func) {
            let noted = self.noted(call, name);
            let of_factory = |arg: &Expr| matches!(arg, Expr::StringLiteral(text) if is_factory(text.value.to_str()));
            let given = |at: usize| call.arguments.args.get(at);
            if name == "getattr" && given(1).is_some_and(of_factory) {
                self.hands_on(&call.func);
            }
            let is_open = |arg: Option<&Expr>| arg.is_some_and(|arg| !arg.is_string_literal_expr());
            match name {
                "getattr" => given(1).into_iter().for_each(|name| self.mention(name)),
                "setattr" => match given(1) {
                    Some(Expr::StringLiteral(name)) => {
                        self.code
                            .bind_attribute(name.value.to_str(), Value::Unclear);
                    }
                    _ => self.code.sets_any = true,
                },
                "vars" => self.code.sets_any = true,
                "type" => self.code.sets_any |= call.arguments.args.len() == 3,
                _ => {}
            }
            let looks_up = match name {
                "getattr" => is_open(given(1)),
                "__getattribute__" => is_open(call.arguments.args.last()),
                "attrgetter" | "methodcaller" | "vars" => true,
                _ => false,
            };
            if looks_up {
                self.looks_up(&call.func);
            }
            let name = self.imported.get(name).map_or(name, String::as_str);
            self.code
                .calls
                .entry(name.to_owned())
                .or_default()
                .push(noted);
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

    /// Notes the names that imports give to parts of the SDK; calls of a function by another name are not seen.
    fn renames(&mut self, names: &[Alias]) {
        let renamed = names.iter().filter(|alias| alias.asname.is_some());
        let renamed = renamed.map(|alias| alias.name.to_string());
        self.code.mentions.extend(renamed);
        let of_sdk = names.iter().filter(|alias| is_of_sdk(&alias.name));
        let local = of_sdk.filter_map(|alias| alias.asname.as_ref());
        self.sdk.extend(local.map(ToString::to_string));
    }

    /// A name that is looked up as a text.
    fn mention(&mut self, name: &Expr) {
        if let Expr::StringLiteral(name) = name {
            self.code.mentions.insert(name.value.to_str().to_owned());
        }
    }

    fn looks_up(&mut self, expr: &Expr) {
        let place = self.place(expr);
        self.code.looks_up.get_or_insert(place);
    }

    fn hands_on(&mut self, expr: &Expr) {
        let place = self.place(expr);
        self.code.handed_on.get_or_insert(place);
    }

    /// `app.py:12`.
    fn place(&self, node: &impl Ranged) -> String {
        let start = node.start().to_usize();
        let lines_before = self.line_ends.partition_point(|end| *end < start);
        format!("{}:{}", self.path, lines_before + 1)
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
            place: self.place(call),
            text: cut_short(text),
        }
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

    fn changes(&mut self, target: &Expr) {
        if let Some(name) = last_name(target) {
            self.code.changing.insert(name.to_owned());
        }
    }

    fn change_all(&mut self, names: &[Identifier]) {
        let names = names.iter().map(ToString::to_string);
        self.code.changing.extend(names);
    }

    fn value(&self, expr: &Expr) -> Value {
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
                "get" | "pop" | "setdefault" => {
                    Value::OneOf(vec![self.value(&method.value), arguments()])
                }
                function => Value::Returned(function.to_owned()),
            },
            _ => Value::Unclear,
        }
    }
}

/// `client` of `boto3.client` and of `client`.
fn last_name(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) => Some(&name.id),
        Expr::Attribute(attribute) => Some(&attribute.attr),
        _ => None,
    }
}
