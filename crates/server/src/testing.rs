//! A server without a socket between it and its clients, for stories about what happens inside it.

use std::{
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
};

use axum::Router;
use carillon_protocol::{
    Account, Answer, CallKind, CallScope, ChannelName, DeviceId, Invitation, OpId, Request, UserId,
};
use uuid::Uuid;

use crate::{
    Config, RtcTokenPolicy, Running, Server,
    bus::Listener,
    doors::{SharedState, http, link::answer},
    ground::secrets::{hash_secret, new_refresh_family},
    runtime::tasks::undisturbed,
    services::sign_ins::{self, FreshTokens},
    store::{self, NewAccount, NewDevice, SignIn, Who},
};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
pub(crate) const PASSWORD: &str = "a long password";

/// A server without a socket between it and its clients.
pub(crate) struct TestServer {
    pub(crate) state: SharedState,
    pub(crate) router: Router,
    _running: Running,
    _folder: Folder,
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// A device, and what reaches its link.
pub(crate) struct Linked {
    pub(crate) who: Who,
    pub(crate) token: String,
    pub(crate) family: String,
    pub(crate) listener: Listener,
}

impl TestServer {
    pub(crate) async fn open() -> Self {
        let folder = Folder(std::env::temp_dir().join(format!("carillon-inside-{}", Uuid::new_v4())));
        let mut config = Config { rtc_tokens: RtcTokenPolicy::Optional, ..Config::local(&folder.0) };
        config.limits.sign_ins_per_minute = 1000;
        let running = Server::start(config).await.unwrap();
        let state = running.state().clone();
        Self { router: http::router(state.clone()), state, _running: running, _folder: folder }
    }

    pub(crate) async fn account(&self, name: &str) -> UserId {
        let user = UserId::new(name).unwrap();
        let account = Account::new(user.clone(), name.to_owned());
        let password_hash = self.state.passwords.hash(PASSWORD.into()).await.unwrap();
        let tokens = FreshTokens::first(&self.state);
        let new = NewAccount {
            app: &self.state.config.app,
            account: &account,
            password_hash: &password_hash,
            invite_hash: None,
            device: NewDevice {
                fresh_id: DeviceId::new(Uuid::new_v4()),
                name: "first",
                key: None,
                tokens: &tokens.kept,
                now_ms: self.state.clock.now_ms(),
            },
        };
        undisturbed(sign_ins::register(&self.state, &new, HERE)).await.unwrap();
        user
    }

    /// Signs a device in, and gives it a link.
    pub(crate) async fn device(&self, user: &UserId, known: Option<DeviceId>) -> Linked {
        undisturbed(async {
            let state = &self.state;
            let password_hash = state.store.credentials(&state.config.app, user).await.unwrap().unwrap().password_hash;
            let family = new_refresh_family();
            let tokens = FreshTokens::next(state, &family);
            let (app, now_ms) = (&state.config.app, state.clock.now_ms());
            let asked = SignIn { app, user, password_hash: &password_hash, known, most_devices: 100 };
            let fresh_id = DeviceId::new(Uuid::new_v4());
            let new = NewDevice { fresh_id, name: "device", key: None, tokens: &tokens.kept, now_ms };
            sign_ins::sign_in(state, &asked, &new, HERE).await.unwrap();
            let who = state.store.device_by_token(&hash_secret(&tokens.token), now_ms).await.unwrap().unwrap().who;
            let listener = state.bus.join(who.device);
            let mut tx = state.store.write().await.unwrap();
            store::sessions::open(&mut tx, listener.link, None).await.unwrap();
            tx.commit().await.unwrap();
            Linked { who, token: tokens.token, family, listener }
        })
        .await
    }

    pub(crate) async fn ask(&self, linked: &Linked, request: Request) -> Answer {
        asked(&self.state, &linked.who, request).await
    }

    pub(crate) async fn is_signed_in(&self, who: &Who) -> bool {
        let who = who.clone();
        self.state.store.ask(async move |conn| store::sign_ins::is_signed_in(conn, &who).await).await.unwrap()
    }
}

pub(crate) fn asked(state: &SharedState, who: &Who, request: Request) -> impl Future<Output = Answer> + use<> {
    let (state, who) = (state.clone(), who.clone());
    async move { answer(&state, &who, OpId::new(Uuid::now_v7()), request).await }
}

pub(crate) fn invite(whom: &UserId) -> Request {
    Request::Invite(Invitation {
        scope: CallScope::Pair { kind: CallKind::Voice },
        to: vec![whom.clone()],
        message: String::new(),
        channel: ChannelName::new(Uuid::new_v4().to_string()).unwrap(),
        access_token: None,
        uid: None,
        ring_ms: None,
        hides_address: false,
    })
}
