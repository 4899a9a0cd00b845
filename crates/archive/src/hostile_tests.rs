//! Zips that lie, and the answer that each must get.

use crate::test_zip::*;
use crate::{Input, OpenOptions};

/// The zip is refused, with a message that holds all of `expected`; reading counts as well as opening.
fn refused(bytes: Vec<u8>, expected: &[&str]) {
    let text = match open(bytes).and_then(|input| read_all(&input)) {
        Ok(()) => panic!("accepted, but expected {expected:?}"),
        Err(error) => chain(&error),
    };
    for part in expected.iter().chain(&["x.zip"]) {
        assert!(text.contains(part), "no `{part}` in: {text}");
    }
}

/// The zip is read as these entries, with these warnings.
fn accepted(bytes: Vec<u8>, entries: &[&str], warnings: &[&str]) {
    let input = open(bytes).unwrap();
    read_all(&input).unwrap();
    assert_eq!(lines(&input), entries);
    let said: Vec<String> = input.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(said, warnings);
}

fn read_all(input: &Input) -> Result<(), crate::Error> {
    input.package().iter().try_for_each(|(id, _)| {
        input.read_head(id, 2)?;
        input.ready(id)?;
        input.read(id).map(|_| ())
    })
}

fn named(name: &str) -> TestEntry {
    stored(name, b"hello")
}

fn raw(name: &[u8]) -> TestEntry {
    with(named("x"), |entry| entry.name = name.to_vec())
}

fn folder(name: &str) -> TestEntry {
    with(stored(name, b""), |entry| entry.mode = 0o040_755)
}

fn link(name: &str, target: &[u8]) -> TestEntry {
    with(stored(name, target), |entry| entry.mode = 0o120_777)
}

#[test]
fn good_zips_are_read() {
    accepted(zip(&[]), &[], &[]);
    accepted(
        zip(&[named("b"), deflated("a/x", &[b'x'; 1000])]),
        &["a/x 644 1000", "b 644 5"],
        &[],
    );
    accepted(
        zip(&[with(named("run"), |entry| entry.mode = 0o100_775)]),
        &["run 755 5"],
        &[],
    );
    accepted(zip(&[link("l", b"../x")]), &["l -> ../x"], &[]);
    accepted(
        zip(&[with(deflated("l", &[b'x'; 300]), |entry| {
            entry.mode = 0o120_777;
        })]),
        &[&format!("l -> {}", "x".repeat(300))],
        &[],
    );
}

#[test]
fn odd_but_clear_zips_are_read() {
    accepted(zip(&[named("./a//b")]), &["a/b 644 5"], &[]);
    accepted(zip(&[folder("./"), named("a")]), &["a 644 5"], &[]);
    accepted(zip(&[folder("d/"), named("d/a")]), &["d/a 644 5"], &[]);
    accepted(
        zip(&[with(named("a"), |entry| entry.mode = 0)]),
        &["a 644 5"],
        &[],
    );
    let unknown = |entry| with(entry, |entry| entry.mode = 0o177_777);
    accepted(
        zip(&[unknown(folder("d/")), unknown(named("d/a"))]),
        &["d/a 644 5"],
        &[],
    );
    accepted(
        zip(&[with(named("s"), |entry| entry.mode = 0o104_755)]),
        &["s 755 5"],
        &[],
    );
    accepted(
        zip(&[with(named("d\\a"), |entry| entry.made_by = DOS)]),
        &["d/a 644 5"],
        &[],
    );
    accepted(
        zip(&[with(raw(b"\x81.txt"), |entry| entry.made_by = DOS)]),
        &["ü.txt 644 5"],
        &[],
    );
    accepted(zip(&[raw("ü".as_bytes())]), &["ü 644 5"], &[]);
}

#[test]
fn oddities_are_warned_about() {
    accepted(
        zip(&[named("a"), named("A")]),
        &["A 644 5", "a 644 5"],
        &["`A`: has the same name but for case as `a`"],
    );
    accepted(
        zip(&[folder("d/"), folder("d/e/"), named("a")]),
        &["a 644 5"],
        &["`d`: empty folder; left out, like 1 more"],
    );
    accepted(
        zip_with(&[named("a")], 1, b"#!/bin/sh\n", b"a comment"),
        &["a 644 5"],
        &["`x.zip`: dropped bytes in front of the first entry: 10"],
    );
    let mut trailing = zip(&[named("a")]);
    trailing.extend(b"junk");
    accepted(
        trailing,
        &["a 644 5"],
        &["`x.zip`: dropped bytes after the end of the zip: 4"],
    );
}

