//! Carrying a plan out: which sinks take the entries, and what is measured afterwards.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use lambda_slim_archive::{Input, InputKind, TemporaryFolder, WrittenZip};
use lambda_slim_engine::{Applied, ApplyOptions, Knowledge, Plan, Sinks, Threads, apply};
use lambda_slim_python::Python;
use lambda_slim_report::{Diagnostic, Extraction, MeasureError, Sizes, measure};
use lambda_slim_rulepack::Level;

use crate::args::PackArgs;
use crate::bundle::Bundled;
use crate::bytecode::Compiling;
use crate::limits::{Layers, More};
use crate::operations::OperationChoice;
use crate::output::{Destination, Output, Written};
use crate::screen;
use crate::services::ServiceChoice;

/// What a run produced, before anything is said about it.
pub(crate) struct Done {
    pub(crate) applied: Applied,
    pub(crate) before: Sizes,
    pub(crate) after: Sizes,
    pub(crate) zip: Option<WrittenZip>,
    pub(crate) extraction: Option<Extraction>,
    /// Why nothing was measured although it was wanted.
    pub(crate) unmeasured: Option<String>,
}

/// What to carry out.
pub(crate) struct Order<'a> {
    pub(crate) args: &'a PackArgs,
    pub(crate) input: &'a Input,
    /// What bundling made of the input.
    pub(crate) bundled: &'a Bundled,
    /// What was compiled for it.
    pub(crate) compiling: &'a Compiling,
    /// How far rules went.
    pub(crate) level: Level,
    pub(crate) knowledge: Knowledge<'a>,
    pub(crate) plan: &'a Plan,
    /// What the rules decided, also where nothing of it is carried out.
    pub(crate) judged: &'a Plan,
    pub(crate) destination: &'a Destination,
    /// What was known before the package was inspected.
    pub(crate) notes: Vec<Diagnostic>,
    /// Variables of its environment that Node.js itself reads, where a template says them.
    pub(crate) node_variables: BTreeMap<String, String>,
    /// What else is deployed with the package.
    pub(crate) layers: Layers,
    /// What was read of its Python.
    pub(crate) python: &'a Python,
    pub(crate) services: &'a ServiceChoice,
    pub(crate) operations: &'a OperationChoice,
    pub(crate) threads: Threads,
    /// The unzipped size that growth is told from.
    pub(crate) baseline_bytes: Option<u64>,
    /// What more could go; asked only where something is too much.
    pub(crate) more: &'a dyn Fn() -> Option<Vec<More>>,
}

impl Order<'_> {
    /// Writes the package, and measures both where that was not declined.
    pub(crate) fn carry_out(&self) -> anyhow::Result<Done> {
        let mut unmeasured = None;
        let scratch = self.scratch().unwrap_or_else(|error| {
            unmeasured = Some(format!("no temporary folder: {error}"));
            None
        });
        let place = |name: &str| scratch.as_ref().map(|folder| folder.path().join(name));
        let before_zip = place("before.zip").filter(|_| !self.came_as_zip());
        let mut before = Output::create(&Destination::Nowhere, before_zip.as_deref())?;
        let mut after = Output::create(self.destination, place("after.zip").as_deref())?;
        let applied = self.apply(&mut before, &mut after)?;
        let sizes_before = self.sizes_before(&before);
        let (counted, written) = (after.count, after.finish().with_context(|| self.blame())?);
        let extraction = match scratch {
            Some(_) => self.extraction(before.finish()?.measured, &written),
            None => Ok(None),
        };
        let extraction = extraction.unwrap_or_else(|error| {
            unmeasured = Some(error.to_string());
            None
        });
        let zip_bytes = written
            .zip
            .as_ref()
            .map_or(counted.zip_bytes, |zip| zip.bytes);
        let after = Sizes {
            zip_bytes: Some(zip_bytes),
            unzipped_bytes: counted.unzipped_bytes,
            files: counted.entries,
        };
        let before = sizes_before;
        Ok(Done {
            applied,
            before,
            after,
            zip: written.zip,
            extraction,
            unmeasured,
        })
    }

    /// What a package that cannot be read back says of its input: entries of a zip are taken over as they are.
    fn blame(&self) -> String {
        let input = self.args.input.display();
        match self.came_as_zip() {
            true => format!("`{input}` is damaged, or the disk is"),
            false => format!("`{input}` cannot be packed"),
        }
    }

    fn came_as_zip(&self) -> bool {
        matches!(
            self.input.original().kind(),
            InputKind::Zip | InputKind::Jar
        )
    }

    /// A folder for the zips that only serve to be measured; `None` where nothing is measured. In place, the package as
    /// it came is gone when the clock would run.
    fn scratch(&self) -> std::io::Result<Option<TemporaryFolder>> {
        let declined = self.args.no_measure || *self.destination == Destination::Nowhere;
        let overwritten = self.args.in_place && self.came_as_zip();
        // What is packed is the bundle, and a clock for that alone would say nothing of what it gained.
        let bundled = self.bundled.before.is_some();
        if declined || overwritten || bundled {
            return Ok(None);
        }
        TemporaryFolder::new_in(&std::env::temp_dir()).map(Some)
    }

    fn weighs_dropped(&self) -> bool {
        !self.args.no_measure || self.came_as_zip()
    }

    fn apply(&self, before: &mut Output, after: &mut Output) -> anyhow::Result<Applied> {
        let options = ApplyOptions {
            knowledge: self.knowledge,
            compression: self.args.compression.into(),
            jar_storage: self.args.plan.jar_storage.into(),
            threads: self.threads,
            weigh_dropped: self.weighs_dropped(),
        };
        let wanted = !self.args.quiet && !self.args.no_progress;
        let bar = screen::progress(self.input.package().unzipped_bytes(), wanted);
        let mut progress = |bytes| bar.inc(bytes);
        let sinks = Sinks {
            before,
            after,
            progress: &mut progress,
        };
        let applied = apply(self.input, self.plan, &options, sinks);
        bar.finish_and_clear();
        Ok(applied?)
    }

    fn sizes_before(&self, before: &Output) -> Sizes {
        if let Some(before) = self.bundled.before {
            return before;
        }
        let weighed = self.weighs_dropped().then_some(before.count.zip_bytes);
        let original = self.input.original();
        Sizes {
            zip_bytes: original.archive_bytes().or(weighed),
            unzipped_bytes: original.package().unzipped_bytes(),
            files: original.package().len(),
        }
    }

    fn extraction(
        &self,
        measured_before: Option<PathBuf>,
        written: &Written,
    ) -> Result<Option<Extraction>, MeasureError> {
        let came_as_zip = self.came_as_zip().then(|| self.args.input.clone());
        let zip: Option<&Path> = written.zip.as_ref().map(|zip| zip.path.as_path());
        let after = zip.or(written.measured.as_deref());
        match measured_before.or(came_as_zip).zip(after) {
            Some((before, after)) => measure(&before, after).map(Some),
            None => Ok(None),
        }
    }
}
