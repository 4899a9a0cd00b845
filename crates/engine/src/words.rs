use lambda_slim_archive::Digest;
use lambda_slim_rulepack::is_word_byte;
use rustc_hash::FxHashMap;

/// The words that are looked for, each with its number.
#[derive(Debug, Default)]
pub(crate) struct WantedWords {
    numbers: FxHashMap<Vec<u8>, usize>,
}

impl WantedWords {
    /// Looks for `word` from here on.
    pub(crate) fn want(&mut self, word: &str) {
        let next = self.numbers.len();
        self.numbers.entry(word.as_bytes().to_vec()).or_insert(next);
    }

    /// The number of `word` if it is looked for.
    pub(crate) fn number(&self, word: &str) -> Option<usize> {
        self.numbers.get(word.as_bytes()).copied()
    }

    /// Stands for all of them and their numbers.
    pub(crate) fn digest(&self) -> Digest {
        let mut words = vec![[].as_slice(); self.numbers.len()];
        for (word, number) in &self.numbers {
            words[*number] = word;
        }
        Digest::of_all(words)
    }

    /// How many words are looked for.
    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// The numbers of the wanted words that occur in `text`, in no order, with repetitions.
    ///
    /// A word is found whole (`README.md`), as a part between dots or all after one (`importlib.metadata.files` holds
    /// `metadata` and `metadata.files`), and, if it is an extension (`.md`), only where it is written as a text of its own: `'.md'`, `*.md`, `\.md`, `${name}.md`.
    pub(crate) fn find(&self, text: &[u8]) -> Vec<usize> {
        // Compiled code has no quotes: a string stands between the bytes that tell its kind, its length and what
        // comes next, and some of those are letters.
        let is_binary = text.contains(&0);
        let in_word = |byte: u8| is_word_byte(byte) && (byte.is_ascii() || !is_binary);
        let mut found = Vec::new();
        let mut at = 0;
        while at < text.len() {
            if !in_word(text[at]) {
                at += 1;
                continue;
            }
            let start = at;
            while at < text.len() && in_word(text[at]) {
                at += 1;
            }
            let word = &text[start..at];
            if word == b"sourceMappingURL" && is_map_comment(&text[..start], &text[at..]) {
                at += url_bytes(&text[at..]);
                continue;
            }
            let before = start.checked_sub(1).map(|before| text[before]);
            self.look_up(word, before, text.get(at).copied(), &mut found);
            if is_binary {
                self.look_up(&word[..word.len() - 1], Some(b'"'), Some(b'"'), &mut found);
                self.look_up(&word[1..], Some(b'"'), Some(b'"'), &mut found);
            }
            if before == Some(b'\\') {
                // `"\nREADME.md"`: the first letter belongs to the escape.
                self.look_up(&word[1..], before, text.get(at).copied(), &mut found);
            }
        }
        found
    }

    fn look_up(&self, word: &[u8], before: Option<u8>, after: Option<u8>, found: &mut Vec<usize>) {
        // A full stop after a name ends a sentence, a dollar sign ends a regular expression.
        let end = word.iter().rposition(|byte| !matches!(byte, b'.' | b'$'));
        let word = &word[..end.map_or(0, |last| last + 1)];
        let is_extension = word.starts_with(b".");
        if !is_extension || stands_alone(before, after) {
            found.extend(self.numbers.get(word));
        }
        for (dot, _) in word.iter().enumerate().filter(|(_, byte)| **byte == b'.') {
            found.extend(self.numbers.get(&word[dot + 1..]));
        }
        if word.contains(&b'.') {
            let parts = word.split(|byte| *byte == b'.');
            found.extend(parts.filter_map(|part| self.numbers.get(part)));
        }
    }
}

/// Whether an extension is a text of its own rather than a call of a method (`.map(`) or a property.
fn stands_alone(before: Option<u8>, after: Option<u8>) -> bool {
    let quote = |byte| matches!(byte, b'"' | b'\'' | b'`');
    before.is_some_and(|byte| quote(byte) || matches!(byte, b'*' | b'\\' | b'/' | b'|'))
        || after.is_some_and(quote)
        || (before == Some(b'}') && after != Some(b'('))
}

/// Whether `sourceMappingURL` between these texts begins the comment that names a file's own map.
fn is_map_comment(before: &[u8], after: &[u8]) -> bool {
    let marks = [b"//# ", b"//@ ", b"/*# ", b"/*@ "];
    after.first() == Some(&b'=') && marks.iter().any(|mark| before.ends_with(*mark))
}

/// The length of the address in such a comment; code goes on behind it where the comment stands inside a string.
fn url_bytes(text: &[u8]) -> usize {
    let ends = |byte: &u8| {
        byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`' | b'*' | b'\\')
    };
    text.iter().position(ends).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, word: &str, expected: bool) {
        let mut wanted = WantedWords::default();
        wanted.want(word);
        assert_eq!(
            !wanted.find(text.as_bytes()).is_empty(),
            expected,
            "{word} in {text}"
        );
    }

    #[test]
    fn names_are_found_whole() {
        check("readFileSync(__dirname + '/README.md')", "README.md", true);
        check("see README.md.", "README.md", true);
        check("require('./data/README.mdx')", "README.md", false);
        check("MY_README.md", "README.md", false);
        check("a Makefile", "Makefile", true);
    }

    #[test]
    fn parts_between_dots_count() {
        check("importlib.metadata.files(x)", "files", true);
        check("importlib.metadata.files(x)", "metadata.files", true);
        check("importlib.metadata.files(x)", "metadata", true);
        check("'node_modules/.bin/esbuild'", ".bin", true);
        check("'--enable-source-maps'", "--enable-source-maps", true);
    }

    #[test]
    fn extensions_count_as_texts_only() {
        check("x.endsWith('.map')", ".map", true);
        check("glob('*.map')", ".map", true);
        check("/\\.map$/", ".map", true);
        check("`${file}.map`", ".map", true);
        check("list\n  .map((x) => x)", ".map", false);
        check("list().map(x)", ".map", false);
        check("{}.map(x)", ".map", false);
    }

    #[test]
    fn source_map_comments_are_no_mention() {
        check("a\n//# sourceMappingURL=a.js.map", "a.js.map", false);
        check(
            "//# sourceMappingURL=b.js.map\nx('a.js.map')",
            "a.js.map",
            true,
        );
    }
}
