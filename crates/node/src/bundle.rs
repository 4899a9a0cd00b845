//! One file of JavaScript in place of many: the project's own esbuild makes it, and what a file of a bundle could no
//! longer find stays beside it.
//!
//! A package stays outside, with all that it may load, when its code asks for its own folder, loads what its text does
//! not tell, or is native: each of these breaks silently inside a bundle. What comes out is loaded once in the local
//! Node.js before anybody may use it; in any doubt there is no bundle, and the reason is told.

mod check;
mod esbuild;
mod packages;
mod stage;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use lambda_slim_archive::{Input, TemporaryFolder};

use self::esbuild::{Esbuild, Format, Made, Run};
use self::packages::{Packages, package_of};
use crate::references::References;

/// What to bundle, and how.
#[derive(Debug, Clone)]
pub struct BundleOrder<'a> {
    /// The function's folder.
    pub folder: &'a Path,
    /// What lies in it.
    pub input: &'a Input,
    /// The handler, as in the function's configuration.
    pub handler: Option<&'a str>,
    /// Packages that stay outside in any case.
    pub external: &'a [String],
    /// The version of Node.js, such as `22`.
    pub node_version: Option<&'a str>,
    /// Whether a source map lies beside the bundle.
    pub source_map: SourceMap,
}

/// Whether there is a source map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceMap {
    /// None.
    Without,
    /// A file beside the bundle, without the sources themselves.
    Beside,
}

/// What came of it.
pub enum Bundling {
    /// This.
    Bundled(Bundle),
    /// No bundle that could be trusted, for this reason.
    Declined(String),
}

/// A function whose code is one file, and which has loaded.
pub struct Bundle {
    /// Where it lies while this value lives.
    pub folder: TemporaryFolder,
    /// The bundle, relative to that folder.
    pub file: String,
    /// How many files it is made of.
    pub sources: usize,
    /// Packages that stay beside it because of their own code, with all that they may load.
    pub external: BTreeSet<String>,
}

/// Why nothing was tried.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The file of the handler is not there.
    #[error(
        "no file to bundle: `{0}` is not in the package; name the function's handler with --handler"
    )]
    NoEntry(String),
    /// There is no esbuild.
    #[error(
        "there is no esbuild in node_modules or on PATH; add it with `npm install --save-dev esbuild`"
    )]
    NoEsbuild,
    /// A program could not be started, or a file not be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The package could not be read or copied.
    #[error(transparent)]
    Archive(#[from] lambda_slim_archive::Error),
}

impl BundleError {
    /// Whether the user has to ask in another way.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::NoEntry(_) | Self::NoEsbuild)
    }
}

/// Fields by which esbuild finds the code of a package. Builds for bundlers load faster (measured: 742 kB and 124 ms
/// became 469 kB and 86 ms for two AWS clients), but not all of them load in Node.js.
const MAIN_FIELDS: [&str; 2] = ["module,main", "main,module"];

/// More rounds than any chain of packages that need each other has taken.
const ROUNDS_AT_MOST: usize = 20;

/// Bundles the code of a function.
pub fn bundle(order: &BundleOrder<'_>) -> Result<Bundling, BundleError> {
    let folder = fs_err::canonicalize(order.folder)?;
    let entry = entry(order, &folder)?;
    let esbuild = Esbuild::find(&folder).ok_or(BundleError::NoEsbuild)?;
    let mut reason = String::new();
    for main_fields in MAIN_FIELDS {
        let attempt = Attempt {
            order,
            folder: &folder,
            entry: &entry,
            esbuild: &esbuild,
            main_fields,
        };
        match attempt.make()? {
            Bundling::Bundled(bundle) => return Ok(Bundling::Bundled(bundle)),
            Bundling::Declined(why) => reason = why,
        }
    }
    Ok(Bundling::Declined(reason))
}

