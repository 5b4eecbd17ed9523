//! What Windows is asked to show: a toast, as XML.

use super::{
    content::{ACCEPT, DECLINE, OPEN},
    tagged::TaggedRing,
};

/// A call's toast stays until it is answered, and has its buttons on show. By itself it would ring too.
pub(super) fn xml(ring: &TaggedRing) -> String {
    let words = &ring.words;
    let [name, kind, accept, decline] =
        [&words.name, &words.kind, &words.accept, &words.decline].map(|text| escaped(text));
    format!(
        r#"<toast scenario="incomingCall" launch="{OPEN}" useButtonStyle="true"><visual><binding template="ToastGeneric"><text hint-callScenarioCenterAlign="true">{name}</text><text hint-callScenarioCenterAlign="true">{kind}</text></binding></visual><audio silent="true"/><actions><action content="{accept}" arguments="{ACCEPT}" hint-buttonStyle="Success"/><action content="{decline}" arguments="{DECLINE}" hint-buttonStyle="Critical"/></actions></toast>"#
    )
}

/// Fit for XML 1.0, which has no control characters, also not as references.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => {}
            _ if character.is_control() => {}
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ring::content::Words;

    #[test]
    fn windows_is_asked_for_a_calls_toast_that_stays_makes_no_sound_and_can_be_answered() {
        let asked = xml(&ring("Ada"));

        for part in [
            r#"<toast scenario="incomingCall" launch="default""#,
            r#">Ada</text>"#,
            r#">Video call</text>"#,
            r#"<audio silent="true"/>"#,
            r#"<action content="Accept" arguments="accept" hint-buttonStyle="Success"/>"#,
            r#"<action content="Decline" arguments="decline" hint-buttonStyle="Critical"/>"#,
        ] {
            assert!(asked.contains(part), "{part} is not in {asked}");
        }
    }

    #[test]
    fn s25_a_name_is_only_ever_text() {
        let asked = xml(&ring("</text><action content=\"Accept\" arguments='x'/>&amp;\u{7}\u{ffff}"));

        assert_eq!(asked.matches("<action ").count(), 2, "{asked}");
        assert!(
            asked.contains("&lt;/text&gt;&lt;action content=&quot;Accept&quot; arguments=&apos;x&apos;/&gt;&amp;amp;<")
        );
    }

    fn ring(name: &str) -> TaggedRing {
        let [kind, open, accept, decline] = ["Video call", "Open", "Accept", "Decline"].map(str::to_owned);
        TaggedRing { tag: "1".into(), words: Words { name: name.to_owned(), kind, open, accept, decline } }
    }
}
