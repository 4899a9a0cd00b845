use lambda_slim_archive::{Error, Input};
use lambda_slim_engine::Mark;
use lambda_slim_package::EntryId;

use super::json::{Json, parse, plain};
use super::{MODEL, may_speak_of};
use crate::sources::Sources;

/// The words of code that asks an operation for its errors, or that reads models for itself.
const ASKS: [&str; 5] = [
    "error_shapes",
    "_operation_model",
    "_service_description",
    "load_service_model",
    MODEL,
];

/// A model whose operations nobody asks for their errors.
const UNREAD: &str = "unread-errors";

/// Finds the models, where nobody but the SDK speaks of the errors of one operation.
///
/// A client finds the class of an error among the shapes of the whole service. What one operation lists is read by
/// `OperationModel.error_shapes` alone, and that by the manual. Sources: `botocore/model.py`, `botocore/docs/client.py`.
pub(crate) fn marks(sources: &Sources<'_>) -> Result<Vec<Mark>, Error> {
    let models = models(sources.input);
    let is_wanted = models.is_empty() || may_speak_of(sources, &ASKS)?;
    Ok(if is_wanted { Vec::new() } else { models })
}

fn models(input: &Input) -> Vec<Mark> {
    let entries = input.package().iter();
    let models = entries.filter(|(_, entry)| entry.path.file_name().starts_with(MODEL));
    let mark = |entry: EntryId| Mark {
        entry,
        name: UNREAD,
    };
    models.map(|(id, _)| mark(id)).collect()
}

/// The same model, whose operations list no errors.
pub(crate) fn without_errors(contents: &[u8]) -> Option<Vec<u8>> {
    let mut model = parse(contents)?;
    let Json::Object(operations) = model.get_mut("operations")? else {
        return None;
    };
    for (_, operation) in operations {
        if let Json::Object(members) = operation {
            members.retain(|(key, _)| plain(key) != Some("errors"));
        }
    }
    Some(model.to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::Memory;
    use crate::test_input::input_of;

    #[test]
    fn operations_lose_their_errors_and_nothing_else_does() {
        let text = r#"{"operations": {"errors": {"name": "errors", "errors": [{"shape": "Gone"}]}},
            "shapes": {"Gone": {"exception": true, "members": {"errors": {"shape": "Text"}}}}}"#;
        let expected = r#"{"operations":{"errors":{"name":"errors"}},"shapes":{"Gone":{"exception":true,"members":{"errors":{"shape":"Text"}}}}}"#;
        let found = without_errors(text.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(found).unwrap(), expected);
        assert_eq!(without_errors(b"{}"), None);
        assert_eq!(without_errors(b"{\"operations\":[]}"), None);
    }

    #[test]
    fn code_that_asks_for_errors_keeps_them() {
        let found = |code| {
            let model = "botocore/data/s3/2006-03-01/service-2.json.gz";
            let input = input_of(&[
                (model, ""),
                ("botocore/docs/client.py", "error_shapes"),
                ("app.py", code),
            ]);
            marks(&Memory::default().of(&input)).unwrap().len()
        };
        assert_eq!(found("client('s3')"), 1);
        assert_eq!(
            found("client.meta.service_model.operation_model('GetObject').error_shapes"),
            0
        );
        assert_eq!(found("Loader().load_service_model('s3', 'service-2')"), 0);
    }
}
