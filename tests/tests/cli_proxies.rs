//! How the command line reaches a server where the system has a proxy.
#![cfg(target_os = "linux")]

use std::time::Duration;

use anyhow::Result;
use carillon_tests::programs::{House, Person, RecordingProxy};

const SOON: Duration = Duration::from_secs(30);
const ALICE: Person = Person::ALICE;
/// A name that only the proxy knows.
const NAME: &str = "calls.test";

#[test]
fn the_password_for_a_server_on_this_machine_goes_to_no_proxy() -> Result<()> {
    let (house, proxy) = (House::with(&[ALICE])?, RecordingProxy::start()?);
    let http = proxy.url("http");
    let env = [("http_proxy", &*http), ("https_proxy", &http), ("ALL_PROXY", &http)];

    let mut alice = house.ask_with_env(ALICE, "desk", &["listen"], &env)?;

    alice.until("online", SOON)?;
    assert_eq!(proxy.asked(), Vec::<String>::new());
    Ok(())
}

#[test]
fn sign_in_and_link_go_by_the_proxy_that_the_system_names() -> Result<()> {
    let (house, proxy) = (house_by_name()?, RecordingProxy::start()?);
    let (port, http) = (house.port(), proxy.url("http"));

    let mut alice = listen_by_name(&house, &[("http_proxy", &http)])?;

    alice.until("online", SOON)?;
    let asked = proxy.asked();
    assert_eq!(asked.first(), Some(&format!("GET http://{NAME}:{port}/version")), "{asked:?}");
    assert_eq!(asked.last(), Some(&format!("CONNECT {NAME}:{port}")), "the link goes by it too: {asked:?}");
    Ok(())
}

#[test]
fn sign_in_and_link_go_by_socks_too() -> Result<()> {
    let (house, proxy) = (house_by_name()?, RecordingProxy::start()?);

    let mut alice = listen_by_name(&house, &[("ALL_PROXY", &proxy.url("socks5h"))])?;

    alice.until("online", SOON)?;
    let (asked, tunnel) = (proxy.asked(), format!("SOCKS {NAME}:{}", house.port()));
    assert!(asked.len() >= 2 && asked.iter().all(|line| *line == tunnel), "{asked:?}");
    Ok(())
}

#[test]
fn a_server_that_is_an_exception_is_not_asked_for_at_the_proxy() -> Result<()> {
    let (house, proxy) = (house_by_name()?, RecordingProxy::start()?);

    let mut alice = listen_by_name(&house, &[("ALL_PROXY", &proxy.url("http")), ("no_proxy", NAME)])?;

    assert_eq!(alice.end(SOON)?.1, 3, "nothing but the proxy knows that name");
    assert_eq!(proxy.asked(), Vec::<String>::new());
    Ok(())
}

/// A server that knows itself by a name.
fn house_by_name() -> Result<House> {
    House::with_env(&[ALICE], &[("CARILLON_PUBLIC_HOSTS", NAME)])
}

fn listen_by_name(house: &House, env: &[(&str, &str)]) -> Result<carillon_tests::programs::Device> {
    let server = format!("http://{NAME}:{}", house.port());
    house.ask_with_env(ALICE, "desk", &["--server", &server, "--allow-insecure", "listen"], env)
}
