//! Plays Lambda's run time interface on the loopback device for a package with a `bootstrap`.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, bail};

/// What it serves.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    task: PathBuf,
    handler: String,
    /// Holds `event-N.json`, gets `answer-N.json`.
    exchange: PathBuf,
}

/// Starts the program and hands it one event after the other.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let program = arguments.task.join(&arguments.handler);
    let mut bootstrap = Command::new(&program)
        .env("AWS_LAMBDA_RUNTIME_API", listener.local_addr()?.to_string())
        .spawn()
        .with_context(|| format!("could not be started: `{}`", program.display()))?;
    let served = serve(&listener, &mut bootstrap, &arguments.exchange);
    // It waits for events for ever, or has ended.
    let _ = bootstrap.kill();
    bootstrap.wait()?;
    served.map(|()| ExitCode::SUCCESS)
}

fn serve(listener: &TcpListener, bootstrap: &mut Child, exchange: &Path) -> anyhow::Result<()> {
    let file = |kind: &str, number: usize| exchange.join(format!("{kind}-{number}.json"));
    let mut number = 0;
    while file("event", number).exists() {
        let (request, mut stream) = accept(listener, bootstrap)?;
        match (
            request.method.as_str(),
            request.path.rsplit('/').next().unwrap_or_default(),
        ) {
            ("GET", "next") => {
                let event = fs_err::read(file("event", number))?;
                let id = format!("Lambda-Runtime-Aws-Request-Id: {number}\r\n");
                reply(&mut stream, "200 OK", &id, &event)?;
            }
            ("POST", "response") => {
                fs_err::write(file("answer", number), &request.body)?;
                reply(&mut stream, "202 Accepted", "", b"")?;
                number += 1;
            }
            _ => bail!(
                "`bootstrap` asked for {}: {}",
                request.path,
                String::from_utf8_lossy(&request.body)
            ),
        }
    }
    Ok(())
}

struct Request {
    method: String,
    path: String,
    body: Vec<u8>,
}

/// The next request, or an error when the program ends without one.
fn accept(listener: &TcpListener, bootstrap: &mut Child) -> anyhow::Result<(Request, TcpStream)> {
    const PAUSE: Duration = Duration::from_millis(2);
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false)?;
                let request = read(&mut BufReader::new(&stream))?;
                return Ok((request, stream));
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
        if let Some(status) = bootstrap.try_wait()? {
            bail!("`bootstrap` ended with {status}");
        }
        std::thread::sleep(PAUSE);
    }
}

fn read(stream: &mut impl BufRead) -> anyhow::Result<Request> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let method = words.next().context("an empty request")?;
    let path = words.next().context("a request without a path")?;
    let mut length = 0;
    loop {
        let mut header = String::new();
        stream.read_line(&mut header)?;
        match header.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse()?;
            }
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(Request { method, path, body })
}

fn reply(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8]) -> std::io::Result<()> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_with_their_bodies() {
        let text = b"POST /2018-06-01/runtime/invocation/0/response HTTP/1.1\r\nHost: x\r\ncontent-length: 2\r\n\r\n{}";
        let request = read(&mut &text[..]).unwrap();
        assert_eq!(request.method, "POST");
        assert!(request.path.ends_with("/0/response"));
        assert_eq!(request.body, b"{}");
        assert!(read(&mut &b""[..]).is_err());
    }
}
