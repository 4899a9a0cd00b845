//! What one file of JavaScript uses of the SDK.

use std::collections::BTreeSet;

use oxc_ast::ast::{
    Argument, BindingPattern, CallExpression, ComputedMemberExpression, Declaration,
    ExportDeclaration, Expression, IdentifierReference, ImportDeclaration,
    ImportDeclarationSpecifier, ObjectPattern, Program, StaticMemberExpression, StringLiteral,
    TemplateElement, VariableDeclarator,
};
use oxc_ast_visit::{Visit, walk};

use crate::parse;
use crate::references::References;

/// Parts of the SDK that code names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Uses {
    /// What it takes from the object that holds all: `S3`, but also `config`.
    pub(super) members: BTreeSet<String>,
    /// Modules of single clients: `s3` of `aws-sdk/clients/s3`.
    pub(super) clients: BTreeSet<String>,
}

impl Uses {
    /// Reads `code`; `None` where its text does not tell.
    pub(super) fn read(code: &str) -> Option<Self> {
        parse::read(code, &parse::ANY, |program| {
            if may_load_unseen(&References::of(program), code) {
                return None;
            }
            let mut reader = Reader {
                names: names(program),
                found: Self::default(),
                is_clear: true,
            };
            reader.visit_program(program);
            reader.is_clear.then_some(reader.found)
        })?
    }

    pub(super) fn sum(all: Vec<Self>) -> Self {
        let mut sum = Self::default();
        for uses in all {
            sum.members.extend(uses.members);
            sum.clients.extend(uses.clients);
        }
        sum
    }
}

/// Whether something is loaded that may be the SDK, and whose name is no literal of `code`.
fn may_load_unseen(loads: &References, code: &str) -> bool {
    let specifiers = loads.requires.iter().chain(&loads.imports);
    let mut put_together = specifiers.filter(|name| names_sdk(name) && !code.contains(*name));
    let may_begin = |start: &String| {
        "aws-sdk".starts_with(start.as_str()) || start.trim_matches(['.', '/']).is_empty()
    };
    loads.undecided || put_together.next().is_some() || loads.prefixes.iter().any(may_begin)
}

/// What a specifier means.
enum Module<'s> {
    /// The object that holds all services.
    All,
    /// One client.
    Client(&'s str),
    /// Code that makes no client by itself.
    Part,
    /// Something else of the SDK.
    Other,
}

impl<'s> Module<'s> {
    /// `None` where it is not of the SDK.
    fn of(specifier: &'s str) -> Option<Self> {
        let inner = match specifier.split_once('/') {
            Some(("aws-sdk", inner)) => inner.trim_end_matches(".js"),
            None if specifier == "aws-sdk" => return Some(Self::All),
            _ => return None,
        };
        Some(match inner.split_once('/') {
            None if ["", "global", "index"].contains(&inner) => Self::All,
            None if inner == "package.json" => Self::Part,
            Some(("lib", "aws" | "core")) => Self::All,
            Some(("lib", _)) => Self::Part,
            Some(("clients", "all")) => Self::Other,
            Some(("clients", name)) => Self::Client(name),
            _ => Self::Other,
        })
    }
}

/// Functions that compilers put around `require`.
const WRAPPERS: [&str; 5] = [
    "__importDefault",
    "__importStar",
    "_interopRequireDefault",
    "_interopRequireWildcard",
    "__toESM",
];

/// The specifier of `require("…")`, also inside such a wrapper.
fn required<'e>(expression: &'e Expression<'_>) -> Option<&'e str> {
    let Expression::CallExpression(call) = expression.get_inner_expression() else {
        return None;
    };
    let name = match call.callee.get_inner_expression() {
        Expression::Identifier(name) => name.name.as_str(),
        Expression::StaticMemberExpression(member) => member.property.name.as_str(),
        _ => return None,
    };
    match call.arguments.first()? {
        Argument::StringLiteral(text) if name == "require" => Some(text.value.as_str()),
        argument if WRAPPERS.contains(&name) => required(argument.as_expression()?),
        _ => None,
    }
}

fn is_all(expression: &Expression<'_>) -> bool {
    let module = required(expression).and_then(Module::of);
    matches!(module, Some(Module::All))
}

/// The names that stand for the object that holds all services.
fn names(program: &Program<'_>) -> BTreeSet<String> {
    let mut names = Names::default();
    names.visit_program(program);
    names.0
}

#[derive(Default)]
struct Names(BTreeSet<String>);

