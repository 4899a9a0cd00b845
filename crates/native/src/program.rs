//! What an ELF file asks of the system that loads it, read the way a loader reads it: through the segments, because
//! the section table may be missing or wrong.

use lambda_slim_engine::Program;
use object::LittleEndian as LE;
use object::elf::{self, FileHeader64, Vernaux, Verneed};
use object::pod::{self, Pod};
use object::read::elf::{Dyn, FileHeader, ProgramHeader, SectionHeader};

type Header = FileHeader64<LE>;
type Segment = elf::ProgramHeader64<LE>;

/// Reads a 64-bit little-endian ELF file; what cannot be read of it is left out.
pub(crate) fn program(file: &[u8]) -> Option<Program> {
    let header = Header::parse(file).ok()?;
    let segments = header.program_headers(LE, file).ok()?;
    let dynamic = Dynamic::read(file, segments).unwrap_or_default();
    Some(Program {
        interpreter: interpreter(file, segments),
        name: dynamic.texts(elf::DT_SONAME).next(),
        needs: dynamic.texts(elf::DT_NEEDED).collect(),
        versions: dynamic.versions(),
        debug_bytes: debug_bytes(file, header).unwrap_or(0),
        unpacks_itself: has_upx_mark(file, segments),
    })
}

fn interpreter(file: &[u8], segments: &[Segment]) -> Option<String> {
    let found = segments
        .iter()
        .find_map(|segment| segment.interpreter(LE, file).ok().flatten())?;
    Some(String::from_utf8_lossy(found).into_owned())
}

fn debug_bytes(file: &[u8], header: &Header) -> Option<u64> {
    let sections = header.sections(LE, file).ok()?;
    let is_debug = |section: &&elf::SectionHeader64<LE>| {
        sections
            .section_name(LE, section)
            .is_ok_and(|name| name.starts_with(b".debug_") || name.starts_with(b".zdebug_"))
    };
    let debug = sections.iter().filter(is_debug);
    Some(debug.map(|section| section.sh_size(LE)).sum())
}

/// UPX writes its mark behind the program headers, and drops the section table.
/// Source: <https://github.com/upx/upx/blob/devel/src/stub/src/include/header.S>.
fn has_upx_mark(file: &[u8], segments: &[Segment]) -> bool {
    const MARK: &[u8] = b"UPX!";
    const SEARCHED_BYTES: usize = 256;
    let start = size_of::<Header>() + size_of_val(segments);
    let end = file.len().min(start + SEARCHED_BYTES);
    let searched = file.get(start..end).unwrap_or_default();
    searched.windows(MARK.len()).any(|bytes| bytes == MARK)
}

/// More than any real file has; a hostile one could make its lists overlap.
const MOST_VERSIONS: usize = 4096;

/// The table that tells the loader what to do.
#[derive(Default)]
struct Dynamic<'data> {
    rows: Vec<(elf::DynamicTag, u64)>,
    strings: &'data [u8],
    /// From the first record of needed versions to the end of its segment.
    needed_versions: &'data [u8],
}

impl<'data> Dynamic<'data> {
    fn read(file: &'data [u8], segments: &[Segment]) -> Option<Self> {
        let table = segments
            .iter()
            .find_map(|segment| segment.dynamic(LE, file).ok().flatten())?;
        let rows = table.iter().map(|row| (row.d_tag(LE), row.d_val(LE)));
        let rows: Vec<_> = rows.take_while(|(tag, _)| *tag != elf::DT_NULL).collect();
        let value = |wanted| {
            rows.iter()
                .find(|(tag, _)| *tag == wanted)
                .map(|(_, value)| *value)
        };
        let strings = loaded(file, segments, value(elf::DT_STRTAB)?)?;
        let strings_bytes = usize::try_from(value(elf::DT_STRSZ)?).ok()?;
        let needed_versions = value(elf::DT_VERNEED)
            .and_then(|address| loaded(file, segments, address))
            .unwrap_or_default();
        Some(Self {
            strings: &strings[..strings_bytes.min(strings.len())],
            needed_versions,
            rows,
        })
    }

    fn texts(&self, wanted: elf::DynamicTag) -> impl Iterator<Item = String> {
        let rows = self.rows.iter().filter(move |(tag, _)| *tag == wanted);
        rows.filter_map(|(_, at)| self.text(*at))
    }

