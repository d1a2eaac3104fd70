//! The words by which services say what kind of refusal theirs is, each with its source.
//!
//! Where a code or a type says it, that decides. Sentences are read only for what no code says: they are found by a few
//! words that follow each other closely.

use std::borrow::Cow;
use std::time::Duration;

use super::facts::Facts;

/// A code by its letters and digits in lower case, so that `insufficient_quota` and `InsufficientQuota` are one.
pub(super) fn letters(code: &str) -> String {
    code.chars()
        .filter(char::is_ascii_alphanumeric)
        .take(super::body::LONGEST_WORD)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// Codes and types of a 429 that no wait mends. The SDK retries them; the services say not to.
const FINAL: [&str; 32] = [
    // OpenAI's documentation of error codes.
    "insufficientquota",
    "creditbalanceexhausted",
    "organizationspendlimitexceeded",
    "projectspendlimitexceeded",
    "organizationusagelimitexceeded",
    "billingnotactive",
    "billinghardlimitreached",
    // Anthropic's: `details.error_code`, and the type of a 402.
    "enforcedspendlimitreached",
    "billingerror",
    // Moonshot.
    "exceededcurrentquotaerror",
    // MiniMax, Venice, DeepSeek behind gateways.
    "insufficientbalance",
    "insufficientbalanceerror",
    "balancedepleted",
    // OpenRouter, Vercel's gateway, Poe.
    "insufficientcredits",
    "insufficientfunds",
    "creditsrequired",
    "creditsexhausted",
    "outofcredits",
    "paymentrequired",
    // Google's ErrorInfo.
    "insufficientg1creditsbalance",
    "quotaexhausted",
    "billingdisabled",
    "dailylimitexceeded",
    // LiteLLM.
    "budgetexceeded",
    // Alibaba.
    "arrearage",
    "prepaidbilloverdue",
    "postpaidbilloverdue",
    "allocationquotafreetieronly",
    // Volcengine: no money, and a limit that the user set.
    "accountoverdueerror",
    "setlimitexceeded",
    // Tencent.
    "resourcepackexhausted",
    // Codex: the plan does not include it.
    "usagenotincluded",
];

/// Codes of an allowance that is used up, if no wait and no rate is named beside them.
const ALLOWANCE: [&str; 6] = [
    // Codex.
    "usagelimitreached",
    // OpenCode.
    "freeusagelimiterror",
    "monthlylimiterror",
    // GitHub Copilot, Volcengine, ElevenLabs.
    "quotaexceeded",
    "freequotaexceeded",
    // Kimi's subscriptions.
    "usagelimitexceeded",
];

/// The service is short of capacity, if a code contains one of these: a failure whatever its status, and not the doing
/// of this caller's rate.
const OVERLOAD: [&str; 5] = [
    // OpenAI `server_is_overloaded`, Moonshot `engine_overloaded_error`, Anthropic `overloaded_error`, Volcengine
    // `ServerOverloaded`, TGI `overloaded`.
    "overload",
    // OpenAI's flex processing.
    "resourceunavailable",
    // Mistral `service_tier_capacity_exceeded`, Groq's flex `capacity_exceeded`.
    "capacity",
    // Bedrock, while a model is being restored.
    "modelnotready",
    // Z.ai's `1305` comes with Google's name of it through gateways.
    "unavailableerror",
];

/// The service refuses for rate, whatever the status.
const REFUSED: [&str; 2] = ["ratelimitexceeded", "slowdown"];

/// The service refuses for rate, if a code contains one of these and says nothing else.
const RATE: [&str; 7] = [
    // Anthropic `rate_limit_error`, Mistral `rate_limited`, Moonshot `rate_limit_reached_error`, Together
    // `model_rate_limit`, Volcengine `ModelAccountTpmRateLimitExceeded`.
    "ratelimit",
    // Azure, Cerebras.
    "toomanyrequests",
    "toomanytokens",
    // Bedrock `ThrottlingException`, Alibaba `Throttling.RateQuota`.
    "throttl",
    // Google.
    "resourceexhausted",
    // Alibaba.
    "limitburstrate",
    // Tencent, Databricks.
    "requestlimitexceeded",
];

/// Codes of a request that by itself exceeds what is allowed.
const TOO_LARGE: [&str; 4] = ["contextlengthexceeded", "requesttoolarge", "tokenslimitreached", "stringabovemaxlength"];

/// A code contains one of these where the allowance is one of a day or longer: GitHub Copilot
/// `user_weekly_rate_limited`, Google `GenerateRequestsPerDayPerProjectPerModel`.
const LONG_CODES: [&str; 6] = ["perday", "daily", "perweek", "weekly", "permonth", "monthly"];

/// The account has no money, in words that follow each other.
pub(super) const NO_MONEY: [&[&str]; 33] = [
    // MiniMax, DeepSeek, Moonshot, SiliconFlow, Z.ai; with a word between them too ("insufficient account balance").
    &["insufficient", "balance"],
    &["balance", "insufficient"],
    &["not", "enough", "balance"],
    &["balance", "not", "enough"],
    // Anthropic: "Your credit balance is too low".
    &["balance", "too", "low"],
    &["negative", "balance"],
    &["balance", "exhaust"],
    // OpenRouter, Vercel.
    &["insufficient", "credit"],
    &["insufficient", "fund"],
    &["not", "enough", "credit"],
    &["out", "of", "credit"],
    &["out", "of", "fund"],
    &["no", "credit", "left"],
    &["credit", "exhaust"],
    &["exhaust", "credit"],
    &["credit", "used", "up"],
    &["credit", "depleted"],
    &["credit", "expired"],
    // xAI: "has used all available credits or reached its monthly spending limit".
    &["used", "all", "credit"],
    // Anthropic, xAI, Google.
    &["spend", "limit", "reach"],
    &["spend", "limit", "exceed"],
    &["spending", "limit", "reach"],
    &["spending", "limit", "exceed"],
    &["reach", "spend", "limit"],
    &["reach", "spending", "limit"],
    &["exceed", "spend", "limit"],
    &["exceed", "spending", "limit"],
    &["exceed", "spending", "cap"],
    // LiteLLM: "Budget has been exceeded!".
    &["budget", "exceed"],
    &["payment", "required"],
    // OpenAI: "Your account is not active, please check your billing details".
    &["account", "not", "active"],
    &["billing", "hard", "limit"],
    // Volcengine, Alibaba.
    &["overdue", "balance"],
];

/// What has been given for nothing, or paid for, is used up or over.
const NO_ALLOWANCE: [&[&str]; 13] = [
    // Alibaba: "Free allocated quota exceeded."
    &["free", "allocated", "quota", "exceed"],
    &["free", "quota", "exceed"],
    &["free", "quota", "exhaust"],
    &["free", "quota", "used"],
    // Volcengine: "has exhausted its free trial quota".
    &["exhaust", "free", "quota"],
    // Cloudflare: "you have used up your daily free allocation".
    &["used", "up", "free", "allocation"],
    &["free", "trial", "expired"],
    &["free", "trial", "ended"],
    &["subscription", "expired"],
    &["plan", "expired"],
    &["package", "expired"],
    // Moonshot, Z.ai.
    &["please", "recharge"],
    &["account", "in", "arrear"],
];

/// An allowance is used up, of which it is not said whether it is one of a minute or of a month.
const USED_UP: [&[&str]; 5] = [
    // OpenAI and Gemini: "You exceeded your current quota, please check your plan and billing details."
    &["exceed", "current", "quota"],
    // Z.ai, Ollama, Kimi, Codex: "Usage limit reached for 5 hour."
    &["usage", "limit", "reach"],
    &["reach", "usage", "limit"],
    &["usage", "limit", "exceed"],
    &["exceed", "usage", "limit"],
];

/// Alibaba's code for it is `insufficient_quota` too: "Allocated quota exceeded, please increase your quota limit." is
/// one of tokens per minute.
const ALLOCATED_PER_MINUTE: [&[&str]; 1] = [&["allocated", "quota", "exceed", "please", "increase"]];

/// Cohere and others, of a rate.
const QUERIES: [&[&str]; 3] = [&["limited", "calls"], &["too", "many", "token"], &["try", "again", "in"]];

/// The allowance is one of a minute, or of requests at the same time. `_` and `-` part words.
const SHORT: [&[&str]; 14] = [
    &["per", "minute"],
    &["per", "min"],
    &["per", "second"],
    &["per", "sec"],
    &["a", "minute"],
    &["calls", "minute"],
    &["rpm"],
    &["tpm"],
    &["qps"],
    &["rps"],
    &["concurrency"],
    &["concurrent"],
    &["same", "time"],
    &["too", "quickly"],
];

/// The allowance is one of a day or longer.
const LONG: [&[&str]; 16] = [
    &["per", "day"],
    &["calls", "day"],
    &["a", "day"],
    &["daily"],
    &["tpd"],
    &["rpd"],
    &["today"],
    &["per", "week"],
    &["weekly"],
    &["week", "allocated", "quota"],
    &["per", "month"],
    // Cohere: "limited to 1000 API calls / month".
    &["calls", "month"],
    &["monthly"],
    &["month", "allocated", "quota"],
    &["billing", "cycle"],
    &["billing", "period"],
];

/// An allowance of hours; only where it is one that is used up, since rates are counted by the hour too.
const HOURS: [&[&str]; 4] = [&["hour"], &["hourly"], &["will", "reset", "at"], &["hour", "allocated", "quota"]];

/// The sentence speaks of a rate.
const SAYS_RATE: [&[&str]; 6] = [
    &["rate", "limit"],
    &["too", "many", "request"],
    &["resource", "exhaust"],
    &["throttled"],
    &["quota", "exceed"],
    &["please", "slow", "down"],
];

/// The sentence speaks of too much load, and no code says otherwise.
const SAYS_OVERLOAD: [&[&str]; 10] = [
    // TGI: "Model is overloaded".
    &["overloaded"],
    &["at", "capacity"],
    &["over", "capacity"],
    // Groq, Mistral.
    &["capacity", "exceed"],
    &["no", "capacity"],
    // Azure: "The system is currently experiencing high demand".
    &["high", "demand"],
    &["high", "load"],
    // DeepInfra: "Model busy, retry later".
    &["model", "busy"],
    &["server", "busy"],
    &["temporarily", "unavailable"],
];

/// The request by itself exceeds the limit. OpenAI: "Request too large for gpt-4o"; GitHub Models: "Request body too
/// large".
const SAYS_TOO_LARGE: [&[&str]; 2] = [&["request", "too", "large"], &["prompt", "too", "long"]];

/// Chinese services say it in Chinese: Z.ai, Alibaba, Volcengine, Baidu. Of these no rate is meant.
const FINAL_CHINESE: [&str; 9] =
    ["余额不足", "欠费", "请充值", "额度已用尽", "额度已用完", "额度不足", "套餐已到期", "免费额度已", "资源包"];

/// Z.ai and others, of the load of a model.
const OVERLOAD_CHINESE: [&str; 4] = ["访问量过大", "服务过载", "负载过高", "系统繁忙"];

/// An allowance of hours or longer, in Chinese.
const LONG_CHINESE: [&str; 5] = ["使用上限", "每日", "今日", "每周", "每月"];

/// The codes of an error, by their letters and digits.
pub(super) struct Words<'a> {
    /// The code, the type, and what else names the kind.
    words: Vec<Cow<'a, str>>,
}

