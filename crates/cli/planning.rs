//! From an input and the options that speak of it to the plan: what `pack` carries out and `explain` tells of.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use lambda_slim_archive::{Input, InsideLinks, OpenOptions, OutsideLinks};
use lambda_slim_engine::{
    Choices, Inventory, Knowledge, Language, Plan, Threads, Wishes, decide, inspect,
};
use lambda_slim_java::{Java, Release, Wars, is_war, unwrap};
use lambda_slim_native::Native;
use lambda_slim_node::Node;
use lambda_slim_package::{EntryPath, Runtime};
use lambda_slim_python::{Known, Memory, Python};
use lambda_slim_rulepack::{Action, Level, Rule};

use crate::args::{LevelName, PlanArgs, SymlinksName};
use crate::exit::UsageError;
use crate::limits::More;
use crate::operations::OperationChoice;
use crate::products;
use crate::rules::Disabled;
use crate::services::ServiceChoice;

/// All that the engine is taught about languages.
pub(crate) fn languages<'a>(python: &'a Python, java: &'a Java) -> [&'a dyn Language; 4] {
    [python, &Node, java, &Native]
}

/// What `--use-runtime-sdk` is called in rules.
const RUNTIME_SDK: &str = "runtime-sdk";

/// Contents of files in memory at once: enough to keep every core busy, little beside what a build machine has.
const MEMORY_BUDGET_BYTES: u64 = 256 << 20;

/// A package, and all that is known before it is planned.
pub(crate) struct Preparation<'a> {
    path: &'a Path,
    args: &'a PlanArgs,
    disabled: Disabled<'a>,
    pub(crate) python: Python,
    java: Java,
    pub(crate) services: ServiceChoice,
    pub(crate) operations: OperationChoice,
    pub(crate) wishes: Wishes,
}

impl<'a> Preparation<'a> {
    /// Reads from the package what the options leave to it.
    pub(crate) fn new(
        path: &'a Path,
        args: &'a PlanArgs,
        disabled: Disabled<'a>,
        input: &Input,
    ) -> anyhow::Result<Self> {
        let memory =
            Memory::with_handlers(args.handler.iter().chain(&args.other_handlers).cloned());
        let services = ServiceChoice::of(args, input, &memory)?;
        let operations = OperationChoice::of(args, input, &services, &memory)?;
        let wars = if args.from_war {
            Wars::Convert
        } else {
            Wars::Leave
        };
        Ok(Self {
            path,
            args,
            disabled,
            python: python(args, &services, &operations, memory),
            java: Java {
                wars,
                release: Release(args.runtime.stated().and_then(java_release)),
                jar_storage: args.jar_storage.into(),
            },
            wishes: wishes(args, &services),
            services,
            operations,
        })
    }

    /// All that the engine is taught about languages.
    pub(crate) fn languages(&self) -> [&dyn Language; 4] {
        languages(&self.python, &self.java)
    }

    /// From here on, only these Python sources have bytecode.
    pub(crate) fn compile_only(&mut self, sources: BTreeSet<EntryPath>) {
        self.python = std::mem::take(&mut self.python).compiled_only(sources);
    }

    /// Inspects the package and decides about each of its entries.
    pub(crate) fn plan(
        &self,
        input: &Input,
        knowledge: Knowledge<'_>,
    ) -> anyhow::Result<(Inventory, Plan)> {
        self.plan_with(&self.wishes, input, knowledge)
    }

    /// What would go besides, at the highest level and with the SDK of the run time; `command` stands before each
    /// option. Nothing where that cannot be told.
    pub(crate) fn more(
        &self,
        input: &Input,
        plan: &Plan,
        knowledge: Knowledge<'_>,
        command: &str,
    ) -> Option<Vec<More>> {
        let level = Wishes {
            level: Level::Aggressive,
            ..self.wishes.clone()
        };
        let mut sdk = self.wishes.clone();
        sdk.wished.push(RUNTIME_SDK);
        let ways = [(level, "--level aggressive"), (sdk, "--use-runtime-sdk")];
        let more = ways.into_iter().map(|(wishes, option)| {
            let (_, further) = self.plan_with(&wishes, input, knowledge).ok()?;
            let how = format!("{command}{option}");
            Some(More::between(
                input.package(),
                plan,
                &further,
                knowledge.rules,
                how,
            ))
        });
        more.collect()
    }

