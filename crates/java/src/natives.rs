//! Native libraries inside jars that no Lambda function can load.

use lambda_slim_archive::jar_without;
use lambda_slim_engine::Transform;
use object::FileKind;
use object::elf::{EM_AARCH64, EM_X86_64, Machine};

/// Which native libraries leave a jar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Foreign {
    /// Those of other systems and of processors that Lambda has not.
    Anywhere,
    /// Those for Intel and AMD.
    X86_64,
    /// Those for Graviton.
    Arm64,
}

/// What a native library is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Platform {
    LinuxX86_64,
    LinuxArm64,
    Elsewhere,
}

/// The transforms that rules call by these names.
pub(crate) fn transform(name: &str) -> Option<Transform> {
    match name {
        "jar-without-foreign-natives" => Some(|jar| without(jar, Foreign::Anywhere)),
        "jar-without-x86-64-natives" => Some(|jar| without(jar, Foreign::X86_64)),
        "jar-without-arm64-natives" => Some(|jar| without(jar, Foreign::Arm64)),
        _ => None,
    }
}

/// The jar without what is foreign, if something stays that Lambda can load: a jar for one other platform was put
/// there on purpose.
fn without(jar: &[u8], foreign: Foreign) -> Option<Vec<u8>> {
    let mut some_stay = false;
    // A class begins with the four bytes of a Mach-O file for several processors, and there are thousands of them.
    let may_go = |name: &str| !name.ends_with(".class");
    let smaller = jar_without(jar, may_go, |contents| {
        let Some(platform) = platform(contents) else {
            return false;
        };
        let goes = foreign.takes(platform);
        some_stay |= !goes && platform != Platform::Elsewhere;
        goes
    });
    smaller.filter(|_| some_stay)
}

impl Foreign {
    fn takes(self, platform: Platform) -> bool {
        match self {
            Self::Anywhere => platform == Platform::Elsewhere,
            Self::X86_64 => platform == Platform::LinuxX86_64,
            Self::Arm64 => platform == Platform::LinuxArm64,
        }
    }
}

/// What a file of a jar is for; `None` for what is no native library.
fn platform(contents: &[u8]) -> Option<Platform> {
    match FileKind::parse(contents).ok()? {
        FileKind::Elf64 => Some(elf_platform(contents)),
        FileKind::Elf32 | FileKind::MachO32 | FileKind::MachO64 => Some(Platform::Elsewhere),
        FileKind::MachOFat32 | FileKind::MachOFat64 if is_fat(contents) => {
            Some(Platform::Elsewhere)
        }
        FileKind::Pe32 | FileKind::Pe64 => Some(Platform::Elsewhere),
        _ => None,
    }
}

/// Source: System V ABI, "ELF header": byte order at 5, system at 7, machine at 18. musl's loader is named in the file
/// of a library that needs it: <https://www.openwall.com/lists/musl/2015/04/22/1>.
fn elf_platform(contents: &[u8]) -> Platform {
    const SYSTEM_V: u8 = 0;
    const GNU: u8 = 3;
    const MUSL: &[u8] = b"libc.musl-";
    let is_linux = matches!(contents[7], SYSTEM_V | GNU);
    let needs_musl = contents.windows(MUSL.len()).any(|window| window == MUSL);
    let machine = Machine(u16::from_le_bytes([contents[18], contents[19]]));
    match machine {
        EM_X86_64 if is_linux && !needs_musl => Platform::LinuxX86_64,
        EM_AARCH64 if is_linux && !needs_musl => Platform::LinuxArm64,
        _ => Platform::Elsewhere,
    }
}

/// Where a class has its version, 45 at least, a Mach-O file counts its processors.
fn is_fat(contents: &[u8]) -> bool {
    const MORE_THAN_ANYBODY_SHIPS: u32 = 30;
    let count = contents.get(4..8).and_then(|bytes| bytes.try_into().ok());
    count.is_some_and(|bytes| u32::from_be_bytes(bytes) < MORE_THAN_ANYBODY_SHIPS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_jar::jar;
    use lambda_slim_archive::{Input, OpenOptions};
    use std::path::Path;

    fn elf(system: u8, machine: u16, text: &str) -> Vec<u8> {
        let mut file = b"\x7fELF\x02\x01\x01".to_vec();
        file.push(system);
        file.resize(18, 0);
        file.extend(machine.to_le_bytes());
        file.resize(200, 0);
        file.extend(text.as_bytes());
        file
    }

    fn mach_o() -> Vec<u8> {
        let mut file = vec![0xcf, 0xfa, 0xed, 0xfe];
        file.resize(100, 0);
        file
    }

    /// The names that stay, or `None` where the jar stays as it is.
    fn stay(files: &[(&str, &[u8])], foreign: Foreign) -> Option<Vec<String>> {
        let smaller = without(&jar(files), foreign)?;
        let input = Input::zip_in_memory(Path::new("a.jar"), smaller, &OpenOptions::default());
        let input = input.unwrap();
        let names = input
            .package()
            .iter()
            .map(|(_, entry)| entry.path.to_string());
        Some(names.collect())
    }

    #[test]
    fn what_lambda_cannot_load_goes() {
        let (x86, arm) = (elf(0, 62, ""), elf(3, 183, ""));
        let (musl, bsd, power) = (
            elf(0, 62, "libc.musl-x86_64.so.1"),
            elf(9, 62, ""),
            elf(0, 21, ""),
        );
        let files: &[(&str, &[u8])] = &[
            ("A.class", &[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 9, 0, 1]),
            ("arm.so", &arm),
            ("bsd.so", &bsd),
            ("mac.dylib", &mach_o()),
            ("musl.so", &musl),
            ("power.so", &power),
            ("x86.so", &x86),
        ];
        let names = |foreign| stay(files, foreign).unwrap().join(" ");
        assert_eq!(names(Foreign::Anywhere), "A.class arm.so x86.so");
        assert_eq!(
            names(Foreign::Arm64),
            "A.class bsd.so mac.dylib musl.so power.so x86.so"
        );
        assert_eq!(
            names(Foreign::X86_64),
            "A.class arm.so bsd.so mac.dylib musl.so power.so"
        );
    }

    #[test]
    fn a_jar_for_one_platform_stays() {
        assert_eq!(stay(&[("mac.dylib", &mach_o())], Foreign::Anywhere), None);
        assert_eq!(stay(&[("x.so", &elf(0, 62, ""))], Foreign::X86_64), None);
        assert_eq!(
            stay(
                &[("x.so", &elf(0, 62, "")), ("a.txt", b"MZ?")],
                Foreign::Anywhere
            ),
            None
        );
        assert_eq!(without(b"no jar", Foreign::Anywhere), None);
    }
}
