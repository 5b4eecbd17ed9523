//! Everything that a window may ask arrives as it was asked. A request travels as JSON: the window writes it, the shell reads it.

use std::{collections::BTreeSet, fmt::Debug};

use carillon_ipc::{
    CallRequest, ChatRequest, GroupRequest, LinkAnswer, ListFilter, ListRequest, Locale, MainRequest, OwnPresence,
    PeopleRequest, PickedFile, Processing, QuietFor, QuietHours, QuitAnswer, Reply, RingAnswer, RingRequest, Ringtone,
    SettingsRequest, SignInForm, Theme, TriedAnswer, ZoomStep,
};
use carillon_protocol::{CallId, CallKind, Chat, DeviceId, GroupId, GroupKind, GroupRole, Moderation, Secret, UserId};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

#[test]
fn whatever_the_main_window_asks_arrives_as_it_was_asked() {
    all_arrive(&json!({}), "type", &main_requests());
}

#[test]
fn whatever_the_main_window_asks_about_people_messages_and_groups_arrives_as_it_was_asked() {
    all_arrive(&json!({ "type": "people" }), "what", &people_requests().map(MainRequest::People));
    all_arrive(&json!({ "type": "chat" }), "what", &chat_requests().map(MainRequest::Chat));
    all_arrive(&json!({ "type": "group" }), "what", &group_requests().map(MainRequest::Group));
}

#[test]
fn whatever_is_said_to_a_link_arrives_as_it_was_said() {
    let answers = [LinkAnswer::Call { user: user(), kind: CallKind::Voice }, LinkAnswer::Cancel];
    all_arrive(&json!({ "type": "link" }), "what", &answers.map(MainRequest::Link));
}

#[test]
fn whatever_the_ring_window_asks_arrives_as_it_was_asked() {
    let [accept, ..] = ring_answers();
    all_arrive(&json!({}), "type", &ring_requests(accept));
}

fn ring_requests(answer: RingAnswer) -> [RingRequest; 4] {
    let on = true;
    [RingRequest::Ready, RingRequest::Answer(answer), RingRequest::SetCamera { on }, RingRequest::Look { on }]
}

#[test]
fn whatever_any_window_asks_about_a_ring_arrives_as_it_was_asked() {
    all_arrive(&json!({ "type": "answer" }), "what", &ring_answers().map(RingRequest::Answer));
    all_arrive(&json!({ "type": "ring" }), "what", &ring_answers().map(MainRequest::Ring));
    all_arrive(&json!({ "type": "ring" }), "what", &ring_answers().map(CallRequest::Ring));
    all_arrive(&json!({ "type": "ring" }), "what", &ring_answers().map(SettingsRequest::Ring));
}

#[test]
fn whatever_is_asked_about_the_list_and_the_end_of_the_program_arrives_as_it_was_asked() {
    let list = [
        ListRequest::Filter { filter: ListFilter::Calls },
        ListRequest::From { first: 1_000 },
        ListRequest::Hold { on: true },
        ListRequest::OpenRequests,
    ];
    all_arrive(&json!({ "type": "list" }), "what", &list.map(MainRequest::List));
    let tried = [TriedAnswer::CallBack, TriedAnswer::Dismiss];
    all_arrive(&json!({ "type": "tried" }), "what", &tried.map(MainRequest::Tried));
    all_arrive(&json!({ "type": "tried" }), "what", &tried.map(CallRequest::Tried));
    let quit = [QuitAnswer::Ask, QuitAnswer::Quit, QuitAnswer::Cancel];
    all_arrive(&json!({ "type": "quit" }), "what", &quit.map(MainRequest::Quit));
    all_arrive(&json!({ "type": "quit" }), "what", &quit.map(CallRequest::Quit));
    all_arrive(&json!({ "type": "quit" }), "what", &quit.map(SettingsRequest::Quit));
}

