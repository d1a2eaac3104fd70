//! What the process holds: memory, open handles, threads.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use std::{fmt, fs};

use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// What is held at one moment. Only Linux tells a process more than its allocator does; elsewhere that is `None`.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// Bytes that are allocated.
    heap: usize,
    /// Bytes of memory that the process occupies.
    resident: Option<usize>,
    /// Files and sockets that are open.
    pub handles: Option<usize>,
    pub threads: Option<usize>,
}

impl Held {
    pub fn now() -> Self {
        let status = fs::read_to_string("/proc/self/status").ok();
        let field = |name| {
            let line = status.as_deref()?.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse::<usize>().ok()
        };
        Self {
            heap: MEMORY.current_usage(),
            resident: field("VmRSS:").map(|kib| kib * 1024),
            // Without the handle that reads the folder.
            handles: fs::read_dir("/proc/self/fd").ok().map(|handles| handles.count() - 1),
            threads: field("Threads:"),
        }
    }

    /// The median of each. One of them alone says more of the requests that were under way than of what stays.
    fn median(samples: &[Self]) -> Self {
        fn of<T: Ord + Copy>(samples: &[Held], which: impl Fn(&Held) -> T) -> T {
            let mut values: Vec<T> = samples.iter().map(which).collect();
            values.sort_unstable();
            values[values.len() / 2]
        }
        Self {
            heap: of(samples, |held| held.heap),
            resident: of(samples, |held| held.resident),
            handles: of(samples, |held| held.handles),
            threads: of(samples, |held| held.threads),
        }
    }

    /// What of it has grown, by more than it differs between two halves of a run in which nothing grows.
    fn grown_since(&self, before: &Self) -> Vec<&'static str> {
        let grown = |before: Option<usize>, after: Option<usize>, margin: usize| {
            before.zip(after).is_some_and(|(before, after)| after > before + margin)
        };
        let all = [
            ("the heap", grown(Some(before.heap), Some(self.heap), HEAP_MARGIN)),
            ("resident memory", grown(before.resident, self.resident, RESIDENT_MARGIN)),
            ("open handles", grown(before.handles, self.handles, HANDLES_MARGIN)),
            ("threads", grown(before.threads, self.threads, HANDLES_MARGIN)),
        ];
        all.into_iter().filter(|(_, grown)| *grown).map(|(name, _)| name).collect()
    }
}

const HEAP_MARGIN: usize = 128 << 10;
const RESIDENT_MARGIN: usize = 2 << 20;
const HANDLES_MARGIN: usize = 12;

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} KiB of heap", self.heap >> 10)?;
        match *self {
            Self { resident: Some(resident), handles: Some(handles), threads: Some(threads), .. } => {
                write!(f, ", {} KiB resident, {handles} handles, {threads} threads", resident >> 10)
            }
            _ => f.write_str("; this system does not tell of the rest"),
        }
    }
}

/// What was held during a run, after a quarter of it in which caches and pools fill.
pub struct Watch {
    start: Held,
    first: Held,
    last: Held,
}

impl Watch {
    /// Looks now and then, until the sender of `over` is gone.
    pub fn keep(time: Duration, over: &Receiver<()>) -> Self {
        let pause = (time / 400).max(Duration::from_millis(50));
        let (start, began) = (Held::now(), Instant::now());
        // The watch itself is not to grow.
        let mut samples = Vec::with_capacity(1000);
        while over.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
            if began.elapsed() > time / 4 && samples.len() < samples.capacity() {
                samples.push(Held::now());
            }
        }
        let (first, last) = samples.split_at(samples.len() / 2);
        Self { start, first: Held::median(first), last: Held::median(last) }
    }

    /// Panics if the last half held more than the first.
    pub fn assert_steady(&self) {
        let grown = self.last.grown_since(&self.first);
        assert!(grown.is_empty(), "{} grew\n{self}", grown.join(" and "));
    }
}

impl fmt::Display for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "at the start:         {}", self.start)?;
        writeln!(f, "first half, median:   {}", self.first)?;
        write!(f, "last half, median:    {}", self.last)
    }
}
