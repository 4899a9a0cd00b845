//! What other tools ask: `hash`, `--format tf-external`, several inputs at once, `sam` where nothing was built.

use crate::samples;
use crate::support::Case;

#[test]
fn a_hash_knows_contents_and_options_but_no_times() {
    let case = samples::node().link("linked", "dist");
    let hash = |arguments: &str| {
        let ran = case.run(&format!("hash {arguments}")).ok();
        assert_eq!((ran.stdout.len(), &*ran.stderr), (65, ""), "{ran}");
        ran.stdout
    };
    let first = hash("dist");
    assert_eq!(hash("linked"), first);
    assert_eq!(hash("dist --jobs 1"), first);
    assert_ne!(hash("dist --level safe"), first);
    // What `pack` takes from a zip as it is compressed there, and what it compresses anew, are the same contents.
    let zips = ["fast", "best"].map(|compression| {
        let options = format!("--disable all --compression {compression} -o {compression}.zip");
        case.pack(&format!("dist {options}")).ok();
        case.read(&format!("{compression}.zip"))
    });
    assert!(zips[0] != zips[1]);
    assert_eq!(hash("fast.zip"), first);
    assert_eq!(hash("best.zip"), first);
    case.write("dist/index.js", "exports.handler = 2;");
    assert_ne!(hash("dist"), first);
}

#[test]
fn a_hash_knows_what_pack_takes_from_the_configuration() {
    let case = Case::new().file("fn/app.py", "def handler(event, context): pass\n");
    let hash = |configuration: &str| {
        case.write("lambda-slim.toml", configuration);
        case.run("hash fn").ok().stdout
    };
    let first = hash("");
    for configuration in [
        "bytecode = \"all\"",
        "bytecode = \"handler\"",
        "bundle = true",
        "bundle = true\nexternal = [\"a\"]",
        "bundle = true\nsource-map = true",
    ] {
        assert_ne!(hash(configuration), first, "{configuration}");
    }
    assert_eq!(hash("compression = \"best\""), first);
}

#[test]
fn what_pack_writes_does_not_count() {
    let case = Case::new()
        .file("fn/index.js", "exports.handler = 1;\n")
        .file("fn/data.json", "{\"schema_version\": 1}\n");
    let hash = |options: &str| case.run(&format!("hash fn {options}")).ok().stdout;
    let before = hash("");
    case.pack("fn -o fn/lambda.zip --cache fn/.cache --report-file fn/report.json")
        .ok();
    assert_eq!(hash("-o fn/lambda.zip"), before);
    assert_ne!(hash(""), before);
    assert_eq!(hash("-o fn/lambda.zip --cache x --report-file y"), before);
    case.write("fn/data.json", "{\"schema_version\": 2}\n");
    assert_ne!(hash("-o fn/lambda.zip"), before);
}

#[test]
fn what_an_earlier_run_left_is_not_shipped() {
    let case = Case::new()
        .file("fn/index.js", "exports.handler = 1;\n")
        .file("fn/.cache/mine", "data")
        .file("fn/other/CACHEDIR.TAG", "Signature: of somebody else\n")
        .file("fn/tool.json", "{\"tool\": {\"name\": \"lambda-slim\"}}\n");
    case.pack("fn --cache fn/store --report-file fn/first.json")
        .ok();
    case.run("check fn --format json").ok();
    case.pack("fn -o out.zip").ok();
    snapshot!(case.listing("out.zip"), @r"
    0644       4 .cache/mine
    0644      21 index.js
    0644      28 other/CACHEDIR.TAG
    0644      34 tool.json
    ");
}

#[test]
fn terraform_reads_texts() {
    let case = samples::node();
    let ran = case.pack("dist -o x.zip --quiet --format tf-external").ok();
    let answer = ran.json();
    let names: Vec<&String> = answer.as_object().unwrap().keys().collect();
    assert_eq!(names, ["bytes", "code_sha256", "path", "sha256"]);
    assert!(
        answer
            .as_object()
            .unwrap()
            .values()
            .all(serde_json::Value::is_string)
    );
    assert_eq!(answer["bytes"], case.read("x.zip").len().to_string());
    assert_eq!(answer["path"], "x.zip");
    let ran = case.refuses("dist --dry-run --format tf-external");
    snapshot!(ran.stderr, @"error: --format tf-external tells of a zip, and none is written");
}

#[test]
fn terraform_asks_with_options() {
    let case = samples::node();
    let ask = |query: &str| {
        let tool = std::path::Path::new(env!("CARGO_BIN_EXE_lambda-slim"));
        let mut command = case.command(tool);
        let words = "pack dist -q --format tf-external".split(' ');
        command.args(words).write_stdin(query).output().unwrap()
    };
    let answer = |query: &str| {
        let output = ask(query);
        assert!(output.status.success(), "{output:?}");
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        answer["path"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        answer(r#"{"output": "asked.zip", "no_measure": "true", "keep": "**/*.d.ts", "drop": ""}"#),
        "asked.zip"
    );
    assert!(case.listing("asked.zip").contains(".d.ts"));
    for nothing in ["", "{}", "\n"] {
        assert_eq!(answer(nothing), "dist.zip", "{nothing}");
    }
    assert!(!case.listing("dist.zip").contains(".d.ts"));
    let refusal = |query: &str| {
        let output = ask(query);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    snapshot!(refusal("[1]"), @"error: the query on stdin is no JSON object of texts, as Terraform's `query` is: invalid type: sequence, expected a map at line 1 column 0");
    assert!(refusal(r#"{"levle": "safe"}"#).contains("unexpected argument '--levle'"));
    let ran = case
        .command(std::path::Path::new(env!("CARGO_BIN_EXE_lambda-slim")))
        .args(["pack", "dist", "-q", "--format", "json"])
        .write_stdin("[1]")
        .output()
        .unwrap();
    assert!(ran.status.success(), "others do not read it");
}

#[test]
fn several_inputs_make_a_zip_each() {
    let case = Case::new()
        .file("one/index.js", "1")
        .file("two/index.js", "2");
    case.pack("one two -o new/out/ --dry-run").ok();
    assert!(!case.exists("new"));
    case.pack("one two -o out/").ok();
    assert_eq!(case.entry("out/one.zip", "index.js").unwrap(), "1");
    assert_eq!(case.entry("out/two.zip", "index.js").unwrap(), "2");
    case.pack("one two").ok();
    assert!(case.read("two.zip") == case.read("out/two.zip"));
    let ran = case.refuses("one two -o x.zip");
    snapshot!(ran.stderr, @"error: -o with the name of a zip is for one input; for several there are `-o FOLDER/` and --in-place");
    assert_eq!(ran.code, 2);
    case.pack("one two -o plain/folder").ok();
    assert!(case.read("plain/folder/one.zip") == case.read("out/one.zip"));
    let case = case.file("taken", "");
    snapshot!(case.refuses("one two -o taken").stderr, @"error: -o: `taken/one.zip`: `taken` is not a folder");
    assert_eq!(case.refuses("one two -o x.tgz").code, 2);
    assert_eq!(case.pack("one nowhere").code, 1);
}

#[test]
fn without_a_build_of_sam_there_is_nothing_to_slim() {
    let case = Case::new().file("template.yaml", "Resources: {}");
    let ran = case.run("sam");
    snapshot!(ran.stderr, @"error: `.` is no build of SAM and has none in .aws-sam/build; run `sam build` first");
    assert_eq!(ran.code, 2);
}
