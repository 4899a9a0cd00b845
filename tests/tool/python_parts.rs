//! Parts of known distributions that leave where the package shows that nothing asks for them.

use std::collections::BTreeSet;

use crate::support::Case;

/// A function and the distribution `name` with these files.
fn package(code: &str, name: &str, files: &[(&str, Vec<u8>)]) -> Case {
    let (metadata, record) = (
        format!("{name}-1.dist-info/METADATA"),
        format!("{name}-1.dist-info/RECORD"),
    );
    let paths = files.iter().map(|(path, _)| *path);
    let paths: BTreeSet<&str> = paths.chain([metadata.as_str(), &record]).collect();
    let list: String = paths.iter().map(|path| format!("{path},,\n")).collect();
    let head = format!("Metadata-Version: 2.1\nName: {name}\nVersion: 1\n");
    let case = Case::new()
        .file("app/app.py", code)
        .file(&format!("app/{metadata}"), head)
        .file(&format!("app/{record}"), list);
    let add = |case: Case, (path, contents): &(&str, Vec<u8>)| {
        case.file(&format!("app/{path}"), contents)
    };
    files.iter().fold(case, add)
}

/// Which of the files with `part` in their paths are left at `level`.
fn left(case: &Case, level: &str, part: &str) -> Vec<String> {
    case.pack(&format!(
        "app -o out.zip --runtime python3.12 --level {level}"
    ))
    .ok();
    let listing = case.listing("out.zip");
    let lines = listing.lines().filter(|line| line.contains(part));
    let paths = lines.filter_map(|line| line.split_whitespace().last());
    paths.map(str::to_owned).collect()
}

fn phonenumbers(code: &str) -> Case {
    let module = |text: &str| text.as_bytes().to_vec();
    package(
        code,
        "phonenumbers",
        &[
            ("phonenumbers/__init__.py", module("from .data import x")),
            ("phonenumbers/data/__init__.py", module("x = 1")),
            (
                "phonenumbers/geocoder.py",
                module("from .geodata import places"),
            ),
            ("phonenumbers/geodata/__init__.py", module("places = {}")),
            ("phonenumbers/geodata/data0.py", module("")),
            (
                "phonenumbers/timezone.py",
                module("from .tzdata import zones"),
            ),
            ("phonenumbers/tzdata/__init__.py", module("zones = {}")),
        ],
    )
}

#[test]
fn places_of_phone_numbers_stay_for_those_who_import_them() {
    let parts = |code: &str| left(&phonenumbers(code), "balanced", "geo");
    assert!(parts("import phonenumbers, datetime\nx = datetime.timezone.utc").is_empty());
    for code in [
        "from phonenumbers import geocoder",
        "import phonenumbers.geocoder as g",
        "def handler(event, context):\n    from phonenumbers.geocoder import description_for_number",
        "importlib.import_module('phonenumbers.geocoder')",
        "importlib.import_module(name)",
    ] {
        let all = [
            "phonenumbers/geocoder.py",
            "phonenumbers/geodata/__init__.py",
        ];
        let found = parts(code);
        assert!(
            all.iter().all(|file| found.contains(&(*file).to_owned())),
            "{code}: {found:?}"
        );
    }
}

#[test]
fn parts_stay_at_safe_and_in_layers() {
    let case = phonenumbers("import phonenumbers");
    assert_eq!(left(&case, "safe", "geo").len(), 3);
    case.run("layer app -o layer.zip --runtime python3.12 --level aggressive")
        .ok();
    assert!(case.listing("layer.zip").contains("geodata/data0.py"));
}
