//! Whoever comes second must find what the first one wrote.

use carillon_protocol::{Answer, Done, Refusal, RefusalCode, Request};

use crate::support::{House, accept, invite, post, registration};

const ROUNDS: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_accepts_at_once_exactly_one_wins() {
    let house = House::with(|config| config.limits.requests_per_minute = 10_000).await;
    let mut alice = house.newcomer("alice").await;
    house.register("bob").await;
    let (mut laptop, mut phone) = (house.another("bob", "laptop").await, house.another("bob", "phone").await);

    for round in 0..ROUNDS {
        let call = alice.invites("bob").await;

        let (one, other) = tokio::join!(laptop.ask(accept(call)), phone.ask(accept(call)));

        let (winner, loser) = match (&one, &other) {
            (Answer::Ok(Done::Joined { .. }), loser) => (&mut laptop, loser),
            (loser, Answer::Ok(Done::Joined { .. })) => (&mut phone, loser),
            nobody => panic!("round {round}: nobody won: {nobody:?}"),
        };
        assert!(
            matches!(loser, Answer::Refused(Refusal { code: RefusalCode::AlreadyHandled, .. })),
            "round {round}: {loser:?}"
        );
        winner.does(Request::HangUp { call }).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_who_call_each_other_at_once_are_always_in_one_call() {
    let house = House::with(|config| config.limits.requests_per_minute = 10_000).await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);

    for round in 0..ROUNDS {
        let (alices, bobs) = tokio::join!(alice.does(invite("bob")), bob.does(invite("alice")));

        let call = match (alices, bobs) {
            (Done::Calling { call, .. }, Done::Joined { ring, .. })
            | (Done::Joined { ring, .. }, Done::Calling { call, .. }) => {
                assert_eq!(ring.call, call, "round {round}");
                call
            }
            other => panic!("round {round}: not one call: {other:?}"),
        };
        alice.does(Request::HangUp { call }).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_callers_at_once_one_finds_the_callee_busy() {
    let house = House::with(|config| config.limits.requests_per_minute = 10_000).await;
    let (mut alice, mut carol) = (house.newcomer("alice").await, house.newcomer("carol").await);
    house.register("bob").await;

    for round in 0..ROUNDS {
        let (alices, carols) = tokio::join!(alice.does(invite("bob")), carol.does(invite("bob")));

        let (
            Done::Calling { call: one, ring_left_ms: left, .. },
            Done::Calling { call: other, ring_left_ms: right, .. },
        ) = (alices, carols)
        else {
            panic!("round {round}: not calling")
        };
        assert!((left == 0) != (right == 0), "round {round}: one rings, the other is over at once");
        alice.does(Request::HangUp { call: one }).await;
        carol.does(Request::HangUp { call: other }).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_registrations_with_one_invite_one_is_refused() {
    let house = House::open().await;
    for round in 0..5 {
        let invite = house.server.mint_invites(1).await.unwrap().remove(0);
        let url = house.url();
        let (one, other) = tokio::join!(
            post(&url, "register", registration(&invite, &format!("ada-{round}"))),
            post(&url, "register", registration(&invite, &format!("ben-{round}")))
        );

        let refused = [&one, &other].into_iter().filter(|(_, body)| body["code"] == "bad_invite").count();
        assert_eq!(refused, 1, "round {round}: {one:?} {other:?}");
    }
}
