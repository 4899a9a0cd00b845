//! From one file to the files that it can lead to.

use std::collections::BTreeSet;

use lambda_slim_archive::{Digest, Error, Input};
use lambda_slim_package::{EntryId, EntryPath};
use serde_json::Value;

use crate::json;
use crate::references::References;
use crate::resolver::{Resolver, Use};
use crate::tree::{Home, Tree, normal};

/// Where a file leads to.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) files: BTreeSet<EntryId>,
    /// Packages of which every file can be meant.
    pub(crate) whole: BTreeSet<Home>,
    /// Whether it leads farther than anybody can tell.
    pub(crate) undecided: bool,
}

/// Reads files and looks up what they refer to.
pub(crate) struct Follower<'a, 'b> {
    tree: &'b Tree<'a>,
    input: &'a Input,
    resolver: Resolver,
}

/// The file that is being followed.
struct From<'e> {
    folder: Option<EntryPath>,
    home: Option<Home>,
    path: &'e EntryPath,
}

/// Configuration that names packages is written by people; larger files are data.
const OWN_TEXT_AT_MOST_BYTES: u64 = 1 << 20;

impl<'a, 'b> Follower<'a, 'b> {
    pub(crate) fn new(tree: &'b Tree<'a>, input: &'a Input) -> Result<Self, Error> {
        Ok(Self {
            tree,
            input,
            resolver: Resolver::new(input)?,
        })
    }

    /// Everything that the file can lead to.
    pub(crate) fn follow(&self, id: EntryId) -> Result<Found, Error> {
        let entry = self.tree.package.entry(id);
        let from = From {
            folder: entry.path.parent(),
            home: self.tree.homes[id.0],
            path: &entry.path,
        };
        let mut found = Found::default();
        let is_own_text = from.home.is_none() && entry.size_bytes() <= OWN_TEXT_AT_MOST_BYTES;
        let is_script = from.home.is_some() && !entry.path.file_name().contains('.');
        if from.home.is_none() {
            found.whole.extend(self.engine(&from));
        }
        if entry.is_symlink() || !(is_code(&entry.path) || is_script || is_own_text) {
            return Ok(found);
        }
        if is_code(&entry.path) {
            let references = self.input.finding(id, Digest::of_code_alone, |contents| {
                References::read(&String::from_utf8_lossy(&contents))
            })?;
            self.references(&from, &references, &mut found);
            return Ok(found);
        }
        let contents = self.input.read(id)?;
        if is_script && contents.starts_with(b"#!") {
            let references = References::read(&String::from_utf8_lossy(&contents));
            self.references(&from, &references, &mut found);
        } else if is_own_text {
            self.own_text(&from, &contents, &mut found);
        }
        Ok(found)
    }

    fn references(&self, from: &From<'_>, references: &References, found: &mut Found) {
        found.undecided |= references.undecided;
        for specifier in &references.imports {
            self.load(from, specifier, Use::Import, found);
        }
        for specifier in &references.requires {
            self.load(from, specifier, Use::Require, found);
        }
        for specifier in &references.paths {
            self.load(from, specifier, Use::Import, found);
            self.load(from, specifier, Use::Require, found);
            // Whoever has the path of a file in a package can go on from there.
            found.whole.extend(self.bare(from, specifier));
        }
        for start in &references.prefixes {
            self.prefix(from, start, found);
        }
        let mut texts = references.texts.iter().chain(&references.anchors);
        if from.home.is_none() && texts.any(|text| is_all_packages(text)) {
            found.whole.extend(self.tree.named_like(""));
        }
        for path in &references.anchors {
            self.anchor(from, path, found);
        }
        for text in &references.texts {
            self.text(from, text, found);
        }
    }

    /// The package that is called like the extension of a file: Express loads `pug` for `views/index.pug`.
    /// Source: <https://expressjs.com/en/5x/api.html#app.engine>.
    fn engine(&self, from: &From<'_>) -> Option<Home> {
        let (_, extension) = from.path.file_name().rsplit_once('.')?;
        self.tree.installed(from.folder.as_ref(), extension)
    }

    fn load(&self, from: &From<'_>, specifier: &str, usage: Use, found: &mut Found) {
        let files = self
            .resolver
            .resolve(from.folder.as_ref(), specifier, usage);
        found.files.extend(files);
    }

    /// The package that a specifier without a dot in front names.
    fn bare(&self, from: &From<'_>, specifier: &str) -> Option<Home> {
        let name = package_name(specifier)?;
        self.tree.installed(from.folder.as_ref(), name)
    }

    fn prefix(&self, from: &From<'_>, start: &str, found: &mut Found) {
        if start.starts_with('.') {
            let Some(path) = normal(from.folder.as_ref(), start) else {
                return found.undecided = true;
            };
            let end = if start.ends_with('/') { "/" } else { "" };
            return found.files.extend(self.tree.below(&format!("{path}{end}")));
        }
        match self.bare(from, start) {
            Some(home) if start.contains('/') => _ = found.whole.insert(home),
            _ if start.starts_with(['/', '#']) || start.starts_with("file:") => {
                found.undecided = true;
            }
            _ => found.whole.extend(self.tree.named_like(start)),
        }
    }

