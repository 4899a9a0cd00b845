use std::path::Path;
use std::time::{Duration, Instant};

use lambda_slim_archive::{Error, TemporaryFolder, extract};
use serde::{Deserialize, Serialize};

use crate::Statistics;

/// No third pair is started after this time, so that `pack` stays quick.
const NO_PAIR_AFTER: Duration = Duration::from_millis(600);
/// A second pair shows whether the first was luck; packages at Lambda's limit take about half a second each, and where
/// they take longer than this, one pair must do.
const NO_SECOND_PAIR_AFTER: Duration = Duration::from_millis(1200);
/// With fewer pairs than this, all count; with more, the first one only warms the caches.
const PAIRS_WITHOUT_WARM_UP: usize = 2;
/// More pairs than this do not make the median steadier: paired ratios repeat to 2 % (12 interleaved runs).
const PAIRS_AT_MOST: usize = 12;
/// Fewer pairs may agree by chance.
const PAIRS_THAT_CONVINCE: usize = 5;
/// A file system in memory: it measures the work of extraction instead of this machine's disk.
const IN_MEMORY: &str = "/dev/shm";

/// How long it takes to extract a package, before and after: measured on this machine, not Lambda's cold start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Extraction {
    /// The package as it came.
    pub before: Statistics,
    /// The package that was made.
    pub after: Statistics,
    /// Where it was extracted to.
    pub place: String,
    /// Whether every pair agrees on which package is quicker; otherwise the difference is noise.
    pub is_clear: bool,
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// A package could not be extracted.
    #[error(transparent)]
    Extract(#[from] Error),
    /// There is no room for temporary files.
    #[error("no temporary folder could be made")]
    Folder(#[source] std::io::Error),
}

/// Extracts both zips in turn, each time into a fresh folder, by the same code in one thread.
pub fn measure(before: &Path, after: &Path) -> Result<Extraction, MeasureError> {
    let in_memory = Path::new(IN_MEMORY);
    let place = if in_memory.is_dir() {
        in_memory.to_owned()
    } else {
        std::env::temp_dir()
    };
    let start = Instant::now();
    let mut pairs = Vec::new();
    while another(pairs.len(), start.elapsed()) {
        pairs.push(pair(pairs.len(), before, after, &place)?);
    }
    let warm_up = usize::from(pairs.len() > PAIRS_WITHOUT_WARM_UP);
    let place = if place == in_memory { "tmpfs" } else { "disk" };
    Ok(Extraction::of(&pairs[warm_up..], place))
}

/// Whether to measure another pair after `pairs` took `elapsed`.
fn another(pairs: usize, elapsed: Duration) -> bool {
    match pairs {
        0 => true,
        1 => elapsed < NO_SECOND_PAIR_AFTER,
        PAIRS_AT_MOST.. => false,
        _ => elapsed < NO_PAIR_AFTER,
    }
}

impl Extraction {
    fn of(pairs: &[(Duration, Duration)], place: &str) -> Self {
        let (before, after): (Vec<Duration>, Vec<Duration>) = pairs.iter().copied().unzip();
        let all = |is_less: fn(&(Duration, Duration)) -> bool| pairs.iter().all(is_less);
        let agree = all(|(before, after)| after < before) || all(|(before, after)| after > before);
        let is_sure = pairs.len() >= PAIRS_THAT_CONVINCE || are_far_apart(&before, &after);
        Self {
            before: Statistics::of(&before).expect("at least one pair was measured"),
            after: Statistics::of(&after).expect("at least one pair was measured"),
            place: place.to_owned(),
            is_clear: pairs.len() > 1 && agree && is_sure,
        }
    }
}

/// Whether even the nearest of both differ by a quarter: two pairs agree by chance every other time.
fn are_far_apart(before: &[Duration], after: &[Duration]) -> bool {
    let is_below = |low: &[Duration], high: &[Duration]| {
        let ends = low.iter().max().zip(high.iter().min());
        ends.is_some_and(|(slowest, quickest)| *slowest * 5 / 4 < *quickest)
    };
    is_below(before, after) || is_below(after, before)
}

/// Extracts both, the one or the other first in turn, so that neither always finds the warmer caches.
fn pair(
    number: usize,
    before: &Path,
    after: &Path,
    place: &Path,
) -> Result<(Duration, Duration), MeasureError> {
    if number.is_multiple_of(2) {
        let before = once(before, place)?;
        Ok((before, once(after, place)?))
    } else {
        let after = once(after, place)?;
        Ok((once(before, place)?, after))
    }
}

/// One extraction; the folder is made before and deleted after the clock runs.
fn once(zip: &Path, place: &Path) -> Result<Duration, MeasureError> {
    let folder = TemporaryFolder::new_in(place).map_err(MeasureError::Folder)?;
    let start = Instant::now();
    extract(zip, folder.path())?;
    Ok(start.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_agreeing_pairs_are_clear() {
        let check = |pairs: &[(u64, u64)], expected| {
            let ms = Duration::from_millis;
            let pairs: Vec<_> = pairs.iter().map(|(a, b)| (ms(*a), ms(*b))).collect();
            assert_eq!(Extraction::of(&pairs, "tmpfs").is_clear, expected);
        };
        check(&[(40, 20), (50, 30)], true);
        check(&[(20, 40), (30, 50)], true);
        check(&[(30, 28), (50, 45)], false);
        check(&[(30, 28), (50, 45), (30, 28), (50, 45), (30, 28)], true);
        check(&[(3, 2), (4, 5)], false);
        check(&[(3, 2)], false);
    }
}
