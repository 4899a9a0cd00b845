//! Holds the house of conventions.md: which crate may know which, and where the doors are.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up should stop"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, MetadataCommand, Package};

/// The floors of the house, the lowest first; a crate may know those below it, never one beside it or above.
const FLOORS: [&[&str]; 5] = [
    &["package"],
    &["archive", "rulepack", "config", "template"],
    &["engine"],
    &["python", "node", "java", "native", "report"],
    &["cli"],
];

/// Development tasks stand outside: they may know everybody, and nobody them.
const OUTSIDE: &str = "dev";

/// Who may name a crate from outside the house, where that is a question of design.
const RESERVED: [(&str, &[&str], &str); 2] = [
    (
        "zip",
        &["archive"],
        "only `archive` knows what a zip is made of",
    ),
    (
        "serde_json",
        &["report", "node", "python", "config", "dev"],
        "only `report` writes JSON; languages and the configuration read it",
    ),
];

fn metadata() -> Metadata {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let mut command = MetadataCommand::new();
    command
        .manifest_path(manifest)
        .no_deps()
        .other_options(["--offline".to_owned()]);
    command.exec().unwrap()
}

/// The name of a crate's folder: `lambda-slim-archive` is `archive`, the root package is `cli`.
fn room(package: &str) -> Option<&str> {
    match package {
        "lambda-slim" => Some("cli"),
        name => name.strip_prefix("lambda-slim-"),
    }
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

/// The crates that `package` names, without those for its tests.
fn arrows(package: &Package) -> impl Iterator<Item = &str> {
    let used = package.dependencies.iter();
    let used = used.filter(|used| used.kind != cargo_metadata::DependencyKind::Development);
    used.map(|used| used.name.as_str())
}

#[test]
fn arrows_point_downwards() {
    for package in &metadata().packages {
        let from = room(&package.name).unwrap();
        let all = package
            .dependencies
            .iter()
            .filter_map(|used| room(&used.name));
        for to in all {
            assert_ne!(
                to, OUTSIDE,
                "nobody may know `{OUTSIDE}`, but `{from}` does"
            );
            let downwards = from == OUTSIDE || floor(to) < floor(from);
            assert!(
                downwards,
                "the arrow {from} -> {to} does not point downwards"
            );
        }
    }
}

#[test]
fn every_crate_has_a_floor_and_lies_in_its_folder() {
    for package in &metadata().packages {
        let room = room(&package.name).unwrap();
        let known = room == OUTSIDE || floor(room).is_some();
        assert!(known, "`{room}` has no floor in FLOORS");
        let folder = package.manifest_path.parent().unwrap();
        let expected = if room == "cli" { "" } else { "crates/" };
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(expected);
        let root = if room == "cli" { root } else { root.join(room) };
        assert_eq!(
            folder.as_std_path().components().collect::<PathBuf>(),
            root.components().collect::<PathBuf>()
        );
    }
}

#[test]
fn some_crates_are_for_one_room_alone() {
    for package in &metadata().packages {
        let room = room(&package.name).unwrap();
        for used in arrows(package) {
            let reserved = RESERVED.iter().find(|(name, ..)| *name == used);
            if let Some((name, rooms, why)) = reserved {
                assert!(rooms.contains(&room), "`{room}` depends on `{name}`: {why}");
            }
        }
    }
}

/// A `#[derive(Serialize)]` would make an inner type part of the public form of the report.
#[test]
fn only_the_report_is_serialized() {
    for package in &metadata().packages {
        let room = room(&package.name).unwrap();
        if matches!(room, "report" | "dev") {
            continue;
        }
        for file in sources(room) {
            let text = fs_err::read_to_string(&file).unwrap();
            assert!(!text.contains("Serialize"), "{} serializes", file.display());
        }
    }
}

#[test]
fn every_door_has_a_sign() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates");
    let rooms = fs_err::read_dir(&crates).unwrap();
    let rooms: BTreeSet<PathBuf> = rooms.map(|room| room.unwrap().path()).collect();
    for room in rooms {
        let doors = ["src/lib.rs", "src/main.rs", "main.rs"].map(|door| room.join(door));
        let door = doors.iter().find(|door| door.is_file());
        let door = door.unwrap_or_else(|| panic!("{} has no lib.rs or main.rs", room.display()));
        let text = fs_err::read_to_string(door).unwrap();
        assert!(
            text.starts_with("//! "),
            "{} does not say what it is",
            door.display()
        );
    }
}

/// Every Rust file of a room; the front door's lie in its folder itself.
fn sources(room: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("crates")
        .join(room);
    let mut folders = vec![if room == "cli" {
        folder
    } else {
        folder.join("src")
    }];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for item in fs_err::read_dir(&folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found
}
