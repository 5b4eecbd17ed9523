//! Tokens for sign-ins, and what follows when a sign-in is over.

use carillon_protocol::{Account, DeviceId, SignedIn, UserId};

use crate::{
    bus::Farewell,
    clock::millis,
    core::Core,
    secrets::{hash_secret, new_refresh_family, new_refresh_token, new_token},
    store::{self, KeptTokens, Tx},
};

/// The next tokens of a sign-in: what the device is told, and what is kept of it.
pub(crate) struct FreshTokens {
    pub(crate) token: String,
    pub(crate) refresh_token: String,
    pub(crate) expires_in_s: u64,
    pub(crate) kept: KeptTokens,
}

impl FreshTokens {
    /// The answer to whoever signed in.
    pub(crate) fn signed_in(self, core: &Core, account: Account, device: DeviceId) -> SignedIn {
        SignedIn {
            account,
            device,
            app: core.config.app.clone(),
            token: self.token,
            token_expires_in_s: self.expires_in_s,
            refresh_token: self.refresh_token,
        }
    }
}

impl Core {
    /// Tokens of a new sign-in.
    pub(crate) fn first_tokens(&self) -> FreshTokens {
        self.next_tokens(&new_refresh_family())
    }

    /// Further tokens of the sign-in whose refresh tokens begin so.
    pub(crate) fn next_tokens(&self, family: &str) -> FreshTokens {
        let (now_ms, patience) = (self.clock.now_ms(), &self.config.patience);
        let (token, refresh_token) = (new_token(), new_refresh_token(family));
        let kept = KeptTokens {
            token_hash: hash_secret(&token),
            token_until_ms: now_ms.saturating_add(millis(patience.token)),
            family_hash: hash_secret(family),
            refresh_hash: hash_secret(&refresh_token),
            refresh_until_ms: now_ms.saturating_add(millis(patience.sign_in)),
        };
        FreshTokens { token, refresh_token, expires_in_s: patience.token.as_secs(), kept }
    }

    /// When a device must have gone for calls to give it up now: whoever is signed out does not come back.
    pub(crate) fn gone_at_ms(&self) -> u64 {
        self.clock.now_ms().saturating_sub(millis(self.config.patience.away))
    }

    /// Ends a device's sign-in in this transaction, with all that follows.
    pub(crate) async fn sign_out(&self, tx: Tx, user: &UserId, device: DeviceId) -> store::Result<()> {
        let whose = (&self.config.app, user, device);
        let mail = (self.clock.now_ms(), u64::from(self.config.limits.outbox));
        let posted = store::sign_ins::sign_out(tx, whose, self.gone_at_ms(), mail).await?;
        self.sign_ins_ended(&[device]);
        self.bus.deliver(posted);
        Ok(())
    }

    /// Sign-ins are over, and it is committed: their links close, and the sweeper takes the devices out of calls.
    pub(crate) fn sign_ins_ended(&self, devices: &[DeviceId]) {
        for device in devices {
            self.bus.dismiss(*device, Farewell::SignedOut);
        }
        self.deadlines.note(self.clock.now_ms());
    }
}
