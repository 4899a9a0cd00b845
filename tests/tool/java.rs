//! Jars and classes end up where Lambda's class loader finds them, or the run ends with a reason.

use crate::support::{Case, Ran, RawEntry, raw_zip};

/// A jar of these names and contents.
pub(crate) fn jar(files: &[(&str, &str)]) -> Vec<u8> {
    let entries = files.iter().map(|(name, text)| RawEntry::new(name, text));
    raw_zip(&entries.collect::<Vec<_>>())
}

/// A jar with one class.
fn plain(class: &str) -> Vec<u8> {
    jar(&[(class, "class")])
}

fn manifest(text: &str) -> Vec<u8> {
    jar(&[("META-INF/MANIFEST.MF", text)])
}

const BOOT: &str = "Main-Class: org.springframework.boot.loader.JarLauncher\n";

/// The codes of what the user is told besides the sizes.
fn codes(ran: &Ran) -> String {
    let diagnostics = ran.json()["diagnostics"].clone();
    let codes = diagnostics.as_array().unwrap().iter();
    let codes: Vec<String> = codes
        .map(|found| found["code"].as_str().unwrap().to_owned())
        .collect();
    codes.join(" ")
}

/// The paths of the packed zip.
fn paths(case: &Case, zip: &str) -> String {
    let listing = case.listing(zip);
    let lines = listing.lines();
    lines
        .map(|line| line.rsplit(' ').next().unwrap_or_default().to_owned() + "\n")
        .collect()
}

