use std::ffi::{OsStr, OsString};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::builder::Resettable;
use clap::{Arg, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use lambda_slim_archive::{Compression, JarStorage};
use lambda_slim_engine::{Licenses, Patterns, Symlinks};
use lambda_slim_package::{Architecture, PackageKind, Runtime};
use lambda_slim_rulepack::Level;

use crate::bundle::BundleArgs;
use crate::check::CheckArgs;
use crate::diff::Growth;
use crate::hash::HashArgs;
use crate::init::InitArgs;
use crate::layer::LayerArgs;
use crate::limits::Budget;
use crate::query;
use crate::sam::SamArgs;
use crate::settings::{ConfigArgs, Configured, Known};

/// Makes AWS Lambda packages small, fast to start and reproducible, and says why each file went.
#[derive(Parser)]
#[command(name = "lambda-slim", version = VERSION, arg_required_else_help = true)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Read this configuration, rather than the one that is found from the package upwards.
    #[arg(
        long,
        value_name = "FILE",
        global = true,
        env = "LAMBDA_SLIM_CONFIG",
        help_heading = "Everywhere"
    )]
    pub(crate) config: Option<PathBuf>,

    /// Read no configuration and no .lambdaslimignore.
    #[arg(
        long,
        global = true,
        conflicts_with = "config",
        help_heading = "Everywhere"
    )]
    pub(crate) no_config: bool,

    /// Colours in what people read; `auto` asks the terminal, NO_COLOR and CLICOLOR.
    #[arg(
        long,
        value_name = "WHEN",
        global = true,
        value_enum,
        default_value_t = clap::ColorChoice::Auto,
        hide_possible_values = true,
        help_heading = "Everywhere"
    )]
    pub(crate) color: clap::ColorChoice,
}

impl CommandLine {
    /// Reads the command line, the environment and the configuration, or ends with clap's message.
    pub(crate) fn read() -> anyhow::Result<Self> {
        let mut words: Vec<OsString> = std::env::args_os().collect();
        let read = Self::of(Configured::new(command(), words.clone())?);
        if !read.is_asked_by_terraform() {
            return Ok(read);
        }
        words.extend(query::words()?);
        Ok(Self::of(Configured::new(command(), words)?))
    }

    fn is_asked_by_terraform(&self) -> bool {
        matches!(&self.command, Command::Pack(args) if args.format == PackFormat::TfExternal)
    }

    /// Reads the same with the configuration of `package`, which is one of several.
    pub(crate) fn read_for(package: &Known<'_>) -> anyhow::Result<Self> {
        let configured = Configured::of(package, command(), std::env::args_os().collect())?;
        Ok(Self::of(configured))
    }

    fn of(configured: Configured) -> Self {
        Self::from_arg_matches(&configured.matches()).unwrap_or_else(|error| error.exit())
    }
}

/// All that can be typed.
pub(crate) fn command() -> clap::Command {
    CommandLine::command().mut_subcommands(|command| command.mut_args(without_empty))
}

/// An empty variable counts as unset: build services set variables to nothing.
fn without_empty(arg: Arg) -> Arg {
    let value = arg.get_env().and_then(std::env::var_os);
    if value.is_some_and(|value| value.is_empty()) {
        arg.env(Resettable::Reset)
    } else {
        arg
    }
}

/// The compressor decides the bytes of a package as much as we do, so it is named.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (libdeflate 1.26.1)");

#[derive(Subcommand)]
pub(crate) enum Command {
    Pack(Box<PackArgs>),
    Check(Box<CheckArgs>),
    Layer(Box<LayerArgs>),
    Sam(Box<SamArgs>),
    Hash(Box<HashArgs>),
    Report(ReportArgs),
    Diff(DiffArgs),
    Strip(StripArgs),
    Explain(Box<ExplainArgs>),
    Rules(RulesArgs),
    Config(ConfigArgs),
    Init(InitArgs),
    /// Print a script that makes a shell complete commands and options.
    Completions {
        /// For which shell.
        shell: Shell,
    },
    /// Print the manual page, for `man -l -`.
    Man,
}

