//! The names that a file of JavaScript exports, where it is certain that there are no others.

use std::collections::BTreeSet;

use oxc_ast::ast::{
    Argument, ArrowFunctionBody, AssignmentExpression, AssignmentTarget, BinaryExpression,
    CallExpression, Class, Declaration, ExportAllDeclaration, ExportDeclaration,
    ExportDefaultDeclaration, ExportSpecifier, Expression, ExpressionStatement, FunctionBody,
    IdentifierReference, LogicalExpression, LogicalOperator, MemberExpression, ObjectExpression,
    ObjectPropertyKind, Program, ThisExpression, UnaryExpression, UnaryOperator,
};
use oxc_ast_visit::{Visit, walk};

use crate::parse;

/// Every name that `code` can export, or `None` where that cannot be told: what code hands on, copies or computes may
/// have any name.
pub fn exported_names(code: &str) -> Option<BTreeSet<String>> {
    parse::read(code, &parse::JAVASCRIPT, |program| {
        of_module(program).unwrap_or_else(|| of_common_js(program))
    })?
}

/// What the `export`s of a module say; `None` outside where there are none.
fn of_module(program: &Program<'_>) -> Option<Option<BTreeSet<String>>> {
    let mut exports = ModuleExports::default();
    exports.visit_program(program);
    (exports.takes_all || !exports.names.is_empty())
        .then(|| (!exports.takes_all).then_some(exports.names))
}

#[derive(Default)]
struct ModuleExports {
    names: BTreeSet<String>,
    /// `export * from`.
    takes_all: bool,
}

impl<'a> Visit<'a> for ModuleExports {
    fn visit_export_declaration(&mut self, it: &ExportDeclaration<'a>) {
        let names: Vec<_> = match &it.declaration {
            Declaration::VariableDeclaration(variables) => {
                let patterns = variables.declarations.iter().map(|variable| &variable.id);
                patterns
                    .flat_map(|pattern| pattern.get_binding_identifiers())
                    .collect()
            }
            Declaration::FunctionDeclaration(function) => function.id.iter().collect(),
            Declaration::ClassDeclaration(class) => class.id.iter().collect(),
            _ => Vec::new(),
        };
        self.names
            .extend(names.into_iter().map(|name| name.name.to_string()));
    }

    fn visit_export_specifier(&mut self, it: &ExportSpecifier<'a>) {
        self.names.insert(it.exported.name().to_string());
    }

    fn visit_export_default_declaration(&mut self, _: &ExportDefaultDeclaration<'a>) {
        self.names.insert("default".to_owned());
    }

    fn visit_export_all_declaration(&mut self, it: &ExportAllDeclaration<'a>) {
        match &it.exported {
            Some(name) => _ = self.names.insert(name.name().to_string()),
            None => self.takes_all = true,
        }
    }

    fn visit_function_body(&mut self, _: &FunctionBody<'a>) {}
}

fn of_common_js(program: &Program<'_>) -> Option<BTreeSet<String>> {
    let mut exports = Exports::default();
    exports.visit_program(program);
    let is_certain = !exports.is_open && (!exports.is_converted || exports.is_annotated);
    is_certain.then_some(exports.names)
}

/// What CommonJS code does with `exports`, `module` and the outermost `this`. Names that shadow them are taken for them:
/// that can only add names, or doubt.
#[derive(Default)]
struct Exports {
    names: BTreeSet<String>,
    /// Whether there may be other names.
    is_open: bool,
    /// `module.exports = __toCommonJS(names)`, with which esbuild converts what only its annotation tells.
    is_converted: bool,
    /// `0 && (module.exports = { name })`, with which esbuild lists all names for Node.js.
    is_annotated: bool,
    /// How many functions and classes with a `this` of their own are around.
    depth: usize,
}

impl Exports {
    /// Names of what stands behind `__proto__` are found as well.
    fn take_name(&mut self, name: Option<&str>) {
        self.is_open |= name.is_none_or(|name| name == "__proto__");
        self.names.extend(name.map(str::to_owned));
    }

    fn is_exports(&self, expression: &Expression<'_>) -> bool {
        match expression {
            Expression::ThisExpression(_) => self.depth == 0,
            Expression::Identifier(name) => name.name == "exports",
            expression => is_module_exports(expression.as_member_expression()),
        }
    }

    fn take_statement(&mut self, expression: &Expression<'_>) {
        match expression {
            Expression::AssignmentExpression(assignment) if replaces(assignment) => {
                self.take_value(&assignment.right);
            }
            Expression::SequenceExpression(sequence) => {
                let each = sequence.expressions.iter();
                each.for_each(|expression| self.take_statement(expression));
            }
            Expression::LogicalExpression(logical) => {
                self.is_annotated |= is_annotation(logical);
                self.visit_expression(&logical.left);
                self.take_statement(&logical.right);
            }
            expression => self.visit_expression(expression),
        }
    }

