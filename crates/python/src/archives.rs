//! Archives that CPython can import modules from.

use std::path::Path;

use lambda_slim_archive::{Error, Input, OpenOptions};
use lambda_slim_package::EntryPath;

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
    let archive = Path::new(path.as_str());
    match Input::zip_in_memory(archive, contents()?, &OpenOptions::default()) {
        Ok(archive) => {
            let mut entries = archive.package().iter();
            Ok(entries.any(|(_, entry)| is_module(entry.path.file_name())))
        }
        // It is none.
        Err(Error::Zip { .. } | Error::NotAPackage { .. }) => Ok(false),
        // One that two programs may read in two ways.
        Err(_) => Ok(true),
    }
}

fn is_module(name: &str) -> bool {
    name.ends_with(".py") || name.ends_with(".pyc")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A zip with one empty file in it.
    fn zip(inner: &str) -> Vec<u8> {
        let name_bytes = (inner.len() as u16).to_le_bytes();
        let header = [
            b"PK\x03\x04",
            &[0; 22][..],
            &name_bytes,
            &[0; 2],
            inner.as_bytes(),
        ]
        .concat();
        let record = [
            b"PK\x01\x02",
            &[0; 24][..],
            &name_bytes,
            &[0; 16],
            inner.as_bytes(),
        ]
        .concat();
        let end = [
            b"PK\x05\x06\0\0\0\0\x01\0\x01\0".as_slice(),
            &(record.len() as u32).to_le_bytes(),
        ];
        let end = [
            &end.concat()[..],
            &(header.len() as u32).to_le_bytes(),
            &[0; 2],
        ]
        .concat();
        [header, record, end].concat()
    }

    fn holds(name: &str, contents: &[u8]) -> bool {
        let path = EntryPath::new(name).unwrap();
        holds_modules(&path, || Ok(contents.to_vec())).unwrap()
    }

    #[test]
    fn modules_are_told_by_their_names() {
        assert!(holds("a/plugins.zip", &zip("plug.py")));
        assert!(holds("x.egg", &zip("pkg/__init__.pyc")));
        assert!(!holds("data.zip", &zip("happy")));
        assert!(!holds("plugins.tar", &zip("plug.py")));
        // As zipapp writes them.
        let program = [b"#!/usr/bin/python3\n".as_slice(), &zip("plug.py")].concat();
        assert!(holds("app.pyz", &program));
        for damaged in [b"PK\x01\x02".as_slice(), b"PK\x01\x02.py", b""] {
            assert!(!holds("a.zip", damaged));
        }
    }
}
