//! Which modules the program imports as far as its texts tell: enough to say where bytecode pays, not what may go.

use std::collections::BTreeSet;

use lambda_slim_archive::Error;
use lambda_slim_engine::Threads;
use lambda_slim_package::{EntryId, EntryPath};

use crate::deep;
use crate::follow::{Author, follow};
use crate::modules::Modules;
use crate::sources::Sources;

/// The sources that are imported, in functions and behind conditions as well.
pub(crate) fn imported(
    sources: &Sources<'_>,
    handler_files: &[EntryId],
    threads: Threads,
) -> Result<BTreeSet<EntryPath>, Error> {
    let package = sources.input.package();
    let distributions = sources.distributions()?;
    let installed: BTreeSet<EntryId> = distributions
        .iter()
        .flat_map(|found| found.entries.iter().copied())
        .collect();
    let roots = distributions.iter().map(|found| found.root.clone());
    let modules = Modules::new(package, roots);
    let own = package.iter().map(|(id, _)| id);
    let mut wave: Vec<EntryId> = match handler_files {
        [] => own.filter(|id| !installed.contains(id)).collect(),
        files => files.to_vec(),
    };
    let mut seen: BTreeSet<EntryId> = wave.iter().copied().collect();
    while !wave.is_empty() {
        let author = |id: &EntryId| match installed.contains(id) {
            true => Author::Distribution,
            false => Author::Function,
        };
        let read = |id: &EntryId| follow(sources, &modules, *id, author(id));
        let mut next = Vec::new();
        for found in deep::map(&wave, threads.count, read) {
            let found = found?;
            let named = found
                .modules
                .iter()
                .filter(|stem| !modules.at(stem).is_empty());
            for stem in named.chain(&found.packages) {
                let around = modules.around(stem).chain([stem.as_str()]);
                next.extend(around.flat_map(|stem| modules.at(stem)).copied());
            }
            next.extend(found.packages.iter().flat_map(|stem| modules.below(stem)));
        }
        next.retain(|id| seen.insert(*id));
        wave = next;
    }
    Ok(seen
        .into_iter()
        .map(|id| package.entry(id).path.clone())
        .collect())
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;
    use crate::sources::Memory;
    use crate::test_input::input_of;

    /// The sources that are imported from `app.py`.
    fn check(files: &[(&str, &str)], expected: &[&str]) {
        let input = input_of(files);
        let app = input.package().find(&EntryPath::new("app.py").unwrap());
        let threads = Threads {
            count: NonZeroUsize::MIN,
            budget_bytes: 0,
        };
        let found = imported(&Memory::default().of(&input), &[app.unwrap()], threads).unwrap();
        let found: Vec<&str> = found.iter().map(EntryPath::as_str).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn imports_are_followed_wherever_they_stand() {
        check(
            &[
                ("app.py", "def f():\n    from lib import a"),
                ("lib/__init__.py", ""),
                ("lib/a.py", "from . import b"),
                ("lib/b.py", ""),
                ("lib/c.py", ""),
                ("other.py", ""),
            ],
            &["app.py", "lib/__init__.py", "lib/a.py", "lib/b.py"],
        );
    }

    #[test]
    fn a_package_that_is_spelled_out_is_meant_as_a_whole() {
        check(
            &[
                (
                    "app.py",
                    "import_module(f'lib.{name}')\nimport_module(name)",
                ),
                ("lib/__init__.py", ""),
                ("lib/a.py", ""),
                ("other.py", ""),
            ],
            &["app.py", "lib/__init__.py", "lib/a.py"],
        );
    }
}
