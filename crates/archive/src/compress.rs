use libdeflater::CompressionLvl;

use crate::Digest;

/// How hard to compress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Compression {
    /// libdeflate level 1: 5 % larger than the default in 70 % of its CPU time (4,824 Python files, 124.5 MB).
    Fast,
    /// libdeflate level 5: as small as `zip -9`. Level 6 makes packages 0.5 to 0.7 % smaller in a fifth more CPU time,
    /// and 11,886 small files of npm packages then take more than a third of the time of `zip -9`.
    #[default]
    Default,
    /// libdeflate level 12: 3 % smaller than the default in eighteen times its CPU time (the same files).
    Best,
}

impl Compression {
    fn level(self) -> i32 {
        match self {
            Self::Fast => 1,
            Self::Default => 5,
            Self::Best => 12,
        }
    }
}

/// Files from this size on are sampled before they are compressed as a whole.
const SAMPLED_FROM_BYTES: usize = 128 << 10;
/// Samples of 4 KiB, spread evenly: of 11,888 files of npm packages, 1,275 do not shrink, and compressing the large ones
/// of them for nothing (archives, mostly) cost 14 % of all compression.
const SAMPLES: usize = 16;
const SAMPLE_BYTES: usize = 4 << 10;
/// What saves less than a tenth in samples is compressed at level 1: a zip of 22 MB among the same files, which shrinks
/// by 4 %, took a fifth of all compression, and takes two thirds of that for 0.1 % more bytes.
const WORTH_AN_EFFORT_BYTES: usize = SAMPLES * SAMPLE_BYTES / 10;

/// Who makes the bytes. Raise the number when samples or thresholds change, or caches give what older versions made.
const BYTES_OF: &str = "libdeflate 1.26.1, 1";
/// Files from this size on are worth a place in a cache.
const KEPT_FROM_BYTES: usize = 16 << 10;

/// One thread's compressor; it keeps its tables and its buffer from file to file.
pub struct Compressor {
    deflate: libdeflater::Compressor,
    quick: libdeflater::Compressor,
    compression: Compression,
    buffer: Vec<u8>,
}

/// How well a file will shrink, from samples of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outlook {
    None,
    Poor,
    Good,
}

impl Compressor {
    /// A compressor of this strength.
    pub fn new(compression: Compression) -> Self {
        let of_level = |level| {
            let level = CompressionLvl::new(level).expect("1, 5 and 12 are levels");
            libdeflater::Compressor::new(level)
        };
        Self {
            deflate: of_level(compression.level()),
            quick: of_level(Compression::Fast.level()),
            compression,
            buffer: Vec::new(),
        }
    }

    /// The deflated bytes, or `None` when they save less than 1 %.
    ///
    /// Such entries are stored: on the measured Python and Node trees the zip grows by 0.02 % and 0.10 %, and inflating
    /// it costs 15 % and 23 % less CPU time.
    pub(crate) fn deflate(&mut self, contents: &[u8]) -> Option<Vec<u8>> {
        let outlook = self.outlook(contents);
        let at_most_bytes = at_most_bytes(contents);
        if self.buffer.len() < at_most_bytes {
            self.buffer.resize(at_most_bytes, 0);
        }
        let room = &mut self.buffer[..at_most_bytes];
        let deflate = match outlook {
            Outlook::None => return None,
            Outlook::Poor if self.compression != Compression::Best => &mut self.quick,
            Outlook::Poor | Outlook::Good => &mut self.deflate,
        };
        let bytes = deflate.deflate_compress(contents, room).ok()?;
        Some(self.buffer[..bytes].to_vec())
    }

    /// All that the bytes depend on beside the contents.
    pub fn settings(&self) -> Digest {
        let level = self.compression.level().to_le_bytes();
        Digest::of_all([BYTES_OF.as_bytes(), &level])
    }

    /// Whether reading the result from a cache takes less than making it.
    pub(crate) fn is_worth_keeping(&self, bytes: usize) -> bool {
        match self.compression {
            Compression::Fast => bytes >= KEPT_FROM_BYTES * 4,
            Compression::Default => bytes >= KEPT_FROM_BYTES,
            Compression::Best => bytes >= KEPT_FROM_BYTES / 16,
        }
    }

    fn outlook(&mut self, contents: &[u8]) -> Outlook {
        if contents.len() < SAMPLED_FROM_BYTES {
            return Outlook::Good;
        }
        let mut room = [0; SAMPLE_BYTES];
        let step = (contents.len() - SAMPLE_BYTES) / (SAMPLES - 1);
        let mut saved_bytes = 0;
        for number in 0..SAMPLES {
            let sample = &contents[number * step..][..SAMPLE_BYTES];
            let room = &mut room[..at_most_bytes(sample)];
            if let Ok(bytes) = self.quick.deflate_compress(sample, room) {
                saved_bytes += SAMPLE_BYTES - bytes;
            }
            if saved_bytes >= WORTH_AN_EFFORT_BYTES {
                return Outlook::Good;
            }
        }
        if saved_bytes == 0 {
            Outlook::None
        } else {
            Outlook::Poor
        }
    }
}

/// How many bytes may come out for compression to be worth it.
fn at_most_bytes(contents: &[u8]) -> usize {
    contents.len() - contents.len().div_ceil(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(contents: &[u8], deflates: bool) {
        for compression in [Compression::Fast, Compression::Default, Compression::Best] {
            let stream = Compressor::new(compression).deflate(contents);
            assert_eq!(stream.is_some(), deflates, "{compression:?}");
        }
    }

    fn random(bytes: usize) -> Vec<u8> {
        let mut seed = 1u64;
        let next = |_| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 56) as u8
        };
        (0..bytes).map(next).collect()
    }

    #[test]
    fn what_saves_little_is_stored() {
        check(b"", false);
        check(b"a", false);
        check(&random(5_000), false);
        check(&[b'a'; 500], true);
    }

    #[test]
    fn large_files_are_sampled() {
        let large = random(4 * SAMPLED_FROM_BYTES);
        check(&large, false);
        let text = vec![b'a'; large.len() / 4];
        check(&[text.as_slice(), &large].concat(), true);
        check(&[large.as_slice(), &text].concat(), true);
        check(&vec![b'a'; SAMPLED_FROM_BYTES], true);
    }

    #[test]
    fn only_what_shrinks_is_worth_an_effort() {
        let outlook = |contents: &[u8]| Compressor::new(Compression::Default).outlook(contents);
        let large = random(4 * SAMPLED_FROM_BYTES);
        let with_text = |bytes: usize| [vec![b'a'; bytes].as_slice(), &large].concat();
        assert_eq!(outlook(&large), Outlook::None);
        assert_eq!(outlook(&with_text(SAMPLE_BYTES)), Outlook::Poor);
        assert_eq!(outlook(&with_text(large.len())), Outlook::Good);
    }
}
