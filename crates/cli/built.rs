//! What a build wrote for one function or layer: what the template says of it, under what the user says.

use std::path::{Path, PathBuf};

use anyhow::bail;
use lambda_slim_config::Setting;
use lambda_slim_template::{
    BUILD_FOLDERS, Function, Layer, LayerUse, Template, build_templates, is_build_folder,
};

use crate::args::{BytecodeName, Kind, PackArgs, PlanArgs};
use crate::exit::UsageError;
use crate::output::names_one_archive;
use crate::settings::Known;

/// The build folders that `path` is or holds.
pub(crate) fn builds(path: &Path) -> Vec<PathBuf> {
    if is_build_folder(path) {
        return vec![path.to_owned()];
    }
    let inside: &[&str] = if path.ends_with(".aws-sam") {
        &["build"]
    } else {
        &BUILD_FOLDERS
    };
    let inside = inside.iter().map(|name| path.join(name));
    inside.filter(|folder| is_build_folder(folder)).collect()
}

/// The templates of a build; code that they name and that is not there is left out, and said to be so.
pub(crate) fn templates(build: &Path) -> anyhow::Result<Vec<Template>> {
    let templates = build_templates(build)?;
    for (name, path) in templates.iter().flat_map(Template::missing) {
        let path = path.display();
        anstream::eprintln!("{name}: its code is not there and is left out: `{path}`; build again");
    }
    Ok(templates)
}

/// The code of a layer at `path`, and what the template says of it.
pub(crate) fn known_layer<'a>(layer: &Layer, path: &'a Path) -> Known<'a> {
    let runtime = layer.runtime.as_ref().map(ToString::to_string);
    let template = said([("runtime", runtime)]);
    Known {
        path,
        template,
        project: None,
    }
}

/// The code of a function at `path`, and what the template says of it.
pub(crate) fn known_function<'a>(function: &Function, path: &'a Path) -> Known<'a> {
    let template = said([
        (
            "runtime",
            function.runtime.as_ref().map(ToString::to_string),
        ),
        ("arch", function.architecture.map(|arch| arch.to_string())),
        ("handler", function.handler.clone()),
    ]);
    Known {
        path,
        template,
        project: None,
    }
}

fn said<const N: usize>(said: [(&str, Option<String>); N]) -> Vec<Setting> {
    let said = said.into_iter().filter_map(|(name, value)| {
        Some(Setting {
            name: name.to_owned(),
            values: vec![value?],
            line: None,
        })
    });
    said.collect()
}

/// The options for a layer of a build.
pub(crate) fn of_layer(pack: &mut PackArgs) {
    plan_of_layer(&mut pack.plan);
    pack.bundle.bundle = false;
    pack.limits.with_layer.clear();
    // A layer cannot see the handlers.
    if pack.bytecode == BytecodeName::Handler {
        pack.bytecode = BytecodeName::All;
    }
}

/// What to plan for a layer of a build: it has no handler of its own.
pub(crate) fn plan_of_layer(plan: &mut PlanArgs) {
    plan.kind = Kind::Layer;
    plan.handler = None;
}

/// The options for a function of a build.
pub(crate) fn of_function(pack: &mut PackArgs) {
    pack.plan.kind = Kind::Function;
    // What is wanted of all is done where it can be: only code for Node.js becomes one file.
    let runtime = pack.plan.runtime.stated();
    pack.bundle.bundle &= runtime.is_none_or(|runtime| runtime.family() == "nodejs");
}

/// The layers of a function that lie on this disk.
pub(crate) fn local_layers(function: &Function) -> impl Iterator<Item = &Path> {
    function.layers.iter().filter_map(|layer| match layer {
        LayerUse::Local { path, .. } => Some(path.as_path()),
        LayerUse::Elsewhere(_) => None,
    })
}

/// All that some builds deploy as zips. What several stages deploy alike is there once.
#[derive(Default)]
pub(crate) struct Built {
    pub(crate) layers: Vec<(Layer, PathBuf)>,
    pub(crate) functions: Vec<(Function, PathBuf)>,
}

impl Built {
    /// Reads the builds that `inputs` are or hold.
    pub(crate) fn read(inputs: &[PathBuf]) -> anyhow::Result<Self> {
        let mut built = Self::default();
        for input in inputs {
            let builds = builds(input);
            if builds.is_empty() {
                bail!(UsageError(format!(
                    "`{}` is no build, and has none in .aws-sam/build, cdk.out or .serverless; build first",
                    input.display()
                )));
            }
            for build in builds {
                for template in templates(&build)? {
                    built.add(template)?;
                }
            }
        }
        if built.layers.is_empty() && built.functions.is_empty() {
            bail!("no function or layer of the build is a folder or a zip");
        }
        Ok(built)
    }

    fn add(&mut self, template: Template) -> anyhow::Result<()> {
        for layer in template.layers {
            let Some(path) = layer.code.local() else {
                continue;
            };
            let path = place(path, &layer.id)?;
            let is_known = |(known, at): &(Layer, PathBuf)| {
                (&known.id, &known.runtime, at) == (&layer.id, &layer.runtime, &path)
            };
            if !self.layers.iter().any(is_known) {
                self.layers.push((layer, path));
            }
        }
        for function in template.functions {
            let Some(path) = function.code.local() else {
                continue;
            };
            let path = place(path, &function.id)?;
            let is_known =
                |(known, at): &(Function, PathBuf)| *at == path && packs_alike(known, &function);
            if !self.functions.iter().any(is_known) {
                self.functions.push((function, path));
            }
        }
        Ok(())
    }
}

/// Where the code of `id` is, whichever template names it; the id becomes the name of a file.
fn place(code: &Path, id: &str) -> anyhow::Result<PathBuf> {
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        bail!("not a logical id of CloudFormation: `{id}`");
    }
    Ok(below_here(&fs_err::canonicalize(code)?))
}

/// A path below the working folder as it is typed there.
fn below_here(path: &Path) -> PathBuf {
    let here = std::env::current_dir().and_then(fs_err::canonicalize);
    let below = here
        .ok()
        .and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    below.unwrap_or_else(|| path.to_owned())
}

fn packs_alike(one: &Function, other: &Function) -> bool {
    let decisive = |function: &Function| {
        let layers: Vec<PathBuf> = local_layers(function)
            .filter_map(|path| fs_err::canonicalize(path).ok())
            .collect();
        (
            function.id.clone(),
            function.runtime.clone(),
            function.architecture,
            function.handler.clone(),
            layers,
        )
    };
    decisive(one) == decisive(other)
}

/// The folder that takes a zip for each function and layer; a dry run needs none.
pub(crate) fn output_folder(args: &PackArgs) -> Result<Option<PathBuf>, UsageError> {
    match &args.output {
        Some(folder) if !names_one_archive(folder) => Ok(Some(folder.clone())),
        None if args.dry_run => Ok(None),
        _ => Err(UsageError(
            "--all writes a zip for each function and layer; name a folder for them with `-o FOLDER/`"
                .to_owned(),
        )),
    }
}
