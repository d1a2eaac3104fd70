//! A scripted stand-in for an OpenAI-compatible service. It listens on loopback, speaks HTTP/1.1, and answers request
//! after request as its script says; the last step is repeated. It knows no client and no crate of ours.
//!
//! Tests and examples include it with `#[path]`, and each uses a part.
#![allow(dead_code, reason = "each test and each example uses a part of it")]

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use socket2::{Domain, SockRef, Socket, Type};

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
    /// Reads what comes, HTTP or not, then sends these bytes, HTTP or not, and ends the connection.
    Raw(Vec<u8>, End),
    /// Stops listening for a while: connections are refused. Lasts from the answer before, or from the start.
    Refuse(Duration),
}

/// How a connection ends.
#[derive(Clone, Copy, Debug)]
pub enum End {
    /// It is closed in order.
    Close,
    /// It is reset.
    Reset,
    /// It stays open until the client gives up.
    Hang,
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

    /// A chat completion as a stream of events, a word an event.
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

    /// The answer as it is sent, with the headers that every answer has, unless it has its own.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("HTTP/1.1 {} Scripted\r\n", self.status).into_bytes();
        let length = self.body.len().to_string();
        let standard: [(&str, &[u8]); 3] =
            [("content-type", b"application/json"), ("content-length", length.as_bytes()), ("connection", b"close")];
        let own = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
        let is_own = |name: &str| self.headers.iter().any(|(found, _)| found.eq_ignore_ascii_case(name));
        for (name, value) in standard.into_iter().filter(|(name, _)| !is_own(name)).chain(own) {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// The response without the second half of its body.
    pub fn half(&self) -> Vec<u8> {
        let mut bytes = self.bytes();
        bytes.truncate(bytes.len() - self.body.len().div_ceil(2));
        bytes
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
        let Port { socket, address } = Port::take()?;
        let shared = Arc::new(Shared {
            script,
            taken: AtomicUsize::new(0),
            stopping: AtomicBool::new(false),
            log: Mutex::default(),
        });
        // A script that begins by refusing is refusing when this returns, and any other is listening.
        if !matches!(shared.step(), Some(Step::Refuse(_))) {
            socket.listen(BACKLOG)?;
        }
        let accepting = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.accept(address, socket)
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

/// How many connections wait to be accepted.
const BACKLOG: i32 = 128;

/// A port of the loopback interface that is taken, and on which nothing listens: connections are refused, and the
/// system gives it to nobody else.
pub struct Port {
    socket: Socket,
    address: SocketAddr,
}

impl Port {
    /// Takes a free port.
    pub fn take() -> io::Result<Self> {
        let socket = bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let address = socket.local_addr()?.as_socket().ok_or(ErrorKind::Unsupported)?;
        Ok(Self { socket, address })
    }

    /// The base URL for a client that is to be refused.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }
}

/// Takes an address, and does not listen there.
fn bind(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // The connections of the listener before, which the system remembers for a while, do not hold the address.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

impl Shared {
    fn log(&self) -> std::sync::MutexGuard<'_, Vec<Request>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The step that answers the next connection.
    fn step(&self) -> Option<&Step> {
        self.script.get(self.taken.load(Ordering::SeqCst)).or(self.script.last())
    }

    fn accept(self: Arc<Self>, address: SocketAddr, mut socket: Socket) {
        while !self.stopping.load(Ordering::SeqCst) {
            let Some(step) = self.step().cloned() else { return };
            if let Step::Refuse(time) = step {
                let until = Instant::now() + time;
                while Instant::now() < until && !self.stopping.load(Ordering::SeqCst) {
                    thread::sleep(Duration::from_millis(1));
                }
                self.taken.fetch_add(1, Ordering::SeqCst);
                continue;
            }
            if socket.listen(BACKLOG).is_err() {
                return;
            }
            // The last word of `drop` may have come while nothing listened.
            if self.stopping.load(Ordering::SeqCst) {
                return;
            }
            let Ok((stream, _)) = socket.accept() else { continue };
            if self.stopping.load(Ordering::SeqCst) {
                return;
            }
            let stream = TcpStream::from(stream);
            self.taken.fetch_add(1, Ordering::SeqCst);
            if matches!(self.step(), Some(Step::Refuse(_))) {
                // No connection may slip in between this answer and the refusal.
                drop(socket);
                let Ok(refusing) = bind(address) else { return };
                socket = refusing;
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
        let known = match read_request(&mut stream) {
            Ok(request) => {
                let known = request.path.ends_with("/chat/completions");
                self.log().push(request);
                known
            }
            // What is no HTTP, such as the beginning of TLS, meets what was scripted all the same.
            Err(error) if error.kind() == ErrorKind::InvalidData => true,
            Err(error) => return Err(error),
        };
        let (bytes, end) = match step {
            _ if !known => (Response::error(404, "unknown_url", "Unknown request URL").bytes(), End::Close),
            Step::Respond(response) => (response.bytes(), End::Close),
            Step::Truncate(response) => (response.half(), End::Close),
            Step::Raw(bytes, end) => (bytes.clone(), *end),
            Step::ResetAfter => (Vec::new(), End::Reset),
            Step::Hang => (Vec::new(), End::Hang),
            Step::CloseAfter | Step::ResetBefore | Step::Refuse(_) => (Vec::new(), End::Close),
        };
        stream.write_all(&bytes)?;
        match end {
            End::Close => Ok(()),
            End::Reset => reset(&stream),
            End::Hang => stream.read(&mut [0]).map(drop),
        }
    }
}

/// Makes the close that follows a reset, not an orderly end.
pub fn reset(stream: &TcpStream) -> io::Result<()> {
    SockRef::from(stream).set_linger(Some(Duration::ZERO))
}

/// Reads a request to its end.
pub fn read_request(stream: &mut TcpStream) -> io::Result<Request> {
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

fn invalid(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, error)
}

/// A request, if all of it is there.
fn parse_request(bytes: &[u8]) -> io::Result<Option<Request>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(start) = head.parse(bytes).map_err(invalid)? else { return Ok(None) };
    let headers: Vec<(String, String)> = head
        .headers
        .iter()
        .map(|header| (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).into_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length").map_or("0", |(_, value)| value);
    let end = start + length.parse::<usize>().map_err(invalid)?;
    Ok(bytes.get(start..end).map(|body| Request {
        at: Instant::now(),
        method: head.method.unwrap_or_default().to_owned(),
        path: head.path.unwrap_or_default().to_owned(),
        headers,
        body: body.to_vec(),
    }))
}
