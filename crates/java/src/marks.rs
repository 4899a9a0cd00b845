//! What rules ask about single jars.

use lambda_slim_archive::{Error, Input, JarStorage};
use lambda_slim_engine::Mark;
use lambda_slim_package::{EntryId, EntryPath};

use crate::jar;

/// Marks every jar that is to be stored, and those with a name for editors that hold classes all the same.
pub(crate) fn marks(input: &Input, storage: JarStorage) -> Result<Vec<Mark>, Error> {
    let mut marks = Vec::new();
    for (entry, found) in input.package().iter() {
        if !jar::is_jar(&found.path) {
            continue;
        }
        let mut mark = |name| marks.push(Mark { entry, name });
        if storage == JarStorage::Stored {
            mark("jar-to-store");
        }
        if is_for_editors(&found.path) && holds_classes(input, entry)? {
            mark("holds-classes");
        }
    }
    Ok(marks)
}

fn is_for_editors(path: &EntryPath) -> bool {
    let name = path.file_name();
    name.ends_with("-sources.jar") || name.ends_with("-javadoc.jar")
}

/// What cannot be opened may hold anything.
fn holds_classes(input: &Input, id: EntryId) -> Result<bool, Error> {
    let is_class = |path: &EntryPath| path.as_str().ends_with(".class");
    Ok(jar::open(input, id)?.is_none_or(|jar| {
        let mut entries = jar.package().iter();
        entries.any(|(_, entry)| is_class(&entry.path))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_jar::{input_of, jar};

    #[track_caller]
    fn check(path: &str, inside: &str, storage: JarStorage, expected: &[&str]) {
        let input = input_of(vec![(path, jar(&[(inside, b"text")]))]);
        let names = marks(&input, storage).unwrap().into_iter();
        assert_eq!(names.map(|mark| mark.name).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn jars_for_editors_hold_no_classes() {
        let as_is = JarStorage::Deflated;
        check("a-1.0-sources.jar", "p/A.java", as_is, &[]);
        check("a-1.0-sources.jar", "p/A.class", as_is, &["holds-classes"]);
        check("lib/a-1.0-javadoc.jar", "p/A.html", as_is, &[]);
        check("lib/a-1.0.jar", "p/A.class", as_is, &[]);
        let broken = input_of(vec![("a-1.0-sources.jar", b"no jar".to_vec())]);
        assert_eq!(marks(&broken, as_is).unwrap().len(), 1);
    }

    #[test]
    fn jars_are_stored_when_asked() {
        let stored = JarStorage::Stored;
        check("lib/a.jar", "p/A.class", stored, &["jar-to-store"]);
        check("lib/a.zip", "p/A.class", stored, &[]);
    }
}
