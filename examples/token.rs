//! A request whose token has expired is made again with a fresh one: `previous`.
//!
//! ```sh
//! cargo run --example token
//! ```
//!
//! Look at the second request: its token was renewed because the first was answered with 401.

use persevere::retry;

#[retry(max = 2, initial = "0s", on = |status| *status == 401, previous = previous)]
async fn get(session: &Session, path: &str) -> Result<String, u16> {
    let token = if let Some(Err(401)) = previous { session.renew().await } else { session.token() };
    request(path, token).await
}

/// Stands in for whoever gives out tokens.
struct Session {
    token: &'static str,
}

impl Session {
    const fn token(&self) -> &'static str {
        self.token
    }

    async fn renew(&self) -> &'static str {
        println!("Renewing the token: {:?} has expired", self.token);
        tokio::task::yield_now().await;
        "fresh"
    }
}

/// Stands in for the service.
async fn request(path: &str, token: &str) -> Result<String, u16> {
    println!("GET {path} with the token {token:?}");
    tokio::task::yield_now().await;
    if token == "fresh" { Ok("200 OK".to_owned()) } else { Err(401) }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("Answer: {:?}", get(&Session { token: "stale" }, "/models").await);
}
