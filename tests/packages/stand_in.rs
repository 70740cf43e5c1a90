//! The services that packages are clients of, as far as the tests use them.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::{Value, json};

/// Listens on a free port as long as the test runs; answers with its URL.
pub fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || while serve(&stream).is_ok() {});
        }
    });
    url
}

struct Request {
    /// Method and path.
    line: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    body: String,
}

impl Request {
    fn header(&self, name: &str) -> &str {
        self.headers
            .iter()
            .find(|(each, _)| each == name)
            .map(|(_, value)| value.as_str())
            .unwrap_or_default()
    }
}

fn serve(mut stream: &TcpStream) -> io::Result<()> {
    let request = read(&mut BufReader::new(stream))?;
    let (status, kind, body) = answer(&request);
    let length = body.len();
    write!(stream, "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n{body}")
}

fn read(reader: &mut impl BufRead) -> io::Result<Request> {
    let line = read_line(reader)?;
    let mut headers = Vec::new();
    loop {
        let header = read_line(reader)?;
        let Some((name, value)) = header.split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut request = Request { line, headers, body: String::new() };
    if request.header("transfer-encoding") == "chunked" {
        loop {
            let length = u64::from_str_radix(&read_line(reader)?, 16).map_err(io::Error::other)?;
            reader.take(length).read_to_string(&mut request.body)?;
            read_line(reader)?;
            if length == 0 {
                return Ok(request);
            }
        }
    }
    let length = request.header("content-length").parse().unwrap_or(0);
    reader.take(length).read_to_string(&mut request.body)?;
    Ok(request)
}

fn read_line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}

/// Status, content type and body.
fn answer(request: &Request) -> (u16, &'static str, String) {
    const STREAM: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"he\"}}]}\n\n\
        data: {\"choices\":[{\"delta\":{\"content\":\"llo\"}}]}\n\ndata: [DONE]\n\n";
    if request.line.starts_with("POST /v1/chat/completions ") && request.body.contains("\"stream\":true") {
        return (200, "text/event-stream", STREAM.to_owned());
    }
    let (status, body) = answer_json(request);
    (status, "application/json", body.to_string())
}

fn answer_json(request: &Request) -> (u16, Value) {
    let target = request.line.strip_suffix(" HTTP/1.1").unwrap_or_default();
    match target {
        "POST /emails" if request.header("authorization") == "Bearer re_key" => {
            (200, json!({ "id": "email-1" }))
        }
        "POST /emails" => {
            (401, json!({ "statusCode": 401, "name": "validation_error", "message": "wrong key" }))
        }
        "GET /emails/missing" => {
            (404, json!({ "statusCode": 404, "name": "not_found", "message": "no such" }))
        }
        "POST /v1/customers" => (200, json!({ "id": "cus_1", "object": "customer" })),
        "POST /v1/chat/completions" => (200, json!({ "choices": [{ "message": { "content": "hi" } }] })),
        "PUT /bucket/report.txt" => {
            let prefix = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/";
            let is_signed = request.header("authorization").starts_with(prefix);
            (200, json!({ "signed": is_signed, "body": request.body }))
        }
        "POST /echo" => {
            let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
            (200, json!({ "body": body, "test": request.header("x-test") }))
        }
        "POST /redis/pipeline" => (200, redis(&request.body)),
        _ if target.starts_with("POST /api/42/envelope/") => (200, json!({ "id": "event" })),
        _ => (404, json!({ "error": { "message": "nothing here" } })),
    }
}

/// The answers to a list of commands: what was set is what is got.
fn redis(commands: &str) -> Value {
    let commands: Vec<Vec<String>> = serde_json::from_str(commands).unwrap_or_default();
    let answer = |command: &Vec<String>| match command[0].as_str() {
        "set" => json!({ "result": "OK" }),
        _ => json!({ "result": "{\"a\":1}" }),
    };
    commands.iter().map(answer).collect()
}
