//! ELF files for tests, made byte by byte: what a linker writes, in small. Included by the tests of the tool as well,
//! so it knows nothing but the standard library.

/// What the file says of itself.
#[derive(Clone)]
pub(crate) struct SampleElf<'a> {
    /// 62 is x86-64, 183 is aarch64, 243 is RISC-V.
    pub(crate) machine: u16,
    /// The dynamic loader; libraries name none.
    pub(crate) interpreter: Option<&'a str>,
    /// The name under which others need it.
    pub(crate) name: Option<&'a str>,
    /// Libraries that the loader finds first.
    pub(crate) needed: Vec<&'a str>,
    /// Of the first of them: symbol versions; one with a `?` behind it is weak.
    pub(crate) versions: Vec<&'a str>,
    /// Bytes that only debuggers read.
    pub(crate) debug_bytes: usize,
    /// Bytes of symbols.
    pub(crate) symbol_bytes: usize,
}

impl Default for SampleElf<'_> {
    fn default() -> Self {
        Self {
            machine: 62,
            interpreter: None,
            name: None,
            needed: vec!["libc.so.6"],
            versions: vec!["GLIBC_2.17"],
            debug_bytes: 0,
            symbol_bytes: 0,
        }
    }
}

const PAGE_BYTES: usize = 0x1000;
const SEGMENTS_AT: usize = 64;

/// Source for all numbers: System V ABI, and Linux Standard Base "Symbol Versioning".
impl SampleElf<'_> {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut loaded = Loaded::new();
        let interpreter = self.interpreter.map(|path| loaded.put(&text(path)));
        let (dynamic_at, dynamic_bytes) = self.dynamic(&mut loaded);
        let end = loaded.bytes.len();
        let mut segments = vec![segment(1, 0, end), segment(2, dynamic_at, dynamic_bytes)];
        if let Some(at) = interpreter {
            segments.insert(0, segment(3, at, self.interpreter.map_or(0, str::len) + 1));
        }
        let table = segments.concat();
        loaded.bytes[SEGMENTS_AT..SEGMENTS_AT + table.len()].copy_from_slice(&table);
        self.with_sections(loaded.bytes, segments.len())
    }

    /// Strings, version needs and the dynamic table; where the table lies and its length.
    fn dynamic(&self, loaded: &mut Loaded) -> (usize, usize) {
        let mut strings = b"\0".to_vec();
        let mut name = |text: &str| {
            let at = strings.len();
            strings.extend(text.bytes().chain([0]));
            at
        };
        let mut rows: Vec<(usize, usize)> = self
            .needed
            .iter()
            .map(|library| (1, name(library)))
            .collect();
        let mut needs = Vec::new();
        if let (Some((_, library)), false) = (rows.first(), self.versions.is_empty()) {
            needs = words(&[
                (1, 2),
                (self.versions.len(), 2),
                (*library, 4),
                (16, 4),
                (0, 4),
            ]);
            for (number, version) in self.versions.iter().enumerate() {
                let next = if number + 1 < self.versions.len() {
                    16
                } else {
                    0
                };
                let plain = version.trim_end_matches('?');
                let weak = if plain == *version { 0 } else { 2 };
                let fields = [
                    (0, 4),
                    (weak, 2),
                    (number + 2, 2),
                    (name(plain), 4),
                    (next, 4),
                ];
                needs.extend(words(&fields));
            }
        }
        rows.extend(self.name.map(|own| (14, name(own))));
        if !needs.is_empty() {
            rows.extend([(0x6fff_fffe, loaded.put(&needs)), (0x6fff_ffff, 1)]);
        }
        let strings_at = loaded.put(&strings);
        rows.extend([(5, strings_at), (10, strings.len()), (0, 0)]);
        let table: Vec<u8> = rows
            .iter()
            .flat_map(|(tag, value)| words(&[(*tag, 8), (*value, 8)]))
            .collect();
        (loaded.put(&table), table.len())
    }

    /// Adds what is not loaded, the section table and the header.
    fn with_sections(&self, mut file: Vec<u8>, segments: usize) -> Vec<u8> {
        let names = "\0.debug_info\0.symtab\0.shstrtab\0";
        let mut table = vec![0; 64];
        let contents = [
            (".debug_info", vec![b'd'; self.debug_bytes]),
            (".symtab", vec![b's'; self.symbol_bytes]),
            (".shstrtab", names.as_bytes().to_vec()),
        ];
        for (name, bytes) in contents.iter().filter(|(_, bytes)| !bytes.is_empty()) {
            let kind = match *name {
                ".debug_info" => 1,
                ".symtab" => 2,
                _ => 3,
            };
            let name_at = names.find(&format!("\0{name}\0")).map_or(0, |at| at + 1);
            let fields = [
                (name_at, 4),
                (kind, 4),
                (0, 8),
                (0, 8),
                (file.len(), 8),
                (bytes.len(), 8),
            ];
            table.extend(words(&fields));
            table.extend(words(&[(0, 8), (1, 8), (0, 8)]));
            file.extend(bytes);
        }
        file.resize(file.len().next_multiple_of(8), 0);
        let sections = table.len() / 64;
        let mut header = b"\x7fELF\x02\x01\x01".to_vec();
        header.resize(16, 0);
        header.extend(words(&[(3, 2), (self.machine.into(), 2), (1, 4), (0, 8)]));
        header.extend(words(&[(SEGMENTS_AT, 8), (file.len(), 8), (0, 4)]));
        header.extend(words(&[
            (64, 2),
            (56, 2),
            (segments, 2),
            (64, 2),
            (sections, 2),
            (sections - 1, 2),
        ]));
        file[..64].copy_from_slice(&header);
        file.extend(table);
        file
    }
}

/// The bytes of the one loaded segment; their addresses are their places in the file.
struct Loaded {
    bytes: Vec<u8>,
}

impl Loaded {
    fn new() -> Self {
        let bytes = vec![0; PAGE_BYTES];
        Self { bytes }
    }

    fn put(&mut self, bytes: &[u8]) -> usize {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let at = self.bytes.len();
        self.bytes.extend(bytes);
        at
    }
}

fn segment(kind: usize, at: usize, bytes: usize) -> Vec<u8> {
    let place = [(at, 8), (at, 8), (at, 8), (bytes, 8), (bytes, 8)];
    [
        words(&[(kind, 4), (5, 4)]),
        words(&place),
        words(&[(if kind == 1 { PAGE_BYTES } else { 1 }, 8)]),
    ]
    .concat()
}

fn text(text: &str) -> Vec<u8> {
    text.bytes().chain([0]).collect()
}

/// Numbers of so many bytes each, little-endian.
fn words(fields: &[(usize, usize)]) -> Vec<u8> {
    let field = |(value, bytes): &(usize, usize)| value.to_le_bytes()[..*bytes].to_vec();
    fields.iter().flat_map(field).collect()
}
