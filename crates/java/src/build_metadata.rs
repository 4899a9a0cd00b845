//! What builds leave in a jar for other builds.

use lambda_slim_archive::jar_without;
use lambda_slim_engine::Transform;

use crate::jar::pays;

/// The transform that rules call by this name.
pub(crate) fn transform(name: &str) -> Option<Transform> {
    (name == "jar-without-build-metadata").then_some(without as Transform)
}

fn without(jar: &[u8]) -> Option<Vec<u8>> {
    let smaller = jar_without(jar, is_for_builds, |_| true)?;
    pays(jar, &smaller).then_some(smaller)
}

/// Whether only compilers and packagers read a file of this name: project files of Maven (but not pom.properties, by
/// which programs ask for their version), settings of GraalVM, ProGuard and Android, and module descriptors, which a
/// class path does not know.
fn is_for_builds(name: &str) -> bool {
    const FOLDERS: [&str; 3] = [
        "META-INF/native-image/",
        "META-INF/proguard/",
        "META-INF/com.android.tools/",
    ];
    let is_project = name.starts_with("META-INF/maven/") && name.ends_with("/pom.xml");
    let is_module = name == "module-info.class"
        || (name.starts_with("META-INF/versions/") && name.ends_with("/module-info.class"));
    is_project || is_module || FOLDERS.iter().any(|folder| name.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_jar::jar;
    use lambda_slim_archive::{Input, OpenOptions};
    use std::path::Path;

    #[test]
    fn what_builds_read_goes() {
        let files: &[(&str, &[u8])] = &[
            ("A.class", b"class"),
            ("META-INF/maven/g/a/pom.properties", b"version=1"),
            ("META-INF/maven/g/a/pom.xml", b"<project/>"),
            ("META-INF/native-image/g/reflect-config.json", b"[]"),
            ("META-INF/services/x.Y", b"x.Z"),
            ("META-INF/versions/9/A.class", b"class"),
            ("META-INF/versions/9/module-info.class", b"module"),
            ("module-info.class", b"module"),
        ];
        let smaller = without(&jar(files)).unwrap();
        let input = Input::zip_in_memory(Path::new("a.jar"), smaller, &OpenOptions::default());
        let input = input.unwrap();
        let names: Vec<&str> = input
            .package()
            .iter()
            .map(|(_, entry)| entry.path.as_str())
            .collect();
        assert_eq!(
            names,
            [
                "A.class",
                "META-INF/maven/g/a/pom.properties",
                "META-INF/services/x.Y",
                "META-INF/versions/9/A.class"
            ]
        );
    }

    #[test]
    fn a_jar_is_not_changed_for_next_to_nothing() {
        let mut seed = 1u32;
        let mut next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as u8
        };
        let large: Vec<u8> = (0..200_000).map(|_| next()).collect();
        let files: &[(&str, &[u8])] = &[("a.bin", &large), ("module-info.class", b"module")];
        assert_eq!(without(&jar(files)), None);
    }
}
