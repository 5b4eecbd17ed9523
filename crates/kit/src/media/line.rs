//! A transport with the tracks that a call has from its beginning.

use std::{sync::Arc, time::Duration};

use carillon_call::device::MediaRole;
use carillon_protocol::{PublishedSource, RECEIVING_SLOTS};
use carillon_rtc::{
    Layout, Pools, ReceivingTrack, SendingTrack, Source, Transport, TransportConfig, TransportError, TransportEvent,
};
use tokio::{sync::mpsc, time::timeout};

/// Sockets and gathering; a name server that does not answer must not hold a call up for long.
const PREPARE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long saying goodbye to the other end may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// A transport that may call or be called, to the other device or to the server.
pub(super) struct Line {
    pub(super) transport: Arc<Transport>,
    pub(super) events: mpsc::Receiver<TransportEvent>,
    pub(super) microphone: SendingTrack,
    /// By which voices come, and the sound of screens.
    pub(super) heard: Vec<ReceivingTrack>,
}

impl Line {
    pub(super) async fn prepare(config: TransportConfig, role: MediaRole, is_group: bool) -> Result<Self, String> {
        // For one other end one size is enough, which follows what that end sees and what the path carries.
        let has_layers = is_group && role == MediaRole::Participant;
        let config = TransportConfig { layout: layout(role), has_layers, ..config };
        let preparing = async {
            let (transport, events) = Box::pin(Transport::prepare(config)).await?;
            if role != MediaRole::Answerer {
                transport.create_offer().await?;
            }
            Ok((transport, events))
        };
        let (transport, events) = match timeout(PREPARE_TIMEOUT, preparing).await {
            Ok(ready) => ready.map_err(|error: TransportError| error.to_string())?,
            Err(_) => return Err("it was not ready in time".into()),
        };
        let microphone = transport.publish(Source::Microphone).ok_or("it carries no microphone")?;
        let mut heard = Vec::new();
        for source in [Source::Microphone, Source::ScreenSound] {
            heard.extend((0..=u8::MAX).map_while(|slot| transport.receive_in(source, slot)));
        }
        Ok(Self { transport: Arc::new(transport), events, microphone, heard })
    }
}

/// Says goodbye to the other end.
pub(super) async fn close(transport: &Transport) {
    if timeout(CLOSE_TIMEOUT, transport.close()).await.is_err() {
        tracing::warn!("the transport did not close in time");
    }
}

/// The call goes on by another transport.
pub(super) async fn abandon(transport: &Transport) {
    if timeout(CLOSE_TIMEOUT, transport.abandon()).await.is_err() {
        tracing::warn!("a former transport did not close in time");
    }
}

fn layout(role: MediaRole) -> Layout {
    match role {
        MediaRole::Offerer | MediaRole::Answerer => Layout::Pair,
        MediaRole::Participant => Layout::Channel(pools()),
    }
}

/// What the server knows of a device's offer beforehand.
fn pools() -> Pools {
    let slots = |wanted| RECEIVING_SLOTS.iter().filter(|(source, _)| *source == wanted).map(|(_, slots)| slots).sum();
    Pools {
        voices: slots(PublishedSource::Microphone),
        pictures: slots(PublishedSource::Camera),
        screens: slots(PublishedSource::Screen),
        screen_sounds: slots(PublishedSource::ScreenSound),
    }
}
