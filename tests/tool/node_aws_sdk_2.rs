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
