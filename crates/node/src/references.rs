//! What one file of JavaScript or TypeScript refers to.

use std::collections::BTreeSet;

use lambda_slim_archive::Finding;
use oxc_ast::ast::{
    Argument, BindingPattern, CallExpression, ExportAllDeclaration, ExportFromDeclaration,
    Expression, IdentifierReference, ImportDeclaration, ImportExpression, NewExpression, Program,
    StringLiteral, TemplateLiteral, UnaryExpression, UnaryOperator, VariableDeclarator,
};
use oxc_ast_visit::{Visit, walk};

use crate::constant::{Constants, Place, Text};
use crate::parse;

/// What a file refers to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct References {
    /// Specifiers of `import` and `export … from`.
    pub(crate) imports: BTreeSet<String>,
    /// Specifiers of `require`.
    pub(crate) requires: BTreeSet<String>,
    /// Specifiers whose path is taken and not what lies there: `require.resolve`.
    pub(crate) paths: BTreeSet<String>,
    /// What computed specifiers begin with: `./locale/` of `` `./locale/${name}` ``.
    pub(crate) prefixes: BTreeSet<String>,
    /// All other texts that could name something.
    pub(crate) texts: BTreeSet<String>,
    /// Paths that are put together from the folder of the file, or one above, and texts.
    pub(crate) anchors: BTreeSet<String>,
    /// Whether it also loads, or lets others read, what cannot be told from its text.
    pub(crate) undecided: bool,
}

/// Longer texts are prose or data.
const PATH_AT_MOST_BYTES: usize = 250;

impl References {
    /// Reads `code`. What cannot be parsed is undecided: nothing is known of it.
    pub(crate) fn read(code: &str) -> Self {
        parse::read(code, &parse::ANY, Self::of).unwrap_or_else(|| Self {
            undecided: true,
            ..Self::default()
        })
    }

    /// What `program` refers to.
    pub(crate) fn of(program: &Program<'_>) -> Self {
        let mut reader = Reader {
            constants: Constants::of(program),
            found: Self::default(),
        };
        reader.found.undecided = reader.constants.is_ambiguous();
        reader.visit_program(program);
        reader.found
    }
}

impl Finding for References {
    fn held_bytes(&self) -> u64 {
        let sets = [
            &self.imports,
            &self.requires,
            &self.paths,
            &self.prefixes,
            &self.texts,
            &self.anchors,
        ];
        sets.into_iter().map(held_bytes).sum()
    }
}

/// About how many bytes of memory a set of texts holds.
pub(crate) fn held_bytes(texts: &BTreeSet<String>) -> u64 {
    /// Its place in the set and one in memory.
    const BESIDE_THE_TEXT: usize = 48;
    let bytes = |text: &String| (text.len() + BESIDE_THE_TEXT) as u64;
    texts.iter().map(bytes).sum()
}

struct Reader<'a> {
    constants: Constants<'a>,
    found: References,
}

impl<'a> Reader<'a> {
    fn text(&mut self, text: &str) {
        let plausible = !text.is_empty()
            && text.len() <= PATH_AT_MOST_BYTES
            && !text.contains(['\n', '<', '>', '{']);
        if plausible {
            self.found.texts.insert(text.to_owned());
        }
    }

    /// Notes what a loading call is given.
    fn load(&mut self, specifier: &Expression<'a>, kind: Load) {
        for text in self.constants.texts(specifier) {
            match text {
                Text::Whole(text) => {
                    let specifiers = match kind {
                        Load::Import => &mut self.found.imports,
                        Load::Require => &mut self.found.requires,
                        Load::Path => &mut self.found.paths,
                    };
                    specifiers.insert(text);
                }
                Text::Prefix(text) => _ = self.found.prefixes.insert(text),
                // Noted where the path is put together.
                Text::Anchored => {}
                Text::Unknown => self.found.undecided = true,
            }
        }
    }

