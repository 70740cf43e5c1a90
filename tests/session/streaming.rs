//! Bodies flow: a chunk arrives before the next one exists.

use crate::project;
use crate::support::session::Session;

#[test]
fn a_response_arrives_as_it_is_produced() {
    let source = "
let release;
export default {
  fetch(request) {
    if (new URL(request.url).pathname === '/release') {
      release();
      return new Response('released');
    }
    const released = new Promise((resolve) => (release = resolve));
    const { readable, writable } = new TransformStream();
    const write = async () => {
      const writer = writable.getWriter();
      await writer.write(new TextEncoder().encode('first'));
      await released;
      await writer.write(new TextEncoder().encode('second'));
      await writer.close();
    };
    write();
    return new Response(readable, { headers: { 'x-kind': 'stream' } });
  },
};
";
    let session = Session::start(&project("", source), &[]);
    let mut connection = session.connect();
    connection.send_head("GET", "/", &[]).unwrap();
    let head = connection.read_head().unwrap();
    assert_eq!((head.status(), head.header("x-kind")), (200, Some("stream")));
    assert_eq!(connection.read_chunk().unwrap(), "first");
    assert_eq!(session.text("/release"), "released");
    assert_eq!(connection.read_chunk().unwrap(), "second");
    assert_eq!(connection.read_chunk().unwrap(), "");
    session.stop();
}

#[test]
fn a_request_is_read_as_it_arrives() {
    let session = Session::start(
        &project("", "export default { fetch: (request) => new Response(request.body) };"),
        &[],
    );
    let mut connection = session.connect();
    connection.send_head("POST", "/", &[("transfer-encoding", "chunked")]).unwrap();
    connection.send_chunk("first").unwrap();
    assert_eq!(connection.read_head().unwrap().status(), 200);
    assert_eq!(connection.read_chunk().unwrap(), "first");
    connection.send_chunk("second").unwrap();
    assert_eq!(connection.read_chunk().unwrap(), "second");
    connection.send_chunk("").unwrap();
    assert_eq!(connection.read_chunk().unwrap(), "");
    session.stop();
}

#[test]
fn the_worker_sees_the_request_as_it_was_made() {
    let source = "
export default {
  async fetch(request) {
    const { method, url } = request;
    return Response.json({ method, url, header: request.headers.get('X-Twice'), body: await request.text() });
  },
};
";
    let session = Session::start(&project("", source), &[]);
    let body = "ü".repeat(100_000);
    let answer = session
        .connect()
        .request("PATCH", "/a%20b/?c=d&c=%26", &[("x-twice", "1"), ("x-twice", "2")], Some(&body))
        .unwrap();
    let expected = format!(
        r#"{{"method":"PATCH","url":"{}/a%20b/?c=d&c=%26","header":"1, 2","body":"{body}"}}"#,
        session.url
    );
    assert!(answer.body == expected, "{}", &answer.body[..answer.body.len().min(200)]);
    session.stop();
}
