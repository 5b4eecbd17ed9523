//! What the stories share: the published fixture, and a second hand that opens, packs and signs payloads on its own.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use carillon_token::{AppId, Certificate, Role, Service, Token, mint};
use hmac::{Hmac, KeyInit as _, Mac as _};
use miniz_oxide::{deflate::compress_to_vec_zlib, inflate::decompress_to_vec_zlib};
use sha2::Sha256;

pub(crate) const CERTIFICATE: &str = "5CFd2fd1755d40ecb72977518be15d3b";
pub(crate) const CHANNEL: &str = "7d72365eb983485397e3e3f9d460bdda";
pub(crate) const UID: &str = "2882341273";
pub(crate) const ISSUED_AT_S: u32 = 1_111_111;

pub(crate) fn app_id() -> AppId {
    "970CA35de60c44645bbae8a215061b33".parse().unwrap()
}

pub(crate) fn certificate() -> Certificate {
    CERTIFICATE.parse().unwrap()
}

/// A token as the published ones are: issued at 1111111, for 600 s, with salt 1.
pub(crate) fn token(services: impl Into<Vec<Service>>) -> Token {
    Token { app_id: app_id(), issued_at_s: ISSUED_AT_S, expire_s: 600, salt: 1, services: services.into() }
}

pub(crate) fn publisher() -> Token {
    token([Service::rtc(Role::Publisher, CHANNEL, UID, 600)])
}

pub(crate) fn minted(token: &Token) -> String {
    mint(token, &certificate()).unwrap()
}

pub(crate) fn payload_of(text: &str) -> Vec<u8> {
    decompress_to_vec_zlib(&STANDARD.decode(&text[3..]).unwrap()).unwrap()
}

pub(crate) fn text_of(payload: &[u8]) -> String {
    format!("007{}", STANDARD.encode(compress_to_vec_zlib(payload, 9)))
}

/// The text of a token whose signed bytes begin as they should and go on with anything: the signature is right.
pub(crate) fn signed_text(services: &[u8]) -> String {
    let [issued_at, expire, salt] = [ISSUED_AT_S, 600, 1].map(u32::to_le_bytes);
    let id = app_id();
    let signed = [&[32, 0], id.as_str().as_bytes(), &issued_at, &expire, &salt, services].concat();
    let key = hmac(&salt, &hmac(&issued_at, CERTIFICATE.as_bytes()));
    text_of(&[[32, 0].as_slice(), &hmac(&key, &signed), &signed].concat())
}

/// A service's bytes: its number, one privilege of 600 s, and its fields.
pub(crate) fn service(number: u16, privilege: u16, fields: &[u8]) -> Vec<u8> {
    let [number, count, privilege] = [number, 1, privilege].map(u16::to_le_bytes);
    [&number, &count, &privilege, 600_u32.to_le_bytes().as_slice(), fields].concat()
}

/// The fields of an RTC service as published.
pub(crate) fn rtc_fields() -> Vec<u8> {
    [&[32, 0], CHANNEL.as_bytes(), &[10, 0], UID.as_bytes()].concat()
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(message).finalize().into_bytes().to_vec()
}
