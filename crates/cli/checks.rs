//! What the user is told besides the sizes: oddities of the input, wishes that met nothing, limits.

use std::collections::{BTreeMap, BTreeSet};

use lambda_slim_engine::{Inventory, Saviour, Traced, load_bearing_links};
use lambda_slim_java::ClassPath;
use lambda_slim_package::{ByteCount, Entry, EntryId, EntryPath};
use lambda_slim_report::{Diagnostic, Severity};
use lambda_slim_rulepack::{Action, Format, Level, RuleIndex, RuleSet, Scope, Sign};

use crate::args::{PackArgs, SymlinksName};
use crate::carry_out::{Done, Order};
use crate::rules::is_code;
use crate::{
    bytecode, gem_checks, handler_checks, layer_checks, limits, native_checks, node_checks,
    python_checks,
};

/// What was found while the package was as it came.
#[derive(Debug, Clone, Default)]
pub(crate) struct OfInput {
    /// What is odd about it.
    pub(crate) said: Vec<Diagnostic>,
    /// The JavaScript that it loads before the first event.
    pub(crate) loaded: BTreeSet<EntryId>,
}

/// What is odd about the package as it came. Files are read for it, so it comes before anything is replaced in place.
pub(crate) fn of_input(order: &Order<'_>, inventory: &Inventory) -> anyhow::Result<OfInput> {
    let mut found = Vec::new();
    let class_path = class_path(order, inventory)?;
    let handler = handler_checks::diagnostic(order, inventory, &class_path)?;
    let is_wrapped = handler.iter().any(|found| found.code == "LS917");
    found.extend(handler);
    found.extend(target(order, inventory));
    // Of a folder in a folder nothing else could be told.
    found.retain(|found| !(is_wrapped && found.code == "LS906"));
    found.extend(java(&class_path));
    found.extend(native_checks::diagnostics(order, inventory)?);
    found.extend(python_checks::diagnostics(order, inventory)?);
    found.extend(gem_checks::diagnostics(order, inventory));
    found.extend(layer_checks::diagnostics(order, inventory));
    let startup = node_checks::startup(order, inventory)?;
    found.extend(node_checks::diagnostics(order, inventory, &startup)?);
    Ok(OfInput {
        said: found,
        loaded: startup.files,
    })
}

/// Everything worth saying about one run, with what was found `of_input`.
pub(crate) fn diagnostics(
    order: &Order<'_>,
    inventory: &Inventory,
    done: &Done,
    of_input: OfInput,
) -> Vec<Diagnostic> {
    let mut found = limits::diagnostics(order, inventory, done);
    found.extend(order.services.advice(&order.args.plan));
    found.extend(order.operations.advice());
    found.extend(of_input.said);
    found.extend(node_checks::many_files(inventory, &of_input.loaded, done));
    found.extend(bytecode::diagnostics(order, inventory, done));
    found.extend(wishes(order));
    found.extend(held(order));
    found.extend(advice(order));
    found.extend(order.notes.iter().cloned());
    found.extend(order.bundled.said.clone());
    found.extend(done.unmeasured.iter().map(|why| {
        Diagnostic::warning("LS909", format!("extraction was not measured: {why}"), None)
    }));
    found.extend(order.input.warnings().iter().map(|warning| Diagnostic {
        path: Some(warning.path.clone()),
        ..Diagnostic::warning("LS903", warning.oddity.to_string(), None)
    }));
    found.iter_mut().for_each(|found| judge(found, order.args));
    found
}

/// The user's word on how bad it is.
fn judge(diagnostic: &mut Diagnostic, args: &PackArgs) {
    let Diagnostic { severity, code, .. } = diagnostic;
    let names = |words: &[String]| words.iter().any(|word| is_code(word, code));
    if names(&args.limits.allow) {
        *severity = (*severity).min(Severity::Warning);
    } else if names(&args.limits.deny) {
        *severity = Severity::Error;
    }
}

/// What Lambda's class path holds; of other run times nothing is read.
fn class_path(order: &Order<'_>, inventory: &Inventory) -> anyhow::Result<ClassPath> {
    let runtime = inventory.target.runtime.as_ref();
    if runtime.is_none_or(|runtime| runtime.value.family() != "java") {
        return Ok(ClassPath::default());
    }
    Ok(ClassPath::read(order.input, order.plan)?)
}

