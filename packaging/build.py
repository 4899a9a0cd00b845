#!/usr/bin/env python3
"""Makes the npm and PyPI packages of lambda-slim from binaries that are built already.

    packaging/build.py npm  --binary target/release/lambda-slim --platform linux-x64 --out dist/npm
    packaging/build.py npm-main --out dist/npm
    packaging/build.py wheel --binary target/release/lambda-slim --tag manylinux_2_34_x86_64 --out dist/pypi

What is published for Linux is built for musl, and static. A binary that was built for another target needs the glibc of
the machine it was built on, or a newer one: its npm package says so, and a wheel never promises less. The version comes from Cargo.toml alone. Equal binaries make equal packages. Python's standard library only, and `npm`.
"""

import argparse
import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
NPM = HERE / "npm" / "lambda-slim"

# The names of Node.js for systems and processors; one binary package for each.
PLATFORMS = {
    "linux-x64": "x86_64-unknown-linux-musl",
    "linux-arm64": "aarch64-unknown-linux-musl",
    "darwin-x64": "x86_64-apple-darwin",
    "darwin-arm64": "aarch64-apple-darwin",
    "win32-x64": "x86_64-pc-windows-msvc",
}


def version() -> str:
    with open(ROOT / "Cargo.toml", "rb") as file:
        return tomllib.load(file)["workspace"]["package"]["version"]


def main() -> None:
    arguments = read_arguments()
    refuse_missing(getattr(arguments, "binary", None))
    arguments.out.mkdir(parents=True, exist_ok=True)
    match arguments.what:
        case "npm":
            made = npm_platform(arguments.binary, arguments.platform, arguments.out)
        case "npm-main":
            made = npm_main(arguments.out)
        case "wheel":
            made = wheel(arguments.binary, arguments.tag, arguments.out)
    print(made)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    kinds = parser.add_subparsers(dest="what", required=True)
    npm = kinds.add_parser("npm", help="the package with the binary of one platform")
    npm.add_argument("--binary", type=Path, required=True)
    npm.add_argument("--platform", choices=PLATFORMS, required=True)
    main_package = kinds.add_parser("npm-main", help="the package that people install")
    wheel_of = kinds.add_parser("wheel", help="a wheel with the binary of one platform")
    wheel_of.add_argument("--binary", type=Path, required=True)
    wheel_of.add_argument("--tag", required=True, help="such as musllinux_1_1_x86_64, several with a dot between")
    for parser_of_kind in (npm, main_package, wheel_of):
        parser_of_kind.add_argument("--out", type=Path, required=True)
    return parser.parse_args()


def refuse_missing(binary: Path | None) -> None:
    if binary and not binary.is_file():
        sys.exit(f"error: --binary names no file: {binary}\nhint: build it first: cargo build --release")


def npm_platform(binary: Path, platform: str, out: Path) -> Path:
    system, processor = platform.split("-")
    file = "lambda-slim.exe" if system == "win32" else "lambda-slim"
    package = {
        "name": f"@lambda-slim/cli-{platform}",
        "version": version(),
        "description": f"The binary of lambda-slim for {system} on {processor}",
        "license": "MIT OR Apache-2.0",
        "repository": json.loads((NPM / "package.json").read_text())["repository"],
        "os": [system],
        "cpu": [processor],
        "preferUnplugged": True,
        "files": [file],
    }
    if needed_glibc(binary):
        package["libc"] = ["glibc"]
    with tempfile.TemporaryDirectory() as folder:
        shutil.copyfile(binary, Path(folder, file))
        Path(folder, file).chmod(0o755)
        return npm_pack(Path(folder), package, out)


def npm_main(out: Path) -> Path:
    package = json.loads((NPM / "package.json").read_text())
    package["version"] = version()
    package["optionalDependencies"] = {f"@lambda-slim/cli-{platform}": version() for platform in PLATFORMS}
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(NPM, folder, dirs_exist_ok=True)
        return npm_pack(Path(folder), package, out)


