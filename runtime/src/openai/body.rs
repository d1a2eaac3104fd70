//! Reads what the body of a failed response says, in whichever of the shapes that services and gateways send.
//!
//! It looks at the members whose names are listed in [`NAMES`], and inward only through those which hold an error: what
//! a reply or a repeated request says is not read. No body is an error: a member that is missing is left out.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::names::{LONGEST_WORD, NAMES, Role, index_of, letters};
use super::waits::{self, Wait};

/// How many objects deep an error is followed. The deepest one that was seen is a service's error, as text in the error
/// of a gateway, three objects deeper.
const DEPTH: u32 = 8;

/// How many objects are looked into. With the depth this bounds the time to a few passes over the body.
const LOOKS: u32 = 64;

/// How many items of a list are looked at.
const ITEMS: usize = 16;

/// The longest text in which JSON is looked for.
const LONGEST_NESTED: usize = 256 << 10;

/// How many codes are kept besides the first.
const WORDS: usize = 32;

/// What a body says.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    /// The message for people; where a gateway repeats what a service said, both.
    pub(super) message: Option<String>,
    /// What else there is for people to read, if no field is a message: a title, a page of plain text.
    pub(super) aside: Option<String>,
    pub(super) code: Option<String>,
    pub(super) error_type: Option<String>,
    pub(super) param: Option<String>,
    pub(super) request_id: Option<String>,
    /// The status that the body repeats. If a stream or a client has lost the status of the response, there is no
    /// other.
    pub(super) status: Option<u16>,
    /// Everything that names the kind of error, letters and digits alone: codes, types, reasons, names of quotas.
    pub(super) words: Vec<String>,
    pub(super) wait: Option<Wait>,
    /// Whether an error was found, and not a reply that has a member of such a name.
    pub(super) is_error: bool,
}

impl Said {
    pub(super) fn read(text: &str) -> Self {
        let text = data_of_event(text.trim_start_matches('\u{feff}').trim());
        let mut reader = Reader::new();
        if text.starts_with(['{', '[']) {
            reader.value(text, DEPTH, Place::Top);
        } else if text.starts_with('<') {
            reader.page(text);
        } else if text.starts_with('"') {
            // The whole body is a text, which may hold JSON that was encoded twice.
            reader.message_text(text, DEPTH);
        } else if is_plain(text) {
            reader.said.aside = Some(text.to_owned());
        }
        reader.said
    }

    /// Reads a text that may hold an error as JSON, as a message does.
    #[cfg(feature = "async-openai")]
    pub(super) fn read_again(text: &str) -> Self {
        let trimmed = text.trim_start();
        if trimmed.starts_with(['{', '[', '<']) {
            let said = Self::read(text);
            // A sentence may begin with a bracket: `[402] Insufficient Balance`.
            if trimmed.starts_with('<') || said.text().is_some() || !said.words.is_empty() {
                return said;
            }
        }
        let mut reader = Reader::new();
        reader.sentence(text.to_owned(), DEPTH);
        reader.said
    }

    /// What the service said, in whichever field.
    pub(super) fn text(&self) -> Option<&str> {
        self.message.as_deref().filter(|message| !message.trim().is_empty()).or(self.aside.as_deref())
    }

    /// The wait that a field names, for a response that came at `now`.
    pub(super) fn wait_at(&self, now: impl FnOnce() -> SystemTime) -> Option<Duration> {
        self.wait.and_then(|wait| wait.from(now))
    }
}

/// The text after `data:`, if the text is an event of a stream; else all of it.
fn data_of_event(text: &str) -> &str {
    if text.starts_with(['{', '[']) || !(text.starts_with("data:") || text.starts_with("event:")) {
        return text;
    }
    text.lines().find_map(|line| line.strip_prefix("data:")).map_or(text, str::trim)
}

