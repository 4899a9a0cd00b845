//! Real compiled modules of three versions of CPython, changed and put wrong in every way.

use lambda_slim_package::{Entry, EntryKind, FileMode};

use super::marshal::{Layout, with_filename};
use super::*;
use crate::sources::Memory;

/// The source of all samples, compiled as `/tmp/pip-abc/m.py`.
const SOURCE: &str = "def f(a):\n    return (a, 1000, \"x y\")\n\nclass A:\n    b = f\n";

struct Sample {
    magic: u16,
    tag: &'static str,
    layout: Layout,
    /// What `importlib.util.source_hash` of that version answers.
    hash: &'static str,
    /// What `marshal.dumps` of that version wrote.
    code: &'static str,
}

const SAMPLES: [Sample; 3] = [
    Sample {
        magic: 3425,
        tag: "cpython-39",
        layout: Layout::Since38,
        hash: "d6ed15cb65a1a3e0",
        code: concat!(
            "e3000000000000000000000000000000000300000040000000731a0000006400640184005a0047006402640384006403",
            "83025a0164045300290563010000000000000000000000010000000300000043000000730a0000007c00640164026603",
            "530029034e69e80300007a03782079a9002901da016172010000007201000000fa112f746d702f7069702d6162632f6d",
            "2e7079da0166010000007302000000000172040000006300000000000000000000000000000000010000004000000073",
            "1000000065005a0164005a0265035a04640153002902da01414e2905da085f5f6e616d655f5fda0a5f5f6d6f64756c65",
            "5f5fda0c5f5f7175616c6e616d655f5f7204000000da0162720100000072010000007201000000720300000072050000",
            "00040000007302000000080172050000004e290272040000007205000000720100000072010000007201000000720300",
            "0000da083c6d6f64756c653e0100000073020000000803",
        ),
    },
    Sample {
        magic: 3495,
        tag: "cpython-311",
        layout: Layout::Since311,
        hash: "fb50f39578e7dfef",
        code: concat!(
            "e30000000000000000000000000400000000000000f3260000009700640084005a0002004700640184006402a6020000",
            "ab0200000000000000005a01640353002904630100000000000000000000000300000003000000f30c00000097007c00",
            "640164026603530029034e69e80300007a03782079a9002901da0161730100000020fa112f746d702f7069702d616263",
            "2f6d2e7079da0166720600000001000000730f0000008000d80c0d88749055d00b1bd0041bf300000000630000000000",
            "000000000000000100000000000000f312000000970065005a0164005a0265035a04640153002902da01414e2905da08",
            "5f5f6e616d655f5fda0a5f5f6d6f64756c655f5fda0c5f5f7175616c6e616d655f5f7206000000da0162720300000072",
            "0700000072050000007209000000720900000004000000731300000080008000800080008000d8080980418041804172",
            "0700000072090000004e290272060000007209000000720300000072070000007205000000fa083c6d6f64756c653e72",
            "0e000000010000007346000000f003010101f00201011cf00001011cf00001011cf00601010af00001010af00001010a",
            "f00001010af00001010af10001010af40001010af00001010af00001010af00001010a7207000000",
        ),
    },
    Sample {
        magic: 3571,
        tag: "cpython-313",
        layout: Layout::Since311,
        hash: "450650901da6972c",
        code: concat!(
            "e30000000000000000000000000400000000000000f31e000000950053001a0072001800220053011a00530235020000",
            "00000000720167032904630100000000000000000000000300000003000000f30c000000950055005301530234032400",
            "29034e69e80300007a03782079a9002901da0161730100000020da112f746d702f7069702d6162632f6d2e7079da0166",
            "720600000001000000730f0000008000d80c0d88749055d00b1bd0041bf3000000006300000000000000000000000001",
            "00000000000000f31800000095005c00720153007202530172035c0472055302720667032904da0141e9040000007203",
            "0000004e2907da085f5f6e616d655f5fda0a5f5f6d6f64756c655f5fda0c5f5f7175616c6e616d655f5fda0f5f5f6669",
            "7273746c696e656e6f5f5f7206000000da0162da155f5f7374617469635f617474726962757465735f5f720300000072",
            "070000007205000000720900000072090000000400000073070000008600d808098341720700000072090000004e2902",
            "72060000007209000000720300000072070000007205000000da083c6d6f64756c653e72110000000100000073140000",
            "00f003010101f20201011cf70601010af20001010a7207000000",
        ),
    },
];

pub(super) fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex
        .as_bytes()
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).unwrap());
    digits
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

impl Sample {
    /// A compiled module with these flags and these eight bytes of validity.
    fn compiled(&self, flags: u32, validity: &[u8]) -> Vec<u8> {
        let mut file = self.magic.to_le_bytes().to_vec();
        file.extend_from_slice(b"\r\n");
        file.extend_from_slice(&flags.to_le_bytes());
        file.extend_from_slice(validity);
        file.extend(bytes(self.code));
        file
    }

    fn path(&self) -> String {
        format!("lib/__pycache__/m.{}.pyc", self.tag)
    }

