use std::collections::BTreeMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Read as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use tempfile::TempDir;

/// Compares with an inline snapshot, after the filters of [`settings`](crate::support::settings).
macro_rules! snapshot {
    ($value:expr, @$expected:literal) => {
        crate::support::settings().bind(|| insta::assert_snapshot!($value, @$expected))
    };
}

/// What differs from run to run or from version to version, in one list.
pub(crate) fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"lambda-slim \d+\.\d+\.\d+", "lambda-slim [version]");
    settings.add_filter(r"done in [\d.]+ m?s", "done in [time]");
    settings.add_filter(r"sha256      [0-9a-f]{64}", "sha256      [sha256]");
    settings.add_filter(r"CodeSha256  [A-Za-z0-9+/]{43}=", "CodeSha256  [base64]");
    settings.add_filter(r"(  extraction) .*", "$1 [measured]");
    settings.add_filter(r"count \d+  min .* ms", "[measured]");
    settings.add_filter(r"\.lambda-slim-\w+\.tmp", "[temporary]");
    settings.add_filter(r#"("version": )"[\d.]+""#, "$1[version]");
    settings.add_filter(r#"("elapsed_ms": )[\d.e-]+"#, "$1[time]");
    settings.add_filter(r#"("sha256": )"[0-9a-f]{64}""#, "$1[sha256]");
    settings.add_filter(r#"("code_sha256": )"[A-Za-z0-9+/]{43}=""#, "$1[base64]");
    settings
}

/// Longer than any case takes, on the slowest machine: a run that hangs must fail, not hang the tests.
const DEADLINE: Duration = Duration::from_secs(120);

/// A folder of its own for one test: `work`, where commands run, and `tmp` for their temporary files.
pub(crate) struct Case {
    folder: TempDir,
    environment: Vec<(&'static str, String)>,
}

impl Case {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["work", "tmp"] {
            fs_err::create_dir(folder.path().join(name)).unwrap();
        }
        Self {
            folder,
            environment: vec![("LAMBDA_SLIM_NO_MEASURE", "1".to_owned())],
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("work").join(name)
    }

    pub(crate) fn file(self, name: &str, contents: impl AsRef<[u8]>) -> Self {
        self.write(name, contents);
        self
    }

    /// As [`file`](Self::file), for a case that stands.
    pub(crate) fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, contents).unwrap();
    }

    pub(crate) fn remove(self, name: &str) -> Self {
        fs_err::remove_file(self.path(name)).unwrap();
        self
    }

    pub(crate) fn folder(self, name: &str) -> Self {
        fs_err::create_dir_all(self.path(name)).unwrap();
        self
    }

    pub(crate) fn mode(self, name: &str, mode: u32) -> Self {
        let permissions = std::fs::Permissions::from_mode(mode);
        fs_err::set_permissions(self.path(name), permissions).unwrap();
        self
    }

    pub(crate) fn link(self, name: &str, target: &str) -> Self {
        let path = self.path(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::os::unix::fs::symlink(target, path).unwrap();
        self
    }

    /// A file of zeros that takes no room on disk.
    pub(crate) fn zeros(self, name: &str, bytes: u64) -> Self {
        self.write(name, "");
        let file = fs_err::OpenOptions::new()
            .write(true)
            .open(self.path(name))
            .unwrap();
        file.set_len(bytes).unwrap();
        self
    }

    /// Sets a variable for every following command; `LAMBDA_SLIM_NO_MEASURE` is set to 1 unless a case says otherwise.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.environment.push((name, value.to_owned()));
        self
    }

    /// Runs `lambda-slim pack` with `arguments`, which are split at spaces.
    pub(crate) fn pack(&self, arguments: &str) -> Ran {
        self.run(&format!("pack {arguments}"))
    }

    /// Runs `lambda-slim` with `arguments`, which are split at spaces.
    pub(crate) fn run(&self, arguments: &str) -> Ran {
        let mut command = self.command(Path::new(env!("CARGO_BIN_EXE_lambda-slim")));
        let output = command.args(arguments.split_whitespace()).output().unwrap();
        Ran::new(output, self)
    }

    /// As [`pack`](Self::pack), which must fail, leave everything on disk as it was, and no temporary file.
    #[track_caller]
    pub(crate) fn refuses(&self, arguments: &str) -> Ran {
        let before = self.tree();
        let ran = self.pack(arguments);
        assert_ne!(ran.code, 0, "{ran}");
        assert_eq!(self.tree(), before, "{ran}");
        self.assert_clean();
        ran
    }

    /// As [`pack`](Self::pack), as a user whom file permissions bind; `None` where root cannot become one.
    pub(crate) fn pack_unprivileged(&self, arguments: &str) -> Option<Ran> {
        let arguments = arguments.split_whitespace();
        let tool = Path::new(env!("CARGO_BIN_EXE_lambda-slim"));
        if fs_err::metadata(self.path("")).unwrap().uid() != 0 {
            let output = self.command(tool).arg("pack").args(arguments).output();
            return Some(Ran::new(output.unwrap(), self));
        }
        let setpriv = find_tool("setpriv")?;
        for (name, mode) in [("", 0o755), ("work", 0o777), ("tmp", 0o777)] {
            let path = self.folder.path().join(name);
            fs_err::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        // The build folder may lie where only root goes. Another process copies: a thread that forks while this one
        // has the copy open for writing would make it "text file busy".
        let copy = self.folder.path().join("lambda-slim");
        let copied = std::process::Command::new("cp")
            .arg(tool)
            .arg(&copy)
            .status();
        assert!(copied.unwrap().success());
        let mut command = self.command(&setpriv);
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
        let output = command.arg(&copy).arg("pack").args(arguments).output();
        Some(Ran::new(output.unwrap(), self))
    }

    /// A program in `work`, with nothing of this process's environment but the path.
    pub(crate) fn command(&self, program: &Path) -> assert_cmd::Command {
        let mut command = assert_cmd::Command::from_std(self.std_command(program));
        command.timeout(DEADLINE);
        command
    }

    /// As [`command`](Self::command), to be started and waited for by hand.
    pub(crate) fn std_command(&self, program: &Path) -> std::process::Command {
        let mut command = std::process::Command::new(program);
        command
            .current_dir(self.path(""))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("TMPDIR", self.folder.path().join("tmp"))
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// One line for each entry of a zip, in its order, or of a folder, sorted: mode, size and path.
    pub(crate) fn listing(&self, name: &str) -> String {
        let path = self.path(name);
        if path.is_dir() {
            return folder_listing(&path);
        }
        let mut archive = zip::ZipArchive::new(fs_err::File::open(path).unwrap()).unwrap();
        let mut lines = String::new();
        for number in 0..archive.len() {
            let mut entry = archive.by_index(number).unwrap();
            let mut contents = Vec::new();
            entry.read_to_end(&mut contents).unwrap();
            let link = entry
                .is_symlink()
                .then(|| String::from_utf8(contents).unwrap());
            let mode = entry.unix_mode().unwrap_or_default();
            lines += &line(mode, entry.size(), &entry.name().unwrap(), link.as_deref());
        }
        lines
    }

    /// The contents of one entry of a zip.
    pub(crate) fn entry(&self, zip: &str, name: &str) -> Option<String> {
        let file = fs_err::File::open(self.path(zip)).unwrap();
        let mut archive = zip::ZipArchive::new(file).unwrap();
        let mut contents = String::new();
        let mut entry = archive.by_name(name).ok()?;
        entry.read_to_string(&mut contents).unwrap();
        Some(contents)
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs_err::read(self.path(name)).unwrap()
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        fs_err::symlink_metadata(self.path(name)).is_ok()
    }

    /// Everything in `work` with kind, mode, modification time and contents.
    pub(crate) fn tree(&self) -> BTreeMap<PathBuf, String> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.path("")];
        while let Some(folder) = folders.pop() {
            for item in fs_err::read_dir(&folder).unwrap() {
                let path = item.unwrap().path();
                let metadata = fs_err::symlink_metadata(&path).unwrap();
                let kind = metadata.file_type();
                let contents = match () {
                    () if kind.is_dir() => String::new(),
                    () if kind.is_symlink() => format!("{:?}", fs_err::read_link(&path).unwrap()),
                    () if kind.is_fifo() || kind.is_socket() => "special".to_owned(),
                    () => fs_err::read(&path).map_or("unreadable".to_owned(), |bytes| {
                        let mut hasher = DefaultHasher::new();
                        bytes.hash(&mut hasher);
                        format!("{} {:x}", bytes.len(), hasher.finish())
                    }),
                };
                let (mode, seconds, nanoseconds) =
                    (metadata.mode(), metadata.mtime(), metadata.mtime_nsec());
                if kind.is_dir() {
                    folders.push(path.clone());
                }
                // The time of a folder changes with a temporary file in it, and links are made anew.
                let time = kind.is_file().then_some((seconds, nanoseconds));
                found.insert(path, format!("{mode:o} {time:?} {contents}"));
            }
        }
        found
    }

    /// Checks that no temporary file is left.
    pub(crate) fn assert_clean(&self) {
        let items = fs_err::read_dir(self.folder.path().join("tmp")).unwrap();
        assert_eq!(items.count(), 0, "temporary files are left");
        let names = self.tree();
        let left = names
            .keys()
            .find(|path| path.to_string_lossy().contains(".lambda-slim-"));
        assert_eq!(left, None);
    }
}

fn folder_listing(folder: &Path) -> String {
    let mut lines = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for item in fs_err::read_dir(&next).unwrap() {
            let path = item.unwrap().path();
            let metadata = fs_err::symlink_metadata(&path).unwrap();
            if metadata.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap();
            let link = fs_err::read_link(&path)
                .ok()
                .map(|link| link.to_str().unwrap().to_owned());
            let line = line(metadata.mode(), metadata.len(), name, link.as_deref());
            lines.insert(name.to_owned(), line);
        }
    }
    lines.into_values().collect()
}

fn line(mode: u32, bytes: u64, name: &str, link: Option<&str>) -> String {
    match link {
        Some(target) => format!("link         {name} -> {target}\n"),
        None => format!("{:04o} {bytes:>7} {name}\n", mode & 0o7777),
    }
}

/// What a command did: its exit code and what it printed, with `[dir]` for the case's folder.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn new(output: Output, case: &Case) -> Self {
        let root = fs_err::canonicalize(case.folder.path()).unwrap();
        let root = root.to_str().unwrap();
        let text = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).unwrap();
            let text = text.replace(&format!("{root}/work"), "[dir]");
            text.replace(root, "[dir]/..")
        };
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Checks that it went well.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self}");
        self
    }

    /// The head of the report: from where to where, and for what.
    pub(crate) fn head(&self) -> String {
        self.stderr.lines().take(2).collect::<Vec<_>>().join("\n")
    }

    /// What stands on stdout, as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// The SHA-256 that the JSON report gives.
    pub(crate) fn sha256(&self) -> String {
        self.json()["hashes"]["sha256"].as_str().unwrap().to_owned()
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "exit {}", self.code)?;
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                write!(f, "--- {name}\n{text}")?;
            }
        }
        Ok(())
    }
}

