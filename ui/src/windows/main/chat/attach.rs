//! Files before they are sent: chosen, dropped or pasted, shown small, and handed to the shell part by part.

use std::rc::Rc;

use carillon_ipc::{ChatRequest, MAX_FILE_BYTES, MAX_FILE_PART_BYTES, MainRequest, NoticeCode, PickedFile, testid};
use carillon_protocol::Chat;
use gloo_events::EventListener;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    CanvasRenderingContext2d, File, FileList, FileReader, HtmlCanvasElement, HtmlImageElement, HtmlInputElement,
};
use yew::prelude::*;

use crate::{
    components::{Icon, IconButton, IconView, Name},
    context::{FailedRequest, Language, plain, use_texts},
    format,
    hooks::monotonic_ms,
};

/// As many as are sent at once.
const MOST_FILES: usize = 10;
/// The longer side of a small picture.
const THUMBNAIL_SIDE: f64 = 256.0;
/// Larger pictures are sent without a small one: the web view would take too long.
const MOST_DECODED_BYTES: f64 = 30.0 * 1024.0 * 1024.0;
const PICTURES: [&str; 3] = ["image/png", "image/jpeg", "image/webp"];

/// A file that is about to be sent.
#[derive(Clone)]
pub(super) struct Picked {
    pub(super) key: String,
    file: File,
    pub(super) shown: PickedFile,
}

impl PartialEq for Picked {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.shown == other.shown
    }
}

/// What is about to be sent, in the order in which it was chosen.
pub(super) type AllPicked = UseStateHandle<Rc<Vec<Picked>>>;

#[hook]
pub(super) fn use_picked() -> AllPicked {
    use_state_eq(|| Rc::new(Vec::new()))
}

/// Takes files as they are chosen, dropped or pasted. Each shows once its small picture is made.
#[hook]
pub(super) fn use_pick(picked: &AllPicked) -> Callback<FileList> {
    let failed = use_context::<FailedRequest>().unwrap_or_default();
    let latest = use_mut_ref(|| (**picked).clone());
    latest.replace((**picked).clone());
    let picked = picked.clone();
    Callback::from(move |files: FileList| {
        for file in (0..files.length()).filter_map(|at| files.get(at)) {
            if file.size() > MAX_FILE_BYTES as f64 || file.size() < 1.0 {
                failed.tell.emit(plain(NoticeCode::FileTooLarge));
                continue;
            }
            let (picked, latest) = (picked.clone(), Rc::clone(&latest));
            look(file, move |one| {
                let mut all: Vec<Picked> = latest.borrow().to_vec();
                if all.len() < MOST_FILES {
                    all.push(one);
                }
                let all = Rc::new(all);
                latest.replace(Rc::clone(&all));
                picked.set(all);
            });
        }
    })
}

/// Hands files to the shell: what each is, and then its content, one part after the other.
pub(super) fn send_all(picked: &[Picked], chat: &Chat, send: &Callback<MainRequest>) {
    for Picked { key, file, shown } in picked {
        let (chat, key) = (chat.clone(), key.clone());
        send.emit(MainRequest::Chat(ChatRequest::AttachFile { chat, key: key.clone(), file: shown.clone() }));
        send_part(file.clone(), key, 0.0, send.clone());
    }
}

fn send_part(file: File, key: String, at: f64, send: Callback<MainRequest>) {
    let end = (at + MAX_FILE_PART_BYTES as f64).min(file.size());
    if at >= end {
        return;
    }
    let Ok(part) = file.slice_with_f64_and_f64(at, end) else { return };
    let Ok(reader) = FileReader::new() else { return };
    let read = reader.clone();
    EventListener::once(&reader, "loadend", move |_| {
        // A file that has gone meanwhile does not come whole, and is not sent.
        let url = read.result().ok().and_then(|url| url.as_string()).unwrap_or_default();
        if let Some((_, data)) = url.split_once(";base64,") {
            send.emit(MainRequest::Chat(ChatRequest::FilePart { key: key.clone(), data: data.to_owned() }));
            send_part(file, key, end, send);
        }
    })
    .forget();
    let _ = reader.read_as_data_url(&part);
}

