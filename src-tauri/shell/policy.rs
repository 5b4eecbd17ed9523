//! What windows may do, held by a test: a change that widens it changes the test too, and says why.

use std::collections::{BTreeMap, BTreeSet};

use carillon_ipc::command;
use serde_json::Value;

use crate::window::WindowName;

const CONFIG: &str = include_str!("../../tauri.conf.json");

/// For each window its capability and the permission that it grants.
const FILES: [(WindowName, &str, &str); 4] = [
    (WindowName::Main, include_str!("../capabilities/main.json"), include_str!("../permissions/main.toml")),
    (WindowName::Ring, include_str!("../capabilities/ring.json"), include_str!("../permissions/ring.toml")),
    (WindowName::Call, include_str!("../capabilities/call.json"), include_str!("../permissions/call.toml")),
    (WindowName::Settings, include_str!("../capabilities/settings.json"), include_str!("../permissions/settings.toml")),
];

#[test]
fn s24_each_window_may_use_its_own_commands_and_nothing_of_tauri_itself() {
    for (window, capability, _) in FILES {
        let capability: Value = serde_json::from_str(capability).expect("a capability is JSON");
        let label = window.label();
        assert_eq!(capability["webviews"], serde_json::json!([label]));
        assert_eq!(capability["permissions"], serde_json::json!([format!("{label}-window")]));
        assert!(capability.get("windows").is_none() && capability.get("remote").is_none(), "{capability}");
    }
}

#[test]
fn s24_permissions_and_the_ipc_crate_name_the_same_commands() {
    let granted: BTreeMap<&str, BTreeSet<&str>> =
        FILES.iter().map(|(window, _, permission)| (window.label(), commands_in(permission))).collect();

    let expected = BTreeMap::from([
        ("main", BTreeSet::from([command::MAIN_REQUEST, command::MAIN_SUBSCRIBE])),
        ("ring", BTreeSet::from([command::RING_REQUEST, command::RING_SUBSCRIBE])),
        ("call", BTreeSet::from([command::CALL_REQUEST, command::CALL_SUBSCRIBE, command::CALL_LEVELS])),
        ("settings", BTreeSet::from([command::SETTINGS_REQUEST, command::SETTINGS_SUBSCRIBE])),
    ]);
    assert_eq!(granted, expected);
}

#[test]
fn s24_the_content_policy_lets_in_nothing_from_elsewhere() {
    let config: Value = serde_json::from_str(CONFIG).expect("the configuration is JSON");
    let security = &config["app"]["security"];
    let policy = &security["csp"];

    assert_eq!(policy["default-src"], "'none'");
    assert_eq!(policy["script-src"], "'self' 'wasm-unsafe-eval'");
    assert_eq!(policy["style-src"], "'self'");
    assert_eq!(policy["img-src"], "'self' data: picture: http://picture.localhost");
    assert_eq!(
        policy["connect-src"], "'self' ipc: http://ipc.localhost ws://127.0.0.1:*",
        "frames come from this machine"
    );
    assert_eq!(policy["worker-src"], "'self'");
    assert!(!policy.to_string().contains("unsafe-inline") && !policy.to_string().contains("'unsafe-eval'"));
    for loosened in ["dangerousDisableAssetCspModification", "assetProtocol", "capabilities", "devCsp"] {
        assert!(security.get(loosened).is_none(), "{loosened}");
    }
}

#[test]
fn the_program_is_known_by_one_name_everywhere() {
    let config: Value = serde_json::from_str(CONFIG).expect("the configuration is JSON");

    assert_eq!(config["identifier"], crate::APP_ID);
    assert_eq!(config["productName"], crate::APP_NAME);
}

/// The quoted names after `commands.allow`.
fn commands_in(permission: &str) -> BTreeSet<&str> {
    let list =
        permission.lines().find_map(|line| line.strip_prefix("commands.allow = [")).expect("it allows something");
    list.split('"').skip(1).step_by(2).collect()
}
