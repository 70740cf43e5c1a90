//! WebSockets that Workers answer requests with, seen from the other end.

use bytes::Bytes;

use super::*;
use crate::runtime::services::ServiceTarget;
use crate::runtime::setup::SetupService;
use crate::runtime::web_socket::{SocketEnd, SocketMessage};

/// Answers each message; `/manual` does not answer a close.
const ECHO: &str = "export default { async fetch(request, env, context) {
    const path = new URL(request.url).pathname;
    const [client, server] = Object.values(new WebSocketPair());
    server.accept(path === '/manual' ? { allowHalfOpen: true } : undefined);
    server.send('welcome');
    server.binaryType = 'arraybuffer';
    server.addEventListener('message', async ({ data }) => {
        if (data === 'close') return server.close(4000, 'as you wish');
        if (data === 'later') { context.waitUntil(env.QUEUE.send(data)); await scheduler.wait(1); }
        if (data === 'loop') for (;;);
        server.send(typeof data === 'string' ? `echo ${data}` : new Uint8Array(data).map((byte) => byte + 1));
    });
    server.addEventListener('message', ({ data }) => { if (data === 'throw') throw new RangeError('no'); });
    server.addEventListener('close', ({ type, code, reason, wasClean }) => {
        console.log([type, code, reason, wasClean, server.readyState].join());
        if (path === '/manual') env.QUEUE.metrics().then(() => server.close(3001, 'at last'));
    });
    server.addEventListener('error', ({ message }) => console.log(message));
    return new Response(null, { status: 101, webSocket: client, headers: { 'sec-websocket-protocol': 'echo' } });
} }";

fn upgrade(path: &str) -> FetchRequest {
    let mut request = request("GET", path, RequestBody::Empty);
    request.head.headers.push(("upgrade".into(), "websocket".into()));
    request
}

impl Harness {
    /// The other end of the WebSocket that the Worker answers with.
    async fn connect(&self, path: &str) -> SocketEnd {
        let response = self.worker.fetch(upgrade(path)).await.expect("answered");
        assert_eq!(response.status, 101);
        response.web_socket.expect("a WebSocket")
    }

    /// Waits until the Worker has written `lines` lines.
    async fn lines(&self, lines: usize) -> Vec<String> {
        let written = async {
            while self.recorder.lines().len() < lines {
                tokio::task::yield_now().await;
            }
            self.recorder.lines()
        };
        tokio::time::timeout(Duration::from_secs(60), written).await.expect("lines")
    }
}

pub fn text_message(text: &str) -> SocketMessage {
    SocketMessage::Text(text.into())
}

fn close(code: u16, reason: &str) -> SocketMessage {
    SocketMessage::Close { code, reason: reason.into() }
}

async fn next(end: &mut SocketEnd) -> Option<SocketMessage> {
    tokio::time::timeout(Duration::from_secs(60), end.receiver.next()).await.expect("something arrives")
}

