//! What is odd about the JavaScript of a function, or keeps it from starting fast.

use std::collections::{BTreeMap, BTreeSet};

use lambda_slim_engine::Inventory;
use lambda_slim_node::{RequiredModule, Startup, StartupOrder, development_packages};
use lambda_slim_package::{ByteCount, EntryId, EntryPath, PackageKind, Runtime};
use lambda_slim_report::{Diagnostic, Severity};

use crate::carry_out::{Done, Order};

/// What a function loads at its start; nothing where it is none, or not of JavaScript.
pub(crate) fn startup(order: &Order<'_>, inventory: &Inventory) -> anyhow::Result<Startup> {
    if runtime(inventory).is_none() {
        return Ok(Startup::default());
    }
    let handler = order.args.plan.handler.as_deref();
    let handler = handler.and_then(|handler| handler.rsplit('.').next());
    let startup = Startup::of(&StartupOrder {
        input: order.input,
        handler_files: &inventory.handler_files,
        handler: handler.unwrap_or("handler"),
        stays: &|id| stays(order, id),
    })?;
    Ok(startup)
}

/// Everything worth saying about one function.
pub(crate) fn diagnostics(
    order: &Order<'_>,
    inventory: &Inventory,
    startup: &Startup,
) -> anyhow::Result<Vec<Diagnostic>> {
    let Some(runtime) = runtime(inventory) else {
        return Ok(Vec::new());
    };
    let checks = Checks {
        order,
        inventory,
        runtime,
        settings: Settings::read(order, inventory)?,
    };
    Ok(checks.all(startup))
}

/// The run time of a function of JavaScript.
fn runtime(inventory: &Inventory) -> Option<&Runtime> {
    let runtime = &inventory.target.runtime.as_ref()?.value;
    let is_function = inventory.target.kind == PackageKind::Function;
    (is_function && ["nodejs", "llrt"].contains(&runtime.family())).then_some(runtime)
}

/// Whether much of what was written is loaded file by file.
pub(crate) fn many_files(
    inventory: &Inventory,
    loaded: &BTreeSet<EntryId>,
    done: &Done,
) -> Option<Diagnostic> {
    /// Three AWS clients with express stay below, several frameworks do not.
    const MUCH_BYTES: u64 = 2_000_000;
    /// A bundle has a handful.
    const MANY_FILES: usize = 20;
    runtime(inventory).filter(|runtime| runtime.family() == "nodejs")?;
    let outcomes = loaded.iter().map(|id| &done.applied.outcomes[id.0]);
    let after = outcomes.filter_map(|outcome| outcome.after.as_ref());
    let sizes: Vec<u64> = after.map(|after| after.size_bytes).collect();
    let (bytes, files) = (sizes.iter().sum(), sizes.len());
    (bytes > MUCH_BYTES && files > MANY_FILES).then(|| {
        let bytes = ByteCount(bytes);
        advice(
            "LS971",
            format!("{bytes} of JavaScript in {files} files are loaded before the first event"),
            "--bundle makes one small file of them, which loads faster",
        )
    })
}

/// Whether an entry will be there.
pub(crate) fn stays(order: &Order<'_>, id: EntryId) -> bool {
    let entry = order.input.package().entry(id);
    order.judged.decided[id.0].destination(entry).is_some()
}

struct Checks<'a> {
    order: &'a Order<'a>,
    inventory: &'a Inventory,
    runtime: &'a Runtime,
    settings: Settings,
}

