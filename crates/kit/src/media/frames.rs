//! Where each encoded frame of a call passes, once on its way out and once on its way in: between encoder and packetiser, and between
//! depacketiser and jitter buffer.
//!
//! Frame encryption will stand here and nowhere else. Packets keep their headers, and earlier frames are repeated, beyond this place. Today
//! a frame passes as it is.

use carillon_media::{EncodedPacket, EncodedPicture, ReceivedPacket, ReceivedPicture};
use carillon_rtc::{Frame, Loudness, ReceivedFrame};

use super::{PictureSource, pictures::PictureClock, published::PublishedSender};

/// What has arrived of a voice, and of a picture.
pub(super) type ArrivedSound = ReceivedPacket;
pub(super) type ArrivedPicture = ReceivedPicture;

/// From the microphone's encoder to its track. `None` is not to be sent.
pub(super) fn leave(packet: EncodedPacket) -> Option<Frame> {
    // What was said before the microphone was muted stays here.
    (!packet.is_stale()).then_some(Frame { payload: packet.payload, ticks: packet.samples, skipped: packet.skipped })
}

/// How loud a packet is. It stays readable for a server, which chooses by it whom the others hear.
pub(super) fn loudness(packet: &EncodedPacket) -> Loudness {
    Loudness { dbov: packet.dbov.round().clamp(-127.0, 0.0) as i8, is_speech: packet.is_speech }
}

/// From the other end's track to the jitter buffer.
pub(super) fn arrive(frame: ReceivedFrame) -> ReceivedPacket {
    let ReceivedFrame { sequence, timestamp, payload, arrived_at } = frame;
    ReceivedPacket { sequence, timestamp, payload, arrived_at }
}

/// From the camera's encoder to its track. `None` is not to be sent.
pub(super) fn leave_picture(picture: EncodedPicture, clock: &mut PictureClock) -> Option<Frame> {
    // What was seen before the camera was turned off stays here.
    let skipped = clock.ticks_until(picture.captured_at);
    (!picture.is_stale()).then_some(Frame { payload: picture.payload, ticks: 0, skipped })
}

/// Says that a picture is about to leave. One that was overtaken by the end of its camera or screen says nothing.
pub(super) fn publish_picture(picture: &EncodedPicture, source: PictureSource, published: &PublishedSender) {
    published.picture(source, picture.captured_size, || picture.is_stale());
}

/// From the other end's track to the decoder.
pub(super) fn arrive_picture(frame: ReceivedFrame) -> ReceivedPicture {
    ReceivedPicture { payload: frame.payload, arrived_at: frame.arrived_at }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use carillon_media::measure::{Pitch, write_voice};
    use carillon_media::{Microphone, Processing, Speaker, Voice, VoiceConfig};
    use tokio::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn what_was_said_before_a_mute_does_not_leave_after_it() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let said = folder.path().join("said.wav");
        write_voice(&said, Pitch::Low, Duration::from_secs(1)).expect("written");
        let speaker = Speaker::Wav(folder.path().join("heard.wav"));
        let config = VoiceConfig { microphone: Microphone::Wav(said), speaker, processing: Processing::default() };
        let voice = Voice::prepare(config).expect("a voice");
        let (packets_tx, mut packets) = mpsc::channel(8);
        voice.open(packets_tx).expect("it opens");

        let before = packets.recv().await.expect("it speaks");
        let queued = packets.recv().await.expect("it speaks on");
        assert_eq!(leave(before.clone()).expect("it is fresh").payload, before.payload);
        voice.set_muted(true);

        assert_eq!(leave(queued), None);
    }
}
