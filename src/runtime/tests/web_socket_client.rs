//! WebSockets that Workers open to the outside.

use futures::SinkExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, Role};

use super::*;
use crate::runtime::web_socket::handshake;

/// A server that speaks the protocol by another's code. By path: `/echo` answers each message and a close; `/greet` sends
/// a text and closes; `/drop` hangs up; `/large` sends more than production takes; `/garbage` sends no frame.
async fn outside() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("its address").port();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(serve(connection));
        }
    });
    port
}

async fn serve(connection: tokio::net::TcpStream) {
    let Some((path, mut socket)) = accept(connection).await else { return };
    match path.as_str() {
        "/greet" => {
            socket.send(Message::text("hello")).await.expect("sent");
            let frame = CloseFrame { code: CloseCode::Library(4001), reason: "enough".into() };
            socket.close(Some(frame)).await.expect("sent");
        }
        "/drop" => return,
        "/large" => drop(socket.send(Message::binary(vec![0; 33 << 20])).await),
        "/garbage" => socket.get_mut().write_all(&[0xff; 16]).await.expect("sent"),
        _ => {}
    }
    while let Some(Ok(message)) = socket.next().await {
        if message.is_text() || message.is_binary() {
            socket.send(message).await.expect("sent");
        }
    }
}

/// Answers the opening handshake with the first protocol that is asked for; `None` where it is refused.
async fn accept(mut connection: TcpStream) -> Option<(String, WebSocketStream<TcpStream>)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        head.push(char::from(connection.read_u8().await.ok()?));
    }
    let path = head.split(' ').nth(1)?.to_owned();
    if path == "/plain" {
        connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nplain").await.ok()?;
        return None;
    }
    let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let accept = handshake::accept_for(header("sec-websocket-key")?);
    let protocol = header("sec-websocket-protocol").and_then(|asked| asked.split(", ").next());
    let protocol = protocol.map(|protocol| format!("\r\nsec-websocket-protocol: {protocol}"));
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: {accept}{}\r\n\r\n",
        protocol.unwrap_or_default()
    );
    connection.write_all(answer.as_bytes()).await.ok()?;
    Some((path, WebSocketStream::from_raw_socket(connection, Role::Server, None).await))
}

