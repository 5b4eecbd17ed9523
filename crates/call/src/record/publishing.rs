//! What the devices in a call publish: each says it of itself, and the others hear it.

use carillon_protocol::{DeviceId, Done, Published, Signal};

use super::{Decision, LegRow, Recipient, judgement::Judgement};

impl Judgement<'_> {
    /// Notes what the actor's device publishes now. The latest counts, and the same again changes nothing.
    pub(super) fn publish(mut self, leg: usize, published: Published) -> Decision {
        let row = &mut self.rows.legs[leg];
        let (device, before) = (row.joined_device(), std::mem::replace(&mut row.published, published));
        if before != published {
            self.tell_joined_what_is_published(leg, device);
        }
        self.decide(Done::Done)
    }

    fn tell_joined_what_is_published(&mut self, leg: usize, but: Option<DeviceId>) {
        let news = self.rules.news_of_published(&self.rows, leg, self.profiles);
        let others = self.rows.joined().filter_map(LegRow::joined_device).filter(|device| Some(*device) != but);
        self.signals.extend(others.map(|device| (Recipient::Device(device), news.clone())));
    }

    /// Tells a device that joins what the one at the other end of a call of two publishes already. In a group call its answer has that.
    pub(super) fn tell_what_is_published(&mut self, to: DeviceId) {
        if self.rows.is_group() {
            return;
        }
        let is_another = |row: &LegRow| row.joined_device().is_some_and(|device| device != to);
        let legs = self.rows.legs.iter().enumerate().filter(|(_, row)| is_another(row) && !row.published.is_nothing());
        let news: Vec<Signal> =
            legs.map(|(leg, _)| self.rules.news_of_published(&self.rows, leg, self.profiles)).collect();
        self.signals.extend(news.into_iter().map(|news| (Recipient::Device(to), news)));
    }
}
