//! The layouts that build tools make.

use lambda_slim_archive::{Error, Input};
use lambda_slim_engine::FoundDependency;
use lambda_slim_package::{EntryId, EntryPath, Package};
use lambda_slim_rulepack::Scope;

use crate::Wars;
use crate::jar::{is_jar, manifest};

/// From how many classes on an unpacked uber jar counts as one. Each small file costs 0.04 ms of CPU and about
/// 0.3 ms of waiting to extract, each class of a jar 0.05 ms of CPU, but only if it is loaded; a jar to open some
/// milliseconds. (17,614 files and 2,497 loaded classes, JDK 17, two cores.)
const CLASSES_AT_LEAST: usize = 100;
/// Classes smaller than this on average do not shrink by being put into a jar, whose headers cost 200 bytes for each.
const CLASS_BYTES_AT_LEAST: u64 = 512;

/// The layout of the package, if it is not one that Lambda loads as it is.
pub(crate) fn find(input: &Input, wars: Wars) -> Result<Option<FoundDependency>, Error> {
    let package = input.package();
    let all = || package.iter().map(|(id, _)| id).collect();
    let (scope, entries) = if is_spring_boot(input) {
        (Scope::SpringBootJar, all())
    } else if is_maven_target(package) {
        (Scope::MavenTarget, all())
    } else if is_war(package) {
        match wars {
            Wars::Leave => return Ok(None),
            Wars::Convert => (Scope::War, all()),
        }
    } else {
        if !is_uber_tree(input) {
            return Ok(None);
        }
        (Scope::UberTree, comes_from_jars(package))
    };
    Ok(Some(FoundDependency {
        scope,
        name: scope.to_string(),
        version: None,
        root: None,
        entries,
    }))
}

fn is_spring_boot(input: &Input) -> bool {
    let package = input.package();
    let has_contents =
        has_folder(package, "BOOT-INF/classes") || has_folder(package, "BOOT-INF/lib");
    has_contents && manifest(input).is_spring_boot()
}

/// `target/` after `mvn dependency:copy-dependencies`: without the dependencies nobody knows what the classes need.
fn is_maven_target(package: &Package) -> bool {
    let holds = |folder: &str, ending: &str| {
        let below = |path: &EntryPath| {
            EntryPath::new(folder).is_ok_and(|folder| path.relative_to(&folder).is_some())
        };
        package
            .iter()
            .any(|(_, entry)| entry.path.as_str().ends_with(ending) && below(&entry.path))
    };
    holds("classes", ".class") && holds("dependency", ".jar") && !has_root_classes(package)
}

/// Whether the package is an unpacked web archive, of which Lambda loads nothing.
pub fn is_war(package: &Package) -> bool {
    let has_contents = has_folder(package, "WEB-INF/classes") || has_folder(package, "WEB-INF/lib");
    has_contents && !has_folder(package, "lib") && !has_root_classes(package)
}

/// Classes that Lambda finds: those of a launcher for web archives do not count.
fn has_root_classes(package: &Package) -> bool {
    const ELSEWHERE: [&str; 4] = [
        "WEB-INF/",
        "classes/",
        "test-classes/",
        "org/springframework/boot/loader/",
    ];
    package.iter().any(|(_, entry)| {
        let path = entry.path.as_str();
        path.ends_with(".class") && !ELSEWHERE.iter().any(|folder| path.starts_with(folder))
    })
}

/// Whether these are the contents of an uber jar that are better off in a jar again.
fn is_uber_tree(input: &Input) -> bool {
    let package = input.package();
    let classes = package
        .iter()
        .filter(|(_, entry)| entry.path.as_str().ends_with(".class"));
    let sizes: Vec<u64> = classes.map(|(_, entry)| entry.size_bytes()).collect();
    sizes.len() >= CLASSES_AT_LEAST
        && sizes.iter().sum::<u64>() >= CLASS_BYTES_AT_LEAST * sizes.len() as u64
        && !package.iter().any(|(_, entry)| is_jar(&entry.path))
        && !manifest(input).matters_in_a_jar()
}

/// All but what lies at the root and may be a script or the settings of the function: its words are evidence, while
/// libraries bring texts about class paths that nobody runs.
fn comes_from_jars(package: &Package) -> Vec<EntryId> {
    const CODE: [&str; 5] = [".class", ".so", ".dll", ".dylib", ".jnilib"];
    let comes = |path: &str| path.contains('/') || CODE.iter().any(|ending| path.ends_with(ending));
    let entries = package.iter();
    let found = entries.filter(|(_, entry)| comes(entry.path.as_str()));
    found.map(|(id, _)| id).collect()
}

fn has_folder(package: &Package, folder: &str) -> bool {
    EntryPath::new(folder).is_ok_and(|folder| package.has_folder(&folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_jar::input;

    const BOOT: &str = "META-INF/MANIFEST.MF = Spring-Boot-Lib: BOOT-INF/lib/\n";

    #[track_caller]
    fn check(lines: &[&str], expected: Option<Scope>) {
        let found = find(&input(lines), Wars::Convert).unwrap();
        assert_eq!(found.map(|found| found.scope), expected, "{lines:?}");
    }

    #[test]
    fn layouts_are_recognised() {
        check(&["com/x/A.class", "lib/a.jar"], None);
        check(&["lib/a.jar"], None);
        check(
            &[BOOT, "BOOT-INF/classes/A.class"],
            Some(Scope::SpringBootJar),
        );
        check(&["BOOT-INF/classes/A.class"], None);
        check(&[BOOT, "com/x/A.class"], None);
        check(
            &["classes/com/x/A.class", "dependency/a.jar"],
            Some(Scope::MavenTarget),
        );
        check(&["classes/com/x/A.class", "a.jar"], None);
        check(
            &["com/x/A.class", "classes/B.class", "dependency/a.jar"],
            None,
        );
        check(
            &["WEB-INF/web.xml", "WEB-INF/lib/a.jar", "index.html"],
            Some(Scope::War),
        );
        check(&["WEB-INF/lib/a.jar", "lib/b.jar"], None);
        check(&["WEB-INF/web.xml", "com/x/A.class"], None);
    }

    #[test]
    fn a_war_stays_one_unless_asked() {
        let war = input(&["WEB-INF/lib/a.jar"]);
        assert!(find(&war, Wars::Leave).unwrap().is_none());
        assert!(is_war(war.package()));
    }

    #[test]
    fn many_classes_without_any_jar_are_an_uber_tree() {
        let check = |count: usize, bytes: usize, other: &str, expected: bool| {
            let class = |number| format!("p/C{number}.class = {}", "x".repeat(bytes));
            let mut lines: Vec<String> = (0..count).map(class).collect();
            lines.push(other.to_owned());
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let found = find(&input(&lines), Wars::Leave).unwrap();
            assert_eq!(found.is_some(), expected, "{count} {other}");
        };
        check(99, 600, "a.txt", false);
        check(100, 600, "a.txt", true);
        check(100, 500, "a.txt", false);
        check(100, 600, "META-INF/MANIFEST.MF = Multi-Release: true", true);
        check(100, 600, "META-INF/MANIFEST.MF = Sealed: true", false);
        check(100, 600, "META-INF/MANIFEST.MF = Class-Path: a/", false);
        check(100, 600, "lib/a.jar", false);
    }
}
