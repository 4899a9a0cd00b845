"""Compiles N.py to N.pyc in the folder that is the first argument, for every N that names.json has a name for.

Says its version first, then the number and the error of each source that it cannot compile. Runs no code of the sources.
"""
import json
import py_compile
import sys
import warnings

# Warnings about a source are for its author.
warnings.simplefilter("ignore")
folder = sys.argv[1]
print(sys.implementation.cache_tag, ".".join(map(str, sys.version_info[:3])), flush=True)
with open(folder + "/names.json", encoding="utf-8") as file:
    names = json.load(file)
unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
for number, name in enumerate(names):
    source = "%s/%d.py" % (folder, number)
    try:
        py_compile.compile(source, source + "c", name, doraise=True, optimize=0, invalidation_mode=unchecked)
    except py_compile.PyCompileError as error:
        print(number, ascii(str(error.exc_value))[1:-1])
