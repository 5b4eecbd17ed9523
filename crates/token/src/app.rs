//! An application's two names of 32 hexadecimal digits: the id, which is public, and the certificate, which is secret.
//!
//! Both are used as the text that they are: upper and lower case make different names, and different signatures.

use std::{fmt, str::FromStr};

use zeroize::Zeroizing;

/// A text that is neither an app id nor a certificate. It does not say which text, since that may be almost a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not 32 hexadecimal digits")]
pub struct NotHex;

/// The application that a token belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppId(String);

impl AppId {
    /// Checks a text and takes it.
    ///
    /// # Errors
    /// [`NotHex`] if it is anything but 32 hexadecimal digits.
    pub fn new(text: impl Into<String>) -> Result<Self, NotHex> {
        let text = text.into();
        if is_hex(&text) { Ok(Self(text)) } else { Err(NotHex) }
    }

    /// The text, in the case that it came in.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for AppId {
    type Err = NotHex;

    fn from_str(text: &str) -> Result<Self, NotHex> {
        Self::new(text)
    }
}

/// What an application's tokens are signed with: a secret. It cannot be printed or read back, and is wiped when dropped.
#[derive(Clone)]
pub struct Certificate(Zeroizing<String>);

impl Certificate {
    /// Checks a text and copies it; wiping the original is the caller's business.
    ///
    /// # Errors
    /// [`NotHex`] if it is anything but 32 hexadecimal digits.
    pub fn new(text: &str) -> Result<Self, NotHex> {
        if is_hex(text) { Ok(Self(Zeroizing::new(text.to_owned()))) } else { Err(NotHex) }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certificate(…)")
    }
}

impl FromStr for Certificate {
    type Err = NotHex;

    fn from_str(text: &str) -> Result<Self, NotHex> {
        Self::new(text)
    }
}

/// The certificates of one application that are in force: one, and a second while tokens by the former are still about.
#[derive(Debug, Clone)]
pub struct Certificates {
    current: Certificate,
    former: Option<Certificate>,
}

impl Certificates {
    /// Both certificates of a rotation.
    pub const fn rotating(current: Certificate, former: Certificate) -> Self {
        Self { current, former: Some(former) }
    }

    /// The one to mint with.
    pub const fn current(&self) -> &Certificate {
        &self.current
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Certificate> {
        [Some(&self.current), self.former.as_ref()].into_iter().flatten()
    }
}

impl From<Certificate> for Certificates {
    fn from(current: Certificate) -> Self {
        Self { current, former: None }
    }
}

fn is_hex(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "5CFd2fd1755d40ecb72977518be15d3b";

    #[test]
    fn only_32_hexadecimal_digits_are_an_id_or_a_certificate() {
        for text in
            ["", "invalid", "5CFd2fd1755d40ecb72977518be15d3b123", "5CFd2fd1755d40ecb72977518be15d3g", "５CFd2f"]
        {
            assert_eq!(AppId::new(text), Err(NotHex), "{text}");
            assert_eq!(Certificate::new(text).err(), Some(NotHex), "{text}");
        }
        assert_eq!(AppId::new(SECRET).unwrap().to_string(), SECRET, "the case stays");
    }

    #[test]
    fn a_certificate_never_prints_itself() {
        let certificates = Certificates::rotating(SECRET.parse().unwrap(), SECRET.parse().unwrap());

        let printed = format!("{certificates:?} {certificates:#?}");

        assert!(!printed.contains("5CFd"), "{printed}");
    }
}