impl<'a> Visit<'a> for Names {
    fn visit_import_declaration(&mut self, it: &ImportDeclaration<'a>) {
        if !matches!(Module::of(it.source.value.as_str()), Some(Module::All)) {
            return;
        }
        for specifier in it.specifiers.iter().flatten() {
            let is_whole = match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(one) => {
                    one.imported.name() == "default"
                }
                _ => true,
            };
            if is_whole {
                self.0.insert(specifier.name().to_string());
            }
        }
    }

    fn visit_variable_declarator(&mut self, it: &VariableDeclarator<'a>) {
        if let (Some(init), BindingPattern::BindingIdentifier(name)) = (&it.init, &it.id)
            && is_all(init)
        {
            self.0.insert(name.name.to_string());
        }
        walk::walk_variable_declarator(self, it);
    }
}

struct Reader {
    names: BTreeSet<String>,
    found: Uses,
    is_clear: bool,
}

/// Members that can make a client of any service.
const MAKERS: [&str; 2] = ["Service", "apiLoader"];

impl Reader {
    fn member(&mut self, name: &str) {
        self.is_clear &= !MAKERS.contains(&name);
        self.found.members.insert(name.to_owned());
    }

    /// `const {S3, SQS: queues} = AWS`.
    fn pattern(&mut self, pattern: &ObjectPattern<'_>) {
        self.is_clear &= pattern.rest.is_none();
        for property in &pattern.properties {
            match property.key.static_name() {
                Some(name) if name != "default" => self.member(&name),
                _ => self.is_clear = false,
            }
        }
    }

    /// Whether `expression` is the object that holds all services; compilers write `aws_sdk_1.default` for it.
    fn is_sdk(&self, expression: &Expression<'_>) -> bool {
        match expression.get_inner_expression() {
            Expression::Identifier(name) => self.names.contains(name.name.as_str()),
            Expression::StaticMemberExpression(member) if member.property.name == "default" => {
                self.is_sdk(&member.object)
            }
            other => is_all(other),
        }
    }

    /// Takes a specifier in; `false` where the object that holds all services goes on from here.
    fn specifier(&mut self, specifier: &str) -> bool {
        match Module::of(specifier) {
            Some(Module::All) => return false,
            Some(Module::Client(name)) => _ = self.found.clients.insert(name.to_owned()),
            Some(Module::Other) => self.is_clear = false,
            Some(Module::Part) => {}
            None => self.is_clear &= !names_sdk(specifier),
        }
        true
    }
}

impl<'a> Visit<'a> for Reader {
    fn visit_import_declaration(&mut self, it: &ImportDeclaration<'a>) {
        if it.import_kind.is_type() || self.specifier(it.source.value.as_str()) {
            return;
        }
        for specifier in it.specifiers.iter().flatten() {
            if let ImportDeclarationSpecifier::ImportSpecifier(one) = specifier
                && one.imported.name() != "default"
            {
                self.member(one.imported.name().as_str());
            }
        }
    }

    fn visit_export_declaration(&mut self, it: &ExportDeclaration<'a>) {
        let declarators = match &it.declaration {
            Declaration::VariableDeclaration(variables) => variables.declarations.as_slice(),
            _ => &[],
        };
        // Other files get all services under this name, and do not name the SDK themselves.
        let hands_on = |one: &VariableDeclarator<'a>| {
            let is_whole = matches!(one.id, BindingPattern::BindingIdentifier(_));
            is_whole && one.init.as_ref().is_some_and(|init| self.is_sdk(init))
        };
        self.is_clear &= !declarators.iter().any(hands_on);
        walk::walk_export_declaration(self, it);
    }

    fn visit_variable_declarator(&mut self, it: &VariableDeclarator<'a>) {
        let sdk = it.init.as_ref().filter(|init| self.is_sdk(init));
        match (sdk, &it.id) {
            (Some(_), BindingPattern::ObjectPattern(pattern)) => self.pattern(pattern),
            (Some(init), BindingPattern::BindingIdentifier(_)) if is_all(init) => {}
            _ => walk::walk_variable_declarator(self, it),
        }
    }

    fn visit_static_member_expression(&mut self, it: &StaticMemberExpression<'a>) {
        if it.property.name != "default" && self.is_sdk(&it.object) {
            self.member(it.property.name.as_str());
        } else {
            walk::walk_static_member_expression(self, it);
        }
    }

    fn visit_computed_member_expression(&mut self, it: &ComputedMemberExpression<'a>) {
        match &it.expression {
            Expression::StringLiteral(name) if self.is_sdk(&it.object) => {
                self.member(name.value.as_str());
            }
            _ => walk::walk_computed_member_expression(self, it),
        }
    }

    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        let first = match it.arguments.first() {
            Some(Argument::StringLiteral(text)) if it.callee.is_specific_id("require") => text,
            _ => return walk::walk_call_expression(self, it),
        };
        // Somebody gets all services, and nothing says what for.
        self.is_clear &= self.specifier(first.value.as_str());
    }

    fn visit_identifier_reference(&mut self, it: &IdentifierReference<'a>) {
        self.is_clear &= !self.names.contains(it.name.as_str());
    }

    fn visit_string_literal(&mut self, it: &StringLiteral<'a>) {
        self.is_clear &= !names_sdk(it.value.as_str());
    }

    fn visit_template_element(&mut self, it: &TemplateElement<'a>) {
        self.is_clear &= !names_sdk(it.value.raw.as_str());
    }
}

