use object::LittleEndian as LE;
use object::elf::{self, ProgramHeader64, SectionFlags, SectionHeader64, SectionType};
use object::pod;
use proptest::prelude::*;

use super::image::Image;
use super::write::put;
use super::{Strength, strip};

/// A section of a file made by [`build`]: loaded ones get a segment of their own.
#[derive(Debug, Clone)]
struct Spec {
    name: &'static str,
    kind: SectionType,
    flags: SectionFlags,
    at: usize,
    bytes: Vec<u8>,
    link: u32,
}

fn spec(
    name: &'static str,
    kind: SectionType,
    flags: SectionFlags,
    at: usize,
    fill: &[u8],
) -> Spec {
    let bytes = fill.to_vec();
    Spec {
        name,
        kind,
        flags,
        at,
        bytes,
        link: 0,
    }
}

fn loaded(name: &'static str, at: usize, byte: u8) -> Spec {
    spec(name, elf::SHT_PROGBITS, elf::SHF_ALLOC, at, &[byte; 0x40])
}

fn plain(name: &'static str, at: usize, size: usize) -> Spec {
    spec(
        name,
        elf::SHT_PROGBITS,
        SectionFlags(0),
        at,
        &vec![b'd'; size],
    )
}

/// What gcc makes, in small.
fn usual() -> Vec<Spec> {
    vec![
        loaded(".text", 0x1000, 1),
        loaded(".data", 0x2010, 2),
        plain(".comment", 0x2050, 16),
        plain(".debug_info", 0x2060, 0x3000),
        spec(
            ".symtab",
            elf::SHT_SYMTAB,
            SectionFlags(0),
            0x5060,
            &[3; 0x2000],
        ),
        spec(
            ".strtab",
            elf::SHT_STRTAB,
            SectionFlags(0),
            0x7060,
            &[4; 0x1000],
        ),
    ]
}

/// The same after patchelf: a segment behind the symbols.
fn patched() -> Vec<Spec> {
    let mut specs = usual();
    specs.push(loaded(".dynstr", 0xa000, 5));
    specs
}

fn build(specs: &[Spec]) -> Vec<u8> {
    let mut names = b"\0".to_vec();
    let mut sections = vec![[0_u8; 64].to_vec()];
    let mut segments = segment(elf::PT_LOAD, 0, 0x400);
    segments.extend(segment(elf::PT_GNU_STACK, 0, 0));
    let mut file = vec![0; 0x1000];
    let text = specs
        .iter()
        .map(|spec| format!("{}\0", spec.name))
        .collect::<String>()
        + ".shstrtab\0";
    let end = specs
        .iter()
        .map(|spec| spec.at + spec.bytes.len())
        .max()
        .unwrap()
        .max(0x1000);
    let names_section = spec(
        ".shstrtab",
        elf::SHT_STRTAB,
        SectionFlags(0),
        end,
        format!("\0{text}").as_bytes(),
    );
    for spec in specs.iter().chain([&names_section]) {
        sections.push(section(spec, names.len()));
        names.extend(format!("{}\0", spec.name).as_bytes());
        if spec.flags.contains(elf::SHF_ALLOC) {
            segments.extend(segment(elf::PT_LOAD, spec.at, spec.bytes.len()));
        }
        if spec.kind != elf::SHT_NOBITS {
            file.resize(file.len().max(spec.at + spec.bytes.len()), 0);
            put(&mut file, spec.at, &spec.bytes).unwrap();
        }
    }
    file.resize(file.len().next_multiple_of(8), 0);
    let header = header(file.len(), segments.len() / 56, sections.len());
    put(&mut file, 0, &header).unwrap();
    put(&mut file, 64, &segments).unwrap();
    file.extend(sections.concat());
    file
}

/// Source: System V ABI, "ELF Header".
fn header(section_headers: usize, segment_count: usize, section_count: usize) -> Vec<u8> {
    let mut header = b"\x7fELF\x02\x01\x01".to_vec();
    header.resize(64, 0);
    let mut set = |at: usize, value: usize, size: usize| {
        put(&mut header, at, &value.to_le_bytes()[..size]).unwrap();
    };
    set(16, 3, 2); // ET_DYN
    set(18, 62, 2); // x86-64
    set(20, 1, 4);
    set(32, 64, 8);
    set(40, section_headers, 8);
    for (number, value) in [64, 56, segment_count, 64, section_count, section_count - 1]
        .into_iter()
        .enumerate()
    {
        set(52 + 2 * number, value, 2);
    }
    header
}

