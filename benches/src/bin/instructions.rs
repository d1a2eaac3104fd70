//! Instructions per call of every contestant, and of `#[retry]` with each key.

use std::io;

use persevere_benches::contestant::Contestant;
use persevere_benches::contestants::{BY_HAND, all, keys};
use persevere_benches::instructions::{are_counted, can_be_counted, count};
use persevere_benches::scenario::Scenario;
use persevere_benches::table::{Table, beside};

fn main() -> io::Result<()> {
    if are_counted() {
        return Ok(());
    }
    if !can_be_counted() {
        println!("skipped: instructions are counted by valgrind, which is not installed");
        return Ok(());
    }
    let contestants = all();
    let by_hand = match contestants.iter().find(|contestant| contestant.name == BY_HAND) {
        Some(by_hand) => counts(by_hand)?,
        None => Vec::new(),
    };
    println!("Instructions per call (ratio to the loop by hand):\n");
    print(contestants, &by_hand)?;
    println!("\nThe same of `#[retry]` with one more key:\n");
    print(keys(), &by_hand)
}

fn counts(contestant: &Contestant) -> io::Result<Vec<Option<f64>>> {
    Scenario::IMMEDIATE.into_iter().map(|scenario| count(contestant, scenario)).collect()
}

fn print(contestants: Vec<Contestant>, by_hand: &[Option<f64>]) -> io::Result<()> {
    let mut table = Table::new([""].into_iter().chain(Scenario::IMMEDIATE.map(Scenario::name)));
    for contestant in contestants {
        let counts = counts(&contestant)?;
        let cells = counts.iter().zip(by_hand).map(|(count, by_hand)| beside(*count, *by_hand, 0));
        table.row([contestant.name.to_owned()].into_iter().chain(cells));
    }
    table.print();
    Ok(())
}
