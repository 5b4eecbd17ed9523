use std::time::Duration;

use super::*;
use crate::datagram::samples::{answer, check, finished, message};

const WITHIN: Duration = Duration::from_millis(40);

#[test]
fn a_check_is_repeated_until_it_is_answered() {
    let (mut repeats, start) = begin();

    repeats.sent(peer(1), &check(7, false), start);
    assert_eq!(again(&mut repeats, start + WITHIN), [check(7, false)]);
    repeats.received(peer(1), &answer(7), start + WITHIN * 5 / 4);

    assert_eq!(repeats.poll_timeout(0), None);
}

#[test]
fn a_check_that_is_likely_to_be_answered_does_not_wait_for_it() {
    let (mut repeats, start) = begin();
    repeats.received(peer(1), &check(1, false), start);
    let soon = start + Duration::from_millis(4);

    for (id, to) in [(2, peer(1)), (3, peer(2))] {
        repeats.sent(to, &check(id, false), start);
    }
    assert_eq!(again(&mut repeats, soon), [check(2, false)]);
    repeats.received(peer(1), &[0x80, 111, 0, 1], soon);
    repeats.sent(peer(1), &check(4, false), soon);

    assert_eq!(repeats.poll_timeout(0), Some(start + WITHIN), "with media there is no haste");
}

#[test]
fn of_two_checks_to_one_address_only_the_newer_is_repeated() {
    let (mut repeats, start) = begin();

    for (id, to) in [(1, peer(1)), (2, peer(2)), (3, peer(1))] {
        repeats.sent(to, &check(id, false), start);
    }

    assert_eq!(again(&mut repeats, start + WITHIN), [check(2, false), check(3, false)]);
}

#[test]
fn a_flight_is_repeated_until_the_other_end_goes_on() {
    let (mut repeats, start) = begin();
    repeats.received(peer(1), &message(0, 0), start);

    repeats.sent(peer(1), &message(0, 0), start);
    repeats.sent(peer(1), &message(1, 1), start);
    for at in [Duration::from_millis(4), Duration::from_millis(8), WITHIN, WITHIN * 2] {
        assert_eq!(repeats.poll_timeout(0), Some(start + at));
        assert_eq!(again(&mut repeats, start + at), [message(0, 0), message(1, 1)]);
    }
    repeats.received(peer(1), &message(0, 0), start + WITHIN);
    assert!(repeats.poll_timeout(0).is_some(), "a copy of what was heard before is no answer");
    repeats.received(peer(1), &message(1, 1), start + WITHIN);

    assert_eq!(repeats.poll_timeout(0), None);
}

#[test]
fn an_end_that_begins_its_flight_again_gets_ours_at_once() {
    let (mut repeats, start) = begin();
    repeats.received(peer(1), &message(0, 0), start);
    repeats.sent(peer(1), &finished(5), start);
    let late = start + Duration::from_secs(60);
    while repeats.poll_timeout(0).is_some() {
        again(&mut repeats, late);
    }

    repeats.received(peer(1), &message(1, 0), late);

    assert_eq!(again(&mut repeats, late), [finished(5)]);
    assert_eq!(repeats.poll_timeout(0), None);
}

#[test]
fn media_of_the_other_end_are_the_answer_to_the_last_flight() {
    let (mut repeats, start) = begin();

    repeats.sent(peer(1), &finished(5), start);
    repeats.received(peer(1), &[0x80, 111, 0, 1], start);

    assert_eq!(repeats.poll_timeout(0), None);
}

#[test]
fn the_librarys_own_repeat_takes_the_place_of_what_it_repeats() {
    let (mut repeats, start) = begin();

    repeats.sent(peer(1), &message(0, 0), start);
    repeats.sent(peer(1), &message(1, 0), start + WITHIN * 25);

    assert_eq!(again(&mut repeats, start + WITHIN * 26), [message(1, 0)]);
}

#[test]
fn a_slow_path_is_given_its_round_trip() {
    let (mut repeats, start) = begin();
    repeats.sent(peer(1), &check(1, false), start);
    repeats.received(peer(1), &answer(1), start + Duration::from_millis(200));

    repeats.sent(peer(1), &message(0, 0), start);
    again(&mut repeats, start + Duration::from_millis(4));
    again(&mut repeats, start + Duration::from_millis(8));

    assert_eq!(repeats.poll_timeout(0), Some(start + Duration::from_millis(270)));
}

#[test]
fn what_is_never_answered_is_repeated_a_bounded_number_of_times() {
    let (mut repeats, start) = begin();
    repeats.sent(peer(1), &message(0, 0), start);
    for id in 0..=255 {
        repeats.sent(peer(u16::from(id) + 1), &check(id, false), start);
    }

    let mut sent = 0;
    while let Some(at) = repeats.poll_timeout(0) {
        sent += again(&mut repeats, at).len();
    }

    assert_eq!(sent, FLIGHT.len() + MAX_CHECKS * CHECK.len());
}

#[test]
fn a_handshake_that_overtook_the_choice_of_the_pair_is_given_after_it() {
    let (mut repeats, start) = begin();
    repeats.sent(peer(1), &check(1, true), start);

    repeats.received(peer(1), &message(0, 0), start);
    assert_eq!(repeats.next_in_time(0), None);
    repeats.received(peer(1), &answer(1), start);

    let hello = Addressed::copy(peer(1), &message(0, 0));
    assert_eq!([repeats.next_in_time(0), repeats.next_in_time(0)], [Some(hello), None]);
}

