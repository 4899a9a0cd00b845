//! Which AWS services stay: what the user names, or what the code shows.

use std::collections::BTreeSet;

use lambda_slim_archive::Input;
use lambda_slim_package::PackageKind;
use lambda_slim_python::{CREDENTIAL_SERVICES, Memory, Services, known_services, used_services};
use lambda_slim_report::{Diagnostic, Severity};

use crate::args::{LevelName, PlanArgs};
use crate::exit::UsageError;
use crate::rules::closest;

/// What was said, or found out, about AWS services.
#[derive(Debug, PartialEq)]
pub(crate) enum ServiceChoice {
    /// No botocore is in the package.
    NoModels,
    /// `--services all`.
    All,
    /// The user named these.
    Named(Vec<String>),
    /// The code was read.
    Read(Services),
}

impl ServiceChoice {
    /// Reads the wish, or else the code.
    pub(crate) fn of(args: &PlanArgs, input: &Input, memory: &Memory) -> anyhow::Result<Self> {
        let words = args.services.iter().map(|name| name.trim());
        let words: Vec<&str> = words.filter(|name| !name.is_empty()).collect();
        match words.as_slice() {
            [] | ["auto"] => Ok(Self::read(args, input, memory)?),
            ["all"] if known_services(input.package()).is_empty() => Ok(Self::NoModels),
            ["all"] => Ok(Self::All),
            names => Ok(Self::named(names, input)?),
        }
    }

    fn read(args: &PlanArgs, input: &Input, memory: &Memory) -> anyhow::Result<Self> {
        let is_layer = PackageKind::from(args.kind) == PackageKind::Layer;
        Ok(match used_services(input, memory)? {
            None => Self::NoModels,
            Some(_) if is_layer => Self::Read(Services::Unclear(
                "a layer cannot see its functions".to_owned(),
            )),
            Some(services) => Self::Read(services),
        })
    }

    fn named(names: &[&str], input: &Input) -> Result<Self, UsageError> {
        let known = known_services(input.package());
        let unknown = names.iter().find(|name| !known.contains(**name));
        match unknown {
            _ if known.is_empty() => Ok(Self::NoModels),
            None => {
                let all = names.iter().copied().chain(CREDENTIAL_SERVICES);
                Ok(Self::Named(all.map(str::to_owned).collect()))
            }
            Some(name) => {
                let hint = closest(name, known.into_iter());
                let hint = hint.map(|word| format!("; did you mean `{word}`?"));
                let hint = hint.unwrap_or_default();
                Err(UsageError(format!(
                    "--services: botocore in this package has no service `{name}`{hint}"
                )))
            }
        }
    }

    /// The folders of the models that stay, as patterns; `None` where nobody knows.
    pub(crate) fn stay(&self) -> Option<Vec<String>> {
        match self {
            Self::NoModels | Self::Read(Services::Unclear(_)) => None,
            Self::All => Some(vec!["*".to_owned()]),
            Self::Named(names) => Some(names.clone()),
            Self::Read(Services::Used(used)) => Some(used.keys().cloned().collect()),
        }
    }

    /// The folders of the models that stay, where not all of them do.
    pub(crate) fn names(&self) -> Option<BTreeSet<String>> {
        let names = self.stay().filter(|_| *self != Self::All);
        names.map(BTreeSet::from_iter)
    }

    /// Whether the user named services although there are no models.
    pub(crate) fn met_nothing(&self, args: &PlanArgs) -> bool {
        let named = args
            .services
            .iter()
            .any(|name| !matches!(name.trim(), "" | "auto"));
        *self == Self::NoModels && named
    }

    /// What the code showed, and how to correct it.
    pub(crate) fn advice(&self, args: &PlanArgs) -> Option<Diagnostic> {
        let Self::Read(services) = self else {
            return None;
        };
        let (code, message, help) = match services {
            _ if args.level == LevelName::Safe => return None,
            Services::Used(used) => {
                let own = used.iter().filter(|(_, why)| *why != "credentials");
                let list: Vec<String> = own.map(|(name, why)| format!("{name} ({why})")).collect();
                let list = if list.is_empty() {
                    "none".to_owned()
                } else {
                    list.join(", ")
                };
                let help = "a client for any other stops with UnknownServiceError; --services names them, or `all`";
                (
                    "LS932",
                    format!("AWS services that the code uses: {list}"),
                    help,
                )
            }
            Services::Unclear(why) => {
                let help = "--services with the name of every service in use, as in s3,sqs, drops the others";
                (
                    "LS933",
                    format!("the models of all AWS services stay: {why}"),
                    help,
                )
            }
        };
        Some(Diagnostic {
            severity: Severity::Advice,
            ..Diagnostic::warning(code, message, help.to_owned())
        })
    }
}
