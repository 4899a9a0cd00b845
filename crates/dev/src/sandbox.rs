//! Handlers run without network and without rights, where the system allows it.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::command;

/// What stands before the command of a handler.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sandbox {
    prefix: Vec<OsString>,
}

/// The network namespace is empty but for the loopback device, and the user is `nobody`, for whom modes count.
const OFFLINE_NOBODY: &str =
    "ip link set lo up && exec setpriv --reuid 65534 --regid 65534 --clear-groups \"$@\"";
const OFFLINE: &str = "ip link set lo up && exec \"$@\"";

impl Sandbox {
    /// The strictest one in which `program` runs and sees `folder`.
    pub(crate) fn find(program: &Path, folder: &Path) -> Self {
        let sandboxes = [OFFLINE_NOBODY, OFFLINE].map(|script| Self {
            prefix: ["unshare", "--net", "sh", "-c", script, "sh"]
                .map(OsString::from)
                .into(),
        });
        sandboxes
            .into_iter()
            .find(|sandbox| sandbox.works(program, folder))
            .unwrap_or_default()
    }

    fn works(&self, program: &Path, folder: &Path) -> bool {
        let script = "cd \"$1\" && exec \"$2\" --version";
        let mut command = self.command(Path::new("sh"));
        command.args(["-c", script, "sh"]).arg(folder).arg(program);
        command::run(&mut command, Duration::from_secs(20)).is_ok()
    }

    /// A command that starts `program` in it.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let Some((first, rest)) = self.prefix.split_first() else {
            return Command::new(program);
        };
        let mut command = Command::new(first);
        command.args(rest).arg(program);
        command
    }
}