#[test]
fn whatever_the_call_window_asks_arrives_as_it_was_asked() {
    let requests = [
        CallRequest::Ready,
        CallRequest::SetMuted { muted: true },
        CallRequest::SetMicrophone { id: None },
        CallRequest::SetMicrophone { id: Some("headset".into()) },
        CallRequest::SetSpeaker { id: None },
        CallRequest::SetSpeaker { id: Some("headset".into()) },
        CallRequest::SetCamera { on: true },
        CallRequest::ChooseCamera { id: None },
        CallRequest::ChooseCamera { id: Some("webcam".into()) },
        CallRequest::PickScreen { on: true },
        CallRequest::ShareScreen { id: "screen-1".into() },
        CallRequest::StopSharing,
        CallRequest::SetFullScreen { on: true },
        CallRequest::SetMini { on: true },
        CallRequest::ShowNumbers { on: true },
        CallRequest::Zoom { step: ZoomStep::In },
        CallRequest::HangUp,
        CallRequest::CallAgain,
        CallRequest::AddPeople { on: false },
        CallRequest::Invite { users: vec![user()] },
        CallRequest::SetSpotlight { on: true },
        CallRequest::Pin { user: None },
        CallRequest::Pin { user: Some(user()) },
        CallRequest::ShowPeople { on: true },
        CallRequest::SetVolume { user: user(), percent: 70 },
        CallRequest::Silence { user: user(), on: true },
        CallRequest::SetHand { raised: true },
        CallRequest::Moderate { user: user(), what: Moderation::LowerHand },
        CallRequest::KeySeen,
        CallRequest::Ring(RingAnswer::Accept { call: call() }),
        CallRequest::Tried(TriedAnswer::CallBack),
        CallRequest::DismissNotice,
        CallRequest::Stay,
        CallRequest::Message,
        CallRequest::Close,
        CallRequest::Quit(QuitAnswer::Ask),
    ];
    all_arrive(&json!({}), "type", &requests);
}

#[test]
fn whatever_the_settings_window_asks_arrives_as_it_was_asked() {
    all_arrive(&json!({}), "type", &settings_requests());
}

fn settings_requests() -> Vec<SettingsRequest> {
    use SettingsRequest as Request;
    let device = DeviceId::new(uuid::Uuid::from_u128(7));
    let mut requests = vec![
        Request::Ready,
        Request::SetMicrophone { id: None },
        Request::SetMicrophone { id: Some("headset".into()) },
        Request::SetSpeaker { id: None },
        Request::SetSpeaker { id: Some("headset".into()) },
        Request::SetRingOutput { id: None },
        Request::SetRingOutput { id: Some("loudspeaker".into()) },
        Request::SetCamera { id: None },
        Request::SetCamera { id: Some("webcam".into()) },
        Request::TestCamera { on: true },
        Request::SetCameraInVideoCalls { on: false },
        Request::SetHideAddress { on: true },
        Request::SetReadReceipts { on: false },
        Request::SetProcessing(Processing { gain_control: false, ..Processing::default() }),
        Request::TestMicrophone { on: true },
        Request::TestSpeaker,
        Request::TestRing,
        Request::SetDisplayName { name: "Ada".into() },
        Request::SetPicture { picture: None },
        Request::SetPicture { picture: Some("data:image/png;base64,AA==".into()) },
        Request::ChangePassword { old: Secret::new("one"), new: Secret::new("two") },
        Request::SetDoNotDisturb { on: true },
        Request::BeQuiet { how: QuietFor::AnHour },
        Request::BeQuiet { how: QuietFor::UntilTomorrow },
        Request::SetQuietHours(QuietHours { on: true, from: 1380, until: 0 }),
        Request::DeleteAccount { password: Secret::new("one") },
        Request::Unblock { user: user() },
        Request::SetRingVolume { percent: 40 },
        Request::SetPreviews { on: false },
        Request::Zoom { step: ZoomStep::Out },
        Request::RenameDevice { device, name: "Desk".into() },
        Request::RevokeDevice { device },
        Request::SetDeviceRings { device, on: false },
        Request::SetRingHere { on: false },
        Request::SetRingSound { on: false },
        Request::SetNotifications { on: false },
        Request::SetRingShortcuts { on: true },
        Request::SetAutostart { on: true },
        Request::Ring(RingAnswer::Accept { call: call() }),
        Request::SignOut,
        Request::DismissNotice,
        Request::Close,
        Request::Quit(QuitAnswer::Cancel),
    ];
    requests.extend([Theme::System, Theme::Dark, Theme::Light].map(|theme| Request::SetTheme { theme }));
    requests.extend(Ringtone::ALL.iter().map(|ringtone| Request::SetRingtone { ringtone: *ringtone }));
    requests.extend(Locale::ALL.iter().map(|locale| Request::SetLocale { locale: Some(*locale) }));
    requests.push(Request::SetLocale { locale: None });
    requests
}