impl Checks<'_> {
    fn all(&self, startup: &Startup) -> Vec<Diagnostic> {
        if self.runtime.family() == "llrt" {
            return self.lacking(startup);
        }
        let mut found = self.required_modules(startup);
        found.extend(self.certificates());
        found.extend(self.large_maps());
        found.extend(self.clients(startup));
        found.extend(self.for_development());
        found
    }

    fn path(&self, id: EntryId) -> String {
        self.order.input.package().entry(id).path.to_string()
    }

    /// Modules that code in CommonJS requires although the run time refuses it.
    fn required_modules(&self, startup: &Startup) -> Vec<Diagnostic> {
        const TOLD_AT_MOST: usize = 5;
        if self.requires_modules() {
            return Vec::new();
        }
        let mut by_package: BTreeMap<String, RequiredModule> = BTreeMap::new();
        for required in &startup.required_modules {
            let name = self.package(required.module);
            by_package.entry(name).or_insert(*required);
        }
        let line = |(name, required): (String, RequiredModule)| {
            let message = format!(
                "`require` of the module {name} fails on {}",
                self.refusing()
            );
            let help = "`import()` it, take a version with CommonJS, or pack with --bundle";
            Diagnostic {
                path: Some(self.path(required.from)),
                ..Diagnostic::warning("LS970", message, help.to_owned())
            }
        };
        by_package
            .into_iter()
            .take(TOLD_AT_MOST)
            .map(line)
            .collect()
    }

    /// Whether the run time lets CommonJS require modules.
    fn requires_modules(&self) -> bool {
        let version = self.runtime.version().trim_end_matches(".x").parse::<u32>();
        version.is_ok_and(|version| version >= 24) || self.settings.requires_modules
    }

    fn refusing(&self) -> String {
        if self.runtime.version().is_empty() {
            "nodejs22.x".to_owned()
        } else {
            self.runtime.to_string()
        }
    }

    /// The name of the package that holds a file, or the file itself.
    fn package(&self, id: EntryId) -> String {
        let owner = self.inventory.owners[id.0].first();
        let owner = owner.map(|owner| self.inventory.dependencies[owner.0].name.clone());
        owner.unwrap_or_else(|| self.path(id))
    }

    fn certificates(&self) -> Option<Diagnostic> {
        let set_by = self.settings.certificates.as_ref()?;
        let message = if self.runtime.version().starts_with("18") {
            format!(
                "{set_by} sets NODE_EXTRA_CA_CERTS; {} reads Amazon's certificates anyway",
                self.runtime
            )
        } else {
            format!("{set_by} sets NODE_EXTRA_CA_CERTS, which is read at every start")
        };
        let help = "a file with the few certificates that are needed is read faster than Amazon's whole list";
        Some(advice("LS972", message, help))
    }

    fn large_maps(&self) -> Option<Diagnostic> {
        const LARGE_BYTES: u64 = 2_000_000;
        let set_by = self.settings.source_maps.as_ref()?;
        let package = self.order.input.package();
        let own = package.iter().filter(|(id, entry)| {
            let is_own = self.inventory.owners[id.0].is_empty();
            is_own && is_map(entry.path.file_name()) && stays(self.order, *id)
        });
        let bytes: u64 = own.map(|(_, entry)| entry.size_bytes()).sum();
        (bytes > LARGE_BYTES).then(|| {
            let bytes = ByteCount(bytes);
            advice(
                "LS973",
                format!("{set_by} switches source maps on, and those of the function have {bytes}"),
                "maps without the sources in them have half the size: --sources-content=false of esbuild, or --level aggressive",
            )
        })
    }

    /// Packages that nothing which runs depends on, as npm noted when it installed them.
    fn for_development(&self) -> Option<Diagnostic> {
        const LISTS: [&str; 2] = ["node_modules/.package-lock.json", "package-lock.json"];
        /// Less is not worth a word.
        const MUCH_BYTES: u64 = 100_000;
        let package = self.order.input.package();
        let find = |list: &str| package.find(&EntryPath::new(list).ok()?);
        let list = self
            .order
            .input
            .read(LISTS.into_iter().find_map(find)?)
            .ok()?;
        let folders = development_packages(&list);
        let mut sizes: BTreeMap<&str, u64> = BTreeMap::new();
        for (id, entry) in package.iter().filter(|(id, _)| stays(self.order, *id)) {
            let owners = &self.inventory.owners[id.0];
            let roots = owners
                .iter()
                .filter_map(|owner| self.inventory.dependencies[owner.0].root.as_ref());
            let mut roots = roots.filter(|root| folders.contains(root.as_str()));
            if let Some(root) = roots.next() {
                *sizes.entry(root.as_str()).or_default() += entry.size_bytes();
            }
        }
        let bytes = ByteCount(sizes.values().sum());
        let largest = sizes.iter().max_by_key(|(_, bytes)| **bytes)?.0;
        let more = match sizes.len() {
            1 => String::new(),
            all => format!(", the largest of {all}"),
        };
        (bytes.0 > MUCH_BYTES).then(|| Diagnostic {
            path: Some((*largest).to_owned()),
            ..advice(
                "LS976",
                format!("{bytes} of packages for development stay{more}"),
                "install without them before packing: `npm ci --omit=dev`; what the code does load belongs in `dependencies`",
            )
        })
    }

    fn clients(&self, startup: &Startup) -> Vec<Diagnostic> {
        let line = |(client, id): (&String, &EntryId)| {
            let message = format!("the handler makes a new {client} for every event");
            Diagnostic {
                path: Some(self.path(*id)),
                ..advice(
                    "LS974",
                    message,
                    "make it outside the handler: once, in the init phase",
                )
            }
        };
        startup.clients.iter().map(line).collect()
    }

    /// Modules of Node.js that the code loads at its start and the run time has not.
    fn lacking(&self, startup: &Startup) -> Vec<Diagnostic> {
        let lists = self.order.knowledge.rules.lacking.iter();
        let lists = lists.filter(|list| list.runtime == *self.runtime);
        let lacking = lists.flat_map(|list| &list.modules);
        let line = |name: &String| {
            let from = self.path(*startup.elsewhere.get(name)?);
            let message = format!(
                "`{name}` is loaded at the start, and {} lacks it",
                self.runtime
            );
            Some(Diagnostic {
                path: Some(from),
                ..Diagnostic::warning("LS975", message, "the function ends there".to_owned())
            })
        };
        lacking.filter_map(line).collect()
    }
}

