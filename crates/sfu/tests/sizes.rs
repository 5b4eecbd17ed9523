//! Pictures in several sizes: each participant gets what its network carries and its window shows.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::time::Duration;

use carillon_protocol::WantedPicture;
use common::{CALL, FIRST_PICTURE, World};

const KEY: u8 = 0x67;
const DELTA: u8 = 0x61;

/// The sizes, and how many packets of a thousand bytes each sends in a frame of a thirtieth of a second.
const SIZES: [(&str, usize); 3] = [("h", 5), ("m", 2), ("l", 1)];

#[test]
fn a_wide_network_gets_the_large_picture_and_a_narrow_one_the_small() {
    let mut world = of_three();
    world.narrow(2, 500_000);
    want(&mut world, 1, 720);
    want(&mut world, 2, 720);

    film(&mut world, 450);

    assert_eq!(latest_size(&world, 1), "h");
    assert_eq!(latest_size(&world, 2), "l");
}

#[test]
fn a_small_window_gets_a_small_picture_whatever_its_network() {
    let mut world = of_three();
    want(&mut world, 1, 150);
    want(&mut world, 2, 360);

    film(&mut world, 300);

    assert_eq!((latest_size(&world, 1), latest_size(&world, 2)), ("l", "m"));
}

#[test]
fn another_size_begins_with_its_own_key_frame_and_goes_on_in_the_numbers() {
    let mut world = of_three();
    want(&mut world, 1, 150);
    film(&mut world, 150);
    want(&mut world, 1, 720);

    film(&mut world, 300);

    let received = &world.clients[1].received[&FIRST_PICTURE];
    assert!(received.windows(2).all(|pair| pair[1].number == pair[0].number + 1));
    let begins = received.windows(2).filter(|pair| pair[1].payload[1] != pair[0].payload[1]);
    let kinds: Vec<u8> = begins.map(|pair| pair[1].payload[0]).collect();
    assert!(!kinds.is_empty() && kinds.iter().all(|kind| *kind == KEY), "{kinds:x?}");
}

#[test]
fn a_network_that_becomes_narrow_gets_the_small_picture_without_a_freeze_and_the_large_one_again() {
    let mut world = of_three();
    want(&mut world, 1, 720);
    film(&mut world, 450);
    assert_eq!(latest_size(&world, 1), "h");

    let narrow_from = world.now;
    world.narrow(1, 500_000);
    film(&mut world, 450);
    assert_eq!(latest_size(&world, 1), "l");
    let wide_from = world.now;
    world.narrow(1, 50_000_000);
    film(&mut world, 900);
    assert_eq!(latest_size(&world, 1), "h");

    let received = &world.clients[1].received[&FIRST_PICTURE];
    let pauses = received.windows(2).map(|pair| (pair[0].at, pair[1].at.saturating_duration_since(pair[0].at)));
    let after = |from| pauses.clone().filter(move |(at, _)| *at >= from).map(|(_, pause)| pause).max();
    // What was on its way when it became narrow waits; then there is always something.
    assert!(after(narrow_from) < Some(Duration::from_millis(1_500)), "{:?}", after(narrow_from));
    assert!(after(wide_from) < Some(Duration::from_millis(300)), "{:?}", after(wide_from));
}

#[test]
fn over_a_network_that_loses_each_size_begins_with_a_key_frame_and_no_number_is_given_twice() {
    let mut world = of_three();
    world.lost_per_mille = 20;
    for height in [720, 150, 720, 360] {
        want(&mut world, 1, height);
        film(&mut world, 240);
    }
    world.lost_per_mille = 0;
    film(&mut world, 60);

    let mut received = world.clients[1].received[&FIRST_PICTURE].clone();
    received.sort_by_key(|packet| packet.number);
    received.dedup();
    let numbers: std::collections::HashMap<u64, &[u8]> =
        received.iter().map(|packet| (packet.number, packet.payload.as_slice())).collect();
    assert!(received.iter().all(|packet| numbers[&packet.number] == packet.payload), "one packet for each number");
    let span = received.last().unwrap().number - received[0].number + 1;
    let missing = span - numbers.len() as u64;
    assert!(missing * 100 <= span, "{missing} of {span} are missing");
    let times: Vec<u32> = received.iter().map(|packet| packet.time.wrapping_sub(received[0].time)).collect();
    assert!(times.is_sorted(), "time goes on");
    let begins = received.windows(2).filter(|pair| pair[1].number == pair[0].number + 1);
    let begins = begins.filter(|pair| pair[1].payload[1] != pair[0].payload[1]);
    let kinds: Vec<u8> = begins.map(|pair| pair[1].payload[0]).collect();
    assert!(kinds.len() >= 2 && kinds.iter().all(|kind| *kind == KEY), "{kinds:x?}");
}

