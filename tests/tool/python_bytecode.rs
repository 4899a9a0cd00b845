//! Bytecode: what is compiled, that CPython takes it, and that two installations give the same package.

use std::path::{Path, PathBuf};

use crate::support::{Case, find_tool};

/// A Python of this machine.
struct Python {
    program: PathBuf,
    /// `python3.11`.
    name: String,
    /// `cpython-311`.
    tag: String,
}

impl Python {
    fn find(case: &Case) -> Option<Self> {
        let program = find_tool("python3")?;
        let script =
            "import sys; print('python%d.%d' % sys.version_info[:2], sys.implementation.cache_tag)";
        let said = case
            .command(&program)
            .args(["-c", script])
            .output()
            .unwrap();
        let said = String::from_utf8(said.stdout).unwrap();
        let (name, tag) = said.trim().split_once(' ')?;
        find_tool(name)?;
        Some(Self {
            name: name.to_owned(),
            tag: tag.to_owned(),
            program,
        })
    }

    /// What a script prints beside an unpacked zip, in a Python that writes no bytecode.
    fn run(&self, case: &Case, zip: &str, script: &str) -> String {
        let folder = format!("{zip}.unpacked");
        let unzip = ["-m", "zipfile", "-e", zip, &folder];
        case.command(&self.program).args(unzip).assert().success();
        let mut python = case.command(&self.program);
        python.args(["-s", "-S", "-B", "-c", script]);
        let output = python.current_dir(case.path(&folder)).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

/// Changes a source behind the back of its bytecode: prints the word of what is imported, and the path in the bytecode.
fn says_which(source: &str, module: &str) -> String {
    format!(
        "open('{source}', 'a').write('\\nword = 0\\n'); import marshal, {module} as m; \
         code = marshal.loads(open(m.__cached__, 'rb').read()[16:]); print(m.word, code.co_filename)"
    )
}

/// A function and a dependency, without bytecode.
fn function() -> Case {
    Case::new()
        .file(
            "app/app.py",
            "import lib.used\nword = 1\ndef f(): return lib\n",
        )
        .file(
            "app/lib/__init__.py",
            "word = 2\ndef f(): return {'a', 'b', 'c'}\n",
        )
        .file("app/lib/used.py", "word = 3\n")
        .file("app/lib/idle.py", "word = 4\n")
        .file("app/lib/template.py", "{% not Python %}\n")
        .file("app/lib-1.dist-info/METADATA", "Name: lib\n")
        .file(
            "app/lib-1.dist-info/RECORD",
            "lib/__init__.py,,\nlib/used.py,,\nlib/idle.py,,\nlib/template.py,,\n",
        )
}

/// The compiled modules in a zip.
fn compiled(case: &Case, zip: &str) -> Vec<String> {
    let listing = case.listing(zip);
    let names = listing
        .lines()
        .filter_map(|line| line.split_whitespace().last());
    let compiled = names.filter(|name| name.ends_with(".pyc"));
    compiled.map(str::to_owned).collect()
}

#[test]
fn nothing_is_compiled_unasked() {
    let case = function();
    case.pack("app --runtime python3.12").ok();
    assert!(compiled(&case, "app.zip").is_empty());
}

#[test]
fn what_lacks_bytecode_is_compiled() {
    let case = function();
    let Some(python) = Python::find(&case) else {
        return;
    };
    let (name, tag) = (&python.name, &python.tag);
    let before = case.tree();
    let ran = case
        .pack(&format!("app --bytecode all --runtime {name} -v"))
        .ok();
    let names = [
        format!("__pycache__/app.{tag}.pyc"),
        format!("lib/__pycache__/__init__.{tag}.pyc"),
        format!("lib/__pycache__/idle.{tag}.pyc"),
        format!("lib/__pycache__/used.{tag}.pyc"),
    ];
    assert_eq!(compiled(&case, "app.zip"), names);
    assert!(
        ran.stderr.contains("in 4 modules, compiled by Python"),
        "{ran}"
    );
    assert!(ran.stderr.contains("advice[LS964]"), "{ran}");
    assert!(ran.stderr.contains("lib/template.py"), "{ran}");
    let short = case
        .pack(&format!("app --bytecode all --runtime {name} -o other.zip"))
        .ok();
    assert!(!short.stderr.contains("LS964"), "{short}");
    let after: Vec<PathBuf> = case.tree().into_keys().collect();
    let new = after.iter().filter(|path| !before.contains_key(*path));
    assert_eq!(new.count(), 2, "only zips are new: {after:?}");
    assert_eq!(case.read("app.zip"), case.read("other.zip"));
    let said = python.run(&case, "app.zip", &says_which("app.py", "app"));
    assert_eq!(said, "1 /var/task/app.py");
    let layer = format!("app --kind layer --bytecode all --runtime {name} -o layer.zip");
    case.pack(&layer).ok();
    assert_eq!(compiled(&case, "layer.zip").len(), 4);
}

#[test]
fn only_what_the_handler_imports_has_bytecode() {
    let case = function();
    let Some(python) = Python::find(&case) else {
        return;
    };
    let (name, tag) = (&python.name, &python.tag);
    let names = [
        format!("__pycache__/app.{tag}.pyc"),
        format!("lib/__pycache__/__init__.{tag}.pyc"),
        format!("lib/__pycache__/used.{tag}.pyc"),
    ];
    let handler = format!("--bytecode handler --handler app.f --runtime {name}");
    case.pack(&format!("app {handler}")).ok();
    assert_eq!(compiled(&case, "app.zip"), names);
    // From a package that has bytecode, that of others leaves.
    case.pack(&format!("app --bytecode all --runtime {name} -o all.zip"))
        .ok();
    let ran = case.pack(&format!("all.zip {handler} -o less.zip")).ok();
    assert_eq!(compiled(&case, "less.zip"), names);
    assert!(ran.stderr.contains("bytecode beyond the handler"), "{ran}");
    let ran = case.refuses(&format!("app --kind layer {handler}"));
    assert_eq!(ran.code, 2, "{ran}");
    assert!(
        ran.stderr.contains("a layer cannot see its handlers"),
        "{ran}"
    );
    // What has it all needs no Python.
    let case = case.with("PATH", "/nowhere");
    let ran = case
        .pack(&format!("less.zip {handler} -v -o same.zip"))
        .ok();
    assert!(ran.stderr.contains("nothing to compile"), "{ran}");
    assert_eq!(case.read("less.zip"), case.read("same.zip"));
}

#[test]
fn without_the_very_python_nothing_is_written() {
    let stand_in = |says: &str| {
        let case = function()
            .file("bin/python3.12", format!("#!/bin/sh\n{says}\n"))
            .mode("bin/python3.12", 0o755);
        let path = case.path("bin").display().to_string();
        case.with("PATH", &path)
    };
    let refuses = |case: Case, runtime: &str| {
        let said = case.refuses(&format!("app --bytecode all {runtime}"));
        case.assert_clean();
        said
    };
    snapshot!(refuses(stand_in("exit 1"), "--runtime python3.13"), @r"
    exit 1
    --- stderr
    error: `python3.13` is not on the PATH, and no other Python writes bytecode that it reads
    ");
    snapshot!(refuses(stand_in("echo pyenv: not found >&2; exit 127"), "--runtime python3.12"), @r"
    exit 1
    --- stderr
    error: `python3.12` compiles nothing: pyenv: not found
    ");
    snapshot!(refuses(stand_in("echo cpython-311 3.11.7"), "--runtime python3.12"), @r"
    exit 1
    --- stderr
    error: `python3.12` calls itself cpython-311 3.11.7
    ");
    snapshot!(refuses(function(), "--runtime python"), @r"
    exit 2
    --- stderr
    error: there is no bytecode for `python`: its version decides; say it with --runtime, as in --runtime python3.13
    ");
}

#[test]
fn packages_without_bytecode_are_told_of() {
    let case = function().file("app/lib/long.py", "value = [1, 2, 3]\n".repeat(20_000));
    let said = |arguments: &str| {
        let ran = case.pack(&format!("app --dry-run -v {arguments}")).ok();
        let found = ran.stderr.split("LS963").nth(1).map(str::to_owned);
        found.map(|text| text.lines().next().unwrap().to_owned())
    };
    let text = said("--runtime python3.13").unwrap();
    assert!(
        text.contains("6 modules, 360.1 kB of source, have no bytecode for Python 3.13"),
        "{text}"
    );
    assert_eq!(said("--runtime nodejs22.x"), None);
    let case = case.file("app/lib/__pycache__/used.cpython-311.pyc", [0; 16]);
    let ran = case.pack("app --runtime python3.13 --deny LS963");
    assert_eq!(ran.code, 3, "{ran}");
    assert!(ran.stderr.contains("but for 3.11"), "{ran}");
}

#[test]
fn bytecode_that_is_too_much_is_named() {
    let case = function();
    let Some(python) = Python::find(&case) else {
        return;
    };
    let name = &python.name;
    let limit = 262_144_000 - 400;
    let ran = case.pack(&format!(
        "app --bytecode all --runtime {name} --with-layer {limit}"
    ));
    assert_eq!(ran.code, 3, "{ran}");
    assert!(
        ran.stderr
            .contains("without which it would fit: --bytecode handler keeps"),
        "{ran}"
    );
}

#[test]
fn two_installations_give_one_package() {
    let Some((case, python)) = wheel() else {
        return;
    };
    let mut packed = Vec::new();
    for folder in ["one", "two/deeper"] {
        if !install(&case, &python.program, folder) {
            eprintln!("not tested: this machine has no pip");
            return;
        }
        for level in ["safe", "balanced"] {
            let zip = format!("{}-{level}.zip", folder.replace('/', "-"));
            let runtime = &python.name;
            case.pack(&format!(
                "{folder} -o {zip} --runtime {runtime} --level {level}"
            ))
            .ok();
            packed.push(case.read(&zip));
        }
    }
    assert!(packed[..2] == packed[2..], "the packages differ");
    assert!(!compiled(&case, "one-safe.zip").is_empty());
    let said = python.run(
        &case,
        "one-safe.zip",
        &says_which("wheel/__init__.py", "wheel"),
    );
    assert_eq!(said, "1 /var/task/wheel/__init__.py");
}

/// As uv compiles, or as another version of the same size leaves it behind: RECORD says nothing of it.
#[test]
fn bytecode_that_record_does_not_list_counts_where_its_date_is_right() {
    let Some((case, python)) = wheel() else {
        return;
    };
    if !install(&case, &python.program, "one") {
        return;
    }
    let run = |script: &str| {
        let mut ran = case.command(&python.program);
        ran.args(["-c", script]).assert().success();
    };
    run(
        "import re; p = 'one/wheel-1.dist-info/RECORD'; text = open(p).read(); \
         open(p, 'w').write(re.sub('.*[.]pyc,.*\\n', '', text))",
    );
    let answer = |zip: &str| {
        let runtime = &python.name;
        case.pack(&format!("one -o {zip} --runtime {runtime}")).ok();
        python.run(&case, zip, &says_which("wheel/__init__.py", "wheel"))
    };
    let right = answer("right.zip");
    assert!(right.starts_with("1 /var/task/"), "{right}");
    run("import os; os.utime('one/wheel/__init__.py', (7, 7))");
    let old = answer("old.zip");
    assert!(old.starts_with("0 "), "{old}");
}

/// A wheel, and a Python to install it with.
fn wheel() -> Option<(Case, Python)> {
    let case = Case::new();
    let python = Python::find(&case)?;
    let mut build = case.command(&python.program);
    build.args(["-c", WHEEL]).assert().success();
    Some((case, python))
}

/// Writes a wheel of two modules, as build tools do.
const WHEEL: &str = r"
import base64, hashlib, zipfile
files = {
    'wheel/__init__.py': 'word = 1\ndef f(): return {1, 2, 3}, __file__\n',
    'wheel/more.py': 'from . import f\n',
    'wheel-1.dist-info/METADATA': 'Metadata-Version: 2.1\nName: wheel\nVersion: 1\n',
    'wheel-1.dist-info/WHEEL': 'Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
}
record = 'wheel-1.dist-info/RECORD'
lines = [record + ',,']
for name, text in files.items():
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip('=')
    lines.append(f'{name},sha256={digest},{len(text)}')
with zipfile.ZipFile('wheel-1-py3-none-any.whl', 'w') as file:
    for name, text in {**files, record: '\n'.join(lines)}.items():
        file.writestr(name, text)
";

fn install(case: &Case, python: &Path, folder: &str) -> bool {
    let arguments = [
        "-m",
        "pip",
        "install",
        "-q",
        "--no-index",
        "--no-deps",
        "--target",
        folder,
    ];
    let mut pip = case.command(python);
    pip.args(arguments).arg("wheel-1-py3-none-any.whl");
    pip.output().unwrap().status.success()
}
