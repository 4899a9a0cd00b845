//! Java programs that are packed and then run through a class loader like Lambda's, where a JDK is installed.

use std::path::Path;

use crate::support::{Case, find_tool};

/// Loads a class as Lambda's Java run time does and calls its `main`: the root, then `lib/*.jar` by name.
/// Source: `CustomerClassLoader.java` of <https://github.com/aws/aws-lambda-java-libs>.
const LOADER: &str = include_str!("Loader.java");

/// A program of 120 classes, with a service, a resource, folders that are searched for, and a class for newer Java.
const PROGRAM: &str = r#"
package p;

import java.io.InputStream;
import java.util.Collections;
import java.util.ServiceLoader;
import java.util.function.Supplier;

public final class Main {
    public static void main(String[] arguments) throws Exception {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        long sum = 0;
        for (int number = 0; number < 120; number++) {
            Class<?> type = Class.forName("p.C" + number, true, loader);
            sum += ((Supplier<Integer>) type.getDeclaredConstructor().newInstance()).get();
        }
        System.out.println("sum " + sum);
        for (Supplier<?> service : ServiceLoader.load(Supplier.class, loader)) {
            System.out.println("service " + service.get());
        }
        try (InputStream stream = Main.class.getResourceAsStream("/p/words.txt")) {
            System.out.println("resource " + new String(stream.readAllBytes()));
        }
        System.out.println("folders " + (Collections.list(loader.getResources("p/")).size() > 0));
        System.out.println("release " + Release.NAME());
        System.out.println("title " + (Main.class.getPackage().getImplementationTitle() != null));
    }
}
"#;

struct Jdk {
    javac: std::path::PathBuf,
    java: std::path::PathBuf,
    jar: std::path::PathBuf,
}

impl Jdk {
    fn find() -> Option<Self> {
        Some(Self {
            javac: find_tool("javac")?,
            java: find_tool("java")?,
            jar: find_tool("jar")?,
        })
    }
}

fn run(case: &Case, program: &Path, arguments: &str) -> String {
    let mut command = case.command(program);
    let done = command.args(arguments.split_whitespace()).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let complained = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{arguments}\n{said}{complained}");
    said
}

/// Compiles the program into `uber.jar` and the loader into `loader/`.
fn build(jdk: &Jdk) -> Case {
    let release = |name: &str| {
        format!(
            "package p; final class Release {{ static String NAME() {{ return \"{name}\"; }} }}"
        )
    };
    let mut case = Case::new()
        .file("Loader.java", LOADER)
        .file("src/p/Main.java", PROGRAM)
        .file("src/p/Release.java", release("base"))
        .file("newer/p/Release.java", release("nine"))
        .file("classes/p/words.txt", "words")
        .file(
            "classes/META-INF/services/java.util.function.Supplier",
            "p.C7\n",
        )
        .file(
            "manifest.txt",
            "Multi-Release: true\nImplementation-Title: uber\n",
        );
    for number in 0..120 {
        let class = format!(
            "package p; public class C{number} implements java.util.function.Supplier<Integer> {{ \
             public Integer get() {{ return {number}; }} }}"
        );
        case = case.file(&format!("src/p/C{number}.java"), class);
    }
    let sources = (0..120).map(|number| format!("src/p/C{number}.java"));
    let sources = sources.collect::<Vec<_>>().join(" ");
    run(&case, &jdk.javac, "-d loader Loader.java");
    run(
        &case,
        &jdk.javac,
        &format!("-nowarn -d classes src/p/Main.java src/p/Release.java {sources}"),
    );
    run(
        &case,
        &jdk.javac,
        "-nowarn -d classes9 newer/p/Release.java",
    );
    run(
        &case,
        &jdk.jar,
        "-c -f uber.jar -m manifest.txt -C classes . --release 9 -C classes9 .",
    );
    case
}

#[test]
fn an_uber_jar_answers_as_before() {
    let Some(jdk) = Jdk::find() else {
        return;
    };
    let case = build(&jdk);
    let expected = run(&case, &jdk.java, "-cp uber.jar p.Main");
    snapshot!(expected, @r"
    sum 7140
    service 7
    resource words
    folders true
    release nine
    title true
    ");
    case.pack("uber.jar --runtime java17 --out-dir task").ok();
    assert!(case.exists("task/lib/app.jar") && !case.exists("task/p/Main.class"));
    assert_eq!(
        run(&case, &jdk.java, "-cp loader Loader task p.Main"),
        expected
    );
}

#[test]
fn a_signed_jar_is_still_signed_when_entries_have_left_it() {
    let (Some(jdk), Some(keytool), Some(jarsigner)) =
        (Jdk::find(), find_tool("keytool"), find_tool("jarsigner"))
    else {
        return;
    };
    let mut elf = b"\x7fELF\x02\x01\x01\0".to_vec();
    elf.resize(18, 0);
    elf.extend([62, 0]);
    elf.resize(9000, 7);
    let mut mach_o = vec![0xcf, 0xfa, 0xed, 0xfe];
    mach_o.resize(9000, 9);
    let case = Case::new()
        .file("src/q/Main.java", "package q; public class Main { public static void main(String[] a) { System.out.println(Main.class.getSigners().length); } }")
        .file("classes/native/linux.so", elf)
        .file("classes/native/mac.dylib", mach_o)
        .file("classes/META-INF/maven/g/a/pom.xml", "<project/>".repeat(900))
        .file("classes/META-INF/versions/21/q/notes.txt", "newer".repeat(900))
        .folder("app/lib");
    run(&case, &jdk.javac, "-d loader src/q/Main.java -d classes");
    let loader = case.file("Loader.java", LOADER);
    let case = loader;
    run(&case, &jdk.javac, "-d loader Loader.java");
    run(&case, &jdk.jar, "-c -f app/lib/a.jar -C classes .");
    run(
        &case,
        &keytool,
        "-genkeypair -alias k -keyalg RSA -dname CN=x -keystore store -storepass changeit",
    );
    run(
        &case,
        &jarsigner,
        "-keystore store -storepass changeit app/lib/a.jar k",
    );
    case.pack("app --runtime java17 --out-dir task").ok();
    let names = run(&case, &jdk.jar, "-t -f task/lib/a.jar");
    assert!(
        names.contains("linux.so") && !names.contains("mac.dylib"),
        "{names}"
    );
    assert!(
        !names.contains("pom.xml") && !names.contains("notes.txt"),
        "{names}"
    );
    case.pack("app --runtime java17 --jar-storage stored --out-dir stored")
        .ok();
    for task in ["task", "stored"] {
        let verified = run(&case, &jarsigner, &format!("-verify {task}/lib/a.jar"));
        assert!(verified.contains("jar verified"), "{task}: {verified}");
        let answer = run(
            &case,
            &jdk.java,
            &format!("-cp loader Loader {task} q.Main"),
        );
        assert_eq!(answer, "1\n", "{task}");
    }
}
