use std::time::Duration;

use super::*;

const VOICE: u32 = 1;
const CAMERA: u32 = 2;
const AGAIN: u32 = 3;
const SCREEN: u32 = 4;

#[test]
fn while_a_key_frame_of_ten_times_the_size_waits_sound_and_reports_do_not_wait_at_all() {
    let mut end = End::new();
    // At 600 kb/s and thirty pictures a second one has 2500 bytes.
    for number in 0..40 {
        end.write(picture(CAMERA, number, 1));
    }

    let mut waited = Vec::new();
    for millisecond in 0..130 {
        end.now += Duration::from_millis(1);
        end.pacer.pass_time(end.now, &mut end.left);
        if millisecond % 20 == 0 {
            let left = end.write(sound(millisecond));
            assert!(end.pacer.next_time().is_some(), "the picture waits still");
            waited.push(left.first() == Some(&VOICE));
            assert!(end.write(Packet::Rtcp(Vec::new())).starts_with(&[0]));
        }
    }

    assert_eq!(waited, [true; 7]);
}

#[test]
fn of_a_track_that_is_shut_and_opened_again_nothing_leaves_that_waited() {
    let mut end = End::new();
    for number in 0..20 {
        end.write(picture(CAMERA, number, 1));
    }

    end.shut.set_shut(CAMERA, true);
    end.shut.set_shut(CAMERA, false);
    end.left.clear();
    end.run(Duration::from_secs(2));
    assert!(end.left.is_empty());

    end.write(picture(CAMERA, 20, 2));
    end.run(Duration::from_secs(1));
    assert_eq!(end.left.len(), 1);
}

#[test]
fn what_was_left_out_is_not_sent_again_and_a_key_frame_is_requested() {
    let mut end = End::new();
    end.write(picture(CAMERA, 0, 0));
    end.run(Duration::from_millis(100)); // the first train is over
    // More than the 1.5 Mb that leave in a second.
    for number in 1..200 {
        end.write(picture(CAMERA, number, u32::from(number) / 50));
    }
    let requested = end.requests.of(CAMERA);
    end.run(Duration::from_secs(2));
    end.left.clear();

    end.write(again(199));
    end.write(again(0));
    end.run(Duration::from_millis(50));

    assert_eq!(end.left.len(), 1, "what left may leave again");
    assert!(is_notified(&requested));
}

#[test]
fn what_the_library_would_send_again_by_itself_stays_here_and_a_key_frame_is_requested() {
    let mut end = End::new();
    end.write(picture(CAMERA, 0, 1));
    end.run(Duration::from_millis(50));
    end.left.clear();

    let requested = end.requests.of(CAMERA);
    end.write_as(picture(CAMERA, 0, 1), Some(Attribute::Retransmission));
    end.run(Duration::from_millis(50));

    assert!(end.left.is_empty(), "no number may be encrypted twice");
    assert!(is_notified(&requested));
}

#[test]
fn a_number_that_was_left_out_is_another_packets_number_later() {
    let mut track = Track::default();
    track.leave_out(65_000);
    track.leave_out(10);

    track.forget_before(10_000);
    assert_eq!(track.left_out, [65_000, 10]);
    track.forget_before(16_000);
    assert_eq!(track.left_out, [10]);
    track.forget_before(16_400);
    assert!(track.left_out.is_empty());
}

#[test]
fn a_screen_that_is_off_takes_no_time_of_the_camera() {
    let mut end = End::new();
    for number in 0..60 {
        end.write(picture(SCREEN, number, 1));
    }

    end.shut.set_shut(SCREEN, true);
    for number in 60..120 {
        end.write(picture(SCREEN, number, 2));
    }
    end.left.clear();
    end.write(picture(CAMERA, 0, 1));
    end.run(Duration::from_millis(20));

    let left: Vec<u32> = end.left.iter().map(ssrc).collect();
    assert!(left.contains(&CAMERA) && !left.contains(&SCREEN), "{left:?}");
}

