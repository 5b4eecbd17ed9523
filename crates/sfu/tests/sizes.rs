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

#[test]
fn a_network_that_stands_still_when_pictures_begin_costs_seconds_of_none() {
    let mut world = of_three();
    for _ in 0..2 {
        world.run(Duration::from_secs(20)); // nobody films
        world.narrow(2, 60_000);
        want(&mut world, 2, 150);
        film_small(&mut world, 15);
        world.narrow(2, 50_000_000);
        film_small(&mut world, 15);

        for second in 0..6 {
            let before = world.clients[2].received[&FIRST_PICTURE].len();
            film_small(&mut world, 30);
            let seen = world.clients[2].received[&FIRST_PICTURE].len() - before;
            assert!(seen >= 25, "{seen} of 30 in second {second}");
        }
    }
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

/// So many frames of the smallest size alone.
fn film_small(world: &mut World, frames: usize) {
    film_of(world, frames, &SIZES[2..]);
}

/// So many frames, with a key frame of each size that is asked for one.
fn film(world: &mut World, frames: usize) {
    film_of(world, frames, &SIZES);
}

fn film_of(world: &mut World, frames: usize, sizes: &[(&str, usize)]) {
    for _ in 0..frames {
        for (rid, packets) in sizes {
            let is_key = world.clients[0].wanted_of.remove(*rid).is_some();
            for packet in 0..*packets {
                let kind = if is_key && packet == 0 { KEY } else { DELTA };
                let mut payload = vec![0; 1_000];
                (payload[0], payload[1]) = (kind, rid.as_bytes()[0]);
                world.film_in(0, rid, &payload);
            }
        }
        world.run(Duration::from_micros(33_333));
    }
}

fn latest_size(world: &World, who: usize) -> &str {
    let received = world.clients[who].received.get(&FIRST_PICTURE);
    let size = received.and_then(|received| received.last()).map_or(b'-', |packet| packet.payload[1]);
    SIZES.iter().map(|(rid, _)| *rid).find(|rid| rid.as_bytes()[0] == size).unwrap_or("-")
}
