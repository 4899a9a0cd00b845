//! Which sections stay.

use object::LittleEndian as LE;
use object::elf;

use super::image::{Image, Section};
use super::{Fate, Strength};

/// What a section is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// It is part of the running program, or a note that tools look up by its name.
    Kept,
    Debug,
    Symbols,
}

/// One fate for each section; `None` if there is nothing to take or a section that we do not know.
pub(super) fn fates(image: &Image<'_>, strength: Strength) -> Option<Vec<Fate>> {
    if is_debug_file(image) {
        return None;
    }
    let fate = |(number, section): (usize, &Section<'_>)| {
        let purpose = if number == image.names {
            Purpose::Kept
        } else {
            purpose(section)?
        };
        Some(fate(purpose, strength))
    };
    let fates: Vec<Fate> = image
        .sections
        .iter()
        .enumerate()
        .map(fate)
        .collect::<Option<_>>()?;
    let something_goes = fates.contains(&Fate::Goes);
    (something_goes && refer_to_kept_only(image, &fates)).then_some(fates)
}

fn fate(purpose: Purpose, strength: Strength) -> Fate {
    match (purpose, strength) {
        (Purpose::Debug, _) | (Purpose::Symbols, Strength::Symbols) => Fate::Goes,
        (Purpose::Kept, _) | (Purpose::Symbols, Strength::Debug) => Fate::Stays,
    }
}

/// By name, as all tools do it. A section that is not loaded and has a name of its own may be the payload of somebody
/// (`.dep-v0` of cargo-auditable is one that we know; Amazon Inspector reads it), so the unknown refuse the whole file.
fn purpose(section: &Section<'_>) -> Option<Purpose> {
    const DEBUG: [&[u8]; 5] = [
        b".debug_",
        b".zdebug_",
        b".rela.debug_",
        b".stab",
        b".gdb_index",
    ];
    // `.gnu_debugdata` is a compressed `.symtab` for debuggers.
    const SYMBOLS: [&[u8]; 4] = [b".symtab", b".symtab_shndx", b".strtab", b".gnu_debugdata"];
    const KEPT: [&[u8]; 4] = [
        b".comment",
        b".gnu_debuglink",
        b".gnu_debugaltlink",
        b".dep-v0",
    ];
    let name = section.name;
    let is_note = section.header.sh_type.get(LE) == elf::SHT_NOTE;
    if section.is_null() || section.is_loaded() || is_note || KEPT.contains(&name) {
        Some(Purpose::Kept)
    } else if DEBUG.iter().any(|prefix| name.starts_with(prefix)) {
        Some(Purpose::Debug)
    } else if SYMBOLS.contains(&name) {
        Some(Purpose::Symbols)
    } else {
        name.starts_with(b".annobin.").then_some(Purpose::Kept)
    }
}

/// `objcopy --only-keep-debug` makes a file of debug information alone: its code has a size but no bytes.
fn is_debug_file(image: &Image<'_>) -> bool {
    image.sections.iter().any(|section| {
        let flags = section.header.sh_flags.get(LE);
        let has_bytes = section.header.sh_type.get(LE) != elf::SHT_NOBITS;
        flags.contains(elf::SHF_EXECINSTR) && !has_bytes
    })
}

/// Sections keep their numbers, but a kept one must not speak of one that went; a linker's `--emit-relocs` makes such.
fn refer_to_kept_only(image: &Image<'_>, fates: &[Fate]) -> bool {
    let mut kept = (image.sections.iter().zip(fates)).filter(|(_, fate)| **fate == Fate::Stays);
    kept.all(|(section, _)| {
        let mut numbers = references(section).into_iter().flatten();
        numbers.all(|number| number != image.names && fates.get(number) == Some(&Fate::Stays))
    })
}

/// The numbers of other sections in a section header. Source: System V ABI, "sh_link and sh_info Interpretation".
fn references(section: &Section<'_>) -> [Option<usize>; 2] {
    let header = section.header;
    let kind = header.sh_type.get(LE);
    let info_is_section = header.sh_flags.get(LE).contains(elf::SHF_INFO_LINK)
        || matches!(kind, elf::SHT_REL | elf::SHT_RELA);
    let link = header.sh_link.get(LE) as usize;
    let info = header.sh_info.get(LE) as usize;
    [
        (link != 0).then_some(link),
        (info_is_section && info != 0).then_some(info),
    ]
}
