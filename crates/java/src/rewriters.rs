//! Changes of jars that depend on what the user said of the target.

use lambda_slim_archive::{Input, jar_stored, jar_without};
use lambda_slim_engine::Rewriter;
use lambda_slim_package::EntryId;

use crate::jar;

/// The Java that the function runs on, where somebody said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Release(pub Option<u32>);

/// Takes out the classes that a multi-release jar has for newer Java: the class loader never selects them.
/// Source: <https://openjdk.org/jeps/238>.
impl Rewriter for Release {
    fn rewrite(&self, _: &Input, _: EntryId, contents: &[u8]) -> Option<Vec<u8>> {
        let release = self.0?;
        let is_newer = |name: &str| version(name).is_some_and(|version| version > release);
        let smaller = jar_without(contents, is_newer, |_| true)?;
        jar::pays(contents, &smaller).then_some(smaller)
    }
}

/// The Java that an entry is for: 17 of `META-INF/versions/17/p/A.class`.
fn version(name: &str) -> Option<u32> {
    let rest = name.strip_prefix("META-INF/versions/")?;
    rest.split('/').next()?.parse().ok()
}

/// Holds the entries of a jar uncompressed.
pub(crate) struct Stored;

impl Rewriter for Stored {
    fn rewrite(&self, _: &Input, _: EntryId, contents: &[u8]) -> Option<Vec<u8>> {
        jar_stored(contents)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use lambda_slim_archive::OpenOptions;

    use super::*;
    use crate::test_jar::{input_of, jar};

    /// What stays of a jar with classes for Java 9, 17 and 21.
    fn stay(release: Option<u32>) -> Option<String> {
        let contents = jar(&[
            ("META-INF/versions/17/A.class", b"17"),
            ("META-INF/versions/21/A.class", b"21"),
            ("META-INF/versions/9/A.class", b"9"),
            ("META-INF/versions/notes.txt", b"text"),
            ("p/A.class", b"base"),
        ]);
        let input = input_of(vec![("lib/a.jar", contents.clone())]);
        let (id, _) = input.package().iter().next()?;
        let smaller = Release(release).rewrite(&input, id, &contents)?;
        let left = Input::zip_in_memory(Path::new("a.jar"), smaller, &OpenOptions::default());
        let left = left.unwrap();
        let paths = left.package().iter();
        let paths = paths.map(|(_, entry)| entry.path.as_str().replace("META-INF/versions/", ""));
        Some(paths.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn classes_for_newer_java_go() {
        let stays = |release| stay(Some(release)).unwrap_or_default();
        assert_eq!(stays(8), "notes.txt p/A.class");
        assert_eq!(stays(11), "9/A.class notes.txt p/A.class");
        assert_eq!(stays(17), "17/A.class 9/A.class notes.txt p/A.class");
        assert_eq!(stay(Some(21)), None);
        assert_eq!(stay(None), None);
    }
}