#[test]
fn a_camera_is_asked_for_the_sizes_that_somebody_is_given_and_for_no_others() {
    let (mut world, mut camera) = (of_three(), Obedient::default());
    want(&mut world, 1, 150);
    camera.film(&mut world, 90);
    assert_eq!(layers(&world), Some([true, false, false]));

    want(&mut world, 2, 720);
    camera.film(&mut world, 450);
    assert_eq!((latest_size(&world, 1), latest_size(&world, 2)), ("l", "h"));

    want(&mut world, 2, 150);
    assert_eq!(layers(&world).map(|layers| layers[2]), Some(true), "for a while");
    camera.film(&mut world, 210);
    assert_eq!(layers(&world), Some([true, false, false]));
    assert_eq!(latest_size(&world, 2), "l");

    let before = world.clients[2].received[&FIRST_PICTURE].len();
    want(&mut world, 2, 720);
    camera.film(&mut world, 1);
    let asked = layers(&world);
    assert!(matches!(asked, Some([true, true, _] | [true, _, true])), "at once, and before it is sent: {asked:?}");
    camera.film(&mut world, 450);
    assert_eq!(latest_size(&world, 2), "h");
    let since = &world.clients[2].received[&FIRST_PICTURE][before..];
    let large = since.iter().find(|packet| packet.payload[1] == b'h').expect("it is sent");
    assert_eq!(large.payload[0], KEY, "the very first");
}

#[test]
fn a_size_that_a_camera_gives_up_makes_place_for_the_next_and_nobody_waits_for_it() {
    let mut world = of_three();
    want(&mut world, 1, 720);
    let mut camera = Obedient::default();
    camera.film(&mut world, 450);
    assert_eq!(latest_size(&world, 1), "h");

    let given_up = world.now;
    camera.cannot = Some("h");
    camera.film(&mut world, 120);

    assert_ne!(latest_size(&world, 1), "h");
    let received = &world.clients[1].received[&FIRST_PICTURE];
    let pauses = received.windows(2).filter(|pair| pair[1].at >= given_up);
    let longest = pauses.map(|pair| pair[1].at.saturating_duration_since(pair[0].at)).max();
    assert!(longest < Some(Duration::from_millis(1_200)), "{longest:?}");
}

#[test]
fn a_voice_is_heard_beside_pictures_that_do_not_fit() {
    let mut world = of_three();
    world.narrow(2, 300_000);
    want(&mut world, 2, 720);
    film(&mut world, 300);

    let before = world.heard(2, 1).len();
    for _ in 0..100 {
        world.speak(1, -30, b"still here");
        film(&mut world, 1);
    }
    world.run(Duration::from_millis(500));

    let heard = world.heard(2, 1).len() - before;
    assert!(heard >= 90, "{heard} of a hundred");
}

/// A camera that sends the sizes that are wanted of it, each from a key frame on.
#[derive(Default)]
struct Obedient {
    on: Vec<&'static str>,
    /// What it does not send, though it is wanted.
    cannot: Option<&'static str>,
}

impl Obedient {
    fn film(&mut self, world: &mut World, frames: usize) {
        for _ in 0..frames {
            let [small, medium, large] = layers(world).unwrap_or([true, false, false]);
            for ((rid, packets), is_wanted) in SIZES.into_iter().zip([large, medium, small]) {
                let was_asked = world.clients[0].wanted_of.remove(rid).is_some();
                if !is_wanted || self.cannot == Some(rid) {
                    self.on.retain(|on| *on != rid);
                    continue;
                }
                let begins = !self.on.contains(&rid);
                if begins {
                    self.on.push(rid);
                }
                send(world, rid, packets, begins || was_asked);
            }
            world.run(Duration::from_micros(33_333));
        }
    }
}

/// Which sizes are wanted of the first's camera, the smallest first.
fn layers(world: &World) -> Option<[bool; 3]> {
    world.clients[0].wants.camera_layers.map(|layers| [layers.small, layers.medium, layers.large])
}

/// Two who watch, and the first, whose camera is sent in three sizes.
fn of_three() -> World {
    let mut world = World::new();
    world.join_with_sizes(0);
    world.join(1);
    world.join(2);
    world.run(Duration::from_secs(2));
    assert!(world.clients.iter().all(|client| client.is_connected));
    world
}

fn want(world: &mut World, who: usize, height: u16) {
    let slot = u8::try_from(FIRST_PICTURE).unwrap();
    let wanted = vec![WantedPicture { slot, user: world.clients[0].user.clone(), height }];
    let device = world.clients[who].device;
    world.sfu.want(CALL, device, wanted, world.now);
    world.settle();
}

/// So many frames, with a key frame of each size that is asked for one.
fn film(world: &mut World, frames: usize) {
    for _ in 0..frames {
        for (rid, packets) in SIZES {
            let is_key = world.clients[0].wanted_of.remove(rid).is_some();
            send(world, rid, packets, is_key);
        }
        world.run(Duration::from_micros(33_333));
    }
}

/// One picture in one of the sizes.
fn send(world: &mut World, rid: &str, packets: usize, is_key: bool) {
    for packet in 0..packets {
        let kind = if is_key && packet == 0 { KEY } else { DELTA };
        let mut payload = vec![0; 1_000];
        (payload[0], payload[1]) = (kind, rid.as_bytes()[0]);
        world.film_in(0, rid, &payload);
    }
}

fn latest_size(world: &World, who: usize) -> &str {
    let received = world.clients[who].received.get(&FIRST_PICTURE);
    let size = received.and_then(|received| received.last()).map_or(b'-', |packet| packet.payload[1]);
    SIZES.iter().map(|(rid, _)| *rid).find(|rid| rid.as_bytes()[0] == size).unwrap_or("-")
}
