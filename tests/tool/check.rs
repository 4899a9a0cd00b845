//! `check`: what Lambda would say, before it is asked, and nothing is written.

use crate::samples;
use crate::support::Case;

/// 250 MiB, from AWS's documentation.
const UNZIPPED_LIMIT_BYTES: u64 = 262_144_000;

/// As `pack` with a command that must leave everything as it was.
#[track_caller]
fn checks(case: &Case, arguments: &str) -> crate::support::Ran {
    let before = case.tree();
    let ran = case.run(&format!("check {arguments}"));
    assert_eq!(case.tree(), before, "{ran}");
    case.assert_clean();
    ran
}

#[test]
fn a_package_as_it_is() {
    let case = samples::node();
    snapshot!(checks(&case, "dist"), @r"
    exit 0
    --- stdout
    dist  nodejs · function
      3.9 kB unzipped (0%) · zip 2.9 kB (0%) · 18 files

    1 package: nothing to complain about
    ");
    snapshot!(checks(&case, "dist -q"), @"exit 0");
}

#[test]
fn a_function_and_two_layers_share_the_limit() {
    let case = Case::new()
        .file("dist/app.js", "exports.handler = 1;\n")
        .file(
            "dist/node_modules/x/package.json",
            "{\"name\": \"x\", \"version\": \"1.0.0\"}",
        )
        .zeros("dist/node_modules/x/README.md", 500)
        .zeros("layer/python/x.bin", 1_000);
    let check = |left: u64| {
        let other = UNZIPPED_LIMIT_BYTES - 1_000 - left;
        checks(
            &case,
            &format!("dist --with-layer layer --with-layer {other}"),
        )
    };
    // 21 bytes of code, 500 of text and 33 about the package.
    assert_eq!(check(554).code, 0);
    snapshot!(check(553), @r"
    exit 3
    --- stdout
    dist  nodejs · function
      554 B unzipped, with 2 layers 262.1 MB (over) · zip 425 B (0%) · 3 files
    error[LS900]: 1 B over Lambda's limit of 262144000 bytes unzipped with 2 layers, which leave 553 bytes for the function
      help: largest: x 533 B, own files 21 B (app.js 21 B); cheapest to lose, with lambda-slim pack --level aggressive: packages that no import reaches 500 B (LS172)

    1 package: 1 error
    ");
}

const SAM: &str = "
Globals:
  Function: {Runtime: nodejs22.x, Architectures: [arm64]}
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: Api
      Handler: app.handler
      Layers: [!Ref Deps, 'arn:aws:lambda:eu-west-1:123:layer:extension:4']
  Job:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: Api, Handler: app.handler, Layers: [!Ref Deps, 'arn:aws:lambda:eu-west-1:123:layer:extension:4']}
  Old:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: Old, Handler: index.handler, Runtime: python3.13, Architectures: [x86_64]}
  Deps:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: Deps, CompatibleRuntimes: [nodejs22.x]}
";

