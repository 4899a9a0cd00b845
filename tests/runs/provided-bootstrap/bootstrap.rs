//! A Lambda run time in a page: asks for an event, answers with what lies beside it.
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

fn main() {
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API").expect("Lambda sets it");
    loop {
        let (head, event) = request(&api, "GET", "next", "");
        let id = head.lines().find_map(|line| line.strip_prefix("Lambda-Runtime-Aws-Request-Id: ")).expect("an id");
        request(&api, "POST", &format!("{id}/response"), &answer(&event));
    }
}

fn request(api: &str, method: &str, path: &str, body: &str) -> (String, String) {
    let mut stream = TcpStream::connect(api).expect("the run time interface");
    let length = body.len();
    let head = format!("{method} /2018-06-01/runtime/invocation/{path} HTTP/1.1\r\nHost: {api}\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all((head + body).as_bytes()).expect("sends");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("reads");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    (head.to_owned(), body.to_owned())
}

fn answer(event: &str) -> String {
    let root = std::env::var("LAMBDA_TASK_ROOT").expect("Lambda sets it");
    let read = |name: &str| std::fs::read_to_string(format!("{root}/{name}")).expect("is there").trim().to_owned();
    let script = Command::new(format!("{root}/bin/hello.sh")).output().expect("may be run");
    let link = std::fs::read_link(format!("{root}/data/current")).expect("is a link");
    format!(
        r#"{{"event": {event}, "readme": "{}", "current": "{}", "link": "{}", "script": "{}"}}"#,
        read("README.md"), read("data/current/value.txt"), link.display(), String::from_utf8_lossy(&script.stdout).trim(),
    )
}
