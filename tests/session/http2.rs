//! HTTP/2 without TLS, by prior knowledge.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use crate::project;
use crate::support::session::Session;

#[tokio::test]
async fn requests_share_one_http2_connection() {
    let source = "
export default {
  async fetch(request) {
    return new Response(`${request.method} ${request.url} ${await request.text()}`);
  },
};
";
    let session = Session::start(&project("", source), &[]);
    let host = session.url.trim_start_matches("http://").to_owned();
    let stream = TcpStream::connect(&host).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let serving = tokio::spawn(connection);
    let answers = ["one", "two", "three"].map(|body| {
        let request = Request::post(format!("http://{host}/{body}"))
            .body(Full::new(Bytes::from_static(body.as_bytes())));
        sender.send_request(request.unwrap())
    });
    for (answer, body) in answers.into_iter().zip(["one", "two", "three"]) {
        let answer = answer.await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.version()), (200, Version::HTTP_2));
        let text = answer.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(String::from_utf8_lossy(&text), format!("POST http://{host}/{body} {body}"));
    }
    drop(sender);
    serving.await.unwrap().unwrap();
    session.stop();
}
