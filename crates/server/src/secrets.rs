//! Tokens and invites: made here, and kept only as hashes.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

/// No two of these characters look alike, and none needs explaining on the phone.
const INVITE_ALPHABET: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";

/// A random secret of 256 bits, as it goes into an `Authorization` header.
pub(crate) fn new_token() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// A random secret of 80 bits that a person can pass on, such as `k7fq-2m9x-…`.
pub(crate) fn new_invite() -> String {
    let letters = rand::random::<[u8; 16]>().map(|byte| char::from(INVITE_ALPHABET[usize::from(byte % 32)]));
    letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
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
        assert_ne!(new_token(), new_token());
        assert_ne!(new_invite(), new_invite());
    }
}
