//! What is said at the end: the report for people on stderr, for machines on stdout and in a file.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use lambda_slim_archive::{Input, OpenOptions};
use lambda_slim_engine::Inventory;
use lambda_slim_report::{
    Contents, Detail, Diagnostic, Hashes, Limit, Report, Reports, SCHEMA_VERSION, Severity,
    TargetRow, ToolRow, contents_page, file_rows, render, render_diagnostics, report_markdown,
    rule_rows,
};
use lambda_slim_rulepack::Level;

use crate::args::{PackArgs, PackFormat};
use crate::carry_out::{Done, Order};
use crate::checks::OfInput;
use crate::contents::{Checksums, listing_of};
use crate::exit::Exit;
use crate::limits::Layers;
use crate::pack::Packed;
use crate::report_file::ReportFile;
use crate::split::all_parts;
use crate::{checks, github, screen};

/// Everything that a finished run can be described by.
pub(crate) struct Summary<'a> {
    pub(crate) order: &'a Order<'a>,
    pub(crate) inventory: &'a Inventory,
    /// What was found before the package was written.
    pub(crate) of_input: OfInput,
    pub(crate) done: &'a Done,
    pub(crate) report_file: Option<&'a ReportFile>,
    /// When the run began.
    pub(crate) start: Instant,
}

impl Summary<'_> {
    /// Gives the report to whoever asked for it.
    pub(crate) fn publish(&self, report: Report) -> anyhow::Result<Packed> {
        let order = self.order;
        let publisher = Publisher {
            args: order.args,
            layers: order.layers,
            report_file: self.report_file,
            start: self.start,
        };
        publisher.publish(report, || self.page())
    }

    /// What was there beside what is left. A folder that was replaced can only be looked at as it is left.
    fn page(&self) -> anyhow::Result<String> {
        let order = self.order;
        let listing =
            |input: &Input, name: &Path| listing_of(input, name, order.knowledge, Checksums::Skip);
        let path = order.destination.path();
        let path = path.expect("a dry run has no page: refused at the start");
        let left = listing(&Input::open(path, &OpenOptions::default())?, path)?;
        let before =
            (!order.args.in_place).then(|| listing(order.input.original(), &order.args.input));
        let before = before.transpose()?;
        Ok(contents_page(&Contents::of(
            ToolRow::OURS,
            &left,
            before.as_ref(),
        ))?)
    }

    /// What lies in the package that was written, where a program will read it, at once or out of the cache; nothing of
    /// a dry run.
    fn written(&self) -> anyhow::Result<Option<Contents>> {
        let order = self.order;
        let args = order.args;
        let is_read =
            self.report_file.is_some() || args.cache.is_some() || args.format == PackFormat::Json;
        let Some(path) = order.destination.path().filter(|_| is_read) else {
            return Ok(None);
        };
        let input = Input::open(path, &OpenOptions::default())?;
        let checksums = match order.args.verbose {
            0 | 1 => Checksums::Skip,
            _ => Checksums::Read,
        };
        let listing = listing_of(&input, path, order.knowledge, checksums)?;
        Ok(Some(Contents::of(ToolRow::OURS, &listing, None)))
    }

    /// What the user will find.
    fn output(&self) -> Option<PathBuf> {
        let whole = self.order.args.splits.as_deref();
        let path = self.order.destination.path();
        whole.map(all_parts).or(path.map(Path::to_owned))
    }

    /// All that is worth telling.
    pub(crate) fn report(&self) -> anyhow::Result<Report> {
        let Order {
            args,
            input,
            knowledge,
            plan,
            bundled,
            ..
        } = self.order;
        let rules = knowledge.rules;
        let (package, done) = (input.package(), self.done);
        let rows = rule_rows(package, plan, &done.applied, rules);
        let wants_files = args.verbose >= 2;
        let written = self.written()?;
        let (packages, contents) = match written {
            None => Default::default(),
            Some(written) if wants_files => (written.packages, written.files),
            Some(written) => (written.packages, Vec::new()),
        };
        Ok(Report {
            schema_version: SCHEMA_VERSION,
            tool: ToolRow::OURS,
            input: args.input.display().to_string(),
            output: self.output().map(|path| path.display().to_string()),
            target: target_row(self.inventory, self.order.level),
            before: done.before,
            after: done.after,
            // Nobody deploys what is split.
            hashes: done
                .zip
                .as_ref()
                .filter(|_| args.splits.is_none())
                .map(Hashes::of),
            packages,
            contents,
            rules: bundled.row().into_iter().chain(rows).collect(),
            limits: Limit::all(&done.after, self.order.layers.unzipped_bytes),
            diagnostics: checks::diagnostics(
                self.order,
                self.inventory,
                done,
                self.of_input.clone(),
            ),
            files: if wants_files {
                file_rows(package, plan, &done.applied, rules)
            } else {
                Vec::new()
            },
            extraction: done.extraction.clone(),
            elapsed_ms: None,
        })
    }
}

