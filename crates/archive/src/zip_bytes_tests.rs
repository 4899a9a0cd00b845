//! The bytes that [`ZipSink`](crate::ZipSink) writes, read by hand and by other programs.

use std::num::NonZeroUsize;
use std::path::Path;
use std::process::Command;

use lambda_slim_package::{EntryPath, FileMode};

use crate::*;

const UNIX: u8 = 3;

fn path(text: &str) -> EntryPath {
    EntryPath::new(text).unwrap()
}

/// A file whose contents are its name, so often that it deflates.
fn file(name: &str, mode: FileMode) -> ReadyEntry {
    let contents = name.repeat(50).into_bytes();
    ReadyEntry::file(
        path(name),
        mode,
        contents,
        &mut Compressor::new(Compression::Default),
    )
}

fn sample() -> Vec<ReadyEntry> {
    vec![
        file("bin/run", FileMode::Executable),
        file("empty", FileMode::Regular),
        ReadyEntry::symlink(path("lib/a.so"), "a.so.1"),
        file("lib/a.so.1", FileMode::Regular),
        file("ä/日本.txt", FileMode::Regular),
    ]
}

fn write(folder: &Path, entries: &[ReadyEntry]) -> WrittenZip {
    write_at(folder, entries, ZipTime::default())
}

fn write_at(folder: &Path, entries: &[ReadyEntry], time: ZipTime) -> WrittenZip {
    let mut sink = ZipSink::create_with(&folder.join("out.zip"), time).unwrap();
    entries.iter().for_each(|entry| sink.accept(entry).unwrap());
    sink.finish().unwrap()
}

/// Reads a zip from its first byte to its last.
struct Hand<'a>(&'a [u8]);

impl<'a> Hand<'a> {
    fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (part, rest) = self.0.split_at(count);
        self.0 = rest;
        part
    }

    fn word(&mut self) -> u16 {
        u16::from_le_bytes(self.bytes(2).try_into().unwrap())
    }

    fn long(&mut self) -> u32 {
        u32::from_le_bytes(self.bytes(4).try_into().unwrap())
    }

    fn expect(&mut self, what: &str, expected: &[u8]) {
        assert_eq!(self.bytes(expected.len()), expected, "{what}");
    }

    /// What both headers have in common; gives the length of the name.
    fn common(&mut self, entry: &ReadyEntry, time: (u16, u16)) {
        let (version, method) = match entry.method {
            Method::Stored => (10, 0),
            Method::Deflated => (20, 8),
        };
        let name = entry.path.as_str();
        let flags = if name.is_ascii() { 0 } else { 1 << 11 };
        assert_eq!(self.word(), version, "version needed");
        assert_eq!(self.word(), flags, "flags of {name}");
        assert_eq!(self.word(), method, "method of {name}");
        assert_eq!((self.word(), self.word()), time, "time");
        assert_eq!(self.long(), entry.crc32);
        assert_eq!(self.long() as usize, entry.stream.len());
        assert_eq!(u64::from(self.long()), entry.size_bytes);
        assert_eq!(usize::from(self.word()), name.len());
        assert_eq!(self.word(), 0, "extra field");
    }
}

/// Every byte of the zip is as it must be.
fn check_bytes(zip: &[u8], entries: &[ReadyEntry], time: (u16, u16)) {
    let mut hand = Hand(zip);
    let mut offsets = Vec::new();
    for entry in entries {
        offsets.push(zip.len() - hand.0.len());
        hand.expect("local header", b"PK\x03\x04");
        hand.common(entry, time);
        hand.expect("name", entry.path.as_str().as_bytes());
        hand.expect("stream", &entry.stream);
    }
    let list_start = zip.len() - hand.0.len();
    for (entry, offset) in entries.iter().zip(offsets) {
        hand.expect("record", b"PK\x01\x02");
        let version = if entry.method == Method::Stored {
            10
        } else {
            20
        };
        hand.expect("made by", &[version, UNIX]);
        hand.common(entry, time);
        hand.expect("no comment, disk 0, no internal attributes", &[0; 6]);
        let mode = match entry.kind {
            ReadyKind::Symlink => 0o120_777,
            ReadyKind::File(FileMode::Executable) => 0o100_755,
            ReadyKind::File(FileMode::Regular) => 0o100_644,
        };
        assert_eq!(hand.long(), mode << 16, "mode");
        assert_eq!(hand.long() as usize, offset);
        hand.expect("name", entry.path.as_str().as_bytes());
    }
    let list_bytes = zip.len() - hand.0.len() - list_start;
    check_end(hand, entries.len(), list_start, list_bytes);
}

