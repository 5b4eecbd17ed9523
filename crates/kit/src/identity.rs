//! A device's own key, and what this user's devices know of the keys of others.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use carillon_protocol::{DeviceId, DeviceKey, Signature, UserId};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use rand::{TryRng as _, rngs::SysRng};
use serde::{Deserialize, Serialize};

/// Enough for the devices of all people that a user talks to in years; more than that is a server that floods.
const MAX_KNOWN: usize = 10_000;

/// A device's own secret key.
pub(crate) struct DeviceSecret(SigningKey);

impl DeviceSecret {
    /// A new one, from the system's randomness; `None` if it has none.
    pub(crate) fn make() -> Option<Self> {
        let mut seed = [0; 32];
        SysRng.try_fill_bytes(&mut seed).ok()?;
        Some(Self(SigningKey::from_bytes(&seed)))
    }

    /// One that was kept.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let seed = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        Some(Self(SigningKey::from_bytes(&seed)))
    }

    /// For keeping: the secret itself.
    pub(crate) fn expose(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.as_bytes())
    }

    /// What others verify with.
    pub(crate) fn key(&self) -> DeviceKey {
        DeviceKey::new(URL_SAFE_NO_PAD.encode(self.0.verifying_key().as_bytes())).expect("32 bytes are 43 characters")
    }

    pub(crate) fn sign(&self, text: &str) -> Signature {
        let signature = self.0.sign(text.as_bytes());
        Signature::new(URL_SAFE_NO_PAD.encode(signature.to_bytes())).expect("64 bytes are 86 characters")
    }
}

/// Whether the owner of a key has signed a text. Strictly (RFC 8032 §5.1.7, without weak keys), so that one signature is good for one
/// text and one key.
pub(crate) fn is_signed(text: &str, key: &DeviceKey, signature: &Signature) -> bool {
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
    let key = decode(key.as_str()).and_then(|bytes| VerifyingKey::from_bytes(&bytes.try_into().ok()?).ok());
    let signature = decode(signature.as_str()).and_then(|bytes| ed25519_dalek::Signature::from_slice(&bytes).ok());
    matches!((key, signature), (Some(key), Some(signature)) if key.verify_strict(text.as_bytes(), &signature).is_ok())
}

/// The keys of other people's devices, as this installation has come to know them: the first key of a device is trusted, and another
/// one later is a warning ([`CallEvent::IdentityChanged`](crate::CallEvent)).
///
/// An app keeps it as JSON; nothing in it is secret, but a program that can change it can hide a change of a key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KnownKeys(BTreeMap<UserId, BTreeMap<DeviceId, DeviceKey>>);

impl KnownKeys {
    /// The key of a user's device.
    pub fn get(&self, user: &UserId, device: DeviceId) -> Option<&DeviceKey> {
        self.0.get(user)?.get(&device)
    }

    /// All known keys of a user, by device.
    pub fn of(&self, user: &UserId) -> impl Iterator<Item = (DeviceId, &DeviceKey)> {
        self.0.get(user).into_iter().flatten().map(|(device, key)| (*device, key))
    }

    /// How many devices are known.
    pub fn len(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Remembers a key in the place of the one before. At most 10 000 devices are remembered; a new one beyond that is not.
    pub fn insert(&mut self, user: UserId, device: DeviceId, key: DeviceKey) {
        if self.get(&user, device).is_none() && self.len() >= MAX_KNOWN {
            return tracing::warn!("too many devices are known; a new one is not remembered");
        }
        self.0.entry(user).or_default().insert(device, key);
    }

    /// Forgets a user's devices: their next keys are trusted as if they were the first.
    pub fn forget(&mut self, user: &UserId) {
        self.0.remove(user);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_a_device_signs_is_verified_with_its_own_key_and_no_other() {
        let (one, other) = (DeviceSecret::make().unwrap(), DeviceSecret::make().unwrap());

        let signature = one.sign("a text");

        assert!(is_signed("a text", &one.key(), &signature));
        assert!(!is_signed("another text", &one.key(), &signature));
        assert!(!is_signed("a text", &other.key(), &signature));
    }

    #[test]
    fn a_key_that_was_kept_is_the_same_key() {
        let secret = DeviceSecret::make().unwrap();

        let kept = DeviceSecret::parse(&secret.expose()).unwrap();

        assert_eq!(kept.key(), secret.key());
        assert!(DeviceSecret::parse("nonsense").is_none());
    }

    #[test]
    fn the_signature_is_ed25519_as_everybody_has_it() {
        // RFC 8032 §7.1, test 2.
        let hex = |text: &str| -> Vec<u8> {
            (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
        };
        let seed = hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        let public = hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        let signed = hex(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        );

        let secret = DeviceSecret::parse(&URL_SAFE_NO_PAD.encode(seed)).unwrap();

        assert_eq!(secret.key().as_str(), URL_SAFE_NO_PAD.encode(public));
        assert_eq!(secret.sign("r").as_str(), URL_SAFE_NO_PAD.encode(signed));
    }

    #[test]
    fn known_keys_are_kept_as_json() {
        let user = UserId::new("bob").unwrap();
        let device = DeviceId::new(Uuid::from_u128(7));
        let mut known = KnownKeys::default();
        known.insert(user.clone(), device, DeviceSecret::make().unwrap().key());

        let kept: KnownKeys = serde_json::from_str(&serde_json::to_string(&known).unwrap()).unwrap();

        assert_eq!(kept, known);
        assert_eq!(kept.len(), 1);
        known.forget(&user);
        assert!(known.is_empty());
    }
}
