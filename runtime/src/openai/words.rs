//! The words by which services say what kind of refusal theirs is, each with its source.
//!
//! Codes stand here by their letters and digits in lower case, phrases by a few words that follow each other closely.

/// Codes and types of a 429 that no wait mends. The SDK retries them; the services say not to.
pub(super) const FINAL: [&str; 32] = [
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
pub(super) const ALLOWANCE: [&str; 6] = [
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
    // Z.ai's `1305` comes with Google's name of it through gateways.
    "unavailableerror",
];

/// The service refuses for rate, whatever the status.
pub(super) const REFUSED: [&str; 2] = ["ratelimitexceeded", "slowdown"];

/// The service refuses for rate, if a code contains one of these and says nothing else.
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

/// Codes of a request that by itself exceeds what is allowed.
pub(super) const TOO_LARGE: [&str; 4] =
    ["contextlengthexceeded", "requesttoolarge", "tokenslimitreached", "stringabovemaxlength"];

/// A code contains one of these where the allowance is one of a day or longer: GitHub Copilot
/// `user_weekly_rate_limited`, Google `GenerateRequestsPerDayPerProjectPerModel`.
pub(super) const LONG_CODES: [&str; 6] = ["perday", "daily", "perweek", "weekly", "permonth", "monthly"];

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
pub(super) const NO_ALLOWANCE: [&[&str]; 13] = [
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
pub(super) const USED_UP: [&[&str]; 5] = [
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
pub(super) const ALLOCATED_PER_MINUTE: [&[&str]; 1] = [&["allocated", "quota", "exceed", "please", "increase"]];

/// The sentence refuses for rate in further words, which count where a client has lost the status.
pub(super) const REFUSES: [&[&str]; 6] = [
    // Cohere: "limited to 10 API calls / minute".
    &["limited", "api", "call"],
    // Bedrock.
    &["too", "many", "token"],
    &["try", "again", "in"],
    // SiliconFlow.
    &["rate", "limiting"],
    // Baidu.
    &["request", "limit", "reach"],
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
pub(super) const LONG: [&[&str]; 29] = [
    &["per", "day"],
    &["calls", "day"],
    &["a", "day"],
    &["tpd"],
    &["rpd"],
    &["limit", "today"],
    &["quota", "today"],
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
];

/// An allowance of hours; only where it is one that is used up, since rates are counted by the hour too.
pub(super) const HOURS: [&[&str]; 4] =
    [&["hour"], &["hourly"], &["will", "reset", "at"], &["hour", "allocated", "quota"]];

/// The sentence speaks of a rate.
pub(super) const SAYS_RATE: [&[&str]; 6] = [
    &["rate", "limit"],
    &["too", "many", "request"],
    &["resource", "exhaust"],
    &["throttled"],
    &["quota", "exceed"],
    &["please", "slow", "down"],
];

/// The sentence speaks of too much load, and no code says otherwise.
pub(super) const SAYS_OVERLOAD: [&[&str]; 11] = [
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
    // DeepInfra: "Model busy, retry later".
    &["model", "busy"],
    &["server", "busy"],
    &["temporarily", "unavailable"],
];

/// The request by itself exceeds the limit. OpenAI: "Request too large for gpt-4o"; GitHub Models: "Request body too
/// large".
pub(super) const SAYS_TOO_LARGE: [&[&str]; 2] = [&["request", "too", "large"], &["prompt", "too", "long"]];

/// Chinese services say it in Chinese: Z.ai, Alibaba, Volcengine, Baidu. Of these no rate is meant.
pub(super) const FINAL_CHINESE: [&str; 9] =
    ["余额不足", "欠费", "请充值", "额度已用尽", "额度已用完", "额度不足", "套餐已到期", "免费额度已", "资源包"];

/// Z.ai and others, of the load of a model.
pub(super) const OVERLOAD_CHINESE: [&str; 4] = ["访问量过大", "服务过载", "负载过高", "系统繁忙"];

/// An allowance of hours or longer, in Chinese.
pub(super) const LONG_CHINESE: [&str; 5] = ["使用上限", "每日", "今日", "每周", "每月"];
