//! What a file loads as soon as it is loaded itself, whatever happens.

use std::collections::BTreeSet;

use lambda_slim_archive::Finding;
use oxc_ast::ast::{
    Argument, ArrowFunctionBody, CallExpression, Class, ConditionalExpression, DoWhileStatement,
    ExportAllDeclaration, ExportFromDeclaration, Expression, ForInStatement, ForOfStatement,
    ForStatement, FunctionBody, IfStatement, ImportDeclaration, LogicalExpression, Statement,
    SwitchStatement, TryStatement, WhileStatement,
};
use oxc_ast_visit::{Visit, walk};

use crate::parse;
use crate::references::held_bytes;

/// The specifiers of a file that stand outside functions, conditions and `try`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Eager {
    /// Of `import` and `export … from`.
    pub(crate) imports: BTreeSet<String>,
    /// Of `require`.
    pub(crate) requires: BTreeSet<String>,
}

impl Eager {
    /// Reads `code`; of what cannot be parsed nothing is known.
    pub(crate) fn read(code: &str) -> Self {
        let found = parse::read(code, &parse::ANY, |program| {
            let mut eager = Self::default();
            eager.visit_program(program);
            eager
        });
        found.unwrap_or_default()
    }
}

impl Finding for Eager {
    fn held_bytes(&self) -> u64 {
        held_bytes(&self.imports) + held_bytes(&self.requires)
    }
}

impl<'a> Visit<'a> for Eager {
    fn visit_import_declaration(&mut self, it: &ImportDeclaration<'a>) {
        if !it.import_kind.is_type() {
            self.imports.insert(it.source.value.to_string());
        }
    }

    fn visit_export_all_declaration(&mut self, it: &ExportAllDeclaration<'a>) {
        self.imports.insert(it.source.value.to_string());
    }

    fn visit_export_from_declaration(&mut self, it: &ExportFromDeclaration<'a>) {
        self.imports.insert(it.source.value.to_string());
    }

    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        match (&it.callee, it.arguments.first()) {
            (Expression::Identifier(name), Some(Argument::StringLiteral(specifier)))
                if name.name == "require" =>
            {
                self.requires.insert(specifier.value.to_string());
            }
            // A function that is called where it stands.
            (Expression::FunctionExpression(function), None) => {
                let body = function.body.as_ref();
                body.into_iter()
                    .flat_map(|body| &body.statements)
                    .for_each(|statement: &Statement<'a>| self.visit_statement(statement));
            }
            _ => walk::walk_call_expression(self, it),
        }
    }

    // What runs later, or perhaps, or is prepared for a failure.

    fn visit_function_body(&mut self, _: &FunctionBody<'a>) {}

    fn visit_arrow_function_body(&mut self, _: &ArrowFunctionBody<'a>) {}

    fn visit_class(&mut self, _: &Class<'a>) {}

    fn visit_try_statement(&mut self, _: &TryStatement<'a>) {}

    fn visit_if_statement(&mut self, it: &IfStatement<'a>) {
        self.visit_expression(&it.test);
    }

    fn visit_conditional_expression(&mut self, it: &ConditionalExpression<'a>) {
        self.visit_expression(&it.test);
    }

    fn visit_logical_expression(&mut self, it: &LogicalExpression<'a>) {
        self.visit_expression(&it.left);
    }

    fn visit_switch_statement(&mut self, _: &SwitchStatement<'a>) {}

    fn visit_for_statement(&mut self, _: &ForStatement<'a>) {}

    fn visit_for_in_statement(&mut self, _: &ForInStatement<'a>) {}

    fn visit_for_of_statement(&mut self, _: &ForOfStatement<'a>) {}

    fn visit_while_statement(&mut self, _: &WhileStatement<'a>) {}

    fn visit_do_while_statement(&mut self, _: &DoWhileStatement<'a>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: &str, imports: &[&str], requires: &[&str]) {
        let set = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let expected = Eager {
            imports: set(imports),
            requires: set(requires),
        };
        assert_eq!(Eager::read(code), expected, "{code}");
    }

    #[test]
    fn what_is_loaded_at_once() {
        check(
            "import a from 'a'; export * from 'b'; export {c} from 'c'",
            &["a", "b", "c"],
            &[],
        );
        check("const a = __importStar(require('a'))", &[], &["a"]);
        check("(function () { require('a') })()", &[], &["a"]);
        check("require('a').b(); class A {}", &[], &["a"]);
    }

    #[test]
    fn what_is_loaded_later_or_perhaps() {
        for code in [
            "function f() { require('a') }",
            "const f = () => require('a')",
            "Object.defineProperty(exports, 'a', {get: function () { return require('a') }})",
            "try { require('a') } catch {}",
            "if (x) require('a'); else require('b')",
            "const a = x ? require('a') : require('b')",
            "const a = x || require('a')",
            "import('a')",
            "import type {A} from 'a'; const a: A = 1",
            "switch (x) { case 1: require('a') }",
            "for (const x of xs) require('a')",
            "this is no code",
        ] {
            check(code, &[], &[]);
        }
    }
}
