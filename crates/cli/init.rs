//! `lambda-slim init`: a configuration with what can be seen, and what could be said, in comments.

use std::path::{Path, PathBuf};

use clap::Args;
use lambda_slim_archive::{Compression, CountingSink};
use lambda_slim_engine::{ApplyOptions, Inventory, Knowledge, Sinks, apply};
use lambda_slim_package::ByteCount;
use lambda_slim_template::build_templates;

use crate::args::PackArgs;
use crate::built::builds;
use crate::exit::{Exit, UsageError};
use crate::planning::{self, Preparation};
use crate::report_file::write_whole;
use crate::rules::{self, Disabled};
use crate::screen;

/// Write a commented lambda-slim.toml from what a package, or the output of `sam build` or `cdk synth`, shows.
#[derive(Args)]
pub(crate) struct InitArgs {
    /// The package, or `.aws-sam/build` or `cdk.out`.
    #[arg(default_value = ".")]
    pub(crate) input: PathBuf,

    /// Where to write.
    #[arg(short, long, value_name = "FILE", default_value = "lambda-slim.toml")]
    pub(crate) output: PathBuf,

    /// Replace a file that is there.
    #[arg(long)]
    pub(crate) force: bool,
}

/// Looks, and writes the file.
pub(crate) fn run(args: &InitArgs) -> anyhow::Result<Exit> {
    let output = &args.output;
    if output.exists() && !args.force {
        let path = output.display();
        return Err(UsageError(format!("`{path}` is there; replace it with --force")).into());
    }
    let builds = builds(&args.input);
    let text = if builds.is_empty() {
        format!("{HEAD}{}{COMMON}", package(&args.input)?)
    } else {
        let targets = builds.iter().map(|build| targets(build));
        let targets: String = targets.collect::<anyhow::Result<_>>()?;
        format!("{HEAD}{COMMON}{targets}")
    };
    write_whole(output, &text)?;
    screen::data(&format!(
        "{} written; `lambda-slim config` shows what is in force",
        output.display()
    ))?;
    Ok(Exit::Done)
}

const HEAD: &str = "\
# What lambda-slim does with the packages of this repository. Flags and LAMBDA_SLIM_* variables come before this file;
# every setting is an option of `lambda-slim pack`, and `lambda-slim config` shows what is in force.

# How far rules go: a promise about risk, not about size. `safe`, `balanced` or `aggressive`.
level = \"balanced\"
";

const COMMON: &str = "
# Files that stay whatever rules say, and files that go: paths, folders or globs inside the package.
# keep = [\"data/**\"]
# drop = [\"notes\"]

# Rules that are not applied: codes, names or packs; `lambda-slim rules` lists them.
# disable = [\"LS110\"]

# The models of AWS services that Python functions need, where reading the code is not enough.
# services = [\"s3\", \"dynamodb\"]

# Layers that the functions have: Lambda's limit is for all together. A path or a size.
# with-layer = [\"12MB\"]

# Findings that are no errors here, and warnings that are; `lambda-slim explain CODE` tells what they mean.
# allow = [\"LS920\"]
# deny = [\"LS921\"]
";

/// What one package shows, and budgets a little above what it has.
fn package(path: &Path) -> anyhow::Result<String> {
    let pack = PackArgs::of(path);
    let rules = rules::read(&[])?;
    let disabled = Disabled::new(&[], &rules)?;
    let input = planning::open(path, &pack.plan, Vec::new())?;
    let preparation = Preparation::new(path, &pack.plan, disabled, &input)?;
    let knowledge = Knowledge {
        rules: &rules,
        languages: &preparation.languages(),
    };
    let (inventory, plan) = preparation.plan(&input, knowledge)?;
    let options = ApplyOptions {
        knowledge,
        compression: Compression::Fast,
        jar_storage: pack.plan.jar_storage.into(),
        threads: preparation.wishes.threads,
        weigh_dropped: false,
    };
    let mut after = CountingSink::default();
    let sinks = Sinks {
        before: &mut CountingSink::default(),
        after: &mut after,
        progress: &mut |_| {},
    };
    apply(&input, &plan, &options, sinks)?;
    let budget = budget(after.unzipped_bytes, after.entries as u64);
    Ok(format!("{}{budget}", target(&inventory)))
}

fn target(inventory: &Inventory) -> String {
    let found = &inventory.target;
    let runtime = found.runtime.as_ref();
    let runtime = runtime.map(|found| (found.value.to_string(), found.evidence.clone()));
    let arch = found.arch.as_ref();
    let arch = arch.map(|found| (found.value.to_string(), found.evidence.clone()));
    format!(
        "\n# The function's run time and processor, as in its configuration.\n{}{}",
        fact("runtime", "nodejs22.x", runtime),
        fact("arch", "arm64", arch)
    )
}

/// A line with what was seen; in a comment where it says too little, as `nodejs` without its version does.
fn fact(name: &str, example: &str, found: Option<(String, Option<String>)>) -> String {
    let Some((value, evidence)) = found else {
        return format!("# {name} = \"{example}\"\n");
    };
    let evidence = evidence
        .map(|files| format!("  # from {files}"))
        .unwrap_or_default();
    let is_whole =
        name != "runtime" || value.ends_with(|last: char| last.is_ascii_digit() || last == 'x');
    let mark = if is_whole { "" } else { "# " };
    format!("{mark}{name} = \"{value}\"{evidence}\n")
}

/// A tenth more than there is.
fn budget(bytes: u64, files: u64) -> String {
    let most = ByteCount(bytes + bytes / 10);
    let unzipped = most.to_string().replace(' ', "");
    let most_files = files + files / 10 + 1;
    format!(
        "\n# What a package may have before the build fails. Slimmed, it has {} in {files} files.\n\
         # budget = {{ unzipped = \"{unzipped}\", files = {most_files} }}\n",
        ByteCount(bytes),
    )
}

/// A section for each function of a build. The folders of CDK have another name after each change, so they get none:
/// `check cdk.out` reads their templates.
fn targets(folder: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    for template in build_templates(folder)? {
        for function in &template.functions {
            let path = function.code.local();
            let is_asset = |path: &&Path| {
                path.file_name()
                    .is_some_and(|name| name.to_string_lossy().starts_with("asset."))
            };
            let Some(path) = path.filter(|path| !is_asset(path)) else {
                continue;
            };
            text += &format!(
                "\n# {}\n[[target]]\npath = {:?}\n",
                function.name,
                path.display().to_string()
            );
            let runtime = function.runtime.as_ref().map(ToString::to_string);
            let arch = function.architecture.map(|arch| arch.as_str().to_owned());
            for (name, value) in [
                ("runtime", runtime),
                ("arch", arch),
                ("handler", function.handler.clone()),
            ] {
                text += &value
                    .map(|value| format!("{name} = {value:?}\n"))
                    .unwrap_or_default();
            }
        }
    }
    Ok(text)
}
