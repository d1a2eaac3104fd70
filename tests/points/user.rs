//! The user's code: what an attempt does, the hooks, and what the error is made from and written with. Each place of it is
//! noted when it is reached, and may panic.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::poll_fn;
use std::ops::{ControlFlow, Deref};
use std::panic::resume_unwind;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use persevere::{Attempt, Decision, Elapsed, Event, Policy, Upstream};
use tokio::time::{Instant, advance};

pub type Outcome = Result<u32, Failed>;

#[derive(Debug, PartialEq)]
pub struct Failed;

impl From<Elapsed> for Failed {
    fn from(_: Elapsed) -> Self {
        State::running().call("elapsed");
        Self
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        State::running().call("display");
        f.write_str("failed")
    }
}

/// How the calls of a set end, and what paces them.
pub struct Script {
    pub outcome: Outcome,
    pub upstream: fn() -> Upstream,
}

/// The fourth attempt succeeds.
pub const SERVED: Script = Script { outcome: Ok(4), upstream: Upstream::new };
/// The fifth attempt is the last one, and its value is refused.
pub const UNACCEPTED: Script = Script { outcome: Ok(5), upstream: Upstream::new };
pub const FAILED: Script = Script { outcome: Err(Failed), upstream: Upstream::new };
/// A retry gets no turn.
pub const IMPATIENT: Script = Script { outcome: Err(Failed), upstream: || Upstream::new().max_wait(Duration::ZERO) };
/// One retry is paid for.
pub const THRIFTY: Script = Script { outcome: Err(Failed), upstream: || Upstream::new().budget(1, 0.0) };

thread_local! {
    /// What is played on this thread, for code that gets no reference to it.
    static RUNNING: RefCell<Option<Rc<State>>> = const { RefCell::new(None) };
}

/// What a call has reached of the user's code.
pub struct State {
    /// The names of the places, in order.
    called: RefCell<Vec<&'static str>>,
    /// The number of the place that panics; the first is 1, and 0 is none.
    panics: usize,
    /// Each attempt and each timer holds a clone of it as long as it lives.
    held: Rc<()>,
    attempts: Cell<u32>,
    pub upstream: Rc<Upstream>,
    began: Instant,
    /// What the `sleep` of a blocking call was told to wait.
    told: Cell<Duration>,
    /// How long the call had waited when its first attempt began.
    first: Cell<Option<Duration>>,
}

impl State {
    /// The state before a call, in which no place panics if `panics` is 0.
    pub fn begin(upstream: &Rc<Upstream>, panics: usize) -> Rc<Self> {
        let state = Rc::new(Self {
            called: RefCell::default(),
            panics,
            held: Rc::default(),
            attempts: Cell::new(0),
            upstream: Rc::clone(upstream),
            began: Instant::now(),
            told: Cell::default(),
            first: Cell::default(),
        });
        RUNNING.set(Some(Rc::clone(&state)));
        state
    }

    fn running() -> Rc<Self> {
        RUNNING.with_borrow(Option::clone).expect("a call is played")
    }

    /// How many places were reached.
    pub fn count(&self) -> usize {
        self.called.borrow().len()
    }

    pub fn attempts(&self) -> u32 {
        self.attempts.get()
    }

    pub fn waited_first(&self) -> Duration {
        self.first.get().expect("an attempt was made")
    }

    /// Whether an attempt or a timer still lives.
    pub fn is_held(&self) -> bool {
        Rc::strong_count(&self.held) > 1
    }

    pub fn call(&self, place: &'static str) {
        self.called.borrow_mut().push(place);
        if self.count() == self.panics {
            // Unlike `panic!` this writes no message: there are thousands.
            resume_unwind(Box::new("on purpose"));
        }
    }

    /// The value of a key that calls a function.
    pub fn key<T>(&self, value: T) -> T {
        self.call("key");
        value
    }

    pub fn judge(&self, decision: Decision) -> Decision {
        self.call("on");
        decision
    }

    pub fn accept(&self) -> bool {
        self.call("until");
        true
    }

    pub fn refuse(&self) -> bool {
        self.call("until");
        false
    }