/// A sentence, or one name as in `local_rate_limited`; not a page, a program or bytes.
fn is_plain(text: &str) -> bool {
    let is_text = |c: char| !c.is_control() || c.is_whitespace();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.starts_with(char::is_alphabetic)
        && (text.contains(' ') || (text.len() <= LONGEST_WORD && text.chars().all(is_name)))
        && text.chars().take(1000).all(is_text)
}

/// Where an object stands: it decides what its fields are.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// The body, or the only item of it.
    Top,
    /// The error itself: its `code`, `type` and `param` are those of the response.
    Error,
    /// Beside or within the error: its codes count, and its message explains.
    Within,
    /// A response's headers, repeated as members.
    Headers,
}

struct Reader {
    said: Said,
    looks: u32,
    /// The index in [`NAMES`] of the member that the wait came from. The wait of a member that is listed earlier
    /// replaces it.
    rank: usize,
}

impl Reader {
    /// A gateway's page: its title, which most often begins with the status. Amazon's XML has a code and a message.
    fn page(&mut self, page: &str) {
        /// How far into the page an element is looked for, and how long it may be.
        const LONGEST: usize = 4000;
        let element = |name: &str| {
            let start = page.find(name).filter(|start| *start < LONGEST)? + name.len();
            let text = &page[start..];
            let text = text[..text.find('<').filter(|end| *end < LONGEST)?].trim();
            (!text.is_empty()).then_some(text)
        };
        if let Some(title) = element("<title>") {
            self.status(title);
            self.said.aside = Some(title.to_owned());
        }
        if let Some(code) = element("<Code>") {
            self.said.words.push(letters(code));
            self.said.code = Some(code.to_owned());
        }
        self.said.message = element("<Message>").map(str::to_owned);
    }

    fn new() -> Self {
        Self { said: Said::default(), looks: LOOKS, rank: usize::MAX }
    }

