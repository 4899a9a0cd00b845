//! What expressions of a file stand for, as far as its text alone tells.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use oxc_ast::ast::{
    Argument, BinaryOperator, BindingIdentifier, BindingPattern, CallExpression, Expression,
    ImportSpecifier, ModuleExportName, Program, TemplateLiteral, VariableDeclaration,
    VariableDeclarator,
};
use oxc_ast_visit::{Visit, walk};

/// Names that a file gives to places, to texts and to `require`.
#[derive(Debug, Default)]
pub(crate) struct Constants<'a> {
    places: BTreeMap<&'a str, Place>,
    texts: BTreeMap<&'a str, String>,
    requires: BTreeSet<&'a str>,
    makers: BTreeSet<&'a str>,
    /// Where each name is bound: one that is bound twice stands for nothing certain.
    bindings: BTreeMap<&'a str, BTreeSet<u32>>,
    is_const: bool,
    ambiguous: bool,
}

/// A place that a file knows itself by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Its folder, or one above.
    Folder,
    /// The file.
    File,
}

/// One thing that a specifier can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Text {
    /// Exactly this.
    Whole(String),
    /// It begins like this.
    Prefix(String),
    /// A path from the folder of the file, with texts that the file holds.
    Anchored,
    /// Anything.
    Unknown,
}

/// Functions that make a path of paths.
const JOINS: [&str; 3] = ["join", "resolve", "normalize"];

/// Functions that turn a path into another form of the same place.
const FORMS: [&str; 3] = ["fileURLToPath", "pathToFileURL", "realpathSync"];

impl<'a> Constants<'a> {
    /// Collects the names that `program` gives.
    pub(crate) fn of(program: &Program<'a>) -> Self {
        let mut all = Self::default();
        all.requires.insert("require");
        all.makers.insert("createRequire");
        // A name can stand for a place that another name stands for.
        for _ in 0..3 {
            all.visit_program(program);
        }
        let bindings = std::mem::take(&mut all.bindings);
        let certain = |name: &str| bindings.get(name).is_none_or(|places| places.len() == 1);
        all.texts.retain(|name, _| certain(name));
        let own = |name: &&str| !["require", "__dirname", "__filename"].contains(name);
        let mut names = all.places.keys().chain(&all.requires).copied().filter(own);
        all.ambiguous = names.any(|name| !certain(name));
        all
    }

    /// Whether a place, or `require`, goes by a name that also stands for something else.
    pub(crate) fn is_ambiguous(&self) -> bool {
        self.ambiguous
    }

    /// Whether a name stands for `require`.
    pub(crate) fn is_require_name(&self, name: &str) -> bool {
        self.requires.contains(name)
    }

    /// Whether `expression` is a function like `require`.
    pub(crate) fn is_require(&self, expression: &Expression<'a>) -> bool {
        match expression.get_inner_expression() {
            Expression::Identifier(name) => self.is_require_name(name.name.as_str()),
            Expression::CallExpression(call) => self.makes_require(call),
            _ => false,
        }
    }

    fn makes_require(&self, call: &CallExpression<'a>) -> bool {
        callee_name(&call.callee).is_some_and(|name| self.makers.contains(name))
    }

    /// The place that `expression` is, if it is nothing more.
    pub(crate) fn place(&self, expression: &Expression<'a>) -> Option<Place> {
        match expression.get_inner_expression() {
            Expression::Identifier(name) => match name.name.as_str() {
                "__dirname" => Some(Place::Folder),
                "__filename" => Some(Place::File),
                name => self.places.get(name).copied(),
            },
            Expression::StaticMemberExpression(member) => {
                let is_meta = matches!(member.object, Expression::ImportMeta(_));
                match member.property.name.as_str() {
                    "dirname" if is_meta => Some(Place::Folder),
                    "url" | "filename" if is_meta => Some(Place::File),
                    // `new URL(…).pathname`
                    "pathname" | "href" => self.place(&member.object),
                    _ => None,
                }
            }
            Expression::CallExpression(call) => self.place_of_call(call),
            Expression::NewExpression(new) => {
                let mut arguments = new.arguments.iter().filter_map(Argument::as_expression);
                let (first, second) = (arguments.next()?, arguments.next());
                let is_url =
                    matches!(&new.callee, Expression::Identifier(name) if name.name == "URL");
                let Some(second) = second else {
                    return self.place(first).filter(|_| is_url);
                };
                let only_dots = self.start(first)?.trim_matches(['.', '/']).is_empty();
                self.place(second)
                    .filter(|_| is_url && only_dots)
                    .map(|_| Place::Folder)
            }
            _ => None,
        }
    }

