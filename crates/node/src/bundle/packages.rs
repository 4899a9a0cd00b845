use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Import;

/// The packages that stay outside of a bundle, as they lie on disk.
#[derive(Debug)]
pub(super) struct Packages<'a> {
    folder: &'a Path,
    /// Their real folders.
    outside: BTreeSet<PathBuf>,
    /// Where the function itself finds them, by name; with several versions, the others are not here.
    found: BTreeMap<String, PathBuf>,
    /// Those that are outside for their own sake, and not as a part of another.
    causes: BTreeSet<String>,
    /// The places through which they find each other: the folders themselves, or links to them.
    places: BTreeSet<PathBuf>,
}

impl<'a> Packages<'a> {
    /// None yet; `folder` must have no link in its path.
    pub(super) fn new(folder: &'a Path) -> Self {
        Self {
            folder,
            outside: BTreeSet::new(),
            found: BTreeMap::new(),
            causes: BTreeSet::new(),
            places: BTreeSet::new(),
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.outside.len()
    }

    /// The names under which the function finds them.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.found.keys().cloned()
    }

    /// Those that are outside for their own sake.
    pub(super) fn causes(&self) -> &BTreeSet<String> {
        &self.causes
    }

    /// Puts the package that the function finds under `name` outside; `false` where there is none.
    pub(super) fn put_outside(&mut self, name: &str) -> bool {
        let Some((place, real)) = self.installed(self.folder, name) else {
            return false;
        };
        self.add(place, real);
        true
    }

    /// Puts the package that `file` belongs to outside.
    pub(super) fn put_outside_of(&mut self, file: &Path) {
        let Some(root) = root_of(file) else {
            return;
        };
        if let Ok(real) = fs_err::canonicalize(&root) {
            self.add(root, real);
        }
    }

    /// Puts a package outside, with all that it may load: two copies of one package, one of them inside the bundle,
    /// would not know each other.
    fn add(&mut self, place: PathBuf, real: PathBuf) {
        self.causes.extend(name_of(&real));
        let mut next = vec![(place, real)];
        while let Some((place, real)) = next.pop() {
            self.places.insert(place);
            if !self.outside.insert(real.clone()) {
                continue;
            }
            if let Some(name) = name_of(&real)
                && let Some((place, found)) = self.installed(self.folder, &name)
                && found == real
            {
                self.places.insert(place);
                self.found.insert(name, found);
            }
            let parts = dependencies(&real).into_iter();
            next.extend(parts.filter_map(|name| self.installed(&real, &name)));
        }
    }

    /// Why a file of the bundle would meet another package than before.
    pub(super) fn conflict(&self, file: &Path, import: &Import) -> Option<String> {
        match import {
            // The specifier stands in the bundle, which finds what the function finds.
            Import::Outside(specifier) => {
                let name = package_name(specifier)?;
                let expected = self.found.get(name)?;
                let (_, real) = self.installed(file.parent()?, name)?;
                (real != *expected)
                    .then(|| format!("needs another version of {name} than the function"))
            }
            Import::Bundled(path) => {
                let root = root_of(&self.folder.join(path))?;
                let real = fs_err::canonicalize(root).ok()?;
                let own = root_of(file).and_then(|root| fs_err::canonicalize(root).ok());
                let is_inner = own.as_deref() == Some(real.as_path());
                (!is_inner && self.outside.contains(&real)).then(|| {
                    format!(
                        "shares {} with a package that stays outside",
                        name_of(&real).unwrap_or_default()
                    )
                })
            }
        }
    }

    /// Whether the entry at `path`, relative to the function's folder, belongs to one of them or leads to one.
    pub(super) fn keep(&self, path: &str) -> bool {
        let path = self.folder.join(path);
        if self.places.contains(&path) {
            return true;
        }
        root_of(&path).is_some_and(|root| self.outside.contains(&root))
    }

    /// The package that code in `from` gets under `name`: where it is found, and where it really lies. One outside of
    /// the function's folder is none.
    fn installed(&self, from: &Path, name: &str) -> Option<(PathBuf, PathBuf)> {
        let inside = from
            .ancestors()
            .take_while(|folder| folder.starts_with(self.folder));
        let mut places = inside.map(|folder| folder.join("node_modules").join(name));
        let place = places.find(|place| place.is_dir())?;
        let real = fs_err::canonicalize(&place).ok()?;
        real.starts_with(self.folder).then_some((place, real))
    }
}