fn check_end(mut hand: Hand<'_>, entries: usize, list_start: usize, list_bytes: usize) {
    if entries > 65_535 {
        hand.expect("zip64 end record", b"PK\x06\x06");
        hand.bytes(8 + 2 + 2 + 4 + 4 + 8);
        hand.expect("entries", &(entries as u64).to_le_bytes());
        hand.expect("list", &(list_bytes as u64).to_le_bytes());
        hand.expect("start", &(list_start as u64).to_le_bytes());
        hand.expect("locator", b"PK\x06\x07");
        hand.bytes(16);
    }
    let shown = u16::try_from(entries).unwrap_or(u16::MAX).to_le_bytes();
    hand.expect("end record", b"PK\x05\x06\0\0\0\0");
    hand.expect("entries on this disk", &shown);
    hand.expect("entries", &shown);
    // The writer gives the size only in the zip64 end record then, as the format allows.
    let shown_bytes = if entries > 65_535 {
        u32::MAX
    } else {
        list_bytes as u32
    };
    assert_eq!(hand.long(), shown_bytes);
    assert_eq!(hand.long() as usize, list_start);
    hand.expect("no comment", &[0; 2]);
    assert!(hand.0.is_empty(), "bytes after the end");
}

fn counted(entries: &[ReadyEntry]) -> CountingSink {
    let mut sink = CountingSink::default();
    entries.iter().for_each(|entry| sink.accept(entry).unwrap());
    sink
}

#[test]
fn every_byte_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let written = write(folder.path(), &sample());
    let zip = fs_err::read(&written.path).unwrap();
    check_bytes(&zip, &sample(), (0, 0x21));
    assert_eq!(written.bytes, zip.len() as u64);
    assert_eq!(counted(&sample()).zip_bytes, written.bytes);
}

#[test]
fn the_time_is_the_one_given() {
    let folder = tempfile::tempdir().unwrap();
    let time = ZipTime::from_unix_seconds(951_827_696);
    let written = write_at(folder.path(), &sample(), time);
    let zip = fs_err::read(&written.path).unwrap();
    let (date, clock) = time.dos();
    check_bytes(&zip, &sample(), (clock, date));
}

#[test]
fn the_empty_zip_is_an_end_record() {
    let folder = tempfile::tempdir().unwrap();
    let written = write(folder.path(), &[]);
    check_bytes(&fs_err::read(&written.path).unwrap(), &[], (0, 0x21));
    assert_eq!(counted(&[]).zip_bytes, 22);
}

#[test]
fn more_entries_than_a_plain_zip_can_count() {
    let folder = tempfile::tempdir().unwrap();
    for count in [65_535, 65_536] {
        let link = |number| ReadyEntry::symlink(path(&format!("{number:06}")), "x");
        let entries: Vec<ReadyEntry> = (0..count).map(link).collect();
        let written = write(folder.path(), &entries);
        let zip = fs_err::read(&written.path).unwrap();
        check_bytes(&zip, &entries, (0, 0x21));
        assert_eq!(counted(&entries).zip_bytes, written.bytes);
    }
    others_read(&folder.path().join("out.zip"), 65_536);
}

#[test]
fn other_programs_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let written = write(folder.path(), &sample());
    others_read(&written.path, 5);
    let script = "import sys, zipfile\nfor i in zipfile.ZipFile(sys.argv[1]).infolist(): \
                  print(i.filename, i.date_time, oct(i.external_attr >> 16), i.create_system, i.extra, i.comment)";
    let Some(text) = run(Command::new("python3")
        .args(["-c", script])
        .arg(&written.path))
    else {
        return;
    };
    let line = |name: &str, mode: &str| format!("{name} (1980, 1, 1, 0, 0, 0) {mode} 3 b'' b''\n");
    let expected = line("bin/run", "0o100755")
        + &line("empty", "0o100644")
        + &line("lib/a.so", "0o120777")
        + &line("lib/a.so.1", "0o100644")
        + &line("ä/日本.txt", "0o100644");
    assert_eq!(text, expected);
}

fn others_read(zip: &Path, entries: usize) {
    let script = "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\n\
                  assert z.testzip() is None\nprint(len(z.infolist()))";
    if let Some(text) = run(Command::new("python3").args(["-c", script]).arg(zip)) {
        assert_eq!(text.trim(), entries.to_string());
    }
    if let Some(text) = run(Command::new("unzip").arg("-tq").arg(zip)) {
        assert!(text.contains("No errors detected"), "{text}");
    }
}

