//! Which operations of AWS services the code of a package can call, so that all others can leave their models.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use lambda_slim_archive::{Error, Input};
use lambda_slim_package::EntryId;
use ruff_python_ast::Expr;
use ruff_python_ast::visitor::{Visitor, walk_expr};

use crate::code::{Call, Code, resolve};
use crate::library::{Files, Library, Understood, speaks_of_sdk};
use crate::sources::Memory;

/// Calls that take the name of an operation, a paginator or a waiter: where it stands, and what it is called.
/// Source: botocore/client.py, botocore/signers.py, botocore/model.py; the rest belongs to Python.
const NAMING_CALLS: [(&str, usize, &str); 11] = [
    ("getattr", 1, ""),
    ("methodcaller", 0, ""),
    ("attrgetter", 0, ""),
    ("__getattr__", 0, ""),
    ("__getattribute__", 0, ""),
    ("get_paginator", 0, "operation_name"),
    ("can_paginate", 0, "operation_name"),
    ("get_waiter", 0, "waiter_name"),
    ("generate_presigned_url", 0, "ClientMethod"),
    ("_make_api_call", 0, "operation_name"),
    ("operation_model", 0, "operation_name"),
];

/// What tells all operations or shapes of a model, or runs text as code.
const LISTING_NAMES: [&str; 9] = [
    "operation_names",
    "shape_names",
    "shape_for",
    "method_to_api_mapping",
    "_PY_TO_OP_NAME",
    "waiter_names",
    "getmembers",
    "eval",
    "exec",
];

/// The operations of all services, as far as code names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operations {
    /// These.
    Named(OperationNames),
    /// The code does not tell; here is why.
    Unclear(String),
}

/// Names of operations, in no particular spelling.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OperationNames {
    names: BTreeSet<String>,
    /// Whether resources of boto3, which call operations under other names, are in use.
    pub(crate) resources: bool,
}

impl OperationNames {
    /// The names that a user wrote. Resources are taken to be in use: their calls have other names.
    pub fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        Self {
            names: names.into_iter().map(plain).collect(),
            resources: true,
        }
    }

    /// Whether `name` is one of them: `PutObject` is `put_object`.
    pub fn contains(&self, name: &str) -> bool {
        self.names.contains(&plain(name))
    }

    fn add_words(&mut self, text: &str) {
        let is_name = |char: char| char.is_ascii_alphanumeric() || char == '_';
        let words = text.split(|char| !is_name(char));
        self.names
            .extend(words.filter(|word| word.len() > 2).map(plain));
        // `put-object`, as the command line tool of AWS writes it.
        let words = text.split(|char| !is_name(char) && char != '-');
        let joined = words.filter(|word| word.contains('-'));
        self.names.extend(joined.map(plain));
    }
}

/// The letters that all spellings of a name share. Source: `xform_name` in `botocore/__init__.py` adds marks between
/// words and makes letters small; it never changes a letter.
pub(crate) fn plain(name: &str) -> String {
    let letters = name.chars().filter(|char| !matches!(char, '_' | '-'));
    letters.map(|char| char.to_ascii_lowercase()).collect()
}

/// The operations that the code of a function can call: every word of the package may be one, if no name comes from
/// elsewhere.
pub fn used_operations(input: &Input, memory: &Memory) -> Result<Operations, Error> {
    let sources = memory.of(input);
    let library = sources.library()?;
    let mut found = OperationNames::default();
    if let Some(why) = doubt(library, &mut found) {
        return Ok(Operations::Unclear(why));
    }
    let files = library.dependencies.iter().flatten();
    let files = files.chain(&library.own.files).chain(&library.settings);
    files.for_each(|(_, text)| found.add_words(text));
    for id in &library.closed {
        found.add_words(&String::from_utf8_lossy(&input.read(*id)?));
    }
    found.names.extend(names_in_sdk(input, &library.sdk)?);
    Ok(Operations::Named(found))
}

/// Why the words of the package may not be all names that reach a client.
fn doubt(library: &Library, found: &mut OperationNames) -> Option<String> {
    let own = &library.own;
    if let Some(why) = own.unread() {
        return Some(why);
    }
    doubt_in(&own.files, library.own_code(), |_| true, found).or_else(|| {
        let speaking = |text: &str| speaks_of_sdk(text.as_bytes());
        let mut speakers = library.speakers();
        speakers.find_map(|(files, code)| doubt_in(files, code, speaking, found))
    })
}

/// Looks at the code of one owner; names count in those of its files whose text `is_asked`.
fn doubt_in(
    files: &Files,
    Understood { code, broken }: &Understood,
    is_asked: impl Fn(&str) -> bool,
    found: &mut OperationNames,
) -> Option<String> {
    let mut broken = broken.iter().map(|number| &files[*number]);
    if let Some((path, _)) = broken.find(|(_, text)| is_asked(text)) {
        return Some(format!("`{path}` cannot be parsed"));
    }
    let asked = files.iter().filter(|(_, text)| is_asked(text));
    let asked: BTreeSet<&str> = asked.map(|(path, _)| path.as_str()).collect();
    found.resources |= code.handed_on().is_some() || !code.calls_of("resource").is_empty();
    let is_in_asked = |call: &&Call| {
        let path = call.place.rsplit_once(':').map(|(path, _)| path);
        path.is_some_and(|path| asked.contains(path))
    };
    if let Some(name) = LISTING_NAMES.iter().find(|name| code.hands_on(name)) {
        let (path, _) = files.iter().find(|(_, text)| text.contains(*name))?;
        return Some(format!("{path}: `{name}` reads what operations there are"));
    }
    let listing = LISTING_NAMES.iter().flat_map(|name| code.calls_of(name));
    let naming = NAMING_CALLS.iter().flat_map(|(name, position, keyword)| {
        let calls = code.calls_of(name).iter();
        calls.filter(|call| is_open(code, call, *position, keyword))
    });
    let open = listing.chain(naming).find(is_in_asked)?;
    Some(format!(
        "{}: `{}` does not tell the operation",
        open.place, open.text
    ))
}

/// Whether the name in a call can be something that the code does not spell out.
fn is_open(code: &Code, call: &Call, position: usize, keyword: &str) -> bool {
    match call.argument(position, keyword) {
        Some(value) => resolve::texts(code, value).others,
        None => call.spreads.hides(false),
    }
}

/// Attributes and texts in the code of the SDK, which calls operations for purposes of its own: uploads in parts,
/// sessions, forms. What writes its manual is left out.
fn names_in_sdk(input: &Input, sources: &[EntryId]) -> Result<BTreeSet<String>, Error> {
    let mut names = Names::default();
    for id in sources {
        let mut folders = input.package().entry(*id).path.components();
        if folders.any(|folder| matches!(folder, "docs" | "examples")) {
            continue;
        }
        let bytes = input.read(*id)?;
        let text = String::from_utf8_lossy(&bytes);
        match ruff_python_parser::parse_module(&text) {
            Ok(module) => names.visit_body(&module.syntax().body),
            Err(_) => names.all_words(&text),
        }
    }
    Ok(names.0)
}

#[derive(Default)]
struct Names(BTreeSet<String>);

impl Names {
    fn all_words(&mut self, text: &str) {
        let words = text.split(|char: char| !char.is_ascii_alphanumeric() && char != '_');
        self.0.extend(words.map(plain));
    }
}

impl<'a> Visitor<'a> for Names {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Attribute(attribute) => _ = self.0.insert(plain(&attribute.attr)),
            Expr::StringLiteral(text) => _ = self.0.insert(plain(text.value.to_str())),
            _ => {}
        }
        walk_expr(self, expr);
    }
}
