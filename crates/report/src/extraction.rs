use std::path::Path;
use std::time::{Duration, Instant};

use lambda_slim_archive::{Error, TemporaryFolder, extract};
use serde::Serialize;

use crate::Statistics;

/// No further pair is started after this time, so that `pack` stays quick: packages at Lambda's limit take about half
/// a second each, smaller ones less.
const NO_PAIR_AFTER: Duration = Duration::from_millis(600);
/// With fewer pairs than this, all count; with more, the first one only warms the caches.
const PAIRS_WITHOUT_WARM_UP: usize = 2;
/// More pairs than this do not make the median steadier: paired ratios repeat to 2 % (12 interleaved runs).
const PAIRS_AT_MOST: usize = 12;
/// A file system in memory: it measures the work of extraction instead of this machine's disk.
const IN_MEMORY: &str = "/dev/shm";

/// How long it takes to extract a package, before and after: measured on this machine, not Lambda's cold start.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Extraction {
    /// The package as it came.
    pub before: Statistics,
    /// The package that was made.
    pub after: Statistics,
    /// Where it was extracted to.
    pub place: String,
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
    while pairs.is_empty() || (pairs.len() < PAIRS_AT_MOST && start.elapsed() < NO_PAIR_AFTER) {
        pairs.push((once(before, &place)?, once(after, &place)?));
    }
    let warm_up = usize::from(pairs.len() > PAIRS_WITHOUT_WARM_UP);
    let measured = &pairs[warm_up..];
    let (before, after): (Vec<Duration>, Vec<Duration>) = measured.iter().copied().unzip();
    Ok(Extraction {
        before: Statistics::of(&before).expect("at least one pair was measured"),
        after: Statistics::of(&after).expect("at least one pair was measured"),
        place: if place == in_memory {
            "tmpfs"
        } else {
            "temporary folder"
        }
        .to_owned(),
    })
}

/// One extraction; the folder is made before and deleted after the clock runs.
fn once(zip: &Path, place: &Path) -> Result<Duration, MeasureError> {
    let folder = TemporaryFolder::new_in(place).map_err(MeasureError::Folder)?;
    let start = Instant::now();
    extract(zip, folder.path())?;
    Ok(start.elapsed())
}
