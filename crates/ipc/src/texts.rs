//! Texts for people, in every language, for both ends.
//!
//! They are Fluent files in `texts/`, one for each [`Locale`], inside the program. A text is known by its key; the `hint`
//! attribute of a text, where it has one, says what to do about it. What fills a text is isolated from the text's own
//! direction, so that a right-to-left name cannot turn a sentence round.

use std::borrow::Cow;

use carillon_protocol::{HangupReason, shown_line, turned_round};
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

use crate::{Locale, Notice, end_key};

const ENGLISH: &str = include_str!("../texts/en.ftl");
const SIMPLIFIED_CHINESE: &str = include_str!("../texts/zh-CN.ftl");

/// All texts of one language.
pub struct Texts {
    locale: Locale,
    bundle: FluentBundle<FluentResource>,
}

/// What fills a place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arg<'a> {
    /// A name or another text.
    Text(&'a str),
    /// A count; it chooses the plural.
    Number(u64),
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Arg<'_> {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Arg<'_> {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl Texts {
    /// Reads the texts of a language.
    pub fn new(locale: Locale) -> Self {
        let language: LanguageIdentifier = locale.tag().parse().expect("our own tags are well formed");
        let mut bundle = FluentBundle::new_concurrent(vec![language]);
        // A file with a mistake still gives all its good texts; a test proves that there is none.
        let resource = FluentResource::try_new(source(locale).to_owned()).unwrap_or_else(|(good, _)| good);
        bundle.add_resource_overriding(resource);
        bundle.set_transform((locale == Locale::Mirrored).then_some(mirrored as fn(&str) -> Cow<'_, str>));
        Self { locale, bundle }
    }

    /// Whose texts they are.
    pub const fn locale(&self) -> Locale {
        self.locale
    }

    /// A text that nothing fills.
    pub fn t(&self, key: &str) -> String {
        self.with(key, &[])
    }

    /// A text, filled. An unknown key gives the key itself.
    pub fn with(&self, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        self.bundle.format_pattern(pattern, Some(&fluent_args(args)), &mut Vec::new()).into_owned()
    }

    /// What to do about it, if there is something to say.
    pub fn hint(&self, key: &str, args: &[(&str, Arg<'_>)]) -> Option<String> {
        let hint = self.bundle.get_message(key)?.get_attribute("hint")?;
        Some(self.bundle.format_pattern(hint.value(), Some(&fluent_args(args)), &mut Vec::new()).into_owned())
    }

    /// What happened.
    pub fn notice(&self, notice: &Notice) -> String {
        self.with(notice.code.key(), &[("name", Arg::Text(&notice.name))])
    }

    /// What it means and what to do about it.
    pub fn notice_hint(&self, notice: &Notice) -> Option<String> {
        self.hint(notice.code.key(), &[("name", Arg::Text(&notice.name))])
    }

    /// How a call with `name` ended.
    pub fn call_end(&self, reason: &HangupReason, in_group: bool, name: &str) -> String {
        let device = if let HangupReason::HandledElsewhere { device, .. } = reason { device } else { "" };
        self.with(end_key(reason, in_group), &[("name", Arg::Text(name)), ("device", known(device))])
    }

    /// Which other device of this user answered a ring; empty if that is unknown.
    pub fn answered_on(&self, device: &str) -> String {
        self.with("ring-answered-on", &[("device", known(device))])
    }
}

/// The most characters of what fills a text: the addresses of servers are the longest of it.
const MAX_ARG_CHARS: usize = 120;

/// The texts have a variant `[none]` for a device without a name.
fn known(device: &str) -> Arg<'_> {
    Arg::Text(if device.is_empty() { "none" } else { device })
}

fn fluent_args<'a>(args: &[(&'a str, Arg<'a>)]) -> FluentArgs<'a> {
    args.iter()
        .map(|(name, arg)| match *arg {
            Arg::Text(text) => (*name, FluentValue::from(shown_line(text, MAX_ARG_CHARS))),
            Arg::Number(number) => (*name, FluentValue::from(number)),
        })
        .collect()
}

/// From right to left.
fn mirrored(text: &str) -> Cow<'_, str> {
    Cow::Owned(turned_round(text))
}

const fn source(locale: Locale) -> &'static str {
    match locale {
        Locale::English | Locale::Mirrored => ENGLISH,
        Locale::SimplifiedChinese => SIMPLIFIED_CHINESE,
    }
}
