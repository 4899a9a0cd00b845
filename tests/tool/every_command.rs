//! What a new user sees: every command, one after the other, on a package of each of three languages.

use crate::java::jar;
use crate::samples;
use crate::support::Case;

/// The commands with what they print and how they end, as a terminal would show it.
fn session(case: &Case, commands: &[&str]) -> String {
    let mut text = String::new();
    for command in commands {
        let ran = case.run(command);
        text += &format!("$ lambda-slim {command}\n{}{}", ran.stdout, ran.stderr);
        if ran.code != 0 {
            text += &format!("[exit {}]\n", ran.code);
        }
        text += "\n";
    }
    text
}

#[test]
#[expect(clippy::too_many_lines, reason = "a session is shown as a whole")]
fn node() {
    let commands = [
        "init dist",
        "check dist",
        "pack dist",
        "report dist.zip --before dist",
        "explain --in dist dist/node_modules/left/index.js.map dist/node_modules/left/index.js",
        "diff dist dist.zip",
        "rules LS120 LS130",
    ];
    snapshot!(session(&samples::node(), &commands), @r"
    $ lambda-slim init dist
    lambda-slim.toml written; `lambda-slim config` shows what is in force

    $ lambda-slim check dist
    dist  nodejs · function
      3.9 kB unzipped (0%) · zip 2.9 kB (0%) · 18 files

    1 package: nothing to complain about

    $ lambda-slim pack dist
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

    $ lambda-slim report dist.zip --before dist
    dist → dist.zip
      unzipped  3.9 kB → 439 B          0% of Lambda's 262.1 MB
      zip       1.7 kB                  0% of the 52.4 MB of a direct upload
      files     18 → 11

      packages                                              before     after   files
      left 1.0.0                        █░░░░░░░░░░░░░░░    3.8 kB     291 B       6
      own files                         █                    151 B     148 B       5

        before     after  files
          87 B      87 B  node_modules/left/package.json
          74 B      74 B  index.js
          56 B      56 B  node_modules/left/lib/doc/pad.js
          55 B      55 B  node_modules/left/cli.js
          46 B      46 B  package.json
          77 B      43 B  node_modules/left/index.js
          32 B      32 B  node_modules/left/lib/words.md
          18 B      18 B  node_modules/left/LICENSE
          14 B      14 B  docs/guide.md
           8 B       8 B  test/words.txt
           6 B       6 B  README.md
        2.1 kB         -  node_modules/left/index.js.map
      … 6 more with -v

    $ lambda-slim explain --in dist dist/node_modules/left/index.js.map dist/node_modules/left/index.js
    node_modules/left/index.js  77 bytes, of left
      It stays, rewritten: LS121 node/source-map-comments.
        sourceMappingURL comments: The comment at the end of a file points at a map
        that has left or holds the map itself in base64. With source-map support on,
        Node.js follows it: deleting the maps but leaving the comments saved 8 of 74
        ms of CPU time, stripping the comments as well saved 66.
      To leave it as it is: --keep 'node_modules/left/index.js' or --disable LS121

    node_modules/left/index.js.map  2,057 bytes, of left
      It goes: LS120 node/source-maps.
        source maps of packages: Node.js loads a map only with source-map support
        switched on, and then only to rewrite the text of stack traces; a map that
        is missing is no error. The function's own maps stay. With the flag on,
        reading the maps of one ORM alone cost 74 ms of CPU time.
      To keep it: --keep 'node_modules/left/index.js.map' or --disable LS120

    $ lambda-slim diff dist dist.zip
    dist → dist.zip
    different contents

                                              before       after      change
      unzipped                                3.9 kB       439 B     -3.5 kB
      files                                       18          11          -7

      packages
      left 1.0.0                              3.8 kB       291 B     -3.5 kB
      own files                                151 B       148 B        -3 B

      files
      -      -2.1 kB  node_modules/left/index.js.map
      -      -1.3 kB  node_modules/left/index.d.ts
      ~        -34 B  node_modules/left/index.js
      -        -26 B  node_modules/left/README.md
      -         -9 B  node_modules/left/CHANGELOG.md
      -         -3 B  node_modules/.package-lock.json
      -            0  node_modules/.bin/left
      -            0  node_modules/.bin/left-cli

    $ lambda-slim rules LS120 LS130
    LS120  safe        node/source-maps                      source maps of packages
    LS130  safe        node/readme-files                     README files of packages
    ");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a session is shown as a whole")]
