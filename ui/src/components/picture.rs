//! Chooses a picture's file, cuts it square and makes it small, so that any photograph will do.

use carillon_ipc::NoticeCode;
use gloo_events::EventListener;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    CanvasRenderingContext2d, File, FileReader, HtmlCanvasElement, HtmlImageElement, HtmlInputElement, Window,
};
use yew::prelude::*;

use super::{Icon, IconView};

/// Larger files take the web view long to decode, and are no pictures of people.
const MAX_BYTES: f64 = 20.0 * 1024.0 * 1024.0;
/// What the largest picture of a call window needs, twice over for sharp screens.
const SIDE: u32 = 512;
/// What the server takes.
const KINDS: [&str; 3] = ["image/png", "image/jpeg", "image/webp"];

#[derive(Properties, PartialEq)]
pub(crate) struct PictureButtonProps {
    pub(crate) text: AttrValue,
    /// What a screen reader says.
    pub(crate) label: AttrValue,
    #[prop_or_default]
    pub(crate) testid: Option<AttrValue>,
    /// A `data:` URL of a square picture.
    pub(crate) on_picture: Callback<String>,
    pub(crate) on_problem: Callback<NoticeCode>,
}

/// A button that chooses a file.
#[component]
pub(crate) fn PictureButton(props: &PictureButtonProps) -> Html {
    let (on_picture, on_problem) = (props.on_picture.clone(), props.on_problem.clone());
    let onchange = Callback::from(move |event: Event| {
        let input = event.target_unchecked_into::<HtmlInputElement>();
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            read(&file, on_picture.clone(), on_problem.clone());
        }
        input.set_value(""); // the same file can be chosen again
    });
    html! {
        <label class="button button-plain file-button">
            <IconView icon={Icon::Picture} />
            <span>{ &props.text }</span>
            <input
                type="file"
                class="for-screen-readers"
                accept={KINDS.join(",")}
                aria-label={props.label.clone()}
                data-testid={props.testid.clone()}
                {onchange}
            />
        </label>
    }
}

fn read(file: &File, on_picture: Callback<String>, on_problem: Callback<NoticeCode>) {
    if !KINDS.contains(&file.type_().as_str()) {
        return on_problem.emit(NoticeCode::BadPicture);
    }
    if file.size() > MAX_BYTES {
        return on_problem.emit(NoticeCode::PictureTooLarge);
    }
    let Ok(reader) = FileReader::new() else { return on_problem.emit(NoticeCode::BadPicture) };
    let loaded = reader.clone();
    EventListener::once(&reader, "loadend", move |_| match loaded.result().ok().and_then(|url| url.as_string()) {
        Some(url) => decode(&url, on_picture, on_problem),
        None => on_problem.emit(NoticeCode::BadPicture),
    })
    .forget();
    // What goes wrong comes as `loadend` without a result.
    let _ = reader.read_as_data_url(file);
}

fn decode(url: &str, on_picture: Callback<String>, on_problem: Callback<NoticeCode>) {
    let Ok(image) = HtmlImageElement::new() else { return on_problem.emit(NoticeCode::BadPicture) };
    let (decoded, bad) = (image.clone(), on_problem.clone());
    EventListener::once(&image, "load", move |_| match square(&decoded) {
        Ok(url) => on_picture.emit(url),
        Err(_) => on_problem.emit(NoticeCode::BadPicture),
    })
    .forget();
    EventListener::once(&image, "error", move |_| bad.emit(NoticeCode::BadPicture)).forget();
    image.set_src(url);
}

/// The middle of a picture, as a JPEG on white.
fn square(image: &HtmlImageElement) -> Result<String, JsValue> {
    let (width, height) = (image.natural_width(), image.natural_height());
    let cut = width.min(height);
    let side = cut.min(SIDE);
    let canvas = canvas()?;
    canvas.set_width(side);
    canvas.set_height(side);
    let context = canvas.get_context("2d")?.ok_or(JsValue::UNDEFINED)?.dyn_into::<CanvasRenderingContext2d>()?;
    let (cut, to) = (f64::from(cut), f64::from(side));
    context.set_fill_style_str("white");
    context.fill_rect(0.0, 0.0, to, to);
    let (left, top) = ((f64::from(width) - cut) / 2.0, (f64::from(height) - cut) / 2.0);
    context.draw_image_with_html_image_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
        image, left, top, cut, cut, 0.0, 0.0, to, to,
    )?;
    canvas.to_data_url_with_type("image/jpeg")
}

fn canvas() -> Result<HtmlCanvasElement, JsValue> {
    let document = web_sys::window().as_ref().and_then(Window::document).ok_or(JsValue::UNDEFINED)?;
    Ok(document.create_element("canvas")?.dyn_into::<HtmlCanvasElement>()?)
}
