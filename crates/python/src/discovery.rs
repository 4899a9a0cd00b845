//! The descriptions of Google's APIs that google-api-python-client brings, hundreds of files of which a function opens a
//! few: `build("drive", "v3")` reads `drive.v3.json`.
//!
//! Source: `build` in `googleapiclient/discovery.py` and `get_static_doc` in `googleapiclient/discovery_cache/__init__.py`
//! of google-api-python-client 2.

use std::collections::BTreeSet;

use lambda_slim_archive::Error;
use lambda_slim_engine::Mark;
use lambda_slim_package::{EntryId, EntryPath, Package};
use memchr::memmem;

use crate::code::{Call, Code, resolve};
use crate::library::{Library, Understood, is_closed_code};
use crate::sources::Sources;

/// What rules call a description that no call asks for.
const UNUSED: &str = "unused-discovery-document";

/// The word that all code around the library holds.
const LIBRARY: &str = "googleapiclient";

/// Functions that read a description, by the names of their first two arguments.
const READERS: [&str; 2] = ["build", "get_static_doc"];

/// Marks the descriptions of APIs for which nothing is built. Where some code does not tell, all stay.
pub(crate) fn marks(sources: &Sources<'_>) -> Result<Vec<Mark>, Error> {
    let package = sources.input.package();
    let documents: Vec<(EntryId, &str)> = package
        .iter()
        .filter_map(|(id, entry)| Some((id, document(&entry.path)?)))
        .collect();
    if documents.is_empty() || speaks_in_closed_code(sources)? {
        return Ok(Vec::new());
    }
    let library = sources.library()?;
    let used = used(library).filter(|_| library.own.closed.is_empty());
    let Some(used) = used else {
        return Ok(Vec::new());
    };
    let unused = documents.iter().filter(|(_, name)| !used.holds(name));
    Ok(unused
        .map(|(entry, _)| Mark {
            entry: *entry,
            name: UNUSED,
        })
        .collect())
}

/// `drive.v3` of `…/documents/drive.v3.json`; the list of all APIs is none.
fn document(path: &EntryPath) -> Option<&str> {
    let name = path.file_name().strip_suffix(".json")?;
    let mut folders = path.components().rev().skip(1);
    let is_document = folders.next() == Some("documents")
        && folders.next() == Some("discovery_cache")
        && folders.next() == Some(LIBRARY);
    (is_document && name.contains('.')).then_some(name)
}