fn python() {
    let commands = [
        "init app",
        "check app --budget files=10",
        "pack app",
        "report app",
        "explain --in app app/six/__init__.pyi app/six/docs/terms.txt",
        "diff app app.zip",
        "rules LS210",
    ];
    snapshot!(session(&samples::python(), &commands), @r"
    $ lambda-slim init app
    lambda-slim.toml written; `lambda-slim config` shows what is in force

    $ lambda-slim check app --budget files=10
    app  python3.12 · function
      1.6 kB unzipped (0%) · zip 2.7 kB (0%) · 18 files
    error[LS905]: 18 files, over the budget of 10
      help: largest: six 1.5 kB, own files 97 B (handler.py 66 B, tests/test_handler.py 15 B); cheapest to lose, with lambda-slim pack: Python type stubs 500 B (LS210), bytecode of other Python versions 300 B (LS220); with lambda-slim pack --level aggressive: RECORD file lists 223 B (LS231)

    1 package: 1 error
    [exit 3]

    $ lambda-slim pack app
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

    $ lambda-slim report app
    app
      unzipped  1.6 kB                  0% of Lambda's 262.1 MB
      files     18

      packages                                                size     share   files
      six 1.0                           ████████████████    1.5 kB     93.9%      14
      own files                         █                     97 B      6.1%       4

          size     share  files
         500 B     31.3%  six/__init__.pyi
         300 B     18.8%  six/__pycache__/__init__.cpython-311.pyc
         300 B     18.8%  six/__pycache__/__init__.cpython-312.pyc
         223 B     14.0%  six-1.0.dist-info/RECORD
          66 B      4.1%  handler.py
          45 B      2.8%  six-1.0.dist-info/METADATA
          31 B      1.9%  six/__init__.py
          28 B      1.8%  six/docs/pages.py
          19 B      1.2%  six-1.0.dist-info/WHEEL
          19 B      1.2%  six-1.0.dist-info/entry_points.txt
          18 B      1.1%  six-1.0.dist-info/licenses/LICENSE
          15 B      0.9%  tests/test_handler.py
           9 B      0.6%  requirements.txt
      … 5 more with -v

    $ lambda-slim explain --in app app/six/__init__.pyi app/six/docs/terms.txt
    six/__init__.pyi  500 bytes, of six
      It goes: LS210 python/type-stubs.
        Python type stubs: Stubs and the py.typed marker are for type checkers and
        editors; CPython's import system looks for .py, .pyc and extension modules
        only.
      To keep it: --keep 'six/__init__.pyi' or --disable LS210

    six/docs/terms.txt  8 bytes, of six
      It stays: no rule takes it.

    $ lambda-slim diff app app.zip
    app → app.zip
    different contents

                                              before       after      change
      unzipped                                1.6 kB       775 B      -821 B
      files                                       18          14          -4

      packages
      six 1.0                                 1.5 kB       678 B      -821 B

      files
      -       -500 B  six/__init__.pyi
      -       -300 B  six/__pycache__/__init__.cpython-311.pyc
      ~        -17 B  six-1.0.dist-info/RECORD
      -         -4 B  six-1.0.dist-info/INSTALLER
      -            0  six/py.typed

    $ lambda-slim rules LS210
    LS210  safe        python/type-stubs                     Python type stubs
    ");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a session is shown as a whole")]
