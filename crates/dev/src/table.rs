//! Tables with columns of fixed width, so that rows can be printed one by one.

/// On which side the text of a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Title, width and side of each column.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    columns: Vec<(&'static str, usize, Align)>,
}

impl Table {
    /// A column is at least as wide as its title.
    pub(crate) fn new(columns: &[(&'static str, usize, Align)]) -> Self {
        let wide = |&(title, width, align): &(&'static str, usize, Align)| {
            (title, width.max(title.chars().count()), align)
        };
        Self {
            columns: columns.iter().map(wide).collect(),
        }
    }

    /// The line of titles.
    pub(crate) fn head(&self) -> String {
        let titles: Vec<&str> = self.columns.iter().map(|(title, _, _)| *title).collect();
        self.row(&titles)
    }

    /// One line; missing cells are empty, and no line ends in spaces.
    pub(crate) fn row(&self, cells: &[impl AsRef<str>]) -> String {
        let columns = self.columns.iter().zip(cells);
        let padded = columns.map(|(&(_, width, align), cell)| match align {
            Align::Left => format!("{:<width$}", cell.as_ref()),
            Align::Right => format!("{:>width$}", cell.as_ref()),
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    }
}

/// `1234567` as `1,234,567`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Part of a whole; nothing of nothing is 1.
pub(crate) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        1.0
    } else {
        part as f64 / whole as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let table = Table::new(&[
            ("case", 6, Align::Left),
            ("bytes", 3, Align::Right),
            ("end", 3, Align::Left),
        ]);
        assert_eq!(table.head(), "case    bytes  end");
        assert_eq!(table.row(&["a", "12", "x"]), "a          12  x");
        assert_eq!(table.row(&["a"]), "a");
        assert_eq!(
            table.row(&["longer than that", "1"]),
            "longer than that      1"
        );
    }

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(thousands(number), text);
        }
    }

    #[test]
    fn nothing_of_nothing_is_one() {
        assert!((ratio(0, 0) - 1.0).abs() < f64::EPSILON);
        assert!((ratio(1, 4) - 0.25).abs() < f64::EPSILON);
    }
}
