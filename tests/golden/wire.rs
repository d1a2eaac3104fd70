//! The recorded failures from a server to real clients: as many requests arrive as at the SDK's server, the waits
//! between them are the SDK's, and the call ends with the error that stands for its exception.

use std::cell::RefCell;
use std::error::Error;
use std::time::Duration;

use async_openai::types::chat::CreateChatCompletionResponse;
use base64::Engine as _;
use http::HeaderMap;
use persevere::openai::{ApiError, retryable};
use persevere::{Decision, retry};
use serde_json::Value;

use super::support::{self, Port, Response, Server, Step};
use super::{STANDARD, Tally, bytes, error, now, rows, wait_headers};

/// What a call came to.
#[derive(Clone, Debug, PartialEq)]
struct Outcome {
    requests: usize,
    waits: Vec<Duration>,
    end: End,
}

/// How a call ends.
#[derive(Clone, Debug, PartialEq)]
enum End {
    Success,
    Connection,
    Timeout,
    Status(u64),
    /// Without a status, and no other attempt would mend it: the request cannot be built, or the answer came and is not
    /// what was asked for.
    Hopeless,
}

impl End {
    fn of(result: Result<(), ApiError>) -> Self {
        let Err(error) = result else { return Self::Success };
        if let Some(response) = error.response() {
            return Self::Status(response.status().as_u16().into());
        }
        let cause = error.source().expect("the client's error is kept");
        let by_reqwest = cause.downcast_ref::<reqwest::Error>().map(retryable);
        let by_ureq = cause.downcast_ref::<ureq::Error>().map(retryable);
        assert_eq!(by_reqwest.or(by_ureq), Some(retryable(&error)), "judged alike: {cause:?}");
        match error {
            _ if retryable(&error) == Decision::Stop => Self::Hopeless,
            ApiError::Timeout(_) => Self::Timeout,
            _ => Self::Connection,
        }
    }
}

/// One row, as a client plays it.
struct Call<'a> {
    row: &'a Value,
    url: String,
    /// How long a client waits for an answer that never comes.
    brief: Duration,
    waits: RefCell<Vec<Duration>>,
}

impl Call<'_> {
    /// The SDK counts without the first request.
    fn max(&self) -> u32 {
        let retries = self.row["client"]["max_retries"].as_u64().unwrap_or(2);
        u32::try_from(retries).unwrap() + 1
    }

    /// The limit of the running attempt: patient with everything but a step that hangs.
    fn timeout(&self) -> Duration {
        let script = self.row["script"].as_array().unwrap();
        let step = &script[self.waits.borrow().len().min(script.len() - 1)];
        if hangs(step) { self.brief } else { Duration::from_secs(20) }
    }

    /// Whether an attempt ends where the stream begins: what fails later is not repeated.
    fn streams(&self) -> bool {
        streams(self.row)
    }

    /// Whether the reply must be a chat completion.
    fn is_strict(&self) -> bool {
        self.row["client"]["strict"] == true
    }

    fn wait(&self, wait: Duration) {
        self.waits.borrow_mut().push(wait);
    }
}

fn streams(row: &Value) -> bool {
    row["call"].as_str().is_some_and(|call| call.ends_with("stream"))
}

fn hangs(step: &Value) -> bool {
    ["fault", "then", "after_body"].iter().any(|key| step[*key].as_str().is_some_and(|end| end.starts_with("hang")))
}

/// A failed response; one that names a date, as if it had come when the recording's clock stood still.
fn as_recorded(error: ApiError, headers: &HeaderMap) -> ApiError {
    let dated = headers.get_all("retry-after").iter().any(|value| value.as_bytes().contains(&b':'));
    match error {
        ApiError::Status(error) if dated => {
            ApiError::from_response_at(error.status(), headers, error.body().as_bytes(), now())
        }
        other => other,
    }
}

mod with_reqwest {
    use persevere::openai::reqwest::check;

    use super::*;

    #[retry(
        max = call.max(), initial = "500ms", factor = 2, cap = "8s", jitter = none, on = retryable,
        sleep = |wait| { call.wait(wait); std::future::ready(()) }
    )]
    async fn begin(client: &reqwest::Client, call: &Call<'_>) -> Result<Option<reqwest::Response>, ApiError> {
        let request = client.post(format!("{}/chat/completions", call.url)).timeout(call.timeout()).body("{}");
        let response = request.send().await?;
        let headers = response.headers().clone();
        let response = check(response).await.map_err(|error| as_recorded(error, &headers))?;
        if call.streams() {
            return Ok(Some(response));
        }
        read(response, call).await?;
        Ok(None)
    }

    async fn read(response: reqwest::Response, call: &Call<'_>) -> Result<(), ApiError> {
        if call.is_strict() {
            response.json::<CreateChatCompletionResponse>().await?;
        } else {
            response.bytes().await?;
        }
        Ok(())
    }

    async fn ask(client: &reqwest::Client, call: &Call<'_>) -> Result<(), ApiError> {
        match begin(client, call).await? {
            Some(stream) => read(stream, call).await,
            None => Ok(()),
        }
    }

    #[test]
    fn calls_come_to_what_those_of_the_sdk_come_to() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        // As many redirects as the SDK's client follows.
        let redirects = reqwest::redirect::Policy::limited(20);
        let client = reqwest::Client::builder().no_proxy().redirect(redirects).build().unwrap();
        let ask = |call: &Call<'_>| runtime.block_on(ask(&client, call));
        super::check("reqwest", &ask, [(222, 20, 14), (55, 1, 15)]);
    }
}

