//! Tokens and invites: made here, and kept only as hashes.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use carillon_protocol::Nonce;
use sha2::{Digest as _, Sha256};

/// No two of these characters look alike, and none needs explaining on the phone.
const INVITE_ALPHABET: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";

/// More than there are in an invite.
const MAX_INVITE_CHARS: usize = 32;

const REFRESH_FAMILY_CHARS: usize = 24;
const REFRESH_TOKEN_CHARS: usize = 64;

/// A random secret of 256 bits, as it goes into an `Authorization` header.
pub(crate) fn new_token() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// A random secret of 80 bits that a person can pass on, such as `k7fq-2m9x-…`.
pub(crate) fn new_invite() -> String {
    let letters = rand::random::<[u8; 16]>().map(|byte| char::from(INVITE_ALPHABET[usize::from(byte % 32)]));
    letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
}

/// An invite as it was made, whatever came of it on its way: people leave hyphens out, and telephones write the first letter large.
pub(crate) fn tidy_invite(typed: &str) -> String {
    let signs =
        typed.chars().filter(|sign| *sign != '-' && !sign.is_whitespace()).map(|sign| sign.to_ascii_lowercase());
    let signs: Vec<char> = signs.take(MAX_INVITE_CHARS).collect();
    signs.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
}

/// How the refresh tokens of one sign-in begin: 144 bits.
pub(crate) fn new_refresh_family() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 18]>())
}

/// The next refresh token of a sign-in; 240 bits of it are its own.
pub(crate) fn new_refresh_token(family: &str) -> String {
    format!("{family}{}", URL_SAFE_NO_PAD.encode(rand::random::<[u8; 30]>()))
}

/// How a refresh token begins; `None` if it cannot be one.
pub(crate) fn refresh_family(token: &str) -> Option<&str> {
    (token.len() == REFRESH_TOKEN_CHARS).then(|| token.get(..REFRESH_FAMILY_CHARS)).flatten()
}

/// 32 hexadecimal digits: an application's id for tokens, or the certificate that they are signed with.
pub(crate) fn new_certificate() -> String {
    rand::random::<[u8; 16]>().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a device signs to open a link, once.
pub(crate) fn new_nonce() -> Nonce {
    Nonce::new(new_token()).expect("base64url of 32 bytes is short enough")
}

/// What is kept of a token or an invite. They are random, so a fast hash without salt is enough.
pub(crate) fn hash_secret(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(secret.trim().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_and_never_the_same() {
        assert_eq!(new_token().len(), 43);
        assert_eq!(new_invite().len(), 19);
        assert_eq!(new_refresh_token(&new_refresh_family()).len(), REFRESH_TOKEN_CHARS);
        assert_ne!(new_token(), new_token());
        assert_ne!(new_invite(), new_invite());
    }

    #[test]
    fn a_refresh_token_says_to_which_sign_in_it_belongs() {
        let family = new_refresh_family();
        let (one, other) = (new_refresh_token(&family), new_refresh_token(&family));

        assert_ne!(one, other);
        assert_eq!((refresh_family(&one), refresh_family(&other)), (Some(&*family), Some(&*family)));
        for junk in ["", &family, &format!("{one}x"), &"\u{e4}".repeat(32)] {
            assert_eq!(refresh_family(junk).filter(|found| *found == family), None, "{junk}");
        }
    }

    #[test]
    fn an_invite_is_known_with_and_without_hyphens_in_either_case() {
        let invite = new_invite();
        let typed = [invite.to_uppercase(), invite.replace('-', ""), format!(" {} \n", invite.replace('-', " "))];
        for typed in typed {
            assert_eq!(tidy_invite(&typed), invite);
        }
        assert_ne!(tidy_invite(&format!("{invite}2")), invite);
        assert!(tidy_invite(&"a".repeat(10_000)).len() < 64);
    }
}
