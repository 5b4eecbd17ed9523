//! Linux: whether the screen is locked or blank, as the desktop's own screen saver says. No window can be seen then.

use futures_util::{Stream, StreamExt, stream};
use zbus::{Connection, Proxy, names::InterfaceName};

/// The standard's name, which Plasma, Xfce and others have, and GNOME's. Both have the same members.
const SCREEN_SAVERS: [&str; 2] = ["org.freedesktop.ScreenSaver", "org.gnome.ScreenSaver"];

/// Whether the screen is locked, as it changes. A screen that is not locked says nothing at first.
///
/// # Errors
/// What the bus says.
pub async fn watch_lock(bus: &Connection) -> zbus::Result<impl Stream<Item = bool> + Send + use<>> {
    let mut all = Vec::new();
    for name in SCREEN_SAVERS {
        all.push(watch(bus, name).await?.boxed());
    }
    Ok(stream::select_all(all))
}

async fn watch(bus: &Connection, name: &'static str) -> zbus::Result<impl Stream<Item = bool> + Send + use<>> {
    let path = format!("/{}", name.replace('.', "/"));
    let interface = InterfaceName::try_from(name)?;
    let screen_saver: Proxy<'static> = Proxy::new_owned(bus.clone(), name, path, interface).await?;
    let changes = screen_saver.receive_signal("ActiveChanged").await?;
    let changes = changes.filter_map(|change| async move { change.body().deserialize::<bool>().ok() });
    // Most desktops have one of the two: no answer is nothing to tell.
    let at_first = async move { screen_saver.call::<_, _, bool>("GetActive", &()).await.ok().filter(|is_on| *is_on) };
    Ok(stream::once(at_first).filter_map(|locked| async move { locked }).chain(changes))
}