/// Say what is inside a package, largest first: as a table, or as a page with a treemap.
#[derive(Args)]
#[command(after_long_help = REPORT_EXAMPLES)]
pub(crate) struct ReportArgs {
    /// A package: a folder, a .zip or a .jar.
    pub(crate) path: PathBuf,

    /// What it was made of: sizes stand beside those of this package.
    #[arg(long, value_name = "PACKAGE")]
    pub(crate) before: Option<PathBuf>,

    /// How to say it.
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,

    /// Write to a file instead of stdout.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Every package and file.
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

const REPORT_EXAMPLES: &str = "\
Examples:
  lambda-slim report dist                                      the largest packages and files
  lambda-slim report dist.zip --before dist                    what slimming left of each
  lambda-slim report dist --format html -o report.html         a page to look around in
  lambda-slim report dist.zip --before dist --format html -o report.html";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people.
    Text,
    /// For programs; the files are in it with --verbose.
    Json,
    /// For a comment on a pull request.
    Markdown,
    /// A page for a browser that loads nothing from anywhere.
    Html,
}

/// Say what distinguishes two packages: sizes, versions, files.
#[derive(Args)]
#[command(after_long_help = DIFF_EXAMPLES)]
pub(crate) struct DiffArgs {
    /// A package: a folder, a .zip or a .jar; or a report of one: the .json of `pack` or `report`.
    pub(crate) before: PathBuf,

    /// The package to compare it with, or a report of it.
    pub(crate) after: PathBuf,

    /// Exit with 3 if the unzipped size grew by more: `500kB` or `5%`.
    #[arg(long, value_name = "GROWTH")]
    pub(crate) fail_over: Option<Growth>,

    /// How to say it.
    #[arg(long, value_enum, default_value_t = DiffFormat::Text)]
    pub(crate) format: DiffFormat,

    /// Every package and file.
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

const DIFF_EXAMPLES: &str = "\
Examples:
  lambda-slim diff deployed.zip dist.zip                  what a deployment would change
  lambda-slim diff main.zip branch.zip --format markdown  the same, for a pull request
  lambda-slim diff main.zip branch.zip --fail-over 5%     exit code 3 if it grew by more
  lambda-slim diff main.json branch.zip                   main.json was written by pack --report-file

Exit codes: 0 done · 1 failed · 2 wrong usage · 3 it grew by more than --fail-over";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For a comment on a pull request.
    Markdown,
}

/// Say why a file of a package goes or stays, or what a code stands for: what a rule does, what a finding means.
#[derive(Args)]
#[command(after_long_help = EXPLAIN_EXAMPLES)]
pub(crate) struct ExplainArgs {
    /// With --in: files or folders of the package, or globs. Without: codes or names; `node/*` is a whole pack; or a
    /// number of bytes out of an error message of AWS.
    #[arg(required = true, value_name = "CODE|PATH")]
    pub(crate) what: Vec<String>,

    /// The package that holds the files: a folder, a .zip or a .jar, as it is given to `pack`. Nothing is written.
    #[arg(long = "in", value_name = "PACKAGE")]
    pub(crate) package: Option<PathBuf>,

    /// How to say it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,

    #[command(flatten)]
    pub(crate) plan: PlanArgs,
}

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  lambda-slim explain LS110 node/source-maps                      what these rules do, and why
  lambda-slim explain LS900                                       what a finding means, and what to do
  lambda-slim explain 41655897                                    what AWS means by this many bytes
  lambda-slim explain --in dist node_modules/yaml/README.md       why this file goes or stays
  lambda-slim explain --in dist '**/*.map' --level aggressive     the same for many, at another level";

/// List the rules: code, level, name and what leaves.
#[derive(Args)]
pub(crate) struct RulesArgs {
    /// Only these: codes, names, or packs such as `node/*`.
    #[arg(value_name = "RULE")]
    pub(crate) which: Vec<String>,

