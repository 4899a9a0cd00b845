//! The main road: a package in, a smaller one out, and a report that says why.

use crate::samples;
use crate::support::{Case, RawEntry, raw_zip};

#[test]
fn a_node_package() {
    let case = samples::node();
    snapshot!(case.pack("dist"), @r"
    exit 0
    --- stderr
    lambda-slim [version]  dist → dist.zip
    nodejs (from node_modules) · architecture unknown · function · balanced

                                  before       after     saved
      zip                              -      1.7 kB
      unzipped                    3.9 kB       439 B      -89%
      files                           18          11      -39%

      removed                                files    unzipped      zipped
      source maps of packages                    1      2.1 kB           -  LS120
      TypeScript declarations                    1      1.3 kB           -  LS110
      README files of packages                   1        26 B           -  LS130
      changelogs and project papers              1         9 B           -  LS131
      package-manager state files                1         3 B           -  LS150
      node_modules/.bin                          2         0 B           -  LS151
      rewritten                              files    unzipped      zipped
      sourceMappingURL comments                  1        34 B        34 B  LS121

      limit unzipped               439 B of 262.1 MB  ░░░░░░░░░░░░░░░░░░░░░░░░    0%
      limit direct-upload         1.7 kB of  52.4 MB  ░░░░░░░░░░░░░░░░░░░░░░░░    0%

      sha256      [sha256]
      CodeSha256  [base64]
      done in [time]
    ");
    snapshot!(case.listing("dist.zip"), @r"
    0644       6 README.md
    0644      14 docs/guide.md
    0644      74 index.js
    0644      18 node_modules/left/LICENSE
    0755      55 node_modules/left/cli.js
    0644      43 node_modules/left/index.js
    0644      56 node_modules/left/lib/doc/pad.js
    0644      32 node_modules/left/lib/words.md
    0644      87 node_modules/left/package.json
    0644      46 package.json
    0644       8 test/words.txt
    ");
    let code = case.entry("dist.zip", "node_modules/left/index.js");
    snapshot!(code.unwrap(), @"module.exports = require('./lib/doc/pad');");
}

#[test]
fn a_python_package() {
    let case = samples::python();
    snapshot!(case.pack("app --runtime python3.12"), @r"
    exit 0
    --- stderr
    lambda-slim [version]  app → app.zip
    python3.12 · architecture unknown · function · balanced

                                  before       after     saved
      zip                              -      2.1 kB
      unzipped                    1.6 kB       775 B      -51%
      files                           18          14      -22%

      removed                                files    unzipped      zipped
      Python type stubs                          2       500 B           -  LS210
      bytecode of other Python versions          1       300 B           -  LS220
      notes of the package installer             1         4 B           -  LS230
      rewritten                              files    unzipped      zipped
      digests in RECORD                          1        17 B        11 B  LS233

      limit unzipped               775 B of 262.1 MB  ░░░░░░░░░░░░░░░░░░░░░░░░    0%
      limit direct-upload         2.1 kB of  52.4 MB  ░░░░░░░░░░░░░░░░░░░░░░░░    0%

      sha256      [sha256]
      CodeSha256  [base64]
      done in [time]
    ");
    snapshot!(case.listing("app.zip"), @r"
    0644       7 docs/terms.txt
    0644      66 handler.py
    0644       9 requirements.txt
    0644      45 six-1.0.dist-info/METADATA
    0644     206 six-1.0.dist-info/RECORD
    0644      19 six-1.0.dist-info/WHEEL
    0644      19 six-1.0.dist-info/entry_points.txt
    0644      18 six-1.0.dist-info/licenses/LICENSE
    0644       4 six-1.0.dist-info/top_level.txt
    0644      31 six/__init__.py
    0644     300 six/__pycache__/__init__.cpython-312.pyc
    0644      28 six/docs/pages.py
    0644       8 six/docs/terms.txt
    0644      15 tests/test_handler.py
    ");
}

#[test]
fn quiet_and_verbose() {
    let case = samples::node();
    snapshot!(case.pack("dist -q"), @"exit 0");
    let short = case.pack("dist").ok().stderr;
    let long = case.pack("dist -v").ok().stderr;
    assert_eq!(short.lines().count(), long.lines().count());
    snapshot!(case.pack("dist -vv --keep **/README.md --drop docs"), @r"
    exit 0
    --- stderr
    lambda-slim [version]  dist → dist.zip
    nodejs (from node_modules) · architecture unknown · function · balanced

                                  before       after     saved
      zip                              -      1.8 kB
      unzipped                    3.9 kB       451 B      -88%
      files                           18          11      -39%

      removed                                files    unzipped      zipped
      source maps of packages                    1      2.1 kB           -  LS120
      TypeScript declarations                    1      1.3 kB           -  LS110
      your --drop docs                           1        14 B           -
      changelogs and project papers              1         9 B           -  LS131
      package-manager state files                1         3 B           -  LS150
      node_modules/.bin                          2         0 B           -  LS151
      rewritten                              files    unzipped      zipped
      sourceMappingURL comments                  1        34 B        34 B  LS121

      kept             6 B  README.md  --keep **/README.md
      removed         14 B  docs/guide.md  --drop docs
      removed          0 B  node_modules/.bin/left  LS151 node/bin-links
      removed          0 B  node_modules/.bin/left-cli  LS151 node/bin-links
      removed          3 B  node_modules/.package-lock.json  LS150 node/package-manager-state
      removed          9 B  node_modules/left/CHANGELOG.md  LS131 node/changelogs
      kept            26 B  node_modules/left/README.md  --keep **/README.md
      removed       1.3 kB  node_modules/left/index.d.ts  LS110 node/type-declarations
      rewritten       77 B  node_modules/left/index.js  LS121 node/source-map-comments
      removed       2.1 kB  node_modules/left/index.js.map  LS120 node/source-maps

      limit unzipped               451 B of 262.1 MB  ░░░░░░░░░░░░░░░░░░░░░░░░    0%
      limit direct-upload         1.8 kB of  52.4 MB  ░░░░░░░░░░░░░░░░░░░░░░░░    0%

      sha256      [sha256]
      CodeSha256  [base64]
      done in [time]
    ");
    snapshot!(case.refuses("dist -q -v"), @r"
    exit 2
    --- stderr
    error: the argument '--quiet' cannot be used with '--verbose...'

    Usage: lambda-slim pack --quiet --no-measure <INPUT>...

    For more information, try '--help'.
    ");
}

#[test]
fn own_files_stay_at_every_level() {
    for level in ["safe", "balanced", "aggressive"] {
        let case = samples::node()
            .file("dist/CHANGELOG.md", "")
            .file("dist/types/own.d.ts", "")
            .file("dist/tests/a.test.js", "")
            .file("dist/__tests__/b.js", "")
            .file("dist/data/words.txt", "")
            .file("dist/data/.keep", "");
        case.pack(&format!("dist --level {level}")).ok();
        for own in [
            "README.md",
            "CHANGELOG.md",
            "docs/guide.md",
            "test/words.txt",
            "types/own.d.ts",
            "tests/a.test.js",
            "__tests__/b.js",
            "data/words.txt",
            "data/.keep",
        ] {
            assert!(case.entry("dist.zip", own).is_some(), "{own} at {level}");
        }
        let case = samples::python();
        case.pack(&format!("app --level {level}")).ok();
        for own in [
            "requirements.txt",
            "tests/test_handler.py",
            "docs/terms.txt",
        ] {
            assert!(case.entry("app.zip", own).is_some(), "{own} at {level}");
        }
    }
}

#[test]
fn nothing_to_remove() {
    let case = Case::new().file("dist/index.js", "exports.handler = async () => 1;\n");
    snapshot!(case.pack("dist"), @r"
    exit 0
    --- stderr
    lambda-slim [version]  dist → dist.zip
    nodejs (from *.js) · architecture unknown · function · balanced

                                  before       after     saved
      zip                              -       147 B
      unzipped                      33 B        33 B        0%
      files                            1           1        0%

      nothing to remove

      limit unzipped                33 B of 262.1 MB  ░░░░░░░░░░░░░░░░░░░░░░░░    0%
      limit direct-upload          147 B of  52.4 MB  ░░░░░░░░░░░░░░░░░░░░░░░░    0%

      sha256      [sha256]
      CodeSha256  [base64]
      done in [time]
    ");
}

#[test]
fn outputs_without_a_name() {
    let zip = raw_zip(&[RawEntry::new("index.js", "exports.handler = 1;\n")]);
    let case = samples::node().file("app.zip", &zip).file("app.jar", &zip);
    case.pack("dist/").ok();
    case.pack("app.zip").ok();
    case.pack("app.jar").ok();
    case.pack("dist/node_modules/.").ok();
    for output in [
        "dist.zip",
        "app.slim.zip",
        "app.slim.jar",
        "dist/node_modules.zip",
    ] {
        assert!(case.exists(output), "{output}");
    }
}

#[test]
fn the_folder_one_stands_in_is_the_default() {
    let case = Case::new().file("index.js", "exports.handler = 1;\n");
    case.run("pack").ok();
    snapshot!(case.listing("work.zip"), @"0644      21 index.js");
    case.run("pack").ok();
    snapshot!(case.listing("work.zip"), @"0644      21 index.js");
}

#[test]
fn a_zip_as_input() {
    let readme = "Pads on the left. ".repeat(40);
    let case = Case::new().file(
        "app.zip",
        raw_zip(&[
            RawEntry::new("index.js", "exports.handler = require('left');\n"),
            RawEntry::new("node_modules/", ""),
            RawEntry::new("node_modules/left/package.json", "{}"),
            RawEntry::new("node_modules/left/index.js", "module.exports = 1;\n"),
            RawEntry::new("node_modules/left/LICENSE", "MIT"),
            RawEntry::new("node_modules/left/README.md", &readme),
            RawEntry {
                mode: 0o120_777,
                ..RawEntry::new("latest", "index.js")
            },
            RawEntry {
                mode: 0o100_700,
                ..RawEntry::new("run", "#!/bin/sh\n")
            },
        ]),
    );
    snapshot!(case.pack("app.zip -o small.zip"), @r"
    exit 0
    --- stderr
    lambda-slim [version]  app.zip → small.zip
    nodejs (from node_modules) · architecture unknown · function · balanced

                                  before       after     saved
      zip                         1.7 kB       752 B      -56%
      unzipped                     790 B        70 B      -91%
      files                            7           6      -14%

      removed                                files    unzipped      zipped
      README files of packages                   1       720 B       157 B  LS130

      limit unzipped                70 B of 262.1 MB  ░░░░░░░░░░░░░░░░░░░░░░░░    0%
      limit direct-upload          752 B of  52.4 MB  ░░░░░░░░░░░░░░░░░░░░░░░░    0%

      sha256      [sha256]
      CodeSha256  [base64]
      done in [time]
    ");
    snapshot!(case.listing("small.zip"), @r"
    0644      35 index.js
    link         latest -> index.js
    0644       3 node_modules/left/LICENSE
    0644      20 node_modules/left/index.js
    0644       2 node_modules/left/package.json
    0755      10 run
    ");
}

#[test]
fn a_jar_as_input() {
    let case = Case::new().file(
        "app.jar",
        raw_zip(&[
            RawEntry::new("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n"),
            RawEntry::new("com/acme/App.class", "\u{0}"),
        ]),
    );
    snapshot!(case.pack("app.jar"), @r"
    exit 0
    --- stderr
    lambda-slim [version]  app.jar → app.slim.jar
    java (from jars and classes) · architecture unknown · function · balanced

                                  before       after     saved
      zip                          273 B       273 B        0%
      unzipped                      23 B        23 B        0%
      files                            2           2        0%

      nothing to remove

      limit unzipped                23 B of 262.1 MB  ░░░░░░░░░░░░░░░░░░░░░░░░    0%
      limit direct-upload          273 B of  52.4 MB  ░░░░░░░░░░░░░░░░░░░░░░░░    0%

      sha256      [sha256]
      CodeSha256  [base64]
      done in [time]
    ");
    snapshot!(case.listing("app.slim.jar"), @r"
    0644      22 META-INF/MANIFEST.MF
    0644       1 com/acme/App.class
    ");
}

#[test]
fn a_dry_run_writes_nothing() {
    let case = samples::node();
    let before = case.tree();
    let ran = case.pack("dist --dry-run").ok();
    snapshot!(ran.head(), @r"
    lambda-slim [version]  dist → dry run, nothing written
    nodejs (from node_modules) · architecture unknown · function · balanced
    ");
    assert!(!ran.stderr.contains("sha256"), "{ran}");
    assert_eq!(case.tree(), before);
    case.assert_clean();
}

#[test]
fn a_dry_run_tells_the_size_that_is_written() {
    let case = samples::node();
    let dry = case.pack("dist --dry-run --format json").ok().json();
    let wet = case.pack("dist --format json").ok().json();
    for part in ["before", "after", "rules", "limits"] {
        assert_eq!(dry[part], wet[part]);
    }
    assert_eq!(wet["after"]["zip_bytes"], case.read("dist.zip").len());
}
