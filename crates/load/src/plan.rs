//! What a load is.

use std::time::Duration;

use carillon_protocol::RECEIVING_SLOTS;

use crate::{
    flow::{Expected, Streams},
    media::{SOUND_PACKETS_PER_SECOND, picture_packets_per_second},
};

/// The most participants of one call at our server, with those who publish.
pub(crate) const MOST_IN_A_CALL: usize = carillon_protocol::MAX_LEGS;

/// Whom to load, and how.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The server.
    pub server: Server,
    /// What the channel is called; where there are more, each has its number behind that.
    pub channel: String,
    /// How many calls go on at the same time.
    pub channels: usize,
    /// How many in each call send.
    pub publishers: usize,
    /// How many in each call only receive.
    pub viewers: usize,
    /// Whether those who send show pictures too, and which.
    pub video: Option<Video>,
    /// How long it is measured.
    pub duration: Duration,
    /// How long everything flows before that, so that estimates of bandwidth have settled.
    pub warm_up: Duration,
    /// Of a thousand packets of media, so many are lost on each way.
    pub lost_per_mille: u32,
    /// Of so many connections one decrypts what it gets; the others count it by its headers, acknowledge nothing, and cost this program
    /// less. 1: all decrypt.
    pub decrypt_one_of: usize,
    /// How often one participant of the first call goes and comes back.
    pub churn: Option<Duration>,
    /// How many threads drive the connections.
    pub threads: usize,
    /// The server's process on this machine, whose CPU time and memory are read.
    pub process: Option<u32>,
}

/// Which server.
#[derive(Debug, Clone)]
pub enum Server {
    /// Ours: its address, and whose calls these are.
    Carillon {
        /// `http://…` or `https://…`.
        url: String,
        /// Accounts are made as they are needed, and used again.
        account: Account,
    },
    /// A Janus with its VideoRoom.
    Janus {
        /// `ws://…`.
        url: String,
    },
}

/// How participants sign in: they are called by a prefix and a number.
#[derive(Clone)]
pub struct Account {
    /// What their names begin with.
    pub prefix: String,
    /// The password of all of them.
    pub password: String,
    /// An invite that is good for as many; empty where registration is open.
    pub invite: String,
}

/// The pictures that each publisher sends: H.264 as far as a forwarder looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Video {
    /// In three sizes, of which this is the largest; otherwise in one.
    pub is_in_sizes: bool,
    /// How many thousand bits a second the largest takes.
    pub kilobits: u32,
    /// How many lines of it each viewer wants.
    pub wanted_height: u16,
}