    fn place_of_call(&self, call: &CallExpression<'a>) -> Option<Place> {
        let name = callee_name(&call.callee)?;
        let mut arguments = call.arguments.iter().map(Argument::as_expression);
        let first = self.place(arguments.next()??)?;
        if name == "dirname" {
            return Some(Place::Folder);
        }
        if FORMS.contains(&name) {
            return Some(first);
        }
        let mut only_dots = arguments.all(|argument| {
            let text = argument.and_then(|argument| self.start(argument));
            text.is_some_and(|text| text.trim_matches(['.', '/']).is_empty())
        });
        only_dots &= JOINS.contains(&name);
        only_dots.then_some(Place::Folder)
    }

    /// What is known of the beginning of a text; nothing for other values.
    pub(crate) fn start(&self, expression: &Expression<'a>) -> Option<String> {
        match self.texts(expression).into_iter().next()? {
            Text::Whole(text) | Text::Prefix(text) => Some(text),
            Text::Anchored | Text::Unknown => None,
        }
    }

    /// Everything that a specifier can be.
    pub(crate) fn texts(&self, expression: &Expression<'a>) -> Vec<Text> {
        match expression.get_inner_expression() {
            Expression::StringLiteral(text) => vec![Text::Whole(text.value.to_string())],
            Expression::TemplateLiteral(template) => vec![self.template(template)],
            Expression::Identifier(name) => {
                let known = self.texts.get(name.name.as_str());
                let place = self.place(expression).map(|_| Text::Anchored);
                vec![
                    known
                        .cloned()
                        .map(Text::Whole)
                        .or(place)
                        .unwrap_or(Text::Unknown),
                ]
            }
            Expression::ConditionalExpression(choice) => [
                self.texts(&choice.consequent),
                self.texts(&choice.alternate),
            ]
            .concat(),
            Expression::LogicalExpression(choice) => {
                [self.texts(&choice.left), self.texts(&choice.right)].concat()
            }
            Expression::BinaryExpression(sum) if sum.operator == BinaryOperator::Addition => {
                vec![self.sum(&sum.left, &sum.right)]
            }
            Expression::CallExpression(call) => vec![self.call(call)],
            Expression::AwaitExpression(wait) => self.texts(&wait.argument),
            Expression::NewExpression(new) => vec![self.url(&new.arguments)],
            other => {
                let place = self.place(other).map(|_| Text::Anchored);
                vec![place.unwrap_or(Text::Unknown)]
            }
        }
    }

    fn template(&self, template: &TemplateLiteral<'a>) -> Text {
        let first = template.quasis.first();
        let start = first
            .and_then(|text| text.value.cooked.as_ref())
            .map_or("", |text| text.as_str());
        match template.expressions.first() {
            None => Text::Whole(start.to_owned()),
            Some(_) if !start.is_empty() => Text::Prefix(start.to_owned()),
            Some(first) if self.place(first).is_some() => Text::Anchored,
            Some(_) => Text::Unknown,
        }
    }

