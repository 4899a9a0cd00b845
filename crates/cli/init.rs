//! `lambda-slim init`: a configuration with what can be seen, and what could be said, in comments.

use std::path::{Component, Path, PathBuf};

use clap::Args;
use lambda_slim_archive::{Compression, CountingSink};
use lambda_slim_engine::{ApplyOptions, Inventory, Knowledge, Sinks, apply};
use lambda_slim_package::ByteCount;
use lambda_slim_template::{BUILD_FOLDERS, Function, build_templates};

use crate::args::PackArgs;
use crate::built::builds;
use crate::exit::{Exit, UsageError};
use crate::planning::{self, Preparation};
use crate::report_file::write_whole;
use crate::rules::{self, Disabled};
use crate::screen;

/// Write a commented lambda-slim.toml from what a package, or the output of `sam build` or `cdk synth`, shows.
///
/// It goes into the project: INPUT itself where that is one, as its manifest or the output of a build in it tells, and
/// otherwise the folder that holds INPUT, for `dist` and `cdk.out` are made anew. From there on it is found for all
/// packages below.
#[derive(Args)]
pub(crate) struct InitArgs {
    /// The package, or `.aws-sam/build` or `cdk.out`.
    #[arg(default_value = ".")]
    pub(crate) input: PathBuf,

    /// Where to write [default: lambda-slim.toml of the project].
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Replace a file that is there.
    #[arg(long)]
    pub(crate) force: bool,
}

/// Looks, and writes the file.
pub(crate) fn run(args: &InitArgs) -> anyhow::Result<Exit> {
    let builds = builds(&args.input);
    let output = match &args.output {
        Some(output) => output.clone(),
        None => home(&args.input, &builds).join(NAME),
    };
    if output.exists() && !args.force {
        let path = output.display();
        return Err(UsageError(format!("`{path}` is there; replace it with --force")).into());
    }
    let text = if builds.is_empty() {
        format!("{HEAD}{}{COMMON}", package(&args.input)?)
    } else {
        format!("{HEAD}{COMMON}{}", targets(&builds, &output)?)
    };
    write_whole(&output, &text)?;
    screen::data(&format!(
        "{} written; `lambda-slim config` shows what is in force",
        output.display()
    ))?;
    Ok(Exit::Done)
}

/// What the file is called.
const NAME: &str = "lambda-slim.toml";

/// What only sources have, and no package that was built.
const OF_PROJECTS: [&str; 14] = [
    ".git",
    "package-lock.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "tsconfig.json",
    "pyproject.toml",
    "Cargo.toml",
    "go.mod",
    "pom.xml",
    "build.gradle",
    "template.yaml",
    "samconfig.toml",
    "serverless.yml",
    "cdk.json",
];

/// The folder of the project that `input` is, or is a package or a build of.
fn home(input: &Path, builds: &[PathBuf]) -> PathBuf {
    let whole = fs_err::canonicalize(input);
    let at = whole.as_deref().unwrap_or(input);
    let mut around = at.ancestors().filter_map(Path::file_name);
    let is_of_build = |name| {
        BUILD_FOLDERS
            .map(Path::new)
            .iter()
            .any(|it| it.starts_with(name))
    };
    let made = around.position(is_of_build);
    let is_build = builds.iter().any(|build| build == input);
    let is_project = || OF_PROJECTS.iter().any(|name| input.join(name).exists());
    let is_home = made.is_none()
        && input.is_dir()
        && (input == Path::new(".") || !builds.is_empty() || is_project());
    if is_home && !is_build {
        return input.to_owned();
    }
    let levels = made.unwrap_or(0) + 1;
    let above = input.ancestors().nth(levels);
    // `..` and `/` have no such name; what is typed is shown as it was typed.
    match above.filter(|_| {
        input
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
    }) {
        Some(above) => above.to_owned(),
        None => at.ancestors().nth(levels).unwrap_or(at).to_owned(),
    }
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

/// What the templates of a build say of its functions: a section for each, or where no section can name their code,
/// what they have in common.
fn targets(builds: &[PathBuf], output: &Path) -> anyhow::Result<String> {
    let (mut sections, mut unnamed) = (String::new(), Vec::new());
    let mut of = Vec::new();
    for build in builds {
        let templates = build_templates(build)?.into_iter();
        for function in templates.flat_map(|template| template.functions) {
            match function.code.local() {
                Some(path) if is_asset(path) => {
                    of.push(build.display().to_string());
                    unnamed.push(function);
                }
                Some(path) => sections += &section(&function, &from_file(path, output)),
                None => {}
            }
        }
    }
    of.dedup();
    Ok(in_common(&unnamed, &of.join(" ")) + &sections)
}

/// The folders of CDK have another name after each change.
fn is_asset(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().starts_with("asset.")
}

fn section(function: &Function, path: &Path) -> String {
    let mut text = format!(
        "\n# {}\n[[target]]\npath = {:?}\n",
        function.name,
        path.display().to_string()
    );
    for (name, value) in facts(function) {
        text += &value
            .map(|value| format!("{name} = {value:?}\n"))
            .unwrap_or_default();
    }
    text
}

fn facts(function: &Function) -> [(&'static str, Option<String>); 3] {
    let arch = function.architecture.map(|arch| arch.as_str().to_owned());
    [
        (
            "runtime",
            function.runtime.as_ref().map(ToString::to_string),
        ),
        ("arch", arch),
        ("handler", function.handler.clone()),
    ]
}

/// `path` as the file at `output` names it: from its folder on.
fn from_file(path: &Path, output: &Path) -> PathBuf {
    let folder = output
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = fs_err::canonicalize(folder.unwrap_or(Path::new(".")));
    let whole = fs_err::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let below = folder
        .ok()
        .and_then(|folder| whole.strip_prefix(folder).ok().map(Path::to_owned));
    below.unwrap_or(whole)
}

/// The functions whose code has no lasting name, one by one, and what all of them say alike.
fn in_common(functions: &[Function], build: &str) -> String {
    let Some((first, others)) = functions.split_first() else {
        return String::new();
    };
    let mut text = format!(
        "\n# The functions of {build}. Their folders have another name after each change, so no [[target]] can name them;\n\
         # `check {build}` and `pack --all {build}` read this from the templates there.\n"
    );
    for function in functions {
        let known = facts(function).into_iter().filter_map(|(_, value)| value);
        let known: Vec<String> = known.collect();
        text += &format!("#   {}: {}\n", function.name, known.join(", "));
    }
    let same = facts(first)
        .into_iter()
        .take(2)
        .filter_map(|(name, value)| {
            let is_same = |other: &Function| facts(other).contains(&(name, value.clone()));
            others.iter().all(is_same).then_some((name, value?))
        });
    let same: Vec<String> = same
        .map(|(name, value)| format!("{name} = {value:?}\n"))
        .collect();
    if !same.is_empty() {
        text += &format!(
            "# All of them have this, so other packages have it unless they say otherwise.\n{}",
            same.concat()
        );
    }
    text
}