def npm_pack(folder: Path, package: dict, out: Path) -> Path:
    (folder / "package.json").write_text(json.dumps(package, indent=2) + "\n")
    command = ["npm", "pack", "--json", "--ignore-scripts", "--pack-destination", str(out.resolve())]
    packed = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    answer = json.loads(packed.stdout)
    answer = answer[0] if isinstance(answer, list) else next(iter(answer.values()))
    return out / Path(answer["filename"]).name


def wheel(binary: Path, tag: str, out: Path) -> Path:
    """What maturin makes with `bindings = "bin"`, of a binary that is built already and with the tag that it deserves."""
    refuse_false_promise(binary, tag)
    name = f"lambda_slim-{version()}"
    info = f"{name}.dist-info"
    files = {
        f"{name}.data/scripts/lambda-slim": (binary.read_bytes(), 0o755),
        f"{info}/METADATA": (metadata().encode(), 0o644),
        f"{info}/WHEEL": (wheel_file(tag).encode(), 0o644),
    }
    record = [f"{path},sha256={digest(contents)},{len(contents)}" for path, (contents, _) in files.items()]
    record.append(f"{info}/RECORD,,")
    files[f"{info}/RECORD"] = ("\n".join(record + [""]).encode(), 0o644)
    path = out / f"{name}-py3-none-{tag}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, (contents, mode) in files.items():
            entry = zipfile.ZipInfo(file)
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, contents)
    return path


def needed_glibc(binary: Path) -> tuple[int, int] | None:
    """The oldest glibc that has all that a binary for Linux asks of it; `None` where it asks nothing, being static."""
    contents = binary.read_bytes()
    if not contents.startswith(b"\x7fELF") or b"libc.so.6\0" not in contents:
        return None
    asked = re.findall(rb"\0GLIBC_(\d+)\.(\d+)(?:\.\d+)?(?=\0)", contents)
    return max((int(major), int(minor)) for major, minor in asked)


def refuse_false_promise(binary: Path, tag: str) -> None:
    """`manylinux_2_17` promises to run with glibc 2.17, `musllinux` without any; `linux` alone promises nothing."""
    needed = needed_glibc(binary)
    for platform in tag.split("."):
        promised = re.match(r"manylinux_(\d+)_(\d+)_", platform)
        old = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}.get(platform.split("_")[0])
        most = (int(promised[1]), int(promised[2])) if promised else old
        if needed and (platform.startswith("musllinux") or most and needed > most):
            sys.exit(
                f"error: {binary} needs glibc {needed[0]}.{needed[1]}, and the tag {platform} promises less\n"
                "hint: build it with --target x86_64-unknown-linux-musl or aarch64-unknown-linux-musl, or promise "
                f"manylinux_{needed[0]}_{needed[1]}"
            )


def metadata() -> str:
    with open(HERE / "pypi" / "pyproject.toml", "rb") as file:
        project = tomllib.load(file)["project"]
    head = [
        "Metadata-Version: 2.4",
        f"Name: {project['name']}",
        f"Version: {version()}",
        f"Summary: {project['description']}",
        f"Keywords: {','.join(project['keywords'])}",
        f"License-Expression: {project['license']}",
        f"Requires-Python: {project['requires-python']}",
        *(f"Project-URL: {name}, {address}" for name, address in project["urls"].items()),
        "Description-Content-Type: text/markdown",
    ]
    return "\n".join(head) + "\n\n" + (HERE / "pypi" / project["readme"]).read_text()


def wheel_file(tag: str) -> str:
    tags = "".join(f"Tag: py3-none-{platform}\n" for platform in tag.split("."))
    return f"Wheel-Version: 1.0\nGenerator: lambda-slim packaging\nRoot-Is-Purelib: false\n{tags}"


def digest(contents: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(contents).digest()).rstrip(b"=").decode()


if __name__ == "__main__":
    sys.exit(main())
