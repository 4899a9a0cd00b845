//! Whether a stripped file is the same program. It trusts nothing that made the file: both were read anew.

use object::LittleEndian as LE;
use object::elf::{self, SymbolSection};
use object::pod;

use super::Fate;
use super::image::{Header, Image, Section, SectionHeader, Segment, page_bytes, segment_extent};
use super::write::put;

/// Compares all that a kernel, a loader or a reader of sections can see.
pub(super) fn is_same_program(
    before: &Image<'_>,
    after: &Image<'_>,
    fates: &[Fate],
) -> Option<bool> {
    let bytes_before = without_offsets(before)?;
    let bytes_after = without_offsets(after)?;
    let same = bytes_before.get(..size_of::<Header>()) == bytes_after.get(..size_of::<Header>())
        && same_segments(before, after, &bytes_before, &bytes_after)?
        && program_headers_are_found(before, after)?
        && same_sections(before, after, fates, [&bytes_before, &bytes_after])?;
    Some(same)
}

/// The file with zeros in the only fields that may change: four in its header, one in each program header. Both lie in
/// a segment themselves, as a rule.
fn without_offsets(image: &Image<'_>) -> Option<Vec<u8>> {
    let mut bytes = image.bytes.to_vec();
    let mut header = *image.header;
    header.e_phoff.set(LE, 0);
    header.e_shoff.set(LE, 0);
    header.e_shnum.set(LE, 0);
    header.e_shstrndx.set(LE, SymbolSection(0));
    put(&mut bytes, 0, pod::bytes_of(&header))?;
    let segments: Vec<Segment> = image.segments.iter().map(segment_without_offset).collect();
    let start = image.program_headers()?.start;
    put(&mut bytes, start, pod::bytes_of_slice(&segments))?;
    Some(bytes)
}

fn segment_without_offset(segment: &Segment) -> Segment {
    let mut segment = *segment;
    segment.p_offset.set(LE, 0);
    segment
}

fn same_segments(
    before: &Image<'_>,
    after: &Image<'_>,
    bytes_before: &[u8],
    bytes_after: &[u8],
) -> Option<bool> {
    if before.segments.len() != after.segments.len() {
        return Some(false);
    }
    for (old, new) in before.segments.iter().zip(after.segments) {
        let [bare_old, bare_new] = [old, new].map(segment_without_offset);
        let same_header = pod::bytes_of(&bare_old) == pod::bytes_of(&bare_new);
        let same_bytes =
            segment_extent(old)?.of(bytes_before)? == segment_extent(new)?.of(bytes_after)?;
        if !(same_header && same_bytes && keeps_its_page(old, new)) {
            return Some(false);
        }
    }
    Some(true)
}

/// `p_vaddr` is the same in both, so the offset must be as far into its page as before.
fn keeps_its_page(old: &Segment, new: &Segment) -> bool {
    let page = page_bytes(old);
    old.p_offset.get(LE) % page == new.p_offset.get(LE) % page
}

/// Kernels before 5.18, Lambda's 5.10 among them, tell a program that its headers lie `e_phoff` behind the first
/// segment (NixOS/patchelf#544), so this distance must not change.
fn program_headers_are_found(before: &Image<'_>, after: &Image<'_>) -> Option<bool> {
    let distance = |image: &Image<'_>| {
        let mut loaded = image
            .segments
            .iter()
            .filter(|segment| segment.p_type.get(LE) == elf::PT_LOAD);
        let first = loaded.next()?.p_offset.get(LE);
        Some(image.header.e_phoff.get(LE).wrapping_sub(first))
    };
    Some(distance(before)? == distance(after)?)
}

fn same_sections(
    before: &Image<'_>,
    after: &Image<'_>,
    fates: &[Fate],
    [bytes_before, bytes_after]: [&[u8]; 2],
) -> Option<bool> {
    for (number, (old, fate)) in before.sections.iter().zip(fates).enumerate() {
        let new = counterpart(before, after, number);
        let same = if *fate == Fate::Stays && !old.is_null() {
            let new = new?;
            same_section_header(old.header, new.header)
                && old.name == new.name
                && old.extent()?.of(bytes_before)? == new.extent()?.of(bytes_after)?
        } else {
            new.is_none_or(Section::is_null)
        };
        if !same {
            return Some(false);
        }
    }
    Some(true)
}

/// The section with the same number; the section of names may have got another.
fn counterpart<'image, 'data>(
    before: &Image<'_>,
    after: &'image Image<'data>,
    number: usize,
) -> Option<&'image Section<'data>> {
    if number == before.names {
        after.sections.get(after.names)
    } else {
        after.sections.get(number).filter(|_| number != after.names)
    }
}

fn same_section_header(old: &SectionHeader, new: &SectionHeader) -> bool {
    let bare = |header: &SectionHeader| {
        let mut header = *header;
        header.sh_offset.set(LE, 0);
        header
    };
    pod::bytes_of(&bare(old)) == pod::bytes_of(&bare(new))
}