    /// The arguments of a call; one that is a folder is decided where texts behind it say what is meant there.
    fn arguments(&mut self, arguments: &[Argument<'a>]) {
        let place = |argument: &Argument<'a>| {
            let argument = argument.as_expression();
            argument.is_some_and(|argument| self.constants.place(argument).is_some())
        };
        let Some(at) = arguments.iter().position(place) else {
            return arguments
                .iter()
                .for_each(|argument| self.visit_argument(argument));
        };
        let texts = arguments[at + 1..].iter().map_while(|argument| {
            argument
                .as_expression()
                .and_then(|argument| self.constants.start(argument))
        });
        let behind: Vec<String> = texts.collect();
        // `new URL('./lib/', import.meta.url)`
        let before = arguments[..at].iter().filter_map(Argument::as_expression);
        let before: Vec<String> = before
            .filter_map(|text| self.constants.start(text))
            .collect();
        let said = if behind.is_empty() { before } else { behind };
        let decided = self.anchor(&said.join("/"));
        for (number, argument) in arguments.iter().enumerate() {
            if number != at || !decided {
                self.visit_argument(argument);
            }
        }
    }

    /// Notes a path below the folder of the file; `false` where it says nothing.
    fn anchor(&mut self, path: &str) -> bool {
        let says = !path.trim_matches(['.', '/']).is_empty();
        if says {
            self.found.anchors.insert(path.to_owned());
        }
        says
    }

