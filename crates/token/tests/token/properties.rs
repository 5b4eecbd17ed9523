//! What holds for every token, and for everything that is none.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use carillon_token::{
    Access, ApaasPrivilege, AppId, BadSignature, Certificate, ChatPrivilege, FcdnPrivilege, FpaPrivilege, ParseError,
    Permissions, Privilege, Privileges, Resource, RtcPrivilege, Rtm2Privilege, RtmPrivilege, Service,
    StreamingPrivilege, Token, fuzz::access_token2, mint, parse, parse_as_reference,
};
use proptest::{collection::vec, prelude::*, sample::subsequence};

use crate::support::{certificate, minted, payload_of, publisher, text_of};

proptest! {
    #[test]
    fn what_is_minted_is_read_and_verified(token in tokens(), certificate in certificates()) {
        let text = mint(&token, &certificate).unwrap();

        let parsed = parse_as_reference(&text).unwrap();

        prop_assert_eq!(parsed.verify(&certificate).unwrap(), &sorted(token));
        prop_assert_eq!(parsed.unknown_service(), None);
    }

    #[test]
    fn our_doors_read_it_too_unless_a_service_repeats(token in tokens()) {
        let repeats = sorted(token.clone()).services.windows(2).any(|pair| pair[0].number() == pair[1].number());

        match parse(&minted(&token)) {
            Ok(parsed) => prop_assert_eq!((parsed.unverified(), repeats), (&sorted(token), false)),
            Err(error) => prop_assert!(repeats && matches!(error, ParseError::RepeatedService(_)), "{}", error),
        }
    }

    #[test]
    fn another_certificate_verifies_nothing(token in tokens(), other in certificates()) {
        let parsed = parse_as_reference(&minted(&token)).unwrap();

        prop_assert_eq!(parsed.verify(&other), Err(BadSignature));
    }

    #[test]
    fn a_flipped_bit_of_the_payload_never_verifies(token in tokens(), at in any::<prop::sample::Index>(), bit in 0..8) {
        let mut payload = payload_of(&minted(&token));
        let at = at.index(payload.len());
        payload[at] ^= 1_u8 << bit;

        let believed = parse_as_reference(&text_of(&payload)).is_ok_and(|parsed| parsed.verify(&certificate()).is_ok());

        prop_assert!(!believed);
    }

    /// Deflate leaves a few bits unused: those may change, and what is said stays the same to the byte.
    #[test]
    fn a_flipped_bit_of_the_packed_token_changes_nothing_or_makes_it_worthless(
        token in tokens(), at in any::<prop::sample::Index>(), bit in 0..8,
    ) {
        let text = minted(&token);
        let mut packed = STANDARD.decode(&text[3..]).unwrap();
        let at = at.index(packed.len());
        packed[at] ^= 1_u8 << bit;

        if let Ok(parsed) = parse_as_reference(&format!("007{}", STANDARD.encode(packed))) {
            let same = parsed.signed_bytes() == &payload_of(&text)[34..];
            prop_assert_eq!(parsed.verify(&certificate()).is_ok(), same);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..300)) {
        access_token2(&bytes);
    }

    #[test]
    fn no_text_behind_the_version_makes_it_panic(text in "(007)?[A-Za-z0-9+/]{0,200}={0,3}") {
        access_token2(text.as_bytes());
    }

    #[test]
    fn no_services_behind_a_sound_head_make_it_panic(count in 1_u8..5, services in vec(0_u8..9, 0..200)) {
        let head = &payload_of(&minted(&publisher()))[..80];
        let payload = [head, &[count, 0], &services].concat();

        access_token2(&payload);
        access_token2(text_of(&payload).as_bytes());
    }
}

fn sorted(mut token: Token) -> Token {
    token.services.sort_by_key(Service::number);
    token
}

fn tokens() -> impl Strategy<Value = Token> {
    ("[0-9a-fA-F]{32}", any::<u32>(), any::<u32>(), any::<u32>(), vec(services(), 1..6)).prop_map(
        |(app_id, issued_at_s, expire_s, salt, services)| Token {
            app_id: AppId::new(app_id).unwrap(),
            issued_at_s,
            expire_s,
            salt,
            services,
        },
    )
}

fn certificates() -> impl Strategy<Value = Certificate> {
    "[0-9a-fA-F]{32}".prop_map(|text| Certificate::new(&text).unwrap())
}

fn services() -> impl Strategy<Value = Service> {
    use {ApaasPrivilege as A, ChatPrivilege as C, FcdnPrivilege as F, RtcPrivilege as R, StreamingPrivilege as S};
    let rtc = privileges(vec![R::Join, R::PublishAudio, R::PublishVideo, R::PublishData]);
    let streaming = privileges(vec![S::PublishMix, S::PublishRaw]);
    let fcdn = privileges(vec![F::Publish, F::Play]);
    let chat = privileges(vec![C::User, C::App]);
    let apaas = privileges(vec![A::RoomUser, A::User, A::App]);
    let (rtm, fpa) = (privileges(vec![RtmPrivilege::Login]), privileges(vec![FpaPrivilege::Login]));
    let rtm2 = privileges(vec![Rtm2Privilege::Login]);
    prop_oneof![
        (rtc, name(), name()).prop_map(|(privileges, channel, uid)| Service::Rtc { privileges, channel, uid }),
        (rtm, name()).prop_map(|(privileges, user)| Service::Rtm { privileges, user }),
        (streaming, name(), name()).prop_map(|(privileges, channel, uid)| Service::Streaming {
            privileges,
            channel,
            uid
        }),
        fpa.prop_map(|privileges| Service::Fpa { privileges }),
        (chat, name()).prop_map(|(privileges, user)| Service::Chat { privileges, user }),
        (fcdn, name(), name()).prop_map(|(privileges, channel, uid)| Service::Fcdn { privileges, channel, uid }),
        (apaas, name(), name(), any::<i16>()).prop_map(|(privileges, room, user, role)| Service::Apaas {
            privileges,
            room,
            user,
            role
        }),
        (rtm2, name(), permissions()).prop_map(|(privileges, user, permissions)| Service::Rtm2 {
            privileges,
            user,
            permissions
        }),
    ]
}

fn privileges<P: Privilege + std::fmt::Debug + 'static>(of: Vec<P>) -> impl Strategy<Value = Privileges<P>> {
    let most = of.len();
    subsequence(of, 0..=most)
        .prop_flat_map(|some| some.into_iter().map(|one| (Just(one), any::<u32>())).collect::<Vec<_>>())
        .prop_map(Privileges::from_iter)
}

fn permissions() -> impl Strategy<Value = Permissions> {
    (vec(name(), 0..4), vec(name(), 0..4)).prop_map(|(read, write)| {
        Permissions::default().with(Resource::Users, Access::Read, read).with(
            Resource::MessageChannels,
            Access::Write,
            write,
        )
    })
}

/// Any text, so short that the largest token made of them still fits its limit.
fn name() -> impl Strategy<Value = String> {
    "\\PC{0,12}"
}
