//! The stripped file.

use object::LittleEndian as LE;
use object::elf::SymbolSection;
use object::pod;

use super::Fate;
use super::image::{Image, Section, SectionHeader, offset};
use super::layout::Layout;

/// Copies what stays, puts a new section table behind it, and sets the offsets in the headers.
pub(super) fn write(image: &Image<'_>, fates: &[Fate], layout: &Layout) -> Option<Vec<u8>> {
    let mut file = vec![0; layout.end().next_multiple_of(8)];
    for (old, new) in layout.moves() {
        let kept = image.bytes.get(old)?;
        file.get_mut(new)?.copy_from_slice(kept);
    }
    let rows = rows(image, fates);
    write_headers(&mut file, image, layout, rows.len())?;
    for row in rows {
        match row {
            Some(section) => {
                file.extend_from_slice(pod::bytes_of(&section_header(section, layout)?));
            }
            None => file.extend_from_slice(&[0; size_of::<SectionHeader>()]),
        }
    }
    Some(file)
}

/// The new section table: what goes leaves an empty row, because symbols and sections name sections by their numbers.
/// Empty rows at the end fall away; the section of names, which only the file header names, closes up.
fn rows<'image, 'data>(
    image: &'image Image<'data>,
    fates: &[Fate],
) -> Vec<Option<&'image Section<'data>>> {
    let stays = |(section, fate): (&'image Section<'data>, &Fate)| {
        (*fate == Fate::Stays && !section.is_null()).then_some(section)
    };
    let mut rows: Vec<_> = image.sections.iter().zip(fates).map(stays).collect();
    let names = rows.get_mut(image.names).and_then(Option::take);
    let last = rows.iter().rposition(Option::is_some).unwrap_or(0);
    rows.truncate(last + 1);
    match rows.get_mut(image.names) {
        Some(row) => *row = names,
        None => rows.push(names),
    }
    rows
}

fn section_header(section: &Section<'_>, layout: &Layout) -> Option<SectionHeader> {
    let mut header = *section.header;
    let moved = layout.moved(offset(header.sh_offset.get(LE))?)?;
    header.sh_offset.set(LE, moved as u64);
    Some(header)
}

fn write_headers(
    file: &mut [u8],
    image: &Image<'_>,
    layout: &Layout,
    section_count: usize,
) -> Option<()> {
    let program_headers = layout.moved(image.program_headers()?.start)?;
    let mut header = *image.header;
    header.e_phoff.set(LE, program_headers as u64);
    header.e_shoff.set(LE, file.len() as u64);
    header.e_shnum.set(LE, u16::try_from(section_count).ok()?);
    // Unless a kept section follows it, the section of names is the last one.
    let names = image.names.min(section_count.checked_sub(1)?);
    header
        .e_shstrndx
        .set(LE, SymbolSection(u16::try_from(names).ok()?));
    put(file, 0, pod::bytes_of(&header))?;

    let mut segments = image.segments.to_vec();
    for segment in &mut segments {
        let moved = layout.moved(offset(segment.p_offset.get(LE))?)?;
        segment.p_offset.set(LE, moved as u64);
    }
    put(file, program_headers, pod::bytes_of_slice(&segments))
}

pub(super) fn put(file: &mut [u8], at: usize, bytes: &[u8]) -> Option<()> {
    let end = at.checked_add(bytes.len())?;
    file.get_mut(at..end)?.copy_from_slice(bytes);
    Some(())
}
