use std::fmt::Write as _;

use lambda_slim_package::ByteCount;

use crate::contents::{Contents, PackageSize};
use crate::model::Limit;
use crate::text::{BOLD, DIM, Detail, PLAIN, column, grouped};

/// Lines of the short form: it fits a terminal of 25 lines, with the prompt.
const SHORT_LINES: usize = 24;
/// Files that the short form shows even when there are many packages.
const SHORT_FILES: usize = 5;
/// The name of the row for files that belong to no package.
const OWN_FILES: &str = "own files";

const TITLE_COLUMNS: usize = 34;
const BAR_COLUMNS: usize = 16;

/// What is inside a package, for people, with ANSI styles.
pub fn render_contents(contents: &Contents, detail: Detail) -> String {
    let head = head(contents);
    // Two empty lines, two headings and two lines about the rest.
    let room = SHORT_LINES.saturating_sub(head.lines().count() + 6);
    let (packages, files) = match detail {
        Detail::Short => {
            let files = contents.files.len().min(SHORT_FILES);
            let packages = contents.packages.len().min(room - files);
            (packages, room - packages)
        }
        Detail::Long | Detail::Files => (usize::MAX, usize::MAX),
    };
    let blocks = [
        head,
        package_table(contents, packages),
        file_table(contents, files),
    ];
    let blocks = blocks.into_iter().filter(|block| !block.is_empty());
    blocks.collect::<Vec<_>>().join("\n")
}

fn head(contents: &Contents) -> String {
    let path = &contents.package.path;
    let mut text = match &contents.before {
        Some(before) => format!("{BOLD}{} → {path}{PLAIN}\n", before.path),
        None => format!("{BOLD}{path}{PLAIN}\n"),
    };
    text.extend(contents.limits.iter().map(|limit| weight(contents, limit)));
    let before = contents.before.as_ref();
    let before = before.map(|before| grouped(before.sizes.files as u64));
    let files = grouped(contents.package.sizes.files as u64);
    text + &total("files", before, &files, "")
}

/// The total that a limit of Lambda is about.
fn weight(contents: &Contents, limit: &Limit) -> String {
    let before = contents.before.as_ref().map(|before| before.sizes);
    let of = ByteCount(limit.limit_bytes);
    let (name, before, note) = match &*limit.id {
        "unzipped" => {
            let before = before.map(|sizes| sizes.unzipped_bytes);
            ("unzipped", before, format!("Lambda's {of}"))
        }
        _ => {
            let before = before.and_then(|sizes| sizes.zip_bytes);
            ("zip", before, format!("the {of} of a direct upload"))
        }
    };
    let note = format!("{:.0}% of {note}", limit.percent());
    let before = before.map(|bytes| ByteCount(bytes).to_string());
    let used = ByteCount(limit.used_bytes).to_string();
    total(name, before, &used, &note)
}

/// `  unzipped   12.3 MB → 4.5 MB    5% of Lambda's 262.1 MB`
fn total(name: &str, before: Option<String>, value: &str, note: &str) -> String {
    let value = match before {
        Some(before) => format!("{before} → {value}"),
        None => value.to_owned(),
    };
    if note.is_empty() {
        return format!("  {name:10}{value}\n");
    }
    format!("  {name:10}{value:24}{DIM}{note}{PLAIN}\n")
}

fn package_table(contents: &Contents, rows: usize) -> String {
    let packages = &contents.packages;
    let is_compared = contents.before.is_some();
    let width = column(packages.iter().take(rows).map(title), TITLE_COLUMNS);
    let name_columns = width + BAR_COLUMNS;
    let heading = format!(
        "  {:name_columns$}{}   files",
        "packages",
        columns(is_compared)
    );
    let scale = packages.iter().map(PackageSize::peak).max().unwrap_or(0);
    let total = contents.package.sizes.unzipped_bytes;
    table(&heading, packages, rows, |package| {
        let name = title(package);
        let bar = bar(package.unzipped_bytes, package.peak(), scale);
        let sizes = sizes(package.unzipped_bytes, package.before_bytes, total);
        let files = grouped(package.files as u64);
        format!("  {name:width$}{bar}{sizes}{files:>8}\n")
    })
}

