//! Whether Lambda finds the handler: its file, the function in it, and whether the package is what was meant to be one.

use std::collections::BTreeSet;

use lambda_slim_engine::{Inventory, files_of_handler};
use lambda_slim_java::ClassPath;
use lambda_slim_node::exported_names;
use lambda_slim_package::{EntryId, EntryPath, Package, PackageKind};
use lambda_slim_python::defined_names;
use lambda_slim_report::Diagnostic;

use crate::carry_out::Order;
use crate::node_checks::stays;
use crate::rules::closest;

/// What is odd about the handler; at most one thing, for one leads to the next.
pub(crate) fn diagnostic(
    order: &Order<'_>,
    inventory: &Inventory,
    class_path: &ClassPath,
) -> anyhow::Result<Option<Diagnostic>> {
    if let Some(found) = wrapped(order, inventory, class_path) {
        return Ok(Some(found));
    }
    let Some(handler) = &order.args.plan.handler else {
        return Ok(None);
    };
    if !is_there(inventory, class_path, handler) {
        return Ok(Some(Diagnostic::warning(
            "LS902",
            format!("no file of the package holds the handler `{handler}`"),
            match with_slashes(order.input.package(), handler) {
                Some(meant) => format!("folders are written with `/`: `{meant}`"),
                None => "fine if a layer brings it; otherwise the function will not start".into(),
            },
        )));
    }
    lacks_function(order, inventory, handler)
}

/// The handler that somebody means who writes folders as Python does, where Node.js takes them as they are on disk.
fn with_slashes(package: &Package, handler: &str) -> Option<String> {
    let (module, function) = handler.rsplit_once('.')?;
    let meant = format!("{}.{function}", module.replace('.', "/"));
    (!files_of_handler(package, &meant).is_empty()).then_some(meant)
}

fn is_there(inventory: &Inventory, class_path: &ClassPath, handler: &str) -> bool {
    !inventory.handler_files.is_empty() || class_path.holds(handler)
}

/// A package that is a folder in a folder: somebody zipped the folder instead of what is in it.
fn wrapped(order: &Order<'_>, inventory: &Inventory, class_path: &ClassPath) -> Option<Diagnostic> {
    let is_function = inventory.target.kind == PackageKind::Function;
    let folder = only_folder(order).filter(|_| is_function)?;
    match &order.args.plan.handler {
        Some(handler) if is_there(inventory, class_path, handler) => None,
        Some(handler) => {
            let folder = holder(order.input.package(), folder, handler)?;
            let missed = format!("no handler `{handler}`");
            Some(of_folder(order, &folder, &missed, ""))
        }
        // What lies in a folder on disk may be the sources of a function whose handler begins with the folder's name.
        None => (order.input.archive_bytes().is_some() && is_top(order, &folder)).then(|| {
            let way_out =
                format!("; where the handler begins with `{folder}`, say it with --handler");
            of_folder(order, &folder, "nothing at the top", &way_out)
        }),
    }
}

/// This folder or one around it, in which the handler would be found.
fn holder(package: &Package, deepest: EntryPath, handler: &str) -> Option<EntryPath> {
    let mut folders = std::iter::successors(Some(deepest), EntryPath::parent);
    folders.find(|folder| !files_of_handler(package, &format!("{folder}/{handler}")).is_empty())
}

fn of_folder(order: &Order<'_>, folder: &EntryPath, missed: &str, way_out: &str) -> Diagnostic {
    let inner = match order.input.archive_bytes() {
        Some(_) => folder.to_string(),
        None => order.args.input.join(folder.as_str()).display().to_string(),
    };
    Diagnostic {
        path: Some(folder.to_string()),
        ..Diagnostic::warning(
            "LS917",
            format!("everything lies in this folder, and Lambda finds {missed}"),
            format!(
                "pack what is in the folder, not the folder itself: `lambda-slim pack {inner}`{way_out}"
            ),
        )
    }
}

/// The deepest folder that holds all that stays.
fn only_folder(order: &Order<'_>) -> Option<EntryPath> {
    let package = order.input.package();
    let mut staying = package.iter().filter(|(id, _)| stays(order, *id));
    let mut folder = staying.next()?.1.path.parent()?;
    for (_, entry) in staying {
        while entry.path.relative_to(&folder).is_none() {
            folder = folder.parent()?;
        }
    }
    Some(folder)
}