/// What is odd about the jars that Lambda loads.
fn java(class_path: &ClassPath) -> Vec<Diagnostic> {
    const PAIRS_AT_MOST: usize = 5;
    let versions = class_path.several_versions().into_iter().map(|several| {
        let jars = several.jars.join(", ");
        Diagnostic::warning(
            "LS940",
            format!(
                "several versions of {} are on the class path: {jars}",
                several.artifact
            ),
            "Lambda takes each class from the jar that sorts first; leave one of them".to_owned(),
        )
    });
    let hidden = class_path.hidden().into_iter().take(PAIRS_AT_MOST);
    let hidden = hidden.map(|pair| Diagnostic {
        path: Some(pair.of.clone()),
        ..Diagnostic::warning(
            "LS941",
            format!(
                "{} hides {} different classes of {}, such as {}",
                pair.by, pair.classes, pair.of, pair.example
            ),
            "Lambda sorts the jars of lib/ by name and takes the first class it finds".to_owned(),
        )
    });
    versions.chain(hidden).collect()
}

/// Files that a rule would have moved to where Lambda finds them, if nobody named them.
fn held(order: &Order<'_>) -> Vec<Diagnostic> {
    let rules = &order.knowledge.rules.rules;
    let entries = order.input.package().iter().zip(&order.plan.decided);
    let lost = entries.flat_map(|((_, entry), decided)| {
        let lost = decided.overruled.iter().map(|lost| (lost.rule, &lost.by));
        lost.map(move |(rule, by)| (entry, rule, by))
    });
    let held = lost.filter_map(|(entry, index, by)| {
        let rule = &rules[index.0];
        let evidence = match (&rule.action, by) {
            (Action::MoveTo(_), Saviour::Evidence(evidence)) => evidence,
            _ => return None,
        };
        Some(Diagnostic {
            path: Some(entry.path.to_string()),
            ..Diagnostic::warning(
                &rule.code,
                format!("it stays where it is ({evidence})"),
                "Lambda does not load it from there; move it yourself if its classes are needed"
                    .to_owned(),
            )
        })
    });
    held.collect()
}

fn target(order: &Order<'_>, inventory: &Inventory) -> Vec<Diagnostic> {
    let (args, rules) = (order.args, order.knowledge.rules);
    let mut found = Vec::new();
    if args.plan.symlinks == SymlinksName::Follow {
        found.push(Diagnostic::warning(
            "LS910",
            "--symlinks follow: packages that find each other through links may not start"
                .to_owned(),
            "--symlinks auto keeps links inside the package; Lambda extracts them".to_owned(),
        ));
    }
    let has = |format| inventory.formats.contains(&Some(format));
    let both = has(Format::ElfX86_64) && has(Format::ElfArm64);
    if inventory.target.arch.is_none() && both {
        found.push(Diagnostic::warning(
            "LS911",
            "builds for x86_64 and for arm64 are in the package".to_owned(),
            "--arch x86_64 or --arch arm64 leaves the other ones out".to_owned(),
        ));
    }
    let aggressive = Level::from(args.plan.level) == Level::Aggressive;
    if aggressive && matches!(inventory.traced, Traced::NoStart) {
        found.push(Diagnostic::warning(
            "LS931",
            "no code of the function was found, so nothing was traced".to_owned(),
            "name the file that holds it with --handler".to_owned(),
        ));
    }
    if inventory.target.runtime.is_none() {
        found.push(Diagnostic::warning(
            "LS906",
            "the run time is unknown, so rules for one run time sleep".to_owned(),
            "say it with --runtime, such as --runtime python3.13".to_owned(),
        ));
    }
    found.extend(unknown_version(args, rules));
    found.extend(other_language(order, inventory));
    found
}

