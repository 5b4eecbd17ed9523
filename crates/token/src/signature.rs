//! The signature: HMAC-SHA256 with a key that the certificate, the issue time and the salt make.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::Certificate;

/// As it stands at the front of a payload.
pub(crate) type Signature = [u8; 32];

/// Signs everything of a payload that follows the signature.
pub(crate) fn sign(signed: &[u8], issued_at_s: u32, salt: u32, certificate: &Certificate) -> Signature {
    hmac(&*key(issued_at_s, salt, certificate), signed)
}

/// A key for this one token: with it, no other can be signed.
fn key(issued_at_s: u32, salt: u32, certificate: &Certificate) -> Zeroizing<[u8; 32]> {
    let by_time = Zeroizing::new(hmac(&issued_at_s.to_le_bytes(), certificate.as_bytes()));
    Zeroizing::new(hmac(&salt.to_le_bytes(), &*by_time))
}

fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.chain_update(message).finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_the_published_tokens_comes_out() {
        let certificate = Certificate::new("5CFd2fd1755d40ecb72977518be15d3b").unwrap();

        let key = key(1_111_111, 1, &certificate);

        let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "cee2fa8dcbe868c30ca8c959d97fad4a5049c634da48449f1b8f59c14fa61073");
    }
}
