use crate::sample_elf::SampleElf;
use crate::support::{Case, Ran};

const MACH_O: &[u8] = b"\xcf\xfa\xed\xfe\x07\0\0\x01";
const ARM64: u16 = 183;

fn elf(machine: u16) -> Vec<u8> {
    SampleElf {
        machine,
        ..SampleElf::default()
    }
    .bytes()
}

pub(crate) fn mach_o() -> Vec<u8> {
    [MACH_O, &[0; 200]].concat()
}

/// A library for Windows, without the header that managed code has.
fn windows() -> Vec<u8> {
    let mut pe = vec![0; 512];
    pe[..2].copy_from_slice(b"MZ");
    pe[0x3c] = 0x80;
    pe[0x80..0x84].copy_from_slice(b"PE\0\0");
    pe[0x98..0x9a].copy_from_slice(&[0x0b, 0x02]);
    pe
}

fn needs(library: &str, version: &str) -> Vec<u8> {
    SampleElf {
        needed: vec![library],
        versions: vec![version],
        ..SampleElf::default()
    }
    .bytes()
}

/// The errors and warnings of a run, and how it ended.
fn said(ran: &Ran) -> String {
    format!("exit {}\n{}", ran.code, ran.stderr)
}

/// A Python function with one extension module.
fn python(module: &str, contents: Vec<u8>) -> Case {
    Case::new()
        .file("app/handler.py", "import _x\n")
        .file(&format!("app/{module}"), contents)
}

