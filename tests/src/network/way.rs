//! One way through a network, carried out: datagrams wait in it, in their order, until they arrive.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::conditions::Course;
use super::fate::Fate;

/// Datagrams that a machine has not come round to yet; more are lost.
const INCOMING: usize = 4096;

/// What one way has carried so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Carried {
    /// How many datagrams have come in.
    pub sent: u64,
    /// How many arrived.
    pub arrived: u64,
    /// Bytes of those.
    pub bytes: u64,
    /// How long packets of sound waited at the bottleneck: RTP packets (RFC 3550) of at most [`SOUND_BYTES`].
    pub sound_queued: Vec<Duration>,
}

/// Packets of sound are small, and those of pictures are filled.
pub const SOUND_BYTES: usize = 300;

/// The control of one way. Clones are the same way.
#[derive(Clone)]
pub struct Way<T> {
    state: Arc<Mutex<State>>,
    arriving: mpsc::Sender<(Instant, T)>,
}

struct State {
    fate: Fate,
    began_at: Instant,
    carried: Carried,
}

impl<T: AsRef<[u8]> + Send + 'static> Way<T> {
    /// A way whose datagrams `deliver` is given when they arrive.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn new<F: Future<Output = ()> + Send + 'static>(
        course: impl Into<Course>,
        seed: u64,
        deliver: impl FnMut(T) -> F + Send + 'static,
    ) -> Self {
        let (arriving, due) = mpsc::channel(INCOMING);
        tokio::spawn(hold(due, deliver));
        let state = State { fate: Fate::new(course, seed), began_at: Instant::now(), carried: Carried::default() };
        Self { state: Arc::new(Mutex::new(state)), arriving }
    }

    /// Begins a course from now on, with the draws of this seed.
    pub fn become_course(&self, course: impl Into<Course>, seed: u64) {
        let mut state = self.state();
        (state.fate, state.began_at) = (Fate::new(course, seed), Instant::now());
    }

    /// Takes a datagram, which may be lost.
    pub fn take(&self, datagram: T) {
        let mut state = self.state();
        let (now, bytes) = (Instant::now(), datagram.as_ref().len());
        state.carried.sent += 1;
        let since = now - state.began_at;
        let Some(passage) = state.fate.of(since, bytes) else { return };
        state.carried.arrived += 1;
        state.carried.bytes += bytes as u64;
        if bytes <= SOUND_BYTES && is_rtp(datagram.as_ref()) {
            state.carried.sound_queued.push(passage.queued);
        }
        let at = state.began_at + passage.at;
        drop(state);
        // What the machine is too slow for is lost, as in any router.
        let _ = self.arriving.try_send((at, datagram));
    }

    /// What was carried since it was last asked.
    #[must_use]
    pub fn carried(&self) -> Carried {
        std::mem::take(&mut self.state().carried)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// RTP and not RTCP (RFC 5761 §4), nor DTLS or STUN (RFC 7983); in an IP packet, behind its headers and those of UDP.
fn is_rtp(datagram: &[u8]) -> bool {
    const IP_AND_UDP: usize = 28;
    let rtp = if datagram.first() == Some(&0x45) { datagram.get(IP_AND_UDP..).unwrap_or_default() } else { datagram };
    matches!(rtp, [128..=191, kind, ..] if !(192..=223).contains(kind))
}

/// One that waits. Those that arrive at the same time do so in the order they came in.
struct Held<T> {
    order: Reverse<(Instant, u64)>,
    datagram: T,
}

impl<T> PartialEq for Held<T> {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl<T> Eq for Held<T> {}

impl<T> PartialOrd for Held<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Held<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order.cmp(&other.order)
    }
}

/// Until nobody sends any more.
async fn hold<T, F: Future<Output = ()>>(mut due: mpsc::Receiver<(Instant, T)>, mut deliver: impl FnMut(T) -> F) {
    let (mut held, mut number) = (BinaryHeap::<Held<T>>::new(), 0);
    loop {
        let next = held.peek().map(|held| held.order.0.0);
        let arrival = async {
            match next {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            came = due.recv() => {
                let Some((at, datagram)) = came else { return };
                held.push(Held { order: Reverse((at, number)), datagram });
                number += 1;
            }
            () = arrival => {
                while held.peek().is_some_and(|held| held.order.0.0 <= Instant::now()) {
                    if let Some(Held { datagram, .. }) = held.pop() {
                        deliver(datagram).await;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Conditions;

    #[tokio::test(start_paused = true)]
    async fn datagrams_arrive_when_they_are_due_and_in_their_order() {
        let (arrived_tx, mut arrived) = mpsc::unbounded_channel();
        let conditions = Conditions { delay: Duration::from_millis(100), ..Conditions::CLEAN };
        let began_at = Instant::now();
        let way = Way::new(conditions, 1, move |datagram: Vec<u8>| {
            let _ = arrived_tx.send((datagram[0], began_at.elapsed()));
            std::future::ready(())
        });

        (0..5).for_each(|number| way.take(vec![number]));

        for number in 0..5 {
            let (which, took) = arrived.recv().await.expect("it arrives");
            assert_eq!((which, took.as_millis() / 10), (number, 10), "{took:?}");
        }
        let carried = way.carried();
        assert_eq!((carried.sent, carried.arrived, carried.bytes), (5, 5, 5));
    }

    #[test]
    fn packets_of_media_are_told_from_handshakes_checks_and_reports() {
        let in_ip = |udp: &[u8]| [&[0x45][..], &[0; 27], udp].concat();
        let told = |udp: [u8; 2]| [is_rtp(&udp), is_rtp(&in_ip(&udp))];

        assert_eq!([told([0x80, 111]), told([0x90, 0xe0])], [[true; 2]; 2]);
        assert_eq!([told([0x80, 200]), told([22, 254]), told([0, 1])], [[false; 2]; 3]);
    }
}