#[test]
fn what_comes_over_one_socket_answers_what_was_sent_over_another() {
    let (mut repeats, start) = begin();
    repeats.received(detour(1), &message(0, 0), start);

    repeats.sent(peer(1), &message(0, 0), start);
    assert!(repeats.poll_timeout(0).is_some() && repeats.poll_timeout(1).is_none(), "by the way it was sent");
    repeats.received(detour(1), &message(1, 1), start);

    assert_eq!(repeats.poll_timeout(0), None);
}

#[test]
fn a_flight_moves_whole_to_the_path_that_its_latest_part_took() {
    let (mut repeats, start) = begin();

    repeats.sent(peer(1), &message(0, 0), start);
    repeats.sent(detour(2), &message(1, 1), start);

    assert_eq!((repeats.poll_timeout(0), repeats.poll_timeout(1)), (None, Some(start + Duration::from_millis(4))));
    assert_eq!(again_over(&mut repeats, 1, start + WITHIN), [message(0, 0), message(1, 1)]);
}

#[test]
fn media_over_any_socket_end_the_haste_and_the_sockets_of_a_restart_begin_it_anew() {
    let (mut repeats, start) = begin();
    repeats.received(detour(1), &[0x80, 111, 0, 1], start);
    repeats.sent(peer(1), &check(1, true), start);
    assert_eq!(repeats.poll_timeout(0), Some(start + WITHIN));

    let third = repeats.open();
    let path = Path { socket: third, ..peer(1) };
    repeats.sent(path, &check(2, true), start);

    assert_eq!(repeats.poll_timeout(third), Some(start + Duration::from_millis(4)));
}

#[test]
fn each_path_has_its_own_round_trip() {
    let (mut repeats, start) = begin();
    for (id, path, took) in [(1, detour(1), 200), (2, peer(1), 0)] {
        repeats.sent(path, &check(id, false), start);
        repeats.received(path, &answer(id), start + Duration::from_millis(took));
    }

    repeats.sent(peer(1), &check(3, false), start);
    repeats.sent(detour(1), &check(4, false), start);

    assert_eq!(repeats.poll_timeout(0), Some(start + Duration::from_millis(20)));
    assert_eq!(repeats.poll_timeout(1), Some(start + Duration::from_millis(270)));
}

#[test]
fn checks_from_several_addresses_make_checks_of_all_of_them_hopeful() {
    let (mut repeats, start) = begin();
    for (id, path) in [(1, peer(1)), (2, peer(2))] {
        repeats.received(path, &check(id, false), start);
    }

    for (id, path) in [(3, peer(1)), (4, peer(2)), (5, peer(3)), (6, detour(1))] {
        repeats.sent(path, &check(id, false), start);
    }

    let soon = start + Duration::from_millis(4);
    assert_eq!(again(&mut repeats, soon), [check(3, false), check(4, false)]);
    assert_eq!(repeats.poll_timeout(1), Some(start + WITHIN));
}

#[test]
fn a_choice_that_came_before_a_check_of_ours_was_answered_is_given_after_it() {
    let (mut repeats, start) = begin();
    repeats.sent(peer(1), &check(1, false), start);
    repeats.sent(detour(1), &check(2, false), start);

    repeats.received(peer(1), &check(3, true), start);
    repeats.received(detour(1), &answer(2), start);
    assert_eq!(repeats.next_in_time(0), None, "nothing is known of this path yet");
    repeats.received(peer(1), &answer(1), start);

    let choice = Addressed::copy(peer(1), &check(3, true));
    assert_eq!(repeats.next_in_time(1), None, "it came over the other socket");
    assert!(repeats.has_in_time(0));
    assert_eq!([repeats.next_in_time(0), repeats.next_in_time(0)], [Some(choice), None]);
}

#[test]
fn a_choice_that_the_library_has_answered_is_not_given_to_it_again() {
    let (mut repeats, start) = begin();
    repeats.sent(peer(1), &check(1, false), start);

    repeats.received(peer(1), &check(3, true), start);
    repeats.sent(peer(1), &answer(3), start);
    repeats.received(peer(1), &answer(1), start);

    assert!(!repeats.has_in_time(0));
}

/// What is sent again at `now`.
fn again(repeats: &mut Repeats, now: Instant) -> Vec<Vec<u8>> {
    again_over(repeats, 0, now)
}

fn again_over(repeats: &mut Repeats, socket: Socket, now: Instant) -> Vec<Vec<u8>> {
    repeats.handle_timeout(socket, now).into_iter().map(|datagram| datagram.bytes.to_vec()).collect()
}

/// A connection with two sockets.
fn begin() -> (Repeats, Instant) {
    let mut repeats = Repeats::default();
    assert_eq!([repeats.open(), repeats.open()], [0, 1]);
    (repeats, Instant::now())
}

/// By the first socket.
fn peer(port: u16) -> Path {
    Path { socket: 0, peer: ([192, 0, 2, 1], port).into() }
}

/// By the second.
fn detour(port: u16) -> Path {
    Path { socket: 1, ..peer(port) }
}
