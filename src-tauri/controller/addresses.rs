//! Addresses in messages: where they really lead, and what a browser may be given.

use carillon_ipc::AddressView;
use url::Url;

/// Longer ones are no use to a person who is to look at them.
const MAX_ADDRESS_BYTES: usize = 2048;

/// Where an address leads, if a browser may be given it: pages only, and without a name and a password in front of the machine's name, which
/// are there to deceive.
pub(super) fn real(address: &str) -> Option<AddressView> {
    let mut url = Url::parse(address.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    let host = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str()?),
        None => url.host_str()?.to_owned(),
    };
    let is_open = url.scheme() == "http";
    let address = String::from(url);
    (address.len() <= MAX_ADDRESS_BYTES).then_some(AddressView { host, address, is_open })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(address: &str) -> Option<String> {
        real(address).map(|real| real.host)
    }

    #[test]
    fn the_machine_is_named_in_letters_that_cannot_be_taken_for_others() {
        assert_eq!(host("https://example.org/a?b#c").as_deref(), Some("example.org"));
        assert_eq!(host("https://\u{430}pple.com/").as_deref(), Some("xn--pple-43d.com"), "a Cyrillic letter");
        assert_eq!(host("https://your-bank.example@192.0.2.7:8443/").as_deref(), Some("192.0.2.7:8443"));
        let real = real("HTTP://ex\u{ad}ample.org/ \u{202e}").expect("it is a page");
        assert_eq!((real.address.as_str(), real.is_open), ("http://example.org/%20%E2%80%AE", true));
    }

    #[test]
    fn a_browser_is_given_pages_only() {
        for other in
            ["javascript:alert(1)", "file:///etc/passwd", "carillon://call/eve", "data:text/html,x", "example.org"]
        {
            assert_eq!(real(other), None, "{other}");
        }
        assert_eq!(real(&format!("https://example.org/{}", "x".repeat(MAX_ADDRESS_BYTES))), None);
    }
}
