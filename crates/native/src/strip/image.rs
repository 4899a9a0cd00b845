//! An ELF file of which every byte is accounted for.

use std::ops::Range;

use lambda_slim_rulepack::Format;
use object::LittleEndian as LE;
use object::elf::{self, FileHeader64, ProgramHeader64, SectionHeader64};
use object::pod::{self, Pod};

use super::Fate;
use super::layout::Extent;

pub(super) type Header = FileHeader64<LE>;
pub(super) type Segment = ProgramHeader64<LE>;
pub(super) type SectionHeader = SectionHeader64<LE>;

/// Offsets in here were checked once: all parts lie inside `bytes`.
pub(super) struct Image<'data> {
    pub(super) bytes: &'data [u8],
    pub(super) header: &'data Header,
    pub(super) segments: &'data [Segment],
    pub(super) sections: Vec<Section<'data>>,
    /// The section that holds the names of sections.
    pub(super) names: usize,
}

pub(super) struct Section<'data> {
    pub(super) header: &'data SectionHeader,
    pub(super) name: &'data [u8],
}

impl<'data> Image<'data> {
    pub(super) fn parse(bytes: &'data [u8]) -> Option<Self> {
        let header = read::<Header>(bytes, 0, 1)?.first()?;
        if !is_program(bytes, header) {
            return None;
        }
        let program_headers = offset(header.e_phoff.get(LE))?;
        let segments = read(bytes, program_headers, header.e_phnum.get(LE).into())?;
        if !segments.iter().all(has_sane_alignment) {
            return None;
        }
        let names = header.e_shstrndx.get(LE).index()?.into();
        let section_headers = offset(header.e_shoff.get(LE))?;
        let count = header.e_shnum.get(LE).into();
        let sections = named(bytes, read(bytes, section_headers, count)?, names)?;
        let image = Image {
            bytes,
            header,
            segments,
            sections,
            names,
        };
        image.accounts_for_all_bytes()?.then_some(image)
    }

    /// What must be in the file if these sections stay.
    pub(super) fn extents(&self, fates: &[Fate]) -> Option<Vec<Extent>> {
        let header = Extent::new(0..size_of::<Header>(), 1);
        let mut extents = vec![header?, Extent::new(self.program_headers()?, 8)?];
        for segment in self.segments {
            extents.push(segment_extent(segment)?);
        }
        for (section, fate) in self.sections.iter().zip(fates) {
            if *fate == Fate::Stays && !section.is_null() {
                extents.push(section.extent()?);
            }
        }
        Some(extents)
    }

    pub(super) fn program_headers(&self) -> Option<Range<usize>> {
        range(
            self.header.e_phoff.get(LE),
            size_of_val(self.segments) as u64,
        )
    }

    fn section_headers(&self) -> Option<Range<usize>> {
        let bytes = self.sections.len() * size_of::<SectionHeader>();
        range(self.header.e_shoff.get(LE), bytes as u64)
    }

    /// Whether nothing lies between or behind the parts that the headers name. Self-extracting programs (PyInstaller,
    /// `deno compile`, AppImage, .NET single files) carry their payload there and find it by its distance to the end.
    fn accounts_for_all_bytes(&self) -> Option<bool> {
        /// patchelf leaves up to 8 zeros at the end. More could be a place that somebody fills in later.
        const SPARE_BYTES: usize = 64;
        let all = vec![Fate::Stays; self.sections.len()];
        let mut parts = self.extents(&all)?;
        parts.push(Extent::new(self.section_headers()?, 1)?);
        parts.sort_by_key(|part| part.start);
        let mut end = 0;
        for part in parts {
            if part.start > end && !self.is_leftover(end..part.start)? {
                return Some(false);
            }
            end = end.max(part.end);
        }
        let rest = self.bytes.get(end..)?;
        Some(rest.len() <= SPARE_BYTES && is_zero(rest))
    }

    /// Padding, or the section table that patchelf left behind when it wrote a new one elsewhere.
    fn is_leftover(&self, gap: Range<usize>) -> Option<bool> {
        let bytes = self.bytes.get(gap.clone())?;
        let Some(first) = bytes.iter().position(|byte| *byte != 0) else {
            return Some(true);
        };
        let last = bytes.iter().rposition(|byte| *byte != 0)?;
        let rows = (last + 1 - first).div_ceil(size_of::<SectionHeader>());
        let Some(rows) = read::<SectionHeader>(self.bytes, gap.start + first, rows) else {
            return Some(false);
        };
        let starts_aligned = (gap.start + first).is_multiple_of(8);
        Some(starts_aligned && rows.iter().all(|row| self.was_a_section(row)))
    }

