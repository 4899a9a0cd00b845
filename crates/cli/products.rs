//! What runs write, and what is no part of a package although it lies in its folder.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::args::PackArgs;
use crate::output::{Destination, default_zip};

/// What this run of `pack` writes, and what one without options would write.
pub(crate) fn of_pack(args: &PackArgs, destination: &Destination) -> Vec<PathBuf> {
    let mut products: Vec<PathBuf> = args
        .report_file
        .iter()
        .chain(&args.cache)
        .cloned()
        .collect();
    if !args.in_place {
        products.extend(destination.path().map(Path::to_owned));
        products.extend(without_options(&args.input));
    }
    products
}

/// The zip that `pack` writes without -o, where it lies in the folder it is made of.
pub(crate) fn without_options(input: &Path) -> Option<PathBuf> {
    default_zip(input, input.is_dir())
}

/// What earlier runs left at the top of a folder, whatever it is called: their caches and reports say whose they are.
pub(crate) fn left_in(folder: &Path) -> Vec<PathBuf> {
    let items = fs_err::read_dir(folder).into_iter().flatten().flatten();
    let paths = items.map(|item| item.path());
    paths
        .filter(|path| is_cache(path) || is_report(path))
        .collect()
}

fn is_cache(path: &Path) -> bool {
    let tag = head(&path.join("CACHEDIR.TAG"));
    tag.is_some_and(|tag| tag.contains("is a cache of lambda-slim"))
}

fn is_report(path: &Path) -> bool {
    let is_json = path
        .extension()
        .is_some_and(|extension| extension == "json");
    let head = is_json.then(|| head(path)).flatten();
    head.is_some_and(|head| {
        let text: String = head.split_whitespace().collect();
        let versioned = text.strip_prefix(r#"{"schema_version":"#);
        versioned.is_some_and(|text| text.contains(r#","tool":{"name":"lambda-slim","version":"#))
    })
}

/// How a file begins; nothing of what is no file.
fn head(path: &Path) -> Option<String> {
    const HEAD_BYTES: u64 = 256;
    let is_file = fs_err::symlink_metadata(path).ok()?.is_file();
    let file = is_file.then(|| fs_err::File::open(path).ok()).flatten()?;
    let mut bytes = Vec::new();
    file.take(HEAD_BYTES).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