/// A program of this machine, which a test may do without.
pub(crate) fn find_tool(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file());
    if found.is_none() {
        eprintln!("not tested: this machine has no {name}");
    }
    found
}

/// One entry of a hand-made zip, stored, without any check of what it says.
#[derive(Clone, Copy)]
pub(crate) struct RawEntry<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) contents: &'a [u8],
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) size_bytes: u32,
    pub(crate) mode: u32,
}

impl<'a> RawEntry<'a> {
    pub(crate) fn new(name: &'a str, contents: &'a str) -> Self {
        Self {
            name: name.as_bytes(),
            contents: contents.as_bytes(),
            flags: 0x800,
            method: 0,
            size_bytes: contents.len() as u32,
            mode: 0o100_644,
        }
    }
}

/// A zip of these entries, byte by byte, so that it can say what no honest writer says.
pub(crate) fn raw_zip(entries: &[RawEntry<'_>]) -> Vec<u8> {
    let (mut zip, mut list) = (Vec::new(), Vec::new());
    for entry in entries {
        let mut both = Vec::new();
        for field in [entry.flags, entry.method, 0, 0x21] {
            both.extend(field.to_le_bytes());
        }
        both.extend(crc32(entry.contents).to_le_bytes());
        both.extend((entry.contents.len() as u32).to_le_bytes());
        both.extend(entry.size_bytes.to_le_bytes());
        both.extend((entry.name.len() as u16).to_le_bytes());
        both.extend([0, 0]);
        list.extend(b"PK\x01\x02\x14\x03\x14\0");
        list.extend(&both);
        list.extend([0; 6]);
        list.extend((entry.mode << 16).to_le_bytes());
        list.extend((zip.len() as u32).to_le_bytes());
        list.extend(entry.name);
        zip.extend(b"PK\x03\x04\x14\0");
        zip.extend(&both);
        zip.extend(entry.name);
        zip.extend(entry.contents);
    }
    let (count, start) = ((entries.len() as u16).to_le_bytes(), zip.len() as u32);
    zip.extend(&list);
    zip.extend(b"PK\x05\x06\0\0\0\0");
    zip.extend([count, count].concat());
    zip.extend((list.len() as u32).to_le_bytes());
    zip.extend(start.to_le_bytes());
    zip.extend([0, 0]);
    zip
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| (crc >> 1) ^ (0xEDB8_8320 & 0u32.wrapping_sub(crc & 1));
    let next = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), step);
    !bytes.iter().fold(!0, next)
}
