//! `diff`: what distinguishes two packages.

use crate::support::Case;

/// A package with one npm package and one Python distribution, as it was before.
fn before() -> Case {
    Case::new()
        .file("a/app.py", "import x")
        .file("a/gone.txt", "gone")
        .file("a/x/__init__.py", "x = 1")
        .file("a/x-1.0.dist-info/METADATA", "Name: x\nVersion: 1.0\n")
        .file(
            "a/x-1.0.dist-info/RECORD",
            "x/__init__.py,,\nx-1.0.dist-info/METADATA,,\nx-1.0.dist-info/RECORD,,\n",
        )
        .file("a/node_modules/y/package.json", r#"{"version": "2.0.0"}"#)
}

/// The same with a newer distribution, a new file and one that is gone.
fn before_and_after() -> Case {
    before()
        .file("b/app.py", "import x")
        .file("b/new.bin", [7; 3000])
        .file("b/x/__init__.py", "x = 12345")
        .file("b/x-1.1.dist-info/METADATA", "Name: x\nVersion: 1.1\n")
        .file(
            "b/x-1.1.dist-info/RECORD",
            "x/__init__.py,,\nx-1.1.dist-info/METADATA,,\nx-1.1.dist-info/RECORD,,\n",
        )
        .file("b/node_modules/y/package.json", r#"{"version": "2.0.0"}"#)
}

#[test]
fn packages_and_files_are_compared() {
    let ran = before_and_after().run("diff a b").ok();
    snapshot!(ran.stdout, @r"
    a → b
    different contents

                                              before       after      change
      unzipped                                 126 B      3.1 kB     +3.0 kB
      files                                        6           6           0

      packages
      own files                                 12 B      3.0 kB     +3.0 kB
      x 1.0 → 1.1                               94 B        98 B        +4 B

      files
      +      +3.0 kB  new.bin
      -        -68 B  x-1.0.dist-info/RECORD
      +        +68 B  x-1.1.dist-info/RECORD
      -        -21 B  x-1.0.dist-info/METADATA
      +        +21 B  x-1.1.dist-info/METADATA
      -         -4 B  gone.txt
      ~         +4 B  x/__init__.py
    ");
    assert_eq!(ran.stderr, "");
}

#[test]
fn a_pull_request_gets_a_table() {
    let ran = before_and_after().run("diff a b --format markdown").ok();
    snapshot!(ran.stdout, @r"
    ### `a` → `b`

    Different contents.

    | | before | after | change |
    |---|---:|---:|---:|
    | unzipped | 126 B | 3.1 kB | +3.0 kB |
    | files | 6 | 6 | 0 |
    | own files | 12 B | 3.0 kB | +3.0 kB |
    | x 1.0 → 1.1 | 94 B | 98 B | +4 B |
    ");
}

#[test]
fn programs_get_json() {
    let difference = before_and_after().run("diff a b --format json").ok().json();
    assert_eq!(difference["likeness"], "different");
    assert_eq!(difference["before"]["path"], "a");
    assert_eq!(difference["after"]["unzipped_bytes"], 3126);
    let own = &difference["packages"][0];
    assert_eq!(
        (own["name"].as_str(), &own["after_bytes"]),
        (None, &3008.into())
    );
    assert_eq!(difference["files"][0]["path"], "new.bin");
}

#[test]
fn packing_in_another_way_is_no_difference() {
    let numbers: String = (0..2000).map(|number| format!("{number} ")).collect();
    let case = before().file("a/numbers.txt", numbers);
    case.run("pack a -o one.zip --disable all").ok();
    case.run("pack a -o other.zip --disable all --compression fast")
        .ok();
    case.run("pack one.zip -o again.zip --disable all").ok();
    let line = |arguments: &str| {
        let ran = case.run(arguments).ok();
        ran.stdout.lines().nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!(line("diff one.zip again.zip"), "the same bytes");
    for pair in ["one.zip a", "one.zip other.zip"] {
        let said = line(&format!("diff {pair}"));
        assert!(
            said.starts_with("the same files with the same contents"),
            "{pair}: {said}"
        );
    }
}

#[test]
fn growth_can_be_limited() {
    let case = before_and_after();
    for (limit, code) in [("4kB", 0), ("1kB", 3), ("5%", 3), ("9999%", 0), ("much", 2)] {
        let ran = case.run(&format!("diff a b --fail-over {limit}"));
        assert_eq!(ran.code, code, "{limit}: {ran}");
    }
    assert_eq!(case.run("diff b a --fail-over 0%").code, 0);
    snapshot!(case.run("diff a b --fail-over 1kB").stderr, @"error: it grew by 3.0 kB, more than 1.0 kB");
}

#[test]
fn what_is_not_there_cannot_be_compared() {
    let ran = before().run("diff a nowhere.zip");
    assert_eq!(ran.code, 1, "{ran}");
    snapshot!(ran.stderr, @"error: cannot open `nowhere.zip`: No such file or directory (os error 2)");
}

/// The report of a package, and the package that it speaks of.
fn reported() -> Case {
    let case = before_and_after();
    for package in ["a", "b"] {
        let report = case.run(&format!("report {package} -v --format json")).ok();
        case.write(&format!("{package}.json"), report.stdout);
        case.run(&format!(
            "pack {package} --disable all --report-file {package}-brief.json"
        ))
        .ok();
        case.run(&format!(
            "pack {package} --disable all -vv --report-file {package}-whole.json -o {package}-whole.zip"
        ))
        .ok();
    }
    case
}

#[test]
fn reports_are_compared_as_their_packages_are() {
    let case = reported();
    let without_head = |arguments: &str| {
        let ran = case.run(arguments).ok();
        let lines = ran.stdout.lines().skip(1).map(|line| format!("{line}\n"));
        lines.collect::<String>()
    };
    let of_folders = without_head("diff a b");
    for pair in ["a.json b.json", "a.json b", "a b.json"] {
        assert_eq!(without_head(&format!("diff {pair}")), of_folders, "{pair}");
    }
    let of_zips = without_head("diff a-whole.zip b-whole.zip");
    for pair in ["a-whole.json b-whole.json", "a-whole.zip b-whole.json"] {
        assert_eq!(without_head(&format!("diff {pair}")), of_zips, "{pair}");
    }
}

#[test]
fn a_report_says_when_only_the_bytes_differ() {
    let case = reported();
    let line = |arguments: &str| {
        let ran = case.run(arguments).ok();
        ran.stdout.lines().nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!(line("diff a-brief.json a.zip"), "the same bytes");
    assert_eq!(line("diff a-brief.json a-whole.json"), "the same bytes");
    for pair in ["a.json a.zip", "a-whole.json a", "a.json a-whole.json"] {
        let said = line(&format!("diff {pair}"));
        assert!(
            said.starts_with("the same files with the same contents"),
            "{pair}: {said}"
        );
    }
    case.write("a/gone.txt", "enog");
    assert_eq!(line("diff a.json a"), "different contents");
}

#[test]
fn what_a_report_does_not_say_is_not_compared() {
    let case = reported();
    snapshot!(case.run("diff a-brief.json b").stdout, @r"
    a-brief.json → b
    different contents
    single files were not compared: `pack -vv` and `report -v` list them in a report

                                              before       after      change
      unzipped                                 126 B      3.1 kB     +3.0 kB
      files                                        6           6           0

      packages
      own files                                 12 B      3.0 kB     +3.0 kB
      x 1.0 → 1.1                               94 B        98 B        +4 B
    ");
    snapshot!(case.run("diff a-brief.json a").stdout, @r"
    a-brief.json → a
    nothing that was compared differs
    single files were not compared: `pack -vv` and `report -v` list them in a report

                                              before       after      change
      unzipped                                 126 B       126 B           0
      files                                        6           6           0
    ");
    case.write("check.json", case.run("check a --format json").ok().stdout);
    snapshot!(case.run("diff check.json b").stdout, @r"
    check.json → b
    different contents
    only totals were compared: a report does not say what is inside

                                              before       after      change
      unzipped                                 126 B      3.1 kB     +3.0 kB
      files                                        6           6           0
    ");
    case.write("other.json", "{}");
    snapshot!(case.run("diff other.json b"), @r"
    exit 2
    --- stderr
    error: `other.json` is no report of a package: it does not speak of one package
    ");
}
