//! `lambda-slim pack --bundle`: one file in place of the function's code, or the reason why not.

use lambda_slim_archive::{Input, InputKind};
use lambda_slim_node::{Bundle, BundleOrder, Bundling, SourceMap};
use lambda_slim_report::{Diagnostic, RowKind, RuleRow, Severity, Sizes};
use lambda_slim_rulepack::Level;

use crate::args::{Kind, PackArgs};
use crate::exit::UsageError;
use crate::planning;

/// How the code of a Node.js function becomes one file.
#[derive(clap::Args, Debug, Clone)]
#[command(next_help_heading = "Bundle (Node.js)")]
pub(crate) struct BundleArgs {
    /// Bundle the handler with the project's own esbuild; packages that cannot be bundled stay beside it, slimmed.
    ///
    /// The bundle is loaded once in the local Node.js, which runs the code outside of the handler. If anything speaks
    /// against it, the tool says what, and traces the code as with `--level aggressive`.
    #[arg(long, env = "LAMBDA_SLIM_BUNDLE", value_parser = clap::builder::FalseyValueParser::new())]
    pub(crate) bundle: bool,

    /// Leave a package out of the bundle in any case (may be given again).
    #[arg(long, value_name = "NAME", requires = "bundle")]
    pub(crate) external: Vec<String>,

    /// Write a source map beside the bundle, without the sources in it.
    #[arg(long, requires = "bundle")]
    pub(crate) source_map: bool,
}

/// A package whose code is one file, or shall be traced because it could not be.
pub(crate) struct Bundled {
    pub(crate) input: Input,
    pub(crate) level: Option<Level>,
    /// What the function was before.
    pub(crate) before: Option<Sizes>,
    pub(crate) said: Option<Diagnostic>,
    /// Where the files of `input` lie while this value lives.
    _folder: Option<Bundle>,
}

/// Bundles `input` where that is wanted.
pub(crate) fn make(args: &PackArgs, input: Input) -> anyhow::Result<Bundled> {
    if !args.bundle.bundle {
        return Ok(Bundled::unchanged(input));
    }
    refuse(args, &input)?;
    let runtime = args.plan.runtime.stated();
    let version = runtime.map(|runtime| runtime.version().trim_end_matches(".x"));
    let order = BundleOrder {
        folder: &args.input,
        input: &input,
        handler: args.plan.handler.as_deref(),
        external: &args.bundle.external,
        node_version: version.filter(|version| !version.is_empty()),
        source_map: if args.bundle.source_map {
            SourceMap::Beside
        } else {
            SourceMap::Without
        },
    };
    match lambda_slim_node::bundle(&order)? {
        Bundling::Bundled(bundle) => Bundled::of(args, &input, bundle),
        Bundling::Declined(why) => Ok(Bundled::declined(args, input, &why)),
    }
}

fn refuse(args: &PackArgs, input: &Input) -> Result<(), UsageError> {
    let runtime = args.plan.runtime.stated();
    let word = if args.plan.kind == Kind::Layer {
        "--bundle makes one file of a function's code, and a layer has no handler; where `bundle` is configured, say it in \
         the [[target]] of the function"
    } else if input.kind() != InputKind::Folder {
        "--bundle needs a folder as INPUT"
    } else if runtime.is_some_and(|runtime| runtime.family() != "nodejs") {
        "--bundle is for Node.js: what it makes is loaded there before it is packed"
    } else {
        return Ok(());
    };
    Err(UsageError(word.to_owned()))
}

impl Bundled {
    fn unchanged(input: Input) -> Self {
        Self {
            input,
            level: None,
            before: None,
            said: None,
            _folder: None,
        }
    }

    fn of(args: &PackArgs, before: &Input, bundle: Bundle) -> anyhow::Result<Self> {
        let package = before.package();
        let sizes = Sizes {
            zip_bytes: None,
            unzipped_bytes: package.unzipped_bytes(),
            files: package.len(),
        };
        let beside: Vec<&str> = bundle.external.iter().map(String::as_str).collect();
        let help = if beside.is_empty() {
            "every package is in it".to_owned()
        } else {
            format!("beside it with what they need: {}", beside.join(", "))
        };
        let message = format!(
            "{} is one file now, made of {}",
            bundle.file, bundle.sources
        );
        Ok(Self {
            input: planning::open(&bundle.task(), &args.plan, Vec::new())?,
            level: None,
            before: Some(sizes),
            said: Some(Diagnostic {
                severity: Severity::Advice,
                ..Diagnostic::warning("LS950", message, help)
            }),
            _folder: Some(bundle),
        })
    }

    /// What bundling alone took, as a row of the report.
    pub(crate) fn row(&self) -> Option<RuleRow> {
        let before = self.before?;
        let package = self.input.package();
        Some(RuleRow {
            rule: "--bundle".to_owned(),
            code: Some("LS950".to_owned()),
            title: "what the bundle stands for".to_owned(),
            action: RowKind::Removed,
            files: before.files.saturating_sub(package.len()),
            unzipped_bytes: before.unzipped_bytes as i64 - package.unzipped_bytes() as i64,
            zipped_bytes: None,
        })
    }

    /// Tracing finds what a bundle would have held, but at `safe` the user wants no more than specifications allow.
    fn declined(args: &PackArgs, input: Input, why: &str) -> Self {
        let asked = Level::from(args.plan.level);
        let (level, help) = if asked == Level::Safe {
            let help =
                "the rules of level safe went on instead; --level aggressive traces the code";
            (asked, help)
        } else {
            let help = "the code was traced instead, as with --level aggressive";
            (Level::Aggressive, help)
        };
        Self {
            level: Some(level),
            said: Some(Diagnostic::warning(
                "LS951",
                format!("not bundled: {why}"),
                help.to_owned(),
            )),
            ..Self::unchanged(input)
        }
    }
}
