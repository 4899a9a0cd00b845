//! Folders in, folders out.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use fs_err::os::unix::fs::symlink;
use lambda_slim_package::EntryId;
use tempfile::TempDir;

use crate::test_zip::{chain, lines};
use crate::*;

/// Makes a folder: `path` is a file that holds its name, `path*` an executable one, `path/` a folder and
/// `path -> target` a link; `$` in a target is the folder itself.
fn tree(items: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = fs_err::canonicalize(folder.path()).unwrap();
    for item in items {
        let (name, target) = item.split_once(" -> ").unzip();
        let path = root.join(name.unwrap_or(item).trim_end_matches('*'));
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        match target {
            Some(target) => {
                symlink(target.replace('$', root.to_str().unwrap()), &path).unwrap();
            }
            None if item.ends_with('/') => fs_err::create_dir_all(&path).unwrap(),
            None => {
                fs_err::write(&path, item.trim_end_matches('*')).unwrap();
                let mode = if item.ends_with('*') { 0o700 } else { 0o600 };
                fs_err::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
            }
        }
    }
    folder
}

/// Opens `below` in the tree of `items`; `$` in the answer is the folder itself.
fn open(
    items: &[&str],
    below: &str,
    links: OutsideLinks,
) -> Result<(Vec<String>, Vec<String>), String> {
    let options = OpenOptions {
        outside_links: links,
        ..OpenOptions::default()
    };
    open_with(items, below, &options)
}

fn open_with(
    items: &[&str],
    below: &str,
    options: &OpenOptions,
) -> Result<(Vec<String>, Vec<String>), String> {
    let folder = tree(items);
    let root = fs_err::canonicalize(folder.path()).unwrap();
    let shown = |text: String| text.replace(root.to_str().unwrap(), "$");
    let input = Input::open(&folder.path().join(below), options).map_err(|e| shown(chain(&e)))?;
    for (id, _) in input.package().iter() {
        input.read(id).unwrap();
    }
    let warnings = input.warnings().iter().map(|w| shown(w.to_string()));
    let entries = lines(&input).into_iter().map(shown);
    Ok((entries.collect(), warnings.collect()))
}

fn check(items: &[&str], below: &str, entries: &[&str], warnings: &[&str]) {
    let (found, said) = open(items, below, OutsideLinks::Copy).unwrap();
    assert_eq!(found, entries);
    assert_eq!(said, warnings);
}

fn check_error(items: &[&str], below: &str, links: OutsideLinks, expected: &str) {
    assert_eq!(open(items, below, links).unwrap_err(), expected);
}

#[test]
fn files_and_modes_are_read() {
    check(
        &["b/x*", "a", "b.txt"],
        "",
        &["a 644 1", "b.txt 644 5", "b/x 755 3"],
        &[],
    );
    check(&[], "", &[], &[]);
}

#[test]
fn empty_folders_are_warned_about() {
    check(
        &["a/", "b/c/d/", "x/y"],
        "",
        &["x/y 644 3"],
        &["`a`: empty folder; left out, like 3 more"],
    );
}

#[test]
fn links_inside_stay_links() {
    check(
        &[
            "lib/a.1",
            "lib/a -> a.1",
            "b -> lib",
            "c -> b/a",
            "lib/up -> ..",
        ],
        "",
        &[
            "b -> lib",
            "c -> b/a",
            "lib/a -> a.1",
            "lib/a.1 644 7",
            "lib/up -> ..",
        ],
        &[],
    );
}

#[test]
fn links_to_nothing_stay_links() {
    check(
        &[
            "f",
            "a -> missing",
            "b -> /missing/x",
            "c -> c",
            "d -> f/x",
            "e -> ../../../../../x",
        ],
        "",
        &[
            "a -> missing",
            "b -> /missing/x",
            "c -> c",
            "d -> f/x",
            "e -> ../../../../../x",
            "f 644 1",
        ],
        &[],
    );
}

#[test]
fn detours_become_straight() {
    check(
        &[
            "p/a/f",
            "p/l -> $/p/a/f",
            "p/a/m -> ../../p/l",
            "p/root -> $/p",
        ],
        "p",
        &["a/f 644 5", "a/m -> f", "l -> a/f", "root -> ."],
        &[
            "`a/m`: the link to `../../p/l` became relative: `f`",
            "`l`: the link to `$/p/a/f` became relative: `a/f`",
            "`root`: the link to `$/p` became relative: `.`",
        ],
    );
}

