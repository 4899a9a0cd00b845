//! Several packages at once, and what one run leaves for the next: never another byte.

use std::path::{Path, PathBuf};

use crate::support::Case;

/// Four functions: three have most of their files in common, one has the same names with other contents.
fn functions() -> Case {
    let mut case = Case::new();
    for name in ["a", "b", "c", "d"] {
        let file = |path: &str| format!("{name}/{path}");
        let version = if name == "d" { "2.0.0" } else { "1.0.0" };
        case = case
            .file(
                &file("index.js"),
                format!("require('lib');\nexports.handler = async () => '{name}';\n"),
            )
            .file(
                &file("node_modules/lib/package.json"),
                format!("{{\n  \"name\": \"lib\",\n  \"version\": \"{version}\",\n  \"main\": \"main.js\"\n}}\n"),
            )
            .file(
                &file("node_modules/lib/main.js"),
                format!("require('./data/' + 'words.js');\n// {version}\n//# sourceMappingURL=main.js.map\n"),
            )
            .file(&file("node_modules/lib/main.js.map"), "{}")
            .file(&file("node_modules/lib/main.d.ts"), "export {};\n")
            .file(&file("node_modules/lib/README.md"), "# lib\n")
            .file(&file("node_modules/lib/data/words.js"), words(version))
            .file(&file("node_modules/lib/bin/run"), "#!/bin/sh\nexit 0\n")
            .mode(&file("node_modules/lib/bin/run"), 0o755);
    }
    case
}

/// Text that is large enough for a place in a cache.
fn words(seed: &str) -> String {
    let line = |number: u32| format!("'line {} of {number} {seed}',\n", number * 7919 % 1000);
    let lines: String = (0..2000).map(line).collect();
    format!("module.exports = [{lines}];\n")
}

fn zips(case: &Case, folder: &str) -> [Vec<u8>; 4] {
    ["a", "b", "c", "d"].map(|name| case.read(&format!("{folder}/{name}.zip")))
}

/// Everything below `folder` that is no tag.
fn things(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for item in fs_err::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            found.extend(things(&path));
        } else if path.file_name().is_some_and(|name| name != "CACHEDIR.TAG") {
            found.push(path);
        }
    }
    found
}

#[test]
fn neither_company_nor_order_nor_threads_change_a_byte() {
    let case = functions();
    for name in ["a", "b", "c", "d"] {
        case.pack(&format!("{name} -o alone/")).ok();
    }
    let alone = zips(&case, "alone");
    for order in ["a b c d", "d c b a", "c a d b"] {
        for jobs in [1, 2, 7] {
            case.pack(&format!("{order} -o out/ --jobs {jobs}")).ok();
            assert!(zips(&case, "out") == alone, "{order}, {jobs} threads");
        }
    }
    let ran = case.pack("a b c d -o out/ --jobs 3").ok();
    let said = |name: &str| ran.stderr.find(&format!("{name} → out/{name}.zip"));
    let places = ["a", "b", "c", "d"].map(|name| said(name).unwrap());
    assert!(places.is_sorted(), "{}", ran.stderr);
}

#[test]
fn a_cache_changes_no_byte_whatever_is_in_it() {
    let case = functions();
    for level in ["safe", "aggressive --compression best"] {
        let pack = |more: &str| {
            case.pack(&format!("a b c d -o out/ --level {level} {more}"))
                .ok();
            zips(&case, "out")
        };
        let without = pack("");
        assert!(pack("--cache cache") == without, "{level}, an empty cache");
        assert!(pack("--cache cache") == without, "{level}, a full cache");
        for damage in [&b""[..], b"lambda-slim v1\r\nnonsense"] {
            for thing in things(&case.path("cache")) {
                fs_err::write(thing, damage).unwrap();
            }
            assert!(pack("--cache cache") == without, "{level}, a damaged cache");
        }
        // Each thing under the name of another.
        let all = things(&case.path("cache"));
        let contents: Vec<Vec<u8>> = all.iter().map(|path| fs_err::read(path).unwrap()).collect();
        for (path, contents) in all.iter().zip(contents.iter().cycle().skip(1)) {
            fs_err::write(path, contents).unwrap();
        }
        assert!(pack("--cache cache") == without, "{level}, a foreign cache");
        for thing in things(&case.path("cache")).into_iter().step_by(2) {
            fs_err::remove_file(thing).unwrap();
        }
        assert!(pack("--cache cache") == without, "{level}, half a cache");
    }
}

