//! Where the bytes that stay go.

use std::ops::Range;

/// Bytes that must stay together, and the alignment that their place in the file must keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) start: usize,
    pub(super) end: usize,
    align: usize,
}

impl Extent {
    /// `None` if the alignment is not a power of two, which ELF demands; 0 means 1.
    pub(super) fn new(bytes: Range<usize>, align: impl TryInto<usize>) -> Option<Self> {
        let align = align.try_into().ok()?.max(1);
        align.is_power_of_two().then_some(Extent {
            start: bytes.start,
            end: bytes.end,
            align,
        })
    }

    pub(super) fn of<'file>(&self, file: &'file [u8]) -> Option<&'file [u8]> {
        file.get(self.start..self.end)
    }

    fn touches(&self, next: &Extent) -> bool {
        next.start <= self.end
    }

    fn absorb(&mut self, next: &Extent) {
        self.end = self.end.max(next.end);
        // Of two powers of two the larger is a multiple of the smaller.
        self.align = self.align.max(next.align);
    }
}

/// Runs of bytes without a gap, in the order of the file, each with its new place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layout {
    blocks: Vec<Block>,
}

#[derive(Debug, PartialEq, Eq)]
struct Block {
    old: Extent,
    new_start: usize,
}

impl Layout {
    /// Every block moves as far to the start as the one before it and its own alignment allow: a loader maps pages, so
    /// `p_offset` must stay the same modulo `p_align`.
    pub(super) fn new(mut extents: Vec<Extent>) -> Self {
        extents.sort_by_key(|extent| (extent.start, extent.end));
        let mut blocks: Vec<Block> = Vec::new();
        let mut free = 0;
        for old in joined(&extents) {
            // No block moves to the back, so `free` is at most `old.start`, and so is the new place.
            let new_start = free + (old.start - free) % old.align;
            free = new_start + (old.end - old.start);
            blocks.push(Block { old, new_start });
        }
        Layout { blocks }
    }

    /// Old and new place of every block.
    pub(super) fn moves(&self) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
        self.blocks.iter().map(|block| {
            let old = block.old.start..block.old.end;
            (old, block.new_start..block.new_end())
        })
    }

    /// Where the byte at this offset went; the end of a block belongs to the block, for the sake of empty parts.
    pub(super) fn moved(&self, offset: usize) -> Option<usize> {
        let after = self
            .blocks
            .partition_point(|block| block.old.start <= offset);
        let block = self.blocks.get(after.checked_sub(1)?)?;
        (offset <= block.old.end).then_some(block.new_start + (offset - block.old.start))
    }

    /// The length of the file that holds all blocks.
    pub(super) fn end(&self) -> usize {
        self.blocks.last().map_or(0, Block::new_end)
    }
}

impl Block {
    fn new_end(&self) -> usize {
        self.new_start + (self.old.end - self.old.start)
    }
}

fn joined(sorted: &[Extent]) -> Vec<Extent> {
    let mut joined: Vec<Extent> = Vec::new();
    for extent in sorted {
        match joined.last_mut() {
            Some(last) if last.touches(extent) => last.absorb(extent),
            _ => joined.push(*extent),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(extents: &[(usize, usize, usize)], expected: &[(usize, usize)]) {
        let extents = extents
            .iter()
            .map(|(start, end, align)| Extent::new(*start..*end, *align).unwrap());
        let layout = Layout::new(extents.collect());
        let moves: Vec<_> = layout
            .moves()
            .map(|(old, new)| (old.start, new.start))
            .collect();
        assert_eq!(moves, expected);
    }

    #[test]
    fn gaps_close_by_multiples_of_the_alignment() {
        check(
            &[(0, 100, 1), (0x5000, 0x5010, 0x1000)],
            &[(0, 0), (0x5000, 0x1000)],
        );
        check(
            &[(0, 100, 1), (0x5040, 0x5050, 0x1000)],
            &[(0, 0), (0x5040, 0x1040)],
        );
        check(
            &[(0, 100, 1), (0x5080, 0x5090, 0x1000)],
            &[(0, 0), (0x5080, 0x80)],
        );
        check(
            &[(0, 100, 1), (200, 300, 1), (400, 500, 8)],
            &[(0, 0), (200, 100), (400, 200)],
        );
    }

    #[test]
    fn what_touches_stays_together() {
        check(&[(0, 64, 1), (64, 80, 0x1000), (70, 90, 1)], &[(0, 0)]);
        check(
            &[(0, 64, 1), (100, 120, 1), (120, 120, 16)],
            &[(0, 0), (100, 68)],
        );
    }

    #[test]
    fn what_cannot_move_stays() {
        check(
            &[(0, 64, 1), (0x1000, 0x1010, 0x20_0000)],
            &[(0, 0), (0x1000, 0x1000)],
        );
    }

    #[test]
    fn offsets_follow_their_block() {
        let extents = [(0, 64, 1), (0x2000, 0x2010, 0x1000)]
            .map(|(start, end, align)| Extent::new(start..end, align).unwrap());
        let layout = Layout::new(extents.to_vec());
        let moved = |offset| layout.moved(offset);
        assert_eq!(
            [moved(64), moved(0x2000), moved(0x2010)],
            [Some(64), Some(0x1000), Some(0x1010)]
        );
        assert_eq!([moved(65), moved(0x2011)], [None, None]);
        assert_eq!(layout.end(), 0x1010);
    }

    #[test]
    fn alignments_are_powers_of_two() {
        assert_eq!(Extent::new(0..1, 3_usize), None);
        assert_eq!(Extent::new(0..1, 0_usize), Extent::new(0..1, 1_usize));
    }
}
