//! What the published implementations' own tests say, said of ours.

use carillon_token::{
    Access, ApaasPrivilege, BadSignature, Certificate, ChatPrivilege, FcdnPrivilege, FpaPrivilege, MintError, NotHex,
    ParseError, Permissions, Resource, Role, RtcPrivilege, Rtm2Privilege, RtmPrivilege, Service, StreamingPrivilege,
    mint, parse, parse_as_reference, uid_text,
};

use crate::{
    support::{
        CERTIFICATE, CHANNEL, UID, certificate, minted, payload_of, publisher, rtc_fields, service, signed_text, token,
    },
    vectors::{hex, payload_named},
};

#[test]
fn tokens_for_calls_are_the_published_ones() {
    assert_published("rtc_int_uid", [subscriber(&uid_text(2_882_341_273))]);
    assert_published("rtc_uid_zero", [subscriber(&uid_text(0))]);
    assert_published("rtc_rtm", [Service::rtc(Role::Publisher, CHANNEL, UID, 600), rtm("test_user")]);
}

#[test]
fn tokens_for_messaging_and_chat_are_the_published_ones() {
    assert_published("rtm_test_user", [rtm("test_user")]);
    assert_published("rtm_number_user", [rtm(UID)]);
    assert_published("chat_user", [chat(ChatPrivilege::User, UID)]);
    assert_published("chat_app", [chat(ChatPrivilege::App, "")]);
}

#[test]
fn tokens_for_classrooms_are_the_published_ones() {
    let md5_of_uid = "6063383428a36fba3fb6030becf8094e";

    assert_published("apaas_user", [apaas(ApaasPrivilege::User, "", UID, -1)]);
    assert_published("apaas_app", [apaas(ApaasPrivilege::App, "", "", -1)]);
    assert_published(
        "apaas_room_user",
        [apaas(ApaasPrivilege::RoomUser, "123", UID, 1), rtm(UID), chat(ChatPrivilege::User, md5_of_uid)],
    );
}

#[test]
fn tokens_for_several_services_are_the_published_ones_in_whatever_order_they_were_named() {
    let fpa = Service::Fpa { privileges: [(FpaPrivilege::Login, 600)].into() };
    let rtc = Service::rtc(Role::Publisher, CHANNEL, UID, 600);

    assert_published("rtc_rtm_fpa_chat", [chat(ChatPrivilege::User, UID), fpa, rtm("test_user"), rtc]);
}

#[test]
fn tokens_for_streams_and_messaging_with_permissions_are_the_published_ones() {
    let (both, either) = (
        [(StreamingPrivilege::PublishMix, 600), (StreamingPrivilege::PublishRaw, 600)],
        [(FcdnPrivilege::Publish, 600), (FcdnPrivilege::Play, 600)],
    );
    let permissions = Permissions::default()
        .with(Resource::MessageChannels, Access::Read, ["message-a", "message-b"])
        .with(Resource::StreamChannels, Access::Write, ["stream-a"])
        .with(Resource::Users, Access::Read, ["user-a"]);
    assert_eq!(permissions.names(Resource::StreamChannels, Access::Write), ["stream-a"]);
    assert_eq!(permissions.names(Resource::StreamChannels, Access::Read), [""; 0]);

    assert_published(
        "streaming_fcdn_rtm2",
        [
            Service::Rtm2 {
                privileges: [(Rtm2Privilege::Login, 600)].into(),
                user: "test_user".to_owned(),
                permissions,
            },
            Service::Fcdn { privileges: either.into(), channel: CHANNEL.to_owned(), uid: UID.to_owned() },
            Service::Streaming { privileges: both.into(), channel: CHANNEL.to_owned(), uid: UID.to_owned() },
        ],
    );
}

#[test]
fn services_that_repeat_keep_their_order() {
    let publishers = ["first", "second"].map(|channel| Service::rtc(Role::Publisher, channel, UID, 600));
    let [first, second] = publishers.clone();

    let parsed = parse_as_reference(&minted(&token([first, rtm(UID), second]))).unwrap();

    assert_eq!(parsed.verify(&certificate()).unwrap().services, [publishers.as_slice(), &[rtm(UID)]].concat());
}

#[test]
fn an_unknown_service_after_a_known_one_is_left_out_and_the_signature_holds() {
    let text = signed_text(&[vec![2, 0], service(1, 1, &rtc_fields()), service(999, 1, &[])].concat());

    let parsed = parse_as_reference(&text).unwrap();

    assert_eq!(parsed.verify(&certificate()).unwrap().services, [subscriber(UID)]);
    assert_eq!(parsed.unknown_service(), Some(999));
}

#[test]
fn an_unknown_service_before_a_known_one_hides_it_and_the_signature_holds() {
    let text = signed_text(&[vec![2, 0], service(0, 1, &[]), service(1, 1, &rtc_fields())].concat());

    let parsed = parse_as_reference(&text).unwrap();

    assert!(parsed.verify(&certificate()).unwrap().services.is_empty());
    assert_eq!(parsed.unknown_service(), Some(0));
}

#[test]
fn an_unknown_privilege_of_a_known_service_is_kept_and_gives_nothing() {
    let text = signed_text(&[vec![1, 0], service(1, 77, &rtc_fields())].concat());

    let parsed = parse(&text).unwrap();

    let Service::Rtc { privileges, .. } = &parsed.unverified().services[0] else { panic!("it is for calls") };
    assert_eq!(privileges.expire_s(RtcPrivilege::Join), None);
    assert_eq!(payload_of(&minted(parsed.unverified())), payload_of(&text));
}

#[test]
fn a_certificate_that_is_longer_is_none_and_one_that_differs_in_a_digit_verifies_nothing() {
    let parsed = parse(&minted(&publisher())).unwrap();
    let other = Certificate::new(&CERTIFICATE.replacen('5', "1", 1)).unwrap();

    assert_eq!(Certificate::new(&format!("{CERTIFICATE}123")).err(), Some(NotHex));
    assert_eq!(parsed.verify(&other), Err(BadSignature));
    assert!(parsed.verify(&certificate()).is_ok());
}

#[test]
fn other_versions_and_junk_are_no_tokens() {
    let cases = [
        ("", ParseError::Version),
        ("00", ParseError::Version),
        ("006invalid", ParseError::Version),
        ("007invalid", ParseError::Base64),
        ("007", ParseError::Compression),
        ("007AAAA", ParseError::Compression),
    ];

    for (text, error) in cases {
        assert_eq!(parse(text).err(), Some(error), "{text}");
        assert_eq!(parse_as_reference(text).err(), Some(error), "{text}");
    }
}

#[test]
fn a_token_that_is_good_for_nothing_is_not_minted() {
    assert_eq!(mint(&token([]), &certificate()), Err(MintError::NoService));
}

fn assert_published<const N: usize>(name: &str, services: [Service; N]) {
    let text = minted(&token(services));

    assert_eq!(hex(&payload_of(&text)), payload_named(name), "{name}");
}

fn subscriber(uid: &str) -> Service {
    Service::rtc(Role::Subscriber, CHANNEL, uid, 600)
}

fn rtm(user: &str) -> Service {
    Service::Rtm { privileges: [(RtmPrivilege::Login, 600)].into(), user: user.to_owned() }
}

fn chat(privilege: ChatPrivilege, user: &str) -> Service {
    Service::Chat { privileges: [(privilege, 600)].into(), user: user.to_owned() }
}

fn apaas(privilege: ApaasPrivilege, room: &str, user: &str, role: i16) -> Service {
    Service::Apaas { privileges: [(privilege, 600)].into(), room: room.to_owned(), user: user.to_owned(), role }
}
