use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{Import, Inputs, SourceMap};

/// The esbuild of a project.
#[derive(Debug)]
pub(super) struct Esbuild(PathBuf);

/// How modules are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// With `import` and `export`.
    Modules,
    /// With `require`.
    CommonJs,
}

/// One call.
pub(super) struct Run<'a> {
    pub(super) folder: &'a Path,
    pub(super) entry: &'a Path,
    pub(super) format: Format,
    pub(super) main_fields: &'a str,
    pub(super) node_version: Option<&'a str>,
    pub(super) source_map: SourceMap,
    pub(super) external: &'a BTreeSet<String>,
    /// The folder that it writes to.
    pub(super) output: &'a Path,
}

/// What came of a call.
pub(super) enum Made {
    Bundled(Inputs),
    Failed(Failure),
}

/// Why there is no bundle.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Failure {
    /// The first error.
    pub(super) first: String,
    /// Packages that are not installed.
    pub(super) unresolved: BTreeSet<String>,
    /// Files that esbuild has no loader for.
    pub(super) unloadable: BTreeSet<String>,
}

/// `require` for the CommonJS parts of a bundle that is a module itself; Node.js gives modules none.
/// Source: <https://github.com/evanw/esbuild/issues/1921>.
const REQUIRE: &str = "--banner:js=import{createRequire as __createRequire}from'node:module';\
                       const require=__createRequire(import.meta.url);";

impl Esbuild {
    /// In the `node_modules` of `folder` or of a folder above it, as Node.js looks, or else on the path.
    pub(super) fn find(folder: &Path) -> Option<Self> {
        let installed = folder
            .ancestors()
            .map(|folder| folder.join("node_modules/.bin/esbuild"));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let on_path: Vec<PathBuf> = std::env::split_paths(&path)
            .map(|folder| folder.join("esbuild"))
            .collect();
        installed
            .chain(on_path)
            .find(|path| path.is_file())
            .map(Self)
    }

    pub(super) fn run(&self, run: &Run<'_>) -> io::Result<Made> {
        let metafile = run.output.join("meta.json");
        let mut command = Command::new(&self.0);
        command.current_dir(run.folder).stdin(Stdio::null());
        command.arg(run.entry).args(run.arguments());
        command.arg(format!("--metafile={}", metafile.display()));
        command.arg(format!(
            "--outfile={}",
            run.output.join(run.output_file()).display()
        ));
        let done = command.output()?;
        if !done.status.success() {
            return Ok(Made::Failed(Failure::read(&String::from_utf8_lossy(
                &done.stderr,
            ))));
        }
        let inputs = inputs(&fs_err::read(&metafile)?);
        inputs
            .map(Made::Bundled)
            .ok_or_else(|| io::Error::other("esbuild wrote no list of its inputs"))
    }
}

impl Run<'_> {
    /// The bundle, which takes the place of the handler's file.
    pub(super) fn output_file(&self) -> PathBuf {
        let is_typescript = ["ts", "mts", "cts"].iter().any(|typed| {
            self.entry
                .extension()
                .is_some_and(|extension| extension == *typed)
        });
        match self.format {
            Format::Modules if is_typescript => self.entry.with_extension("mjs"),
            Format::CommonJs if is_typescript => self.entry.with_extension("cjs"),
            _ => self.entry.to_owned(),
        }
    }

    fn arguments(&self) -> Vec<String> {
        let version = self.node_version.unwrap_or("20");
        // Names of classes and functions are read at run time, in errors and by injectors.
        let mut arguments: Vec<String> =
            ["--bundle", "--minify", "--keep-names", "--platform=node"]
                .map(str::to_owned)
                .to_vec();
        arguments.extend([
            format!("--target=node{version}"),
            format!("--main-fields={}", self.main_fields),
            "--loader:.node=copy".to_owned(),
            "--log-level=error".to_owned(),
            "--log-limit=0".to_owned(),
            "--color=false".to_owned(),
        ]);
        match self.format {
            Format::CommonJs => arguments.push("--format=cjs".to_owned()),
            Format::Modules => arguments.extend(["--format=esm".to_owned(), REQUIRE.to_owned()]),
        }
        if self.source_map == SourceMap::Beside {
            arguments.extend([
                "--sourcemap=external".to_owned(),
                "--sources-content=false".to_owned(),
            ]);
        }
        arguments.extend(
            self.external
                .iter()
                .map(|name| format!("--external:{name}")),
        );
        arguments
    }
}