/// The file where the function begins, relative to its folder.
fn entry(order: &BundleOrder<'_>, folder: &Path) -> Result<PathBuf, BundleError> {
    const EXTENSIONS: [&str; 6] = ["mjs", "js", "cjs", "ts", "mts", "cts"];
    let handler = order.handler.unwrap_or("index.handler");
    let module = handler
        .rsplit_once('.')
        .map_or(handler, |(module, _)| module);
    let module = module.trim_start_matches("./");
    let files = EXTENSIONS.map(|extension| PathBuf::from(format!("{module}.{extension}")));
    let main = order.handler.is_none().then(|| main(folder)).flatten();
    let mut files = files
        .into_iter()
        .chain([PathBuf::from(handler)])
        .chain(main);
    files
        .find(|file| folder.join(file).is_file())
        .ok_or_else(|| BundleError::NoEntry(format!("{module}.js")))
}

/// The file that the function's own package.json calls its main one.
fn main(folder: &Path) -> Option<PathBuf> {
    let manifest = fs_err::read(folder.join("package.json")).ok()?;
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).ok()?;
    let main = manifest.get("main")?.as_str()?.trim_start_matches("./");
    // What leaves the folder is no file of the function.
    let path = lambda_slim_package::EntryPath::new(main).ok()?;
    Some(PathBuf::from(path.as_str()))
}

struct Attempt<'a> {
    order: &'a BundleOrder<'a>,
    folder: &'a Path,
    entry: &'a Path,
    esbuild: &'a Esbuild,
    main_fields: &'static str,
}

