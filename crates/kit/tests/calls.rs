//! RTC tokens and device keys in calls, against a server that plays its part word by word.

mod common;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use carillon_kit::{
    CallEvent, CallEvents, CallId, CallKind, CallKit, CallScope, ChannelName, Connection, DeviceKey, HangupReason,
    KnownKeys, Login, MediaOptions, Microphone, PictureSource, Ring, Secret, Speaker, StartCall, StateChange, Uid,
    Unverified, WantedView, media::wav,
};
use carillon_protocol::{
    Answer, CallPath, Description, DescriptionKind, DeviceCard, DeviceId, Done, EndReason, Ended, MediaSignal, OpId,
    Refusal, RefusalCode, Request, ServerFrame, Signal, Snapshot, WantedPicture, identity,
};
use ed25519_dalek::SigningKey;
use serde_json::json;
use tokio::time::timeout;
use uuid::Uuid;

use common::{FakeLink, FakeServer, SOON, app, greeting, session, user};

#[tokio::test]
async fn a_token_is_fetched_while_it_rings_and_the_accept_carries_it() {
    let mut house = House::open(Uid::Number(42)).await;
    house.ring(None).await;
    house.kit.answer_call(true, None).await.expect("it is open");

    let mut request = house.server.request().await;
    assert_eq!((request.path(), request.json()), ("/v1/rtc-token", json!({ "channel": "c", "uid": 42 })));
    request.answer(200, json!({ "token": "007", "expires_in_s": 60 })).await;
    house.kit.accept().await.expect("it is open");

    let (_, body) = house.link.hear_beside_ringing().await;
    let (access_token, uid) = (Some(Secret::new("007")), Some(Uid::Number(42)));
    assert_eq!(body, Request::Accept { call: call(), access_token, uid, hides_address: false });
}

#[tokio::test]
async fn a_token_that_the_kit_has_fetched_is_renewed_by_it_and_one_of_the_apps_own_is_not() {
    let mut house = House::open(user("alice").into()).await;
    let mut events = house.kit.events();
    house.ring(None).await;
    house.kit.answer_call(true, None).await.expect("it is open");
    house.server.request().await.answer(200, json!({ "token": "first", "expires_in_s": 60 })).await;
    house.accept().await;
    let will_expire = Signal::TokenWillExpire { call: call(), left_ms: 30_000 };
    house.link.say(ServerFrame::Signal { seq: 2, body: will_expire.clone() }).await;

    house.server.request().await.answer(200, json!({ "token": "second", "expires_in_s": 60 })).await;
    assert_eq!(house.link.hear_renewal().await, "second");
    until(&mut events, |event| matches!(event, CallEvent::TokenWillExpire { .. }).then_some(())).await;

    house.kit.renew_token(Secret::new("own")).await.expect("it is open");
    assert_eq!(house.link.hear_renewal().await, "own");
    house.link.say(ServerFrame::Signal { seq: 3, body: will_expire }).await;
    until(&mut events, |event| matches!(event, CallEvent::TokenWillExpire { .. }).then_some(())).await;
    house.server.is_left_alone().await;
}

#[tokio::test]
async fn a_token_of_the_apps_own_is_used_as_it_is() {
    let mut house = House::open(user("alice").into()).await;
    house.ring(None).await;
    house.kit.answer_call(true, Some(Secret::new("own"))).await.expect("it is open");
    house.kit.accept().await.expect("it is open");

    let (_, body) = house.link.hear_beside_ringing().await;

    assert_eq!(
        body,
        Request::Accept { call: call(), access_token: Some(Secret::new("own")), uid: None, hides_address: false }
    );
    house.server.is_left_alone().await;
}

#[tokio::test]
async fn an_invite_waits_for_its_token_and_no_longer_than_the_server_takes_to_refuse_one() {
    let mut house = House::open(user("alice").into()).await;
    let start = StartCall { access_token: None, ..StartCall::voice(user("bob")) };
    let (kit, channel) = (house.kit.clone(), start.channel.clone());
    tokio::spawn(async move { kit.start_call(start).await });

    let mut request = house.server.request().await;
    assert_eq!(request.json(), json!({ "channel": channel }));
    request.answer(503, json!({ "code": "internal" })).await;

    let (_, body) = house.link.hear_request().await;
    let Request::Invite(invitation) = body else { panic!("not an invite: {body:?}") };
    assert_eq!(invitation.access_token, None, "the server says what it makes of that");
}

#[tokio::test]
async fn an_invite_that_is_taken_back_before_its_token_has_come_is_never_sent() {
    let mut house = House::open(user("alice").into()).await;
    let mut events = house.kit.events();
    let kit = house.kit.clone();
    let starting = tokio::spawn(async move { kit.start_call(StartCall::voice(user("bob"))).await });
    let mut request = house.server.request().await;

    house.kit.hang_up().await.expect("it is open");
    assert_eq!(hangup(&mut events).await, HangupReason::Cancelled);
    request.answer(200, json!({ "token": "late", "expires_in_s": 60 })).await;

    assert!(starting.await.expect("it did not panic").is_err());
    let connection = house.kit.connection().clone();
    tokio::spawn(async move { connection.search_users("next").await });
    assert_eq!(house.link.hear_request().await.1, Request::SearchUsers { query: "next".into() });
}