#[test]
fn outside_links_are_copied() {
    check(
        &[
            "p/file -> ../o/x*",
            "p/x -> ../o/x",
            "p/dir -> $/o",
            "p/second -> x",
            "o/x",
            "o/in -> x",
            "o/back -> ../p/own",
            "o/far -> ../q/y",
            "p/own",
            "q/y",
        ],
        "p",
        &[
            "dir/back -> ../own",
            "dir/far 644 3",
            "dir/in -> x",
            "dir/x 644 3",
            "file -> ../o/x*",
            "own 644 5",
            "second -> x",
            "x 644 3",
        ],
        &[
            "`dir`: the link left the folder; copied what it points to: `$/o`",
            "`dir/back`: the link to `../p/own` became relative: `../own`",
            "`dir/far`: the link left the folder; copied what it points to: `$/q/y`",
            "`x`: the link left the folder; copied what it points to: `$/o/x`",
        ],
    );
}

#[test]
fn inside_links_are_followed_when_asked() {
    let options = OpenOptions {
        inside_links: InsideLinks::Copy,
        ..OpenOptions::default()
    };
    let (entries, _) = open_with(&["p/s/x", "p/n -> s", "p/f -> s/x"], "p", &options).unwrap();
    assert_eq!(entries, ["f 644 5", "n/x 644 5", "s/x 644 5"]);
    let up = open_with(&["p/s/x", "p/s/up -> .."], "p", &options);
    assert!(up.unwrap_err().contains("circle"));
    let round = open_with(&["p/a/l -> ../b", "p/b/l -> ../a"], "p", &options);
    assert!(round.unwrap_err().contains("circle"));
}

#[test]
fn outside_links_are_refused_or_kept() {
    let items = ["p/x -> ../o/x", "o/x"];
    check_error(
        &items,
        "p",
        OutsideLinks::Refuse,
        "the link `$/p/x` leaves the folder, to `$/o/x`",
    );
    let (entries, _) = open(&items, "p", OutsideLinks::Keep).unwrap();
    assert_eq!(entries, ["x -> ../o/x"]);
}

#[test]
fn circles_are_errors() {
    let circle = |items: &[&str], expected| check_error(items, "p", OutsideLinks::Copy, expected);
    circle(
        &["p/up -> .."],
        "the link `$/p/up` goes round in a circle, to `$`",
    );
    circle(
        &["p/o -> ../o", "o/up -> $"],
        "the link `$/o/up` goes round in a circle, to `$`",
    );
    check(
        &["p/o -> ../o", "o/self -> ../o", "o/x"],
        "p",
        &["o/self -> .", "o/x 644 3"],
        &[
            "`o`: the link left the folder; copied what it points to: `$/o`",
            "`o/self`: the link to `../o` became relative: `.`",
        ],
    );
}

#[test]
fn odd_names_are_errors() {
    check_error(
        &["a\\b"],
        "",
        OutsideLinks::Copy,
        "cannot be a name in a package: \"$/a\\\\b\": the name holds a backslash",
    );
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let name = std::ffi::OsStr::from_bytes(b"x\xff");
    fs_err::write(folder.path().join(name), "").unwrap();
    let error = Input::open(folder.path(), &OpenOptions::default()).unwrap_err();
    assert!(error.to_string().ends_with("x\\xFF\""), "{error}");
}

#[test]
fn sockets_are_left_out() {
    let folder = tree(&["a"]);
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("s")).unwrap();
    let input = Input::open(folder.path(), &OpenOptions::default()).unwrap();
    assert_eq!(lines(&input), ["a 644 1"]);
    assert_eq!(
        input.warnings()[0].to_string(),
        "`s`: neither a file, a folder nor a link; left out"
    );
}

#[test]
fn the_output_is_left_out() {
    let folder = tree(&["a", "out.zip", "cache/x", "real", "link -> real"]);
    let leave_out = ["out.zip", "cache", "link", "missing"];
    let leave_out = leave_out.map(|name| folder.path().join(name)).to_vec();
    let options = OpenOptions {
        leave_out,
        ..OpenOptions::default()
    };
    let input = Input::open(folder.path(), &options).unwrap();
    assert_eq!(lines(&input), ["a 644 1"]);
}

#[test]
fn changes_are_noticed() {
    let folder = tree(&["abc"]);
    let input = Input::open(folder.path(), &OpenOptions::default()).unwrap();
    assert!(input.modified(EntryId(0)).is_some());
    assert_eq!(input.read_head(EntryId(0), 2).unwrap(), b"ab");
    for contents in ["", "abcd", "abcdefghijklm"] {
        fs_err::write(folder.path().join("abc"), contents).unwrap();
        assert!(matches!(input.read(EntryId(0)), Err(Error::Changed { .. })));
    }
    fs_err::remove_file(folder.path().join("abc")).unwrap();
    assert!(matches!(input.read(EntryId(0)), Err(Error::Read { .. })));
}

