//! Archives that are broken or mean harm.

use crate::support::{Case, RawEntry, raw_zip};

/// What packing the archive prints; it must fail and write nothing.
fn refused(entries: &[RawEntry<'_>]) -> String {
    Case::new()
        .file("app.zip", raw_zip(entries))
        .refuses("app.zip")
        .to_string()
}

fn index() -> RawEntry<'static> {
    RawEntry::new("index.js", "exports.handler = 1;\n")
}

#[test]
fn truncated() {
    let zip = raw_zip(&[index()]);
    let case = Case::new()
        .file("no-end.zip", &zip[..zip.len() - 30])
        .file("no-list.zip", &zip[..40]);
    snapshot!(case.refuses("no-end.zip"), @r"
    exit 1
    --- stderr
    error: cannot read the zip `no-end.zip`: invalid Zip archive: Could not find EOCD
    ");
    snapshot!(case.refuses("no-list.zip"), @r"
    exit 1
    --- stderr
    error: cannot read the zip `no-list.zip`: invalid Zip archive: Could not find EOCD
    ");
}

#[test]
fn without_its_first_half() {
    let zip = raw_zip(&[index(), RawEntry::new("b.js", "")]);
    let case = Case::new().file("app.zip", &zip[30..]);
    snapshot!(case.refuses("app.zip"), @r"
    exit 1
    --- stderr
    error: neither a folder nor a zip: `app.zip`
    ");
}

#[test]
fn encrypted() {
    let secret = RawEntry {
        flags: 0x801,
        ..RawEntry::new("secret.js", "0123456789ab")
    };
    snapshot!(refused(&[index(), secret]), @r"
    exit 1
    --- stderr
    error: refused `secret.js` in `app.zip`: it is encrypted
    ");
}

#[test]
fn an_entry_twice() {
    snapshot!(refused(&[index(), RawEntry::new("index.js", "other")]), @r"
    exit 1
    --- stderr
    error: refused `index.js` in `app.zip`: two entries have this name
    ");
}

#[test]
fn a_file_that_is_a_folder_too() {
    snapshot!(refused(&[RawEntry::new("a", "x"), RawEntry::new("a/b", "y")]), @r"
    exit 1
    --- stderr
    error: not one package: `app.zip`: `a` is a file and also a folder
    ");
}

#[test]
fn names_that_leave_the_package() {
    snapshot!(refused(&[index(), RawEntry::new("../x", "y")]), @r"
    exit 1
    --- stderr
    error: refused `../x` in `app.zip`: the name leaves the package with `..`
    ");
    snapshot!(refused(&[index(), RawEntry::new("a/../../x", "y")]), @r"
    exit 1
    --- stderr
    error: refused `a/../../x` in `app.zip`: the name leaves the package with `..`
    ");
    snapshot!(refused(&[index(), RawEntry::new("/etc/cron.d/x", "y")]), @r"
    exit 1
    --- stderr
    error: refused `/etc/cron.d/x` in `app.zip`: the name is absolute
    ");
    snapshot!(refused(&[index(), RawEntry::new("C:/x", "y")]), @r"
    exit 1
    --- stderr
    error: refused `C:/x` in `app.zip`: the name is absolute
    ");
    snapshot!(refused(&[index(), RawEntry::new("..\\x", "y")]), @r"
    exit 1
    --- stderr
    error: refused `..\x` in `app.zip`: the name holds a backslash
    ");
}

#[test]
fn a_name_that_moves_the_cursor() {
    snapshot!(refused(&[index(), RawEntry::new("a\u{1b}[2Jb", "y")]), @r"
    exit 1
    --- stderr
    error: refused `a\u{1b}[2Jb` in `app.zip`: the name holds a control character
    ");
}

#[test]
fn a_device() {
    snapshot!(refused(&[index(), RawEntry { mode: 0o020_666, ..RawEntry::new("null", "") }]), @r"
    exit 1
    --- stderr
    error: refused `null` in `app.zip`: it is neither a file, a folder nor a link
    ");
}

#[test]
fn another_compression() {
    snapshot!(refused(&[index(), RawEntry { method: 93, ..RawEntry::new("a", "zstd") }]), @r"
    exit 1
    --- stderr
    error: refused `a` in `app.zip`: its compression is neither `stored` nor `deflated`
    ");
}

#[test]
fn a_size_that_cannot_be() {
    let bomb = RawEntry {
        method: 8,
        size_bytes: 4_000_000_000,
        ..RawEntry::new("bomb", "small")
    };
    snapshot!(refused(&[index(), bomb]), @r"
    exit 1
    --- stderr
    error: refused `bomb` in `app.zip`: the declared size of 4000000000 bytes cannot come out of 5 bytes
    ");
}

#[test]
fn sizes_over_the_limit() {
    let zeros = "\0".repeat(1_000_000);
    let names = ["a", "b", "c", "d", "e"];
    let bomb = |name| RawEntry {
        method: 8,
        size_bytes: 1_000_000_000,
        ..RawEntry::new(name, &zeros)
    };
    snapshot!(refused(&names.map(bomb)), @r"
    exit 1
    --- stderr
    error: unzips to more than 4294967296 bytes: `app.zip`
    ");
}

#[test]
fn contents_that_are_broken() {
    let broken = RawEntry {
        method: 8,
        size_bytes: 9,
        ..RawEntry::new("a.bin", "\u{7f}\u{7f}\u{7f}")
    };
    snapshot!(refused(&[index(), broken]), @r"
    exit 1
    --- stderr
    error: `app.zip` is damaged, or the disk is: refused `a.bin` in `app.slim.zip`: the compressed bytes are broken
    ");
    let mut zip = raw_zip(&[index()]);
    zip[45] ^= 1;
    let case = Case::new().file("app.zip", zip);
    snapshot!(case.refuses("app.zip"), @r"
    exit 1
    --- stderr
    error: refused `index.js` in `app.zip`: the contents do not have the declared checksum
    ");
}

#[test]
fn bytes_around_it_are_told() {
    let zip = raw_zip(&[index()]);
    let case = Case::new().file("app.zip", [&zip, &b"more"[..]].concat());
    snapshot!(case.pack("app.zip -q"), @r"
    exit 0
    --- stderr
    warning[LS903]: app.zip: dropped bytes after the end of the zip: 4
    ");
}