#[tokio::test]
async fn what_is_shown_of_a_group_call_is_told_when_it_is_something_else_and_also_when_it_is_nothing() {
    let mut house = House::open(user("alice").into()).await;
    let (bob, view) = (user("bob"), |height| WantedView { user: user("bob"), source: PictureSource::Camera, height });
    house.kit.show(vec![view(360)]);
    let (kit, both) = (house.kit.clone(), vec![user("bob"), user("carol")]);
    let start = StartCall { access_token: Some(Secret::new("own")), ..StartCall::several(CallKind::Voice, both) };
    tokio::spawn(async move { kit.start_call(start).await });
    let (op_id, _) = house.link.hear_request().await;
    house.link.answer(op_id, Done::Calling { call: call(), ring_left_ms: 30_000, legs: vec![] }).await;

    let mut status = house.kit.call();
    let named = status.wait_for(|status| status.id().is_some());
    timeout(SOON, named).await.expect("in time").expect("it is open");
    let in_slot = |height| vec![WantedPicture { slot: 5, user: bob.clone(), height }];
    // It was wanted before there was a call, and is told with another wish, or once media are connected.
    house.kit.show(vec![view(700)]);
    assert_eq!(house.link.hear_wish().await, in_slot(720));
    house.kit.show(vec![view(710)]);
    house.kit.show(vec![]);
    assert_eq!(house.link.hear_wish().await, []);
}

#[tokio::test]
async fn what_this_device_says_about_its_media_is_signed() {
    let mut house = House::open(user("alice").into()).await;
    let kit = house.kit.clone();
    let start = StartCall { access_token: Some(Secret::new("own")), ..StartCall::voice(user("bob")) };
    tokio::spawn(async move { kit.start_call(start).await });
    let (op_id, _) = house.link.hear_request().await;
    let calling = Done::Calling { call: call(), ring_left_ms: 30_000, legs: vec![] };
    house.link.answer(op_id, calling).await;

    let description = loop {
        let (op_id, body) = house.link.hear_request().await;
        house.link.answer(op_id, Done::Done).await;
        if let Request::Media { signal: MediaSignal::Description(description), .. } = body {
            break description;
        }
    };

    let text = identity::description_text(call(), DescriptionKind::Offer, &description.sdp);
    let signature = description.signature.expect("it is signed");
    assert!(common::is_signed(&text, key_of(&own_key()).as_str(), signature.as_str()));
}

#[tokio::test]
async fn an_offer_that_the_callers_device_has_not_signed_ends_the_call_as_media_failed_and_the_app_hears_why() {
    let mut house = House::open(user("alice").into()).await;
    let mut events = house.kit.events();
    house.ring(Some(key_of(&bobs_key()))).await;
    house.kit.answer_call(true, Some(Secret::new("own"))).await.expect("it is open");
    house.accept().await;

    let offer =
        Description { kind: DescriptionKind::Offer, sdp: "a=fingerprint:sha-256 AB:CD".into(), signature: None };
    let body = Signal::Media { call: call(), signal: MediaSignal::Description(offer) };
    house.link.say(ServerFrame::Signal { seq: 2, body }).await;

    let why = until(&mut events, |event| {
        if let CallEvent::Unverified { user: who, why, .. } = event { Some((who, why)) } else { None }
    });
    assert_eq!(why.await, (user("bob"), Unverified::Unsigned));
    let lost = loop {
        match house.link.hear_request().await {
            (op_id, Request::MediaLost { was_connected, .. }) => break (op_id, was_connected),
            (op_id, _) => house.link.answer(op_id, Done::Done).await,
        }
    };
    assert!(!lost.1, "it never was");
    house.link.answer(lost.0, Done::Done).await;
    let ended = Ended { call: call(), reason: EndReason::MediaFailed, by: None };
    house.link.say(ServerFrame::Signal { seq: 3, body: Signal::Ended(ended) }).await;
    assert_eq!(hangup(&mut events).await, HangupReason::MediaFailed);
    assert!(house.kit.known_keys().borrow().is_empty(), "nothing is remembered of it");
}

#[tokio::test]
async fn a_device_with_another_key_than_the_known_one_is_told_of_and_may_still_be_answered() {
    let mut house = House::open(user("alice").into()).await;
    let mut known = KnownKeys::default();
    known.insert(user("bob"), bobs_device(), key_of(&own_key()));
    house.kit.set_known_keys(known);
    let mut events = house.kit.events();

    house.ring(Some(key_of(&bobs_key()))).await;

    let told = until(&mut events, |event| {
        if let CallEvent::IdentityChanged { user, device } = event { Some((user, device)) } else { None }
    });
    assert_eq!(told.await, (user("bob"), bobs_device()));
    house.kit.answer_call(true, Some(Secret::new("own"))).await.expect("it is open");
    house.accept().await;
}