#[test]
fn unreadable_folders_stop_the_walk() {
    let folder = tree(&["a", "b/x", "c/x"]);
    let lock = |mode| {
        for name in ["b", "c"] {
            fs_err::set_permissions(folder.path().join(name), PermissionsExt::from_mode(mode))
                .unwrap();
        }
    };
    lock(0o000);
    // Root reads everything.
    if fs_err::read_dir(folder.path().join("b")).is_err() {
        let error = Input::open(folder.path(), &OpenOptions::default()).unwrap_err();
        assert!(matches!(error, Error::Unreadable { paths, .. } if paths.len() == 2));
    }
    lock(0o755);
}

#[test]
fn too_much_is_refused() {
    let folder = tree(&["abc", "def"]);
    let options = OpenOptions {
        unzipped_at_most_bytes: 5,
        ..OpenOptions::default()
    };
    let error = Input::open(folder.path(), &options).unwrap_err();
    assert!(matches!(error, Error::TooManyBytes { .. }));
}

#[test]
fn huge_files_are_refused() {
    let folder = tree(&["abc"]);
    let file = fs_err::OpenOptions::new()
        .write(true)
        .open(folder.path().join("abc"))
        .unwrap();
    file.set_len(1 << 32).unwrap();
    let options = OpenOptions {
        unzipped_at_most_bytes: u64::MAX,
        ..OpenOptions::default()
    };
    let error = Input::open(folder.path(), &options).unwrap_err();
    assert!(matches!(error, Error::FileTooLarge { .. }));
}

#[test]
fn missing_inputs_are_named() {
    let error = Input::open(Path::new("/missing/x"), &OpenOptions::default()).unwrap_err();
    assert_eq!(error.to_string(), "cannot open `/missing/x`");
    let error = Input::open(Path::new("/dev/null"), &OpenOptions::default()).unwrap_err();
    assert_eq!(error.to_string(), "neither a folder nor a zip: `/dev/null`");
}

/// All entries of `input`, ready to be written.
fn ready(input: &Input) -> Vec<ReadyEntry> {
    use lambda_slim_package::EntryKind::{File, Symlink};
    let mut compressor = Compressor::new(Compression::Default);
    let mut one = |id, entry: &lambda_slim_package::Entry| match &entry.kind {
        Symlink { target } => ReadyEntry::symlink(entry.path.clone(), target),
        File { mode, .. } => {
            let contents = input.read(id).unwrap();
            let path = entry.path.clone();
            let mut ready = ReadyEntry::file(path, *mode, contents, &mut compressor);
            ready.modified = input.modified(id);
            ready
        }
    };
    let entries = input.package().iter();
    entries.map(|(id, entry)| one(id, entry)).collect()
}

fn write(sink: &mut impl Sink, input: &Input) {
    for entry in ready(input) {
        sink.accept(&entry).unwrap();
    }
}

fn modes(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for item in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let item = item.unwrap();
        let mode = item.metadata().unwrap().permissions().mode() & 0o777;
        found.push(format!("{} {mode:o}", item.file_name().display()));
    }
    found.split_off(1)
}

const SAMPLE: [&str; 5] = ["a/b/run*", "a/c", "d", "a/l -> b/run", "z -> a"];

#[test]
fn folders_come_back() {
    let (from, to) = (tree(&SAMPLE), tree(&[]));
    let input = Input::open(from.path(), &OpenOptions::default()).unwrap();
    let target = to.path().join("out");
    let mut sink = FolderSink::create(&target, Existing::Refuse).unwrap();
    write(&mut sink, &input);
    sink.finish().unwrap();
    let output = Input::open(&target, &OpenOptions::default()).unwrap();
    assert_eq!(output.package(), input.package());
    for (id, _) in input.package().iter() {
        assert_eq!(output.read(id).unwrap(), input.read(id).unwrap());
        assert_eq!(output.modified(id), input.modified(id));
    }
    let found = modes(to.path());
    let expected = [
        "out 755", "a 755", "b 755", "run 755", "c 644", "l 777", "d 644", "z 777",
    ];
    assert_eq!(found, expected);
}

#[test]
fn zips_are_extracted() {
    let (from, to) = (tree(&SAMPLE), tree(&[]));
    let input = Input::open(from.path(), &OpenOptions::default()).unwrap();
    let zip = to.path().join("x.zip");
    let mut sink = ZipSink::create(&zip).unwrap();
    write(&mut sink, &input);
    sink.finish().unwrap();
    let read = Input::open(&zip, &OpenOptions::default()).unwrap();
    assert_eq!(read.package(), input.package());
    assert_eq!(read.kind(), InputKind::Zip);
    let out = to.path().join("out");
    let extracted = extract(&zip, &out).unwrap();
    let expected = Extracted {
        files: 3,
        folders: 2,
        unzipped_bytes: 7 + 3 + 1,
    };
    assert_eq!(extracted, expected);
    let output = Input::open(&out, &OpenOptions::default()).unwrap();
    assert_eq!(output.package(), input.package());
    let error = extract(&zip, &out).unwrap_err();
    assert!(matches!(error, Error::FolderNotEmpty { .. }));
}

