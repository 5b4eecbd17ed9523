//! What a fuzzer feeds: bytes become the text and the payload of a token, and nothing may panic or contradict itself.

use crate::{
    Certificate, Join, ParseError, Parsed, Service, check_join, mint,
    parse::{Reading, read, read_payload},
};

/// Reads `bytes` in every way there is, and does with the outcome what the server does.
///
/// # Panics
/// Where the crate breaks a promise of its own.
pub fn access_token2(bytes: &[u8]) {
    if let Ok(text) = str::from_utf8(bytes) {
        compare(|reading| read(text, reading));
    }
    compare(|reading| read_payload(bytes, reading));
}

fn compare(read: impl Fn(Reading) -> Result<Parsed, ParseError>) {
    let reference = read(Reading::AsReference);
    if let Ok(strict) = read(Reading::Strict) {
        let reference = reference.as_ref().expect("what is read strictly is read by every reader");
        assert_eq!(strict.unverified(), reference.unverified(), "both readings see the same");
    }
    if let Ok(parsed) = reference {
        use_it(&parsed);
    }
}

fn use_it(parsed: &Parsed) {
    let certificate = Certificate::new(&"0".repeat(32)).expect("32 hexadecimal digits");
    let join = Join { app_id: parsed.app_id(), channel: "", uid: "", now_s: u64::MAX };
    assert!(check_join(parsed, &certificate.clone().into(), &join).is_err(), "nobody signed it");

    let mut token = parsed.unverified().clone();
    token.services.sort_by_key(Service::number);
    if let Ok(text) = mint(&token, &certificate) {
        let again = read(&text, Reading::AsReference).expect("what is minted is read");
        assert_eq!(again.verify(&certificate), Ok(&token), "what is minted is what was meant");
    }
}
