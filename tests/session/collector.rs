//! A server inside the test that Workers report to.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

use crate::support::PATIENCE;

/// Counts the numbers that are posted to it as JSON arrays.
pub struct Collector {
    /// Where it listens.
    pub url: String,
    counts: Arc<(Mutex<BTreeMap<u64, u32>>, Condvar)>,
}

impl Collector {
    /// Listens on a free port as long as the test runs.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let counts: Arc<(Mutex<BTreeMap<u64, u32>>, Condvar)> = Arc::default();
        let shared = counts.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let counts = shared.clone();
                // A session that was killed breaks its connection off.
                std::thread::spawn(move || while answer(&stream, &counts).is_ok() {});
            }
        });
        Self { url, counts }
    }

    /// Waits until all of these numbers have come.
    pub fn wait_for(&self, numbers: &[u64]) {
        let (counts, changed) = &*self.counts;
        let is_missing =
            |counts: &mut BTreeMap<u64, u32>| numbers.iter().any(|number| !counts.contains_key(number));
        let (counts, _) = changed.wait_timeout_while(counts.lock().unwrap(), PATIENCE, is_missing).unwrap();
        let missing: Vec<_> = numbers.iter().filter(|number| !counts.contains_key(number)).collect();
        assert!(missing.is_empty(), "lost: {missing:?}");
    }

    /// Every number that came.
    pub fn numbers(&self) -> Vec<u64> {
        self.counts.0.lock().unwrap().keys().copied().collect()
    }
}

fn answer(mut stream: &TcpStream, counts: &(Mutex<BTreeMap<u64, u32>>, Condvar)) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().map_err(io::Error::other)?;
            }
            None if line.trim_end().is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let numbers: Vec<u64> = serde_json::from_slice(&body)?;
    let mut counted = counts.0.lock().unwrap();
    for number in numbers {
        *counted.entry(number).or_default() += 1;
    }
    drop(counted);
    counts.1.notify_all();
    stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
}
