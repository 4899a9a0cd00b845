//! What can be told of a class path without running it.

use std::collections::{BTreeMap, BTreeSet};

use lambda_slim_archive::{Error, Input};
use lambda_slim_engine::{Decision, Plan};
use lambda_slim_package::{EntryId, EntryPath};

use crate::jar;

/// The classes that Lambda finds in a package, in the order in which it looks for them.
#[derive(Debug, Default)]
pub struct ClassPath {
    /// The root, named by an empty text, and the jars, sorted by their paths.
    places: Vec<(String, BTreeMap<EntryPath, u32>)>,
}

/// A class that lies in two places with different contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    /// The place that Lambda takes the classes from; empty for the root.
    pub by: String,
    /// The place whose classes are not seen.
    pub of: String,
    /// How many there are.
    pub classes: usize,
    /// One of them.
    pub example: String,
}

/// An artifact of which several versions are on the class path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeveralVersions {
    /// Its name.
    pub artifact: String,
    /// The jars.
    pub jars: Vec<String>,
}

impl ClassPath {
    /// Reads the names and checksums of the classes, by the paths that `plan` gives to the entries.
    pub fn read(input: &Input, plan: &Plan) -> Result<Self, Error> {
        let mut root = BTreeMap::new();
        let mut jars = BTreeMap::new();
        for ((id, entry), decided) in input.package().iter().zip(&plan.decided) {
            // A class in a jar that is put together keeps its name there.
            let enclosed = matches!(decided.decision, Decision::Enclose(_)).then_some(&entry.path);
            let Some(path) = decided.destination(entry).or(enclosed) else {
                continue;
            };
            if is_class(path) {
                root.insert(path.clone(), input.declared_crc32(id).unwrap_or_default());
            } else if jar::is_jar(path)
                && path.parent().is_some_and(|folder| folder.as_str() == "lib")
            {
                jars.insert(path.to_string(), classes_of(input, id)?);
            }
        }
        let root = std::iter::once((String::new(), root));
        Ok(Self {
            places: root.chain(jars).collect(),
        })
    }

    /// Whether some jar holds the class of a handler, `com.x.Type::call` or `com.x.Type`.
    pub fn holds(&self, handler: &str) -> bool {
        let class = handler.split("::").next().unwrap_or(handler);
        let path = EntryPath::new(&format!("{}.class", class.replace('.', "/")));
        path.is_ok_and(|path| {
            self.places
                .iter()
                .any(|(_, classes)| classes.contains_key(&path))
        })
    }

    /// The pairs of jars of which one hides classes of the other that are not the same; most classes first. The root is
    /// left out: what lies there is the function's own, to be found first.
    pub fn hidden(&self) -> Vec<Hidden> {
        let mut first: BTreeMap<&EntryPath, (usize, u32)> = BTreeMap::new();
        let mut pairs: BTreeMap<(usize, usize), Vec<&EntryPath>> = BTreeMap::new();
        for (number, (_, classes)) in self.places.iter().enumerate().skip(1) {
            for (path, crc32) in classes {
                let (by, seen) = *first.entry(path).or_insert((number, *crc32));
                if seen != *crc32 {
                    pairs.entry((by, number)).or_default().push(path);
                }
            }
        }
        let pair = |((by, of), classes): ((usize, usize), Vec<&EntryPath>)| Hidden {
            by: self.places[by].0.clone(),
            of: self.places[of].0.clone(),
            classes: classes.len(),
            example: classes[0].to_string(),
        };
        let mut hidden: Vec<Hidden> = pairs.into_iter().map(pair).collect();
        hidden.sort_by_key(|pair| std::cmp::Reverse(pair.classes));
        hidden
    }

    /// The artifacts that are there in several versions, by the names of their jars, and share a class.
    pub fn several_versions(&self) -> Vec<SeveralVersions> {
        let mut artifacts: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (number, (path, _)) in self.places.iter().enumerate() {
            if let Some(artifact) = artifact(path) {
                artifacts.entry(artifact).or_default().push(number);
            }
        }
        artifacts.retain(|_, places| places.len() > 1 && self.share_a_class(places));
        let found = |(artifact, places): (&str, Vec<usize>)| SeveralVersions {
            artifact: artifact.to_owned(),
            jars: places
                .iter()
                .map(|place| self.places[*place].0.clone())
                .collect(),
        };
        artifacts.into_iter().map(found).collect()
    }

