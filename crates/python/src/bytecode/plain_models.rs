use lambda_slim_archive::Input;
use lambda_slim_engine::Rewriter;
use lambda_slim_package::EntryId;

use super::Place;
use super::header::{HEADER_BYTES, Header, Validity};

/// Lets botocore read its models into plain dictionaries.
///
/// Its loader passes `OrderedDict` to the parser, which dates from the time when dictionaries had no order. They take
/// twice the memory, and the garbage collector walks over each of them, while it forgets plain ones that hold texts
/// alone. The call names a hook that only NaN and infinities lead to instead: a name as long as the old one, with
/// blanks, so that the bytecode of the new source is that of the old one but for the name.
#[derive(Debug)]
pub(crate) struct PlainModels;

/// The only call in the source; anything else is left alone.
const IN_SOURCE: [&[u8]; 2] = [
    b"object_pairs_hook=OrderedDict)",
    b"parse_constant=   OrderedDict)",
];
/// The name in a compiled module, after its length. Source: `TYPE_SHORT_ASCII` in `Python/marshal.c` of CPython.
const IN_BYTECODE: [&[u8]; 2] = [b"\x11object_pairs_hook", b"\x0eparse_constant"];

impl Rewriter for PlainModels {
    /// Takes the source, its compiled module, and a compiled module that stands in the place of the source.
    fn rewrite(&self, input: &Input, entry: EntryId, contents: &[u8]) -> Option<Vec<u8>> {
        let package = input.package();
        let place = Place::of(&package.entry(entry).path);
        let source = place.map_or(Some(entry), |place| place.source(package))?;
        let changed = once(&input.read(source).ok()?, IN_SOURCE)?;
        let Some(header) = Header::read(contents) else {
            return once(contents, IN_SOURCE);
        };
        // One that records a date is not used in Lambda, whatever is in it.
        let version = header
            .version
            .filter(|_| matches!(header.validity, Validity::Hash(_)))?;
        let code = once(&contents[HEADER_BYTES..], IN_BYTECODE)?;
        Some([&header.unchecked(version.source_hash(&changed))[..], &code].concat())
    }
}

/// The contents with the second text in the place of the first; `None` where that does not stand there exactly once.
fn once(contents: &[u8], [old, new]: [&[u8]; 2]) -> Option<Vec<u8>> {
    let mut places = memchr::memmem::find_iter(contents, old);
    let (at, None) = (places.next()?, places.next()) else {
        return None;
    };
    Some([&contents[..at], new, &contents[at + old.len()..]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytecode::tests::{bytes, package};
    use lambda_slim_package::EntryPath;

    const SOURCE: &str =
        "def load(payload):\n    return json.loads(payload, object_pairs_hook=OrderedDict)\n";
    /// What CPython 3.11 compiles of it, up to the name, and from there on.
    const CODE: [&str; 2] = [
        concat!(
            "630000000000000000000000000100000000000000f30c0000009700640084005a006401530029026301000000000000",
            "00000000000400000003000000f3440000009700740000000000000000000000a0010000000000000000000000000000",
            "0000000000007c00740400000000000000000000ac01a6020000ab020000000000000000530029024e2901da",
        ),
        concat!(
            "2903da046a736f6eda056c6f616473da0b4f726465726564446963742901da077061796c6f6164730100000020fa046c",
            "2e7079da046c6f616472080000000100000073180000008000dd0b0f8f3a8a3a9067b51b883ad10b3dd40b3dd0043df3",
            "000000004e29017208000000a90072090000007207000000fa083c6d6f64756c653e720b00000001000000731e000000",
            "f003010101f00201013ef00001013ef00001013ef00001013ef00001013e7209000000",
        ),
    ];
    /// What it compiles of the new source between the two.
    const NAMES: [&str; 2] = [
        "116f626a6563745f70616972735f686f6f6b",
        "0e70617273655f636f6e7374616e74",
    ];
    const COMPILED: &str = "botocore/__pycache__/loaders.cpython-311.pyc";

    fn compiled(name: &str, flags: u8, source: &[u8]) -> Vec<u8> {
        let head = [0xa7, 0x0d, b'\r', b'\n', flags, 0, 0, 0];
        let version = Header::read(&[head, [0; 8]].concat()).and_then(|header| header.version);
        let hash = version.unwrap().source_hash(source);
        let code = bytes(&[CODE[0], name, CODE[1]].concat());
        [&head[..], &hash, &code].concat()
    }

    fn rewritten(source: &str, module: &[u8], path: &str, contents: &[u8]) -> Option<Vec<u8>> {
        let input = package(&[
            ("botocore/loaders.py", source.as_bytes()),
            (COMPILED, module),
        ]);
        let entry = input.package().find(&EntryPath::new(path).unwrap());
        PlainModels.rewrite(&input, entry.unwrap(), contents)
    }

    #[test]
    fn a_module_becomes_what_its_new_source_compiles_to() {
        let old = compiled(NAMES[0], 1, SOURCE.as_bytes());
        let source = rewritten(SOURCE, &old, "botocore/loaders.py", SOURCE.as_bytes()).unwrap();
        assert_eq!(
            std::str::from_utf8(&source).unwrap(),
            SOURCE.replace("object_pairs_hook=", "parse_constant=   ")
        );
        let new = compiled(NAMES[1], 1, &source);
        assert_eq!(rewritten(SOURCE, &old, COMPILED, &old), Some(new.clone()));
        // LS223 has put it there.
        assert_eq!(
            rewritten(SOURCE, &old, "botocore/loaders.py", &old),
            Some(new)
        );
    }

    #[test]
    fn what_is_not_understood_stays() {
        let old = compiled(NAMES[0], 1, SOURCE.as_bytes());
        let others = [
            SOURCE.replace("OrderedDict", "dict"),
            SOURCE.replace("OrderedDict", "OrderedDict, cls=None"),
            SOURCE.repeat(2),
            String::new(),
        ];
        for other in &others {
            let source = other.as_bytes();
            assert_eq!(rewritten(other, &old, "botocore/loaders.py", source), None);
            assert_eq!(rewritten(other, &old, COMPILED, &old), None, "{other}");
        }
        let dated = compiled(NAMES[0], 0, SOURCE.as_bytes());
        assert_eq!(rewritten(SOURCE, &dated, COMPILED, &dated), None);
        let new = compiled(NAMES[1], 1, SOURCE.as_bytes());
        assert_eq!(rewritten(SOURCE, &new, COMPILED, &new), None);
        let cut = &old[..HEADER_BYTES];
        assert_eq!(rewritten(SOURCE, cut, COMPILED, cut), None);
    }
}