    pub fn hear(&self, event: &Event<'_, Failed>) {
        self.call("notify");
        assert!(!event.to_string().is_empty());
    }

    /// What the body gets of its attempt and of the one before.
    pub fn read(&self, attempt: Attempt, previous: Option<&Outcome>) {
        self.call("read");
        assert_eq!(attempt.number(), self.attempts() + 1);
        assert_eq!(previous, (self.attempts() > 0).then(|| self.outcome()).as_ref());
    }

    fn begin_attempt(&self) {
        self.first.set(self.first.get().or(Some(self.began.elapsed() + self.told.get())));
        self.attempts.set(self.attempts() + 1);
        self.call("begun");
    }

    /// Three attempts fail.
    fn outcome(&self) -> Outcome {
        if self.attempts() < 4 { Err(Failed) } else { Ok(self.attempts()) }
    }
}

/// What async calls do. Every poll of an attempt or of a timer reaches a place.
pub struct Log(pub Rc<State>);

impl Deref for Log {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

impl Log {
    /// Waits twice.
    pub fn attempt(&self) -> impl Future<Output = Outcome> {
        self.call("made");
        async {
            let _held = Rc::clone(&self.held);
            self.begin_attempt();
            turn().await;
            self.call("going on");
            turn().await;
            self.call("ending");
            self.outcome()
        }
    }

    /// Three attempts never end.
    pub fn late(&self) -> impl Future<Output = Outcome> {
        self.call("made");
        async {
            let _held = Rc::clone(&self.held);
            self.begin_attempt();
            while self.attempts() < 4 {
                let mut polled = false;
                poll_fn(|_| if std::mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending }).await;
                self.call("going on");
            }
            self.outcome()
        }
    }

    /// Waits twice, and then until the paused clock is so much later.
    pub fn sleep(&self, wait: Duration) -> impl Future<Output = ()> {
        self.call("sleep");
        async move {
            let _held = Rc::clone(&self.held);
            self.call("timer");
            turn().await;
            self.call("ticking");
            turn().await;
            self.call("ringing");
            advance(wait).await;
            self.call("woken");
        }
    }

    /// Ends the call.
    pub fn stop(&self, _: Duration) -> impl Future<Output = ControlFlow<()>> {
        self.call("sleep");
        async {
            let _held = Rc::clone(&self.held);
            self.call("timer");
            turn().await;
            self.call("woken");
            ControlFlow::Break(())
        }
    }
}

/// Waits until it is polled again, which is at once.
async fn turn() {
    let mut waited = false;
    poll_fn(|context| {
        context.waker().wake_by_ref();
        if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// What calls do that block.
pub struct Blocking(pub Rc<State>);

impl Deref for Blocking {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

impl Blocking {
    pub fn attempt(&self) -> Outcome {
        let _held = Rc::clone(&self.held);
        self.begin_attempt();
        self.outcome()
    }

    pub fn sleep(&self, wait: Duration) {
        self.told.set(self.told.get() + wait);
        self.call("sleep");
    }

    pub fn stop(&self, _: Duration) -> ControlFlow<()> {
        self.call("sleep");
        ControlFlow::Break(())
    }
}

/// How many refusals make an upstream as slow as it gets.
pub const REFUSALS: u32 = 14;

fn refused() -> Outcome {
    Err(Failed)
}

/// An upstream that calls queue for. The turns of its refusals have passed, if tokio's clock counts.
pub async fn slowed(script: &Script) -> Rc<Upstream> {
    let upstream = Rc::new((script.upstream)());
    for _ in 0..REFUSALS {
        let call = Policy::new().max(1).retry(|| async { refused() }).on(|_| Decision::Throttled(None));
        assert_eq!(call.sleep(advance).upstream(&upstream).call().await, refused());
    }
    upstream
}

/// An upstream that calls queue for, with the turns of its refusals still to come.
pub fn slowed_blocking(script: &Script) -> Rc<Upstream> {
    let upstream = Rc::new((script.upstream)());
    for _ in 0..REFUSALS {
        let call = Policy::new().max(1).retry_blocking(refused).on(|_| Decision::Throttled(None));
        assert_eq!(call.sleep(drop).upstream(&upstream).call(), refused());
    }
    upstream
}
