use std::process::ExitCode;

/// How a run ended, for scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// Failed; nothing was written.
    Failed = 1,
    /// The command line, a rule file or the configuration is wrong; nothing was written. (clap's own code as well.)
    Usage = 2,
    /// A limit is exceeded, or native code cannot be loaded; the package *was* written.
    Unfit = 3,
    /// Stopped by Ctrl-C or SIGTERM; nothing was written.
    Interrupted = 130,
}

/// An error in what the user asked for, rather than in what was found.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct UsageError(pub(crate) String);

impl Exit {
    pub(crate) fn code(self) -> ExitCode {
        ExitCode::from(self as u8)
    }

    /// The code of an error: 2 where the user has to ask in another way, 1 otherwise.
    pub(crate) fn of_error(error: &anyhow::Error) -> Self {
        use lambda_slim_engine::{InspectError, PatternError, PlanError};
        use lambda_slim_native::ProjectError;
        use lambda_slim_node::BundleError;
        use lambda_slim_python::CompileError;
        use lambda_slim_rulepack::RulesError;
        let is_usage = error.chain().any(|cause| {
            cause.is::<UsageError>()
                || cause.is::<lambda_slim_config::ConfigError>()
                || cause.is::<RulesError>()
                || cause.is::<PatternError>()
                || matches!(cause.downcast_ref(), Some(PlanError::Pattern(_)))
                || matches!(cause.downcast_ref(), Some(InspectError::Pattern(_)))
                || cause.downcast_ref().is_some_and(ProjectError::is_usage)
                || cause.downcast_ref().is_some_and(BundleError::is_usage)
                || matches!(cause.downcast_ref(), Some(CompileError::NoVersion(_)))
        });
        if is_usage { Self::Usage } else { Self::Failed }
    }
}