#[test]
fn only_what_did_not_change_is_taken_from_the_cache() {
    let case = functions();
    let is_taken = |options: &str| {
        let ran = case
            .pack(&format!("a -o out/ --cache cache {options}"))
            .ok();
        let with = case.read("out/a.zip");
        case.pack(&format!("a -o plain/ {options}")).ok();
        assert!(case.read("plain/a.zip") == with, "{options}");
        ran.stderr.contains("unchanged: taken from the cache")
    };
    assert!(!is_taken(""));
    assert!(is_taken(""));
    assert!(is_taken("--jobs 1 -v"));
    assert!(!is_taken("--level safe"));
    assert!(!is_taken("--drop index.js"));
    // As long as before.
    case.write(
        "a/node_modules/lib/main.js",
        words("3.0.0").replace("line", "Line"),
    );
    assert!(!is_taken(""));
    case.write(
        "a/node_modules/lib/main.js",
        words("3.0.0").replace("line", "wine"),
    );
    assert!(!is_taken(""));
    assert!(is_taken(""));
    case.write("a/added.txt", "new");
    assert!(!is_taken(""));
    let case = case.mode("a/added.txt", 0o755);
    let ran = case.pack("a -o out/ --cache cache").ok();
    assert!(!ran.stderr.contains("unchanged"));
    case.write("rules.toml", "");
    let with_rules = || case.pack("a -o out/ --cache cache --rules rules.toml").ok();
    with_rules();
    assert!(with_rules().stderr.contains("unchanged"));
    case.write("rules.toml", "# other bytes\n");
    assert!(!with_rules().stderr.contains("unchanged"));
}

#[test]
fn other_names_times_links_and_settings_are_seen_by_the_cache() {
    let case = functions();
    let is_taken = || {
        let ran = case.pack("a -o out/ --cache cache").ok();
        let with = case.read("out/a.zip");
        case.pack("a -o plain/").ok();
        assert!(case.read("plain/a.zip") == with);
        ran.stderr.contains("unchanged: taken from the cache")
    };
    let check = |what: &str| {
        assert!(!is_taken(), "{what}");
        assert!(is_taken(), "{what}, again");
    };
    check("new");
    let file = case.path("a/node_modules/lib/main.js");
    let modified = fs_err::metadata(&file).unwrap().modified().unwrap();
    case.write("a/node_modules/lib/main.js", words("3.0.0").to_uppercase());
    let open = fs_err::OpenOptions::new().write(true).open(&file).unwrap();
    open.set_modified(modified).unwrap();
    check("as long and as old as before");
    fs_err::rename(case.path("a/index.js"), case.path("a/other.js")).unwrap();
    check("a file of another name");
    fs_err::rename(case.path("a/other.js"), case.path("a/index.js")).unwrap();
    assert!(is_taken(), "it is what it was");
    case.write("lambda-slim.toml", "level = \"safe\"\n");
    check("a setting");
    case.write("lambda-slim.toml", "drop = [\"other.js\"]\n");
    check("another setting");
    case.write("a/.lambdaslimignore", "*.txt\n");
    check("an ignore file");
    let case = case.link("a/link", "index.js");
    let is_taken = || {
        let ran = case.pack("a -o out/ --cache cache").ok();
        ran.stderr.contains("unchanged: taken from the cache")
    };
    assert_eq!([is_taken(), is_taken()], [false, true], "a link");
    fs_err::remove_file(case.path("a/link")).unwrap();
    let case = case.link("a/link", "./index.js");
    assert!(
        !case
            .pack("a -o out/ --cache cache")
            .ok()
            .stderr
            .contains("unchanged")
    );
}