fn segment(kind: elf::ProgramType, at: usize, size: usize) -> Vec<u8> {
    let mut segment: ProgramHeader64<LE> = *pod::from_bytes(&[0; 56]).unwrap().0;
    segment.p_type.set(LE, kind);
    segment.p_offset.set(LE, at as u64);
    segment.p_vaddr.set(LE, at as u64 + 0x10_0000);
    segment.p_filesz.set(LE, size as u64);
    segment.p_memsz.set(LE, size as u64);
    segment.p_align.set(LE, 0x1000);
    pod::bytes_of(&segment).to_vec()
}

fn section(spec: &Spec, name: usize) -> Vec<u8> {
    let mut section: SectionHeader64<LE> = *pod::from_bytes(&[0; 64]).unwrap().0;
    section.sh_name.set(LE, u32::try_from(name).unwrap());
    section.sh_type.set(LE, spec.kind);
    section.sh_flags.set(LE, spec.flags);
    section.sh_offset.set(LE, spec.at as u64);
    section.sh_size.set(LE, spec.bytes.len() as u64);
    section.sh_link.set(LE, spec.link);
    section.sh_addralign.set(LE, 8);
    pod::bytes_of(&section).to_vec()
}

fn names(file: &[u8]) -> Vec<String> {
    let image = Image::parse(file).unwrap();
    let name =
        |section: &super::image::Section<'_>| String::from_utf8_lossy(section.name).into_owned();
    image.sections.iter().map(name).collect()
}

fn offsets(file: &[u8]) -> Vec<u64> {
    let image = Image::parse(file).unwrap();
    image
        .segments
        .iter()
        .map(|segment| segment.p_offset.get(LE))
        .collect()
}

fn refused(specs: &[Spec]) {
    assert_eq!(strip(&build(specs), Strength::Symbols), None);
}

#[test]
fn symbols_and_debug_sections_go() {
    let stripped = strip(&build(&usual()), Strength::Symbols).unwrap();
    assert_eq!(
        names(&stripped),
        ["", ".text", ".data", ".comment", ".shstrtab"]
    );
    assert_eq!(offsets(&stripped), [0, 0, 0x1000, 0x2010]);
    assert!(stripped.len() < 0x2300);
}

#[test]
fn debug_sections_leave_an_empty_row_so_that_symbols_keep_their_sections() {
    let file = build(&usual());
    let stripped = strip(&file, Strength::Debug).unwrap();
    assert_eq!(
        names(&stripped),
        [
            "",
            ".text",
            ".data",
            ".comment",
            "",
            ".symtab",
            ".strtab",
            ".shstrtab"
        ]
    );
    let both = strip(&stripped, Strength::Symbols).unwrap();
    assert_eq!(Some(both), strip(&file, Strength::Symbols));
}

#[test]
fn segments_behind_the_symbols_move_by_whole_pages() {
    let stripped = strip(&build(&patched()), Strength::Symbols).unwrap();
    assert_eq!(offsets(&stripped), [0, 0, 0x1000, 0x2010, 0x3000]);
    assert_eq!(stripped[0x3000..0x3040], [5; 0x40]);
    assert_eq!(
        names(&stripped),
        [
            "",
            ".text",
            ".data",
            ".comment",
            "",
            "",
            "",
            ".dynstr",
            ".shstrtab"
        ]
    );
}

#[test]
fn a_segment_that_claims_a_small_alignment_moves_by_pages_too() {
    let mut file = build(&patched());
    let last = 64 + 4 * size_of::<ProgramHeader64<LE>>();
    put(&mut file, last + 48, &8_u64.to_le_bytes()).unwrap();
    let stripped = strip(&file, Strength::Symbols).unwrap();
    assert_eq!(offsets(&stripped), [0, 0, 0x1000, 0x2010, 0x3000]);
}