fn advice(code: &str, message: String, help: &str) -> Diagnostic {
    Diagnostic {
        severity: Severity::Advice,
        ..Diagnostic::warning(code, message, help.to_owned())
    }
}

fn is_map(name: &str) -> bool {
    [".js.map", ".mjs.map", ".cjs.map"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// Settings of Node.js, and where each is made.
#[derive(Default)]
struct Settings {
    source_maps: Option<String>,
    certificates: Option<String>,
    requires_modules: bool,
}

impl Settings {
    /// From the template, the function's own start scripts, and for what code can do itself its code.
    fn read(order: &Order<'_>, inventory: &Inventory) -> anyhow::Result<Self> {
        let mut settings = Self::default();
        for (name, value) in &order.node_variables {
            settings.take(&format!("{name}={value}"), "the template");
        }
        for (id, entry) in order.input.package().iter() {
            let name = entry.path.file_name();
            let is_script = name.ends_with(".sh") || !name.contains('.');
            let is_code = [".js", ".mjs", ".cjs"]
                .iter()
                .any(|end| name.ends_with(end));
            let is_own = inventory.owners[id.0].is_empty() && !entry.is_symlink();
            if !is_own || !(is_script || is_code) {
                continue;
            }
            let text = order.input.read(id)?;
            let text = String::from_utf8_lossy(&text);
            if is_script && text.starts_with("#!") {
                settings.take(&text, entry.path.as_str());
            } else if is_code && SOURCE_MAPS_IN_CODE.iter().any(|word| text.contains(word)) {
                settings.source_maps.get_or_insert(entry.path.to_string());
            }
        }
        Ok(settings)
    }

    fn take(&mut self, text: &str, from: &str) {
        if text.contains("--enable-source-maps") {
            self.source_maps.get_or_insert(from.to_owned());
        }
        if text.contains("NODE_EXTRA_CA_CERTS=") {
            self.certificates.get_or_insert(from.to_owned());
        }
        self.requires_modules |= text.contains("--experimental-require-module")
            && !text.contains("--no-experimental-require-module");
    }
}

/// How code switches source maps on while it runs; `NODE_OPTIONS` is read before.
const SOURCE_MAPS_IN_CODE: [&str; 3] = [
    "setSourceMapsEnabled(",
    "setSourceMapsSupport(",
    "source-map-support",
];
