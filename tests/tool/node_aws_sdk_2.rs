//! Version 2 of the AWS SDK: models of services that nobody names go, and any doubt keeps them all.

use crate::support::Case;

const SDK: &str = "app/node_modules/aws-sdk";

/// A function with `code` and an SDK of three services, of which the SDK itself uses `STS`.
fn function(code: &str) -> Case {
    let client = |name: &str| {
        format!(
            "Object.defineProperty({{}}, 'v', {{ get: () => require('../apis/{name}.min.json') }});"
        )
    };
    let file = |name: &str| format!("{SDK}/{name}");
    Case::new()
        .file("app/index.js", code)
        .file(&file("package.json"), r#"{"name":"aws-sdk","version":"2.1.0","main":"lib/aws.js"}"#)
        .file(&file("lib/aws.js"), "require('../clients/all'); require('../apis/metadata.json')")
        .file(&file("lib/credentials.js"), "var STS = require('../clients/sts');")
        .file(
            &file("clients/all.js"),
            "module.exports = { S3: require('./s3'), STS: require('./sts'), EC2: require('./ec2') };",
        )
        .file(&file("clients/s3.js"), client("s3"))
        .file(&file("clients/sts.js"), client("sts"))
        .file(&file("clients/ec2.js"), client("ec2"))
        .file(&file("apis/s3.min.json"), "[3]")
        .file(&file("apis/sts.min.json"), "[4]")
        .file(&file("apis/ec2.min.json"), "[5]")
        .file(&file("apis/ec2.examples.json"), "[6]")
        .file(&file("apis/metadata.json"), "[7]")
        .file(&file("dist/aws-sdk.js"), "window.AWS = 1")
}

/// The models and builds that stay.
fn stay(case: &Case, options: &str) -> String {
    case.pack(&format!(
        "app --runtime nodejs22.x --handler index.handler {options}"
    ))
    .ok();
    let all = ["s3.min", "sts.min", "ec2.min", "ec2.examples", "metadata"];
    let all = all.map(|name| format!("apis/{name}.json"));
    let all = all.into_iter().chain(["dist/aws-sdk.js".to_owned()]);
    let there = all.filter(|name| {
        let path = format!("node_modules/aws-sdk/{name}");
        case.entry("app.zip", &path).is_some()
    });
    there.collect::<Vec<_>>().join(" ")
}

const CLEAR: &str = "const AWS = require('aws-sdk'); new AWS.S3(); exports.handler = () => 1;";
const ALL: &str = "apis/s3.min.json apis/sts.min.json apis/ec2.min.json apis/ec2.examples.json apis/metadata.json dist/aws-sdk.js";

#[test]
fn models_that_nobody_names_go() {
    let used = "apis/s3.min.json apis/sts.min.json apis/metadata.json";
    assert_eq!(stay(&function(CLEAR), ""), used);
    assert_eq!(stay(&function(CLEAR), "--level aggressive"), used);
}

#[test]
fn models_stay_in_any_doubt() {
    assert_eq!(stay(&function(CLEAR), "--level safe"), ALL);
    let unclear =
        "const AWS = require('aws-sdk'); exports.handler = (event) => new AWS[event.service]();";
    assert_eq!(stay(&function(unclear), ""), ALL);
    let wrapped = function(CLEAR)
        .file(
            "app/node_modules/tracer/package.json",
            r#"{"name":"tracer"}"#,
        )
        .file(
            "app/node_modules/tracer/index.js",
            "module.exports = trace(require('aws-sdk'));",
        );
    assert_eq!(stay(&wrapped, ""), ALL);
    let page = function(CLEAR).file("app/page.html", "<script src='/aws-sdk/dist/aws-sdk.js'>");
    assert_eq!(stay(&page, ""), ALL);
    let broken = function(CLEAR).file(&format!("{SDK}/clients/ec2.js"), "this is no code");
    assert_eq!(stay(&broken, ""), ALL);
}

/// A function that names one service clearly; `with` adds what else may lead to the SDK.
#[track_caller]
fn keeps_all(with: impl FnOnce(Case) -> Case) {
    assert_eq!(stay(&with(function(CLEAR)), ""), ALL);
}

#[test]
fn models_stay_where_the_sdk_has_another_name() {
    let aliases = r#"{"name":"app","_moduleAliases":{"aws":"node_modules/aws-sdk"}}"#;
    keeps_all(|case| case.file("app/package.json", aliases));
    keeps_all(|case| case.link("app/node_modules/aws", "aws-sdk"));
    keeps_all(|case| case.link("app/node_modules/models", "aws-sdk/apis"));
    keeps_all(|case| case.file("app/cfg.json", r#"{"m": "aws-sdk", "s": "SNS"}"#));
    keeps_all(|case| case.file("app/settings.yml", "module: aws-sdk\n"));
}

#[test]
fn models_stay_for_code_of_any_name() {
    let program = "#!/usr/bin/env node\nconst A = require('aws-sdk'); new A[process.argv[2]]();";
    let dependency = |main: &str| {
        let manifest = format!(r#"{{"name":"dep","main":"./{main}"}}"#);
        let file = format!("app/node_modules/dep/{main}");
        move |case: Case| {
            case.file("app/node_modules/dep/package.json", manifest)
                .file(&file, program)
        }
    };
    keeps_all(dependency("bin/h"));
    keeps_all(dependency("lib/h.es6"));
    keeps_all(|case| case.file("app/node_modules/dep/lib/more.es5", program));
    keeps_all(|case| case.file("app/run", program));
}

#[test]
fn models_stay_where_what_is_loaded_is_computed() {
    for code in [
        "require('aws' + '-sdk')",
        "require(name)",
        "require(`${name}/lib`)",
    ] {
        keeps_all(|case| case.file("app/more.js", code));
    }
    let joined = "module.exports = require('aws' + '-sdk')";
    keeps_all(|case| case.file("app/node_modules/dep/index.js", joined));
}

#[test]
fn models_stay_where_a_dependency_gets_the_sdk_by_what_lies_beside_it() {
    let dependency = |manifest: &str, code: &str| {
        let files = [("package.json", manifest), ("index.js", code)];
        let files =
            files.map(|(name, text)| (format!("app/node_modules/dep/{name}"), text.to_owned()));
        move |case: Case| {
            let add = |case: Case, (path, text): (String, String)| case.file(&path, text);
            files.into_iter().fold(case, add)
        }
    };
    let imports = r##"{"name":"dep","imports":{"#aws":"aws-sdk"}}"##;
    keeps_all(dependency(
        imports,
        "module.exports = (name) => new (require('#aws'))[name]()",
    ));
    let peer = r#"{"name":"dep","peerDependencies":{"aws-sdk":"2"}}"#;
    let by_manifest =
        "Object.keys(require('./package.json').peerDependencies).map((m) => require(m))";
    keeps_all(dependency(peer, by_manifest));
    let providers = r#"{"aws": {"module": "aws-sdk"}}"#;
    keeps_all(|case| case.file("app/node_modules/dep/providers.json", providers));
    let shared = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url); \
                  export const AWS = require('aws-sdk'); AWS.config.update({});";
    keeps_all(|case| case.file("app/aws.mjs", shared));
}

#[test]
fn models_stay_where_no_code_names_the_sdk() {
    assert_eq!(stay(&function("exports.handler = () => 1;"), ""), ALL);
}

#[test]
fn what_only_speaks_of_the_sdk_keeps_nothing() {
    let manifest = r#"{"name":"app","dependencies":{"aws-sdk":"2"},"description":"for aws-sdk"}"#;
    let used = "apis/s3.min.json apis/sts.min.json apis/metadata.json";
    let case = function(CLEAR)
        .file("app/package.json", manifest)
        .file(
            "app/more.js",
            "exports.load = (name) => require('./handlers/' + name);",
        )
        .file("app/node_modules/dep/README.md", "Works with aws-sdk.");
    assert_eq!(stay(&case, ""), used);
}
