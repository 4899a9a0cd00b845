"""`lambda-slim sam` on what the real `sam build` makes of the example, without Docker."""

import json
import shutil
import unittest

import support
from support import Case, run

SAM = "aws-sam-cli==1.170.0"


class Sam(Case):
    @classmethod
    def setUpClass(cls) -> None:
        cls.bin = support.venv("sam", SAM)
        cls.home = support.TOOLS / "sam-home"
        cls.home.mkdir(exist_ok=True)
        # Built once: the tests work on copies.
        cls.built = support.TOOLS / "sam-built"
        shutil.rmtree(cls.built, ignore_errors=True)
        shutil.copytree(support.ROOT / "examples" / "sam", cls.built)
        run(cls.bin / "sam", "build", cwd=cls.built, SAM_CLI_TELEMETRY=0, HOME=cls.home)

    def project(self):
        return support.Path(shutil.copytree(self.built, self.folder / "sam"))

    def slim(self, project, *arguments, code=0):
        return run(support.BINARY, "sam", *arguments, cwd=project, code=code)

    def files(self, folder) -> set[str]:
        return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}

    def test_functions_and_layers_are_slimmed_in_place(self) -> None:
        project = self.project()
        build = project / ".aws-sam" / "build"
        before = self.files(build)
        dry = self.slim(project, "--dry-run")
        self.assertEqual(self.files(build), before, "a dry run writes nothing")
        ran = self.slim(project)
        self.assertEqual(ran.stdout, "")
        self.assertIn("function Api", ran.stderr)
        self.assertIn("layer Shared", ran.stderr)
        self.assertEqual(dry.stderr, ran.stderr)
        after = self.files(build)
        self.assertIn("Api/certifi/py.typed", before - after)
        self.assertIn("Shared/python/idna/core.py", after)
        self.assertLess(after, before)
        self.slim(project)
        self.assertEqual(self.files(build), after, "slimming twice changes nothing")
        code = "import app; print(app.handler({'host': 'bücher.example'}, None)['host'])"
        paths = f"{build / 'Api'}:{build / 'Shared' / 'python'}"
        answer = run("python3", "-c", code, cwd=self.folder, PYTHONPATH=paths).stdout
        self.assertEqual(answer.strip(), "xn--bcher-kva.example")

    def test_the_build_folder_may_be_named(self) -> None:
        project = self.project()
        ran = self.slim(self.folder, "sam/.aws-sam/build")
        self.assertIn("function Api", ran.stderr)
        self.assertNotIn("py.typed", str(self.files(project / ".aws-sam" / "build" / "Api")))

    def test_a_function_is_held_against_the_limit_with_its_layers(self) -> None:
        project = self.project()
        build = project / ".aws-sam" / "build"
        for name, megabytes in [("Shared/python", 150), ("Api", 120)]:
            with open(build / name / "data.bin", "wb") as file:
                file.truncate(megabytes * 1_000_000)
        ran = self.slim(project, "--compression", "fast", code=3)
        self.assertIn("over Lambda's limit of 262144000 bytes unzipped with 1 layer", ran.stderr)
        self.assertIn("function Api", ran.stderr)

    def test_what_goes_wrong_says_what_to_do(self) -> None:
        ran = self.slim(self.folder, code=2)
        self.assertIn("run `sam build` first", ran.stderr)
        project = self.project()
        ran = self.slim(project, "--level", "wild", code=2)
        self.assertIn("possible values: safe, balanced, aggressive", ran.stderr)
        ran = self.slim(project, "-o", "x.zip", code=2)
        self.assertIn("in place", ran.stderr)

    def test_a_missing_binary_stops_make(self) -> None:
        ran = run("make", "build", cwd=self.project(), code=2, SAM_CLI_TELEMETRY=0, HOME=self.home,
                  PATH=f"{self.bin}:/usr/bin:/bin")
        self.assertIn("lambda-slim", ran.stderr)

    def test_sam_packages_what_is_left(self) -> None:
        """SAM still reads its own build: the template that it would deploy names every folder."""
        project = self.project()
        self.slim(project)
        ran = run(self.bin / "sam", "list", "resources", "--output", "json", cwd=project,
                  SAM_CLI_TELEMETRY=0, HOME=self.home, AWS_DEFAULT_REGION="eu-west-1",
                  AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x")
        names = {resource["LogicalResourceId"] for resource in json.loads(ran.stdout)}
        self.assertIn("Api", names)


if __name__ == "__main__":
    unittest.main()
