//! WebSockets of a session: from the connection of a client to the handlers of a Worker.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use tokio_tungstenite::tungstenite::protocol::{Role, WebSocket};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::support::project::Project;
use super::support::session::Session;
use super::{project, queue_settings};

/// Says its version to each message, sends those that begin with `store` to the queue, and the time every hour.
const WORKER: &str = r#"
export default {
  fetch(request, env, context) {
    if (request.headers.get("Upgrade") !== "websocket") return new Response("upgrade", { status: 426 });
    const { 0: client, 1: server } = new WebSocketPair();
    server.accept();
    setInterval(() => server.send(new Date().toISOString()), 3_600_000);
    server.addEventListener("message", async ({ data }) => {
      if (data.startsWith("store")) context.waitUntil(env.QUEUE.send(data));
      server.send(`VERSION ${data}`);
    });
    server.addEventListener("close", ({ code, wasClean }) => console.log(`closed ${code} ${wasClean}`));
    const protocol = request.headers.get("Sec-WebSocket-Protocol");
    return new Response(null, { status: 101, webSocket: client, headers: { "Sec-WebSocket-Protocol": protocol } });
  },
  queue(batch) {
    for (const message of batch.messages) console.log(`handled ${message.body}`);
  },
};
"#;

/// The key of the standard's example, and what it is answered with.
const KEY: &str = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

type Socket = WebSocket<TcpStream>;

fn worker(version: u32) -> String {
    WORKER.replace("VERSION", &format!("v{version}"))
}

fn start(arguments: &[&str]) -> (Project, Session) {
    let project = project(&queue_settings(r#""max_batch_timeout": 0"#), &worker(1));
    let session = Session::start(&project, arguments);
    (project, session)
}

/// Asks for a WebSocket; answers with the connection and the head of the answer.
fn ask(session: &Session, path: &str, headers: &str) -> (TcpStream, String) {
    let host = session.url.strip_prefix("http://").unwrap();
    let mut connection = TcpStream::connect(host).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{headers}\r\n"
    );
    connection.write_all(request.as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        connection.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    (connection, String::from_utf8(head).unwrap().to_lowercase())
}

fn open(session: &Session) -> Socket {
    let (connection, head) = ask(session, "/", &format!("{KEY}Sec-WebSocket-Protocol: chat\r\n"));
    assert!(head.starts_with("http/1.1 101 "), "{head}");
    for header in
        [&format!("sec-websocket-accept: {}", ACCEPT.to_lowercase()), "sec-websocket-protocol: chat"]
    {
        assert!(head.contains(header), "{head}");
    }
    WebSocket::from_raw_socket(connection, Role::Client, None)
}

fn say(socket: &mut Socket, text: &str) -> String {
    socket.send(Message::text(text)).unwrap();
    heard(socket)
}

fn heard(socket: &mut Socket) -> String {
    socket.read().unwrap().into_text().unwrap().to_string()
}

/// The code and reason of the close that comes next; it is answered.
fn closed(socket: &mut Socket) -> (u16, String) {
    let Message::Close(Some(frame)) = socket.read().unwrap() else { panic!("no close") };
    assert!(matches!(socket.read(), Err(Error::ConnectionClosed)));
    (frame.code.into(), frame.reason.to_string())
}

#[test]
fn a_connection_becomes_a_socket_until_either_side_closes_or_the_session_ends() {
    let (_project, session) = start(&["--no-watch"]);
    let mut socket = open(&session);
    let mut other = open(&session);
    assert_eq!(say(&mut socket, "one"), "v1 one");
    assert_eq!(say(&mut other, "store two"), "v1 store two");
    session.output.wait_for("…handled store two…");
    socket.close(None).unwrap();
    assert!(matches!(socket.read().unwrap(), Message::Close(None)));
    session.output.wait_for("…closed 1005 true…");
    drop(socket);
    assert_eq!(session.get("/").head.status(), 426);
    assert_eq!(say(&mut other, "still"), "v1 still");
    let stopping = std::thread::spawn(move || closed(&mut other));
    session.stop();
    assert_eq!(stopping.join().unwrap(), (1012, String::from("Service Restart")));
}

#[test]
fn a_reload_closes_what_the_former_code_opened() {
    let (project, session) = start(&[]);
    let mut socket = open(&session);
    assert_eq!(say(&mut socket, "a"), "v1 a");
    project.write("src/index.ts", &worker(2));
    assert_eq!(closed(&mut socket), (1012, String::from("Service Restart")));
    session.output.wait_for("…closed 1012 true…");
    assert_eq!(say(&mut open(&session), "b"), "v2 b");
    session.stop();
}

#[test]
fn a_clock_that_is_moved_finds_the_timers_of_open_sockets_and_waits_for_their_messages() {
    let (_project, session) =
        start(&["--no-watch", "--clock", "manual", "--clock-start", "2027-01-01T00:00:00Z"]);
    let mut socket = open(&session);
    socket.send(Message::text("store it")).unwrap();
    assert_eq!(heard(&mut socket), "v1 store it");
    let advanced =
        session.connect().request("POST", "/cdn-cgi/api/clock", &[], Some(r#"{"advance": "2h"}"#)).unwrap();
    assert_eq!(advanced.head.status(), 200, "{advanced:?}");
    for time in ["2027-01-01T01:00:00.000Z", "2027-01-01T02:00:00.000Z"] {
        assert_eq!(heard(&mut socket), time);
    }
    session.output.wait_for("…handled store it…");
    session.stop();
}

#[test]
fn handshakes_that_are_broken_and_reserved_paths_are_no_sockets() {
    let (_project, session) = start(&["--no-watch"]);
    for (headers, complaint) in [
        ("Sec-WebSocket-Version: 13\r\n", "http/1.1 400 "),
        ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "http/1.1 400 "),
    ] {
        let (_, head) = ask(&session, "/", headers);
        assert!(head.starts_with(complaint), "{head}");
    }
    let (_, head) = ask(&session, "/cdn-cgi/api/state", &format!("{KEY}Origin: https://example.com\r\n"));
    assert!(head.starts_with("http/1.1 403 "), "{head}");
    session.stop();
}