/// These sources were there long before the program was built from them.
#[test]
#[cfg(unix)]
fn files_that_the_system_notes_as_before_are_not_read() {
    const HEADER_BYTES: usize = 80;
    let case = functions();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/package/src");
    let pack = |more: &str| {
        let sources = sources.display();
        case.pack(&format!("{sources} --no-config -o out.zip {more}"))
            .ok()
    };
    pack("");
    let zip = case.read("out.zip");
    pack("--cache cache");
    // The list of what was read goes: only what the system notes leads to the zip.
    let is_list = |thing: &PathBuf| {
        let contents = fs_err::read(thing).unwrap().split_off(HEADER_BYTES);
        let is_key = contents.len() == 32;
        !is_key && !contents.starts_with(b"PK") && !contents.starts_with(b"{")
    };
    let lists: Vec<PathBuf> = things(&case.path("cache"))
        .into_iter()
        .filter(is_list)
        .collect();
    assert_eq!(lists.len(), 1);
    fs_err::remove_file(&lists[0]).unwrap();
    let ran = pack("--cache cache");
    assert!(ran.stderr.contains("unchanged"), "{}", ran.stderr);
    assert!(case.read("out.zip") == zip);
}

/// These sources, too, were there long before.
#[test]
#[cfg(unix)]
fn a_zip_that_still_lies_there_is_not_written_again() {
    use std::os::unix::fs::MetadataExt;
    let case = functions();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/package/src");
    let pack = || {
        let sources = sources.display();
        case.pack(&format!("{sources} --no-config -o out.zip --cache cache"))
            .ok()
    };
    let number = || fs_err::metadata(case.path("out.zip")).unwrap().ino();
    pack();
    let (zip, written) = (case.read("out.zip"), number());
    assert!(pack().stderr.contains("unchanged"));
    assert_eq!(number(), written);
    let mut damaged = zip.clone();
    *damaged.last_mut().unwrap() ^= 1;
    case.write("out.zip", damaged);
    assert!(pack().stderr.contains("unchanged"));
    assert!(case.read("out.zip") == zip);
    fs_err::remove_file(case.path("out.zip")).unwrap();
    assert!(pack().stderr.contains("unchanged"));
    assert!(case.read("out.zip") == zip);
}

/// make compares the times of files, and would run each time.
#[test]
fn a_zip_is_newer_than_files_that_were_touched() {
    let case = functions();
    let modified = |name: &str| fs_err::metadata(case.path(name)).unwrap().modified();
    let pack = || case.pack("a -o out/ --cache cache").ok();
    pack();
    case.write("a/index.js", case.read("a/index.js"));
    assert!(pack().stderr.contains("unchanged"));
    assert!(modified("out/a.zip").unwrap() >= modified("a/index.js").unwrap());
}

#[test]
fn a_report_from_the_cache_says_the_same() {
    let case = functions().with("LAMBDA_SLIM_CACHE", "cache");
    let report = || {
        let ran = case
            .pack("a -o out/ --format json -vv --report-file r.json")
            .ok();
        let mut json = ran.json();
        json.as_object_mut().unwrap().remove("elapsed_ms");
        (json, case.read("r.json"))
    };
    let first = report();
    let names = |report: &serde_json::Value| report["files"].as_array().unwrap().len();
    assert!(names(&first.0) > 2, "{}", first.0);
    assert_eq!(report(), first);
    assert!(case.pack("a -o out/ -vv").ok().stderr.contains("unchanged"));
    // Where it is over a limit, it still is.
    let ran = case.pack("a -o out/ --budget files=1");
    assert_eq!(ran.code, 3);
    let again = case.pack("a -o out/ --budget files=1");
    assert_eq!(again.code, 3);
    assert!(again.stderr.contains("unchanged"));
}

