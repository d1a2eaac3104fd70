//! A request whose token has expired is made again with a fresh one: `previous`.
//!
//! ```sh
//! cargo run --example token
//! ```

use persevere::retry;

#[retry(max = 2, initial = "0s", on = |status| *status == 401, previous = previous)]
async fn get(session: &Session, path: &str) -> Result<String, u16> {
    let token = if let Some(Err(401)) = previous { session.renew().await } else { session.token() };
    request(path, &token).await
}

/// Stands in for whoever gives out tokens.
struct Session;

impl Session {
    fn token(&self) -> String {
        "stale".to_owned()
    }

    async fn renew(&self) -> String {
        println!("Renewing the token");
        "fresh".to_owned()
    }
}

/// Stands in for the service.
async fn request(path: &str, token: &str) -> Result<String, u16> {
    println!("GET {path} with a {token} token");
    if token == "fresh" { Ok("200 OK".to_owned()) } else { Err(401) }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("Answer: {:?}", get(&Session, "/models").await);
}
