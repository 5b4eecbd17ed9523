//! Every window in every state, judged by axe-core in a browser: names, roles, contrast and all else that WCAG 2.2 AA asks for, in both themes.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use carillon_tests::{browser::Browser, desktop::gallery};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// The states whose menus, forms and panels are judged as well, all open at once.
const UNFOLDED: [&str; 7] = ["main", "main-group", "main-do-not-disturb", "call", "video", "call-group", "settings"];

/// Waits for the window, judges it in a theme, and gives what is wrong: the rule, the element, and what axe says of it.
const JUDGE: &str = "
    const [theme] = arguments;
    const until = async (ready) => { while (!ready()) await new Promise((next) => setTimeout(next, 20)); };
    const load = (src) => new Promise((onload, onerror) => {
      document.head.append(Object.assign(document.createElement('script'), { src, onload, onerror }));
    });
    const judge = async () => {
      await until(() => document.querySelector('.window') && document.fonts.status === 'loaded');
      document.documentElement.dataset.theme = theme;
      for (const animation of document.getAnimations()) { try { animation.finish(); } catch { animation.cancel(); } }
      if (!window.axe) await load('/axe.min.js');
      const runOnly = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
      const { violations } = await axe.run(document, { runOnly, resultTypes: ['violations'] });
      return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}: ${node.failureSummary}`));
    };
    return judge();";

#[tokio::test(flavor = "multi_thread")]
async fn the_main_window_is_clean() -> Result<()> {
    judge(|name| name.starts_with("main")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn rings_and_calls_of_two_are_clean() -> Result<()> {
    judge(|name| name.starts_with("ring") || (name.starts_with("call") && !name.starts_with("call-group"))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_and_group_calls_are_clean() -> Result<()> {
    let others = ["main", "ring", "settings", "sign-in", "names"];
    judge(|name| {
        name.starts_with("call-group")
            || !(name.starts_with("call") || others.iter().any(|other| name.starts_with(other)))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_the_way_in_and_the_worst_names_are_clean() -> Result<()> {
    judge(|name| ["settings", "sign-in", "names"].iter().any(|start| name.starts_with(start))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_is_not_clean_would_be_found() -> Result<()> {
    let show = Show::open().await?;
    show.browser.goto(&show.address("main", false)).await?;
    let spoil = "document.body.insertAdjacentHTML('beforeend', '<button></button><p style=\"color:#999;background:#fff\">pale</p>')";
    let found = show.browser.run(&format!("{spoil}; {JUDGE}"), vec![json!("light")]).await?.to_string();
    assert!(found.contains("button-name") && found.contains("color-contrast"), "{found}");
    show.browser.close().await
}

/// Judges the states of these names.
async fn judge(is_meant: impl Fn(&str) -> bool) -> Result<()> {
    let show = Show::open().await?;
    let names = show.names().await?;
    let meant: Vec<_> = names.iter().map(String::as_str).filter(|name| is_meant(name)).collect();
    ensure!(meant.len() > 5, "the gallery has these: {names:?}");
    let mut wrong = Vec::new();
    for name in meant {
        for unfolded in [false, true] {
            if unfolded && !UNFOLDED.contains(&name) {
                continue;
            }
            show.browser.goto(&show.address(name, unfolded)).await?;
            for theme in ["light", "dark"] {
                let found = show.browser.run(JUDGE, vec![json!(theme)]).await.with_context(|| name.to_owned())?;
                let found = found.as_array().cloned().unwrap_or_default();
                wrong.extend(found.iter().filter_map(Value::as_str).map(|why| format!("{name}, {theme}: {why}")));
            }
        }
    }
    show.browser.close().await?;
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// The gallery, served to a browser.
struct Show {
    browser: Browser,
    origin: String,
    _serving: Serving,
    _folder: TempDir,
}

impl Show {
    async fn open() -> Result<Self> {
        let gallery = gallery()?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let origin = format!("http://{}", listener.local_addr()?);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let gallery = gallery.clone();
                // A browser that goes away in the middle is its own affair.
                tokio::spawn(async move { serve(stream, &gallery).await });
            }
        });
        let folder = tempfile::tempdir()?;
        let browser = Browser::at(&origin, folder.path()).await?;
        Ok(Self { browser, origin, _serving: Serving(task), _folder: folder })
    }

    /// Of all states, as the gallery lists them.
    async fn names(&self) -> Result<Vec<String>> {
        let list = "
            const links = async () => {
              while (!document.querySelector('a')) await new Promise((next) => setTimeout(next, 20));
              return [...document.querySelectorAll('a')].map((link) => link.textContent);
            };
            return links();";
        Ok(serde_json::from_value(self.browser.run(list, vec![]).await?)?)
    }

    fn address(&self, name: &str, unfolded: bool) -> String {
        let unfold = if unfolded { "&unfold=yes" } else { "" };
        format!("{}/?show={name}&theme=light{unfold}", self.origin)
    }
}

/// Ends with the test.
struct Serving(JoinHandle<()>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn serve(mut stream: TcpStream, gallery: &Path) -> Result<()> {
    let mut request = vec![0; 8192];
    let length = stream.read(&mut request).await?;
    let request = String::from_utf8_lossy(&request[..length]).into_owned();
    let path = request.split([' ', '?']).nth(1).unwrap_or_default().trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    let is_inside = Path::new(path).components().all(|part| matches!(part, std::path::Component::Normal(_)));
    let found = is_inside.then(|| std::fs::read(gallery.join(path)).ok()).flatten();
    let (status, body) = found.map_or(("404 Not Found", Vec::new()), |body| ("200 OK", body));
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        kind(&PathBuf::from(path)),
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&body).await?;
    Ok(stream.shutdown().await?)
}

/// What a browser insists on knowing.
fn kind(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    }
}
