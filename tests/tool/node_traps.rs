//! What slimmers of `node_modules` are known to break: each file here was missed by somebody, and stays at every level.

use crate::support::Case;

/// A function with `own_code` and one package.
struct Function {
    own_code: &'static str,
    package: &'static str,
    manifest: &'static str,
    /// The code of the package: its `index.js`.
    code: &'static str,
}

/// Whose package.json says nothing, and which the function loads.
const PLAIN: Function = Function {
    own_code: "const lib = require('lib');",
    package: "lib",
    manifest: r#"{"name": "lib", "version": "1.0.0"}"#,
    code: "",
};

impl Function {
    fn case(&self, file: &str) -> Case {
        let at = |name: &str| format!("dist/node_modules/{}/{name}", self.package);
        Case::new()
            .file("dist/index.js", self.own_code)
            .file(&at("package.json"), self.manifest)
            .file(&at("LICENSE"), "MIT")
            .file(&at("index.js"), self.code)
            .file(&at(file), "module.exports = 'some words';\n")
    }

    /// `file` of the package stays, at every level.
    #[track_caller]
    fn keeps(&self, file: &str) {
        for level in ["safe", "balanced", "aggressive"] {
            let case = self.case(file);
            case.pack(&format!("dist --level {level}")).ok();
            let path = format!("node_modules/{}/{file}", self.package);
            assert!(case.entry("dist.zip", &path).is_some(), "{file} at {level}");
        }
    }
}

/// `file` stays for the sake of `code` in the package.
#[track_caller]
fn keeps(file: &str, code: &'static str) {
    Function { code, ..PLAIN }.keeps(file);
}

#[test]
fn folders_that_are_called_doc_hold_code() {
    // yaml, exceljs, googleapis (the API of Google Docs) and its neighbour for testing.
    keeps(
        "dist/doc/directives.js",
        "require('./dist/doc/directives.js')",
    );
    keeps("lib/doc/workbook.js", "require('./lib/doc/workbook')");
    keeps(
        "build/src/apis/docs/v1.js",
        "require('./build/src/apis/docs/v1')",
    );
    keeps(
        "build/src/apis/testing/v1.js",
        "require('./build/src/apis/testing/v1')",
    );
}

#[test]
fn folders_that_are_called_tests_testing_or_examples_hold_code() {
    // langchain, @langchain/core, rxjs, three.
    keeps(
        "dist/agents/tests/utils.cjs",
        "require('./dist/agents/tests/utils.cjs')",
    );
    keeps(
        "dist/testing/index.cjs",
        "require('./dist/testing/index.cjs')",
    );
    Function {
        own_code: "require('lib/testing'); import('lib/addons/controls.js');",
        manifest: r#"{"name": "lib", "exports": {"./testing": "./testing/index.js", "./addons/*": "./examples/jsm/*"}}"#,
        ..PLAIN
    }
    .keeps("testing/index.js");
    Function {
        own_code: "import('lib/addons/controls.js');",
        manifest: r#"{"name": "lib", "exports": {"./addons/*": "./examples/jsm/*"}}"#,
        ..PLAIN
    }
    .keeps("examples/jsm/controls.js");
}

#[test]
fn modules_that_are_called_test_are_modules() {
    // mocha, supertest, core-js.
    keeps("lib/test.js", "exports.Test = require('./lib/test');");
    keeps(
        "modules/es.regexp.test.js",
        "require('./modules/es.regexp.test');",
    );
}

#[test]
fn modules_that_are_called_like_papers_are_modules() {
    // readme-md-generator, jsdom, aws-sdk 2, highlight.js, @shikijs/langs.
    keeps("src/readme.js", "require('./src/readme')");
    keeps(
        "generated/idl/History.js",
        "require('./generated/idl/History.js')",
    );
    keeps(
        "clients/licensemanager.js",
        "exports.LicenseManager = require('./clients/licensemanager')",
    );
    keeps(
        "lib/languages/makefile.js",
        "register('makefile', require('./lib/languages/makefile'))",
    );
    Function {
        own_code: "import('lib/makefile')",
        manifest: r#"{"name": "lib", "exports": {"./*": "./dist/*.mjs"}}"#,
        ..PLAIN
    }
    .keeps("dist/makefile.mjs");
    keeps(
        "dist/logo.mjs",
        "const names = ['logo']; import(`./dist/${names[0]}.mjs`)",
    );
}

