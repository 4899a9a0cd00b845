//! Cargo projects.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use cargo_metadata::camino::Utf8Path;
use cargo_metadata::{Metadata, MetadataCommand, Package};
use lambda_slim_archive::Input;
use lambda_slim_package::Architecture;

use super::include::{self, Include};
use super::{BOOTSTRAP, ProjectError, Wanted, build, fits, with_bootstrap};

/// One program of a Cargo project.
#[derive(Debug)]
pub struct CargoProject {
    metadata: Metadata,
    package: Package,
    program: String,
    arch: Option<Architecture>,
}

impl CargoProject {
    /// Asks cargo about the project in `folder`; only the network of a build is needed, never one here.
    pub fn open(folder: &Path, wanted: &Wanted) -> Result<Self, ProjectError> {
        Self::ask(&mut MetadataCommand::new(), folder, wanted)
    }

    fn ask(
        cargo: &mut MetadataCommand,
        folder: &Path,
        wanted: &Wanted,
    ) -> Result<Self, ProjectError> {
        // In the folder, so that its `.cargo/config.toml` counts.
        let metadata = cargo.current_dir(folder).no_deps().exec();
        let metadata = metadata.map_err(|source| ProjectError::Metadata {
            folder: folder.to_owned(),
            source: Box::new(source),
        })?;
        let (package, program) = choose(&metadata, folder, wanted)?;
        Ok(Self {
            metadata,
            package,
            program,
            arch: wanted.arch,
        })
    }

    /// The program with what the project includes, once it is built.
    pub fn input(&self) -> Result<Input, ProjectError> {
        let artefact = self.artefact().ok_or_else(|| ProjectError::NotBuilt {
            program: self.program.clone(),
            arch: self.arch.map(Architecture::as_str),
            advice: format!("cargo lambda build --release --bin {}", self.program),
        })?;
        let leave_out = vec![
            self.metadata.target_directory.clone().into(),
            self.folder().join(".git"),
        ];
        with_bootstrap(
            &artefact,
            include::read(&self.folder(), &self.includes(), leave_out)?,
        )
    }

    /// The newest release build that Lambda can start, of cargo-lambda or of cargo itself.
    fn artefact(&self) -> Option<PathBuf> {
        let target = self.metadata.target_directory.as_std_path();
        let mut candidates = vec![
            target.join("lambda").join(&self.program).join(BOOTSTRAP),
            target.join("release").join(&self.program),
        ];
        for triple in TRIPLES.iter().flat_map(|(_, triples)| *triples) {
            candidates.push(target.join(triple).join("release").join(&self.program));
        }
        let built = candidates.into_iter().filter(|path| fits(path, self.arch));
        built.max_by_key(|path| modified(path))
    }

    /// Builds it: with cargo-lambda, which brings a linker for every target, or with cargo alone.
    pub fn build(&self) -> Result<(), ProjectError> {
        let mut cargo = Command::new("cargo");
        cargo.current_dir(self.folder());
        if has_cargo_lambda() {
            cargo.args(["lambda", "build", "--release", "--bin", &self.program]);
            match self.arch {
                Some(Architecture::Arm64) => _ = cargo.arg("--arm64"),
                Some(Architecture::X86_64) => _ = cargo.arg("--x86-64"),
                None => {}
            }
        } else {
            cargo.args(["build", "--release", "--bin", &self.program]);
            cargo.args(
                self.triple()
                    .into_iter()
                    .flat_map(|triple| ["--target", triple]),
            );
        }
        build(&mut cargo)
    }

    /// The target to name, where the one of this machine will not do.
    fn triple(&self) -> Option<&'static str> {
        let is_here = |arch: Architecture| {
            cfg!(target_os = "linux") && std::env::consts::ARCH == cargo_name(arch)
        };
        match self.arch {
            Some(arch) if is_here(arch) => None,
            None if cfg!(target_os = "linux") => None,
            arch => triples(arch.unwrap_or(Architecture::X86_64))
                .first()
                .copied(),
        }
    }

    /// Settings of the release profile that would make the program smaller and keep what it does.
    pub fn advice(&self) -> Option<String> {
        let manifest =
            fs_err::read_to_string(self.metadata.workspace_root.join("Cargo.toml")).ok()?;
        missing_settings(&manifest)
    }

    fn folder(&self) -> PathBuf {
        let manifest = self.package.manifest_path.as_std_path();
        manifest.parent().unwrap_or(manifest).to_owned()
    }

    /// `include` of `[package.metadata.lambda-slim]`, and of cargo-lambda's own table.
    fn includes(&self) -> Vec<Include> {
        let metadata = &self.package.metadata;
        let list = |pointer: &str| {
            let values = metadata.pointer(pointer).and_then(|value| value.as_array());
            let texts = values
                .into_iter()
                .flatten()
                .filter_map(|value| value.as_str());
            texts.map(str::to_owned).collect::<Vec<_>>()
        };
        let own = list("/lambda-slim/include");
        let cargo_lambda = list("/lambda/build/include");
        let own = own.iter().map(|text| Include::plain(text));
        own.chain(
            cargo_lambda
                .iter()
                .map(|text| Include::of_cargo_lambda(text)),
        )
        .collect()
    }
}

