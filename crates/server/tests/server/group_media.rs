//! The media of calls that go through the server's own sockets.

use carillon_protocol::{
    Answer, CallId, CallPath, Done, MediaSlot, PublishedSource, RefusalCode, Request, Signal, SnapshotCall,
};

use crate::support::{
    Device, House, accept, candidate,
    media::{MediaPeer, until},
};

#[tokio::test]
async fn three_devices_in_a_group_call_hear_each_other_and_who_has_left_nothing_more() {
    let house = House::open().await;
    let (mut cast, call) = of_three(&house).await;
    let mut peers = connected(&mut cast, call).await;

    assert!(talk(&mut peers, &[0, 1, 2], all_hear_all), "all hear all");
    let slots = cast[0].hears_of_slots().await;
    assert!(slots.iter().all(|slot| slot.source == PublishedSource::Microphone && slot.slot < 5), "{slots:?}");

    cast[2].does(Request::HangUp { call }).await;
    assert!(go_on(&mut peers), "the others go on; what was on its way has come");
    let before = (all_received(&peers[2]), peers[0].heard(&said(2)));
    assert!(go_on(&mut peers));

    assert_eq!(
        (all_received(&peers[2]), peers[0].heard(&said(2))),
        before,
        "s3: nothing to them, and nothing of theirs"
    );
}

#[tokio::test(flavor = "multi_thread")] // devices here wait for their sockets
async fn a_device_whose_network_lets_no_udp_through_is_heard_and_hears_by_a_connection() {
    let house = House::open().await;
    let (mut cast, call) = of_three(&house).await;
    let mut peers = Vec::new();
    for device in &mut cast[..2] {
        peers.push(connect(device, call).await);
    }
    let by_tcp = MediaPeer::offering_by_tcp(house.server.media_tcp.unwrap());
    peers.push(connect_by(by_tcp, &mut cast[2], call).await);

    assert!(talk(&mut peers, &[0, 1, 2], all_hear_all), "all hear all");

    let before = (peers[2].heard(&said(0)), peers[0].heard(&said(2)));
    assert!(talk(&mut peers, &[0, 1, 2], |peers| {
        peers[2].heard(&said(0)) > before.0 + 20 && peers[0].heard(&said(2)) > before.1 + 20
    }));
}

#[tokio::test]
async fn s3_only_a_device_that_is_in_a_group_call_connects_its_media() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let (mut carol, mut phone) = (house.newcomer("carol").await, house.another("bob", "phone").await);
    let call = alice.group_call(&["bob"]).await;
    bob.rings().await;

    assert_eq!(bob.is_refused(offer(call)).await, RefusalCode::NotAllowed, "it rings");
    assert_eq!(carol.is_refused(offer(call)).await, RefusalCode::UnknownCall);
    bob.does(accept(call)).await;
    assert_eq!(phone.is_refused(offer(call)).await, RefusalCode::NotAllowed, "another device of his");
    assert!(matches!(bob.does(offer(call)).await, Done::MediaAnswer { .. }));
    bob.does(Request::HangUp { call }).await;

    assert!(matches!(bob.ask(offer(call)).await, Answer::Refused(_)), "he has left");
}

#[tokio::test]
async fn s3_of_a_call_of_two_the_server_takes_media_once_it_has_moved_and_of_the_two_devices_only() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let (mut phone, mut carol) = (house.another("bob", "phone").await, house.newcomer("carol").await);
    let call = alice.invites("bob").await;
    bob.rings().await;
    bob.does(accept(call)).await;
    assert_eq!(bob.is_refused(offer(call)).await, RefusalCode::NotAllowed, "it goes from device to device");

    assert_eq!(phone.is_refused(Request::MoveToServer { call }).await, RefusalCode::NotAllowed);
    assert_eq!(carol.is_refused(Request::MoveToServer { call }).await, RefusalCode::UnknownCall);
    bob.does(Request::MoveToServer { call }).await;
    alice.does(Request::MoveToServer { call }).await;

    let news = Signal::PathChanged { call, path: CallPath::Server };
    assert!(matches!(alice.hears().await, Signal::Accepted { path: CallPath::Direct, .. }));
    assert_eq!((alice.hears().await, bob.hears().await), (news.clone(), news));
    assert_eq!(phone.is_refused(offer(call)).await, RefusalCode::NotAllowed);
    assert_eq!(bob.is_refused(Request::Media { call, signal: candidate("late") }).await, RefusalCode::NotAllowed);
    let mut peers = Vec::new();
    for device in [&mut alice, &mut bob] {
        peers.push(connect(device, call).await);
    }
    assert!(until(&mut peers, |peers| peers.iter().all(|peer| peer.is_connected)), "they connect");
    assert!(talk(&mut peers, &[0, 1], all_hear_all), "both are heard");
}

