use oxc_ast::ast::{Program, StringLiteral, TemplateElement};
use oxc_ast_visit::Visit;
use oxc_span::{GetSpan, Span};

use crate::parse;

/// Takes comments and indentation out of JavaScript. Every token stays as it is and on its line, so stack traces name
/// the same lines; `None` where nothing goes or the code cannot be read.
///
/// Comments that speak of a licence stay, and so do those that tools read while a program runs.
pub(crate) fn strip(contents: &[u8]) -> Option<Vec<u8>> {
    let code = std::str::from_utf8(contents).ok()?;
    let islands = Islands::find(code)?;
    let stripped = Squeezer::default().run(code, &islands.0);
    // What is left must still be a program.
    parse::read(&stripped, &parse::JAVASCRIPT, |_| ())?;
    Some(stripped.into_bytes())
}

/// A part of the code that is not simply code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Island {
    /// A comment that goes.
    Goes(Span),
    /// A comment that stays, or a text in which white space means something.
    Stays(Span),
}

impl Island {
    fn span(self) -> Span {
        match self {
            Self::Goes(span) | Self::Stays(span) => span,
        }
    }
}

/// All of them, in order.
struct Islands(Vec<Island>);

impl Islands {
    fn find(code: &str) -> Option<Self> {
        parse::read(code, &parse::JAVASCRIPT, |program| {
            let mut texts = Texts::default();
            texts.visit_program(program);
            let mut islands: Vec<Island> = texts.0.into_iter().map(Island::Stays).collect();
            islands.extend(comments(program, code));
            islands.sort_unstable_by_key(|island| island.span().start);
            Self(islands)
        })
    }
}

fn comments(program: &Program<'_>, code: &str) -> impl Iterator<Item = Island> {
    program.comments.iter().map(|comment| {
        let text = &code[comment.span.start as usize..comment.span.end as usize];
        if is_read(text) {
            Island::Stays(comment.span)
        } else {
            Island::Goes(comment.span)
        }
    })
}

/// Whether somebody may ask for the comment: lawyers, debuggers, bundlers.
fn is_read(comment: &str) -> bool {
    const WORDS: [&str; 9] = [
        "copyright",
        "licence",
        "license",
        "@preserve",
        "@cc_on",
        "(c)",
        "sourcemappingurl",
        "sourceurl",
        "ignore",
    ];
    let lower = comment.to_lowercase();
    comment[2..].starts_with('!') || WORDS.iter().any(|word| lower.contains(word))
}

/// Templates, and texts that go on in the next line.
#[derive(Default)]
struct Texts(Vec<Span>);

impl<'a> Visit<'a> for Texts {
    fn visit_template_element(&mut self, it: &TemplateElement<'a>) {
        self.0.push(it.span);
    }

    fn visit_string_literal(&mut self, it: &StringLiteral<'a>) {
        self.0.push(it.span());
    }
}

/// Writes code without what goes.
#[derive(Default)]
struct Squeezer {
    written: String,
    /// What is written before this place is not touched again.
    firm: usize,
    is_line_start: bool,
}

impl Squeezer {
    fn run(mut self, code: &str, islands: &[Island]) -> String {
        self.is_line_start = true;
        let mut at = 0;
        for island in islands {
            let (start, end) = (island.span().start as usize, island.span().end as usize);
            self.code(&code[at..start]);
            match island {
                Island::Stays(_) => self.verbatim(&code[start..end]),
                Island::Goes(_) => self.comment(&code[start..end]),
            }
            at = end;
        }
        self.code(&code[at..]);
        self.written
    }

    fn code(&mut self, code: &str) {
        for char in code.chars() {
            match char {
                '\n' => self.line_end(),
                ' ' | '\t' if self.is_line_start => {}
                _ => {
                    self.written.push(char);
                    self.is_line_start = false;
                }
            }
        }
    }

    fn line_end(&mut self) {
        let kept = self.written[self.firm..].trim_end_matches([' ', '\t', '\r']);
        self.written.truncate(self.firm + kept.len());
        self.written.push('\n');
        self.firm = self.written.len();
        self.is_line_start = true;
    }

    fn verbatim(&mut self, text: &str) {
        self.written.push_str(text);
        self.firm = self.written.len();
        self.is_line_start = false;
    }

    /// A comment parts what stands around it, and may end a statement where it holds the end of a line.
    fn comment(&mut self, comment: &str) {
        // The other ends of lines are rare in comments, and end statements as well.
        let lines = comment
            .replace("\r\n", "\n")
            .matches(['\n', '\r', '\u{2028}', '\u{2029}'])
            .count();
        (0..lines).for_each(|_| self.line_end());
        if lines == 0 && !self.is_line_start && !self.written.ends_with([' ', '\t']) {
            self.written.push(' ');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: &str, expected: &str) {
        let stripped = strip(code.as_bytes()).map(|code| String::from_utf8(code).unwrap());
        assert_eq!(stripped.as_deref(), Some(expected), "{code:?}");
    }

    #[test]
    fn every_end_of_a_line_in_a_comment_ends_a_statement() {
        for end in ["\n", "\r", "\u{2028}", "\u{2029}"] {
            let code = format!("function f() {{ return /* a{end} b */ 5 }}");
            let stripped = strip(code.as_bytes()).map(|code| String::from_utf8(code).unwrap());
            assert!(
                stripped.is_none_or(|code| code.contains("return\n") || code.contains(end)),
                "{end:?}"
            );
        }
    }

    #[test]
    fn comments_and_indentation_go_and_lines_stay() {
        check("// one\nf();\n", "\nf();\n");
        check("  f(); // one\r\n\tg();", "f();\ng();");
        check(
            "/**\n * Says it.\n */\n  function f() {\n    return 1;\n  }",
            "\n\n\nfunction f() {\nreturn 1;\n}",
        );
        check("f(/* a */ 1 /* b */)", "f(  1 )");
        check("let a = b/**/in c", "let a = b in c");
    }

    #[test]
    fn the_end_of_a_line_inside_a_comment_ends_a_statement() {
        check("let a = b /*\n*/ c()", "let a = b\nc()");
    }

    #[test]
    fn texts_stay_as_they_are() {
        check(
            "f(`  // no\n    ${ /* c */ a }\n  `)",
            "f(`  // no\n    ${  a }\n  `)",
        );
        check("f('a\\\n    b'); // c", "f('a\\\n    b'); ");
        check(
            "f(/ \\/\\* /, '/* no */') // c",
            "f(/ \\/\\* /, '/* no */') ",
        );
        check(
            "#!/usr/bin/env node\n  f() // c",
            "#!/usr/bin/env node\nf() ",
        );
    }

    #[test]
    fn what_somebody_may_read_stays() {
        for code in [
            "/*! (c) Ada */\nf()",
            "// @license MIT\nf()",
            "/* Copyright Ada */\nf()",
            "import(/* webpackIgnore: true */ a)",
            "f()\n//# sourceMappingURL=a.js.map",
        ] {
            check(code, code);
        }
    }

    #[test]
    fn what_is_no_program_stays() {
        assert_eq!(strip(b"this is no code"), None);
        assert_eq!(strip(b"\xff"), None);
        assert_eq!(strip("[".repeat(1_000_000).as_bytes()), None);
    }
}
