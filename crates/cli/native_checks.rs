//! Whether the machine code of the package fits the system that will load it.

use std::collections::{BTreeMap, BTreeSet};

use globset::{Glob, GlobSet, GlobSetBuilder};
use lambda_slim_archive::Error;
use lambda_slim_engine::{Cause, Decided, Inventory, Program};
use lambda_slim_package::{
    Architecture, Entry, EntryId, EntryKind, EntryPath, FileMode, PackageKind,
};
use lambda_slim_report::{Diagnostic, Severity};
use lambda_slim_rulepack::{Format, System};

use crate::carry_out::Order;

/// Everything that is wrong with programs and libraries of one package.
pub(crate) fn diagnostics(
    order: &Order<'_>,
    inventory: &Inventory,
) -> anyhow::Result<Vec<Diagnostic>> {
    let checks = Checks::new(order, inventory)?;
    let mut found = Findings::default();
    for file in checks.files() {
        checks.platform(&file, &mut found);
        checks.symbols(&file, &mut found);
        checks.libraries(&file, &mut found);
        checks.python_tag(&file, &mut found);
        checks.build(&file, &mut found);
        checks.start(&file, &mut found)?;
    }
    Ok(found.into_diagnostics())
}

struct Checks<'a> {
    order: &'a Order<'a>,
    inventory: &'a Inventory,
    /// Where the function will run, if that is known.
    system: Option<&'a System>,
    /// The names of all files, and those under which libraries want to be known.
    names: BTreeSet<&'a str>,
    loaded: GlobSet,
    libraries: GlobSet,
}

/// A file that the user did not drop.
struct File<'a> {
    id: EntryId,
    entry: &'a Entry,
    program: Option<&'a Program>,
    stays: bool,
    /// The user asked to keep it, and is believed.
    is_wanted: bool,
}

impl<'a> Checks<'a> {
    fn new(order: &'a Order<'a>, inventory: &'a Inventory) -> Result<Self, globset::Error> {
        let rules = order.knowledge.rules;
        let runtime = inventory.target.runtime.as_ref().map(|found| &found.value);
        let system = runtime.and_then(|name| rules.systems.iter().find(|system| system.runs(name)));
        let files = order.input.package().iter();
        let mut names: BTreeSet<&str> = files.map(|(_, entry)| entry.path.file_name()).collect();
        let programs = inventory.programs.iter().flatten();
        names.extend(programs.filter_map(|program| program.name.as_deref()));
        Ok(Self {
            order,
            inventory,
            system,
            names,
            loaded: glob_set(&rules.platforms.loaded)?,
            libraries: glob_set(system.map_or(&[], |system| &system.libraries))?,
        })
    }