    /// Read more rules from a TOML file (may be given again).
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Vec<PathBuf>,

    /// How to say it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// Slim a folder, a zip or a jar into a reproducible zip or folder.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct PackArgs {
    /// What to pack: a folder, a .zip or a .jar; a Cargo or Go project or a program, which becomes `bootstrap`.
    #[arg(default_value = ".", value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,

    /// The one of them that this run is about.
    #[arg(skip)]
    pub(crate) input: PathBuf,

    /// The zip that will be split, and is only named in the parts.
    #[arg(skip)]
    pub(crate) splits: Option<PathBuf>,

    /// What findings call the package, where there are several.
    #[arg(skip)]
    pub(crate) name: Option<String>,

    /// Whether others are made in the same run, so that the reports for programs come together at its end.
    #[arg(skip)]
    pub(crate) one_of_several: bool,

    /// Pack every function and layer of a build that INPUT is or holds: .aws-sam/build, cdk.out or .serverless.
    ///
    /// Run time, architecture, handler and layers are what the template says. Each becomes a zip with the name of its
    /// logical id, in the folder of -o.
    #[arg(long, conflicts_with_all = ["in_place", "bin", "build"])]
    pub(crate) all: bool,

    /// The program of a Cargo or Go project, where it has several.
    #[arg(long, value_name = "NAME")]
    pub(crate) bin: Option<String>,

    /// Build the Cargo or Go project first; uses cargo-lambda where it is installed.
    #[arg(long)]
    pub(crate) build: bool,

    /// The zip to write, or a folder for it (`out/`) [default: `dist` becomes `dist.zip`, `app.zip` becomes `app.slim.zip`].
    #[arg(short, long, value_name = "ZIP", conflicts_with_all = ["out_dir", "in_place"])]
    pub(crate) output: Option<PathBuf>,

    /// Write a folder instead of a zip; files keep their modification times.
    #[arg(long, value_name = "DIR", conflicts_with = "in_place")]
    pub(crate) out_dir: Option<PathBuf>,

    /// Replace a folder given to --out-dir that is not empty.
    #[arg(long, requires = "out_dir")]
    pub(crate) force: bool,

    /// Replace INPUT itself, once everything has been written and checked.
    #[arg(long)]
    pub(crate) in_place: bool,

    /// Do everything except writing.
    #[arg(long)]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    pub(crate) bundle: BundleArgs,

    #[command(flatten)]
    pub(crate) plan: PlanArgs,

    /// Which Python modules have bytecode, so that a cold start need not compile them.
    ///
    /// It costs bytes: as many again as the sources have. Compiling takes the Python of the run time, by its name
    /// (`python3.13`) from the PATH, and the run fails without it: the same call never gives other bytes because a
    /// machine has another Python. Its last number matters too, as in 3.13.2.
    #[arg(long, value_enum, default_value_t = BytecodeName::Keep, env = "LAMBDA_SLIM_BYTECODE", help_heading = "How")]
    pub(crate) bytecode: BytecodeName,

    /// How hard to compress.
    #[arg(long, value_enum, default_value_t = CompressionName::Default, env = "LAMBDA_SLIM_COMPRESSION", help_heading = "How")]
    pub(crate) compression: CompressionName,

