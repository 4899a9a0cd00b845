"""`lambda-slim/cdk` in the example, with the real CDK: synthesised offline, without Docker."""

import json
import shutil
import unittest
import zipfile

import support
from support import Case, run

PACKAGES = [
    "aws-cdk@2.1148.1",
    "aws-cdk-lib@2.276.0",
    "constructs@10.8.1",
    "esbuild@0.28.2",
    "tsx@4.20.6",
    "typescript@5.9.3",
    "@types/node@22.19.0",
]


class Cdk(Case):
    @classmethod
    def setUpClass(cls) -> None:
        cls.modules = support.npm_install("cdk", *PACKAGES) / "node_modules"

    def app(self, name: str = "cdk", text: str | None = None):
        """A copy of the example, perhaps with another app."""
        project = self.folder / name
        shutil.copytree(support.ROOT / "examples" / "cdk", project)
        (project / "node_modules").symlink_to(self.modules)
        # `npm install` writes it; NodejsFunction looks for it.
        (project / "package-lock.json").write_text("{}")
        if text is not None:
            (project / "app.ts").write_text(text)
        return project

    def synth(self, project, code=0, **environment):
        # Docker must never be asked: this one would fail.
        environment = {"CDK_DOCKER": "false", "HOME": self.folder, **environment}
        return run("node_modules/.bin/cdk", "synth", "--no-notices", cwd=project, code=code, **environment)

    def assets(self, project) -> dict[str, dict]:
        """The assets of code by their hash."""
        manifest = json.loads(next(project.glob("cdk.out/*.assets.json")).read_text())
        files = manifest["files"].items()
        return {hash: file["source"] for hash, file in files if not file["source"]["path"].endswith(".template.json")}

    def names(self, project, kind: str) -> list[list[str]]:
        zips = [source["path"] for source in self.assets(project).values() if source["packaging"] == kind]
        return sorted(sorted(zipfile.ZipFile(project / "cdk.out" / path).namelist()) for path in zips)

    def test_functions_and_layers_are_slimmed(self) -> None:
        project = self.app()
        run("node_modules/.bin/tsc", "-p", ".", cwd=project)
        stays = ["LICENSE", "index.js", "package.json"]
        ran = self.synth(project)
        self.assertTrue(ran.stdout.startswith("Resources:"), ran.stdout[:200])
        self.assertNotIn("lambda-slim", ran.stdout)
        self.assertRegex(ran.stderr, r"lambda-slim: function: [\d.]+ k?B → [\d.]+ k?B unzipped, [\d.]+ k?B zipped\n")
        self.assertEqual(
            self.names(project, "file"),
            [
                ["index.js", *(f"node_modules/greet/{name}" for name in stays)],
                [f"nodejs/node_modules/shared/{name}" for name in stays],
            ],
        )
        (bundled,) = [source for source in self.assets(project).values() if source["packaging"] == "zip"]
        self.assertEqual([path.name for path in (project / "cdk.out" / bundled["path"]).iterdir()], ["index.js"])
        # The CDK uploads our bytes.
        run(support.BINARY, "pack", "function", "-o", "same.zip", "--runtime=nodejs22.x", cwd=project)
        same = (project / "same.zip").read_bytes()
        zips = [(project / "cdk.out" / source["path"]) for source in self.assets(project).values()]
        self.assertIn(same, [path.read_bytes() for path in zips if path.is_file()])

    def test_hashes_are_stable(self) -> None:
        project = self.app()
        self.synth(project)
        first = set(self.assets(project))
        self.synth(project)
        self.assertEqual(set(self.assets(project)), first, "a second synthesis")
        moved = self.app("elsewhere/deep")
        self.synth(moved)
        self.assertEqual(set(self.assets(moved)), first, "another place")
        (moved / "function" / "index.js").write_text("exports.handler = async () => 'changed';\n")
        self.synth(moved)
        self.assertEqual(len(set(self.assets(moved)) - first), 1, "one asset changed")

    def test_one_folder_with_different_options_makes_two_assets(self) -> None:
        project = self.app(
            text="""
            import { App, Stack } from 'aws-cdk-lib';
            import * as lambda from 'aws-cdk-lib/aws-lambda';
            import { slimCode } from 'lambda-slim/cdk';
            const stack = new Stack(new App(), 'Example');
            for (const keep of [['**/*.md'], ['**/*.d.ts']]) {
              new lambda.Function(stack, keep[0].replace(/\\W/g, ''), {
                runtime: lambda.Runtime.NODEJS_22_X, handler: 'index.handler', code: slimCode('function', { keep }),
              });
            }"""
        )
        self.synth(project)
        kept = [{name.rsplit("/")[-1] for name in names} & {"README.md", "index.d.ts"} for names in self.names(project, "file")]
        self.assertEqual(sorted(map(sorted, kept)), [["README.md"], ["index.d.ts"]])

    def one_function(self, options: str):
        return self.app(
            text=f"""
            import {{ App, Stack }} from 'aws-cdk-lib';
            import * as lambda from 'aws-cdk-lib/aws-lambda';
            import {{ slimCode }} from 'lambda-slim/cdk';
            new lambda.Function(new Stack(new App(), 'Example'), 'Api', {{
              runtime: lambda.Runtime.NODEJS_22_X, handler: 'index.handler', code: slimCode('function', {options} as any),
            }});"""
        )

    def test_a_quiet_asset_says_nothing(self) -> None:
        ran = self.synth(self.one_function("{ quiet: true }"))
        self.assertNotIn("lambda-slim", ran.stdout + ran.stderr)
        self.assertEqual(len(self.names(self.folder / "cdk", "file")), 1)

    def test_a_missed_budget_fails_the_synthesis(self) -> None:
        project = self.one_function("{ budget: ['files=1'] }")
        for _ in range(2):
            ran = self.synth(project, code=1)
            self.assertIn("over the budget of 1", ran.stderr)
            self.assertIn("exit code 3", ran.stderr)
        app = project / "app.ts"
        app.write_text(app.read_text().replace("files=1", "files=100"))
        self.synth(project)
        self.assertEqual(len(self.names(project, "file")), 1)

    def test_an_over_limit_package_fails_the_synthesis(self) -> None:
        ran = self.synth(self.one_function("{ withLayer: ['262144000'] }"), code=1)
        self.assertIn("over Lambda's limit of 262144000 bytes unzipped", ran.stderr)

    def test_a_wrong_option_is_named(self) -> None:
        ran = self.synth(self.one_function("{ levle: 'safe' }"), code=1)
        self.assertIn("has no option `levle`", ran.stderr)
        shutil.rmtree(self.folder / "cdk")
        ran = self.synth(self.one_function("{ level: 'wild' }"), code=1)
        self.assertIn("possible values: safe, balanced, aggressive", ran.stderr)

    def test_a_missing_binary_is_explained(self) -> None:
        ran = self.synth(self.one_function("{}"), code=1, LAMBDA_SLIM_BINARY="/nowhere")
        self.assertIn("LAMBDA_SLIM_BINARY names no file", ran.stderr)
        app = self.folder / "cdk" / "app.ts"
        app.write_text(app.read_text().replace("{} as any", "{ dockerImage: 'own/image' } as any"))
        ran = self.synth(self.folder / "cdk", code=1, LAMBDA_SLIM_BINARY="/nowhere")
        self.assertIn("Docker starts own/image instead", ran.stderr)


if __name__ == "__main__":
    unittest.main()
