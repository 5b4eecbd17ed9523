use super::*;
use crate::datagram::samples::{answer, check, finished, message};

const WITHIN: Duration = Duration::from_millis(40);

#[test]
fn a_check_is_repeated_until_it_is_answered() {
    let (mut repeats, start) = begin();

    repeats.sent(peer(1), &check(7, false), start);
    assert_eq!(again(&mut repeats, start + WITHIN), [check(7, false)]);
    repeats.received(peer(1), &answer(7), start + WITHIN * 5 / 4);

    assert_eq!(repeats.poll_timeout(), None);
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

    assert_eq!(repeats.poll_timeout(), Some(start + WITHIN), "with media there is no haste");
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
        assert_eq!(repeats.poll_timeout(), Some(start + at));
        assert_eq!(again(&mut repeats, start + at), [message(0, 0), message(1, 1)]);
    }
    repeats.received(peer(1), &message(0, 0), start + WITHIN);
    assert!(repeats.poll_timeout().is_some(), "a copy of what was heard before is no answer");
    repeats.received(peer(1), &message(1, 1), start + WITHIN);

    assert_eq!(repeats.poll_timeout(), None);
}

#[test]
fn an_end_that_begins_its_flight_again_gets_ours_at_once() {
    let (mut repeats, start) = begin();
    repeats.received(peer(1), &message(0, 0), start);
    repeats.sent(peer(1), &finished(5), start);
    let late = start + Duration::from_secs(60);
    while repeats.poll_timeout().is_some() {
        again(&mut repeats, late);
    }

    repeats.received(peer(1), &message(1, 0), late);

    assert_eq!(again(&mut repeats, late), [finished(5)]);
    assert_eq!(repeats.poll_timeout(), None);
}

#[test]
fn media_of_the_other_end_are_the_answer_to_the_last_flight() {
    let (mut repeats, start) = begin();

    repeats.sent(peer(1), &finished(5), start);
    repeats.received(peer(1), &[0x80, 111, 0, 1], start);

    assert_eq!(repeats.poll_timeout(), None);
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

    assert_eq!(repeats.poll_timeout(), Some(start + Duration::from_millis(270)));
}

#[test]
fn what_is_never_answered_is_repeated_a_bounded_number_of_times() {
    let (mut repeats, start) = begin();
    repeats.sent(peer(1), &message(0, 0), start);
    for id in 0..=255 {
        repeats.sent(peer(u16::from(id) + 1), &check(id, false), start);
    }

    let mut sent = 0;
    while let Some(at) = repeats.poll_timeout() {
        sent += again(&mut repeats, at).len();
    }

    assert_eq!(sent, FLIGHT.len() + MAX_CHECKS * CHECK.len());
}

#[test]
fn a_handshake_that_overtook_the_choice_of_the_pair_is_given_after_it() {
    let (mut repeats, start) = begin();
    repeats.sent(peer(1), &check(1, true), start);

    repeats.received(peer(1), &message(0, 0), start);
    assert_eq!(repeats.next_early(), None);
    repeats.received(peer(1), &answer(1), start);

    let hello = Addressed::copy(peer(1), &message(0, 0));
    assert_eq!([repeats.next_early(), repeats.next_early()], [Some(hello), None]);
}

/// What is sent again at `now`.
fn again(repeats: &mut Repeats, now: Instant) -> Vec<Vec<u8>> {
    repeats.handle_timeout(now).into_iter().map(|datagram| datagram.bytes.to_vec()).collect()
}

fn begin() -> (Repeats, Instant) {
    (Repeats::default(), Instant::now())
}

fn peer(port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], port))
}
