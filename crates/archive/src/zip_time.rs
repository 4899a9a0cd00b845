const SECONDS_PER_DAY: u64 = 86_400;
/// 1980-01-01 00:00:00 UTC, the first moment that a zip can name.
const EARLIEST_SECONDS: u64 = 315_532_800;
/// 2107-12-31 23:59:58 UTC, the last one; zips count in steps of two seconds.
const LATEST_SECONDS: u64 = 4_354_819_198;

/// The one time that all entries of a zip get, so that equal packages make equal bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ZipTime {
    date: u16,
    time: u16,
}

impl Default for ZipTime {
    /// 1980-01-01 00:00:00.
    fn default() -> Self {
        Self::from_unix_seconds(0)
    }
}

impl ZipTime {
    /// The time so many seconds after 1970 in UTC, as in `SOURCE_DATE_EPOCH`, moved into the years 1980 to 2107.
    pub fn from_unix_seconds(seconds: u64) -> Self {
        let seconds = seconds.clamp(EARLIEST_SECONDS, LATEST_SECONDS);
        let (year, month, day) = date_of(seconds / SECONDS_PER_DAY);
        let of_day = seconds % SECONDS_PER_DAY;
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        Self {
            date: (((year - 1980) << 9) | (month << 5) | day) as u16,
            time: ((hour << 11) | (minute << 5) | (second / 2)) as u16,
        }
    }

    /// Date and time as they stand in a zip.
    pub(crate) fn dos(self) -> (u16, u16) {
        (self.date, self.time)
    }
}

/// Year, month and day of this day after 1970-01-01.
fn date_of(mut days: u64) -> (u64, u64, u64) {
    let mut year = 1970;
    while days >= days_of_year(year) {
        days -= days_of_year(year);
        year += 1;
    }
    let mut month = 1;
    while days >= days_of_month(year, month) {
        days -= days_of_month(year, month);
        month += 1;
    }
    (year, month, days + 1)
}

fn days_of_year(year: u64) -> u64 {
    365 + u64::from(is_leap(year))
}

fn days_of_month(year: u64, month: u64) -> u64 {
    match month {
        2 => 28 + u64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(seconds: u64, expected: &str) {
        let (date, time) = ZipTime::from_unix_seconds(seconds).dos();
        let text = format!(
            "{}-{:02}-{:02} {:02}:{:02}:{:02}",
            (date >> 9) + 1980,
            date >> 5 & 15,
            date & 31,
            time >> 11,
            time >> 5 & 63,
            (time & 31) * 2
        );
        assert_eq!(text, expected);
    }

    #[test]
    fn times_are_moved_into_the_range() {
        check(0, "1980-01-01 00:00:00");
        check(315_532_799, "1980-01-01 00:00:00");
        check(951_827_696, "2000-02-29 12:34:56");
        check(1_735_689_599, "2024-12-31 23:59:58");
        check(1_735_689_600, "2025-01-01 00:00:00");
        check(u64::MAX, "2107-12-31 23:59:58");
        assert_eq!(ZipTime::default().dos(), (0x21, 0));
    }
}
