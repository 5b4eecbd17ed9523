//! Where an operator's choices come from: flags win, then the environment, then the file, then the defaults.
//!
//! The fields of [`Config`] are the keys, and their names are enough: `limits.outbox` is `outbox` in the table `[limits]` of the
//! file, `CARILLON_LIMITS_OUTBOX` in the environment, and `--set limits.outbox=…` on the command line. An error is reported
//! with its place: the file and its line, the variable, or the flag.

mod check;
pub(crate) mod maybe;

use std::path::{Path, PathBuf};

use serde::Deserialize as _;
use toml::{Table, Value};

use crate::ground::config::Config;

/// Every variable begins like this.
const PREFIX: &str = "CARILLON_";

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ChoiceError {
    /// The file is not there, or not ours to read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Something in the file, or between the choices, makes no sense.
    #[error("{place}: {what}")]
    Wrong {
        /// The file and line, the variable or the flag.
        place: String,
        /// What is wrong, with its key.
        what: String,
    },
}

/// One choice from outside the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The flag or variable, as the operator wrote it.
    pub place: String,
    /// Which key, as in `limits.outbox`.
    pub key: String,
    /// Its value; lists are separated by commas.
    pub value: String,
}

impl Config {
    /// Takes the choices together.
    ///
    /// # Errors
    /// [`ChoiceError`] says what is wrong, and where.
    pub fn choose(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: &[Choice],
    ) -> Result<Self, ChoiceError> {
        let text = file.map(read).transpose()?.unwrap_or_default();
        let name = file.unwrap_or(Path::new("the configuration"));
        let mut chosen = from_file(name, &text)?;
        let keys = keys();
        let variables: Vec<Choice> =
            environment.into_iter().filter_map(|(name, value)| variable(&keys, name, value)).collect();
        for choice in variables.iter().chain(flags) {
            put(&mut chosen, &keys, choice)?;
        }
        let config = Self::deserialize(Value::Table(chosen)).map_err(|error| wrong(name.display(), error.message()))?;
        match check::check(&config) {
            Ok(()) => Ok(config),
            Err((key, why)) => Err(wrong(place_of(key, name, &text, &variables, flags), format!("{key} {why}"))),
        }
    }
}

fn read(path: &Path) -> Result<String, ChoiceError> {
    std::fs::read_to_string(path).map_err(|source| ChoiceError::Unreadable { path: path.to_owned(), source })
}

/// The file by itself has to make sense, so that what is wrong in it is told with its line.
fn from_file(name: &Path, text: &str) -> Result<Table, ChoiceError> {
    let at = |error: &toml::de::Error| match error.span() {
        Some(span) => format!("{}, line {}", name.display(), line_of(text, span.start)),
        None => name.display().to_string(),
    };
    toml::from_str::<Config>(text).map_err(|error| {
        let line = error.span().and_then(|span| text.lines().nth(line_of(text, span.start) - 1)).unwrap_or_default();
        wrong(at(&error), format!("`{}`: {}", line.trim(), error.message()))
    })?;
    toml::from_str(text).map_err(|error| wrong(at(&error), error.message()))
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// All keys with their defaults.
fn keys() -> Vec<(String, Value)> {
    flat(Table::try_from(Config::default()).expect("the defaults are strings, numbers and lists"))
}

fn flat(table: Table) -> Vec<(String, Value)> {
    let mut keys = Vec::new();
    for (key, value) in table {
        if let Value::Table(table) = value {
            keys.extend(table.into_iter().map(|(inner, value)| (format!("{key}.{inner}"), value)));
        } else {
            keys.push((key, value));
        }
    }
    keys
}

/// A variable that is one of ours.
fn variable(keys: &[(String, Value)], name: String, value: String) -> Option<Choice> {
    let (key, _) = keys.iter().find(|(key, _)| name == variable_of(key))?;
    Some(Choice { key: key.clone(), place: name, value })
}

fn variable_of(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "_").to_uppercase())
}

/// Puts one choice over what was chosen before. It has to make sense by itself.
fn put(chosen: &mut Table, keys: &[(String, Value)], choice: &Choice) -> Result<(), ChoiceError> {
    let key = choice.key.as_str();
    let unknown = || wrong(&choice.place, format!("there is no key {key}"));
    let (_, default) = keys.iter().find(|(known, _)| known == key).ok_or_else(unknown)?;
    let value = typed(default, &choice.value)
        .ok_or_else(|| wrong(&choice.place, format!("{key}: {:?} is not {}", choice.value, kind(default))))?;
    let mut alone = Table::new();
    insert(&mut alone, key, value.clone());
    Config::deserialize(Value::Table(alone))
        .map_err(|error| wrong(&choice.place, format!("{key}: {:?}: {}", choice.value, error.message())))?;
    insert(chosen, key, value);
    Ok(())
}

fn insert(table: &mut Table, key: &str, value: Value) {
    match key.split_once('.') {
        None => {
            table.insert(key.to_owned(), value);
        }
        Some((outer, inner)) => {
            let entry = table.entry(outer).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(table) = entry {
                table.insert(inner.to_owned(), value);
            }
        }
    }
}

/// A text as a value of the same type as the default.
fn typed(default: &Value, text: &str) -> Option<Value> {
    match default {
        Value::Integer(_) => text.trim().parse().ok().map(Value::Integer),
        Value::Boolean(_) => truth(text.trim()).map(Value::Boolean),
        Value::Array(_) => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            Some(Value::Array(parts.map(|part| Value::String(part.to_owned())).collect()))
        }
        Value::String(_) | Value::Float(_) | Value::Datetime(_) | Value::Table(_) => {
            Some(Value::String(text.to_owned()))
        }
    }
}

fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" | "" => Some(false),
        _ => None,
    }
}

const fn kind(default: &Value) -> &'static str {
    match default {
        Value::Integer(_) => "a whole number",
        Value::Boolean(_) => "true or false",
        Value::String(_) | Value::Float(_) | Value::Array(_) | Value::Datetime(_) | Value::Table(_) => "a text",
    }
}

/// The place that chose a key last.
fn place_of(key: &str, file: &Path, text: &str, variables: &[Choice], flags: &[Choice]) -> String {
    if let Some(choice) = flags.iter().rev().chain(variables.iter().rev()).find(|choice| choice.key == key) {
        return choice.place.clone();
    }
    match line_with(key, text) {
        Some(line) => format!("{}, line {line}", file.display()),
        None => file.display().to_string(),
    }
}

fn line_with(key: &str, text: &str) -> Option<usize> {
    let document = toml::de::DeTable::parse(text).ok()?;
    let (outer, inner) = key.split_once('.').map_or((key, None), |(outer, inner)| (outer, Some(inner)));
    let (name, value) = document.get_ref().iter().find(|(name, _)| name.get_ref() == outer)?;
    let span = match inner {
        None => name.span(),
        Some(inner) => value.get_ref().as_table()?.iter().find(|(name, _)| name.get_ref() == inner)?.0.span(),
    };
    Some(line_of(text, span.start))
}

fn wrong(place: impl std::fmt::Display, what: impl Into<String>) -> ChoiceError {
    ChoiceError::Wrong { place: place.to_string(), what: what.into() }
}

#[cfg(test)]
mod tests;