/// Whether what only stands at the top of a function's package stands in `folder`.
fn is_top(order: &Order<'_>, folder: &EntryPath) -> bool {
    let top = &order.knowledge.rules.top;
    let mut entries = order.input.package().iter();
    let is_place = folder.components().any(|name| top.has_place(name));
    let is_package = folder.join("__init__.py");
    let is_package = is_package.is_ok_and(|path| order.input.package().find(&path).is_some());
    !(is_place || is_package)
        && entries.any(|(_, entry)| {
            let path = entry.path.relative_to(folder);
            path.is_some_and(|path| top.stands_there(path))
        })
}

/// A module that is there, and is certain not to have the function that Lambda asks it for.
fn lacks_function(
    order: &Order<'_>,
    inventory: &Inventory,
    handler: &str,
) -> anyhow::Result<Option<Diagnostic>> {
    let runtime = inventory.target.runtime.as_ref();
    let family = runtime.map_or("", |runtime| runtime.value.family());
    let read: fn(&str) -> Option<BTreeSet<String>> = match family {
        "nodejs" => exported_names,
        "python" => defined_names,
        _ => return Ok(None),
    };
    let package = order.input.package();
    let (Some((module, function)), Some(id)) = (
        split(handler, family),
        module_file(package, family, &inventory.handler_files),
    ) else {
        return Ok(None);
    };
    let text = order.input.read(id)?;
    let names = read(&String::from_utf8_lossy(&text));
    let names = names.filter(|names| !names.contains(function));
    Ok(names.map(|names| {
        let path = &package.entry(id).path;
        Diagnostic {
            path: Some(path.to_string()),
            ..Diagnostic::warning(
                "LS918",
                format!("it has no `{function}`, which the handler `{handler}` names"),
                advice(module, function, &names),
            )
        }
    }))
}

/// The module and the name of the function; nothing where Node.js would follow names, as in `index.routes.get`.
fn split<'h>(handler: &'h str, family: &str) -> Option<(&'h str, &'h str)> {
    let file = handler.rsplit('/').next()?;
    let has_one_name = family == "python" || file.matches('.').count() == 1;
    handler.rsplit_once('.').filter(|_| has_one_name)
}

/// The one file that the run time loads for the handler, where it is text that can be read. The modules in a package of
/// Python become names of it, which its `__init__.py` need not tell.
fn module_file(package: &Package, family: &str, files: &[EntryId]) -> Option<EntryId> {
    let extensions: &[&str] = match family {
        "python" => &["py"],
        // Lambda takes the first of them that is there.
        _ => &["js", "mjs", "cjs"],
    };
    let of = |extension: &str| {
        let is_it = |id: &&EntryId| {
            let name = package.entry(**id).path.file_name();
            name.rsplit_once('.').is_some_and(|(_, it)| it == extension)
        };
        files.iter().find(is_it)
    };
    let id = *extensions.iter().find_map(|extension| of(extension))?;
    let entry = package.entry(id);
    let stem = entry.path.as_str().rsplit_once('.')?.0;
    let is_plain = !entry.is_symlink() && entry.path.file_name() != "__init__.py";
    (is_plain && !is_shadowed(package, stem)).then_some(id)
}

/// Whether a folder or a native module of this name may be loaded instead.
fn is_shadowed(package: &Package, stem: &str) -> bool {
    let folder = EntryPath::new(stem)
        .is_ok_and(|path| package.has_folder(&path) || package.find(&path).is_some());
    let mut entries = package.iter();
    folder
        || entries.any(|(_, entry)| {
            let rest = entry.path.as_str().strip_prefix(stem);
            rest.is_some_and(|rest| rest.starts_with('.') && rest.ends_with(".so"))
        })
}

fn advice(module: &str, function: &str, names: &BTreeSet<String>) -> String {
    const NAMED_AT_MOST: usize = 5;
    let shown = names
        .iter()
        .map(String::as_str)
        .filter(|name| !name.starts_with("__"));
    if let Some(near) = closest(function, shown.clone()) {
        return format!("did you mean `{module}.{near}`?");
    }
    let named: Vec<String> = shown
        .take(NAMED_AT_MOST)
        .map(|name| format!("`{name}`"))
        .collect();
    match named.as_slice() {
        [] => "it has nothing that Lambda could call; name the module that does".to_owned(),
        named => format!("it has {}; the function will not start", named.join(", ")),
    }
}
