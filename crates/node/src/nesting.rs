/// Deeper code is not read: a parser that calls itself would run out of stack. People and minifiers stay far below.
const BRACKETS_AT_MOST: usize = 1_500;

/// The longest row of signs without a letter, digit or quote between them, such as `!!!!` or `- - -`.
const SIGNS_AT_MOST: usize = 3_000;

/// Whether `code` could exhaust the stack of a parser. Texts and comments are not told from code, so this errs to yes.
pub(crate) fn is_too_deep(code: &str) -> bool {
    let (mut depth, mut deepest, mut signs, mut longest) = (0_usize, 0, 0_usize, 0);
    for byte in code.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        match byte {
            b'!' | b'~' | b'+' | b'-' => signs += 1,
            byte if byte.is_ascii_whitespace() => {}
            _ => signs = 0,
        }
        deepest = deepest.max(depth);
        longest = longest.max(signs);
    }
    deepest > BRACKETS_AT_MOST || longest > SIGNS_AT_MOST
}