impl<'a> Words<'a> {
    pub(super) fn of(facts: &'a Facts<'_>) -> Self {
        let first = [&facts.code, &facts.error_type].into_iter().flatten().map(|word| letters(word).into());
        Self { words: first.chain(facts.words.iter().map(|word| word.as_str().into())).collect() }
    }

    fn any(&self, is: impl Fn(&str) -> bool) -> bool {
        self.words.iter().any(|word| is(word))
    }

    fn is_one_of(&self, listed: &[&str]) -> bool {
        self.any(|word| listed.contains(&word))
    }

    fn contains_one_of(&self, listed: &[&str]) -> bool {
        self.any(|word| listed.iter().any(|part| word.contains(part)))
    }

    pub(super) fn refused(&self) -> bool {
        self.is_one_of(&REFUSED)
    }

    pub(super) fn rate(&self) -> bool {
        self.contains_one_of(&RATE)
    }

    pub(super) fn overload(&self) -> bool {
        self.contains_one_of(&OVERLOAD)
    }

    /// Whether a refusal is for want of capacity: a code says so, or, where no code names a rate, the message.
    pub(super) fn is_overload(&self, message: Option<&Sentence>) -> bool {
        let says = |message: &Sentence| message.says(&SAYS_OVERLOAD) || message.contains_any(&OVERLOAD_CHINESE);
        self.overload() || (!self.refused() && !self.rate() && message.is_some_and(says))
    }