struct House {
    server: FakeServer,
    link: FakeLink,
    kit: CallKit,
    _sounds: tempfile::TempDir,
}

impl House {
    /// Alice, online, with a kit that joins channels under this uid.
    async fn open(uid: Uid) -> Self {
        let server = FakeServer::start().await;
        let sounds = tempfile::tempdir().expect("a folder");
        let microphone = sounds.path().join("microphone.wav");
        wav::write(&microphone, &[0.0; 4800]).expect("a file");
        let media = MediaOptions {
            microphone: Microphone::Wav(microphone),
            speaker: Speaker::Wav(sounds.path().join("speaker.wav")),
            ..MediaOptions::default()
        };
        let device_secret = Some(URL_SAFE_NO_PAD.encode(own_key().as_bytes()));
        let connection = Connection::open(Login { device_secret, ..server.login() }).expect("a good address");
        let kit = CallKit::init_with(&app(), uid, connection.clone(), media).expect("a kit");
        let mut link = server.link().await;
        link.hear().await;
        let snapshot = Snapshot::default();
        link.say(ServerFrame::Reset { session: session(), greeting: greeting(), snapshot }).await;
        timeout(SOON, connection.connected()).await.expect("in time").expect("it is up");
        Self { server, link, kit, _sounds: sounds }
    }

    /// Bob's device calls, and this one has heard of it.
    async fn ring(&mut self, key: Option<DeviceKey>) {
        let mut events = self.kit.events();
        self.link.say(ServerFrame::Signal { seq: 1, body: Signal::Ring(ring(key)) }).await;
        until(&mut events, |event| matches!(event, CallEvent::Invited(_)).then_some(())).await;
    }

    /// The server has taken this device's accept.
    async fn accept(&mut self) {
        self.kit.accept().await.expect("it is open");
        let (op_id, body) = self.link.hear_beside_ringing().await;
        assert!(matches!(body, Request::Accept { .. }), "{body:?}");
        self.link.answer(op_id, Done::Joined { ring: ring(None), legs: vec![] }).await;
    }
}

impl FakeLink {
    async fn answer(&mut self, op_id: OpId, done: Done) {
        self.say(ServerFrame::Answer { op_id, result: Answer::Ok(done) }).await;
    }

    async fn hear_beside_ringing(&mut self) -> (OpId, Request) {
        loop {
            match self.hear_request().await {
                (op_id, Request::Ringing { .. }) => self.answer(op_id, Done::Done).await,
                other => return other,
            }
        }
    }

    /// The next wish for pictures of a group call.
    async fn hear_wish(&mut self) -> Vec<WantedPicture> {
        loop {
            match self.hear_request().await {
                (op_id, Request::WantPictures { pictures, .. }) => {
                    self.answer(op_id, Done::Done).await;
                    return pictures;
                }
                // A server that has too much to do with media.
                (op_id, Request::MediaOffer { .. }) => {
                    let refusal = Refusal { code: RefusalCode::RateLimited, detail: String::new() };
                    self.say(ServerFrame::Answer { op_id, result: Answer::Refused(refusal) }).await;
                }
                (op_id, _) => self.answer(op_id, Done::Done).await,
            }
        }
    }

    /// The token of the next renewal.
    async fn hear_renewal(&mut self) -> String {
        loop {
            match self.hear_request().await {
                (op_id, Request::RenewToken { access_token, .. }) => {
                    self.answer(op_id, Done::Done).await;
                    return access_token.expose().to_owned();
                }
                (op_id, _) => self.answer(op_id, Done::Done).await,
            }
        }
    }
}

async fn until<T>(events: &mut CallEvents, mut wanted: impl FnMut(CallEvent) -> Option<T>) -> T {
    loop {
        let event = timeout(SOON, events.recv()).await.expect("in time").expect("it is open");
        if let Some(found) = wanted(event) {
            return found;
        }
    }
}

async fn hangup(events: &mut CallEvents) -> HangupReason {
    until(events, |event| {
        if let CallEvent::StateChanged(StateChange::Hangup { reason, .. }) = event { Some(reason) } else { None }
    })
    .await
}

fn ring(key: Option<DeviceKey>) -> Ring {
    Ring {
        call: call(),
        app: app(),
        from: user("bob"),
        from_name: "Bob".into(),
        from_avatar: None,
        from_device: Some(DeviceCard { device: bobs_device(), key }),
        from_uid: None,
        scope: CallScope::Pair { kind: CallKind::Voice },
        channel: ChannelName::new("c").expect("a good name"),
        message: String::new(),
        round: 0,
        ring_left_ms: 30_000,
        also_on: vec![],
        path: CallPath::Direct,
    }
}

fn call() -> CallId {
    CallId::new(Uuid::from_u128(5))
}

fn bobs_device() -> DeviceId {
    DeviceId::new(Uuid::from_u128(6))
}

fn own_key() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

fn bobs_key() -> SigningKey {
    SigningKey::from_bytes(&[2; 32])
}

fn key_of(key: &SigningKey) -> DeviceKey {
    DeviceKey::new(URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes())).expect("a key")
}
