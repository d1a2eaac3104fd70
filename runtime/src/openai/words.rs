//! The words by which services say what kind of refusal theirs is, each with its source.
//!
//! Codes stand here by their letters and digits in lower case, phrases by a few words that follow each other closely.

/// Codes and types of a 429 after which waiting does not help. The SDK retries them; the services say not to. A code
/// may begin with a service's own words, and end in `error`.
pub(super) const FINAL: [&str; 34] = [
    // OpenAI's documentation of error codes.
    "insufficientquota",
    // one-api and new-api, of which many resellers are built.
    "insufficientuserquota",
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
    "exceededcurrentquota",
    // MiniMax, Venice, DeepSeek behind gateways.
    "insufficientbalance",
    "notenoughbalance",
    "balancedepleted",
    // OpenRouter, Vercel's gateway, Poe, Together.
    "insufficientcredits",
    "creditlimit",
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
    "accountoverdue",
    "setlimitexceeded",
    // Tencent, with `Free` before it too.
    "resourcepackexhausted",
    // Codex: the plan does not include it.
    "usagenotincluded",
];

/// Codes of an allowance that is used up, if no wait and no rate is named beside them.
pub(super) const ALLOWANCE: [&str; 6] = [
    // Codex.
    "usagelimitreached",
    // OpenCode.
    "freeusagelimit",
    "monthlylimit",
    // GitHub Copilot, Volcengine, ElevenLabs.
    "quotaexceeded",
    "freequotaexceeded",
    // Kimi's subscriptions.
    "usagelimitexceeded",
];

/// The service is short of capacity, if a code contains one of these. This is a failure, whatever its status, and does
/// not come from this caller's rate.
pub(super) const OVERLOAD: [&str; 6] = [
    // OpenAI `server_is_overloaded`, Moonshot `engine_overloaded_error`, Anthropic `overloaded_error`, Volcengine
    // `ServerOverloaded`, TGI `overloaded`.
    "overload",
    // OpenAI's flex processing.
    "resourceunavailable",
    // Mistral `service_tier_capacity_exceeded`, Groq's flex `capacity_exceeded`.
    "capacity",
    // Cerebras, of its queue.
    "queueexceeded",
    // Bedrock, while a model is being restored.
    "modelnotready",
    // llama.cpp `unavailable_error`, while it loads a model; DeepSeek `service_unavailable_error`.
    "unavailableerror",
];

/// The service rate-limits the request, whatever the status, if this is a code.
pub(super) const REFUSED: [&str; 2] = ["ratelimitexceeded", "slowdown"];

