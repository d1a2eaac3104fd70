//! A sentence for people, in which a few words that follow each other closely are looked for.

use super::waits::lower;

/// A text in lower case, and where its ASCII words are. Text in other scripts has no words here: it is searched as a
/// whole.
pub(super) struct Sentence {
    lower: String,
    /// Where its words begin and end.
    words: Vec<(u32, u32)>,
}

impl Sentence {
    pub(super) fn new(text: &str) -> Self {
        let lower = lower(text);
        let mut words = Vec::new();
        let mut start = None;
        for (at, byte) in (0..).zip(lower.bytes().chain([b' '])) {
            match (byte.is_ascii_alphanumeric(), start) {
                (true, None) => start = Some(at),
                (false, Some(begun)) => {
                    words.push((begun, at));
                    start = None;
                }
                _ => {}
            }
        }
        Self { lower, words }
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(|(start, end)| &self.lower[*start as usize..*end as usize])
    }

    /// Whether one of the phrases is there: its words in their order, at most two others between one and the next.
    pub(super) fn says(&self, phrases: &[&[&str]]) -> bool {
        phrases.iter().any(|phrase| self.says_one(phrase))
    }

    fn says_one(&self, phrase: &[&str]) -> bool {
        const GAP: usize = 2;
        // The index of the word of the phrase that is looked for, and how many other words may still come before it.
        let (mut next, mut left) = (0, 0);
        for word in self.words() {
            if is_form_of(word, phrase[next]) {
                (next, left) = (next + 1, GAP);
                if next == phrase.len() {
                    return true;
                }
            } else if next > 0 && is_form_of(word, phrase[0]) {
                (next, left) = (1, GAP);
            } else if left == 0 {
                next = 0;
            } else {
                left -= 1;
            }
        }
        false
    }

    pub(super) fn contains_any(&self, texts: &[&str]) -> bool {
        !self.lower.is_ascii() && texts.iter().any(|text| self.lower.contains(text))
    }

    /// Whether a request is larger than the whole limit ("Limit 30,000, Requested 40,000"), or the limit is nothing.
    pub(super) fn never_fits(&self) -> bool {
        let limits: Vec<(usize, f64)> = self.numbers_after("limit").collect();
        let requested: Vec<(usize, f64)> = self.numbers_after("requested").collect();
        // If there is one of each, they belong together in either order.
        if let ([(_, limit)], [(_, requested)]) = (&limits[..], &requested[..]) {
            return *limit == 0.0 || requested > limit;
        }
        limits.iter().enumerate().any(|(index, (at, limit))| {
            let end = limits.get(index + 1).map_or(usize::MAX, |(next, _)| *next);
            let requested = requested.iter().find(|(place, _)| (*at..end).contains(place));
            *limit == 0.0 || requested.is_some_and(|(_, requested)| requested > limit)
        })
    }

    /// The numbers after a word, with or without commas between the thousands, and where the word stands.
    fn numbers_after(&self, wanted: &str) -> impl Iterator<Item = (usize, f64)> {
        /// The most numbers that are read.
        const MOST: usize = 16;
        let found = self.lower.match_indices(wanted).filter_map(move |(at, _)| {
            let is_word = self.lower[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
            let rest = self.lower[at + wanted.len()..].trim_start_matches([' ', ':', '~', '=']);
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != ',' && c != '.').unwrap_or(rest.len());
            let digits = rest[..end.min(20)].trim_end_matches([',', '.']).replace(',', "");
            digits.parse().ok().filter(|_| is_word).map(|number| (at, number))
        });
        found.take(MOST)
    }
}

/// Whether a word is one that a phrase names, or its plural or past.
fn is_form_of(word: &str, named: &str) -> bool {
    word.strip_prefix(named).is_some_and(|end| matches!(end, "" | "s" | "es" | "ed" | "d"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_larger_than_its_limit_never_fits() {
        for (text, expected) in [
            ("Limit 30,000, Requested 40,000", true),
            ("Requested 40000, limit: 30000.", true),
            ("Limit 30000, Requested 30000", false),
            ("Limit 30000, Used 29000, Requested 2000", false),
            ("limit 0", true),
            ("Limit 10, Requested 5. Limit 30000, Requested 40000", true),
            ("Limit 10, Requested 10. Limit 30000, Requested 30000", false),
            ("Limit 10, Requested 5. Limit 3, Requested 3", false),
            ("limited to 5, requested 9", false),
        ] {
            assert_eq!(Sentence::new(text).never_fits(), expected, "{text}");
        }
    }
}
