//! `report`: what is inside a package.

use crate::support::{Case, RawEntry, raw_zip};

/// A package with an npm package, a Python distribution and files of its own.
fn package() -> Case {
    Case::new()
        .file("dist/app.py", "import x")
        .file("dist/data/table.bin", [7; 2500])
        .file("dist/x/__init__.py", [b'#'; 1200])
        .file("dist/x/tests/test_x.py", [b'#'; 5000])
        .file(
            "dist/x-1.0.dist-info/METADATA",
            "Name: x\nVersion: 1.0\n",
        )
        .file(
            "dist/x-1.0.dist-info/RECORD",
            "x/__init__.py,,\nx/tests/test_x.py,,\nx-1.0.dist-info/METADATA,,\nx-1.0.dist-info/RECORD,,\n",
        )
        .file(
            "dist/node_modules/@scope/y/package.json",
            r#"{"name": "@scope/y", "version": "2.0.0"}"#,
        )
        .file("dist/node_modules/@scope/y/index.js", [b';'; 300])
}

/// The same after a folder of tests went, with the list of the distribution's files.
fn slimmed() -> Case {
    package()
        .file("slim/app.py", "import x")
        .file("slim/data/table.bin", [7; 2500])
        .file("slim/x/__init__.py", [b'#'; 1000])
        .file("slim/new.txt", "new")
}

