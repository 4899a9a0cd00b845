//! The names that a Python module has, where it is certain that there are no others.

use std::collections::BTreeSet;

use ruff_python_ast::visitor::{
    Visitor, walk_alias, walk_except_handler, walk_expr, walk_pattern, walk_stmt,
};
use ruff_python_ast::{Alias, ExceptHandler, Expr, ExprContext, Pattern, Stmt};

use crate::imports::bound_by;

/// What gives a module names that its text does not tell.
const OPENS: [&str; 15] = [
    "globals",
    "locals",
    "vars",
    "exec",
    "execfile",
    "eval",
    "setattr",
    "__dict__",
    "__import__",
    "__getattr__",
    "modules",
    "f_globals",
    // Those of `enum` make members of a class names of the module.
    "_convert",
    "_convert_",
    "global_enum",
];

/// Every name that a module of this text can have, or `None` where that cannot be told.
pub fn defined_names(source: &str) -> Option<BTreeSet<String>> {
    let module = ruff_python_parser::parse_module(source).ok()?;
    let mut names = Names::default();
    names.visit_body(&module.syntax().body);
    (!names.is_open).then_some(names.found)
}

#[derive(Default)]
struct Names {
    found: BTreeSet<String>,
    /// Whether there may be others.
    is_open: bool,
    /// How many functions and classes are around.
    depth: usize,
}

impl Names {
    /// Names bound in functions and classes are theirs.
    fn bind(&mut self, name: &str) {
        self.is_open |= OPENS.contains(&name);
        if self.depth == 0 {
            self.found.insert(name.to_owned());
        }
    }

    fn within(&mut self, statement: &Stmt) {
        self.depth += 1;
        walk_stmt(self, statement);
        self.depth -= 1;
    }
}

impl<'a> Visitor<'a> for Names {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(function) => {
                self.bind(&function.name);
                return self.within(statement);
            }
            Stmt::ClassDef(class) => {
                self.bind(&class.name);
                return self.within(statement);
            }
            Stmt::Global(names) => {
                let names = names.names.iter().map(ToString::to_string);
                self.found.extend(names);
            }
            _ => {}
        }
        walk_stmt(self, statement);
    }

    fn visit_alias(&mut self, alias: &'a Alias) {
        let name = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
        // What somebody else has of these opens this module as well.
        self.is_open |= alias.name.as_str() == "*" || OPENS.contains(&alias.name.as_str());
        self.bind(name.split('.').next().unwrap_or(name));
        walk_alias(self, alias);
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Name(name) if name.ctx == ExprContext::Store => self.bind(&name.id),
            Expr::Name(name) => self.is_open |= OPENS.contains(&name.id.as_str()),
            // `sys.modules[__name__]`, under whatever name `sys` goes.
            Expr::Attribute(attribute) => {
                let name = attribute.attr.as_str();
                self.is_open |= OPENS.contains(&name);
            }
            _ => {}
        }
        walk_expr(self, expression);
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(named) = handler;
        named.name.iter().for_each(|name| self.bind(name));
        walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let name = bound_by(pattern).into_iter();
        name.for_each(|name| self.bind(name));
        walk_pattern(self, pattern);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expected: &str) {
        let found = defined_names(source).map(|names| names.into_iter().collect::<Vec<_>>());
        let found = found.map_or("?".to_owned(), |names| names.join(" "));
        assert_eq!(found, expected, "{source}");
    }

    #[test]
    fn names_of_modules() {
        check("def handler(event, context):\n    inner = 1", "handler");
        check("async def a(): pass\nclass B:\n    c = 1", "B a");
        check(
            "a = b.c = 1\n(d, *e), f[0] = x\ng: int\nh += 1",
            "a d e g h",
        );
        check(
            "import a.b, c as d\nfrom e import f, g as handler",
            "a d f handler",
        );
        check(
            "@tracer.capture\n@logger.inject\ndef handler(e, c): pass",
            "handler",
        );
        check("handler = Mangum(app)", "handler");
        check(
            "try:\n    import a\nexcept E as b:\n    c = 1\nelse:\n    d = 1",
            "a b c d",
        );
        check(
            "if x:\n    a = 1\nfor b in x:\n    pass\nwith x as (c, d):\n    pass",
            "a b c d",
        );
        check("if (a := 1):\n    pass", "a");
        check(
            "match x:\n    case [a, *b]:\n        pass\n    case {'k': c, **d}:\n        pass",
            "a b c d",
        );
        check("def f():\n    global handler\n    handler = 1", "f handler");
        check("type A = int", "A");
    }

    #[test]
    fn what_cannot_be_told() {
        for source in [
            "from x import *",
            "globals()['handler'] = f",
            "vars()['handler'] = f",
            "exec(code)",
            "def __getattr__(name): ...",
            "from x import __getattr__",
            "from x import y as __getattr__",
            "setattr(sys.modules[__name__], 'handler', f)",
            "sys.modules[__name__] = Lazy()",
            "def f():\n    globals().update(handler=1)",
            "builtins.exec(code)",
            "me.__dict__['handler'] = f",
            "inspect.currentframe().f_globals['handler'] = f",
            "def handler(:",
        ] {
            check(source, "?");
        }
        check("@enum.global_enum\nclass A(IntFlag): B = 1", "?");
        check("IntEnum._convert_('A', __name__, f)", "?");
        check("import sys as s\ns.modules[__name__] = X()", "?");
        check("from sys import modules\nmodules[__name__] = X()", "?");
    }
}