impl Attempt<'_> {
    /// Bundles, and puts every package outside that turns out to belong there, until none does any more.
    fn make(&self) -> Result<Bundling, BundleError> {
        let mut packages = Packages::new(self.folder);
        let mut missing: BTreeSet<String> = self.order.external.iter().cloned().collect();
        missing.retain(|name| !packages.put_outside(name));
        for _ in 0..ROUNDS_AT_MOST {
            let scratch = TemporaryFolder::new_in(&std::env::temp_dir())?;
            let names: BTreeSet<String> = packages.names().chain(missing.iter().cloned()).collect();
            let run = Run {
                folder: self.folder,
                entry: self.entry,
                format: Format::of(self.folder, self.entry),
                main_fields: self.main_fields,
                node_version: self.order.node_version,
                source_map: self.order.source_map,
                external: &names,
                output: scratch.path(),
            };
            match self.esbuild.run(&run)? {
                Made::Failed(failure) => {
                    let before = (packages.len(), missing.len());
                    for path in failure.unloadable {
                        packages.put_outside_of(&self.folder.join(path));
                    }
                    // What is not installed fails when it is asked for, as it did before.
                    missing.extend(failure.unresolved);
                    if before == (packages.len(), missing.len()) {
                        return Ok(Bundling::Declined(format!("esbuild: {}", failure.first)));
                    }
                }
                Made::Bundled(inputs) => match self.judge(&mut packages, &inputs) {
                    Judgement::Fine => return self.finish(&run, &packages, &inputs),
                    Judgement::Again => {}
                    Judgement::Hopeless(why) => return Ok(Bundling::Declined(why)),
                },
            }
        }
        Ok(Bundling::Declined(
            "packages that cannot be bundled need each other without end".to_owned(),
        ))
    }

    /// Whether every file of the bundle may be in one.
    fn judge(&self, packages: &mut Packages, inputs: &Inputs) -> Judgement {
        let before = packages.len();
        for (path, imports) in inputs {
            let file = self.folder.join(path);
            let home = package_of(path);
            let doubt = self.doubt(&file, home.is_some()).or_else(|| {
                imports
                    .iter()
                    .find_map(|import| packages.conflict(&file, import))
            });
            match (doubt, home) {
                (None, _) => {}
                (Some(_), Some(_)) => packages.put_outside_of(&file),
                (Some(why), None) => return Judgement::Hopeless(format!("{path} {why}")),
            }
        }
        if packages.len() == before {
            Judgement::Fine
        } else {
            Judgement::Again
        }
    }

    /// What speaks against having a file in a bundle.
    fn doubt(&self, file: &Path, is_dependency: bool) -> Option<String> {
        if file
            .extension()
            .is_some_and(|extension| extension == "node")
        {
            return Some("is native code".to_owned());
        }
        // What is empty for Node.js, and what esbuild adds itself, lies nowhere.
        let code = fs_err::read(file).ok()?;
        if file
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            return None;
        }
        let references = References::read(&String::from_utf8_lossy(&code));
        // The function's own code finds its folder where the bundle takes the place of the handler.
        let is_at_home = !is_dependency && file.parent() == self.folder.join(self.entry).parent();
        let loads = references
            .prefixes
            .iter()
            .any(|start| !start.starts_with('.'));
        if references.undecided || loads {
            return Some("loads, or hands out, what cannot be told from its text".to_owned());
        }
        let looks_around = !(references.anchors.is_empty() && references.paths.is_empty());
        (looks_around && !is_at_home)
            .then(|| "finds files by its own folder, which is another one in a bundle".to_owned())
    }

    /// A file of the bundle, or of a package beside it, that holds a TypeScript compiler. Loading the handler does not
    /// show that it misses the typings.
    fn compiler(&self, packages: &Packages, inputs: &Inputs) -> io::Result<Option<String>> {
        const CODE: [&str; 3] = ["js", "cjs", "mjs"];
        /// What every such compiler loads first.
        const LIBRARY: &str = "lib.es5.d.ts";
        let entries = self.order.input.package().iter();
        let files = entries.filter(|(_, entry)| !entry.is_symlink());
        let paths = files.map(|(_, entry)| entry.path.as_str());
        let may_load = |path: &&str| inputs.contains_key(*path) || packages.keep(path);
        for path in paths.filter(may_load) {
            let file = self.folder.join(path);
            let is_code = file
                .extension()
                .is_some_and(|has| CODE.iter().any(|code| has == *code));
            if is_code && String::from_utf8_lossy(&fs_err::read(file)?).contains(LIBRARY) {
                return Ok(Some(path.to_owned()));
            }
        }
        Ok(None)
    }

    /// Puts everything into its place and loads it.
    fn finish(
        &self,
        run: &Run<'_>,
        packages: &Packages,
        inputs: &Inputs,
    ) -> Result<Bundling, BundleError> {
        if let Some(compiler) = self.compiler(packages, inputs)? {
            return Ok(Bundling::Declined(format!(
                "{compiler} checks types and reads typings of packages that a bundle leaves out"
            )));
        }
        let folder = TemporaryFolder::new_in(&std::env::temp_dir())?;
        stage::stage(
            self.order.input,
            packages,
            inputs,
            run,
            &folder.path().join("task"),
        )?;
        let file = run.output_file();
        let function = self.order.handler.unwrap_or("index.handler");
        let name = function.rsplit('.').next().unwrap_or("handler");
        let load = |task: &Path, file: &Path| check::load(&task.join(file), name, run.format);
        if let Err(why) = load(&folder.path().join("task"), &file) {
            let unbundled = load(self.folder, self.entry);
            return Ok(Bundling::Declined(match unbundled {
                Ok(()) => format!("the bundle does not load in the local Node.js: {why}"),
                Err(why) => {
                    format!("the handler does not load in the local Node.js, bundled or not: {why}")
                }
            }));
        }
        Ok(Bundling::Bundled(Bundle {
            folder,
            file: file.to_string_lossy().into_owned(),
            sources: inputs.len(),
            external: packages.causes().clone(),
        }))
    }
}

impl Bundle {
    /// The folder of the function as it is now.
    pub fn task(&self) -> PathBuf {
        self.folder.path().join("task")
    }
}

/// The files of a bundle, relative to the function's folder, and what each imports.
type Inputs = BTreeMap<String, Vec<Import>>;

/// What a file of a bundle imports.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Import {
    /// A file of the bundle, by its path.
    Bundled(String),
    /// Something that stays outside, by its specifier.
    Outside(String),
}

enum Judgement {
    /// Nothing speaks against it.
    Fine,
    /// More packages have to stay outside.
    Again,
    /// The function's own code cannot be bundled.
    Hopeless(String),
}
