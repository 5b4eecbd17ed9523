//! The other end's requests for key frames: Picture Loss Indication (RFC 4585 §6.3.1) and Full Intra Request (RFC 5104 §4.3.1).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rtc::rtcp;
use rtc::rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use tokio::sync::Notify;

/// Who waits for them, by the SSRC of the track.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeyFrameRequests {
    waiting: Arc<Mutex<BTreeMap<u32, Arc<Notify>>>>,
}

impl KeyFrameRequests {
    /// Is notified of each request for a key frame of this track. Several before it is looked at are one.
    pub(crate) fn of(&self, ssrc: u32) -> Arc<Notify> {
        Arc::clone(self.lock().entry(ssrc).or_default())
    }

    /// A key frame of this track is needed.
    pub(crate) fn notify(&self, ssrc: u32) {
        if let Some(waiting) = self.lock().get(&ssrc) {
            waiting.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u32, Arc<Notify>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The tracks, by their SSRC, of which this packet of the other end asks for a key frame.
pub(crate) fn wanted(packet: &dyn rtcp::Packet) -> impl Iterator<Item = u32> {
    let packet = packet.as_any();
    let lost = packet.downcast_ref::<PictureLossIndication>().map(|lost| lost.media_ssrc);
    let intra = packet.downcast_ref::<FullIntraRequest>().map(|intra| &intra.fir);
    lost.into_iter().chain(intra.into_iter().flatten().map(|entry| entry.ssrc))
}

/// Asks the other end for a key frame of its track.
pub(crate) fn request(media_ssrc: u32) -> Vec<Box<dyn rtcp::Packet>> {
    vec![Box::new(PictureLossIndication { sender_ssrc: 0, media_ssrc })]
}
