//! `lambda-slim pack --bytecode`: which Python modules need not be compiled in a cold start.

use std::collections::BTreeSet;

use lambda_slim_archive::Input;
use lambda_slim_engine::{Inventory, Knowledge, Plan};
use lambda_slim_package::{ByteCount, EntryId, Runtime};
use lambda_slim_python::{
    CompileOrder, Compiled, SOUND, compile, versions_of_bytecode, without_bytecode,
};
use lambda_slim_report::{Diagnostic, Severity};
use lambda_slim_rulepack::RuleSet;

use crate::args::{BytecodeName, Kind, PackArgs};
use crate::carry_out::{Done, Order};
use crate::exit::UsageError;
use crate::planning::Preparation;

/// Compiling takes about 100 ms for each MB of source: below this, nobody notices.
const NOTICED_BYTES: u64 = 256 << 10;

/// What was compiled, and what was not.
#[derive(Default)]
pub(crate) struct Compiling {
    /// How many modules, and the version of Python that did it.
    done: Option<(usize, String)>,
    /// Sources that it did not accept, and why.
    refused: Vec<String>,
}

/// Compiles what stays and lacks bytecode, where that is wanted; other languages have none.
pub(crate) fn add(
    args: &PackArgs,
    rules: &RuleSet,
    preparation: &mut Preparation<'_>,
    input: Input,
) -> anyhow::Result<(Input, Compiling)> {
    if args.bytecode == BytecodeName::Keep {
        return Ok((input, Compiling::default()));
    }
    refuse_layer(args)?;
    let knowledge = Knowledge {
        rules,
        languages: &preparation.languages(),
    };
    let (inventory, plan) = preparation.plan(&input, knowledge)?;
    let Some(runtime) = python(&inventory) else {
        return Ok((input, Compiling::default()));
    };
    let mut sources = lacking(&input, &inventory, &plan, runtime);
    if args.bytecode == BytecodeName::Handler {
        let (python, threads) = (&preparation.python, preparation.wishes.threads);
        let wanted = python.imported_modules(&input, &inventory.handler_files, threads)?;
        sources.retain(|id| wanted.contains(&input.package().entry(*id).path));
        preparation.compile_only(wanted);
    }
    // Whoever has it all needs no Python.
    if sources.is_empty() {
        let compiling = Compiling::nothing(runtime);
        return Ok((input, compiling));
    }
    let compiled = compile(&CompileOrder {
        input: &input,
        sources: &sources,
        kind: preparation.wishes.kind,
        runtime,
    })?;
    let compiling = Compiling::of(&compiled);
    Ok((input.with_files(compiled.files)?, compiling))
}

fn refuse_layer(args: &PackArgs) -> Result<(), UsageError> {
    let is_for_handler = args.bytecode == BytecodeName::Handler;
    if is_for_handler && args.plan.kind == Kind::Layer {
        let message = "--bytecode handler: a layer cannot see its handlers; --bytecode all does not ask for them";
        return Err(UsageError(message.to_owned()));
    }
    Ok(())
}

/// The run time, if it is a Python.
fn python(inventory: &Inventory) -> Option<&Runtime> {
    let runtime = inventory.target.runtime.as_ref().map(|found| &found.value);
    runtime.filter(|runtime| runtime.family() == "python")
}

/// The sources that stay where they are, and that the run time would compile in each cold start.
fn lacking(input: &Input, inventory: &Inventory, plan: &Plan, runtime: &Runtime) -> Vec<EntryId> {
    let sound: BTreeSet<EntryId> = inventory.marked(SOUND).collect();
    let package = input.package();
    let stays = |id: EntryId| {
        let path = plan.decided[id.0].destination(package.entry(id));
        path.is_some()
    };
    let tag = runtime.python_tag().unwrap_or_default();
    without_bytecode(package, &tag, &sound, stays)
}

impl Compiling {
    fn nothing(runtime: &Runtime) -> Self {
        Self {
            done: Some((0, runtime.version().to_owned())),
            refused: Vec::new(),
        }
    }

    fn of(compiled: &Compiled) -> Self {
        let refused = compiled.refused.iter();
        Self {
            done: Some((compiled.files.len(), compiled.version.clone())),
            refused: refused
                .map(|(path, why)| format!("{path}: {why}"))
                .collect(),
        }
    }
}

/// What bytecode costs, or that it is missing.
pub(crate) fn diagnostics(
    order: &Order<'_>,
    inventory: &Inventory,
    done: &Done,
) -> Vec<Diagnostic> {
    let Some(runtime) = python(inventory) else {
        return Vec::new();
    };
    let found = [
        costs(order, done),
        refused(order),
        missing(order, inventory, runtime),
    ];
    found.into_iter().flatten().collect()
}

