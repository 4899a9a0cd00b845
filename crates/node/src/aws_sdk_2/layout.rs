//! How the SDK itself is laid out: which client loads which models, and which clients its own code makes.

use std::collections::{BTreeMap, BTreeSet};

use lambda_slim_archive::{Error, Input};
use lambda_slim_package::{EntryId, EntryPath, Package};
use oxc_ast::ast::{Argument, Expression, ObjectProperty, StaticMemberExpression, StringLiteral};
use oxc_ast_visit::{Visit, walk};

use super::uses::Uses;
use crate::parse;

/// One copy of the SDK.
pub(super) struct Layout {
    /// The module of each service: `s3` of `S3`.
    modules: BTreeMap<String, String>,
    /// The models that each module loads.
    models: BTreeMap<String, BTreeSet<EntryId>>,
    /// What the SDK's own code uses, for credentials or for uploads.
    own: Uses,
    /// Names of files that its own code knows, such as `metadata.json`.
    named: BTreeSet<String>,
    /// All models, with examples for the documentation.
    all: BTreeSet<EntryId>,
    /// The same code once more, for browsers.
    pub(super) browser_builds: BTreeSet<EntryId>,
}

impl Layout {
    /// Reads the copy at `root`; `None` where something is not as expected.
    pub(super) fn read(input: &Input, root: &EntryPath) -> Result<Option<Self>, Error> {
        let mut layout = Self {
            modules: BTreeMap::new(),
            models: BTreeMap::new(),
            own: Uses::default(),
            named: BTreeSet::new(),
            all: BTreeSet::new(),
            browser_builds: BTreeSet::new(),
        };
        for (id, entry) in input.package().iter() {
            let Some(inner) = entry.path.relative_to(root) else {
                continue;
            };
            if inner.starts_with("apis/") {
                layout.all.insert(id);
            }
            if inner.starts_with("dist/") {
                layout.browser_builds.insert(id);
            }
            let name = inner.strip_prefix("clients/");
            let name = name.and_then(|name| name.strip_suffix(".js"));
            let is_library = inner.starts_with("lib/") && inner.ends_with(".js");
            if name.is_none() && !is_library {
                continue;
            }
            let Some(texts) = Texts::read(&input.read(id)?) else {
                return Ok(None);
            };
            match name {
                Some("all") => layout.modules = texts.modules,
                Some(name) => layout.client(input, root, name, &texts),
                None if inner.starts_with("lib/services/") => {}
                None => layout.library(texts),
            }
        }
        let is_known = !layout.modules.is_empty() && !layout.models.is_empty();
        Ok(is_known.then_some(layout))
    }

    fn client(&mut self, input: &Input, root: &EntryPath, name: &str, texts: &Texts) {
        let models = texts.all.iter().filter_map(|text| text.strip_prefix("../"));
        let models = models.filter(|path| path.starts_with("apis/"));
        let models = models.filter_map(|path| input.package().find(&root.join(path).ok()?));
        self.models.insert(name.to_owned(), models.collect());
    }

    fn library(&mut self, texts: Texts) {
        let clients = texts
            .all
            .iter()
            .filter_map(|text| text.rsplit_once("clients/"));
        let clients = clients.map(|(_, name)| name.to_owned());
        self.own.clients.extend(clients);
        let names = texts.all.iter().filter_map(|text| text.rsplit_once('/'));
        self.named.extend(names.map(|(_, name)| name.to_owned()));
        self.own.members.extend(texts.members);
    }

    /// The models that no client loads, or one that nobody makes.
    pub(super) fn unused(&self, package: &Package, used: &Uses) -> BTreeSet<EntryId> {
        let members = used.members.iter().chain(&self.own.members);
        let modules = members.filter_map(|name| self.modules.get(name));
        let clients = used.clients.iter().chain(&self.own.clients);
        let used: BTreeSet<&String> = modules.chain(clients).collect();
        let clients = self.models.iter().filter(|(name, _)| used.contains(name));
        let kept: BTreeSet<EntryId> = clients.flat_map(|(_, models)| models).copied().collect();
        let is_named = |id: &EntryId| self.named.contains(package.entry(*id).path.file_name());
        let mut unused = &self.all - &kept;
        unused.retain(|id| !is_named(id));
        unused
    }
}

/// What a file of the SDK says.
#[derive(Default)]
struct Texts {
    all: BTreeSet<String>,
    /// What follows `AWS.`.
    members: BTreeSet<String>,
    /// `S3: require('./s3')` of the list of all services.
    modules: BTreeMap<String, String>,
}

impl Texts {
    fn read(contents: &[u8]) -> Option<Self> {
        let code = std::str::from_utf8(contents).ok()?;
        parse::read(code, &parse::JAVASCRIPT, |program| {
            let mut texts = Self::default();
            texts.visit_program(program);
            texts
        })
    }
}

impl<'a> Visit<'a> for Texts {
    fn visit_string_literal(&mut self, it: &StringLiteral<'a>) {
        self.all.insert(it.value.to_string());
    }

    fn visit_static_member_expression(&mut self, it: &StaticMemberExpression<'a>) {
        if it.object.is_specific_id("AWS") {
            self.members.insert(it.property.name.to_string());
        }
        walk::walk_static_member_expression(self, it);
    }

    fn visit_object_property(&mut self, it: &ObjectProperty<'a>) {
        if let (Some(name), Expression::CallExpression(call)) = (it.key.static_name(), &it.value)
            && let Some(Argument::StringLiteral(path)) = call.arguments.first()
            && let Some(module) = path.value.strip_prefix("./")
        {
            self.modules.insert(name.into_owned(), module.to_owned());
        }
        walk::walk_object_property(self, it);
    }
}
