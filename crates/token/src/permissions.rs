//! Which resources an RTM2 user may read and write.

use std::collections::BTreeMap;

use crate::{
    MintError, ParseError,
    wire::{Reader, Writer},
};

/// A kind of resource in real-time messaging.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum Resource {
    /// Channels of messages.
    MessageChannels = 0,
    /// Channels of streams.
    StreamChannels = 1,
    /// Channels of groups.
    GroupChannels = 2,
    /// Groups of servers.
    ServerGroups = 3,
    /// Users.
    Users = 4,
}

/// What may be done with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum Access {
    /// Look.
    Read = 0,
    /// Change.
    Write = 1,
}

/// Names of resources, by kind and by what may be done with them. The names keep their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions(BTreeMap<u16, BTreeMap<u16, Vec<String>>>);

impl Permissions {
    /// Sets the names for one kind and one access, in place of the ones before.
    #[must_use]
    pub fn with(mut self, resource: Resource, access: Access, names: impl IntoIterator<Item: Into<String>>) -> Self {
        let names = names.into_iter().map(Into::into).collect();
        self.0.entry(resource as u16).or_default().insert(access as u16, names);
        self
    }

    /// The names for one kind and one access.
    pub fn names(&self, resource: Resource, access: Access) -> &[String] {
        self.0.get(&(resource as u16)).and_then(|kind| kind.get(&(access as u16))).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        reader.map(|reader| reader.map(|reader| reader.list(Reader::text))).map(Self)
    }

    pub(crate) fn encode(&self, writer: &mut Writer) -> Result<(), MintError> {
        writer.map(&self.0, |writer, kind| {
            writer.map(kind, |writer, names| writer.list(names, |writer, name| writer.text(name)))
        })
    }
}
