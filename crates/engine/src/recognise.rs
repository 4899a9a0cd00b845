//! What can be told of single files: which hold native code, which hold text that is evidence, which hold the handler.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use lambda_slim_archive::{Error, Input};
use lambda_slim_package::{Entry, EntryId, EntryPath, Package};
use lambda_slim_rulepack::{Format, RuleSet};

use crate::dependencies::DependencyId;
use crate::language::Language;

/// For each entry, what it holds, where its name does not say that it is text.
pub(crate) fn formats(
    input: &Input,
    languages: &[&dyn Language],
) -> Result<Vec<Option<Format>>, Error> {
    /// An ELF header is 64 bytes; the .NET header of a PE file is found through its first 1,024.
    const HEAD_BYTES: usize = 1024;
    const SHORTEST_HEADER_BYTES: u64 = 64;
    let mut formats = vec![None; input.package().len()];
    for (id, entry) in input.package().iter() {
        if entry.size_bytes() >= SHORTEST_HEADER_BYTES && may_be_native(entry.path.file_name()) {
            let head = input.read_head(id, HEAD_BYTES)?;
            formats[id.0] = languages.iter().find_map(|language| language.format(&head));
        }
    }
    Ok(formats)
}

/// Whether it is worth to open a file and look: reading the heads of ten thousand `.js` files would cost more than all
/// the rest of planning. A name decides nothing more than that.
fn may_be_native(name: &str) -> bool {
    const EXTENSIONS: [&str; 10] = [
        "so", "node", "dylib", "dll", "exe", "pyd", "jnilib", "bundle", "bin", "pdb",
    ];
    match name.rsplit_once('.') {
        None | Some(("", _)) => true,
        Some((stem, extension)) => {
            let is_version = extension.bytes().all(|byte| byte.is_ascii_digit());
            EXTENSIONS.contains(&extension)
                || (is_version && (stem.ends_with(".so") || stem.contains(".so.")))
        }
    }
}

/// The files whose words are evidence: code anywhere, and every small file of the function itself.
pub(crate) fn evidence_files(
    package: &Package,
    rules: &RuleSet,
    owners: &[Vec<DependencyId>],
) -> Result<Vec<EntryId>, globset::Error> {
    /// Own files that name other files are configuration and templates; nobody writes those by the megabyte.
    const OWN_FILE_AT_MOST_BYTES: u64 = 1 << 20;
    let (code, no_code) = (glob_set(&rules.code)?, glob_set(&rules.no_code)?);
    let speaks = |(id, entry): &(EntryId, &Entry)| {
        let is_own = owners[id.0].is_empty() && entry.size_bytes() <= OWN_FILE_AT_MOST_BYTES;
        let path = entry.path.as_str();
        !entry.is_symlink() && (is_own || code.is_match(path)) && !no_code.is_match(path)
    };
    Ok(package.iter().filter(speaks).map(|(id, _)| id).collect())
}

/// The files of the package that a handler name can mean.
pub fn files_of_handler(package: &Package, handler: &str) -> Vec<EntryId> {
    handler_files(package, &vec![None; package.len()], handler)
}