    /// Reads an object, or the objects and texts of a list.
    fn value(&mut self, json: &str, depth: u32, place: Place) {
        if depth == 0 || self.looks == 0 {
            return;
        }
        self.looks -= 1;
        match json.as_bytes().first() {
            Some(b'{') => {
                if let Ok(members) = serde_json::from_str::<Members<'_>>(json) {
                    self.object(&members, depth - 1, place);
                }
            }
            Some(b'[') => {
                let Ok(Items(items)) = serde_json::from_str(json) else { return };
                // A single item is the body itself in brackets; each of several items is one error of many.
                let place = if items[1].is_none() || place != Place::Top { place } else { Place::Within };
                for item in items.into_iter().flatten() {
                    if item.get().starts_with('"') {
                        self.message_text(item.get(), depth - 1);
                    } else {
                        self.value(item.get(), depth - 1, place);
                    }
                }
            }
            _ => {}
        }
    }

    fn object(&mut self, members: &Members<'_>, depth: u32, place: Place) {
        self.said.is_error |= members.are_an_error();
        let is_oauth = members.get("error").is_some_and(|error| error.starts_with('"'))
            && members.get("errordescription").is_some();
        // The error goes first, so that its fields are the response's, and those around it only fill what is missing.
        for name in ["error", "errors", "response", "fault", "baseresp", "responsemetadata"] {
            let Some(value) = members.get(name) else { continue };
            if value.starts_with(['{', '[']) {
                let inner = if name == "error" && place != Place::Within { Place::Error } else { place };
                self.value(value, depth, inner);
            }
        }
        let has_inner = members.get("error").is_some_and(|error| error.starts_with('{'));
        let own = matches!(place, Place::Top | Place::Error) && !has_inner;
        for (index, value) in members.0.iter().enumerate() {
            let Some(value) = value.map(RawValue::get).filter(|value| *value != "null") else { continue };
            let (name, role) = NAMES[index];
            match role {
                Role::Message if is_oauth && name == "error" => {
                    self.word(value);
                    self.aside(value);
                }
                Role::Message if value.starts_with('"') => self.message_text(value, depth),
                // `error` and `errors` were read by the loop above.
                Role::Message if name != "error" && name != "errors" => self.value(value, depth, Place::Within),
                Role::Aside => self.aside(value),
                Role::Code => {
                    self.word(value);
                    if own && self.said.code.is_none() {
                        self.said.code = scalar(value);
                    }
                    self.status(value);
                }
                Role::Type => {
                    self.word(value);
                    if own && self.said.error_type.is_none() && !(place == Place::Top && value == "\"error\"") {
                        self.said.error_type = scalar(value);
                    }
                }
                Role::Param => {
                    if own && self.said.param.is_none() {
                        self.said.param = scalar(value);
                    }
                }
                Role::Word => self.word(value),
                Role::Status => {
                    self.word(value);
                    self.status(value);
                    if value.starts_with('{') {
                        self.value(value, depth, Place::Within);
                    }
                }
                Role::RequestId => {
                    if self.said.request_id.is_none() && value.starts_with('"') {
                        self.said.request_id = scalar(value).filter(|id| !id.is_empty());
                    }
                }
                Role::Within => {
                    if value.starts_with('"') {
                        self.message_text(value, depth);
                    } else {
                        self.value(value, depth, if name == "headers" { Place::Headers } else { Place::Within });
                    }
                }
                Role::Wait(read) => {
                    let is_spent = name != "xratelimitreset"
                        || members.get("xratelimitremaining").is_some_and(|left| left.trim_matches('"').trim() == "0");
                    if index < self.rank && is_spent {
                        if let Some(wait) = text(value).and_then(|value| waits::field(&value, read)) {
                            (self.said.wait, self.rank) = (Some(wait), index);
                        }
                    }
                }
                Role::Message | Role::Error | Role::Remaining | Role::Object => {}
            }
        }
    }

    /// A text for people, which may hold a whole error as JSON: then the error is read, and what stands before it kept.
    fn message_text(&mut self, value: &str, depth: u32) {
        if let Some(text) = scalar(value) {
            self.sentence(text, depth);
        }
    }

    fn sentence(&mut self, text: String, depth: u32) {
        if text.len() <= LONGEST_NESTED {
            if let Some((before, json)) = nested(&text) {
                let outer = self.said.message.take();
                self.value(json, depth, Place::Within);
                let inner = self.said.message.take();
                self.said.message = outer;
                match inner {
                    Some(inner) => {
                        self.add(before);
                        self.add(&inner);
                    }
                    None => self.add(&text),
                }
                return;
            }
        }
        if self.said.message.is_none() {
            self.said.message = Some(text);
        } else {
            self.add(&text);
        }
    }

    /// Another sentence of the message, unless it says nothing new.
    fn add(&mut self, text: &str) {
        match &mut self.said.message {
            _ if text.trim().is_empty() => {}
            None => self.said.message = Some(text.to_owned()),
            // Nothing is added to a message that is as long as this: it needs no more, and to look for each sentence in
            // it would take too long.
            Some(message) if message.len() > LONGEST_NESTED || message.contains(text.trim()) => {}
            Some(message) if text.contains(message.trim()) => text.clone_into(message),
            Some(message) => {
                let end = message.trim_end().trim_end_matches([':', '-']).trim_end().len();
                message.truncate(end);
                message.push_str(": ");
                message.push_str(text.trim());
            }
        }
    }

    fn aside(&mut self, value: &str) {
        let Some(text) = scalar(value).filter(|text| value.starts_with('"') && !text.trim().is_empty()) else { return };
        match &mut self.said.aside {
            None => self.said.aside = Some(text),
            Some(aside) if aside.len() > LONGEST_NESTED || aside.contains(&text) => {}
            Some(aside) => {
                aside.push_str(": ");
                aside.push_str(&text);
            }
        }
    }

    /// Keeps a code, and the part after its last dot: `FailedOperation.ResourcePackExhausted`.
    fn word(&mut self, value: &str) {
        let Some(text) = text(value) else { return };
        let last = text.rsplit_once('.').map(|(_, last)| last);
        for word in [Some(text.as_str()), last].into_iter().flatten().map(letters) {
            if self.said.words.len() < WORDS && !word.is_empty() {
                self.said.words.push(word);
            }
        }
    }

    /// Keeps a status that a member repeats, as a number or at the start of a text: `429`, `"429"`,
    /// `"429 Too Many Requests"`.
    fn status(&mut self, value: &str) {
        let value = value.trim_matches('"');
        let end = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
        let (digits, rest) = value.split_at(end);
        if self.said.status.is_none() && (rest.is_empty() || rest.starts_with(' ')) {
            self.said.status = digits.parse().ok().filter(|status| (400..=599).contains(status));
        }
    }
}

