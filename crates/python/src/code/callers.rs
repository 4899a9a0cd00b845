//! Who calls a function: the code that is read, or somebody who is not seen, such as Lambda.

use std::collections::BTreeSet;

use ruff_python_ast::{CmpOp, Decorator, Expr, Parameters, StmtFunctionDef};

use super::{Call, Code, Parameter};
use crate::imports::last_name;

/// What Lambda passes to a handler: the event, and the context.
const HANDLER_ARGUMENTS: usize = 2;

/// Decorators that leave it to the code to call what they decorate; all others may keep it, as `@app.get("/")` does.
const CALLED_BY_CODE: [&str; 17] = [
    "abstractmethod",
    "asynccontextmanager",
    "cache",
    "cached",
    "cached_property",
    "capture_method",
    "classmethod",
    "contextmanager",
    "dataclass",
    "final",
    "lru_cache",
    "override",
    "property",
    "retry",
    "staticmethod",
    "total_ordering",
    "wraps",
];

/// Where a program is entered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entrances {
    /// The functions that Lambda is known to call.
    handlers: BTreeSet<String>,
    /// Whether Lambda may call others as well: a handler can stand in the function's own code only, or be named.
    others: bool,
}

impl Entrances {
    /// Those of the function's own code; `handlers` are as in its configuration, `src/app.run`.
    pub(crate) fn of_function(handlers: &[String]) -> Self {
        Self {
            others: true,
            ..Self::of_dependency(handlers)
        }
    }

    /// Those of a distribution.
    pub(crate) fn of_dependency(handlers: &[String]) -> Self {
        let names = handlers.iter().filter_map(|name| name.rsplit('.').next());
        Self {
            handlers: names.map(str::to_owned).collect(),
            others: false,
        }
    }

    /// Whether Lambda calls `function`, which whoever makes a call names `called`. Python calls methods such as
    /// `__call__` itself.
    pub(crate) fn holds(&self, function: &StmtFunctionDef, called: &str) -> bool {
        let name = function.name.as_str();
        let is_special = name.starts_with("__") && name.ends_with("__") && name == called;
        let is_named = [name, called]
            .iter()
            .any(|name| self.handlers.contains(*name));
        is_named || is_special || looks_like_handler(function)
    }
}

/// Whether people call such a function a handler, told by its name or by what they call an event and its context.
fn looks_like_handler(function: &StmtFunctionDef) -> bool {
    const EVENTS: [&str; 6] = ["event", "_event", "evt", "ev", "e", "payload"];
    const CONTEXTS: [&str; 8] = [
        "context",
        "_context",
        "ctx",
        "_ctx",
        "c",
        "_",
        "__",
        "lambda_context",
    ];
    let parameters = function.parameters.iter_non_variadic_params();
    let names = parameters.map(|parameter| parameter.parameter.name.as_str());
    let names: Vec<&str> = names
        .filter(|name| !matches!(*name, "self" | "cls"))
        .collect();
    let takes_event = matches!(names[..], [event, context, ..] if EVENTS.contains(&event) || CONTEXTS.contains(&context));
    takes_event || function.name.to_lowercase().contains("handler")
}

/// Whether a function with these parameters can be called as Lambda calls a handler.
pub(crate) fn takes_event_and_context(parameters: &Parameters) -> bool {
    let positional = || parameters.posonlyargs.iter().chain(&parameters.args);
    let required = positional().filter(|one| one.default.is_none()).count();
    let has_room = parameters.vararg.is_some() || positional().count() >= HANDLER_ARGUMENTS;
    let keywords = &parameters.kwonlyargs;
    required <= HANDLER_ARGUMENTS && has_room && keywords.iter().all(|one| one.default.is_some())
}

/// Whether a decorator may hand what it decorates to somebody who calls it.
pub(crate) fn may_keep(decorator: &Decorator) -> bool {
    let made_by = match &decorator.expression {
        Expr::Call(call) => &call.func,
        other => other,
    };
    last_name(made_by).is_none_or(|name| {
        // `@name.setter`
        !CALLED_BY_CODE.contains(&name) && !matches!(name, "setter" | "deleter")
    })
}

/// `__name__ == "__main__"`, which is never so in Lambda.
pub(crate) fn asks_for_main(test: &Expr) -> bool {
    let Expr::Compare(compare) = test else {
        return false;
    };
    let sides = [Some(&*compare.left), compare.comparators.first()];
    let mut sides = sides.into_iter().flatten();
    compare.ops[..] == [CmpOp::Eq]
        && sides.any(
            |side| matches!(side, Expr::StringLiteral(text) if text.value.to_str() == "__main__"),
        )
}

/// Whether a file holds tests, which run on the computers of developers.
/// Source: <https://docs.pytest.org/en/stable/explanation/goodpractices.html>.
pub(crate) fn is_of_tests(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let stem = parts.next().unwrap_or_default().trim_end_matches(".py");
    let is_test = |name: &str| name == "conftest" || name.starts_with("test_");
    is_test(stem) || stem.ends_with("_test") || parts.any(|part| matches!(part, "test" | "tests"))
}

impl Code {
    /// Whether somebody who is not seen can choose what is passed.
    pub(crate) fn gets_unseen(&self, parameter: &Parameter) -> bool {
        let function = parameter.function.as_str();
        let is_passed_by_lambda = self.entrances.others
            && parameter.position < HANDLER_ARGUMENTS
            && self.take_events.contains(function);
        let needs_caller = parameter.default.is_none() || is_passed_by_lambda;
        self.hands_on(function) || (needs_caller && !self.calls_in_lambda(function))
    }

    /// Whether a call of `function` is seen that can happen in Lambda.
    fn calls_in_lambda(&self, function: &str) -> bool {
        let calls = self.calls_of(function);
        let mut seen = BTreeSet::new();
        match self.entrances.others {
            false => !calls.is_empty(),
            true => calls.iter().any(|call| !self.is_idle(call, &mut seen)),
        }
    }

    /// Whether a call happens on computers of developers only.
    fn is_idle<'c>(&'c self, call: &'c Call, seen: &mut BTreeSet<&'c str>) -> bool {
        let within = call.within.as_deref();
        call.is_local || within.is_some_and(|function| self.is_never_called(function, seen))
    }

    /// Whether nothing but idle calls leads to `function`, and nobody else can call it.
    fn is_never_called<'c>(&'c self, function: &'c str, seen: &mut BTreeSet<&'c str>) -> bool {
        let is_entered = self.take_events.contains(function) || self.methods.contains(function);
        if is_entered || self.hands_on(function) {
            return false;
        }
        // What is asked about already is a circle: it ends where nothing else leads into it.
        let mut calls = self.calls_of(function).iter();
        !seen.insert(function) || calls.all(|call| self.is_idle(call, seen))
    }
}
