"""The wheel: installed from the local file by pip, and started by uvx."""

import os
import unittest

import support
from support import Case, run

UV = "uv==0.13.9"
MATURIN = "maturin==1.16.0"


class Wheel(Case):
    @classmethod
    def setUpClass(cls) -> None:
        out = support.TOOLS / "wheels"
        # Built for the machine that runs the test, and for no other.
        tag = f"linux_{os.uname().machine}"
        made = run(support.BUILD, "wheel", "--binary", support.BINARY, "--tag", tag, "--out", out, cwd=support.ROOT)
        cls.wheel = support.Path(made.stdout.strip())

    def test_pip_puts_the_binary_on_the_path(self) -> None:
        run("python3", "-m", "venv", "venv", cwd=self.folder)
        run("venv/bin/pip", "install", "--quiet", "--no-index", self.wheel, cwd=self.folder)
        dist = self.sample()
        run("venv/bin/lambda-slim", "pack", dist, cwd=self.folder)
        run("venv/bin/lambda-slim", "pack", dist, "--budget", "files=1", cwd=self.folder, code=3)
        self.assertEqual((self.folder / "venv/bin/lambda-slim").read_bytes(), support.BINARY.read_bytes())
        # Older versions of pip do not show this header.
        [metadata] = self.folder.glob("venv/lib/python*/site-packages/lambda_slim-*.dist-info/METADATA")
        self.assertIn("License-Expression: MIT OR Apache-2.0", metadata.read_text())

    def test_what_goes_wrong_says_what_to_do(self) -> None:
        run("python3", "-m", "venv", "venv", cwd=self.folder)
        run("venv/bin/pip", "install", "--quiet", "--no-index", self.wheel, cwd=self.folder)
        pack = ["venv/bin/lambda-slim", "pack", self.sample()]
        ran = run(*pack, "--levle", "safe", cwd=self.folder, code=2)
        self.assertIn("'--level'", ran.stderr)
        ran = run(*pack, "--with-layer", support.FULL_LAYER, cwd=self.folder, code=3)
        self.assertIn(support.OVER_LIMIT, ran.stderr)

    def test_a_wheel_promises_no_older_glibc_than_its_binary_needs(self) -> None:
        if b"libc.so.6\0" not in support.BINARY.read_bytes():
            self.skipTest("the binary is static and keeps every promise")
        for platform in ("manylinux_2_5", "manylinux2014", "musllinux_1_1"):
            tag = f"{platform}_{os.uname().machine}"
            command = [support.BUILD, "wheel", "--binary", support.BINARY, "--tag", tag, "--out", self.folder]
            ran = run(*command, cwd=support.ROOT, code=1)
            self.assertIn("promises less", ran.stderr)
            self.assertIn("-unknown-linux-musl", ran.stderr)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_uvx_packs(self) -> None:
        uvx = support.venv("uv", UV) / "uvx"
        dist = self.sample()
        command = [uvx, "--offline", "--no-index", "--find-links", self.wheel.parent, "lambda-slim", "pack", dist]
        run(*command, cwd=self.folder)
        self.assertTrue((self.folder / "dist.zip").is_file())
        run(*command, "--budget", "files=1", cwd=self.folder, code=3)

    def test_maturin_reads_the_project(self) -> None:
        """The source distribution, and what `pip install .` would build, come from the same project file."""
        maturin = support.venv("maturin", MATURIN) / "maturin"
        project = support.ROOT / "packaging" / "pypi"
        made = run(maturin, "sdist", "--out", self.folder, cwd=project)
        self.assertIn("lambda_slim-", made.stdout + made.stderr)
        self.assertEqual(len(list(self.folder.glob("lambda_slim-*.tar.gz"))), 1)

    def test_equal_binaries_make_equal_wheels(self) -> None:
        tag = self.wheel.stem.rsplit("-", 1)[1]
        command = [support.BUILD, "wheel", "--binary", support.BINARY, "--tag", tag, "--out", self.folder]
        made = run(*command, cwd=support.ROOT)
        self.assertEqual(support.Path(made.stdout.strip()).read_bytes(), self.wheel.read_bytes())


if __name__ == "__main__":
    unittest.main()
