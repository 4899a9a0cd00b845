//! Clients of AWS that a handler makes anew for every event.

use std::collections::BTreeSet;

use oxc_ast::ast::{
    Argument, ArrowFunctionBody, AssignmentExpression, AssignmentTarget, AwaitExpression,
    BindingIdentifier, CallExpression, ConditionalExpression, DoWhileStatement, Expression,
    ForInStatement, ForOfStatement, ForStatement, Function, FunctionBody, IdentifierReference,
    IfStatement, ImportDeclaration, LogicalExpression, NewExpression, ObjectProperty,
    SwitchStatement, VariableDeclarator, WhileStatement,
};
use oxc_ast_visit::{Visit, walk};

use crate::parse;

/// Where the clients of version 3 of the SDK come from.
const CLIENTS: &str = "@aws-sdk/client-";

/// The clients, such as `S3Client`, that the function `handler` of `code` makes whatever the event is.
pub(crate) fn made_per_event(code: &str, handler: &str) -> BTreeSet<String> {
    let found = parse::read(code, &parse::ANY, |program| {
        let mut names = Names::default();
        names.visit_program(program);
        let mut handlers = Handlers {
            handler,
            clients: &names.0,
            found: BTreeSet::new(),
        };
        handlers.visit_program(program);
        handlers.found
    });
    found.unwrap_or_default()
}

/// Names that stand for what a client package exports, or for all of it.
#[derive(Default)]
struct Names(BTreeSet<String>);

impl<'a> Visit<'a> for Names {
    fn visit_import_declaration(&mut self, it: &ImportDeclaration<'a>) {
        if it.source.value.starts_with(CLIENTS) {
            walk::walk_import_declaration(self, it);
        }
    }

    fn visit_variable_declarator(&mut self, it: &VariableDeclarator<'a>) {
        if it.init.as_ref().is_some_and(requires_client) {
            self.visit_binding_pattern(&it.id);
        }
    }

    fn visit_binding_identifier(&mut self, it: &BindingIdentifier<'a>) {
        self.0.insert(it.name.to_string());
    }

    fn visit_function_body(&mut self, _: &FunctionBody<'a>) {}

    fn visit_arrow_function_body(&mut self, _: &ArrowFunctionBody<'a>) {}
}

/// `require("@aws-sdk/client-s3")`, also where a compiler wrapped it.
fn requires_client(expression: &Expression<'_>) -> bool {
    let Expression::CallExpression(call) = expression else {
        return false;
    };
    match call.arguments.first() {
        Some(Argument::StringLiteral(specifier)) => {
            call.callee.is_specific_id("require") && specifier.value.starts_with(CLIENTS)
        }
        Some(argument) => argument.as_expression().is_some_and(requires_client),
        None => false,
    }
}

/// Looks for the function that Lambda calls.
struct Handlers<'n> {
    handler: &'n str,
    clients: &'n BTreeSet<String>,
    found: BTreeSet<String>,
}

impl Handlers<'_> {
    /// `function` or what wraps it, such as `middy(function)`.
    fn take(&mut self, expression: &Expression<'_>) {
        let mut body = Body::new(self.clients);
        match expression {
            Expression::ArrowFunctionExpression(function) => {
                body.locals.visit_arrow_function_expression(function);
                match &function.body {
                    ArrowFunctionBody::FunctionBody(inner) => {
                        walk::walk_function_body(&mut body, inner);
                    }
                    inner => walk::walk_arrow_function_body(&mut body, inner),
                }
            }
            Expression::FunctionExpression(function) => return self.take_function(function),
            Expression::CallExpression(call) => return self.take_call(call),
            _ => return,
        }
        self.found.extend(body.found);
    }

    fn take_call(&mut self, call: &CallExpression<'_>) {
        let arguments = call.arguments.iter().filter_map(Argument::as_expression);
        arguments.for_each(|argument| self.take(argument));
    }