    fn plan_with(
        &self,
        wishes: &Wishes,
        input: &Input,
        knowledge: Knowledge<'_>,
    ) -> anyhow::Result<(Inventory, Plan)> {
        let may_act =
            |rule: &Rule| self.disabled.lets(rule) && !(self.args.no_strip && strips(rule));
        let inventory = inspect(input, knowledge, wishes, may_act)?;
        let choices = choices(self.args);
        let plan = decide(input.package(), &inventory, knowledge.rules, &choices)
            .with_context(|| format!("`{}` cannot be packed", self.path.display()))?;
        Ok((inventory, plan))
    }
}

/// The Java that a run time brings: 8 of `java8.al2`.
fn java_release(runtime: &Runtime) -> Option<u32> {
    if runtime.family() != "java" {
        return None;
    }
    runtime.version().trim_end_matches(".al2").parse().ok()
}

fn python(
    args: &PlanArgs,
    services: &ServiceChoice,
    operations: &OperationChoice,
    memory: Memory,
) -> Python {
    let stated = args.runtime.stated();
    let is_aggressive = args.level == LevelName::Aggressive;
    let tag = stated
        .filter(|_| is_aggressive)
        .and_then(Runtime::python_tag);
    Python::new(Known {
        kind: args.kind.into(),
        services: services.names(),
        operations: operations.names(),
        only_python: tag,
        memory,
    })
}

/// Whether `--no-strip` means this rule: native code has no other transforms.
fn strips(rule: &Rule) -> bool {
    matches!(&rule.action, Action::Transform { name, .. } if Native.transform(name).is_some())
}

/// Reads the package at `path`, but for the files to `leave_out` and what earlier runs left there.
pub(crate) fn open(
    path: &Path,
    args: &PlanArgs,
    mut leave_out: Vec<PathBuf>,
) -> anyhow::Result<Input> {
    leave_out.extend(products::left_in(path));
    let follow = args.symlinks == SymlinksName::Follow;
    if follow && path.is_file() {
        bail!(UsageError(
            "--symlinks follow needs a folder as INPUT".to_owned()
        ));
    }
    let options = OpenOptions {
        outside_links: match args.symlinks {
            SymlinksName::Auto | SymlinksName::Follow => OutsideLinks::Copy,
            SymlinksName::Keep | SymlinksName::Strip => OutsideLinks::Keep,
        },
        inside_links: if follow {
            InsideLinks::Copy
        } else {
            InsideLinks::Keep
        },
        leave_out,
        ..OpenOptions::default()
    };
    let input = unwrap(Input::open(path, &options)?, &options)?;
    if input.package().is_empty() {
        bail!("`{}` is empty; there is nothing to pack", path.display());
    }
    refuse_war(path, args, &input)?;
    Ok(input)
}

/// Lambda loads nothing of a web archive, and one that needs a servlet container would not run.
fn refuse_war(path: &Path, args: &PlanArgs, input: &Input) -> Result<(), UsageError> {
    let runtime = args.runtime.stated();
    let may_be_java = runtime.is_none_or(|runtime| runtime.family() == "java");
    if may_be_java && !args.from_war && is_war(input.package()) {
        return Err(UsageError(format!(
            "`{}` is a web archive, of which Lambda loads nothing; --from-war moves its classes \
             and jars to where Lambda looks",
            path.display()
        )));
    }
    Ok(())
}

fn wishes(args: &PlanArgs, services: &ServiceChoice) -> Wishes {
    Wishes {
        runtime: args.runtime.stated().cloned(),
        arch: args.arch.stated().copied(),
        kind: args.kind.into(),
        handler: args.handler.clone(),
        keep: args.keep.clone(),
        level: args.level.into(),
        services: services.stay(),
        wished: args
            .use_runtime_sdk
            .then_some(RUNTIME_SDK)
            .into_iter()
            .chain(args.wished.iter().copied())
            .collect(),
        threads: threads(args),
    }
}

/// The threads of all packages that are packed at the same time.
pub(crate) fn jobs(args: &PlanArgs) -> NonZeroUsize {
    let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    args.jobs.unwrap_or_else(cores)
}

/// What one of them may use.
fn threads(args: &PlanArgs) -> Threads {
    let at_once = args.at_once.get();
    Threads {
        count: NonZeroUsize::new(jobs(args).get() / at_once).unwrap_or(NonZeroUsize::MIN),
        budget_bytes: MEMORY_BUDGET_BYTES / at_once as u64,
    }
}

fn choices(args: &PlanArgs) -> Choices {
    Choices {
        drop: args.drop.clone(),
        licenses: args.licenses.into(),
        symlinks: args.symlinks.into(),
    }
}
