//! A small HTTP/1.1 client that shows a body as it comes.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use super::PATIENCE;

/// A response.
#[derive(Debug)]
pub struct Answer {
    /// Status line and headers.
    pub head: Head,
    /// The body.
    pub body: String,
}

/// The beginning of a response.
#[derive(Debug)]
pub struct Head {
    /// Such as `HTTP/1.1 200 OK`.
    pub status_line: String,
    /// In their order, names as they were sent.
    pub headers: Vec<(String, String)>,
}

impl Head {
    /// The status.
    pub fn status(&self) -> u16 {
        self.status_line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap()
    }

    /// The value of a header that may be there once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(each, _)| each.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.as_str())
    }
}

/// One connection, kept open from request to request.
pub struct Connection {
    stream: BufReader<TcpStream>,
    host: String,
}

impl Connection {
    /// Connects to the host and port of `url`.
    pub fn open(url: &str) -> io::Result<Self> {
        let host = url.trim_start_matches("http://").split('/').next().unwrap_or_default().to_owned();
        let stream = TcpStream::connect(&host)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), host })
    }

    /// Asks and reads the whole answer.
    pub fn request(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> io::Result<Answer> {
        let length = body.map(|body| body.len().to_string());
        let mut headers = headers.to_vec();
        headers.extend(length.as_deref().map(|length| ("content-length", length)));
        self.send_head(method, target, &headers)?;
        self.stream.get_mut().write_all(body.unwrap_or_default().as_bytes())?;
        let head = self.read_head()?;
        let body = self.read_body(&head)?;
        Ok(Answer { head, body })
    }

    /// Sends a request without its body.
    pub fn send_head(&mut self, method: &str, target: &str, headers: &[(&str, &str)]) -> io::Result<()> {
        let mut head = format!("{method} {target} HTTP/1.1\r\nhost: {}\r\n", self.host);
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        self.stream.get_mut().write_all((head + "\r\n").as_bytes())
    }

    /// Sends a piece of a body with `transfer-encoding: chunked`; an empty one ends it.
    pub fn send_chunk(&mut self, chunk: &str) -> io::Result<()> {
        self.stream.get_mut().write_all(format!("{:x}\r\n{chunk}\r\n", chunk.len()).as_bytes())
    }

    /// Reads status line and headers.
    pub fn read_head(&mut self) -> io::Result<Head> {
        let status_line = self.read_line()?;
        let mut headers = Vec::new();
        loop {
            let line = self.read_line()?;
            match line.split_once(": ") {
                Some((name, value)) => headers.push((name.to_owned(), value.to_owned())),
                None => return Ok(Head { status_line, headers }),
            }
        }
    }

    /// Reads the next piece of a chunked body, the empty one at its end.
    pub fn read_chunk(&mut self) -> io::Result<String> {
        let length = self.read_line()?;
        let length = usize::from_str_radix(&length, 16).map_err(io::Error::other)?;
        let chunk = self.read_text(length)?;
        self.read_line()?;
        Ok(chunk)
    }

    fn read_body(&mut self, head: &Head) -> io::Result<String> {
        if let Some(length) = head.header("content-length") {
            return self.read_text(length.parse().map_err(io::Error::other)?);
        }
        let mut body = String::new();
        loop {
            match self.read_chunk()? {
                chunk if chunk.is_empty() => return Ok(body),
                chunk => body += &chunk,
            }
        }
    }

    fn read_text(&mut self, length: usize) -> io::Result<String> {
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes)?;
        String::from_utf8(bytes).map_err(io::Error::other)
    }

    fn read_line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }
}
