//! A scripted stand-in for an OpenAI-compatible service. It listens on loopback, speaks HTTP/1.1, and answers request
//! after request as its script says; the last step is repeated. It knows no client and no crate of ours.
//!
//! Tests and examples include it with `#[path]`, and each uses a part.
#![allow(dead_code, reason = "each test and each example uses a part of it")]

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use socket2::SockRef;

/// What the server does with one request.
#[derive(Clone, Debug)]
pub enum Step {
    /// Answers.
    Respond(Response),
    /// Resets the connection as soon as it is accepted; the request is not read.
    ResetBefore,
    /// Reads the request, then resets the connection.
    ResetAfter,
    /// Reads the request, then closes the connection without a word.
    CloseAfter,
    /// Reads the request and never answers. The connection stays open until the client gives up.
    Hang,
    /// Answers, but ends the connection after half of the body.
    Truncate(Response),
    /// Stops listening for a while: connections are refused. Lasts from the answer before, or from the start.
    Refuse(Duration),
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Response {
    status: u16,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Response {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    /// The reply of a chat completion.
    pub fn chat(content: &str) -> Self {
        let body = serde_json::json!({
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": "scripted",
            "choices": [{
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": content},
            }],
        });
        Self::new(200, body.to_string()).header("x-request-id", "req_ok")
    }

    /// The same as a stream of events, a word an event.
    pub fn stream(content: &str) -> Self {
        let event = |word: &str| serde_json::json!({"choices": [{"index": 0, "delta": {"content": word}}]}).to_string();
        let words = content.split_inclusive(' ').map(event);
        let events = words.chain(["[DONE]".to_owned()]).map(|event| format!("data: {event}\n\n"));
        Self::new(200, events.collect::<String>()).header("content-type", "text/event-stream")
    }

    /// An error as OpenAI writes it.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let body = serde_json::json!({"error": {"message": message, "type": null, "param": null, "code": code}});
        Self::new(status, body.to_string()).header("x-request-id", "req_failed")
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    fn write(&self, stream: &mut TcpStream, body: &[u8]) -> io::Result<()> {
        let mut head = format!("HTTP/1.1 {} Scripted\r\n", self.status).into_bytes();
        let length = self.body.len().to_string();
        let standard: [(&str, &[u8]); 3] =
            [("content-type", b"application/json"), ("content-length", length.as_bytes()), ("connection", b"close")];
        let own = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
        for (name, value) in standard.iter().copied().chain(own) {
            head.extend_from_slice(name.as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value);
            head.extend_from_slice(b"\r\n");
        }
        head.extend_from_slice(b"\r\n");
        stream.write_all(&head)?;
        stream.write_all(body)
    }
}

impl From<Response> for Step {
    fn from(response: Response) -> Self {
        Self::Respond(response)
    }
}

/// A request that has arrived whole.
#[derive(Clone, Debug)]
pub struct Request {
    /// When its last byte was read.
    pub at: Instant,
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    /// A header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// The server; it stops when it is dropped.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    script: Vec<Step>,
    /// How many steps have been taken.
    taken: AtomicUsize,
    stopping: AtomicBool,
    log: Mutex<Vec<Request>>,
}

impl Server {
    /// Starts a server on a free port of the loopback interface.
    pub fn start(script: impl IntoIterator<Item = impl Into<Step>>) -> io::Result<Self> {
        let script: Vec<Step> = script.into_iter().map(Into::into).collect();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            script,
            taken: AtomicUsize::new(0),
            stopping: AtomicBool::new(false),
            log: Mutex::default(),
        });
        // A script that begins by refusing is already refusing when this returns.
        let listener = if matches!(shared.step(), Some(Step::Refuse(_))) { None } else { Some(listener) };
        let accepting = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.accept(address, listener)
        });
        Ok(Self { address, shared, accepting: Some(accepting) })
    }

    /// The base URL for a client, as `OPENAI_BASE_URL` has it.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The requests that arrived whole, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.log().clone()
    }

    /// The time from each request to the next.
    pub fn gaps(&self) -> Vec<Duration> {
        self.requests().windows(2).map(|pair| pair[1].at - pair[0].at).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts; it may as well be between two listeners.
        drop(TcpStream::connect(self.address));
        if let Some(accepting) = self.accepting.take() {
            drop(accepting.join());
        }
    }
}

