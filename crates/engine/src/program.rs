//! What programs and libraries of the package ask of the system, and which of them are builds of one thing for
//! different platforms.

use std::collections::BTreeSet;

use lambda_slim_archive::{Error, Input, in_order};
use lambda_slim_package::{Architecture, EntryPath};
use lambda_slim_rulepack::{Format, Platforms};

use crate::inventory::{Knowledge, Threads};

/// What a program or library for Linux asks of the system that loads it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Program {
    /// The dynamic loader that a program names; libraries and static programs name none.
    pub interpreter: Option<String>,
    /// The name under which others need it.
    pub name: Option<String>,
    /// The names of the libraries that must be there first.
    pub needs: Vec<String>,
    /// Versions of symbols that these must have: `GLIBC_2.34`.
    pub versions: Vec<String>,
    /// Bytes of what only debuggers read.
    pub debug_bytes: u64,
    /// What wrote it leaves a mark: a program that unpacks itself when it starts.
    pub unpacks_itself: bool,
}

impl Program {
    /// The first library that it needs, or its loader, whose name begins with one of `prefixes`.
    pub fn first_need(&self, prefixes: &[String]) -> Option<&str> {
        let loader = self.interpreter.iter();
        let loader = loader.map(|path| path.rsplit('/').next().unwrap_or(path));
        let mut names = loader.chain(self.needs.iter().map(String::as_str));
        names.find(|name| prefixes.iter().any(|prefix| name.starts_with(prefix)))
    }
}

/// Reads every ELF file for one of Lambda's architectures once.
pub(crate) fn programs(
    input: &Input,
    formats: &[Option<Format>],
    knowledge: Knowledge<'_>,
    threads: Threads,
) -> Result<Vec<Option<Program>>, Error> {
    let mut programs = vec![None; formats.len()];
    let package = input.package();
    let is_elf =
        |format: Option<Format>| matches!(format, Some(Format::ElfX86_64 | Format::ElfArm64));
    let entries = package.iter().map(|(id, _)| id);
    let elf: Vec<_> = entries.filter(|id| is_elf(formats[id.0])).collect();
    in_order(
        elf.len(),
        threads.count,
        threads.budget_bytes,
        |index| package.entry(elf[index]).size_bytes(),
        || (),
        |(), index| {
            let contents = input.read(elf[index])?;
            let mut languages = knowledge.languages.iter();
            Ok::<_, Error>(languages.find_map(|language| language.program(&contents)))
        },
        |index, program| {
            programs[elf[index].0] = program;
            Ok(())
        },
    )?;
    Ok(programs)
}

/// The places of everything that the target can load, without the words by which platforms differ.
#[derive(Debug, Default)]
pub(crate) struct Loadable {
    words: BTreeSet<String>,
    extensions: BTreeSet<String>,
    files: BTreeSet<(String, String)>,
    folders: BTreeSet<(String, String)>,
}

impl Loadable {
    pub(crate) fn new(
        input: &Input,
        formats: &[Option<Format>],
        programs: &[Option<Program>],
        arch: Option<Architecture>,
        platforms: &Platforms,
    ) -> Self {
        let mut loadable = Self {
            words: platforms.words.iter().cloned().collect(),
            extensions: platforms.extensions.iter().cloned().collect(),
            ..Self::default()
        };
        for (id, entry) in input.package().iter() {
            let fits = formats[id.0].is_some_and(|format| fits(format, arch));
            let absent = |program: &Program| program.first_need(&platforms.absent).is_some();
            if fits && !programs[id.0].as_ref().is_some_and(absent) {
                let (folder, name) = place(&entry.path);
                let bare_folder = loadable.bare(folder);
                let both = (bare_folder.clone(), loadable.bare(name));
                loadable.files.insert(both);
                loadable.folders.insert((bare_folder, folder.to_owned()));
            }
        }
        loadable
    }

    /// Whether the build of the same thing for the target is there: a file of the same place and name, or any in the
    /// folder of the same place, but for the words of platforms.
    pub(crate) fn has_twin(&self, path: &EntryPath) -> bool {
        let (folder, name) = place(path);
        let bare_folder = self.bare(folder);
        let other_folder = |(bare, own): &&(String, String)| *bare == bare_folder && own != folder;
        let same_folder = self.folders.range((bare_folder.clone(), String::new())..);
        let mut same_folder = same_folder.take_while(|(bare, _)| *bare == bare_folder);
        self.files.contains(&(bare_folder.clone(), self.bare(name)))
            || same_folder.any(|place| other_folder(&place))
    }

    /// Whether the file names its platform and something that the target loads lies beside it: builds whose names
    /// differ by more than words of platforms, as by the version of a library.
    pub(crate) fn has_neighbour(&self, path: &EntryPath) -> bool {
        let (folder, name) = place(path);
        let beside = self
            .folders
            .contains(&(self.bare(folder), folder.to_owned()));
        beside && words(name).any(|word| self.words.contains(&word))
    }