#[test]
fn jars_beside_the_classes_move_to_lib() {
    let case = Case::new()
        .file("app/com/x/Handler.class", "class")
        .file("app/a.jar", plain("A.class"))
        .file("app/libs/b.jar", plain("B.class"))
        .file("app/lib/c.jar", plain("C.class"))
        .file("app/vendor/d.jar", plain("D.class"))
        .file("app/a-1.0-sources.jar", plain("A.java"));
    let ran = case.pack("app --runtime java21 --handler com.x.Handler --format json");
    snapshot!(codes(&ran.ok()), @"LS494 LS499");
    snapshot!(paths(&case, "app.zip"), @r"
    com/x/Handler.class
    lib/a.jar
    lib/b.jar
    lib/c.jar
    vendor/d.jar
    ");
    let case = Case::new()
        .file("app/a.jar", plain("A.class"))
        .file("app/a-1.0-sources.jar", plain("A.java"));
    case.pack("app --runtime java21 --level safe").ok();
    snapshot!(paths(&case, "app.zip"), @r"
    a-1.0-sources.jar
    lib/a.jar
    ");
}

#[test]
fn a_jar_that_moves_and_hides_classes_of_another_is_told() {
    let case = Case::new()
        .file("app/a.jar", jar(&[("p/A.class", "one")]))
        .file("app/lib/b.jar", jar(&[("p/A.class", "two")]))
        .file("app/lib/C.JAR", plain("C.class"));
    let ran = case.pack("app --runtime java21 --format json").ok();
    snapshot!(codes(&ran), @"LS941 LS495 LS499");
    let told = ran.json()["diagnostics"][0]["message"].to_string();
    snapshot!(told, @r#""lib/a.jar hides 1 different classes of lib/b.jar, such as p/A.class""#);
}

#[test]
fn a_jar_that_would_lose_a_class_stays_or_ends_the_run() {
    let case = Case::new()
        .file("app/a-1.0-sources.jar", plain("A.java"))
        .file("app/lib/b-1.0-javadoc.jar", plain("B.html"))
        .file("app/lib/c-1.0-sources.jar", plain("C.class"));
    case.pack("app --runtime java21").ok();
    snapshot!(paths(&case, "app.zip"), @"lib/c-1.0-sources.jar");
    // Two classes of one name: whichever went, its users would miss it.
    let inner = String::from_utf8(plain("A.class")).unwrap_or_default();
    let boot = jar(&[
        ("BOOT-INF/classes/p/A.class", "one"),
        ("BOOT-INF/lib/a.jar", &inner),
        ("META-INF/MANIFEST.MF", BOOT),
        ("p/A.class", "two"),
    ]);
    let case = Case::new().file("boot.jar", &boot);
    snapshot!(case.refuses("boot.jar --runtime java21"), @r"
    exit 1
    --- stderr
    error: `boot.jar` cannot be packed: `BOOT-INF/classes/p/A.class` and `p/A.class` would both become `p/A.class`
    ");
}

#[test]
fn jars_are_stored_when_asked() {
    let case = Case::new()
        .file("classes/p/A.class", "class ".repeat(2000))
        .file("app/com/x/Handler.class", "class");
    // What this writes is a deflated zip.
    case.pack("classes --runtime java21").ok();
    case.write("app/a.jar", case.read("classes.zip"));
    let pack = |input: &str, more: &str| {
        let arguments = format!("{input} --runtime java21 --format json {more}");
        case.pack(&arguments).ok()
    };
    let unzipped = |ran: &Ran| ran.json()["after"]["unzipped_bytes"].as_u64().unwrap();
    assert!(unzipped(&pack("app", "")) < 1000);
    let stored = pack("app", "--jar-storage stored");
    assert!(
        unzipped(&stored) > 12_000 && stored.json()["after"]["zip_bytes"].as_u64().unwrap() < 1000
    );
    let twice = pack("app.zip", "--jar-storage stored -o twice.zip");
    assert_eq!(twice.sha256(), stored.sha256());
    let back = pack("app.zip", "-o back.zip");
    assert_eq!(back.sha256(), stored.sha256());
}

#[test]
fn other_run_times_keep_their_jars() {
    let case = Case::new()
        .file("app/app.py", "")
        .file("app/tool.jar", plain("A.class"));
    case.pack("app --runtime python3.13").ok();
    snapshot!(paths(&case, "app.zip"), @r"
    app.py
    tool.jar
    ");
}

#[test]
fn agents_and_jars_that_are_named_stay() {
    let case = Case::new()
        .file("app/lib/z.jar", manifest("Class-Path: ../named.jar\n"))
        .file("app/agent.jar", manifest("Premain-Class: x.Agent\n"))
        .file("app/named.jar", plain("A.class"))
        .file("app/tool.jar", plain("B.class"))
        .file("app/wrapper.sh", "exec java -jar tool.jar\n")
        .file("app/x.jar", plain("C.class"));
    let ran = case.pack("app --runtime java21 --format json").ok();
    snapshot!(codes(&ran), @"LS420 LS493 LS499");
    snapshot!(paths(&case, "app.zip"), @r"
    agent.jar
    lib/x.jar
    lib/z.jar
    named.jar
    tool.jar
    wrapper.sh
    ");
}

#[test]
fn the_manifest_of_unpacked_classes_holds_nothing() {
    let case = Case::new()
        .file("app/META-INF/MANIFEST.MF", "Class-Path: a.jar\n")
        .file("app/com/x/Handler.class", "class")
        .file("app/a.jar", plain("A.class"));
    case.pack("app --runtime java21").ok();
    snapshot!(paths(&case, "app.zip"), @r"
    META-INF/MANIFEST.MF
    com/x/Handler.class
    lib/a.jar
    ");
}

#[test]
fn equal_jars_become_one_and_different_ones_an_error() {
    let case = Case::new()
        .file("app/a.jar", plain("A.class"))
        .file("app/lib/a.jar", plain("A.class"));
    case.pack("app --runtime java21").ok();
    snapshot!(paths(&case, "app.zip"), @"lib/a.jar");
    let case = Case::new()
        .file("app/a.jar", plain("A.class"))
        .file("app/lib/a.jar", plain("B.class"));
    snapshot!(case.refuses("app --runtime java21"), @r"
    exit 1
    --- stderr
    error: `app` cannot be packed: `a.jar` and `lib/a.jar` would both become `lib/a.jar`
    ");
}

#[test]
fn layers_have_their_own_folder() {
    let case = Case::new()
        .file("layer/a.jar", plain("A.class"))
        .file("layer/java/lib/b.jar", plain("B.class"))
        .file("layer/lib/libx.so", "no jar");
    case.pack("layer --runtime java21 --kind layer").ok();
    snapshot!(paths(&case, "layer.zip"), @r"
    java/lib/a.jar
    java/lib/b.jar
    lib/libx.so
    ");
}

#[test]
fn a_spring_boot_jar_becomes_a_function() {
    let inner = String::from_utf8(plain("A.class")).unwrap_or_default();
    let boot = jar(&[
        ("BOOT-INF/classes/application.yml", "a: 1\n"),
        ("BOOT-INF/classes/com/x/App.class", "class"),
        ("BOOT-INF/classpath.idx", "- a\n"),
        ("BOOT-INF/lib/a.jar", &inner),
        ("META-INF/MANIFEST.MF", BOOT),
        ("org/springframework/boot/loader/JarLauncher.class", "class"),
    ]);
    let case = Case::new()
        .file("app.jar", &boot)
        .file("folder/app.jar", &boot)
        .file("target/app.jar", &boot)
        .file("target/app.jar.original", "jar")
        .file("target/classes/com/x/App.class", "class");
    for input in ["app.jar", "folder", "target"] {
        let pack = format!("{input} --runtime java21 --handler com.x.App -o out.zip --level safe");
        case.pack(&pack).ok();
        assert_eq!(
            paths(&case, "out.zip"),
            "META-INF/MANIFEST.MF\napplication.yml\ncom/x/App.class\nlib/a.jar\n",
            "{input}"
        );
    }
}

#[test]
fn the_target_folder_of_maven_becomes_a_function() {
    let case = Case::new()
        .file("target/classes/com/x/App.class", "class")
        .file("target/classes/log4j2.xml", "<x/>")
        .file("target/dependency/a.jar", plain("A.class"))
        .file("target/app-1.0.jar", plain("com/x/App.class"))
        .file("target/maven-status/x.lst", "x")
        .file("target/test-classes/com/x/AppTest.class", "class");
    case.pack("target --handler com.x.App::run").ok();
    snapshot!(paths(&case, "target.zip"), @r"
    com/x/App.class
    lib/a.jar
    log4j2.xml
    ");
}

#[test]
fn a_war_is_refused_until_asked_for() {
    let case = Case::new()
        .file("war/WEB-INF/classes/com/x/App.class", "class")
        .file("war/WEB-INF/lib/a.jar", plain("A.class"))
        .file("war/WEB-INF/web.xml", "<web-app/>");
    snapshot!(case.refuses("war --runtime java21"), @r"
    exit 2
    --- stderr
    error: `war` is a web archive, of which Lambda loads nothing; --from-war moves its classes and jars to where Lambda looks
    ");
    case.pack("war --runtime java21 --from-war").ok();
    snapshot!(paths(&case, "war.zip"), @r"
    WEB-INF/web.xml
    com/x/App.class
    lib/a.jar
    ");
}

/// 120 classes and what lies beside them in an uber jar.
fn uber() -> Case {
    let mut case = Case::new()
        .file("app/META-INF/MANIFEST.MF", "Multi-Release: true\n")
        .file("app/META-INF/services/x.Y", "x.Z\n")
        .file("app/META-INF/A.SF", "signature")
        .file("app/META-INF/versions/11/p/C1.class", "x".repeat(700))
        .file("app/log4j2.xml", "<x/>")
        .file("app/p/help.txt", "java -cp p.jar\n");
    for number in 0..120 {
        case = case.file(&format!("app/p/C{number}.class"), "x".repeat(600 + number));
    }
    case
}

#[test]
fn the_classes_of_an_uber_jar_become_one_jar() {
    let case = uber();
    let first = case
        .pack("app --runtime java21 --handler p.C1 --format json")
        .ok();
    snapshot!(codes(&first), @"");
    snapshot!(paths(&case, "app.zip"), @r"
    META-INF/A.SF
    lib/app.jar
    log4j2.xml
    p/help.txt
    ");
    assert_eq!(first.json()["after"]["files"], 4);
    let again = case
        .pack("app --runtime java21 --jobs 1 -o again.zip --format json")
        .ok();
    assert_eq!(again.sha256(), first.sha256());
    let twice = case
        .pack("app.zip --runtime java21 -o twice.zip --format json")
        .ok();
    assert_eq!(twice.sha256(), first.sha256());
    case.pack("app --runtime java21 --level safe").ok();
    assert!(paths(&case, "app.zip").contains("p/C7.class\n"));
    let case = uber().file("app/run", "#!/bin/sh\nexec java -cp /var/task p.C1\n");
    case.pack("app --runtime java21").ok();
    assert!(paths(&case, "app.zip").contains("p/C7.class\n"));
}

#[test]
fn what_hides_on_the_class_path_is_told() {
    let case = Case::new()
        .file(
            "app/lib/a-1.0.jar",
            jar(&[("p/A.class", "one"), ("p/B.class", "same")]),
        )
        .file(
            "app/lib/a-2.0.jar",
            jar(&[("p/A.class", "two"), ("p/B.class", "same")]),
        );
    let ran = case
        .pack("app --runtime java21 --handler p.A::run --format json")
        .ok();
    snapshot!(codes(&ran), @"LS940 LS941 LS499");
    let told = ran.json()["diagnostics"][1]["message"].to_string();
    snapshot!(told, @r#""lib/a-1.0.jar hides 1 different classes of lib/a-2.0.jar, such as p/A.class""#);
    let ran = case
        .pack("app --runtime java21 --handler p.C --format json")
        .ok();
    assert!(codes(&ran).contains("LS902"));
}