mod with_ureq {
    use persevere::openai::ureq::check;

    use super::*;

    type Answer = http::Response<ureq::Body>;

    #[retry(
        max = call.max(), initial = "500ms", factor = 2, cap = "8s", jitter = none, on = retryable,
        sleep = |wait| call.wait(wait)
    )]
    fn begin(agent: &ureq::Agent, call: &Call<'_>) -> Result<Option<Answer>, ApiError> {
        let request = agent.post(format!("{}/chat/completions", call.url));
        let response = request.config().timeout_global(Some(call.timeout())).build().send("{}")?;
        let headers = response.headers().clone();
        let response = check(response).map_err(|error| as_recorded(error, &headers))?;
        if call.streams() {
            return Ok(Some(response));
        }
        read(response, call)?;
        Ok(None)
    }

    fn read(mut response: Answer, call: &Call<'_>) -> Result<(), ApiError> {
        if call.is_strict() {
            response.body_mut().read_json::<CreateChatCompletionResponse>()?;
        } else {
            response.body_mut().read_to_vec()?;
        }
        Ok(())
    }

    #[test]
    fn calls_come_to_what_those_of_the_sdk_come_to() {
        let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None);
        let agent: ureq::Agent = config.max_response_header_size(1 << 20).build().into();
        let ask = |call: &Call<'_>| match begin(&agent, call)? {
            Some(stream) => read(stream, call),
            None => Ok(()),
        };
        super::check("ureq", &ask, [(222, 20, 14), (55, 1, 15)]);
    }
}

type Ask<'a> = dyn Fn(&Call<'_>) -> Result<(), ApiError> + 'a;

/// Plays both files. The totals: how many agree, differ on purpose, and do not apply.
fn check(client: &str, ask: &Ask<'_>, totals: [(usize, usize, usize); 2]) {
    let files = [("decisions", include_str!("decisions.jsonl")), ("exceptions", include_str!("exceptions.jsonl"))];
    let found = files.map(|(file, text)| {
        let mut tally = Tally::default();
        for row in rows(text) {
            match recorded(&row) {
                Ok(recorded) => compare(client, &mut tally, &row, &recorded, ask),
                Err(reason) => tally.skip(reason),
            }
        }
        tally.print(&format!("{file}, by {client}"))
    });
    assert_eq!(found, totals, "no row gets lost");
}

fn compare(client: &str, tally: &mut Tally, row: &Value, recorded: &Outcome, ask: &Ask<'_>) {
    let played = played(row, recorded, ask);
    if played == *recorded {
        tally.agree += 1;
        return;
    }
    let id = &row["id"];
    let (reason, expected) =
        on_purpose(client, row, recorded).unwrap_or_else(|| panic!("{id}: the SDK {recorded:?}, ours {played:?}"));
    assert_eq!(played, expected, "{id}: {reason}");
    tally.differ(reason);
}

/// What the SDK's call came to, or why none of ours can come to the same.
fn recorded(row: &Value) -> Result<Outcome, &'static str> {
    let observed = row.get("observed").unwrap_or(row);
    let Some(script) = row["script"].as_array() else { return Err("classes of Python") };
    if script.iter().any(|step| step["body"].get("elided").or(step["raw_b64"].get("elided")).is_some()) {
        return Err("bytes that the recording leaves out");
    }
    if row["client"].get("max_retries").is_some_and(|retries| !retries.is_u64()) {
        return Err("options that no u32 can be");
    }
    if row["note"].as_str().is_some_and(|note| note.contains("races")) {
        return Err("a race for a connection that closes, as the row says itself");
    }
    let exception = &observed["exception"];
    let end = match (exception["class"].as_str(), exception["status_code"].as_u64()) {
        (None, _) => End::Success,
        (Some("openai.APIConnectionError"), _) => End::Connection,
        (Some("openai.APITimeoutError"), _) => End::Timeout,
        (Some(_), _) if streams(row) => return Err("what the events of a stream say, which the caller reads"),
        (Some("openai.APIResponseValidationError" | "json.JSONDecodeError"), _) => End::Hopeless,
        (Some(_), Some(status)) => End::Status(status),
        (Some(_), None) => return Err("what a reply says, which the caller reads"),
    };
    let wait = |delay: &Value| Duration::from_secs_f64(delay["s"].as_f64().or(delay["max_s"].as_f64()).unwrap());
    Ok(Outcome {
        requests: usize::try_from(observed["requests"].as_u64().unwrap()).unwrap(),
        // Our waits are without jitter, so that the SDK's backoff is its longest.
        waits: observed["delays"].as_array().into_iter().flatten().map(wait).collect(),
        end,
    })
}

