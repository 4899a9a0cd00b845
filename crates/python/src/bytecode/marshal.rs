use std::collections::{BTreeMap, BTreeSet};

/// The fields of a code object, which two families of versions write in different order.
/// Source: `Python/marshal.c` of CPython 3.8 and 3.11.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Layout {
    /// Six numbers; the file name is the seventh object.
    Since38,
    /// Five numbers; the file name is the sixth object.
    Since311,
}

impl Layout {
    fn numbers(self) -> usize {
        match self {
            Self::Since38 => 6,
            Self::Since311 => 5,
        }
    }

    /// The objects before the first line number.
    fn objects_before_line(self) -> usize {
        8
    }

    fn filename_index(self) -> usize {
        match self {
            Self::Since38 => 6,
            Self::Since311 => 5,
        }
    }

    /// The objects behind the first line number.
    fn objects_after_line(self) -> usize {
        match self {
            Self::Since38 => 1,
            Self::Since311 => 2,
        }
    }
}

/// The bit of a type that says: later objects may refer to this one.
const REFERABLE: u8 = 0x80;
/// Code of real programs nests a few dozen objects; hostile input must not end our stack.
const DEEPEST: usize = 400;

/// The same code with `filename` in each of its code objects; `None` where it is not understood to the last byte.
///
/// Which objects carry the bit for references depends on what else the compiling process had in memory. Only those that
/// are referred to keep it, so that equal sources give equal bytes.
pub(crate) fn with_filename(code: &[u8], layout: Layout, filename: &str) -> Option<Vec<u8>> {
    let mut reader = Reader {
        bytes: code,
        at: 0,
        layout,
        pieces: Vec::new(),
        referable: Vec::new(),
        used: BTreeSet::new(),
    };
    reader.object(0, Role::Other)?;
    (reader.at == code.len()).then_some(())?;
    reader.write(filename)
}

/// What an object is for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Role {
    Filename,
    Other,
}

/// A part of the output.
#[derive(Debug, Clone, Copy)]
enum Piece {
    /// The type of an object, without its bit, and its number if it has the bit.
    Type(u8, Option<usize>),
    /// These bytes of the input.
    Bytes(usize, usize),
    /// A whole text that is the file name, and its number if it has the bit.
    Filename(Option<usize>),
    /// A reference to the object with this number.
    Reference(usize),
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    layout: Layout,
    pieces: Vec<Piece>,
    /// For each object with the bit: whether it is a file name, and nothing else.
    referable: Vec<Role>,
    /// The objects that are referred to.
    used: BTreeSet<usize>,
}

impl Reader<'_> {
    fn object(&mut self, depth: usize, role: Role) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        let byte = self.byte()?;
        let kind = byte & !REFERABLE;
        let number = (byte & REFERABLE != 0).then_some(self.referable.len());
        if number.is_some() {
            self.referable.push(role);
        }
        match (role, kind) {
            (_, b'r') => return self.reference(role),
            (Role::Filename, b'z' | b'Z' | b'a' | b'A' | b'u' | b't') => {
                self.text(kind)?;
                self.pieces.push(Piece::Filename(number));
                return Some(());
            }
            (Role::Filename, _) => return None,
            (Role::Other, _) => self.pieces.push(Piece::Type(kind, number)),
        }
        self.body(kind, depth)
    }

    /// A file name is referred to by other code objects only: a constant that shares it would change with it.
    fn reference(&mut self, role: Role) -> Option<()> {
        let number = self.number()?;
        (*self.referable.get(number)? == role).then_some(())?;
        self.used.insert(number);
        self.pieces.push(Piece::Reference(number));
        Some(())
    }

    /// What follows the type. Source: `r_object` in `Python/marshal.c`.
    fn body(&mut self, kind: u8, depth: usize) -> Option<()> {
        match kind {
            b'0' | b'N' | b'F' | b'T' | b'S' | b'.' => Some(()),
            b'i' => self.copy(4),
            b'I' | b'g' => self.copy(8),
            b'y' => self.copy(16),
            b'l' => {
                let digits = i32::from_le_bytes(self.peek(4)?.try_into().ok()?).unsigned_abs();
                self.copy(4 + 2 * digits as usize)
            }
            b's' | b'u' | b't' | b'a' | b'A' | b'z' | b'Z' => {
                let start = self.at;
                self.text(kind)?;
                self.pieces.push(Piece::Bytes(start, self.at));
                Some(())
            }
            b')' => {
                let count = *self.peek(1)?.first()?;
                self.copy(1)?;
                self.objects(usize::from(count), depth)
            }
            b'(' | b'[' | b'<' | b'>' => {
                let count = u32::from_le_bytes(self.peek(4)?.try_into().ok()?);
                self.copy(4)?;
                self.objects(count as usize, depth)
            }
            b':' => self.objects(3, depth),
            b'c' => self.code(depth),
            _ => None,
        }
    }

    fn code(&mut self, depth: usize) -> Option<()> {
        self.copy(4 * self.layout.numbers())?;
        for index in 0..self.layout.objects_before_line() {
            let is_filename = index == self.layout.filename_index();
            let role = if is_filename {
                Role::Filename
            } else {
                Role::Other
            };
            self.object(depth + 1, role)?;
        }
        self.copy(4)?;
        self.objects(self.layout.objects_after_line(), depth)
    }

    fn objects(&mut self, count: usize, depth: usize) -> Option<()> {
        (0..count).try_for_each(|_| self.object(depth + 1, Role::Other))
    }

    /// Passes over the length and the bytes of a text.
    fn text(&mut self, kind: u8) -> Option<()> {
        let length = match kind {
            b'z' | b'Z' => usize::from(self.byte()?),
            _ => self.number()?,
        };
        self.peek(length)?;
        self.at += length;
        Some(())
    }

    fn number(&mut self) -> Option<usize> {
        let number = u32::from_le_bytes(self.peek(4)?.try_into().ok()?);
        self.at += 4;
        Some(number as usize)
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn peek(&self, length: usize) -> Option<&[u8]> {
        self.bytes.get(self.at..self.at.checked_add(length)?)
    }

    fn copy(&mut self, length: usize) -> Option<()> {
        self.peek(length)?;
        self.pieces.push(Piece::Bytes(self.at, self.at + length));
        self.at += length;
        Some(())
    }

    /// Puts the pieces together; objects that are referred to are numbered anew.
    fn write(&self, filename: &str) -> Option<Vec<u8>> {
        let used = |number: &Option<usize>| number.filter(|number| self.used.contains(number));
        let mut out = Vec::with_capacity(self.bytes.len());
        let mut numbers = BTreeMap::new();
        for piece in &self.pieces {
            let (kind, number) = match piece {
                Piece::Bytes(start, end) => {
                    out.extend_from_slice(&self.bytes[*start..*end]);
                    continue;
                }
                Piece::Reference(number) => {
                    out.push(b'r');
                    out.extend_from_slice(&u32::to_le_bytes(*numbers.get(number)?));
                    continue;
                }
                Piece::Type(kind, number) => (*kind, used(number)),
                Piece::Filename(number) => (b'u', used(number)),
            };
            out.push(if number.is_some() {
                kind | REFERABLE
            } else {
                kind
            });
            let next = numbers.len() as u32;
            numbers.extend(number.map(|number| (number, next)));
            if matches!(piece, Piece::Filename(_)) {
                out.extend_from_slice(&(filename.len() as u32).to_le_bytes());
                out.extend_from_slice(filename.as_bytes());
            }
        }
        Some(out)
    }
}
