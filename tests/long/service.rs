//! A service on loopback that fails in every way that a request can: it refuses for rate, resets, hangs, breaks off its
//! answers, is down for a while, and its clock is set hours ahead and back.

#[path = "../support/mod.rs"]
mod support;

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use support::{Response, read_request, reset};

/// How a request is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Answered with what it asks for.
    Served,
    /// Refused for rate, with the milliseconds to wait.
    Refused,
    /// Served never: the connection is reset.
    Reset,
    /// Read, and never answered.
    Hang,
    /// Answered by half of a body, behind which the connection ends.
    Truncated,
    /// Answered by half of a body, behind which nothing comes.
    Stalled,
    /// Met by a 503, as everything is for a while.
    Storm,
    /// Refused for rate until a date, by a clock that is ahead; the answer says what time it is there.
    Ahead,
    /// Likewise by a clock that is back.
    Back,
    /// Refused until a date that is hours ahead, without a word of the time.
    AheadUnsaid,
    /// Refused until a date that is hours past, without a word of the time.
    BackUnsaid,
}

impl Fate {
    pub const ALL: [Self; 11] = [
        Self::Served,
        Self::Refused,
        Self::Reset,
        Self::Hang,
        Self::Truncated,
        Self::Stalled,
        Self::Storm,
        Self::Ahead,
        Self::Back,
        Self::AheadUnsaid,
        Self::BackUnsaid,
    ];
}

/// By how much the clock is wrong.
const STEP: Duration = Duration::from_secs(5 * 3600);
const LATENCY: Duration = Duration::from_millis(20);
/// Requests in a second, and at once after a pause.
const RATE: f64 = 110.0;
const BURST: f64 = 10.0;
/// Storms last so long, and come as often.
const STORM: Duration = Duration::from_millis(1_200);
const STORMS: Duration = Duration::from_secs(15);

/// The service. It stops when it is dropped, and its connections when their clients close them.
pub struct Service {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    started: Instant,
    stopping: AtomicBool,
    requests: AtomicU64,
    met: [AtomicUsize; Fate::ALL.len()],
    /// How many requests could be served at once, and when it was so many.
    allowance: Mutex<(f64, Instant)>,
}

impl Service {
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            started: Instant::now(),
            stopping: AtomicBool::new(false),
            requests: AtomicU64::new(0),
            met: [const { AtomicUsize::new(0) }; Fate::ALL.len()],
            allowance: Mutex::new((BURST, Instant::now())),
        });
        let accepting = thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                for stream in listener.incoming().flatten() {
                    if shared.stopping.load(Ordering::SeqCst) {
                        return;
                    }
                    let shared = Arc::clone(&shared);
                    // A client that is gone is no concern of the others.
                    thread::spawn(move || drop(shared.serve(stream)));
                }
            }
        });
        Ok(Self { address, shared, accepting: Some(accepting) })
    }

    /// Where chat completions are asked for.
    pub fn url(&self) -> String {
        format!("http://{}/v1/chat/completions", self.address)
    }

    /// How many requests were met so.
    pub fn met(&self, fate: Fate) -> usize {
        self.shared.met[fate as usize].load(Ordering::SeqCst)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        drop(TcpStream::connect(self.address));
        if let Some(accepting) = self.accepting.take() {
            drop(accepting.join());
        }
    }
}

impl Shared {
    /// Meets request after request, until the client closes the connection, or this does.
    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        // Or an answer would wait for the acknowledgement of the one before.
        stream.set_nodelay(true)?;
        loop {
            let request = read_request(&mut stream)?;
            let id = String::from_utf8_lossy(&request.body);
            // The pace of all is learned from what some are told, and nobody waits for hours.
            let fate = self.fate(id.starts_with("paced"));
            self.met[fate as usize].fetch_add(1, Ordering::SeqCst);
            let answer = Response::chat(&id).header("connection", "keep-alive");
            match fate {
                Fate::Reset => return reset(&stream),
                Fate::Hang => return stream.read(&mut [0]).map(drop),
                Fate::Truncated => return stream.write_all(&answer.half()),
                Fate::Stalled => {
                    stream.write_all(&answer.half())?;
                    return stream.read(&mut [0]).map(drop);
                }
                Fate::Served => {
                    thread::sleep(LATENCY);
                    stream.write_all(&answer.bytes())?;
                }
                _ => stream.write_all(&self.refusal(fate).header("connection", "keep-alive").bytes())?,
            }
        }
    }

    /// How the next request is met. Which are met by a fault is the same in every run.
    fn fate(&self, paced: bool) -> Fate {
        let elapsed = self.started.elapsed().as_millis() % STORMS.as_millis();
        if elapsed > STORMS.as_millis() / 2 && elapsed < STORMS.as_millis() / 2 + STORM.as_millis() {
            return Fate::Storm;
        }
        let number = self.requests.fetch_add(1, Ordering::SeqCst);
        // Every 256 requests in a row have each of these numbers once.
        match number.wrapping_mul(167) % 256 {
            0..4 => Fate::Reset,
            4..7 => Fate::Hang,
            7..11 => Fate::Truncated,
            11..13 => Fate::Stalled,
            13..16 => Fate::Ahead,
            16..19 => Fate::Back,
            19..21 if !paced => Fate::AheadUnsaid,
            21..24 if !paced => Fate::BackUnsaid,
            _ if self.admits() => Fate::Served,
            _ => Fate::Refused,
        }
    }

    /// Whether the limit allows a request now.
    fn admits(&self) -> bool {
        let mut allowance = self.allowance.lock().unwrap_or_else(PoisonError::into_inner);
        let (left, since) = *allowance;
        let left = (left + since.elapsed().as_secs_f64() * RATE).min(BURST);
        let admitted = left >= 1.0;
        *allowance = (if admitted { left - 1.0 } else { left }, Instant::now());
        admitted
    }

    fn refusal(&self, fate: Fate) -> Response {
        let refused = Response::error(429, "rate_limit_exceeded", "Rate limit reached");
        let now = match fate {
            Fate::Storm => return Response::error(503, "overloaded", "The server is overloaded"),
            Fate::Ahead | Fate::AheadUnsaid => SystemTime::now() + STEP,
            Fate::Back | Fate::BackUnsaid => SystemTime::now() - STEP,
            _ => return refused.header("retry-after-ms", format!("{:.0}", 1_000.0 / RATE)),
        };
        let until = httpdate::fmt_http_date(now + Duration::from_secs(1));
        let refused = refused.header("retry-after", until);
        if matches!(fate, Fate::Ahead | Fate::Back) {
            refused.header("date", httpdate::fmt_http_date(now))
        } else {
            refused
        }
    }
}