/// What the compiled modules of the new package take.
struct Share {
    modules: usize,
    bytes: u64,
}

impl Share {
    fn of(done: &Done) -> Self {
        let after = done
            .applied
            .outcomes
            .iter()
            .flat_map(|outcome| &outcome.after);
        let compiled = after.filter(|after| after.path.as_str().ends_with(".pyc"));
        compiled.fold(
            Self {
                modules: 0,
                bytes: 0,
            },
            |sum, after| Self {
                modules: sum.modules + 1,
                bytes: sum.bytes + after.size_bytes,
            },
        )
    }
}

fn costs(order: &Order<'_>, done: &Done) -> Option<Diagnostic> {
    let Share { modules, bytes } = Share::of(done);
    let made = match &order.compiling.done {
        None => String::new(),
        Some((0, version)) => format!("; there was nothing to compile for Python {version}"),
        Some((made, version)) if *made == modules => format!(", compiled by Python {version}"),
        Some((made, version)) => format!("; {made} of them compiled by Python {version}"),
    };
    let message = format!(
        "bytecode takes {} unzipped in {modules} modules{made}",
        ByteCount(bytes)
    );
    let less = less(order.args).map(|way| format!("; {way}"));
    let help = format!(
        "it saves every cold start from compiling what it imports{}",
        less.unwrap_or_default()
    );
    (bytes >= NOTICED_BYTES || order.compiling.done.is_some())
        .then(|| advice("LS962", message, &help))
}

/// Templates and code for old versions are no faults of the package: whoever wants to know asks with -v.
fn refused(order: &Order<'_>) -> Option<Diagnostic> {
    let refused = &order.compiling.refused;
    let first = refused.first().filter(|_| order.args.verbose > 0)?;
    let message = match refused.len() {
        1 => format!("Python does not compile {first}"),
        several => format!("Python does not compile {several} files, such as {first}"),
    };
    Some(advice("LS964", message, "they stay as they are"))
}

fn missing(order: &Order<'_>, inventory: &Inventory, runtime: &Runtime) -> Option<Diagnostic> {
    if order.args.bytecode != BytecodeName::Keep || runtime.python_tag().is_none() {
        return None;
    }
    let package = order.input.package();
    let lacking = lacking(order.input, inventory, order.plan, runtime);
    let sizes = lacking.iter().map(|id| package.entry(*id).size_bytes());
    let bytes: u64 = sizes.sum();
    if bytes < NOTICED_BYTES {
        return None;
    }
    let version = runtime.version();
    let message = format!(
        "{} modules, {} of source, have no bytecode for Python {version}",
        lacking.len(),
        ByteCount(bytes)
    );
    let help = format!(
        "every cold start compiles what it imports of them; install with the pip of python{version}, or --bytecode all compiles them"
    );
    let mut others = versions_of_bytecode(package);
    others.remove(version);
    Some(match others.into_iter().collect::<Vec<_>>() {
        none if none.is_empty() => advice("LS963", message, &help),
        others => {
            let message = format!("{message}, but for {}", others.join(" and "));
            Diagnostic::warning("LS963", message, help)
        }
    })
}

/// What bytecode has to do with a package that is `over` the limit by so many bytes, and how to have less of it.
pub(crate) fn too_much(order: &Order<'_>, done: &Done, over: u64) -> Option<String> {
    let Share { bytes, .. } = Share::of(done);
    let fits = over > 0 && bytes >= over;
    let blame = if fits {
        ", without which it would fit"
    } else {
        ""
    };
    let way = less(order.args)?;
    let bytes_shown = ByteCount(bytes);
    (fits || bytes >= NOTICED_BYTES).then(|| format!("bytecode takes {bytes_shown}{blame}: {way}"))
}

/// How to have less bytecode, where there is a way.
fn less(args: &PackArgs) -> Option<&'static str> {
    match (args.plan.kind, args.bytecode) {
        (_, BytecodeName::Handler) => None,
        (Kind::Layer, _) => Some("--drop '**/__pycache__' leaves it out"),
        (Kind::Function, _) => Some("--bytecode handler keeps that of what the handler imports"),
    }
}

fn advice(code: &str, message: String, help: &str) -> Diagnostic {
    Diagnostic {
        severity: Severity::Advice,
        ..Diagnostic::warning(code, message, help.to_owned())
    }
}