/// The files that a handler name can mean: `app.handler`, `src/app.handler`, `pkg.module.handler`, `com.x.Type::call`,
/// `Assembly::Type::Method` name a file by all that stands before the last part.
/// A package of Python is its `__init__.py`. For Node.js a name ends at its first dot, and the rest leads through what the
/// module exports: `index.routes.get`.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html> and its neighbours; `UserFunction.js` of
/// aws-lambda-ric and `bootstrap.py` of awslambdaric.
/// A file that rules would move counts by its new path.
pub(crate) fn handler_files(
    package: &Package,
    destinations: &[Option<EntryPath>],
    handler: &str,
) -> Vec<EntryId> {
    let module = match handler.split_once("::") {
        Some((module, _)) => module,
        None => handler
            .rsplit_once('.')
            .map_or(handler, |(module, _)| module),
    };
    let plain = module.trim_start_matches("./");
    let name_at = plain.rfind('/').map_or(0, |slash| slash + 1);
    let end = plain[name_at..].find('.');
    let first = &plain[..end.map_or(plain.len(), |end| name_at + end)];
    let dotted = module.replace('.', "/");
    let packages = [plain, &dotted].map(|stem| format!("{stem}/__init__.py"));
    let holds_handler = |(id, entry): &(EntryId, &Entry)| {
        let path = destinations[id.0].as_ref().unwrap_or(&entry.path).as_str();
        let is_module = packages.iter().any(|package| package == path)
            || [plain, first]
                .iter()
                .any(|stem| extension(path, stem).is_some())
            || extension(path, &dotted)
                .is_some_and(|extension| !NODE_EXTENSIONS.contains(&extension));
        path == handler || (handler != module && is_module)
    };
    package
        .iter()
        .filter(holds_handler)
        .map(|(id, _)| id)
        .collect()
}

/// Files of Node.js, for which a dot never stands for a folder: it looks for `src.js` where Python looks for `src/app.py`.
const NODE_EXTENSIONS: [&str; 3] = ["js", "mjs", "cjs"];

/// What follows a stem and a dot, up to the end of the path.
fn extension<'p>(path: &'p str, stem: &str) -> Option<&'p str> {
    let extension = path.strip_prefix(stem)?.strip_prefix('.')?;
    (!extension.contains(['.', '/'])).then_some(extension)
}

/// Compiles globs over whole paths.
pub(crate) fn glob_set(globs: &[String]) -> Result<GlobSet, globset::Error> {
    let mut builder = GlobSetBuilder::new();
    for glob in globs {
        builder.add(GlobBuilder::new(glob).literal_separator(true).build()?);
    }
    builder.build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lambda_slim_package::{EntryKind, EntryPath, FileMode};

    #[test]
    fn names_that_may_be_native() {
        for name in [
            "bootstrap",
            "a.so",
            "liba.so.1",
            "liba.so.1.2.3",
            "a.node",
            ".hidden",
        ] {
            assert!(may_be_native(name), "{name}");
        }
        for name in ["a.js", "a.so.js", "a.1", "a.so.1.txt", "README.md"] {
            assert!(!may_be_native(name), "{name}");
        }
    }

    #[test]
    fn handlers_name_their_file() {
        let check = |handler: &str, expected: &[&str]| {
            let kind = EntryKind::File {
                size_bytes: 1,
                mode: FileMode::Regular,
            };
            let paths = [
                "app.js",
                "app.test.js",
                "src/app.py",
                "src/web.js",
                "com/x/Type.class",
                "pkg/__init__.py",
                "pkg/deep/__init__.py",
                "Web.dll",
                "boot",
                "boot.d",
            ];
            let entry = |path: &&str| Entry {
                path: EntryPath::new(path).unwrap(),
                kind: kind.clone(),
            };
            let package = Package::new(paths.iter().map(entry).collect()).unwrap();
            let found = handler_files(&package, &vec![None; package.len()], handler);
            let found: Vec<&str> = found
                .iter()
                .map(|id| package.entry(*id).path.as_str())
                .collect();
            assert_eq!(found, expected, "{handler}");
        };
        check("app.handler", &["app.js"]);
        check("src/app.handler", &["src/app.py"]);
        check("src.app.handler", &["src/app.py"]);
        check("src/web.handler", &["src/web.js"]);
        check("src.web.handler", &[]);
        check("com.x.Type::call", &["com/x/Type.class"]);
        check("Web::Web.Function::Get", &["Web.dll"]);
        check("boot", &["boot"]);
        check("missing.handler", &[]);
        check("pkg.handler", &["pkg/__init__.py"]);
        check("pkg.deep.handler", &["pkg/deep/__init__.py"]);
        check("pkg/deep.handler", &["pkg/deep/__init__.py"]);
        check("app.routes.get.handler", &["app.js"]);
        check("src.app.routes.handler", &[]);
    }
}