#[test]
fn data_that_is_called_example_is_data() {
    // libphonenumber-js.
    Function {
        own_code: "require('lib/examples.mobile.json')",
        ..PLAIN
    }
    .keeps("examples.mobile.json");
}

#[test]
fn packages_may_have_any_name() {
    // cheerio needs `lodash.map`, exceljs `tmp`; `History.md` is a paper, `history` a router.
    for (package, own_code) in [
        ("lodash.map", "require('lodash.map')"),
        ("tmp", "require('tmp')"),
        ("history", "require('history')"),
        ("@standard-schema/spec", "require('@standard-schema/spec')"),
        ("docs", "require('docs')"),
    ] {
        let function = Function {
            own_code,
            package,
            manifest: "{}",
            code: "require('./lib')",
        };
        function.keeps("lib.js");
        function.keeps("package.json");
    }
}

#[test]
fn configurations_that_others_inherit_stay() {
    // ts-node reads `@tsconfig/node16`.
    Function {
        own_code: "require('fs').readFileSync(require.resolve('lib/tsconfig.json'))",
        ..PLAIN
    }
    .keeps("tsconfig.json");
}

#[test]
fn declarations_that_a_compiler_reads_stay() {
    keeps(
        "lib/lib.es5.d.ts",
        "const libraries = ['lib.es5.d.ts', 'lib.dom.d.ts'];",
    );
    keeps(
        "lib/lib.dom.d.ts",
        "const libraries = ['lib.es5.d.ts', 'lib.dom.d.ts'];",
    );
    Function {
        own_code: "require('typescript')",
        package: "typescript",
        ..PLAIN
    }
    .keeps("lib/lib.d.ts");
}

#[test]
fn folders_that_are_served_stay_whole() {
    // swagger-ui-dist, @bull-board/ui, istanbul-reports, @sanity/client.
    const SERVES: &str = "exports.getAbsoluteFSPath = () => __dirname;";
    for file in [
        "favicon-32x32.png",
        "index.html",
        "ui-bundle.js",
        "ui.css",
        "assets/logo.svg",
    ] {
        keeps(file, SERVES);
    }
    keeps(
        "dist/static/images/logo.png",
        "app.use(static(require('path').join(__dirname, 'dist/static')))",
    );
    keeps(
        "dist/static/ui.js",
        "app.use(static(require('path').join(__dirname, 'dist/static')))",
    );
}

#[test]
fn sources_that_are_handed_out_stay() {
    // create-vite copies its templates as folders, and names none of their files.
    keeps("template-vanilla-ts/src/main.ts", "");
    keeps("lib/templates/component.tsx", "");
}

#[test]
fn builds_that_a_server_hands_out_stay() {
    for own_code in [
        "app.use('/vendor', express.static(__dirname + '/node_modules'))",
        "app.use(express.static(path.resolve('node_modules', 'lib', 'umd')))",
    ] {
        let served = Function {
            own_code,
            package: "lib",
            ..PLAIN
        };
        served.keeps("umd/lib.min.js");
    }
}

#[test]
fn builds_that_a_bundler_takes_stay() {
    let bundler = Function {
        package: "esbuild",
        manifest: r#"{"name": "esbuild", "module": "esm/index.js", "main": "index.js"}"#,
        own_code: "require('esbuild').build({ entryPoints: ['client.jsx'] })",
        ..PLAIN
    };
    let case = bundler.case("esm/index.js");
    case.pack("dist").ok();
    let path = "node_modules/esbuild/esm/index.js";
    assert!(case.entry("dist.zip", path).is_some());
}

#[test]
fn engines_that_are_found_by_the_extension_of_a_view_stay() {
    // Express requires `pug` for index.pug.
    let views = Function {
        own_code: "app.render('index.pug', send)",
        package: "pug",
        ..PLAIN
    };
    let case = views
        .case("lib/parser.js")
        .file("dist/views/index.pug", "p Hello");
    case.pack("dist --level aggressive").ok();
    for file in ["index.js", "lib/parser.js"] {
        let path = format!("node_modules/pug/{file}");
        assert!(case.entry("dist.zip", &path).is_some(), "{file}");
    }
}

#[test]
fn code_that_only_a_condition_of_some_node_versions_finds_stays() {
    // async-function: nodejs20 and 22 start without `module-sync`, other versions with it.
    let both = Function {
        manifest: r#"{"name": "lib", "exports": {".": [{"module-sync": "./require.mjs", "default": "./main.js"}]}}"#,
        ..PLAIN
    };
    both.keeps("require.mjs");
    both.keeps("main.js");
}

