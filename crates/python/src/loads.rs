//! Calls that load modules by their names: what they load, as far as the file spells it out.

use ruff_python_ast::{Expr, ExprCall, InterpolatedStringElement, Number, Operator};

use crate::imports::{Import, last_name};

/// Calls that load the module that their first argument names, and are asked by name for nothing else.
/// Source: <https://docs.python.org/3/library/importlib.html>, `pkgutil`, `runpy`, `pydoc`.
const LOADS: [&str; 8] = [
    "import_module",
    "__import__",
    "find_spec",
    "find_loader",
    "resolve_name",
    "run_module",
    "reload_module",
    "import_string",
];

/// What they call that argument.
const NAME: [&str; 4] = ["name", "import_name", "fullname", "mod_name"];

/// The function that loads modules and goes by this name; modules that answer for all names make theirs private with
/// one `_` in front.
pub(crate) fn loader(name: &str) -> Option<&'static str> {
    let bare = name.strip_prefix('_').unwrap_or(name);
    LOADS.into_iter().find(|known| [name, bare].contains(known))
}

/// What one call loads.
#[derive(Debug)]
pub(crate) enum Loaded<'e> {
    /// What is there already.
    Nothing,
    /// This module.
    Module(Import),
    /// Some module in this package.
    Below(Import),
    /// A module, and some of what is below it.
    AllOf(Import),
    /// The module of this name, which stands somewhere else, perhaps in this file.
    Computed(&'e Expr),
    /// Nobody can tell.
    Unclear,
}

/// What the call loads; `None` where it is none that loads.
pub(crate) fn loaded(call: &ExprCall) -> Option<Loaded<'_>> {
    let function = last_name(&call.func).and_then(loader)?;
    let Some(name) = argument(call, 0, &NAME) else {
        return Some(match is_spread(call) {
            true => Loaded::Unclear,
            false => Loaded::Nothing,
        });
    };
    let within = Package::of(function, call);
    // Without a level, nobody knows whether the name is absolute.
    if function == "__import__" && within == Package::Unclear {
        return Some(Loaded::Unclear);
    }
    let taken = (function == "__import__").then(|| argument(call, 3, &["fromlist"]));
    Some(match name {
        Expr::StringLiteral(text) => {
            let module = within.module(text.value.to_str());
            match taken.flatten() {
                Some(list) => taking(module, list),
                None => module,
            }
        }
        // A module that is imported already: this very one.
        own if is_own_name(own) => Loaded::Nothing,
        _ if matches!(within, Package::Above(_)) => within.module(""),
        other => match beginning(other) {
            Some(package) if package.level == 0 || within == Package::Own => Loaded::Below(package),
            Some(_) => Loaded::Unclear,
            None if within == Package::Own => Loaded::Computed(other),
            None => Loaded::Unclear,
        },
    })
}

/// The module, and what is taken from it: `__import__` loads those that are modules.
fn taking<'e>(loaded: Loaded<'e>, list: &Expr) -> Loaded<'e> {
    let Loaded::Module(mut import) = loaded else {
        return loaded;
    };
    let names = match list {
        Expr::List(list) => &list.elts,
        Expr::Tuple(list) => &list.elts,
        Expr::NoneLiteral(_) => return Loaded::Module(import),
        _ => return Loaded::AllOf(import),
    };
    for name in names {
        match name {
            Expr::StringLiteral(text) => import.names.push(text.value.to_str().to_owned()),
            _ => return Loaded::AllOf(import),
        }
    }
    Loaded::Module(import)
}

/// Whether a call has arguments that cannot be counted.
fn is_spread(call: &ExprCall) -> bool {
    let arguments = &call.arguments;
    let mut keywords = arguments.keywords.iter();
    arguments.args.iter().any(Expr::is_starred_expr) || keywords.any(|one| one.arg.is_none())
}

/// The package from which dots in the name of a module count.
#[derive(Debug, PartialEq, Eq)]
enum Package {
    /// The one around the file, or none: then the name has no dots in front.
    Own,
    /// The one so many levels above the file, whether or not the name has dots in front.
    Above(u32),
    /// This one.
    Named(String),
    Unclear,
}

