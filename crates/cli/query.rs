//! The query of Terraform's external data source: options of `pack` as a JSON object of texts, on stdin.
//! Source: <https://registry.terraform.io/providers/hashicorp/external/latest/docs/data-sources/external>.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Read};

use lambda_slim_report::read_tf_query;

use crate::exit::UsageError;

/// The words that the query adds to the command line; none where a person sits at the other end.
pub(crate) fn words() -> anyhow::Result<Vec<OsString>> {
    let mut stdin = io::stdin();
    let mut text = String::new();
    if !stdin.is_terminal() {
        stdin.read_to_string(&mut text)?;
    }
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let query = read_tf_query(&text).map_err(|error| {
        UsageError(format!(
            "the query on stdin is no JSON object of texts, as Terraform's `query` is: {error}"
        ))
    })?;
    let words = query.iter().filter_map(|(name, value)| word(name, value));
    Ok(words.map(OsString::from).collect())
}

/// Terraform has names with underscores, and neither flags nor a value that is none.
fn word(name: &str, value: &str) -> Option<String> {
    let option = format!("--{}", name.replace('_', "-"));
    match value {
        "" | "false" => None,
        "true" => Some(option),
        value => Some(format!("{option}={value}")),
    }
}
