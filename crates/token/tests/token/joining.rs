//! Security case S9: a token opens what it says, to whom it says, for as long as it says.

use carillon_token::{
    AppId, Certificate, Certificates, Join, JoinGrant, JoinRefusal, ParseError, Role, RtcPrivilege, Service, Token,
    check_join, mint, parse, parse_as_reference,
};

use crate::support::{
    CHANNEL, ISSUED_AT_S, UID, app_id, certificate, minted, publisher, rtc_fields, service, signed_text, token,
};

const ISSUED: u64 = ISSUED_AT_S as u64;

#[test]
fn s9_a_token_opens_its_channel_to_its_user_until_it_expires() {
    let grant = join(&publisher(), CHANNEL, UID, ISSUED + 1).unwrap();

    assert_eq!(grant, until(ISSUED + 600));
    assert!(grant.may_publish_audio(ISSUED + 599) && !grant.may_publish_audio(ISSUED + 600));
    assert!(grant.may_publish_video(ISSUED + 599) && grant.may_publish_data(ISSUED + 599));
}

#[test]
fn s9_another_channel_or_another_user_is_refused() {
    assert_eq!(join(&publisher(), "another", UID, ISSUED), Err(JoinRefusal::OtherChannel));
    assert_eq!(join(&publisher(), "", UID, ISSUED), Err(JoinRefusal::OtherChannel));
    assert_eq!(join(&publisher(), CHANNEL, "2882341274", ISSUED), Err(JoinRefusal::OtherUid));
    assert_eq!(join(&publisher(), CHANNEL, "02882341273", ISSUED), Err(JoinRefusal::OtherUid), "texts, not numbers");
}

#[test]
fn s9_uid_zero_is_anybody_in_the_token_and_nobody_at_the_door() {
    let anybody = token([Service::rtc(Role::Subscriber, CHANNEL, "", 600)]);

    assert!(join(&anybody, CHANNEL, "ada", ISSUED).is_ok());
    assert!(join(&anybody, CHANNEL, "", ISSUED).is_ok());
    assert_eq!(join(&anybody, "another", "ada", ISSUED), Err(JoinRefusal::OtherChannel), "not everywhere");
    assert_eq!(join(&publisher(), CHANNEL, "", ISSUED), Err(JoinRefusal::OtherUid));
}

#[test]
fn s9_a_token_of_another_app_is_refused_whoever_signed_it() {
    let foreign = AppId::new("970ca35de60c44645bbae8a215061b33").unwrap();
    let parsed = parse(&minted(&publisher())).unwrap();
    let at = Join { app_id: &foreign, channel: CHANNEL, uid: UID, now_s: ISSUED };

    assert_eq!(check_join(&parsed, &certificate().into(), &at), Err(JoinRefusal::ForeignApp), "the case counts");
}

#[test]
fn s9_a_token_by_another_apps_certificate_is_refused() {
    let forged = mint(&publisher(), &other_certificate()).unwrap();

    assert_eq!(check(&forged, &certificate().into()), Err(JoinRefusal::BadSignature));
}

#[test]
fn s9_during_a_rotation_both_certificates_open_and_afterwards_one() {
    let (by_new, by_old) = (minted(&publisher()), mint(&publisher(), &other_certificate()).unwrap());
    let rotating = Certificates::rotating(certificate(), other_certificate());
    let afterwards = Certificates::from(rotating.current().clone());

    assert!(check(&by_new, &rotating).is_ok() && check(&by_old, &rotating).is_ok());
    assert!(check(&by_new, &afterwards).is_ok());
    assert_eq!(check(&by_old, &afterwards), Err(JoinRefusal::BadSignature));
}

#[test]
fn s9_an_expired_token_is_refused_from_its_last_second_on() {
    assert!(join(&publisher(), CHANNEL, UID, ISSUED + 599).is_ok());
    for now_s in [ISSUED + 600, ISSUED + 601, u64::MAX] {
        assert_eq!(join(&publisher(), CHANNEL, UID, now_s), Err(JoinRefusal::Expired), "at {now_s}");
    }
}

#[test]
fn s9_a_token_from_the_future_is_refused_beyond_the_skew_of_honest_clocks() {
    assert!(join(&publisher(), CHANNEL, UID, ISSUED - 300).is_ok());
    assert_eq!(join(&publisher(), CHANNEL, UID, ISSUED - 301), Err(JoinRefusal::NotYetValid));
    assert_eq!(join(&publisher(), CHANNEL, UID, 0), Err(JoinRefusal::NotYetValid));
}

#[test]
fn s9_the_end_of_time_is_far_away_and_not_an_overflow() {
    let last = Token { issued_at_s: u32::MAX, expire_s: u32::MAX, ..publisher() };

    let grant = join(&last, CHANNEL, UID, u64::from(u32::MAX)).unwrap();

    assert_eq!(grant.until_s, u64::from(u32::MAX) + 600);
    assert_eq!(last.expires_at_s(), 2 * u64::from(u32::MAX));
}

#[test]
fn s9_who_may_only_listen_may_not_be_heard_or_seen() {
    let subscriber = token([Service::rtc(Role::Subscriber, CHANNEL, UID, 600)]);

    let grant = join(&subscriber, CHANNEL, UID, ISSUED).unwrap();

    let none = JoinGrant { until_s: ISSUED + 600, audio_until_s: None, video_until_s: None, data_until_s: None };
    assert_eq!(grant, none);
    assert!(!grant.may_publish_audio(ISSUED) && !grant.may_publish_video(ISSUED) && !grant.may_publish_data(ISSUED));
}

