//! Every distinct token in the tests of AgoraIO/Tools (MIT, da06bfb8), in its many packings.

use carillon_token::{BadSignature, Certificate, ParseError, Token, mint, parse, parse_as_reference};
use serde::Deserialize;

use crate::support::{certificate, payload_of};

#[derive(Deserialize)]
struct Vector {
    name: String,
    app_id: String,
    /// The one of one token was never published.
    app_certificate: Option<String>,
    issue_ts: u32,
    expire: u32,
    salt: u32,
    raw_hex: String,
    published: Vec<String>,
}

#[test]
fn every_published_text_inflates_to_its_payload_and_verifies() {
    let mut verified = 0;

    for vector in vectors().into_iter().filter(|vector| vector.app_certificate.is_some()) {
        for text in &vector.published {
            let parsed = parse_as_reference(text).unwrap();
            let token = parsed.verify(&vector.certificate()).unwrap();

            assert_eq!(hex(&payload_of(text)), vector.raw_hex, "{}", vector.name);
            assert_eq!(hex(parsed.signed_bytes()), vector.raw_hex[68..], "{}", vector.name);
            assert_eq!(token.app_id.as_str(), vector.app_id, "{}", vector.name);
            assert_eq!(vector.times(), (token.issued_at_s, token.expire_s, token.salt), "{}", vector.name);
            assert_eq!(parsed.unknown_service(), None, "{}", vector.name);
            verified += 1;
        }
    }

    assert_eq!(verified, 33);
}

#[test]
fn every_payload_is_built_again_byte_for_byte() {
    let mut built = 0;

    for vector in vectors().into_iter().filter(|vector| vector.app_certificate.is_some()) {
        let text = mint(&vector.token(), &vector.certificate()).unwrap();

        assert_eq!(hex(&payload_of(&text)), vector.raw_hex, "{}", vector.name);
        built += 1;
    }

    assert_eq!(built, 18);
}

#[test]
fn our_own_doors_take_all_of_them_but_the_one_that_repeats_services() {
    for vector in vectors() {
        for text in &vector.published {
            let refused = parse(text).err();

            let expected = (vector.name == "streaming_fcdn_repeated").then_some(ParseError::RepeatedService(3));
            assert_eq!(refused, expected, "{}", vector.name);
        }
    }
}

#[test]
fn the_one_by_a_certificate_that_nobody_published_is_read_and_not_believed() {
    let vector = vector("chat_user_of_an_unpublished_certificate");

    let parsed = parse(&vector.published[0]).unwrap();

    assert_eq!(parsed.app_id().as_str(), vector.app_id);
    assert_eq!(parsed.verify(&certificate()), Err(BadSignature));
}

/// The payload of a published token, in hexadecimals.
pub(crate) fn payload_named(name: &str) -> String {
    vector(name).raw_hex
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn vector(name: &str) -> Vector {
    vectors().into_iter().find(|vector| vector.name == name).unwrap()
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("../vectors/access_token2.json")).unwrap()
}

impl Vector {
    fn certificate(&self) -> Certificate {
        self.app_certificate.as_ref().unwrap().parse().unwrap()
    }

    fn times(&self) -> (u32, u32, u32) {
        (self.issue_ts, self.expire, self.salt)
    }

    fn token(&self) -> Token {
        parse_as_reference(&self.published[0]).unwrap().unverified().clone()
    }
}
