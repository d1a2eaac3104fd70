//! When a thousand callers come back that all fail in one moment, under each jitter, as a picture.
//!
//! ```sh
//! cargo run --features jitter --example jitter                        # the picture goes to target/jitter.svg
//! cargo run --features jitter --example jitter -- docs/jitter.svg     # or here
//! ```
//!
//! Look at the highest bar of each chart: so many come back within a tenth of a second, and meet at the service.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use persevere::{Jitter, retry};
use plotters::prelude::*;

const CALLERS: u32 = 1_000;
/// How much of the time a bar stands for.
const BAR: Duration = Duration::from_millis(100);
const LONGEST: f64 = 16.0;
const JITTERS: [(&str, Jitter); 4] = [
    ("none", Jitter::None),
    ("0.25", Jitter::Fraction(0.25)),
    ("full", Jitter::Full),
    ("decorrelated", Jitter::Decorrelated),
];

/// All attempts fail at once; the waits are only added up.
#[retry(max = 5, initial = "1s", jitter = jitter, on = |()| true, sleep = |wait| now.set(now.get() + wait))]
fn call(jitter: Jitter, now: &Cell<Duration>, attempts: &RefCell<Vec<Duration>>) -> Result<(), ()> {
    attempts.borrow_mut().push(now.get());
    Err(())
}

/// How many attempts there are in each bar, but for the first of all callers.
fn bars(jitter: Jitter) -> Vec<u32> {
    let mut bars = Vec::new();
    for _ in 0..CALLERS {
        let attempts = RefCell::default();
        let _failed = call(jitter, &Cell::default(), &attempts);
        for at in attempts.into_inner().into_iter().skip(1) {
            let Ok(bar) = usize::try_from(at.as_millis() / BAR.as_millis()) else { continue };
            bars.resize(bars.len().max(bar + 1), 0);
            bars[bar] += 1;
        }
    }
    bars
}

fn draw() -> Result<String, Box<dyn Error>> {
    let mut drawn = String::new();
    let picture = SVGBackend::with_string(&mut drawn, (1_000, 560)).into_drawing_area();
    // The page that shows it may be dark.
    picture.fill(&WHITE)?;
    for ((name, jitter), area) in JITTERS.into_iter().zip(picture.split_evenly((2, 2))) {
        let bars = bars(jitter);
        let highest = bars.iter().copied().max().unwrap_or_default();
        println!("{name}: at most {highest} of {CALLERS} callers come back within a tenth of a second");
        let mut chart = ChartBuilder::on(&area)
            .margin(10)
            .caption(format!("jitter = {name}: at most {highest} at once"), ("sans-serif", 16))
            .x_label_area_size(36)
            .y_label_area_size(48)
            .build_cartesian_2d(0.0..LONGEST, 0..CALLERS)?;
        chart.configure_mesh().disable_x_mesh().max_light_lines(1).x_desc("seconds").y_desc("attempts").draw()?;
        let starts = (0..).map(|bar| f64::from(bar) * BAR.as_secs_f64());
        let upright = |(start, count): (f64, &u32)| {
            Rectangle::new([(start, 0), (start + BAR.as_secs_f64(), *count)], BLUE.filled())
        };
        let shown = starts.zip(&bars).filter(|(start, count)| *start < LONGEST && **count > 0);
        chart.draw_series(shown.map(upright))?;
    }
    picture.present()?;
    drop(picture);
    Ok(drawn)
}

fn main() -> Result<(), Box<dyn Error>> {
    let picture = std::env::args().nth(1).map_or_else(|| PathBuf::from("target/jitter.svg"), PathBuf::from);
    let drawn = draw()?;
    if let Some(directory) = picture.parent() {
        std::fs::create_dir_all(directory)?;
    }
    std::fs::write(&picture, drawn)?;
    println!("The picture is {}", picture.display());
    Ok(())
}