#[test]
fn the_largest_stand_first() {
    let ran = package().run("report dist").ok();
    snapshot!(ran.stdout, @r"
    dist
      unzipped  9.2 kB                  0% of Lambda's 262.1 MB
      files     8

      packages                                                size     share   files
      x 1.0                             ████████████████    6.3 kB     68.9%       4
      own files                         ██████              2.5 kB     27.4%       2
      @scope/y 2.0.0                    █                    340 B      3.7%       2

          size     share  files
        5.0 kB     54.6%  x/tests/test_x.py
        2.5 kB     27.3%  data/table.bin
        1.2 kB     13.1%  x/__init__.py
         300 B      3.3%  node_modules/@scope/y/index.js
          88 B      1.0%  x-1.0.dist-info/RECORD
          40 B      0.4%  node_modules/@scope/y/package.json
          21 B      0.2%  x-1.0.dist-info/METADATA
           8 B      0.1%  app.py
    ");
    assert_eq!(ran.stderr, "");
}

#[test]
fn both_sizes_stand_side_by_side() {
    let ran = slimmed().run("report slim --before dist").ok();
    snapshot!(ran.stdout, @r"
    dist → slim
      unzipped  9.2 kB → 3.5 kB         0% of Lambda's 262.1 MB
      files     8 → 4

      packages                                              before     after   files
      own files                         ██████              2.5 kB    2.5 kB       3
      x 1.0                             ███░░░░░░░░░░░░░    6.3 kB    1.0 kB       1
      @scope/y 2.0.0                    ░                    340 B         -       0

        before     after  files
        2.5 kB    2.5 kB  data/table.bin
        1.2 kB    1.0 kB  x/__init__.py
           8 B       8 B  app.py
             -       3 B  new.txt
        5.0 kB         -  x/tests/test_x.py
         300 B         -  node_modules/@scope/y/index.js
          88 B         -  x-1.0.dist-info/RECORD
          40 B         -  node_modules/@scope/y/package.json
          21 B         -  x-1.0.dist-info/METADATA
    ");
}

#[test]
fn programs_get_json() {
    let case = package();
    snapshot!(case.run("report dist --format json").ok().stdout, @r#"
    {
      "schema_version": 1,
      "tool": {
        "name": "lambda-slim",
        "version": [version]
      },
      "package": {
        "path": "dist",
        "zip_bytes": null,
        "unzipped_bytes": 9157,
        "files": 8
      },
      "limits": [
        {
          "id": "unzipped",
          "limit_bytes": 262144000,
          "used_bytes": 9157
        }
      ],
      "packages": [
        {
          "name": "x",
          "versions": [
            "1.0"
          ],
          "files": 4,
          "unzipped_bytes": 6309
        },
        {
          "versions": [],
          "files": 2,
          "unzipped_bytes": 2508
        },
        {
          "name": "@scope/y",
          "versions": [
            "2.0.0"
          ],
          "files": 2,
          "unzipped_bytes": 340
        }
      ]
    }
    "#);
    let long = case.run("report dist --format json -v").ok().json();
    assert_eq!(long["files"][0]["path"], "x/tests/test_x.py");
    assert_eq!(long["files"][0]["package"], "x");
    assert_eq!(long["files"].as_array().unwrap().len(), 8);
}

#[test]
fn a_zip_is_compared_with_both_limits() {
    let case = package();
    case.run("pack dist -o dist.zip").ok();
    let report = case.run("report dist.zip --format json").ok().json();
    let limits = report["limits"].as_array().unwrap();
    let ids: Vec<&str> = limits
        .iter()
        .map(|limit| limit["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["unzipped", "direct-upload"]);
    assert_eq!(
        report["package"]["zip_bytes"],
        fs_err::metadata(case.path("dist.zip")).unwrap().len()
    );
}

#[test]
fn a_jar_is_a_package() {
    let properties = "groupId=g\nartifactId=foo-core\nversion=1.2.3\n";
    let jar = raw_zip(&[
        RawEntry::new("META-INF/maven/g/foo-core/pom.properties", properties),
        RawEntry::new("g/Foo.class", "class"),
    ]);
    let case = Case::new()
        .file("dist/g/Handler.class", "class")
        .file("dist/lib/renamed.jar", jar)
        .file("dist/lib/guava-31.1-jre.jar", "no jar");
    snapshot!(case.run("report dist").ok().stdout, @r"
    dist
      unzipped  336 B                   0% of Lambda's 262.1 MB
      files     3

      packages                                                size     share   files
      foo-core 1.2.3                    ████████████████     325 B     96.7%       1
      guava 31.1-jre                                           6 B      1.8%       1
      own files                                                5 B      1.5%       1

          size     share  files
         325 B     96.7%  lib/renamed.jar
           6 B      1.8%  lib/guava-31.1-jre.jar
           5 B      1.5%  g/Handler.class
    ");
}

/// The data in a page, as its program reads it.
fn data_of(page: &str) -> serde_json::Value {
    let (_, rest) = page
        .split_once(r#"<script type="application/json" id="data">"#)
        .unwrap();
    let (data, _) = rest.split_once("</script>").unwrap();
    serde_json::from_str(data).unwrap()
}

#[test]
fn a_page_is_complete_and_loads_nothing() {
    let case = slimmed();
    let ran = case
        .run("report slim --before dist --format html -o page.html")
        .ok();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    let page = String::from_utf8(case.read("page.html")).unwrap();
    assert!(page.len() < 100_000, "{} bytes", page.len());
    for address in ["http://", "https://", "src=", "@import", "url(", "fetch("] {
        assert!(!page.contains(address), "{address}");
    }
    assert!(page.contains("default-src 'none'"));
    let data = data_of(&page);
    assert_eq!(data["before"]["path"], "dist");
    assert_eq!(data["packages"][0]["name"], serde_json::Value::Null);
    let nodes = &data["packages"][1]["nodes"];
    snapshot!(nodes.to_string(), @r#"[["x",[["tests",[["test_x.py",null,5000]]],["__init__.py",1000,1200]]],["x-1.0.dist-info",[["RECORD",null,88],["METADATA",null,21]]]]"#);
    let printed = case.run("report slim --before dist --format html").ok();
    assert_eq!(printed.stdout.trim_end(), page.trim_end());
}

#[test]
fn names_of_files_cannot_leave_their_place() {
    let hostile = [
        "</script><script>alert(1)</script>",
        "<!--<script>",
        "\"quoted\" 'twice' & {{data}}",
        "<img src=x onerror=alert(1)>.js",
    ];
    let case = Case::new();
    for name in hostile {
        // A `/` makes a folder of what stands before it.
        case.write(&format!("dist/{name}"), "contents");
    }
    let page = case.run("report dist --format html").ok().stdout;
    let plain = Case::new().file("dist/a", "contents");
    let plain = plain.run("report dist --format html").ok().stdout;
    for mark in ["<script", "</script", "<!--", "<img"] {
        let count = |page: &str| page.matches(mark).count();
        assert_eq!(count(&page), count(&plain), "{mark}");
    }
    let nodes = data_of(&page)["packages"][0]["nodes"].to_string();
    for name in ["<script>alert(1)<", "<!--<script>", "{{data}}", "onerror"] {
        assert!(nodes.contains(name), "{name}: {nodes}");
    }
}

#[test]
fn a_package_is_not_replaced_by_its_report() {
    let case = package();
    case.run("pack dist -o dist.zip").ok();
    let before = case.tree();
    for arguments in [
        "report dist.zip -o dist.zip",
        "report dist --before dist.zip -o ./dist.zip",
    ] {
        let ran = case.run(arguments);
        assert_eq!(ran.code, 2, "{ran}");
    }
    assert_eq!(case.tree(), before);
    case.run("report dist -o new/report.txt").ok();
    let written = String::from_utf8(case.read("new/report.txt")).unwrap();
    assert_eq!(written, case.run("report dist").ok().stdout);
}

#[test]
fn what_is_inside_can_be_a_comment() {
    let case = package();
    snapshot!(case.run("report dist --format markdown").ok().stdout, @r"
    ### `dist`

    - limit unzipped: 9.2 kB of 262.1 MB, 0 %

    | | size | files |
    |---|---:|---:|
    | x 1.0 | 6.3 kB | 4 |
    | own files | 2.5 kB | 2 |
    | @scope/y 2.0.0 | 340 B | 2 |
    ");
    case.pack("dist").ok();
    let ran = case.run("report dist.zip --before dist --format markdown");
    snapshot!(ran.ok().stdout, @r"
    ### `dist.zip`

    - limit unzipped: 4.2 kB of 262.1 MB, 0 %
    - limit direct-upload: 1.0 kB of 52.4 MB, 0 %

    | | before | after | files |
    |---|---:|---:|---:|
    | own files | 2.5 kB | 2.5 kB | 2 |
    | x 1.0 | 6.3 kB | 1.3 kB | 3 |
    | @scope/y 2.0.0 | 340 B | 340 B | 2 |
    ");
}