/// The service rate-limits the request, if a code contains one of these and none names an overload.
pub(super) const RATE: [&str; 7] = [
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

/// The parts of a code that show that it is about a rate: `tpm_quota_exhausted` is about tokens per minute.
pub(super) const RATE_UNITS: [&str; 7] = ["rate", "minute", "second", "rpm", "tpm", "qps", "concurren"];

/// Codes of a request that by itself exceeds what is allowed.
pub(super) const TOO_LARGE: [&str; 4] =
    ["contextlengthexceeded", "requesttoolarge", "tokenslimitreached", "stringabovemaxlength"];

/// The parts of a code that show that the allowance is one of a day or longer: GitHub Copilot
/// `user_weekly_rate_limited`, Google `GenerateRequestsPerDayPerProjectPerModel`.
pub(super) const LONG_CODES: [&str; 6] = ["perday", "daily", "perweek", "weekly", "permonth", "monthly"];

/// The account has no money, in words that follow each other.
pub(super) const NO_MONEY: [&[&str]; 47] = [
    // MiniMax, DeepSeek, Moonshot, SiliconFlow, Z.ai; with a word between them too ("insufficient account balance").
    &["insufficient", "balance"],
    &["balance", "insufficient"],
    &["not", "enough", "balance"],
    &["balance", "not", "enough"],
    // Anthropic: "Your credit balance is too low".
    &["balance", "too", "low"],
    // Chutes: "account balance is $0.0".
    &["balance", "0"],
    &["negative", "balance"],
    &["balance", "negative"],
    &["top", "up", "balance"],
    &["wallet", "empty"],
    &["balance", "exhaust"],
    // OpenRouter, Vercel.
    &["insufficient", "credit"],
    &["insufficient", "fund"],
    &["not", "enough", "credit"],
    &["out", "of", "credit"],
    &["out", "of", "fund"],
    // xAI: "doesn't have any credits yet"; Sarvam: "No credits available". A credit card is another thing.
    &["no", "credits"],
    &["doesn", "have", "credits"],
    &["don", "have", "credits"],
    &["not", "have", "credits"],
    // Together: "Credit limit exceeded".
    &["credit", "limit", "exceed"],
    &["credit", "limit", "reach"],
    &["credit", "exhaust"],
    &["exhaust", "credit"],
    &["credit", "used", "up"],
    &["credit", "run", "out"],
    &["quota", "not", "enough"],
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
    &["reach", "spending", "cap"],
    &["spending", "cap", "exceed"],
    &["spending", "cap", "reach"],
    // LiteLLM: "Budget has been exceeded!".
    &["budget", "exceed"],
    &["payment", "required"],
    // OpenAI: "Your account is not active, please check your billing details".
    &["account", "not", "active"],
    &["billing", "hard", "limit"],
    // Volcengine, Alibaba.
    &["overdue", "balance"],
];

/// An allowance that was free, or that was paid for, is used up or has ended.
pub(super) const NO_ALLOWANCE: [&[&str]; 20] = [
    // Alibaba: "Free allocated quota exceeded."
    &["free", "allocated", "quota", "exceed"],
    &["free", "quota", "exceed"],
    &["free", "quota", "exhaust"],
    &["free", "quota", "used"],
    // Volcengine: "has exhausted its free trial quota".
    &["exhaust", "free", "quota"],
    // Cloudflare: "you have used up your daily free allocation".
    &["used", "up", "free", "allocation"],
    &["used", "up", "all"],
    &["trial", "expired"],
    &["trial", "ended"],
    &["subscription", "expired"],
    &["no", "active", "subscription"],
    &["plan", "expired"],
    &["package", "expired"],
    // Tencent: "The free resource package has been exhausted."
    &["package", "exhaust"],
    // Anthropic: "Extra usage is required for long context requests."
    &["extra", "usage", "require"],
    // Z.ai: "Your current subscription plan does not yet include access to GLM-5".
    &["plan", "not", "include"],
    &["not", "include", "plan"],
    // Moonshot, Z.ai.
    &["please", "recharge"],
    &["please", "top", "up"],
    &["account", "in", "arrear"],
];

/// An allowance is used up, and the sentence does not say whether it is one of a minute or of a month.
pub(super) const USED_UP: [&[&str]; 6] = [
    // OpenAI and Gemini: "You exceeded your current quota, please check your plan and billing details."
    &["exceed", "current", "quota"],
    // Z.ai, Ollama, Kimi, Codex: "Usage limit reached for 5 hour."
    &["usage", "limit", "reach"],
    &["reach", "usage", "limit"],
    &["usage", "limit", "exceed"],
    &["exceed", "usage", "limit"],
    // Anthropic: "You have reached your specified API usage limits."
    &["reach", "api", "usage", "limit"],
];

/// Alibaba uses the code `insufficient_quota` also for a limit of tokens per minute, with this message: "Allocated
/// quota exceeded, please increase your quota limit."
pub(super) const ALLOCATED_PER_MINUTE: [&[&str]; 1] = [&["allocated", "quota", "exceed", "please", "increase"]];

/// The sentence says that the service rate-limits, in words that count only if a client has lost the status.
pub(super) const REFUSES: [&[&str]; 16] = [
    // Cohere: "limited to 10 API calls / minute".
    &["limited", "api", "call"],
    // Bedrock.
    &["too", "many", "token"],
    &["try", "again", "in"],
    &["too", "many", "attempt"],
    // SiliconFlow.
    &["rate", "limiting"],
    // Baidu, Alibaba, Cohere: "past the per minute request limit".
    &["request", "limit"],
    // Amazon, and Naver.
    &["rate", "exceed"],
    &["request", "rate"],
    &["rpm", "limit"],
    &["tpm", "limit"],
    &["throttling"],
    &["concurrent", "limit"],
    &["concurrency", "limit"],
    // Voyage: "The max allowed tokens per minute is 1000000."
    &["allowed", "per", "minute"],
    &["limit", "per", "minute"],
    // Cloudflare's own limit.
    &["error", "code", "1015"],
];

/// The allowance is one of a minute, or of requests at the same time. `_` and `-` part words.
pub(super) const SHORT: [&[&str]; 14] = [
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

/// The allowance is one of a day or longer. A `monthly` by itself may be that of a plan which is offered.
pub(super) const LONG: [&[&str]; 36] = [
    &["per", "day"],
    &["calls", "day"],
    &["a", "day"],
    &["tpd"],
    &["rpd"],
    &["limit", "today"],
    &["quota", "today"],
    &["for", "today"],
    &["tomorrow"],
    &["midnight"],
    &["daily", "limit"],
    &["daily", "quota"],
    &["daily", "allowance"],
    &["daily", "allocation"],
    &["daily", "usage"],
    &["weekly", "limit"],
    &["weekly", "quota"],
    &["weekly", "allowance"],
    &["weekly", "allocation"],
    &["weekly", "usage"],
    &["monthly", "limit"],
    &["monthly", "quota"],
    &["monthly", "allowance"],
    &["monthly", "allocation"],
    &["monthly", "usage"],
    &["per", "week"],
    &["week", "allocated", "quota"],
    &["per", "month"],
    // Cohere: "limited to 1000 API calls / month".
    &["calls", "month"],
    &["month", "allocated", "quota"],
    &["billing", "cycle"],
    &["billing", "period"],
    // Anthropic: "You will regain access on 2026-12-01 at 00:00 UTC."
    &["regain", "access"],
    // Plans that count in windows of five hours: Alibaba's, Volcengine's, MiniMax's.
    &["hour", "allocated", "quota"],
    &["hour", "usage", "quota"],
    &["hour", "usage", "limit"],
];

/// The allowance is one of hours. This counts only if the allowance is used up, since rates are counted by the hour
/// too.
pub(super) const HOURS: [&[&str]; 3] = [&["hour"], &["hourly"], &["will", "reset", "at"]];

/// The sentence speaks of a rate.
pub(super) const SAYS_RATE: [&[&str]; 6] = [
    &["rate", "limit"],
    &["too", "many", "request"],
    &["resource", "exhaust"],
    &["throttled"],
    &["quota", "exceed"],
    &["please", "slow", "down"],
];

/// The sentence speaks of too much load. It counts only if no code says otherwise.
pub(super) const SAYS_OVERLOAD: [&[&str]; 16] = [
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
    &["high", "traffic"],
    &["heavy", "load"],
    &["heavy", "traffic"],
    // DeepInfra: "Model busy, retry later"; SiliconFlow: "System is too busy now."
    &["model", "busy"],
    &["server", "busy"],
    &["system", "busy"],
    &["too", "busy"],
    // SGLang: "The request queue is full."
    &["queue", "full"],
    &["temporarily", "unavailable"],
];

/// The service failed, in the words of `MiniMax` and others. They count only if the status is that of a success, or
/// lost.
pub(super) const SAYS_FAILED: [&[&str]; 5] = [
    &["internal", "error"],
    &["system", "error"],
    &["server", "error"],
    &["request", "timeout"],
    &["request", "timed", "out"],
];

/// The request by itself exceeds the limit. OpenAI: "Request too large for gpt-4o"; GitHub Models: "Request body too
/// large".
pub(super) const SAYS_TOO_LARGE: [&[&str]; 2] = [&["request", "too", "large"], &["prompt", "too", "long"]];

/// There is no money, or no allowance left, in the Chinese words of Z.ai, Alibaba, Volcengine and Baidu. None of them
/// is about a rate.
pub(super) const FINAL_CHINESE: [&str; 9] =
    ["余额不足", "欠费", "请充值", "额度已用尽", "额度已用完", "额度不足", "套餐已到期", "免费额度已", "资源包"];

/// A model is overloaded, in the Chinese words of Z.ai and others.
pub(super) const OVERLOAD_CHINESE: [&str; 4] = ["访问量过大", "过载", "负载过高", "繁忙"];

/// An allowance of hours or longer, in Chinese.
pub(super) const LONG_CHINESE: [&str; 8] = ["使用上限", "每日", "今日", "当日", "每周", "本周", "每月", "本月"];
