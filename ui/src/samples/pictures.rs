//! Video calls, screens and what rings as a video call. The gallery has no app that sends pictures: avatars and signs stand
//! where those would be, unless something listens where [`feed`] says.

use carillon_ipc::{
    CallState, CallView, CameraView, DeviceChoice, FeedAddress, NoticeCode, NumberName, NumberView, OwnPictures,
    PicturesView, Quality, RingView, ScreenKind, ScreenPickerView, ScreenView, SelfView, TheirPictures, WindowBase,
};
use carillon_protocol::{CallKind, CallPath, Secret};

use super::{
    PICTURE, Sample,
    calls::{call_view, devices, ring_view},
    notice, team, user,
};

/// Nothing listens there, except while somebody looks at the gallery with moving pictures.
pub(super) fn feed() -> FeedAddress {
    FeedAddress { url: "ws://127.0.0.1:47100/frames".into(), token: Secret::new("gallery") }
}

pub(super) fn cameras() -> DeviceChoice {
    devices(&["Integrated Camera", "Logitech BRIO Ultra HD Webcam (046d:085e), on the dock"], Some(0))
}

/// What is shown of pictures while both have their cameras on.
pub(crate) fn pictures_view() -> PicturesView {
    PicturesView {
        feed: Some(feed()),
        camera: CameraView { is_on: true, is_mirrored: true, cameras: cameras() },
        theirs: TheirPictures { camera: true, screen: false, is_muted: false },
        mine: OwnPictures { camera: true, screen: false },
        ..PicturesView::default()
    }
}

/// A video call with Bob.
pub(crate) fn video_call_view(base: WindowBase, pictures: PicturesView) -> CallView {
    let talking = CallState::Active { for_ms: 724_000 };
    CallView { kind: Some(CallKind::Video), pictures: Some(pictures), ..call_view(base, talking) }
}

pub(super) fn samples(base: WindowBase) -> Vec<(&'static str, Sample)> {
    let mut samples = rings(base);
    samples.extend(calls(base));
    samples.extend(over_calls(base));
    samples
}

fn rings(base: WindowBase) -> Vec<(&'static str, Sample)> {
    let video = |name: &str| {
        let mut view = ring_view(base, name);
        view.ring.iter_mut().for_each(|ring| (ring.kind, ring.opens_camera) = (CallKind::Video, true));
        view
    };
    let mut without_camera = video("Bob Li");
    without_camera.ring.iter_mut().for_each(|ring| ring.opens_camera = false);
    let look = Some(SelfView { feed: Some(feed()), is_mirrored: true });
    let bar = |view: RingView| CallView { ring: view.ring, ..video_call_view(base, pictures_view()) };
    vec![
        ("ring-video", video("Bob Li").into()),
        ("ring-video-camera-off", without_camera.into()),
        ("ring-video-looking", RingView { look, ..video("Bob Li") }.into()),
        ("ring-video-long-name", video(&team()[5].name).into()),
        ("video-ringing", bar(video("Carol Okonkwo")).into()),
    ]
}

fn calls(base: WindowBase) -> Vec<(&'static str, Sample)> {
    let call = |pictures| video_call_view(base, pictures);
    let both = pictures_view;
    let no_camera = TheirPictures { camera: false, screen: false, is_muted: true };
    let screen = TheirPictures { camera: true, screen: true, is_muted: false };
    let off = CameraView { is_on: false, ..both().camera };
    let voice =
        PicturesView { feed: None, camera: off.clone(), theirs: no_camera, mine: OwnPictures::default(), ..both() };
    let calling = CallView {
        state: CallState::RingingThere { devices: 2 },
        ..call(PicturesView { theirs: TheirPictures::default(), ..both() })
    };
    let long = CallView { with: Some((user("max"), team()[5].name.clone())), ..call(both()) };
    vec![
        ("video", call(both()).into()),
        ("video-muted", CallView { muted: true, ..call(both()) }.into()),
        ("video-calling", calling.into()),
        ("video-their-camera-off", call(PicturesView { theirs: no_camera, ..both() }).into()),
        ("video-own-camera-off", call(PicturesView { camera: off, mine: OwnPictures::default(), ..both() }).into()),
        ("video-their-screen", call(PicturesView { theirs: screen, ..both() }).into()),
        ("video-long-name", long.into()),
        ("video-none", call(voice).into()),
        ("video-full-screen", call(PicturesView { is_full_screen: true, ..both() }).into()),
        ("video-mini", call(PicturesView { is_mini: true, ..both() }).into()),
        ("video-mini-camera-off", call(PicturesView { is_mini: true, theirs: no_camera, ..both() }).into()),
        ("video-mini-sharing", call(PicturesView { is_mini: true, ..sharing() }).into()),
    ]
}

