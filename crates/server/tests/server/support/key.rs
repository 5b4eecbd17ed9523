//! Keys of devices.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use carillon_protocol::{DeviceKey, Nonce, Signature, SignedIn, identity};
use ed25519_dalek::{Signer as _, SigningKey};
use uuid::Uuid;

/// The secret half of a device's key.
#[derive(Clone)]
pub(crate) struct Key(SigningKey);

impl Key {
    pub(crate) fn new() -> Self {
        let mut seed = [0; 32];
        seed[..16].copy_from_slice(Uuid::new_v4().as_bytes());
        Self(SigningKey::from_bytes(&seed))
    }

    /// One that a fixture knows.
    pub(crate) fn of_seed(seed: u8) -> Self {
        Self(SigningKey::from_bytes(&[seed; 32]))
    }

    pub(crate) fn public(&self) -> DeviceKey {
        DeviceKey::new(URL_SAFE_NO_PAD.encode(self.0.verifying_key().to_bytes())).unwrap()
    }

    pub(crate) fn proof(&self, nonce: &Nonce, signed_in: &SignedIn) -> Signature {
        let text = identity::link_text(nonce, signed_in.device);
        Signature::new(URL_SAFE_NO_PAD.encode(self.0.sign(text.as_bytes()).to_bytes())).unwrap()
    }
}
