use std::path::PathBuf;

use carillon_protocol::Registration;

use super::*;
use crate::ground::config::TlsMode;

const EXAMPLE: &str = include_str!("../../../packaging/carillon-server.toml");
const OPERATING: &str = include_str!("../../../../../docs/operating.md");

#[test]
fn the_example_is_the_defaults_and_has_every_key() {
    let uncommented = uncommented(EXAMPLE);

    let explained = keys_of(toml::from_str(&uncommented).unwrap());
    let known = keys_of(Table::try_from(Config::default()).unwrap());

    assert_eq!(toml::from_str::<Config>(EXAMPLE).unwrap(), Config::default(), "as it is installed it changes nothing");
    assert_eq!(toml::from_str::<Config>(&uncommented).unwrap(), Config::default(), "commented out are the defaults");
    assert_eq!(explained, known);
    assert!(EXAMPLE.lines().all(|line| line.len() <= 120));
}

#[test]
fn every_limit_is_told_to_operators() {
    let limits = Table::try_from(crate::Limits::default()).unwrap();

    let untold: Vec<&String> = limits.keys().filter(|key| !OPERATING.contains(&format!("`{key}`"))).collect();

    assert_eq!(untold, [] as [&String; 0], "these are not in docs/operating.md");
}

#[test]
fn every_key_of_the_example_is_explained_before_it() {
    let lines: Vec<&str> = EXAMPLE.lines().collect();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| is_choice(line)) {
        assert!(at > 0 && lines[at - 1].starts_with("# "), "{line}");
    }
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let file = File::new("registration = \"open\"\nlog = \"warn\"\n[limits]\noutbox = 1\nhalf_open = 7\n");
    let environment = [("CARILLON_LIMITS_OUTBOX".to_owned(), "2".to_owned()), ("CARILLON_LOG".into(), "debug".into())];
    let flags = [flag("limits.outbox", "3")];

    let config = Config::choose(Some(&file.0), environment, &flags).unwrap();

    assert_eq!((config.limits.outbox, config.limits.half_open), (3, 7));
    assert_eq!((config.log.as_str(), config.registration), ("debug", Registration::Open));
    assert_eq!(
        config.limits.invites_per_minute,
        Config::default().limits.invites_per_minute,
        "and the rest is as ever"
    );
}

#[test]
fn what_is_wrong_in_the_file_is_told_with_file_key_and_line() {
    for (text, line, words) in [
        ("log = \"info\"\nlisten = \"nonsense\"\n", 2, ["listen", "socket address"]),
        ("[limits]\n\noutbox = \"many\"\n", 3, ["outbox", "u32"]),
        ("[limits]\noutbocks = 1\n", 2, ["outbocks", "unknown field"]),
        ("registration = \"maybe\"\n", 1, ["registration", "unknown variant"]),
        ("[patience]\nhello = \"soon\"\n", 2, ["hello", "soon"]),
        ("trusted_proxies = [\"10.0.0.0/99\"]\n", 1, ["trusted_proxies", "address"]),
        ("invites = 3\n", 1, ["invites", "unknown field"]),
        ("log = \n", 1, ["log", ""]),
        ("[tls]\nmode = \"files\"\ncertificate = \"\"\n", 3, ["tls.certificate", "is needed"]),
        ("allowed_origins = [\"calls.example.org\"]", 1, ["allowed_origins", "no origin"]),
    ] {
        let file = File::new(text);

        let error = Config::choose(Some(&file.0), [], &[]).unwrap_err().to_string();

        assert!(error.starts_with(&format!("{}, line {line}: ", file.0.display())), "{error}");
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }
}

#[test]
fn what_is_wrong_elsewhere_is_told_with_its_place_and_key() {
    let variable = |name: &str, value: &str| Config::choose(None, [(name.to_owned(), value.to_owned())], &[]);
    let error = variable("CARILLON_STUN_LISTEN", "nonsense").unwrap_err().to_string();
    assert!(error.starts_with("CARILLON_STUN_LISTEN: stun_listen: \"nonsense\": "), "{error}");

    let error = Config::choose(None, [], &[flag("limits.outbox", "many")]).unwrap_err().to_string();
    assert_eq!(error, "--set limits.outbox: limits.outbox: \"many\" is not a whole number");

    let error = Config::choose(None, [], &[flag("limits.inbox", "1")]).unwrap_err().to_string();
    assert_eq!(error, "--set limits.inbox: there is no key limits.inbox");

    let error = Config::choose(None, [], &[flag("tls.mode", "acme")]).unwrap_err().to_string();
    assert!(error.contains("tls.acme_domains is needed"), "{error}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Config::choose(Some(Path::new("/nowhere/carillon.toml")), [], &[]).unwrap_err().to_string();
    assert!(error.starts_with("/nowhere/carillon.toml cannot be read"), "{error}");
}

#[test]
fn lists_truths_and_empty_choices_are_read_from_variables() {
    let variables = [
        ("CARILLON_TRUSTED_PROXIES", "10.0.0.0/8, fd00::/8"),
        ("CARILLON_TRUST_FORWARDED_FOR", "true"),
        ("CARILLON_METRICS_LISTEN", ""),
        ("CARILLON_TLS_MODE", "off"),
        ("CARILLON_FAILPOINT", "not a key"),
    ];

    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = Config::choose(None, variables, &[]).unwrap();

    assert_eq!(config.trusted_proxies.len(), 2);
    assert!(config.trust_forwarded_for);
    assert_eq!((config.metrics_listen, config.tls.mode), (None, TlsMode::Off));
}

fn keys_of(table: Table) -> std::collections::BTreeSet<String> {
    flat(table).into_iter().map(|(key, _)| key).collect()
}

fn is_choice(line: &str) -> bool {
    let Some((key, _)) = line.strip_prefix('#').and_then(|rest| rest.split_once(" = ")) else { return false };
    !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

fn uncommented(text: &str) -> String {
    text.lines().map(|line| if is_choice(line) { &line[1..] } else { line }).collect::<Vec<_>>().join("\n")
}

fn flag(key: &str, value: &str) -> Choice {
    Choice { place: format!("--set {key}"), key: key.into(), value: value.into() }
}

struct File(PathBuf);

impl File {
    fn new(text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("carillon-choices-{}.toml", uuid::Uuid::new_v4()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
    }
}
