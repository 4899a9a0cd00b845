use std::fs::Metadata;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What a system notes of a file, and changes with its contents: device, number, size, and the times of its contents and
/// of all that is noted of it. Programs can set the first of these times back, as installers do, and not the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    device: u64,
    number: u64,
    size_bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// A change within one tick of a file system's clock leaves no trace. The longest tick is that of FAT.
const TICK: Duration = Duration::from_secs(2);

impl Stamp {
    #[cfg(unix)]
    pub(crate) fn of(metadata: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        Some(Self {
            device: metadata.dev(),
            number: metadata.ino(),
            size_bytes: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }

    /// Elsewhere no time is kept that programs cannot set.
    #[cfg(not(unix))]
    pub(crate) fn of(_: &Metadata) -> Option<Self> {
        None
    }

    /// Whether a change after `now` would be seen in the stamp.
    pub(crate) fn is_settled(&self, now: SystemTime) -> bool {
        let settled = now.checked_sub(TICK);
        let settled = settled.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let latest = self.changed.0.max(self.modified.0);
        settled.is_some_and(|time| i128::from(latest) < i128::from(time.as_secs()))
    }

    /// How long the text of a stamp is.
    pub(crate) const BYTES: usize = 56;

    /// The stamp as a text of which no other has the same.
    pub(crate) fn bytes(&self) -> [u8; Self::BYTES] {
        let [modified, changed] = [self.modified, self.changed].map(<[i64; 2]>::from);
        let times = modified.into_iter().chain(changed).map(i64::to_le_bytes);
        let numbers = [self.device, self.number, self.size_bytes];
        let numbers = numbers.into_iter().map(u64::to_le_bytes);
        let mut bytes = [0; Self::BYTES];
        for (place, number) in bytes.as_chunks_mut().0.iter_mut().zip(numbers.chain(times)) {
            *place = number;
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_just_now_is_not_settled() {
        let now = UNIX_EPOCH + Duration::from_secs(1_000_000);
        let check = |modified: i64, changed: i64, expected: bool| {
            let stamp = Stamp {
                device: 1,
                number: 2,
                size_bytes: 3,
                modified: (modified, 0),
                changed: (changed, 0),
            };
            assert_eq!(stamp.is_settled(now), expected, "{modified} {changed}");
        };
        check(499_162, 999_000, true);
        check(999_997, 999_997, true);
        check(499_162, 999_998, false);
        check(499_162, 2_000_000, false);
        check(999_999, 999_000, false);
    }
}
