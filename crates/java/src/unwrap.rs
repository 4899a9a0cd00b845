//! A Spring Boot jar inside a folder or a zip.

use std::path::Path;

use lambda_slim_archive::{Error, Input, OpenOptions};
use lambda_slim_package::{EntryId, Package};

use crate::jar;

/// What builds leave beside the jar that they made.
const BY_PRODUCTS: [&str; 9] = [
    "classes",
    "generated-sources",
    "generated-test-sources",
    "libs",
    "maven-archiver",
    "maven-status",
    "surefire-reports",
    "test-classes",
    "tmp",
];

/// The contents of the Spring Boot jar that `input` holds, where it holds nothing else that matters: Lambda finds no
/// class in such a jar, wherever it lies.
pub fn unwrap(input: Input, options: &OpenOptions) -> Result<Input, Error> {
    let Some(id) = only_jar(input.package()) else {
        return Ok(input);
    };
    let is_boot = jar::open(&input, id)?.is_some_and(|jar| jar::manifest(&jar).is_spring_boot());
    if !is_boot {
        return Ok(input);
    }
    let name = input.package().entry(id).path.file_name().to_owned();
    Input::zip_in_memory(Path::new(&name), input.read(id)?, options)
}

/// The one jar at the root of a package that holds besides only what its build left there.
fn only_jar(package: &Package) -> Option<EntryId> {
    let mut jar = None;
    for (id, entry) in package.iter() {
        let mut components = entry.path.components();
        let first = components.next().unwrap_or_default();
        let is_at_root = components.next().is_none();
        if is_at_root && jar::is_jar(&entry.path) && !is_secondary(first) {
            if jar.replace(id).is_some() {
                return None;
            }
        } else if !BY_PRODUCTS.contains(&first) && !is_secondary(first) {
            return None;
        }
    }
    jar
}

/// Spring Boot keeps the jar that it packed (`x.jar.original`, `x-plain.jar`); editors want the other two.
fn is_secondary(name: &str) -> bool {
    const ENDINGS: [&str; 4] = [
        ".jar.original",
        "-plain.jar",
        "-sources.jar",
        "-javadoc.jar",
    ];
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_jar::{input_of, jar_that_says};

    const BOOT: &str = "Main-Class: org.springframework.boot.loader.JarLauncher\n";

    #[track_caller]
    fn check(files: &[(&str, &str)], is_unwrapped: bool) {
        let files = files
            .iter()
            .map(|(path, manifest)| (*path, jar_that_says(manifest)));
        let input = unwrap(input_of(files.collect()), &OpenOptions::default()).unwrap();
        let first = input.package().iter().next().unwrap().1.path.to_string();
        assert_eq!(first == "META-INF/MANIFEST.MF", is_unwrapped);
    }

    #[test]
    fn a_spring_boot_jar_alone_is_unwrapped() {
        check(&[("app.jar", BOOT)], true);
        check(
            &[
                ("app.jar", BOOT),
                ("app.jar.original", ""),
                ("classes/A.class", ""),
            ],
            true,
        );
        check(&[("app.jar", "")], false);
        check(&[("app.jar", BOOT), ("b.jar", "")], false);
        check(&[("app.jar", BOOT), ("settings.json", "")], false);
        check(&[("sub/app.jar", BOOT)], false);
    }
}
