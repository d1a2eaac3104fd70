//! Closures that capture single fields, as they do since the edition 2021.

use std::cell::Cell;
use std::io;

use persevere::retry;

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

/// `Err` at the first call and the second, then `Ok(7)`.
fn fails_twice() -> io::Result<u32> {
    CALLS.set(CALLS.get() + 1);
    if CALLS.get() < 3 {
        Err(io::ErrorKind::ResourceBusy.into())
    } else {
        Ok(7)
    }
}

#[test]
fn a_field_of_self_is_captured_while_another_is_borrowed() {
    struct Client {
        max: u32,
        log: Vec<u32>,
    }
    impl Client {
        #[retry(max = 4, initial = "0s", on = |_| true)]
        fn fields(&mut self) -> io::Result<usize> {
            let max = &self.max;
            let mut push = || self.log.push(*max);
            push();
            fails_twice()?;
            Ok(self.log.len())
        }
    }
    assert_eq!(Client { max: 4, log: vec![] }.fields().unwrap(), 3);
}

#[test]
fn a_field_of_a_parameter_is_captured_while_another_changes() {
    struct Pair {
        left: String,
        right: u32,
    }
    #[retry(max = 4, initial = "0s", on = |_| true)]
    fn now(mut pair: Pair) -> io::Result<u32> {
        let length = || pair.left.len();
        pair.right += 1;
        assert_eq!(length(), 1);
        Ok(fails_twice()? + pair.right)
    }
    assert_eq!(now(Pair { left: "a".to_owned(), right: 0 }).unwrap(), 10);
}
