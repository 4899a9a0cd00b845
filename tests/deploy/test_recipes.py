"""The recipes that need no package of ours: make, Terraform's external data source, the step of the GitHub Action."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import unittest

import support
from support import Case, run


class Make(Case):
    def test_only_what_changed_is_packed_and_the_bytes_stay(self) -> None:
        project = self.example("make")

        def make(*arguments, **options) -> str:
            return run("make", f"LAMBDA_SLIM={support.BINARY}", *arguments, cwd=project, **options).stdout

        self.assertIn("pack src", make("dist.zip"))
        first = (project / "dist.zip").read_bytes()
        self.assertIn("up to date", make("dist.zip"))
        source = next(path for path in (project / "src").rglob("*") if path.is_file())
        source.touch()
        self.assertIn("pack src", make("dist.zip"))
        self.assertEqual((project / "dist.zip").read_bytes(), first, "a touched file changes no byte")
        report = json.loads((project / "dist.json").read_text())
        self.assertEqual(report["hashes"]["sha256"], hashlib.sha256(first).hexdigest())

    def test_a_missing_binary_stops_make(self) -> None:
        project = self.example("make")
        ran = run("make", "LAMBDA_SLIM=./nothing", cwd=project, code=None)
        self.assertIn("nothing", ran.stderr)
        self.assertFalse((project / "dist.zip").exists())

    def test_what_goes_wrong_is_never_up_to_date(self) -> None:
        project = self.example("make")
        command = ["make", f"LAMBDA_SLIM={support.BINARY}", "dist.zip"]
        ran = run(*command, cwd=project, code=2, LAMBDA_SLIM_LEVEL="wild")
        self.assertIn("possible values: safe, balanced, aggressive", ran.stderr)
        (project / "lambda-slim.toml").write_text(f'with-layer = ["{support.FULL_LAYER}"]\n')
        for _ in range(2):
            ran = run(*command, cwd=project, code=2)
            self.assertIn(support.OVER_LIMIT, ran.stderr)
            self.assertFalse((project / "dist.zip").exists())


class Terraform(Case):
    """As its external data source does it: a query on stdin, one flat object of texts on stdout.

    Source: https://registry.terraform.io/providers/hashicorp/external/latest/docs/data-sources/external
    """

    def program(self, project) -> list[str]:
        text = (project / "main.tf").read_text()
        [words] = re.findall(r"program = \[(.*?)\]", text, re.DOTALL)
        words = [word.replace("${path.module}", ".") for word in re.findall(r'"(.*?)"', words)]
        self.assertEqual(words[0], "lambda-slim")
        return [str(support.BINARY), *words[1:]]

    def ask(self, project, *more) -> subprocess.CompletedProcess:
        return subprocess.run([*self.program(project), *more], cwd=project, input="{}", capture_output=True, text=True)

    def test_the_answer_is_a_flat_object_of_texts(self) -> None:
        project = self.example("terraform")
        ran = self.ask(project)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        answer = json.loads(ran.stdout)
        self.assertTrue(all(isinstance(value, str) for value in answer.values()), answer)
        used = set(re.findall(r"data\.external\.api\.result\.(\w+)", (project / "main.tf").read_text()))
        self.assertEqual(used, {"path", "code_sha256"})
        contents = (project / answer["path"]).read_bytes()
        code_sha256 = base64.b64encode(hashlib.sha256(contents).digest()).decode()
        self.assertEqual(answer["code_sha256"], code_sha256)
        self.assertEqual(json.loads(self.ask(project).stdout), answer, "every plan asks, and nothing changed")

    def test_errors_go_to_stderr(self) -> None:
        project = self.example("terraform")
        over = (f"--with-layer={support.FULL_LAYER}", 3, support.OVER_LIMIT)
        for option, code, word in [("--budget=files=0", 3, "budget"), ("--levle=safe", 2, "--level"), over]:
            ran = self.ask(project, option)
            # Terraform shows stderr, and takes nothing from stdout then.
            self.assertEqual(ran.returncode, code, option)
            self.assertIn(word, ran.stderr)

    @unittest.skipUnless(shutil.which("terraform"), "Terraform is not installed")
    def test_the_recipe_is_written_as_terraform_has_it(self) -> None:
        run("terraform", "fmt", "-check", "-diff", self.example("terraform"), cwd=self.folder)


class Action(Case):
    """The step of action.yml, with the files that a runner gives it."""

    def step(self, code=0, arguments="", program=support.BINARY):
        outputs, summary = self.folder / "outputs", self.folder / "summary"
        for file in (outputs, summary):
            file.write_text("")
        ran = run(
            "bash", support.ROOT / "packaging" / "action.sh", cwd=self.folder, code=code, INPUT=self.sample_once(),
            OUTPUT="function.zip", ARGUMENTS=arguments, LAMBDA_SLIM=program, GITHUB_OUTPUT=outputs,
            GITHUB_STEP_SUMMARY=summary,
        )
        pairs = dict(line.split("=", 1) for line in outputs.read_text().splitlines())
        return ran, pairs, summary.read_text()

    def sample_once(self):
        dist = self.folder / "dist"
        return dist if dist.exists() else self.sample()

    def test_outputs_and_summary(self) -> None:
        _, outputs, summary = self.step(arguments="--runtime nodejs22.x --keep 'node modules/**'")
        contents = (self.folder / "function.zip").read_bytes()
        self.assertEqual(outputs["path"], "function.zip")
        self.assertEqual(outputs["bytes"], str(len(contents)))
        self.assertEqual(outputs["sha256"], hashlib.sha256(contents).hexdigest())
        self.assertIn("TypeScript", summary)

    def test_what_goes_wrong_is_an_annotation_and_the_exit_code(self) -> None:
        over = (f"--with-layer {support.FULL_LAYER}", 3, support.OVER_LIMIT)
        for arguments, code, word in [("--budget files=1", 3, "LS905"), ("--levle safe", 2, "--levle"), over]:
            ran, outputs, summary = self.step(code=code, arguments=arguments)
            [annotation] = [line for line in ran.stdout.splitlines() if line.startswith("::error")]
            self.assertIn(word, annotation)
            self.assertIn(word, summary)
        ran, _, _ = self.step(code=None, program="./nothing")
        self.assertIn("::error", ran.stdout)


if __name__ == "__main__":
    unittest.main()
