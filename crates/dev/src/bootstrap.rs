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
    let program = program(arguments);
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

/// What Lambda would start; in a project that is no package yet, the program that was built there.
fn program(arguments: &Arguments) -> PathBuf {
    let bootstrap = arguments.task.join("bootstrap");
    match bootstrap.exists() {
        true => bootstrap,
        false => arguments.task.join(&arguments.handler),
    }
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
                reply(&mut stream, "200 OK", &invocation(number), &event)?;
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

/// The headers of an event. Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.
fn invocation(number: usize) -> String {
    // In the year 2100: nothing here runs out of time.
    const DEADLINE_MILLISECONDS: u64 = 4_102_444_800_000;
    format!(
        "Lambda-Runtime-Aws-Request-Id: {number}\r\n\
         Lambda-Runtime-Deadline-Ms: {DEADLINE_MILLISECONDS}\r\n\
         Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:case\r\n"
    )
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
    let mut length = Some(0);
    loop {
        let mut header = String::new();
        stream.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = Some(value.trim().parse()?);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            length = None;
        }
    }
    let body = match length {
        Some(length) => exactly(stream, length)?,
        None => chunked(stream)?,
    };
    Ok(Request { method, path, body })
}

fn exactly(stream: &mut impl BufRead, length: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A body in pieces, each behind its length; the last has none. Source: RFC 9112, section 7.1.
fn chunked(stream: &mut impl BufRead) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let length = usize::from_str_radix(line.trim(), 16).context("a piece without a length")?;
        let piece = exactly(stream, length + "\r\n".len())?;
        if length == 0 {
            return Ok(body);
        }
        body.extend_from_slice(&piece[..length]);
    }
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

    #[test]
    fn bodies_may_come_in_pieces() {
        let text = b"POST /response HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{\"\r\n4\r\na\":1\r\n0\r\n\r\n";
        assert_eq!(read(&mut &text[..]).unwrap().body, b"{\"a\":1");
    }
}
