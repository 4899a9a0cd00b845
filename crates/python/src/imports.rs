//! What one Python file imports, which names it writes down as texts, and whether it loads what its text does not tell.

use std::collections::BTreeSet;

use ruff_python_ast::visitor::{
    Visitor, walk_elif_else_clause, walk_expr, walk_interpolated_string_element, walk_stmt,
};
use ruff_python_ast::{
    Alias, ElifElseClause, Expr, ExprCall, Identifier, InterpolatedStringElement, Pattern, Stmt,
    StmtIf, StringLiteral,
};

use crate::loads::{self, Loaded};
use crate::tables;

/// What a file says about modules.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Imports {
    /// Its import statements, and calls that import what they spell out.
    pub(crate) imports: BTreeSet<Import>,
    /// Beginnings of modules whose names are put together: one below `package.` can be meant, whichever.
    pub(crate) prefixes: BTreeSet<Import>,
    /// Whether it runs code that does not stand in it.
    pub(crate) runs_text: bool,
    /// Texts that are no documentation.
    pub(crate) texts: BTreeSet<String>,
    /// Those of them with which names that come from elsewhere are compared, and nothing else.
    pub(crate) compared: BTreeSet<String>,
    /// Whether it loads modules whose names cannot be told.
    pub(crate) undecided: bool,
    /// Whether it asks installed distributions for their entry points.
    pub(crate) asks_entry_points: bool,
    /// Whether it asks which modules belong to which distribution.
    pub(crate) lists_modules: bool,
    /// Whether it knows `importlib.metadata`.
    pub(crate) knows_metadata: bool,
    /// Whether it takes `files` of something.
    pub(crate) takes_files: bool,
}

/// One module that is imported, and names that are taken from it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Import {
    /// The number of dots in front; none is an absolute import.
    pub(crate) level: u32,
    /// The name behind the dots; empty in `from . import x`.
    pub(crate) module: String,
    /// What is taken from it: modules or anything else; `*` for all.
    pub(crate) names: Vec<String>,
    /// Whether it is certain to run when the file does.
    pub(crate) need: Need,
}

/// Whether a program can do without an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// It stands at the top of the file, and nothing catches its failure.
    Always,
    /// It stands in a function, behind a condition, or where a failure is caught.
    Perhaps,
}

/// Calls that load or list whatever there is.
const LOADS_ANYTHING: [&str; 12] = [
    "iter_modules",
    "walk_packages",
    "spec_from_file_location",
    "spec_from_loader",
    "module_from_spec",
    "SourceFileLoader",
    "ExtensionFileLoader",
    "load_source",
    "load_module",
    "run_path",
    "execfile",
    "attach_stub",
];

/// Methods that compare the beginning or the end of a text.
const COMPARES: [&str; 2] = ["startswith", "endswith"];

/// What answers from the list of files of distributions: the library, and the function that nothing else has.
const METADATA: [&str; 2] = ["importlib.metadata", "importlib_metadata"];
const LISTS_MODULES: &str = "packages_distributions";
const FILES: &str = "files";

/// What reads the entry points of distributions. Source: `importlib.metadata`, `pkg_resources`, `stevedore`.
const ENTRY_POINTS: [&str; 5] = [
    "entry_points",
    "iter_entry_points",
    "load_entry_point",
    "pkg_resources",
    "stevedore",
];

impl Imports {
    /// Reads a file; `None` where it cannot be parsed.
    pub(crate) fn read(source: &str) -> Option<Self> {
        let module = ruff_python_parser::parse_module(source).ok()?;
        let mut reader = Reader {
            found: Self::default(),
            need: Need::Always,
            computed: Vec::new(),
            compared: BTreeSet::new(),
        };
        reader.visit_body(&module.syntax().body);
        let Reader {
            mut found,
            computed,
            mut compared,
            ..
        } = reader;
        compared.retain(|text| found.texts.insert(text.clone()));
        let names_metadata = |text: &String| METADATA.iter().any(|name| text.contains(name));
        found.knows_metadata |= found.texts.iter().any(names_metadata);
        found.lists_modules |= found.texts.contains(LISTS_MODULES);
        found.takes_files |= found.texts.contains(FILES);
        found.compared = compared;
        let is_said = |name: &str| found.texts.iter().any(|text| text.contains(name));
        match tables::names(source, &module, is_said, &computed) {
            Some(names) => {
                found.prefixes.extend(names.below);
                found
                    .imports
                    .extend(names.whole.into_iter().map(loads::module));
            }
            None => found.undecided = true,
        }
        found.inner_code();
        Some(found)
    }