#[test]
fn what_sam_built_is_checked_function_by_function() {
    let case = Case::new()
        .file(".aws-sam/build.toml", "")
        .file(".aws-sam/build/template.yaml", SAM)
        .file(".aws-sam/build/Api/app.js", "exports.handler = 1;\n")
        .file(
            ".aws-sam/build/Old/app.py",
            "def handler(event, context): pass\n",
        )
        .file(
            ".aws-sam/build/Deps/nodejs/node_modules/x/package.json",
            "{\"name\": \"x\", \"version\": \"1.0.0\"}",
        );
    snapshot!(checks(&case, ""), @r"
    exit 0
    --- stdout
    Api, Job  nodejs22.x · arm64 · function
      .aws-sam/build/Api
      21 B unzipped, with 1 layer 54 B (0%) · zip 131 B (0%) · 1 file
    advice[LS912]: the size of a layer is not known here: arn:aws:lambda:eu-west-1:123:layer:extension:4
      help: add it with --with-layer PATH or --with-layer BYTES

    Old  python3.13 · x86_64 · function
      .aws-sam/build/Old
      34 B unzipped (0%) · zip 144 B (0%) · 1 file
    warning[LS902]: no file of the package holds the handler `index.handler`
      help: fine if a layer brings it; otherwise the function will not start

    Deps  nodejs22.x · layer
      .aws-sam/build/Deps
      33 B unzipped (0%) · zip 199 B (0%) · 1 file

    3 packages: 1 warning, 1 hint
    ");
    let same = checks(&case, ".aws-sam/build").stdout;
    assert_eq!(checks(&case, ".aws-sam").stdout, same);
}

#[test]
fn code_that_a_template_names_and_that_is_not_there_is_said_to_be_missing() {
    let case = Case::new()
        .file(".aws-sam/build.toml", "")
        .file(".aws-sam/build/template.yaml", SAM)
        .file(".aws-sam/build/Api/app.js", "exports.handler = 1;\n");
    let ran = checks(&case, "");
    let missing = "Old: its code is not there and is left out: `./.aws-sam/build/Old`";
    assert!(ran.stderr.contains(missing), "{ran}");
    let ran = case.run("sam --dry-run");
    assert!(ran.stderr.contains("Old: its code is not there"), "{ran}");
}

#[test]
fn each_function_of_a_build_has_its_own_settings() {
    let case = Case::new()
        .file(".aws-sam/build.toml", "")
        .file(".aws-sam/build/template.yaml", SAM)
        .file(".aws-sam/build/Api/app.js", "exports.handler = 1;\n")
        .file(".aws-sam/build/Old/app.py", "def handler(event, context): pass\n")
        .file(
            "lambda-slim.toml",
            "[[target]]\npath = \".aws-sam/build/Old\"\nhandler = \"app.handler\"\nbudget = [\"files=0\"]\n",
        );
    let ran = checks(&case, "");
    assert_eq!(ran.code, 3, "{ran}");
    assert_eq!(ran.stdout.matches("LS905").count(), 1, "{ran}");
    assert!(
        !ran.stdout.contains("LS902"),
        "the handler of the settings is there: {ran}"
    );
    assert_eq!(checks(&case, "--no-config").code, 0);
}

#[test]
fn snapshots_that_cannot_be_are_errors() {
    let template = "
Resources:
  Old:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: Old, Handler: app.handler, Runtime: python3.11, SnapStart: {ApplyOn: PublishedVersions}}
  New:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: Old, Handler: app.handler, Runtime: python3.13, SnapStart: {ApplyOn: PublishedVersions}}
";
    let case = Case::new()
        .file(".aws-sam/build.toml", "")
        .file(".aws-sam/build/template.yaml", template)
        .file(
            ".aws-sam/build/Old/app.py",
            "def handler(event, context): pass\n",
        );
    let ran = checks(&case, "");
    assert_eq!(ran.code, 3, "{ran}");
    assert_eq!(ran.stdout.matches("LS914").count(), 1, "{ran}");
    assert!(
        ran.stdout
            .contains("SnapStart is on, and python3.11 has none"),
        "{ran}"
    );
}

const CDK: &str = r#"{"Resources": {
 "Fn1": {"Type": "AWS::Lambda::Function",
  "Properties": {"Code": {"S3Key": "aa.zip"}, "Runtime": "nodejs22.x", "Handler": "index.handler", "Layers": [{"Ref": "L1"}]},
  "Metadata": {"aws:cdk:path": "Stack/Fn/Resource", "aws:asset:path": "asset.aa", "aws:asset:property": "Code"}},
 "L1": {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": {"S3Key": "bb.zip"}},
  "Metadata": {"aws:cdk:path": "Stack/Layer/Resource", "aws:asset:path": "asset.bb", "aws:asset:property": "Content"}}}}"#;

