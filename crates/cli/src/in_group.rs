//! What this device does in the middle of each group call: its user's hand, and what its user does about others as a moderator.

use std::time::Duration;

use carillon_kit::{CallKit, Moderation, UserId};
use clap::Args;
use serde_json::json;
use tokio::time::Instant;

use crate::{
    args::time,
    report::Report,
    talk::{Turn, at},
};

#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct InGroup {
    /// Raise this user's hand in a group call when it has gone on for so long
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) hand_after: Option<Duration>,
    /// Lower it again after so long
    #[arg(long, value_name = "TIME", value_parser = time, requires = "hand_after")]
    pub(crate) hand_for: Option<Duration>,
    /// Mute this participant of a group call, as a moderator
    #[arg(long, value_name = "USER", value_parser = UserId::typed, requires = "moderate_after")]
    pub(crate) mute: Vec<UserId>,
    /// Lower the hand of this participant, as a moderator
    #[arg(long, value_name = "USER", value_parser = UserId::typed, requires = "moderate_after")]
    pub(crate) lower_hand: Vec<UserId>,
    /// Take this participant out of a group call, as a moderator
    #[arg(long, value_name = "USER", value_parser = UserId::typed, requires = "moderate_after")]
    pub(crate) remove: Vec<UserId>,
    /// When a moderator acts: so long after the group call has begun here
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) moderate_after: Option<Duration>,
}

/// When what is to be done.
pub(crate) struct GroupPlan {
    hand_up: Turn,
    hand_down: Turn,
    moderate: Turn,
    /// What a moderator does, in this order.
    moderations: Vec<(UserId, Moderation)>,
}

/// What is due.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Hand { raised: bool },
    Moderate,
}

impl GroupPlan {
    pub(crate) fn of(options: &InGroup) -> Self {
        let all = |users: &[UserId], what| users.iter().map(move |user| (user.clone(), what)).collect::<Vec<_>>();
        let orders = [
            all(&options.mute, Moderation::Mute),
            all(&options.lower_hand, Moderation::LowerHand),
            all(&options.remove, Moderation::Remove),
        ];
        let down = options.hand_after.zip(options.hand_for).map(|(after, time)| after + time);
        Self {
            hand_up: Turn::after(options.hand_after),
            hand_down: Turn::after(down),
            moderate: Turn::after(options.moderate_after),
            moderations: orders.concat(),
        }
    }

    /// A call has begun here.
    pub(crate) fn begin(&mut self, now: Instant) {
        [&mut self.hand_up, &mut self.hand_down, &mut self.moderate].into_iter().for_each(|turn| turn.begin(now));
    }

    /// It is over.
    pub(crate) fn end(&mut self) {
        [&mut self.hand_up, &mut self.hand_down, &mut self.moderate].into_iter().for_each(Turn::end);
    }

    /// Waits for what is due next, and takes it off the plan.
    pub(crate) async fn next(&mut self) -> Step {
        tokio::select! {
            () = at(self.hand_up.at) => {
                self.hand_up.end();
                Step::Hand { raised: true }
            }
            () = at(self.hand_down.at) => {
                self.hand_down.end();
                Step::Hand { raised: false }
            }
            () = at(self.moderate.at) => {
                self.moderate.end();
                Step::Moderate
            }
        }
    }

    /// Does it beside all else, and reports what comes of it. That a hand is up its leg says.
    pub(crate) fn carry_out(&self, step: &Step, kit: &CallKit, report: Report) {
        let kit = kit.clone();
        match step {
            Step::Hand { raised } => {
                let raised = *raised;
                tokio::spawn(async move {
                    if let Err(error) = kit.set_hand(raised).await {
                        let text = error.to_string();
                        report.say("hand-not-set", json!({ "raised": raised, "text": text }), &text);
                    }
                });
            }
            Step::Moderate => {
                let moderations = self.moderations.clone();
                tokio::spawn(async move {
                    for (user, what) in moderations {
                        moderate(&kit, report, user, what).await;
                    }
                });
            }
        }
    }
}

async fn moderate(kit: &CallKit, report: Report, user: UserId, what: Moderation) {
    let done = match what {
        Moderation::Mute => format!("{user} is muted"),
        Moderation::LowerHand => format!("{user}'s hand is down"),
        Moderation::Remove => format!("{user} is taken out"),
    };
    match kit.moderate(user.clone(), what).await {
        Ok(()) => report.say("moderated", json!({ "user": user, "what": what }), &done),
        Err(error) => {
            let text = error.to_string();
            report.say("not-moderated", json!({ "user": user, "what": what, "text": text }), &text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_hand_is_raised_and_lowered_and_others_are_moderated_each_in_its_time() {
        let second = |seconds| Some(Duration::from_secs(seconds));
        let bob = UserId::typed("bob").expect("a name");
        let options = InGroup {
            hand_after: second(1),
            hand_for: second(3),
            mute: vec![bob.clone()],
            lower_hand: vec![],
            remove: vec![bob],
            moderate_after: second(2),
        };
        let mut plan = GroupPlan::of(&options);

        plan.begin(Instant::now());

        assert_eq!(plan.next().await, Step::Hand { raised: true });
        assert_eq!(plan.next().await, Step::Moderate);
        assert_eq!(plan.next().await, Step::Hand { raised: false });
        let whats: Vec<_> = plan.moderations.iter().map(|(_, what)| *what).collect();
        assert_eq!(whats, [Moderation::Mute, Moderation::Remove]);
    }
}
