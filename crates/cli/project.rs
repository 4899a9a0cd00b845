//! Inputs that are no package yet: a program, a Cargo project, a Go project.

use std::path::Path;

use lambda_slim_archive::Input;
use lambda_slim_native::{CargoProject, GoProject, ProjectError, Wanted, is_elf, program_input};
use lambda_slim_package::Runtime;
use lambda_slim_report::{Diagnostic, Severity};

use crate::args::PackArgs;
use crate::exit::UsageError;

/// What a program or a project became.
pub(crate) struct Made {
    pub(crate) input: Input,
    /// How the program could be built smaller.
    pub(crate) notes: Vec<Diagnostic>,
}

/// What the input is, where it is no package.
enum Kind {
    Program,
    Cargo,
    Go,
}

/// Makes a package of a program or a project; `None` where the input is a package already.
pub(crate) fn make(args: &PackArgs) -> anyhow::Result<Option<Made>> {
    let made = match kind(args) {
        None => None,
        Some(kind) => made(args, &kind)?,
    };
    match made {
        None => refuse_options_of_projects(args)?,
        Some(_) => refuse_in_place(args)?,
    }
    Ok(made)
}

fn refuse_in_place(args: &PackArgs) -> Result<(), UsageError> {
    let path = args.input.display();
    if !args.in_place {
        return Ok(());
    }
    Err(UsageError(format!(
        "--in-place would replace `{path}` by a package; name one with -o or --out-dir"
    )))
}

fn made(args: &PackArgs, kind: &Kind) -> Result<Option<Made>, ProjectError> {
    let wanted = Wanted {
        program: args.bin.clone(),
        arch: args.plan.arch.stated().copied(),
    };
    let made = match kind {
        Kind::Program => program_input(&args.input).map(Made::from),
        Kind::Cargo => cargo(args, &wanted),
        Kind::Go => go(args, &wanted).map(Made::from),
    };
    match made {
        // A Python package with a part in Rust has a `Cargo.toml` as well.
        Err(ProjectError::NoProgram { .. }) if !args.build => Ok(None),
        made => made.map(Some),
    }
}

/// A folder with a `bootstrap` is a package, whatever else lies there, and so is one for another run time.
fn kind(args: &PackArgs) -> Option<Kind> {
    let input: &Path = &args.input;
    let starts_bootstrap = |runtime: &Runtime| matches!(runtime.family(), "provided" | "llrt");
    if !args.plan.runtime.stated().is_none_or(starts_bootstrap) {
        return None;
    }
    let has = |name: &str| input.join(name).is_file();
    if is_elf(input) {
        Some(Kind::Program)
    } else if has("bootstrap") {
        None
    } else if has("Cargo.toml") {
        Some(Kind::Cargo)
    } else {
        has("go.mod").then_some(Kind::Go)
    }
}

fn refuse_options_of_projects(args: &PackArgs) -> Result<(), UsageError> {
    let option = match (args.build, &args.bin) {
        (true, _) => "--build",
        (_, Some(_)) => "--bin",
        _ => return Ok(()),
    };
    Err(UsageError(format!(
        "{option} is for Cargo and Go projects, and `{}` is none",
        args.input.display()
    )))
}

fn cargo(args: &PackArgs, wanted: &Wanted) -> Result<Made, ProjectError> {
    let project = CargoProject::open(&args.input, wanted)?;
    if args.build {
        project.build()?;
    }
    Ok(Made {
        input: project.input()?,
        notes: project
            .advice()
            .as_deref()
            .map(advice)
            .into_iter()
            .collect(),
    })
}

fn advice(settings: &str) -> Diagnostic {
    Diagnostic {
        severity: Severity::Advice,
        ..Diagnostic::warning(
            "LS930",
            format!("[profile.release] could make the program smaller: {settings}"),
            None,
        )
    }
}

fn go(args: &PackArgs, wanted: &Wanted) -> Result<Input, ProjectError> {
    let project = GoProject::open(&args.input, wanted);
    if args.build {
        project.build()
    } else {
        project.input()
    }
}

impl From<Input> for Made {
    fn from(input: Input) -> Self {
        Self {
            input,
            notes: Vec::new(),
        }
    }
}