/// Looks at a file, and makes a small picture of it if it is one.
fn look(file: File, found: impl Fn(Picked) + 'static) {
    let bytes = file.size() as u64;
    let shown = PickedFile { name: file.name(), media_type: file.type_(), bytes, picture: None };
    let key = format!("{}-{}-{}", monotonic_ms(), file.name(), bytes);
    let is_picture = PICTURES.contains(&shown.media_type.as_str()) && file.size() <= MOST_DECODED_BYTES;
    let image = HtmlImageElement::new().ok().filter(|_| is_picture);
    let reader = FileReader::new().ok().filter(|_| image.is_some());
    let (Some(image), Some(reader)) = (image, reader) else { return found(Picked { key, file, shown }) };
    let found = Rc::new(found);
    let (decoded, one) = (image.clone(), Picked { key, file: file.clone(), shown });
    let (seen, unseen) = (Rc::clone(&found), (Rc::clone(&found), one.clone()));
    EventListener::once(&image, "load", move |_| {
        let picture = small(&decoded).ok();
        seen(Picked { shown: PickedFile { picture, ..one.shown.clone() }, ..one.clone() });
    })
    .forget();
    EventListener::once(&image, "error", move |_| (unseen.0)(unseen.1.clone())).forget();
    let read = reader.clone();
    EventListener::once(&reader, "loadend", move |_| {
        image.set_src(&read.result().ok().and_then(|url| url.as_string()).unwrap_or_else(|| "data:,".to_owned()));
    })
    .forget();
    let _ = reader.read_as_data_url(&file);
}

/// How large a picture is, and a small one as a JPEG on white.
fn small(image: &HtmlImageElement) -> Result<(u16, u16, String), JsValue> {
    let (width, height) = (f64::from(image.natural_width()), f64::from(image.natural_height()));
    let scale = (THUMBNAIL_SIDE / width.max(height)).min(1.0);
    let (to_width, to_height) = ((width * scale).max(1.0), (height * scale).max(1.0));
    let document = web_sys::window().and_then(|window| window.document()).ok_or(JsValue::UNDEFINED)?;
    let canvas = document.create_element("canvas")?.dyn_into::<HtmlCanvasElement>()?;
    canvas.set_width(to_width as u32);
    canvas.set_height(to_height as u32);
    let context = canvas.get_context("2d")?.ok_or(JsValue::UNDEFINED)?.dyn_into::<CanvasRenderingContext2d>()?;
    context.set_fill_style_str("white");
    context.fill_rect(0.0, 0.0, to_width, to_height);
    context.draw_image_with_html_image_element_and_dw_and_dh(image, 0.0, 0.0, to_width, to_height)?;
    let side = |pixels: f64| pixels.min(f64::from(u16::MAX)) as u16;
    Ok((side(width), side(height), canvas.to_data_url_with_type("image/jpeg")?))
}

#[derive(Properties, PartialEq)]
pub(super) struct AttachButtonProps {
    pub(super) on_files: Callback<FileList>,
}

/// A button that chooses files.
#[component]
pub(super) fn AttachButton(props: &AttachButtonProps) -> Html {
    let texts = use_texts();
    let on_files = props.on_files.clone();
    let onchange = Callback::from(move |event: Event| {
        let input = event.target_unchecked_into::<HtmlInputElement>();
        if let Some(files) = input.files() {
            on_files.emit(files);
        }
        input.set_value(""); // the same file can be chosen again
    });
    html! {
        <label class="icon-button attach" data-tip={texts.t("attach")}>
            <IconView icon={Icon::Attach} />
            <input type="file" multiple=true class="for-screen-readers" aria-label={texts.t("attach")} data-testid={testid::ATTACH} {onchange} />
        </label>
    }
}

/// What is about to be sent, each with a way out.
pub(super) fn picked_list(texts: &Language, picked: &AllPicked) -> Html {
    let remove = |key: &str| {
        let (picked, key) = (picked.clone(), key.to_owned());
        Callback::from(move |()| {
            picked.set(Rc::new(picked.iter().filter(|one| one.key != key).cloned().collect()));
        })
    };
    if picked.is_empty() {
        return Html::default();
    }
    html! {
        <ul class="picked">
            { for picked.iter().map(|one| html! {
                <li class="picked-file" key={one.key.clone()}>
                    { thumbnail(one.shown.picture.as_ref()) }
                    <span class="picked-what">
                        <Name name={one.shown.name.clone()} />
                        <span class="quiet">{ format::bytes(texts, one.shown.bytes) }</span>
                    </span>
                    <IconButton
                        icon={Icon::Close}
                        label={texts.with("attach-remove", &[("name", one.shown.name.as_str().into())])}
                        testid={testid::ATTACH_REMOVE}
                        on_press={remove(&one.key)}
                    />
                </li>
            }) }
        </ul>
    }
}

/// A small picture, or what stands for a file without one.
pub(super) fn thumbnail(picture: Option<&(u16, u16, String)>) -> Html {
    match picture {
        Some((_, _, address)) => html! { <img class="file-picture" src={address.clone()} alt="" loading="lazy" /> },
        None => html! { <span class="file-icon"><IconView icon={Icon::Attach} /></span> },
    }
}