#[test]
fn what_cdk_synthesised_over_the_limit_together() {
    let case = Case::new()
        .file("cdk.out/cdk.out", "{}")
        .file("cdk.out/Stack.template.json", CDK)
        .file("cdk.out/asset.aa/index.js", "exports.handler = 1;\n")
        .zeros("cdk.out/asset.bb/nodejs/data.bin", 1_000);
    // 21 bytes of code and 1,000 of the layer.
    let left = UNZIPPED_LIMIT_BYTES - 1_021;
    let check = |other: u64| checks(&case, &format!("cdk.out -q --with-layer {other}"));
    assert_eq!(check(left).code, 0);
    snapshot!(check(left + 1), @r"
    exit 3
    --- stdout
    Stack/Fn  nodejs22.x · x86_64 · function
      cdk.out/asset.aa
      21 B unzipped, with 2 layers 262.1 MB (over) · zip 135 B (0%) · 1 file
    error[LS900]: 1 B over Lambda's limit of 262144000 bytes unzipped with 2 layers, which leave 20 bytes for the function
      help: largest: own files 21 B (index.js 21 B); no rule takes more: --drop what is not needed, fetch large files at the start, or deploy a container image

    Stack/Layer  layer
      cdk.out/asset.bb
      1.0 kB unzipped (0%) · zip 138 B (0%) · 1 file
    warning[LS906]: the run time is unknown, so rules for one run time sleep
      help: say it with --runtime, such as --runtime python3.13

    2 packages: 1 error, 1 warning
    ");
}

#[test]
fn layers_of_a_template() {
    let source = SAM.replace("Globals:", "Outputs: {}\nGlobals:");
    let case = Case::new()
        .file("template.yaml", source)
        .file("Api/app.js", "exports.handler = 1;\n")
        .zeros("Deps/nodejs/data.bin", 1_000);
    snapshot!(checks(&case, "Api --layers-from template.yaml"), @r"
    exit 0
    --- stdout
    Api  nodejs22.x · arm64 · function
      21 B unzipped, with 1 layer 1.0 kB (0%) · zip 131 B (0%) · 1 file
    advice[LS912]: the size of a layer is not known here: arn:aws:lambda:eu-west-1:123:layer:extension:4
      help: add it with --with-layer PATH or --with-layer BYTES

    1 package: 1 hint
    ");
    snapshot!(checks(&case, "Deps --layers-from template.yaml"), @r"
    exit 2
    --- stderr
    error: --layers-from: no function of `template.yaml` has its code at `Deps`; its functions are: Api, Job, Old
    ");
}

#[test]
fn growth_is_told_from_a_report() {
    let case = Case::new().file("dist/app.js", "exports.handler = 1;\n");
    case.pack("dist -q --runtime nodejs22.x --report-file before.json")
        .ok();
    case.write("dist/more.js", "// twenty-one bytes!\n");
    let check = |budget: &str| {
        let options = "--runtime nodejs22.x --baseline before.json -q";
        checks(&case, &format!("dist {options} --budget growth={budget}"))
    };
    assert_eq!(check("100%").code, 0);
    snapshot!(check("99%"), @r"
    exit 3
    --- stdout
    dist  nodejs22.x · function
      42 B unzipped (0%) · zip 242 B (0%) · 2 files
    error[LS905]: it grew by 21 B unzipped from 21 B, over the budget of 99 %
      help: largest: own files 42 B (app.js 21 B, more.js 21 B); no rule takes more: --drop what is not needed, fetch large files at the start, or deploy a container image

    1 package: 1 error
    ");
    snapshot!(checks(&case, "dist --budget growth=1%"), @r"
    exit 2
    --- stderr
    error: --budget growth: say with --baseline what the package was before, as a report or a package
    ");
    assert_eq!(
        case.pack("dist -q --budget growth=20B --baseline before.json")
            .code,
        3
    );
}

/// A package whose one addon is for macOS.
fn foreign_addon() -> Case {
    Case::new()
        .file(
            "dist/node_modules/x/build/Release/x.node",
            crate::native::mach_o(),
        )
        .file(
            "dist/node_modules/x/package.json",
            "{\"name\": \"x\", \"version\": \"1.0.0\"}",
        )
}

#[test]
fn github_shows_findings_beside_the_code() {
    let case = foreign_addon();
    snapshot!(checks(&case, "dist --runtime nodejs22.x --handler a.b --format github"), @r"
    exit 3
    --- stdout
    ::warning title=LS902,file=dist::no file of the package holds the handler `a.b`%0Ahelp: fine if a layer brings it; otherwise the function will not start
    ::error title=LS920,file=dist/node_modules/x/build/Release/x.node::is for macOS, and no build for Linux is beside it%0Ahelp: install the dependencies for the target: npm's --os and --cpu, pip's --platform, cargo's --target
    ");
}

#[test]
fn code_scanning_reads_findings() {
    let case = foreign_addon();
    snapshot!(checks(&case, "dist --runtime nodejs22.x --format sarif"), @r#"
    exit 3
    --- stdout
    {
      "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
      "version": [version],
      "runs": [
        {
          "tool": {
            "driver": {
              "name": "lambda-slim",
              "version": [version],
              "informationUri": "https://github.com/lambda-slim/lambda-slim",
              "rules": [
                {
                  "id": "LS920",
                  "shortDescription": {
                    "text": "native code that does not load on Lambda"
                  },
                  "fullDescription": {
                    "text": "A program or library is for another processor or system, and no build for the target is beside it. Loading it ends with \"invalid ELF header\" or \"cannot open shared object file\"; most often the dependencies were installed on a developer's machine."
                  },
                  "helpUri": "https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html"
                }
              ]
            }
          },
          "results": [
            {
              "ruleId": "LS920",
              "level": "error",
              "message": {
                "text": "is for macOS, and no build for Linux is beside it\ninstall the dependencies for the target: npm's --os and --cpu, pip's --platform, cargo's --target"
              },
              "locations": [
                {
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "dist/node_modules/x/build/Release/x.node"
                    }
                  }
                }
              ]
            }
          ]
        }
      ]
    }
    "#);
}

#[test]
fn programs_read_everything() {
    let case = foreign_addon();
    snapshot!(checks(&case, "dist --runtime nodejs22.x --format json"), @r#"
    exit 3
    --- stdout
    {
      "schema_version": 1,
      "tool": {
        "name": "lambda-slim",
        "version": [version]
      },
      "packages": [
        {
          "name": "dist",
          "path": "dist",
          "is_folder": true,
          "target": {
            "runtime": "nodejs22.x",
            "runtime_evidence": null,
            "arch": null,
            "arch_evidence": null,
            "kind": "function",
            "level": "balanced"
          },
          "sizes": {
            "zip_bytes": 344,
            "unzipped_bytes": 241,
            "files": 2
          },
          "layers": {
            "count": 0,
            "unzipped_bytes": 0
          },
          "limits": [
            {
              "id": "unzipped",
              "limit_bytes": 262144000,
              "used_bytes": 241
            },
            {
              "id": "direct-upload",
              "limit_bytes": 52428800,
              "used_bytes": 344
            }
          ],
          "diagnostics": [
            {
              "severity": "error",
              "code": "LS920",
              "message": "is for macOS, and no build for Linux is beside it",
              "path": "node_modules/x/build/Release/x.node",
              "help": "install the dependencies for the target: npm's --os and --cpu, pip's --platform, cargo's --target"
            }
          ]
        }
      ]
    }
    "#);
}

/// The text of a key as `openssl` writes it, with nothing in it.
fn private_key(kind: &str) -> String {
    let line = "A".repeat(64);
    format!("-----BEGIN {kind}PRIVATE KEY-----\n{line}\n-----END {kind}PRIVATE KEY-----\n")
}

#[test]
fn keys_and_passwords_of_the_function_are_told() {
    let google = format!(r#"{{"private_key": {:?}}}"#, private_key(""));
    let case = Case::new()
        .file("dist/app.js", "")
        .file("dist/tls/server.pem", private_key("RSA "))
        .file("dist/google.json", google)
        .file(
            "dist/.env",
            "STAGE=prod\nexport DB_PASSWORD='hunter2hunter2' # of production\n",
        )
        .file(
            "dist/.npmrc",
            "//registry.npmjs.org/:_authToken=npm_0123456789\n",
        )
        .file(
            "dist/.pypirc",
            "[pypi]\nusername = __token__\npassword = pypi-0123456789\n",
        );
    snapshot!(checks(&case, "dist"), @r"
    exit 0
    --- stdout
    dist  nodejs · function
      434 B unzipped (0%) · zip 830 B (0%) · 6 files
    warning[LS030]: google.json: a private key, 2 files
      help: Whoever may read the function's code, its bucket or what the build left can read the key. Keep it in Secrets Manager or Parameter Store, and leave the file out: --drop, or a line in .lambdaslimignore. Where it shall be there, --disable LS030 says so.
    warning[LS031]: .env: a password or token, 3 files
      help: Whoever may read the function's code, its bucket or what the build left can read it. Keep it in Secrets Manager or Parameter Store, and leave the file out: --drop, or a line in .lambdaslimignore. Where it shall be there, as a file that dotenv reads, --disable LS031 says so.

    1 package: 2 warnings
    ");
    let ran = checks(&case, "dist --deny ls031");
    assert_eq!(ran.code, 3, "{ran}");
    let ran = checks(&case, "dist --disable LS030,LS031").ok();
    assert!(!ran.stdout.contains("warning"), "{ran}");
    case.pack("dist").ok();
    assert!(case.entry("dist.zip", "tls/server.pem").is_some());
}

#[test]
fn what_only_looks_like_a_secret_is_none() {
    let case = Case::new()
        .file("dist/app.js", "")
        .file(
            "dist/ca-bundle.pem",
            private_key("").replace("PRIVATE KEY", "CERTIFICATE"),
        )
        .file("dist/locked.pem", private_key("ENCRYPTED "))
        .file("dist/docs.json", r#"{"text": "-----BEGIN PRIVATE KEY-----"}"#)
        .file(
            "dist/.env",
            "DB_PASSWORD=\nTOKEN=${FROM_ELSEWHERE}\nAPI_KEY=<yours>\nTOKEN_SECONDS=36000000\n\
             SECRET=arn:aws:secretsmanager:eu-west-1:1:secret:x\nDB_PASSWORD=/prod/database/password\n",
        )
        .file("dist/.env.example", "DB_PASSWORD=hunter2hunter2\n")
        .file(
            "dist/.npmrc",
            "//registry.npmjs.org/:_authToken=${NPM_TOKEN}\nregistry=https://registry.npmjs.org/\n",
        )
        .file("dist/node_modules/tls/package.json", r#"{"name": "tls"}"#)
        .file("dist/node_modules/tls/test/server.key", private_key(""))
        .file("dist/node_modules/tls/.env", "DB_PASSWORD=hunter2hunter2\n");
    let ran = checks(&case, "dist").ok();
    assert!(!ran.stdout.contains("LS03"), "{ran}");
}

#[test]
fn the_compiler_among_the_dependencies_is_told() {
    let case = samples::node().file(
        "dist/node_modules/typescript/package.json",
        r#"{"name": "typescript"}"#,
    );
    let ran = checks(&case, "dist").ok();
    let advice = ran.stdout.lines().find(|line| line.contains("LS193"));
    snapshot!(advice.unwrap(), @"advice[LS193]: node_modules/typescript/package.json: the TypeScript compiler");
}

#[test]
fn a_run_time_of_another_language_is_told() {
    let case = samples::node();
    snapshot!(checks(&case, "dist --runtime python3.13"), @r"
    exit 0
    --- stdout
    dist  python3.13 · function
      3.9 kB unzipped (0%) · zip 2.9 kB (0%) · 18 files
    warning[LS916]: nothing in the package is for python3.13; it looks like nodejs, from node_modules
      help: rules and checks for python3.13 were used; leave out --runtime, or name another one

    1 package: 1 warning
    ");
    let elsewhere = samples::node().file("dist/src/app.py", "");
    let ran = checks(&elsewhere, "dist --runtime python3.13");
    assert!(!ran.stdout.contains("LS916"), "{ran}");
    for runtime in ["nodejs22.x", "llrt", "provided.al2023"] {
        let ran = checks(&case, &format!("dist --runtime {runtime}"));
        assert!(!ran.stdout.contains("LS916"), "{ran}");
    }
}

#[test]
fn a_code_that_does_not_exist_is_refused() {
    let case = samples::node();
    snapshot!(case.run("check dist --deny LS9999"), @r"
    exit 2
    --- stderr
    error: --deny: there is no finding `LS9999`
    ");
    snapshot!(case.run("pack dist --allow node/readme-files"), @r"
    exit 2
    --- stderr
    error: --allow: `node/readme-files` is no finding but a rule, which --disable turns off
    ");
    snapshot!(case.run("check dist --deny LS110"), @r"
    exit 2
    --- stderr
    error: --deny: `LS110` is no finding but a rule, which --disable turns off
    ");
    assert_eq!(case.run("check dist --deny aé1").code, 2);
    assert!(!case.exists("dist.zip"));
}

#[test]
fn advice_can_be_an_error() {
    let case = samples::node().file(
        "dist/node_modules/aws-sdk/package.json",
        r#"{"name": "aws-sdk"}"#,
    );
    assert_eq!(checks(&case, "dist").code, 0);
    assert_eq!(checks(&case, "dist --deny ls190").code, 3);
}

#[test]
fn what_was_found_can_be_a_comment() {
    let case = samples::node().file("dist/.npmrc", "_authToken=npm_0123456789\n");
    snapshot!(checks(&case, "dist --format markdown"), @r"
    exit 0
    --- stdout
    ### `dist`

    nodejs · function<br>3.9 kB unzipped (0%) · zip 3.0 kB (0%) · 19 files

    warning LS031: `.npmrc`: a password or token<br>Whoever may read the function's code, its bucket or what the build left can read it. Keep it in Secrets Manager or Parameter Store, and leave the file out: --drop, or a line in .lambdaslimignore. Where it shall be there, as a file that dotenv reads, --disable LS031 says so.

    1 package: 1 warning
    ");
}

#[test]
fn quiet_shows_every_warning() {
    let case = Case::new()
        .file("layer/node_modules/a/index.js", "")
        .file("layer/nodejs.txt", "");
    let ran =
        case.run("check layer -q --kind layer --runtime nodejs99.x --keep none --drop nothing");
    let warnings = ran
        .stdout
        .lines()
        .filter(|line| line.starts_with("warning["));
    assert_eq!(warnings.count(), 4, "{ran}");
    assert!(!ran.stdout.contains("with -v"), "{ran}");
}