/// What our call comes to.
fn played(row: &Value, recorded: &Outcome, ask: &Ask<'_>) -> Outcome {
    let outcome = play(row, Duration::from_millis(50), ask);
    let hangs = row["script"].as_array().unwrap().iter().any(hangs);
    if !hangs || outcome == *recorded {
        return outcome;
    }
    // A loaded machine may not have got the request out in so short a time.
    play(row, Duration::from_secs(2), ask)
}

fn play(row: &Value, brief: Duration, ask: &Ask<'_>) -> Outcome {
    let nobody = Port::take().unwrap();
    let script = row["script"].as_array().unwrap().iter();
    let server = (row["no_server"] != true).then(|| Server::start(script.map(step)).unwrap());
    let url = server.as_ref().map_or(nobody.url(), Server::url);
    let url = match row["client"]["base_url"].as_str() {
        Some(base) if base.starts_with("https:") => url.replace("http:", "https:"),
        Some(base) => base.to_owned(),
        None => url,
    };
    let call = Call { row, url, brief, waits: RefCell::default() };
    let end = End::of(ask(&call));
    Outcome { requests: server.map_or(0, |server| server.requests().len()), waits: call.waits.into_inner(), end }
}

/// A step of the recording's server, as ours takes it: each request has a connection of its own.
fn step(step: &Value) -> Step {
    let end = |end: &Value| match end.as_str() {
        None | Some("fin" | "keep_then_fin") => support::End::Close,
        Some("rst") => support::End::Reset,
        Some("hang") => support::End::Hang,
        Some(other) => panic!("{other}"),
    };
    if let Some(raw) = step["raw_b64"].as_str() {
        return Step::Raw(STANDARD.decode(raw).unwrap(), end(&step["then"]));
    }
    match step["fault"].as_str() {
        None => {}
        Some("fin_after_request") => return Step::CloseAfter,
        Some("rst_after_request") => return Step::ResetAfter,
        Some("hang_before_headers") => return Step::Hang,
        Some("plain_http_on_accept") => return Response::new(400, "").into(),
        Some(other) => panic!("{other}"),
    }
    let status = u16::try_from(step["status"].as_u64().unwrap()).unwrap();
    let mut response = Response::new(status, bytes(&step["body"]).unwrap());
    for pair in step["headers"].as_array().unwrap() {
        response = response.header(pair[0].as_str().unwrap(), bytes(&pair[1]).unwrap());
    }
    if let Some(length) = step["content_length"].as_u64() {
        response = response.header("content-length", length.to_string());
    }
    Step::Raw(response.bytes(), end(&step["after_body"]))
}

/// Why a call comes to something else than the SDK's, and to what.
fn on_purpose(client: &str, row: &Value, recorded: &Outcome) -> Option<(&'static str, Outcome)> {
    let hopeless = Outcome { requests: 0, waits: Vec::new(), end: End::Hopeless };
    if row["client"]["base_url"].as_str().is_some_and(|url| url.starts_with("ftp:")) {
        return Some(("what cannot be sent is not tried again", hopeless));
    }
    let script = row["script"].as_array()?;
    if row["client"]["strict"] == true && script[0]["status"] == 200 && script[0]["body"] == "" {
        let waits = vec![Duration::from_millis(500), Duration::from_secs(1)];
        return Some((
            "a reply that is not there is one that got lost",
            Outcome { requests: 3, waits, end: End::Connection },
        ));
    }
    if script[0]["status"] == 307 {
        // ureq sends a body to one address only, and the others follow until it is too far.
        let requests = if client == "ureq" { 1 } else { recorded.requests };
        return Some(("a redirect that leads nowhere is not tried again", Outcome { requests, ..hopeless }));
    }
    let response = script.first().filter(|_| script.len() == 1).and_then(error)?;
    let (reason, decision) = super::on_purpose(response.response()?, &wait_headers(&script[0]["headers"]))?;
    let (retried, wait) = super::outcome(decision);
    let waits = match (retried, wait) {
        (false, _) => Vec::new(),
        (true, Some(wait)) => vec![wait; 2],
        (true, None) => vec![Duration::from_millis(500), Duration::from_secs(1)],
    };
    Some((reason, Outcome { requests: waits.len() + 1, waits, end: recorded.end.clone() }))
}