#[test]
fn files_that_a_worker_runs_stay() {
    // pino, thread-stream.
    keeps(
        "lib/worker.js",
        "new Worker(require('path').join(__dirname, 'lib', 'worker.js'))",
    );
    keeps(
        "lib/w.js",
        "new Worker(new URL('./lib/w.js', `file://${__filename}`))",
    );
}

#[test]
fn what_is_compressed_stays_compressed() {
    // kuromoji, geo-tz, chromium: their code reads exactly these.
    for file in [
        "dict/base.dat.gz",
        "data/zones.json.gz",
        "bin/chromium.br",
        "db/image.tar.gz",
    ] {
        keeps(file, "");
    }
}

#[test]
fn generated_clients_beside_packages_stay() {
    let case = Case::new()
        .file(
            "dist/index.js",
            "const { PrismaClient } = require('@prisma/client');",
        )
        .file(
            "dist/node_modules/@prisma/client/package.json",
            r#"{"name": "@prisma/client", "main": "index.js"}"#,
        )
        .file(
            "dist/node_modules/@prisma/client/index.js",
            "module.exports = require('.prisma/client');",
        )
        .file(
            "dist/node_modules/.prisma/client/index.js",
            "exports.PrismaClient = class {};",
        )
        .file(
            "dist/node_modules/.prisma/client/schema.prisma",
            "datasource db {}",
        );
    for level in ["safe", "balanced", "aggressive"] {
        case.pack(&format!("dist --level {level}")).ok();
        for file in ["index.js", "schema.prisma"] {
            let path = format!("node_modules/.prisma/client/{file}");
            assert!(case.entry("dist.zip", &path).is_some(), "{file} at {level}");
        }
    }
}

#[test]
fn programs_that_code_starts_by_their_link_stay() {
    let case = Case::new()
        .file(
            "dist/index.js",
            "require('child_process').spawn('node_modules/.bin/esbuild')",
        )
        .file(
            "dist/node_modules/esbuild/package.json",
            r#"{"name": "esbuild", "bin": "bin/esbuild"}"#,
        )
        .file(
            "dist/node_modules/esbuild/bin/esbuild",
            "#!/usr/bin/env node\n",
        )
        .mode("dist/node_modules/esbuild/bin/esbuild", 0o755)
        .link("dist/node_modules/.bin/esbuild", "../esbuild/bin/esbuild");
    for level in ["safe", "balanced", "aggressive"] {
        case.pack(&format!("dist --level {level}")).ok();
        let listing = case.listing("dist.zip");
        assert!(
            listing.contains("0755      20 node_modules/esbuild/bin/esbuild"),
            "{listing}"
        );
        assert!(
            listing.contains("node_modules/.bin/esbuild ->"),
            "{listing}"
        );
    }
}

#[test]
fn what_a_manifest_says_at_run_time_stays() {
    let manifest = r##"{
        "name": "lib", "version": "1.2.3", "type": "commonjs", "main": "index.js", "license": "MIT",
        "author": "Ada", "engines": {"node": ">=18"}, "dependencies": {"a": "^1"}, "oclif": {"commands": "./lib"},
        "exports": {"node": "./index.js", "default": "./index.js"}, "imports": {"#x": "./index.js"},
        "scripts": {"test": "tap"}, "devDependencies": {"tap": "1"}, "keywords": ["words"]
    }"##;
    let function = Function { manifest, ..PLAIN };
    let case = function.case("lib/a.js");
    case.pack("dist --level aggressive").ok();
    let path = "node_modules/lib/package.json";
    snapshot!(case.entry("dist.zip", path).unwrap(), @r##"{"name":"lib","version":"1.2.3","type":"commonjs","main":"index.js","license":"MIT","author":"Ada","engines":{"node":">=18"},"dependencies":{"a":"^1"},"oclif":{"commands":"./lib"},"exports":{"node":"./index.js","default":"./index.js"},"imports":{"#x":"./index.js"}}"##);
    let reads_itself = Function {
        code: "const { scripts } = require('./package.json');",
        ..function
    };
    let case = reads_itself.case("lib/a.js");
    case.pack("dist --level aggressive").ok();
    let text = case.entry("dist.zip", path).unwrap();
    assert!(text.contains(r#""scripts":{"test":"tap"}"#), "{text}");
}