fn java() {
    let properties = "groupId=org.example\nartifactId=one\nversion=1.2\n";
    let one = jar(&[
        ("A.class", "class"),
        ("META-INF/maven/org.example/one/pom.properties", properties),
    ]);
    let case = Case::new()
        .file("app/com/x/Handler.class", "class")
        .file("app/one-1.2.jar", one)
        .file("app/lib/two-1.0.jar", jar(&[("B.class", "class")]))
        .file("app/one-1.2-sources.jar", jar(&[("A.java", "class A {}")]));
    let commands = [
        "check app --runtime java21 --handler com.x.Handler::handle",
        "pack app --runtime java21 --handler com.x.Handler::handle",
        "report app.zip --before app",
        "explain --in app app/one-1.2.jar app/one-1.2-sources.jar --runtime java21",
        "diff app app.zip",
        "rules LS401",
    ];
    snapshot!(session(&case, &commands), @r"
    $ lambda-slim check app --runtime java21 --handler com.x.Handler::handle
    app  java21 · function
      572 B unzipped (0%) · zip 758 B (0%) · 4 files
    advice[LS499]: lib/two-1.0.jar: SnapStart can be turned on
      help: With SnapStart Lambda unpacks and starts a function once, when a version of it is published, and later goes on from a snapshot, so that the size of the package hardly matters for the start. It needs published versions, and goes neither with provisioned concurrency nor with EFS nor with more than 512 MB of /tmp.

    1 package: 1 hint

    $ lambda-slim pack app --runtime java21 --handler com.x.Handler::handle
    lambda-slim [version]  app → app.zip
    java21 · architecture unknown · function · balanced

                                  before       after     saved
      zip                              -       583 B
      unzipped                     572 B       452 B      -21%
      files                            4           3      -25%

      removed                                files    unzipped      zipped
      source and Javadoc jars                    1       120 B           -  LS410
      moved                                  files    unzipped      zipped
      jars outside the class path                1         0 B         0 B  LS420

      limit unzipped               452 B of 262.1 MB  ░░░░░░░░░░░░░░░░░░░░░░░░    0%
      limit direct-upload          583 B of  52.4 MB  ░░░░░░░░░░░░░░░░░░░░░░░░    0%

    advice[LS499]: lib/two-1.0.jar: SnapStart can be turned on
      help: With SnapStart Lambda unpacks and starts a function once, when a version of it is published, and later goes on from a snapshot, so that the size of the package hardly matters for the start. It needs published versions, and goes neither with provisioned concurrency nor with EFS nor with more than 512 MB of /tmp.

      sha256      [sha256]
      CodeSha256  [base64]
      done in [time]

    $ lambda-slim report app.zip --before app
    app → app.zip
      unzipped  572 B → 452 B           0% of Lambda's 262.1 MB
      zip       583 B                   0% of the 52.4 MB of a direct upload
      files     4 → 3

      packages                                              before     after   files
      one 1.2, 1.2-sources → 1.2        ████████████░░░░     450 B     330 B       1
      two 1.0                           ████                 117 B     117 B       1
      own files                                                5 B       5 B       1

        before     after  files
             -     330 B  lib/one-1.2.jar
         117 B     117 B  lib/two-1.0.jar
           5 B       5 B  com/x/Handler.class
         330 B         -  one-1.2.jar
         120 B         -  one-1.2-sources.jar

    $ lambda-slim explain --in app app/one-1.2.jar app/one-1.2-sources.jar --runtime java21
    one-1.2-sources.jar  120 bytes, of one-1.2-sources
      It goes: LS410 java/source-and-javadoc-jars.
        source and Javadoc jars: Maven's classifiers `sources` and `javadoc` mark
        the jars for editors: source text and HTML instead of classes. A class
        loader finds nothing to run in them. The version in the name is required,
        for a module of one's own may be called data-sources, and a jar that holds a
        class all the same stays.
      LS450 java/foreign-natives (natives of other systems in jars) would act on it,
        but comes second.
      LS456 java/build-metadata (build metadata in jars) would act on it, but comes
        second.
      LS457 java/versions-for-newer-java (classes for newer Java in jars) would act
        on it, but comes second.
      To keep it: --keep 'one-1.2-sources.jar' or --disable LS410

    one-1.2.jar  330 bytes, of one-1.2
      It is rewritten, as lib/one-1.2.jar: LS420 java/jars-outside-the-class-path.
        natives of other systems in jars: Jars with native code bring it for every
        system at once and take at run time what fits os.name and os.arch. Lambda is
        Linux with glibc on x86_64 or arm64: libraries of macOS, Windows, BSD, musl
        and other processors are told by their first bytes and never opened. A jar
        stays as it is where nothing for Lambda would be left. The classes, and what
        signatures cover, are not touched.
        build metadata in jars: Jars carry files for the next build: Maven's
        pom.xml, settings for GraalVM, ProGuard and Android, and module descriptors,
        which mean nothing on Lambda's class path. pom.properties stays, for
        programs read their version there. A jar changes only where it loses at
        least one per cent.
        classes for newer Java in jars: A multi-release jar has classes for several
        versions of Java, and a class loader selects none that is for a newer Java
        than its own. The rule acts where --runtime says which one that is, and
        changes a jar only where it loses at least one per cent.
      To leave it as it is: --keep 'one-1.2.jar' or --disable LS450

    $ lambda-slim diff app app.zip
    app → app.zip
    different contents

                                              before       after      change
      unzipped                                 572 B       452 B      -120 B
      files                                        4           3          -1

      packages
      one 1.2, 1.2-sources → 1.2               450 B       330 B      -120 B

      files
      +       +330 B  lib/one-1.2.jar
      -       -330 B  one-1.2.jar
      -       -120 B  one-1.2-sources.jar

    $ lambda-slim rules LS401
    error: there is no rule or finding `LS401`
    [exit 2]
    ");
}
