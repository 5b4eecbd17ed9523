//! With a real X server, in memory.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    ChangeGCAux, ChangeWindowAttributesAux, ConnectionExt as _, CreateGCAux, CreateWindowAux, Gcontext, PropMode,
    Rectangle, Window, WindowClass,
};
use x11rb::wrapper::ConnectionExt as _;

use super::{SharedScreen, list};
use crate::error::MediaError;
use crate::picture::Picture;
use crate::picture::input::{ScreenId, ScreenInfo, ScreenKind, Thumbnails};
use crate::picture::source::{LiveScreen, PictureMaker as _, Stop};

const RED: u32 = 0x00ff_0000;
const BLUE: u32 = 0x0000_00ff;
/// The brightness that they have in pictures.
const RED_Y: u8 = 82;
const BLUE_Y: u8 = 41;

#[test]
fn screens_and_windows_are_listed_with_their_names_sizes_and_looks() {
    let desk = Desk::start(800, 600);
    desk.window("Slides", (0, 0, 400, 300), RED);

    let found = list(Some(&desk.display), Thumbnails::Made);

    let of = |kind| found.iter().find(|info| info.kind == kind).unwrap_or_else(|| panic!("{found:?}"));
    let (screen, window) = (of(ScreenKind::Screen), of(ScreenKind::Window));
    assert_eq!((screen.size, window.size, window.name.as_str()), ((800, 600), (400, 300), "Slides"));
    let thumbnail = window.thumbnail.as_ref().expect("a look");
    assert_eq!((thumbnail.size().width(), thumbnail.size().height()), (240, 180));
    assert!(near(at(thumbnail, 120, 90), RED_Y));
    let thumbnail = screen.thumbnail.as_ref().expect("a look");
    assert!(near(at(thumbnail, 20, 20), RED_Y) && !near(at(thumbnail, 230, 170), RED_Y));
}

#[test]
fn where_names_are_enough_nothing_is_looked_at_and_all_else_is_told() {
    let desk = Desk::start(640, 480);
    desk.window("Slides", (0, 0, 400, 300), RED);

    let named = list(Some(&desk.display), Thumbnails::LeftOut);

    let mut looked_at = list(Some(&desk.display), Thumbnails::Made);
    assert!(looked_at.iter_mut().all(|info| info.thumbnail.take().is_some()));
    assert_eq!((named.len(), named), (2, looked_at));
}

#[test]
fn a_shared_screen_shows_what_changes_and_shows_it_again_when_nothing_does() {
    let desk = Desk::start(640, 481);
    let window = desk.window("Slides", (0, 0, 300, 300), RED);
    let mut shared = desk.share(ScreenKind::Screen);

    let first = next(&mut shared);
    assert_eq!((first.size().width(), first.size().height()), (640, 480), "without the odd row");
    assert!(near(at(&first, 100, 100), RED_Y));
    let again = next(&mut shared);
    assert!(again.captured_at() > first.captured_at());

    desk.paint(window, (0, 0, 300, 300), BLUE);
    let changed = until(&mut shared, |picture| near(at(picture, 100, 100), BLUE_Y));
    assert!(!near(at(&changed, 500, 400), BLUE_Y));
}

#[test]
fn the_pointer_is_in_the_picture_and_moves() {
    let desk = Desk::start(320, 240);
    let window = desk.window("Plain", (0, 0, 320, 240), BLUE);
    desk.give_pointer(window);
    desk.point_at(50, 60);
    let mut shared = desk.share(ScreenKind::Screen);
    let is_marked = |picture: &Picture, x: usize, y: usize| {
        (0..8).any(|dy| (0..8).any(|dx| !near(at(picture, x + dx - 4, y + dy - 4), BLUE_Y)))
    };

    until(&mut shared, |picture| is_marked(picture, 50, 60) && !is_marked(picture, 200, 150));
    desk.point_at(200, 150);

    until(&mut shared, |picture| is_marked(picture, 200, 150) && !is_marked(picture, 50, 60));
}

#[test]
fn a_shared_window_is_seen_behind_others_and_follows_its_size() {
    let desk = Desk::start(640, 480);
    let window = desk.window("Slides", (10, 10, 200, 100), RED);
    let mut shared = desk.share(ScreenKind::Window);
    assert!(near(at(&next(&mut shared), 100, 50), RED_Y));

    desk.window("Before it", (0, 0, 640, 480), BLUE);
    desk.paint(window, (0, 0, 200, 100), RED);
    let seen = next(&mut shared);
    assert!(near(at(&seen, 100, 50), RED_Y) && seen.size().width() == 200);

    let larger = x11rb::protocol::xproto::ConfigureWindowAux::new().width(301).height(180);
    desk.connection.configure_window(window, &larger).expect("sent").check().expect("done");
    until(&mut shared, |picture| (picture.size().width(), picture.size().height()) == (300, 180));
}

#[test]
fn a_window_that_is_closed_while_it_is_shared_is_told_by_its_name() {
    let desk = Desk::start(640, 480);
    let window = desk.window("Slides", (0, 0, 200, 100), RED);
    let mut shared = desk.share(ScreenKind::Window);
    next(&mut shared);

    desk.connection.destroy_window(window).expect("sent").check().expect("done");

    assert_eq!(ended(&mut shared), MediaError::Gone("Slides".into()));
}

#[test]
fn a_window_that_is_put_away_for_good_is_closed() {
    let desk = Desk::start(640, 480);
    let window = desk.window("Slides", (0, 0, 200, 100), RED);
    let mut shared = desk.share(ScreenKind::Window);
    next(&mut shared);

    desk.connection.unmap_window(window).expect("sent").check().expect("done");

    assert_eq!(ended(&mut shared), MediaError::Gone("Slides".into()));
}