/// A stated run time of which the package shows nothing, while it shows another one.
fn other_language(order: &Order<'_>, inventory: &Inventory) -> Option<Diagnostic> {
    /// They run programs of any language.
    const OF_ALL: &str = "provided";
    let stated = order.args.plan.runtime.stated()?;
    let family = match stated.family() {
        OF_ALL => return None,
        "llrt" => "nodejs",
        family => family,
    };
    let (package, signs) = (order.input.package(), &order.knowledge.rules.signs);
    let is_it = |path: &EntryPath| {
        let mut found = signs.iter().filter_map(|sign| sign.read(path));
        found.any(|(runtime, _)| [family, OF_ALL].contains(&runtime.family()))
    };
    // The function's own code may lie in any folder.
    let may_be = |(id, entry): (EntryId, &Entry)| {
        let is_own = inventory.owners[id.0].is_empty();
        let name = EntryPath::new(entry.path.file_name()).ok();
        is_it(&entry.path) || (is_own && name.as_ref().is_some_and(is_it))
    };
    if package.iter().any(may_be) {
        return None;
    }
    let shows = |sign: &Sign| {
        let mut entries = package.iter();
        entries.find_map(|(_, entry)| sign.read(&entry.path))
    };
    let (runtime, says) = signs.iter().find_map(shows)?;
    Some(Diagnostic::warning(
        "LS916",
        format!("nothing in the package is for {stated}; it looks like {runtime}, from {says}"),
        format!(
            "rules and checks for {stated} were used; leave out --runtime, or name another one"
        ),
    ))
}

/// A run time that is spelled like one and is not on Lambda's list: a slip, or newer than this program.
fn unknown_version(args: &PackArgs, rules: &RuleSet) -> Option<Diagnostic> {
    let stated = args.plan.runtime.stated();
    let name = stated.filter(|runtime| !runtime.version().is_empty())?;
    let systems = &rules.systems;
    if systems.iter().any(|system| system.runs(name)) {
        return None;
    }
    let known = systems.iter().flat_map(|system| &system.runtimes);
    let of_family = known.filter(|known| known.starts_with(name.family()));
    let names: Vec<&str> = of_family.map(String::as_str).collect();
    Some(Diagnostic::warning(
        "LS915",
        format!("`{name}` is not a run time that this version knows"),
        format!("known are {}", names.join(", ")),
    ))
}

fn wishes(order: &Order<'_>) -> Vec<Diagnostic> {
    let (package, plan) = (order.input.package(), order.plan);
    let mut found: Vec<Diagnostic> = plan.idle_patterns.iter().map(idle).collect();
    if order.services.met_nothing(&order.args.plan) {
        let message = "--services does nothing: there is no botocore in the package".to_owned();
        found.push(Diagnostic::warning("LS908", message, None));
    }
    if let Some(link) = load_bearing_links(package, plan).next() {
        let count = load_bearing_links(package, plan).count();
        found.push(Diagnostic {
            path: Some(link.to_string()),
            ..Diagnostic::warning(
                "LS907",
                format!("--symlinks strip removes {count} links that lead to something"),
                "--symlinks auto keeps them: Lambda extracts links as links".to_owned(),
            )
        });
    }
    found
}

/// A pattern that the user gave for nothing.
pub(crate) fn idle(pattern: &String) -> Diagnostic {
    Diagnostic::warning(
        "LS904",
        format!("the pattern `{pattern}` of --keep or --drop matches no file"),
        "patterns are relative to the input: `node_modules/**`, not `dist/node_modules/**`"
            .to_owned(),
    )
}

/// One line for each rule that has advice about files that stay, with one of them.
fn advice(order: &Order<'_>) -> Vec<Diagnostic> {
    let mut first: BTreeMap<RuleIndex, (&str, usize, u64)> = BTreeMap::new();
    for ((_, entry), decided) in order.input.package().iter().zip(&order.plan.decided) {
        let stays = decided.destination(entry).is_some();
        for rule in decided.advice.iter().filter(|_| stays) {
            let (_, files, bytes) = first.entry(*rule).or_insert((entry.path.as_str(), 0, 0));
            *files += 1;
            *bytes += entry.size_bytes();
        }
    }
    let line = |(rule, (path, files, bytes)): (RuleIndex, (&str, usize, u64))| {
        let rule = &order.knowledge.rules.rules[rule.0];
        Diagnostic {
            severity: match rule.action {
                Action::Warn => Severity::Warning,
                _ => Severity::Advice,
            },
            code: rule.code.clone(),
            message: match (files, &rule.scope) {
                (1, _) => rule.title.clone(),
                // What is advised about files of a distribution is that they may leave.
                (_, Scope::PythonDist) => {
                    format!("{}, {files} files, {}", rule.title, ByteCount(bytes))
                }
                _ => format!("{}, {files} files", rule.title),
            },
            path: Some(path.to_owned()),
            help: Some(rule.why.split_whitespace().collect::<Vec<_>>().join(" ")),
        }
    };
    first.into_iter().map(line).collect()
}
