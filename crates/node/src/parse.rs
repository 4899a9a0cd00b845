use oxc_allocator::Allocator;
use oxc_ast::ast::Program;
use oxc_parser::{ParseOptions, Parser};
use oxc_span::SourceType;

use crate::nesting;

/// JavaScript, as a module or not.
pub(crate) const JAVASCRIPT: [SourceType; 2] = [SourceType::unambiguous(), SourceType::cjs()];

/// That, or TypeScript, which some loaders run.
pub(crate) const ANY: [SourceType; 4] = [
    SourceType::unambiguous(),
    SourceType::cjs(),
    SourceType::tsx(),
    SourceType::ts(),
];

/// What `ask` finds in `code`, read as the first of `kinds` that it is without an error; `None` where it is none.
pub(crate) fn read<T>(
    code: &str,
    kinds: &[SourceType],
    ask: impl Fn(&Program<'_>) -> T,
) -> Option<T> {
    if nesting::is_too_deep(code) {
        return None;
    }
    kinds.iter().find_map(|kind| {
        let allocator = Allocator::default();
        let options = ParseOptions {
            allow_return_outside_function: true,
            preserve_parens: false,
            ..ParseOptions::default()
        };
        let parsed = Parser::new(&allocator, code, *kind)
            .with_options(options)
            .parse();
        let is_program = !parsed.panicked && parsed.diagnostics.is_empty();
        is_program.then(|| ask(&parsed.program))
    })
}
