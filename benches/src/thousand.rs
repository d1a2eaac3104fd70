//! A crate of a thousand functions that are repeated: a fourth each are sync and small, async and small, sync and
//! realistic, async and realistic.

use std::fmt::Write as _;

/// Functions of each of the four kinds.
pub const EACH: usize = 250;

/// How the functions are repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Not at all: what the others' code is above.
    Bare,
    ByHand,
    Persevere,
    BackonMacros,
}

/// What the functions share, whatever repeats them.
pub const SHARED: &str = r"
#[derive(Debug)]
pub enum Error { Refused, Invalid, Empty }

impl Error {
    pub fn is_transient(&self) -> bool { matches!(self, Self::Refused) }
}

pub struct Item { pub id: u64, pub name: String, pub length: usize }

/// What an async function is called by: one that nothing polls is not compiled.
pub type Running<'a, T> = std::pin::Pin<Box<dyn Future<Output = Result<T, Error>> + 'a>>;

pub struct Client { replies: std::sync::Mutex<Vec<String>> }

impl Client {
    pub fn ask(&self, path: &str, page: usize) -> Result<String, Error> {
        if path.len() > page { return Err(Error::Invalid); }
        self.replies.lock().map_err(|_| Error::Invalid)?.pop().ok_or(Error::Refused)
    }

    pub async fn ask_async(&self, path: &str, page: usize) -> Result<String, Error> {
        std::future::ready(()).await;
        self.ask(path, page)
    }
}
";

/// The wait of the loops by hand, once for all of them.
const WAIT: &str = r"
pub fn wait(attempt: u32) -> std::time::Duration {
    let initial = std::time::Duration::from_millis(500);
    let cap = std::time::Duration::from_secs(60);
    initial.saturating_mul(2_u32.saturating_pow(attempt - 1)).min(cap).mul_f64(rand::random())
}
";

const POLICY: &str = r"
pub fn policy() -> backon::ExponentialBuilder {
    backon::ExponentialBuilder::new()
        .with_min_delay(std::time::Duration::from_millis(500))
        .with_max_times(4)
        .with_jitter()
}
";

impl Style {
    pub const ALL: [Self; 4] = [Self::Bare, Self::ByHand, Self::Persevere, Self::BackonMacros];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare functions",
            Self::ByHand => "loops by hand",
            Self::Persevere => "persevere",
            Self::BackonMacros => "backon-macros",
        }
    }

    #[must_use]
    pub fn dependencies(self) -> String {
        match self {
            Self::Bare => String::new(),
            Self::ByHand => "rand = \"0.10\"\ntokio = { version = \"1\", features = [\"time\"] }\n".to_owned(),
            Self::Persevere => crate::cargo::persevere(", default-features = false, features = [\"tokio\"]"),
            Self::BackonMacros => "backon = \"1\"\nbackon-macros = \"1\"\n".to_owned(),
        }
    }

    /// The crate's only file.
    #[must_use]
    pub fn source(self) -> String {
        let mut source = SHARED.to_owned();
        match self {
            Self::Bare | Self::Persevere => {}
            Self::ByHand => source.push_str(WAIT),
            Self::BackonMacros => source.push_str(POLICY),
        }
        for number in 0..EACH {
            for is_async in [false, true] {
                self.function(&mut source, &small(number, is_async), is_async);
                self.function(&mut source, &realistic(number, is_async), is_async);
            }
            // Writing to a string cannot fail.
            let _ = writeln!(
                source,
                "pub fn start_small_{number}<'a>(client: &'a Client, path: &'a str) -> Running<'a, String> {{
    Box::pin(small_{number}_async(client, path))
}}
pub fn start_realistic_{number}<'a>(client: &'a Client, id: u64, query: &'a str) -> Running<'a, Item> {{
    Box::pin(realistic_{number}_async(client, id, query))
}}"
            );
        }
        source
    }

    fn function(self, source: &mut String, function: &Function, is_async: bool) {
        let Function { signature, body } = function;
        let _ = match self {
            Self::Bare => writeln!(source, "{signature} {{\n{body}\n}}"),
            Self::Persevere => writeln!(
                source,
                "#[persevere::retry(max = 5, initial = \"500ms\", on = Error::is_transient)]\n{signature} {{\n{body}\n}}"
            ),
            Self::BackonMacros => writeln!(
                source,
                "#[backon_macros::backon(backoff = policy, when = Error::is_transient)]\n{signature} {{\n{body}\n}}"
            ),
            Self::ByHand => {
                let attempt =
                    if is_async { format!("async {{\n{body}\n}}.await") } else { format!("(|| {{\n{body}\n}})()") };
                let pause = if is_async {
                    "let wait = wait(attempt);
                    if !wait.is_zero() {
                        tokio::time::sleep(wait).await;
                    }"
                } else {
                    "std::thread::sleep(wait(attempt));"
                };
                writeln!(
                    source,
                    "{signature} {{
        let mut attempt = 1;
        loop {{
            match {attempt} {{
                Err(error) if error.is_transient() && attempt < 5 => {{
                    {pause}
                    attempt += 1;
                }}
                outcome => return outcome,
            }}
        }}
}}"
                )
            }
        };
    }
}

struct Function {
    signature: String,
    body: String,
}

/// `async ` and what a call ends in, or nothing of both.
fn words(is_async: bool) -> (&'static str, &'static str, &'static str) {
    if is_async { ("async ", "_async", ".await") } else { ("", "", "") }
}

fn small(number: usize, is_async: bool) -> Function {
    let (marker, suffix, awaited) = words(is_async);
    Function {
        signature: format!(
            "pub {marker}fn small_{number}{suffix}(client: &Client, path: &str) -> Result<String, Error>"
        ),
        body: format!("    client.ask{suffix}(path, {number}){awaited}"),
    }
}

fn realistic(number: usize, is_async: bool) -> Function {
    let (marker, suffix, awaited) = words(is_async);
    Function {
        signature: format!(
            "pub {marker}fn realistic_{number}{suffix}(client: &Client, id: u64, query: &str) -> Result<Item, Error>"
        ),
        body: format!(
            "    if query.is_empty() {{
        return Err(Error::Invalid);
    }}
    let reply = client.ask{suffix}(&format!(\"/items/{{id}}?query={{query}}\"), {number}){awaited}?;
    let name = reply.lines().next().ok_or(Error::Empty)?;
    Ok(Item {{ id, name: name.trim().to_owned(), length: reply.len() }})"
        ),
    }
}