#[test]
fn stubs_may_shift_all_offsets() {
    let mut shifted = b"#!/usr/bin/env python3\n".to_vec();
    shifted.extend(zip(&[named("a"), deflated("b", &[b'b'; 99])]));
    let input = open(shifted).unwrap();
    read_all(&input).unwrap();
    assert_eq!(input.warnings().len(), 1);
}

#[test]
fn names_must_stay_inside() {
    refused(zip(&[named("../evil")]), &["`../evil`", "`..`"]);
    refused(zip(&[named("a/../../evil")]), &["`..`"]);
    refused(zip(&[named("/etc/passwd")]), &["absolute"]);
    refused(zip(&[named("C:/x")]), &["absolute"]);
    refused(zip(&[named("C:\\x")]), &["absolute"]);
    refused(zip(&[named("a\\b")]), &["backslash"]);
    refused(
        zip(&[with(named("..\\evil"), |entry| entry.made_by = DOS)]),
        &["`..`"],
    );
    refused(zip(&[raw(b"a\0.txt")]), &["control character", "a\\0.txt"]);
    refused(zip(&[named("")]), &["empty"]);
    refused(zip(&[named(".")]), &["empty"]);
    refused(zip(&[named(&"n".repeat(300))]), &["too long"]);
    refused(zip(&[named(&"n".repeat(60_000))]), &["too long"]);
    refused(zip(&[named(&"d/".repeat(3000))]), &["too long"]);
    refused(
        zip(&[with(raw(b"\xff"), |entry| entry.flags = 0x800)]),
        &["marked as UTF-8"],
    );
}

#[test]
fn names_must_not_collide() {
    refused(zip(&[named("a"), named("a")]), &["`a`", "two entries"]);
    refused(zip(&[named("a"), named("./a")]), &["two entries", "`a`"]);
    refused(
        zip(&[named("a"), named("a/b")]),
        &["file and also a folder"],
    );
    refused(
        zip(&[named("a"), folder("a/")]),
        &["file and also a folder"],
    );
    refused(
        zip(&[link("a", b"/tmp"), named("a/b")]),
        &["file and also a folder"],
    );
}

#[test]
fn bytes_must_belong_to_one_entry() {
    let twice = with(named("b"), |entry| {
        entry.offset = Some(0);
        entry.local_name = Some(b"a".to_vec());
    });
    refused(zip(&[named("a"), twice]), &["overlap"]);
    let too_long = with(named("a"), |entry| {
        entry.declared_stream_bytes = 30;
        entry.size = 30;
    });
    refused(zip(&[too_long, named("b")]), &["`a`", "overlap"]);
    let into_the_list = with(named("a"), |entry| {
        entry.declared_stream_bytes = 30;
        entry.size = 30;
    });
    refused(zip(&[into_the_list]), &["`a`", "overlap"]);
}

#[test]
fn headers_must_agree() {
    let other = with(named("good"), |entry| {
        entry.local_name = Some(b"evil".to_vec());
    });
    refused(zip(&[named("a"), other]), &["`good`", "contradict"]);
    // A local header that the list does not name.
    refused(
        zip_with(&[named("a")], 1, &zip(&[named("hidden")])[..36], b""),
        &["contradict"],
    );
}

#[test]
fn there_is_one_end() {
    let real = zip(&[named("real")]);
    let fake = zip(&[named("fake")]);
    refused(zip_with(&[named("real")], 1, b"", &fake), &["x.zip"]);
    refused([real.clone(), fake].concat(), &["x.zip"]);
    let empty = zip(&[]);
    refused(zip_with(&[named("real")], 1, b"", &empty), &["x.zip"]);
    refused([real, empty].concat(), &["x.zip"]);
    refused(
        zip_with(&[named("a"), named("b")], 1, b"", b""),
        &["does not end"],
    );
    refused(zip_with(&[named("a")], 2, b"", b""), &["x.zip"]);
}

