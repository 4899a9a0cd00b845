//! The models from which botocore makes its clients: what in them no call needs.

mod endpoints;
mod json;
mod operations;
mod versions;

use std::io::Read;

use flate2::read::GzDecoder;
use lambda_slim_archive::Input;
use lambda_slim_engine::Rewriter;
use lambda_slim_package::EntryId;

pub(crate) use self::endpoints::EndpointsPruner;
use self::json::{Json, parse};
pub(crate) use self::operations::OperationsPruner;
pub use self::operations::known_operations;
pub(crate) use self::versions::marks;

/// What the names of the files begin with that describe a service.
const MODEL: &str = "service-2";

/// The most bytes that one model may unpack to; the largest real one (ec2) has 13 million.
const MODEL_AT_MOST_BYTES: u64 = 256 << 20;

/// Unpacks models: botocore reads both forms, and unpacking in each cold start costs more than it saves.
#[derive(Debug)]
pub(crate) struct Gunzip;

impl Rewriter for Gunzip {
    fn rewrite(&self, _: &Input, _: EntryId, contents: &[u8]) -> Option<Vec<u8>> {
        gunzip(contents)
    }
}

/// The contents of a `.json.gz`; `None` where it is damaged or no JSON.
pub(crate) fn gunzip(contents: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let mut unpacked = GzDecoder::new(contents).take(MODEL_AT_MOST_BYTES);
    unpacked.read_to_end(&mut text).ok()?;
    let is_whole = (text.len() as u64) < MODEL_AT_MOST_BYTES;
    (is_whole && parse(&text).is_some()).then_some(text)
}

/// The contents of a `.json` or `.json.gz`; `None` where it is damaged.
fn unpacked(contents: Vec<u8>) -> Option<Vec<u8>> {
    match contents.starts_with(&[0x1f, 0x8b]) {
        true => gunzip(&contents),
        false => Some(contents),
    }
}

/// The same JSON without white space; every number and text stays as it is written.
pub(crate) fn minify(contents: &[u8]) -> Option<Vec<u8>> {
    Some(parse(contents)?.to_bytes())
}

/// The same model without documentation.
///
/// Only texts go: a member that is called `documentation` is an object. botocore reads the key itself for client
/// context parameters, so it stays there, empty. Source: `client_context_parameters` in `botocore/model.py`.
pub(crate) fn without_documentation(contents: &[u8]) -> Option<Vec<u8>> {
    let mut model = parse(contents)?;
    strip(&mut model, Documentation::Goes);
    Some(model.to_bytes())
}

/// What happens to the documentation of an object.
#[derive(Clone, Copy, PartialEq)]
enum Documentation {
    Goes,
    IsEmptied,
}

fn strip(value: &mut Json<'_>, documentation: Documentation) {
    match value {
        Json::Scalar(_) => {}
        Json::Array(items) => items.iter_mut().for_each(|item| strip(item, documentation)),
        Json::Object(members) => {
            let is_text =
                |member: &(&[u8], Json<'_>)| member.0 == b"\"documentation\"" && member.1.is_text();
            match documentation {
                Documentation::Goes => members.retain(|member| !is_text(member)),
                Documentation::IsEmptied => {
                    let texts = members.iter_mut().filter(|member| is_text(member));
                    texts.for_each(|member| member.1 = Json::Scalar(b"\"\""));
                }
            }
            for (key, value) in members {
                let is_read =
                    *key == b"\"clientContextParams\"" || documentation == Documentation::IsEmptied;
                let below = if is_read {
                    Documentation::IsEmptied
                } else {
                    Documentation::Goes
                };
                strip(value, below);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn check(text: &str, expected: &str) {
        let stripped = without_documentation(text.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(stripped).unwrap(), expected);
    }

    #[test]
    fn documentation_goes_where_it_is_text() {
        check(r#"{ "a" : 1, "documentation": "<p>x</p>" }"#, r#"{"a":1}"#);
        check(
            r#"{"members":{"documentation":{"shape":"S","documentation":"x"}}}"#,
            r#"{"members":{"documentation":{"shape":"S"}}}"#,
        );
        check(
            r#"[{"documentation":"a, \"b\" }"},{"b":[]}]"#,
            r#"[{},{"b":[]}]"#,
        );
        check(
            r#"{"enum":["documentation"]}"#,
            r#"{"enum":["documentation"]}"#,
        );
    }

    #[test]
    fn botocore_reads_the_documentation_of_client_context_parameters() {
        check(
            r#"{"clientContextParams":{"Accelerate":{"documentation":"x","type":"boolean"}}}"#,
            r#"{"clientContextParams":{"Accelerate":{"documentation":"","type":"boolean"}}}"#,
        );
    }

    #[test]
    fn what_is_no_json_stays() {
        for text in ["", "{", "{\"a\":}", "[1,]", "nan", "{'a':1}"] {
            assert_eq!(minify(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn numbers_and_texts_stay_as_written() {
        let text = "{ \"a\" :\n[ 1.0, 1e5, 123456789012345678901234567890, \"\\u00e9 \\\" { \", true, null ] }";
        let expected =
            "{\"a\":[1.0,1e5,123456789012345678901234567890,\"\\u00e9 \\\" { \",true,null]}";
        assert_eq!(minify(text.as_bytes()).unwrap(), expected.as_bytes());
    }

    #[test]
    fn packed_models_are_unpacked() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(b"{\"a\": 1}").unwrap();
        let packed = packed.finish().unwrap();
        assert_eq!(gunzip(&packed).unwrap(), b"{\"a\": 1}");
        assert_eq!(gunzip(&packed[..packed.len() - 4]), None);
        assert_eq!(gunzip(b"{}"), None);
    }
}
