//! Links of ours: `carillon://join?server=…&invite=…` and `carillon://call/USER`. Anybody can write one, so each only says what to ask the user.

use carillon_protocol::UserId;

/// What links begin with, in whichever case.
const SCHEME: &str = "carillon:";
/// A server's address and an invite take less.
const MAX_LINK_BYTES: usize = 2048;
/// How much of a text is looked through for a link.
const MAX_TEXT_BYTES: usize = 16 * 1024;
/// A host name has at most 253 characters (RFC 1035); a scheme and a port come on top.
const MAX_SERVER_CHARS: usize = 270;
/// Twice what a server makes, hyphens included.
const MAX_INVITE_CHARS: usize = 40;

/// What a link is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppLink {
    /// Coming in: to a server, with an invite if there is one.
    Join {
        /// The server's address.
        server: String,
        /// The invite; empty: none.
        invite: String,
    },
    /// Calling a user of the server that this user is signed in at.
    Call {
        /// Whom.
        user: UserId,
    },
}

impl AppLink {
    /// Reads a link; `None`: it is not one of ours, or not well formed.
    pub fn parse(link: &str) -> Option<Self> {
        let link = link.trim();
        if link.len() > MAX_LINK_BYTES || !link.get(..SCHEME.len())?.eq_ignore_ascii_case(SCHEME) {
            return None;
        }
        let rest = link[SCHEME.len()..].trim_start_matches('/');
        let rest = rest.split('#').next().unwrap_or_default();
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = path.trim_end_matches('/');
        let (what, about) = path.split_once('/').unwrap_or((path, ""));
        match what.to_ascii_lowercase().as_str() {
            "join" if about.is_empty() => join(query),
            "call" => Some(Self::Call { user: UserId::new(decoded(about)?.to_ascii_lowercase()).ok()? }),
            _ => None,
        }
    }

    /// The first link of ours in a text that was pasted, such as a whole mail.
    pub fn find_in(text: &str) -> Option<Self> {
        let end = (0..=text.len().min(MAX_TEXT_BYTES)).rev().find(|at| text.is_char_boundary(*at))?;
        let text = &text[..end];
        let lower = text.to_ascii_lowercase(); // of the same length
        let ends = |c: char| c.is_whitespace() || "\"'<>()[]{}，。）】」".contains(c);
        let mut starts = lower.match_indices(SCHEME).map(|(at, _)| at);
        starts.find_map(|at| Self::parse(text[at..].split(ends).next()?.trim_end_matches(['.', ',', ';', '!'])))
    }
}

fn join(query: &str) -> Option<AppLink> {
    let value = |name: &str| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let mut values = pairs.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| decoded(value));
        values.next().unwrap_or_else(|| Some(String::new()))
    };
    let (server, invite) = (value("server")?, value("invite")?);
    let is_address = |c: char| c.is_ascii_alphanumeric() || ".-_:/[]".contains(c);
    let is_invite = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let fits = !server.is_empty() && server.len() <= MAX_SERVER_CHARS && invite.len() <= MAX_INVITE_CHARS;
    let is_good = fits && server.chars().all(is_address) && invite.chars().all(is_invite);
    is_good.then_some(AppLink::Join { server, invite })
}

/// `%41` is `A` (RFC 3986, section 2.1); `None`: not well formed.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let (high, low) = (digit(rest.next())?, digit(rest.next())?);
        bytes.push(u8::try_from(16 * high + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joins(server: &str, invite: &str) -> Option<AppLink> {
        Some(AppLink::Join { server: server.into(), invite: invite.into() })
    }

    #[test]
    fn a_link_to_join_says_where_and_with_which_invite() {
        let invite = "carillon://join?server=calls.example.org&invite=abcd-efgh";
        assert_eq!(AppLink::parse(invite), joins("calls.example.org", "abcd-efgh"));
        assert_eq!(AppLink::parse("CARILLON:Join/?invite=ABCDEFGH&server=a.b"), joins("a.b", "ABCDEFGH"));
        let whole = "carillon://join?server=https%3A%2F%2Fcalls.example.org%3A8443&invite=";
        assert_eq!(AppLink::parse(whole), joins("https://calls.example.org:8443", ""));
        assert_eq!(AppLink::parse("carillon://join?server=[::1]:8080"), joins("[::1]:8080", ""));
    }

    #[test]
    fn a_link_to_call_says_whom() {
        let bob = Some(AppLink::Call { user: UserId::new("bob").expect("a good name") });
        for link in
            ["carillon://call/bob", "carillon:call/bob/", "Carillon://Call/BOB?now=yes#x", " carillon:call/%62ob "]
        {
            assert_eq!(AppLink::parse(link), bob, "{link}");
        }
    }

    #[test]
    fn what_is_not_well_formed_is_no_link() {
        for bad in [
            "",
            "carillon:",
            "carillon://",
            "https://join?server=a",
            "carillon://join",
            "carillon://join?invite=abcd",
            "carillon://join?server=",
            "carillon://join?server=a b",
            "carillon://join?server=user:secret@a",
            "carillon://join?server=a&invite=<b>",
            "carillon://join?server=%",
            "carillon://join?server=%ff",
            "carillon://join/more?server=a",
            "carillon://call/",
            "carillon://call/no one",
            "carillon://call/a/b",
            "carillon://delete/all",
            "é",
        ] {
            assert_eq!(AppLink::parse(bad), None, "{bad}");
        }
        let long = format!("carillon://join?server={}", "a".repeat(300));
        assert_eq!(AppLink::parse(&long), None);
        let longer = format!("carillon://call/bob?{}", "a".repeat(2048));
        assert_eq!(AppLink::parse(&longer), None);
    }

    #[test]
    fn a_link_is_found_in_what_is_pasted() {
        let mail = "Hello!\nOpen <carillon://join?server=calls.example.org&invite=abcd-efgh>, please.";
        assert_eq!(AppLink::find_in(mail), joins("calls.example.org", "abcd-efgh"));
        assert_eq!(AppLink::find_in("点击 Carillon://join?server=a.b&invite=x。"), joins("a.b", "x"));
        assert_eq!(AppLink::find_in("carillon: is nice. carillon://join?server=a.b."), joins("a.b", ""));
        assert_eq!(AppLink::find_in("calls.example.org"), None);
        assert_eq!(AppLink::find_in(&"é".repeat(20_000)), None);
    }
}