    /// Whether words of platforms stand in the path: then there could be a twin.
    pub(crate) fn names_platform(&self, path: &EntryPath) -> bool {
        let mut words = words(path.as_str());
        words.any(|word| self.words.contains(&word))
    }

    /// The text without words of platforms; `+` and the like only part them.
    fn bare(&self, text: &str) -> String {
        let differs = |word: &String| self.words.contains(word) || self.extensions.contains(word);
        let kept = words(text).filter(|word| !differs(word));
        kept.collect::<Vec<_>>().join(" ")
    }
}

/// Whether the target can load machine code of this kind; where its architecture is unknown, either will do.
fn fits(format: Format, arch: Option<Architecture>) -> bool {
    match format {
        Format::ElfX86_64 => arch != Some(Architecture::Arm64),
        Format::ElfArm64 => arch != Some(Architecture::X86_64),
        Format::ElfOther | Format::MachO | Format::Pe | Format::Pdb => false,
    }
}

fn place(path: &EntryPath) -> (&str, &str) {
    path.as_str()
        .rsplit_once('/')
        .unwrap_or(("", path.as_str()))
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let parts = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '@');
    parts
        .filter(|part| !part.is_empty())
        .map(str::to_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use lambda_slim_package::{Entry, EntryKind, FileMode};

    use super::*;

    fn loadable(paths: &[(&str, Format)]) -> Loadable {
        let entry = |path: &str| Entry {
            path: EntryPath::new(path).unwrap(),
            kind: EntryKind::File {
                size_bytes: 0,
                mode: FileMode::Regular,
            },
        };
        let mut paths = paths.to_vec();
        paths.sort_unstable_by_key(|(path, _)| *path);
        let files = paths.iter().map(|(path, _)| (entry(path), Vec::new()));
        let input = Input::in_memory(files.collect()).unwrap();
        let formats: Vec<_> = paths.iter().map(|(_, format)| Some(*format)).collect();
        let programs = vec![None; paths.len()];
        let list = |words: &str| words.split(' ').map(str::to_owned).collect();
        let platforms = Platforms {
            words: list("linux darwin win32 x64 arm64 musl glibc"),
            extensions: list("so dylib dll"),
            ..Platforms::default()
        };
        Loadable::new(
            &input,
            &formats,
            &programs,
            Some(Architecture::X86_64),
            &platforms,
        )
    }

    fn check(loads: &str, other: &str, expected: bool) {
        let loadable = loadable(&[(loads, Format::ElfX86_64), (other, Format::MachO)]);
        assert_eq!(
            loadable.has_twin(&EntryPath::new(other).unwrap()),
            expected,
            "{loads} {other}"
        );
    }

    #[test]
    fn builds_of_one_thing_are_twins() {
        check(
            "prebuilds/linux-x64/a.node",
            "prebuilds/darwin-x64+arm64/a.node",
            true,
        );
        check(
            "m/@i/s-linux-x64/lib/s-linux-x64.node",
            "m/@i/s-darwin-arm64/lib/s-darwin-arm64.node",
            true,
        );
        check("lib/libvips.so.8", "lib/libvips.8.dylib", true);
        // Windows brings more files than Linux.
        check("bin/linux/x64/a.node", "bin/win32/x64/extra.dll", true);
    }

    #[test]
    fn other_things_are_not() {
        check("lib/a.so", "lib/b.dylib", false);
        check("build/Release/a.node", "build/Release/b.node", false);
        check(
            "m/a/prebuilds/linux-x64/a.node",
            "m/b/prebuilds/darwin-x64/b.node",
            false,
        );
    }

    #[test]
    fn builds_with_other_names_are_neighbours() {
        let check = |other: &str, expected: bool| {
            let loadable = loadable(&[
                ("a/engine-x64-ssl1.node", Format::ElfX86_64),
                (other, Format::ElfArm64),
            ]);
            let path = EntryPath::new(other).unwrap();
            assert_eq!(loadable.has_neighbour(&path), expected, "{other}");
            assert!(!loadable.has_twin(&path));
        };
        check("a/engine-arm64-ssl3.node", true);
        check("b/engine-arm64-ssl3.node", false);
        check("a/other.so", false);
    }

    #[test]
    fn what_the_target_cannot_load_is_nobodys_twin() {
        let loadable = loadable(&[
            ("p/linux-arm64/a.node", Format::ElfArm64),
            ("p/darwin-x64/a.node", Format::MachO),
        ]);
        assert!(!loadable.has_twin(&EntryPath::new("p/darwin-x64/a.node").unwrap()));
    }
}
