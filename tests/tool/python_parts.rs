//! Parts of known distributions that leave where the package shows that nothing asks for them.

use std::collections::BTreeSet;

use crate::sample_elf::SampleElf;
use crate::support::{Case, RawEntry, raw_zip};

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

/// How many of the three files of places are left at balanced.
#[track_caller]
fn places(case: &Case, expected: usize) {
    assert_eq!(left(case, "balanced", "geo").len(), expected);
}

#[test]
fn places_of_phone_numbers_stay_for_those_who_ask_for_them() {
    let plain = "import phonenumbers, datetime\nx = datetime.timezone.utc";
    places(&phonenumbers(plain), 0);
    for code in [
        "from phonenumbers import geocoder",
        "import phonenumbers.geocoder as g",
        "def handler(event, context):\n    from phonenumbers.geocoder import description_for_number",
        "importlib.import_module('phonenumbers.geocoder')",
        "importlib.import_module(f'{phonenumbers.__name__}.{x}')\nx = 'geocoder'",
        "exec(f'from phonenumbers import {part}')\npart = 'geocoder'",
        "locate('phonenumbers' '.geocoder')",
        "os.system('python -m phonenumbers.geocoder')",
    ] {
        places(&phonenumbers(code), 3);
    }
    // Tables of places that somebody opens, and words of settings and scripts.
    let with = |name: &str, text: &str| phonenumbers(plain).file(&format!("app/{name}"), text);
    places(&with("x.py", "open('phonenumbers/geodata/data0.py')"), 3);
    places(
        &with("x.toml", "package = 'phonenumbers'\npart = 'geocoder'"),
        3,
    );
    places(
        &with(
            "run",
            "#!/usr/bin/env python3\nfrom phonenumbers import geocoder\n",
        ),
        3,
    );
    places(&with("notes.toml", "numbers = 1"), 0);
    let plugins = raw_zip(&[RawEntry::new(
        "plug.py",
        "from phonenumbers import geocoder",
    )]);
    places(&phonenumbers(plain).file("app/plugins.zip", plugins), 3);
    places(&phonenumbers("import phonenumbers\nexec(event['code'])"), 3);
    places(
        &phonenumbers("import phonenumbers\nsession.exec(select(x))"),
        0,
    );
}

#[test]
fn what_the_user_keeps_keeps_what_it_imports() {
    let case = phonenumbers("import phonenumbers");
    case.pack("app -o out.zip --runtime python3.12 --keep phonenumbers/geocoder.py")
        .ok();
    let listing = case.listing("out.zip");
    assert!(listing.contains("phonenumbers/geodata/__init__.py"));
    assert!(!listing.contains("phonenumbers/geodata/data0.py"));
    // Importing a module runs the packages around it.
    case.pack("app -o out.zip --runtime python3.12 --keep phonenumbers/geodata/data0.py")
        .ok();
    let listing = case.listing("out.zip");
    assert!(listing.contains("phonenumbers/geodata/__init__.py"));
    assert!(!listing.contains("phonenumbers/geocoder.py"));
}

#[test]
fn parts_stay_at_safe_in_layers_and_where_the_function_is_not_there_yet() {
    let case = phonenumbers("import phonenumbers");
    assert_eq!(left(&case, "safe", "geo").len(), 3);
    case.run("layer app -o layer.zip --runtime python3.12 --level aggressive")
        .ok();
    assert!(case.listing("layer.zip").contains("geodata/data0.py"));
    case.pack("app -o out.zip --runtime python3.12 --handler other.run")
        .ok();
    assert!(case.listing("out.zip").contains("geodata/data0.py"));
    places(&case.remove("app/app.py"), 3);
}

#[test]
fn the_asyncio_client_of_kubernetes_stays_for_those_who_speak_of_it() {
    let client = |code: &str| {
        let files = [
            ("kubernetes/__init__.py", b"from . import client".to_vec()),
            ("kubernetes/client.py", Vec::new()),
            (
                "kubernetes/aio/__init__.py",
                b"from . import client".to_vec(),
            ),
            ("kubernetes/aio/client.py", Vec::new()),
        ];
        left(&package(code, "kubernetes", &files), "balanced", "/aio/").len()
    };
    assert_eq!(client("from kubernetes import client"), 0);
    assert_eq!(client("from kubernetes import aio"), 2);
    assert_eq!(client("from kubernetes.aio.client import x"), 2);
}