    fn kind_of_call(&self, callee: &Expression<'a>) -> Option<Load> {
        if self.constants.is_require(callee) {
            return Some(Load::Require);
        }
        let Expression::StaticMemberExpression(member) = callee else {
            return None;
        };
        match member.property.name.as_str() {
            "require" => Some(Load::Require),
            "resolve" if self.constants.is_require(&member.object) => Some(Load::Path),
            "resolve" if matches!(member.object, Expression::ImportMeta(_)) => Some(Load::Path),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Load {
    Import,
    Require,
    Path,
}

impl<'a> Visit<'a> for Reader<'a> {
    fn visit_expression(&mut self, it: &Expression<'a>) {
        match self.constants.place(it) {
            // Whoever holds the folder can read all that lies in it.
            Some(Place::Folder) => self.found.undecided = true,
            Some(Place::File) => {}
            None => walk::walk_expression(self, it),
        }
    }

    fn visit_variable_declarator(&mut self, it: &VariableDeclarator<'a>) {
        let place = it.init.as_ref().and_then(|init| self.constants.place(init));
        let named = matches!(it.id, BindingPattern::BindingIdentifier(_));
        // The name stands for the place, and its uses are looked at.
        if place.is_none() || !named {
            walk::walk_variable_declarator(self, it);
        }
    }

    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        match (self.kind_of_call(&it.callee), it.arguments.first()) {
            (Some(kind), Some(first)) => match first.as_expression() {
                Some(specifier) => self.load(specifier, kind),
                None => self.found.undecided = true,
            },
            (Some(_), None) => {}
            (None, _) if is_wrapper_call(it) => return self.arguments(&[]),
            (None, _) => {
                self.visit_expression(&it.callee);
                return self.arguments(&it.arguments);
            }
        }
        // A specifier that is told is no other text as well.
        let told = it.arguments.first().and_then(Argument::as_expression);
        let told = told.is_some_and(Expression::is_string_literal);
        self.arguments(&it.arguments[usize::from(told)..]);
    }

    fn visit_new_expression(&mut self, it: &NewExpression<'a>) {
        let is_url = matches!(&it.callee, Expression::Identifier(name) if name.name == "URL");
        let computed = it.arguments.first().and_then(Argument::as_expression);
        let computed = computed.is_some_and(|first| self.constants.start(first).is_none());
        let here = it.arguments.get(1).and_then(Argument::as_expression);
        if is_url && computed && here.is_some_and(|here| self.constants.place(here).is_some()) {
            self.found.undecided = true;
        }
        self.visit_expression(&it.callee);
        self.arguments(&it.arguments);
    }

    fn visit_import_expression(&mut self, it: &ImportExpression<'a>) {
        self.load(&it.source, Load::Import);
        if !it.source.is_string_literal() {
            walk::walk_import_expression(self, it);
        }
    }

    fn visit_import_declaration(&mut self, it: &ImportDeclaration<'a>) {
        self.found.imports.insert(it.source.value.to_string());
    }

    fn visit_export_all_declaration(&mut self, it: &ExportAllDeclaration<'a>) {
        self.found.imports.insert(it.source.value.to_string());
    }

    fn visit_export_from_declaration(&mut self, it: &ExportFromDeclaration<'a>) {
        self.found.imports.insert(it.source.value.to_string());
    }

    fn visit_ts_external_module_reference(
        &mut self,
        it: &oxc_ast::ast::TSExternalModuleReference<'a>,
    ) {
        self.found.requires.insert(it.expression.value.to_string());
    }

    fn visit_static_member_expression(&mut self, it: &oxc_ast::ast::StaticMemberExpression<'a>) {
        let harmless = ["resolve", "cache", "main", "extensions", "ensure"];
        if self.constants.is_require(&it.object) && harmless.contains(&it.property.name.as_str()) {
            return;
        }
        walk::walk_static_member_expression(self, it);
    }

    fn visit_unary_expression(&mut self, it: &UnaryExpression<'a>) {
        let asks_for_name = it.operator == UnaryOperator::Typeof
            && matches!(it.argument, Expression::Identifier(_));
        if !asks_for_name {
            walk::walk_unary_expression(self, it);
        }
    }

    fn visit_identifier_reference(&mut self, it: &IdentifierReference<'a>) {
        // `require` as a value: what it will be called with stands somewhere else.
        if self.constants.is_require_name(it.name.as_str()) {
            self.found.undecided = true;
        }
    }

    fn visit_string_literal(&mut self, it: &StringLiteral<'a>) {
        self.text(it.value.as_str());
    }

    fn visit_binary_expression(&mut self, it: &oxc_ast::ast::BinaryExpression<'a>) {
        let is_place = self.constants.place(&it.left).is_some();
        if let Some(text) = self.constants.start(&it.right).filter(|_| is_place)
            && self.anchor(&text)
        {
            return self.visit_expression(&it.right);
        }
        let compares = it.operator.is_equality();
        if !(compares && is_place) {
            self.visit_expression(&it.left);
        }
        self.visit_expression(&it.right);
    }

    fn visit_template_literal(&mut self, it: &TemplateLiteral<'a>) {
        for quasi in &it.quasis {
            self.text(quasi.value.cooked.as_ref().map_or("", |text| text.as_str()));
        }
        for (number, expression) in it.expressions.iter().enumerate() {
            let behind = it
                .quasis
                .get(number + 1)
                .map_or("", |text| text.value.raw.as_str());
            let is_place = self.constants.place(expression).is_some();
            if !(is_place && self.anchor(behind)) {
                self.visit_expression(expression);
            }
        }
    }
}

/// `factory(require, exports)`: a wrapper for several module systems, which stands in the same file as its factory.
fn is_wrapper_call(call: &CallExpression<'_>) -> bool {
    let has = |name: &str| {
        let mut arguments = call.arguments.iter().filter_map(Argument::as_expression);
        arguments.any(|argument| argument.is_specific_id(name))
    };
    has("require") && has("exports")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(texts: &BTreeSet<String>) -> String {
        texts
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn loads(code: &str) -> String {
        let found = References::read(code);
        let mark = if found.undecided { " ?" } else { "" };
        let parts = [
            ("import", &found.imports),
            ("require", &found.requires),
            ("path", &found.paths),
            ("prefix", &found.prefixes),
        ];
        let parts = parts.iter().filter(|(_, texts)| !texts.is_empty());
        let parts: Vec<String> = parts
            .map(|(name, texts)| format!("{name} {}", list(texts)))
            .collect();
        format!("{}{mark}", parts.join(", "))
    }

    #[test]
    fn what_is_loaded_by_name() {
        assert_eq!(
            loads("import a, {b} from './a.js'; export * from 'b'; export {c} from 'c'"),
            "import ./a.js b c"
        );
        assert_eq!(
            loads("const x = require('x'), y = require(`./y`);"),
            "require ./y x"
        );
        assert_eq!(loads("import('./z').then(f)"), "import ./z");
        assert_eq!(loads("return require('x')"), "require x");
        assert_eq!(loads("module.require('x')"), "require x");
        assert_eq!(
            loads("require.resolve('x'); import.meta.resolve('y')"),
            "path x y"
        );
        assert_eq!(
            loads(
                "import { createRequire as c } from 'module'; const r = c(import.meta.url); r('x')"
            ),
            "import module, require x"
        );
        assert_eq!(loads("const name = './x'; require(name)"), "require ./x");
        assert_eq!(loads("require(a ? 'x' : 'y')"), "require x y");
        assert_eq!(
            loads("import type { A } from './a'; const a: A = 1;"),
            "import ./a"
        );
    }

    #[test]
    fn what_is_computed_keeps_its_beginning() {
        assert_eq!(loads("require('./locale/' + name)"), "prefix ./locale/");
        assert_eq!(loads("import(`./lang/${name}.js`)"), "prefix ./lang/");
    }

    #[test]
    fn what_nobody_can_tell() {
        for code in [
            "require(name)",
            "import(name)",
            "require.resolve(name)",
            "load(require)",
            "module.exports = require",
            "require.call(this, name)",
            "module.exports = __dirname",
            "function path() { return __dirname }",
            "serve(require('path').resolve(__dirname))",
            "import { dirname } from 'path'; export const here = () => dirname(fileURLToPath(import.meta.url))",
            "read(join(__dirname, name))",
            "new Worker(new URL(name, import.meta.url))",
            "const r = createRequire(import.meta.url); r(name)",
            "this is no code",
        ] {
            assert!(References::read(code).undecided, "{code}");
        }
    }

    #[test]
    fn what_can_be_told() {
        for code in [
            "if (typeof require === 'function') {}",
            "if (require.main === module) {}",
            "(function (factory) { var v = factory(require, exports); })(function (require, exports) { require('./x') })",
            "read(join(__dirname, 'lib', name))",
            "read(__dirname + '/lib')",
            "read(`${__dirname}/lib`)",
            "const here = dirname(fileURLToPath(import.meta.url)); read(join(here, 'lib'))",
            "new Worker(new URL('./worker.js', import.meta.url))",
            "if (import.meta.url === main) {}",
            "const require = createRequire(import.meta.url); require('x')",
        ] {
            assert!(!References::read(code).undecided, "{code}");
        }
    }

    #[test]
    fn texts_beside_the_folder_are_anchored() {
        let anchors = |code| list(&References::read(code).anchors);
        assert_eq!(
            anchors("run(path.join(__dirname, '..', 'lib', 'worker.js'))"),
            "../lib/worker.js"
        );
        assert_eq!(anchors("run(path.join(__dirname, 'lib', name))"), "lib");
        assert_eq!(anchors("run(__dirname + '/lib/' + name)"), "/lib/");
        assert_eq!(anchors("run(`${__dirname}/lib/${name}`)"), "/lib/");
        assert_eq!(
            anchors("new Worker(new URL('./w.js', import.meta.url))"),
            "./w.js"
        );
    }

    #[test]
    fn deep_nesting_is_no_danger() {
        assert!(References::read(&"[".repeat(1_000_000)).undecided);
        assert!(References::read(&"!".repeat(1_000_000)).undecided);
    }
}
