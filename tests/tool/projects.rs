use crate::sample_elf::SampleElf;
use crate::support::{Case, find_tool};

const MANIFEST: &str = "[package]\nname = 'app'\nversion = '0.1.0'\n[package.metadata.lambda-slim]\ninclude = ['config']\n[workspace]\n";

/// A Cargo project; nothing is built.
fn cargo_project() -> Case {
    Case::new()
        .file("app/Cargo.toml", MANIFEST)
        .file("app/src/main.rs", "fn main() {}\n")
        .file("app/config/app.toml", "retries = 3\n")
}

#[test]
fn a_cargo_project_that_is_built_becomes_its_program() {
    let program = SampleElf {
        symbol_bytes: 2400,
        ..SampleElf::default()
    };
    let case = cargo_project().file("app/target/release/app", program.bytes());
    let ran = case.pack("app --runtime provided.al2023 -v").ok();
    snapshot!(ran.stderr, @r"
    lambda-slim [version]  app → app.zip
    provided.al2023 · x86_64 (from 1 ELF file) · function · balanced

                                  before       after     saved
      zip                              -       424 B
      unzipped                    6.9 kB      4.4 kB      -36%
      files                            2           2        0%

      rewritten                              files    unzipped      zipped
      symbol tables of programs                  1      2.5 kB        29 B  LS302

      limit unzipped              4.4 kB of 262.1 MB  ░░░░░░░░░░░░░░░░░░░░░░░░    0%
      limit direct-upload          424 B of  52.4 MB  ░░░░░░░░░░░░░░░░░░░░░░░░    0%

    advice[LS930]: [profile.release] could make the program smaller: lto = true, codegen-units = 1

      sha256      [sha256]
      CodeSha256  [base64]
      done in [time]
    ");
    snapshot!(case.listing("app.zip"), @r"
    0755    4408 bootstrap
    0644      12 config/app.toml
    ");
}

#[test]
fn a_cargo_project_that_is_not_built_is_refused() {
    snapshot!(cargo_project().refuses("app"), @r"
    exit 2
    --- stderr
    error: `app` is not built; say --build, or run `cargo lambda build --release --bin app`
    ");
    snapshot!(cargo_project().refuses("app --bin other"), @r"
    exit 2
    --- stderr
    error: the project has no program `other`; it has app
    ");
    let debug = cargo_project().file("app/target/debug/app", SampleElf::default().bytes());
    assert_eq!(debug.refuses("app").code, 2);
    let built = cargo_project().file("app/target/release/app", SampleElf::default().bytes());
    assert_eq!(built.refuses("app --arch arm64").code, 2);
    snapshot!(built.refuses("app --in-place"), @r"
    exit 2
    --- stderr
    error: --in-place would replace `app` by a package; name one with -o or --out-dir
    ");
}

#[test]
fn a_cargo_project_is_built_when_asked() {
    if find_tool("cc").is_none() {
        return;
    }
    let case = cargo_project();
    case.pack("app --build -q -o out.zip").ok();
    let listing = case.listing("out.zip");
    let names: Vec<&str> = listing
        .lines()
        .filter_map(|line| line.split_whitespace().last())
        .collect();
    assert_eq!(names, ["bootstrap", "config/app.toml"]);
}

#[test]
fn a_folder_for_another_run_time_is_no_cargo_project() {
    let case = cargo_project();
    case.pack("app -q --runtime python3.13").ok();
    assert!(case.listing("app.zip").contains("Cargo.toml"));
    let library = Case::new()
        .file(
            "app/Cargo.toml",
            "[package]\nname = 'app'\nversion = '0.1.0'\n[workspace]\n",
        )
        .file("app/src/lib.rs", "");
    library.pack("app -q").ok();
}

#[test]
fn a_program_becomes_bootstrap() {
    let case = Case::new().file("main", SampleElf::default().bytes());
    case.pack("main -q -o out.zip").ok();
    snapshot!(case.listing("out.zip"), @"0755    4408 bootstrap");
    assert_eq!(case.pack("main --in-place").code, 2);
}

#[test]
fn a_go_project_becomes_its_program() {
    let case = Case::new()
        .file("app/go.mod", "module app\n")
        .file("app/main.go", "package main\n");
    snapshot!(case.refuses("app --arch arm64"), @r"
    exit 2
    --- stderr
    error: `the program` is not built for arm64; say --build, or run `GOOS=linux GOARCH=arm64 go build -tags lambda.norpc -o bootstrap .`
    ");
    let case = case.file("app/app", SampleElf::default().bytes());
    case.pack("app -q").ok();
    snapshot!(case.listing("app.zip"), @"0755    4408 bootstrap");
}

#[test]
fn options_of_projects_need_one() {
    let case = Case::new().file("dist/index.js", "");
    snapshot!(case.refuses("dist --build"), @r"
    exit 2
    --- stderr
    error: --build is for Cargo and Go projects, and `dist` is none
    ");
    assert_eq!(case.refuses("dist --bin x").code, 2);
}
