//! Assemblies of .NET, which are PE files with a header of their own, and the papers beside them.

use lambda_slim_archive::{Error, Input};
use lambda_slim_engine::Mark;
use lambda_slim_package::{Entry, EntryId, EntryPath};
use object::LittleEndian as LE;
use object::pe::{
    IMAGE_DIRECTORY_ENTRY_COM_DESCRIPTOR, ImageDosHeader, ImageNtHeaders32, ImageNtHeaders64,
};
use object::read::pe::ImageNtHeaders;

/// Marks what `dotnet publish` put there: the function's assembly where it is compiled only when it runs, and the
/// documentation that compilers write beside an assembly.
pub(crate) fn marks(input: &Input) -> Result<Vec<Mark>, Error> {
    let mut marks = Vec::new();
    for (id, entry) in input.package().iter() {
        let name = if is_program(input, entry) && is_compiled_late(&input.read(id)?) {
            "compiled-late"
        } else if documents_an_assembly(input, id, entry)? {
            "assembly-documentation"
        } else {
            continue;
        };
        marks.push(Mark { entry: id, name });
    }
    Ok(marks)
}

/// `X.dll` beside `X.deps.json`, which a build writes for the program and for no library.
fn is_program(input: &Input, entry: &Entry) -> bool {
    has_beside(input, &entry.path, ".dll", ".deps.json")
}

/// Whether the file at `path` ends so and one of the same name with the other ending lies beside it.
fn has_beside(input: &Input, path: &EntryPath, ending: &str, other: &str) -> bool {
    let stem = path.as_str().strip_suffix(ending);
    let path = stem.and_then(|stem| EntryPath::new(&format!("{stem}{other}")).ok());
    path.is_some_and(|path| input.package().find(&path).is_some())
}

/// Whether an assembly holds no machine code beside its own: ReadyToRun and Native AOT put it there.
/// Source: ECMA-335 II.25.3.3, and "Managed Native Header" in
/// <https://github.com/dotnet/runtime/blob/main/docs/design/coreclr/botr/readytorun-format.md>.
fn is_compiled_late(file: &[u8]) -> bool {
    const NATIVE_HEADER_BYTES_AT: usize = 68;
    let header =
        cli_header::<ImageNtHeaders64>(file).or_else(|| cli_header::<ImageNtHeaders32>(file));
    let size = header.and_then(|header| header.get(NATIVE_HEADER_BYTES_AT..)?.first_chunk());
    size.is_some_and(|size| u32::from_le_bytes(*size) == 0)
}

fn cli_header<Headers: ImageNtHeaders>(file: &[u8]) -> Option<&[u8]> {
    let mut offset = ImageDosHeader::parse(file).ok()?.nt_headers_offset().into();
    let (headers, directories) = Headers::parse(file, &mut offset).ok()?;
    let sections = headers.sections(file, offset).ok()?;
    let directory = directories.get(IMAGE_DIRECTORY_ENTRY_COM_DESCRIPTOR)?;
    if directory.size.get(LE) == 0 {
        return None;
    }
    directory.data(file, &sections).ok()
}

/// `X.xml` beside `X.dll`, if it begins as compilers begin it: other settings are XML as well.
/// Source: <https://learn.microsoft.com/dotnet/csharp/language-reference/xmldoc/>.
fn documents_an_assembly(input: &Input, id: EntryId, entry: &Entry) -> Result<bool, Error> {
    const HEAD_BYTES: usize = 256;
    if entry.is_symlink() || !has_beside(input, &entry.path, ".xml", ".dll") {
        return Ok(false);
    }
    let head = input.read_head(id, HEAD_BYTES)?;
    let text = String::from_utf8_lossy(&head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let body = match text.strip_prefix("<?xml") {
        Some(rest) => rest.split_once("?>").map_or("", |(_, body)| body),
        None => text,
    };
    Ok(body.trim_start().starts_with("<doc>"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_input::input_of;

    /// A managed assembly of 64 bits: its CLI header says how much machine code it holds.
    fn assembly(native_header_bytes: u32) -> Vec<u8> {
        let mut file = vec![0; 0x400];
        let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, b"MZ");
        put(0x3c, &[0x80]);
        put(0x80, b"PE\0\0");
        put(0x84, &[0x64, 0x86, 1]); // x86-64, one section
        put(0x94, &[0xf0]); // bytes of the optional header
        put(0x98, &[0x0b, 0x02]);
        put(0x98 + 108, &[16]);
        put(0x98 + 112 + 14 * 8, &[0, 0x20, 0, 0, 72]); // the CLI header, at address 0x2000
        put(0x188 + 8, &[0, 1, 0, 0, 0, 0x20, 0, 0, 0, 2, 0, 0, 0, 2]); // .text, in the file at 0x200
        put(0x200, &[72]);
        put(0x200 + 68, &native_header_bytes.to_le_bytes());
        file
    }

    #[track_caller]
    fn check(files: &[(&str, &[u8])], expected: &[&str]) {
        let found = marks(&input_of(files)).unwrap();
        let found: Vec<&str> = found.iter().map(|mark| mark.name).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn programs_are_compiled_late_or_before() {
        let beside = ("A.deps.json", b"{}".as_slice());
        check(&[beside, ("A.dll", &assembly(0))], &["compiled-late"]);
        check(&[beside, ("A.dll", &assembly(160))], &[]);
        check(&[beside, ("A.dll", b"MZ")], &[]);
        check(&[beside, ("B.dll", &assembly(0))], &[]);
    }

    #[test]
    fn documentation_lies_beside_its_assembly() {
        let doc: &[u8] = b"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<doc>\n<assembly>";
        let settings: &[u8] = b"<?xml version=\"1.0\"?><configuration/>";
        check(
            &[("A.dll", b""), ("A.xml", doc)],
            &["assembly-documentation"],
        );
        check(&[("A.dll", b""), ("A.xml", settings)], &[]);
        check(&[("A.dll", b""), ("B.xml", doc)], &[]);
    }
}
