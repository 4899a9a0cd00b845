"""The plugin `lambda-slim/serverless`, with the real Serverless Framework 3, offline."""

import json
import shutil
import unittest
import zipfile

import support
from support import Case, run

PACKAGES = ["serverless@3.40.0", "ms@2.1.3"]


class Serverless(Case):
    @classmethod
    def setUpClass(cls) -> None:
        cls.modules = support.npm_install("serverless", *PACKAGES) / "node_modules"

    def project(self, **changes):
        project = self.example("serverless")
        modules = project / "node_modules"
        modules.mkdir()
        shutil.copytree(self.modules / "ms", modules / "ms")
        (modules / "lambda-slim").symlink_to(self.modules / "lambda-slim")
        text = (project / "serverless.yml").read_text()
        for old, new in changes.items():
            text = text.replace(old, new)
        (project / "serverless.yml").write_text(text)
        return project

    def package(self, project, code=None, **environment):
        """Packages; what follows the packaging asks AWS who we are, and cannot be answered here."""
        keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "SLS_TELEMETRY_DISABLED": "1"}
        command = ["node", self.modules / "serverless" / "bin" / "serverless.js", "package", "--region", "eu-west-1"]
        return run(*command, cwd=project, code=code, HOME=self.folder, **keys, **environment)

    def names(self, project) -> list[str]:
        (zip,) = (project / ".serverless").glob("*.zip")
        return zipfile.ZipFile(zip).namelist()

    def test_the_finished_zip_is_slimmed(self) -> None:
        project = self.project()
        ran = self.package(project, code=0)
        self.assertRegex(ran.stderr, r"lambda-slim: api: [\d.]+ kB → [\d.]+ kB unzipped, [\d.]+ kB → [\d.]+ kB zipped\n")
        self.assertNotIn("lambda-slim:", ran.stdout)
        names = self.names(project)
        self.assertIn("node_modules/ms/index.js", names)
        self.assertNotIn("node_modules/ms/readme.md", names)
        self.assertIn("src/index.js", names)
        (template,) = (project / ".serverless").glob("cloudformation-template-update-stack.json")
        self.assertIn("ApiLambdaFunction", json.loads(template.read_text())["Resources"])

    def test_a_quiet_plugin_says_nothing(self) -> None:
        ran = self.package(self.project(**{"level: balanced": "quiet: true"}), code=0)
        self.assertNotIn("lambda-slim:", ran.stdout + ran.stderr)

    def test_a_missed_budget_fails_the_packaging(self) -> None:
        ran = self.package(self.project(**{"zip=10MB": "files=1"}), code=1)
        self.assertIn("over the budget of 1", ran.stdout + ran.stderr)

    def test_an_over_limit_package_fails_the_packaging(self) -> None:
        over = f"withLayer: ['{support.FULL_LAYER}']"
        ran = self.package(self.project(**{"level: balanced": over}), code=1)
        self.assertIn(support.OVER_LIMIT, ran.stdout + ran.stderr)

    def test_a_wrong_option_is_named(self) -> None:
        ran = self.package(self.project(**{"level: balanced": "levle: safe"}), code=1)
        self.assertIn("has no option `levle`", ran.stdout + ran.stderr)

    def test_a_missing_binary_is_explained(self) -> None:
        ran = self.package(self.project(), code=1, LAMBDA_SLIM_BINARY="/nowhere")
        self.assertIn("LAMBDA_SLIM_BINARY names no file", ran.stdout + ran.stderr)


if __name__ == "__main__":
    unittest.main()
