//! Takes debug information and symbols out of ELF programs and libraries, and moves nothing that a loader looks at.
//!
//! GNU `strip` lays a file out anew and breaks what `patchelf` touched, which is much of what wheels carry: 26 of 253
//! shared objects no longer load after it, OpenBLAS of numpy and scipy among them (pypa/auditwheel#716). Cutting the
//! file after its last segment is simpler still, but patchelf puts segments behind the symbols, so the cut gains little
//! there (pillow 0.2 of 3.7 MB), and the section table goes with it: Qt does not load a plugin that has none
//! (openwrt/video#1). So this is what happens instead:
//!
//! 1. [`image`]: the file is read, and refused unless every part of it is accounted for.
//! 2. [`sections`]: each section stays or goes, by its name; one unknown name refuses the file.
//! 3. [`layout`]: what stays moves towards the start, each run of bytes by whole multiples of its alignment.
//! 4. [`write`]: the bytes are copied; offsets in the headers follow. No section changes its number.
//! 5. [`verify`]: the result is read again and compared with the original, segment by segment.
//!
//! Any doubt on the way ends in `None`, and the original stays.

mod image;
mod layout;
mod sections;
mod verify;
mod write;

#[cfg(test)]
mod tests;

use image::Image;
use layout::Layout;

/// How much goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    /// Sections that only debuggers read: DWARF and stabs.
    Debug,
    /// Those, and the symbol table that loaders do not use: `.symtab` with its strings. `.dynsym` stays.
    Symbols,
}

/// The same program without debug information, or `None` if there is none or if anything about the file is unusual.
///
/// Understands 64-bit little-endian executables and shared libraries for x86-64 and aarch64.
pub fn strip(file: &[u8], strength: Strength) -> Option<Vec<u8>> {
    let before = Image::parse(file)?;
    let fates = sections::fates(&before, strength)?;
    let layout = Layout::new(before.extents(&fates)?);
    let stripped = write::write(&before, &fates, &layout)?;
    let after = Image::parse(&stripped)?;
    let accepted = stripped.len() < file.len() && verify::is_same_program(&before, &after, &fates)?;
    accepted.then_some(stripped)
}

/// Where a section's way ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Stays,
    Goes,
}
