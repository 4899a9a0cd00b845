//! `layer`: what is given goes where Lambda looks for it.

use crate::sample_elf;
use crate::support::Case;

/// The paths of the layer that the arguments make, one a line.
#[track_caller]
fn layer(case: &Case, arguments: &str) -> String {
    case.run(&format!("layer {arguments} -o layer.zip")).ok();
    let listing = case.listing("layer.zip");
    let paths = listing
        .lines()
        .map(|line| line.split_whitespace().nth(2).unwrap());
    paths.collect::<Vec<_>>().join("\n")
}

#[test]
fn site_packages_go_under_python() {
    let case = Case::new()
        .file("site/requests/__init__.py", "")
        .file("site/requests-2.0.dist-info/METADATA", "Name: requests")
        .file("site/requests-2.0.dist-info/RECORD", "")
        .file("modules/shared/__init__.py", "");
    snapshot!(layer(&case, "site"), @r"
    python/requests-2.0.dist-info/METADATA
    python/requests-2.0.dist-info/RECORD
    python/requests/__init__.py
    ");
    snapshot!(layer(&case, "modules"), @"python/shared/__init__.py");
}

#[test]
fn a_virtual_environment_gives_its_site_packages() {
    let case = Case::new()
        .file(".venv/pyvenv.cfg", "home = /usr/bin")
        .file(".venv/lib/python3.13/site-packages/left.py", "")
        .link(".venv/bin/python", "/usr/bin/env");
    let ran = case.run("layer .venv").ok();
    snapshot!(ran.head(), @r"
    lambda-slim [version]  .venv → venv-layer.zip
    python (from *.py) · architecture unknown · layer · balanced
    ");
    snapshot!(case.listing("venv-layer.zip"), @"0644       0 python/left.py");
    assert!(
        ran.stderr
            .contains("laid out as a layer: a virtual environment → python/"),
        "{ran}"
    );
}

/// What `python -m venv` makes, with one package that holds `code`.
fn environment(requirements: &str, code: &str) -> Case {
    let case = Case::new()
        .file(".venv/pyvenv.cfg", "home = /usr/bin")
        .folder(".venv/include/python3.13")
        .file(".venv/bin/activate", "");
    let metadata = format!("Name: left\n{requirements}");
    let files = [
        ("left/__init__.py", code),
        ("left-1.0.dist-info/METADATA", &metadata),
        ("left-1.0.dist-info/RECORD", "left/__init__.py,,\n"),
        ("pip/__init__.py", "main = 1"),
        ("pip-23.2.dist-info/METADATA", "Name: pip"),
        ("pip-23.2.dist-info/RECORD", "pip/__init__.py,,\n"),
    ];
    files.into_iter().fold(case, |case, (name, contents)| {
        case.file(
            &format!(".venv/lib/python3.13/site-packages/{name}"),
            contents,
        )
    })
}

#[test]
fn pip_of_an_environment_stays_out_where_nothing_asks_for_it() {
    let case = environment("", "x = 1");
    snapshot!(layer(&case, ".venv"), @r"
    python/left-1.0.dist-info/METADATA
    python/left-1.0.dist-info/RECORD
    python/left/__init__.py
    ");
    let ran = case.run("layer .venv -o layer.zip -v").ok();
    assert!(!ran.stderr.contains("empty folder"), "{ran}");
    let left_out = "of a virtual environment, `bin/activate` is no part of a layer, like 1 more";
    assert!(ran.stderr.contains(left_out), "{ran}");
    // Somebody may have asked for it where it does not come with an environment.
    let site = ".venv/lib/python3.13/site-packages";
    assert!(layer(&case, site).contains("python/pip/"));
    assert!(layer(&case, ".venv --disable LS226").contains("python/pip/"));
    // Or where they come with an environment, and not with another input.
    let beside = case.file("vendor/right/__init__.py", "");
    assert!(layer(&beside, ".venv vendor").contains("python/pip/"));
    let holds = |case: &Case| layer(case, ".venv").contains("python/pip/");
    assert!(holds(&environment("", "import pip")));
    assert!(holds(&environment("Requires-Dist: pip (>=20)\n", "")));
}

#[test]
fn setuptools_of_an_environment_is_advised_against() {
    let site = ".venv/lib/python3.13/site-packages";
    let with_setuptools = |code: &str| {
        environment("", code)
            .file(&format!("{site}/setuptools/__init__.py"), "main = 1")
            .file(&format!("{site}/pkg_resources/__init__.py"), "main = 2")
            .file(
                &format!("{site}/setuptools-65.5.0.dist-info/METADATA"),
                "Name: setuptools",
            )
            .file(
                &format!("{site}/setuptools-65.5.0.dist-info/RECORD"),
                "setuptools/__init__.py,,\npkg_resources/__init__.py,,\n",
            )
    };
    let case = with_setuptools("x = 1");
    let ran = case.run("layer .venv -o layer.zip").ok();
    let told: Vec<&str> = ran
        .stderr
        .lines()
        .filter(|line| line.contains("LS227"))
        .collect();
    snapshot!(told.join("\n"), @"advice[LS227]: python/pkg_resources/__init__.py: setuptools of an environment, 4 files, 85 B");
    // The code of the function is not known, so all of it stays.
    assert!(layer(&case, ".venv").contains("python/pkg_resources/"));
    let is_told = |case: &Case, input: &str| {
        let ran = case.run(&format!("layer {input} -o layer.zip -v")).ok();
        ran.stderr.contains("LS227")
    };
    assert!(!is_told(&case, site));
    assert!(!is_told(&with_setuptools("import pkg_resources"), ".venv"));
    assert!(!is_told(&environment("", "x = 1"), ".venv"));
}

#[test]
fn files_that_go_along_are_told() {
    let case = Case::new()
        .file("app/package.json", "{}")
        .file("app/README.md", "read")
        .file("app/shared.js", "1")
        .file("app/node_modules/left/index.js", "");
    let ran = case.run("layer app -o layer.zip -v").ok();
    let told = ran
        .stderr
        .lines()
        .skip_while(|line| !line.contains("LS937"));
    snapshot!(told.take(2).collect::<Vec<_>>().join("\n"), @r"
    advice[LS937]: `README.md` went along, to `/opt/nodejs/README.md`, like 1 more beside node_modules
      help: code finds it by that path alone; --drop leaves it out
    ");
    let alone = case.run("layer app/node_modules -o layer.zip -v").ok();
    assert!(!alone.stderr.contains("LS937"), "{alone}");
}

#[test]
fn packages_for_one_version_have_their_own_place() {
    let case = Case::new()
        .file("app/node_modules/left/index.js", "")
        .file("site/left.py", "");
    let versioned = |arguments: &str| layer(&case, &format!("{arguments} --versioned"));
    snapshot!(versioned("app --runtime nodejs22.x"), @"nodejs/node22/node_modules/left/index.js");
    snapshot!(versioned("site --runtime python3.13"), @"python/lib/python3.13/site-packages/left.py");
    for wrong in ["", "--runtime nodejs", "--runtime java21"] {
        let ran = case.run(&format!("layer app --versioned -o wrong.zip {wrong}"));
        assert_eq!(ran.code, 2, "{ran}");
        assert!(ran.stderr.contains("--versioned"), "{ran}");
        assert!(!case.exists("wrong.zip"));
    }
    // What is laid out for one version stays there, and the run time of the layer is held against it.
    fs_err::create_dir_all(case.path("opt/nodejs")).unwrap();
    case.write("opt/nodejs/node20/node_modules/left/index.js", "");
    let at = "nodejs/node20/node_modules/left/index.js";
    for options in [
        "",
        "--runtime nodejs20.x",
        "--runtime nodejs22.x --versioned",
    ] {
        assert_eq!(layer(&case, &format!("opt {options}")), at);
    }
    let told = |options: &str| {
        let ran = case.run(&format!("layer opt -o layer.zip {options}")).ok();
        ran.stderr.contains("LS938")
    };
    assert!(!told("") && !told("--runtime nodejs20.x"));
    assert!(told("--runtime nodejs22.x"));
    snapshot!(case.run("check opt --kind layer --runtime nodejs22.x").stdout, @r"
    opt  nodejs22.x · layer
      0 B unzipped (0%) · zip 178 B (0%) · 1 file
    warning[LS938]: nodejs/node20/: what lies there is for version 20 alone, and nodejs22.x does not look there
      help: lay the packages of nodejs22.x out without a version, or with `layer --versioned`

    1 package: 1 warning
    ");
    case.write("opt/nodejs/node22/node_modules/left/index.js", "");
    assert!(!told("--runtime nodejs22.x"));
}

/// What is said of a layer that is packed as it is.
fn as_it_is(files: &[&str]) -> String {
    let case = files.iter().fold(Case::new(), |case, path| {
        case.file(&format!("opt/{path}"), "x = 1")
    });
    let ran = case.run("check opt -q --kind layer");
    let lines = ran.stdout.lines();
    let told: Vec<&str> = lines.skip_while(|line| !line.contains("LS939")).collect();
    told.into_iter().take(2).collect::<Vec<_>>().join("\n")
}

#[test]
fn packages_at_the_root_of_a_layer_are_told() {
    snapshot!(as_it_is(&["requests/__init__.py", "requests/api.py", "shared.py"]), @r"
    warning[LS939]: requests/__init__.py: in a layer it is found only as `python/requests/__init__.py`, like 1 more of Python modules
      help: `lambda-slim layer opt` lays it out; fine where all code names its path below /opt
    ");
    let told = |files: &[&str]| {
        as_it_is(files)
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    snapshot!(told(&["left/api.py", "left-1.0.dist-info/METADATA", "bin/left"]), @"warning[LS939]: left/api.py: in a layer it is found only as `python/left/api.py`");
    snapshot!(told(&["node_modules/left/index.js", "package.json"]), @"warning[LS939]: node_modules/left/index.js: in a layer it is found only as `nodejs/node_modules/left/index.js`");
    snapshot!(told(&["lib/a.jar", "lib/b.jar"]), @"warning[LS939]: lib/a.jar: in a layer it is found only as `java/lib/a.jar`, like 1 more of jars");
    snapshot!(told(&["ruby/3.4.0/gems/left-1.0/lib/left.rb"]), @"warning[LS939]: ruby/3.4.0/gems/left-1.0/lib/left.rb: in a layer it is found only as `ruby/gems/3.4.0/gems/left-1.0/lib/left.rb`");
    snapshot!(told(&["lib/python3.13/site-packages/left.py"]), @"warning[LS939]: lib/python3.13/site-packages/left.py: in a layer it is found only as `python/lib/python3.13/site-packages/left.py`");
    snapshot!(told(&["python/site-packages/left/__init__.py", "python/site-packages/left/api.py"]), @"warning[LS939]: python/site-packages/left/__init__.py: in a layer it is found only as `python/left/__init__.py`, like 1 more of site-packages");
    snapshot!(told(&["Python/left/api.py", "Python/left-1.0.dist-info/METADATA"]), @"warning[LS939]: Python/left/api.py: in a layer it is found only as `python/left/api.py`");
    snapshot!(told(&["Python/left.py"]), @"warning[LS939]: Python/left.py: in a layer it is found only as `python/left.py`");
    snapshot!(told(&["Python/__init__.py", "Python/left.py"]), @"warning[LS939]: Python/__init__.py: in a layer it is found only as `python/Python/__init__.py`");
    snapshot!(told(&["python/node_modules/left/index.js"]), @"warning[LS939]: python/node_modules/left/index.js: in a layer it is found only as `nodejs/node_modules/left/index.js`");
    snapshot!(told(&["NodeJS/node_modules/left/index.js"]), @"warning[LS939]: NodeJS/node_modules/left/index.js: in a layer it is found only as `nodejs/node_modules/left/index.js`");
    snapshot!(told(&["nodejs/left/package.json", "nodejs/@up/down/index.js", "nodejs/.package-lock.json"]), @"warning[LS939]: nodejs/@up/down/index.js: in a layer it is found only as `nodejs/node_modules/@up/down/index.js`, like 1 more of node_modules");
    let modules = Case::new().file("node_modules/left/index.js", "");
    let ran = modules.pack("node_modules -q --kind layer").ok();
    assert!(
        ran.stderr.contains("`nodejs/node_modules/left/index.js`"),
        "{ran}"
    );
    // What `layer` lays out has its place, and a function looks at its root.
    let ran = modules.run("layer node_modules -q").ok();
    assert!(!ran.stderr.contains("LS939"), "{ran}");
    let function = Case::new().file("app/left.py", "");
    assert!(!function.pack("app -q").ok().stderr.contains("LS939"));
}

#[test]
fn layers_that_are_laid_out_are_left_in_peace() {
    for files in [
        &[
            "python/left.py",
            "data/table.csv",
            "data/make.py",
            "settings.py",
        ][..],
        &[
            "nodejs/node_modules/left/index.js",
            "node_modules/left/index.js",
        ],
        &["nodejs/node22/node_modules/left/index.js", "left.py"],
        &["extensions/watch", "watch/__init__.py"],
        &["bootstrap", "runtime.py", "node_modules/left/index.js"],
        &["bootstrap", "left.py", "left-1.0.dist-info/METADATA"],
        &["bin/tool", "tool/__init__.py"],
        &["bin/tool", "node_modules/left/index.js"],
        &["bin/python3.13", "lib/python3.13/site-packages/left.py"],
        &["lib/libleft.so.1", "share/left/__init__.py"],
        &["lib/libleft.so.1", "lib/left.jar"],
        &["java/lib/a.jar", "agent.jar"],
        &["agent.jar"],
        &["nodejs/node_modules/left/index.js", "nodejs/data/a.json"],
        &["nodejs/node_modules/left/index.js", "nodejs/package.json"],
        &["nodejs/node_modules/left/index.js", "Python/demo.py"],
        // A function requires own code by its path.
        &["nodejs/own/package.json", "nodejs/own/index.js"],
        &[
            "python/lib/python3.13/site-packages/left.py",
            "python/left/site-packages/right.py",
        ],
        &["python/left.py", "python/left/node_modules/right/index.js"],
        &["python/sitecustomize.py", "python/site-packages/left.py"],
        &["bin/tool", "python/site-packages/left.py"],
        &["extensions/watch", "Python/left.py"],
        &["fonts/make.py", "fonts/a.ttf"],
        &["ruby/gems/3.4.0/gems/left-1.0/lib/left.rb", "left.py"],
    ] {
        assert_eq!(as_it_is(files), "", "{files:?}");
    }
    // A wrapper that Lambda starts may name whatever lies beside it.
    let case = Case::new()
        .file("opt/wrapper", "#!/bin/sh")
        .mode("opt/wrapper", 0o755)
        .file("opt/node_modules/left/index.js", "");
    assert!(
        !case
            .pack("opt -q --kind layer")
            .ok()
            .stderr
            .contains("LS939")
    );
    let case = case.mode("opt/wrapper", 0o644);
    assert!(
        case.pack("opt -q --kind layer")
            .ok()
            .stderr
            .contains("LS939")
    );
}

#[test]
fn folders_that_only_look_like_those_of_a_layer_are_laid_out() {
    for (given, place) in [
        ("python/site-packages/left.py", "python/left.py"),
        ("Python/left.py", "python/left.py"),
        (
            "python/node_modules/left/index.js",
            "nodejs/node_modules/left/index.js",
        ),
        (
            "python/left/site-packages/right.py",
            "python/left/site-packages/right.py",
        ),
    ] {
        let case = Case::new().file(&format!("opt/{given}"), "x = 1");
        assert_eq!(layer(&case, "opt"), place);
    }
    // Where its place is taken, nobody knows which of the two is meant.
    let case = Case::new()
        .file("opt/python/left.py", "x = 1")
        .file("opt/python/site-packages/left.py", "x = 2");
    assert_eq!(
        layer(&case, "opt"),
        "python/left.py\npython/site-packages/left.py"
    );
}

#[test]
fn node_modules_go_under_nodejs() {
    let case = Case::new()
        .file("app/package.json", "{}")
        .file("app/node_modules/left/package.json", "{}")
        .file("app/node_modules/left/index.js", "");
    snapshot!(layer(&case, "app"), @r"
    nodejs/node_modules/left/index.js
    nodejs/node_modules/left/package.json
    nodejs/package.json
    ");
    snapshot!(layer(&case, "app/node_modules"), @r"
    nodejs/node_modules/left/index.js
    nodejs/node_modules/left/package.json
    ");
}

#[test]
fn jars_gems_and_programs_have_their_places() {
    let case = Case::new()
        .file("target/dependency/a.jar", "a")
        .file(
            "app/vendor/bundle/ruby/3.4.0/gems/left-1.0/lib/left.rb",
            "1",
        )
        .file(
            "app/vendor/bundle/ruby/3.4.0/specifications/left-1.0.gemspec",
            "",
        )
        .file("app/app.rb", "2")
        .file("libs/libleft.so.1", "x")
        .file("tool", sample_elf::SampleElf::default().bytes());
    snapshot!(layer(&case, "target/dependency"), @"java/lib/a.jar");
    snapshot!(layer(&case, "target/dependency/a.jar"), @"java/lib/a.jar");
    snapshot!(layer(&case, "app --runtime ruby3.4"), @r"
    ruby/gems/3.4.0/gems/left-1.0/lib/left.rb
    ruby/gems/3.4.0/specifications/left-1.0.gemspec
    ruby/lib/app.rb
    ");
    snapshot!(layer(&case, "libs"), @"lib/libleft.so.1");
    snapshot!(layer(&case, "tool"), @"bin/tool");
}

#[test]
fn several_inputs_make_one_layer() {
    let case = Case::new()
        .file("site/left.py", "")
        .file("more/right.py", "")
        .file("node_modules/left/index.js", "");
    snapshot!(layer(&case, "site more node_modules"), @r"
    nodejs/node_modules/left/index.js
    python/left.py
    python/right.py
    ");
    case.write("more/left.py", "different");
    let ran = case.run("layer site more");
    snapshot!(ran.stderr, @"error: two inputs hold different files at `python/left.py`");
    assert!(!case.exists("more.zip") && ran.code == 1);
}

#[test]
fn what_is_laid_out_stays_where_it_is() {
    let case = Case::new()
        .file("opt/python/left.py", "")
        .file("opt/extensions/watch", "#!/bin/sh")
        .file("opt/settings.json", "{}");
    case.run("layer opt --in-place").ok();
    snapshot!(case.listing("opt"), @r"
    0644       9 extensions/watch
    0644       0 python/left.py
    0644       2 settings.json
    ");
    let case = case.file("site/left.py", "");
    case.run("layer site --in-place").ok();
    snapshot!(case.listing("site"), @"0644       0 python/left.py");
    case.assert_clean();
}

#[test]
fn what_has_no_place_is_refused() {
    let case = Case::new().file("docs/notes.txt", "");
    snapshot!(case.run("layer docs").stderr, @"error: `docs` holds nothing that has a place in a layer; looked for a virtual environment, site-packages, node_modules, a layer, Python modules, python3.x/site-packages, gems of bundler, jars, programs and libraries, libraries, a program");
    assert_eq!(case.run("layer docs").code, 2);
    let case = case.file("site/left.py", "");
    snapshot!(case.run("layer site docs --in-place").stderr, @"error: --in-place is for one input; name the layer with -o");
    case.write("site.zip", "");
    assert_eq!(case.run("layer site -o site/").code, 0);
}

#[test]
fn a_layer_is_split_by_package() {
    let mut case = Case::new();
    for package in ["left", "right", "up", "down", "strange", "charm"] {
        for file in ["__init__", "code"] {
            let text: String = (0..400)
                .map(|line| format!("{package}{file}{}\n", line * 7919))
                .collect();
            case = case.file(&format!("site/{package}/{file}.py"), text);
        }
    }
    let ran = case.run("layer site --split=12kB -o deps.zip").ok();
    assert_eq!(
        ran.head().lines().next().unwrap().split("  ").last(),
        Some("site → deps-N.zip")
    );
    let written: Vec<&str> = ran
        .stderr
        .lines()
        .filter(|line| line.contains("deps-"))
        .collect();
    assert_eq!(written.len(), 3, "{ran}");
    assert!(!ran.stderr.contains("sha256"), "{ran}");
    assert!(!case.exists("deps.zip"));
    case.run("layer site -o whole.zip").ok();
    let mut listings: Vec<String> = ["deps-1.zip", "deps-2.zip"]
        .iter()
        .flat_map(|zip| {
            assert!(case.read(zip).len() <= 12_000);
            let listing = case.listing(zip);
            listing.lines().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    listings.sort_by_key(|line| line.split_whitespace().nth(2).map(str::to_owned));
    assert_eq!(listings.join("\n") + "\n", case.listing("whole.zip"));
    case.assert_clean();
    snapshot!(case.run("layer site --split=2kB").stderr.lines().last().unwrap(), @"error: 19.1 kB do not fit into 5 layers of 2.0 kB; a function has no more");
}

#[test]
fn the_places_of_split_layers_are_looked_at_first() {
    let case = Case::new()
        .file("site/left/__init__.py", "")
        .file("file", "")
        .file("deps-1.zip", "");
    case.run("layer site --split -o new/folder/deps.zip -q")
        .ok();
    assert!(case.exists("new/folder/deps-1.zip"));
    case.run("layer site --split -o out/ -q").ok();
    assert!(case.exists("out/site-layer-1.zip"));
    let refused = |arguments: &str| {
        let ran = case.run(&format!("layer {arguments}"));
        assert_eq!(ran.code, 2, "{ran}");
        ran.stderr
    };
    snapshot!(refused("site --split -o file/deps.zip"), @"error: -o: `file/deps.zip`: `file` is not a folder");
    snapshot!(refused("deps-1.zip --split -o deps.zip"), @"error: --split would write over an input: `deps-1.zip`; name the layers with -o");
    snapshot!(refused("site --split 30MB"), @"error: there is no input `30MB`; a size is written `--split=30MB`");
}

/// Two inputs with a folder of the same name, of which one leaves its own out.
fn one_with_an_ignore_file() -> Case {
    Case::new()
        .file("one/alpha/__init__.py", "a = 1\n")
        .file("one/cache/one.txt", "one\n")
        .file("one/.lambdaslimignore", "cache/\nnothing/\n")
        .file("two/beta/__init__.py", "b = 1\n")
        .file("two/cache/two.txt", "two\n")
}

#[test]
fn an_ignore_file_is_about_its_own_input() {
    let case = one_with_an_ignore_file();
    let expected = "python/alpha/__init__.py\npython/beta/__init__.py\npython/cache/two.txt";
    for order in ["one two", "two one"] {
        assert_eq!(layer(&case, order), expected, "{order}");
    }
    assert_eq!(layer(&case, "one"), "python/alpha/__init__.py");
    let ran = case.run("layer one two -o layer.zip --verbose").ok();
    let left_out = "left out of the layer by `one/.lambdaslimignore`: 2 files";
    assert!(ran.stderr.contains(left_out), "{ran}");
    assert!(ran.stderr.contains("`**/nothing/**`"), "{ran}");
    assert!(layer(&case, "one --no-config").contains("python/cache/one.txt"));
}

#[test]
fn an_equal_file_of_another_input_stays() {
    let case = one_with_an_ignore_file().file("two/cache/one.txt", "one\n");
    for order in ["one two", "two one"] {
        assert!(
            layer(&case, order).contains("python/cache/one.txt"),
            "{order}"
        );
    }
}

#[test]
fn one_layer_has_one_configuration() {
    let case = one_with_an_ignore_file().file("two/lambda-slim.toml", "drop = [\"**/beta/**\"]\n");
    let ran = case.run("layer one two -o layer.zip");
    assert_eq!(ran.code, 2);
    snapshot!(ran.stderr, @"error: one layer has one configuration, and there is no configuration for `one`, `two/lambda-slim.toml` for `two`; name one with --config, or use none with --no-config");
    let ran = case.run("layer two one -o layer.zip");
    assert_eq!(ran.code, 2, "{ran}");
    let all = layer(&case, "one two --config two/lambda-slim.toml");
    assert!(
        !all.contains("beta") && !all.contains("lambda-slim.toml"),
        "{all}"
    );
    assert!(layer(&case, "two one --no-config").contains("beta"));
    // What lies above both holds for both.
    let case = one_with_an_ignore_file().file("lambda-slim.toml", "drop = [\"**/beta/**\"]\n");
    assert!(!layer(&case, "one two").contains("beta"));
}