/// One participant of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seat {
    /// Which call.
    pub(crate) channel: usize,
    /// Which participant of all calls.
    pub(crate) number: usize,
    pub(crate) publishes: bool,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl Plan {
    /// How many take part.
    pub fn participants(&self) -> usize {
        self.channels * (self.publishers + self.viewers)
    }

    pub(crate) fn channel_name(&self, channel: usize) -> String {
        if self.channels == 1 { self.channel.clone() } else { format!("{}-{channel}", self.channel) }
    }

    /// Who is in a call: those who publish come first.
    pub(crate) fn seats(&self, channel: usize) -> Vec<Seat> {
        let of_each = self.publishers + self.viewers;
        let seat = |place| Seat { channel, number: channel * of_each + place, publishes: place < self.publishers };
        (0..of_each).map(seat).collect()
    }

    /// What a participant is to receive: of ours no more than it has slots for.
    pub(crate) fn expects(&self, seat: Seat) -> Expected {
        let most = |slots: u8| match self.server {
            Server::Carillon { .. } => usize::from(slots),
            Server::Janus { .. } => usize::MAX,
        };
        // Who goes and comes back is not missed meanwhile.
        let restless = (self.churn.is_some() && seat.channel == 0).then(|| self.seats(0).pop()).flatten();
        let is_without = restless.is_some_and(|restless| restless.publishes && restless != seat);
        let others = self.publishers - usize::from(seat.publishes) - usize::from(is_without);
        let streams = |slots, packets_per_second| Streams { count: others.min(most(slots)), packets_per_second };
        Expected {
            sound: streams(RECEIVING_SLOTS[0].1, SOUND_PACKETS_PER_SECOND),
            pictures: self
                .video
                .map_or(Streams::default(), |video| streams(RECEIVING_SLOTS[1].1, picture_packets_per_second(video))),
        }
    }

    /// Whether a participant decrypts what it gets. Those who publish do, so that their losses are repaired, and one of so many who watch.
    pub(crate) fn decrypts(&self, seat: Seat) -> bool {
        let place = seat.number % (self.publishers + self.viewers);
        let viewer = || seat.channel * self.viewers + (place - self.publishers);
        self.decrypt_one_of <= 1 || seat.publishes || viewer().is_multiple_of(self.decrypt_one_of)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn plan(channels: usize, publishers: usize, viewers: usize) -> Plan {
        Plan {
            server: Server::Janus { url: "ws://127.0.0.1:8188".to_owned() },
            channel: "load".to_owned(),
            channels,
            publishers,
            viewers,
            video: None,
            duration: Duration::from_secs(1),
            warm_up: Duration::ZERO,
            lost_per_mille: 0,
            decrypt_one_of: 1,
            churn: None,
            threads: 1,
            process: None,
        }
    }

    #[test]
    fn everybody_has_a_number_and_those_who_publish_come_first() {
        let plan = plan(2, 1, 2);

        let seats: Vec<_> = plan.seats(1).into_iter().map(|seat| (seat.number, seat.publishes)).collect();

        assert_eq!(seats, [(3, true), (4, false), (5, false)]);
        assert_eq!((plan.participants(), plan.channel_name(1).as_str()), (6, "load-1"));
    }

    #[test]
    fn one_of_so_many_viewers_decrypts_and_each_publisher_does() {
        let plan = Plan { decrypt_one_of: 4, ..plan(2, 1, 7) };

        let decrypting: Vec<_> = (0..2)
            .flat_map(|channel| plan.seats(channel))
            .filter(|seat| plan.decrypts(*seat))
            .map(|seat| seat.number)
            .collect();

        assert_eq!(decrypting, [0, 1, 5, 8, 10, 14], "those who publish have the numbers 0 and 8");
    }

    #[test]
    fn everybody_expects_the_others_and_at_our_server_no_more_voices_than_there_are_slots() {
        let video = Video { is_in_sizes: true, kilobits: 1_200, wanted_height: 360 };
        let mut plan = Plan { video: Some(video), ..plan(1, 8, 1) };
        let counts = |plan: &Plan, at: usize| {
            let expected = plan.expects(plan.seats(0)[at]);
            (expected.sound.count, expected.pictures.count)
        };

        assert_eq!((counts(&plan, 0), counts(&plan, 8)), ((7, 7), (8, 8)));
        assert!(
            (plan.expects(plan.seats(0)[0]).pictures.packets_per_second - 60.0).abs() < 1e-9,
            "two for each picture"
        );
        let account = Account { prefix: String::new(), password: String::new(), invite: String::new() };
        plan.server = Server::Carillon { url: String::new(), account };
        assert_eq!((counts(&plan, 0), counts(&plan, 8)), ((5, 7), (5, 8)));
    }

    #[test]
    fn who_goes_and_comes_back_is_not_missed_meanwhile() {
        let plan = Plan { churn: Some(Duration::from_secs(2)), ..plan(2, 3, 0) };

        let counts = |channel: usize| plan.seats(channel).into_iter().map(|seat| plan.expects(seat).sound.count);

        assert_eq!(counts(0).collect::<Vec<_>>(), [1, 1, 2], "the last goes");
        assert_eq!(counts(1).collect::<Vec<_>>(), [2, 2, 2], "of the first call only");
    }
}