    fn sum(&self, left: &Expression<'a>, right: &Expression<'a>) -> Text {
        if self.place(left).is_some() && self.start(right).is_some() {
            return Text::Anchored;
        }
        let mut lefts = self.texts(left).into_iter();
        match (lefts.next(), lefts.next()) {
            (Some(Text::Whole(start)), None) => match self.texts(right).as_slice() {
                [Text::Whole(rest)] => Text::Whole(start + rest),
                _ if start.is_empty() => Text::Unknown,
                _ => Text::Prefix(start),
            },
            (Some(start @ (Text::Prefix(_) | Text::Anchored)), None) => start,
            _ => Text::Unknown,
        }
    }

    /// A path that is joined from the folder of the file and texts, or taken for such a path by another call.
    fn call(&self, call: &CallExpression<'a>) -> Text {
        let arguments: Vec<_> = call
            .arguments
            .iter()
            .filter_map(Argument::as_expression)
            .collect();
        let Some(name) = callee_name(&call.callee) else {
            return Text::Unknown;
        };
        let known = JOINS.contains(&name) || FORMS.contains(&name);
        let Some(first) = arguments.first().filter(|_| known) else {
            return Text::Unknown;
        };
        let place = self.place(first).is_some();
        let says = |text: &&Expression<'a>| {
            let text = self.start(text);
            text.is_some_and(|text| !text.trim_matches(['.', '/']).is_empty())
        };
        if place && arguments[1..].iter().any(says) {
            return Text::Anchored;
        }
        match (self.texts(first).as_slice(), arguments.len()) {
            ([one @ Text::Anchored], _) => one.clone(),
            ([one], 1) => one.clone(),
            _ => Text::Unknown,
        }
    }

    fn url(&self, arguments: &[Argument<'a>]) -> Text {
        let mut arguments = arguments.iter().filter_map(Argument::as_expression);
        let (Some(first), Some(base)) = (arguments.next(), arguments.next()) else {
            return Text::Unknown;
        };
        match self.start(first) {
            Some(_) if self.place(base).is_some() => Text::Anchored,
            _ => Text::Unknown,
        }
    }
}

impl<'a> Visit<'a> for Constants<'a> {
    fn visit_variable_declaration(&mut self, it: &VariableDeclaration<'a>) {
        self.is_const = it.kind.is_const();
        walk::walk_variable_declaration(self, it);
    }

    fn visit_binding_identifier(&mut self, it: &BindingIdentifier<'a>) {
        let places = self.bindings.entry(it.name.as_str()).or_default();
        places.insert(it.span.start);
    }

    fn visit_variable_declarator(&mut self, it: &VariableDeclarator<'a>) {
        let is_const = self.is_const;
        if let (BindingPattern::BindingIdentifier(id), Some(init)) = (&it.id, &it.init) {
            let name = id.name.as_str();
            if let Some(place) = self.place(init) {
                self.places.insert(name, place);
            }
            if let (true, Expression::StringLiteral(text)) = (self.is_const, init) {
                self.texts.insert(name, text.value.to_string());
            }
            if matches!(init, Expression::CallExpression(call) if self.makes_require(call)) {
                self.requires.insert(name);
            }
        }
        walk::walk_variable_declarator(self, it);
        // Declarations inside the value had their own word.
        self.is_const = is_const;
    }

    fn visit_import_specifier(&mut self, it: &ImportSpecifier<'a>) {
        if matches!(&it.imported, ModuleExportName::IdentifierName(name) if name.name == "createRequire")
        {
            self.makers.insert(it.local.name.as_str());
        }
        walk::walk_import_specifier(self, it);
    }
}

/// The last name of what is called: `join` of `path.join`.
fn callee_name<'b>(callee: &'b Expression<'_>) -> Option<&'b str> {
    match callee.get_inner_expression() {
        Expression::Identifier(name) => Some(name.name.as_str()),
        Expression::StaticMemberExpression(member) => Some(member.property.name.as_str()),
        // `(0, path.join)(…)`, as compilers write it.
        Expression::SequenceExpression(all) => callee_name(all.expressions.last()?),
        _ => None,
    }
}
