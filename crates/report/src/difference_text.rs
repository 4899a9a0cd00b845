use std::cmp::Ordering;
use std::fmt::Write as _;

use lambda_slim_package::ByteCount;

use crate::difference::{Compared, Difference, FileChange, Likeness, PackageChange};
use crate::text::{BOLD, DIM, Detail, PLAIN, column, grouped, wrapped};

/// Rows of each table in the short form.
const SHORT_ROWS: usize = 8;

/// Columns of a name, where none needs more.
const NAME_COLUMNS: usize = 34;

/// The name of the row for files that belong to no package.
const OWN_FILES: &str = "own files";

/// What distinguishes two packages, for people, with ANSI styles.
pub fn render_difference(difference: &Difference, detail: Detail) -> String {
    let rows = if detail == Detail::Short {
        SHORT_ROWS
    } else {
        usize::MAX
    };
    let shown = difference.packages.iter().take(rows);
    let width = column(shown.map(title), NAME_COLUMNS);
    let blocks = [
        head(difference, width),
        packages(&difference.packages, rows, width),
        files(&difference.files, rows),
    ];
    let blocks = blocks.into_iter().filter(|block| !block.is_empty());
    blocks.collect::<Vec<_>>().join("\n")
}

fn head(difference: &Difference, width: usize) -> String {
    let (before, after) = (&difference.before, &difference.after);
    let mut text = format!("{BOLD}{} → {}{PLAIN}\n", before.path, after.path);
    let _ = writeln!(text, "{}", likeness(difference.likeness));
    if let Some(less) = less(difference.compared) {
        text += &wrapped(less, "", "");
    }
    text.push('\n');
    let _ = writeln!(
        text,
        "{BOLD}  {:width$}{:>12}{:>12}{:>12}{PLAIN}",
        "", "before", "after", "change"
    );
    let (old, new) = (before.sizes, after.sizes);
    if let (Some(old), Some(new)) = (old.zip_bytes, new.zip_bytes) {
        text += &row("zip", width, old, new);
    }
    text += &row("unzipped", width, old.unzipped_bytes, new.unzipped_bytes);
    let [old, new, change] = file_counts(difference);
    text + &format!("  {:width$}{old:>12}{new:>12}{change:>12}\n", "files")
}

/// The number of files before and after, and the change.
fn file_counts(difference: &Difference) -> [String; 3] {
    let old = difference.before.sizes.files as u64;
    let new = difference.after.sizes.files as u64;
    let change = match old.cmp(&new) {
        Ordering::Less => format!("+{}", grouped(new - old)),
        Ordering::Equal => "0".to_owned(),
        Ordering::Greater => format!("-{}", grouped(old - new)),
    };
    [grouped(old), grouped(new), change]
}

fn likeness(likeness: Likeness) -> &'static str {
    match likeness {
        Likeness::SameBytes => "the same bytes",
        Likeness::SameContents => {
            "the same files with the same contents: only the order, times, modes or compression of \
             the archives differ"
        }
        Likeness::Different => "different contents",
        Likeness::Unknown => "nothing that was compared differs",
    }
}

/// What could not be compared.
fn less(compared: Compared) -> Option<&'static str> {
    match compared {
        Compared::Contents => None,
        Compared::Files => {
            Some("contents were not compared: a report of an older version has no checksums")
        }
        Compared::Packages => {
            Some("single files were not compared: `pack -vv` and `report -v` list them in a report")
        }
        Compared::Sizes => Some("only totals were compared: a report does not say what is inside"),
    }
}

fn row(name: &str, width: usize, old: u64, new: u64) -> String {
    let (before, after) = (ByteCount(old).to_string(), ByteCount(new).to_string());
    let change = signed(new as i64 - old as i64);
    format!("  {name:width$}{before:>12}{after:>12}{change:>12}\n")
}

fn packages(changes: &[PackageChange], rows: usize, width: usize) -> String {
    let line = |change: &PackageChange| {
        row(
            &title(change),
            width,
            change.before_bytes,
            change.after_bytes,
        )
    };
    table("packages", changes, rows, line)
}

/// `boto3 1.34.0 → 1.35.1`
fn title(change: &PackageChange) -> String {
    let Some(name) = &change.name else {
        return OWN_FILES.to_owned();
    };
    let versions = [&change.before_versions, &change.after_versions].map(|all| all.join(", "));
    match versions {
        [old, new] if old == new => format!("{name} {old}").trim_end().to_owned(),
        [old, new] if old.is_empty() => format!("{name} {new}"),
        [old, new] if new.is_empty() => format!("{name} {old}"),
        [old, new] => format!("{name} {old} → {new}"),
    }
}

fn files(changes: &[FileChange], rows: usize) -> String {
    table("files", changes, rows, |change| {
        let sign = match (change.before_bytes, change.after_bytes) {
            (None, _) => '+',
            (_, None) => '-',
            _ => '~',
        };
        let growth = signed(change.growth_bytes());
        format!("  {sign} {growth:>12}  {}\n", change.path)
    })
}

fn table<T>(title: &str, changes: &[T], rows: usize, line: impl Fn(&T) -> String) -> String {
    if changes.is_empty() {
        return String::new();
    }
    let mut text = format!("  {BOLD}{title}{PLAIN}\n");
    text.extend(changes.iter().take(rows).map(line));
    if changes.len() > rows {
        let hidden = grouped((changes.len() - rows) as u64);
        let _ = writeln!(text, "  {DIM}… {hidden} more with -v{PLAIN}");
    }
    text
}

/// `+1.2 MB`
fn signed(bytes: i64) -> String {
    let sign = if bytes < 0 { "-" } else { "+" };
    match bytes {
        0 => "0".to_owned(),
        _ => format!("{sign}{}", ByteCount(bytes.unsigned_abs())),
    }
}

/// The same as Markdown, for a comment on a pull request.
pub fn difference_markdown(difference: &Difference) -> String {
    let (before, after) = (&difference.before, &difference.after);
    let mut text = format!(
        "### `{}` → `{}`\n\n{}.\n\n",
        before.path,
        after.path,
        sentence(likeness(difference.likeness))
    );
    if let Some(less) = less(difference.compared) {
        let _ = writeln!(text, "{}.\n", sentence(less));
    }
    text += "| | before | after | change |\n|---|---:|---:|---:|\n";
    if let (Some(old), Some(new)) = (before.sizes.zip_bytes, after.sizes.zip_bytes) {
        text += &cells("zip", old, new);
    }
    let (old, new) = (before.sizes, after.sizes);
    text += &cells("unzipped", old.unzipped_bytes, new.unzipped_bytes);
    let [old, new, change] = file_counts(difference);
    let _ = writeln!(text, "| files | {old} | {new} | {change} |");
    for change in difference.packages.iter().take(2 * SHORT_ROWS) {
        text += &cells(&title(change), change.before_bytes, change.after_bytes);
    }
    if let Some(hidden) = difference.packages.len().checked_sub(2 * SHORT_ROWS + 1) {
        let _ = writeln!(text, "| … {} more packages | | | |", hidden + 1);
    }
    text
}

fn cells(name: &str, old: u64, new: u64) -> String {
    let change = signed(new as i64 - old as i64);
    let name = name.replace('|', "\\|");
    format!(
        "| {name} | {} | {} | {change} |\n",
        ByteCount(old),
        ByteCount(new)
    )
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    first + chars.as_str()
}
