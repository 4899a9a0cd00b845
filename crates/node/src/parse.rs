use std::num::NonZeroUsize;

use oxc_allocator::Allocator;
use oxc_ast::ast::Program;
use oxc_parser::{ParseOptions, Parser};
use oxc_span::SourceType;
use rayon::ThreadPoolBuilder;

use crate::nesting;

/// A parser calls itself; only what it touches of this counts.
const STACK_BYTES: usize = 128 << 20;

/// What `work` comes to on threads with room for code that is nested deep; without a number there are as many as cores.
pub(crate) fn on_threads<T: Send>(
    count: Option<NonZeroUsize>,
    work: impl FnOnce() -> T + Send,
) -> T {
    let pool = ThreadPoolBuilder::new()
        .num_threads(count.map_or(0, NonZeroUsize::get))
        .stack_size(STACK_BYTES)
        .build();
    match pool {
        Ok(pool) => pool.install(work),
        // Without threads of its own the work is done by the shared ones.
        Err(_) => work(),
    }
}

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
