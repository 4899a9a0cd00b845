//! What is said at the end: the report for people on stderr, for machines on stdout and in a file.

use std::io::Write;
use std::time::Instant;

use anyhow::Context;
use lambda_slim_engine::Inventory;
use lambda_slim_report::{
    Detail, Diagnostic, Hashes, Limit, Report, SCHEMA_VERSION, Severity, TargetRow, ToolRow,
    file_rows, render, render_diagnostics, rule_rows,
};
use lambda_slim_rulepack::Level;

use crate::args::Format;
use crate::carry_out::{Done, Order};
use crate::exit::Exit;
use crate::report_file::ReportFile;
use crate::{checks, screen};

/// Everything that a finished run can be described by.
pub(crate) struct Summary<'a> {
    pub(crate) order: &'a Order<'a>,
    pub(crate) inventory: &'a Inventory,
    pub(crate) done: &'a Done,
    pub(crate) report_file: Option<ReportFile>,
}

impl Summary<'_> {
    /// Shows the report in every form that was asked for, and says how the run ended.
    pub(crate) fn publish(&self, start: Instant) -> anyhow::Result<Exit> {
        let args = self.order.args;
        let mut report = self.report()?;
        if let Some(file) = &self.report_file {
            file.write(&report)?;
        }
        report.elapsed_ms = Some(start.elapsed().as_secs_f64() * 1e3);
        if args.format == Format::Json {
            screen::data(&report.to_json()?).context("the report cannot be written to stdout")?;
        }
        let _ = write!(anstream::stderr(), "{}", self.text(&report));
        let is_error = |found: &Diagnostic| found.severity == Severity::Error;
        Ok(if report.diagnostics.iter().any(is_error) {
            Exit::Unfit
        } else {
            Exit::Done
        })
    }

    fn text(&self, report: &Report) -> String {
        match (self.order.args.quiet, self.order.args.verbose) {
            (true, _) => render_diagnostics(report),
            (_, 0) => render(report, Detail::Short),
            (_, 1) => render(report, Detail::Long),
            _ => render(report, Detail::Files),
        }
    }

    fn report(&self) -> anyhow::Result<Report> {
        let Order {
            args,
            input,
            knowledge,
            plan,
            destination,
            ..
        } = self.order;
        let rules = knowledge.rules;
        let (package, done) = (input.package(), self.done);
        let wants_files = args.verbose >= 2;
        Ok(Report {
            schema_version: SCHEMA_VERSION,
            tool: ToolRow::OURS,
            input: args.input.display().to_string(),
            output: destination.path().map(|path| path.display().to_string()),
            target: target_row(self.inventory, self.order.level),
            before: done.before,
            after: done.after,
            hashes: done.zip.as_ref().map(Hashes::of),
            rules: rule_rows(package, plan, &done.applied, rules),
            limits: Limit::all(&done.after, self.order.layers.unzipped_bytes),
            diagnostics: checks::diagnostics(self.order, self.inventory, done)?,
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

/// What a package was found to be meant for.
pub(crate) fn target_row(inventory: &Inventory, level: Level) -> TargetRow {
    let target = &inventory.target;
    let (runtime, arch) = (target.runtime.as_ref(), target.arch.as_ref());
    TargetRow {
        runtime: runtime.map(|found| found.value.to_string()),
        runtime_evidence: runtime.and_then(|found| found.evidence.clone()),
        arch: arch.map(|found| found.value.to_string()),
        arch_evidence: arch.and_then(|found| found.evidence.clone()),
        kind: target.kind.as_str(),
        level: level.as_str(),
    }
}
