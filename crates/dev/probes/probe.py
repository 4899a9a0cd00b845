"""Loads a handler as Lambda's Python run time does and calls it once for each event."""
import importlib
import json
import pathlib
import sys

task, handler, exchange = sys.argv[1:]
sys.path[0:0] = [task]
module, _, name = handler.replace("/", ".").rpartition(".")
call = getattr(importlib.import_module(module), name)
folder = pathlib.Path(exchange)
for number in range(len(list(folder.glob("event-*.json")))):
    event = json.loads((folder / f"event-{number}.json").read_text())
    (folder / f"answer-{number}.json").write_text(json.dumps(call(event, None)))
