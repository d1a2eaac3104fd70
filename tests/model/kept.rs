//! Cases that random ones were shrunk to: the smallest that tell a fault from what the reference says.

use super::*;

/// A call that is retried at once until it succeeds.
const PLAIN: Keys = Keys { max: i64::MAX, initial: Duration::ZERO, until: true, success: true, ..DEFAULT };

fn play(keys: Keys, script: &[Attempt]) {
    let played = [play_blocking, play_async, play_limited].map(|play| play(&keys, script, 0));
    for played in played {
        played.unwrap();
    }
}

/// An attempt that takes no time.
const fn ends(end: End) -> Attempt {
    Attempt { length: Duration::ZERO, end }
}

const fn fails(verdict: Verdict) -> Attempt {
    ends(End::Fails(verdict))
}

#[test]
fn what_is_returned_is_what_the_last_attempt_returned() {
    play(PLAIN, &[ends(End::Bad), fails(Verdict::Stop)]);
    play(PLAIN, &[fails(Verdict::Retry), fails(Verdict::Stop)]);
    play(Keys { max: 2, ..PLAIN }, &[ends(End::Bad), ends(End::Bad)]);
}

#[test]
fn a_wait_is_waited_to_its_end() {
    play(PLAIN, &[fails(Verdict::RetryIn(SECOND))]);
    play(PLAIN, &[fails(Verdict::RetryAfter(SECOND))]);
    play(Keys { initial: SECOND, ..PLAIN }, &[ends(End::Bad), ends(End::Bad)]);
}

#[test]
fn the_time_left_is_told_to_the_first_attempt() {
    play(Keys { deadline: seconds(1), ..PLAIN }, &[]);
}

#[test]
fn a_wait_that_ends_a_nanosecond_after_the_deadline_is_not_begun() {
    let keys = Keys { deadline: seconds(1), ..PLAIN };
    play(keys, &[fails(Verdict::RetryIn(SECOND))]);
    play(keys, &[fails(Verdict::RetryIn(SECOND + Duration::from_nanos(1)))]);
    play(keys, &[fails(Verdict::RetryIn(2 * SECOND))]);
}

#[test]
fn a_classifier_is_asked_once_about_each_error() {
    play(PLAIN, &[fails(Verdict::Stop)]);
    play(Keys { max: 1, ..PLAIN }, &[fails(Verdict::Retry)]);
    play(PLAIN, &[fails(Verdict::Retry), ends(End::Bad), fails(Verdict::Retry)]);
}

#[test]
fn an_attempt_knows_its_number_and_what_the_one_before_returned() {
    play(Keys { max: 3, ..PLAIN }, &[ends(End::Bad), fails(Verdict::Retry)]);
}

#[test]
fn the_time_that_a_hook_takes_counts_against_the_deadline() {
    play(Keys { deadline: seconds(5), hook: 3 * SECOND, ..PLAIN }, &[fails(Verdict::Retry)]);
}

#[test]
fn a_sleep_ends_the_call() {
    play(Keys { initial: SECOND, stops: Some(1), ..PLAIN }, &[ends(End::Bad)]);
    play(Keys { initial: SECOND, stops: Some(2), ..PLAIN }, &[ends(End::Bad), fails(Verdict::Retry)]);
}

/// The wait that takes the place of one that would end past the deadline leaves time for another attempt like the last.
#[test]
fn the_room_for_a_wait_is_less_by_the_length_of_the_last_attempt() {
    let keys = Keys { initial: SECOND, jitter: Jitter::Fraction(0.0), deadline: seconds(6), ..PLAIN };
    play(keys, &[Attempt { length: SECOND, end: End::Bad }; 3]);
    // A timer knows whole milliseconds: what a wait is longer for it is time of the attempt after it.
    let keys = Keys { factor: 2.440_693_6, deadline: Some(Duration::from_millis(4_500)), ..keys };
    play(keys, &[ends(End::Bad); 3]);
}

/// It stands for none, with which a deadline does not cut an attempt short either.
#[test]
fn the_longest_timeout_is_none() {
    let keys = Keys { deadline: seconds(0), timeout: Some(Duration::MAX), ..PLAIN };
    play(keys, &[Attempt { length: SECOND, end: End::Good }]);
}

#[test]
fn the_time_left_until_the_deadline_limits_an_attempt_that_has_a_timeout() {
    let keys = Keys { deadline: seconds(1), timeout: seconds(5), ..PLAIN };
    play(keys, &[Attempt { length: 2 * SECOND, end: End::Good }]);
}

#[test]
fn a_ceiling_grows_to_the_cap_whatever_the_factor() {
    let keys = Keys { initial: SECOND, cap: Some(Duration::MAX), jitter: Jitter::Fraction(0.0), ..PLAIN };
    for factor in [f64::MAX, f64::INFINITY, 3e30] {
        play(Keys { factor, ..keys }, &[ends(End::Bad); 3]);
        play(Keys { factor, cap: None, ..keys }, &[ends(End::Bad); 3]);
    }
}

#[test]
fn the_longest_wait_that_is_accepted_from_the_server_is_waited() {
    let keys = Keys { max_retry_after: SECOND, ..PLAIN };
    play(keys, &[fails(Verdict::RetryAfter(SECOND))]);
    play(keys, &[fails(Verdict::Throttled(Some(SECOND + Duration::from_nanos(1))))]);
}

#[test]
fn a_wait_is_drawn_anew_while_the_room_is_as_long_as_the_first_ceiling() {
    let keys = Keys { initial: SECOND, jitter: Jitter::Decorrelated, deadline: seconds(1), ..PLAIN };
    play(keys, &[ends(End::Bad)]);
    play(Keys { initial: SECOND + Duration::from_nanos(1), ..keys }, &[ends(End::Bad)]);
}
