//! What lambda-slim knows about native code: which machine a file is for, by its first bytes, what it asks of the
//! system that loads it, which libraries lie there twice, what `dotnet publish` put beside an assembly, how to take debug
//! information out of an ELF file, and where Cargo and Go put what they build.
//!
//! It never decides what goes: rules do. Of what is loaded it changes file offsets in headers, nothing else. Read
//! [`Native`] first, then [`strip`](strip()).

mod assembly;
mod copies;
mod program;
mod project;
#[cfg(test)]
mod sample_elf;
mod strip;
#[cfg(test)]
mod test_input;

pub use project::{CargoProject, GoProject, ProjectError, Wanted, is_elf, program_input};
pub use strip::{Strength, strip};

use lambda_slim_archive::{Error, Input};
use lambda_slim_engine::{Language, Mark, Program, Transform};
use lambda_slim_rulepack::Format;
use object::elf;

/// Native code, as the engine sees it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Native;

impl Language for Native {
    fn format(&self, head: &[u8]) -> Option<Format> {
        format(head)
    }

    fn program(&self, file: &[u8]) -> Option<Program> {
        program::program(file)
    }

    fn marks(&self, input: &Input) -> Result<Vec<Mark>, Error> {
        let mut marks = assembly::marks(input)?;
        marks.extend(copies::marks(input)?);
        Ok(marks)
    }

    fn transform(&self, name: &str) -> Option<Transform> {
        match name {
            "strip-debug-sections" => Some(|file| strip(file, Strength::Debug)),
            "strip-symbols" => Some(|file| strip(file, Strength::Symbols)),
            _ => None,
        }
    }
}

/// What a file holds, by its first kilobyte.
pub fn format(head: &[u8]) -> Option<Format> {
    match head.get(..4)? {
        magic if magic == elf::ELFMAG => elf_machine(head),
        // Thin Mach-O files of 32 and 64 bits, of either byte order.
        [0xfe, 0xed, 0xfa, 0xce | 0xcf] | [0xce | 0xcf, 0xfa, 0xed, 0xfe] => Some(Format::MachO),
        [0xca, 0xfe, 0xba, 0xbe | 0xbf] => is_fat_mach_o(head).then_some(Format::MachO),
        // Source: the portable PDB format, and Microsoft's own, "The PDB (Program Database) File Format".
        b"BSJB" => Some(Format::Pdb),
        b"Micr" => head
            .starts_with(b"Microsoft C/C++ MSF 7.00\r\n")
            .then_some(Format::Pdb),
        [b'M', b'Z', ..] => is_native_pe(head).then_some(Format::Pe),
        _ => None,
    }
}

/// Source: System V ABI, "ELF header": class at byte 4, byte order at 5, machine at 18.
fn elf_machine(head: &[u8]) -> Option<Format> {
    let machine = [*head.get(18)?, *head.get(19)?];
    if head.get(4..6)? != [elf::ELFCLASS64.0, elf::ELFDATA2LSB.0] {
        return Some(Format::ElfOther);
    }
    Some(match elf::Machine(u16::from_le_bytes(machine)) {
        elf::EM_X86_64 => Format::ElfX86_64,
        elf::EM_AARCH64 => Format::ElfArm64,
        _ => Format::ElfOther,
    })
}

/// A Java class starts with the same four bytes; there follow minor and major version, 45 at least. A fat Mach-O file
/// counts its architectures there, and nobody ships 30 of them.
fn is_fat_mach_o(head: &[u8]) -> bool {
    let count = head
        .get(4..8)
        .and_then(|bytes| bytes.try_into().ok())
        .map(u32::from_be_bytes);
    count.is_some_and(|count| (1..30).contains(&count))
}

/// A PE file without a CLI header, which is the 15th data directory: managed .NET assemblies have one and run on Linux.
/// Source: PE format, "Optional header data directories"; ECMA-335 II.25.
fn is_native_pe(head: &[u8]) -> bool {
    cli_header_size(head).is_some_and(|size| size == 0)
}

fn cli_header_size(head: &[u8]) -> Option<u32> {
    let word = |at: usize| Some(u32::from_le_bytes(head.get(at..at + 4)?.try_into().ok()?));
    let pe = word(0x3c)? as usize;
    if head.get(pe..pe.checked_add(4)?)? != b"PE\0\0" {
        return None;
    }
    let optional = pe + 24;
    let directories = match head.get(optional..optional + 2)? {
        [0x0b, 0x01] => optional + 96,
        [0x0b, 0x02] => optional + 112,
        _ => return None,
    };
    let count = word(directories - 4)?;
    if count < 15 {
        Some(0)
    } else {
        word(directories + 14 * 8 + 4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(parts: &[(usize, &[u8])]) -> Vec<u8> {
        let mut head = vec![0; 1024];
        for (at, bytes) in parts {
            head[*at..at + bytes.len()].copy_from_slice(bytes);
        }
        head
    }

    #[test]
    fn debug_symbols() {
        assert_eq!(format(b"BSJB\x01\0\x01\0"), Some(Format::Pdb));
        assert_eq!(
            format(b"Microsoft C/C++ MSF 7.00\r\n\x1aDS"),
            Some(Format::Pdb)
        );
        assert_eq!(format(b"Microsoft Word"), None);
        assert_eq!(format(b"HEADER    HYDROLASE"), None);
    }

    #[test]
    fn elf_files() {
        let elf = |class: u8, machine: u8| {
            format(&head(&[
                (0, b"\x7fELF"),
                (4, &[class, 1]),
                (18, &[machine, 0]),
            ]))
        };
        assert_eq!(elf(2, 62), Some(Format::ElfX86_64));
        assert_eq!(elf(2, 183), Some(Format::ElfArm64));
        assert_eq!(elf(1, 3), Some(Format::ElfOther));
        assert_eq!(elf(2, 243), Some(Format::ElfOther));
    }

    #[test]
    fn mach_o_and_java_classes() {
        assert_eq!(
            format(&head(&[(0, b"\xcf\xfa\xed\xfe")])),
            Some(Format::MachO)
        );
        assert_eq!(
            format(&head(&[(0, b"\xca\xfe\xba\xbe\x00\x00\x00\x02")])),
            Some(Format::MachO)
        );
        assert_eq!(
            format(&head(&[(0, b"\xca\xfe\xba\xbe\x00\x00\x00\x34")])),
            None
        );
    }

    #[test]
    fn pe_files() {
        let pe = |cli_bytes: u32| {
            head(&[
                (0, b"MZ"),
                (0x3c, &[0x80, 0, 0, 0]),
                (0x80, b"PE\0\0"),
                (0x98, &[0x0b, 0x02]),
                (0x98 + 108, &[16, 0, 0, 0]),
                (0x98 + 112 + 14 * 8 + 4, &cli_bytes.to_le_bytes()),
            ])
        };
        assert_eq!(format(&pe(0)), Some(Format::Pe));
        assert_eq!(format(&pe(72)), None);
        assert_eq!(format(b"MZ, a text"), None);
    }

    #[test]
    fn short_files_are_nothing() {
        for length in 0..64 {
            let _ = format(&b"\x7fELF\x02\x01".repeat(20)[..length]);
            assert_eq!(format(&vec![b'M'; length]), None);
        }
    }
}
