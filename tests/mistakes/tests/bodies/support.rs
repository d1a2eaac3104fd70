//! What the cases use.

pub use std::future::ready;

pub use persevere::retry;

#[derive(Debug)]
pub struct Busy;

pub struct Point {
    pub x: usize,
    pub y: usize,
}

pub enum Shape {
    Round,
    Square,
}

pub use hidden::Hidden;

mod hidden {
    pub struct Hidden {
        secret: usize,
    }

    impl Hidden {
        pub fn new() -> Self {
            Self { secret: 1 }
        }

        pub fn told(&self) -> usize {
            self.whisper()
        }

        fn whisper(&self) -> usize {
            self.secret
        }
    }
}

pub fn one() -> Result<usize, Busy> {
    Ok(1)
}

pub async fn later() -> Result<usize, Busy> {
    Ok(1)
}

pub fn io() -> std::io::Result<usize> {
    Ok(1)
}

pub fn takes_text(text: &str) -> Result<usize, Busy> {
    Ok(text.len())
}

pub fn drop_text(text: String) -> usize {
    text.len()
}

pub async fn takes_whole_text(text: String) -> Result<usize, Busy> {
    Ok(text.len())
}

pub fn ends() -> ! {
    panic!("it ends")
}

#[deprecated = "it is old"]
pub fn old() {}

pub fn needs_send<T: Send>(_: T) {}

pub trait Named: Sized {
    /// As `tracing`'s `instrument`: another future with this one in it.
    fn named(self, _: &str) -> Self {
        self
    }
}

impl<F: Future> Named for F {}
