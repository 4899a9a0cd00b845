//! Which AWS services the code of a package uses, so that the models of all others can go.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use lambda_slim_archive::{Error, Input};
use lambda_slim_package::{EntryPath, Package};

use crate::code::{Call, Code, resolve};
use crate::library::{Library, Understood, speaks_of_sdk};
use crate::sources::Memory;

/// The services whose clients botocore makes for itself to get credentials; a missing one fails only on that road.
/// Source: `botocore/credentials.py` and `botocore/tokens.py` of botocore 1.44.5.
pub const CREDENTIAL_SERVICES: [&str; 4] = ["sts", "sso", "sso-oidc", "signin"];

/// Names that botocore takes for another one. Source: `SERVICE_NAME_ALIASES` in `botocore/handlers.py`.
const ALIASES: [(&str, &str); 1] = [("runtime.sagemaker", "sagemaker-runtime")];

/// Calls whose first or second argument, or `service_name`, is the name of a service. Source: boto3/session.py,
/// botocore/session.py and their asynchronous twins.
const SERVICE_CALLS: [&str; 10] = [
    "client",
    "resource",
    "create_client",
    "create_nested_client",
    "_client_creator",
    "get_service_model",
    "get_service_data",
    "get_waiter_model",
    "get_paginator_model",
    "get_available_regions",
];

/// Calls whose answer is the list of all services.
const LISTING_CALLS: [&str; 2] = ["get_available_services", "list_available_services"];

/// Which services a package needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Services {
    /// These, each with what shows it; those for credentials included.
    Used(BTreeMap<String, String>),
    /// The code does not tell; here is why.
    Unclear(String),
}

/// The folders of service models that botocore brings.
pub fn known_services(package: &Package) -> BTreeSet<&str> {
    let is_data = |folder: &EntryPath| folder.as_str().ends_with("botocore/data");
    let folders = package.folders();
    let models = folders.filter(|folder| folder.parent().is_some_and(|data| is_data(&data)));
    // The names become part of patterns; no service has any of their signs in its name.
    let plain = |name: &&str| {
        name.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
    };
    models.map(EntryPath::file_name).filter(plain).collect()
}

/// The services that the code of a function uses; `None` where no models are in the package.
///
/// In the function's own code every name must be spelled out, however far the road from the text to the call is. What
/// libraries leave open is filled with every text of the package that is the name of a service.
pub fn used_services(input: &Input, memory: &Memory) -> Result<Option<Services>, Error> {
    let known = known_services(input.package());
    if known.is_empty() {
        return Ok(None);
    }
    let sources = memory.of(input);
    let library = sources.library()?;
    let mut found = Found {
        known: &known,
        used: BTreeMap::new(),
    };
    let result = match found.in_own_code(library) {
        Err(why) => Services::Unclear(found.and_named(why)),
        Ok(()) => {
            if found.in_dependencies(library) {
                found.by_texts(&library.texts(&known));
            }
            found.by_transfer(library);
            found.credentials();
            Services::Used(found.used)
        }
    };
    Ok(Some(result))
}

/// The services that calls in the function's own code name in words, each with its place.
pub fn named_services(input: &Input, memory: &Memory) -> Result<BTreeMap<String, String>, Error> {
    let known = known_services(input.package());
    let mut found = Found {
        known: &known,
        used: BTreeMap::new(),
    };
    let sources = memory.of(input);
    // What else the code leaves open does not matter here.
    let _ = found.in_own_code(sources.library()?);
    Ok(found.used)
}

/// The folder that `name` stands for.
pub(crate) fn service<'k>(name: &str, known: &BTreeSet<&'k str>) -> Option<&'k str> {
    let alias = ALIASES.iter().find(|(alias, _)| *alias == name);
    known
        .get(alias.map_or(name, |(_, folder)| *folder))
        .copied()
}

/// What was found so far.
struct Found<'a> {
    known: &'a BTreeSet<&'a str>,
    used: BTreeMap<String, String>,
}

