//! `lambda-slim sam`: every function and layer that `sam build` made, slimmed where it lies.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use lambda_slim_config::Setting;
use lambda_slim_package::ByteCount;
use lambda_slim_report::change;
use lambda_slim_template::{Function, Layer, LayerUse, Template, is_sam_build};

use crate::args::{Command, CommandLine, PackArgs};
use crate::exit::{Exit, UsageError};
use crate::pack::{Job, Packed};
use crate::several::{self, Rules};
use crate::{built, screen};

/// Slim every function and layer that `sam build` made, in place: run it between `sam build` and `sam deploy`.
///
/// Run time, architecture and handler come from the built template, unless they are typed, stand in the environment
/// (`LAMBDA_SLIM_RUNTIME`) or in the `[[target]]` of the configuration with the path of this function or layer. Layers go first, and each function is held against
/// Lambda's limit together with its layers. Functions that share one folder are slimmed once.
#[derive(Args)]
#[command(
    after_long_help = EXAMPLES,
    mut_arg("inputs", |arg| arg
        .value_name("FOLDER")
        .num_args(0..=1)
        .help("The project, or the folder that `sam build` wrote")),
    mut_arg("all", |arg| arg.hide(true)),
    mut_arg("bin", |arg| arg.hide(true)),
    mut_arg("build", |arg| arg.hide(true)),
    mut_arg("output", |arg| arg.hide(true)),
    mut_arg("out_dir", |arg| arg.hide(true)),
    mut_arg("force", |arg| arg.hide(true)),
    mut_arg("in_place", |arg| arg.hide(true)),
    mut_arg("report_file", |arg| arg.hide(true)),
    mut_arg("kind", |arg| arg.hide(true)),
    mut_arg("handler", |arg| arg.hide(true)),
)]
pub(crate) struct SamArgs {
    #[command(flatten)]
    pub(crate) pack: PackArgs,
}

const EXAMPLES: &str = "\
Examples:
  sam build && lambda-slim sam && sam deploy     what is deployed is slim
  lambda-slim sam --dry-run                      what it would gain
  lambda-slim sam --level safe --keep 'data/**'  options hold for all functions and layers

`sam sync` and `sam build` write the build folder anew; run lambda-slim after them.

Exit codes: as of `lambda-slim pack`; 3 where one function, with its layers, is over a limit";

/// Slims the build that `args` names.
pub(crate) fn run(args: &SamArgs) -> anyhow::Result<Exit> {
    refuse_other_outputs(&args.pack)?;
    let folder = build_folder(&args.pack.inputs)?;
    let built = fs_err::canonicalize(&folder)?;
    let (targets, outside): (Vec<_>, Vec<_>) = targets(&built::templates(&folder)?)
        .into_iter()
        .partition(|target| target.lies_in(&built));
    // What SAM does not build, its template leaves where it is: among the sources, which are never written.
    for target in outside {
        let path = target.path.display();
        screen::say(&format!(
            "{}: `{path}` is not a part of the build and stays as it is\n",
            target.name
        ));
    }
    if targets.is_empty() {
        bail!("`{}` holds no function or layer as a zip", folder.display());
    }
    let project = args.pack.inputs.first().map(PathBuf::as_path);
    let all = targets.iter().map(|target| target.options(project));
    let all: Vec<PackArgs> = all.collect::<anyhow::Result<_>>()?;
    let rules = Rules::read(&all.iter().collect::<Vec<_>>())?;
    let shared = several::shared(several::cache(&all.iter().collect::<Vec<_>>())?);
    let mut done = Vec::new();
    for (target, pack) in targets.iter().zip(&all) {
        let job = Job::open(pack, rules.of(pack), Some(&shared));
        let packed = job.and_then(Job::carry_out);
        let packed = packed.with_context(|| target.name.clone())?;
        if !args.pack.quiet {
            say(target, &packed);
        }
        packed.say();
        done.push(packed);
    }
    several::prune(&shared);
    several::finish(Some(args.pack.format), &done)
}

fn refuse_other_outputs(args: &PackArgs) -> Result<(), UsageError> {
    let elsewhere = args.output.is_some() || args.out_dir.is_some();
    if elsewhere || args.all || args.bin.is_some() || args.build || args.report_file.is_some() {
        return Err(UsageError(
            "`lambda-slim sam` slims what `sam build` wrote, in place; it has no other output"
                .to_owned(),
        ));
    }
    Ok(())
}

/// The folder with the built template: the one that is named, or `.aws-sam/build` in it.
fn build_folder(inputs: &[PathBuf]) -> Result<PathBuf, UsageError> {
    let named = inputs.first().map_or(Path::new("."), PathBuf::as_path);
    if !named.exists() {
        let named = named.display();
        return Err(UsageError(format!("there is no folder `{named}`")));
    }
    let places = [
        named.to_owned(),
        named.join("build"),
        named.join(".aws-sam/build"),
    ];
    let is_sam = |folder: &&PathBuf| is_sam_build(folder);
    places.iter().find(is_sam).cloned().ok_or_else(|| {
        UsageError(format!(
            "`{}` is no build of SAM and has none in .aws-sam/build; run `sam build` first",
            named.display()
        ))
    })
}

