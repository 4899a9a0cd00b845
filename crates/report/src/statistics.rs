use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A series of durations, in milliseconds: the columns that cold-start measurements are reported in.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    /// How many were measured.
    pub count: usize,
    /// The shortest.
    pub min_ms: f64,
    /// The longest.
    pub max_ms: f64,
    /// Their sum by their number.
    pub mean_ms: f64,
    /// The middle one.
    pub median_ms: f64,
    /// The one that 95 of 100 do not exceed (nearest rank).
    pub p95_ms: f64,
}

impl Statistics {
    /// Sums up `durations`; `None` when there are none.
    pub fn of(durations: &[Duration]) -> Option<Self> {
        let mut sorted: Vec<f64> = durations
            .iter()
            .map(|duration| duration.as_secs_f64() * 1e3)
            .collect();
        sorted.sort_by(f64::total_cmp);
        let count = sorted.len();
        let last = count.checked_sub(1)?;
        Some(Self {
            count,
            min_ms: sorted[0],
            max_ms: sorted[last],
            mean_ms: sorted.iter().sum::<f64>() / count as f64,
            median_ms: (sorted[last / 2] + sorted[count / 2]) / 2.0,
            p95_ms: sorted[(count * 95).div_ceil(100) - 1],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[u64], expected: [f64; 5]) {
        let durations: Vec<Duration> = values.iter().map(|ms| Duration::from_millis(*ms)).collect();
        let found = Statistics::of(&durations).unwrap();
        let row = [
            found.min_ms,
            found.max_ms,
            found.mean_ms,
            found.median_ms,
            found.p95_ms,
        ];
        assert_eq!(row, expected);
    }

    #[test]
    fn series() {
        check(&[5], [5.0, 5.0, 5.0, 5.0, 5.0]);
        check(&[4, 2], [2.0, 4.0, 3.0, 3.0, 4.0]);
        check(&[3, 1, 2], [1.0, 3.0, 2.0, 2.0, 3.0]);
        check(
            &(1..=100).collect::<Vec<_>>(),
            [1.0, 100.0, 50.5, 50.5, 95.0],
        );
        assert!(Statistics::of(&[]).is_none());
    }
}