    fn files(&self) -> impl Iterator<Item = File<'a>> {
        let all = self
            .order
            .input
            .package()
            .iter()
            .zip(&self.order.plan.decided);
        let inventory = self.inventory;
        all.filter(|(_, decided)| !matches!(decided.cause, Some(Cause::UserDrop(_))))
            .map(
                move |((id, entry), decided): ((EntryId, &Entry), &Decided)| File {
                    id,
                    entry,
                    program: inventory.programs[id.0].as_ref(),
                    stays: decided.destination(entry).is_some(),
                    is_wanted: matches!(decided.cause, Some(Cause::UserKeep(_))),
                },
            )
    }

    /// Machine code that Lambda cannot load, with nothing beside it that it could. What a rule dropped counts as well,
    /// but for macOS and Windows only where its path says that there should be other builds: some packages are for one
    /// system alone, and come along unused.
    fn platform(&self, file: &File<'_>, found: &mut Findings) {
        let Some(format) = self.inventory.formats[file.id.0] else {
            return;
        };
        let Some(kind) = self.foreign(format, file) else {
            return;
        };
        let path = &file.entry.path;
        let is_for_linux = !matches!(format, Format::MachO | Format::Pe);
        let is_missed = file.stays || is_for_linux || self.inventory.names_platform(path);
        if self.is_loaded(file) && is_missed && !self.inventory.may_have_loadable_twin(path) {
            let target = self.inventory.target.arch.as_ref();
            let target = target.map_or("Linux".to_owned(), |arch| {
                format!("Linux on {}", arch.value)
            });
            let message = format!("is {kind}, and no build for {target} is beside it");
            found.add(
                file,
                Severity::Error,
                "LS920",
                message,
                self.help_of_platform(),
            );
        }
    }

    fn help_of_platform(&self) -> &'static str {
        let runtime = self.inventory.target.runtime.as_ref();
        match runtime.map(|runtime| runtime.value.family()) {
            Some("ruby") => "install the gems on Linux, as `sam build --use-container` does",
            _ => {
                "install the dependencies for the target: npm's --os and --cpu, pip's --platform, cargo's --target"
            }
        }
    }

    /// Why a file of this format does not load, if it does not.
    fn foreign(&self, format: Format, file: &File<'_>) -> Option<String> {
        let arch = self.inventory.target.arch.as_ref().map(|found| found.value);
        let absent = &self.order.knowledge.rules.platforms.absent;
        match format {
            Format::ElfX86_64 if arch == Some(Architecture::Arm64) => Some("for x86_64".to_owned()),
            Format::ElfArm64 if arch == Some(Architecture::X86_64) => Some("for arm64".to_owned()),
            Format::ElfX86_64 | Format::ElfArm64 => {
                let library = file.program?.first_need(absent)?;
                (!self.names.contains(library)).then(|| format!("for systems with `{library}`"))
            }
            Format::ElfOther => Some("for another machine".to_owned()),
            Format::MachO => Some("for macOS".to_owned()),
            Format::Pe => Some("for Windows".to_owned()),
            Format::Pdb => None,
        }
    }

    fn is_loaded(&self, file: &File<'_>) -> bool {
        self.loaded.is_match(file.entry.path.as_str())
    }

    /// Symbol versions that are newer than the C library of the run time. Where the run time is unknown, only what is
    /// too new for all of them counts.
    fn symbols(&self, file: &File<'_>, found: &mut Findings) {
        let newest = self.order.knowledge.rules.systems.last();
        let (Some(program), Some(system), true) =
            (file.program, self.system.or(newest), file.stays)
        else {
            return;
        };
        let too_new = |version: &&String| {
            system.has_version(version) == Some(false) && !self.brings_library_of(version)
        };
        let mut newest_of: BTreeMap<&str, &String> = BTreeMap::new();
        for version in program.versions.iter().filter(too_new) {
            let family = version.split('_').next().unwrap_or_default();
            let newest = newest_of.entry(family).or_insert(version);
            if numbers(version) > numbers(newest) {
                *newest = version;
            }
        }
        for (family, version) in newest_of {
            let has = system.symbols.get(family).map_or("", String::as_str);
            let message = format!("needs {version}, and {} has {has}", self.place(system));
            found.add(
                file,
                self.severity_of_symbols(file),
                "LS921",
                message,
                self.help_of_symbols(),
            );
        }
    }

    /// Without its program a function does nothing; a library may never be loaded, and pip installs such wheels every
    /// day: whoever wants to be stopped says `--deny LS921`.
    fn severity_of_symbols(&self, file: &File<'_>) -> Severity {
        match file.entry.path.as_str() {
            BOOTSTRAP => self.if_stated(),
            _ => Severity::Warning,
        }
    }

    fn help_of_symbols(&self) -> &'static str {
        let runtime = self.inventory.target.runtime.as_ref();
        match runtime.map(|runtime| runtime.value.family()) {
            Some("python") => {
                "install it with pip's --platform manylinux2014_x86_64 or manylinux2014_aarch64, or choose a newer run time"
            }
            Some("provided") => {
                "link it for an older C library, as cargo-lambda and zig do, or statically; or choose a newer run time"
            }
            _ => "build it on that system, or choose a newer run time",
        }
    }

    /// Whether the package has its own copy of the library that these symbols are from.
    fn brings_library_of(&self, version: &str) -> bool {
        let name = if version.starts_with("GLIBC_") {
            "libc.so.6"
        } else {
            "libstdc++.so.6"
        };
        self.names.contains(name)
    }

    fn place(&self, system: &System) -> String {
        match (&self.inventory.target.runtime, self.system) {
            (Some(runtime), Some(_)) => format!("{} ({})", runtime.value, system.name),
            _ => system.name.clone(),
        }
    }

    /// What follows from the run time is an error only where somebody said which one it is.
    fn if_stated(&self) -> Severity {
        let runtime = self.inventory.target.runtime.as_ref();
        match runtime.is_some_and(|runtime| runtime.evidence.is_none()) {
            true => Severity::Error,
            false => Severity::Warning,
        }
    }

    /// Libraries that neither the package nor the system has; a layer may bring them.
    fn libraries(&self, file: &File<'_>, found: &mut Findings) {
        let absent = &self.order.knowledge.rules.platforms.absent;
        let (Some(program), Some(system), true) = (file.program, self.system, file.stays) else {
            return;
        };
        for name in &program.needs {
            let is_foreign = absent.iter().any(|prefix| name.starts_with(prefix));
            let base = name.rsplit('/').next().unwrap_or(name);
            if !is_foreign && !self.names.contains(base) && !self.libraries.is_match(base) {
                let message = format!("needs `{name}`, which is not in the package");
                let help = format!("fine if a layer brings it; {} may not have it", system.name);
                found.add(file, Severity::Warning, "LS922", message, &help);
            }
        }
    }

    /// An extension module for another version of CPython, with none for this one beside it.
    fn python_tag(&self, file: &File<'_>, found: &mut Findings) {
        let runtime = self.inventory.target.runtime.as_ref();
        let Some(tag) = runtime.and_then(|runtime| runtime.value.python_tag()) else {
            return;
        };
        let Some((module, own_tag)) = extension_module(file.entry.path.file_name()) else {
            return;
        };
        let folder = file.entry.path.parent();
        let mut siblings = self.order.input.package().files_in(folder.as_ref());
        let fits = |name: &str| {
            let same_tag = extension_module(name) == Some((module, &tag));
            same_tag || name == format!("{module}.abi3.so") || name == format!("{module}.so")
        };
        if own_tag != tag && !siblings.any(|sibling| fits(sibling.path.file_name())) {
            let message = format!(
                "is for CPython {}, not for python{}",
                dotted(own_tag),
                dotted(&tag)
            );
            let help = "install the dependencies with the Python of the run time, or with pip's --python-version";
            found.add(file, self.if_stated(), "LS923", message, help);
        }
    }

    /// Programs that were built in a way that costs time or room.
    fn build(&self, file: &File<'_>, found: &mut Findings) {
        let (Some(program), true) = (file.program, file.stays) else {
            return;
        };
        if program.unpacks_itself {
            let message = "is packed with UPX: it unpacks itself at every start".to_owned();
            let help = "ship the plain program; the zip compresses it as well";
            found.add(file, Severity::Warning, "LS924", message, help);
        }
        let is_own = self.inventory.owners[file.id.0].is_empty();
        let mostly_debug = program.debug_bytes > file.entry.size_bytes() / 2;
        if is_own && mostly_debug && self.is_loaded(file) {
            let message = "is mostly debug information, as a debug build is".to_owned();
            let help =
                "build it for release: cargo build --release, or cargo lambda build --release";
            found.add(file, Severity::Warning, "LS925", message, help);
        }
    }

    /// What is started by its name must be executable, and a script's first line must end as Unix ends lines.
    fn start(&self, file: &File<'_>, found: &mut Findings) -> Result<(), Error> {
        let EntryKind::File { mode, .. } = file.entry.kind else {
            return Ok(());
        };
        let Some(starter) = self.starter(file).filter(|_| file.stays) else {
            return Ok(());
        };
        let head = self.order.input.read_head(file.id, 256)?;
        let first_line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let is_script = first_line.starts_with(b"#!");
        let is_program = file
            .program
            .is_some_and(|program| program.interpreter.is_some());
        let severity = self.severity_of_start(file);
        // A folder for programs may hold texts as well.
        if mode == FileMode::Regular && (starter == "Lambda" || is_script || is_program) {
            let message = format!("may not be executed, so {starter} cannot start it");
            let help = format!("chmod +x {}, before it is zipped", file.entry.path);
            found.add(file, severity, "LS926", message, &help);
        }
        if is_script && first_line.ends_with(b"\r") {
            let message = "is a script with Windows line ends, so its interpreter is not found";
            let help = "save it with Unix line ends, as dos2unix does";
            found.add(file, severity, "LS927", message.to_owned(), help);
        }
        Ok(())
    }

    /// Who starts a file at this place. The `bin` of a layer is searched for programs; that of a function is not.
    /// Source: <https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html>.
    fn starter(&self, file: &File<'_>) -> Option<&'static str> {
        let path = &file.entry.path;
        let folder = path.parent();
        match folder.as_ref().map(EntryPath::as_str) {
            None if path.as_str() == BOOTSTRAP => Some("Lambda"),
            Some("extensions") => Some("Lambda"),
            Some("bin") if self.inventory.target.kind == PackageKind::Layer => Some("a function"),
            _ => None,
        }
    }

    /// Without its program a function on an OS-only run time does nothing.
    fn severity_of_start(&self, file: &File<'_>) -> Severity {
        let runtime = self.inventory.target.runtime.as_ref();
        let is_provided = runtime.is_some_and(|runtime| runtime.value.family() == "provided");
        match file.entry.path.as_str() {
            BOOTSTRAP if is_provided => Severity::Error,
            _ => Severity::Warning,
        }
    }
}