/// One folder or zip of the build.
#[derive(Debug, Clone, PartialEq)]
struct Target {
    /// The functions whose code it is, or the layer.
    name: String,
    path: PathBuf,
    /// What they have in common.
    about: About,
    /// The handlers of all of them.
    handlers: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
enum About {
    Layer(Layer),
    Function(Function),
}

/// Layers first: functions are weighed with what became of them.
fn targets(templates: &[Template]) -> Vec<Target> {
    let mut targets: Vec<Target> = Vec::new();
    for layer in templates.iter().flat_map(|template| &template.layers) {
        add(
            &mut targets,
            layer.code.local(),
            &layer.name,
            About::Layer(layer.clone()),
        );
    }
    for function in templates.iter().flat_map(|template| &template.functions) {
        let about = About::Function(function.clone());
        add(&mut targets, function.code.local(), &function.name, about);
    }
    targets
}

fn add(targets: &mut Vec<Target>, path: Option<&Path>, name: &str, about: About) {
    let Some(path) = path else { return };
    match targets.iter_mut().find(|target| target.path == path) {
        Some(target) => target.share(name, &about),
        None => targets.push(Target {
            name: name.to_owned(),
            path: path.to_owned(),
            handlers: about.handler().into_iter().collect(),
            about,
        }),
    }
}

impl About {
    fn handler(&self) -> Option<String> {
        match self {
            Self::Layer(_) => None,
            Self::Function(function) => function.handler.clone(),
        }
    }
}

impl Target {
    /// Whether it is in the folder `built`, which has no link in its path.
    fn lies_in(&self, built: &Path) -> bool {
        fs_err::canonicalize(&self.path).is_ok_and(|path| path.starts_with(built))
    }

    /// One more function with this code: what they say differently counts for neither.
    fn share(&mut self, name: &str, about: &About) {
        self.name += &format!(", {name}");
        self.handlers.extend(about.handler());
        if let (About::Function(one), About::Function(other)) = (&mut self.about, about) {
            one.runtime = one
                .runtime
                .take()
                .filter(|runtime| Some(runtime) == other.runtime.as_ref());
            one.architecture = one
                .architecture
                .filter(|arch| Some(*arch) == other.architecture);
            one.handler = one
                .handler
                .take()
                .filter(|handler| Some(handler) == other.handler.as_ref());
            // The limit is for the one with most layers; all of them are more than that.
            let more = other
                .layers
                .iter()
                .filter(|layer| !one.layers.contains(layer));
            let more: Vec<LayerUse> = more.cloned().collect();
            one.layers.extend(more);
        }
    }

    /// What was typed, over the configuration of this part of the build.
    fn options(&self, project: Option<&Path>) -> anyhow::Result<PackArgs> {
        let mut known = match &self.about {
            About::Layer(layer) => built::known_layer(layer, &self.path),
            About::Function(function) => built::known_function(function, &self.path),
        };
        known.project = project;
        let is_handler = |said: &Setting| said.name == "handler";
        if !self.handlers.is_empty() && !known.template.iter().any(is_handler) {
            // Each has its own: the one that is configured for all packages is that of none.
            known.template.push(Setting {
                name: "handler".to_owned(),
                values: Vec::new(),
                line: None,
            });
        }
        let Command::Sam(args) = CommandLine::read_for(&known)?.command else {
            unreachable!("the command is `sam` for each part of the build");
        };
        let mut pack = args.pack.for_input(&self.path);
        pack.in_place = !pack.dry_run;
        pack.quiet = pack.verbose == 0;
        pack.no_measure = true;
        pack.name = Some(self.name.clone());
        pack.one_of_several = true;
        pack.plan.other_handlers.clone_from(&self.handlers);
        match &self.about {
            About::Layer(_) => built::of_layer(&mut pack),
            About::Function(function) => {
                built::of_function(&mut pack);
                let layers = built::local_layers(function);
                let layers = layers.map(|path| path.display().to_string());
                pack.limits.with_layer.extend(layers);
            }
        }
        Ok(pack)
    }
}

fn say(target: &Target, packed: &Packed) {
    let (before, after) = (&packed.report.before, &packed.report.after);
    let (before, after) = (before.unzipped_bytes, after.unzipped_bytes);
    let change = change(before, after);
    let what = match &target.about {
        About::Layer(_) => "layer",
        About::Function(_) => "function",
    };
    let (before, after) = (ByteCount(before).to_string(), ByteCount(after).to_string());
    let name = &target.name;
    screen::say(&format!(
        "  {before:>9} → {after:>9}  {change:>5}  {what} {name}\n"
    ));
}
