//! One tile of a group call: a person or their screen. A click makes it the large one.

use carillon_ipc::{CallRequest, LegView, Stream, testid};
use yew::prelude::*;

use super::{display_name, order::Shown};
use crate::{
    components::{AvatarSize, Icon, IconView, Live, Name},
    context::{Language, use_texts},
    windows::call::face::{Face, hand_text, leg_class, mark, standing_key},
};

#[derive(Properties, PartialEq)]
pub(super) struct GroupTileProps {
    pub(super) shown: Shown,
    pub(super) is_large: bool,
    /// This user has chosen them.
    pub(super) is_pinned: bool,
    pub(super) size: AvatarSize,
    /// Whether cameras are on in this call, so that one that is off is worth a sign.
    pub(super) has_pictures: bool,
    /// Whether the own picture is mirrored.
    pub(super) is_mirrored: bool,
    /// `None`: a click does nothing.
    pub(super) send: Option<Callback<CallRequest>>,
}

#[component]
pub(super) fn GroupTile(props: &GroupTileProps) -> Html {
    let texts = use_texts();
    let GroupTileProps { shown, is_large, is_pinned, send, .. } = props;
    let leg = &shown.leg;
    let content = if shown.is_screen { screen(&texts, shown) } else { person(&texts, props) };
    let class = classes!(
        "tile",
        "group-tile",
        leg_class(leg.state),
        leg.is_reconnecting.then_some("group-tile-lost"),
        is_large.then_some("group-tile-large"),
        (leg.is_me && !shown.is_screen).then_some("group-tile-own"),
    );
    let seat = (!leg.is_me && !shown.is_screen).then(|| leg.seat.to_string());
    let id = if shown.is_screen { testid::screen_tile(&leg.user) } else { testid::tile(&leg.user) };
    let Some(send) = send.as_ref().filter(|_| leg.is_in()) else {
        return html! { <div {class} data-testid={id} data-seat={seat}>{ content }</div> };
    };
    let request = if shown.is_screen {
        CallRequest::SetSpotlight { on: true }
    } else {
        CallRequest::Pin { user: (!is_pinned).then(|| leg.user.clone()) }
    };
    let onclick = send.reform(move |_: MouseEvent| request.clone());
    html! {
        <button
            type="button"
            {class}
            aria-label={label(&texts, props)}
            aria-pressed={(*is_pinned && !shown.is_screen).to_string()}
            data-testid={id}
            data-seat={seat}
            {onclick}
        >
            { content }
        </button>
    }
}

/// Who it is, what is to be known of them, and what a click does.
fn label(texts: &Language, props: &GroupTileProps) -> String {
    let GroupTileProps { shown, is_pinned, has_pictures, .. } = props;
    let name = display_name(&shown.leg);
    let with = |key| texts.with(key, &[("name", name.as_str().into())]);
    if shown.is_screen {
        return with("call-screen-of");
    }
    let mut said = vec![name.clone()];
    if shown.leg.is_reconnecting {
        said.push(texts.t("leg-reconnecting"));
    }
    if let Some(place) = shown.leg.hand {
        said.push(hand_text(texts, &shown.leg, &name, place));
    }
    if shown.leg.is_muted {
        said.push(with("call-they-muted"));
    }
    if *has_pictures && !shown.leg.camera {
        said.push(with("call-they-no-camera"));
    }
    if shown.leg.volume.is_silenced {
        said.push(texts.t("call-silenced"));
    }
    said.push(with(if *is_pinned { "call-unpin" } else { "call-pin" }));
    said.join(". ")
}

fn screen(texts: &Language, shown: &Shown) -> Html {
    let name = display_name(&shown.leg);
    let caption = texts.with("call-screen-of", &[("name", name.as_str().into())]);
    html! {
        <>
            <Live stream={Stream::Screen(shown.leg.seat)} testid={testid::screen_of(&shown.leg.user)} />
            <span class="tile-face"><IconView icon={Icon::Screen} /></span>
            <span class="tile-name"><bdi class="name">{ caption }</bdi></span>
        </>
    }
}

/// Whether a picture that stands still would hide that nothing comes any more.
fn live_is_lost(leg: &LegView) -> bool {
    leg.is_reconnecting && leg.camera
}

fn person(texts: &Language, props: &GroupTileProps) -> Html {
    let leg = &props.shown.leg;
    let name = AttrValue::from(display_name(leg));
    let of_them = [("name", name.as_str().into())];
    let live = (leg.camera && leg.is_in()).then(|| {
        if leg.is_me {
            (Stream::OwnCamera, AttrValue::Static(testid::CALL_OWN_CAMERA))
        } else {
            (Stream::Camera(leg.seat), testid::camera_of(&leg.user).into())
        }
    });
    html! {
        <>
            if let Some((stream, testid)) = live {
                <Live {stream} {testid} mirrored={leg.is_me && props.is_mirrored} />
            }
            <Face user={leg.user.clone()} name={name.clone()} size={props.size} picture={leg.picture.clone()}>
                if !leg.is_in() || leg.is_reconnecting {
                    <span class="tile-note" role="status">{ texts.t(standing_key(leg)) }</span>
                }
            </Face>
            <span class="tile-level" aria-hidden="true" />
            if live_is_lost(leg) {
                <span class="tile-note tile-lost" aria-hidden="true">{ texts.t(standing_key(leg)) }</span>
            }
            <span class="tile-foot">
                if let Some(place) = leg.hand {
                    <span class="tile-mark tile-hand">
                        <IconView icon={Icon::Hand} name={hand_text(texts, leg, &name, place)} />
                        <span aria-hidden="true">{ place }</span>
                    </span>
                }
                if props.is_pinned {
                    { mark(texts.t("call-pinned"), Icon::Pin) }
                }
                <span class="tile-name">
                    <Name name={name.clone()} />
                    if leg.is_me { <span class="tile-you">{ texts.t("group-you") }</span> }
                </span>
                if leg.is_in() && leg.is_muted {
                    { mark(texts.with("call-they-muted", &of_them), Icon::MicrophoneOff) }
                }
                if leg.is_in() && props.has_pictures && !leg.camera {
                    { mark(texts.with("call-they-no-camera", &of_them), Icon::CameraOff) }
                }
                if leg.volume.is_silenced {
                    { mark(texts.t("call-silenced"), Icon::SpeakerOff) }
                }
            </span>
        </>
    }
}
