//! What programs read has the form that docs/output.v1.schema.json promises.
//!
//! The schema uses a dozen words of JSON Schema, and a word that is not read here fails the test: 60 lines, where the
//! crates that know all of them bring dozens of others.

use serde_json::Value;

use crate::samples;
use crate::support::Case;

struct Schema(Value);

impl Schema {
    fn read() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/output.v1.schema.json");
        Self(serde_json::from_str(&fs_err::read_to_string(path).unwrap()).unwrap())
    }

    /// What is wrong with `value`, which should be as the definition `name` says.
    #[track_caller]
    fn check(&self, name: &str, value: &Value) {
        let mut wrong = Vec::new();
        self.walk(&self.0["$defs"][name], value, name, &mut wrong);
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    fn walk(&self, schema: &Value, value: &Value, place: &str, wrong: &mut Vec<String>) {
        for (word, wanted) in schema.as_object().unwrap() {
            let holds = match word.as_str() {
                "description" | "required" | "additionalProperties" => true,
                "$ref" => {
                    let name = wanted.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                    self.walk(&self.0["$defs"][name], value, place, wrong);
                    true
                }
                "type" => match wanted {
                    Value::Array(types) => types.iter().any(|one| is(one, value)),
                    one => is(one, value),
                },
                "minimum" => value
                    .as_f64()
                    .is_none_or(|number| number >= wanted.as_f64().unwrap()),
                "anyOf" => wanted.as_array().unwrap().iter().any(|one| {
                    let mut wrong_here = Vec::new();
                    self.walk(one, value, place, &mut wrong_here);
                    wrong_here.is_empty()
                }),
                "const" => value == wanted,
                "enum" => wanted.as_array().unwrap().contains(value),
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.walk(wanted, item, &format!("{place}[{index}]"), wrong);
                    }
                    true
                }
                "properties" => {
                    self.properties(schema, value, place, wrong);
                    true
                }
                unknown => panic!("teach this test the word `{unknown}`"),
            };
            if !holds {
                wrong.push(format!("{place}: {value} is not {word} {wanted}"));
            }
        }
    }

    fn properties(&self, schema: &Value, value: &Value, place: &str, wrong: &mut Vec<String>) {
        let Some(object) = value.as_object() else {
            return;
        };
        assert_eq!(
            schema["additionalProperties"], false,
            "{place} takes anything"
        );
        for name in schema["required"].as_array().unwrap() {
            if !object.contains_key(name.as_str().unwrap()) {
                wrong.push(format!("{place} has no {name}"));
            }
        }
        for (name, value) in object {
            match schema["properties"].get(name) {
                Some(schema) => self.walk(schema, value, &format!("{place}.{name}"), wrong),
                None => wrong.push(format!("{place}.{name} is not in the schema")),
            }
        }
    }
}

fn is(kind: &Value, value: &Value) -> bool {
    match kind.as_str().unwrap() {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        unknown => panic!("teach this test the type `{unknown}`"),
    }
}

fn check_all(case: &Case) {
    let schema = Schema::read();
    let json = |arguments: &str| case.run(&format!("{arguments} --format json")).json();
    schema.check(
        "pack",
        &json("pack dist -vv --report-file report.json -o out.zip"),
    );
    let file = serde_json::from_slice(&case.read("report.json")).unwrap();
    schema.check("pack", &file);
    schema.check("pack", &json("pack dist -q --dry-run"));
    schema.check("packs", &json("pack dist out.zip -q --dry-run"));
    schema.check(
        "check",
        &json("check dist --with-layer 12MB --handler no.such"),
    );
    schema.check("report", &json("report out.zip --before dist -v"));
    schema.check("report", &json("report dist"));
    schema.check("diff", &json("diff dist out.zip"));
    schema.check("diff", &json("diff out.zip out.zip"));
    schema.check("diff", &json("diff report.json out.zip"));
    schema.check("stories", &json("explain --in dist ** --level aggressive"));
    schema.check("rules", &json("rules"));
    schema.check("codes", &json("explain all LS900"));
}

#[test]
fn node() {
    check_all(&samples::node().with("LAMBDA_SLIM_NO_MEASURE", "0"));
}

#[test]
fn what_does_not_fit_is_told() {
    let schema = Schema::read();
    let mut wrong = Vec::new();
    let value = serde_json::json!({"zip_bytes": "1", "unzipped_bytes": -1, "more": 1});
    schema.walk(&schema.0["$defs"]["sizes"], &value, "sizes", &mut wrong);
    wrong.sort();
    assert_eq!(
        wrong,
        [
            "sizes has no \"files\"",
            "sizes.more is not in the schema",
            "sizes.unzipped_bytes: -1 is not minimum 0",
            "sizes.zip_bytes: \"1\" is not type [\"integer\",\"null\"]",
        ]
    );
}