    /// Keep results in this folder, and take from it what an earlier run made of the same files.
    ///
    /// What comes out is the same with and without it. Several runs may use one folder at the same time, and it may be
    /// deleted, or restored in CI, at any time; over 1 GiB, what was not used for longest goes.
    #[arg(
        long,
        value_name = "DIR",
        env = "LAMBDA_SLIM_CACHE",
        help_heading = "How"
    )]
    pub(crate) cache: Option<PathBuf>,

    /// Do not measure the extraction time.
    #[arg(long, env = "LAMBDA_SLIM_NO_MEASURE", value_parser = clap::builder::FalseyValueParser::new(), help_heading = "How")]
    pub(crate) no_measure: bool,

    /// The report for people goes to stderr and leaves stdout empty; all others go to stdout.
    #[arg(long, value_enum, default_value_t = PackFormat::Text, env = "LAMBDA_SLIM_FORMAT", help_heading = "Report")]
    pub(crate) format: PackFormat,

    /// Also write the report as JSON, without what differs from run to run.
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub(crate) report_file: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) limits: LimitArgs,

    /// Only warnings and errors.
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Report")]
    pub(crate) quiet: bool,

    /// Every rule and warning; twice: every file with its reason.
    #[arg(short, long, action = clap::ArgAction::Count, help_heading = "Report")]
    pub(crate) verbose: u8,

    /// No progress bar.
    #[arg(long, env = "LAMBDA_SLIM_NO_PROGRESS", value_parser = clap::builder::FalseyValueParser::new(), help_heading = "Report")]
    pub(crate) no_progress: bool,
}

impl PackArgs {
    /// What `pack INPUT` means, with what the environment says.
    pub(crate) fn of(input: &Path) -> Self {
        let command = Self::augment_args(clap::Command::new("pack")).mut_args(without_empty);
        let words = [OsStr::new("pack"), OsStr::new("--"), input.as_os_str()];
        let matches = command.try_get_matches_from(words);
        let read = matches.and_then(|matches| Self::from_arg_matches(&matches));
        let args = read.unwrap_or_else(|error| error.exit());
        args.for_input(input)
    }

    /// The same options for one input.
    pub(crate) fn for_input(&self, input: &Path) -> Self {
        Self {
            input: input.to_owned(),
            ..self.clone()
        }
    }
}

/// What is too much, and how bad that is.
#[derive(Args, Debug, Clone)]
pub(crate) struct LimitArgs {
    /// A layer that the function will have (of several functions, each): a folder, a zip or its unzipped size; Lambda's limit is for all together.
    #[arg(long, value_name = "PATH|BYTES", help_heading = "Limits")]
    pub(crate) with_layer: Vec<String>,

    /// End with exit code 3 over a budget: `unzipped=150MB,zip=40MB,files=5000,growth=5%`.
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        env = "LAMBDA_SLIM_BUDGET",
        help_heading = "Limits"
    )]
    pub(crate) budget: Vec<Budget>,

    /// What `growth` is told from: a report of an earlier run (`--report-file`), or a package.
    #[arg(
        long,
        value_name = "PATH",
        env = "LAMBDA_SLIM_BASELINE",
        help_heading = "Limits"
    )]
    pub(crate) baseline: Option<PathBuf>,

    /// Make errors with this code warnings (may be given again).
    #[arg(
        long,
        value_name = "CODE",
        value_delimiter = ',',
        env = "LAMBDA_SLIM_ALLOW",
        help_heading = "Limits"
    )]
    pub(crate) allow: Vec<String>,

    /// Make warnings and advice with this code errors: the run ends with exit code 3 (may be given again).
    #[arg(
        long,
        value_name = "CODE",
        value_delimiter = ',',
        env = "LAMBDA_SLIM_DENY",
        help_heading = "Limits"
    )]
    pub(crate) deny: Vec<String>,
}

/// What a package is meant for, and what may go.
#[derive(Args, Debug, Clone)]
pub(crate) struct PlanArgs {
    /// The run time, such as nodejs22.x, python3.13, java21, dotnet8, ruby3.4, provided.al2023 or llrt.
    #[arg(long, value_name = "NAME", default_value = "auto", env = "LAMBDA_SLIM_RUNTIME", value_parser = runtime, help_heading = "Target")]
    pub(crate) runtime: Auto<Runtime>,

    /// The architecture: x86_64 or arm64.
    #[arg(long, value_name = "NAME", default_value = "auto", env = "LAMBDA_SLIM_ARCH", value_parser = arch, help_heading = "Target")]
    pub(crate) arch: Auto<Architecture>,

