//! What is told about the JavaScript of a function: what fails at its start, and what slows it.

use crate::support::Case;

/// The lines that speak of these codes.
fn told(case: &Case, command: &str, code: &str) -> String {
    let ran = case.pack(command).to_string();
    let mut lines = ran.lines();
    let mut found = String::new();
    while let Some(line) = lines.next() {
        if line.contains(code) {
            found.push_str(&format!("{line}\n{}\n", lines.next().unwrap_or("")));
        }
    }
    found
}

/// A function that loads the module `esm`.
fn requires_a_module(code: &str) -> Case {
    Case::new()
        .file("app/index.js", code)
        .file(
            "app/node_modules/esm/package.json",
            r#"{"name": "esm", "type": "module", "main": "index.js"}"#,
        )
        .file("app/node_modules/esm/index.js", "export default 1;")
}

#[test]
fn a_module_that_common_js_requires() {
    let case = requires_a_module("require('esm'); exports.handler = () => 1;");
    snapshot!(told(&case, "app --handler index.handler --runtime nodejs22.x", "LS970"), @r"
    warning[LS970]: index.js: `require` of the module esm fails on nodejs22.x
      help: `import()` it, take a version with CommonJS, or pack with --bundle
    ");
    snapshot!(told(&case, "app --handler index.handler --runtime nodejs24.x", "LS970"), @"");
}

#[test]
fn a_module_that_is_loaded_another_way() {
    for code in [
        "import('esm'); exports.handler = () => 1;",
        "try { require('esm') } catch {}",
        "exports.handler = () => require('esm');",
    ] {
        let case = requires_a_module(code);
        let told = told(
            &case,
            "app --handler index.handler --runtime nodejs22.x",
            "LS970",
        );
        assert_eq!(told, "", "{code}");
    }
    let both =
        r#"{"name": "esm", "exports": {"module-sync": "./index.mjs", "default": "./index.cjs"}}"#;
    let case = Case::new()
        .file("app/index.js", "require('esm')")
        .file("app/node_modules/esm/package.json", both)
        .file("app/node_modules/esm/index.mjs", "export default 1;")
        .file("app/node_modules/esm/index.cjs", "");
    snapshot!(told(&case, "app --handler index.handler --runtime nodejs22.x", "LS970"), @"");
}

#[test]
fn much_code_in_many_files() {
    let mut case = Case::new();
    let mut code = String::new();
    for number in 0..30 {
        code.push_str(&format!("require('./lib/{number}');\n"));
        let large = format!("exports.text = '{}';", "x".repeat(100_000));
        case = case.file(&format!("app/lib/{number}.js"), &large);
    }
    let case = case.file("app/index.js", &code);
    snapshot!(told(&case, "app -v --handler index.handler --runtime nodejs22.x", "LS971"), @r"
    advice[LS971]: 3.0 MB of JavaScript in 31 files are loaded before the first event
      help: --bundle makes one small file of them, which loads faster
    ");
}

#[test]
fn settings_of_node_that_cost() {
    let map = format!(r#"{{"version":3,"mappings":"{}"}}"#, "A".repeat(2_100_000));
    let case = Case::new()
        .file("app/index.js", "exports.handler = () => 1;\n//# sourceMappingURL=index.js.map")
        .file("app/index.js.map", &map)
        .file(
            "app/start",
            "#!/bin/sh\nexport NODE_EXTRA_CA_CERTS=/var/runtime/ca-cert.pem\nexec \"$@\" --enable-source-maps\n",
        );
    let run = "app -v --handler index.handler --runtime nodejs22.x";
    snapshot!(told(&case, run, "LS972"), @r"
    advice[LS972]: start sets NODE_EXTRA_CA_CERTS, which is read at every start
      help: a file with the few certificates that are needed is read faster than Amazon's whole list
    ");
    snapshot!(told(&case, &run.replace("22", "18"), "LS972"), @r"
    advice[LS972]: start sets NODE_EXTRA_CA_CERTS; nodejs18.x reads Amazon's certificates anyway
      help: a file with the few certificates that are needed is read faster than Amazon's whole list
    ");
    snapshot!(told(&case, run, "LS973"), @r"
    advice[LS973]: start switches source maps on, and those of the function have 2.1 MB
      help: maps without the sources in them have half the size: --sources-content=false of esbuild, or --level aggressive
    ");
}

#[test]
fn a_client_that_every_event_makes() {
    let code = "const { S3Client } = require('@aws-sdk/client-s3'); \
                exports.run = async () => { await new S3Client({}).send(1); }";
    let case = Case::new().file("app/index.js", code);
    snapshot!(told(&case, "app -v --handler index.run --runtime nodejs22.x", "LS974"), @r"
    advice[LS974]: index.js: the handler makes a new S3Client for every event
      help: make it outside the handler: once, in the init phase
    ");
}

#[test]
fn what_llrt_lacks() {
    let sdk = "app/node_modules/@aws-sdk/client-s3";
    let case = Case::new()
        .file(
            "app/index.js",
            "require('node:http'); require('fs'); require('@aws-sdk/client-s3');",
        )
        .file(
            &format!("{sdk}/package.json"),
            r#"{"name": "@aws-sdk/client-s3"}"#,
        )
        .file(&format!("{sdk}/index.js"), "require('http2')");
    let expected = "warning[LS975]: index.js: `http` is loaded at the start, and llrt lacks it\n  help: the function ends there\n";
    assert_eq!(
        told(&case, "app --handler index.handler --runtime llrt", "LS975"),
        expected
    );
    let checked = case
        .run("check app --handler index.handler --runtime llrt")
        .to_string();
    assert!(
        checked.contains("`http`") && !checked.contains("http2"),
        "{checked}"
    );
}

#[test]
fn what_a_template_sets() {
    let case = Case::new()
        .file("app/index.js", "exports.handler = () => 1;")
        .file(
            "template.yaml",
            "Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: app
      Runtime: nodejs22.x
      Handler: index.handler
      Environment: {Variables: {NODE_EXTRA_CA_CERTS: /var/runtime/ca-cert.pem}}
",
        );
    let checked = case
        .run("check app --layers-from template.yaml -v")
        .to_string();
    assert!(
        checked.contains("the template sets NODE_EXTRA_CA_CERTS"),
        "{checked}"
    );
}

#[test]
fn own_maps_lose_their_sources_at_aggressive() {
    let map = r#"{"version":3,"sources":["a.ts"],"sourcesContent":["exports.handler = () => 1;"],"mappings":"AAAA"}"#;
    let case = Case::new()
        .file(
            "app/index.js",
            "exports.handler = () => 1;\n//# sourceMappingURL=index.js.map",
        )
        .file("app/index.js.map", map);
    let options = "app --runtime nodejs22.x --handler index.handler";
    let text = |case: &Case| case.entry("app.zip", "index.js.map").unwrap();
    case.pack(options).ok();
    assert_eq!(text(&case), map);
    case.pack(&format!("{options} --level aggressive")).ok();
    assert_eq!(
        text(&case),
        r#"{"version":3,"sources":["a.ts"],"mappings":"AAAA"}"#
    );
    let reads = "JSON.parse(map).sourcesContent; exports.handler = () => 1;";
    case.write("app/index.js", reads);
    case.pack(&format!("{options} --level aggressive")).ok();
    assert_eq!(text(&case), map);
}

#[test]
fn packages_for_development_that_stay() {
    let large = "x".repeat(200_000);
    let function = |list: &str, code: &str| {
        Case::new()
            .file("app/index.js", "exports.handler = 1;")
            .file(
                "app/node_modules/tester/package.json",
                r#"{"name": "tester"}"#,
            )
            .file(
                "app/node_modules/tester/index.js",
                format!("module.exports = '{large}';"),
            )
            .file(list, code)
    };
    let dev = r#"{"packages": {"node_modules/tester": {"dev": true}}}"#;
    let case = function("app/node_modules/.package-lock.json", dev);
    snapshot!(told(&case, "app -v --runtime nodejs22.x", "LS976"), @r"
    advice[LS976]: node_modules/tester: 200.0 kB of packages for development stay
      help: install without them before packing: `npm ci --omit=dev`; what the code does load belongs in `dependencies`
    ");
    let root = function("app/package-lock.json", dev);
    assert!(told(&root, "app -v --runtime nodejs22.x", "LS976").contains("tester"));
    let other = function(
        "app/node_modules/.package-lock.json",
        &dev.replace("true", "false"),
    );
    assert_eq!(told(&other, "app -v --runtime nodejs22.x", "LS976"), "");
}
