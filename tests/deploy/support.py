"""What the tests of packages and integrations share: the binary, the packages made of it, folders, commands."""

import atexit
import functools
import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "packaging" / "build.py"
BINARY = Path(os.environ.get("LAMBDA_SLIM", ROOT / "target" / "release" / "lambda-slim")).resolve()


def tools() -> Path:
    """Where tools stay from run to run if the variable says so; otherwise they are installed once for all tests."""
    if kept := os.environ.get("LAMBDA_SLIM_TEST_TOOLS"):
        return Path(kept)
    folder = tempfile.mkdtemp(prefix="lambda-slim-tools-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


TOOLS = tools()

# A layer that leaves no room for a function, and what is said then.
FULL_LAYER = "262144000"
OVER_LIMIT = "over Lambda's limit of 262144000 bytes unzipped"


def run(*command, cwd, code=0, **environment) -> subprocess.CompletedProcess:
    """Runs a command that must end with `code`; `None` for any other than 0."""
    variables = {**os.environ, "CI": "1", "NO_COLOR": "1"}
    for name, value in environment.items():
        variables.pop(name, None)
        if value is not None:
            variables[name] = str(value)
    command = [str(word) for word in command]
    ran = subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True, timeout=300)
    is_expected = ran.returncode == code if code is not None else ran.returncode != 0
    assert is_expected, f"{command} ended with {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
    return ran


@functools.cache
def tarballs() -> list[Path]:
    """The npm packages of this machine's platform, made of the binary."""
    out = TOOLS / "npm-packages"
    shutil.rmtree(out, ignore_errors=True)
    processor = {"x86_64": "x64", "aarch64": "arm64"}[os.uname().machine]
    run(BUILD, "npm", "--binary", BINARY, "--platform", f"linux-{processor}", "--out", out, cwd=ROOT)
    run(BUILD, "npm-main", "--out", out, cwd=ROOT)
    return sorted(out.glob("*.tgz"))


def npm_install(name: str, *packages) -> Path:
    """A folder with `node_modules` of these packages and of ours."""
    folder = TOOLS / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"private": true}')
    # The binaries of other platforms are not on disk, and the registry is not to be asked for them.
    install = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline"]
    if packages:
        run(*install, *packages, cwd=folder)
    unpack_ours(folder / "node_modules")
    return folder


def unpack_ours(modules: Path) -> None:
    for tarball in tarballs():
        with tempfile.TemporaryDirectory() as folder:
            run("tar", "-xzf", tarball, "-C", folder, cwd=ROOT)
            package = Path(folder, "package")
            name = json.loads((package / "package.json").read_text())["name"]
            shutil.rmtree(modules / name, ignore_errors=True)
            shutil.copytree(package, modules / name)
    shim = modules / ".bin" / "lambda-slim"
    shim.parent.mkdir(exist_ok=True)
    shim.unlink(missing_ok=True)
    shim.symlink_to("../lambda-slim/bin/lambda-slim.js")


def venv(name: str, *packages) -> Path:
    """The `bin` folder of a virtual environment with these packages."""
    folder = TOOLS / name
    if not (folder / "bin" / "pip").exists():
        run("python3", "-m", "venv", folder, cwd=ROOT)
    if packages:
        run(folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", *packages, cwd=ROOT)
    return folder / "bin"


class Case(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="lambda-slim-deploy-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def example(self, name: str) -> Path:
        """A copy of an example."""
        return Path(shutil.copytree(ROOT / "examples" / name, self.folder / name, symlinks=True))

    def sample(self) -> Path:
        """A small function with something to slim."""
        dist = self.folder / "dist"
        package = dist / "node_modules" / "left"
        package.mkdir(parents=True)
        (dist / "index.js").write_text("exports.handler = async () => require('left');\n")
        (package / "package.json").write_text('{"name": "left", "version": "1.0.0"}')
        (package / "index.js").write_text("module.exports = 'left';\n")
        (package / "index.d.ts").write_text("declare const left: string;\nexport = left;\n")
        (package / "README.md").write_text("# left\n" * 100)
        return dist