    /// Imports in texts that are code themselves: templates for `exec`, arguments of `python -c`.
    fn inner_code(&mut self) {
        let codes = self.texts.iter().filter(|text| text.contains("import "));
        let lines = codes.flat_map(|text| text.split(['\n', ';']));
        let inner: Vec<Import> = lines.flat_map(imports_of_line).collect();
        self.imports.extend(inner);
    }
}

/// The imports in one line of code that stands in a text.
fn imports_of_line(line: &str) -> Vec<Import> {
    let line = line.trim();
    let words = |list: &str| -> Vec<String> {
        let names = list
            .split(',')
            .map(|name| name.trim_matches(['(', ')', ' ']));
        let names = names.filter_map(|name| name.split_whitespace().next());
        names.map(str::to_owned).collect()
    };
    if let Some((module, names)) = line
        .strip_prefix("from ")
        .and_then(|rest| rest.split_once(" import "))
    {
        return vec![Import::relative(module.trim(), words(names))];
    }
    let modules = line.strip_prefix("import ").map(words).unwrap_or_default();
    modules
        .into_iter()
        .map(|module| Import::relative(&module, Vec::new()))
        .collect()
}

impl Import {
    /// What `..package.module` in a text means.
    pub(crate) fn text(text: &str) -> Self {
        Self::relative(text, Vec::new())
    }

    pub(crate) fn relative(text: &str, names: Vec<String>) -> Self {
        let module = text.trim_start_matches('.');
        Self {
            level: (text.len() - module.len()) as u32,
            module: module.to_owned(),
            names,
            need: Need::Perhaps,
        }
    }
}

struct Reader<'a> {
    found: Imports,
    need: Need,
    /// The names of modules that calls load, where they stand elsewhere.
    computed: Vec<&'a Expr>,
    /// Texts that something is compared with.
    compared: BTreeSet<String>,
}

impl<'a> Visitor<'a> for Reader<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Import(import) => {
                for alias in &import.names {
                    self.import(0, &alias.name, Vec::new());
                }
            }
            Stmt::ImportFrom(import) => {
                self.found.undecided |= import.names.iter().any(is_hidden_loader);
                let names = import.names.iter().map(|alias| alias.name.to_string());
                let module = import.module.as_deref().unwrap_or_default();
                self.import(import.level, module, names.collect());
            }
            Stmt::Assign(assign) if assign.targets.iter().any(is_all) => {
                // Modules that list their neighbours for `from package import *`.
                if !is_spelled_out(&assign.value) {
                    self.found
                        .prefixes
                        .insert(Import::relative(".", Vec::new()));
                }
                walk_stmt(self, stmt);
            }
            // A text that stands alone documents something.
            Stmt::Expr(text) if text.value.is_string_literal_expr() => {}
            Stmt::If(choice) => self.perhaps(|reader| reader.choice(choice)),
            Stmt::FunctionDef(_)
            | Stmt::Try(_)
            | Stmt::With(_)
            | Stmt::While(_)
            | Stmt::For(_)
            | Stmt::Match(_) => self.perhaps(|reader| walk_stmt(reader, stmt)),
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Call(call) if is_exec(&call.func) => {
                let code = call.arguments.args.first();
                self.found.runs_text |= !code.is_some_and(Expr::is_string_literal_expr);
            }
            Expr::Call(call) if self.call(call) => return self.visit_arguments(&call.arguments),
            Expr::Call(call) if compares(call) => {
                self.visit_expr(&call.func);
                return self.compare(&call.arguments.args);
            }
            Expr::StringLiteral(text) if text.value.is_implicit_concatenated() => {
                self.found.texts.insert(text.value.to_str().to_owned());
            }
            Expr::Name(name) => self.value(&name.id),
            Expr::Attribute(attribute) => {
                // `importlib.resources.files` is another function.
                let of = last_name(&attribute.value);
                self.found.takes_files |= attribute.attr.as_str() == FILES
                    && !of.is_some_and(|name| name.contains("resources"));
                self.found.knows_metadata |=
                    attribute.attr.as_str() == "metadata" && of == Some("importlib");
                self.value(&attribute.attr);
            }
            _ => {}
        }
        walk_expr(self, expr);
    }

    fn visit_string_literal(&mut self, literal: &'a StringLiteral) {
        self.found.texts.insert(literal.as_str().to_owned());
    }

    fn visit_interpolated_string_element(&mut self, element: &'a InterpolatedStringElement) {
        if let InterpolatedStringElement::Literal(literal) = element {
            self.found.texts.insert(literal.value.to_string());
        }
        walk_interpolated_string_element(self, element);
    }
}

