use serde::Deserialize;

/// The part of a report that the next run is compared with.
#[derive(Deserialize)]
struct Previous {
    after: Option<PreviousSizes>,
    package: Option<PreviousPackage>,
    packages: Option<Vec<PreviousPackage>>,
}

#[derive(Deserialize)]
struct PreviousPackage {
    /// Where `check` has it.
    sizes: Option<PreviousSizes>,
    /// Where `report` has it.
    unzipped_bytes: Option<u64>,
}

#[derive(Deserialize)]
struct PreviousSizes {
    unzipped_bytes: u64,
}

/// A text that holds no size of one package.
#[derive(Debug, thiserror::Error)]
pub enum PreviousError {
    /// It is not JSON, or not ours.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// It speaks of none, or of several packages.
    #[error("it does not speak of one package")]
    NotOne,
}

/// The unzipped size in a JSON report of `pack`, `report` or `check`.
pub fn unzipped_bytes_of_report(text: &str) -> Result<u64, PreviousError> {
    let previous: Previous = serde_json::from_str(text)?;
    let packages = previous.packages.unwrap_or_default();
    let of_check = <[PreviousPackage; 1]>::try_from(packages).ok();
    let of_check = of_check.and_then(|[package]| package.sizes);
    let of_pack = previous
        .after
        .or(of_check)
        .map(|sizes| sizes.unzipped_bytes);
    let of_report = previous.package.and_then(|package| package.unzipped_bytes);
    of_report.or(of_pack).ok_or(PreviousError::NotOne)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_where_each_command_writes_them() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(unzipped_bytes_of_report(text).ok(), expected, "{text}");
        };
        check(r#"{"before": {}, "after": {"unzipped_bytes": 3}}"#, Some(3));
        let report = r#"{"package": {"unzipped_bytes": 4}, "packages": [{"name": "x"}]}"#;
        check(report, Some(4));
        check(
            r#"{"packages": [{"sizes": {"unzipped_bytes": 5}}]}"#,
            Some(5),
        );
        check(r#"{"packages": []}"#, None);
        check("{}", None);
        check("PK", None);
    }
}