    /// What the package becomes.
    #[arg(long, value_enum, default_value_t = Kind::Function, env = "LAMBDA_SLIM_KIND", help_heading = "Target")]
    pub(crate) kind: Kind,

    /// The handler as in the function's configuration (`src/app.handler`); its file stays in any case.
    #[arg(
        long,
        value_name = "NAME",
        env = "LAMBDA_SLIM_HANDLER",
        help_heading = "Target"
    )]
    pub(crate) handler: Option<String>,

    /// The handlers of all functions that share this code, where a template tells.
    #[arg(skip)]
    pub(crate) other_handlers: Vec<String>,

    /// Make a function of a web archive: WEB-INF/classes and WEB-INF/lib move to where Lambda looks.
    #[arg(long, help_heading = "Target")]
    pub(crate) from_war: bool,

    /// How jars hold their classes.
    #[arg(long, value_enum, default_value_t = JarStorageName::Deflated, env = "LAMBDA_SLIM_JAR_STORAGE", help_heading = "How")]
    pub(crate) jar_storage: JarStorageName,

    /// The AWS services whose models stay: names as in `boto3.client("s3")`, `all`, or `auto`, which reads the code.
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "auto",
        env = "LAMBDA_SLIM_SERVICES",
        help_heading = "Target"
    )]
    pub(crate) services: Vec<String>,

    /// The operations of AWS services that stay at level aggressive: `put_object` or `PutObject`, `all`, or `auto`.
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "auto",
        env = "LAMBDA_SLIM_OPERATIONS",
        help_heading = "Target"
    )]
    pub(crate) operations: Vec<String>,

    /// How far rules may go: a promise about risk, not about size.
    #[arg(long, value_enum, default_value_t = LevelName::Balanced, env = "LAMBDA_SLIM_LEVEL", help_heading = "What goes")]
    pub(crate) level: LevelName,

    /// Keep what matches, whatever rules say: a path, a folder or a glob (may be given again).
    #[arg(long, value_name = "GLOB", value_parser = glob, help_heading = "What goes")]
    pub(crate) keep: Vec<String>,

    /// Drop what matches, unless it is protected (may be given again).
    #[arg(long, value_name = "GLOB", value_parser = glob, help_heading = "What goes")]
    pub(crate) drop: Vec<String>,

    /// Read more rules from a TOML file; see rules/README.md (may be given again).
    #[arg(long, value_name = "FILE", help_heading = "What goes")]
    pub(crate) rules: Vec<PathBuf>,

    /// Turn off a rule by id or code, a pack (`node/*`) or `all` (may be given again).
    #[arg(
        long,
        value_name = "RULE",
        value_delimiter = ',',
        env = "LAMBDA_SLIM_DISABLE",
        help_heading = "What goes"
    )]
    pub(crate) disable: Vec<String>,

    /// Leave out the AWS SDK for JavaScript v3, which Lambda's Node.js brings along.
    ///
    /// It costs: an app took 1,227 ms to start with the SDK of the run time and 929 ms with its own, bundled. AWS also
    /// changes the version without notice, and advises to ship it.
    #[arg(long, env = "LAMBDA_SLIM_USE_RUNTIME_SDK", value_parser = clap::builder::FalseyValueParser::new(), help_heading = "What goes")]
    pub(crate) use_runtime_sdk: bool,

    /// What the way in which a layer came asks for.
    #[arg(skip)]
    pub(crate) wished: Vec<&'static str>,

    /// Leave debug information and symbols in programs and libraries.
    #[arg(long, env = "LAMBDA_SLIM_NO_STRIP", value_parser = clap::builder::FalseyValueParser::new(), help_heading = "What goes")]
    pub(crate) no_strip: bool,

    /// What happens to symbolic links.
    #[arg(long, value_enum, default_value_t = SymlinksName::Auto, env = "LAMBDA_SLIM_SYMLINKS", help_heading = "What goes")]
    pub(crate) symlinks: SymlinksName,

    /// What happens to the licence texts of dependencies.
    #[arg(long, value_enum, default_value_t = LicensesName::Keep, env = "LAMBDA_SLIM_LICENSES", help_heading = "What goes")]
    pub(crate) licenses: LicensesName,

    /// Number of threads [default: one per core]; it never changes the result.
    #[arg(
        short,
        long,
        value_name = "N",
        value_parser = jobs,
        env = "LAMBDA_SLIM_JOBS",
        help_heading = "How"
    )]
    pub(crate) jobs: Option<NonZeroUsize>,

    /// How many packages are planned at the same time; threads and memory are for all of them.
    #[arg(skip = NonZeroUsize::MIN)]
    pub(crate) at_once: NonZeroUsize,
}

