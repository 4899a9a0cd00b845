//! What the user may choose.

use crate::samples;
use crate::support::{Case, RawEntry, raw_zip};

/// The names in a package.
fn names(case: &Case, package: &str) -> Vec<String> {
    let listing = case.listing(package);
    let name = |line: &str| line[12..].trim_start().to_owned();
    listing.lines().map(name).collect()
}

/// What the arguments make go from `input`, and what comes in addition.
fn difference(case: &Case, input: &str, arguments: &str) -> String {
    case.pack(&format!("{input} -o out.zip {arguments}")).ok();
    let (before, after) = (names(case, input), names(case, "out.zip"));
    let gone = before.iter().filter(|name| !after.contains(name));
    let new = after.iter().filter(|name| !before.contains(name));
    gone.map(|name| format!("- {name}\n"))
        .chain(new.map(|name| format!("+ {name}\n")))
        .collect()
}

#[test]
fn keep_wins_over_rules_and_over_drop() {
    let case = samples::node();
    snapshot!(difference(&case, "dist", "--keep **/*.md --keep node_modules/left/index.js"), @r"
    - node_modules/.bin/left -> ../left/cli.js
    - node_modules/.bin/left-cli -> ../left/cli.js
    - node_modules/.package-lock.json
    - node_modules/left/index.d.ts
    - node_modules/left/index.js.map
    ");
    snapshot!(difference(&case, "dist", "--disable all --keep docs --drop **/*.md"), @r"
    - README.md
    - node_modules/left/CHANGELOG.md
    - node_modules/left/README.md
    - node_modules/left/lib/words.md
    ");
}

#[test]
fn drop_takes_a_path_a_folder_or_a_glob() {
    let case = samples::node();
    snapshot!(difference(&case, "dist", "--disable all --drop README.md"), @"- README.md");
    snapshot!(difference(&case, "dist", "--disable all --drop ./docs/ --drop test"), @r"
    - docs/guide.md
    - test/words.txt
    ");
    snapshot!(difference(&case, "dist", "--disable all --drop **/*.{md,map}"), @r"
    - README.md
    - docs/guide.md
    - node_modules/left/CHANGELOG.md
    - node_modules/left/README.md
    - node_modules/left/index.js.map
    - node_modules/left/lib/words.md
    ");
}

#[test]
fn patterns_that_meet_nothing_are_told() {
    let case = Case::new().file("dist/index.js", "");
    snapshot!(case.pack("dist -q --keep no/such --drop *.md"), @r"
    exit 0
    --- stderr
    warning[LS904]: the pattern `no/such` of --keep or --drop matches no file
      help: patterns are relative to the input: `node_modules/**`, not `dist/node_modules/**`
    warning[LS904]: the pattern `*.md` of --keep or --drop matches no file
    ");
}

#[test]
fn disable_takes_an_id_a_code_a_pack_or_all() {
    let case = samples::node();
    snapshot!(difference(&case, "dist", "--level safe"), @r"
    - node_modules/.package-lock.json
    - node_modules/left/CHANGELOG.md
    - node_modules/left/README.md
    - node_modules/left/index.d.ts
    - node_modules/left/index.js.map
    ");
    snapshot!(difference(&case, "dist", "--level safe --disable node/readme-files,LS131"), @r"
    - node_modules/.package-lock.json
    - node_modules/left/index.d.ts
    - node_modules/left/index.js.map
    ");
    snapshot!(difference(&case, "dist", "--disable node/*"), @"");
    snapshot!(difference(&case, "dist", "--disable all"), @"");
}

#[test]
fn licences_stay_are_collected_or_go() {
    let case = samples::node().file("dist/node_modules/right/package.json", "{}");
    case.write("dist/node_modules/right/LICENSE.md", "MIT, (c) somebody\n");
    case.write("dist/node_modules/third/NOTICE", "Made by hand.\n\n");
    let other = "--disable node/*";
    snapshot!(difference(&case, "dist", &format!("{other} --licenses keep")), @"");
    snapshot!(difference(&case, "dist", &format!("{other} --licenses drop")), @r"
    - node_modules/left/LICENSE
    - node_modules/right/LICENSE.md
    - node_modules/third/NOTICE
    ");
    snapshot!(difference(&case, "dist", &format!("{other} --licenses collect")), @r"
    - node_modules/left/LICENSE
    - node_modules/right/LICENSE.md
    - node_modules/third/NOTICE
    + THIRD_PARTY_LICENSES
    ");
    snapshot!(case.entry("out.zip", "THIRD_PARTY_LICENSES").unwrap(), @r"
    node_modules/left/LICENSE
    node_modules/right/LICENSE.md

    MIT, (c) somebody

    ----------------------------------------

    node_modules/third/NOTICE

    Made by hand.

    ----------------------------------------
    ");
}

#[test]
fn collected_licences_overwrite_nothing() {
    let case = samples::node().file("dist/THIRD_PARTY_LICENSES", "mine");
    snapshot!(case.refuses("dist --licenses collect"), @r"
    exit 1
    --- stderr
    error: the licences cannot be collected: two entries have the name `THIRD_PARTY_LICENSES`
    ");
}

/// A fake botocore with three services.
fn botocore() -> Case {
    let mut case = Case::new().file("app/app.py", "import boto3\nboto3.client('s3')\n");
    for file in [
        "__init__.py",
        "data/endpoints.json",
        "data/ec2/2016-11-15/service-2.json",
        "data/s3/2006-03-01/service-2.json",
        "data/s3/2006-03-01/examples-1.json",
        "data/sts/2011-06-15/service-2.json",
    ] {
        case = case.file(&format!("app/botocore/{file}"), "{}");
    }
    case
}

#[test]
fn services_name_the_models_that_stay() {
    let case = botocore();
    snapshot!(difference(&case, "app", "--services s3"), @r"
    - botocore/data/ec2/2016-11-15/service-2.json
    - botocore/data/s3/2006-03-01/examples-1.json
    ");
    snapshot!(difference(&case, "app", "--services s3,ec2"), @"- botocore/data/s3/2006-03-01/examples-1.json");
    snapshot!(difference(&case, "app", "--services all"), @"- botocore/data/s3/2006-03-01/examples-1.json");
    snapshot!(difference(&case, "app", ""), @r"
    - botocore/data/ec2/2016-11-15/service-2.json
    - botocore/data/s3/2006-03-01/examples-1.json
    ");
    snapshot!(difference(&case, "app", "--kind layer"), @"- botocore/data/s3/2006-03-01/examples-1.json");
    snapshot!(case.refuses("app --services s3,ec3"), @r"
    exit 2
    --- stderr
    error: --services: botocore in this package has no service `ec3`; did you mean `ec2`?
    ");
}

#[test]
fn what_is_told_of_services() {
    let case = botocore();
    let told = |options: &str, code: &str| {
        let ran = case
            .pack(&format!("app -v --runtime python3.13 {options}"))
            .ok();
        let lines = ran.stderr.lines().filter(|line| line.contains(code));
        lines.collect::<Vec<_>>().join("\n")
    };
    snapshot!(told("--services ec2", "LS935"), @"warning[LS935]: --services leaves out s3, which app.py:2 names");
    snapshot!(told("--services s3", "LS935"), @"");
    snapshot!(told("", "LS932"), @"advice[LS932]: AWS services that the code uses: s3 (app.py:2)");
    case.write(
        "app/app.py",
        "import boto3\nboto3.client('s3')\nboto3.client(name)\n",
    );
    snapshot!(told("", "LS933"), @"advice[LS933]: the models of all AWS services stay: app.py:3: `boto3.client(name)` does not tell the service; it names s3");
}

#[test]
fn operations_name_what_stays_of_a_model() {
    let model =
        r#"{"operations": {"GetObject": {}, "PutObject": {}, "CopyObject": {}}, "shapes": {}}"#;
    let path = "app/botocore/data/s3/2006-03-01/service-2.json";
    let app = "import boto3\nboto3.client('s3').get_object()\n";
    let case = botocore().file(path, model).file("app/app.py", app);
    let slimmed = |arguments: &str| {
        let arguments = format!(
            "app --level aggressive --runtime python3.12 --out-dir slim --force {arguments}"
        );
        case.pack(&arguments).ok();
        let model = case.read("slim/botocore/data/s3/2006-03-01/service-2.json");
        String::from_utf8(model).unwrap()
    };
    snapshot!(slimmed(""), @r#"{"operations":{"GetObject":{}},"shapes":{}}"#);
    snapshot!(slimmed("--operations s3.put_object,GetObject"), @r#"{"operations":{"GetObject":{},"PutObject":{}},"shapes":{}}"#);
    snapshot!(slimmed("--operations all"), @r#"{"operations":{"GetObject":{},"PutObject":{},"CopyObject":{}},"shapes":{}}"#);
    snapshot!(case.refuses("app --level aggressive --runtime python3.12 --operations PutObjekt"), @r"
    exit 2
    --- stderr
    error: --operations: no AWS service that stays has an operation `PutObjekt`; did you mean `PutObject`?
    ");
}

#[test]
fn names_from_outside_keep_all_operations() {
    let app = "import boto3\ndef handler(event, context):\n    getattr(boto3.client('s3'), event['call'])()\n";
    let case = botocore().file("app/app.py", app);
    let report = case
        .pack("app --level aggressive --runtime python3.12 --format json")
        .ok()
        .json();
    let found = report["diagnostics"].as_array().unwrap();
    let found = found.iter().find(|found| found["code"] == "LS934").unwrap();
    snapshot!(found["message"], @r#""all operations of AWS services stay: app.py:3: `getattr(boto3.client('s3'), event['call'])` does not tell the operation""#);
}

#[test]
fn the_handler_stays() {
    let case = Case::new()
        .file("dist/src/app.js", "")
        .file("dist/src/app.d.ts", "")
        .file("dist/lib.js", "");
    snapshot!(difference(&case, "dist", "--handler src/app.handler --drop **/*.js"), @"- lib.js");
    snapshot!(case.pack("dist -q --handler src/main.handler"), @r"
    exit 0
    --- stderr
    warning[LS902]: no file of the package holds the handler `src/main.handler`
      help: fine if a layer brings it; otherwise the function will not start
    ");
}

#[test]
fn the_target_can_be_stated() {
    let case = samples::python();
    snapshot!(case.pack("app").ok().head(), @r"
    lambda-slim [version]  app → app.zip
    python3.12 (from *.cpython-312.pyc) · architecture unknown · function · balanced
    ");
    snapshot!(case.pack("app --runtime python3.13 --arch arm64 --kind layer --level safe").ok().head(), @r"
    lambda-slim [version]  app → app.zip
    python3.13 · arm64 · layer · safe
    ");
    let empty = Case::new().file("data/a.bin", "");
    snapshot!(empty.pack("data"), @r"
    exit 0
    --- stderr
    lambda-slim [version]  data → data.zip
    run time unknown · architecture unknown · function · balanced

                                  before       after     saved
      zip                              -       108 B
      unzipped                       0 B         0 B
      files                            1           1        0%

      nothing to remove

      limit unzipped                 0 B of 262.1 MB  ░░░░░░░░░░░░░░░░░░░░░░░░    0%
      limit direct-upload          108 B of  52.4 MB  ░░░░░░░░░░░░░░░░░░░░░░░░    0%

    warning[LS906]: the run time is unknown, so rules for one run time sleep
      help: say it with --runtime, such as --runtime python3.13

      sha256      [sha256]
      CodeSha256  [base64]
      done in [time]
    ");
}

#[test]
fn the_stated_python_decides_which_bytecode_goes() {
    let case = samples::python();
    let only = "--disable node/*,licenses/*,common/*";
    snapshot!(difference(&case, "app", &format!("{only} --runtime python3.11")), @r"
    - six-1.0.dist-info/INSTALLER
    - six/__init__.pyi
    - six/__pycache__/__init__.cpython-312.pyc
    - six/py.typed
    ");
    snapshot!(difference(&case, "app", &format!("{only} --runtime nodejs22.x")), @r"
    - six-1.0.dist-info/INSTALLER
    - six/__init__.pyi
    - six/py.typed
    ");
}

#[test]
fn harder_compression_is_never_larger() {
    let text = (0..4000).map(|number| format!("line {} of {number}\n", number * 7919 % 1000));
    let case = Case::new().file("dist/words.txt", text.collect::<String>());
    let size = |level: &str| {
        let report = case
            .pack(&format!("dist --format json --compression {level}"))
            .ok()
            .json();
        report["after"]["zip_bytes"].as_u64().unwrap()
    };
    let (fast, default, best) = (size("fast"), size("default"), size("best"));
    assert!(fast > default && default > best, "{fast} {default} {best}");
}

#[test]
fn what_does_not_shrink_is_stored() {
    let noise: Vec<u8> = (0..2000u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let case = Case::new().file("dist/noise.bin", &noise);
    let report = case.pack("dist --format json").ok().json();
    assert!(report["after"]["zip_bytes"].as_u64().unwrap() < 2000 + 150);
}

#[test]
fn choices_come_from_the_environment_and_arguments_win() {
    let case = samples::node()
        .with("LAMBDA_SLIM_LEVEL", "safe")
        .with("LAMBDA_SLIM_RUNTIME", "nodejs22.x");
    snapshot!(case.pack("dist").ok().head(), @r"
    lambda-slim [version]  dist → dist.zip
    nodejs22.x · architecture unknown · function · safe
    ");
    snapshot!(case.pack("dist --level balanced --runtime nodejs20.x").ok().head(), @r"
    lambda-slim [version]  dist → dist.zip
    nodejs20.x · architecture unknown · function · balanced
    ");
}

#[test]
fn a_zip_keeps_its_links_whatever_they_say() {
    let link = RawEntry {
        mode: 0o120_777,
        ..RawEntry::new("to/nowhere", "../../etc/passwd")
    };
    let case = Case::new().file("a.zip", raw_zip(&[RawEntry::new("index.js", ""), link]));
    case.pack("a.zip -o out.zip").ok();
    snapshot!(case.listing("out.zip"), @r"
    0644       0 index.js
    link         to/nowhere -> ../../etc/passwd
    ");
    snapshot!(case.refuses("a.zip --symlinks follow"), @r"
    exit 2
    --- stderr
    error: --symlinks follow needs a folder as INPUT
    ");
}
