use super::*;
use crate::layout::Pools;

const TRANSPORT: &str = "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 AA:BB\r\n";

#[test]
fn a_session_of_one_encrypted_sound_stream_passes() {
    let session = read_pair(&good()).unwrap();

    assert_eq!(session.streams, [Stream::Sound { opus: 109, red: None }]);
    assert_eq!(session.ice, ("abcd".to_owned(), "0123456789012345678901".to_owned()));
}

#[test]
fn a_session_with_a_stream_in_each_slot_passes() {
    let session = read_pair(&of_four()).unwrap();

    let sound = |opus| Stream::Sound { opus, red: None };
    assert_eq!(session.streams, [sound(109), picture(None), picture(None), sound(111)]);
}

#[test]
fn what_all_streams_share_may_stand_before_them() {
    let at_the_top = good().replace(TRANSPORT, "").replace("v=0\r\n", &format!("v=0\r\n{TRANSPORT}"));

    assert_eq!(read_pair(&at_the_top).unwrap(), read_pair(&good()).unwrap());
}

#[test]
fn a_slot_may_be_declined_and_needs_nothing_then() {
    let declined = "m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n";

    let session = read_pair(&(good() + declined)).unwrap();

    assert_eq!(session.streams, [Stream::Sound { opus: 109, red: None }, Stream::Declined]);
}

#[test]
fn a_slot_through_which_nothing_flows_is_not_used_unless_it_is_the_microphones() {
    let inactive = of_four().replace("a=mid:1\r\n", "a=mid:1\r\na=inactive\r\n");
    let on_hold = good() + "a=inactive\r\n";

    assert_eq!(read_pair(&inactive).unwrap().streams[1], Stream::Declined);
    assert_eq!(read_pair(&on_hold).unwrap().streams, [Stream::Sound { opus: 109, red: None }]);
}