    /// Whether no wait mends a 429: there is no money, or the request by itself is larger than the limit.
    pub(super) fn is_final(&self, message: Option<&Sentence>) -> bool {
        let of_a_rate = |message: &Sentence| message.says(&ALLOCATED_PER_MINUTE);
        if self.is_one_of(&FINAL) && !message.is_some_and(of_a_rate) {
            return true;
        }
        self.is_one_of(&TOO_LARGE)
            || message.is_some_and(|message| {
                message.says(&NO_MONEY)
                    || message.says(&SAYS_TOO_LARGE)
                    || message.contains_any(&FINAL_CHINESE)
                    || message.never_fits()
            })
    }

    /// Whether a 429 is for an allowance of a day or longer, or of nothing, and names no wait. Where a code or the
    /// message speaks of minutes, or neither says how long, it is retried.
    pub(super) fn is_used_up(&self, message: Option<&Sentence>, named: Option<Duration>) -> bool {
        // Google names a wait of seconds for an allowance of a day too.
        if self.any(|word| word.contains("perday") && word.contains("requests") || word.contains("perdayper")) {
            return true;
        }
        if named.is_some() {
            return false;
        }
        let says = |phrases: &[&[&str]]| message.is_some_and(|message| message.says(phrases));
        if says(&SHORT) {
            return false;
        }
        let names_rate = self.refused() || self.rate() || says(&SAYS_RATE);
        self.contains_one_of(&LONG_CODES)
            || says(&LONG)
            || says(&NO_ALLOWANCE)
            || message.is_some_and(|message| message.contains_any(&LONG_CHINESE))
            || (says(&USED_UP) && (says(&HOURS) || !names_rate))
            || (self.is_one_of(&ALLOWANCE) && !names_rate)
    }
}

