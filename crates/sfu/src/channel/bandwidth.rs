//! Which size of each picture a participant is sent, by what its network carries.

use std::time::{Duration, Instant};

use carillon_protocol::PublishedSource;
use str0m::media::Rid;

use super::{Channel, Encoding, Origin, SCREEN, Sink};
use crate::allocation::{Wish, allocate, is_denied};
use crate::layers::Layer;
use crate::pictures::{PictureSlot, Target};
use crate::rates::{Heard, Rates};

/// How often it is looked again.
const EVERY: Duration = Duration::from_millis(500);

/// How soon after what a network carries has changed.
const SOON: Duration = Duration::from_millis(100);

/// What a voice takes with its headers, in bits a second.
const VOICE: u64 = 48_000;

/// How many lines the largest size of a source is taken to have whose sizes are not those of a [`Layer`]; the next ones half, and a quarter.
const LARGEST_HEIGHT: u16 = 720;

/// One size of a picture.
struct Size {
    rid: Option<Rid>,
    /// In bits a second.
    rate: u64,
    is_sent: bool,
}

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
        let (mut lacking, mut wanted) = (Vec::new(), Vec::new());
        for (device, member) in self.members.iter_mut().filter(|(_, member)| !member.pictures.is_empty()) {
            let Some(connection) = member.connection.as_mut().filter(|connection| connection.is_connected) else {
                continue;
            };
            let mut pictures: Vec<&mut PictureSlot<Origin>> =
                member.pictures.iter_mut().filter(|picture| picture.origin.1 != PublishedSource::ScreenSound).collect();
            // A screen that is shown is what the others speak about.
            pictures.sort_by_key(|picture| picture.slot != SCREEN);
            let sizes: Vec<Vec<Size>> = pictures.iter().map(|picture| sizes(&self.rates, picture, now)).collect();
            let wishes: Vec<Wish> = pictures.iter().zip(&sizes).map(|(picture, sizes)| wish(picture, sizes)).collect();
            connection.begin_if_due(now);
            let sound = VOICE * member.voices.taken().count() as u64;
            let mut given = allocate(connection.estimate(), sound, &wishes, false);
            if member.patience.keeps(is_denied(&wishes, &given), connection.fell_at(), now) {
                given = allocate(connection.estimate(), sound, &wishes, true);
            }
            for ((picture, sizes), given) in pictures.iter_mut().zip(&sizes).zip(&given) {
                picture.target = target(sizes, *given);
                wanted.extend(wanted_layers(picture, sizes, *given).map(|layer| (picture.origin, layer)));
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
        if self.layers.want(wanted, now) {
            self.tell_slots(sink);
        }
        for device in lacking {
            self.ask_for_missing(device, now, sink);
        }
    }
}

/// The sizes of a picture that are not larger than it is shown, the smallest first: those that are sent, or all that there may be.
fn sizes(rates: &Rates<Encoding>, picture: &PictureSlot<Origin>, now: Instant) -> Vec<Size> {
    let heard = Layer::ALL.map(|layer| (layer, rates.of(&(picture.origin, Some(layer.rid())), now)));
    if heard.iter().any(|(_, heard)| heard.is_some()) {
        let enough = Layer::ALL.into_iter().find(|layer| is_enough(layer.lines(), picture.height));
        return layers(heard, enough.unwrap_or(Layer::Large));
    }
    let of_it = rates.heard(now).filter(|((origin, _), _)| *origin == picture.origin);
    let sent = of_it.filter(|(_, heard)| heard.is_sent);
    let sent = sent.filter_map(|((_, rid), heard)| Some(Size { rid: *rid, rate: heard.rate?, is_sent: true }));
    let mut sizes: Vec<Size> = sent.collect();
    sizes.sort_by_key(|size| size.rate);
    let count = sizes.len();
    let lines = |size: usize| LARGEST_HEIGHT >> (count - 1 - size).min(4);
    let enough = (0..count).find(|size| is_enough(lines(*size), picture.height));
    sizes.truncate(enough.map_or(count, |size| size + 1));
    sizes
}

/// What is known of each size, or thought of it before it was sent.
fn layers(heard: [(Layer, Option<Heard>); 3], most: Layer) -> Vec<Size> {
    // One that was measured while it had few bits takes no less than the one below.
    let mut least = 0;
    let size = |(layer, heard): (Layer, Option<Heard>)| {
        least = heard.and_then(|heard| heard.rate).unwrap_or(layer.assumed_rate()).max(least);
        Size { rid: Some(layer.rid()), rate: least, is_sent: heard.is_some_and(|heard| heard.is_sent) }
    };
    heard.into_iter().filter(|(layer, _)| *layer <= most).map(size).collect()
}

/// A picture of so many lines looks well where so many are shown.
fn is_enough(lines: u16, shown: u16) -> bool {
    u32::from(lines) * 4 >= u32::from(shown) * 3
}

fn wish(picture: &PictureSlot<Origin>, sizes: &[Size]) -> Wish {
    let now = picture.open.and_then(|open| sizes.iter().position(|size| size.rid == open));
    Wish { sizes: sizes.iter().map(|size| size.rate).collect(), now }
}

/// Of what is given the largest that is sent. Where only larger ones are, the smallest of them: the right one has been asked for.
fn target(sizes: &[Size], given: Option<usize>) -> Target {
    let Some(smallest) = sizes.iter().find(|size| size.is_sent) else { return Target::Any };
    let Some(given) = given else { return Target::Paused };
    let largest = sizes.iter().take(given + 1).rev().find(|size| size.is_sent);
    Target::Only(largest.unwrap_or(smallest).rid)
}

/// What the picture's device is to send for it: the size that is given, the one that is shown until that begins, and always the smallest, to
/// which whoever's network becomes narrow can fall at once.
fn wanted_layers(picture: &PictureSlot<Origin>, sizes: &[Size], given: Option<usize>) -> impl Iterator<Item = Layer> {
    let named = |rid: Option<Rid>| rid.and_then(Layer::named);
    let is_in_layers = sizes.iter().any(|size| named(size.rid).is_some());
    let smallest = is_in_layers.then_some(Layer::Small);
    let given = given.and_then(|given| named(sizes[given].rid));
    let shown = picture.open.and_then(named);
    smallest.into_iter().chain(given).chain(shown)
}

/// What is given, and the next step of the first that has not got all.
fn taken(wishes: &[Wish], given: &[Option<usize>]) -> u64 {
    let of = |(wish, given): (&Wish, &Option<usize>)| given.map_or(0, |given| wish.sizes[given]);
    let next = wishes.iter().zip(given).find_map(|(wish, given)| {
        let next = wish.sizes.get(given.map_or(0, |given| given + 1))?;
        Some(next.saturating_sub(given.map_or(0, |given| wish.sizes[given])))
    });
    wishes.iter().zip(given).map(of).sum::<u64>() + next.unwrap_or(0)
}