    /// The module as it should be in every package.
    fn expected(&self) -> Vec<u8> {
        let code = with_filename(&bytes(self.code), self.layout, "/var/task/lib/m.py").unwrap();
        let mut file = self.compiled(1, &bytes(self.hash));
        file.truncate(HEADER_BYTES);
        file.extend(code);
        file
    }
}

pub(super) fn package(files: &[(&str, &[u8])]) -> Input {
    let file = |(path, contents): &(&str, &[u8])| {
        let kind = EntryKind::File {
            size_bytes: contents.len() as u64,
            mode: FileMode::Regular,
        };
        let path = EntryPath::new(path).unwrap();
        (Entry { path, kind }, contents.to_vec())
    };
    Input::in_memory(files.iter().map(file).collect()).unwrap()
}

/// What becomes of the compiled module at `path`.
fn unchecked(input: &Input, path: &str) -> Option<Vec<u8>> {
    let entry = input
        .package()
        .find(&EntryPath::new(path).unwrap())
        .unwrap();
    let contents = input.read(entry).unwrap();
    Uncheck::default().rewrite(input, entry, &contents)
}

#[test]
fn file_names_change_everywhere_and_nothing_else_does() {
    for sample in SAMPLES {
        let code = bytes(sample.code);
        let renamed = with_filename(&code, sample.layout, "/var/task/lib/m.py").unwrap();
        let count = |text: &[u8]| {
            renamed
                .windows(text.len())
                .filter(|part| *part == text)
                .count()
        };
        assert_eq!(
            (count(b"/var/task/lib/m.py"), count(b"pip-abc")),
            (1, 0),
            "{}",
            sample.tag
        );
        let back = with_filename(&renamed, sample.layout, "/tmp/pip-abc/m.py").unwrap();
        let direct = with_filename(&code, sample.layout, "/tmp/pip-abc/m.py").unwrap();
        assert_eq!(back, direct, "{}", sample.tag);
    }
}

#[test]
fn damaged_code_is_refused() {
    for sample in SAMPLES {
        let code = bytes(sample.code);
        for end in 0..code.len() {
            assert_eq!(
                with_filename(&code[..end], sample.layout, "x"),
                None,
                "{} {end}",
                sample.tag
            );
        }
        assert_eq!(
            with_filename(&[&code[..], b"N"].concat(), sample.layout, "x"),
            None
        );
        for at in 0..code.len() {
            let mut damaged = code.clone();
            damaged[at] ^= 0xff;
            let _ = with_filename(&damaged, sample.layout, "x");
        }
    }
    assert_eq!(
        with_filename(&[b')', 1].repeat(100_000), Layout::Since311, "x"),
        None
    );
}

#[test]
fn a_hash_that_is_right_is_taken_over() {
    for sample in SAMPLES {
        let path = sample.path();
        for flags in [1, 3] {
            let compiled = sample.compiled(flags, &bytes(sample.hash));
            let input = package(&[("lib/m.py", SOURCE.as_bytes()), (&path, &compiled)]);
            assert_eq!(
                unchecked(&input, &path),
                Some(sample.expected()),
                "{}",
                sample.tag
            );
            let marks = marks(&input).unwrap();
            assert!(marks.iter().all(|mark| mark.name == SOUND));
        }
        let input = package(&[("lib/m.py", SOURCE.as_bytes()), (&path, &sample.expected())]);
        assert_eq!(
            unchecked(&input, &path),
            Some(sample.expected()),
            "a second run changes nothing"
        );
    }
}

#[test]
fn what_may_be_wrong_for_its_source_stays() {
    let [_, sample, other] = SAMPLES;
    let path = sample.path();
    let checked = sample.compiled(3, &bytes(sample.hash));
    let stays = |source: &str, compiled: &[u8]| {
        let input = package(&[("lib/m.py", source.as_bytes()), (&path, compiled)]);
        assert_eq!(unchecked(&input, &path), None);
    };
    stays("changed = 1", &checked);
    stays(SOURCE, &other.compiled(3, &bytes(other.hash)));
    stays(SOURCE, &checked[..40]);
    stays(SOURCE, b"");
    let date = [[1, 0, 0, 0], (SOURCE.len() as u32 + 1).to_le_bytes()].concat();
    stays(SOURCE, &sample.compiled(0, &date));
}

