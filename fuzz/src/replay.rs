//! Replays the corpora, and some thousand mutations of them, where no fuzzer is at hand.

use std::path::Path;
use std::{env, fs};

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng as _};

/// Runs a target on its corpus, and on as many mutations of it as `PERSEVERE_FUZZ` says.
///
/// ```sh
/// PERSEVERE_FUZZ=1000000 cargo test --release -p persevere-tests --test fuzz body
/// ```
fn replay(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(name);
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let corpus: Vec<Vec<u8>> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    assert!(!corpus.is_empty(), "{}", folder.display());
    for (file, input) in files.iter().zip(&corpus) {
        println!("{}", file.display());
        target(input);
    }
    let count: u32 = env::var("PERSEVERE_FUZZ").map_or(500, |count| count.parse().unwrap());
    let mut random = Xoshiro256PlusPlus::seed_from_u64(18);
    for _ in 0..count {
        let mut input = corpus[random.random_range(0..corpus.len())].clone();
        for _ in 0..random.random_range(1..4) {
            let at = random.random_range(0..=input.len());
            let end = random.random_range(at..=input.len().min(at + 40));
            match random.random_range(0..4) {
                0 => drop(input.drain(at..end)),
                1 => input[at..end].iter_mut().take(1).for_each(|byte| *byte = random.random()),
                2 => drop(input.splice(at..at, input[at..end].to_vec())),
                _ => {
                    let other = &corpus[random.random_range(0..corpus.len())];
                    let from = random.random_range(0..=other.len());
                    drop(input.splice(at..end, other[from..].iter().take(60).copied()));
                }
            }
        }
        println!("{}", String::from_utf8_lossy(&input));
        target(&input);
    }
}

macro_rules! replayed {
    ($($name:ident),*) => {$(
        #[test]
        fn $name() {
            replay(stringify!($name), super::$name);
        }
    )*};
}

replayed!(
    arguments,
    body,
    date,
    derive,
    duration,
    function,
    headers,
    message,
    printed,
    ratelimit,
    ratelimit_reset,
    retry_after,
    retry_after_ms
);