fn sharing() -> PicturesView {
    PicturesView {
        sharing: Some("Screen 1".into()),
        mine: OwnPictures { camera: true, screen: true },
        ..pictures_view()
    }
}

/// What lies over the pictures.
fn over_calls(base: WindowBase) -> Vec<(&'static str, Sample)> {
    let call = |pictures| video_call_view(base, pictures);
    let voice = PicturesView {
        feed: None,
        theirs: TheirPictures::default(),
        mine: OwnPictures { camera: false, screen: true },
        ..sharing()
    };
    let numbers = PicturesView { numbers: Some(numbers()), quality: Quality::Bad, ..pictures_view() };
    let picker = |picker| PicturesView { picker: Some(picker), ..pictures_view() };
    let looking = ScreenPickerView { is_looking: true, screens: vec![] };
    let gone = notice(NoticeCode::CameraGone, "Integrated Camera", "");
    vec![
        ("video-sharing", call(sharing()).into()),
        ("video-sharing-voice", call(voice).into()),
        ("video-poor", call(PicturesView { quality: Quality::Poor, ..pictures_view() }).into()),
        ("video-numbers", call(numbers).into()),
        ("video-picker", call(picker(ScreenPickerView { is_looking: false, screens: screens() })).into()),
        ("video-picker-looking", call(picker(looking)).into()),
        ("video-picker-none", call(picker(ScreenPickerView::default())).into()),
        ("video-camera-gone", CallView { notice: Some(gone), ..call(pictures_view()) }.into()),
    ]
}

fn screens() -> Vec<ScreenView> {
    let screen = |id: &str, name: &str, kind, has_look: bool| ScreenView {
        id: id.to_owned(),
        name: name.to_owned(),
        kind,
        thumbnail: has_look.then(|| PICTURE.to_owned()),
    };
    vec![
        screen("0", "Screen 1", ScreenKind::Screen, true),
        screen("1", "Screen 2", ScreenKind::Screen, true),
        screen("2", "Quarterly report, final version (3).odt — LibreOffice Writer", ScreenKind::Window, true),
        screen("3", "终端", ScreenKind::Window, true),
        screen("4", "Mail", ScreenKind::Window, false),
    ]
}

fn numbers() -> Vec<NumberView> {
    use NumberName as Name;
    let path = |name| (name == Name::Path).then_some(CallPath::Server);
    let number = |(name, value): (NumberName, &str)| NumberView { name, value: value.to_owned(), path: path(name) };
    [
        (Name::Sent, "1.2 Mb/s"),
        (Name::Received, "310 kb/s"),
        (Name::SentPicture, "1280×720, 30/s"),
        (Name::ReceivedPicture, "640×360, 15/s"),
        (Name::SentLoss, "0.4 %"),
        (Name::ReceivedLoss, "11 %"),
        (Name::RoundTrip, "184 ms"),
        (Name::Jitter, "32 ms"),
        (Name::Codec, "H.264, Opus"),
        (Name::Path, "prflx – host, UDP"),
    ]
    .map(number)
    .to_vec()
}
