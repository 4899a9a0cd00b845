//! A hash of what a package holds.

use lambda_slim_archive::{Error, Input};
use lambda_slim_package::{EntryKind, FileMode};
use sha2::{Digest, Sha256};

/// A SHA-256 over texts and packages; each part is counted, so that no two lists of parts read alike.
#[derive(Debug, Default)]
pub(crate) struct Fingerprint(Sha256);

impl Fingerprint {
    /// Adds a text.
    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Adds what a package holds: paths, kinds, modes and contents, but no times.
    pub(crate) fn input(&mut self, input: &Input) -> Result<(), Error> {
        for (id, entry) in input.package().iter() {
            self.text(entry.path.as_str());
            self.text(match &entry.kind {
                EntryKind::File {
                    mode: FileMode::Regular,
                    ..
                } => "file",
                EntryKind::File {
                    mode: FileMode::Executable,
                    ..
                } => "program",
                EntryKind::Symlink { .. } => "link",
            });
            self.bytes(&input.read(id)?);
        }
        Ok(())
    }

    /// The hash of all that was added, in hexadecimal.
    pub(crate) fn hex(self) -> String {
        let hash = self.0.finalize();
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }
}

/// The SHA-256 of a file in hexadecimal digits.
pub(crate) fn sha256_of(path: &std::path::Path) -> std::io::Result<String> {
    let hash = Sha256::digest(fs_err::read(path)?);
    Ok(hash.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[&str]) -> String {
        let mut fingerprint = Fingerprint::default();
        texts.iter().for_each(|text| fingerprint.text(text));
        fingerprint.hex()
    }

    #[test]
    fn parts_are_told_apart() {
        assert_eq!(of(&["a", "b"]), of(&["a", "b"]));
        assert_ne!(of(&["a", "b"]), of(&["ab"]));
        assert_ne!(of(&["a", "b"]), of(&["b", "a"]));
        assert_eq!(of(&[]).len(), 64);
    }
}