#[test]
fn a_library_for_the_other_architecture_is_an_error() {
    let case = python("_x.abi3.so", elf(62));
    snapshot!(said(&case.pack("app -q --runtime python3.13 --arch arm64")), @r"
    exit 3
    error[LS920]: _x.abi3.so: is for x86_64, and no build for Linux on arm64 is beside it
      help: install the dependencies for the target: npm's --os and --cpu, pip's --platform, cargo's --target
    ");
    assert!(case.exists("app.zip"));
    let fits = case.pack("app -q --runtime python3.13 --arch x86_64").ok();
    assert_eq!(fits.stderr, "");
    assert_eq!(
        case.pack("app -q --runtime python3.13 --arch arm64 --keep _x.abi3.so")
            .code,
        0
    );
    assert_eq!(
        case.pack("app -q --runtime python3.13 --arch arm64 --allow LS920")
            .code,
        0
    );
    assert_eq!(
        case.pack("app -q --runtime python3.13 --arch arm64 --drop _x.abi3.so")
            .code,
        0
    );
}

#[test]
fn a_c_library_that_is_too_old_is_told() {
    let case = python("_x.abi3.so", needs("libc.so.6", "GLIBC_2.34"));
    snapshot!(said(&case.pack("app -q --runtime python3.11 --deny LS921")), @r"
    exit 3
    error[LS921]: _x.abi3.so: needs GLIBC_2.34, and python3.11 (Amazon Linux 2) has 2.26
      help: install it with pip's --platform manylinux2014_x86_64 or manylinux2014_aarch64, or choose a newer run time
    ");
    assert_eq!(case.pack("app -q --runtime python3.11").code, 0);
    assert_eq!(case.pack("app -q --runtime python3.12").ok().stderr, "");
    let case = python(
        "_x.cpython-311-x86_64-linux-gnu.so",
        needs("libc.so.6", "GLIBC_2.34"),
    );
    snapshot!(said(&case.pack("app -q")), @r"
    exit 0
    warning[LS921]: _x.cpython-311-x86_64-linux-gnu.so: needs GLIBC_2.34, and python3.11 (Amazon Linux 2) has 2.26
      help: install it with pip's --platform manylinux2014_x86_64 or manylinux2014_aarch64, or choose a newer run time
    ");
}

#[test]
fn a_package_that_brings_the_library_needs_none_of_the_system() {
    let module = needs("libstdc++.so.6", "GLIBCXX_3.4.32");
    let case = python("_x.abi3.so", module);
    assert_eq!(
        case.pack("app -q --runtime python3.13 --deny LS921").code,
        3
    );
    let case = case.file("app/lib/libstdc++.so.6", elf(62));
    assert_eq!(case.pack("app -q --runtime python3.13").ok().stderr, "");
}

#[test]
fn libraries_that_nobody_brings() {
    let case = python("_x.abi3.so", needs("libpq.so.5", "X_1"));
    snapshot!(said(&case.pack("app -q --runtime python3.13")), @r"
    exit 0
    warning[LS922]: _x.abi3.so: needs `libpq.so.5`, which is not in the package
      help: fine if a layer brings it; Amazon Linux 2023 may not have it
    ");
    let case = case.file("app/x.libs/libpq.so.5", elf(62));
    assert_eq!(case.pack("app -q --runtime python3.13").ok().stderr, "");
}

#[test]
fn an_extension_module_for_another_python() {
    let case = python("_x.cpython-311-x86_64-linux-gnu.so", elf(62));
    snapshot!(said(&case.pack("app -q --runtime python3.13")), @r"
    exit 3
    error[LS923]: _x.cpython-311-x86_64-linux-gnu.so: is for CPython 3.11, not for python3.13
      help: install the dependencies with the Python of the run time, or with pip's --python-version
    ");
    let case = case.file("app/_x.cpython-313-x86_64-linux-gnu.so", elf(62));
    assert_eq!(case.pack("app -q --runtime python3.13").ok().stderr, "");
}

#[test]
fn an_addon_for_the_other_architecture_is_an_error_although_it_goes() {
    let case = addon(&[("a/lib/a.node", elf(ARM64))]);
    let ran = case.pack("dist -q --runtime nodejs22.x --arch x86_64");
    snapshot!(said(&ran), @r"
    exit 3
    error[LS920]: node_modules/a/lib/a.node: is for arm64, and no build for Linux on x86_64 is beside it
      help: install the dependencies for the target: npm's --os and --cpu, pip's --platform, cargo's --target
    ");
    assert!(!case.listing("dist.zip").contains("a.node"));
}

/// A Node.js package with builds of one addon.
fn addon(builds: &[(&str, Vec<u8>)]) -> Case {
    let mut case = Case::new()
        .file("dist/index.js", "require('a')\n")
        .file("dist/node_modules/a/package.json", r#"{"name":"a"}"#);
    for (path, contents) in builds {
        case = case.file(&format!("dist/node_modules/{path}"), contents);
    }
    case
}

#[test]
fn an_addon_for_macos_alone_is_an_error() {
    let built_here = addon(&[("a/build/Release/a.node", mach_o())]);
    snapshot!(said(&built_here.pack("dist -q --runtime nodejs22.x")), @r"
    exit 3
    error[LS920]: node_modules/a/build/Release/a.node: is for macOS, and no build for Linux is beside it
      help: install the dependencies for the target: npm's --os and --cpu, pip's --platform, cargo's --target
    ");
    let for_macos = addon(&[("@a/a-darwin-arm64/a-darwin-arm64.node", mach_o())]);
    snapshot!(said(&for_macos.pack("dist -q --runtime nodejs22.x")), @r"
    exit 3
    error[LS920]: node_modules/@a/a-darwin-arm64/a-darwin-arm64.node: is for macOS, and no build for Linux is beside it
      help: install the dependencies for the target: npm's --os and --cpu, pip's --platform, cargo's --target
    ");
}

#[test]
fn gems_built_on_macos_and_wheels_for_windows_are_errors() {
    let gem = "dist/vendor/bundle/ruby/3.4.0/gems/bcrypt-3.1.20/lib";
    let case = Case::new()
        .file("dist/app.rb", "require 'bcrypt'\n")
        .file(&format!("{gem}/bcrypt_ext.bundle"), mach_o());
    snapshot!(said(&case.pack("dist -q --runtime ruby3.4")), @r"
    exit 3
    error[LS920]: vendor/bundle/ruby/3.4.0/gems/bcrypt-3.1.20/lib/bcrypt_ext.bundle: is for macOS, and no build for Linux is beside it
      help: install the gems on Linux, as `sam build --use-container` does
    ");
    let case = case.file(&format!("{gem}/bcrypt_ext.so"), elf(62));
    assert_eq!(case.pack("dist -q --runtime ruby3.4").ok().stderr, "");

    // Nothing imports it, so that this is all there is to say.
    let case = Case::new()
        .file("app/handler.py", "")
        .file("app/_x.cp313-win_amd64.pyd", windows());
    snapshot!(said(&case.pack("app -q --runtime python3.13")), @r"
    exit 3
    error[LS920]: _x.cp313-win_amd64.pyd: is for Windows, and no build for Linux is beside it
      help: install the dependencies for the target: npm's --os and --cpu, pip's --platform, cargo's --target
    ");
    let case = case.file("app/_x.cpython-313-x86_64-linux-gnu.so", elf(62));
    assert_eq!(case.pack("app -q --runtime python3.13").ok().stderr, "");
}

#[test]
fn an_addon_with_a_build_for_linux_beside_it_is_fine() {
    let case = addon(&[
        ("a/prebuilds/darwin-x64+arm64/a.node", mach_o()),
        ("a/prebuilds/linux-x64/a.node", elf(62)),
        ("a/prebuilds/linux-arm64/a.node", elf(ARM64)),
        // The names of these differ by the version of a library as well.
        ("c/engine-rhel-openssl-1.0.x.so.node", elf(62)),
        ("c/engine-linux-arm64-openssl-3.0.x.so.node", elf(ARM64)),
        // Used on macOS only, as its name does not say.
        ("b/b.node", mach_o()),
    ]);
    let ran = case.pack("dist -q --runtime nodejs22.x --arch x86_64").ok();
    assert_eq!(ran.stderr, "");
}

#[test]
fn builds_for_musl_go_where_one_for_glibc_stays() {
    let musl = || needs("libc.musl-x86_64.so.1", "");
    let both = addon(&[
        ("a/lib/linux-x64-musl/a.node", musl()),
        ("a/lib/linux-x64-gnu/a.node", elf(62)),
    ]);
    both.pack("dist -q --runtime nodejs22.x").ok();
    snapshot!(both.listing("dist.zip"), @r"
    0644      13 index.js
    0644    4408 node_modules/a/lib/linux-x64-gnu/a.node
    0644      12 node_modules/a/package.json
    ");
    let alone = addon(&[("a/lib/linux-x64-musl/a.node", musl())]);
    snapshot!(said(&alone.pack("dist -q --runtime nodejs22.x")), @r"
    exit 3
    error[LS920]: node_modules/a/lib/linux-x64-musl/a.node: is for systems with `libc.musl-x86_64.so.1`, and no build for Linux on x86_64 is beside it
      help: install the dependencies for the target: npm's --os and --cpu, pip's --platform, cargo's --target
    ");
    assert!(alone.listing("dist.zip").contains("a.node"));
}

#[test]
fn bootstrap_must_be_fit_to_start() {
    let script = Case::new().file("dist/bootstrap", "#!/bin/sh\r\nexec ./main\r\n");
    snapshot!(said(&script.pack("dist -q --runtime provided.al2023")), @r"
    exit 3
    error[LS926]: bootstrap: may not be executed, so Lambda cannot start it
      help: chmod +x bootstrap, before it is zipped
    error[LS927]: bootstrap: is a script with Windows line ends, so its interpreter is not found
      help: save it with Unix line ends, as dos2unix does
    ");
    let script = script
        .mode("dist/bootstrap", 0o755)
        .file("dist/extensions/log", "#!/bin/sh\n");
    snapshot!(said(&script.pack("dist -q --runtime provided.al2023 --allow LS927")), @r"
    exit 0
    warning[LS926]: extensions/log: may not be executed, so Lambda cannot start it
      help: chmod +x extensions/log, before it is zipped
    warning[LS927]: bootstrap: is a script with Windows line ends, so its interpreter is not found
      help: save it with Unix line ends, as dos2unix does
    ");
}

#[test]
fn programs_of_a_layer_must_be_fit_to_start() {
    let program = SampleElf {
        interpreter: Some("/lib64/ld-linux-x86-64.so.2"),
        ..SampleElf::default()
    };
    let case = Case::new()
        .file("dist/bin/ffmpeg", program.bytes())
        .file("dist/bin/notes.txt", "about ffmpeg\n")
        .file("dist/bin/wrapper", "#!/bin/sh\n");
    let pack = "dist -q --runtime provided.al2023";
    snapshot!(said(&case.pack(&format!("{pack} --kind layer"))), @r"
    exit 0
    warning[LS926]: bin/ffmpeg: may not be executed, so a function cannot start it; likewise 1 more file
      help: chmod +x bin/ffmpeg, before it is zipped
    ");
    assert_eq!(case.pack(pack).ok().stderr, "");
}

#[test]
fn programs_that_were_built_for_other_ends() {
    let debug = SampleElf {
        interpreter: Some("/lib64/ld-linux-x86-64.so.2"),
        debug_bytes: 20_000,
        ..SampleElf::default()
    };
    let mut packed = SampleElf::default().bytes();
    packed[180..184].copy_from_slice(b"UPX!");
    let case = Case::new()
        .file("dist/bootstrap", debug.bytes())
        .mode("dist/bootstrap", 0o755)
        .file("dist/bin/tool", packed);
    snapshot!(said(&case.pack("dist -q --runtime provided.al2023")), @r"
    exit 0
    warning[LS924]: bin/tool: is packed with UPX: it unpacks itself at every start
      help: ship the plain program; the zip compresses it as well
    warning[LS925]: bootstrap: is mostly debug information, as a debug build is
      help: build it for release: cargo build --release, or cargo lambda build --release
    ");
}

#[test]
fn modes_that_packages_cannot_hold_are_told() {
    let case = Case::new()
        .file("dist/index.js", "")
        .file("dist/tool", "#!/bin/sh\n")
        .mode("dist/tool", 0o4755)
        .file("dist/private", "")
        .mode("dist/private", 0o600);
    snapshot!(said(&case.pack("dist -q --runtime nodejs22.x")), @r"
    exit 0
    warning[LS903]: tool: runs with the rights of its owner or group; as mode 0755 it does not
    ");
    snapshot!(case.listing("dist.zip"), @r"
    0644       0 index.js
    0644       0 private
    0755      10 tool
    ");
}

#[test]
fn a_tool_that_goes_does_not_tell_the_processor() {
    let tool = "app/node_modules/@lambda-slim/cli-linux-x64";
    let case = Case::new()
        .file("app/index.js", "exports.handler = 1;")
        .file(
            &format!("{tool}/package.json"),
            r#"{"name": "@lambda-slim/cli-linux-x64"}"#,
        )
        .file(&format!("{tool}/lambda-slim"), elf(62));
    let said = |case: &Case| case.pack("app --runtime nodejs22.x --dry-run").ok().stderr;
    let told = said(&case);
    assert!(told.contains("architecture unknown"), "{told}");
    let case = case.file("app/node_modules/x/build/x.node", elf(ARM64));
    let told = said(&case);
    assert!(told.contains("arm64 (from 1 ELF file)"), "{told}");
}
