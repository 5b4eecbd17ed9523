//! A server with its own data folder, and what is asked of it over HTTP.

use std::path::PathBuf;

use carillon_protocol::SignedIn;
use carillon_server::{Config, RtcTokenPolicy, Running, Server};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Device, Key};

pub(crate) const PASSWORD: &str = "a long password";

/// A folder that goes with the test.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("carillon-server-test-{}", Uuid::new_v4()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

pub(crate) struct House {
    pub(crate) server: Running,
    pub(crate) folder: Folder,
}

/// For stories that are not about RTC tokens.
pub(crate) fn choices(folder: &Folder) -> Config {
    Config { rtc_tokens: RtcTokenPolicy::Optional, ..Config::local(&folder.0) }
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::with(|_| {}).await
    }

    /// With some choices changed.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = Folder::new();
        let mut config = choices(&folder);
        change(&mut config);
        Self { server: Server::start(config).await.unwrap(), folder }
    }

    /// Stops the server, and starts another on the same data.
    pub(crate) async fn reopen(self) -> Self {
        let Self { server, folder } = self;
        server.shutdown().await;
        Self { server: Server::start(choices(&folder)).await.unwrap(), folder }
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// Makes an account, and gives its first device's sign-in.
    pub(crate) async fn register(&self, user: &str) -> SignedIn {
        let invite = self.server.mint_invites(1).await.unwrap().remove(0);
        let (status, body) = post(&self.url(), "register", registration(&invite, user)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        serde_json::from_value(body).unwrap()
    }

    /// These users are contacts of each other, as if they had agreed to it long ago: their devices hear nothing of it.
    pub(crate) fn befriend(&self, users: &[&str]) {
        befriend_in(&self.folder, users);
    }

    /// Signs one more device of an account in.
    pub(crate) async fn sign_in(&self, user: &str, device_name: &str) -> SignedIn {
        let (status, body) = post(&self.url(), "sign-in", credentials(user, PASSWORD, device_name)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        serde_json::from_value(body).unwrap()
    }

    /// Signs a device in again that this house knows already.
    pub(crate) async fn sign_in_again(&self, earlier: &SignedIn) -> SignedIn {
        let mut body = credentials(earlier.account.user.as_str(), PASSWORD, "laptop");
        body["device"] = json!(earlier.device);
        let (status, body) = post(&self.url(), "sign-in", body).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        serde_json::from_value(body).unwrap()
    }

    /// Makes an account whose first device has a key of its own.
    pub(crate) async fn register_with_key(&self, user: &str, key: &Key) -> SignedIn {
        let mut body = registration(&self.server.mint_invites(1).await.unwrap().remove(0), user);
        body["device_key"] = json!(key.public());
        let (status, body) = post(&self.url(), "register", body).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        serde_json::from_value(body).unwrap()
    }

    /// A new account's first device, with a link.
    pub(crate) async fn newcomer(&self, user: &str) -> Device {
        Device::link(&self.url(), self.register(user).await).await
    }

    /// One more device of an account, with a link.
    pub(crate) async fn another(&self, user: &str, device_name: &str) -> Device {
        Device::link(&self.url(), self.sign_in(user, device_name).await).await
    }
}

pub(crate) fn registration(invite: &str, user: &str) -> Value {
    json!({ "invite": invite, "user": user, "password": PASSWORD, "device_name": format!("{user}'s first") })
}

pub(crate) fn credentials(user: &str, password: &str, device_name: &str) -> Value {
    json!({ "user": user, "password": password, "device_name": device_name })
}

/// `method` at an address of the REST part, as a device that has this token; with the status and the body of the answer.
pub(crate) async fn ask_as((method, url): (Method, &str), token: &str, body: Option<Value>) -> (StatusCode, Value) {
    let mut request = reqwest::Client::new().request(method, url).bearer_auth(token);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap_or(Value::Null))
}

pub(crate) async fn post(url: &str, what: &str, body: Value) -> (StatusCode, Value) {
    let response = reqwest::Client::new().post(format!("{url}/v1/{what}")).json(&body).send().await.unwrap();
    (response.status(), response.json().await.unwrap_or(Value::Null))
}

/// See [`House::befriend`].
pub(crate) fn befriend_in(folder: &Folder, users: &[&str]) {
    let database = rusqlite::Connection::open(folder.0.join("carillon.db")).unwrap();
    let befriended =
        "INSERT INTO contacts (app, user_name, other, at_ms) SELECT app, ?1, ?2, 0 FROM users WHERE name = ?1";
    for one in users {
        for other in users.iter().filter(|other| *other != one) {
            database.execute(befriended, [one, other]).unwrap();
        }
    }
}