impl<'a> Reader<'a> {
    fn perhaps(&mut self, read: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.need, Need::Perhaps);
        read(self);
        self.need = outer;
    }

    /// What only type checkers import never runs. Source: `typing.TYPE_CHECKING`.
    fn choice(&mut self, choice: &'a StmtIf) {
        if !is_type_checking(&choice.test) {
            self.visit_expr(&choice.test);
            self.visit_body(&choice.body);
        }
        for clause in &choice.elif_else_clauses {
            self.clause(clause);
        }
    }

    fn clause(&mut self, clause: &'a ElifElseClause) {
        if !clause.test.as_ref().is_some_and(is_type_checking) {
            walk_elif_else_clause(self, clause);
        }
    }

    fn import(&mut self, level: u32, module: &str, names: Vec<String>) {
        self.word(module.split('.').next().unwrap_or(module));
        names.iter().for_each(|name| self.word(name));
        let is_metadata = METADATA.contains(&module);
        let is_taken = module == "importlib" && names.iter().any(|name| name == "metadata");
        self.found.knows_metadata |= is_metadata || is_taken;
        self.found.takes_files |=
            is_metadata && names.iter().any(|name| name == FILES || name == "*");
        self.found.imports.insert(Import {
            level,
            module: module.to_owned(),
            names,
            need: self.need,
        });
    }

    fn word(&mut self, word: &str) {
        self.found.asks_entry_points |= ENTRY_POINTS.contains(&word);
        self.found.lists_modules |= word == LISTS_MODULES;
        // Called under another name, or handed on to be called by others.
        self.found.undecided |= LOADS_ANYTHING.contains(&word);
    }

    /// A name that is not called at once: whoever gets a function that loads modules calls it with what cannot be seen.
    fn value(&mut self, name: &str) {
        self.word(name);
        self.found.undecided |= loads::loader(name).is_some();
    }

    /// Notes the texts of a comparison.
    fn compare(&mut self, texts: &'a [Expr]) {
        for text in texts {
            match text {
                Expr::StringLiteral(text) => {
                    self.compared.insert(text.value.to_str().to_owned());
                }
                Expr::Tuple(texts) => self.compare(&texts.elts),
                other => self.visit_expr(other),
            }
        }
    }

    /// Notes what the call loads; `false` where it is none that loads.
    fn call(&mut self, call: &'a ExprCall) -> bool {
        let Some(loaded) = loads::loaded(call) else {
            return false;
        };
        match loaded {
            Loaded::Nothing => {}
            Loaded::Module(import) => _ = self.found.imports.insert(import),
            Loaded::Below(package) => _ = self.found.prefixes.insert(package),
            Loaded::AllOf(module) => {
                self.found.prefixes.insert(module.clone());
                self.found.imports.insert(module);
            }
            Loaded::Computed(name) => self.computed.push(name),
            Loaded::Unclear => self.found.undecided = true,
        }
        true
    }
}

/// Whether a call is `name.startswith("a")` or the like, without anything that is spread.
fn compares(call: &ExprCall) -> bool {
    let is_method = call.func.is_attribute_expr();
    let name = last_name(&call.func).filter(|_| is_method && call.arguments.keywords.is_empty());
    name.is_some_and(|name| COMPARES.contains(&name))
}

