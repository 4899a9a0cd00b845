//! What code says about operations: files in, doubt or certainty out.

use super::*;
use crate::test_input::input_of;

/// Of the operations here, those that `files` name; or why it is unclear.
fn operations(files: &[(&str, &str)]) -> String {
    let sdk = [
        ("botocore/data/s3/2020/service-2.json", "{}"),
        (
            "botocore/signers.py",
            "model('CreateBucket'); register('x.s3.PutBucketAcl')",
        ),
        ("botocore/docs/x.py", "client.delete_object()"),
        ("s3transfer/upload.py", "client.upload_part()"),
    ];
    let all: Vec<_> = sdk.iter().chain(files).copied().collect();
    match used_operations(&input_of(&all), &Memory::default()).unwrap() {
        Operations::Unclear(why) => format!("? {why}"),
        Operations::Named(names) => {
            let known = ["GetObject", "PutObject", "DeleteObject", "PutBucketAcl"];
            let named = known.into_iter().filter(|name| names.contains(name));
            let mut text = named.collect::<Vec<_>>().join(" ");
            assert!(names.contains("CreateBucket") && names.contains("UploadPart"));
            text += if names.resources { " +resources" } else { "" };
            text
        }
    }
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let app = format!("import boto3\n{text}");
    assert_eq!(operations(&[("app.py", &app)]), expected, "{text}");
}

#[track_caller]
fn check_open(text: &str) {
    let app = format!("import boto3\n{text}");
    let found = operations(&[("app.py", &app)]);
    assert!(found.starts_with("? app.py:"), "{text}: {found}");
}

#[test]
fn every_spelling_of_a_name_counts() {
    check("s3.get_object(Bucket='b')", "GetObject");
    check("s3.get_paginator('get_object')", "GetObject");
    check("s3._make_api_call('PutObject', {})", "PutObject");
    check("call = {'op': 'put-object'}", "PutObject");
    check("NAME = 'get_object'\ngetattr(s3, NAME)()", "GetObject");
    check(
        "def f(n): return getattr(s3, n)()\nf('put_object')",
        "PutObject",
    );
    check("boto3.resource('s3')", " +resources");
    check("print(1)", "");
}

#[test]
fn names_from_elsewhere_leave_it_open() {
    check_open("def handler(event, context): getattr(s3, event['call'])()");
    check_open("getattr(s3, 'put_' + kind)()");
    check_open("inspect.getmembers(s3, inspect.ismethod)");
    check_open("s3.get_paginator(f'list_{kind}')");
    check_open("s3.get_waiter(os.environ['WAITER'])");
    check_open("s3.generate_presigned_url(ClientMethod=x)");
    check_open("s3.get_waiter(*names)");
    check_open("model.shape_for(x)");
    check_open("for n in model.operation_names: print(n)");
    check_open("eval(text)");
}

#[test]
fn libraries_count_where_they_speak_of_the_sdk() {
    let record = "lib/a.py,,\nlib/b.py,,\nlib-1.dist-info/RECORD,,\n";
    let of_library = |a: &str, b: &str| {
        operations(&[
            ("app.py", "import lib"),
            ("lib/a.py", a),
            ("lib/b.py", b),
            ("lib-1.dist-info/RECORD", record),
        ])
    };
    assert_eq!(of_library("x.get_object()", ""), "GetObject");
    assert_eq!(of_library("getattr(a, b)", "import boto3"), "");
    let found = of_library("import boto3; getattr(a, b)", "");
    assert_eq!(
        found,
        "? lib/a.py:1: `getattr(a, b)` does not tell the operation"
    );
}

#[test]
fn code_that_cannot_be_read_leaves_it_open() {
    assert!(operations(&[("app.py", "print 'x'")]).contains("cannot be parsed"));
    assert!(operations(&[("app.py", ""), ("core.so", "\0boto3")]).contains("is compiled"));
    assert!(operations(&[("notes.txt", "")]).contains("no code of a function"));
}