/// Whether a text of code could lead to the SDK: `aws-sdk` itself, or a path to it or into it. Prose has it behind a
/// space.
fn names_sdk(text: &str) -> bool {
    befores(text).any(|before| !before.ends_with([' ', '@']))
}

/// Whether a text that is no code could lead to the SDK, as a value of YAML does.
pub(super) fn mentions_sdk(text: &str) -> bool {
    befores(text).any(|before| !before.ends_with('@'))
}

/// What stands before each `aws-sdk` that is a whole name: neither `@aws-sdk/client-s3` nor `aws-sdk-mock` is the SDK.
fn befores(text: &str) -> impl Iterator<Item = &str> {
    const NAME: &str = "aws-sdk";
    let goes_on = |other: char| other.is_alphanumeric() || ['_', '-'].contains(&other);
    let places = text.match_indices(NAME).filter(move |(at, _)| {
        let (before, behind) = (&text[..*at], &text[at + NAME.len()..]);
        !before.ends_with(goes_on) && !behind.starts_with(goes_on)
    });
    places.map(|(at, _)| &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: &str, expected: &str) {
        let shown = match Uses::read(code) {
            Some(uses) => {
                let clients = uses.clients.iter().map(|name| format!("/{name}"));
                let all: Vec<String> = uses.members.iter().cloned().chain(clients).collect();
                all.join(" ")
            }
            None => "unclear".to_owned(),
        };
        assert_eq!(shown, expected, "{code}");
    }

    #[test]
    fn services_that_are_named() {
        check(
            "const AWS = require('aws-sdk'); AWS.config.update({}); new AWS.S3(); new AWS['SQS']()",
            "S3 SQS config",
        );
        check("const {S3, SNS: topics} = require('aws-sdk')", "S3 SNS");
        check("const AWS = require('aws-sdk'); const {S3} = AWS", "S3");
        check("new (require('aws-sdk').S3)()", "S3");
        check("import AWS, {S3} from 'aws-sdk'; new AWS.SQS()", "S3 SQS");
        check("import * as all from 'aws-sdk'; new all.SQS()", "SQS");
        check("const S3 = require('aws-sdk/clients/s3')", "/s3");
        check("import S3 from 'aws-sdk/clients/s3.js'", "/s3");
        check(
            "const aws_sdk_1 = __importDefault(require('aws-sdk')); new aws_sdk_1.default.S3()",
            "S3",
        );
        check(
            "const a = tslib_1.__importStar(require('aws-sdk')); new a.DynamoDB.DocumentClient()",
            "DynamoDB",
        );
        check("require('aws-sdk/lib/maintenance_mode_message')", "");
        check("f('aws-sdk-js'); require('@aws-sdk/client-s3')", "");
        check("throw Error('install aws-sdk first')", "");
        check("require('./handlers/' + name)", "");
        check("import type AWS from 'aws-sdk'", "");
    }

    #[test]
    fn what_nobody_can_tell() {
        for code in [
            "const AWS = require('aws-sdk'); new AWS[name]()",
            "const AWS = require('aws-sdk'); capture(AWS)",
            "capture(require('aws-sdk'))",
            "module.exports = require('aws-sdk')",
            "const AWS = require('aws-sdk'); module.exports = { AWS }",
            "import AWS from 'aws-sdk'; export default AWS",
            "export * from 'aws-sdk'",
            "export const AWS = require('aws-sdk')",
            "import * as all from 'aws-sdk'; export const AWS = all.default",
            "import('aws-sdk').then(f)",
            "const name = 'aws-sdk'; require(name)",
            "const {S3, ...rest} = require('aws-sdk')",
            "const AWS = require('aws-sdk'); const other = AWS",
            "const AWS = require('aws-sdk'); new AWS.Service({})",
            "require('aws-sdk/clients/all')",
            "require('aws-sdk/apis/ec2-2016-11-15.min.json')",
            "require.resolve('aws-sdk')",
            "require('./node_modules/aws-sdk')",
            "require('aws' + '-sdk')",
            "require(name)",
            "require('aws-' + name)",
            "require('../' + name)",
            "const {S3} = require('aws-sdk'); const more = require(name)",
            "read(`node_modules/aws-sdk/apis/${name}`)",
            "import * as all from 'aws-sdk'; f(all.default)",
            "this is no code, aws-sdk",
        ] {
            check(code, "unclear");
        }
    }
}