    fn text(&self, at: u64) -> Option<String> {
        let rest = self.strings.get(usize::try_from(at).ok()?..)?;
        let end = rest.iter().position(|byte| *byte == 0)?;
        Some(String::from_utf8_lossy(&rest[..end]).into_owned())
    }

    /// The versions that symbols of other libraries must have. Without a weak one the loader goes on: Rust's standard
    /// library asks so for functions that it can do without.
    fn versions(&self) -> Vec<String> {
        let mut found: Vec<String> = self.version_names().take(MOST_VERSIONS).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn version_names(&self) -> impl Iterator<Item = String> {
        let libraries = records(self.needed_versions, 0, |library: &Verneed<LE>| {
            library.vn_next.get(LE)
        });
        let versions = libraries.flat_map(|(at, library)| {
            let first = at.saturating_add(library.vn_aux.get(LE) as usize);
            let versions = records(self.needed_versions, first, |version: &Vernaux<LE>| {
                version.vna_next.get(LE)
            });
            versions.take(library.vn_cnt.get(LE).into())
        });
        let is_weak = |version: &Vernaux<LE>| version.vna_flags.get(LE).contains(elf::VER_FLG_WEAK);
        let strong = versions.filter(move |(_, version)| !is_weak(version));
        strong.filter_map(|(_, version)| self.text(version.vna_name.get(LE).into()))
    }
}

/// A linked list of records from `first` on; each says how far away the next one is, and the last says 0.
fn records<T: Pod>(
    bytes: &[u8],
    first: usize,
    next: impl Fn(&T) -> u32,
) -> impl Iterator<Item = (usize, &T)> {
    let read = move |at: usize| Some((at, pod::from_bytes::<T>(bytes.get(at..)?).ok()?.0));
    std::iter::successors(read(first), move |(at, record)| match next(record) {
        0 => None,
        distance => read(at.checked_add(distance as usize)?),
    })
}

/// The bytes from `address` on, in the segment that loads them.
fn loaded<'data>(file: &'data [u8], segments: &[Segment], address: u64) -> Option<&'data [u8]> {
    segments.iter().find_map(|segment| {
        if segment.p_type(LE) != elf::PT_LOAD {
            return None;
        }
        let start = usize::try_from(address.checked_sub(segment.p_vaddr(LE))?).ok()?;
        segment.data(LE, file).ok()?.get(start..)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sample_elf::SampleElf;

    #[test]
    fn programs_say_what_they_need() {
        let file = SampleElf {
            interpreter: Some("/lib64/ld-linux-x86-64.so.2"),
            needed: vec!["libc.so.6", "libm.so.6"],
            versions: vec!["GLIBC_2.34", "GLIBC_2.39?", "GLIBC_2.2.5"],
            debug_bytes: 77,
            ..SampleElf::default()
        };
        let program = program(&file.bytes()).unwrap();
        assert_eq!(
            program.interpreter.as_deref(),
            Some("/lib64/ld-linux-x86-64.so.2")
        );
        assert_eq!(program.needs, ["libc.so.6", "libm.so.6"]);
        assert_eq!(program.versions, ["GLIBC_2.2.5", "GLIBC_2.34"]);
        assert_eq!((program.debug_bytes, program.unpacks_itself), (77, false));
    }

    #[test]
    fn what_upx_wrote_is_known_by_its_mark() {
        let mut file = SampleElf::default().bytes();
        let behind_headers = 64 + 2 * 56;
        file[behind_headers + 4..behind_headers + 8].copy_from_slice(b"UPX!");
        assert!(program(&file).unwrap().unpacks_itself);
    }

    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
    fn this_test_program_needs_the_c_library() {
        let file = fs_err::read(std::env::current_exe().unwrap()).unwrap();
        let program = program(&file).unwrap();
        assert!(program.needs.contains(&"libc.so.6".to_owned()));
        assert!(
            program
                .versions
                .iter()
                .any(|version| version.starts_with("GLIBC_2."))
        );
        assert!(program.interpreter.unwrap().contains("ld-linux"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn damaged_files_end(changes in prop::collection::vec((0..0x1200_usize, any::<u64>()), 0..6), cut in 0..0x1400_usize) {
            let mut file = SampleElf::default().bytes();
            for (at, value) in changes {
                if let Some(place) = file.get_mut(at..at + 8) {
                    place.copy_from_slice(&value.to_le_bytes());
                }
            }
            file.truncate(cut.max(64));
            let _ = program(&file);
        }
    }
}
