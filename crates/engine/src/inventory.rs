use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use globset::{GlobSet, GlobSetBuilder};
use lambda_slim_archive::{Error, Input};
use lambda_slim_package::{
    Architecture, EntryId, EntryPath, LinkTarget, Package, PackageKind, Runtime,
};
use lambda_slim_rulepack::{Conditions, Format, Matcher, Rule, RuleIndex, RuleSet, Scope};

use crate::detect::{self, Detected, Target};
use crate::evidence::{Evidences, Question};
use crate::language::{FoundDependency, Language};

/// The place of a dependency in its [`Inventory`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DependencyId(pub usize);

/// A package of some package manager inside the deployment package.
#[derive(Debug, Clone)]
pub struct Dependency {
    /// What kind it is.
    pub scope: Scope,
    /// Its name.
    pub name: String,
    /// Its version, if known.
    pub version: Option<String>,
    /// The folder where the patterns of rules start; `None` is the root.
    pub root: Option<EntryPath>,
}

/// What the input was recognised to be.
#[derive(Debug)]
pub struct Inventory {
    /// What the package is meant for.
    pub target: Target,
    /// The dependencies inside.
    pub dependencies: Vec<Dependency>,
    /// For each entry: the dependencies that it belongs to; none means it is the function's own.
    pub owners: Vec<Vec<DependencyId>>,
    /// For each entry: what it holds, where that was looked at.
    pub formats: Vec<Option<Format>>,
    /// For each entry: the rules that take it by its path, its contents and the target.
    pub(crate) candidates: Vec<Vec<RuleIndex>>,
    /// What the code says.
    pub(crate) evidences: Evidences,
    /// The files of the handler.
    pub handler_files: Vec<EntryId>,
}

/// What the user said about the target and the work.
#[derive(Debug, Clone)]
pub struct Wishes {
    /// The run time, instead of what the files show.
    pub runtime: Option<Runtime>,
    /// The architecture, instead of what the files show.
    pub arch: Option<Architecture>,
    /// Function or layer.
    pub kind: PackageKind,
    /// The handler, as in the function's configuration.
    pub handler: Option<String>,
    /// What level the rules may go to.
    pub level: lambda_slim_rulepack::Level,
    /// The AWS services that stay.
    pub services: Option<Vec<String>>,
    /// How much to do at once.
    pub threads: Threads,
}

/// How many threads work, and how many bytes they may hold.
#[derive(Debug, Clone, Copy)]
pub struct Threads {
    /// Number of threads.
    pub count: NonZeroUsize,
    /// Bytes of file contents in memory at once; one file is always allowed.
    pub budget_bytes: u64,
}