#[test]
fn an_alignment_that_is_no_power_of_two_keeps_the_file() {
    let mut file = build(&patched());
    let last = 64 + 4 * size_of::<ProgramHeader64<LE>>();
    put(&mut file, last + 48, &3_u64.to_le_bytes()).unwrap();
    assert_eq!(strip(&file, Strength::Symbols), None);
}

#[test]
fn program_headers_that_would_move_away_from_the_first_segment_keep_the_file() {
    let mut file = build(&patched());
    let table = segment(elf::PT_LOAD, 0, 0x400);
    put(&mut file, 32, &0xa000_u64.to_le_bytes()).unwrap();
    put(&mut file, 56, &1_u16.to_le_bytes()).unwrap();
    put(&mut file, 64, &[0; 5 * 56]).unwrap();
    put(&mut file, 0xa000, &table).unwrap();
    assert!(Image::parse(&file).is_some());
    assert_eq!(strip(&file, Strength::Symbols), None);
}

#[test]
fn strips_once() {
    for strength in [Strength::Debug, Strength::Symbols] {
        let stripped = strip(&build(&patched()), strength).unwrap();
        assert_eq!(strip(&stripped, strength), None);
    }
    refused(&usual()[..3]);
}

#[test]
fn payloads_keep_the_file() {
    let file = build(&usual());
    for payload in [b"PK\x03\x04".as_slice(), &[0; 65]] {
        assert_eq!(strip(&[&file, payload].concat(), Strength::Symbols), None);
    }
    assert!(strip(&[&file, [0; 8].as_slice()].concat(), Strength::Symbols).is_some());

    let mut hidden = build(&patched());
    hidden[0x9000..0x9004].copy_from_slice(b"data");
    assert_eq!(strip(&hidden, Strength::Symbols), None);
}

#[test]
fn a_section_table_that_patchelf_left_is_not_a_payload() {
    let mut file = build(&patched());
    let row = section(&loaded(".text", 0x1000, 1), 1);
    file[0x9000..0x9040].copy_from_slice(&row);
    assert!(strip(&file, Strength::Symbols).is_some());
}

#[test]
fn unknown_sections_keep_the_file() {
    let with = |spec: Spec| [usual(), vec![spec]].concat();
    refused(&with(plain(".payload", 0x9000, 16)));
    refused(&with(plain(".upd_info", 0x9000, 16)));
    // Debug information in a file of its own: the code has no bytes.
    let code = elf::SHF_ALLOC | elf::SHF_EXECINSTR;
    refused(&with(spec(".init", elf::SHT_NOBITS, code, 0x9000, b"")));
}

#[test]
fn known_sections_stay_with_their_bytes() {
    let audit = [usual(), vec![plain(".dep-v0", 0x9000, 16)]].concat();
    let stripped = strip(&build(&audit), Strength::Symbols).unwrap();
    assert!(names(&stripped).contains(&".dep-v0".to_owned()));
    let note = spec(
        ".note.stapsdt",
        elf::SHT_NOTE,
        SectionFlags(0),
        0x9000,
        b"probe",
    );
    let stripped = strip(&build(&[usual(), vec![note]].concat()), Strength::Symbols).unwrap();
    assert!(stripped.windows(5).any(|bytes| bytes == b"probe"));
}

#[test]
fn a_section_that_needs_the_symbols_keeps_the_file() {
    let mut specs = usual();
    specs[0].link = 5;
    refused(&specs);
}

#[test]
fn objects_archives_other_machines_and_files_without_sections_stay() {
    let change = |at: usize, bytes: &[u8]| {
        let mut file = build(&usual());
        put(&mut file, at, bytes).unwrap();
        assert_eq!(strip(&file, Strength::Symbols), None, "{at}");
    };
    change(16, &[1]); // ET_REL: objects and kernel modules
    change(16, &[4]); // ET_CORE
    change(4, &[1]); // 32 bits
    change(5, &[2]); // big-endian
    change(18, &[40]); // Arm, 32 bits
    change(60, &[0, 0]); // no section table, as after UPX
    change(40, &[0xff; 8]);
    change(32, &[0xff; 8]);
    assert_eq!(strip(b"!<arch>\n", Strength::Symbols), None);
    let mut file = build(&usual());
    put(&mut file, 18, &[183]).unwrap(); // aarch64
    assert!(strip(&file, Strength::Symbols).is_some());
}

