//! Files in conversations: sent and fetched part by part, so that none is ever whole in memory. Whoever stops waiting cancels.

use std::{io, time::Duration};

use bytes::Bytes;
use carillon_protocol::{Attachment, AttachmentId, NewAttachment, Received, Refusal, RefusalCode};
use reqwest::Method;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    time::sleep,
};

use super::{Connection, RequestError};

/// Less than the server takes at once: a part has to be through within the time of a request, on slow links too.
const PART_BYTES: usize = 128 * 1024;
/// A part that does not come through is tried again, so often and after so long: a link that changes networks is back by then.
const TRIES: u32 = 10;
const TRY_AFTER: Duration = Duration::from_secs(2);

/// Why a file was not sent or fetched.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The server did not take it, or has it not.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The file on this machine could not be read or written, or has become another one.
    #[error(transparent)]
    File(#[from] io::Error),
}

impl Connection {
    /// Sends the content of a file, and a small picture of it if there is one; the file as a message can then have it. `progress` hears how
    /// many bytes the server has. One that no message has within the hour is forgotten.
    ///
    /// # Errors
    /// [`TransferError`].
    pub async fn upload(
        &self,
        new: &NewAttachment,
        content: &mut (impl AsyncRead + Unpin + Send),
        thumbnail: Option<Vec<u8>>,
        mut progress: impl FnMut(u64) + Send,
    ) -> Result<Attachment, TransferError> {
        let begun = self.shared.rest.post("v1/attachments", new).await.map_err(RequestError::from)?;
        let attachment: Attachment = read(&begun)?;
        if let Some(thumbnail) = thumbnail {
            let path = format!("v1/attachments/{}/thumbnail", attachment.id);
            self.shared.rest.bytes(Method::PUT, &path, thumbnail.into()).await.map_err(RequestError::from)?;
        }
        let mut sent = 0;
        while sent < attachment.bytes {
            let part = next_part(content, attachment.bytes - sent).await?;
            let end = sent + part.len() as u64;
            let path = format!("v1/attachments/{}/{sent}", attachment.id);
            let answer = self.part(Method::PUT, &path, part).await?;
            if read::<Received>(&answer)?.received != end {
                return Err(nonsense().into());
            }
            sent = end;
            progress(sent);
        }
        Ok(attachment)
    }

    /// Fetches the content of a file. `progress` hears how many bytes are here.
    ///
    /// # Errors
    /// [`TransferError`]; what was written until then is of no use.
    pub async fn download(
        &self,
        attachment: &Attachment,
        into: &mut (impl AsyncWrite + Unpin + Send),
        mut progress: impl FnMut(u64) + Send,
    ) -> Result<(), TransferError> {
        let mut here = 0;
        while here < attachment.bytes {
            let path = format!("v1/attachments/{}/{here}", attachment.id);
            let part = self.part(Method::GET, &path, Bytes::new()).await?;
            if part.is_empty() || here + part.len() as u64 > attachment.bytes {
                return Err(nonsense().into());
            }
            into.write_all(&part).await?;
            here += part.len() as u64;
            progress(here);
        }
        Ok(into.flush().await?)
    }

    /// The small picture of a file, a PNG or JPEG of at most 256 × 256 pixels.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn thumbnail(&self, id: AttachmentId) -> Result<Bytes, RequestError> {
        let path = format!("v1/attachments/{id}/thumbnail");
        Ok(self.shared.rest.bytes(Method::GET, &path, Bytes::new()).await?)
    }

    /// The server answers a part that it has already as it did before, so each may be sent again.
    async fn part(&self, method: Method, path: &str, body: Bytes) -> Result<Bytes, RequestError> {
        let mut tries = 0;
        loop {
            let error = match self.shared.rest.bytes(method.clone(), path, body.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(error) => RequestError::from(error),
            };
            let is_passing = match &error {
                RequestError::Offline => true,
                RequestError::Refused(refusal) => refusal.code == RefusalCode::RateLimited,
                RequestError::Closed => false,
            };
            tries += 1;
            if !is_passing || tries >= TRIES {
                return Err(error);
            }
            sleep(TRY_AFTER).await;
        }
    }
}

async fn next_part(content: &mut (impl AsyncRead + Unpin + Send), left: u64) -> io::Result<Bytes> {
    let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(PART_BYTES);
    let mut part = vec![0; wanted];
    content.read_exact(&mut part).await?;
    Ok(part.into())
}

fn read<T: serde::de::DeserializeOwned>(answer: &[u8]) -> Result<T, RequestError> {
    serde_json::from_slice(answer).map_err(|_| nonsense())
}

fn nonsense() -> RequestError {
    let detail = "the server's answer about a file makes no sense".to_owned();
    RequestError::Refused(Refusal { code: RefusalCode::Internal, detail })
}