#[tokio::test(flavor = "multi_thread")]
async fn handlers_of_an_open_socket_run_after_the_response() {
    let harness = Harness::new(ECHO).await;
    let mut end = harness.connect("/").await;
    assert_eq!(next(&mut end).await, Some(text_message("welcome")));
    tokio::time::timeout(Duration::from_secs(60), harness.worker.settled()).await.expect("fetch has ended");
    end.sender.send(text_message("é\u{1F600}"));
    assert_eq!(next(&mut end).await, Some(text_message("echo é\u{1F600}")));
    end.sender.send(SocketMessage::Binary(Bytes::from_static(&[1, 255])));
    assert_eq!(next(&mut end).await, Some(SocketMessage::Binary(Bytes::from_static(&[2, 0]))));
    for message in ["throw", "later"] {
        end.sender.send(text_message(message));
    }
    assert_eq!(next(&mut end).await, Some(text_message("echo throw")));
    assert_eq!(next(&mut end).await, Some(text_message("echo later")));
    assert_eq!(harness.recorder.sent.lock().expect("not poisoned").len(), 1);
    let lines = harness.lines(1).await;
    assert!(lines[0].starts_with("Uncaught RangeError: no") && lines[0].contains("index.ts"), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn either_side_closes_and_the_other_answers() {
    let mut standard = blueprint(ECHO).await;
    standard.setup.compatibility_date = "2026-04-07".into();
    let harness = Harness::of(standard).await;
    let mut end = harness.connect("/").await;
    end.sender.send(close(3000, "bye"));
    assert_eq!(next(&mut end).await, Some(text_message("welcome")));
    assert_eq!(next(&mut end).await, Some(close(3000, "bye")));
    assert_eq!(harness.lines(1).await, ["close,3000,bye,true,3"]);
    let mut end = harness.connect("/").await;
    end.sender.send(text_message("close"));
    assert_eq!(next(&mut end).await, Some(text_message("welcome")));
    assert_eq!(next(&mut end).await, Some(close(4000, "as you wish")));
    end.sender.send(close(4000, "as you wish"));
    assert_eq!(harness.lines(2).await[1], "close,4000,as you wish,true,3");
    let mut end = harness.connect("/manual").await;
    end.sender.send(close(1005, ""));
    assert_eq!(next(&mut end).await, Some(text_message("welcome")));
    assert_eq!(harness.lines(3).await[2], "close,1005,,true,2");
    assert_eq!(next(&mut end).await, Some(close(3001, "at last")));
    drop(harness.connect("/").await);
    let broken = "close,1006,WebSocket disconnected without sending Close frame.,false,1";
    assert_eq!(harness.lines(4).await[3], broken);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_closes_and_what_ends_an_isolate_breaks() {
    let harness = Harness::of(Blueprint { cpu_ms: 200, ..blueprint(ECHO).await }).await;
    let mut end = harness.connect("/").await;
    assert_eq!(next(&mut end).await, Some(text_message("welcome")));
    harness.worker.load(blueprint(ECHO).await).await.expect("starts");
    assert_eq!(next(&mut end).await, Some(close(1012, "Service Restart")));
    end.sender.send(close(1012, "Service Restart"));
    assert_eq!(harness.lines(1).await, ["close,1012,Service Restart,true,2"]);
    let mut end = harness.connect("/").await;
    assert_eq!(next(&mut end).await, Some(text_message("welcome")));
    end.sender.send(text_message("loop"));
    assert_eq!(next(&mut end).await, None);
    let mut end = harness.connect("/").await;
    assert_eq!(next(&mut end).await, Some(text_message("welcome")));
    harness.worker.renew().await.expect("starts");
    assert_eq!(next(&mut end).await, Some(close(1012, "Service Restart")));
}

#[tokio::test(flavor = "multi_thread")]
async fn timers_go_on_while_a_socket_is_open() {
    let clock = Arc::new(ManualClock::new(Timestamp::from_millis(0)));
    let work = Work::default();
    let (worker, recorder) = Harness::unloaded_with(clock.clone(), work.clone());
    let harness = Harness { worker, recorder };
    let source = "export default { fetch() {
        const [client, server] = Object.values(new WebSocketPair());
        server.accept();
        setInterval(() => server.send(`${Date.now()}`), 1000);
        return new Response(null, { status: 101, webSocket: client });
    } }";
    harness.worker.load(blueprint(source).await).await.expect("starts");
    let mut end = harness.connect("/").await;
    for tick in [1000, 2000] {
        work.settled().await;
        let due = clock.alarms().due()[0];
        assert_eq!(due.at.as_millis(), tick);
        clock.move_to(due.at);
        clock.alarms().ring(due, work.begin());
        work.settled().await;
        assert_eq!(next(&mut end).await, Some(text_message(&tick.to_string())));
    }
    drop(end);
    while !clock.alarms().due().is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_floods_waits_and_one_that_never_reads_is_cut() {
    let harness = Harness::new(
        "let count = 0, errors = [];
        export default { async fetch(request) {
            if (request.headers.get('upgrade') === null) return Response.json([count, errors]);
            const [client, server] = Object.values(new WebSocketPair());
            server.accept();
            const chunk = new Uint8Array(4 << 20);
            server.onerror = ({ message }) => errors.push(message);
            server.onmessage = ({ data }) => { count++; if (data === 'pour') server.send(chunk); };
            return new Response(null, { status: 101, webSocket: client });
        } }",
    )
    .await;
    let mut end = harness.connect("/").await;
    for _ in 0..2000 {
        tokio::time::timeout(Duration::from_secs(60), end.sender.room()).await.expect("messages are taken");
        end.sender.send(text_message("drop"));
        assert!(end.sender.waiting_bytes() < 128 * 1024);
    }
    let flooded = async || harness.get("/").await.expect("answered").1;
    while flooded().await != "[2000,[]]" {}
    for _ in 0..40 {
        end.sender.send(text_message("pour"));
    }
    tokio::time::timeout(Duration::from_secs(60), end.receiver.abandoned().cancelled()).await.expect("cut");
    let said = loop {
        let said = flooded().await;
        if said.contains("does not read") {
            break said;
        }
    };
    assert!(said.contains("more than 128 MB of messages wait for it."), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_use_has_production_s_words() {
    let harness = Harness::new(
        "const attempt = async (use) => { try { return `${await use()}`; } catch (error) { return `${error.name}: ${error.message}`; } };
        const pair = () => Object.values(new WebSocketPair());
        export default { async fetch(request) {
            if (new URL(request.url).pathname === '/plain') return new Response(null, { status: 101, webSocket: pair()[0] });
            if (new URL(request.url).pathname === '/accepted') { const [one] = pair(); one.accept(); return new Response(null, { status: 101, webSocket: one }); }
            const [one, other] = pair(); one.accept(); one.accept(); other.accept();
            const [early] = pair();
            const closed = pair()[0]; closed.accept(); closed.close();
            const heard = new Promise((resolve) => other.addEventListener('message', ({ data }) => resolve(data)));
            one.send('local');
            return Response.json([await heard, one.readyState, closed.readyState, WebSocket.CLOSED, one.READY_STATE_OPEN, one.url, early.protocol, [...new WebSocketPair()].length,
                ...await Promise.all([
                    () => early.send('x'), () => early.close(1000), () => closed.send('x'), () => one.close(999), () => one.close(1005), () => one.close(5000),
                    () => one.close(undefined, 'why'), () => one.close(1000, 'x'.repeat(124)), () => new Response(null, { status: 101 }),
                    () => new Response(null, { webSocket: early }), () => new Response(null, { status: 101, webSocket: {} }),
                    () => new WebSocket('no url'), () => new WebSocket('http://localhost'), () => new WebSocket('ws://localhost/#a'),
                    () => new WebSocket('ws://localhost', 'a b'), () => new WebSocket('ws://localhost', ['a', 'a']), () => new WebSocket('ws://localhost', ['ä']),
                    () => new WebSocket(), () => fetch('ws://localhost'),
                ].map(attempt))]);
        } }",
    )
    .await;
    let said: serde_json::Value =
        serde_json::from_str(&harness.get("/").await.expect("answered").1).expect("JSON");
    let unaccepted = "TypeError: You must call one of accept() or state.acceptWebSocket() on this WebSocket before sending messages.";
    let expected = serde_json::json!([
        "local",
        1,
        2,
        3,
        1,
        null,
        "",
        2,
        unaccepted,
        unaccepted,
        "TypeError: Can't call WebSocket send() after close().",
        "InvalidAccessError: Invalid WebSocket close code: 999.",
        "InvalidAccessError: Invalid WebSocket close code: 1005.",
        "InvalidAccessError: Invalid WebSocket close code: 5000.",
        "InvalidAccessError: If you specify a WebSocket close reason, you must also specify a code.",
        "undefined",
        "RangeError: Responses may only be constructed with status codes in the range 200 to 599, inclusive.",
        "RangeError: Responses with a WebSocket must have status code 101.",
        "TypeError: Incorrect type for the 'webSocket' field on 'ResponseInitializerDict': the provided value is not of type 'WebSocket'.",
        "SyntaxError: WebSocket Constructor: The url is invalid.",
        "SyntaxError: WebSocket Constructor: The url scheme must be ws or wss.",
        "SyntaxError: WebSocket Constructor: The url fragment must be empty.",
        "SyntaxError: WebSocket Constructor: The protocol header token is invalid.",
        "SyntaxError: WebSocket Constructor: The protocols header cannot have repeating values.",
        "SyntaxError: WebSocket Constructor: One of the protocol header tokens is invalid.",
        "TypeError: WebSocket: 1 argument required, but only 0 present.",
        "TypeError: Fetch API cannot load: ws://localhost/",
    ]);
    assert_eq!(said, expected);
    let refused = harness.get("/plain").await.expect_err("no upgrade").to_string();
    let words = "TypeError: Worker tried to return a WebSocket in a response to a request which did not contain the header \"Upgrade: websocket\".";
    assert_eq!(refused, words);
    let Err(refused) = harness.worker.fetch(upgrade("/accepted")).await else { panic!("answered") };
    assert_eq!(
        refused.to_string(),
        "TypeError: Can't return WebSocket in a Response after calling accept()."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn newer_compatibility_dates_follow_the_standard() {
    let source = "export default { async fetch() {
        const [one, other] = Object.values(new WebSocketPair());
        one.accept();
        other.accept();
        const heard = new Promise((resolve) => other.addEventListener('message', ({ data }) => resolve(data)));
        one.send(new Uint8Array([104, 105]));
        const data = await heard;
        let complaint = '';
        try { one.close(1000, 'é'.repeat(62)); } catch (error) { complaint = String(error); }
        one.binaryType = 'nonsense';
        const closed = new Promise((resolve) => one.addEventListener('close', () => resolve(one.readyState)));
        one.close(1000, 'é'.repeat(61));
        return Response.json([data instanceof Blob && await data.text(), complaint, one.binaryType, await closed]);
    } }";
    let mut blueprint = blueprint(source).await;
    blueprint.setup.compatibility_date = "2026-04-07".into();
    let said = Harness::of(blueprint).await.get("/").await.expect("answered").1;
    let complaint =
        "SyntaxError: WebSocket close reason must not be longer than 123 bytes when UTF-8 encoded.";
    assert_eq!(said, serde_json::json!(["hi", complaint, "blob", 3]).to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_go_through_service_bindings() {
    let source = "export default { async fetch(request, env) {
        if (new URL(request.url).pathname === '/through') return env.OTHER.fetch(request);
        const { webSocket, status } = await env.OTHER.fetch(request.url, { headers: { upgrade: 'WebSocket' } });
        const heard = [];
        const closed = new Promise((resolve) => webSocket.addEventListener('close', ({ code }) => resolve(code)));
        webSocket.addEventListener('message', ({ data }) => { heard.push(data); if (heard.length === 2) webSocket.send('close'); });
        webSocket.accept();
        webSocket.send('hello');
        return Response.json([status, await closed, heard]);
    } }";
    let (worker, recorder) = Harness::unloaded();
    let target = Worker::new("target", worker.environment().clone(), recorder.clone());
    for worker in [&worker, &target] {
        worker.environment().services.add(worker);
    }
    target.load(blueprint(ECHO).await).await.expect("the target starts");
    let mut blueprint = blueprint(source).await;
    let service = ServiceTarget { service: "target".into(), entrypoint: None, props: None };
    blueprint.services.insert("OTHER".into(), service);
    blueprint.setup.services.push(SetupService { binding: "OTHER".into() });
    worker.load(blueprint).await.expect("the caller starts");
    let harness = Harness { worker, recorder };
    let said = harness.get("/").await.expect("answered").1;
    assert_eq!(said, r#"[101,4000,["welcome","echo hello"]]"#);
    let mut end = harness.connect("/through").await;
    assert_eq!(next(&mut end).await, Some(text_message("welcome")));
    end.sender.send(text_message("proxied"));
    assert_eq!(next(&mut end).await, Some(text_message("echo proxied")));
}
