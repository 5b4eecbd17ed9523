//! A token in the clear, and how it becomes a text.

use crate::{AppId, Certificate, MAX_SERVICES, Service, envelope, signature::sign, wire::Writer};

/// What a token says. All its times are seconds, `issued_at_s` since the Unix epoch and the others since `issued_at_s`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Whose token it is.
    pub app_id: AppId,
    /// When it was made.
    pub issued_at_s: u32,
    /// How long it holds. Unlike a privilege's, a token's zero is no time at all.
    pub expire_s: u32,
    /// Random, so that two tokens of the same second are signed with different keys.
    pub salt: u32,
    /// What it is good for.
    pub services: Vec<Service>,
}

/// Why there is no text for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MintError {
    /// It is good for nothing.
    #[error("a token needs a service")]
    NoService,
    /// It has more services than any reader of ours takes.
    #[error("a token with {0} services; {MAX_SERVICES} are the most")]
    TooManyServices(usize),
    /// A text in it, or all of it together, is longer than any reader of ours takes.
    #[error("the token is too large")]
    TooLarge,
}

impl Token {
    /// The first second at which the token no longer holds, since the Unix epoch.
    pub const fn expires_at_s(&self) -> u64 {
        self.at_s(self.expire_s)
    }

    /// A number of seconds after issue, since the Unix epoch.
    pub(crate) const fn at_s(&self, after_issue_s: u32) -> u64 {
        self.issued_at_s as u64 + after_issue_s as u64
    }

    /// Everything that is signed. Services stand in the order of their numbers; equal ones keep their own.
    pub(crate) fn signed_bytes(&self) -> Result<Vec<u8>, MintError> {
        let mut services: Vec<_> = self.services.iter().collect();
        services.sort_by_key(|service| service.number());

        let mut writer = Writer::default();
        writer.text(self.app_id.as_str())?;
        writer.u32(self.issued_at_s);
        writer.u32(self.expire_s);
        writer.u32(self.salt);
        writer.list(&services, |writer, service| service.encode(writer))?;
        Ok(writer.into_bytes())
    }
}

/// Signs a token and makes its text. Salt and issue time are the caller's: a random number, and its clock.
///
/// # Errors
/// [`MintError`] if the token has no service, or is larger than [`parse`](crate::parse) takes.
pub fn mint(token: &Token, certificate: &Certificate) -> Result<String, MintError> {
    match token.services.len() {
        0 => return Err(MintError::NoService),
        1..=MAX_SERVICES => {}
        more => return Err(MintError::TooManyServices(more)),
    }
    let signed = token.signed_bytes()?;
    let mut payload = Writer::default();
    payload.bytes(&sign(&signed, token.issued_at_s, token.salt, certificate))?;
    payload.raw(&signed);
    envelope::seal(&payload.into_bytes())
}