/// What a package says that it may load.
fn dependencies(package: &Path) -> BTreeSet<String> {
    const FIELDS: [&str; 3] = ["dependencies", "optionalDependencies", "peerDependencies"];
    let manifest = fs_err::read(package.join("package.json")).ok();
    let manifest = manifest.and_then(|text| serde_json::from_slice::<Value>(&text).ok());
    let manifest = manifest.unwrap_or_default();
    let names = FIELDS
        .iter()
        .filter_map(|field| manifest[field].as_object());
    names.flat_map(|names| names.keys().cloned()).collect()
}

/// The package that a path belongs to: what follows the last `node_modules`.
pub(super) fn package_of(path: &str) -> Option<&str> {
    let (_, inner) = path.rsplit_once("node_modules/")?;
    package_name(inner)
}

fn package_name(specifier: &str) -> Option<&str> {
    let parts = if specifier.starts_with('@') { 2 } else { 1 };
    let end = specifier.match_indices('/').nth(parts - 1);
    let name = &specifier[..end.map_or(specifier.len(), |(at, _)| at)];
    (!name.is_empty() && !name.starts_with(['.', '/', '#'])).then_some(name)
}

/// The folder of the package that `file` belongs to.
fn root_of(file: &Path) -> Option<PathBuf> {
    let text = file.to_str()?;
    let (before, _) = text.rsplit_once("node_modules/")?;
    Some(
        Path::new(before)
            .join("node_modules")
            .join(package_of(text)?),
    )
}

fn name_of(package: &Path) -> Option<String> {
    package_of(package.to_str()?).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(folder: &Path, path: &str, text: &str) {
        let path = folder.join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    #[test]
    fn a_package_takes_what_it_may_load_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let folder = fs_err::canonicalize(folder.path()).unwrap();
        file(
            &folder,
            "node_modules/a/package.json",
            r#"{"dependencies": {"b": "1", "gone": "1"}}"#,
        );
        file(&folder, "node_modules/b/package.json", "{}");
        file(&folder, "node_modules/c/package.json", "{}");
        file(&folder, "node_modules/c/node_modules/b/package.json", "{}");
        let mut packages = Packages::new(&folder);
        assert!(packages.put_outside("a"));
        assert!(!packages.put_outside("gone"));
        assert_eq!(packages.names().collect::<Vec<_>>(), ["a", "b"]);
        assert!(packages.keep("node_modules/b/lib/x.js"));
        assert!(!packages.keep("node_modules/c/x.js"));
        assert!(!packages.keep("node_modules/c/node_modules/b/x.js"));
        let b = Import::Outside("b/lib".to_owned());
        assert!(packages.conflict(&folder.join("index.js"), &b).is_none());
        assert!(
            packages
                .conflict(&folder.join("node_modules/c/x.js"), &b)
                .is_some()
        );
    }

    #[test]
    #[cfg(unix)]
    fn links_lead_to_packages() {
        let folder = tempfile::tempdir().unwrap();
        let folder = fs_err::canonicalize(folder.path()).unwrap();
        file(
            &folder,
            "node_modules/.pnpm/a@1/node_modules/a/package.json",
            r#"{"dependencies": {"b": "1"}}"#,
        );
        file(
            &folder,
            "node_modules/.pnpm/b@1/node_modules/b/package.json",
            "{}",
        );
        let link = |target: &str, path: &str| {
            fs_err::os::unix::fs::symlink(target, folder.join(path)).unwrap();
        };
        link(".pnpm/a@1/node_modules/a", "node_modules/a");
        link(
            "../../b@1/node_modules/b",
            "node_modules/.pnpm/a@1/node_modules/b",
        );
        let mut packages = Packages::new(&folder);
        assert!(packages.put_outside("a"));
        for path in [
            "node_modules/a",
            "node_modules/.pnpm/a@1/node_modules/a/index.js",
            "node_modules/.pnpm/a@1/node_modules/b",
            "node_modules/.pnpm/b@1/node_modules/b/index.js",
        ] {
            assert!(packages.keep(path), "{path}");
        }
        let shared = Import::Bundled("node_modules/.pnpm/b@1/node_modules/b/index.js".to_owned());
        assert!(
            packages
                .conflict(&folder.join("index.js"), &shared)
                .is_some()
        );
    }
}
