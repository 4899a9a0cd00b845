"""The npm package: installed from local files, started as people start it."""

import json
import signal
import subprocess
import unittest

import support
from support import Case, run


class Npm(Case):
    @classmethod
    def setUpClass(cls) -> None:
        cls.project = support.npm_install("npm-project")
        cls.shim = cls.project / "node_modules" / ".bin" / "lambda-slim"

    def script(self, text: str):
        path = self.folder / "binary"
        path.write_text(f"#!/bin/bash\n{text}\n")
        path.chmod(0o755)
        return path

    def test_npm_installs_the_tarballs(self) -> None:
        (self.folder / "package.json").write_text('{"private": true}')
        install = ["npm", "install", "--no-audit", "--no-fund", "--offline", "--omit=optional"]
        ran = run(*install, *support.tarballs(), cwd=self.folder)
        self.assertNotIn("allowScripts", ran.stderr, "no package has an install script")
        run("npx", "--no", "lambda-slim", "--version", cwd=self.folder)

    def test_a_binary_that_is_not_built_is_named(self) -> None:
        command = [support.BUILD, "npm", "--binary", "/nowhere", "--platform", "linux-x64", "--out", self.folder]
        ran = run(*command, cwd=self.folder, code=1)
        self.assertEqual(
            ran.stderr, "error: --binary names no file: /nowhere\nhint: build it first: cargo build --release\n"
        )

    def test_npx_packs(self) -> None:
        dist = self.sample()
        ran = run("npx", "--no", "--prefix", self.project, "lambda-slim", "pack", dist, cwd=self.folder)
        self.assertEqual(ran.stdout, "")
        self.assertTrue((self.folder / "dist.zip").is_file())

    def test_exit_codes_are_passed_on(self) -> None:
        dist = self.sample()
        ran = run(self.shim, "pack", dist, "--budget", "files=1", cwd=self.folder, code=3)
        self.assertIn("over the budget of 1", ran.stderr)
        ran = run(self.shim, "pack", dist, "--with-layer", support.FULL_LAYER, cwd=self.folder, code=3)
        self.assertIn(support.OVER_LIMIT, ran.stderr)
        ran = run(self.shim, "pack", dist, "--level", "wild", cwd=self.folder, code=2)
        self.assertIn("possible values: safe, balanced, aggressive", ran.stderr)
        run(self.shim, "pack", "nowhere", cwd=self.folder, code=1)

    def test_signals_are_passed_on(self) -> None:
        dies = self.script("kill -KILL $$")
        run(self.shim, cwd=self.folder, code=137, LAMBDA_SLIM_BINARY=dies)
        ends = self.script("trap 'exit 42' TERM; echo ready; while true; do read -t 1 <> <(:); done")
        command = [str(self.shim)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, env={**support.os.environ, "LAMBDA_SLIM_BINARY": str(ends)})
        self.assertEqual(process.stdout.readline(), b"ready\n")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=60), 42)
        process.stdout.close()

    def test_a_missing_binary_is_explained(self) -> None:
        ran = run(self.shim, cwd=self.folder, code=127, LAMBDA_SLIM_BINARY=self.folder / "nothing")
        self.assertIn("LAMBDA_SLIM_BINARY names no file", ran.stderr)
        lost = self.folder / "lambda-slim"
        run("cp", "-r", self.project / "node_modules" / "lambda-slim", lost, cwd=self.folder)
        ran = run("node", lost / "bin" / "lambda-slim.js", cwd=self.folder, code=127, LAMBDA_SLIM_BINARY=None)
        self.assertIn("is missing", ran.stderr)
        self.assertIn("--omit=optional", ran.stderr)

    def test_a_binary_that_needs_glibc_says_so(self) -> None:
        [package] = (self.project / "node_modules" / "@lambda-slim").glob("cli-linux-*/package.json")
        is_dynamic = b"libc.so.6\0" in support.BINARY.read_bytes()
        self.assertEqual(json.loads(package.read_text()).get("libc"), ["glibc"] if is_dynamic else None)

    def test_equal_binaries_make_equal_packages(self) -> None:
        out = [self.folder / "one", self.folder / "two"]
        made = [run(support.BUILD, "npm-main", "--out", folder, cwd=support.ROOT) for folder in out]
        bytes_of = [support.Path(ran.stdout.strip()).read_bytes() for ran in made]
        self.assertEqual(*bytes_of)


if __name__ == "__main__":
    unittest.main()