#[test]
fn an_end_that_asks_for_a_key_frame_is_not_sent_what_it_cannot_show() {
    let mut end = End::new();
    for number in 1..40 {
        end.write(picture(CAMERA, number, u32::from(number)));
    }
    let requested = end.requests.of(CAMERA);
    assert!(!is_notified(&requested));

    end.read(Packet::Rtcp(crate::picture::request_key_frame(CAMERA)));
    end.left.clear();
    end.run(Duration::from_millis(200));

    assert!(!end.left.iter().any(|message| ssrc(message) == CAMERA));
    assert!(is_notified(&requested));
}

struct End {
    pacer: Pacer,
    shut: ShutTracks,
    requests: KeyFrameRequests,
    now: Instant,
    left: Packets,
}

impl End {
    fn new() -> Self {
        let (shut, requests, now) = (ShutTracks::default(), KeyFrameRequests::default(), Instant::now());
        let pacing = Pacing::new(600_000, now);
        pacing.agree(Some(1));
        let mut pacer = Pacer::new(pacing, shut.clone(), requests.clone());
        let camera = StreamInfo {
            ssrc: CAMERA,
            ssrc_rtx: Some(AGAIN),
            payload_type_rtx: Some(103),
            mime_type: "video/H264".to_owned(),
            ..StreamInfo::default()
        };
        pacer.begin_sending(&camera);
        pacer.begin_sending(&StreamInfo { ssrc: SCREEN, ssrc_rtx: None, ..camera.clone() });
        pacer.begin_sending(&StreamInfo { ssrc: VOICE, mime_type: "audio/opus".to_owned(), ..camera });
        requests.of(CAMERA);
        Self { pacer, shut, requests, now, left: Packets::new() }
    }

    /// What leaves at once, by SSRC; zero for reports.
    fn write(&mut self, packet: Packet) -> Vec<u32> {
        self.write_as(packet, None)
    }

    fn write_as(&mut self, packet: Packet, attribute: Option<Attribute>) -> Vec<u32> {
        let mut message = AttributedPacket::new(packet);
        message.attributes.extend(attribute);
        let mut left = Packets::new();
        let transport = TransportContext::default();
        self.pacer.write(TaggedPacket { now: self.now, transport, message }, &mut left);
        let told = left.iter().map(ssrc).collect();
        self.left.extend(left);
        told
    }

    fn read(&mut self, packet: Packet) {
        let (message, transport) = (AttributedPacket::new(packet), TransportContext::default());
        self.pacer.read(TaggedPacket { now: self.now, transport, message }, &mut Packets::new());
    }

    fn run(&mut self, lasts: Duration) {
        let until = self.now + lasts;
        while self.now < until {
            self.now += Duration::from_millis(1);
            self.pacer.pass_time(self.now, &mut self.left);
        }
    }
}

fn ssrc(message: &TaggedPacket) -> u32 {
    if let Packet::Rtp(packet) = &message.message.packet { packet.header.ssrc } else { 0 }
}

fn is_notified(requested: &tokio::sync::Notify) -> bool {
    let mut waiting = std::pin::pin!(requested.notified());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    waiting.as_mut().poll(&mut context).is_ready()
}

fn picture(ssrc: u32, sequence_number: u16, timestamp: u32) -> Packet {
    // The first begins with its parameters.
    let kind = if sequence_number == 0 { 0x67 } else { 0x61 };
    rtp_packet(ssrc, sequence_number, timestamp, vec![kind; 1000])
}

fn sound(number: u16) -> Packet {
    rtp_packet(VOICE, number, 0, vec![0; 80])
}

fn again(original: u16) -> Packet {
    rtp_packet(AGAIN, 0, 0, [&original.to_be_bytes()[..], &[0; 1000]].concat())
}

fn rtp_packet(ssrc: u32, sequence_number: u16, timestamp: u32, payload: Vec<u8>) -> Packet {
    let header = rtp::header::Header { version: 2, ssrc, sequence_number, timestamp, ..rtp::header::Header::default() };
    Packet::Rtp(rtp::Packet { header, payload: payload.into() })
}
