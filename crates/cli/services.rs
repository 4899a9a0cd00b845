//! Which AWS services stay: what the user names, or what the code shows.

use std::collections::{BTreeMap, BTreeSet};

use lambda_slim_archive::Input;
use lambda_slim_package::PackageKind;
use lambda_slim_python::{
    CREDENTIAL_SERVICES, Memory, Services, known_services, named_services, used_services,
};
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
    Named {
        services: Vec<String>,
        /// What the code names besides, each with its place.
        left_out: BTreeMap<String, String>,
    },
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
            names => Self::named(names, input, memory),
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

    fn named(names: &[&str], input: &Input, memory: &Memory) -> anyhow::Result<Self> {
        let known = known_services(input.package());
        if known.is_empty() {
            return Ok(Self::NoModels);
        }
        if let Some(name) = names.iter().find(|name| !known.contains(**name)) {
            let hint = closest(name, known.into_iter());
            let hint = hint.map(|word| format!("; did you mean `{word}`?"));
            let hint = hint.unwrap_or_default();
            return Err(UsageError(format!(
                "--services: botocore in this package has no service `{name}`{hint}"
            ))
            .into());
        }
        let all = names.iter().copied().chain(CREDENTIAL_SERVICES);
        let services: Vec<String> = all.map(str::to_owned).collect();
        let mut left_out = named_services(input, memory)?;
        left_out.retain(|name, _| !services.contains(name));
        Ok(Self::Named { services, left_out })
    }

    /// The folders of the models that stay, as patterns; `None` where nobody knows.
    pub(crate) fn stay(&self) -> Option<Vec<String>> {
        match self {
            Self::NoModels | Self::Read(Services::Unclear(_)) => None,
            Self::All => Some(vec!["*".to_owned()]),
            Self::Named { services, .. } => Some(services.clone()),
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
        let services = match self {
            Self::Read(services) => services,
            Self::Named { left_out, .. } => return missing(left_out),
            Self::NoModels | Self::All => return None,
        };
        let (code, message, help) = match services {
            _ if args.level == LevelName::Safe => return None,
            Services::Used(used) => {
                let list = list(used);
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

/// Services that the code names although the user does not.
fn missing(left_out: &BTreeMap<String, String>) -> Option<Diagnostic> {
    let (name, place) = left_out.first_key_value()?;
    let more = match left_out.len() {
        1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    Some(Diagnostic::warning(
        "LS935",
        format!("--services leaves out {name}{more}, which {place} names"),
        "a client for it stops with UnknownServiceError; add it if the code gets there".to_owned(),
    ))
}

/// The services of calls with their places, and behind them those that libraries may mean.
fn list(used: &BTreeMap<String, String>) -> String {
    const LIBRARIES_AT_MOST: usize = 5;
    let all = used.iter().filter(|(_, why)| *why != "credentials");
    let (meant, called): (Vec<_>, Vec<_>) = all.partition(|(_, why)| why.starts_with("named in "));
    let called = called.iter().map(|(name, why)| format!("{name} ({why})"));
    let mut parts: Vec<String> = called.collect();
    let names = meant.iter().take(LIBRARIES_AT_MOST);
    let names: Vec<&str> = names.map(|(name, _)| name.as_str()).collect();
    match meant.len() {
        0 => {}
        count if count > names.len() => parts.push(format!(
            "{} and {} more that libraries name",
            names.join(", "),
            count - names.len()
        )),
        _ => parts.push(format!("{}, which libraries name", names.join(", "))),
    }
    if parts.is_empty() {
        return "none".to_owned();
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libraries_name_comes_last_and_short() {
        let used = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter();
            let pairs = pairs.map(|(name, why)| ((*name).to_owned(), (*why).to_owned()));
            list(&pairs.collect())
        };
        assert_eq!(used(&[("sts", "credentials")]), "none");
        assert_eq!(
            used(&[("a", "named in x.py"), ("s3", "app.py:2")]),
            "s3 (app.py:2), a, which libraries name"
        );
        let many = ["a", "b", "c", "d", "e", "f", "g"].map(|name| (name, "named in x.py"));
        assert_eq!(used(&many), "a, b, c, d, e and 2 more that libraries name");
    }
}
