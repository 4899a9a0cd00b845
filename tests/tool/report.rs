//! What is said where: stderr for people, stdout for machines, a file for the build.

use serde_json::Value;

use crate::samples;
use crate::support::{Case, find_tool};

#[test]
fn text_leaves_stdout_empty() {
    let case = samples::node();
    let ran = case.pack("dist --format text").ok();
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.lines().count() <= 25, "{ran}");
    let wide = ran.stderr.lines().find(|line| line.chars().count() > 80);
    assert_eq!(wide, None);
}

/// Every rule of the sample, a row for each pattern of the user, and warnings of every kind.
#[test]
fn the_short_report_is_short_whatever_there_is_to_say() {
    let mut case = samples::node()
        .link("dist/loop", "../dist")
        .folder("dist/empty");
    let mut arguments = "dist --handler no.such --keep no/such".to_owned();
    for number in 0..12 {
        case = case
            .file(
                &format!("dist/data{number}/a-name-that-is-much-too-long-for-a-row"),
                "",
            )
            .link(&format!("dist/link{number}"), "../outside");
        arguments += &format!(" --drop data{number}/a-name-that-is-much-too-long-for-a-row");
    }
    let case = case.file("outside/a.js", "");
    let ran = case
        .with("LAMBDA_SLIM_NO_MEASURE", "0")
        .pack(&arguments)
        .ok();
    assert!(ran.stderr.lines().count() <= 30, "{ran}");
    snapshot!(ran, @r"
    exit 0
    --- stderr
    lambda-slim [version]  dist → dist.zip
    nodejs (from node_modules) · architecture unknown · function · balanced

                                  before       after     saved
      zip                         6.1 kB      3.0 kB      -52%
      unzipped                    3.9 kB       439 B      -89%
      files                           43          24      -44%
      extraction [measured]

      removed                                files    unzipped      zipped
      source maps of packages                    1      2.1 kB       213 B  LS120
      TypeScript declarations                    1      1.3 kB       207 B  LS110
      rewritten                              files    unzipped      zipped
      sourceMappingURL comments                  1        34 B        34 B  LS121
      … 16 more rules for 38 B with -v

      limit unzipped               439 B of 262.1 MB  ░░░░░░░░░░░░░░░░░░░░░░░░    0%
      limit direct-upload         3.0 kB of  52.4 MB  ░░░░░░░░░░░░░░░░░░░░░░░░    0%

    warning[LS902]: no file of the package holds the handler `no.such`
      help: fine if a layer brings it; otherwise the function will not start
    warning[LS904]: the pattern `no/such` of --keep or --drop matches no file
      help: patterns are relative to the input: `node_modules/**`, not `dist/node_modules/**`
    … 14 more with -v

      sha256      [sha256]
      CodeSha256  [base64]
      done in [time]
    ");
}

#[test]
#[expect(clippy::too_many_lines, reason = "the JSON form is shown as a whole")]
fn json_on_stdout() {
    let case = Case::new()
        .file("dist/index.js", "exports.handler = 1;\n")
        .file("dist/node_modules/left/LICENSE", "MIT")
        .file("dist/node_modules/left/README.md", "# left\n");
    let ran = case.pack("dist -q --format json --handler app.main").ok();
    snapshot!(ran.stdout, @r#"
    {
      "schema_version": 1,
      "tool": {
        "name": "lambda-slim",
        "version": [version]
      },
      "input": "dist",
      "output": "dist.zip",
      "target": {
        "runtime": "nodejs",
        "runtime_evidence": "node_modules",
        "arch": null,
        "arch_evidence": null,
        "kind": "function",
        "level": "balanced"
      },
      "before": {
        "zip_bytes": null,
        "unzipped_bytes": 31,
        "files": 3
      },
      "after": {
        "zip_bytes": 264,
        "unzipped_bytes": 24,
        "files": 2
      },
      "hashes": {
        "sha256": [sha256],
        "code_sha256": [base64]
      },
      "packages": [
        {
          "versions": [],
          "files": 1,
          "unzipped_bytes": 21
        },
        {
          "name": "left",
          "versions": [],
          "files": 1,
          "unzipped_bytes": 3
        }
      ],
      "rules": [
        {
          "rule": "node/readme-files",
          "code": "LS130",
          "title": "README files of packages",
          "action": "removed",
          "files": 1,
          "unzipped_bytes": 7,
          "zipped_bytes": null
        }
      ],
      "limits": [
        {
          "id": "unzipped",
          "limit_bytes": 262144000,
          "used_bytes": 24
        },
        {
          "id": "direct-upload",
          "limit_bytes": 52428800,
          "used_bytes": 264
        }
      ],
      "diagnostics": [
        {
          "severity": "warning",
          "code": "LS902",
          "message": "no file of the package holds the handler `app.main`",
          "help": "fine if a layer brings it; otherwise the function will not start"
        }
      ],
      "elapsed_ms": [time]
    }
    "#);
    assert_eq!(ran.stderr.lines().count(), 2, "the warning and its help");
}

#[test]
fn json_holds_the_files_when_asked() {
    let case = samples::node();
    let report = case.pack("dist -vv --format json").ok().json();
    let files = report["files"].as_array().unwrap();
    let of = |path: &str| files.iter().find(|file| file["path"] == path).unwrap();
    assert_eq!(of("node_modules/left/README.md")["effect"], "removed");
    assert_eq!(of("node_modules/left/index.js")["effect"], "rewritten");
    let untouched = "node_modules/left/LICENSE";
    assert!(files.iter().all(|file| file["path"] != untouched));
}

#[test]
fn the_hashes_are_those_of_the_file() {
    let Some(python) = find_tool("python3") else {
        return;
    };
    let case = samples::node();
    let report = case.pack("dist --format json").ok().json();
    let script = "import base64, hashlib; d = hashlib.sha256(open('dist.zip', 'rb').read())\n\
                  print(d.hexdigest(), base64.b64encode(d.digest()).decode())";
    let output = case.command(&python).args(["-c", script]).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let [hex, base64] =
        ["sha256", "code_sha256"].map(|name| report["hashes"][name].as_str().unwrap());
    assert_eq!(printed.trim(), format!("{hex} {base64}"));
}

#[test]
fn the_report_file_has_nothing_that_differs_from_run_to_run() {
    let case = samples::node().with("LAMBDA_SLIM_NO_MEASURE", "0");
    case.pack("dist --report-file one.json").ok();
    case.pack("dist --report-file two.json --jobs 1").ok();
    assert_eq!(case.read("one.json"), case.read("two.json"));
    let report: Value = serde_json::from_slice(&case.read("one.json")).unwrap();
    assert_eq!(report["schema_version"], 1);
    assert_eq!(report["extraction"], Value::Null);
}

#[test]
fn the_report_file_is_no_part_of_the_package() {
    let case = Case::new().file("dist/index.js", "");
    let first = case
        .pack("dist --report-file dist/report.json --format json")
        .ok();
    let second = case
        .pack("dist --report-file dist/report.json --format json")
        .ok();
    assert_eq!(first.sha256(), second.sha256());
    snapshot!(case.listing("dist.zip"), @"0644       0 index.js");
}

#[test]
fn extraction_is_measured() {
    let case = samples::node().with("LAMBDA_SLIM_NO_MEASURE", "");
    let ran = case.pack("dist -v --format json").ok();
    let extraction = &ran.json()["extraction"];
    for part in ["before", "after"] {
        for name in ["min_ms", "max_ms", "mean_ms", "median_ms", "p95_ms"] {
            assert!(
                extraction[part][name]
                    .as_f64()
                    .is_some_and(|time| time > 0.0),
                "{ran}"
            );
        }
        assert!(
            extraction[part]["count"]
                .as_u64()
                .is_some_and(|count| count > 0)
        );
    }
    let block = ran
        .stderr
        .lines()
        .skip_while(|line| !line.contains("extraction"));
    snapshot!(block.take(3).collect::<Vec<_>>().join("\n"), @r"
    extraction [measured]
      before  [measured]
      after   [measured]
    ");
    case.assert_clean();
}

#[test]
fn nothing_is_coloured_that_is_no_terminal() {
    let case = samples::node();
    assert!(!case.pack("dist -vv").ok().stderr.contains('\x1b'));
    assert!(!case.pack("missing").stderr.contains('\x1b'));
    let case = case.with("CLICOLOR_FORCE", "1");
    assert!(case.pack("dist").ok().stderr.contains('\x1b'));
    let case = case.with("NO_COLOR", "1").with("CLICOLOR_FORCE", "0");
    assert!(!case.pack("dist").ok().stderr.contains('\x1b'));
}

#[test]
fn long_names_are_whole() {
    let name = "a-folder-with-a-name-so-long-that-no-line-of-eighty-columns-can-hold-it-twice";
    let case = Case::new().file(&format!("{name}/index.js"), "");
    let ran = case.pack(name).ok();
    snapshot!(ran.stderr.lines().next().unwrap(), @"lambda-slim [version]  a-folder-with-a-name-so-long-that-no-line-of-eighty-columns-can-hold-it-twice → a-folder-with-a-name-so-long-that-no-line-of-eighty-columns-can-hold-it-twice.zip");
}

#[test]
fn the_version_names_the_compressor() {
    let ran = Case::new().run("--version").ok();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        ran.stdout,
        format!("lambda-slim {version} (libdeflate 1.26.1)\n")
    );
}
