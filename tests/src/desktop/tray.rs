//! A tray on a bus: it takes icons, looks at them, and chooses from their menus.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result};
use zbus::{
    Connection, Proxy,
    connection::Builder,
    interface,
    message::Header,
    zvariant::{OwnedValue, Structure, Value},
};

use super::{SessionBus, until};

/// One entry of a menu as it travels: id, properties, children.
type Entry = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

/// A fake `org.kde.StatusNotifierWatcher` that is its own host.
pub struct FakeTray {
    connection: Connection,
    item: Arc<Mutex<Option<String>>>,
}

impl FakeTray {
    /// Takes the name on a bus.
    ///
    /// # Errors
    /// If another program has the name already.
    pub async fn on_bus(bus: &SessionBus) -> Result<Self> {
        let item = Arc::default();
        let connection = Builder::address(bus.address())?
            .serve_at("/StatusNotifierWatcher", Watcher { item: Arc::clone(&item) })?
            .name("org.kde.StatusNotifierWatcher")?
            .build()
            .await?;
        Ok(Self { connection, item })
    }

    /// Waits until the tooltip's text is `text`, leaving out the marks that isolate its parts' directions.
    ///
    /// # Errors
    /// When `patience` is over.
    pub async fn says(&self, text: &str, patience: Duration) -> Result<()> {
        let look =
            || async { (self.tooltip().await.ok()?.replace(['\u{2068}', '\u{2069}'], "") == text).then_some(()) };
        until(&format!("{text:?} in the tray"), patience, look).await
    }

    /// The icon's pixels.
    ///
    /// # Errors
    /// If there is no icon.
    pub async fn icon(&self) -> Result<Vec<u8>> {
        let icons: Vec<(i32, i32, Vec<u8>)> = self.item().await?.get_property("IconPixmap").await?;
        Ok(icons.into_iter().next().context("an icon")?.2)
    }

    /// The menu's labels, from top to bottom.
    ///
    /// # Errors
    /// If there is no menu.
    pub async fn menu(&self) -> Result<Vec<String>> {
        Ok(self.entries().await?.into_iter().map(|(_, label)| label).collect())
    }

    /// Chooses an entry of the menu as soon as it is there, as a user would. Each part of an icon travels by itself, so the
    /// menu may be older than the text beside it.
    ///
    /// # Errors
    /// If there is no such entry when `patience` is over.
    pub async fn choose(&self, label: &str, patience: Duration) -> Result<()> {
        let entry = || async { self.entries().await.ok()?.into_iter().find(|(_, text)| text == label) };
        let (id, _) = until(&format!("the entry {label} in the tray's menu"), patience, entry).await?;
        self.menu_proxy().await?.call_method("Event", &(id, "clicked", Value::from(0), 0_u32)).await?;
        Ok(())
    }

    async fn tooltip(&self) -> Result<String> {
        /// Icon name, pictures (width, height, ARGB), title, text.
        type ToolTip = (String, Vec<(i32, i32, Vec<u8>)>, String, String);
        let tooltip: ToolTip = self.item().await?.get_property::<OwnedValue>("ToolTip").await?.try_into()?;
        Ok(tooltip.3)
    }

    async fn entries(&self) -> Result<Vec<(i32, String)>> {
        let reply = self.menu_proxy().await?.call_method("GetLayout", &(0, -1, Vec::<String>::new())).await?;
        let (_, root): (u32, Entry) = reply.body().deserialize()?;
        let entries = root.2.into_iter().map(|child| Ok(Entry::try_from(Structure::try_from(child)?)?));
        let entries = entries.collect::<Result<Vec<_>>>()?;
        let label = |properties: HashMap<String, OwnedValue>| {
            properties.get("label").and_then(|label| String::try_from(label.clone()).ok())
        };
        Ok(entries.into_iter().filter_map(|(id, properties, _)| Some((id, label(properties)?))).collect())
    }

    async fn menu_proxy(&self) -> Result<Proxy<'static>> {
        let path: zbus::zvariant::OwnedObjectPath = self.item().await?.get_property("Menu").await?;
        Ok(Proxy::new(&self.connection, self.owner()?, path, "com.canonical.dbusmenu").await?)
    }

    async fn item(&self) -> Result<Proxy<'static>> {
        let item = zbus::proxy::Builder::new(&self.connection)
            .destination(self.owner()?)?
            .path("/StatusNotifierItem")?
            .interface("org.kde.StatusNotifierItem")?
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()
            .await?;
        Ok(item)
    }

    fn owner(&self) -> Result<String> {
        self.item.lock().unwrap_or_else(PoisonError::into_inner).clone().context("no icon has come")
    }
}

struct Watcher {
    item: Arc<Mutex<Option<String>>>,
}

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&mut self, _service: String, #[zbus(header)] header: Header<'_>) {
        let sender = header.sender().map(ToString::to_string);
        *self.item.lock().unwrap_or_else(PoisonError::into_inner) = sender;
    }

    fn register_status_notifier_host(&self, _service: String) {}

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.item.lock().unwrap_or_else(PoisonError::into_inner).clone().into_iter().collect()
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}
