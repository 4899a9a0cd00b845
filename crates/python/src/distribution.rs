use std::collections::{HashMap, HashSet};

use lambda_slim_archive::{Error, Input};
use lambda_slim_engine::FoundDependency;
use lambda_slim_package::{EntryId, EntryPath, Package};
use lambda_slim_rulepack::Scope;

use crate::modules::{self, CACHE};

/// The list of installed files. Source: PEP 376, PEP 627.
const RECORD: &str = "RECORD";
/// The ending of the folder that describes an installed distribution. Source: PEP 376.
const DIST_INFO: &str = ".dist-info";

/// Every distribution that `*.dist-info` folders describe, with the files that it owns.
///
/// RECORD lists what was installed; where an installer left it out, only the description's own folder is known to
/// belong to the distribution, and everything else counts as the function's own.
pub(crate) fn find(input: &Input) -> Result<Vec<FoundDependency>, Error> {
    let package = input.package();
    let described = package
        .folders()
        .filter_map(|folder| Some((folder, folder.file_name().strip_suffix(DIST_INFO)?)));
    described
        .map(|(folder, label)| {
            let (name, version) = label
                .rsplit_once('-')
                .map_or((label, None), |(name, version)| (name, Some(version)));
            let root = folder.parent();
            let mut entries = own_folder(package, folder);
            let recorded = recorded(input, folder)?.into_iter();
            let of_packages = recorded.filter(|file| !file.is_script);
            entries.extend(of_packages.map(|file| file.entry));
            entries.extend(compiled(package, &entries));
            entries.sort_unstable();
            entries.dedup();
            Ok(FoundDependency {
                scope: Scope::PythonDist,
                name: normal_name(name),
                version: version.map(str::to_owned),
                root,
                entries,
            })
        })
        .collect()
}

/// The names of distributions without RECORD, and what lies beside their descriptions under the same name: most likely
/// theirs, which is enough to say what is inside and not to take anything away.
pub fn likely_distributions(package: &Package) -> Vec<(String, Vec<EntryId>)> {
    let described = package
        .folders()
        .filter_map(|folder| Some((folder, folder.file_name().strip_suffix(DIST_INFO)?)));
    let has_record = |folder: &EntryPath| {
        let record = folder.join(RECORD).ok();
        record.is_some_and(|path| package.find(&path).is_some())
    };
    let unlisted = described.filter(|(folder, _)| !has_record(folder));
    let likely = unlisted.map(|(folder, label)| {
        let name = normal_name(label.rsplit_once('-').map_or(label, |(name, _)| name));
        let root = folder.parent();
        let files = package.iter().filter(|(_, entry)| {
            top_name(&entry.path, root.as_ref()).is_some_and(|top| normal_name(top) == name)
        });
        let files = files.map(|(id, _)| id).collect();
        (name, files)
    });
    likely.collect()
}

/// The name of the package or module at the top of `root` that a file belongs to.
fn top_name<'p>(path: &'p EntryPath, root: Option<&EntryPath>) -> Option<&'p str> {
    let below = match root {
        Some(root) => path.relative_to(root)?,
        None => path.as_str(),
    };
    let first = below.split('/').next()?;
    first.split('.').next()
}

/// The name as requirements compare it. Source: PEP 503.
pub(crate) fn normal_name(name: &str) -> String {
    name.to_ascii_lowercase().replace(['_', '.'], "-")
}

fn own_folder(package: &Package, folder: &EntryPath) -> Vec<EntryId> {
    package
        .iter()
        .filter(|(_, entry)| entry.path.relative_to(folder).is_some())
        .map(|(id, _)| id)
        .collect()
}

/// What CPython or an installer compiled from these sources, which RECORD need not list.
fn compiled(package: &Package, entries: &[EntryId]) -> Vec<EntryId> {
    let sources = entries
        .iter()
        .map(|id| &package.entry(*id).path)
        .filter(|path| path.as_str().ends_with(".py"));
    let stems: HashSet<String> = sources.filter_map(modules::stem).collect();
    let is_cached = |path: &EntryPath| {
        let folder = path.parent();
        folder.is_some_and(|folder| folder.file_name() == CACHE)
    };
    let files = package.iter();
    files
        .filter(|(_, entry)| is_cached(&entry.path))
        .filter(|(_, entry)| modules::stem(&entry.path).is_some_and(|stem| stems.contains(&stem)))
        .map(|(id, _)| id)
        .collect()
}

