use lambda_slim_archive::{Error, Input};
use lambda_slim_package::{EntryId, EntryPath};

use crate::{findings, jar};

/// The library that a jar holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Its name, as Maven calls it; else what stands before the version in the name of the file.
    pub name: String,
    /// Its version, if known.
    pub version: Option<String>,
}

impl Artifact {
    /// What the jar of an entry says that it is; `None` for an entry that is no jar.
    pub fn of(input: &Input, id: EntryId) -> Result<Option<Self>, Error> {
        let path = &input.package().entry(id).path;
        if !jar::is_jar(path) {
            return Ok(None);
        }
        let said = jar::open(input, id)?.and_then(|jar| Self::of_properties(&jar));
        Ok(Some(said.unwrap_or_else(|| Self::of_file_name(path))))
    }

    /// A jar that was put together from several libraries is none of them.
    fn of_properties(jar: &Input) -> Option<Self> {
        let mut entries = jar.package().iter();
        let is_properties = |path: &EntryPath| {
            path.as_str().starts_with("META-INF/maven/") && path.file_name() == "pom.properties"
        };
        let (id, _) = entries.find(|(_, entry)| is_properties(&entry.path))?;
        if entries.any(|(_, entry)| is_properties(&entry.path)) {
            return None;
        }
        let bytes = jar.read(id).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let value = |key| property(&text, key).map(str::to_owned);
        Some(Self {
            name: value("artifactId")?,
            version: value("version"),
        })
    }

    fn of_file_name(path: &EntryPath) -> Self {
        let file_name = path.file_name();
        let stem = file_name.strip_suffix(".jar").unwrap_or(file_name);
        let name = findings::artifact(path.as_str()).unwrap_or(stem);
        let version = stem[name.len()..].strip_prefix('-');
        Self {
            name: name.to_owned(),
            version: version.map(str::to_owned),
        }
    }
}

/// `1.2` of a line `version=1.2`.
fn property<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let mut lines = text.lines().filter_map(|line| line.split_once('='));
    let (_, value) = lines.find(|(name, _)| name.trim() == key)?;
    Some(value.trim()).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_jar::{input_of, jar};

    fn check(path: &str, files: &[(&str, &[u8])], expected: Option<(&str, Option<&str>)>) {
        let input = input_of(vec![(path, jar(files))]);
        let (id, _) = input.package().iter().next().unwrap();
        let found = Artifact::of(&input, id).unwrap();
        let found = found.as_ref();
        let found = found.map(|found| (found.name.as_str(), found.version.as_deref()));
        assert_eq!(found, expected);
    }

    const PROPERTIES: &[u8] =
        b"#Generated\ngroupId=g\nartifactId = log4j-1.2-api\r\nversion=2.20\n";

    #[test]
    fn a_jar_of_maven_says_what_it_is() {
        let properties = ("META-INF/maven/g/log4j-1.2-api/pom.properties", PROPERTIES);
        let expected = Some(("log4j-1.2-api", Some("2.20")));
        check("lib/renamed.jar", &[properties], expected);
    }

    #[test]
    fn else_the_name_of_the_file_says_it() {
        let class: (&str, &[u8]) = ("a/B.class", b"class");
        check(
            "lib/guava-31.1-jre.jar",
            &[class],
            Some(("guava", Some("31.1-jre"))),
        );
        check("lib/app.jar", &[class], Some(("app", None)));
        check("lib/app.zip", &[class], None);
    }

    #[test]
    fn a_jar_of_several_libraries_is_none_of_them() {
        let one = ("META-INF/maven/g/one/pom.properties", PROPERTIES);
        let other = ("META-INF/maven/g/two/pom.properties", PROPERTIES);
        check("all-1.0.jar", &[one, other], Some(("all", Some("1.0"))));
    }

    #[test]
    fn what_cannot_be_opened_has_the_name_of_its_file() {
        let input = input_of(vec![("lib/broken-1.jar", b"no jar".to_vec())]);
        let (id, _) = input.package().iter().next().unwrap();
        let found = Artifact::of(&input, id).unwrap().unwrap();
        assert_eq!(
            (found.name.as_str(), found.version.as_deref()),
            ("broken", Some("1"))
        );
    }
}
