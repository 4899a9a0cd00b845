//! What lambda-slim knows about Python: which files belong to which installed distribution.
//!
//! It never decides what goes: rules do. Read [`Python`] first.

mod distribution;

use lambda_slim_archive::{Error, Input};
use lambda_slim_engine::{FoundDependency, Language};

/// The services whose clients botocore makes for itself to get credentials; a missing one fails only on that road.
/// Source: `botocore/credentials.py` and `botocore/tokens.py` of botocore 1.44.5.
pub const CREDENTIAL_SERVICES: [&str; 4] = ["sts", "sso", "sso-oidc", "signin"];

/// Python, as the engine sees it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Python;

impl Language for Python {
    fn dependencies(&self, input: &Input) -> Result<Vec<FoundDependency>, Error> {
        distribution::find(input)
    }
}
