//! Input that is no package, and wishes that make no sense: one line that names the path, nothing written.

use std::os::unix::net::UnixListener;

use crate::samples;
use crate::support::Case;

#[test]
fn nothing_there() {
    snapshot!(Case::new().refuses("missing"), @r"
    exit 1
    --- stderr
    error: cannot open `missing`: No such file or directory (os error 2)
    ");
    snapshot!(Case::new().refuses("missing.zip --in-place"), @r"
    exit 1
    --- stderr
    error: cannot open `missing.zip`: No such file or directory (os error 2)
    ");
    snapshot!(Case::new().refuses("missing --out-dir out"), @r"
    exit 1
    --- stderr
    error: cannot open `missing`: No such file or directory (os error 2)
    ");
}

#[test]
fn an_empty_folder() {
    let case = Case::new().folder("dist/a/b");
    snapshot!(case.refuses("dist"), @r"
    exit 1
    --- stderr
    error: `dist` is empty; there is nothing to pack
    ");
}

#[test]
fn an_empty_zip() {
    let case = Case::new().file("app.zip", crate::support::raw_zip(&[]));
    snapshot!(case.refuses("app.zip"), @r"
    exit 1
    --- stderr
    error: `app.zip` is empty; there is nothing to pack
    ");
}

#[test]
fn a_text_file() {
    let case = Case::new()
        .file("notes.txt", "Not a package.\n")
        .file("empty.zip", "");
    snapshot!(case.refuses("notes.txt"), @r"
    exit 1
    --- stderr
    error: neither a folder nor a zip: `notes.txt`
    ");
    snapshot!(case.refuses("empty.zip"), @r"
    exit 1
    --- stderr
    error: neither a folder nor a zip: `empty.zip`
    ");
}

#[test]
fn a_device() {
    snapshot!(Case::new().refuses("/dev/null -o out.zip"), @r"
    exit 1
    --- stderr
    error: neither a folder nor a zip: `/dev/null`
    ");
}

#[test]
fn a_fifo_and_a_socket_are_left_out_and_never_opened() {
    let case = Case::new().file("dist/index.js", "");
    case.command("mkfifo".as_ref())
        .arg("dist/pipe")
        .assert()
        .success();
    // A socket's path has room for about a hundred bytes.
    let _socket = UnixListener::bind(case.path("dist/socket")).unwrap();
    snapshot!(case.pack("dist -q"), @r"
    exit 0
    --- stderr
    warning[LS903]: pipe: neither a file, a folder nor a link; left out
    warning[LS903]: socket: neither a file, a folder nor a link; left out
    ");
    snapshot!(case.listing("dist.zip"), @"0644       0 index.js");
    snapshot!(case.refuses("dist/pipe -o out.zip"), @r"
    exit 1
    --- stderr
    error: neither a folder nor a zip: `dist/pipe`
    ");
}

#[test]
fn a_file_that_may_not_be_read() {
    let case = samples::node()
        .mode("dist/docs/guide.md", 0o000)
        .file("dist.zip", "old");
    let Some(ran) = case.pack_unprivileged("dist") else {
        return;
    };
    snapshot!(ran, @r"
    exit 1
    --- stderr
    error: cannot read `[dir]/dist/docs/guide.md`: failed to open file `[dir]/dist/docs/guide.md`: Permission denied (os error 13)
    ");
    assert_eq!(case.read("dist.zip"), b"old");
    case.assert_clean();
}

#[test]
fn a_folder_that_may_not_be_read() {
    let case = samples::node()
        .mode("dist/docs", 0o000)
        .folder("dist/closed")
        .mode("dist/closed", 0o000);
    let ran = case.pack_unprivileged("dist");
    let case = case.mode("dist/docs", 0o755).mode("dist/closed", 0o755);
    let Some(ran) = ran else { return };
    snapshot!(ran, @r"
    exit 1
    --- stderr
    error: cannot read `[dir]/dist/closed`, `[dir]/dist/docs`: Permission denied (os error 13)
    ");
    assert!(!case.exists("dist.zip"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_utf_8() {
    use std::os::unix::ffi::OsStrExt as _;
    let case = Case::new().file("dist/index.js", "");
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.js");
    fs_err::write(case.path("dist").join(name), "").unwrap();
    snapshot!(case.refuses("dist"), @r#"
    exit 1
    --- stderr
    error: not UTF-8: "[dir]/dist/caf\xE9.js"
    "#);
}

#[test]
fn names_that_no_package_can_hold() {
    let with = |name: &str| Case::new().file("dist/index.js", "").file(name, "");
    snapshot!(with("dist/back\\slash.js").refuses("dist"), @r#"
    exit 1
    --- stderr
    error: cannot be a name in a package: "[dir]/dist/back\\slash.js": the name holds a backslash
    "#);
    snapshot!(with("dist/new\nline.js").refuses("dist"), @r#"
    exit 1
    --- stderr
    error: cannot be a name in a package: "[dir]/dist/new\nline.js": the name holds a control character
    "#);
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_equal_but_for_case() {
    let case = Case::new()
        .file("dist/index.js", "")
        .file("dist/Index.js", "");
    snapshot!(case.pack("dist -q"), @r"
    exit 0
    --- stderr
    warning[LS903]: Index.js: has the same name but for case as `index.js`
    ");
}

#[test]
fn empty_folders_are_told() {
    let case = Case::new()
        .file("dist/index.js", "")
        .folder("dist/uploads")
        .folder("dist/cache/a");
    snapshot!(case.pack("dist -q"), @r"
    exit 0
    --- stderr
    warning[LS903]: cache: empty folder; left out, like 2 more
    ");
}

#[test]
fn a_plan_that_would_drop_everything() {
    let case = Case::new()
        .file("dist/index.js", "")
        .file("dist/lib/a.js", "")
        .file("dist.zip", "old");
    snapshot!(case.refuses("dist --drop **"), @r"
    exit 1
    --- stderr
    error: `dist` cannot be packed: every one of the 2 files would go; an empty package cannot be deployed
    ");
    snapshot!(case.refuses("dist --drop * --drop lib --dry-run"), @r"
    exit 1
    --- stderr
    error: `dist` cannot be packed: every one of the 2 files would go; an empty package cannot be deployed
    ");
    snapshot!(case.refuses("dist --drop ** --out-dir slim"), @r"
    exit 1
    --- stderr
    error: `dist` cannot be packed: every one of the 2 files would go; an empty package cannot be deployed
    ");
    assert_eq!(case.read("dist.zip"), b"old");
}

#[test]
fn words_that_do_not_exist() {
    let case = Case::new().file("dist/index.js", "");
    snapshot!(case.refuses("dist --runtime python-3.12"), @r"
    exit 2
    --- stderr
    error: invalid value 'python-3.12' for '--runtime <NAME>': `python-3.12` is not a Lambda run time; known are nodejs22.x, python3.13, java21, dotnet8, ruby3.4, provided.al2023, llrt and their other versions

    For more information, try '--help'.
    ");
    snapshot!(case.refuses("dist --arch amd64"), @r"
    exit 2
    --- stderr
    error: invalid value 'amd64' for '--arch <NAME>': known are x86_64, arm64 and auto

    For more information, try '--help'.
    ");
    snapshot!(case.refuses("dist --level save"), @r"
    exit 2
    --- stderr
    error: invalid value 'save' for '--level <LEVEL>'
      [possible values: safe, balanced, aggressive]

      tip: a similar value exists: 'safe'

    For more information, try '--help'.
    ");
    snapshot!(case.refuses("dist --disable node/source-map"), @r"
    exit 2
    --- stderr
    error: --disable: there is no rule `node/source-map`; did you mean `node/source-maps`?
    ");
    snapshot!(case.refuses("dist --disable zzz"), @r"
    exit 2
    --- stderr
    error: --disable: there is no rule `zzz`
    ");
    snapshot!(case.refuses("dist --jobs 0"), @r"
    exit 2
    --- stderr
    error: invalid value '0' for '--jobs <N>': it is a number from 1 on

    For more information, try '--help'.
    ");
    snapshot!(case.refuses("dist --levle safe"), @r"
    exit 2
    --- stderr
    error: unexpected argument '--levle' found

      tip: a similar argument exists: '--level'

    Usage: lambda-slim pack --level <LEVEL> <INPUT>...

    For more information, try '--help'.
    ");
    snapshot!(case.refuses("dist other"), @r"
    exit 1
    --- stderr
    error: neither a folder nor a zip: `other`
    ");
}

#[test]
fn patterns_that_are_no_globs() {
    let case = Case::new().file("dist/index.js", "");
    snapshot!(case.refuses("dist --keep a{b"), @r"
    exit 2
    --- stderr
    error: invalid value 'a{b' for '--keep <GLOB>': unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)

    For more information, try '--help'.
    ");
    snapshot!(case.refuses("dist --drop [z-a]"), @r"
    exit 2
    --- stderr
    error: invalid value '[z-a]' for '--drop <GLOB>': invalid range; 'z' > 'a'

    For more information, try '--help'.
    ");
}

#[test]
fn no_command_at_all() {
    let ran = Case::new().run("");
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("pack"), "{ran}");
}

#[test]
fn a_run_time_that_is_not_on_the_list() {
    let case = Case::new().file("dist/index.js", "exports.handler = () => 1;\n");
    let ran = case.pack("dist --runtime nodejs99.x").ok();
    let said = "`nodejs99.x` is not a run time that this version knows";
    assert!(ran.stderr.contains(said), "{ran}");
    assert!(ran.stderr.contains("nodejs22.x"), "{ran}");
    assert!(
        !case
            .pack("dist --runtime nodejs22.x")
            .ok()
            .stderr
            .contains("LS915")
    );
    assert_eq!(case.pack("dist --runtime nodejs22.x.x").code, 2);
}
