//! The configuration: flags come before the environment, that before the file, that before what is built in.

use crate::samples;
use crate::support::{Case, Ran};

/// The rows of `config` that are not as they are built in.
fn in_force(ran: &Ran) -> String {
    let rows = ran.stdout.lines();
    let rows = rows.filter(|row| !row.ends_with("# default"));
    rows.map(|row| row.split_whitespace().collect::<Vec<_>>().join(" ") + "\n")
        .collect()
}

const TOML: &str =
    "level = \"safe\"\nkeep = [\"docs/**\"]\nno-strip = true\njobs = 2\n[budget]\nfiles = 5000\n";

#[test]
fn every_setting_has_an_origin() {
    let case = samples::node().file("lambda-slim.toml", TOML);
    let rows = case.run("config dist").ok().stdout;
    assert!(rows.contains("\nruntime = \"auto\" "), "{rows}");
    assert!(rows.contains("\n# handler is not set "), "{rows}");
    snapshot!(in_force(&case.run("config dist").ok()), @r#"
    # lambda-slim.toml, for dist
    level = "safe" # lambda-slim.toml, line 1
    keep = ["docs/**"] # lambda-slim.toml, line 2
    no-strip = true # lambda-slim.toml, line 3
    jobs = "2" # lambda-slim.toml, line 4
    no-measure = false # LAMBDA_SLIM_NO_MEASURE
    budget = ["files=5000"] # lambda-slim.toml, line 5
    "#);
    let case = case
        .with("LAMBDA_SLIM_LEVEL", "aggressive")
        .with("LAMBDA_SLIM_ARCH", "");
    snapshot!(in_force(&case.run("config dist").ok()), @r#"
    # lambda-slim.toml, for dist
    level = "aggressive" # LAMBDA_SLIM_LEVEL
    keep = ["docs/**"] # lambda-slim.toml, line 2
    no-strip = true # lambda-slim.toml, line 3
    jobs = "2" # lambda-slim.toml, line 4
    no-measure = false # LAMBDA_SLIM_NO_MEASURE
    budget = ["files=5000"] # lambda-slim.toml, line 5
    "#);
    snapshot!(in_force(&case.run("config dist --no-config").ok()), @r#"
    # no configuration file, for dist
    level = "aggressive" # LAMBDA_SLIM_LEVEL
    no-measure = false # LAMBDA_SLIM_NO_MEASURE
    "#);
}

#[test]
fn flags_come_first_and_lists_of_files_add_up() {
    let case = samples::node().file(
        "lambda-slim.toml",
        "level = \"safe\"\nkeep = [\"**/CHANGELOG.md\"]\n",
    );
    let level = |arguments: &str| {
        case.pack(&format!("dist --dry-run --format json {arguments}"))
            .json()["target"]["level"]
            .clone()
    };
    assert_eq!(level(""), "safe");
    assert_eq!(level("--level aggressive"), "aggressive");
    assert_eq!(level("--no-config"), "balanced");
    case.pack("dist --level balanced --keep **/README.md").ok();
    for kept in ["README.md", "CHANGELOG.md"] {
        assert!(
            case.entry("dist.zip", &format!("node_modules/left/{kept}"))
                .is_some()
        );
    }
    case.pack("dist --no-config").ok();
    assert!(
        case.entry("dist.zip", "node_modules/left/CHANGELOG.md")
            .is_none()
    );
}

#[test]
fn the_nearest_file_from_the_package_upwards() {
    let case = samples::node()
        .folder(".git")
        .file("pyproject.toml", "[tool.lambda-slim]\nlevel = \"safe\"\n")
        .file("other.toml", "level = \"aggressive\"\n");
    snapshot!(in_force(&case.run("config dist").ok()), @r#"
    # pyproject.toml, for dist
    level = "safe" # pyproject.toml, line 2
    no-measure = false # LAMBDA_SLIM_NO_MEASURE
    "#);
    snapshot!(in_force(&case.run("config dist --config other.toml").ok()), @r#"
    # other.toml, for dist
    level = "aggressive" # other.toml, line 1
    no-measure = false # LAMBDA_SLIM_NO_MEASURE
    "#);
    case.write(
        "dist/package.json",
        r#"{"name": "app", "lambda-slim": {"runtime": "nodejs22.x"}}"#,
    );
    snapshot!(in_force(&case.run("config dist").ok()), @r#"
    # dist/package.json, for dist
    runtime = "nodejs22.x" # dist/package.json
    no-measure = false # LAMBDA_SLIM_NO_MEASURE
    "#);
    snapshot!(case.run("config dist --config dist/index.js"), @r"
    exit 2
    --- stderr
    error: `dist/index.js`, line 1: key with no value, expected `=`
    ");
    snapshot!(case.run("config nope"), @r"
    exit 2
    --- stderr
    error: there is no `nope`; name a package as it is given to `pack`
    ");
}

#[test]
fn a_section_for_each_package() {
    let text = "level = \"safe\"\n[[target]]\npath = \"api\"\nruntime = \"nodejs22.x\"\n[[target]]\npath = \"jobs/one\"\nlevel = \"aggressive\"\nhandler = \"a.b\"\n";
    let case = Case::new()
        .file("lambda-slim.toml", text)
        .file("api/dist/index.js", "exports.handler = 1;\n")
        .file("jobs/one/a.js", "exports.b = 1;\n");
    snapshot!(in_force(&case.run("config api/dist").ok()), @r#"
    # lambda-slim.toml, for api/dist
    runtime = "nodejs22.x" # lambda-slim.toml, line 4
    level = "safe" # lambda-slim.toml, line 1
    no-measure = false # LAMBDA_SLIM_NO_MEASURE
    "#);
    snapshot!(in_force(&case.run("config jobs/one").ok()), @r#"
    # lambda-slim.toml, for jobs/one
    handler = "a.b" # lambda-slim.toml, line 8
    level = "aggressive" # lambda-slim.toml, line 7
    no-measure = false # LAMBDA_SLIM_NO_MEASURE
    "#);
    snapshot!(in_force(&case.run("config jobs").ok()), @r#"
    # lambda-slim.toml, for jobs
    level = "safe" # lambda-slim.toml, line 1
    no-measure = false # LAMBDA_SLIM_NO_MEASURE
    "#);
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let case = samples::node();
    let wrong = |text: &str| {
        case.write("lambda-slim.toml", text);
        case.refuses("dist")
    };
    snapshot!(wrong("levle = \"safe\"\n"), @r"
    exit 2
    --- stderr
    error: lambda-slim.toml, line 1: there is no setting `levle`; did you mean `level`?
    ");
    snapshot!(wrong("\nlevel = \"sefe\"\n"), @r"
    exit 2
    --- stderr
    error: lambda-slim.toml, line 2: invalid value 'sefe' for '--level <LEVEL>' [possible values: safe, balanced, aggressive]
    ");
    snapshot!(wrong("no-strip = \"yes\"\n"), @r"
    exit 2
    --- stderr
    error: lambda-slim.toml, line 1: `no-strip` is true or false
    ");
    snapshot!(wrong("budget = [\"150MB\"]\n"), @r"
    exit 2
    --- stderr
    error: lambda-slim.toml, line 1: invalid value '150MB' for '--budget <LIST>': write a budget as `unzipped=150MB`, `zip=40MB`, `files=5000` or `growth=5%`
    ");
    snapshot!(wrong("level = \n"), @r"
    exit 2
    --- stderr
    error: `[dir]/lambda-slim.toml`, line 1: string values must be quoted, expected literal string
    ");
    snapshot!(wrong("[[target]]\npath = \"dist\"\noutput = \"x.zip\"\n"), @r"
    exit 2
    --- stderr
    error: lambda-slim.toml, line 3: there is no setting `output`
    ");
}

#[test]
fn ignored_files_go_and_kept_ones_stay() {
    let case = samples::node().file(
        "dist/.lambdaslimignore",
        "# drafts\ndocs/\n/test/words.txt\n",
    );
    case.pack("dist --keep docs/guide.md").ok();
    let listing = case.listing("dist.zip");
    assert!(listing.contains("docs/guide.md"), "{listing}");
    assert!(!listing.contains("words.txt"), "{listing}");
    assert!(!listing.contains(".lambdaslimignore"), "{listing}");
    case.write("dist/.lambdaslimignore", "docs/\n!docs/guide.md\n");
    snapshot!(case.refuses("dist"), @r"
    exit 2
    --- stderr
    error: `dist/.lambdaslimignore`, line 2: `!` takes nothing back here; what must stay is named by --keep
    ");
}

#[test]
fn init_writes_what_it_sees_and_replaces_nothing() {
    let case = samples::python();
    snapshot!(case.run("init app").ok(), @r"
    exit 0
    --- stdout
    lambda-slim.toml written; `lambda-slim config` shows what is in force
    ");
    snapshot!(String::from_utf8(case.read("lambda-slim.toml")).unwrap(), @r#"
    # What lambda-slim does with the packages of this repository. Flags and LAMBDA_SLIM_* variables come before this file;
    # every setting is an option of `lambda-slim pack`, and `lambda-slim config` shows what is in force.

    # How far rules go: a promise about risk, not about size. `safe`, `balanced` or `aggressive`.
    level = "balanced"

    # The function's run time and processor, as in its configuration.
    runtime = "python3.12"  # from *.cpython-312.pyc
    # arch = "arm64"

    # What a package may have before the build fails. Slimmed, it has 775 B in 14 files.
    # budget = { unzipped = "852B", files = 16 }

    # Files that stay whatever rules say, and files that go: paths, folders or globs inside the package.
    # keep = ["data/**"]
    # drop = ["notes"]

    # Rules that are not applied: codes, names or packs; `lambda-slim rules` lists them.
    # disable = ["LS110"]

    # The models of AWS services that Python functions need, where reading the code is not enough.
    # services = ["s3", "dynamodb"]

    # Layers that the functions have: Lambda's limit is for all together. A path or a size.
    # with-layer = ["12MB"]

    # Findings that are no errors here, and warnings that are; `lambda-slim explain CODE` tells what they mean.
    # allow = ["LS920"]
    # deny = ["LS921"]
    "#);
    snapshot!(in_force(&case.run("config app").ok()), @r#"
    # lambda-slim.toml, for app
    runtime = "python3.12" # lambda-slim.toml, line 8
    level = "balanced" # lambda-slim.toml, line 5
    no-measure = false # LAMBDA_SLIM_NO_MEASURE
    "#);
    snapshot!(case.run("init app"), @r"
    exit 2
    --- stderr
    error: `lambda-slim.toml` is there; replace it with --force
    ");
}

/// The output of `cdk synth` for these functions: name, run time and handler.
fn cdk_out(functions: &[(&str, &str, &str)]) -> Case {
    let mut resources = Vec::new();
    let mut case = Case::new().file("shop/cdk.out/cdk.out", "{\"version\": \"38.0.0\"}");
    for (name, runtime, handler) in functions {
        case = case.file(
            &format!("shop/cdk.out/asset.{name}/index.js"),
            "exports.handler = 1;\n",
        );
        resources.push(format!(
            r#""{name}": {{"Type": "AWS::Lambda::Function", "Properties": {{"Runtime": "{runtime}", "Handler": "{handler}",
                "Code": {{"S3Bucket": "b", "S3Key": "k"}}}}, "Metadata": {{"aws:asset:path": "asset.{name}", "aws:asset:property": "Code"}}}}"#
        ));
    }
    let template = format!("{{\"Resources\": {{{}}}}}", resources.join(","));
    case.file("shop/cdk.out/Shop.template.json", template)
}

#[test]
fn init_takes_from_the_cdk_what_lasts() {
    let functions = [
        ("Api", "nodejs22.x", "index.handler"),
        ("Job", "nodejs22.x", "index.run"),
    ];
    let case = cdk_out(&functions);
    let said = case.run("init shop/cdk.out").ok().stdout;
    assert!(said.starts_with("shop/lambda-slim.toml written"), "{said}");
    let text = String::from_utf8(case.read("shop/lambda-slim.toml")).unwrap();
    let (_, text) = text.split_once("# deny = [\"LS921\"]\n").unwrap();
    snapshot!(text.trim(), @r#"
    # The functions of shop/cdk.out. Their folders have another name after each change, so no [[target]] can name them;
    # `check shop/cdk.out` and `pack --all shop/cdk.out` read this from the templates there.
    #   Api: nodejs22.x, x86_64, index.handler
    #   Job: nodejs22.x, x86_64, index.run
    # All of them have this, so other packages have it unless they say otherwise.
    runtime = "nodejs22.x"
    arch = "x86_64"
    "#);
    assert!(
        !case
            .run("check shop/cdk.out --format json")
            .stdout
            .is_empty()
    );
    let other = cdk_out(&[("Api", "nodejs22.x", "a.b"), ("Job", "nodejs20.x", "a.b")]);
    other.run("init shop").ok();
    let text = String::from_utf8(other.read("shop/lambda-slim.toml")).unwrap();
    assert!(
        text.contains("#   Job: nodejs20.x") && !text.contains("\nruntime ="),
        "{text}"
    );
}

#[test]
fn init_writes_into_the_project() {
    let template = "Resources:\n  Api:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: Api\n      Runtime: python3.13\n      Handler: app.handler\n";
    let case = Case::new()
        .file("sam/.aws-sam/build.toml", "")
        .file("cdk/cdk.out/asset.1/app.py", "def handler(e, c): pass\n")
        .file("sam/.aws-sam/build/template.yaml", template)
        .file("sam/.aws-sam/build/Api/app.py", "def handler(e, c): pass\n")
        .file("src/pyproject.toml", "")
        .file("src/app.py", "def handler(e, c): pass\n")
        .file("out/dist/app.py", "def handler(e, c): pass\n");
    for (input, written) in [
        ("cdk/cdk.out/asset.1", "cdk/lambda-slim.toml"),
        ("src", "src/lambda-slim.toml"),
        ("sam/.aws-sam/build/Api", "sam/lambda-slim.toml"),
        ("sam/.aws-sam", "sam/lambda-slim.toml"),
        ("sam/.aws-sam/build", "sam/lambda-slim.toml"),
        ("out/dist", "out/lambda-slim.toml"),
    ] {
        let said = case.run(&format!("init {input} --force")).ok().stdout;
        assert!(said.starts_with(&format!("{written} written")), "{said}");
        let again = case.run(&format!("init {input}"));
        assert!(
            again.stderr.contains(&format!("`{written}` is there")),
            "{again}"
        );
    }
    let text = String::from_utf8(case.read("sam/lambda-slim.toml")).unwrap();
    assert!(text.contains("path = \".aws-sam/build/Api\"\n"), "{text}");
    let in_force = case.run("config sam/.aws-sam/build/Api").ok().stdout;
    assert!(in_force.contains("runtime = \"python3.13\""), "{in_force}");
}

#[test]
fn colours_when_asked() {
    let case = samples::node();
    assert!(!case.run("check dist").stdout.contains('\x1b'));
    assert!(
        case.run("check dist --color always")
            .stdout
            .contains('\x1b')
    );
    let case = case.with("CLICOLOR_FORCE", "1");
    assert!(case.run("check dist").stdout.contains('\x1b'));
    assert!(!case.run("check dist --color never").stdout.contains('\x1b'));
}

#[test]
fn each_of_several_packages_has_its_own_settings() {
    let case = Case::new()
        .file("one/index.js", "1")
        .file("one/data/words.txt", "one")
        .file("one/notes/a.txt", "one")
        .file("one/.lambdaslimignore", "notes/\n")
        .file("two/index.js", "2")
        .file("two/data/words.txt", "two")
        .file("two/notes/a.txt", "two")
        .file("two/lambda-slim.toml", "drop = [\"data/**\"]\n");
    let entry = |zip: &str, name: &str| case.entry(zip, name).is_some();
    for order in ["one two", "two one"] {
        case.pack(&format!("{order} --drop index.js")).ok();
        assert!(entry("one.zip", "data/words.txt"), "{order}");
        assert!(!entry("one.zip", "notes/a.txt"), "{order}");
        assert!(entry("two.zip", "notes/a.txt"), "{order}");
        assert!(!entry("two.zip", "data/words.txt"), "{order}");
        assert!(!entry("one.zip", "index.js") && !entry("two.zip", "index.js"));
    }
    let case = case.file("two/lambda-slim.toml", "droop = [\"data/**\"]\n");
    let ran = case.refuses("one two");
    snapshot!(ran.stderr, @"error: two/lambda-slim.toml, line 1: there is no setting `droop`; did you mean `drop`?");
    assert_eq!(ran.code, 2);
}

#[test]
fn each_of_several_packages_is_checked_with_its_own_settings() {
    let case = Case::new()
        .file("one/index.js", "exports.run = () => 1;\n")
        .file("two/index.js", "exports.run = () => 2;\n")
        .file("two/lambda-slim.toml", "budget = [\"files=0\"]\n");
    for order in ["one two", "two one"] {
        let ran = case.run(&format!("check {order}"));
        assert_eq!(ran.code, 3, "{ran}");
        assert_eq!(ran.stdout.matches("error[LS905]").count(), 1, "{ran}");
    }
    assert_eq!(case.run("check one").code, 0);
    assert_eq!(case.run("check one two --no-config").code, 0);
}

#[test]
fn several_packages_have_a_handler_each_and_no_report_in_common() {
    let case = Case::new()
        .file("one/index.js", "exports.go = () => 1;\n")
        .file("two/index.js", "exports.run = () => 2;\n")
        .file(
            "lambda-slim.toml",
            "[[target]]\npath = \"one\"\nhandler = \"index.go\"\n[[target]]\npath = \"two\"\nhandler = \"index.run\"\n",
        );
    case.pack("one two").ok();
    let case = case.file("lambda-slim.toml", "report-file = \"r.json\"\n");
    let ran = case.refuses("one two");
    snapshot!(ran.stderr, @"error: report-file: `[dir]/r.json` is configured for several inputs; name one in a [[target]] of each");
    assert_eq!(ran.code, 2);
}