/// The name under which Lambda starts a program.
const BOOTSTRAP: &str = "bootstrap";

/// `_x` and `312` of `_x.cpython-312-x86_64-linux-gnu.so`. Source: PEP 3149.
fn extension_module(name: &str) -> Option<(&str, &str)> {
    let (module, rest) = name.strip_suffix(".so")?.split_once(".cpython-")?;
    Some((module, rest.split('-').next()?))
}

/// `3.12` for `312`.
fn dotted(tag: &str) -> String {
    let (major, minor) = tag.split_at(tag.len().min(1));
    format!("{major}.{minor}")
}

fn numbers(version: &str) -> Vec<u32> {
    let digits = version.rsplit('_').next().unwrap_or_default();
    digits
        .split('.')
        .map_while(|part| part.parse().ok())
        .collect()
}

fn glob_set(patterns: &[String]) -> Result<GlobSet, globset::Error> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern)?);
    }
    set.build()
}

/// What was found, each once, with the first file that it is true of and a count.
#[derive(Default)]
struct Findings(BTreeMap<(&'static str, String), Finding>);

struct Finding {
    severity: Severity,
    path: String,
    help: String,
    files: usize,
}

impl Findings {
    fn add(
        &mut self,
        file: &File<'_>,
        severity: Severity,
        code: &'static str,
        message: String,
        help: &str,
    ) {
        let severity = if file.is_wanted {
            severity.min(Severity::Warning)
        } else {
            severity
        };
        let new = || Finding {
            severity,
            path: file.entry.path.to_string(),
            help: help.to_owned(),
            files: 0,
        };
        let finding = self.0.entry((code, message)).or_insert_with(new);
        finding.severity = finding.severity.max(severity);
        finding.files += 1;
    }

    fn into_diagnostics(self) -> Vec<Diagnostic> {
        let all = self.0.into_iter();
        all.map(|((code, message), finding)| Diagnostic {
            severity: finding.severity,
            code: code.to_owned(),
            message: match finding.files - 1 {
                0 => message,
                1 => format!("{message}; likewise 1 more file"),
                more => format!("{message}; likewise {more} more files"),
            },
            path: Some(finding.path),
            help: Some(finding.help),
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extension_modules_say_for_which_python_they_are() {
        assert_eq!(
            extension_module("a.cpython-312-x86_64-linux-gnu.so"),
            Some(("a", "312"))
        );
        assert_eq!(
            extension_module("a.cpython-39-darwin.so"),
            Some(("a", "39"))
        );
        assert_eq!(extension_module("a.abi3.so"), None);
        assert_eq!(
            (dotted("312"), dotted("39")),
            ("3.12".to_owned(), "3.9".to_owned())
        );
    }

    #[test]
    fn versions_are_ordered_by_their_numbers() {
        assert!(numbers("GLIBC_2.9") < numbers("GLIBC_2.27"));
        assert_eq!(numbers("GLIBC_PRIVATE"), Vec::<u32>::new());
    }
}