    fn take_function(&mut self, function: &Function<'_>) {
        let Some(inner) = &function.body else {
            return;
        };
        let mut body = Body::new(self.clients);
        walk::walk_formal_parameters(&mut body.locals, &function.params);
        body.locals.visit_function_body(inner);
        walk::walk_function_body(&mut body, inner);
        self.found.extend(body.found);
    }
}

impl<'a> Visit<'a> for Handlers<'_> {
    fn visit_statement(&mut self, it: &oxc_ast::ast::Statement<'a>) {
        if let oxc_ast::ast::Statement::FunctionDeclaration(function) = it {
            return self.declared(function);
        }
        walk::walk_statement(self, it);
    }

    fn visit_declaration(&mut self, it: &oxc_ast::ast::Declaration<'a>) {
        if let oxc_ast::ast::Declaration::FunctionDeclaration(function) = it {
            return self.declared(function);
        }
        walk::walk_declaration(self, it);
    }

    fn visit_variable_declarator(&mut self, it: &VariableDeclarator<'a>) {
        let name = it.id.get_identifier_name();
        if let (Some(init), true) = (&it.init, name.is_some_and(|name| name == self.handler)) {
            self.take(init);
        }
    }

    fn visit_assignment_expression(&mut self, it: &AssignmentExpression<'a>) {
        if let AssignmentTarget::StaticMemberExpression(member) = &it.left
            && member.property.name == self.handler
        {
            return self.take(&it.right);
        }
        walk::walk_assignment_expression(self, it);
    }

    fn visit_object_property(&mut self, it: &ObjectProperty<'a>) {
        if it.key.is_specific_static_name(self.handler) {
            self.take(&it.value);
        }
    }

    fn visit_function_body(&mut self, _: &FunctionBody<'a>) {}

    fn visit_arrow_function_body(&mut self, _: &ArrowFunctionBody<'a>) {}
}

impl Handlers<'_> {
    fn declared(&mut self, function: &Function<'_>) {
        let name = function.id.as_ref().map(|id| id.name.as_str());
        if name == Some(self.handler) {
            self.take_function(function);
        }
    }
}

/// What the handler does for every event: not what stands in a condition, a loop or another function.
struct Body<'n> {
    clients: &'n BTreeSet<String>,
    locals: Locals,
    found: BTreeSet<String>,
}

impl<'n> Body<'n> {
    fn new(clients: &'n BTreeSet<String>) -> Self {
        Self {
            clients,
            locals: Locals::default(),
            found: BTreeSet::new(),
        }
    }

    /// The class that is made, where it is a client.
    fn client(&self, made: &NewExpression<'_>) -> Option<String> {
        let (root, name) = match &made.callee {
            Expression::Identifier(class) => (class.name, class.name),
            Expression::StaticMemberExpression(member) => match &member.object {
                Expression::Identifier(object) => (object.name, member.property.name),
                _ => return None,
            },
            _ => return None,
        };
        let is_client = name.ends_with("Client") && self.clients.contains(root.as_str());
        is_client.then(|| name.to_string())
    }
}