/// Take debug information and symbols out of programs and libraries for Linux, without breaking them.
///
/// Bytes that are loaded stay as they are and where they are in their pages; a file about which anything is unusual is
/// left as it was.
#[derive(Args)]
#[command(after_long_help = STRIP_EXAMPLES)]
pub(crate) struct StripArgs {
    /// Programs and libraries: ELF files for x86_64 or arm64.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Write the one FILE here.
    #[arg(short, long, value_name = "PATH", group = "way")]
    pub(crate) output: Option<PathBuf>,

    /// Replace each FILE, once all of them could be read.
    #[arg(long, group = "way")]
    pub(crate) in_place: bool,

    /// Write nothing, and end with code 1 if a FILE could be smaller.
    #[arg(long, group = "way")]
    pub(crate) check: bool,

    /// How far to go: `safe` takes what only debuggers read, all others symbols as well.
    #[arg(long, value_enum, default_value_t = LevelName::Balanced, env = "LAMBDA_SLIM_LEVEL")]
    pub(crate) level: LevelName,

    /// Only errors.
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

const STRIP_EXAMPLES: &str = "\
Examples:
  lambda-slim strip target/release/app -o bootstrap   a smaller copy under another name
  lambda-slim strip --in-place lib/*.so               replace each file
  lambda-slim strip --check bootstrap                 for a build that must not ship symbols

Exit codes: 0 done · 1 failed, nothing written, or --check found something · 2 wrong usage · 130 interrupted";

const EXAMPLES: &str = "\
Examples:
  lambda-slim pack ./dist                          dist.zip, slimmed at the default level
  lambda-slim pack . -o function.zip --level safe  only what no run time reads
  lambda-slim pack function.zip --in-place         slim a zip that another tool made
  lambda-slim pack functions/* -o dist/            several packages, a zip each
  lambda-slim pack --all cdk.out -o dist/          every function and layer of a build, a zip each
  lambda-slim pack ./build --out-dir ./slim        a folder, for CDK, SAM or a container image
  lambda-slim pack ./dist --dry-run -vv            every file that would go, and why
  lambda-slim pack ./app --services s3,dynamodb    keep botocore's models of these services only
  lambda-slim pack ./app --bytecode all            nothing is left to compile in a cold start
  lambda-slim pack --build --arch arm64            the Rust or Go program of this project, as bootstrap
  lambda-slim pack ./app --bundle                  one file, made by the project's own esbuild
  lambda-slim pack ./dist --keep 'node_modules/x'  keep a folder whatever the rules say

Exit codes: 0 done · 1 failed, nothing written · 2 wrong usage · 3 the package is written but over a Lambda limit, or
its native code will not load (see the errors; --allow CODE) · 130 interrupted";

/// A value that is stated or found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Auto<T> {
    FromFiles,
    Stated(T),
}

impl<T> Auto<T> {
    pub(crate) fn stated(&self) -> Option<&T> {
        match self {
            Self::FromFiles => None,
            Self::Stated(value) => Some(value),
        }
    }
}

fn runtime(text: &str) -> Result<Auto<Runtime>, String> {
    match text {
        "auto" => Ok(Auto::FromFiles),
        name => name
            .parse()
            .map(Auto::Stated)
            .map_err(|error: lambda_slim_package::UnknownRuntime| error.to_string()),
    }
}

/// A pattern is read at the border, so that the message names its option.
fn glob(text: &str) -> Result<String, String> {
    let pattern = text.to_owned();
    match Patterns::new(std::slice::from_ref(&pattern)) {
        Ok(_) => Ok(pattern),
        Err(error) => Err(error.reason.to_string()),
    }
}

fn jobs(text: &str) -> Result<NonZeroUsize, String> {
    let number = text.parse();
    number.map_err(|_| "it is a number from 1 on".to_owned())
}

fn arch(text: &str) -> Result<Auto<Architecture>, String> {
    match text {
        "auto" => Ok(Auto::FromFiles),
        "x86_64" => Ok(Auto::Stated(Architecture::X86_64)),
        "arm64" => Ok(Auto::Stated(Architecture::Arm64)),
        _ => Err("known are x86_64, arm64 and auto".to_owned()),
    }
}

/// Declares an enum of the command line and what each choice means inside.
macro_rules! choices {
    ($name:ident => $inside:ty { $($(#[doc = $help:literal])+ $variant:ident => $value:expr),+ $(,)? }) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
        pub(crate) enum $name { $($(#[doc = $help])+ $variant),+ }

        impl From<$name> for $inside {
            fn from(name: $name) -> Self {
                match name { $($name::$variant => $value),+ }
            }
        }
    };
}

choices!(Kind => PackageKind {
    /// Extracted into /var/task.
    Function => PackageKind::Function,
    /// Extracted into /opt, for handlers that are not in the package.
    Layer => PackageKind::Layer,
});
choices!(LevelName => Level {
    /// No run time reads it by its own specification.
    Safe => Level::Safe,
    /// Also what the evidence in this package shows unused.
    Balanced => Level::Balanced,
    /// Also what no traced path reaches.
    Aggressive => Level::Aggressive,
});
choices!(LicensesName => Licenses {
    /// They stay.
    Keep => Licenses::Keep,
    /// They are joined into one file, THIRD_PARTY_LICENSES.
    Collect => Licenses::Collect,
    /// They go.
    Drop => Licenses::Drop,
});
choices!(CompressionName => Compression {
    /// Quick; about 7 % larger.
    Fast => Compression::Fast,
    /// Smaller than zip -9, in a fraction of its time.
    Default => Compression::Default,
    /// About 4 % smaller, in eleven times the time.
    Best => Compression::Best,
});

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BytecodeName {
    /// Those that come with it; it is made valid on Lambda (LS222), and nothing is compiled.
    Keep,
    /// All; what lacks it is compiled.
    All,
    /// Those that the handler imports, as far as their texts tell; that of all others goes.
    Handler,
}

choices!(JarStorageName => JarStorage {
    /// As build tools write them.
    Deflated => JarStorage::Deflated,
    /// Uncompressed: the zip gets a quarter smaller, the unzipped size, which Lambda limits, doubles, and so does the
    /// CPU time of extraction.
    Stored => JarStorage::Stored,
});

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SymlinksName {
    /// Links inside the package stay, dangling ones in dependencies go, those that leave it become copies.
    Auto,
    /// All stay as they are.
    Keep,
    /// All go, as with `find -type l | xargs rm`.
    Strip,
    /// Each becomes a copy of what it points to.
    Follow,
}

impl From<SymlinksName> for Symlinks {
    fn from(name: SymlinksName) -> Self {
        match name {
            SymlinksName::Auto | SymlinksName::Follow => Self::Auto,
            SymlinksName::Keep => Self::Keep,
            SymlinksName::Strip => Self::Strip,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// How `pack` says what it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PackFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For a comment on a pull request.
    Markdown,
    /// Annotations for GitHub Actions; also fills $GITHUB_STEP_SUMMARY and $GITHUB_OUTPUT where they are set.
    Github,
    /// A page for a browser with what was there and what is left, as `report` writes it.
    Html,
    /// For Terraform's external data source: where the zip is, its size and its hashes; options may come as its query on
    /// stdin.
    TfExternal,
}
