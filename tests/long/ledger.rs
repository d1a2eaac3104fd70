//! The books: what became of each call, by what its attempts did, by what its hook heard, and by what it returned.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use persevere::openai::ApiError;
use persevere::{Event, Next, Reason};

/// No wait that the service asks for is longer. Its dates are whole seconds.
const LONGEST_ASKED: Duration = Duration::from_secs(2);

/// All calls of a run.
#[derive(Default)]
pub struct Ledger {
    begun: Count,
    succeeded: Count,
    gave_up: Count,
    dropped: Count,
    attempts: Count,
    /// Attempts that failed or were given up.
    unanswered: Count,
    retries: Count,
    holds: Count,
    /// Calls that were told to come back in hours.
    too_long: Count,
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Count {
    fn add(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Ledger {
    pub fn begin(&self, id: String) -> Call<'_> {
        self.begun.add();
        Call {
            ledger: self,
            id,
            attempts: Count::default(),
            answers: Count::default(),
            retries: Count::default(),
            ends: Mutex::default(),
        }
    }

    /// Panics unless every call had an end, and every success was an answer of the service.
    pub fn assert_whole(&self, served: usize) {
        assert_eq!(self.begun.get(), self.succeeded.get() + self.gave_up.get() + self.dropped.get(), "{self}");
        assert!(self.succeeded.get() <= served, "{served} served: {self}");
        // What was served and not returned was for an attempt that had been given up.
        assert!(served - self.succeeded.get() <= self.unanswered.get(), "{served} served: {self}");
        assert!(self.too_long.get() > 0, "{self}");
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { begun, succeeded, gave_up, dropped, attempts, unanswered, retries, holds, too_long } = self;
        write!(f, "{} calls: {} succeeded, ", begun.get(), succeeded.get())?;
        write!(f, "{} gave up ({} told to wait for hours), ", gave_up.get(), too_long.get())?;
        write!(f, "{} dropped; {} attempts, ", dropped.get(), attempts.get())?;
        write!(f, "{} of them without an answer; {} retries, {} holds", unanswered.get(), retries.get(), holds.get())
    }
}

/// A call that is being made.
pub struct Call<'a> {
    ledger: &'a Ledger,
    /// What it asks, and is answered.
    pub id: String,
    attempts: Count,
    answers: Count,
    retries: Count,
    /// Why it gave up, each time that it said so.
    ends: Mutex<Vec<Reason>>,
}

impl Call<'_> {
    pub fn attempt(&self) -> Attempt<'_> {
        self.attempts.add();
        self.ledger.attempts.add();
        Attempt { call: self, answered: false }
    }

    /// What `notify` is told.
    pub fn hear(&self, event: &Event<'_, ApiError>) {
        match event.next() {
            Next::Retry { asked, .. } => {
                self.retries.add();
                self.ledger.retries.add();
                assert!(asked.is_none_or(|asked| asked <= LONGEST_ASKED), "{}: {event}", self.id);
            }
            Next::Held { .. } => self.ledger.holds.add(),
            Next::GiveUp(reason) => self.ends.lock().unwrap().push(reason),
            _ => panic!("{}: {event}", self.id),
        }
    }

    /// What the call returned, or nothing if it was dropped.
    pub fn end(self, result: Option<Result<String, ApiError>>) {
        let (attempts, answers, retries) = (self.attempts.get(), self.answers.get(), self.retries.get());
        let ends = self.ends.into_inner().unwrap();
        let told = format!("{}: {attempts} attempts, {answers} answers, {retries} retries, {ends:?}", self.id);
        match result {
            Some(Ok(answer)) => {
                assert_eq!((answer.as_str(), answers), (self.id.as_str(), 1), "{told}");
                assert!(attempts == retries + 1 && ends.is_empty(), "{told}");
                self.ledger.succeeded.add();
            }
            Some(Err(error)) => {
                let [reason] = ends[..] else { panic!("{told}: {error}") };
                // After the last retry was told, its turn may have come too late.
                let not_made = usize::from(matches!(reason, Reason::Deadline | Reason::NoTurn));
                assert!(answers == 0 && (attempts..=attempts + not_made).contains(&(retries + 1)), "{told}: {error}");
                self.ledger.gave_up.add();
                if reason == Reason::RetryAfterTooLong {
                    self.ledger.too_long.add();
                }
            }
            None => {
                assert!(answers == 0 && (retries..=retries + 1).contains(&attempts) && ends.is_empty(), "{told}");
                self.ledger.dropped.add();
            }
        }
    }
}

/// An attempt that is being made.
pub struct Attempt<'a> {
    call: &'a Call<'a>,
    answered: bool,
}

impl Attempt<'_> {
    /// What the service has answered, read from its whole body.
    pub fn answered(mut self, body: &[u8]) -> String {
        self.answered = true;
        self.call.answers.add();
        let body: serde_json::Value = serde_json::from_slice(body).unwrap();
        body["choices"][0]["message"]["content"].as_str().unwrap().to_owned()
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.answered {
            self.call.ledger.unanswered.add();
        }
    }
}