/// Whether code that cannot be read knows the library.
fn speaks_in_closed_code(sources: &Sources<'_>) -> Result<bool, Error> {
    let package: &Package = sources.input.package();
    for (id, entry) in package.iter() {
        let is_closed = !entry.is_symlink() && is_closed_code(package, &entry.path);
        if is_closed && memmem::find(&sources.input.read(id)?, LIBRARY.as_bytes()).is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The descriptions that calls ask for.
#[derive(Debug, Default)]
struct Used {
    /// `drive.v3`
    exact: BTreeSet<String>,
    /// `drive`, of a version that is not spelled out.
    services: BTreeSet<String>,
}

impl Used {
    fn holds(&self, name: &str) -> bool {
        let service = name.split('.').next().unwrap_or_default();
        self.exact.contains(name) || self.services.contains(service)
    }

    /// Takes a call in; `None` where it does not tell the service.
    fn add(&mut self, code: &Code, call: &Call) -> Option<()> {
        let texts = |at, names: [&str; 2]| {
            let given = names.iter().find_map(|name| call.argument(at, name));
            given.map(|value| resolve::texts(code, value))
        };
        let Some(services) = texts(0, ["serviceName", "service_name"]) else {
            // `builder.build()` is another function.
            return (!call.spreads.hides(false)).then_some(());
        };
        if services.others || call.spreads.hides(true) {
            return None;
        }
        match texts(1, ["version", "api_version"]).filter(|versions| !versions.others) {
            None => self.services.extend(services.known),
            Some(versions) => {
                let pairs = services.known.iter().flat_map(|service| {
                    let versions = versions.known.iter();
                    versions.map(move |version| format!("{service}.{version}"))
                });
                self.exact.extend(pairs);
            }
        }
        Some(())
    }
}

/// What all code asks for; `None` where it does not tell, or where nothing is asked for.
fn used(library: &Library) -> Option<Used> {
    let mut used = Used::default();
    let own = (&library.own.files, library.own_code());
    let dependencies = library.code_with(LIBRARY);
    let is_library = |path: &str| path.split('/').any(|part| part == LIBRARY);
    let others = dependencies.filter(|(files, _)| !files.iter().any(|(path, _)| is_library(path)));
    for (files, Understood { code, broken }) in std::iter::once(own).chain(others) {
        let speaks = |number: &usize| files[*number].1.contains(LIBRARY);
        if broken.iter().any(speaks) {
            return None;
        }
        let knows = files.iter().any(|(_, text)| text.contains(LIBRARY));
        if knows && READERS.iter().any(|name| code.hands_on(name)) {
            return None;
        }
        for call in READERS.iter().flat_map(|name| code.calls_of(name)) {
            used.add(code, call)?;
        }
    }
    let is_told = !used.exact.is_empty() || !used.services.is_empty();
    is_told.then_some(used)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Memory;
    use crate::test_input::input_of;

    /// The documents that stay for the sake of `code`.
    fn stay(code: &str) -> String {
        stay_for(&[("app.py", code)])
    }

    fn stay_for(code: &[(&str, &str)]) -> String {
        let names = ["drive.v2", "drive.v3", "gmail.v1", "index"];
        let paths = names.map(|name| format!("{LIBRARY}/discovery_cache/documents/{name}.json"));
        let documents = paths.iter().map(|path| (path.as_str(), "{}"));
        let record = (
            "google_api_python_client-2.dist-info/RECORD",
            "googleapiclient/discovery.py,,\n",
        );
        let library = ("googleapiclient/discovery.py", "def build(a, b): return a");
        let files: Vec<(&str, &str)> = documents
            .chain([record, library])
            .chain(code.iter().copied())
            .collect();
        let input = input_of(&files);
        let marked = marks(&Memory::default().of(&input)).unwrap();
        let gone: BTreeSet<EntryId> = marked.iter().map(|mark| mark.entry).collect();
        let all = input.package().iter();
        let stay =
            all.filter(|(id, entry)| entry.path.as_str().ends_with(".json") && !gone.contains(id));
        let names = stay.map(|(_, entry)| entry.path.file_name().trim_end_matches(".json"));
        names.collect::<Vec<_>>().join(" ")
    }

    const ALL: &str = "drive.v2 drive.v3 gmail.v1 index";

    #[test]
    fn what_is_built_stays() {
        let import = "from googleapiclient.discovery import build\n";
        let check =
            |code: &str, expected: &str| assert_eq!(stay(&format!("{import}{code}")), expected);
        check("build('drive', 'v3', credentials=c)", "drive.v3 index");
        check("build(serviceName='gmail', version='v1')", "gmail.v1 index");
        check(
            "NAME = 'drive'\nbuild(NAME, version=v)",
            "drive.v2 drive.v3 index",
        );
        check(
            "def make(n): return build(n, 'v1')\nmake('gmail')\nx.build()",
            "gmail.v1 index",
        );
        assert_eq!(
            stay("from googleapiclient import discovery as d\nd.build('drive', 'v2')"),
            "drive.v2 index"
        );
    }

    #[test]
    fn all_stay_in_doubt() {
        let import = "from googleapiclient.discovery import build\n";
        for code in [
            "build(event['service'], 'v3')",
            "build('drive', 'v3')\nmake(build)",
            "build(*names)",
            "build('drive', 'v3')\ngetattr(discovery, 'build')(name, 'v1')",
            "def handler(e, c): build(e['api'], 'v1')\nhandler({'api': 'gmail'}, None)",
            "pass",
        ] {
            assert_eq!(stay(&format!("{import}{code}")), ALL, "{code}");
        }
        assert_eq!(
            stay("from googleapiclient.discovery import build as b\nb('drive', 'v3')"),
            ALL
        );
        assert_eq!(stay("import something"), ALL);
        let named = (
            "app.py",
            "from googleapiclient.discovery import build\nbuild('drive', 'v3')",
        );
        assert_eq!(stay_for(&[named, ("core.so", "\0googleapiclient")]), ALL);
        assert_eq!(
            stay_for(&[named, ("more.py", "import googleapiclient\nprint 'x'")]),
            ALL
        );
    }

    #[test]
    fn libraries_build_as_well() {
        let named = (
            "app.py",
            "from googleapiclient.discovery import build\nbuild('drive', 'v3')",
        );
        let record = ("sheets-1.dist-info/RECORD", "sheets.py,,\n");
        let asks = "import googleapiclient\ngoogleapiclient.discovery.build('gmail', 'v1')";
        assert_eq!(
            stay_for(&[named, record, ("sheets.py", asks)]),
            "drive.v3 gmail.v1 index"
        );
        let open = "import googleapiclient\ngoogleapiclient.discovery.build(name, 'v1')";
        assert_eq!(stay_for(&[named, record, ("sheets.py", open)]), ALL);
    }
}