#[test]
fn a_module_with_a_date_is_sound_while_its_source_is_the_installed_one() {
    let [_, sample, other] = SAMPLES;
    let path = sample.path();
    let digest = "sha256=a0hF-eOOLUuPG0lmzixfET64rRJQihgMBUFFIt4dCMc";
    let dated = |size: usize| [[1, 2, 3, 4], (size as u32).to_le_bytes()].concat();
    let check_both = |compiled: &[u8], source: &str, module: &str, expected: &[&str]| {
        let listed = match module {
            "not listed" => String::new(),
            digest => format!("{path},{digest},9\n"),
        };
        let record = format!("lib/m.py,{source},62\n{listed}");
        let files = [
            ("lib/m.py", SOURCE.as_bytes()),
            (&path, compiled),
            ("lib-1.0.dist-info/RECORD", record.as_bytes()),
        ];
        let input = package(&files);
        let names: Vec<&str> = marks(&input)
            .unwrap()
            .iter()
            .map(|mark| mark.name)
            .collect();
        assert_eq!(names, expected);
        if expected == [SOUND] {
            assert_eq!(unchecked(&input, &path), Some(sample.expected()));
        }
    };
    let check = |compiled: &[u8], source: &str, expected: &[&str]| {
        check_both(compiled, source, "", expected);
    };
    let compiled = sample.compiled(0, &dated(SOURCE.len()));
    check(&compiled, digest, &[SOUND]);
    check_both(&compiled, digest, "sha256=AAAA", &[SOUND]);
    check_both(&compiled, digest, &recorded_digest(&compiled), &[]);
    check(&compiled, "sha256=AAAA", &[]);
    check(&compiled, "", &[]);
    // Left behind by another version of the same size.
    check_both(&compiled, digest, "not listed", &[]);
    check(
        &sample.compiled(0, &dated(SOURCE.len() + 1)),
        digest,
        &[STALE],
    );
    check(&other.compiled(0, &dated(SOURCE.len())), digest, &[STALE]);
}

#[test]
fn modules_without_their_source_are_stale() {
    let [_, sample, _] = SAMPLES;
    let compiled = sample.compiled(3, &bytes(sample.hash));
    let check = |path: &str, is_stale: bool| {
        let input = package(&[("lib/m.py", SOURCE.as_bytes()), (path, &compiled)]);
        let marks = marks(&input).unwrap();
        let found = marks.iter().any(|mark| mark.name == STALE);
        assert_eq!(found, is_stale, "{path}");
    };
    check("lib/__pycache__/gone.cpython-311.pyc", true);
    check("lib/__pycache__/m.cpython-311.pyc", false);
    // Others look for these.
    check("lib/gone.pyc", false);
    check("lib/__pycache__/gone.cpython-311.opt-1.pyc", false);
    check("lib/__pycache__/gone.cpython-311-pytest-8.3.pyc", false);
}

/// The marks of a package whose sample is installed as RECORD says, with one more file.
fn replaceable(
    sample: &Sample,
    record: &str,
    own: (&str, &str),
    tag: &str,
) -> (Input, Vec<String>) {
    let compiled = sample.compiled(1, &bytes(sample.hash));
    let files = [
        ("lib/m.py", SOURCE.as_bytes()),
        (&sample.path(), &compiled),
        ("lib-1.dist-info/RECORD", record.as_bytes()),
        (own.0, own.1.as_bytes()),
    ];
    let input = package(&files);
    let in_place = InPlace {
        only_tag: Some(tag.to_owned()),
        ..InPlace::default()
    };
    let found = in_place
        .marks(&Memory::default().of(&input), &marks(&input).unwrap())
        .unwrap();
    let path = |mark: &Mark| format!("{} {}", mark.name, input.package().entry(mark.entry).path);
    let found = found.iter().map(path).collect();
    (input, found)
}

#[test]
fn installed_modules_take_the_place_of_their_sources() {
    for sample in SAMPLES {
        let record = format!("lib/m.py,,\n{},,\n", sample.path());
        let own = ("app.py", "import lib.m");
        let (input, found) = replaceable(&sample, &record, own, sample.tag);
        let compiled = format!("replacing-bytecode {}", sample.path());
        assert_eq!(found, ["replaceable-source lib/m.py", &compiled]);
        let source = input.package().find(&EntryPath::new("lib/m.py").unwrap());
        let in_place = InPlace {
            only_tag: Some(sample.tag.to_owned()),
            ..InPlace::default()
        };
        let replaced = in_place.rewrite(&input, source.unwrap(), SOURCE.as_bytes());
        assert_eq!(replaced.unwrap(), sample.expected());
    }
}

#[test]
fn sources_stay_where_anything_else_may_want_them() {
    let [sample, ..] = SAMPLES;
    let record = format!("lib/m.py,,\n{},,\n", sample.path());
    let check = |record: &str, own, tag| {
        assert_eq!(replaceable(&sample, record, own, tag).1, [""; 0]);
    };
    check("", ("app.py", ""), sample.tag);
    check(&record, ("app.py", "open('m.py')"), sample.tag);
    check(&record, ("app.py", ""), "cpython-312");
}

#[test]
fn comments_and_documentation_open_no_file() {
    let [sample, ..] = SAMPLES;
    let record = format!("lib/m.py,,\n{},,\n", sample.path());
    let marks = |path, text| {
        let (_, found) = replaceable(&sample, &record, (path, text), sample.tag);
        found.len()
    };
    assert_eq!(marks("app.py", "# see m.py"), 2);
    assert_eq!(marks("app.py", "def f():\n    '''As m.py does.'''\n"), 2);
    assert_eq!(marks("app.py", "open('lib/m.py')"), 0);
    // What is a text in compiled code, and what documentation, cannot be told.
    assert_eq!(marks("app.pyc", "\0\u{1}m.py\0"), 0);
}