    /// A path from the folder of the file, or from one above it.
    fn anchor(&self, from: &From<'_>, path: &str, found: &mut Found) {
        let path = path.split(['?', '#']).next().unwrap_or(path);
        let exact = self.tree.at_path(from.folder.as_ref(), path);
        if !exact.is_empty() {
            return found.files.extend(exact);
        }
        if let Some(home) = from.home {
            let files = self.tree.ending_with(home, path);
            let below = self.tree.in_folder(home, path);
            // `join(__dirname, 'prefix-' + name)` names neither file nor folder.
            found.undecided |= files.is_empty() && below.is_empty() && !path.contains('.');
            found.files.extend(files);
            found.files.extend(below);
        }
        self.text(from, path, found);
    }

    /// A text that may or may not name something.
    fn text(&self, from: &From<'_>, text: &str, found: &mut Found) {
        for name in text.split("node_modules/").skip(1).filter_map(package_name) {
            found
                .whole
                .extend(self.tree.installed(from.folder.as_ref(), name));
        }
        if text.starts_with('.') || self.may_mean_package(from, text) {
            self.load(from, text, Use::Import, found);
            self.load(from, text, Use::Require, found);
        }
        if let Some(home) = from.home.filter(|_| names_module(text)) {
            found.files.extend(self.tree.ending_with(home, text));
        }
    }

    /// The function's own texts can name any package; those of a package what it declares.
    fn may_mean_package(&self, from: &From<'_>, text: &str) -> bool {
        let Some(name) = package_name(text) else {
            return false;
        };
        let declared = match from.home.map(|home| &self.tree.manifests[home]) {
            Some(manifest) => {
                manifest.dependencies.contains(name) || manifest.optional.contains(name)
            }
            None => true,
        };
        declared && self.tree.installed(from.folder.as_ref(), name).is_some()
    }

    /// The function's own configuration, scripts and templates.
    fn own_text(&self, from: &From<'_>, contents: &[u8], found: &mut Found) {
        let text = String::from_utf8_lossy(contents);
        for name in text.split("node_modules/").skip(1).filter_map(package_name) {
            if !is_lock_file(&text) {
                found
                    .whole
                    .extend(self.tree.installed(from.folder.as_ref(), name));
            }
        }
        if from.path.as_str().ends_with(".json")
            && let Ok(value) = serde_json::from_str::<Value>(&text)
        {
            for text in json::texts(&value) {
                self.text(from, text, found);
            }
        }
    }
}

/// Whether the file is written in JavaScript, or in TypeScript that Node.js or a loader runs.
pub(crate) fn is_code(path: &EntryPath) -> bool {
    const EXTENSIONS: [&str; 8] = ["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx"];
    let name = path.file_name();
    let declares = [".d.ts", ".d.mts", ".d.cts"]
        .iter()
        .any(|end| name.ends_with(end));
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    !declares && extension.is_some_and(|extension| EXTENSIONS.contains(&extension))
}

/// Whether a text is the folder of all packages, of which code can hand out any file.
fn is_all_packages(text: &str) -> bool {
    let text = text.trim_end_matches('/');
    text.rsplit('/').next() == Some("node_modules")
}

fn names_module(text: &str) -> bool {
    [".js", ".mjs", ".cjs"]
        .iter()
        .any(|end| text.ends_with(end))
}

/// npm's own lists name every package by its folder.
fn is_lock_file(text: &str) -> bool {
    text.contains("\"lockfileVersion\"")
}

/// The name of the package at the beginning of a specifier.
/// Source: <https://nodejs.org/api/esm.html#resolution-algorithm-specification>, `PACKAGE_RESOLVE`.
fn package_name(specifier: &str) -> Option<&str> {
    let parts = if specifier.starts_with('@') { 2 } else { 1 };
    let end = specifier
        .match_indices('/')
        .nth(parts - 1)
        .map_or(specifier.len(), |(at, _)| at);
    let name = &specifier[..end];
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"@/-_.~".contains(&byte);
    let end = name
        .bytes()
        .position(|byte| !good(byte))
        .unwrap_or(name.len());
    let name = &name[..end];
    let complete = parts == 1 || name.contains('/');
    (complete && !name.is_empty() && !name.starts_with(['.', '/'])).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_packages() {
        assert_eq!(package_name("a/b/c"), Some("a"));
        assert_eq!(package_name("@a/b/c"), Some("@a/b"));
        assert_eq!(package_name("a\\n"), Some("a"));
        assert_eq!(package_name("./a"), None);
        assert_eq!(package_name("@a"), None);
        assert_eq!(package_name(""), None);
    }
}