/// Whether a function that loads modules gets a name by which its calls are not recognised.
fn is_hidden_loader(alias: &Alias) -> bool {
    let own = loads::loader(&alias.name);
    let new = alias.asname.as_deref().map(loads::loader);
    own.is_some() && new.is_some_and(|new| new != own)
}

/// Whether a call runs a text as code; `session.exec` asks a database.
fn is_exec(function: &Expr) -> bool {
    let name = function.as_name_expr();
    name.is_some_and(|name| name.id.as_str() == "exec")
}

fn is_all(target: &Expr) -> bool {
    last_name(target) == Some("__all__")
}

/// Whether a list of names is written down, or made of lists that other modules write down.
fn is_spelled_out(value: &Expr) -> bool {
    match value {
        Expr::List(list) => list.elts.iter().all(is_spelled_out),
        Expr::Tuple(tuple) => tuple.elts.iter().all(is_spelled_out),
        Expr::BinOp(sum) => is_spelled_out(&sum.left) && is_spelled_out(&sum.right),
        Expr::Starred(starred) => is_spelled_out(&starred.value),
        Expr::StringLiteral(_) | Expr::Name(_) | Expr::Attribute(_) => true,
        _ => false,
    }
}

fn is_type_checking(test: &Expr) -> bool {
    last_name(test) == Some("TYPE_CHECKING")
}

/// The name that a pattern of `match` binds, beside those in patterns inside.
pub(crate) fn bound_by(pattern: &Pattern) -> Option<&Identifier> {
    match pattern {
        Pattern::MatchAs(pattern) => pattern.name.as_ref(),
        Pattern::MatchStar(pattern) => pattern.name.as_ref(),
        Pattern::MatchMapping(pattern) => pattern.rest.as_ref(),
        _ => None,
    }
}

