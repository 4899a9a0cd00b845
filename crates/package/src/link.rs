use crate::{Entry, EntryId, EntryKind, EntryPath, Package};

/// Linux follows at most this many links for one path (`MAXSYMLINKS`), so we do as well.
const LINKS_AT_MOST: usize = 40;

/// Where a symbolic link ends when the package is the whole world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkTarget {
    /// At this file or folder of the package; an empty path (`None`) is the package's root.
    Inside(Option<EntryPath>),
    /// At nothing: the name does not exist, or the links go round in a circle.
    Dangling,
    /// One folder above the package, at a name that Lambda has not: nothing lies there when the function runs.
    Above,
    /// Anywhere else outside: an absolute target, or more `..` than there are folders.
    Outside,
}

impl Package {
    /// Follows the link `entry`, through other links and linked folders, the way Linux does.
    pub fn resolve_link(&self, entry: &Entry) -> LinkTarget {
        self.follow_link(entry, &mut Vec::new())
    }

    /// Like [`resolve_link`](Self::resolve_link), and notes the other links that are passed on the way.
    pub fn follow_link(&self, entry: &Entry, passed: &mut Vec<EntryId>) -> LinkTarget {
        let EntryKind::Symlink { target } = &entry.kind else {
            return LinkTarget::Inside(Some(entry.path.clone()));
        };
        let folder: Vec<String> = entry
            .path
            .parent()
            .iter()
            .flat_map(EntryPath::components)
            .map(str::to_owned)
            .collect();
        self.walk_link(folder, target, passed)
    }

    fn walk_link(
        &self,
        mut here: Vec<String>,
        target: &str,
        passed: &mut Vec<EntryId>,
    ) -> LinkTarget {
        let mut todo: Vec<String> = split_reversed(target);
        let mut links = 0;
        if target.starts_with('/') {
            return LinkTarget::Outside;
        }
        while let Some(part) = todo.pop() {
            match part.as_str() {
                "" | "." => continue,
                ".." if here.pop().is_none() => return above(&todo),
                ".." => continue,
                _ => here.push(part),
            }
            let Ok(path) = EntryPath::new(&here.join("/")) else {
                return LinkTarget::Dangling;
            };
            let found = self.find(&path);
            match found.map(|id| &self.entry(id).kind) {
                Some(EntryKind::Symlink { target }) => {
                    passed.extend(found);
                    links += 1;
                    if links > LINKS_AT_MOST {
                        return LinkTarget::Dangling;
                    }
                    if target.starts_with('/') {
                        return LinkTarget::Outside;
                    }
                    here.pop();
                    todo.extend(split_reversed(target));
                }
                Some(EntryKind::File { .. }) if todo.is_empty() => {
                    return LinkTarget::Inside(Some(path));
                }
                Some(EntryKind::File { .. }) => return LinkTarget::Dangling,
                None if self.has_folder(&path) => {}
                None => return LinkTarget::Dangling,
            }
        }
        LinkTarget::Inside(EntryPath::new(&here.join("/")).ok())
    }
}

/// What `..` at the root of the package leads to, with `todo` still to go. A function lies in `/var/task`, beside
/// `/var/runtime` and `/var/lang`; farther up lie `/opt` and `/tmp`.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html>.
fn above(todo: &[String]) -> LinkTarget {
    let next = todo
        .iter()
        .rev()
        .find(|part| !matches!(part.as_str(), "" | "."));
    match next.map(String::as_str) {
        None | Some(".." | "task" | "runtime" | "lang") => LinkTarget::Outside,
        Some(_) => LinkTarget::Above,
    }
}

fn split_reversed(target: &str) -> Vec<String> {
    target.split('/').rev().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FileMode;

    /// Each line is `path` or `path -> target`.
    fn package(lines: &[&str]) -> Package {
        let entry = |line: &&str| match line.split_once(" -> ") {
            Some((path, target)) => Entry {
                path: EntryPath::new(path).unwrap(),
                kind: EntryKind::Symlink {
                    target: target.to_owned(),
                },
            },
            None => Entry {
                path: EntryPath::new(line).unwrap(),
                kind: EntryKind::File {
                    size_bytes: 1,
                    mode: FileMode::Regular,
                },
            },
        };
        Package::new(lines.iter().map(entry).collect()).unwrap()
    }

    fn check(lines: &[&str], link: &str, expected: &str) {
        let package = package(lines);
        let id = package.find(&EntryPath::new(link).unwrap()).unwrap();
        let text = match package.resolve_link(package.entry(id)) {
            LinkTarget::Inside(path) => path.map_or(".".to_owned(), |path| path.to_string()),
            LinkTarget::Dangling => "dangling".to_owned(),
            LinkTarget::Above => "above".to_owned(),
            LinkTarget::Outside => "outside".to_owned(),
        };
        assert_eq!(text, expected);
    }

    #[test]
    fn links_end_inside() {
        check(
            &["lib/a.so.1", "lib/a.so -> a.so.1"],
            "lib/a.so",
            "lib/a.so.1",
        );
        check(
            &["store/a/index.js", "node_modules/a -> ../store/a"],
            "node_modules/a",
            "store/a",
        );
        check(&["s/a/x", "n/a -> ../s/a", "n/x -> a/x"], "n/x", "s/a/x");
        check(&["a", "b/up -> .."], "b/up", ".");
    }

    #[test]
    fn links_end_nowhere() {
        check(&["a -> b"], "a", "dangling");
        check(&["a -> b", "b -> a"], "a", "dangling");
        check(&["f", "a -> f/x"], "a", "dangling");
        check(&["a -> a"], "a", "dangling");
    }

    #[test]
    fn links_leave() {
        check(&["n/@a/b -> ../../../packages/b"], "n/@a/b", "above");
        check(&["a -> ../runtime/node_modules/x"], "a", "outside");
        check(&["a -> ../../opt/x"], "a", "outside");
        check(&["a -> .."], "a", "outside");
        check(&["a -> /opt/lib/x"], "a", "outside");
        check(&["a -> b", "b -> ../../x"], "a", "outside");
    }
}