#[test]
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
fn this_test_program_still_runs() {
    let original = fs_err::read(std::env::current_exe().unwrap()).unwrap();
    for strength in [Strength::Debug, Strength::Symbols] {
        let Some(stripped) = strip(&original, strength) else {
            // A profile without debug information or symbols.
            continue;
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stripped");
        // A copy brings the rights along.
        fs_err::copy(std::env::current_exe().unwrap(), &path).unwrap();
        fs_err::write(&path, stripped).unwrap();
        let output = std::process::Command::new(&path)
            .arg("--list")
            .output()
            .unwrap();
        assert!(output.status.success());
        assert!(String::from_utf8_lossy(&output.stdout).contains("this_test_program_still_runs"));
    }
}

/// Whatever comes in, a result is smaller, reads back, and has nothing left to take.
fn check(file: &[u8]) -> Result<(), TestCaseError> {
    for strength in [Strength::Debug, Strength::Symbols] {
        if let Some(stripped) = strip(file, strength) {
            prop_assert!(stripped.len() < file.len());
            prop_assert!(Image::parse(&stripped).is_some());
            prop_assert_eq!(strip(&stripped, strength), None);
            let segments = |file: &[u8]| {
                let image = Image::parse(file).unwrap();
                let pages = image
                    .segments
                    .iter()
                    .map(|segment| segment.p_offset.get(LE) % segment.p_align.get(LE).max(1));
                pages.collect::<Vec<_>>()
            };
            prop_assert_eq!(segments(file), segments(&stripped));
        }
    }
    Ok(())
}

/// Changes that hit the tables of a built file more often than not.
fn changes(length: usize) -> impl Strategy<Value = Vec<(usize, Vec<u8>)>> {
    let tables = prop_oneof![0..0x180_usize, length - 700..length, 0..length];
    let odd = prop_oneof![
        any::<u8>().prop_map(|byte| vec![byte]),
        any::<u16>().prop_map(|value| (u64::from(value)).to_le_bytes().to_vec()),
        any::<u64>().prop_map(|value| value.to_le_bytes().to_vec()),
        Just(vec![0xff; 8]),
    ];
    prop::collection::vec((tables, odd), 0..4)
}

/// A real program: this one, whose tables a linker wrote. Changes go to its header, its segments or its sections.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
fn real_program() -> &'static [u8] {
    static PROGRAM: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    PROGRAM.get_or_init(|| fs_err::read(std::env::current_exe().unwrap()).unwrap())
}

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_real_programs(changes in changes(real_program().len().min(0x4000)), at_end in any::<bool>()) {
        let mut file = real_program().to_vec();
        let tables = Image::parse(&file).map_or(0, |image| image.header.e_shoff.get(LE) as usize);
        for (at, bytes) in changes {
            let base = if at_end { tables } else { 0 };
            let _ = put(&mut file, base + at, &bytes);
        }
        check(&file)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        check(&bytes)?;
        check(&[b"\x7fELF\x02\x01\x01".as_slice(), &bytes].concat())?;
    }

    #[test]
    fn damaged_files(changes in changes(build(&patched()).len()), cut in prop::option::of(0..0xa000_usize)) {
        let mut file = build(&patched());
        for (at, bytes) in changes {
            // A change may reach over the end; then it is none.
            let _ = put(&mut file, at, &bytes);
        }
        file.truncate(cut.unwrap_or(usize::MAX));
        check(&file)?;
    }

    #[test]
    fn any_layout(sections in prop::collection::vec((0..12_usize, 0..0x900_usize, 0..0x3000_usize), 1..12)) {
        let kinds = [".text", ".data", ".debug_info", ".debug_str", ".symtab", ".strtab", ".comment", ".note", ".rodata", ".got", ".debug_line", ".dep-v0"];
        let mut at = 0x1000;
        let mut specs = Vec::new();
        for (kind, size, gap) in sections {
            at += gap;
            specs.push(if kind < 2 || (8..10).contains(&kind) { loaded(kinds[kind], at, 7) } else { plain(kinds[kind], at, size) });
            at += size.max(0x40);
        }
        check(&build(&specs))?;
    }
}