#[test]
fn unchanged_entries_pass_through() {
    let (from, to) = (tree(&SAMPLE), tree(&[]));
    let (one, two) = (to.path().join("one.jar"), to.path().join("two.zip"));
    let mut sink = ZipSink::create(&one).unwrap();
    write(
        &mut sink,
        &Input::open(from.path(), &OpenOptions::default()).unwrap(),
    );
    let first = sink.finish().unwrap();
    let input = Input::open(&one, &OpenOptions::default()).unwrap();
    assert_eq!(input.kind(), InputKind::Jar);
    assert_eq!(input.archive_bytes(), Some(first.bytes));
    let mut sink = ZipSink::create(&two).unwrap();
    for (id, _) in input.package().iter() {
        sink.accept(&input.ready(id).unwrap().unwrap()).unwrap();
    }
    assert_eq!(sink.finish().unwrap().sha256, first.sha256);
}

fn file(name: &str) -> ReadyEntry {
    use lambda_slim_package::{EntryPath, FileMode};
    let mut compressor = Compressor::new(Compression::Default);
    let path = EntryPath::new(name).unwrap();
    ReadyEntry::file(path, FileMode::Regular, b"new".to_vec(), &mut compressor)
}

#[test]
fn what_was_just_written_has_no_stamp() {
    let stamp = |folder: &Path| {
        let input = Input::open(folder, &OpenOptions::default()).unwrap();
        input.stamp()
    };
    let sources = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(stamp(&sources.join("src")).is_some());
    assert_eq!(stamp(&sources.join("src")), stamp(&sources.join("src")));
    assert_ne!(stamp(&sources.join("src")), stamp(sources));
    let folder = tree(&["a"]);
    assert_eq!(stamp(folder.path()), None);
}

/// Writes `new` into the folder `out` of the tree; gives what is in the tree then.
fn replace(items: &[&str], existing: Existing) -> Result<Vec<String>, String> {
    let folder = tree(items);
    let sink = FolderSink::create(&folder.path().join("out"), existing);
    let mut sink = sink.map_err(|error| format!("{error:?}"))?;
    sink.accept(&file("new")).unwrap();
    sink.finish().unwrap();
    let input = Input::open(folder.path(), &OpenOptions::default()).unwrap();
    Ok(lines(&input))
}

#[test]
fn old_folders_are_kept_or_replaced() {
    let new = Ok(vec!["out/new 644 3".to_owned()]);
    assert_eq!(replace(&[], Existing::Refuse), new);
    assert_eq!(replace(&["out/"], Existing::Refuse), new);
    assert_eq!(replace(&["out/"], Existing::Replace), new);
    assert_eq!(replace(&["out/old", "out/x/y"], Existing::Replace), new);
    let refused = |items: &[&str], existing, expected: &str| {
        let text = replace(items, existing).unwrap_err();
        assert!(text.starts_with(expected), "{text}");
    };
    refused(&["out/old"], Existing::Refuse, "FolderNotEmpty");
    refused(&["out"], Existing::Replace, "IsNotFolder");
    refused(&["out -> nothing"], Existing::Replace, "IsNotFolder");
    let missing = FolderSink::create(Path::new("/missing/x/out"), Existing::Replace);
    assert!(matches!(missing, Err(Error::NoFolder { .. })));
}

#[test]
fn a_dropped_sink_leaves_nothing() {
    let folder = tree(&["out/old"]);
    let mut sink = FolderSink::create(&folder.path().join("out"), Existing::Replace).unwrap();
    sink.accept(&file("new")).unwrap();
    let ours = |paths: Vec<PathBuf>| paths.iter().any(|path| path.starts_with(folder.path()));
    assert!(ours(temporary_files()));
    drop(sink);
    assert!(!ours(temporary_files()));
    assert_eq!(modes(folder.path()), ["out 755", "old 600"]);
}

#[test]
fn nothing_is_written_through_links() {
    let folder = tree(&["outside/"]);
    let link = ReadyEntry::symlink(
        lambda_slim_package::EntryPath::new("a").unwrap(),
        "../outside",
    );
    let mut sink = FolderSink::create(&folder.path().join("out"), Existing::Refuse).unwrap();
    sink.accept(&link).unwrap();
    sink.accept(&file("a/evil")).unwrap();
    assert!(matches!(sink.finish(), Err(Error::Write { .. })));
    assert_eq!(modes(folder.path()), ["outside 755"]);
}