/// The status that a success stands for whose body is an error, by what the body says.
pub(super) fn status_of(facts: &Facts<'_>) -> Option<u16> {
    const STATUSES: [(u16, &[&str]); 10] = [
        (402, &["paymentrequired", "billingerror"]),
        // Anthropic's types, OpenAI's codes, Google's names.
        (401, &["authenticationerror", "invalidapikey", "unauthenticated", "unauthorized"]),
        (403, &["permissionerror", "permissiondenied", "forbidden"]),
        (404, &["notfounderror", "notfound", "modelnotfound"]),
        (413, &["requesttoolarge"]),
        (408, &["requesttimeout"]),
        (409, &["aborted", "conflict"]),
        (500, &["servererror", "internalservererror", "internal", "apierror", "internalerror"]),
        (503, &["unavailable", "serviceunavailable"]),
        (504, &["timeouterror", "deadlineexceeded", "timeout"]),
    ];
    const BAD_REQUEST: [&str; 5] =
        ["invalidrequesterror", "invalidargument", "invalidprompt", "failedprecondition", "badrequest"];
    let words = Words::of(facts);
    if words.is_one_of(&FINAL) || words.is_one_of(&ALLOWANCE) {
        return Some(429);
    }
    if words.overload() {
        return Some(503);
    }
    if words.refused() || words.rate() {
        return Some(429);
    }
    if words.is_one_of(&TOO_LARGE) {
        return Some(400);
    }
    if let Some((status, _)) = STATUSES.iter().find(|(_, listed)| words.is_one_of(listed)) {
        return Some(*status);
    }
    if words.is_one_of(&BAD_REQUEST) {
        return Some(400);
    }
    let message = Sentence::new(facts.message.as_deref()?);
    let refuses = message.says(&NO_MONEY)
        || message.says(&NO_ALLOWANCE)
        || message.says(&USED_UP)
        || message.says(&SAYS_RATE)
        || message.says(&QUERIES)
        || message.contains_any(&FINAL_CHINESE);
    if refuses {
        Some(429)
    } else if message.says(&SAYS_OVERLOAD) || message.contains_any(&OVERLOAD_CHINESE) {
        Some(503)
    } else {
        None
    }
}

/// The words of a sentence, in lower case; of those that are not ASCII the text as it is.
pub(super) struct Sentence {
    lower: String,
    /// Where its words begin and end.
    words: Vec<(u32, u32)>,
}

impl Sentence {
    pub(super) fn new(text: &str) -> Self {
        let lower = super::waits::lower(text);
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
        // Where in the phrase a reading stands, and how many other words it may still pass over.
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

    /// Whether a request is larger than the whole limit, or the limit is nothing.
    fn never_fits(&self) -> bool {
        let requested = self.numbers_after("requested").next();
        let mut limits = self.numbers_after("limit");
        limits.any(|limit| limit == 0.0 || requested.is_some_and(|requested| requested > limit))
    }

    /// The numbers behind a word, with thousands parted by commas or not: of `limit` in "Limit 30,000, Requested 1".
    fn numbers_after(&self, wanted: &str) -> impl Iterator<Item = f64> {
        self.lower.match_indices(wanted).filter_map(move |(at, _)| {
            let before = self.lower[..at].chars().next_back();
            let rest = &self.lower[at + wanted.len()..];
            let rest = rest.trim_start_matches([' ', ':', '~', '=']);
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != ',' && c != '.').unwrap_or(rest.len());
            let digits = rest[..end].trim_end_matches([',', '.']).replace(',', "");
            let is_word = before.is_none_or(|c| !c.is_alphanumeric());
            digits.parse().ok().filter(|_| is_word && digits.len() <= 20)
        })
    }
}

/// Whether a word is one that a phrase names, or its plural or past.
fn is_form_of(word: &str, named: &str) -> bool {
    word.strip_prefix(named).is_some_and(|end| matches!(end, "" | "s" | "es" | "ed" | "d"))
}