#[test]
fn s9_who_may_publish_and_not_join_stays_outside() {
    let speaker = with_privileges([(RtcPrivilege::PublishAudio, 600)]);

    assert_eq!(join(&speaker, CHANNEL, UID, ISSUED), Err(JoinRefusal::NoJoinPrivilege));
    assert_eq!(join(&with_privileges([]), CHANNEL, UID, ISSUED), Err(JoinRefusal::NoJoinPrivilege));
}

#[test]
fn s9_a_privilege_may_end_before_its_token_and_never_after_it() {
    let short = with_privileges([(RtcPrivilege::Join, 60), (RtcPrivilege::PublishAudio, 30)]);
    let long = with_privileges([(RtcPrivilege::Join, 9_000), (RtcPrivilege::PublishAudio, u32::MAX)]);

    let early = join(&short, CHANNEL, UID, ISSUED + 40).unwrap();
    let late = join(&long, CHANNEL, UID, ISSUED).unwrap();

    assert_eq!((early.until_s, early.may_publish_audio(ISSUED + 40)), (ISSUED + 60, false));
    assert_eq!((late.until_s, late.audio_until_s), (ISSUED + 600, Some(ISSUED + 600)));
    assert_eq!(join(&short, CHANNEL, UID, ISSUED + 60), Err(JoinRefusal::PrivilegeExpired));
}

#[test]
fn s9_nobody_is_heard_for_longer_than_allowed_to_be_there() {
    let speaker = with_privileges([(RtcPrivilege::Join, 60), (RtcPrivilege::PublishAudio, 600)]);

    let grant = join(&speaker, CHANNEL, UID, ISSUED).unwrap();

    assert_eq!(grant.audio_until_s, Some(ISSUED + 60));
}

#[test]
fn s9_a_privilege_of_zero_ends_with_the_token_and_a_token_of_zero_at_once() {
    let unlimited = token([Service::rtc(Role::Publisher, CHANNEL, UID, 0)]);
    let nothing = Token { expire_s: 0, ..publisher() };

    assert_eq!(join(&unlimited, CHANNEL, UID, ISSUED + 599), Ok(until(ISSUED + 600)));
    assert_eq!(join(&unlimited, CHANNEL, UID, ISSUED + 600), Err(JoinRefusal::Expired));
    assert_eq!(join(&nothing, CHANNEL, UID, ISSUED), Err(JoinRefusal::Expired));
}

#[test]
fn s9_a_token_for_another_service_does_not_open_a_channel() {
    let text = signed_text(&[vec![1, 0], service(3, 1, &rtc_fields())].concat());

    assert_eq!(check(&text, &certificate().into()), Err(JoinRefusal::NotForCalls));
}

#[test]
fn s9_a_service_that_repeats_or_that_nobody_knows_is_refused_at_our_doors() {
    let rtc = service(1, 1, &rtc_fields());
    let repeated = signed_text(&[vec![2, 0], rtc.clone(), rtc.clone()].concat());
    let unknown = signed_text(&[vec![2, 0], rtc.clone(), service(999, 1, &[])].concat());
    let hidden = signed_text(&[vec![2, 0], service(0, 1, &[]), rtc].concat());

    assert_eq!(parse(&repeated).err(), Some(ParseError::RepeatedService(1)));
    assert_eq!(parse(&unknown).err(), Some(ParseError::UnknownService(999)));
    assert_eq!(parse(&hidden).err(), Some(ParseError::UnknownService(0)));
}

#[test]
fn s9_a_privilege_that_repeats_or_something_behind_the_token_is_refused_at_our_doors() {
    let twice = [[1, 0, 2, 0].as_slice(), &[1, 0, 1, 0, 0, 0], &[1, 0, 2, 0, 0, 0], &rtc_fields()].concat();
    let repeated = signed_text(&[[1, 0].as_slice(), &twice].concat());
    let trailing = signed_text(&[[1, 0].as_slice(), &service(1, 1, &rtc_fields()), &[0]].concat());

    assert_eq!(parse(&repeated).err(), Some(ParseError::RepeatedKey(1)));
    assert_eq!(parse(&trailing).err(), Some(ParseError::TrailingBytes));
    assert_eq!(parse(&signed_text(&[0, 0])).err(), Some(ParseError::NoService));
    assert!(parse_as_reference(&repeated).is_ok() && parse_as_reference(&trailing).is_ok());
}

fn join(token: &Token, channel: &str, uid: &str, now_s: u64) -> Result<JoinGrant, JoinRefusal> {
    let parsed = parse(&minted(token)).unwrap();
    check_join(&parsed, &certificate().into(), &Join { app_id: &app_id(), channel, uid, now_s })
}

fn check(text: &str, certificates: &Certificates) -> Result<JoinGrant, JoinRefusal> {
    let at = Join { app_id: &app_id(), channel: CHANNEL, uid: UID, now_s: ISSUED };
    check_join(&parse(text).unwrap(), certificates, &at)
}

fn with_privileges<const N: usize>(privileges: [(RtcPrivilege, u32); N]) -> Token {
    token([Service::Rtc { privileges: privileges.into(), channel: CHANNEL.to_owned(), uid: UID.to_owned() }])
}

fn until(end_s: u64) -> JoinGrant {
    let end = Some(end_s);
    JoinGrant { until_s: end_s, audio_until_s: end, video_until_s: end, data_until_s: end }
}

fn other_certificate() -> Certificate {
    "0123456789abcdef0123456789abcdef".parse().unwrap()
}
