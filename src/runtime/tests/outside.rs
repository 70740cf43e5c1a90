//! What Workers ask of the outside, and what they see of its answers, against a server that says what it was sent.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use base64::Engine as _;

use super::*;

/// "zipped" as gzip.
const ZIPPED: &str = "H4sIAAAAAAACA6vKLChITQEAV2jC4gYAAAA=";

/// Answers each request as its path asks, and keeps what came.
pub(super) struct Outside {
    pub(super) port: u16,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Outside {
    pub(super) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = requests.clone();
        // It ends with the process of the tests.
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                serve(connection.expect("a connection"), &kept);
            }
        });
        Self { port, requests }
    }

    /// The heads of all requests so far, header names in lower case.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("not poisoned").clone()
    }

    /// What a handler with `statements` answers; `BASE` is this server.
    async fn answer(&self, statements: &str) -> String {
        let source = format!(
            "const BASE = 'http://127.0.0.1:{}';
            const attempt = async (use) => {{ try {{ return await use(); }} catch (error) {{ return String(error); }} }};
            export default {{ async fetch(request, env) {{ {statements} }} }}",
            self.port
        );
        Harness::new(&source).await.get("/").await.expect("answered").1
    }
}

fn serve(connection: TcpStream, kept: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(connection.try_clone().expect("a second handle"));
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).expect("a request") > 0 {}
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    reader.read_exact(&mut vec![0; length.unwrap_or(0)]).expect("its body");
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    kept.lock().expect("not poisoned").push(head);
    (&connection).write_all(&response(&path)).expect("answered");
}

fn response(path: &str) -> Vec<u8> {
    let (head, body) = match path.split_once('?').map_or(path, |(path, _)| path) {
        "/zipped" => {
            let body = base64::engine::general_purpose::STANDARD.decode(ZIPPED).expect("base64");
            ("200 OK\r\ncontent-encoding: gzip", body)
        }
        "/temporary" => ("307 Temporary Redirect\r\nlocation: /there", Vec::new()),
        "/found" => ("302 Found\r\nlocation: /there?secret", Vec::new()),
        "/phrase" => ("404 Not Around", Vec::new()),
        "/accents" => ("200 OK\r\nx-text: é€", Vec::new()),
        _ => ("200 OK", b"plain".to_vec()),
    };
    let head = format!("HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.into_bytes(), body].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_carry_no_referer_and_repeat_no_stream() {
    let outside = Outside::new();
    let said = outside
        .answer(
            "const stream = () => new Response('body').body;
            return Response.json([
                (await fetch(`${BASE}/found?token`)).url.slice(BASE.length),
                await attempt(() => fetch(`${BASE}/temporary`, { method: 'POST', body: stream() })),
                (await fetch(`${BASE}/temporary`, { method: 'POST', body: stream(), redirect: 'manual' })).status,
                (await fetch(`${BASE}/temporary`, { method: 'POST', body: 'text' })).status,
                await attempt(() => new Request(BASE, { redirect: 'error' })),
            ]);",
        )
        .await;
    let said: Vec<serde_json::Value> = serde_json::from_str(&said).expect("a list");
    assert_eq!(said[0], "/there?secret");
    assert!(said[1].as_str().is_some_and(|text| text.contains("one-time-use body")), "{said:?}");
    assert_eq!((&said[2], &said[3]), (&307.into(), &200.into()));
    assert!(
        said[4].as_str().is_some_and(|text| text.starts_with("TypeError: Invalid redirect value")),
        "{said:?}"
    );
    let requests = outside.requests();
    assert!(requests.iter().any(|request| request.starts_with("GET /there?secret ")), "{requests:?}");
    assert!(!requests.iter().any(|request| request.contains("referer")), "{requests:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_sent_as_cloudflares_runtime_sends_them() {
    let outside = Outside::new();
    let said = outside
        .answer(
            "await fetch(`${BASE}/patched`, { method: 'patch', body: 'x' });
            await fetch(`${BASE}/empty`, { method: 'POST' });
            const named = BASE.replace('//', '//user:password@');
            const { url } = await fetch(`${named}/named`, { headers: { 'x-text': 'é€' } });
            return Response.json([await attempt(() => new Request(BASE, { method: 'unknown' })), url === `${named}/named`,
                new Headers({ a: '\\ud800é' }).get('a')]);",
        )
        .await;
    assert_eq!(said, r#"["TypeError: Invalid HTTP method string: unknown",true,"�é"]"#);
    let requests = outside.requests();
    assert!(requests[0].starts_with("PATCH /patched "), "{requests:?}");
    assert!(requests[1].contains("\r\ncontent-length: 0\r\n"), "{requests:?}");
    assert!(requests[2].contains("\r\nx-text: é€\r\n"), "{requests:?}");
    assert!(
        !requests[2].contains("authorization") && requests[2].contains("accept-encoding: br, gzip"),
        "{requests:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_keep_what_the_server_said() {
    let said = Outside::new()
        .answer(
            "const zipped = await fetch(`${BASE}/zipped`);
            const data = await fetch('data:text/x-note;charset=utf-8;base64,aGk=');
            return Response.json([
                zipped.headers.get('content-encoding'), zipped.headers.get('content-length'), await zipped.text(),
                (await fetch(`${BASE}/phrase`)).statusText, (await fetch(`${BASE}/accents`)).headers.get('x-text'),
                [data.status, data.headers.get('content-type'), await data.text()],
                (await attempt(() => fetch('data:text'))).startsWith('TypeError: '),
            ]);",
        )
        .await;
    assert_eq!(
        said,
        r#"["gzip",null,"zipped","Not Around","é€",[200,"text/x-note;charset=utf-8","hi"],true]"#
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_body_is_taken_for_a_status_without_one() {
    let harness = Harness::new(
        "export default { fetch() {
            const refused = [204, 205, 304].map((status) => { try { new Response('x', { status }); } catch (error) { return error.name; } });
            const taken = new Response(new Uint8Array(0), { status: 304 });
            console.log(JSON.stringify([refused, taken.body, [...taken.headers]]));
            return new Response('', { status: 204 });
        } }",
    )
    .await;
    assert_eq!(harness.get("/").await.expect("answered"), (204, String::new()));
    let lines = harness.recorder.lines();
    assert!(lines[0].contains("status 304 has no body"), "{lines:?}");
    assert_eq!(lines[1], r#"[["TypeError","TypeError","TypeError"],null,[]]"#);
    assert!(lines[2].contains("new Response(null, { status: 204 })"), "{lines:?}");
}