/// What a handler with `statements` answers; `PORT` is the server's, `log` what `follow(socket)` heard until the close.
async fn answer(statements: &str) -> String {
    let port = outside().await;
    let source = format!(
        "const PORT = {port};
        const log = [];
        const follow = (socket) => new Promise((resolve) => {{
            socket.addEventListener('open', () => log.push(['open', socket.readyState, socket.protocol, socket.extensions]));
            socket.addEventListener('message', ({{ data }}) => log.push(['message', data instanceof ArrayBuffer ? [...new Uint8Array(data)] : data]));
            socket.addEventListener('error', ({{ message, error }}) => log.push(['error', message, error instanceof Error, socket.readyState]));
            socket.addEventListener('close', ({{ code, reason, wasClean }}) => {{
                log.push(['close', code, reason, wasClean, socket.readyState]);
                resolve();
            }});
        }});
        export default {{ async fetch(request) {{ {statements}; return Response.json(log); }} }}"
    );
    Harness::new(&source).await.get("/").await.expect("answered").1
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_opens_sends_and_closes() {
    let said = answer(
        "const socket = new WebSocket(`ws://127.0.0.1:${PORT}/echo`, ['first', 'second']);
        const state = socket.readyState;
        const closed = follow(socket);
        await new Promise((resolve) => { socket.onopen = resolve; });
        socket.send('text'); socket.send(new Uint16Array([258]).subarray(0)); socket.send(new Blob(['blob'])); socket.send(7);
        await new Promise((resolve) => { socket.onmessage = ({ data }) => { if (data === '7') resolve(); }; });
        socket.close(3333, 'done');
        await closed;
        log.push([state, socket.url.replace(PORT, 'PORT'), socket.readyState])",
    )
    .await;
    let expected = serde_json::json!([
        ["open", 1, "first", null],
        ["message", "text"],
        ["message", [2, 1]],
        ["message", [98, 108, 111, 98]],
        ["message", "7"],
        ["close", 3333, "done", true, 3],
        [0, "ws://127.0.0.1:PORT/echo", 3]
    ]);
    assert_eq!(json(&said), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_closes_or_breaks_the_connection() {
    let follow = "await follow(new WebSocket(`ws://127.0.0.1:${PORT}/PATH`))";
    let greeted = json(&answer(&follow.replace("PATH", "greet")).await);
    assert_eq!(greeted[1], serde_json::json!(["message", "hello"]));
    assert_eq!(greeted[2], serde_json::json!(["close", 4001, "enough", true, 2]));
    let dropped = json(&answer(&follow.replace("PATH", "drop")).await);
    let disconnected = "WebSocket disconnected without sending Close frame.";
    assert_eq!(dropped[1], serde_json::json!(["close", 1006, disconnected, false, 1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_the_protocol_is_an_error_event() {
    let wait = "const socket = new WebSocket(`ws://127.0.0.1:${PORT}/PATH`);
        follow(socket);
        await new Promise((resolve) => socket.addEventListener('error', resolve))";
    let large = json(&answer(&wait.replace("PATH", "large")).await);
    let words = "Uncaught Error: WebSocket protocol error; protocolError.statusCode = 1009; \
        protocolError.description = Message is too large: 34603008 > 33554432";
    assert_eq!(large[1], serde_json::json!(["error", words, true, 3]));
    let garbage = json(&answer(&wait.replace("PATH", "garbage")).await);
    assert!(garbage[1][1].as_str().is_some_and(|said| said.contains("statusCode = 1002")), "{garbage}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_handshake_is_an_error_and_a_close() {
    let refused = json(&answer("await follow(new WebSocket(`ws://127.0.0.1:${PORT}/plain`))").await);
    let words = "Uncaught TypeError: Failed to establish the WebSocket connection: expected server to reply with \
        HTTP status code 101 (switching protocols), but received 200 instead.";
    let closed = serde_json::json!(["close", 1006, "Failed to establish websocket connection", false, 3]);
    assert_eq!(refused, serde_json::json!([["error", words, true, 3], closed]));
    let early = json(
        &answer(
            "const socket = new WebSocket(`ws://127.0.0.1:${PORT}/echo`);
            const closed = follow(socket); socket.close(); await closed",
        )
        .await,
    );
    let words = "Uncaught Error: Called close before connection was established.";
    assert_eq!(early, serde_json::json!([["error", words, true, 3], closed]));
}

#[tokio::test(flavor = "multi_thread")]
async fn fetch_with_an_upgrade_answers_with_a_socket_to_accept() {
    let said = answer(
        "const asked = { headers: { Upgrade: 'websocket', 'sec-websocket-protocol': 'p' } };
        const response = await fetch(`http://127.0.0.1:${PORT}/echo`, asked);
        const socket = response.webSocket;
        const closed = follow(socket);
        socket.accept();
        socket.send('fetched');
        await new Promise((resolve) => { socket.onmessage = resolve; });
        socket.close(1000);
        await closed;
        const plain = await fetch(`http://127.0.0.1:${PORT}/plain`, asked);
        log.push([response.status, response.headers.get('sec-websocket-protocol'), plain.status, plain.webSocket, await plain.text()]);
        let text = ''; try { response.clone(); } catch (error) { text = error.message; } log.push(text)",
    )
    .await;
    let expected = serde_json::json!([
        ["message", "fetched"],
        ["close", 1000, "", true, 3],
        [101, "p", 200, null, "plain"],
        "Cannot clone a response to a WebSocket handshake."
    ]);
    assert_eq!(json(&said), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_that_aborts_cuts_the_socket_of_its_request() {
    let said = answer(
        "const controller = new AbortController();
        const asked = { headers: { Upgrade: 'websocket' }, signal: controller.signal };
        const { webSocket } = await fetch(`http://127.0.0.1:${PORT}/echo`, asked);
        follow(webSocket);
        webSocket.accept();
        const { webSocket: late } = await fetch(`http://127.0.0.1:${PORT}/echo`, asked);
        controller.abort(new RangeError('enough'));
        await new Promise((resolve) => { late.onerror = ({ error }) => resolve(log.push(String(error))); late.accept(); })",
    )
    .await;
    let expected =
        serde_json::json!([["error", "Uncaught RangeError: enough", true, 3], "RangeError: enough"]);
    assert_eq!(json(&said), expected);
}
