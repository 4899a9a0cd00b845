from importlib import metadata

import pygments
from pygments.formatters import HtmlFormatter, get_all_formatters
from pygments.lexers import get_lexer_by_name
from stevedore import ExtensionManager


def lambda_handler(event, context):
    distributions = sorted(metadata.distributions(), key=lambda found: found.name.lower())
    files = metadata.files("stevedore")
    points = metadata.entry_points(group=event["group"])
    return {
        "versions": [[found.name, found.version, found.requires] for found in distributions],
        "files": sorted(str(file) for file in files if file.suffix == ".py"),
        "read": len(next(file for file in files if file.name == "extension.py").read_text()) > 0,
        "modules": [metadata.packages_distributions().get(name) for name in ("pygments", "stevedore")],
        "sources": sum(file.suffix == ".py" for file in metadata.distribution("pygments").files) > 100,
        "points": sorted([point.name, point.value] for point in points),
        "managed": sorted(ExtensionManager(event["group"], invoke_on_load=False).names()),
        "summary": metadata.metadata("Pygments")["Summary"],
        "html": pygments.highlight("print('a')", get_lexer_by_name("python"), HtmlFormatter(nowrap=True)),
        "formatters": len(list(get_all_formatters())),
    }
