use std::io::Read;

use lambda_slim_package::{EntryPath, EntryPathError, FileMode};
use zip::read::ZipFile;
use zip::unstable::format::flags::ZipFlags;
use zip::{CompressionMethod, System};

use crate::inflate::check_declared;
use crate::{Method, Refusal};

/// Linux opens no longer path, so no longer link text leads anywhere.
const LINK_TEXT_AT_MOST_BYTES: u64 = 4096;

/// What Maven writes for the folders that it adds to a jar itself: minus one.
const MODE_UNKNOWN: u32 = 0xffff;
const TYPE_BITS: u32 = 0o170_000;
const TYPE_UNKNOWN: u32 = 0;
const TYPE_FOLDER: u32 = 0o040_000;
const TYPE_FILE: u32 = 0o100_000;
const TYPE_LINK: u32 = 0o120_000;

/// An entry of a zip that may be believed.
pub(crate) struct Checked {
    /// `None` is the package's root, a folder.
    pub(crate) path: Option<EntryPath>,
    pub(crate) kind: CheckedKind,
    pub(crate) method: Method,
}

/// What such an entry is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum CheckedKind {
    Folder,
    File(FileMode),
    Link,
}

/// Checks what one header says, by itself.
pub(crate) fn check_entry(entry: &ZipFile<'_, impl Read>) -> Result<Checked, Refusal> {
    if entry.encrypted() || entry.flags().matching(ZipFlags::StrongEncryption) {
        return Err(Refusal::Encrypted);
    }
    let method = match entry.compression() {
        CompressionMethod::Stored => Method::Stored,
        CompressionMethod::Deflated => Method::Deflated,
        _ => return Err(Refusal::Method),
    };
    let name = name(entry)?;
    let kind = kind(entry, name.ends_with('/'))?;
    let path = match EntryPath::new(&name) {
        // Some tools list the packed folder itself, as `./`.
        Err(EntryPathError::Empty) if kind == CheckedKind::Folder && !name.is_empty() => None,
        path => Some(path?),
    };
    match kind {
        CheckedKind::Folder if entry.size() > 0 => return Err(Refusal::FolderWithContents),
        CheckedKind::Link if entry.size() > LINK_TEXT_AT_MOST_BYTES => {
            return Err(Refusal::LinkText);
        }
        _ => check_declared(method, entry.size(), entry.compressed_size())?,
    }
    Ok(Checked { path, kind, method })
}

/// The name as text. Without the UTF-8 flag it is UTF-8 all the same where it can be, as Info-ZIP on Linux writes it,
/// and CP437 otherwise, as the format says.
fn name(entry: &ZipFile<'_, impl Read>) -> Result<String, Refusal> {
    let is_marked = entry.flags().matching(ZipFlags::LanguageEncoding);
    if is_marked && std::str::from_utf8(entry.name_raw()).is_err() {
        return Err(Refusal::NameNotUtf8);
    }
    let name = entry.name().map_err(Refusal::Inconsistent)?;
    // Only DOS and its heirs separate by backslashes; elsewhere they belong to a name, and `EntryPath` refuses them.
    match entry.system() {
        System::Dos | System::Os2 | System::WindowsNTFS | System::VFAT => {
            Ok(name.replace('\\', "/"))
        }
        _ => Ok(name.into_owned()),
    }
}

/// What the entry is, by its Unix mode and its name.
fn kind(entry: &ZipFile<'_, impl Read>, is_named_folder: bool) -> Result<CheckedKind, Refusal> {
    // Lambda as well believes a mode only from these systems: Go's and Python's zips on Windows must say Unix.
    let mode = match entry.system() {
        System::Unix | System::OsDarwin => entry.external_attributes() >> 16,
        _ => 0,
    };
    let mode = if mode == MODE_UNKNOWN { 0 } else { mode };
    match mode & TYPE_BITS {
        TYPE_FOLDER => Ok(CheckedKind::Folder),
        TYPE_UNKNOWN | TYPE_FILE if is_named_folder => Ok(CheckedKind::Folder),
        TYPE_UNKNOWN | TYPE_FILE => Ok(CheckedKind::File(FileMode::from_unix(mode))),
        TYPE_LINK if !is_named_folder => Ok(CheckedKind::Link),
        _ => Err(Refusal::Special),
    }
}