#[tokio::test]
async fn a_call_of_two_goes_through_the_server_again_after_a_restart() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let call = alice.invites("bob").await;
    bob.rings().await;
    bob.does(accept(call)).await;
    bob.does(Request::MoveToServer { call }).await;

    let house = house.reopen().await;

    for device in [alice, bob] {
        let mut device = Device::link(&house.url(), device.signed_in).await;
        let found = device.snapshot.take().unwrap().call;
        assert!(matches!(found, Some(SnapshotCall::Joined { path: CallPath::Server, .. })), "{found:?}");
        assert!(matches!(device.does(offer(call)).await, Done::MediaAnswer { .. }));
    }
}

#[tokio::test]
async fn an_offer_that_is_none_is_refused_and_one_that_is_repeated_has_the_same_answer() {
    let house = House::open().await;
    let (mut cast, call) = of_three(&house).await;
    let (_, sdp) = MediaPeer::offering();

    for bad in ["", "v=0", &sdp.replace("a=sendonly", "a=sendrecv"), &sdp.replace("m=video", "m=audio")] {
        let bad = Request::MediaOffer { call, sdp: bad.to_owned() };
        assert_eq!(cast[0].is_refused(bad).await, RefusalCode::Invalid);
    }

    let again = || Request::MediaOffer { call, sdp: sdp.clone() };
    let first = cast[0].does(again()).await;
    assert_eq!(cast[0].does(again()).await, first);
}

#[tokio::test]
async fn a_device_that_offers_all_the_time_is_slowed_down() {
    let house = House::with(|config| config.limits.media_offers_per_minute = 3).await;
    let (mut cast, call) = of_three(&house).await;

    for _ in 0..3 {
        cast[0].does(offer(call)).await;
    }

    assert_eq!(cast[0].is_refused(offer(call)).await, RefusalCode::RateLimited);
}

#[tokio::test]
async fn after_a_restart_of_the_server_the_devices_of_a_call_connect_again() {
    let house = House::open().await;
    let (mut cast, call) = of_three(&house).await;
    cast[0].does(offer(call)).await;

    let house = house.reopen().await;

    for device in cast {
        let mut device = Device::link(&house.url(), device.signed_in).await;
        assert!(matches!(device.does(offer(call)).await, Done::MediaAnswer { .. }));
    }
}

/// Alice has called Bob and Carol, and they have answered.
async fn of_three(house: &House) -> ([Device; 3], CallId) {
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let mut carol = house.newcomer("carol").await;
    let call = alice.group_call(&["bob", "carol"]).await;
    for device in [&mut bob, &mut carol] {
        device.rings().await;
        device.does(accept(call)).await;
    }
    ([alice, bob, carol], call)
}

async fn connected(cast: &mut [Device; 3], call: CallId) -> Vec<MediaPeer> {
    let mut peers = Vec::new();
    for device in cast {
        peers.push(connect(device, call).await);
    }
    assert!(until(&mut peers, |peers| peers.iter().all(|peer| peer.is_connected)), "they connect");
    peers
}

async fn connect(device: &mut Device, call: CallId) -> MediaPeer {
    connect_by(MediaPeer::offering(), device, call).await
}

async fn connect_by((mut peer, sdp): (MediaPeer, String), device: &mut Device, call: CallId) -> MediaPeer {
    let Done::MediaAnswer { sdp } = device.does(Request::MediaOffer { call, sdp }).await else { panic!("no answer") };
    peer.take_answer(&sdp);
    peer
}

/// Everybody who speaks says a packet at every turn, until something is so.
fn talk(peers: &mut [MediaPeer], who: &[usize], is_so: impl Fn(&[MediaPeer]) -> bool) -> bool {
    until(peers, |peers| {
        who.iter().for_each(|speaker| peers[*speaker].speak(&said(*speaker)));
        is_so(peers)
    })
}

/// All speak, the one who has left too, until the others have heard each other a while longer.
fn go_on(peers: &mut [MediaPeer]) -> bool {
    let heard = peers[0].heard(&said(1));
    talk(peers, &[0, 1, 2], |peers| peers[0].heard(&said(1)) > heard + 20)
}

fn all_received(peer: &MediaPeer) -> usize {
    peer.received.values().map(Vec::len).sum()
}

fn all_hear_all(peers: &[MediaPeer]) -> bool {
    let others = |who: usize| (0..peers.len()).filter(move |other| *other != who);
    (0..peers.len()).all(|who| others(who).all(|other| peers[who].heard(&said(other)) > 20))
}

fn said(who: usize) -> Vec<u8> {
    format!("this is {who}").into_bytes()
}

fn offer(call: CallId) -> Request {
    Request::MediaOffer { call, sdp: MediaPeer::offering().1 }
}

impl Device {
    /// The next that it is told of its slots.
    async fn hears_of_slots(&mut self) -> Vec<MediaSlot> {
        loop {
            if let Signal::MediaSlots { slots, .. } = self.hears().await {
                return slots;
            }
        }
    }
}
