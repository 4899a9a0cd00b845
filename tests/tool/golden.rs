//! The same files make the same bytes, whatever the machine; and everybody can read them.

use std::time::{Duration, SystemTime};

use crate::samples;
use crate::support::{Case, find_tool};

/// The files of the fixed tree: text, noise, an executable, a link, names beyond ASCII.
const TREE: [(&str, &str); 6] = [
    (
        "index.js",
        "exports.handler = async () => 'hello hello hello hello hello';\n",
    ),
    ("lib/b.js", "module.exports = 2;\n"),
    ("lib/a.js", "module.exports = 1;\n"),
    ("lib.js", "module.exports = 0;\n"),
    ("data/größe.json", "[1,2,3,4,5,6,7,8,9,10]"),
    ("empty", ""),
];

fn fixed_tree() -> Case {
    tree(TREE.into_iter())
}

fn tree(files: impl Iterator<Item = (&'static str, &'static str)>) -> Case {
    let mut case = Case::new();
    for (name, contents) in files {
        case = case.file(&format!("dist/{name}"), contents);
    }
    case.file("dist/words.txt", words())
        .file("dist/bin/run", "#!/bin/sh\nexit 0\n")
        .mode("dist/bin/run", 0o755)
        .link("dist/start", "bin/run")
}

/// Text with enough in it that the compressor's levels differ.
fn words() -> String {
    let line = |number: u32| format!("line {} of {number}\n", number * 7919 % 1000);
    (0..2000).map(line).collect()
}

fn sha256(case: &Case, arguments: &str) -> String {
    case.pack(&format!("dist --format json {arguments}"))
        .ok()
        .sha256()
}

/// If this fails, the bytes of every user's package have changed. That is right after an update of libdeflater, or
/// when the writer was changed on purpose: then say so in the changelog and pin the new hash. Otherwise it is a bug.
#[test]
fn the_bytes_are_pinned() {
    insta::assert_snapshot!(sha256(&fixed_tree(), ""), @"61d2df425a8a192c6ac77b4c8ac43ebef2ffae91d3dadae21c025c8687f6efd1");
    insta::assert_snapshot!(sha256(&fixed_tree(), "--compression fast"), @"6be86824d38291f3ea9571a918ebadda2dbfe08567369da485aca3aa1601640c");
    insta::assert_snapshot!(sha256(&fixed_tree(), "--compression best"), @"c685642c10268e10dff401fe759fddbbd7211bb5acae2401155868d4e9f94ad8");
}

#[test]
fn creation_order_times_and_modes_do_not_matter() {
    let one = fixed_tree();
    let other = tree(TREE.into_iter().rev())
        .mode("dist/index.js", 0o600)
        .mode("dist/lib.js", 0o664)
        .mode("dist/bin/run", 0o700)
        .mode("dist/lib", 0o700);
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(86_400);
    for name in ["dist/index.js", "dist/lib/a.js"] {
        fs_err::File::open(other.path(name))
            .unwrap()
            .set_modified(long_ago)
            .unwrap();
    }
    assert_eq!(sha256(&one, ""), sha256(&other, ""));
    assert_eq!(one.read("dist.zip"), other.read("dist.zip"));
}

#[test]
fn the_time_zone_and_the_umask_do_not_matter() {
    let case = fixed_tree();
    let expected = sha256(&case, "");
    let case = case
        .with("TZ", "Pacific/Kiritimati")
        .with("LANG", "tr_TR.UTF-8");
    assert_eq!(sha256(&case, ""), expected);
    for mask in ["000", "077"] {
        let script = format!("umask {mask} && exec \"$0\" pack dist -o {mask}.zip");
        let mut shell = case.command("/bin/sh".as_ref());
        shell
            .args(["-c", &script, env!("CARGO_BIN_EXE_lambda-slim")])
            .assert()
            .success();
        assert_eq!(case.read(&format!("{mask}.zip")), case.read("dist.zip"));
    }
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let mut case = samples::node();
    for number in 0..300 {
        let text = format!("line {number}\n").repeat(number);
        case = case.file(
            &format!("dist/node_modules/m{}/f{number}.js", number % 17),
            text,
        );
    }
    let expected = sha256(&case, "--jobs 1");
    for jobs in ["2", "8", "64"] {
        assert_eq!(sha256(&case, &format!("--jobs {jobs}")), expected, "{jobs}");
    }
}