/// Why the input could not be inspected.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// Something could not be read.
    #[error(transparent)]
    Archive(#[from] Error),
    /// A pattern is no glob. Rules were checked before, so it is one with a placeholder.
    #[error("a pattern is no glob once its placeholders are filled in")]
    Glob(#[from] globset::Error),
}

/// Looks at the input: what it is meant for, which dependencies it holds, which rules reach which entries, and what the
/// code says about them.
pub fn inspect(
    input: &Input,
    rules: &RuleSet,
    languages: &[&dyn Language],
    wishes: &Wishes,
    enabled: impl Fn(&Rule) -> bool,
) -> Result<Inventory, InspectError> {
    let package = input.package();
    let runtime = match &wishes.runtime {
        Some(runtime) => Some(Detected::stated(runtime.clone())),
        None => detect::runtime(package, &rules.signs),
    };
    let formats = formats(input, languages)?;
    let arch = match wishes.arch {
        Some(arch) => Some(Detected::stated(arch)),
        None => detect::arch(&formats),
    };
    let found = dependencies(input, rules, languages)?;
    let owners = owners(package, &found);
    let dependencies: Vec<Dependency> = found.into_iter().map(Dependency::from).collect();
    let conditions = Conditions {
        level: wishes.level,
        runtime: runtime.as_ref().map(|detected| detected.value.clone()),
        arch: arch.as_ref().map(|detected| detected.value),
        kind: wishes.kind,
        services: wishes.services.clone(),
    };
    let matcher = Matcher::new(rules, &conditions, enabled)?;
    let candidates = candidates(package, rules, &matcher, &owners, &dependencies, &formats);
    let code = code(package, &rules.code, &owners)?;
    let question = Question {
        input,
        rules,
        candidates: &candidates,
        owners: &owners,
        code: &code,
        languages,
        threads: wishes.threads,
    };
    let evidences = Evidences::gather(&question)?;
    let handler_files = wishes
        .handler
        .iter()
        .flat_map(|handler| handler_files(package, handler))
        .collect();
    let target = Target {
        runtime,
        arch,
        kind: wishes.kind,
    };
    Ok(Inventory {
        target,
        dependencies,
        owners,
        formats,
        candidates,
        evidences,
        handler_files,
    })
}

/// What files hold that can be native: they have execute rights, no extension or one that libraries have.
fn formats(input: &Input, languages: &[&dyn Language]) -> Result<Vec<Option<Format>>, Error> {
    /// An ELF header is 64 bytes; the .NET header of a PE file is found through its first 1,024.
    const HEAD_BYTES: usize = 1024;
    let mut formats = vec![None; input.package().len()];
    for (id, entry) in input.package().iter() {
        if entry.size_bytes() >= 64 && may_be_native(entry.path.file_name()) {
            let head = input.read_head(id, HEAD_BYTES)?;
            formats[id.0] = languages.iter().find_map(|language| language.format(&head));
        }
    }
    Ok(formats)
}

/// Whether it is worth to open a file and look: reading the heads of ten thousand `.js` files would cost more than all
/// the rest of planning.
fn may_be_native(name: &str) -> bool {
    const EXTENSIONS: [&str; 9] = [
        "so", "node", "dylib", "dll", "exe", "pyd", "jnilib", "bundle", "bin",
    ];
    match name.rsplit_once('.') {
        None | Some(("", _)) => true,
        Some((stem, extension)) => {
            EXTENSIONS.contains(&extension)
                || stem.contains(".so.")
                || (stem.ends_with(".so") && extension.bytes().all(|byte| byte.is_ascii_digit()))
        }
    }
}

fn dependencies(
    input: &Input,
    rules: &RuleSet,
    languages: &[&dyn Language],
) -> Result<Vec<FoundDependency>, Error> {
    let mut found = by_folder(input.package(), rules);
    for language in languages {
        found.extend(language.dependencies(input)?);
    }
    Ok(found)
}

/// Dependencies that lie in a folder of their own; an entry belongs to the innermost one.
fn by_folder(package: &Package, rules: &RuleSet) -> Vec<FoundDependency> {
    let mut found: Vec<FoundDependency> = Vec::new();
    let mut places: BTreeMap<(Scope, EntryPath), usize> = BTreeMap::new();
    for folder in package.folders() {
        for pattern in &rules.dependencies {
            if let Some((name, version)) = pattern.read(folder) {
                places.insert((pattern.scope, folder.clone()), found.len());
                found.push(FoundDependency {
                    scope: pattern.scope,
                    name: name.to_owned(),
                    version: version.map(str::to_owned),
                    root: Some(folder.clone()),
                    entries: Vec::new(),
                });
            }
        }
    }
    for (id, entry) in package.iter() {
        for scope in Scope::ALL {
            let folders = std::iter::successors(entry.path.parent(), EntryPath::parent);
            let mut homes = folders.filter_map(|folder| places.get(&(*scope, folder)));
            if let Some(home) = homes.next() {
                found[*home].entries.push(id);
            }
        }
    }
    found
}

fn owners(package: &Package, found: &[FoundDependency]) -> Vec<Vec<DependencyId>> {
    let mut owners = vec![Vec::new(); package.len()];
    for (index, dependency) in found.iter().enumerate() {
        for entry in &dependency.entries {
            owners[entry.0].push(DependencyId(index));
        }
    }
    owners
}

impl From<FoundDependency> for Dependency {
    fn from(found: FoundDependency) -> Self {
        Self {
            scope: found.scope,
            name: found.name,
            version: found.version,
            root: found.root,
        }
    }
}

/// For each entry the rules that take it, before evidence is asked.
fn candidates(
    package: &Package,
    rules: &RuleSet,
    matcher: &Matcher,
    owners: &[Vec<DependencyId>],
    dependencies: &[Dependency],
    formats: &[Option<Format>],
) -> Vec<Vec<RuleIndex>> {
    let of_entry = |(id, entry): (EntryId, &lambda_slim_package::Entry)| {
        let mut found = Vec::new();
        matcher.matches(Scope::Package, entry.path.as_str(), &mut found);
        found.retain(|index| rules.rules[index.0].when.package.is_empty());
        for owner in &owners[id.0] {
            let dependency = &dependencies[owner.0];
            let path = match &dependency.root {
                Some(root) => entry.path.relative_to(root).unwrap_or_default(),
                None => entry.path.as_str(),
            };
            let mut of_owner = Vec::new();
            matcher.matches(dependency.scope, path, &mut of_owner);
            of_owner.retain(|index| {
                let names = &rules.rules[index.0].when.package;
                names.is_empty() || names.contains(&dependency.name)
            });
            found.extend(of_owner);
        }
        found.retain(|index| {
            let when = &rules.rules[index.0].when;
            let format_fits = when.format.is_empty()
                || formats[id.0].is_some_and(|format| when.format.contains(&format));
            format_fits
                && (!when.dangling_link || package.resolve_link(entry) == LinkTarget::Dangling)
        });
        found.sort_unstable();
        found.dedup();
        found
    };
    package.iter().map(of_entry).collect()
}

/// The files whose words are evidence: code anywhere, and every readable text of the function itself.
fn code(
    package: &Package,
    globs: &[String],
    owners: &[Vec<DependencyId>],
) -> Result<Vec<EntryId>, globset::Error> {
    /// Own files that name other files are configuration and templates; nobody writes those by the megabyte.
    const OWN_TEXT_AT_MOST_BYTES: u64 = 1 << 20;
    let set = glob_set(globs)?;
    let is_code = |(id, entry): &(EntryId, &lambda_slim_package::Entry)| {
        let own_text = owners[id.0].is_empty() && entry.size_bytes() <= OWN_TEXT_AT_MOST_BYTES;
        !entry.is_symlink() && (own_text || set.is_match(entry.path.as_str()))
    };
    Ok(package.iter().filter(is_code).map(|(id, _)| id).collect())
}

/// Compiles globs over whole paths.
pub(crate) fn glob_set(globs: &[String]) -> Result<GlobSet, globset::Error> {
    let mut builder = GlobSetBuilder::new();
    for glob in globs {
        builder.add(
            globset::GlobBuilder::new(glob)
                .literal_separator(true)
                .build()?,
        );
    }
    builder.build()
}

/// The files that a handler name can mean: `app.handler`, `src/app.handler`, `pkg.module.handler`, `com.x.Type::call`,
/// `Assembly::Type::Method` name a file by all that stands before the last part.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html> and its neighbours.
fn handler_files(package: &Package, handler: &str) -> Vec<EntryId> {
    let module = match handler.split_once("::") {
        Some((module, _)) => module,
        None => handler
            .rsplit_once('.')
            .map_or(handler, |(module, _)| module),
    };
    let stems = [
        module.trim_start_matches("./").to_owned(),
        module.replace('.', "/"),
    ];
    let is_handler = |(_, entry): &(EntryId, &lambda_slim_package::Entry)| {
        let path = entry.path.as_str();
        path == handler
            || stems.iter().any(|stem| {
                let rest = path.strip_prefix(stem.as_str());
                rest.is_some_and(|rest| rest.starts_with('.') && !rest[1..].contains(['.', '/']))
            })
    };
    package
        .iter()
        .filter(is_handler)
        .map(|(id, _)| id)
        .collect()
}
