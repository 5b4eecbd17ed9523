//! Networks that let no UDP through, and those that let nothing through: the server says an address of this machine at which nobody takes
//! datagrams.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, reason = "what was not done is worth reading")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use carillon_kit::{CallKit, CallPath, StartCall, media::Wire};
use carillon_media::measure::{Pitch, voices_in};
use carillon_tests::calls::until_active;
use carillon_tests::kit::{self, user};
use carillon_tests::network::{Conditions, Namespaces, Network, OURS};
use carillon_tests::programs::{House, Line, Person, ended_well};
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(90);
const ALICE: Person = Person::ALICE;
const BOB: Person = Person::BOB;
const CAROL: Person = Person::CAROL;

/// Datagrams are taken at one address of loopback, and devices are told another.
const NO_UDP: [(&str, &str); 2] = [("CARILLON_MEDIA_LISTEN", "127.0.0.2:0"), ("CARILLON_MEDIA_ADDRESSES", "127.0.0.3")];

#[test]
fn three_whose_networks_let_no_udp_through_hear_each_other_by_tcp_and_are_told_so() -> Result<()> {
    let house = house("0.0.0.0:0")?;
    let answers = ["--accept-after", "0s", "--once", "--for", "12s", "--stats"];
    let mut bob = house.listen(BOB, "attic", &answers)?;
    let mut carol = house.listen(CAROL, "boat", &answers)?;
    let mut alice = house.run(ALICE, "desk", &["call", "bob", "carol", "--for", "12s", "--stats"])?;

    let said = ended_well([&mut alice, &mut bob, &mut carol])?;

    assert_eq!(voices_in(&house.recording(ALICE, "desk")?), [Pitch::Middle, Pitch::High]);
    assert_eq!(voices_in(&house.recording(BOB, "attic")?), [Pitch::Low, Pitch::Middle]);
    assert_eq!(voices_in(&house.recording(CAROL, "boat")?), [Pitch::Low, Pitch::High]);
    for said in said {
        let wires: Vec<&str> = said.iter().filter_map(|line| line["path"]["wire"].as_str()).collect();
        assert!(!wires.is_empty() && wires.iter().all(|wire| *wire == "tcp"), "{wires:?}");
    }
    Ok(())
}

#[test]
fn where_nothing_comes_through_the_call_ends_because_of_its_media() -> Result<()> {
    let house = house("127.0.0.4:0")?;
    let mut bob = house.listen(BOB, "attic", &["--accept-after", "0s", "--once"])?;
    let _carol = house.listen(CAROL, "boat", &[])?;
    let mut alice = house.run(ALICE, "desk", &["call", "bob", "carol"])?;

    for device in [&mut alice, &mut bob] {
        let (said, code) = device.end(SOON)?;
        assert_eq!(code, 18, "{:?}", events(&said));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn over_a_network_that_drops_udp_a_call_of_two_goes_through_the_server_by_tcp() -> Result<()> {
    let can_make = Path::new("/dev/net/tun").exists();
    let Some(_namespaces) = can_make.then(Namespaces::make).and_then(Result::ok) else {
        println!("only root makes networks; the stories beside this one need none");
        return Ok(());
    };
    let network = Network::open().await?;
    network.become_course(Conditions::OUT, 1);
    let house = Arc::new(network.here(kit::House::at((OURS, 0).into(), &["alice", "bob"])).await?);
    let (hers, his) = (Arc::clone(&house), Arc::clone(&house));
    let alice = network.here(async move { hers.device("alice", "desk").await }).await?;
    let bob = network.there(async move { his.device("bob", "phone").await }).await?;

    let mut ring = bob.ring();
    alice.start_call(StartCall::voice(user("bob"))).await?;
    timeout(SOON, ring.wait_for(Option::is_some)).await.context("it does not ring")??;
    bob.accept().await?;
    for kit in [&alice, &bob] {
        until_active(kit).await?;
    }

    goes(&alice, Wire::Udp).await.context("she is where the server is")?;
    goes(&bob, Wire::Tcp).await?;
    for kit in [alice, bob] {
        kit.close().await;
    }
    Ok(())
}

/// Waits until the figures say that a call goes through the server by this.
async fn goes(kit: &CallKit, wire: Wire) -> Result<()> {
    let mut stats = kit.stats();
    let path = stats.wait_for(|stats| {
        let path = stats.as_ref().and_then(|stats| stats.path);
        path.is_some_and(|path| (path.way, path.wire) == (CallPath::Server, wire))
    });
    timeout(SOON, path).await.context("the figures do not say it")??;
    Ok(())
}

fn house(tcp: &str) -> Result<House> {
    House::with_env(&[ALICE, BOB, CAROL], &[&NO_UDP[..], &[("CARILLON_MEDIA_TCP_LISTEN", tcp)]].concat())
}

fn events(said: &[Line]) -> Vec<&str> {
    said.iter().filter_map(|line| line["event"].as_str()).collect()
}