    /// What takes the place of all exports.
    fn take_value(&mut self, value: &Expression<'_>) {
        match value {
            Expression::ObjectExpression(object) => self.take_object(object),
            Expression::AssignmentExpression(inner) if replaces(inner) => {
                self.take_value(&inner.right);
            }
            Expression::FunctionExpression(_) | Expression::ArrowFunctionExpression(_) => {
                self.visit_expression(value);
            }
            Expression::CallExpression(call) if converts(call) => self.is_converted = true,
            value => self.is_open |= !self.is_exports(value),
        }
    }

    fn take_object(&mut self, object: &ObjectExpression<'_>) {
        for property in &object.properties {
            let name = match property {
                ObjectPropertyKind::ObjectProperty(property) => property.key.static_name(),
                ObjectPropertyKind::SpreadProperty(_) => None,
            };
            self.take_name(name.as_deref());
        }
        walk::walk_object_expression(self, object);
    }
}

impl<'a> Visit<'a> for Exports {
    fn visit_expression_statement(&mut self, it: &ExpressionStatement<'a>) {
        self.take_statement(&it.expression);
    }

    fn visit_member_expression(&mut self, it: &MemberExpression<'a>) {
        let name = it.static_property_name();
        if self.is_exports(it.object()) {
            self.take_name(name);
        } else if it.object().is_specific_id("module") {
            self.is_open |= name.is_none_or(|name| name == "exports");
        } else {
            walk::walk_member_expression(self, it);
        }
    }

    /// `Object.defineProperty(exports, "name", …)` is all that may get hold of them.
    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        let callee = it.callee.as_member_expression();
        let defines = callee
            .is_some_and(|callee| callee.is_specific_member_access("Object", "defineProperty"));
        match it.arguments.as_slice() {
            [target, Argument::StringLiteral(name), rest @ ..]
                if defines && target.as_expression().is_some_and(|it| self.is_exports(it)) =>
            {
                self.names.insert(name.value.to_string());
                rest.iter()
                    .for_each(|argument| self.visit_argument(argument));
            }
            _ => walk::walk_call_expression(self, it),
        }
    }

    /// `typeof exports` only asks.
    fn visit_unary_expression(&mut self, it: &UnaryExpression<'a>) {
        let asks = it.operator == UnaryOperator::Typeof;
        if !(asks && matches!(it.argument, Expression::Identifier(_))) {
            walk::walk_unary_expression(self, it);
        }
    }

    /// `require.main === module` only asks.
    fn visit_binary_expression(&mut self, it: &BinaryExpression<'a>) {
        let sides = [&it.left, &it.right].into_iter();
        sides
            .filter(|side| !side.is_specific_id("module"))
            .for_each(|side| self.visit_expression(side));
    }

    /// `this && this.__helper` of TypeScript only asks.
    fn visit_logical_expression(&mut self, it: &LogicalExpression<'a>) {
        if !matches!(it.left, Expression::ThisExpression(_)) {
            self.visit_expression(&it.left);
        }
        self.visit_expression(&it.right);
    }

    fn visit_identifier_reference(&mut self, it: &IdentifierReference<'a>) {
        self.is_open |= match it.name.as_str() {
            "exports" | "module" | "eval" => true,
            // Those of the function that Node.js puts around a module hold its exports.
            "arguments" => self.depth == 0,
            _ => false,
        };
    }

    fn visit_this_expression(&mut self, _: &ThisExpression) {
        self.is_open |= self.depth == 0;
    }

    fn visit_function_body(&mut self, it: &FunctionBody<'a>) {
        self.depth += 1;
        walk::walk_function_body(self, it);
        self.depth -= 1;
    }

    /// An arrow function has the `this` of what is around it.
    fn visit_arrow_function_body(&mut self, it: &ArrowFunctionBody<'a>) {
        match it {
            ArrowFunctionBody::FunctionBody(inner) => walk::walk_function_body(self, inner),
            inner => walk::walk_arrow_function_body(self, inner),
        }
    }

    fn visit_class(&mut self, it: &Class<'a>) {
        self.depth += 1;
        walk::walk_class(self, it);
        self.depth -= 1;
    }
}

fn is_module_exports(member: Option<&MemberExpression<'_>>) -> bool {
    member.is_some_and(|member| member.is_specific_member_access("module", "exports"))
}

/// `module.exports = …` or `exports = …`; the latter alone exports nothing, and most often stands before the former.
fn replaces(assignment: &AssignmentExpression<'_>) -> bool {
    match &assignment.left {
        AssignmentTarget::AssignmentTargetIdentifier(name) => name.name == "exports",
        target => is_module_exports(target.as_member_expression()),
    }
}