#[test]
fn an_archive_is_taken_from_the_cache_as_well() {
    let case = functions();
    case.pack("a -o a.zip --disable all").ok();
    case.pack("a.zip --cache cache").ok();
    let slim = case.read("a.slim.zip");
    let case = case.remove("a.slim.zip");
    let ran = case.pack("a.zip --cache cache").ok();
    assert!(ran.stderr.contains("unchanged"), "{}", ran.stderr);
    assert!(case.read("a.slim.zip") == slim);
    case.pack("a.zip --in-place --cache cache").ok();
    assert!(case.read("a.zip") == slim);
}

#[test]
fn many_processes_share_one_cache() {
    let case = functions();
    case.pack("a b c d -o plain/").ok();
    let program = Path::new(env!("CARGO_BIN_EXE_lambda-slim"));
    for _ in 0..3 {
        let start = |number: usize| {
            let mut command = case.std_command(program);
            command.args(["pack", "a", "b", "c", "d", "-q", "--cache", "cache"]);
            command.arg("-o").arg(format!("out{number}/"));
            command.spawn().unwrap()
        };
        let running: Vec<_> = (0..4).map(start).collect();
        for (number, mut process) in running.into_iter().enumerate() {
            assert!(process.wait().unwrap().success());
            assert!(zips(&case, &format!("out{number}")) == zips(&case, "plain"));
        }
    }
}

#[test]
fn a_cache_in_the_package_is_no_part_of_it() {
    let case = functions().file("a/lambda-slim.toml", "cache = \"cache\"\n");
    case.pack("a --no-config").ok();
    let before = case.read("a.zip");
    for _ in 0..2 {
        case.pack("a").ok();
        assert!(case.exists("a/cache/CACHEDIR.TAG"));
        assert!(case.read("a.zip") == before);
    }
    case.write("file", "");
    let ran = case.refuses("b --cache file");
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("cannot write `file`"), "{}", ran.stderr);
}

#[test]
fn one_that_fails_is_named() {
    let case = functions().folder("empty");
    for jobs in [1, 4] {
        let ran = case.pack(&format!("a empty b -o out/ --jobs {jobs}"));
        assert_eq!(ran.code, 1);
        assert!(ran.stderr.contains("`empty` is empty"), "{}", ran.stderr);
        assert!(case.exists("out/a.zip") && !case.exists("out/empty.zip"));
    }
}

#[test]
fn two_packages_never_become_one_zip() {
    let case = functions().file("deep/a/index.js", "1");
    let ran = case.refuses("a deep/a -o out/");
    snapshot!(ran.stderr, @"error: `a` and `deep/a` would both become `out/a.zip`");
    assert_eq!(ran.code, 2);
}

const SAM: &str = "Resources:
  Deps:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: Deps, CompatibleRuntimes: [nodejs22.x]}
  One:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: One, Runtime: nodejs22.x, Handler: index.handler, Layers: [!Ref Deps]}
  Two:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: One, Runtime: nodejs22.x, Handler: lost.handler}
  Image:
    Type: AWS::Serverless::Function
    Properties: {PackageType: Image}
";

#[test]
fn all_of_a_sam_build_become_zips() {
    let code = "exports.handler = async () => 1;\n";
    let case = Case::new()
        .file(".aws-sam/build.toml", "")
        .file(".aws-sam/build/template.yaml", SAM)
        .file(".aws-sam/build/One/index.js", code)
        .file(
            ".aws-sam/build/Deps/nodejs/node_modules/lib/package.json",
            "{}",
        )
        .file(
            ".aws-sam/build/Deps/nodejs/node_modules/lib/data.bin",
            [7; 5000],
        )
        .file(
            ".aws-sam/build/Deps/nodejs/node_modules/lib/lib.d.ts",
            "export {};",
        );
    let before = case.tree();
    case.pack("--all --dry-run").ok();
    assert_eq!(case.tree(), before);
    let ran = case.pack("--all -o out/ -v").ok();
    assert_eq!(case.entry("out/One.zip", "index.js").unwrap(), code);
    assert!(case.read("out/One.zip") == case.read("out/Two.zip"));
    let in_layer = |name: &str| case.entry("out/Deps.zip", name).is_some();
    assert!(in_layer("nodejs/node_modules/lib/package.json"));
    assert!(!in_layer("nodejs/node_modules/lib/lib.d.ts"));
    // Only the handler of the second is not there, and only the first has a layer.
    assert_eq!(ran.stderr.matches("LS902").count(), 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("lost.handler"));
    let limit = ran
        .stderr
        .lines()
        .find(|line| line.contains("limit unzipped") && line.contains("5.0 kB of"));
    assert!(limit.is_some(), "{}", ran.stderr);
    let alone = "pack .aws-sam/build/One -o alone.zip --runtime nodejs22.x --arch x86_64 --handler index.handler";
    case.run(alone).ok();
    assert!(case.read("alone.zip") == case.read("out/One.zip"));
}

