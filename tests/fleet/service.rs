//! A service with a rate limit, for many callers at once. It listens on loopback, speaks HTTP/1.1 with connections that
//! stay open, and refuses as OpenAI does: with a 429 that says when to come back. It knows no client and no crate of
//! ours.

#[path = "../support/mod.rs"]
mod support;

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use support::Response;

/// What the service allows, and how long it takes to answer.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// The requests that it serves in a second.
    pub rate: f64,
    /// Those that it serves at once after a pause.
    pub burst: f64,
    /// How long it takes to serve one. To refuse one takes no time.
    pub latency: Duration,
}

impl Limit {
    /// How long so many calls take at best, if no allowance is left unused.
    pub fn ideal(&self, calls: u32) -> Duration {
        let waited = (f64::from(calls) - self.burst).max(0.0) / self.rate;
        Duration::from_secs_f64(waited) + self.latency
    }
}

/// A request that has arrived.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// How long after the service started.
    pub at: Duration,
    pub refused: bool,
}

/// The service. It lasts as long as the process, as do its clients.
pub struct Service {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    limit: Limit,
    started: Instant,
    bucket: Mutex<Bucket>,
}

struct Bucket {
    /// How many requests could be served at once.
    tokens: f64,
    /// When it was so many.
    filled: Duration,
    arrivals: Vec<Arrival>,
}

impl Service {
    /// Starts a service on a free port of the loopback interface.
    pub fn start(limit: Limit) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let bucket = Bucket { tokens: limit.burst, filled: Duration::ZERO, arrivals: Vec::new() };
        let shared = Arc::new(Shared { limit, started: Instant::now(), bucket: Mutex::new(bucket) });
        thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                for stream in listener.incoming().flatten() {
                    let shared = Arc::clone(&shared);
                    // A client that is gone is no concern of the others.
                    thread::spawn(move || drop(shared.serve(&stream)));
                }
            }
        });
        Ok(Self { address, shared })
    }

    /// Where chat completions are asked for.
    pub fn url(&self) -> String {
        format!("http://{}/v1/chat/completions", self.address)
    }

    /// The requests so far, in order.
    pub fn arrivals(&self) -> Vec<Arrival> {
        self.shared.bucket.lock().unwrap_or_else(PoisonError::into_inner).arrivals.clone()
    }
}

impl Shared {
    /// Answers request after request, until the client closes the connection.
    fn serve(&self, stream: &TcpStream) -> io::Result<()> {
        // Or an answer would wait for the acknowledgement of the one before.
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream);
        while read_request(&mut reader)? {
            let (admitted, left) = self.admit();
            let response = match admitted {
                Ok(()) => {
                    thread::sleep(self.limit.latency);
                    Response::chat("Hello!")
                }
                Err(wait) => {
                    let milliseconds = (wait * 1_000.0).ceil().to_string();
                    Response::error(429, "rate_limit_exceeded", "Rate limit reached")
                        .header("retry-after-ms", milliseconds)
                }
            };
            // As OpenAI says them: the limit, what is left of it, and in how long all of it will be there again.
            let reset = (self.limit.burst - left).max(0.0) / self.limit.rate * 1_000.0;
            let response = response
                .header("x-ratelimit-limit-requests", self.limit.burst.to_string())
                .header("x-ratelimit-remaining-requests", left.floor().to_string())
                .header("x-ratelimit-reset-requests", format!("{:.0}ms", reset.ceil()));
            let mut stream = stream;
            stream.write_all(&response.header("connection", "keep-alive").bytes())?;
        }
        Ok(())
    }

    /// Whether the limit allows a request now, or else in how many seconds it will; and what is left.
    fn admit(&self) -> (Result<(), f64>, f64) {
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let at = self.started.elapsed();
        let gained = at.saturating_sub(bucket.filled).as_secs_f64() * self.limit.rate;
        bucket.tokens = (bucket.tokens + gained).min(self.limit.burst);
        bucket.filled = at;
        let refused = bucket.tokens < 1.0;
        bucket.arrivals.push(Arrival { at, refused });
        if refused {
            return (Err((1.0 - bucket.tokens) / self.limit.rate), bucket.tokens);
        }
        bucket.tokens -= 1.0;
        (Ok(()), bucket.tokens)
    }
}

/// Reads a request to its end, and says whether there was one.
fn read_request(reader: &mut BufReader<&TcpStream>) -> io::Result<bool> {
    let mut length = 0;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 0 {
        let header = line.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            return reader.take(length).read_to_end(&mut Vec::new()).map(|_| true);
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        }
        line.clear();
    }
    Ok(false)
}