fn main_requests() -> Vec<MainRequest> {
    let text = str::to_owned;
    let sign_in = SignInForm {
        registering: false,
        server: text("calls.example"),
        invite: text("aaaa-bbbb"),
        user: text("ada"),
        display_name: text("Ada"),
        password: text("secret"),
        keep_in_file: true,
        allow_insecure: false,
    };
    let register = SignInForm { registering: true, keep_in_file: false, allow_insecure: true, ..sign_in.clone() };
    let mut requests = vec![
        MainRequest::Ready,
        MainRequest::SignIn(sign_in),
        MainRequest::SignIn(register),
        MainRequest::SignOut,
        MainRequest::Search { query: text("Bob \u{1f514}") },
        MainRequest::Select { chat: None },
        MainRequest::Select { chat: Some(chat()) },
        MainRequest::Call { user: user(), kind: CallKind::Voice },
        MainRequest::Call { user: user(), kind: CallKind::Video },
        MainRequest::Switch { go: true },
        MainRequest::SetMuted { muted: true },
        MainRequest::HangUp,
        MainRequest::Link(LinkAnswer::Call { user: user(), kind: CallKind::Video }),
        MainRequest::Zoom { step: ZoomStep::Reset },
        MainRequest::DismissNotice,
        MainRequest::OpenSettings,
        MainRequest::ShowCall,
        MainRequest::SetAutostart { on: true },
        MainRequest::TakeBack,
        MainRequest::Quit(QuitAnswer::Ask),
        MainRequest::List(ListRequest::OpenRequests),
        MainRequest::People(PeopleRequest::Add { user: user() }),
        MainRequest::Chat(ChatRequest::Older),
        MainRequest::Group(GroupRequest::OpenNew),
        MainRequest::Ring(RingAnswer::Accept { call: call() }),
        MainRequest::Tried(TriedAnswer::Dismiss),
    ];
    let presences = [OwnPresence::Available, OwnPresence::Away, OwnPresence::DoNotDisturb];
    requests.extend(presences.map(|presence| MainRequest::SetPresence { presence }));
    requests
}

fn people_requests() -> [PeopleRequest; 4] {
    [
        PeopleRequest::Add { user: user() },
        PeopleRequest::Remove { user: user() },
        PeopleRequest::Block { user: user(), blocked: true },
        PeopleRequest::KeySeen { user: user() },
    ]
}

