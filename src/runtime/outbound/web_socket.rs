//! Connections to the outside that become WebSockets.

use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Client, StatusCode};

use super::{Outbound, OutboundBody, OutboundRequest, OutboundResponse};
use crate::base::Work;
use crate::runtime::web_socket::handshake::{self, VERSION};
use crate::runtime::web_socket::{self, Role, connection};

impl Outbound {
    /// Asks for a WebSocket; where the server wants none, this is any other request with the method GET. What the
    /// connection does counts as `work` whenever something happens.
    ///
    /// # Errors
    ///
    /// As [`Outbound::fetch`]; also when the server breaks the opening handshake.
    pub async fn open_web_socket(
        &self,
        request: OutboundRequest,
        work: &Work,
    ) -> Result<OutboundResponse, String> {
        let url = super::parse(&request.url)?;
        let key = handshake::new_key().map_err(|error| format!("no randomness: {error}"))?;
        let headers = opening_headers(&request, &key)?;
        let asked = self.upgrading(request.follow_redirects)?.get(super::without_user(&url)).headers(headers);
        let response = asked.send().await.map_err(super::describe)?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return super::answer(response, url, request.decode_body).await;
        }
        check_accept(response.headers(), &key)?;
        let head = super::head_of(&response, url);
        let upgraded = response.upgrade().await.map_err(super::describe)?;
        let (near, far) = web_socket::pair();
        let running = connection::run(upgraded, Role::Client, far, std::future::pending::<()>());
        tokio::spawn(work.track(running));
        Ok(OutboundResponse { head, body: OutboundBody::Empty, web_socket: Some(near) })
    }

    /// A client that speaks HTTP/1.1, which the handshake is made for.
    fn upgrading(&self, follow_redirects: bool) -> Result<&Client, String> {
        let slot = &self.upgrading[usize::from(follow_redirects)];
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let client = super::client(Client::builder().http1_only(), follow_redirects)?;
        Ok(slot.get_or_init(|| client))
    }
}

/// The user's headers, but for those that belong to the connection. No extension is offered: none is spoken here.
fn opening_headers(request: &OutboundRequest, key: &str) -> Result<HeaderMap, String> {
    let mut headers = super::header_map(&request.headers);
    headers.remove(header::SEC_WEBSOCKET_EXTENSIONS);
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static(VERSION));
    let key = HeaderValue::from_str(key).map_err(|error| error.to_string())?;
    headers.insert(header::SEC_WEBSOCKET_KEY, key);
    Ok(headers)
}

fn check_accept(headers: &HeaderMap, key: &str) -> Result<(), String> {
    let accepted = headers.get(header::SEC_WEBSOCKET_ACCEPT).map(HeaderValue::as_bytes);
    if accepted == Some(handshake::accept_for(key).as_bytes()) {
        return Ok(());
    }
    Err(String::from(
        "fetch failed: the server answers the WebSocket handshake with a wrong Sec-WebSocket-Accept",
    ))
}
