//! A case: a small real function, how it is installed and called, and what it proves.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::language::Language;
use crate::tree::{self, Kind};

/// Raise it when the way of installing changes, so that cached folders are made again.
const INSTALL_VERSION: u32 = 1;

/// Says how to call the function, and is no part of it.
pub(crate) const CASE_FILE: &str = "case.toml";

/// The commands of a session with what they say; no part of the function either.
pub(crate) const SESSION_FILE: &str = "session.txt";

/// A folder with a `case.toml`.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// The folder's name.
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) settings: Settings,
}

/// What `case.toml` says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    /// The claim that the case proves.
    pub(crate) proves: String,
    pub(crate) runtime: Language,
    pub(crate) install: Install,
    /// As in the function's configuration.
    pub(crate) handler: String,
    /// The handler is called once with each.
    #[serde(default = "one_empty_event")]
    pub(crate) events: Vec<serde_json::Value>,
    /// Variables for the handler.
    #[serde(default)]
    pub(crate) env: BTreeMap<String, String>,
    /// For one run of the handler over all events.
    #[serde(default = "two_minutes")]
    pub(crate) timeout_seconds: u64,
    #[serde(default)]
    pub(crate) npm_arguments: Vec<String>,
    #[serde(default)]
    pub(crate) pip_arguments: Vec<String>,
    #[serde(default)]
    pub(crate) pack_arguments: Vec<String>,
    /// What is packed, where it cannot run as it is; the folder `function` beside it does.
    pub(crate) packs: Option<PathBuf>,
}

/// What brings the dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Install {
    Npm,
    Pip,
    Maven,
    Rustc,
    Cargo,
    Go,
}

impl Install {
    /// Files of the case's root that the installation reads and that are no part of the function.
    pub(crate) fn build_files(self) -> &'static [&'static str] {
        match self {
            Self::Npm => &["build.cjs"],
            Self::Pip | Self::Cargo | Self::Go => &[],
            Self::Maven => &["pom.xml", "src"],
            Self::Rustc => &["bootstrap.rs"],
        }
    }
}

impl Install {
    /// The program that builds, where the run time does not bring it.
    pub(crate) fn builder(self) -> Option<&'static str> {
        match self {
            Self::Cargo => Some("cargo"),
            Self::Go => Some("go"),
            Self::Npm | Self::Pip | Self::Maven | Self::Rustc => None,
        }
    }
}

fn one_empty_event() -> Vec<serde_json::Value> {
    vec![serde_json::json!({})]
}

fn two_minutes() -> u64 {
    120
}

impl Case {
    /// Reads the case in `folder`.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let file = folder.join(CASE_FILE);
        let text = fs_err::read_to_string(&file)?;
        let settings = toml::from_str(&text).with_context(|| file.display().to_string())?;
        let name = folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Ok(Self {
            name,
            folder: folder.to_owned(),
            settings,
        })
    }

    /// Reads all cases below `folder`, by name.
    pub(crate) fn read_all(folder: &Path) -> anyhow::Result<Vec<Self>> {
        let mut folders = Vec::new();
        for entry in fs_err::read_dir(folder)? {
            let path = entry?.path();
            if path.join(CASE_FILE).is_file() {
                folders.push(path);
            }
        }
        folders.sort();
        folders.iter().map(|folder| Self::read(folder)).collect()
    }

    /// Stands for everything that decides what an installation brings: not for how the handler is called.
    pub(crate) fn key(&self, run_time: &str) -> anyhow::Result<String> {
        let mut hasher = Sha256::new();
        let settings = &self.settings;
        hasher.update(format!(
            "{INSTALL_VERSION} {run_time} {:?} {:?}",
            settings.install, settings.npm_arguments
        ));
        if !settings.pip_arguments.is_empty() {
            hasher.update(format!(" {:?}", settings.pip_arguments));
        }
        for entry in tree::entries(&self.folder)? {
            if [CASE_FILE, SESSION_FILE]
                .iter()
                .any(|name| entry.path == Path::new(name))
            {
                continue;
            }
            let contents = match &entry.kind {
                Kind::Folder => continue,
                Kind::File { .. } => fs_err::read(self.folder.join(&entry.path))?,
                Kind::Link { target } => target.to_string_lossy().into_owned().into_bytes(),
            };
            hasher.update(format!("\0{}\0{}\0", entry.path.display(), contents.len()));
            hasher.update(&contents);
        }
        Ok(tree::hex(&hasher.finalize())[..16].to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASE: &str =
        "proves = 'it works'\nruntime = 'nodejs'\ninstall = 'npm'\nhandler = 'index.handler'\n";

    fn case(folder: &Path, files: &[(&str, &str)]) -> Case {
        for (name, text) in files {
            fs_err::write(folder.join(name), text).unwrap();
        }
        Case::read(folder).unwrap()
    }

    fn key(files: &[(&str, &str)]) -> String {
        let folder = tempfile::tempdir().unwrap();
        case(folder.path(), files).key("nodejs20.x").unwrap()
    }

    #[test]
    fn the_key_follows_files_and_not_the_way_of_calling() {
        let plain = key(&[(CASE_FILE, CASE), ("index.js", "1")]);
        assert_eq!(plain.len(), 16);
        let other_event = format!("{CASE}events = [{{ a = 1 }}]\n");
        assert_eq!(plain, key(&[(CASE_FILE, &other_event), ("index.js", "1")]));
        assert_ne!(plain, key(&[(CASE_FILE, CASE), ("index.js", "2")]));
        assert_ne!(plain, key(&[(CASE_FILE, CASE), ("main.js", "1")]));
        let other_install = format!("{CASE}npm-arguments = ['--install-links']\n");
        assert_ne!(
            plain,
            key(&[(CASE_FILE, &other_install), ("index.js", "1")])
        );
    }

    #[test]
    fn the_key_follows_the_run_time() {
        let folder = tempfile::tempdir().unwrap();
        let case = case(folder.path(), &[(CASE_FILE, CASE)]);
        assert_ne!(
            case.key("nodejs20.x").unwrap(),
            case.key("nodejs22.x").unwrap()
        );
    }

    #[test]
    fn unknown_settings_are_refused() {
        let wrong = format!("{CASE}hanlder = 'x'\n");
        assert!(toml::from_str::<Settings>(&wrong).is_err());
        assert_eq!(toml::from_str::<Settings>(CASE).unwrap().events.len(), 1);
    }

    #[test]
    fn every_case_of_this_repository_can_be_read() {
        for folder in ["tests/runs", "tests/sessions", "crates/dev/samples"] {
            let cases = Case::read_all(&crate::product::repository().join(folder)).unwrap();
            assert!(!cases.is_empty());
            assert!(cases.iter().all(|case| !case.settings.proves.is_empty()));
        }
    }
}
