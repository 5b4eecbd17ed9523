//! Devices' own keys: whether one is a key at all, and whether the device that opens a link has its secret half.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use carillon_protocol::{DeviceId, DeviceKey, Nonce, Signature, identity};
use ed25519_dalek::VerifyingKey;

/// Whether this is a public Ed25519 key that signatures can be told apart by.
pub(crate) fn is_good(key: &DeviceKey) -> bool {
    verifying_key(key).is_some_and(|key| !key.is_weak())
}

/// Whether a device has signed what this link was challenged with (RFC 8032, without the signatures that several keys would fit).
pub(crate) fn proves(key: &DeviceKey, nonce: &Nonce, device: DeviceId, proof: Option<&Signature>) -> bool {
    let text = identity::link_text(nonce, device);
    let signature = proof.and_then(|proof| bytes(proof.as_str()));
    let signature = signature.map(|bytes| ed25519_dalek::Signature::from_bytes(&bytes));
    let checked = verifying_key(key).zip(signature);
    checked.is_some_and(|(key, signature)| key.verify_strict(text.as_bytes(), &signature).is_ok())
}

fn verifying_key(key: &DeviceKey) -> Option<VerifyingKey> {
    VerifyingKey::from_bytes(&bytes(key.as_str())?).ok()
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer as _, SigningKey};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn only_the_secret_half_proves_and_only_for_this_link_and_this_device() {
        let (secret, other) = (SigningKey::from_bytes(&[7; 32]), SigningKey::from_bytes(&[8; 32]));
        let (nonce, device) = (nonce("abc"), DeviceId::new(Uuid::from_u128(1)));
        let sign = |key: &SigningKey, text: String| {
            let bytes = key.sign(text.as_bytes()).to_bytes();
            Signature::new(URL_SAFE_NO_PAD.encode(bytes)).unwrap()
        };
        let public = public(&secret);

        let good = sign(&secret, identity::link_text(&nonce, device));
        assert!(is_good(&public) && proves(&public, &nonce, device, Some(&good)));

        assert!(!proves(&public, &nonce, device, None));
        assert!(!proves(&public, &nonce, device, Some(&sign(&other, identity::link_text(&nonce, device)))));
        assert!(!proves(&public, &self::nonce("abd"), device, Some(&good)));
        assert!(!proves(&public, &nonce, DeviceId::new(Uuid::from_u128(2)), Some(&good)));
        assert!(!proves(&public, &nonce, device, Some(&Signature::new("junk").unwrap())));
    }

    #[test]
    fn what_is_no_key_or_one_that_fits_any_signature_is_not_taken() {
        let text = |bytes: &[u8]| DeviceKey::new(URL_SAFE_NO_PAD.encode(bytes)).unwrap();
        let mut identity_point = [0; 32];
        identity_point[0] = 1;

        assert!(!is_good(&DeviceKey::new("short").unwrap()));
        assert!(!is_good(&text(&[7; 31])));
        assert!(!is_good(&text(&identity_point)));
    }

    fn nonce(text: &str) -> Nonce {
        Nonce::new(text).unwrap()
    }

    fn public(secret: &SigningKey) -> DeviceKey {
        DeviceKey::new(URL_SAFE_NO_PAD.encode(secret.verifying_key().to_bytes())).unwrap()
    }
}