/// A line of RECORD whose file is in the package.
struct Recorded {
    entry: EntryId,
    /// `sha256=` and the digest, as RECORD writes it; compiled modules have none.
    digest: Option<String>,
    /// Whether it is one of the scripts beside the packages.
    is_script: bool,
}

/// Where RECORD has what lies outside of site-packages: `pip install --target` moves it beside the packages, and leaves
/// RECORD as it was.
const OUTSIDE: &str = "../../";
/// The folder of scripts there.
const SCRIPTS: &str = "bin/";
/// The folders of data there. Source: the `data` scheme of `sysconfig`, into which wheels put these two.
const DATA: [&str; 2] = ["share/", "etc/"];

/// What the RECORD in this description lists and the package holds.
fn recorded(input: &Input, folder: &EntryPath) -> Result<Vec<Recorded>, Error> {
    let package = input.package();
    let path = folder.join(RECORD).ok();
    let Some(record) = path.and_then(|path| package.find(&path)) else {
        return Ok(Vec::new());
    };
    let root = folder.parent();
    let text = input.read(record)?;
    let text = String::from_utf8_lossy(&text);
    let read = |line: &str| {
        let name = first_field(line)?;
        let outside = name.strip_prefix(OUTSIDE);
        let is_script = outside.is_some_and(|name| name.starts_with(SCRIPTS));
        let is_data = |name: &&str| DATA.iter().any(|folder| name.starts_with(folder));
        let moved = outside.filter(|name| is_script || is_data(name));
        let name = moved.unwrap_or(&name);
        let path = match &root {
            Some(root) => root.join(name),
            None => EntryPath::new(name),
        };
        Some(Recorded {
            entry: package.find(&path.ok()?)?,
            digest: digest(line).map(str::to_owned),
            is_script,
        })
    };
    Ok(text.lines().filter_map(read).collect())
}

/// The files that installers wrote down, with their digests as RECORD writes them: `sha256=` and URL-safe base64 without
/// padding. What was compiled on installation has none. Source: PEP 376, PEP 427.
pub(crate) fn digests(input: &Input) -> Result<HashMap<EntryId, Option<String>>, Error> {
    let mut found = HashMap::new();
    for folder in input.package().folders() {
        if folder.file_name().ends_with(DIST_INFO) {
            let recorded = recorded(input, folder)?.into_iter();
            found.extend(recorded.map(|file| (file.entry, file.digest)));
        }
    }
    Ok(found)
}

/// The second of the three fields; neither it nor the third holds a comma.
fn digest(line: &str) -> Option<&str> {
    line.rsplit(',').nth(1).filter(|field| !field.is_empty())
}