/// The JSON in a text, and what stands before it.
fn nested(text: &str) -> Option<(&str, &str)> {
    let start = text.find(['{', '['])?;
    let (before, json) = text.split_at(start);
    let first = serde_json::Deserializer::from_str(json).into_iter::<&RawValue>().next()?.ok()?.get();
    // A list in a sentence is a list of words. An object is an error, and so is an object in brackets.
    let is_object = first.starts_with('{') || first[1..].trim_start().starts_with('{');
    is_object.then_some((before, first))
}

/// A string as it is, everything else as it was written: some services send numbers as codes.
fn scalar(json: &str) -> Option<String> {
    if json.starts_with('"') { serde_json::from_str(json).ok() } else { Some(json.to_owned()) }
}

/// The text of a string, a number or an object; `None` for one that is too long to be a word.
fn text(json: &str) -> Option<String> {
    match json.as_bytes().first() {
        Some(b'"') if json.len() <= 8 * LONGEST_WORD => serde_json::from_str(json).ok(),
        Some(b'{') if json.len() <= 8 * LONGEST_WORD => Some(json.to_owned()),
        Some(b'0'..=b'9' | b'-') if json.len() <= LONGEST_WORD => Some(json.to_owned()),
        _ => None,
    }
}

/// The listed members of an object, unread; of several with the same name the last one counts.
struct Members<'a>([Option<&'a RawValue>; NAMES.len()]);

impl<'a> Members<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        self.0[index_of(name)?].map(RawValue::get)
    }

    /// Whether the members are those of an error, and not of a reply.
    fn are_an_error(&self) -> bool {
        let nothing = ["null", "false", "0", "{}", "[]", "\"\""];
        self.get("error").or(self.get("errors")).is_some_and(|error| !nothing.contains(&error))
            || self.get("object") == Some("\"error\"")
            || matches!(self.get("type"), Some("\"error\"" | "\"response.failed\""))
            || (self.get("statusmsg").is_some() && self.get("statuscode").is_some_and(|code| code != "0"))
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;

        impl<'de> Visitor<'de> for Reading {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = [None; NAMES.len()];
                while let Some(Name(index)) = map.next_key()? {
                    match index {
                        Some(index) => members[index] = Some(map.next_value()?),
                        None => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Reading)
    }
}

/// The index of a member's name in [`NAMES`], by its letters and digits alone.
struct Name(Option<usize>);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;

        impl Visitor<'_> for Reading {
            type Value = Name;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_str<E>(self, name: &str) -> Result<Name, E> {
                Ok(Name(if name.len() <= LONGEST_WORD { index_of(&letters(name)) } else { None }))
            }
        }

        deserializer.deserialize_str(Reading)
    }
}

/// The first items of a list, unread.
struct Items<'a>([Option<&'a RawValue>; ITEMS]);

impl<'de> Deserialize<'de> for Items<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;

        impl<'de> Visitor<'de> for Reading {
            type Value = Items<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Items<'de>, A::Error> {
                let mut items = [None; ITEMS];
                for item in &mut items {
                    *item = list.next_element()?;
                }
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Items(items))
            }
        }

        deserializer.deserialize_seq(Reading)
    }
}

#[cfg(test)]
mod tests;
