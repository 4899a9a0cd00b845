use std::path::Path;

use lambda_slim_archive::{Error, Input, OpenOptions};
use lambda_slim_package::{EntryId, EntryPath};

use crate::manifest::{MANIFEST, Manifest};

/// What a jar has to lose for its rewriting to pay: a jar that changes for less has another checksum for nothing.
const PAYS_FROM_PER_CENT: usize = 1;

/// Whether a jar has become so much smaller that changing it pays.
pub(crate) fn pays(jar: &[u8], smaller: &[u8]) -> bool {
    jar.len().saturating_sub(smaller.len()) * 100 >= jar.len() * PAYS_FROM_PER_CENT
}

/// Opens the jar that an entry holds; `None` for what is none, or one that programs could read in two ways.
pub(crate) fn open(input: &Input, id: EntryId) -> Result<Option<Input>, Error> {
    let entry = input.package().entry(id);
    if entry.is_symlink() {
        return Ok(None);
    }
    let bytes = input.read(id)?;
    let name = Path::new(entry.path.as_str());
    Ok(Input::zip_in_memory(name, bytes, &OpenOptions::default()).ok())
}

/// The manifest of a jar or of an unpacked one; an empty one where there is none.
pub(crate) fn manifest(jar: &Input) -> Manifest {
    let id = EntryPath::new(MANIFEST)
        .ok()
        .and_then(|path| jar.package().find(&path));
    let text = id.and_then(|id| jar.read(id).ok());
    text.map(|text| Manifest::read(&text)).unwrap_or_default()
}

/// Whether Lambda takes a file of this name for a jar: it looks at the ending, in this case of letters.
/// Source: `CustomerClassLoader.java` of <https://github.com/aws/aws-lambda-java-libs>.
pub(crate) fn is_jar(path: &EntryPath) -> bool {
    path.as_str().ends_with(".jar")
}