#[test]
fn a_description_that_the_function_opens_by_its_name_stays() {
    let documents = |code: &str| {
        let files = [
            ("googleapiclient/__init__.py", Vec::new()),
            (
                "googleapiclient/discovery.py",
                b"def build(a, b): pass".to_vec(),
            ),
            (
                "googleapiclient/discovery_cache/documents/drive.v3.json",
                b"{}".to_vec(),
            ),
            (
                "googleapiclient/discovery_cache/documents/youtube.v3.json",
                b"{}".to_vec(),
            ),
        ];
        let case = package(code, "googleapiclient", &files);
        left(&case, "balanced", "documents").len()
    };
    let build = "from googleapiclient.discovery import build\nbuild('drive', 'v3')\n";
    assert_eq!(documents(build), 1);
    assert_eq!(
        documents(&format!("{build}open(join(here, 'youtube.v3.json'))")),
        2
    );
    assert_eq!(
        documents(&format!(
            "{build}os.listdir(discovery_cache.DISCOVERY_DOC_DIR)"
        )),
        2
    );
}

#[test]
fn models_are_plain_dictionaries_unless_somebody_wants_them_ordered() {
    let loader =
        "def load(payload):\n    return json.loads(payload, object_pairs_hook=OrderedDict)\n";
    let loads = |code: &str, level: &str| {
        let files = [("botocore/loaders.py", loader.as_bytes().to_vec())];
        let case = package(code, "botocore", &files);
        left(&case, level, "loaders");
        case.entry("out.zip", "botocore/loaders.py").unwrap()
    };
    assert_eq!(loads("import botocore", "safe"), loader);
    let changed = loads("import botocore", "balanced");
    assert!(
        changed.contains("parse_constant=   OrderedDict"),
        "{changed}"
    );
    assert_eq!(loads("models.move_to_end('s3')", "balanced"), loader);
}

fn library(name: Option<&str>, needed: Vec<&str>) -> Vec<u8> {
    SampleElf {
        name,
        needed,
        ..SampleElf::default()
    }
    .bytes()
}

/// pyarrow with a client of Flight, and the function's code.
fn pyarrow(code: &str, other_needs: &str) -> Case {
    package(
        code,
        "pyarrow",
        &[
            ("pyarrow/__init__.py", b"modules = ['flight', 'fs']".into()),
            ("pyarrow/flight.py", b"from pyarrow._flight import *".into()),
            (
                "pyarrow/_flight.cpython-312-x86_64-linux-gnu.so",
                library(None, vec!["libarrow_flight.so.1"]),
            ),
            (
                "pyarrow/libarrow_flight.so.1",
                library(Some("libarrow_flight.so.1"), vec!["libarrow.so.1"]),
            ),
            (
                "pyarrow/libarrow.so.1",
                library(Some("libarrow.so.1"), vec![other_needs]),
            ),
        ],
    )
}

#[test]
fn flight_goes_where_nothing_outside_of_pyarrow_speaks_of_it() {
    let flight =
        |code: &str, needs: &str| left(&pyarrow(code, needs), "aggressive", "flight").len();
    assert_eq!(flight("import pyarrow", "libc.so.6"), 0);
    assert_eq!(flight("from pyarrow import flight", "libc.so.6"), 3);
    assert_eq!(flight("import pyarrow.flight", "libc.so.6"), 3);
    assert_eq!(flight("from pyarrow import _flight", "libc.so.6"), 3);
    // Another library of the package needs one of its libraries: all stay.
    assert_eq!(flight("import pyarrow", "libarrow_flight.so.1"), 3);
    assert_eq!(
        left(
            &pyarrow("import pyarrow", "libc.so.6"),
            "balanced",
            "flight"
        )
        .len(),
        3
    );
}

#[test]
fn a_library_stays_once_and_under_names_that_somebody_says() {
    let copies = |code: &str, needs: &str| {
        let same = || library(Some("libx.so.1"), vec!["libc.so.6"]);
        let files = [
            ("x/__init__.py", b"from . import _x".to_vec()),
            ("x/_x.abi3.so", library(None, vec![needs])),
            ("x/libx.so", same()),
            ("x/libx.so.1", same()),
            ("x/libx.so.1.2", same()),
        ];
        left(&package(code, "x", &files), "aggressive", "libx").join(" ")
    };
    assert_eq!(copies("import x", "libx.so.1"), "x/libx.so.1");
    assert_eq!(
        copies("import x, ctypes\nctypes.CDLL('libx.so')", "libx.so.1"),
        "x/libx.so x/libx.so.1"
    );
    assert_eq!(
        copies("import x", "libx.so.1.2"),
        "x/libx.so.1 x/libx.so.1.2"
    );
}