/// The base URL of a port on which nothing listens.
pub fn refusing_url() -> io::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(format!("http://{}/v1", listener.local_addr()?))
}

impl Shared {
    fn log(&self) -> std::sync::MutexGuard<'_, Vec<Request>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The step that answers the next connection.
    fn step(&self) -> Option<&Step> {
        self.script.get(self.taken.load(Ordering::SeqCst)).or(self.script.last())
    }

    fn accept(self: Arc<Self>, address: SocketAddr, mut listener: Option<TcpListener>) {
        while !self.stopping.load(Ordering::SeqCst) {
            let Some(step) = self.step().cloned() else { return };
            if let Step::Refuse(time) = step {
                drop(listener.take());
                let until = Instant::now() + time;
                while Instant::now() < until && !self.stopping.load(Ordering::SeqCst) {
                    thread::sleep(Duration::from_millis(1));
                }
                self.taken.fetch_add(1, Ordering::SeqCst);
                continue;
            }
            let listening = match listener.take().map_or_else(|| TcpListener::bind(address), Ok) {
                Ok(listening) => listener.insert(listening),
                Err(_) => return,
            };
            // The last word of `drop` may have come while nothing listened.
            if self.stopping.load(Ordering::SeqCst) {
                return;
            }
            let Ok((stream, _)) = listening.accept() else { continue };
            if self.stopping.load(Ordering::SeqCst) {
                return;
            }
            self.taken.fetch_add(1, Ordering::SeqCst);
            if matches!(self.step(), Some(Step::Refuse(_))) {
                // No connection may slip in between this answer and the refusal.
                drop(listener.take());
                drop(self.serve(stream, &step));
            } else {
                let shared = Arc::clone(&self);
                thread::spawn(move || drop(shared.serve(stream, &step)));
            }
        }
    }

    fn serve(&self, mut stream: TcpStream, step: &Step) -> io::Result<()> {
        if matches!(step, Step::ResetBefore) {
            return reset(&stream);
        }
        let request = read_request(&mut stream)?;
        let known = request.path.ends_with("/chat/completions");
        self.log().push(request);
        match step {
            _ if !known => {
                let response = Response::error(404, "unknown_url", "Unknown request URL");
                response.write(&mut stream, &response.body)
            }
            Step::Respond(response) => response.write(&mut stream, &response.body),
            Step::Truncate(response) => response.write(&mut stream, &response.body[..response.body.len() / 2]),
            Step::ResetAfter => reset(&stream),
            Step::Hang => stream.read(&mut [0]).map(drop),
            Step::CloseAfter | Step::ResetBefore | Step::Refuse(_) => Ok(()),
        }
    }
}

/// Makes the close that follows a reset, not an orderly end.
fn reset(stream: &TcpStream) -> io::Result<()> {
    SockRef::from(stream).set_linger(Some(Duration::ZERO))
}

fn read_request(stream: &mut TcpStream) -> io::Result<Request> {
    let mut read = Vec::new();
    loop {
        let mut chunk = [0; 8192];
        let count = stream.read(&mut chunk)?;
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        read.extend_from_slice(&chunk[..count]);
        if let Some(request) = parse_request(&read)? {
            return Ok(request);
        }
    }
}

/// A request, if all of it is there.
fn parse_request(bytes: &[u8]) -> io::Result<Option<Request>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(start) = head.parse(bytes).map_err(io::Error::other)? else { return Ok(None) };
    let headers: Vec<(String, String)> = head
        .headers
        .iter()
        .map(|header| (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).into_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length").map_or("0", |(_, value)| value);
    let end = start + length.parse::<usize>().map_err(io::Error::other)?;
    Ok(bytes.get(start..end).map(|body| Request {
        at: Instant::now(),
        method: head.method.unwrap_or_default().to_owned(),
        path: head.path.unwrap_or_default().to_owned(),
        headers,
        body: body.to_vec(),
    }))
}