/// What the program prints; `None` when this machine does not have it.
fn run(command: &mut Command) -> Option<String> {
    let output = command.env("PYTHONIOENCODING", "utf-8").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command:?}: {output:?}");
    Some(text)
}

#[test]
fn equal_packages_make_equal_bytes_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let name = |number: usize| format!("{:03}/{}", number, "x".repeat(number % 50 + 1));
    let pack = |threads: usize| {
        let mut sink = ZipSink::create(&folder.path().join("out.zip")).unwrap();
        in_order(
            300,
            NonZeroUsize::new(threads).unwrap(),
            10_000,
            |number| name(number).len() as u64 * 50,
            || Compressor::new(Compression::Default),
            |compressor, number| {
                let contents = name(number).repeat(50).into_bytes();
                let path = path(&name(number));
                Ok(ReadyEntry::file(
                    path,
                    FileMode::Regular,
                    contents,
                    compressor,
                ))
            },
            |_, entry: ReadyEntry| sink.accept(&entry),
        )
        .unwrap();
        sink.finish().unwrap().sha256
    };
    let first = pack(1);
    assert_eq!([pack(1), pack(2), pack(8)], [first; 3]);
}

/// The same on every system; it changes only with libdeflate's version, which is pinned for this reason.
#[test]
fn golden_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let written = write(folder.path(), &sample());
    let hex: String = written
        .sha256
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        hex,
        "4aa19793efcaed8e1d0a3ba62effd7463dd9af9733ec1c7ef7dd47d4f250f6a4"
    );
}

fn names_in(folder: &Path) -> Vec<String> {
    let items = fs_err::read_dir(folder).unwrap();
    let mut names: Vec<String> = items
        .map(|item| item.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_failed_run_leaves_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("out.zip");
    fs_err::write(&target, "old").unwrap();
    let mut broken = file("a", FileMode::Regular);
    broken.crc32 ^= 1;
    let mut sink = ZipSink::create(&target).unwrap();
    let temporary = temporary_files();
    assert!(temporary.iter().any(|path| path.starts_with(folder.path())));
    sink.accept(&broken).unwrap();
    assert!(matches!(sink.finish(), Err(Error::RefusedEntry { .. })));
    drop(ZipSink::create(&target).unwrap());
    assert_eq!(fs_err::read_to_string(&target).unwrap(), "old");
    assert_eq!(names_in(folder.path()), ["out.zip"]);
    let temporary = temporary_files();
    assert!(!temporary.iter().any(|path| path.starts_with(folder.path())));
}

#[test]
fn order_and_size_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = ZipSink::create(&folder.path().join("out.zip")).unwrap();
    sink.accept(&file("b", FileMode::Regular)).unwrap();
    let mut large = file("c", FileMode::Regular);
    large.size_bytes = 1 << 32;
    assert!(matches!(
        sink.accept(&large),
        Err(Error::FileTooLarge { .. })
    ));
    let mut sink = ZipSink::create(&folder.path().join("out.zip")).unwrap();
    sink.accept(&file("b", FileMode::Regular)).unwrap();
    let twice = sink.accept(&file("b", FileMode::Regular));
    assert!(matches!(twice, Err(Error::WriteZip { .. })));
    sink.accept(&file("a", FileMode::Regular)).unwrap();
    assert!(matches!(sink.finish(), Err(Error::OutOfOrder { .. })));
}

#[test]
fn impossible_places_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let create = |target: &Path| ZipSink::create(target).err().unwrap();
    assert!(matches!(create(folder.path()), Error::IsFolder { .. }));
    let missing = folder.path().join("missing/out.zip");
    assert!(matches!(create(&missing), Error::NoFolder { .. }));
    assert!(names_in(folder.path()).is_empty());
}

#[cfg(unix)]
#[test]
fn links_stay_and_permissions_follow_the_umask() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().join("real.zip");
    fs_err::write(&real, "old").unwrap();
    let mode = |path: &Path| fs_err::metadata(path).unwrap().permissions().mode();
    let usual = mode(&real);
    fs_err::os::unix::fs::symlink("real.zip", folder.path().join("out.zip")).unwrap();
    let written = write(folder.path(), &sample());
    assert_eq!(written.path, fs_err::canonicalize(&real).unwrap());
    assert_eq!(names_in(folder.path()), ["out.zip", "real.zip"]);
    assert!(fs_err::read_link(folder.path().join("out.zip")).is_ok());
    assert_eq!(mode(&real), usual);
}