/// Who wants to know how a run ended.
pub(crate) struct Publisher<'a> {
    pub(crate) args: &'a PackArgs,
    pub(crate) layers: Layers,
    pub(crate) report_file: Option<&'a ReportFile>,
    pub(crate) start: Instant,
}

impl Publisher<'_> {
    /// Gives the report to every program that asked for it, and tells how the run ended.
    pub(crate) fn publish(
        &self,
        mut report: Report,
        page: impl FnOnce() -> anyhow::Result<String>,
    ) -> anyhow::Result<Packed> {
        if let Some(file) = self.report_file {
            file.write(&report)?;
        }
        report.elapsed_ms = Some(self.start.elapsed().as_secs_f64() * 1e3);
        let for_machines = match self.args.format {
            _ if self.args.one_of_several => None,
            PackFormat::Text => None,
            PackFormat::Json => Some(report.to_json()?),
            PackFormat::TfExternal => Some(report.to_tf_external()?),
            PackFormat::Markdown => Some(report_markdown(&report)),
            PackFormat::Github => Some(github::of_one(&report, self.layers)?),
            PackFormat::Html => Some(page()?),
        };
        for_machines.as_deref().map_or(Ok(()), to_machines)?;
        let is_error = |found: &Diagnostic| found.severity == Severity::Error;
        let is_unfit = report.diagnostics.iter().any(is_error);
        Ok(Packed {
            exit: if is_unfit { Exit::Unfit } else { Exit::Done },
            said: self.text(&report),
            layers: self.layers,
            report,
        })
    }

    fn text(&self, report: &Report) -> String {
        match (self.args.quiet, self.args.verbose) {
            (true, _) => render_diagnostics(report, self.args.name.as_deref()),
            (_, 0) => render(report, Detail::Short),
            (_, 1) => render(report, Detail::Long),
            _ => render(report, Detail::Files),
        }
    }
}

/// Writes what programs read to stdout, where there is anything to read.
fn to_machines(text: &str) -> anyhow::Result<()> {
    match text.trim_end() {
        "" => Ok(()),
        text => screen::data(text).context("the report cannot be written to stdout"),
    }
}

/// Gives the reports of several packages to the program that asked for them.
pub(crate) fn publish_all(format: PackFormat, all: &[Packed]) -> anyhow::Result<()> {
    let reports = || all.iter().map(|packed| packed.report.clone()).collect();
    match format {
        PackFormat::Json => to_machines(&Reports::of(reports()).to_json()?),
        PackFormat::Markdown => {
            let pages = all.iter().map(|packed| report_markdown(&packed.report));
            to_machines(&pages.collect::<Vec<_>>().join("\n"))
        }
        PackFormat::Github => to_machines(&github::of_several(all)?),
        PackFormat::Text | PackFormat::Html | PackFormat::TfExternal => Ok(()),
    }
}

/// What a package was found to be meant for.
pub(crate) fn target_row(inventory: &Inventory, level: Level) -> TargetRow {
    let target = &inventory.target;
    let (runtime, arch) = (target.runtime.as_ref(), target.arch.as_ref());
    TargetRow {
        runtime: runtime.map(|found| found.value.to_string()),
        runtime_evidence: runtime.and_then(|found| found.evidence.clone()),
        arch: arch.map(|found| found.value.to_string()),
        arch_evidence: arch.and_then(|found| found.evidence.clone()),
        kind: target.kind.as_str().into(),
        level: level.as_str().into(),
    }
}