/// The first field of a line of comma-separated values; quotes surround a field that holds a comma or a quote.
/// Source: PEP 376 (the default dialect of Python's `csv` module).
fn first_field(line: &str) -> Option<String> {
    let Some(quoted) = line.strip_prefix('"') else {
        return line
            .split(',')
            .next()
            .filter(|field| !field.is_empty())
            .map(str::to_owned);
    };
    let mut field = String::new();
    let mut rest = quoted.chars().peekable();
    while let Some(char) = rest.next() {
        match char {
            '"' if rest.peek() == Some(&'"') => field.extend(rest.next()),
            '"' => return Some(field),
            other => field.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use lambda_slim_package::{Entry, EntryKind, FileMode};

    /// The entries that each distribution of a package owns; files are `path` or `path = contents`.
    fn check(files: &[&str], expected: &[(&str, &[&str])]) {
        let entry = |line: &&str| {
            let (path, contents) = line.split_once(" = ").unwrap_or((line, ""));
            let kind = EntryKind::File {
                size_bytes: contents.len() as u64,
                mode: FileMode::Regular,
            };
            (
                Entry {
                    path: EntryPath::new(path).unwrap(),
                    kind,
                },
                contents.as_bytes().to_vec(),
            )
        };
        let input = Input::in_memory(files.iter().map(entry).collect()).unwrap();
        let path = |id: &EntryId| input.package().entry(*id).path.as_str().to_owned();
        let found: Vec<(String, Vec<String>)> = find(&input)
            .unwrap()
            .iter()
            .map(|found| (found.name.clone(), found.entries.iter().map(path).collect()))
            .collect();
        let expected: Vec<(String, Vec<String>)> = expected
            .iter()
            .map(|(name, paths)| {
                (
                    (*name).to_owned(),
                    paths.iter().map(|path| (*path).to_owned()).collect(),
                )
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_distribution_owns_data_that_was_moved() {
        let record =
            "x-1.dist-info/RECORD = ../../share/x/a.js,,\n../../other/b,,\n../../../share/c,,\n";
        check(
            &[record, "other/b", "share/c", "share/x/a.js", "share/x/b.js"],
            &[("x", &["share/x/a.js", "x-1.dist-info/RECORD"])],
        );
    }

    #[test]
    fn a_distribution_owns_what_record_lists() {
        check(
            &[
                "app.py",
                "x/a.py",
                "x/own.txt",
                "bin/x",
                "x-1.0.dist-info/RECORD = x/a.py,sha256=1,2\n../../bin/x,,\n",
            ],
            &[("x", &["x-1.0.dist-info/RECORD", "x/a.py"])],
        );
        check(
            &[
                "python/My_Pkg/a.py",
                "python/My_Pkg-2.dist-info/RECORD = \"My_Pkg/a.py\",,\n",
            ],
            &[(
                "my-pkg",
                &["python/My_Pkg-2.dist-info/RECORD", "python/My_Pkg/a.py"],
            )],
        );
    }

    #[test]
    fn compiled_modules_belong_to_their_sources() {
        check(
            &[
                "__pycache__/app.cpython-312.pyc",
                "app.py",
                "x/__pycache__/a.cpython-312.pyc",
                "x/__pycache__/gone.cpython-312.pyc",
                "x/a.py",
                "x-1.0.dist-info/RECORD = x/a.py,,\n",
            ],
            &[(
                "x",
                &[
                    "x-1.0.dist-info/RECORD",
                    "x/__pycache__/a.cpython-312.pyc",
                    "x/a.py",
                ],
            )],
        );
    }

    #[test]
    fn digests_of_scripts_are_found_where_pip_moved_them() {
        let record = "../../bin/x.py,sha256=abc,3\nx/a.py,,\n";
        let input = crate::test_input::input_of(&[
            ("bin/x.py", ""),
            ("x/a.py", ""),
            ("x-1.dist-info/RECORD", record),
        ]);
        let found = digests(&input).unwrap().into_values();
        let found: Vec<String> = found.flatten().collect();
        assert_eq!(found, ["sha256=abc"]);
    }

    #[test]
    fn without_record_only_the_description_is_known() {
        check(
            &["x/a.py", "x-1.0.dist-info/METADATA"],
            &[("x", &["x-1.0.dist-info/METADATA"])],
        );
    }

    #[test]
    fn without_record_the_same_name_is_likely() {
        let input = crate::test_input::input_of(&[
            ("my_pkg/a.py", ""),
            ("my_pkg_data/b.py", ""),
            ("app.py", ""),
            ("My_Pkg-1.0.dist-info/METADATA", ""),
            ("six.py", ""),
            ("six-1.dist-info/METADATA", ""),
            ("x/a.py", ""),
            ("x-1.dist-info/RECORD", "x/a.py,,\n"),
        ]);
        let package = input.package();
        let path = |id: &EntryId| package.entry(*id).path.to_string();
        let found = likely_distributions(package);
        let mut found: Vec<(String, Vec<String>)> = found
            .iter()
            .map(|(name, files)| (name.clone(), files.iter().map(path).collect()))
            .collect();
        found.sort();
        let owned = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
        let expected: [(String, Vec<String>); 2] = [
            ("my-pkg".to_owned(), owned(&["my_pkg/a.py"])),
            ("six".to_owned(), owned(&["six.py"])),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn fields_are_read_as_python_reads_them() {
        assert_eq!(first_field("a/b.py,sha256=x,1").as_deref(), Some("a/b.py"));
        assert_eq!(first_field("\"a,\"\"b\",,").as_deref(), Some("a,\"b"));
        assert_eq!(first_field(",,"), None);
    }
}