fn chat_requests() -> [ChatRequest; 15] {
    let picture = Some((640, 480, "data:image/jpeg;base64,AA==".into()));
    let file = PickedFile { name: "bell.png".into(), media_type: "image/png".into(), bytes: 7, picture };
    [
        ChatRequest::Send { chat: chat(), text: "two\nlines".into(), reply_to: Some(1 << 53) },
        ChatRequest::Send { chat: Chat::Group { group: group() }, text: String::new(), reply_to: None },
        ChatRequest::Edit { chat: chat(), pos: 7, text: "two\nlines".into() },
        ChatRequest::Delete { chat: chat(), pos: 7 },
        ChatRequest::Typing { chat: chat(), typing: true },
        ChatRequest::Mute { chat: chat(), muted: true },
        ChatRequest::AttachFile { chat: chat(), key: "1".into(), file },
        ChatRequest::FilePart { key: "1".into(), data: "AA==".into() },
        ChatRequest::SaveFile { chat: chat(), pos: 7 },
        ChatRequest::LookAt { address: "https://example.org".into() },
        ChatRequest::Visit { go: true },
        ChatRequest::SendAgain { id: "own-1".into() },
        ChatRequest::Discard { id: "own-1".into() },
        ChatRequest::Older,
        ChatRequest::Read { chat: chat(), up_to: 1 << 53 },
    ]
}

fn group_requests() -> [GroupRequest; 13] {
    let (group, users) = (group(), vec![user()]);
    let role = |role| GroupRequest::SetRole { group: group.clone(), user: user(), role };
    [
        GroupRequest::OpenNew,
        GroupRequest::Create { kind: GroupKind::Group, name: "Team".into(), members: users.clone() },
        GroupRequest::Create { kind: GroupKind::Room, name: "Lobby".into(), members: vec![] },
        GroupRequest::Rename { group: group.clone(), name: "Crew".into() },
        GroupRequest::SetPicture { group: group.clone(), picture: "data:image/png;base64,AA==".into() },
        GroupRequest::AddMembers { group: group.clone(), users: users.clone() },
        GroupRequest::RemoveMember { group: group.clone(), user: user() },
        role(GroupRole::Owner),
        role(GroupRole::Admin),
        role(GroupRole::Member),
        GroupRequest::Join { group: group.clone() },
        GroupRequest::Leave { group: group.clone() },
        GroupRequest::Call { group, users, kind: CallKind::Video },
    ]
}

fn ring_answers() -> [RingAnswer; 5] {
    [
        RingAnswer::Accept { call: call() },
        RingAnswer::AcceptWithoutVideo { call: call() },
        RingAnswer::Decline { call: call() },
        RingAnswer::Message { call: call(), reply: Reply::OnMyWay },
        RingAnswer::Silence { call: call() },
    ]
}

fn call() -> CallId {
    CallId::new(uuid::Uuid::from_u128(7))
}

fn user() -> UserId {
    UserId::new("bob").expect("a good name")
}

fn group() -> GroupId {
    GroupId::new("g1").expect("a good id")
}

fn chat() -> Chat {
    Chat::User { user: user() }
}

/// Every one of them comes back from its JSON as it was, and none of its kind is missing.
#[track_caller]
fn all_arrive<T: Serialize + DeserializeOwned + PartialEq + Debug>(outer: &Value, tag: &str, requests: &[T]) {
    let mut kinds = BTreeSet::new();
    for request in requests {
        let text = serde_json::to_string(request).unwrap_or_else(|error| panic!("{request:?} cannot be sent: {error}"));
        let heard: T = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text} is not heard: {error}"));
        assert!(heard == *request, "{text} arrives as something else");
        let json: Value = serde_json::from_str(&text).expect("it is JSON");
        kinds.insert(json[tag].as_str().expect("every request names its kind").to_owned());
    }
    assert_eq!(kinds, all_kinds::<T>(outer, tag));
}

/// The names of all kinds, as the refusal of one that there is not says them.
#[track_caller]
fn all_kinds<T: DeserializeOwned>(outer: &Value, tag: &str) -> BTreeSet<String> {
    let mut unknown = outer.clone();
    unknown[tag] = json!("?");
    let refusal = serde_json::from_value::<T>(unknown).err().expect("there is no such kind").to_string();
    let expected = refusal.split("expected").nth(1).expect("the refusal names what it expects");
    expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}