    fn was_a_section(&self, row: &SectionHeader) -> bool {
        let in_file = |value: u64| value <= self.bytes.len() as u64;
        let no_bytes = row.sh_type.get(LE) == elf::SHT_NOBITS;
        in_file(row.sh_offset.get(LE))
            && (no_bytes || in_file(row.sh_size.get(LE)))
            && in_file(row.sh_entsize.get(LE))
            && u64::from(row.sh_name.get(LE)) < self.bytes.len() as u64
            && (row.sh_link.get(LE) as usize) < self.sections.len()
    }
}

impl Section<'_> {
    pub(super) fn is_null(&self) -> bool {
        self.header.sh_type.get(LE) == elf::SHT_NULL
    }

    pub(super) fn is_loaded(&self) -> bool {
        self.header.sh_flags.get(LE).contains(elf::SHF_ALLOC)
    }

    /// A section without bytes, such as `.bss`, has a place in the file all the same: its `sh_offset`.
    pub(super) fn extent(&self) -> Option<Extent> {
        let has_bytes = self.header.sh_type.get(LE) != elf::SHT_NOBITS;
        let size = if has_bytes {
            self.header.sh_size.get(LE)
        } else {
            0
        };
        // Where a loaded section lies in its page is up to the segment around it.
        let align = if self.is_loaded() {
            1
        } else {
            self.header.sh_addralign.get(LE)
        };
        Extent::new(range(self.header.sh_offset.get(LE), size)?, align)
    }
}

pub(super) fn segment_extent(segment: &Segment) -> Option<Extent> {
    let bytes = range(segment.p_offset.get(LE), segment.p_filesz.get(LE))?;
    Extent::new(bytes, page_bytes(segment))
}

/// Source: System V ABI, "Program Header": a power of two, or 0 and 1 for none.
fn has_sane_alignment(segment: &Segment) -> bool {
    let align = segment.p_align.get(LE);
    align == 0 || align.is_power_of_two()
}

/// The unit in which a segment may move: its alignment, and for what gets mapped at least a page, because linkers can
/// be told to write less (`-N`) and the kernel maps pages all the same.
pub(super) fn page_bytes(segment: &Segment) -> u64 {
    const SMALLEST_PAGE: u64 = 4096;
    let align = segment.p_align.get(LE).max(1);
    if segment.p_type.get(LE) == elf::PT_LOAD {
        align.max(SMALLEST_PAGE)
    } else {
        align
    }
}

pub(super) fn offset(value: u64) -> Option<usize> {
    usize::try_from(value).ok()
}

fn range(start: u64, size: u64) -> Option<Range<usize>> {
    Some(offset(start)?..offset(start.checked_add(size)?)?)
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

/// Executables and libraries with headers of the common sizes. Objects and kernel modules (`ET_REL`) need their
/// symbols; UPX and `sstrip` leave no section table, so nothing says what may go.
fn is_program(bytes: &[u8], header: &Header) -> bool {
    let for_lambda = matches!(
        crate::format(bytes),
        Some(Format::ElfX86_64 | Format::ElfArm64)
    );
    let sizes = [
        header.e_ehsize.get(LE),
        header.e_phentsize.get(LE),
        header.e_shentsize.get(LE),
    ];
    for_lambda
        && matches!(header.e_type.get(LE), elf::ET_EXEC | elf::ET_DYN)
        && sizes == [64, 56, 64]
        && header.e_phoff.get(LE) >= 64
        && (1..elf::PN_XNUM).contains(&header.e_phnum.get(LE))
        && header.e_shnum.get(LE) > 0
}

/// `object` reads without regard to alignment and never beyond the end.
fn read<T: Pod>(bytes: &[u8], start: usize, count: usize) -> Option<&[T]> {
    let (rows, _) = pod::slice_from_bytes(bytes.get(start..)?, count).ok()?;
    Some(rows)
}

fn named<'data>(
    bytes: &'data [u8],
    headers: &'data [SectionHeader],
    names: usize,
) -> Option<Vec<Section<'data>>> {
    let section = |header| Section { header, name: &[] };
    let mut sections: Vec<_> = headers.iter().map(section).collect();
    let text = sections.get(names)?.extent()?.of(bytes)?;
    for section in &mut sections {
        section.name = name(text, section.header)?;
        if !section.is_null() {
            section.extent()?.of(bytes)?;
        }
    }
    Some(sections)
}

fn name<'data>(text: &'data [u8], header: &SectionHeader) -> Option<&'data [u8]> {
    /// Without a limit, many sections with one endless name would take hours.
    const LONGEST: usize = 255;
    let from = text.get(header.sh_name.get(LE) as usize..)?;
    let length = from.iter().take(LONGEST).position(|byte| *byte == 0)?;
    from.get(..length)
}
