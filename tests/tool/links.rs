//! Symbolic links.

use crate::support::Case;

/// Links of every kind: to a file, to a folder, dangling in own files and in a dependency, absolute, leaving.
fn linked() -> Case {
    let case = Case::new()
        .file("outside/secret.txt", "out")
        .file("dist/index.js", "exports.handler = 1;\n")
        .file("dist/lib/libz.so.1.2", "z")
        .file("dist/node_modules/real/index.js", "module.exports = 1;\n")
        .link("dist/lib/libz.so", "libz.so.1.2")
        .link("dist/node_modules/alias", "real")
        .link("dist/node_modules/gone", "../../packages/gone")
        .link("dist/own-gone", "nowhere.txt")
        .link("dist/leaves", "../outside");
    let absolute = case.path("dist/index.js");
    case.link("dist/absolute.js", absolute.to_str().unwrap())
}

/// The listing and the warnings.
fn packed(symlinks: &str) -> String {
    let case = linked();
    let ran = case.pack(&format!("dist -q --symlinks {symlinks}"));
    format!("{ran}---\n{}", case.listing("dist.zip"))
}

#[test]
fn auto() {
    snapshot!(packed("auto"), @r"
    exit 0
    --- stderr
    warning[LS903]: absolute.js: the link to `[dir]/dist/index.js` became relative: `index.js`
    warning[LS903]: leaves: the link left the folder; copied what it points to: `[dir]/outside`
    ---
    link         absolute.js -> index.js
    0644      21 index.js
    0644       3 leaves/secret.txt
    link         lib/libz.so -> libz.so.1.2
    0644       1 lib/libz.so.1.2
    link         node_modules/alias -> real
    0644      20 node_modules/real/index.js
    link         own-gone -> nowhere.txt
    ");
}

#[test]
fn strip() {
    snapshot!(packed("strip"), @r"
    exit 0
    --- stderr
    warning[LS907]: absolute.js: --symlinks strip removes 3 links that lead to something
      help: --symlinks auto keeps them: Lambda extracts links as links
    warning[LS903]: absolute.js: the link to `[dir]/dist/index.js` became relative: `index.js`
    ---
    0644      21 index.js
    0644       1 lib/libz.so.1.2
    0644      20 node_modules/real/index.js
    ");
}

#[test]
fn follow() {
    snapshot!(packed("follow"), @r"
    exit 0
    --- stderr
    warning[LS910]: --symlinks follow: packages that find each other through links may not start
      help: --symlinks auto keeps links inside the package; Lambda extracts them
    warning[LS903]: leaves: the link left the folder; copied what it points to: `[dir]/outside`
    ---
    0644      21 absolute.js
    0644      21 index.js
    0644       3 leaves/secret.txt
    0644       1 lib/libz.so
    0644       1 lib/libz.so.1.2
    0644      20 node_modules/alias/index.js
    0644      20 node_modules/real/index.js
    link         own-gone -> nowhere.txt
    ");
}

#[test]
fn keep() {
    let case = linked();
    // The absolute link holds the temporary path of the case.
    fs_err::remove_file(case.path("dist/absolute.js")).unwrap();
    snapshot!(case.pack("dist -q --symlinks keep"), @"exit 0");
    snapshot!(case.listing("dist.zip"), @r"
    0644      21 index.js
    link         leaves -> ../outside
    link         lib/libz.so -> libz.so.1.2
    0644       1 lib/libz.so.1.2
    link         node_modules/alias -> real
    link         node_modules/gone -> ../../packages/gone
    0644      20 node_modules/real/index.js
    link         own-gone -> nowhere.txt
    ");
}

#[test]
fn links_that_go_round_among_themselves_stay_as_they_are() {
    let case = Case::new()
        .file("dist/index.js", "")
        .link("dist/a", "b")
        .link("dist/b", "a")
        .link("dist/self", "self");
    snapshot!(case.pack("dist -q"), @"exit 0");
    snapshot!(case.listing("dist.zip"), @r"
    link         a -> b
    link         b -> a
    0644       0 index.js
    link         self -> self
    ");
}

#[test]
fn a_link_to_its_own_folder_is_not_walked_into() {
    let case = Case::new()
        .file("dist/index.js", "")
        .link("dist/sub/up", "..");
    case.pack("dist -q").ok();
    snapshot!(case.listing("dist.zip"), @r"
    0644       0 index.js
    link         sub/up -> ..
    ");
    snapshot!(case.refuses("dist --symlinks follow -o new.zip"), @r"
    exit 1
    --- stderr
    error: the link `[dir]/dist/sub/up` goes round in a circle, to `[dir]/dist`
    ");
}

#[test]
fn a_link_to_a_folder_that_holds_the_package() {
    let case = Case::new()
        .file("dist/index.js", "")
        .link("dist/up", "../..");
    snapshot!(case.refuses("dist"), @r"
    exit 1
    --- stderr
    error: the link `[dir]/dist/up` goes round in a circle, to `[dir]/..`
    ");
}

#[test]
fn a_link_to_a_device_is_not_opened() {
    let case = Case::new()
        .file("dist/index.js", "")
        .link("dist/random", "/dev/urandom");
    snapshot!(case.pack("dist -q"), @r"
    exit 0
    --- stderr
    warning[LS903]: random: the link left the folder; copied what it points to: `/dev/urandom`
    warning[LS903]: random: neither a file, a folder nor a link; left out
    ");
    snapshot!(case.listing("dist.zip"), @"0644       0 index.js");
}

#[test]
fn the_input_itself_may_be_a_link() {
    let case = Case::new()
        .file("dist/index.js", "")
        .link("current", "dist");
    case.pack("current").ok();
    snapshot!(case.listing("current.zip"), @"0644       0 index.js");
}

#[test]
fn code_is_followed_through_links() {
    let store = "app/node_modules/.pnpm";
    let case = Case::new()
        .file("app/index.js", "require('one'); exports.handler = () => 1;")
        .file(
            &format!("{store}/one@1/node_modules/one/package.json"),
            r#"{"name":"one","main":"lib/a.js"}"#,
        )
        .file(
            &format!("{store}/one@1/node_modules/one/lib/a.js"),
            "require('two')",
        )
        .file(
            &format!("{store}/two@1/node_modules/two/package.json"),
            r#"{"name":"two","main":"lib/b.js"}"#,
        )
        .file(
            &format!("{store}/two@1/node_modules/two/lib/b.js"),
            "exports.b = 1",
        )
        .link("app/node_modules/one", ".pnpm/one@1/node_modules/one")
        .link(
            &format!("{store}/one@1/node_modules/two"),
            "../../two@1/node_modules/two",
        );
    case.pack("app --runtime nodejs22.x --handler index.handler --level aggressive")
        .ok();
    let reached = "node_modules/.pnpm/two@1/node_modules/two/lib/b.js";
    assert!(case.entry("app.zip", reached).is_some());
}
