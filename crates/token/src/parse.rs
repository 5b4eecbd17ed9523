//! From a text to what it says, and to whether that is true.

use std::fmt;

use subtle::{Choice, ConstantTimeEq as _};

use crate::{
    AppId, Certificate, Certificates, MAX_PAYLOAD_BYTES, MAX_SERVICES, MAX_TEXT_BYTES, Service, Token, envelope,
    signature::{Signature, sign},
    wire::Reader,
};

/// How to take what the format leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Everything has one meaning and all of it is understood, or it is refused.
    Strict,
    /// As the published implementations do.
    AsReference,
}

/// Why a text is not a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The text is longer than any honest one.
    #[error("the text is longer than {MAX_TEXT_BYTES} bytes")]
    TextTooLong,
    /// The text does not begin with `007`.
    #[error("it is not of version 007")]
    Version,
    /// Not base64 with its padding.
    #[error("it is not base64")]
    Base64,
    /// Not one whole zlib stream with the right checksum.
    #[error("it is not one whole zlib stream")]
    Compression,
    /// It inflates to more than any honest one.
    #[error("it inflates to more than {MAX_PAYLOAD_BYTES} bytes")]
    PayloadTooLong,
    /// It ends inside a field, or a length or a count promises more than there is.
    #[error("it ends inside a field")]
    CutShort,
    /// A text in it is not UTF-8.
    #[error("a text in it is not UTF-8")]
    NotText,
    /// The signature does not have 32 bytes.
    #[error("its signature does not have 32 bytes")]
    SignatureLength,
    /// The app id is not 32 hexadecimal digits.
    #[error("its app id is not 32 hexadecimal digits")]
    AppId,
    /// It counts more services than any honest one.
    #[error("it has {0} services; {MAX_SERVICES} are the most")]
    TooManyServices(u16),
    /// Strictly: it is good for nothing.
    #[error("it has no service")]
    NoService,
    /// Strictly: a service that was never published.
    #[error("it has service {0}, which nobody knows")]
    UnknownService(u16),
    /// Strictly: the same service twice, so that it depends on the reader which of them counts.
    #[error("it has service {0} more than once")]
    RepeatedService(u16),
    /// Strictly: the same privilege or resource twice in one service.
    #[error("a service has entry {0} more than once")]
    RepeatedKey(u16),
    /// Strictly: something follows the token.
    #[error("something follows it")]
    TrailingBytes,
}

/// The signature is not by the certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature is not by this app's certificate")]
pub struct BadSignature;

/// A token that has been read, and not been believed yet.
#[derive(Clone)]
pub struct Parsed {
    token: Token,
    unknown_service: Option<u16>,
    signature: Signature,
    signed: Vec<u8>,
}

/// Reads a token for one of our own doors: what the format leaves open is refused.
///
/// # Errors
/// [`ParseError`] says why the text is no such token.
pub fn parse(text: &str) -> Result<Parsed, ParseError> {
    read(text, Reading::Strict)
}

/// Reads a token as the published implementations do, within the same limits of size.
///
/// An unknown service ends the reading, since its length is unknown too: it and what follows are left out (see
/// [`Parsed::unknown_service`]), and the signature still covers them. Services may repeat, and something may follow the token.
/// Of a privilege that comes twice the first counts.
///
/// # Errors
/// [`ParseError`] says why the text is no token.
pub fn parse_as_reference(text: &str) -> Result<Parsed, ParseError> {
    read(text, Reading::AsReference)
}

pub(crate) fn read(text: &str, reading: Reading) -> Result<Parsed, ParseError> {
    read_payload(&envelope::open(text, reading)?, reading)
}

pub(crate) fn read_payload(payload: &[u8], reading: Reading) -> Result<Parsed, ParseError> {
    let mut reader = Reader::new(payload, reading);
    let signature = reader.bytes()?.try_into().map_err(|_| ParseError::SignatureLength)?;
    let signed = reader.rest().to_vec();
    let app_id = AppId::new(reader.text()?).map_err(|_| ParseError::AppId)?;
    let (issued_at_s, expire_s, salt) = (reader.u32()?, reader.u32()?, reader.u32()?);
    let (services, unknown_service) = read_services(&mut reader)?;
    if reader.is_strict() {
        check_strictly(&services, reader.rest())?;
    }
    Ok(Parsed { token: Token { app_id, issued_at_s, expire_s, salt, services }, unknown_service, signature, signed })
}

/// The services up to the first that is unknown, and that one's number.
fn read_services(reader: &mut Reader<'_>) -> Result<(Vec<Service>, Option<u16>), ParseError> {
    let count = reader.u16()?;
    if usize::from(count) > MAX_SERVICES {
        return Err(ParseError::TooManyServices(count));
    }
    let mut services = Vec::new();
    for _ in 0..count {
        let number = reader.u16()?;
        match Service::decode(number, reader)? {
            Some(service) => services.push(service),
            None if reader.is_strict() => return Err(ParseError::UnknownService(number)),
            None => return Ok((services, Some(number))),
        }
    }
    Ok((services, None))
}

fn check_strictly(services: &[Service], rest: &[u8]) -> Result<(), ParseError> {
    if services.is_empty() {
        return Err(ParseError::NoService);
    }
    let mut numbers: Vec<_> = services.iter().map(Service::number).collect();
    numbers.sort_unstable();
    if let Some(twice) = numbers.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(ParseError::RepeatedService(twice[0]));
    }
    if rest.is_empty() { Ok(()) } else { Err(ParseError::TrailingBytes) }
}

impl Parsed {
    /// Whose token it claims to be: what the certificates are looked up by.
    pub const fn app_id(&self) -> &AppId {
        &self.token.app_id
    }

    /// What it says, true or not.
    pub const fn unverified(&self) -> &Token {
        &self.token
    }

    /// The bytes that the signature is over, as they came.
    pub fn signed_bytes(&self) -> &[u8] {
        &self.signed
    }

    /// The number of the service at which [`parse_as_reference`] stopped, if at one.
    pub const fn unknown_service(&self) -> Option<u16> {
        self.unknown_service
    }

    /// What it says, if this certificate signed it. That it still holds is another question: see
    /// [`check_join`](crate::check_join).
    ///
    /// # Errors
    /// [`BadSignature`] if another certificate signed it, or none did.
    pub fn verify(&self, certificate: &Certificate) -> Result<&Token, BadSignature> {
        self.trust(self.is_signed_by(certificate))
    }

    /// What it says, if one of an app's certificates signed it.
    ///
    /// # Errors
    /// [`BadSignature`] if another certificate signed it, or none did.
    pub fn verify_any(&self, certificates: &Certificates) -> Result<&Token, BadSignature> {
        self.trust(
            certificates.iter().fold(Choice::from(0), |found, certificate| found | self.is_signed_by(certificate)),
        )
    }

    /// In constant time: how far a forged signature is right cannot be measured.
    fn is_signed_by(&self, certificate: &Certificate) -> Choice {
        let expected = sign(&self.signed, self.token.issued_at_s, self.token.salt, certificate);
        self.signature.as_slice().ct_eq(expected.as_slice())
    }

    fn trust(&self, signed: Choice) -> Result<&Token, BadSignature> {
        if signed.into() { Ok(&self.token) } else { Err(BadSignature) }
    }
}

/// Without the signature: a reader of a log should not be able to join with it.
impl fmt::Debug for Parsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parsed").field("token", &self.token).finish_non_exhaustive()
    }
}