    /// Jars such as `x-1.0.jar` and `x-1.0-linux.jar` have one name and not one class in common.
    fn share_a_class(&self, places: &[usize]) -> bool {
        let mut seen = BTreeSet::new();
        let mut all = places.iter().flat_map(|place| self.places[*place].1.keys());
        all.any(|path| !seen.insert(path))
    }
}

/// The classes of a jar that a class path is searched for, with their checksums: those for newer Java have another
/// name inside the jar, and module descriptors are no classes.
fn classes_of(input: &Input, id: EntryId) -> Result<BTreeMap<EntryPath, u32>, Error> {
    let Some(jar) = jar::open(input, id)? else {
        return Ok(BTreeMap::new());
    };
    let all = jar.package().iter();
    let classes = all.filter(|(_, entry)| is_class(&entry.path));
    Ok(classes
        .map(|(id, entry)| {
            (
                entry.path.clone(),
                jar.declared_crc32(id).unwrap_or_default(),
            )
        })
        .collect())
}

fn is_class(path: &EntryPath) -> bool {
    path.as_str().ends_with(".class")
        && !path.as_str().starts_with("META-INF/")
        && path.file_name() != "module-info.class"
        && path.file_name() != "package-info.class"
}

/// What stands before the version in the name of a jar: `guava` of `lib/guava-31.1-jre.jar`.
pub(crate) fn artifact(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next()?.strip_suffix(".jar")?;
    let starts_version =
        |(at, _): &(usize, &str)| name[at + 1..].starts_with(|first: char| first.is_ascii_digit());
    let (at, _) = name.match_indices('-').find(starts_version)?;
    Some(&name[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class_path(places: &[(&str, &[(&str, u32)])]) -> ClassPath {
        let class = |(path, crc32): &(&str, u32)| (EntryPath::new(path).unwrap(), *crc32);
        let place = |(path, classes): &(&str, &[(&str, u32)])| {
            ((*path).to_owned(), classes.iter().map(class).collect())
        };
        ClassPath {
            places: places.iter().map(place).collect(),
        }
    }

    #[test]
    fn hidden_classes_are_counted_by_pairs() {
        let found = class_path(&[
            ("", &[("A.class", 1)]),
            (
                "lib/a-1.0.jar",
                &[("A.class", 2), ("B.class", 3), ("C.class", 4)],
            ),
            (
                "lib/a-2.0.jar",
                &[("A.class", 2), ("B.class", 5), ("C.class", 6)],
            ),
        ]);
        let hidden = found.hidden();
        assert_eq!(hidden.len(), 1);
        assert_eq!(
            (&*hidden[0].by, &*hidden[0].of),
            ("lib/a-1.0.jar", "lib/a-2.0.jar")
        );
        assert_eq!((hidden[0].classes, &*hidden[0].example), (2, "B.class"));
        assert_eq!(
            found.several_versions()[0].jars,
            ["lib/a-1.0.jar", "lib/a-2.0.jar"]
        );
    }

    #[test]
    fn a_classifier_is_no_version() {
        let found = class_path(&[
            ("", &[]),
            ("lib/a-1.0-linux.jar", &[]),
            ("lib/a-1.0.jar", &[("A.class", 2)]),
        ]);
        assert!(found.several_versions().is_empty());
        assert_eq!(artifact("lib/guava-31.1-jre.jar"), Some("guava"));
        assert_eq!(artifact("lib/log4j-1.2-api-2.20.jar"), Some("log4j"));
        assert_eq!(artifact("lib/app.jar"), None);
    }

    #[test]
    fn handlers_are_found_in_jars() {
        let found = class_path(&[("", &[]), ("lib/a.jar", &[("com/x/H.class", 1)])]);
        assert!(found.holds("com.x.H::call") && found.holds("com.x.H"));
        assert!(!found.holds("com.x.I"));
    }
}