impl Format {
    /// How Node.js would read the entry.
    /// Source: <https://nodejs.org/api/packages.html#determining-module-system>.
    pub(super) fn of(folder: &Path, entry: &Path) -> Self {
        let extension = entry.extension().and_then(|extension| extension.to_str());
        match extension {
            Some("mjs" | "mts") => return Self::Modules,
            Some("cjs" | "cts") => return Self::CommonJs,
            _ => {}
        }
        let nearest = entry
            .ancestors()
            .skip(1)
            .map(|place| folder.join(place).join("package.json"));
        let manifest = nearest.into_iter().find_map(|path| fs_err::read(path).ok());
        let manifest = manifest.and_then(|text| serde_json::from_slice::<Value>(&text).ok());
        let is_module = manifest.is_some_and(|manifest| manifest["type"] == "module");
        if is_module {
            Self::Modules
        } else {
            Self::CommonJs
        }
    }
}

/// What the metafile says: <https://esbuild.github.io/api/#metafile>.
fn inputs(metafile: &[u8]) -> Option<Inputs> {
    let metafile: Value = serde_json::from_slice(metafile).ok()?;
    let import = |import: &Value| {
        let path = import["path"].as_str()?.to_owned();
        let is_outside = import["external"] == true;
        Some(if is_outside {
            Import::Outside(path)
        } else {
            Import::Bundled(path)
        })
    };
    let mut inputs = BTreeMap::new();
    for (path, input) in metafile["inputs"].as_object()? {
        let imports = input["imports"].as_array().into_iter().flatten();
        inputs.insert(path.clone(), imports.filter_map(import).collect());
    }
    Some(inputs)
}

impl Failure {
    /// Reads esbuild's messages: `Could not resolve "NAME"`, `No loader is configured for ".x" files: PATH`.
    fn read(messages: &str) -> Self {
        let mut failure = Self::default();
        for line in messages.lines() {
            let Some((_, error)) = line.split_once("[ERROR] ") else {
                continue;
            };
            if failure.first.is_empty() {
                failure.first = error.to_owned();
            }
            if let Some((_, rest)) = error.split_once("Could not resolve \"") {
                let name = rest.split('"').next().unwrap_or_default();
                let is_package = !name.starts_with(['.', '/']) && !name.is_empty();
                failure
                    .unresolved
                    .extend(is_package.then(|| name.to_owned()));
            }
            if let Some((_, path)) = error.split_once("No loader is configured for ") {
                let path = path.split_once("files: ").map(|(_, path)| path.trim());
                failure.unloadable.extend(path.map(str::to_owned));
            }
        }
        failure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_what_to_leave_outside() {
        let messages = "\
✘ [ERROR] Could not resolve \"@nestjs/microservices\"

    node_modules/@nestjs/core/nest-factory.js:10:5:
✘ [ERROR] Could not resolve \"./gone\"
✘ [ERROR] No loader is configured for \".wasm\" files: node_modules/a/a.wasm
";
        let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let expected = Failure {
            first: "Could not resolve \"@nestjs/microservices\"".to_owned(),
            unresolved: list(&["@nestjs/microservices"]),
            unloadable: list(&["node_modules/a/a.wasm"]),
        };
        assert_eq!(Failure::read(messages), expected);
    }

    #[test]
    fn metafiles_name_what_each_file_imports() {
        let metafile = br#"{"inputs": {"index.js": {"bytes": 1, "imports": [
            {"path": "lib/a.js", "kind": "require-call", "original": "./lib/a"},
            {"path": "sharp", "kind": "require-call", "external": true}]}}, "outputs": {}}"#;
        let expected = Inputs::from([(
            "index.js".to_owned(),
            vec![
                Import::Bundled("lib/a.js".to_owned()),
                Import::Outside("sharp".to_owned()),
            ],
        )]);
        assert_eq!(inputs(metafile), Some(expected));
        assert_eq!(inputs(b"{}"), None);
    }
}