impl<'a> Visit<'a> for Body<'_> {
    fn visit_new_expression(&mut self, it: &NewExpression<'a>) {
        let mut free = Free {
            locals: &self.locals.0,
            is_free: true,
        };
        free.visit_arguments(&it.arguments);
        if free.is_free {
            self.found.extend(self.client(it));
        }
        walk::walk_new_expression(self, it);
    }

    fn visit_function_body(&mut self, _: &FunctionBody<'a>) {}

    fn visit_arrow_function_body(&mut self, _: &ArrowFunctionBody<'a>) {}

    fn visit_if_statement(&mut self, it: &IfStatement<'a>) {
        self.visit_expression(&it.test);
    }

    fn visit_conditional_expression(&mut self, it: &ConditionalExpression<'a>) {
        self.visit_expression(&it.test);
    }

    fn visit_logical_expression(&mut self, it: &LogicalExpression<'a>) {
        self.visit_expression(&it.left);
    }

    fn visit_assignment_expression(&mut self, it: &AssignmentExpression<'a>) {
        if !it.operator.is_logical() {
            walk::walk_assignment_expression(self, it);
        }
    }

    fn visit_switch_statement(&mut self, _: &SwitchStatement<'a>) {}

    fn visit_for_statement(&mut self, _: &ForStatement<'a>) {}

    fn visit_for_in_statement(&mut self, _: &ForInStatement<'a>) {}

    fn visit_for_of_statement(&mut self, _: &ForOfStatement<'a>) {}

    fn visit_while_statement(&mut self, _: &WhileStatement<'a>) {}

    fn visit_do_while_statement(&mut self, _: &DoWhileStatement<'a>) {}
}

/// Names that a function gives, its parameters among them.
#[derive(Default)]
struct Locals(BTreeSet<String>);

impl<'a> Visit<'a> for Locals {
    fn visit_binding_identifier(&mut self, it: &BindingIdentifier<'a>) {
        self.0.insert(it.name.to_string());
    }
}

/// Whether expressions hang on nothing that belongs to the event.
struct Free<'n> {
    locals: &'n BTreeSet<String>,
    is_free: bool,
}

impl<'a> Visit<'a> for Free<'_> {
    fn visit_identifier_reference(&mut self, it: &IdentifierReference<'a>) {
        self.is_free &= !self.locals.contains(it.name.as_str());
    }

    fn visit_await_expression(&mut self, _: &AwaitExpression<'a>) {
        self.is_free = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: &str, expected: &str) {
        let found: Vec<String> = made_per_event(code, "handler").into_iter().collect();
        assert_eq!(found.join(" "), expected, "{code}");
    }

    const IMPORT: &str = "import { S3Client, PutObjectCommand } from '@aws-sdk/client-s3';";

    #[test]
    fn clients_that_every_event_makes_again() {
        let esm = |code: &str| format!("{IMPORT} {code}");
        check(
            &esm("export const handler = async (event) => { const s3 = new S3Client({}); }"),
            "S3Client",
        );
        check(
            &esm("export async function handler(event) { try { new S3Client() } catch {} }"),
            "S3Client",
        );
        check(
            &esm("const handler = middy(async () => { new S3Client({region: process.env.R}) })"),
            "S3Client",
        );
        check(
            "const { S3Client } = require('@aws-sdk/client-s3'); \
             exports.handler = async function (event) { new S3Client({}) }",
            "S3Client",
        );
        check(
            "const client_s3_1 = __importStar(require('@aws-sdk/client-s3')); \
             module.exports = { handler: () => { new client_s3_1.S3Client({}) } }",
            "S3Client",
        );
    }

    #[test]
    fn clients_that_are_where_they_belong() {
        for code in [
            "const s3 = new S3Client({}); export const handler = async () => s3.send(1)",
            "let s3; export const handler = async () => { if (!s3) s3 = new S3Client({}); }",
            "let s3; export const handler = async () => { s3 ??= new S3Client({}); }",
            "let s3; export const handler = async () => { s3 = s3 || new S3Client({}); }",
            "export const handler = async (event) => { new S3Client({region: event.region}) }",
            "export const handler = async () => { const r = 1; new S3Client({region: r}) }",
            "export const handler = async () => { new S3Client({credentials: await role()}) }",
            "export const handler = async () => { for (const r of all) new S3Client({}) }",
            "export const other = async () => { new S3Client({}) }",
            "export const handler = async () => { new PutObjectCommand({}) }",
            "export const handler = async () => { const f = () => new S3Client({}); }",
        ] {
            check(&format!("{IMPORT} {code}"), "");
        }
        check(
            "const { S3Client } = require('./mine'); exports.handler = () => { new S3Client() }",
            "",
        );
    }
}
