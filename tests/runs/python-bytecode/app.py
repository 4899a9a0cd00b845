import importlib
import inspect
import traceback

from jinja2 import Template

WORDS = {"b", "a", "c"}


def outcome(handler, name):
    try:
        return handler.call(name)
    except ValueError as error:
        line = traceback.extract_tb(error.__traceback__)[-1]
        return [line.name, line.lineno, line.line]


def lambda_handler(event, context):
    # Nothing spells this name out, so no bytecode is made for the module.
    handler = importlib.import_module(".".join(["handlers", event["handler"]]))
    page = Template("{% for word in words %}{{ word }} {% endfor %}{{ name | upper }}")
    return {
        "outcome": outcome(handler, event["name"]),
        "page": page.render(words=sorted(WORDS), name=event["name"]),
        "source": inspect.getsource(handler.call),
        "defaults": str(inspect.signature(handler.call)),
    }