#[test]
fn what_is_not_there_and_a_display_that_is_not_there_are_told() {
    let desk = Desk::start(320, 240);
    let open = |display: &str, id: &str| SharedScreen::open(Some(display), &ScreenId(id.into())).err();

    assert!(matches!(open(&desk.display, "x11:screen:none"), Some(MediaError::Gone(_))));
    assert!(matches!(open(&desk.display, "x11:window:0x7fffff"), Some(MediaError::Gone(_))));
    assert_eq!(open(":9999", "x11:screen:none"), Some(MediaError::NoScreen));
    assert!(list(Some(":9999"), Thumbnails::Made).is_empty());
}

#[test]
fn a_server_that_is_gone_ends_the_sharing() {
    let mut desk = Desk::start(320, 240);
    let mut shared = desk.share(ScreenKind::Screen);
    next(&mut shared);

    desk.server.kill().expect("it ran");
    desk.server.wait().expect("it ends");

    assert!(matches!(ended(&mut shared), MediaError::Other(_)));
}

/// An X server, and a program that draws there.
struct Desk {
    server: Child,
    display: String,
    connection: x11rb::rust_connection::RustConnection,
    root: Window,
    pen: Gcontext,
}

impl Desk {
    fn start(width: u32, height: u32) -> Self {
        let screen = format!("{width}x{height}x24");
        let args = ["-displayfd", "1", "-screen", "0", &screen, "-nolisten", "tcp", "-noreset"];
        let mut server = Command::new("Xvfb");
        server.args(args).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = server.spawn().expect("Xvfb is installed by the set-up");
        let mut number = String::new();
        BufReader::new(server.stdout.take().expect("piped")).read_line(&mut number).expect("it says its number");
        let display = format!(":{}", number.trim());
        let (connection, screen) = x11rb::connect(Some(&display)).expect("it answers");
        let root = connection.setup().roots[screen].root;
        let pen = connection.generate_id().expect("an id");
        connection.create_gc(pen, root, &CreateGCAux::new()).expect("sent").check().expect("made");
        Self { server, display, connection, root, pen }
    }

    /// A window full of one colour.
    fn window(&self, title: &str, (x, y, width, height): (i16, i16, u16, u16), colour: u32) -> Window {
        let window = self.connection.generate_id().expect("an id");
        let looks = CreateWindowAux::new().background_pixel(colour);
        let class = WindowClass::INPUT_OUTPUT;
        let made = self.connection.create_window(0, window, self.root, x, y, width, height, 0, class, 0, &looks);
        made.expect("sent").check().expect("made");
        let (name, text) =
            (super::Atoms::new(&self.connection).expect("sent").reply().expect("told"), title.as_bytes());
        let titled =
            self.connection.change_property8(PropMode::REPLACE, window, name._NET_WM_NAME, name.UTF8_STRING, text);
        titled.expect("sent").check().expect("titled");
        self.connection.map_window(window).expect("sent").check().expect("shown");
        self.paint(window, (0, 0, width, height), colour);
        window
    }

    fn paint(&self, window: Window, (x, y, width, height): (i16, i16, u16, u16), colour: u32) {
        self.connection.change_gc(self.pen, &ChangeGCAux::new().foreground(colour)).expect("sent");
        let area = [Rectangle { x, y, width, height }];
        self.connection.poly_fill_rectangle(window, self.pen, &area).expect("sent").check().expect("painted");
    }

    /// A black arrow: before any program has asked for a shape, X servers show none.
    fn give_pointer(&self, window: Window) {
        let (font, cursor) =
            (self.connection.generate_id().expect("an id"), self.connection.generate_id().expect("an id"));
        self.connection.open_font(font, b"cursor").expect("sent").check().expect("it is built in");
        let made = self.connection.create_glyph_cursor(cursor, font, font, 68, 69, 0, 0, 0, !0, !0, !0);
        made.expect("sent").check().expect("made");
        let looks = ChangeWindowAttributesAux::new().cursor(cursor);
        self.connection.change_window_attributes(window, &looks).expect("sent").check().expect("given");
    }

    fn point_at(&self, x: i16, y: i16) {
        self.connection.warp_pointer(x11rb::NONE, self.root, 0, 0, 0, 0, x, y).expect("sent").check().expect("moved");
    }

    fn share(&self, kind: ScreenKind) -> LiveScreen<SharedScreen> {
        let found = list(Some(&self.display), Thumbnails::LeftOut);
        let ScreenInfo { id, .. } = found.iter().find(|info| info.kind == kind).expect("it is listed");
        LiveScreen::new(SharedScreen::open(Some(&self.display), id).expect("it opens"))
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn next(shared: &mut LiveScreen<SharedScreen>) -> Picture {
    shared.next_picture(&Stop::default()).expect("it is there").expect("it goes on")
}

fn until(shared: &mut LiveScreen<SharedScreen>, is_it: impl Fn(&Picture) -> bool) -> Picture {
    let began_at = Instant::now();
    while began_at.elapsed().as_secs() < 20 {
        let picture = next(shared);
        if is_it(&picture) {
            return picture;
        }
    }
    panic!("it is never shown");
}

fn ended(shared: &mut LiveScreen<SharedScreen>) -> MediaError {
    loop {
        match shared.next_picture(&Stop::default()) {
            Ok(picture) => assert!(picture.is_some()),
            Err(error) => return error,
        }
    }
}

fn at(picture: &Picture, x: usize, y: usize) -> u8 {
    picture.y()[y * picture.size().width() + x]
}

fn near(one: u8, other: u8) -> bool {
    one.abs_diff(other) <= 3
}
