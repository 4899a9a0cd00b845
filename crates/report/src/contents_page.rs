use std::collections::BTreeMap;

use serde::Serialize;

use crate::contents::{Contents, FileSize};
use crate::difference::DifferenceSide;
use crate::model::{Limit, ToolRow};

/// The page without its data: styles and program are in it, nothing is loaded.
const TEMPLATE: &str = include_str!("treemap.html");
/// Where the data goes.
const PLACE: &str = "{{data}}";
/// The names of more folders than this stay together: it bounds the recursion here and in the page.
const DEEPEST: usize = 32;

/// What is inside a package, as one self-contained HTML page with a treemap.
pub fn contents_page(contents: &Contents) -> serde_json::Result<String> {
    // Inside a script only `<` could end the data; JSON has it in strings alone, where it may be written otherwise.
    let data = serde_json::to_string(&Page::of(contents))?.replace('<', "\\u003c");
    let (start, end) = TEMPLATE.split_once(PLACE).unwrap_or((TEMPLATE, ""));
    Ok([start, &data, end].concat())
}

/// What the program in the page reads.
#[derive(Serialize)]
struct Page<'a> {
    tool: ToolRow,
    package: &'a DifferenceSide,
    before: Option<&'a DifferenceSide>,
    limits: &'a [Limit],
    packages: Vec<PackageTree<'a>>,
}

#[derive(Serialize)]
struct PackageTree<'a> {
    name: Option<&'a str>,
    versions: &'a [String],
    before_versions: &'a [String],
    nodes: Vec<Node>,
}

/// Arrays and no objects: a package may have tens of thousands of files.
#[derive(Serialize)]
#[serde(untagged)]
enum Node {
    /// Its name and what is in it.
    Folder(String, Vec<Node>),
    /// Its name and its size, which did not change.
    File(String, u64),
    /// Its name, its size and its size before; `null` where it was not there.
    Changed(String, Option<u64>, Option<u64>),
}

/// The contents of a folder while they are sorted into it.
#[derive(Default)]
struct Folder<'a> {
    folders: BTreeMap<&'a str, Folder<'a>>,
    files: Vec<(&'a str, &'a FileSize)>,
}

impl<'a> Page<'a> {
    fn of(contents: &'a Contents) -> Self {
        let mut trees: BTreeMap<Option<&str>, Folder<'_>> = BTreeMap::new();
        for file in &contents.files {
            let tree = trees.entry(file.package.as_deref()).or_default();
            tree.add(file);
        }
        let is_compared = contents.before.is_some();
        let packages = contents.packages.iter().map(|package| {
            let tree = trees.remove(&package.name.as_deref()).unwrap_or_default();
            PackageTree {
                name: package.name.as_deref(),
                versions: &package.versions,
                before_versions: &package.before_versions,
                nodes: tree.into_nodes(is_compared),
            }
        });
        Self {
            tool: contents.tool,
            package: &contents.package,
            before: contents.before.as_ref(),
            limits: &contents.limits,
            packages: packages.collect(),
        }
    }
}

impl<'a> Folder<'a> {
    fn add(&mut self, file: &'a FileSize) {
        let mut names: Vec<&str> = file.path.splitn(DEEPEST, '/').collect();
        let name = names.pop().unwrap_or_default();
        let folder = names
            .into_iter()
            .fold(self, |folder, name| folder.folders.entry(name).or_default());
        folder.files.push((name, file));
    }

    fn into_nodes(self, is_compared: bool) -> Vec<Node> {
        let folders = self.folders.into_iter().map(|(name, folder)| {
            let (name, folder) = folder.without_corridor(name);
            Node::Folder(name, folder.into_nodes(is_compared))
        });
        let files = self.files.into_iter();
        let files = files.map(|(name, file)| Node::file(name, file, is_compared));
        folders.chain(files).collect()
    }

    /// Joins the names of folders that hold nothing but one folder.
    fn without_corridor(mut self, name: &str) -> (String, Self) {
        let mut name = name.to_owned();
        while self.files.is_empty() && self.folders.len() == 1 {
            let Some((next, folder)) = self.folders.pop_first() else {
                break;
            };
            name = name + "/" + next;
            self = folder;
        }
        (name, self)
    }
}

impl Node {
    fn file(name: &str, file: &FileSize, is_compared: bool) -> Self {
        match (file.unzipped_bytes, file.before_bytes) {
            (Some(after), before) if before == Some(after) || !is_compared => {
                Self::File(name.to_owned(), after)
            }
            (after, before) => Self::Changed(name.to_owned(), after, before),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contents::tests::contents;

    fn check(after: &str, before: Option<&str>, expected: &str) {
        let contents = contents(after, before);
        let page = Page::of(&contents);
        let trees = page
            .packages
            .iter()
            .map(|package| serde_json::to_string(&package.nodes).unwrap());
        assert_eq!(trees.collect::<Vec<_>>().join("\n"), expected);
    }

    #[test]
    fn folders_nest_and_corridors_are_one() {
        check(
            "node_modules/x/lib/a 3\nnode_modules/x/b 1",
            None,
            r#"[["node_modules/x",[["lib",[["a",3]]],["b",1]]]]"#,
        );
    }

    #[test]
    fn both_sizes_stand_where_they_differ() {
        check(
            "same 3\nless 1\nnew 1",
            Some("same 3\nless 2\ngone 4"),
            r#"[["same",3],["less",1,2],["new",1,null],["gone",null,4]]"#,
        );
    }

    #[test]
    fn depth_is_bounded() {
        let path = format!("{}x 1\n{}y 1", "a/".repeat(20_000), "a/".repeat(20_000));
        let page = contents_page(&contents(&path, None)).unwrap();
        assert!(page.contains("a/a/x"));
    }

    #[test]
    fn the_data_has_its_place() {
        assert_eq!(TEMPLATE.matches(PLACE).count(), 1);
        let page = contents_page(&contents("</script><b>{{data}} 1", None)).unwrap();
        assert!(page.contains(r#"["\u003c",[["script>\u003cb>{{data}}",1]]]"#));
        assert!(page.contains("{{data}}"));
        assert!(!page.contains("</script><b>"));
    }
}
