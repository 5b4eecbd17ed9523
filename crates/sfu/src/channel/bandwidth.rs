//! Which size of each picture a participant is sent, by what its network carries.

use std::time::{Duration, Instant};

use carillon_protocol::PublishedSource;
use str0m::media::Rid;

use super::{Channel, Encoding, Origin, SCREEN, Sink};
use crate::allocation::{Wish, allocate, is_denied};
use crate::pictures::{PictureSlot, Target};
use crate::rates::Rates;

/// How often it is looked again.
const EVERY: Duration = Duration::from_millis(500);

/// How soon after what a network carries has changed.
const SOON: Duration = Duration::from_millis(100);

/// What a voice takes with its headers, in bits a second.
const VOICE: u64 = 48_000;

/// How many lines the largest size of a source is taken to have; the next ones half, and a quarter.
const LARGEST_HEIGHT: u16 = 720;

impl Channel {
    pub(super) fn allocate_if_due(&mut self, now: Instant, sink: &mut impl Sink) {
        if self.allocate_at.is_none_or(|at| now >= at) {
            self.allocate(now, sink);
        }
    }

    /// What somebody's network carries has changed; of many such changes the first counts.
    pub(super) fn allocate_soon(&mut self, now: Instant) {
        self.allocate_at = self.allocate_at.map(|at| at.min(now + SOON));
    }

    /// Chooses the sizes of everybody's pictures.
    pub(super) fn allocate(&mut self, now: Instant, sink: &mut impl Sink) {
        self.allocate_at = Some(now + EVERY);
        let mut lacking = Vec::new();
        for (device, member) in &mut self.members {
            if member.pictures.is_empty() {
                member.patience.look(false, now);
                continue;
            }
            let Some(connection) = member.connection.as_mut().filter(|connection| connection.is_connected) else {
                continue;
            };
            let mut pictures: Vec<&mut PictureSlot<Origin>> =
                member.pictures.iter_mut().filter(|picture| picture.origin.1 != PublishedSource::ScreenSound).collect();
            // A screen that is shown is what the others speak about.
            pictures.sort_by_key(|picture| picture.slot != SCREEN);
            let sizes: Vec<Vec<(Option<Rid>, u64)>> =
                pictures.iter().map(|picture| sizes(&self.rates, picture, now)).collect();
            let wishes: Vec<Wish> = pictures.iter().zip(&sizes).map(|(picture, sizes)| wish(picture, sizes)).collect();
            let sound = VOICE * member.voices.taken().count() as u64;
            if member.patience.look(sizes.iter().any(|sizes| !sizes.is_empty()), now) {
                connection.begin_anew(sound + wishes.iter().map(sent).sum::<u64>());
            }
            let estimate = connection.estimate(member.patience.begins());
            let mut given = allocate(estimate, sound, &wishes, 0);
            let kept = member.patience.kept(is_denied(&wishes, &given), connection.fell_at(), now);
            if kept > 0 {
                given = allocate(estimate, sound, &wishes, kept);
            }
            for ((picture, sizes), given) in pictures.iter_mut().zip(&sizes).zip(&given) {
                picture.target = match given {
                    _ if sizes.is_empty() => Target::Any,
                    Some(size) => Target::Only(sizes[*size].0),
                    None => Target::Paused,
                };
                if matches!(picture.target, Target::Only(rid) if picture.open != Some(rid)) {
                    lacking.push(*device);
                }
            }
            let all = wishes.iter().filter_map(|wish| wish.sizes.last()).sum::<u64>();
            if connection.aim_at(sound + taken(&wishes, &given), sound + all) {
                member.is_written = true;
                if !std::mem::replace(&mut member.is_waiting, true) {
                    self.waiting.push_back(*device);
                }
            }
        }
        for device in lacking {
            self.ask_for_missing(device, now, sink);
        }
    }
}

/// The sizes of a picture that are sent and not larger than it is shown, the smallest first.
fn sizes(rates: &Rates<Encoding>, picture: &PictureSlot<Origin>, now: Instant) -> Vec<(Option<Rid>, u64)> {
    let of_it = rates.known(now).filter(|((origin, _), _)| *origin == picture.origin);
    let mut sizes: Vec<(Option<Rid>, u64)> = of_it.map(|((_, rid), rate)| (*rid, rate)).collect();
    sizes.sort_by_key(|(_, rate)| *rate);
    let count = sizes.len();
    let lines = |size: usize| LARGEST_HEIGHT >> (count - 1 - size).min(4);
    let enough = (0..count).find(|size| u32::from(lines(*size)) * 4 >= u32::from(picture.height) * 3);
    sizes.truncate(enough.map_or(count, |size| size + 1));
    sizes
}

fn wish(picture: &PictureSlot<Origin>, sizes: &[(Option<Rid>, u64)]) -> Wish {
    let now = picture.open.and_then(|open| sizes.iter().position(|(rid, _)| *rid == open));
    Wish { sizes: sizes.iter().map(|(_, rate)| *rate).collect(), now }
}

/// What is sent of a picture now.
fn sent(wish: &Wish) -> u64 {
    wish.now.map_or(0, |now| wish.sizes[now])
}

/// What is given, and the next step of the first that has not got all.
fn taken(wishes: &[Wish], given: &[Option<usize>]) -> u64 {
    let of = |(wish, given): (&Wish, &Option<usize>)| given.map_or(0, |given| wish.sizes[given]);
    let next = wishes.iter().zip(given).find_map(|(wish, given)| {
        let next = wish.sizes.get(given.map_or(0, |given| given + 1))?;
        Some(next - given.map_or(0, |given| wish.sizes[given]))
    });
    wishes.iter().zip(given).map(of).sum::<u64>() + next.unwrap_or(0)
}