impl Found<'_> {
    /// Looks at the function's own code; `Err` says what in it leaves the services open.
    fn in_own_code(&mut self, library: &Library) -> Result<(), String> {
        let own = &library.own;
        if let Some(why) = own.unread() {
            return Err(why);
        }
        let Understood { code, broken } = library.own_code();
        let mut broken = broken.iter().map(|number| &own.files[*number]);
        if let Some((path, _)) = broken.find(|(_, text)| speaks_of_sdk(text.as_bytes())) {
            return Err(format!("`{path}` cannot be parsed"));
        }
        let speaks = own
            .files
            .iter()
            .any(|(_, text)| speaks_of_sdk(text.as_bytes()));
        let listing = LISTING_CALLS
            .iter()
            .find_map(|name| code.calls_of(name).first());
        if let Some(call) = listing {
            return Err(format!(
                "{}: `{}` asks for all services",
                call.place, call.text
            ));
        }
        let open = self.calls(code).into_iter().find(|call| !call.forwards);
        match (open, code.handed_on()) {
            _ if !speaks => Ok(()),
            (Some(call), _) => Err(format!(
                "{}: `{}` does not tell the service",
                call.place, call.text
            )),
            (None, Some(place)) => Err(format!(
                "{place}: a function that makes clients is handed on as a value"
            )),
            (None, None) => Ok(()),
        }
    }

    /// Why services are open, with those that are not.
    fn and_named(&self, why: String) -> String {
        let names: Vec<&str> = self.used.keys().map(String::as_str).collect();
        match names.as_slice() {
            [] => why,
            names => format!("{why}; it names {}", names.join(", ")),
        }
    }

    /// Looks at libraries that speak of the SDK; says whether one leaves services open.
    fn in_dependencies(&mut self, library: &Library) -> bool {
        let mut is_open = false;
        for (_, Understood { code, broken }) in library.speakers() {
            is_open |= !broken.is_empty();
            let lists = LISTING_CALLS
                .iter()
                .any(|name| !code.calls_of(name).is_empty());
            is_open |= lists || !self.calls(code).is_empty();
        }
        is_open
    }

    /// Notes the services that calls name; the calls that leave them open come back.
    fn calls<'c>(&mut self, code: &'c Code) -> Vec<&'c Call> {
        let all = SERVICE_CALLS.iter().flat_map(|name| code.calls_of(name));
        all.filter(|call| self.is_open(code, call)).collect()
    }

    fn is_open(&mut self, code: &Code, call: &Call) -> bool {
        let first = call.argument(0, "service_name");
        let texts = [first, call.positional.get(1)].map(|value| {
            let texts = value.map(|value| resolve::texts(code, value));
            texts.unwrap_or_default()
        });
        let names = texts.iter().flat_map(|texts| &texts.known);
        let services: Vec<&str> = names.filter_map(|name| service(name, self.known)).collect();
        for name in &services {
            let place = || call.place.clone();
            self.used.entry((*name).to_owned()).or_insert_with(place);
        }
        let [first, second] = texts;
        let second_names = second
            .known
            .iter()
            .any(|name| service(name, self.known).is_some());
        call.spreads.hides(!services.is_empty())
            || (first.others && (second.others || !second_names))
    }

    fn by_texts(&mut self, texts: &BTreeMap<String, String>) {
        for (name, path) in texts {
            self.used
                .entry(name.clone())
                .or_insert_with(|| format!("named in {path}"));
        }
    }

    /// s3transfer makes clients of one service, and is not asked itself.
    fn by_transfer(&mut self, library: &Library) {
        let files = library.dependencies.iter().flatten();
        let mut files = library.own.files.iter().chain(files);
        let user = files.find(|(_, text)| text.contains("s3transfer"));
        if let (Some((path, _)), true) = (user, self.known.contains("s3")) {
            let why = || format!("s3transfer in {path}");
            self.used.entry("s3".to_owned()).or_insert_with(why);
        }
    }

    fn credentials(&mut self) {
        for name in CREDENTIAL_SERVICES
            .iter()
            .filter(|name| self.known.contains(**name))
        {
            let why = || "credentials".to_owned();
            self.used.entry((*name).to_owned()).or_insert_with(why);
        }
    }
}
