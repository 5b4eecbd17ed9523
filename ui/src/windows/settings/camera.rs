//! Which camera, and a look at oneself, which opens by the user's click only.

use carillon_ipc::{SelfView, SettingsRequest, Stream, testid};
use yew::prelude::*;

use super::{
    SettingsWindowProps,
    rows::{DeviceRow, Section},
};
use crate::{
    components::{Button, Icon, Live, Painting, Switch, use_painting},
    context::use_texts,
};

#[component]
pub(super) fn Camera(props: &SettingsWindowProps) -> Html {
    let texts = use_texts();
    let SettingsWindowProps { view, send } = props;
    let test = view.test.camera.clone();
    let painting = use_painting(test.as_ref().and_then(|test| test.feed.clone()));
    let testing = test.is_some();
    html! {
        <Section id="section-camera">
            <ContextProvider<Painting> context={painting}>
                <DeviceRow
                    label={texts.t("camera")}
                    choice={view.cameras.clone()}
                    testid={testid::SETTINGS_CAMERA}
                    on_choose={send.reform(|id| SettingsRequest::SetCamera { id })}
                >
                    <Button
                        icon={if testing { Icon::Stop } else { Icon::Camera }}
                        text={texts.t(if testing { "settings-camera-stop" } else { "settings-camera-test" })}
                        label={texts.t(if testing { "settings-camera-stop-label" } else { "settings-camera-test-label" })}
                        testid={testid::SETTINGS_TEST_CAMERA}
                        on_press={send.reform(move |()| SettingsRequest::TestCamera { on: !testing })}
                    />
                </DeviceRow>
                if let Some(test) = test {
                    <Preview {test} />
                }
                <Switch
                    text={texts.t("settings-camera-in-video-calls")}
                    hint={texts.hint("settings-camera-in-video-calls", &[]).map(AttrValue::from)}
                    on={view.camera_in_video_calls}
                    testid={testid::SETTINGS_CAMERA_IN_VIDEO_CALLS}
                    on_change={send.reform(|on| SettingsRequest::SetCameraInVideoCalls { on })}
                />
                <p class="row row-hint">{ texts.t("settings-camera-hint") }</p>
            </ContextProvider<Painting>>
        </Section>
    }
}

#[derive(Properties, PartialEq)]
struct PreviewProps {
    test: SelfView,
}

#[component]
fn Preview(props: &PreviewProps) -> Html {
    let texts = use_texts();
    html! {
        <div class="row">
            <div class="camera-preview">
                <Live
                    stream={Stream::OwnCamera}
                    testid={testid::SETTINGS_CAMERA_PICTURE}
                    mirrored={props.test.is_mirrored}
                />
                <p class="tile-face" role="status">{ texts.t("settings-camera-opening") }</p>
            </div>
        </div>
    }
}
