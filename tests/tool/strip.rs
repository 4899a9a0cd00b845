use crate::sample_elf::SampleElf;
use crate::support::Case;

/// A program with symbols and debug information; a library with neither.
fn programs() -> Case {
    let program = SampleElf {
        debug_bytes: 6000,
        symbol_bytes: 2400,
        ..SampleElf::default()
    };
    Case::new()
        .file("app", program.bytes())
        .mode("app", 0o750)
        .file("lib.so", SampleElf::default().bytes())
}

#[test]
fn a_copy_is_written_beside_the_original() {
    let case = programs();
    let before = case.read("app");
    snapshot!(case.run("strip app -o bootstrap").ok().stderr, @r"
     before        after   saved  file
    12.9 kB       4.4 kB   65.9%  app
    ");
    assert_eq!(case.read("app"), before);
    snapshot!(case.listing("."), @r"
    0750   12936 app
    0750    4408 bootstrap
    0644    4408 lib.so
    ");
}

#[test]
fn files_are_replaced_where_something_goes() {
    let case = programs().link("linked", "app");
    let library = fs_err::metadata(case.path("lib.so"))
        .unwrap()
        .modified()
        .unwrap();
    snapshot!(case.run("strip --in-place --level safe linked lib.so").ok().stderr, @r"
     before        after   saved  file
    12.9 kB       6.9 kB   46.4%  linked
     4.4 kB       4.4 kB       -  lib.so
    17.3 kB      11.3 kB   34.6%  2 files
    ");
    snapshot!(case.run("strip --in-place linked lib.so").ok().stderr, @r"
     before        after   saved  file
     6.9 kB       4.4 kB   36.4%  linked
     4.4 kB       4.4 kB       -  lib.so
    11.3 kB       8.8 kB   22.3%  2 files
    ");
    snapshot!(case.listing("."), @r"
    0750    4408 app
    0644    4408 lib.so
    link         linked -> app
    ");
    assert_eq!(
        fs_err::metadata(case.path("lib.so"))
            .unwrap()
            .modified()
            .unwrap(),
        library
    );
    case.assert_clean();
}

#[test]
fn check_writes_nothing_and_fails_while_something_could_go() {
    let case = programs();
    let before = case.tree();
    let ran = case.run("strip --check app lib.so");
    assert_eq!((ran.code, case.tree()), (1, before));
    assert_eq!(case.run("strip --check -q lib.so").ok().stderr, "");
}

#[test]
fn a_file_that_stays_as_it_is_is_copied_all_the_same() {
    let case = programs();
    case.run("strip lib.so -o copy.so").ok();
    assert_eq!(case.read("copy.so"), case.read("lib.so"));
}

#[test]
fn unclear_wishes_are_refused() {
    let case = programs().folder("dir");
    let before = case.tree();
    let mut said = String::new();
    for arguments in [
        "app",
        "app lib.so -o x",
        "app --in-place --check",
        "dir --check",
        "",
    ] {
        let ran = case.run(&format!("strip {arguments}"));
        assert_eq!(ran.code, 2, "{ran}");
        said += ran.stderr.lines().next().unwrap();
        said += "\n";
    }
    snapshot!(said, @r"
    error: say what to write: -o PATH, --in-place, or nothing with --check
    error: -o names one file; for several there is --in-place
    error: the argument '--in-place' cannot be used with '--check'
    error: `dir` is a folder; `lambda-slim pack` strips all programs in it
    error: the following required arguments were not provided:
    ");
    assert_eq!(case.tree(), before);
}

#[test]
fn what_is_no_program_stops_the_work_before_anything_is_written() {
    let case = programs().file("text", "#!/bin/sh\n".repeat(20)).file(
        "mac.node",
        [b"\xcf\xfa\xed\xfe".as_slice(), &[0; 200]].concat(),
    );
    let before = case.tree();
    let mut said = String::new();
    for file in ["text", "mac.node", "absent", "/dev/null"] {
        let ran = case.run(&format!("strip --in-place app {file}"));
        assert_eq!(ran.code, 1, "{ran}");
        said += &ran.stderr;
    }
    snapshot!(said, @r"
    error: no ELF file for x86_64 or arm64: `text`
    error: no ELF file for x86_64 or arm64 but mach-o: `mac.node`
    error: there is no file `absent`
    error: no ELF file for x86_64 or arm64: `/dev/null`
    ");
    assert_eq!(case.tree(), before);
}

#[test]
fn pack_leaves_symbols_where_it_is_told_to() {
    let case = programs().folder("dist");
    case.write("dist/bootstrap", case.read("app"));
    let case = case.mode("dist/bootstrap", 0o755);
    let packed = |arguments: &str| {
        case.pack(&format!("dist -q {arguments} -o out.zip")).ok();
        case.listing("out.zip")
    };
    snapshot!(packed(""), @"0755    4408 bootstrap");
    snapshot!(packed("--no-strip"), @"0755   12936 bootstrap");
    assert_eq!(
        packed("--no-strip"),
        packed("--disable native/symbols,native/debug-sections")
    );
}
