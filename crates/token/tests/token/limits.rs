//! Security case S20: no text costs more than it should, breaks anything, or is believed by accident.

use carillon_token::{
    Certificates, MAX_PAYLOAD_BYTES, MAX_SERVICES, MAX_TEXT_BYTES, MintError, ParseError, Role, Service, mint, parse,
    parse_as_reference,
};

use crate::support::{
    CHANNEL, UID, certificate, minted, payload_of, publisher, rtc_fields, service, signed_text, text_of, token,
};

#[test]
fn s20_a_zlib_bomb_is_stopped_at_8_kib() {
    let plain = text_of(&vec![0; 2_900_000]);
    let token_first = text_of(&[payload_of(&minted(&publisher())), vec![0; 2_800_000]].concat());

    for bomb in [plain, token_first] {
        assert!(bomb.len() <= MAX_TEXT_BYTES, "the text alone does not give it away: {}", bomb.len());
        assert_eq!(parse(&bomb).err(), Some(ParseError::PayloadTooLong));
        assert_eq!(parse_as_reference(&bomb).err(), Some(ParseError::PayloadTooLong));
    }
}

#[test]
fn s20_a_text_of_more_than_4_kib_is_not_looked_at() {
    let long = format!("007{}", "*".repeat(MAX_TEXT_BYTES));

    assert_eq!(parse(&long).err(), Some(ParseError::TextTooLong));
    assert_eq!(parse(&long[..MAX_TEXT_BYTES]).err(), Some(ParseError::Base64));
}

#[test]
fn s20_base64_junk_is_refused() {
    let good = minted(&publisher());
    let unpadded = good.trim_end_matches('=');

    for junk in [" ", "\n", "\0", "=", "é", "-_", "===="] {
        assert_eq!(parse(&format!("{good}{junk}")).err(), Some(ParseError::Base64), "{junk:?}");
        assert_eq!(parse(&format!("007{junk}{}", &good[3..])).err(), Some(ParseError::Base64), "{junk:?}");
    }
    for cut in [1, 2, 3, 5] {
        assert!(parse(&unpadded[..unpadded.len() - cut]).is_err(), "cut by {cut}");
    }
}

#[test]
fn s20_a_payload_that_ends_early_is_refused_wherever_it_ends() {
    let payload = payload_of(&minted(&publisher()));

    for end in 0..payload.len() {
        let refused = parse_as_reference(&text_of(&payload[..end])).err();
        assert_eq!(refused, Some(ParseError::CutShort), "cut at {end}");
    }
}

#[test]
fn s20_a_length_that_runs_over_the_end_is_refused_wherever_it_stands() {
    let payload = payload_of(&minted(&publisher()));
    let lengths = [(0, "signature"), (34, "app id"), (110, "channel"), (144, "uid")];

    for (at, what) in lengths {
        let mut longer = payload.clone();
        longer[at..at + 2].copy_from_slice(&[0xff, 0xff]);
        assert_eq!(parse(&text_of(&longer)).err(), Some(ParseError::CutShort), "{what}");
    }
}

#[test]
fn s20_a_count_of_65535_costs_no_more_than_the_bytes_that_follow() {
    let everything = [0xff, 0xff];
    let privileges = signed_text(&[[1, 0, 1, 0].as_slice(), &everything, &[1, 0, 0, 0, 0, 0]].concat());
    let resources = signed_text(&[[1, 0].as_slice(), &service(8, 1, &[0, 0]), &everything].concat());
    let names = [[0, 0].as_slice(), &[1, 0, 0, 0, 1, 0, 0, 0], &everything, &[0, 0]].concat();
    let names = signed_text(&[[1, 0].as_slice(), &service(8, 1, &names)].concat());

    assert_eq!(parse(&signed_text(&everything)).err(), Some(ParseError::TooManyServices(65_535)));
    for text in [privileges, resources, names] {
        assert_eq!(parse(&text).err(), Some(ParseError::CutShort));
        assert_eq!(parse_as_reference(&text).err(), Some(ParseError::CutShort));
    }
}

#[test]
fn s20_more_than_16_services_are_neither_minted_nor_read() {
    let services = |count| vec![Service::rtc(Role::Subscriber, CHANNEL, UID, 600); count];
    let many = signed_text(&[[17, 0].as_slice(), &service(1, 1, &rtc_fields()).repeat(17)].concat());

    assert!(parse_as_reference(&minted(&token(services(MAX_SERVICES)))).is_ok());
    assert_eq!(mint(&token(services(17)), &certificate()), Err(MintError::TooManyServices(17)));
    assert_eq!(parse_as_reference(&many).err(), Some(ParseError::TooManyServices(17)));
}

#[test]
fn s20_what_nobody_would_read_is_not_minted() {
    for length in [MAX_PAYLOAD_BYTES, 65_536] {
        let wordy = token([Service::rtc(Role::Subscriber, "c".repeat(length), UID, 600)]);
        assert_eq!(mint(&wordy, &certificate()), Err(MintError::TooLarge), "{length}");
    }
}

#[test]
fn s20_fields_of_the_wrong_kind_are_refused() {
    let payload = payload_of(&minted(&publisher()));
    let (mut not_hex, mut not_text) = (payload.clone(), payload.clone());
    not_hex[36] = b'g';
    not_text[112] = 0xff;
    let short_signature = [[31, 0].as_slice(), &payload[3..]].concat();

    assert_eq!(parse(&text_of(&not_hex)).err(), Some(ParseError::AppId));
    assert_eq!(parse(&text_of(&not_text)).err(), Some(ParseError::NotText));
    assert_eq!(parse(&text_of(&short_signature)).err(), Some(ParseError::SignatureLength));
}

/// The comparison itself is `subtle`'s, which takes as long for the first wrong bit as for the last.
#[test]
fn s20_no_bit_of_the_payload_may_change_be_it_the_first_or_the_last() {
    let payload = payload_of(&minted(&publisher()));

    for bit in 0..payload.len() * 8 {
        let mut flipped = payload.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let believed = parse_as_reference(&text_of(&flipped)).is_ok_and(|parsed| parsed.verify(&certificate()).is_ok());
        assert!(!believed, "bit {bit}");
    }
}

#[test]
fn s20_nothing_that_is_printed_opens_a_channel() {
    let parsed = parse(&minted(&publisher())).unwrap();
    let signature = payload_of(&minted(&publisher()))[2..34].to_vec();

    let printed = format!("{parsed:?} {:?}", Certificates::from(certificate()));

    assert!(!printed.contains(&format!("{signature:?}")) && !printed.contains("signature"), "{printed}");
    assert!(!printed.contains("5CFd"), "{printed}");
}