/// Lambda's architectures and the targets of Rust that run there, the usual one first.
const TRIPLES: [(Architecture, &[&str]); 2] = [
    (
        Architecture::X86_64,
        &["x86_64-unknown-linux-gnu", "x86_64-unknown-linux-musl"],
    ),
    (
        Architecture::Arm64,
        &["aarch64-unknown-linux-gnu", "aarch64-unknown-linux-musl"],
    ),
];

fn triples(arch: Architecture) -> &'static [&'static str] {
    let found = TRIPLES.iter().find(|(of, _)| *of == arch);
    found.map_or(&[], |(_, triples)| triples)
}

fn cargo_name(arch: Architecture) -> &'static str {
    match arch {
        Architecture::X86_64 => "x86_64",
        Architecture::Arm64 => "aarch64",
    }
}

fn has_cargo_lambda() -> bool {
    let mut asked = Command::new("cargo");
    asked.args(["lambda", "--version"]).stdin(Stdio::null());
    asked.output().is_ok_and(|answer| answer.status.success())
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs_err::metadata(path).ok()?.modified().ok()
}

/// The package in `folder`, or else those that cargo builds by default there; of their programs the one that is meant.
fn choose(
    metadata: &Metadata,
    folder: &Path,
    wanted: &Wanted,
) -> Result<(Package, String), ProjectError> {
    let is_here = |package: &&Package| {
        let home = package.manifest_path.parent().map(Utf8Path::as_std_path);
        home.zip(fs_err::canonicalize(folder).ok())
            .is_some_and(|(home, folder)| {
                fs_err::canonicalize(home).is_ok_and(|home| home == folder)
            })
    };
    let packages = match metadata.packages.iter().find(is_here) {
        Some(package) => vec![package],
        None => metadata.workspace_default_packages(),
    };
    let mut programs = Vec::new();
    for package in packages {
        let binaries = package.targets.iter().filter(|target| target.is_bin());
        programs.extend(binaries.map(|target| (package, target.name.as_str())));
    }
    let (package, program) = one_of(&programs, folder, wanted.program.as_deref())?;
    Ok((package.clone(), program.to_owned()))
}

fn one_of<'a>(
    programs: &[(&'a Package, &'a str)],
    folder: &Path,
    wanted: Option<&str>,
) -> Result<(&'a Package, &'a str), ProjectError> {
    let names = || {
        programs
            .iter()
            .map(|(_, name)| (*name).to_owned())
            .collect()
    };
    let default = programs
        .iter()
        .find(|(package, name)| package.default_run.as_deref() == Some(*name));
    match (wanted, programs) {
        (Some(wanted), _) => {
            let found = programs.iter().find(|(_, name)| *name == wanted).copied();
            found.ok_or_else(|| ProjectError::UnknownProgram {
                wanted: wanted.to_owned(),
                names: names(),
            })
        }
        (None, []) => Err(ProjectError::NoProgram {
            folder: folder.to_owned(),
        }),
        (None, [one]) => Ok(*one),
        (None, _) => default
            .copied()
            .ok_or_else(|| ProjectError::SeveralPrograms { names: names() }),
    }
}

