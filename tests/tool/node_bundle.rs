//! `--bundle`, `--use-runtime-sdk` and `--runtime llrt`. Programs of the test stand in for esbuild and Node.js.

use crate::support::Case;

/// Writes a bundle, and a list of inputs that names `helper.js` and one package.
const ESBUILD: &str = r#"#!/bin/sh
entry=$1
for argument; do
  case $argument in
    --outfile=*) outfile=${argument#*=} ;;
    --metafile=*) metafile=${argument#*=} ;;
  esac
done
mkdir -p "$(dirname "$outfile")"
echo 'exports.handler=()=>1;' > "$outfile"
cat > "$metafile" <<END
{"inputs": {"$entry": {"imports": [{"path": "helper.js"}, {"path": "node_modules/small/index.js"}]},
 "helper.js": {"imports": []}, "node_modules/small/index.js": {"imports": []}}, "outputs": {}}
END
"#;

const LOADS: &str = "#!/bin/sh\nexit 0\n";

fn function(node: &str) -> Case {
    let case = Case::new()
        .file("app/index.js", "require('./helper'); require('small');")
        .file("app/helper.js", "")
        .file("app/page.html", "<p>")
        .file("app/node_modules/small/package.json", r#"{"name":"small"}"#)
        .file("app/node_modules/small/index.js", "")
        .file("app/node_modules/.bin/esbuild", ESBUILD)
        .mode("app/node_modules/.bin/esbuild", 0o755)
        .file("programs/node", node)
        .mode("programs/node", 0o755);
    let path = format!("{}:/usr/bin:/bin", case.path("programs").display());
    case.with("PATH", &path)
}

#[test]
fn the_bundle_takes_the_place_of_the_code() {
    let case = function(LOADS);
    let ran = case.pack("app --bundle -q --runtime nodejs22.x");
    snapshot!(format!("{ran}---\n{}", case.listing("app.zip")), @r"
    exit 0
    ---
    0644      23 index.js
    0644       3 page.html
    ");
    let ran = case.pack("app --bundle --runtime nodejs22.x").ok();
    let row = ran.stderr.lines().find(|line| line.contains("the bundle"));
    snapshot!(row.unwrap().trim(), @"what the bundle stands for                 4       487 B           -  LS950");
}

#[test]
fn what_does_not_load_is_traced_instead() {
    let case = function("#!/bin/sh\necho 'Cannot find module x' >&2\nexit 1\n");
    snapshot!(case.pack("app --bundle -q --runtime nodejs22.x"), @r"
    exit 0
    --- stderr
    warning[LS951]: not bundled: the handler does not load in the local Node.js, bundled or not: Cannot find module x
      help: the code was traced instead, as with --level aggressive
    ");
    assert!(case.entry("app.zip", "helper.js").is_some());
}

#[test]
fn what_does_not_load_is_safe_at_safe() {
    let case = function("#!/bin/sh\necho 'Cannot find module x' >&2\nexit 1\n")
        .file("app/node_modules/idle/package.json", r#"{"name":"idle"}"#)
        .file("app/node_modules/idle/index.js", "");
    let idle = |case: &Case| {
        case.entry("app.zip", "node_modules/idle/index.js")
            .is_some()
    };
    let ran = case.pack("app --bundle -q --runtime nodejs22.x --level safe");
    snapshot!(ran, @r"
    exit 0
    --- stderr
    warning[LS951]: not bundled: the handler does not load in the local Node.js, bundled or not: Cannot find module x
      help: the rules of level safe went on instead; --level aggressive traces the code
    ");
    assert!(idle(&case));
    case.pack("app --bundle -q --runtime nodejs22.x").ok();
    assert!(!idle(&case));
}

#[test]
fn without_a_handler_the_package_says_where_it_begins() {
    let case = function(LOADS)
        .remove("app/index.js")
        .file("app/src/main.js", "require('small')")
        .file("app/package.json", r#"{"main": "./src/main.js"}"#);
    let ran = case.pack("app --bundle -q --runtime nodejs22.x");
    assert!(case.entry("app.zip", "src/main.js").is_some(), "{ran}");
    assert!(case.entry("app.zip", "index.js").is_none(), "{ran}");
}

#[test]
fn a_compiler_reads_the_typings_of_what_a_bundle_leaves_out() {
    let case = function(LOADS);
    case.write("app/node_modules/small/index.js", "load('lib.es5.d.ts')");
    let ran = case.pack("app --bundle -q --runtime nodejs22.x");
    snapshot!(ran, @r"
    exit 0
    --- stderr
    warning[LS951]: not bundled: node_modules/small/index.js checks types and reads typings of packages that a bundle leaves out
      help: the code was traced instead, as with --level aggressive
    ");
}

#[test]
fn own_code_that_looks_around_in_another_folder_is_not_bundled() {
    let case = function(LOADS).file(
        "app/src/index.js",
        "require('../helper'); exports.handler = 1;",
    );
    case.write("app/helper.js", "read(__dirname + '/page.html')");
    let ran = case.pack("app --bundle -q --runtime nodejs22.x --handler src/index.handler");
    snapshot!(ran, @r"
    exit 0
    --- stderr
    warning[LS951]: not bundled: helper.js finds files by its own folder, which is another one in a bundle
      help: the code was traced instead, as with --level aggressive
    ");
}

#[test]
fn of_a_build_the_functions_for_node_are_bundled() {
    let template = "Resources:
  Deps:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: Deps, CompatibleRuntimes: [nodejs22.x]}
  Web:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: Web, Runtime: nodejs22.x, Handler: index.handler, Layers: [!Ref Deps]}
  Job:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: Job, Runtime: python3.13, Handler: job.handler}
";
    let case = function(LOADS)
        .file(".aws-sam/build.toml", "")
        .file(".aws-sam/build/template.yaml", template)
        .file(".aws-sam/build/Job/job.py", "")
        .file(".aws-sam/build/Deps/nodejs/node_modules/left/index.js", "")
        .file(
            ".aws-sam/build/Deps/nodejs/node_modules/left/package.json",
            "{}",
        );
    fs_err::rename(case.path("app"), case.path(".aws-sam/build/Web")).unwrap();
    case.run("pack --all --bundle -o out/").ok();
    let files = "index.js page.html";
    let of_zip = |name: &str| {
        let listing = case.listing(name);
        let paths = listing
            .lines()
            .filter_map(|line| line.split_whitespace().nth(2));
        paths.map(str::to_owned).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(of_zip("out/Web.zip"), files);
    assert_eq!(of_zip("out/Job.zip"), "job.py");
    let layer = "nodejs/node_modules/left/index.js nodejs/node_modules/left/package.json";
    assert_eq!(of_zip("out/Deps.zip"), layer);
    case.run("sam --bundle").ok();
    assert_eq!(of_zip(".aws-sam/build/Web"), files);
    assert_eq!(of_zip(".aws-sam/build/Job"), "job.py");
    assert_eq!(of_zip(".aws-sam/build/Deps"), layer);
}

#[test]
fn a_layer_is_not_bundled() {
    let case = function(LOADS);
    snapshot!(case.run("layer app/node_modules --bundle").stderr, @"error: --bundle makes one file of a function's code, and a layer has no handler; where `bundle` is configured, say it in the [[target]] of the function");
    assert_eq!(case.refuses("app --kind layer --bundle").code, 2);
}

#[test]
fn without_esbuild_it_says_how_to_get_it() {
    let case = function(LOADS).remove("app/node_modules/.bin/esbuild");
    snapshot!(case.refuses("app --bundle"), @r"
    exit 2
    --- stderr
    error: there is no esbuild in node_modules or on PATH; add it with `npm install --save-dev esbuild`
    ");
}

#[test]
fn a_handler_that_is_not_there_is_an_error() {
    snapshot!(function(LOADS).refuses("app --bundle --handler gone.handler"), @r"
    exit 2
    --- stderr
    error: no file to bundle: `gone.js` is not in the package; name the function's handler with --handler
    ");
}

fn with_sdk() -> Case {
    let code = "import '@aws-sdk/client-s3'; import '@aws-sdk/client-athena';";
    let case = Case::new().file("app/index.mjs", code);
    let packages = [
        "@aws-sdk/client-s3",
        "@aws-sdk/client-athena",
        "@smithy/core",
        "other",
    ];
    packages.into_iter().fold(case, |case, name| {
        case.file(&format!("app/node_modules/{name}/package.json"), "{}")
            .file(&format!("app/node_modules/{name}/index.js"), "")
            .file(&format!("app/node_modules/{name}/LICENSE"), "MIT")
    })
}

#[test]
fn the_sdk_of_the_run_time_replaces_that_of_the_package_on_demand() {
    let case = with_sdk();
    case.pack("app --runtime nodejs22.x").ok();
    let client = "node_modules/@aws-sdk/client-s3/index.js";
    assert!(case.entry("app.zip", client).is_some());
    case.pack("app --runtime nodejs22.x --use-runtime-sdk").ok();
    snapshot!(case.listing("app.zip"), @r"
    0644      61 index.mjs
    0644       3 node_modules/other/LICENSE
    0644       0 node_modules/other/index.js
    0644       2 node_modules/other/package.json
    ");
}

#[test]
fn llrt_holds_some_clients_itself() {
    let case = with_sdk();
    case.pack("app --runtime llrt").ok();
    snapshot!(case.listing("app.zip"), @r"
    0644      61 index.mjs
    0644       3 node_modules/@aws-sdk/client-athena/LICENSE
    0644       0 node_modules/@aws-sdk/client-athena/index.js
    0644       2 node_modules/@aws-sdk/client-athena/package.json
    0644       3 node_modules/other/LICENSE
    0644       0 node_modules/other/index.js
    0644       2 node_modules/other/package.json
    ");
}