#[test]
fn only_plain_entries_are_read() {
    let change = |change: fn(&mut TestEntry)| zip(&[with(named("a"), change)]);
    refused(change(|entry| entry.flags = 1), &["`a`", "encrypted"]);
    refused(change(|entry| entry.method = 97), &["`a`", "compression"]);
    refused(change(|entry| entry.method = 99), &["`a`"]);
    refused(change(|entry| entry.method = 12), &["compression"]);
    refused(change(|entry| entry.mode = 0o020_666), &["neither a file"]);
    refused(change(|entry| entry.mode = 0o060_666), &["neither a file"]);
    refused(change(|entry| entry.mode = 0o010_666), &["neither a file"]);
    refused(change(|entry| entry.mode = 0o140_666), &["neither a file"]);
    refused(zip(&[link("a/", b"x")]), &["neither a file"]);
    refused(zip(&[named("a/")]), &["folder", "contents"]);
    refused(zip(&[link("a", b"")]), &["link's text"]);
    refused(zip(&[link("a", b"\xff")]), &["link's text"]);
    refused(zip(&[link("a", b"x\0y")]), &["link's text"]);
    refused(zip(&[link("a", &[b'x'; 5000])]), &["link's text"]);
}

#[test]
fn sizes_must_be_possible_and_exact() {
    let sized = |size: u32| {
        zip(&[with(deflated("a", &[b'x'; 100]), |entry| {
            entry.size = size;
        })])
    };
    refused(sized(4_000_000_000), &["`a`", "cannot come out"]);
    refused(sized(99), &["declared size"]);
    refused(sized(101), &["declared size"]);
    refused(
        zip(&[with(named("a"), |entry| entry.size = 6)]),
        &["cannot come out"],
    );
}

#[test]
fn contents_must_be_whole() {
    refused(
        zip(&[with(named("a"), |entry| entry.crc32 ^= 1)]),
        &["`a`", "checksum"],
    );
    refused(
        zip(&[with(deflated("a", &[b'x'; 100]), |entry| entry.crc32 ^= 1)]),
        &["`a`", "checksum"],
    );
    refused(
        zip(&[with(deflated("a", &[b'x'; 100]), |entry| {
            entry.stream.fill(0xff);
        })]),
        &["`a`", "broken"],
    );
}

#[test]
fn bombs_are_refused_before_they_go_off() {
    let bomb = zip(&[
        deflated("a", &vec![0; 3_000_000]),
        deflated("b", &vec![0; 3_000_000]),
    ]);
    let options = OpenOptions {
        unzipped_at_most_bytes: 5_000_000,
        ..OpenOptions::default()
    };
    let error = open_with(bomb.clone(), &options).unwrap_err();
    assert_eq!(
        error.to_string(),
        "unzips to more than 5000000 bytes: `x.zip`"
    );
    assert!(open(bomb).is_ok());
}

#[test]
fn what_is_no_zip_is_named() {
    refused(b"hello".to_vec(), &["neither a folder nor a zip"]);
    refused(Vec::new(), &["neither a folder nor a zip"]);
    refused(
        b"PK\x03\x04 and nothing more".to_vec(),
        &["cannot read the zip"],
    );
}

#[test]
fn a_cut_zip_never_panics() {
    let whole = zip_with(
        &[
            folder("d/"),
            deflated("d/a", &[b'x'; 400]),
            link("l", b"d/a"),
            named("z"),
        ],
        4,
        b"",
        b"comment",
    );
    for bytes in 0..whole.len() {
        let cut = open(whole[..bytes].to_vec()).and_then(|input| read_all(&input));
        assert!(
            cut.is_err(),
            "{bytes} of {} bytes were accepted",
            whole.len()
        );
        let _ = open(whole[bytes..].to_vec()).and_then(|input| read_all(&input));
    }
}

#[test]
fn a_flipped_bit_never_panics() {
    let whole = zip(&[deflated("d/a", &[b'x'; 400]), link("l", b"d/a"), named("z")]);
    for bit in 0..whole.len() * 8 {
        let mut broken = whole.clone();
        broken[bit / 8] ^= 1 << (bit % 8);
        let _ = open(broken).and_then(|input| read_all(&input));
    }
}
