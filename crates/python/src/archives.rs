//! Archives that CPython can import modules from.

use lambda_slim_archive::Error;
use lambda_slim_package::EntryPath;
use memchr::memmem;

/// What zips with modules are called. Source: <https://docs.python.org/3/library/zipimport.html>.
const ENDINGS: [&str; 4] = ["zip", "egg", "whl", "pyz"];

/// Whether a file of this name and contents holds modules; only archives are read.
pub(crate) fn holds_modules(
    path: &EntryPath,
    contents: impl FnOnce() -> Result<Vec<u8>, Error>,
) -> Result<bool, Error> {
    let name = path.file_name();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    if !ending.is_some_and(|ending| ENDINGS.contains(&ending)) {
        return Ok(false);
    }
    let contents = contents()?;
    let is_module = |name: &[u8]| name.ends_with(b".py") || name.ends_with(b".pyc");
    Ok(names(&contents).any(is_module))
}

/// The names in the central directory. Source: APPNOTE.TXT of the ZIP format, 4.3.12.
fn names(archive: &[u8]) -> impl Iterator<Item = &[u8]> {
    const RECORD: &[u8] = b"PK\x01\x02";
    const LENGTH_AT: usize = 28;
    const NAME_AT: usize = 46;
    memmem::find_iter(archive, RECORD).filter_map(|at| {
        let record = &archive[at..];
        let length = record.get(LENGTH_AT..)?.first_chunk()?;
        let name = record.get(NAME_AT..)?;
        name.get(..usize::from(u16::from_le_bytes(*length)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(name: &str, inner: &str) -> bool {
        let mut archive = vec![b'.', b'p', b'y', 0];
        archive.extend(b"PK\x01\x02");
        archive.extend([0; 24]);
        archive.extend((inner.len() as u16).to_le_bytes());
        archive.extend([0; 16]);
        archive.extend(inner.as_bytes());
        let path = EntryPath::new(name).unwrap();
        holds_modules(&path, || Ok(archive)).unwrap()
    }

    #[test]
    fn modules_are_told_by_their_names() {
        assert!(holds("a/plugins.zip", "plug.py"));
        assert!(holds("x.egg", "pkg/__init__.pyc"));
        assert!(!holds("data.zip", "happy"));
        assert!(!holds("plugins.tar", "plug.py"));
        let path = EntryPath::new("a.zip").unwrap();
        for damaged in [b"PK\x01\x02".as_slice(), b"PK\x01\x02.py", b""] {
            assert!(!holds_modules(&path, || Ok(damaged.to_vec())).unwrap());
        }
    }
}