const TWO_FUNCTIONS: &str = "Resources:
  One:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: One, Runtime: nodejs22.x, Architectures: [arm64], Handler: index.handler}
  Two:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: Two, Runtime: nodejs22.x, Architectures: [arm64], Handler: index.handler}
";

/// A template is what will be deployed; only what is said of this very package counts more.
#[test]
fn a_template_counts_more_than_what_is_configured_for_all_packages() {
    let case = Case::new()
        .file(".aws-sam/build.toml", "")
        .file(".aws-sam/build/template.yaml", TWO_FUNCTIONS)
        .file(".aws-sam/build/One/index.js", "exports.handler = 1;\n")
        .file(".aws-sam/build/Two/index.js", "exports.handler = 2;\n")
        .file(
            "lambda-slim.toml",
            "runtime = \"nodejs20.x\"\narch = \"x86_64\"\n
            [[target]]\npath = \".aws-sam/build/Two\"\nruntime = \"nodejs24.x\"\nhandler = \"gone.handler\"\n",
        );
    // Functions with their run times and architectures, and the handlers that are not there.
    let seen = |command: &str| {
        let ran = case.run(command);
        let text = format!("{}{}", ran.stdout, ran.stderr);
        let is_seen = |line: &&str| line.contains("nodejs") || line.contains(".handler`");
        let lines = text.lines().filter(is_seen).map(|line| {
            let parts: Vec<&str> = line.split(" · ").collect();
            parts[..parts.len().min(2)].join(" · ").trim().to_owned()
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    snapshot!(seen("pack --all -o out/"), @r"
    nodejs22.x · arm64
    nodejs24.x · arm64
    warning[LS902]: no file of the package holds the handler `gone.handler`
    ");
    snapshot!(seen("sam --dry-run -v"), @r"
    nodejs22.x · arm64
    nodejs24.x · arm64
    warning[LS902]: no file of the package holds the handler `gone.handler`
    ");
    snapshot!(seen("check .aws-sam/build"), @r"
    One  nodejs22.x · arm64
    Two  nodejs24.x · arm64
    warning[LS902]: no file of the package holds the handler `gone.handler`
    ");
    snapshot!(seen("check .aws-sam/build/One --layers-from .aws-sam/build/template.yaml"), @"One  nodejs22.x · arm64");
    snapshot!(seen("pack --all -o out/ --runtime nodejs18.x"), @r"
    nodejs18.x · arm64
    nodejs18.x · arm64
    warning[LS902]: no file of the package holds the handler `gone.handler`
    ");
    // Wherever it is called from.
    let elsewhere = case.path("elsewhere");
    fs_err::create_dir(&elsewhere).unwrap();
    let mut command = case.std_command(Path::new(env!("CARGO_BIN_EXE_lambda-slim")));
    command
        .current_dir(elsewhere)
        .args(["sam", "--dry-run", "-v", ".."]);
    let said = String::from_utf8(command.output().unwrap().stderr).unwrap();
    assert!(said.contains("nodejs24.x · arm64"), "{said}");
    snapshot!(seen("sam --dry-run -v --no-config"), @r"
    nodejs22.x · arm64
    nodejs22.x · arm64
    ");
}

#[test]
fn functions_that_share_code_have_no_handler_of_the_rest_of_the_configuration() {
    let template = TWO_FUNCTIONS
        .replace("CodeUri: Two", "CodeUri: One")
        .replacen("index.handler", "other.handler", 1);
    let case = Case::new()
        .file(".aws-sam/build.toml", "")
        .file(".aws-sam/build/template.yaml", template)
        .file(".aws-sam/build/One/index.js", "exports.handler = 1;\n")
        .file(".aws-sam/build/One/other.js", "exports.handler = 2;\n");
    let lost = |options: &str| {
        let ran = case.run(&format!("sam --dry-run -v {options}")).ok();
        let lines = ran.stderr.lines().filter(|line| line.contains("LS902"));
        lines.collect::<Vec<_>>().join("\n")
    };
    case.write("lambda-slim.toml", "handler = \"nope.main\"\n");
    assert_eq!(lost(""), "");
    let named = "warning[LS902]: no file of the package holds the handler";
    assert_eq!(
        lost("--handler typed.main"),
        format!("{named} `typed.main`")
    );
    case.write(
        "lambda-slim.toml",
        "[[target]]\npath = \".aws-sam/build/One\"\nhandler = \"special.main\"\n",
    );
    assert_eq!(lost(""), format!("{named} `special.main`"));
}

#[test]
fn all_of_a_cdk_app_are_there_once_whatever_the_stages() {
    let stack = |asset: &str| {
        format!(
            "{{\"Resources\": {{\"Api1A2B\": {{\"Type\": \"AWS::Lambda::Function\",
            \"Properties\": {{\"Code\": {{\"S3Key\": \"x.zip\"}}, \"Runtime\": \"nodejs22.x\", \"Handler\": \"index.handler\"}},
            \"Metadata\": {{\"aws:asset:path\": \"{asset}\", \"aws:asset:property\": \"Code\"}}}}}}}}"
        )
    };
    let case = Case::new()
        .file("cdk.out/cdk.out", "{}")
        .file("cdk.out/assembly-Dev/A.template.json", stack("../asset.aa"))
        .file(
            "cdk.out/assembly-Prod/A.template.json",
            stack("../asset.aa"),
        )
        .file("cdk.out/asset.aa/index.js", "exports.handler = 1;\n")
        .file("cdk.out/asset.bb/index.js", "exports.handler = 2;\n");
    case.pack("--all cdk.out -o out/").ok();
    assert_eq!(case.listing("out").lines().count(), 1);
    assert_eq!(
        case.entry("out/Api1A2B.zip", "index.js").unwrap(),
        "exports.handler = 1;\n"
    );
    case.write(
        "cdk.out/assembly-Prod/A.template.json",
        stack("../asset.bb"),
    );
    let ran = case.refuses("--all -o out/");
    snapshot!(ran.stderr, @"error: `cdk.out/asset.aa` and `cdk.out/asset.bb` would both become `out/Api1A2B.zip`");
    case.write(
        "cdk.out/assembly-Prod/A.template.json",
        stack("../asset.bb").replace("Api1A2B", "../up"),
    );
    let ran = case.refuses("--all -o out/");
    snapshot!(ran.stderr, @"error: not a logical id of CloudFormation: `../up`");
}

#[test]
fn all_of_a_serverless_service_are_its_zips() {
    let template = "{\"Resources\": {\"HelloLambdaFunction\": {\"Type\": \"AWS::Lambda::Function\",
        \"Properties\": {\"Code\": {\"S3Bucket\": {\"Ref\": \"Bucket\"}, \"S3Key\": \"serverless/app/dev/1-2026/app.zip\"},
        \"Runtime\": \"nodejs22.x\", \"Handler\": \"index.handler\"}}}}";
    let case = Case::new()
        .file("app/index.js", "exports.handler = 1;\n")
        .file(
            ".serverless/cloudformation-template-update-stack.json",
            template,
        );
    case.pack("app -o .serverless/app.zip").ok();
    case.pack("--all -o out/").ok();
    let code = case.entry("out/HelloLambdaFunction.zip", "index.js");
    assert_eq!(code.unwrap(), "exports.handler = 1;\n");
}

/// Two functions and a layer, of which each has a fault of its own.
fn faulty() -> Case {
    Case::new()
        .file(".aws-sam/build.toml", "")
        .file(".aws-sam/build/template.yaml", SAM)
        .file(".aws-sam/build/One/index.js", "exports.handler = 1;\n")
        .file(".aws-sam/build/Deps/node_modules/lib/index.js", "")
}

#[test]
fn findings_of_several_packages_name_their_own() {
    let case = Case::new()
        .file("a/bootstrap", "#!/bin/sh")
        .file("b/index.js", "");
    let ran = case.pack("a b -q");
    snapshot!(ran.stderr, @r"
    error[LS926]: a: bootstrap: may not be executed, so Lambda cannot start it
      help: chmod +x bootstrap, before it is zipped
    ");
    assert!(
        case.pack("a -q")
            .stderr
            .starts_with("error[LS926]: bootstrap:")
    );
    let case = faulty();
    snapshot!(case.pack("--all -o out/ -q").stderr, @r"
    warning[LS939]: Deps: node_modules/lib/index.js: in a layer it is found only as `nodejs/node_modules/lib/index.js`
      help: `lambda-slim layer .aws-sam/build/Deps` lays it out; fine where all code names its path below /opt
    warning[LS902]: Two: no file of the package holds the handler `lost.handler`
      help: fine if a layer brings it; otherwise the function will not start
    ");
    snapshot!(case.run("sam -q").stderr, @r"
    warning[LS939]: Deps: node_modules/lib/index.js: in a layer it is found only as `nodejs/node_modules/lib/index.js`
      help: `lambda-slim layer .aws-sam/build/Deps` lays it out; fine where all code names its path below /opt
    ");
    snapshot!(case.run("sam --budget files=0").stderr, @r"
            0 B →       0 B     0%  layer Deps
    error[LS905]: Deps: 1 file, over the budget of 0
      help: largest: lib 0 B; no rule takes more: --drop what is not needed, fetch large files at the start, or deploy a container image
    warning[LS939]: Deps: node_modules/lib/index.js: in a layer it is found only as `nodejs/node_modules/lib/index.js`
      help: `lambda-slim layer .aws-sam/build/Deps` lays it out; fine where all code names its path below /opt
           21 B →      21 B     0%  function One, Two
    error[LS905]: One, Two: 1 file, over the budget of 0
      help: largest: own files 21 B (index.js 21 B); no rule takes more: --drop what is not needed, fetch large files at the start, or deploy a container image
    ");
    let ran = case.run("sam nowhere");
    snapshot!(ran.stderr, @"error: there is no folder `nowhere`");
    assert_eq!(ran.code, 2);
}

#[test]
fn all_wants_a_build_and_a_folder() {
    let case = functions().file("cdk.out/cdk.out", "{}");
    let ran = case.refuses("a --all -o out/");
    snapshot!(ran.stderr, @"error: `a` is no build, and has none in .aws-sam/build, cdk.out or .serverless; build first");
    assert_eq!(ran.code, 2);
    let ran = case.refuses("--all -o out/");
    snapshot!(ran.stderr, @"error: no function or layer of the build is a folder or a zip");
    assert_eq!(ran.code, 1);
    let case = case
        .file(".aws-sam/build.toml", "")
        .file(".aws-sam/build/template.yaml", SAM);
    case.write(".aws-sam/build/One/index.js", "");

    case.pack("--all .aws-sam/build -o plain -q").ok();
    assert!(case.exists("plain/One.zip"));
    for options in ["", "-o x.zip"] {
        let ran = case.refuses(&format!("--all .aws-sam/build {options}"));
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains("-o FOLDER/"), "{}", ran.stderr);
    }
}
