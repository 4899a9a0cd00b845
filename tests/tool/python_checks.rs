//! What the user is told about the imports of a Python function, and packages that install others.

use crate::support::Case;

/// A function with this code, and distributions of one file each: its path and contents.
fn function(code: &str, distributions: &[(&str, &str)]) -> Case {
    let mut case = Case::new().file("app/app.py", code);
    for (path, contents) in distributions {
        let name = path.split('/').next().unwrap();
        case = case
            .file(&format!("app/{path}"), contents)
            .file(&format!("app/{name}-2.dist-info/METADATA"), "Name: x\n")
            .file(
                &format!("app/{name}-2.dist-info/RECORD"),
                format!("{path},,\n"),
            );
    }
    case
}

#[test]
fn an_import_that_nothing_brings() {
    let case = function("import json, boto3, yaml\n", &[]);
    let ran = case.pack("app --runtime python3.12 --dry-run").ok();
    let warning = ran.stderr.split("warning[LS960]").nth(1).unwrap();
    assert!(warning.contains("app.py: it imports `yaml`"), "{ran}");
    assert_eq!(ran.stderr.matches("LS960").count(), 1, "{ran}");
    let ran = case.pack("app --runtime python3.12 --in-place").ok();
    assert_eq!(ran.stderr.matches("LS960").count(), 1, "{ran}");
    let case = case.file("layer/python/yaml/__init__.py", "");
    let ran = case
        .pack("app --runtime python3.12 --dry-run --with-layer layer")
        .ok();
    assert!(!ran.stderr.contains("LS960"), "{ran}");
    let check = |options: &str| case.run(&format!("check app --runtime python3.12 {options}"));
    assert!(check("").stdout.contains("LS960"));
    assert!(!check("--with-layer layer").stdout.contains("LS960"));
    let case = case.file(
        "template.yaml",
        "Resources:
  Layer:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layer}
  Function:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: app, Runtime: python3.12, Handler: app.handler, Layers: [!Ref Layer]}
",
    );
    let ran = case.run("check app --layers-from template.yaml");
    assert!(!ran.stdout.contains("LS960"), "{ran}");
}

#[test]
fn a_package_that_a_layer_brings_as_well() {
    let case = function("import boto3\n", &[("boto3/__init__.py", "")])
        .file("layer/python/boto3-1.dist-info/METADATA", "Name: boto3\n");
    let ran = case
        .pack("app --runtime python3.12 --dry-run --with-layer layer")
        .ok();
    assert!(ran.stderr.contains("warning[LS961]"), "{ran}");
    assert!(ran.stderr.contains("boto3 2 (layer: 1)"), "{ran}");
}

#[test]
fn large_functions_are_told_of_snapshots() {
    let case = function("import json\n", &[]).zeros("app/model.bin", 60_000_000);
    let said = |runtime: &str| {
        let ran = case
            .pack(&format!("app --runtime {runtime} --dry-run -v"))
            .ok();
        let text = ran
            .stderr
            .split("advice[LS965]: ")
            .nth(1)
            .unwrap()
            .to_owned();
        text.lines().next().unwrap().to_owned()
    };
    assert!(said("python3.13").starts_with("python3.13 has SnapStart"));
    assert!(said("python3.11").starts_with("python3.11 has no SnapStart"));
    let small = function("import json\n", &[]).pack("app --runtime python3.13 --dry-run -v");
    assert!(!small.stderr.contains("LS965"), "{small}");
}

#[test]
fn what_goes_saves_nothing() {
    let record = "lib/a.pxd,,\nlib/tests/test_a.py,,\n";
    let case = function("import lib\n", &[("lib/__init__.py", "")])
        .file("app/lib/a.pxd", "cdef int a\n")
        .file("app/lib/tests/test_a.py", "open('../a.pxd')\n")
        .file(
            "app/lib-2.dist-info/RECORD",
            format!("lib/__init__.py,,\n{record}"),
        );
    case.pack("app --runtime python3.12 -o once.zip").ok();
    assert!(case.entry("once.zip", "lib/tests/test_a.py").is_none());
    assert!(case.entry("once.zip", "lib/a.pxd").is_none());
    case.pack("once.zip --runtime python3.12 -o twice.zip").ok();
    assert_eq!(case.read("once.zip"), case.read("twice.zip"));
    case.pack("app --runtime python3.12 --disable LS214 -o kept.zip")
        .ok();
    assert!(case.entry("kept.zip", "lib/a.pxd").is_some());
}

#[test]
fn installers_go_where_nothing_asks_for_them() {
    let setuptools = [("setuptools/__init__.py", "")];
    let stays = |code: &str| {
        let case = function(code, &setuptools);
        case.pack("app --runtime python3.12 --level aggressive --disable LS250,LS251")
            .ok();
        case.entry("app.zip", "setuptools/__init__.py").is_some()
    };
    assert!(!stays("'''See setuptools.'''\n"));
    assert!(stays("def f():\n    import pkg_resources\n"));
    assert!(stays("import_module('setuptools.command')\n"));
    assert!(stays("from distutils.version import LooseVersion\n"));
}

#[test]
fn translations_go_where_the_compiled_ones_are() {
    let folder = "lib/locale/de/LC_MESSAGES";
    let record = format!("{folder}/a.po,,\n{folder}/a.mo,,\n{folder}/b.po,,\n");
    let case = function("import lib\n", &[("lib/__init__.py", "")])
        .file(&format!("app/{folder}/a.po"), "msgid\n")
        .file(&format!("app/{folder}/a.mo"), "compiled\n")
        .file(&format!("app/{folder}/b.po"), "msgid\n")
        .file("app/lib-2.dist-info/RECORD", record);
    case.pack("app --runtime python3.12").ok();
    let stays = |name: &str| case.entry("app.zip", &format!("{folder}/{name}")).is_some();
    assert_eq!(
        [stays("a.po"), stays("a.mo"), stays("b.po")],
        [false, true, true]
    );
}
