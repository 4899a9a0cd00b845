//! What `check` looks at: packages that the user names, or all that a template deploys.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lambda_slim_report::{Diagnostic, Severity};
use lambda_slim_template::{Function, LayerUse, SnapStart, Template};

use crate::args::{LimitArgs, PlanArgs};
use crate::built;
use crate::check::{CheckArgs, configured};
use crate::exit::UsageError;
use crate::limits::Layers;
use crate::output::is_same_file;

/// A package to check.
pub(crate) struct Target {
    /// The functions whose code it is, or its path.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) plan: PlanArgs,
    pub(crate) limits: LimitArgs,
    pub(crate) layers: Layers,
    /// Whether the template wants its functions to.
    pub(crate) starts_from_snapshot: bool,
    /// Variables of its environment that Node.js itself reads.
    pub(crate) node_variables: BTreeMap<String, String>,
    /// What the template shows.
    pub(crate) notes: Vec<Diagnostic>,
}

/// Everything that `args` stands for.
pub(crate) fn targets(args: &CheckArgs) -> anyhow::Result<Vec<Target>> {
    let mut targets = Vec::new();
    let named = Layers::measure(&args.limits.with_layer)?;
    let template = args
        .layers_from
        .as_deref()
        .map(Template::read)
        .transpose()?;
    for path in &args.paths {
        let builds = built::builds(path);
        for build in &builds {
            targets.extend(of_build(build)?);
        }
        if builds.is_empty() {
            targets.push(match &template {
                Some(template) => of_function(function_of(path, template)?, path)?,
                None => Target {
                    name: path.display().to_string(),
                    path: path.clone(),
                    plan: args.plan.clone(),
                    limits: args.limits.clone(),
                    layers: named,
                    starts_from_snapshot: false,
                    node_variables: BTreeMap::new(),
                    notes: Vec::new(),
                },
            });
        }
    }
    Ok(targets)
}

/// Every function of a build whose code is on this disk, and every layer; what several have in common once. Each has the
/// configuration of its own folder.
fn of_build(folder: &Path) -> anyhow::Result<Vec<Target>> {
    let mut targets: Vec<Target> = Vec::new();
    let mut seen: Vec<Function> = Vec::new();
    let templates = built::templates(folder)?;
    let functions = templates.iter().flat_map(|template| &template.functions);
    for function in functions {
        let Some(path) = function.code.local() else {
            continue;
        };
        let known = seen.iter().position(|known| deploy_alike(known, function));
        match known {
            Some(place) => targets[place].name += &format!(", {}", function.name),
            None => {
                targets.push(of_function(function, path)?);
                seen.push(function.clone());
            }
        }
    }
    let layers = templates.iter().flat_map(|template| &template.layers);
    for layer in layers {
        let Some(path) = layer.code.local() else {
            continue;
        };
        let CheckArgs {
            mut plan, limits, ..
        } = configured(&built::known_layer(layer, path))?;
        built::plan_of_layer(&mut plan);
        targets.push(Target {
            name: layer.name.clone(),
            path: path.to_owned(),
            plan,
            limits,
            layers: Layers::default(),
            starts_from_snapshot: false,
            node_variables: BTreeMap::new(),
            notes: Vec::new(),
        });
    }
    Ok(targets)
}

/// Whether two functions differ in nothing that a check looks at.
fn deploy_alike(one: &Function, other: &Function) -> bool {
    let named_alike = Function {
        id: one.id.clone(),
        name: one.name.clone(),
        ..other.clone()
    };
    *one == named_alike
}

/// A function whose code lies at `path`, with the configuration for that.
fn of_function(function: &Function, path: &Path) -> anyhow::Result<Target> {
    let CheckArgs {
        plan, mut limits, ..
    } = configured(&built::known_function(function, path))?;
    let named = Layers::measure(&limits.with_layer)?;
    let local = built::local_layers(function).map(|path| path.display().to_string());
    let local: Vec<String> = local.collect();
    let layers = named.with(Layers::measure(&local)?);
    limits.with_layer.extend(local);
    Ok(Target {
        name: function.name.clone(),
        path: path.to_owned(),
        plan,
        limits,
        layers,
        starts_from_snapshot: function.snap_start != SnapStart::Off,
        node_variables: function.node_variables.clone(),
        notes: notes(function, named),
    })
}

/// Why a function cannot start from a snapshot although it shall.
fn snapshot(function: &Function) -> Option<Diagnostic> {
    let SnapStart::On(against) = &function.snap_start else {
        return None;
    };
    let runtime = function.runtime.as_ref();
    let message = match runtime.filter(|runtime| runtime.has_snap_start() == Some(false)) {
        Some(runtime) => format!("SnapStart is on, and {runtime} has none"),
        None if against.is_empty() => return None,
        None => format!("SnapStart does not go with {}", against.join(" and ")),
    };
    let help = "it is for java11, python3.12, dotnet8 and newer, without file systems, provisioned concurrency \
                and more than 512 MB of ephemeral storage";
    Some(Diagnostic {
        severity: Severity::Error,
        ..Diagnostic::warning("LS914", message, help.to_owned())
    })
}

/// What is worth knowing of the configuration of a function.
fn notes(function: &Function, named: Layers) -> Vec<Diagnostic> {
    /// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
    const LAYERS_AT_MOST: usize = 5;
    let elsewhere = function.layers.iter().filter_map(|layer| match layer {
        LayerUse::Elsewhere(name) => Some(name.as_str()),
        LayerUse::Local { .. } => None,
    });
    let elsewhere: Vec<&str> = elsewhere.collect();
    let mut notes = Vec::from_iter(snapshot(function));
    // Whoever names layers by hand has seen to those that the template cannot tell the size of.
    if let (Some(first), 0) = (elsewhere.first(), named.count) {
        let more = match elsewhere.len() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        notes.push(Diagnostic {
            severity: Severity::Advice,
            ..Diagnostic::warning(
                "LS912",
                format!("the size of a layer is not known here: {first}{more}"),
                "add it with --with-layer PATH or --with-layer BYTES".to_owned(),
            )
        });
    }
    let count = function.layers.len();
    if count > LAYERS_AT_MOST {
        notes.push(Diagnostic {
            severity: Severity::Error,
            ..Diagnostic::warning(
                "LS913",
                format!("{count} layers; Lambda takes {LAYERS_AT_MOST}"),
                "join some of them into one".to_owned(),
            )
        });
    }
    notes
}

/// The function of a template whose code lies at `path`, or the only one that it has.
fn function_of<'t>(path: &Path, template: &'t Template) -> Result<&'t Function, UsageError> {
    let is_here = |function: &&Function| {
        let code = function.code.local();
        code.is_some_and(|code| is_same_file(code, path))
    };
    let all = template.functions.as_slice();
    match (all.iter().find(is_here), all) {
        (Some(function), _) | (None, [function]) => Ok(function),
        (None, all) => {
            let names: Vec<&str> = all.iter().map(|function| &*function.name).collect();
            let names = if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            };
            Err(UsageError(format!(
                "--layers-from: no function of `{}` has its code at `{}`; its functions are: {names}",
                template.path.display(),
                path.display()
            )))
        }
    }
}
