//! Which operations of AWS services stay: what the user names, or what the code shows.

use lambda_slim_archive::Input;
use lambda_slim_package::PackageKind;
use lambda_slim_python::{Memory, OperationNames, Operations, known_operations, used_operations};
use lambda_slim_report::{Diagnostic, Severity};

use crate::args::{LevelName, PlanArgs};
use crate::exit::UsageError;
use crate::rules::closest;
use crate::services::ServiceChoice;

/// What was said, or found out, about operations.
#[derive(Debug, PartialEq)]
pub(crate) enum OperationChoice {
    /// All stay: the level asks for no more, or the user does not want to lose any.
    All,
    /// These stay.
    Named(OperationNames),
    /// All stay, because nobody knows; here is why.
    Unclear(String),
}

impl OperationChoice {
    /// Reads the wish, or else the code.
    pub(crate) fn of(
        args: &PlanArgs,
        input: &Input,
        services: &ServiceChoice,
        memory: &Memory,
    ) -> anyhow::Result<Self> {
        let words = args.operations.iter().map(|name| name.trim());
        let words: Vec<&str> = words.filter(|name| !name.is_empty()).collect();
        let is_layer = PackageKind::from(args.kind) == PackageKind::Layer;
        let is_idle = args.level != LevelName::Aggressive || services.stay().is_none();
        match words.as_slice() {
            _ if is_idle => Ok(Self::All),
            ["all"] => Ok(Self::All),
            [] | ["auto"] if is_layer => {
                let why = "a layer cannot see its functions";
                Ok(Self::Unclear(why.to_owned()))
            }
            [] | ["auto"] => Ok(match used_operations(input, memory)? {
                Operations::Named(names) => Self::Named(names),
                Operations::Unclear(why) => Self::Unclear(why),
            }),
            names => named(names, input, services),
        }
    }

    /// The operations that stay, where not all of them do.
    pub(crate) fn names(&self) -> Option<OperationNames> {
        match self {
            Self::Named(names) => Some(names.clone()),
            Self::All | Self::Unclear(_) => None,
        }
    }

    /// Why all stay, and what to do about it.
    pub(crate) fn advice(&self) -> Option<Diagnostic> {
        let Self::Unclear(why) = self else {
            return None;
        };
        let message = format!("all operations of AWS services stay: {why}");
        let help = "--operations put_object,query keeps these and drops the others";
        Some(Diagnostic {
            severity: Severity::Advice,
            ..Diagnostic::warning("LS934", message, help.to_owned())
        })
    }
}

/// `s3.put_object` and `s3:PutObject` are `put_object` of any service.
fn named(
    names: &[&str],
    input: &Input,
    services: &ServiceChoice,
) -> anyhow::Result<OperationChoice> {
    let last = |name: &&'_ str| -> String {
        let part = name.rsplit(['.', ':']).next();
        part.unwrap_or_default().to_owned()
    };
    let names: Vec<String> = names.iter().map(last).collect();
    let known = known_operations(input, services.names().as_ref())?;
    let wanted = OperationNames::new(names.iter().map(String::as_str));
    let is_known = |name: &&String| {
        let one = OperationNames::new([name.as_str()]);
        known.iter().any(|known| one.contains(known))
    };
    if let Some(name) = names.iter().find(|name| !is_known(name)) {
        let hint = closest(name, known.iter().map(String::as_str));
        let hint = hint.map(|word| format!("; did you mean `{word}`?"));
        let hint = hint.unwrap_or_default();
        return Err(UsageError(format!(
            "--operations: no AWS service that stays has an operation `{name}`{hint}"
        ))
        .into());
    }
    Ok(OperationChoice::Named(wanted))
}
