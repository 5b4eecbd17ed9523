//! What a lost datagram costs before media flow: each of the handshake's lost in turn, and many at once. Sockets are real, time is
//! virtual: it moves only when all that was sent has been dealt with.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::time::Duration;

use carillon_rtc::TransportEvent;
use common::relay::{Path, Relay};
use common::{End, frame};
use tokio::task::JoinHandle;
use tokio::time::Instant;

const FRAME: Duration = Duration::from_millis(20);
const TICK: Duration = Duration::from_millis(1);

/// Datagrams on loopback arrive at once, and each step of a connection takes a few turns of its tasks.
const TURNS: usize = 24;

/// What is sent twice at once is lost twice.
const WITH_ITS_COPIES: Duration = Duration::from_millis(10);

/// Longer than a user waits for the first word.
const SILENT: Duration = Duration::from_millis(1_500);

#[tokio::test(start_paused = true)]
async fn no_lost_datagram_costs_more_than_three_round_trips_or_60_ms() {
    for one_way in [0, 40].map(Duration::from_millis) {
        let bound = (one_way * 6).max(Duration::from_millis(60)) + TICK * 4;
        let clean = connect(1, |path| path.set_delay(one_way)).await;
        assert!(clean.datagrams > 10, "checks and six flights, but {} datagrams", clean.datagrams);

        for nth in 0..clean.datagrams {
            let lossy = connect(1, |path| {
                path.set_delay(one_way);
                path.lose_from(nth, WITH_ITS_COPIES);
            });
            let cost = lossy.await.connected_after().saturating_sub(clean.connected_after());

            assert!(cost <= bound, "datagram {nth} of {}, {one_way:?} one way: {cost:?}", clean.datagrams);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_call_stays_silent_where_every_fifth_datagram_is_lost() {
    let mut slowest = Duration::ZERO;
    for seed in 0..40 {
        let call = connect(seed, |path| {
            path.set_loss_percent(20);
            path.set_delay(Duration::from_millis(10));
        });
        slowest = slowest.max(call.await.heard_after());
    }

    assert!(slowest < Duration::from_millis(900), "{slowest:?}");
}

#[tokio::test(start_paused = true)]
async fn datagrams_that_overtake_each_other_delay_the_first_word_little() {
    let mut all = Vec::new();
    for seed in 0..40 {
        let call = connect(seed, |path| {
            path.set_loss_percent(5);
            path.set_jitter(Duration::from_millis(40));
        });
        all.push(call.await.heard_after());
    }
    all.sort();

    assert!(all[all.len() / 2] < Duration::from_millis(250), "{all:?}");
    assert!(all[all.len() - 1] < Duration::from_millis(700), "{all:?}");
}

/// What became of one connection.
struct Outcome {
    ends: [Reached; 2],
    /// That had been sent when both had heard each other.
    datagrams: usize,
}

/// How long after the answer one end was connected, and heard the other.
#[derive(Debug, Clone, Copy, Default)]
struct Reached {
    connected: Option<Duration>,
    heard: Option<Duration>,
}

impl Outcome {
    fn connected_after(&self) -> Duration {
        self.ends.iter().map(|end| end.connected.unwrap_or(SILENT)).max().unwrap()
    }

    fn heard_after(&self) -> Duration {
        self.ends.iter().map(|end| end.heard.unwrap_or(SILENT)).max().unwrap()
    }
}

/// Two ends that both speak from the beginning, over a path that is as `set` makes it.
async fn connect(seed: u64, set: impl FnOnce(&Path)) -> Outcome {
    let relay = Relay::new(seed);
    set(&relay.path);
    let (mut caller, mut callee) = (End::on_loopback().await, End::on_loopback().await);
    caller.transport.create_offer().await.unwrap();
    let offer = relay.show(caller.local().await).await;

    let answered_at = Instant::now();
    offer.give_to(&callee.transport).await;
    relay.show(callee.local().await).await.give_to(&caller.transport).await;
    let speaking = [speak(&caller), speak(&callee)];
    let mut listening = [caller, callee];
    let mut ends = [Reached::default(); 2];
    while ends.iter().any(|end| end.heard.is_none()) && answered_at.elapsed() < SILENT {
        for (end, reached) in listening.iter_mut().zip(&mut ends) {
            note(end, reached, answered_at).await;
        }
        pass(TICK).await;
    }
    speaking.iter().for_each(JoinHandle::abort);
    Outcome { ends, datagrams: relay.path.datagrams() }
}

async fn note(end: &mut End, reached: &mut Reached, since: Instant) {
    while let Ok(event) = end.events.try_recv() {
        assert_ne!(event, TransportEvent::Failed);
        if event == TransportEvent::Connected {
            reached.connected.get_or_insert(since.elapsed());
        }
    }
    while end.frame_now().await.is_some() {
        reached.heard.get_or_insert(since.elapsed());
    }
}

/// Lets everything happen that can, and only then time pass.
async fn pass(time: Duration) {
    for _ in 0..TURNS {
        tokio::task::yield_now().await;
    }
    tokio::time::advance(time).await;
}

fn speak(end: &End) -> JoinHandle<()> {
    let track = end.sending.clone();
    tokio::spawn(async move {
        let mut clock = tokio::time::interval(FRAME);
        for number in 0.. {
            clock.tick().await;
            track.send(frame(number)).await.unwrap();
        }
    })
}
