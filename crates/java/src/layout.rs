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
        match uber_tree(input) {
            Some(entries) => (Scope::UberTree, entries),
            None => return Ok(None),
        }
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

/// What of an unpacked uber jar is better off in a jar: the classes, and what makes a jar of them. Resources stay where
/// they are, for code may open them as files, and as resources they are found at both places.
fn uber_tree(input: &Input) -> Option<Vec<EntryId>> {
    let package = input.package();
    if package.iter().any(|(_, entry)| is_jar(&entry.path)) {
        return None;
    }
    let entries: Vec<EntryId> = package
        .iter()
        .filter(|(_, entry)| !entry.is_symlink() && belongs_in_a_jar(&entry.path))
        .map(|(id, _)| id)
        .collect();
    let bytes: u64 = entries
        .iter()
        .map(|id| package.entry(*id).size_bytes())
        .sum();
    let is_worth_it = entries.len() >= CLASSES_AT_LEAST
        && bytes >= CLASS_BYTES_AT_LEAST * entries.len() as u64
        && !manifest(input).matters_in_a_jar();
    is_worth_it.then_some(entries)
}

fn belongs_in_a_jar(path: &EntryPath) -> bool {
    let path = path.as_str();
    path.ends_with(".class")
        || path == crate::manifest::MANIFEST
        || path.starts_with("META-INF/versions/")
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
        let class = "x".repeat(600);
        let classes = |count: usize, other: &[&str]| {
            let mut lines: Vec<String> = (0..count)
                .map(|n| format!("p/C{n}.class = {class}"))
                .collect();
            lines.extend(other.iter().map(|line| (*line).to_owned()));
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let found = find(&input(&lines), Wars::Leave).unwrap();
            found.map_or(0, |found| found.entries.len())
        };
        assert_eq!(classes(99, &[]), 0);
        assert_eq!(classes(100, &["a.txt", "META-INF/services/x.Y"]), 100);
        assert_eq!(
            classes(98, &["META-INF/MANIFEST.MF = Multi-Release: true"]),
            0
        );
        assert_eq!(
            classes(120, &["META-INF/MANIFEST.MF = Multi-Release: true"]),
            121
        );
        assert_eq!(classes(120, &["META-INF/MANIFEST.MF = Sealed: true"]), 0);
        assert_eq!(classes(120, &["META-INF/MANIFEST.MF = Class-Path: a/"]), 0);
        assert_eq!(classes(120, &["lib/a.jar"]), 0);
    }
}