/// `import_module` of `importlib.import_module` and of `import_module`.
pub(crate) fn last_name(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) => Some(&name.id),
        Expr::Attribute(attribute) => Some(&attribute.attr),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is imported, each with the names taken; `?` stands before what can be done without, `>` before a prefix.
    fn check(code: &str, expected: &str) {
        let found = Imports::read(code).unwrap();
        let mut words: Vec<String> = Vec::new();
        for import in &found.imports {
            let names: String = import.names.iter().map(|name| format!("/{name}")).collect();
            let need = if import.need == Need::Always { "" } else { "?" };
            let dots = ".".repeat(import.level as usize);
            words.push(format!("{need}{dots}{}{names}", import.module));
        }
        for prefix in &found.prefixes {
            let dots = ".".repeat(prefix.level as usize);
            words.push(format!(">{dots}{}", prefix.module));
        }
        if found.undecided {
            words.push("undecided".to_owned());
        }
        if found.asks_entry_points {
            words.push("entry points".to_owned());
        }
        assert_eq!(words.join(" "), expected, "{code}");
    }

    #[test]
    fn statements() {
        check("import a.b, c as d", "a.b c");
        check("from a.b import c, d as e", "a.b/c/d");
        check("from . import x\nfrom ..y import *", "./x ..y/*");
        check("def f():\n    import a", "?a");
        check("class A:\n    import a", "a");
        check(
            "try:\n    import a\nexcept ImportError:\n    import b",
            "?a ?b",
        );
    }

    #[test]
    fn what_only_type_checkers_import_does_not_run() {
        let code = "if TYPE_CHECKING:\n    import a\nelse:\n    import b";
        check(code, "?b");
        check("if typing.TYPE_CHECKING:\n    import a", "");
        check("if not TYPE_CHECKING:\n    import a", "?a");
    }

    #[test]
    fn calls() {
        check("import_module('a.b')", "?a.b");
        check("importlib.import_module('.b', __package__)", "?.b");
        check("import_module('.b', 'a')", "?a.b");
        check("import_module('.b', package)", "undecided");
        check("import_module(f'.{name}', package=package)", "undecided");
        check("import_module(f'.{name}', package=__package__)", ">.");
        check("__import__('b', globals(), locals(), ['c'], 1)", "?.b/c");
        check("__import__('b', fromlist=('c', 'd'))", "?b/c/d");
        check("__import__('b', globals(), locals(), None, 0)", "?b");
        check("__import__('b', globals(), locals(), names, 1)", "?.b >.b");
        check("__import__('b', fromlist=[name])", "?b >b");
        check("__import__('b', **others)", "undecided");
        check("import_module(**others)", "undecided");
        check("import_module(*others)", "undecided");
        check("import_module('.b', **others)", "undecided");
        check("__import__('b_%s' % x, globals(), level=1)", ">.");
        check("__import__(name, globals(), locals(), [], 0)", "undecided");
        check("import_module(name)", "undecided");
        check("import_module(f'a.b.{name}')", ">a.b");
        check("import_module(f'a.x_{name}')", ">a");
        check("import_module(f'.{name}', __name__)", ">.");
        check("import_module(f'{__name__}.{x}')", ">.");
        check("import_module(f'{other.__name__}.{x}')", "undecided");
        check("import_module('.' + x, other.__spec__.parent)", "undecided");
        check("import_module('.a', other.__spec__.name)", "undecided");
        check("__import__('a.b.%s' % name)", ">a.b");
        check("__import__('a.' + name)", ">a");
        check("__import__('a.{}'.format(name))", ">a");
        check("load = import_string(setting)", "undecided");
        check("load = import_module", "undecided");
        check(
            "from importlib import import_module as load",
            "importlib/import_module undecided",
        );
        check(
            "from importlib import import_module as _import_module\n_import_module('a')",
            "?a importlib/import_module",
        );
        check("load = _import_module", "undecided");
        check("__all__ = ['a'] + b.__all__", "");
        check("__all__ = [name for name in listdir(here)]", ">.");
        check("for m in pkgutil.iter_modules(__path__): pass", "undecided");
        check("importlib.metadata.entry_points(group='x')", "entry points");
        check("import pkg_resources", "pkg_resources entry points");
    }

    #[test]
    fn texts_that_are_only_compared() {
        let compared = |code: &str| {
            let found = Imports::read(code).unwrap();
            assert!(found.texts.is_superset(&found.compared));
            found.compared.into_iter().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(compared("name.startswith('a.tests.')"), "a.tests.");
        assert_eq!(compared("f().endswith(('.a', '.b'), 1)"), ".a .b");
        assert_eq!(compared("name.startswith('a')\nopen('a')"), "");
        assert_eq!(compared("startswith('a')"), "");
    }

    #[test]
    fn lists_of_files() {
        let check = |code: &str, knows: bool, takes: bool, modules: bool| {
            let found = Imports::read(code).unwrap();
            let facts = (found.knows_metadata, found.takes_files, found.lists_modules);
            assert_eq!(facts, (knows, takes, modules), "{code}");
        };
        check(
            "from importlib.metadata import files as f",
            true,
            true,
            false,
        );
        check("from importlib.metadata import *", true, true, false);
        check(
            "import importlib.metadata as m\nm.files('x')",
            true,
            true,
            false,
        );
        check("from importlib import metadata", true, false, false);
        check("from importlib_metadata import version", true, false, false);
        check(
            "import importlib\nimportlib.metadata.version('x')",
            true,
            false,
            false,
        );
        check("m = load('importlib.metadata')", true, false, false);
        check("[d.files for d in distributions()]", false, true, false);
        check("getattr(d, 'files')", false, true, false);
        check(
            "from importlib.metadata import packages_distributions",
            true,
            false,
            true,
        );
        check("m.packages_distributions()", false, false, true);
        check("getattr(m, 'packages_distributions')", false, false, true);
        check(
            "from importlib import resources\nresources.files('x')",
            false,
            false,
            false,
        );
        check(
            "from importlib.resources import files\nfiles('x')",
            false,
            false,
            false,
        );
    }

    /// Tables of what a package loads when somebody asks for it, as PEP 562 has them.
    #[test]
    fn tables() {
        let table = "_T = {'A': '.a', 'B': '.b'}\ndef __getattr__(name):\n ";
        for load in [
            "return import_module(_T[name], __name__)",
            "if (m := _T.get(name)) is None: raise E\n return import_module(m, __name__)",
            "for m in _T.values(): import_module(m, __name__)",
            "if name in _T: globals()[name] = import_module(_T[name], __name__)",
        ] {
            check(&format!("{table}{load}"), "?.a ?.b");
        }
        let below = "def __getattr__(name):\n m = f'a.b.{name}'\n return ";
        check(&format!("{below}import_module(m)"), ">a.b");
        check(&format!("{below}_import_module(m)"), ">a.b");
        check(
            &format!("from a import *\n{below}import_module(m)"),
            "a/* >a.b",
        );
        let pairs = "_T = {'A': ('.a', 'x')}\ndef __getattr__(name):\n ";
        check(
            &format!("{pairs}m, n = _T[name]\n return import_module(m, __name__)"),
            "?x ?.a",
        );
    }

    /// What other code can change loads anything.
    #[test]
    fn values_that_other_code_can_change() {
        let lazy = "def __getattr__(name):\n ";
        let table = format!("_T = {{'A': '.a'}}\n{lazy}");
        let load = format!("{table}import_module(_T[name], __name__)\n");
        for code in [
            format!("{table}import_module(_T[name], package)"),
            format!("{table}import_module(_T.get(name, name), __name__)"),
            format!("{table}import_module(_T[name][1:], __name__)"),
            format!("{table}import_module(_T[name].replace('a', name), __name__)"),
            format!("{table}return import_module(name, __name__)"),
            format!("{load}_T['b'] = x"),
            format!("{load}_T.update(x)"),
            load.replace("_T = ", "_T = more = "),
            format!("{load}_add(_T, 'fast')"),
            format!("{load}globals().update(_T=x)"),
            format!("{load}globals().update(x)"),
            format!("{load}globals()['_T'] = x"),
            format!("{load}self._T = x"),
            format!("{load}vars(module).update(x)"),
            format!("{load}def more(x):\n global _T\n _T = x"),
            format!("{load}from .tables import *"),
            format!("try:\n from .tables import _T\nexcept ImportError: pass\n{load}"),
            // Others import what is not private.
            load.replace("_T", "T"),
            // Others call what they like.
            load.replace("__getattr__", "load"),
            format!("_T = {{**others, 'a': '.b'}}\n{lazy}import_module(_T[name], __name__)"),
            format!("_T = {{n: n for n in names}}\n{lazy}import_module(_T[name], __name__)"),
            format!("_T = {{'a': ['.b']}}\n{lazy}import_module(_T[name][0], __name__)"),
            format!("for _T in [['.b']]: pass\n{lazy}import_module(_T[0], __name__)"),
            format!("{lazy}import_module(self.module_name())\ndef module_name(self): return 'a'"),
            format!("{lazy}import_module(BACKEND)\nBACKEND = 'a'"),
            format!("{lazy}import_module('a'.replace('a', name))\ndef replace(a, b): return 'b'"),
            format!("{lazy}m = f'{{name}}.a'\n import_module(m)"),
            format!("{lazy}m = f'a.{{name}}'\n m = name\n import_module(m)"),
            format!("{lazy}import_module(m)\nclass A:\n m = 'a'"),
            format!("{lazy}import_module(m)\ndef reset(): m = 'a'"),
            format!("from .names import *\n{lazy}import_module(m)\nclass A:\n m = 'a'"),
            format!("{table}import_module(_T.get(*name), __name__)"),
            format!("{table}self.register(_T)\n import_module(_T[name], __name__)"),
            "def load(n='a'): import_module(n)\nload('b')".to_owned(),
            "class A:\n n = 'a'\n def load(self): import_module(self.n)".to_owned(),
        ] {
            assert!(Imports::read(&code).unwrap().undecided, "{code}");
        }
    }

    #[test]
    fn code_in_texts_counts_and_documentation_does_not() {
        check("exec('import a.b\\nfrom c import (d, e)')", "?a.b ?c/d/e");
        check("'''\nimport a\n'''", "");
        check("def f():\n    '''import a'''", "");
    }
}
