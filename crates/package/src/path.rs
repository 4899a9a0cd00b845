use std::fmt;

/// The longest path that Linux opens, in bytes (`PATH_MAX`).
const LONGEST_PATH_BYTES: usize = 4096;
/// The longest name of one file or folder on Linux, in bytes (`NAME_MAX`).
const LONGEST_COMPONENT_BYTES: usize = 255;

/// A path inside a package: relative, `/`-separated, without `.`, `..` or empty components.
///
/// It is checked once, when it is made, so that no later code can be led out of the package. Order is by bytes, the
/// order in which archives are written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryPath {
    text: Box<str>,
    /// Where the last component begins: everybody asks for the names of all entries, and to search for them took a
    /// twentieth of packing a node_modules. It fits: a path has 4,096 bytes at most.
    name_start: u16,
}

/// Why a text is not a path inside a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EntryPathError {
    /// The text is empty, or only `.` and `/`.
    #[error("the name is empty")]
    Empty,
    /// It starts at the root of a file system or names a Windows drive.
    #[error("the name is absolute")]
    Absolute,
    /// A component is `..`.
    #[error("the name leaves the package with `..`")]
    Parent,
    /// A component is longer than 255 bytes or the whole is longer than 4,096.
    #[error("the name is too long for Linux")]
    TooLong,
    /// It holds a NUL or another control character.
    #[error("the name holds a control character")]
    Control,
    /// It holds a backslash, which some tools read as a separator and others do not.
    #[error("the name holds a backslash")]
    Backslash,
}

impl EntryPath {
    /// Checks `text` and makes a path of it; `./` in front and doubled `/` are dropped.
    pub fn new(text: &str) -> Result<Self, EntryPathError> {
        if text.starts_with('/') || has_drive(text) {
            return Err(EntryPathError::Absolute);
        }
        if text.contains('\\') {
            return Err(EntryPathError::Backslash);
        }
        if text.chars().any(char::is_control) {
            return Err(EntryPathError::Control);
        }
        let parts: Vec<&str> = text
            .split('/')
            .filter(|part| !matches!(*part, "" | "."))
            .collect();
        if parts.contains(&"..") {
            return Err(EntryPathError::Parent);
        }
        if parts.is_empty() {
            return Err(EntryPathError::Empty);
        }
        let clean = parts.join("/");
        if clean.len() > LONGEST_PATH_BYTES
            || parts
                .iter()
                .any(|part| part.len() > LONGEST_COMPONENT_BYTES)
        {
            return Err(EntryPathError::TooLong);
        }
        Ok(Self::checked(&clean))
    }

    fn checked(text: &str) -> Self {
        Self {
            text: text.into(),
            name_start: text.rfind('/').map_or(0, |slash| slash as u16 + 1),
        }
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The last component.
    pub fn file_name(&self) -> &str {
        &self.text[usize::from(self.name_start)..]
    }

    /// The folder that holds this entry; `None` at the root of the package.
    pub fn parent(&self) -> Option<EntryPath> {
        self.folder().map(Self::checked)
    }

    /// The same as text, which takes no memory.
    pub fn folder(&self) -> Option<&str> {
        let slash = usize::from(self.name_start).checked_sub(1)?;
        Some(&self.text[..slash])
    }

    /// The components, from the root on.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.text.split('/')
    }

    /// This path below `folder`, or `None` when it lies elsewhere.
    pub fn relative_to(&self, folder: &EntryPath) -> Option<&str> {
        self.text.strip_prefix(folder.as_str())?.strip_prefix('/')
    }

    /// `name`, which may have several components, below this path.
    pub fn join(&self, name: &str) -> Result<EntryPath, EntryPathError> {
        let path = [&self.text, "/", name].concat();
        // Only what is new needs a look, and most names have nothing to look for.
        if is_plain(name) && path.len() <= LONGEST_PATH_BYTES {
            return Ok(Self::checked(&path));
        }
        Self::new(&path)
    }
}

/// Whether a text is one component that says no more than it shows.
fn is_plain(name: &str) -> bool {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'/' | b'\\');
    !matches!(name, "" | "." | "..")
        && name.len() <= LONGEST_COMPONENT_BYTES
        && name.bytes().all(is_plain)
}

/// `C:x`, `C:\x`, `C:/x`: extractors on Windows leave the target folder for these.
fn has_drive(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 2
        && bytes[0].is_ascii_alphabetic()
        && bytes[1] == b':'
        && (bytes.len() == 2 || matches!(bytes[2], b'/' | b'\\'))
}

impl fmt::Display for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, EntryPathError>) {
        assert_eq!(
            EntryPath::new(text).as_ref().map(EntryPath::as_str),
            expected.as_ref().copied(),
            "{text:?}"
        );
    }

    #[test]
    fn paths_that_stay_inside() {
        check("a", Ok("a"));
        check("./a//b/", Ok("a/b"));
        check("a/.../b", Ok("a/.../b"));
        check("a:b", Ok("a:b"));
        check("ä/日本", Ok("ä/日本"));
    }

    #[test]
    fn paths_that_do_not() {
        check("", Err(EntryPathError::Empty));
        check(".", Err(EntryPathError::Empty));
        check("/etc/passwd", Err(EntryPathError::Absolute));
        check("C:/x", Err(EntryPathError::Absolute));
        check("a/../b", Err(EntryPathError::Parent));
        check("..", Err(EntryPathError::Parent));
        check("a\\..\\b", Err(EntryPathError::Backslash));
        check("a\0b", Err(EntryPathError::Control));
        check(&"x".repeat(256), Err(EntryPathError::TooLong));
        check(&"x/".repeat(3000), Err(EntryPathError::TooLong));
    }

    #[test]
    fn parts_of_a_path() {
        let path = EntryPath::new("a/b/c.txt").unwrap();
        assert_eq!(path.file_name(), "c.txt");
        assert_eq!(path.parent().unwrap().as_str(), "a/b");
        assert_eq!(
            path.relative_to(&EntryPath::new("a").unwrap()),
            Some("b/c.txt")
        );
        assert_eq!(path.relative_to(&EntryPath::new("a/b/c").unwrap()), None);
    }

    #[test]
    fn what_is_joined_is_checked() {
        let folder = EntryPath::new("a/b").unwrap();
        for name in ["c", "c/d", "./c", "ä", "c:", "...", "c//d/"] {
            let joined = folder.join(name).unwrap();
            assert_eq!(Ok(joined), EntryPath::new(&format!("a/b/{name}")));
        }
        for name in ["..", "c/../d", "c\\d", "c\u{7f}", "c\n", &"x".repeat(256)] {
            let refused = EntryPath::new(&format!("a/b/{name}")).unwrap_err();
            assert_eq!(folder.join(name), Err(refused), "{name:?}");
        }
        let long = EntryPath::new(&"x/".repeat(2040)).unwrap();
        assert_eq!(long.join(&"y".repeat(30)), Err(EntryPathError::TooLong));
    }
}
