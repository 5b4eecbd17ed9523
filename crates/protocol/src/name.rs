//! Names that people see: of accounts, devices, groups and rooms. One function decides which characters they may have.
//!
//! A name that a client sends is a [`GivenName`]: nothing can be read from it before it was checked. A name from elsewhere (an older
//! row, another server) is drawn by [`shown_name`], without what the check refuses.

use std::{borrow::Cow, convert::Infallible, str::FromStr};

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        DefaultIgnorableCodePoint, GeneralCategory, NoncharacterCodePoint, PrependedConcatenationMark, WhiteSpace,
    },
};
use serde::{Deserialize, Serialize};

use self::context::{Context, FLAGS};
use crate::UserId;

mod context;

/// The most characters of a name; anything longer breaks every list.
pub const MAX_NAME_CHARS: usize = 64;

/// The most marks on one letter. Hebrew with all its points has four; more of them climb into the lines above and below.
const MAX_MARKS: usize = 4;

/// What fonts draw as nothing although Unicode calls it a letter, a mark or a symbol: Braille without dots, the place of an object,
/// the blanks of hieroglyphs, the filler of Khitan, a note without a head.
const BLANKS: [char; 6] = ['\u{2800}', '\u{fffc}', '\u{13441}', '\u{13442}', '\u{16fe4}', '\u{1d159}'];

/// A name as a client sends it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GivenName(String);

/// Why a text is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// There is nothing to be seen.
    #[error("it is empty")]
    Empty,
    /// More than [`MAX_NAME_CHARS`].
    #[error("it is longer than {MAX_NAME_CHARS} characters")]
    TooLong,
    /// A character that cannot be seen, turns the text around it, or is one mark too many.
    #[error("it has U+{:04X} where it would hide or change the text around it", u32::from(*.0))]
    Character(char),
}

impl GivenName {
    /// Takes any text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The name, without the space around it and with one space between its words.
    ///
    /// # Errors
    /// [`NameError`] says why it is none.
    pub fn check(&self) -> Result<String, NameError> {
        let screened = Screened::of(&self.0);
        match (screened.refused, screened.text.chars().count()) {
            (Some(c), _) => Err(NameError::Character(c)),
            (None, 0) => Err(NameError::Empty),
            (None, 1..=MAX_NAME_CHARS) => Ok(screened.text),
            (None, _) => Err(NameError::TooLong),
        }
    }

    /// The same for a name that may be left out.
    ///
    /// # Errors
    /// [`NameError`] says why it is none; it is never [`NameError::Empty`].
    pub fn check_or(&self, left_out: &str) -> Result<String, NameError> {
        match self.check() {
            Err(NameError::Empty) => Ok(left_out.to_owned()),
            checked => checked,
        }
    }
}

impl FromStr for GivenName {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::new(text))
    }
}

impl From<&str> for GivenName {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for GivenName {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// A name from elsewhere, fit to be shown: it cannot pass for text of the program or of the system. Empty if nothing of it can be
/// seen.
pub fn shown_name(name: &str) -> String {
    shown_line(name, MAX_NAME_CHARS).into_owned()
}

/// The name of a user, from elsewhere; their account's name if nothing of it can be seen.
pub fn shown_person(display_name: &str, user: &UserId) -> String {
    let shown = shown_name(display_name);
    if shown.is_empty() { user.to_string() } else { shown }
}

/// A text of our own from right to left, by the marks that say so, whatever its letters: what the mirrored language of tests looks like.
pub fn turned_round(text: &str) -> String {
    format!("\u{202e}{text}\u{202c}")
}

/// Any text from elsewhere on one line of at most so many characters, by the rules for names; an ellipsis stands for the rest.
pub fn shown_line(text: &str, max_chars: usize) -> Cow<'_, str> {
    let is_plain = |b: u8| b.is_ascii_graphic() || b == b' ';
    if text.len() <= max_chars && text.bytes().all(is_plain) && text.trim() == text && !text.contains("  ") {
        return Cow::Borrowed(text);
    }
    let line = Screened::of(text).text;
    if line.chars().count() <= max_chars {
        return Cow::Owned(line);
    }
    Cow::Owned(line.chars().take(max_chars.saturating_sub(1)).chain(['…']).collect())
}

/// What is seen of a text.
#[derive(Default)]
struct Screened {
    text: String,
    /// The first character that is not in it.
    refused: Option<char>,
    /// Whether a space comes before the next character.
    is_after_space: bool,
    /// How many marks the last letter has.
    marks: usize,
}

/// How a character counts in its place.
enum Reading {
    Space,
    Base,
    Mark,
    /// It holds its neighbours together, or says how the one before it looks.
    Joiner,
    Refused,
}

impl Screened {
    fn of(text: &str) -> Self {
        let chars: Vec<char> = text.trim().chars().collect();
        let mut screened = Self::default();
        let mut at = 0;
        while let Some(&c) = chars.get(at) {
            let rest = &chars[at + 1..];
            screened.take(c, rest);
            at += 1;
            if let Some(flag) = FLAGS.iter().find(|flag| c == '🏴' && rest.starts_with(flag)) {
                screened.text.extend(*flag);
                at += flag.len();
            }
        }
        screened
    }

    fn take(&mut self, c: char, rest: &[char]) {
        match self.read(c, rest) {
            Reading::Space => {
                self.is_after_space = !self.text.is_empty();
                if is_break(c) {
                    self.refused.get_or_insert(c);
                }
            }
            Reading::Base => {
                if std::mem::take(&mut self.is_after_space) {
                    self.text.push(' ');
                }
                self.marks = 0;
                self.text.push(c);
            }
            Reading::Mark => {
                self.marks += 1;
                self.text.push(c);
            }
            Reading::Joiner => self.text.push(c),
            Reading::Refused => {
                self.refused.get_or_insert(c);
            }
        }
    }

    fn read(&self, c: char, rest: &[char]) -> Reading {
        let has_base = !self.text.is_empty() && !self.is_after_space;
        let takes_mark = has_base && self.marks < MAX_MARKS;
        if CodePointSetData::new::<WhiteSpace>().contains(c) {
            return Reading::Space;
        }
        if CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c) {
            let context = Context { before: &self.text, after: rest, takes_mark };
            return if has_base && context.needs(c) { Reading::Joiner } else { Reading::Refused };
        }
        #[allow(clippy::wildcard_enum_match_arm, reason = "all other categories of Unicode are letters and signs")]
        match CodePointMapData::<GeneralCategory>::new().get(c) {
            _ if BLANKS.contains(&c) || CodePointSetData::new::<NoncharacterCodePoint>().contains(c) => {
                Reading::Refused
            }
            GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark if takes_mark => Reading::Mark,
            GeneralCategory::SpacingMark if has_base => Reading::Joiner,
            GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark | GeneralCategory::SpacingMark => {
                Reading::Refused
            }
            GeneralCategory::Format if !CodePointSetData::new::<PrependedConcatenationMark>().contains(c) => {
                Reading::Refused
            }
            // What private characters look like is a matter of the reader's fonts.
            GeneralCategory::Control | GeneralCategory::PrivateUse | GeneralCategory::Surrogate => Reading::Refused,
            _ => Reading::Base,
        }
    }
}

/// White space that a name does not have between its words: the ends of lines and paragraphs, and tabs.
fn is_break(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}