fn is_annotation(logical: &LogicalExpression<'_>) -> bool {
    let never = matches!(&logical.left, Expression::NumericLiteral(number) if number.value == 0.0);
    let replaces =
        |it: &Expression<'_>| matches!(it, Expression::AssignmentExpression(it) if replaces(it));
    never && logical.operator == LogicalOperator::And && replaces(&logical.right)
}

/// A call of a function by its name, with one name.
fn converts(call: &CallExpression<'_>) -> bool {
    let by_name = matches!(call.callee, Expression::Identifier(_));
    by_name && matches!(call.arguments.as_slice(), [Argument::Identifier(_)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: &str, expected: &str) {
        let found = exported_names(code).map(|names| names.into_iter().collect::<Vec<_>>());
        let found = found.map_or("?".to_owned(), |names| names.join(" "));
        assert_eq!(found, expected, "{code}");
    }

    #[test]
    fn names_of_modules() {
        check("export const handler = async () => {}", "handler");
        check(
            "export const { a, b: [c], ...d } = x; export class E {}",
            "E a c d",
        );
        check("export async function handler() {}", "handler");
        check(
            "const f = 1; export { f as handler, f as 'a b' }",
            "a b handler",
        );
        check(
            "export { handler } from './x.js'; export default 1",
            "default handler",
        );
        check("export * as all from './x.js'", "all");
        check("export * from './x.js'; export const a = 1", "?");
        check(
            "import x from 'x'; export const handler = middy(x); exports.a = 1",
            "handler",
        );
        check("import 'x'; exports.a = 1", "a");
    }

    #[test]
    fn names_of_common_js() {
        check("exports.handler = async () => {}", "handler");
        check("exports['handler'] = f; module.exports.b = g", "b handler");
        check("this.handler = f", "handler");
        check(
            "if (x) { exports.a = 1 } function f() { exports.b = 2 }",
            "a b",
        );
        check(
            "module.exports = { a, 'b': 1, c() {}, get d() {} }",
            "a b c d",
        );
        check("exports = module.exports = { a }; exports.b = 1", "a b");
        check("module.exports = async (event) => event", "");
        check(
            "module.exports = async function handler() { this.x = 1 }",
            "",
        );
        check("console.log(1)", "");
        check(
            "if (require.main === module) main(); typeof exports; module.id",
            "",
        );
        check(
            "[exports.a, { b: exports.b }] = x; exports.c.d = 1",
            "a b c",
        );
    }

    #[test]
    fn what_compilers_write() {
        let typescript = "'use strict'; var __importDefault = (this && this.__importDefault) || function (m) { return m };
            Object.defineProperty(exports, '__esModule', { value: true }); exports.handler = void 0;
            const x = __importDefault(require('x')); const handler = async () => {}; exports.handler = handler;";
        check(typescript, "__esModule __importDefault handler");
        let getter = "Object.defineProperty(exports, 'handler', { enumerable: true, get: function () { return x.handler } })";
        check(getter, "handler");
        let esbuild = "var src_exports = {}; __export(src_exports, { handler: () => handler });
            module.exports = __toCommonJS(src_exports); 0 && (module.exports = { handler });";
        check(esbuild, "handler");
        check(
            "module.exports=m(a);var b=1;0&&(module.exports={handler});",
            "handler",
        );
    }

    #[test]
    fn what_cannot_be_told() {
        for code in [
            "module.exports = require('./x')",
            "module.exports = handler; handler.handler = handler",
            "module.exports = { ...require('./x') }",
            "module.exports = { [name]: 1 }",
            "module.exports = __toCommonJS(src_exports)",
            "module.exports = m(a); 0 && (module.exports = { a, ...require('b') })",
            "module.exports = class { static handler() {} }",
            "const app = module.exports = {}; app.handler = f",
            "const app = exports; app.handler = f",
            "Object.assign(exports, require('./x'))",
            "Object.assign(module.exports, { handler })",
            "__exportStar(require('./x'), exports)",
            "Object.keys(x).forEach((key) => { exports[key] = x[key] })",
            "Object.defineProperty(exports, name, { value: 1 })",
            "_export(exports, { handler: function () { return handler } })",
            "(function (root, factory) { factory(exports) })(this, f)",
            "(function () { this.handler = f }).call(this)",
            "arguments[0].handler = f",
            "eval('exports.handler = f')",
            "module['exp' + 'orts'].handler = f",
            "const { exports: e } = module; e.handler = f",
            "exports.a = ;",
            "module.exports = { __proto__: require('./x'), a }",
            "exports.__proto__ = require('./x')",
        ] {
            check(code, "?");
        }
    }
}