/// The settings that the release profile of this manifest leaves unset. `panic = "abort"` is not among them: it changes
/// what happens to a function that panics. Neither is `strip`: that is done here.
fn missing_settings(manifest: &str) -> Option<String> {
    const SETTINGS: [(&str, &str); 2] = [
        ("lto", "lto = true"),
        ("codegen-units", "codegen-units = 1"),
    ];
    let manifest: toml::Table = manifest.parse().ok()?;
    let profile = manifest
        .get("profile")
        .and_then(|profiles| profiles.get("release"));
    let is_set = |key: &str| profile.is_some_and(|profile| profile.get(key).is_some());
    let missing: Vec<&str> = SETTINGS
        .into_iter()
        .filter(|(key, _)| !is_set(key))
        .map(|(_, text)| text)
        .collect();
    (!missing.is_empty()).then(|| missing.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_elf::SampleElf;

    fn project(manifest: &str, files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, contents: &[u8]| {
            let path = folder.path().join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, contents).unwrap();
        };
        let package = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
        write(
            "Cargo.toml",
            format!("{package}{manifest}\n[workspace]\n").as_bytes(),
        );
        for name in files {
            let is_program = name.starts_with("target");
            let arm = SampleElf {
                machine: 183,
                ..SampleElf::default()
            };
            let elf = if name.contains("aarch64") {
                arm
            } else {
                SampleElf::default()
            };
            write(
                name,
                &if is_program {
                    elf.bytes()
                } else {
                    b"fn main() {}".to_vec()
                },
            );
        }
        folder
    }

    fn entries(folder: &Path, wanted: &Wanted) -> Result<Vec<String>, String> {
        // Whoever runs the tests may build into a folder elsewhere.
        let mut cargo = MetadataCommand::new();
        cargo
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("CARGO_BUILD_TARGET_DIR");
        let project =
            CargoProject::ask(&mut cargo, folder, wanted).map_err(|error| error.to_string())?;
        let input = project.input().map_err(|error| error.to_string())?;
        Ok(input
            .package()
            .iter()
            .map(|(_, entry)| entry.path.to_string())
            .collect())
    }

    fn check(files: &[&str], wanted: &Wanted, expected: Result<&[&str], &str>) {
        let folder = project("", files);
        let expected =
            expected.map(|names| names.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(
            entries(folder.path(), wanted),
            expected.map_err(str::to_owned)
        );
    }

    #[test]
    fn what_was_built_for_release_becomes_bootstrap() {
        let wanted = Wanted::default();
        check(
            &["src/main.rs", "target/release/app"],
            &wanted,
            Ok(&["bootstrap"]),
        );
        check(
            &["src/main.rs", "target/lambda/app/bootstrap"],
            &wanted,
            Ok(&["bootstrap"]),
        );
        let arm = Wanted {
            arch: Some(Architecture::Arm64),
            ..Wanted::default()
        };
        check(
            &[
                "src/main.rs",
                "target/release/app",
                "target/aarch64-unknown-linux-gnu/release/app",
            ],
            &arm,
            Ok(&["bootstrap"]),
        );
        let unbuilt = "`app` is not built for arm64; say --build, or run `cargo lambda build --release --bin app`";
        check(
            &["src/main.rs", "target/release/app", "target/debug/app"],
            &arm,
            Err(unbuilt),
        );
    }

    #[test]
    fn one_of_several_programs_is_named() {
        let files = ["src/bin/one.rs", "src/bin/two.rs", "target/release/two"];
        let all = "the project has several programs; choose one with --bin: one, two";
        check(&files, &Wanted::default(), Err(all));
        let named = |name: &str| Wanted {
            program: Some(name.to_owned()),
            ..Wanted::default()
        };
        check(&files, &named("two"), Ok(&["bootstrap"]));
        check(
            &files,
            &named("six"),
            Err("the project has no program `six`; it has one, two"),
        );
    }

    #[test]
    fn files_that_the_project_names_come_along() {
        let manifest = "[package.metadata.lambda-slim]\ninclude = [\"src/main.rs\"]\n\
                        [package.metadata.lambda.build]\ninclude = [\"etc:src\"]\n";
        let folder = project(manifest, &["src/main.rs", "target/release/app"]);
        let found = entries(folder.path(), &Wanted::default());
        assert_eq!(found.unwrap(), ["bootstrap", "etc/main.rs", "src/main.rs"]);
    }

    #[test]
    fn the_release_profile_is_looked_at() {
        let check = |manifest, expected: Option<&str>| {
            assert_eq!(missing_settings(manifest).as_deref(), expected);
        };
        check("[package]", Some("lto = true, codegen-units = 1"));
        check("[profile.release]\nlto = false", Some("codegen-units = 1"));
        check("[profile.release]\nlto = true\ncodegen-units = 1", None);
    }
}
