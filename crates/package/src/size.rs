use std::fmt;
use std::str::FromStr;

/// The largest unzipped size of a function together with its layers, in bytes (250 MiB).
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
pub const UNZIPPED_LIMIT_BYTES: u64 = 262_144_000;

/// The largest zip for a direct upload, in bytes (50 MiB); a larger one must go through S3.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
pub const ZIP_UPLOAD_LIMIT_BYTES: u64 = 52_428_800;

/// A number of bytes, shown in decimal units (`61.4 MB`) and read from `150MB`, `64 KiB` or `1000`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteCount(pub u64);

impl fmt::Display for ByteCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
        if self.0 < 1000 {
            return f.pad(&format!("{} B", self.0));
        }
        let mut value = self.0 as f64 / 1000.0;
        let mut unit = 0;
        while value >= 999.95 && unit + 1 < UNITS.len() {
            value /= 1000.0;
            unit += 1;
        }
        f.pad(&format!("{value:.1} {}", UNITS[unit]))
    }
}

/// A text that is not a number of bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a size in bytes such as `150MB`, `64KiB` or `1000`: `{0}`")]
pub struct ParseByteCountError(String);

impl FromStr for ByteCount {
    type Err = ParseByteCountError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseByteCountError(text.to_owned());
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
        let factor: u64 = match text[digits.len()..].trim().to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "k" | "kb" => 1_000,
            "m" | "mb" => 1_000_000,
            "g" | "gb" => 1_000_000_000,
            "kib" => 1 << 10,
            "mib" => 1 << 20,
            "gib" => 1 << 30,
            _ => return Err(error()),
        };
        let number: f64 = digits
            .trim()
            .replace(['_', ','], "")
            .parse()
            .map_err(|_| error())?;
        let bytes = number * factor as f64;
        if bytes.is_finite() && (0.0..=u64::MAX as f64).contains(&bytes) {
            Ok(Self(bytes as u64))
        } else {
            Err(error())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_decimal() {
        let check = |bytes: u64, expected: &str| assert_eq!(ByteCount(bytes).to_string(), expected);
        check(0, "0 B");
        check(999, "999 B");
        check(1_000, "1.0 kB");
        check(999_949, "999.9 kB");
        check(999_950, "1.0 MB");
        check(UNZIPPED_LIMIT_BYTES, "262.1 MB");
    }

    #[test]
    fn sizes_are_read() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(
                text.parse::<ByteCount>().ok().map(|count| count.0),
                expected,
                "{text}"
            );
        };
        check("150MB", Some(150_000_000));
        check("250 MiB", Some(UNZIPPED_LIMIT_BYTES));
        check("1.5k", Some(1_500));
        check("1000", Some(1_000));
        check("-1", None);
        check("ten", None);
        check("1 parsec", None);
    }
}