#[test]
fn the_name_of_the_folder_does_not_matter() {
    let case = fixed_tree();
    let expected = sha256(&case, "");
    fs_err::rename(case.path("dist"), case.path("other")).unwrap();
    assert_eq!(case.pack("other --format json").ok().sha256(), expected);
    assert_eq!(
        case.pack("./other/../other --format json -o x.zip")
            .ok()
            .sha256(),
        expected
    );
}

#[test]
fn source_date_epoch_is_the_time_of_all_entries() {
    let case = fixed_tree();
    let without = sha256(&case, "");
    let case = case.with("SOURCE_DATE_EPOCH", "1700000000");
    let with = sha256(&case, "");
    assert_ne!(with, without);
    assert_eq!(sha256(&case, ""), with);
    let case = case.with("SOURCE_DATE_EPOCH", "");
    assert_eq!(sha256(&case, ""), without);
    // A zip knows no time before 1980.
    let case = case.with("SOURCE_DATE_EPOCH", "0");
    assert_eq!(sha256(&case, ""), without);
    let case = case.with("SOURCE_DATE_EPOCH", "yesterday");
    snapshot!(case.refuses("dist -o new.zip"), @r"
    exit 2
    --- stderr
    error: SOURCE_DATE_EPOCH is not a number of seconds: `yesterday`
    ");
}

#[test]
fn packing_twice_changes_nothing() {
    for case in [samples::node(), samples::python()] {
        let input = if case.exists("dist") { "dist" } else { "app" };
        case.pack(&format!("{input} -o one.zip")).ok();
        case.pack("one.zip -o two.zip").ok();
        case.pack("two.zip -o three.zip").ok();
        case.pack("one.zip -o best.zip --compression best").ok();
        case.pack(&format!("{input} --out-dir folder")).ok();
        case.pack("folder -o four.zip").ok();
        for again in ["two.zip", "three.zip", "four.zip"] {
            assert!(
                case.read(again) == case.read("one.zip"),
                "{again} of {input}"
            );
        }
        assert_eq!(case.listing("best.zip"), case.listing("one.zip"));
    }
}

#[test]
fn the_output_is_never_larger_than_the_input() {
    for case in [samples::node(), samples::python(), fixed_tree()] {
        let input = if case.exists("dist") { "dist" } else { "app" };
        case.pack(&format!("{input} -o in.zip --disable all")).ok();
        for more in [
            "",
            "--disable all",
            "--level aggressive",
            "--compression best",
        ] {
            let arguments = format!("in.zip -o out.zip --format json {more}");
            let report = case.pack(&arguments).ok().json();
            for measure in ["zip_bytes", "unzipped_bytes", "files"] {
                let [before, after] =
                    ["before", "after"].map(|when| report[when][measure].as_u64());
                assert!(
                    before.is_some() && after <= before,
                    "{measure} {more}: {report:#}"
                );
            }
        }
    }
}

#[test]
fn other_programs_read_the_zip() {
    let case = fixed_tree();
    case.pack("dist").ok();
    let python = "import zipfile; z = zipfile.ZipFile('dist.zip'); assert z.testzip() is None; print(*z.namelist())";
    for (tool, arguments) in [
        ("unzip", vec!["-tq", "dist.zip"]),
        ("python3", vec!["-c", python]),
        ("jar", vec!["tf", "dist.zip"]),
    ] {
        if let Some(tool) = find_tool(tool) {
            case.command(&tool).args(arguments).assert().success();
        }
    }
}

#[test]
fn modes_and_links_survive_unzip() {
    let Some(unzip) = find_tool("unzip") else {
        return;
    };
    let case = fixed_tree();
    case.pack("dist").ok();
    let script = "umask 022 && exec \"$0\" -q dist.zip -d out";
    let mut shell = case.command("/bin/sh".as_ref());
    shell.args(["-c", script]).arg(unzip).assert().success();
    snapshot!(case.listing("out"), @r"
    0755      17 bin/run
    0644      22 data/größe.json
    0644       0 empty
    0644      63 index.js
    0644      20 lib.js
    0644      20 lib/a.js
    0644      20 lib/b.js
    link         start -> bin/run
    0644   32670 words.txt
    ");
    assert_eq!(
        case.listing("out").lines().count(),
        case.listing("dist.zip").lines().count()
    );
}