#[test]
fn each_missing_or_hostile_part_is_named() {
    let cases = [
        (good().replace("m=audio", "m=video"), "a stream in another's slot"),
        (good().replace("m=audio", "m=application"), "a stream of neither sound nor picture"),
        (good().replace("m=audio 9", "m=audio 0"), "no microphone's stream"),
        (good().replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"), "a stream that is not encrypted"),
        (good().replace("sha-256", "sha-1"), "no SHA-256 fingerprint"),
        (good() + "a=fingerprint:sha-256 AA:CC\r\n", "more than one certificate"),
        (good().replace("a=ice-pwd", "a=ice-pwned"), "no ICE credentials"),
        (good() + "a=\0", "control characters"),
        (good() + &"a=x\r\n".repeat(20_000), "too long"),
        (good().replace("SAVPF 109", "SAVPF 110"), "no Opus"),
        (good().replace("OPUS", "SPEEX"), "no Opus"),
        (String::new(), "no microphone's stream"),
    ];
    for (sdp, reason) in cases {
        assert_refused(&sdp, reason);
    }
}

#[test]
fn each_hostile_part_of_a_session_with_several_streams_is_named() {
    let cases = [
        (of_four() + &stream("video", "4"), "more streams than slots"),
        (of_four().replacen("m=video", "m=audio", 1), "a stream in another's slot"),
        (of_four().replacen("m=video", "m=text", 1), "a stream of neither sound nor picture"),
        (of_four().replacen("m=audio 9", "m=audio 0", 1), "no microphone's stream"),
        (of_four().replacen("m=video 9 UDP/TLS/RTP/SAVPF", "m=video 9 RTP/AVP", 1), "a stream that is not encrypted"),
        (of_four().replace("a=mid:3", "a=mid:2"), "two streams of one name"),
        (of_four().replace("BUNDLE 0 1 2 3", "BUNDLE 0 1 2"), "streams apart from the others"),
        (of_four().replace("a=group:BUNDLE 0 1 2 3\r\n", ""), "streams apart from the others"),
        (of_four().replace("a=mid:3\r\n", ""), "streams apart from the others"),
        (of_four().replacen("sha-256 AA", "sha-256 CC", 1), "more than one certificate"),
        (of_four().replacen("a=fingerprint:sha-256 AA:BB\r\n", "", 1), "no SHA-256 fingerprint"),
        (of_four().replace("SAVPF 111", "SAVPF 0"), "no Opus"),
    ];
    for (sdp, reason) in cases {
        assert_refused(&sdp, reason);
    }
}

#[test]
fn redundant_audio_is_taken_where_it_is_redundant_opus() {
    let red = |lines: &str| match read_pair(&(good() + lines)).unwrap().streams[0] {
        Stream::Sound { red, .. } => red,
        Stream::Picture { .. } | Stream::Declined => panic!("it is sound"),
    };

    assert_eq!(red(""), None);
    assert_eq!(red("a=rtpmap:63 red/48000/2\r\na=fmtp:63 109/109\r\n"), Some(63));
    assert_eq!(red("a=rtpmap:63 red/48000/2\r\na=fmtp:63 0/0\r\n"), None);
    assert_eq!(red("a=rtpmap:63 red/48000/2\r\n"), None);
}

#[test]
fn h264_is_taken_where_it_is_of_our_kind() {
    let h264 = |format: &str| {
        let video = stream("video", "1") + &format!("a=rtpmap:111 H264/90000\r\na=fmtp:111 {format}\r\n");
        let sdp = good().replace("v=0\r\n", "v=0\r\na=group:BUNDLE 0 1\r\n") + "a=mid:0\r\n" + &video;
        read_pair(&sdp).unwrap().streams[1]
    };
    let taken = picture(Some(111));
    let refused = picture(None);

    assert_eq!(h264("level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"), taken);
    assert_eq!(h264("packetization-mode=1; profile-level-id=42C028"), taken);
    assert_eq!(h264("packetization-mode=0;profile-level-id=42e01f"), refused);
    assert_eq!(h264("packetization-mode=1;profile-level-id=640c1f"), refused);
    assert_eq!(h264("packetization-mode=1;profile-level-id=42001f"), refused);
    assert_eq!(h264("packetization-mode=1;profile-level-id=42e01"), refused);
    assert_eq!(h264("packetization-mode=1"), refused);
}

#[test]
fn feedback_on_pictures_is_taken_where_the_other_end_gives_it() {
    let feedback = |lines: &str| {
        let video = stream("video", "1") + lines;
        let sdp = good().replace("v=0\r\n", "v=0\r\na=group:BUNDLE 0 1\r\n") + "a=mid:0\r\n" + &video;
        read_pair(&sdp).unwrap().feedback
    };
    let extension = |number: &str| format!("a=extmap:{number} {TRANSPORT_WIDE}\r\n");
    let told = "a=rtcp-fb:111 transport-cc\r\n";

    assert_eq!(feedback(&(extension("3") + told)), Some(3));
    assert_eq!(feedback(&(extension("5/sendrecv") + told)), Some(5));
    assert_eq!(feedback(&extension("3")), None, "it is not told of");
    assert_eq!(feedback(told), None, "it has no number");
    assert_eq!(feedback(&(extension("15") + told)), None);
    assert_eq!(feedback(&(extension("x") + told)), None);
}

#[test]
fn what_we_say_of_ourselves_is_heard_by_us_and_changes_nothing_else() {
    let ours = with_promise(&good());

    assert!(lets_answerer_begin(&ours) && !lets_answerer_begin(&good()));
    assert!(read_pair(&ours).is_ok());
    assert_eq!(ours.replace("a=x-repeats-handshake\r\n", ""), good());
}

#[test]
fn the_number_of_opus_is_the_other_ends_choice() {
    for number in [96, 109] {
        let session = read_pair(&good().replace("109", &number.to_string())).unwrap();

        assert_eq!(session.streams, [Stream::Sound { opus: number, red: None }]);
    }
}

#[test]
fn an_answer_of_a_channel_has_a_stream_for_each_slot_that_goes_the_right_way() {
    let session = read(&of_channel(), CHANNEL).unwrap();

    let sound = |opus| Stream::Sound { opus, red: None };
    let picture = picture(None);
    assert_eq!(session.streams, [sound(111), picture, picture, sound(111), sound(111), sound(111), picture]);
}

#[test]
fn pictures_go_in_all_sizes_where_the_answer_takes_each_of_them() {
    let takes = |line: &str| {
        let answer = of_channel().replace("a=mid:1\r\n", &format!("a=mid:1\r\n{line}\r\n"));
        read(&answer, CHANNEL).unwrap().streams[1] == Stream::Picture { h264: None, takes_layers: true }
    };

    assert!(takes("a=simulcast:recv h;m;l") && takes("a=simulcast:recv h;m;l send x"));
    for refused in
        ["a=simulcast:recv h;m", "a=simulcast:recv h;m;~l", "a=simulcast:send h;m;l", "a=simulcast:recv", "a=x"]
    {
        assert!(!takes(refused), "{refused}");
    }
}

#[test]
fn a_slot_of_a_channel_to_receive_by_may_be_declined() {
    let answer = of_channel().replace("a=mid:5\r\na=sendonly", "a=mid:5\r\na=inactive");

    assert_eq!(read(&answer, CHANNEL).unwrap().streams[5], Stream::Declined);
}

#[test]
fn a_server_that_takes_connections_says_where_and_what_is_no_such_place_is_passed_over() {
    let line = |text: &str| format!("a=candidate:{text}\r\n");
    let good = line("tcp0 1 tcp 7 192.0.2.1 4748 typ host tcptype passive");
    let hostile = [
        "udp0 1 udp 9 192.0.2.1 4748 typ host",
        "tcp1 1 tcp 7 192.0.2.1 9 typ host tcptype active",
        "tcp2 1 tcp 7 0.0.0.0 4748 typ host tcptype passive",
        "tcp3 1 tcp 7 192.0.2.1 0 typ host tcptype passive",
        "tcp4 1 tcp 7 name.local 4748 typ host tcptype passive",
        "tcp5 1 tcp",
    ];
    let many: String =
        (1..100).map(|port| line(&format!("tcp6 1 TCP 7 2001:db8::1 {port} typ host tcptype passive"))).collect();

    let told = format!("v=0\r\n{good}{good}{}", hostile.map(line).concat());

    assert_eq!(connections(&told), ["192.0.2.1:4748".parse::<SocketAddr>().unwrap()]);
    assert_eq!(connections(&many).len(), MOST_SERVERS);
}

#[test]
fn each_hostile_part_of_an_answer_of_a_channel_is_named() {
    let without_last = of_channel().rsplit_once("m=video").unwrap().0.to_owned();
    let cases = [
        (of_channel() + &stream("video", "7"), "more streams than slots"),
        (without_last, "fewer streams than slots"),
        (of_channel().replacen("a=recvonly", "a=sendonly", 1), "a stream that goes the wrong way"),
        (of_channel().replacen("a=recvonly", "a=sendrecv", 1), "a stream that goes the wrong way"),
        (of_channel().replacen("a=sendonly", "a=recvonly", 1), "a stream that goes the wrong way"),
        (of_channel().replacen("a=sendonly\r\n", "", 1), "a stream that goes the wrong way"),
        (of_channel().replacen("m=audio 9", "m=audio 0", 1), "no microphone's stream"),
        (of_channel().replacen("m=video", "m=audio", 1), "a stream in another's slot"),
    ];
    for (sdp, reason) in cases {
        let read = read(&sdp, CHANNEL);
        assert!(matches!(&read, Err(TransportError::BadDescription(why)) if why == reason), "{reason}: {read:?}");
    }
}

const CHANNEL: Layout = Layout::Channel(Pools { voices: 2, pictures: 1, screens: 0, screen_sounds: 0 });

fn of_channel() -> String {
    let kinds = ["audio", "video", "video", "audio", "audio", "audio", "video"];
    let section = |(n, kind): (usize, &&str)| {
        let way = if n < 4 { "recvonly" } else { "sendonly" };
        stream(kind, &n.to_string()).replace(&format!("a=mid:{n}\r\n"), &format!("a=mid:{n}\r\na={way}\r\n"))
    };
    let sections: String = kinds.iter().enumerate().map(section).collect();
    format!("v=0\r\na=group:BUNDLE 0 1 2 3 4 5 6\r\n{sections}")
}

fn picture(h264: Option<u8>) -> Stream {
    Stream::Picture { h264, takes_layers: false }
}

fn read_pair(sdp: &str) -> Result<Session, TransportError> {
    read(sdp, Layout::Pair)
}

fn assert_refused(sdp: &str, reason: &str) {
    let read = read_pair(sdp);
    assert!(matches!(&read, Err(TransportError::BadDescription(why)) if why == reason), "{reason}: {read:?}");
}

fn good() -> String {
    format!(
        "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 109 0\r\n{TRANSPORT}a=rtpmap:0 PCMU/8000\r\na=rtpmap:109 OPUS/48000/2\r\n"
    )
}

fn of_four() -> String {
    let microphone = good().replace("v=0\r\n", "v=0\r\na=group:BUNDLE 0 1 2 3\r\n") + "a=mid:0\r\n";
    microphone + &stream("video", "1") + &stream("video", "2") + &stream("audio", "3")
}

fn stream(kind: &str, name: &str) -> String {
    format!("m={kind} 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:{name}\r\n{TRANSPORT}a=rtpmap:111 opus/48000/2\r\n")
}
