use std::collections::BTreeSet;

use serde::de::IgnoredAny;

/// A JSON value whose numbers and texts stay as they are written, so that what is not changed stays byte for byte:
/// Python tells `1` from `1.0`, and botocore keeps the order of members.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json<'a> {
    /// A text with its quotes, a number, `true`, `false` or `null`.
    Scalar(&'a [u8]),
    /// A list.
    Array(Vec<Json<'a>>),
    /// Members in order; keys with their quotes.
    Object(Vec<(&'a [u8], Json<'a>)>),
}

/// Reads `text`; `None` where it is no JSON. serde_json judges that, and guards against endless nesting.
pub(crate) fn parse(text: &[u8]) -> Option<Json<'_>> {
    serde_json::from_slice::<IgnoredAny>(text).ok()?;
    Reader { text, at: 0 }.value()
}

impl<'a> Json<'a> {
    /// Whether it is a text.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self, Self::Scalar(text) if text.starts_with(b"\""))
    }

    /// The text, where it holds no escapes.
    pub(crate) fn plain_text(&self) -> Option<&'a str> {
        match self {
            Self::Scalar(text) => plain(text),
            _ => None,
        }
    }

    /// The members of an object; none for anything else.
    pub(crate) fn members(&self) -> &[(&'a [u8], Json<'a>)] {
        match self {
            Self::Object(members) => members,
            _ => &[],
        }
    }

    /// The member of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Json<'a>> {
        let mut members = self.members().iter();
        members
            .find(|(key, _)| plain(key) == Some(name))
            .map(|(_, value)| value)
    }

    /// The member of this name, to change it.
    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Json<'a>> {
        match self {
            Self::Object(members) => {
                let mut members = members.iter_mut();
                members
                    .find(|(key, _)| plain(key) == Some(name))
                    .map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// The texts of all members of this name, however deep; texts with escapes name nothing.
    pub(crate) fn texts_of(&self, name: &str, found: &mut BTreeSet<String>) {
        match self {
            Self::Scalar(_) => {}
            Self::Array(items) => items.iter().for_each(|item| item.texts_of(name, found)),
            Self::Object(members) => {
                for (key, value) in members {
                    let is_wanted = plain(key) == Some(name);
                    let text = is_wanted.then(|| value.plain_text()).flatten();
                    found.extend(text.map(str::to_owned));
                    value.texts_of(name, found);
                }
            }
        }
    }

    /// The value as text without white space.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut text = Vec::new();
        self.write(&mut text);
        text
    }

    fn write(&self, text: &mut Vec<u8>) {
        match self {
            Self::Scalar(scalar) => text.extend_from_slice(scalar),
            Self::Array(items) => {
                text.push(b'[');
                for (index, item) in items.iter().enumerate() {
                    text.extend((index > 0).then_some(b','));
                    item.write(text);
                }
                text.push(b']');
            }
            Self::Object(members) => {
                text.push(b'{');
                for (index, (key, value)) in members.iter().enumerate() {
                    text.extend((index > 0).then_some(b','));
                    text.extend_from_slice(key);
                    text.push(b':');
                    value.write(text);
                }
                text.push(b'}');
            }
        }
    }
}

/// What stands between the quotes, where it holds no escapes.
pub(crate) fn plain(quoted: &[u8]) -> Option<&str> {
    let inner = quoted.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let text = std::str::from_utf8(inner).ok()?;
    (!text.contains('\\')).then_some(text)
}

/// Cuts text that is known to be JSON.
struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self) -> Option<Json<'a>> {
        match self.peek()? {
            b'{' => self.object(),
            b'[' => self.array(),
            _ => self.scalar().map(Json::Scalar),
        }
    }

    fn object(&mut self) -> Option<Json<'a>> {
        let mut members = Vec::new();
        self.at += 1;
        while self.peek()? != b'}' {
            let key = self.scalar()?;
            self.peek()?;
            self.at += 1;
            members.push((key, self.value()?));
            self.skip_comma()?;
        }
        self.at += 1;
        Some(Json::Object(members))
    }

    fn array(&mut self) -> Option<Json<'a>> {
        let mut items = Vec::new();
        self.at += 1;
        while self.peek()? != b']' {
            items.push(self.value()?);
            self.skip_comma()?;
        }
        self.at += 1;
        Some(Json::Array(items))
    }

    fn skip_comma(&mut self) -> Option<()> {
        if self.peek()? == b',' {
            self.at += 1;
        }
        Some(())
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at)?.is_ascii_whitespace() {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn scalar(&mut self) -> Option<&'a [u8]> {
        let is_text = self.peek()? == b'"';
        let rest = &self.text[self.at..];
        let length = if is_text {
            text_length(rest)?
        } else {
            word_length(rest)
        };
        self.at += length;
        Some(&rest[..length])
    }
}

fn text_length(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match text.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

fn word_length(text: &[u8]) -> usize {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b']' | b'}');
    text.iter().position(ends).unwrap_or(text.len())
}
