//! The cells that do not hold yet, from `known.txt`.

/// What becomes of a cell that does not hold.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    /// It does not compile.
    Compile,
    /// It compiles, and does not what it should.
    Run,
}

impl Fault {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Compile => "compile",
            Self::Run => "run",
        }
    }
}

/// The list. A line is `compile` or `run`, a shape, a set of keys and a body, where `*` is any and `a|b` is one of both. A line
/// that begins with `#` gives the reason for those that follow.
pub(crate) struct Known(Vec<(Fault, [String; 3])>);

impl Known {
    pub(crate) fn read(list: &str) -> Self {
        let lines = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let entry = |line: &str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [fault, cell @ ..] = &words[..] else { panic!("known.txt: {line}") };
            let fault = [Fault::Compile, Fault::Run].into_iter().find(|known| known.word() == *fault);
            let cell = <[&str; 3]>::try_from(cell).ok().map(|cell| cell.map(str::to_owned));
            fault.zip(cell).unwrap_or_else(|| panic!("known.txt: {line}"))
        };
        Self(lines.map(entry).collect())
    }

    pub(crate) fn fault(&self, shape: &str, keys: &str, body: &str) -> Option<Fault> {
        let is = |pattern: &str, name: &str| pattern.split('|').any(|word| word == "*" || word == name);
        let found =
            self.0.iter().find(|(_, [shapes, sets, bodies])| is(shapes, shape) && is(sets, keys) && is(bodies, body));
        found.map(|(fault, _)| *fault)
    }
}
