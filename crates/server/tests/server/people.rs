//! Finding people, and hearing how they can be reached.

use std::time::Duration;

use carillon_protocol::{Done, Person, Presence, Request, Signal};

use crate::support::{Device, House, accept};

#[tokio::test]
async fn people_are_found_by_a_part_of_their_name_and_wildcards_mean_themselves() {
    let house = House::open().await;
    let mut ada = house.newcomer("ada").await;
    for user in ["ben", "benedict", "carl_b"] {
        house.register(user).await;
    }

    assert_eq!(names(&mut ada, "BEN").await, ["ben", "benedict"]);
    assert_eq!(names(&mut ada, "_").await, ["carl_b"]);
    assert_eq!(names(&mut ada, "%").await, [""; 0]);
    assert_eq!(names(&mut ada, "' OR 1=1 --").await, [""; 0]);
    assert_eq!(names(&mut ada, "").await, ["ben", "benedict", "carl_b"], "everybody else");
}

#[tokio::test]
async fn whoever_was_shown_somebody_hears_of_their_coming_calling_and_going() {
    let house = House::with(|config| config.patience.presence = Duration::from_millis(10)).await;
    let (mut ada, mut carl) = (house.newcomer("ada").await, house.newcomer("carl").await);
    let bens = house.register("ben").await;
    assert_eq!(search(&mut ada, "ben").await[0].presence, Presence::Offline);

    let mut ben = Device::link(&house.url(), bens).await;
    assert_eq!(ada.hears().await, presence("ben", Presence::Online));
    assert_eq!(search(&mut ada, "ben").await[0].presence, Presence::Online);

    let call = carl.invites("ben").await;
    ben.rings().await;
    ben.does(accept(call)).await;
    assert_eq!(ada.hears().await, presence("ben", Presence::InCall));
    ben.does(Request::HangUp { call }).await;
    assert_eq!(ada.hears().await, presence("ben", Presence::Online));

    drop(ben);
    assert_eq!(ada.hears().await, presence("ben", Presence::Offline));
}

#[tokio::test]
async fn whoever_looked_at_nobody_hears_of_nobody() {
    let house = House::open().await;
    let mut ada = house.newcomer("ada").await;

    let _ben = house.newcomer("ben").await;
    assert_eq!(search(&mut ada, "ben").await[0].presence, Presence::Online);

    ada.has_heard_nothing().await;
}

async fn search(device: &mut Device, query: &str) -> Vec<Person> {
    match device.does(Request::SearchUsers { query: query.into() }).await {
        Done::People { people } => people,
        other => panic!("no people: {other:?}"),
    }
}

async fn names(device: &mut Device, query: &str) -> Vec<String> {
    search(device, query).await.into_iter().map(|person| person.user.to_string()).collect()
}

fn presence(user: &str, presence: Presence) -> Signal {
    Signal::PresenceChanged { user: user.parse().unwrap(), presence }
}
