//! The packages that most cases start from.

use crate::support::Case;

/// A Node.js function with one dependency that carries everything rules take, and what looks like it and stays.
pub(crate) fn node() -> Case {
    let declarations = "export declare function left(text: string, width: number): string;\n";
    let map = format!(
        r#"{{"version":3,"sources":["../src/index.ts"],"mappings":"{}"}}"#,
        "AAAA;".repeat(400)
    );
    Case::new()
        .file("dist/index.js", "const left = require('left');\nexports.handler = async () => left('x', 3);\n")
        .file("dist/package.json", r#"{"name":"app","dependencies":{"left":"1.0.0"}}"#)
        .file("dist/README.md", "# App\n")
        .file("dist/docs/guide.md", "How it works.\n")
        .file("dist/test/words.txt", "one two\n")
        .file("dist/node_modules/.package-lock.json", "{}\n")
        .file("dist/node_modules/left/package.json", r#"{"name":"left","version":"1.0.0","main":"index.js","types":"index.d.ts","bin":"cli.js"}"#)
        .file("dist/node_modules/left/index.js", "module.exports = require('./lib/doc/pad');\n//# sourceMappingURL=index.js.map\n")
        .file("dist/node_modules/left/index.js.map", map)
        .file("dist/node_modules/left/index.d.ts", declarations.repeat(20))
        .file("dist/node_modules/left/lib/doc/pad.js", "module.exports = (text, width) => text.padStart(width);\n")
        .file("dist/node_modules/left/lib/words.md", "Not at the root of the package.\n")
        .file("dist/node_modules/left/cli.js", "#!/usr/bin/env node\nconsole.log(require('.')('x', 3));\n")
        .mode("dist/node_modules/left/cli.js", 0o775)
        .file("dist/node_modules/left/README.md", "# left\n\nPads on the left.\n")
        .file("dist/node_modules/left/CHANGELOG.md", "## 1.0.0\n")
        .file("dist/node_modules/left/LICENSE", "MIT, (c) somebody\n")
        .link("dist/node_modules/.bin/left", "../left/cli.js")
        .link("dist/node_modules/.bin/left-cli", "../left/cli.js")
}

/// A Python function with one distribution, for 3.12.
pub(crate) fn python() -> Case {
    let record = [
        "six/__init__.py,sha256=x,1",
        "six/__init__.pyi,sha256=x,1",
        "six/py.typed,,",
        "six/docs/pages.py,,",
        "six/docs/terms.txt,,",
        "six/__pycache__/__init__.cpython-311.pyc,,",
        "six/__pycache__/__init__.cpython-312.pyc,,",
        "six-1.0.dist-info/RECORD,,",
    ];
    Case::new()
        .file(
            "app/handler.py",
            "import six\n\n\ndef handler(event, context):\n    return six.twelve()\n",
        )
        .file("app/requirements.txt", "six==1.0\n")
        .file("app/tests/test_handler.py", "import handler\n")
        .file("app/docs/terms.txt", "Terms.\n")
        .file("app/six/__init__.py", "from .docs.pages import twelve\n")
        .file(
            "app/six/__init__.pyi",
            "def twelve() -> int: ...\n".repeat(20),
        )
        .file("app/six/py.typed", "")
        .file("app/six/docs/pages.py", "def twelve():\n    return 12\n")
        .file("app/six/docs/terms.txt", "one\ntwo\n")
        .file(
            "app/six/__pycache__/__init__.cpython-311.pyc",
            "eleven".repeat(50),
        )
        .file(
            "app/six/__pycache__/__init__.cpython-312.pyc",
            "twelve".repeat(50),
        )
        .file(
            "app/six-1.0.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: six\nVersion: 1.0\n",
        )
        .file("app/six-1.0.dist-info/RECORD", record.join("\n"))
        .file("app/six-1.0.dist-info/INSTALLER", "pip\n")
        .file("app/six-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")
        .file(
            "app/six-1.0.dist-info/entry_points.txt",
            "[x]\ny = six:twelve\n",
        )
        .file("app/six-1.0.dist-info/top_level.txt", "six\n")
        .file(
            "app/six-1.0.dist-info/licenses/LICENSE",
            "MIT, (c) somebody\n",
        )
}