impl Package {
    fn of(function: &str, call: &ExprCall) -> Self {
        if is_spread(call) {
            return Self::Unclear;
        }
        if function == "__import__" {
            return match argument(call, 4, &["level"]) {
                None => Self::Own,
                Some(Expr::NumberLiteral(number)) => match &number.value {
                    Number::Int(level) if *level == 0 => Self::Own,
                    Number::Int(level) => level
                        .as_u8()
                        .map_or(Self::Unclear, |level| Self::Above(level.into())),
                    _ => Self::Unclear,
                },
                Some(_) => Self::Unclear,
            };
        }
        match argument(call, 1, &["package"]) {
            None => Self::Own,
            Some(own) if is_own_name(own) => Self::Own,
            Some(Expr::StringLiteral(text)) => Self::Named(text.value.to_str().to_owned()),
            Some(_) => Self::Unclear,
        }
    }

    /// What a name in it means; an empty name is one that cannot be told.
    fn module(&self, name: &str) -> Loaded<'static> {
        let bare = name.trim_start_matches('.');
        match self {
            Self::Own => Loaded::Module(module(name)),
            Self::Above(level) if name.is_empty() => Loaded::Below(relative(*level, "")),
            Self::Above(level) => Loaded::Module(relative(*level, name)),
            _ if bare.len() == name.len() => Loaded::Module(module(name)),
            Self::Named(package) if bare.len() + 1 == name.len() => {
                Loaded::Module(module(&format!("{package}{name}")))
            }
            Self::Named(_) | Self::Unclear => Loaded::Unclear,
        }
    }
}

/// `a.b` of `a.b` and of `a.b:name`.
pub(crate) fn module(text: &str) -> Import {
    let name = text.split(':').next().unwrap_or_default();
    Import::relative(name, Vec::new())
}

fn relative(level: u32, name: &str) -> Import {
    Import::relative(&(".".repeat(level as usize) + name), Vec::new())
}

fn argument<'e>(call: &'e ExprCall, position: usize, names: &[&str]) -> Option<&'e Expr> {
    let arguments = &call.arguments;
    let named = || names.iter().find_map(|name| arguments.find_keyword(name));
    let first = arguments.args.get(position);
    first.or_else(|| named().map(|keyword| &keyword.value))
}

/// `__name__`, `__package__` and `__spec__.parent`. The name of a module that is no package takes no dots.
fn is_own_name(expr: &Expr) -> bool {
    match expr {
        Expr::Name(name) => matches!(name.id.as_str(), "__name__" | "__package__"),
        Expr::Attribute(part) => {
            part.value
                .as_name_expr()
                .is_some_and(|of| of.id.as_str() == "__spec__")
                && matches!(part.attr.as_str(), "parent" | "name")
        }
        _ => false,
    }
}

/// The package below which a name that is put together lies: `a.b` of `f"a.b.{name}"`, `"a.b.%s" % name` and
/// `"a.b." + name`; the file's own of `f"{__name__}.{x}"` and `f".{x}"`.
pub(crate) fn beginning(expr: &Expr) -> Option<Import> {
    let text = match expr {
        Expr::FString(text) => return beginning_of_parts(text.value.elements()),
        Expr::BinOp(operation) if matches!(operation.op, Operator::Add | Operator::Mod) => {
            match &*operation.left {
                Expr::StringLiteral(text) => text.value.to_str(),
                left => return beginning(left),
            }
        }
        Expr::Call(call) => match &*call.func {
            Expr::Attribute(method) if method.attr.as_str() == "format" => {
                method.value.as_string_literal_expr()?.value.to_str()
            }
            _ => return None,
        },
        _ => return None,
    };
    prefix(text.split(['%', '{']).next()?)
}

fn beginning_of_parts<'e>(
    mut parts: impl Iterator<Item = &'e InterpolatedStringElement>,
) -> Option<Import> {
    match parts.next()? {
        InterpolatedStringElement::Literal(literal) => prefix(&literal.value),
        InterpolatedStringElement::Interpolation(own) => {
            let name = own.expression.as_name_expr()?.id.as_str();
            let follows = parts.next()?.as_literal()?;
            let is_own = matches!(name, "__name__" | "__package__");
            (is_own && follows.value.starts_with('.')).then(|| Import::relative(".", Vec::new()))
        }
    }
}

/// The package in a text that ends behind one of its dots, or within the name of a module in it.
fn prefix(text: &str) -> Option<Import> {
    let (package, _) = text.rsplit_once('.')?;
    // `.` alone: the dots are the package.
    let dots = text.len() - text.trim_start_matches('.').len();
    Some(if package.trim_start_matches('.').is_empty() {
        Import::relative(&text[..dots], Vec::new())
    } else {
        Import::relative(package, Vec::new())
    })
}