fn file_table(contents: &Contents, rows: usize) -> String {
    let files = &contents.files;
    let heading = format!("{}  files", columns(contents.before.is_some()));
    let total = contents.package.sizes.unzipped_bytes;
    table(&heading, files, rows, |file| {
        let before = contents.before.as_ref();
        let before = before.map(|_| file.before_bytes.unwrap_or(0));
        let sizes = sizes(file.unzipped_bytes.unwrap_or(0), before, total);
        format!("{sizes}  {}\n", file.path)
    })
}

/// What stands above the columns of [`sizes`].
fn columns(is_compared: bool) -> String {
    let [left, right] = if is_compared {
        ["before", "after"]
    } else {
        ["size", "share"]
    };
    format!("{left:>10}{right:>10}")
}

/// The sizes before and after, or the size and its share.
fn sizes(bytes: u64, before: Option<u64>, total: u64) -> String {
    let Some(before) = before else {
        let size = ByteCount(bytes).to_string();
        let share = bytes as f64 * 100.0 / total.max(1) as f64;
        return format!("{size:>10}{:>10}", format!("{share:.1}%"));
    };
    let [before, after] = [before, bytes].map(|bytes| match bytes {
        0 => "-".to_owned(),
        bytes => ByteCount(bytes).to_string(),
    });
    format!("{before:>10}{after:>10}")
}

/// What is there as `█`, what went as `░`.
fn bar(bytes: u64, peak: u64, scale: u64) -> String {
    let cells = |bytes: u64| {
        let exact = bytes as f64 * BAR_COLUMNS as f64 / scale.max(1) as f64;
        exact.round() as usize
    };
    let (full, shade) = (cells(bytes), cells(peak) - cells(bytes));
    let rest = " ".repeat(BAR_COLUMNS - full - shade);
    format!(
        "{}{DIM}{}{PLAIN}{rest}",
        "█".repeat(full),
        "░".repeat(shade)
    )
}

/// `boto3 1.34.0 → 1.35.1`
pub(crate) fn title(package: &PackageSize) -> String {
    let Some(name) = &package.name else {
        return OWN_FILES.to_owned();
    };
    let [old, new] = [&package.before_versions, &package.versions].map(|all| all.join(", "));
    let versions = match (old.is_empty(), new.is_empty()) {
        (_, true) => old,
        (true, false) => new,
        (false, false) if old == new => new,
        (false, false) => format!("{old} → {new}"),
    };
    format!("{name} {versions}").trim_end().to_owned()
}

impl PackageSize {
    fn peak(&self) -> u64 {
        self.unzipped_bytes.max(self.before_bytes.unwrap_or(0))
    }
}

fn table<T>(heading: &str, all: &[T], rows: usize, line: impl Fn(&T) -> String) -> String {
    if all.is_empty() {
        return String::new();
    }
    let mut text = format!("{BOLD}{heading}{PLAIN}\n");
    text.extend(all.iter().take(rows).map(line));
    if all.len() > rows {
        let hidden = grouped((all.len() - rows) as u64);
        let _ = writeln!(text, "  {DIM}… {hidden} more with -v{PLAIN}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contents::tests::contents;

    #[test]
    fn the_short_form_fits_a_small_terminal() {
        for packages in [0, 1, 5, 40] {
            let lines = (0..packages * 4).map(|number| {
                let package = number % packages;
                let long = "long/".repeat(30);
                format!("{package}/{long}{number} {number}000000 a-package-of-a-long-name-{package}@1.0.0-beta.{package}\n")
            });
            let lines: String = lines.collect();
            for before in [None, Some(lines.as_str())] {
                let text = render_contents(&contents(&lines, before), Detail::Short);
                let text = anstyle_less(&text);
                assert!(text.lines().count() < 25, "{text}");
            }
        }
    }

    fn anstyle_less(text: &str) -> String {
        [BOLD, DIM, PLAIN]
            .iter()
            .fold(text.to_owned(), |text, style| text.replace(style, ""))
    }

    #[test]
    fn bars_show_what_is_there_and_what_went() {
        let plain = |bytes, peak, scale| anstyle_less(&bar(bytes, peak, scale));
        assert_eq!(plain(16, 16, 16), "████████████████");
        assert_eq!(plain(4, 8, 16), "████░░░░        ");
        assert_eq!(plain(0, 0, 0), "                ");
    }
}
