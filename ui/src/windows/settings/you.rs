//! Oneself: name, picture, password.

use carillon_ipc::{MeView, NoticeCode, SettingsRequest, YouField, YouView, testid};
use carillon_protocol::{Secret, shown_name};
use web_sys::{HtmlInputElement, KeyboardEvent};
use yew::prelude::*;

use super::{SettingsWindowProps, rows::Section};
use crate::{
    components::{Avatar, AvatarSize, Button, ButtonKind, Field, Icon, IconView, Name, PictureButton, Problem},
    context::{Language, plain, use_texts, use_unfolded},
};

/// The most characters of a display name.
const MAX_NAME: &str = "64";

#[component]
pub(super) fn You(props: &SettingsWindowProps) -> Html {
    let texts = use_texts();
    let SettingsWindowProps { view, send } = props;
    let Some(me) = &view.me else {
        return html! {
            <Section title={texts.t("settings-you")}>
                <p class="row row-hint">{ texts.t("settings-not-signed-in") }</p>
            </Section>
        };
    };
    let part = PartProps { me: me.clone(), you: view.you.clone(), send: send.clone() };
    html! {
        <Section title={texts.t("settings-you")}>
            <div class="row">
                <span class="row-text">
                    <Name class="row-title" name={me.name.clone()} />
                    <bdi class="row-hint name">{ format!("{} · {}", me.user, view.server) }</bdi>
                </span>
            </div>
            <Picture ..part.clone() />
            <DisplayName key={me.name.as_str()} ..part.clone() />
            <Password ..part />
        </Section>
    }
}

#[derive(Properties, PartialEq, Clone)]
struct PartProps {
    me: MeView,
    you: YouView,
    send: Callback<SettingsRequest>,
}

impl PartProps {
    fn is_saving(&self, field: YouField) -> bool {
        self.you.saving == Some(field)
    }

    /// *Saved*, or what went wrong.
    fn outcome(&self, texts: &Language, field: YouField) -> Html {
        match &self.you.problem {
            Some((at, notice)) if *at == field => {
                html! { <Problem notice={notice.clone()} testid={testid::SETTINGS_YOU_PROBLEM} /> }
            }
            _ if self.you.saved == Some(field) => {
                html! { <p class="saved"><IconView icon={Icon::Check} />{ texts.t("settings-saved") }</p> }
            }
            _ => Html::default(),
        }
    }
}

#[component]
fn Picture(props: &PartProps) -> Html {
    let texts = use_texts();
    let me = &props.me;
    let chosen = use_state(|| None::<String>);
    let wrong = use_state(|| None::<NoticeCode>);
    let choose = {
        let (chosen, wrong) = (chosen.clone(), wrong.clone());
        Callback::from(move |picture| {
            wrong.set(None);
            chosen.set(Some(picture));
        })
    };
    let set = |picture: Option<String>| {
        let (send, chosen) = (props.send.clone(), chosen.clone());
        Callback::from(move |()| {
            send.emit(SettingsRequest::SetPicture { picture: picture.clone() });
            chosen.set(None);
        })
    };
    let give_up = {
        let chosen = chosen.clone();
        Callback::from(move |()| chosen.set(None))
    };
    let on_problem = {
        let wrong = wrong.clone();
        Callback::from(move |code| wrong.set(Some(code)))
    };
    let shown = (*chosen).clone().or_else(|| me.picture.clone());
    let hint = if chosen.is_some() { "settings-picture-preview" } else { "settings-picture-hint" };
    let change = if me.picture.is_some() { "settings-picture-change" } else { "settings-picture-choose" };
    html! {
        <div class="row row-picture">
            <Avatar user={me.user.clone()} name={me.name.clone()} size={AvatarSize::Big} picture={shown} />
            <span class="row-text">
                <span class="row-title">{ texts.t("settings-picture") }</span>
                <span class="row-hint" role="status">{ texts.t(hint) }</span>
            </span>
            <span class="row-controls">
                if chosen.is_some() {
                    <Button text={texts.t("settings-picture-cancel")} on_press={give_up} />
                    <Button kind={ButtonKind::Primary} text={texts.t("settings-picture-use")} on_press={set((*chosen).clone())} />
                } else if props.is_saving(YouField::Picture) {
                    <span class="quiet">{ texts.t("settings-saving") }</span>
                } else {
                    if me.picture.is_some() {
                        <Button
                            kind={ButtonKind::Link}
                            text={texts.t("settings-picture-remove")}
                            testid={testid::SETTINGS_PICTURE_REMOVE}
                            on_press={set(None)}
                        />
                    }
                    <PictureButton
                        text={texts.t(change)}
                        label={texts.t("settings-picture")}
                        testid={testid::SETTINGS_PICTURE}
                        on_picture={choose}
                        {on_problem}
                    />
                }
            </span>
            <div class="row-outcome" role="status">
                if let Some(code) = *wrong {
                    <Problem notice={plain(code)} testid={testid::SETTINGS_YOU_PROBLEM} />
                } else {
                    { props.outcome(&texts, YouField::Picture) }
                }
            </div>
        </div>
    }
}

/// It is saved when it is sent off; Escape takes it back.
#[component]
fn DisplayName(props: &PartProps) -> Html {
    let texts = use_texts();
    let was = shown_name(&props.me.name);
    let typed = use_state(|| was.clone());
    let changed = typed.trim() != was;
    let save = {
        let (typed, send) = (typed.clone(), props.send.clone());
        Callback::from(move |()| send.emit(SettingsRequest::SetDisplayName { name: typed.trim().to_owned() }))
    };
    let oninput = {
        let typed = typed.clone();
        Callback::from(move |event: InputEvent| typed.set(event.target_unchecked_into::<HtmlInputElement>().value()))
    };
    let onkeydown = {
        let (typed, was, save) = (typed.clone(), was.clone(), save.clone());
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "Enter" if changed && !event.is_composing() => save.emit(()),
            "Escape" if changed => {
                event.stop_propagation();
                typed.set(was.clone());
            }
            _ => {}
        })
    };
    html! {
        <div class="row row-field">
            <label class="row-title" for="settings-display-name">{ texts.t("settings-display-name") }</label>
            <span class="row-controls">
                <input
                    id="settings-display-name"
                    class="input"
                    type="text"
                    dir="auto"
                    maxlength={MAX_NAME}
                    autocomplete="off"
                    placeholder={props.me.user.to_string()}
                    title={texts.t("settings-display-name-hint")}
                    value={(*typed).clone()}
                    data-testid={testid::SETTINGS_DISPLAY_NAME}
                    {oninput}
                    {onkeydown}
                />
                if props.is_saving(YouField::Name) {
                    <span class="quiet">{ texts.t("settings-saving") }</span>
                } else if changed {
                    <Button kind={ButtonKind::Primary} text={texts.t("settings-save")} on_press={save} />
                }
            </span>
            <div class="row-outcome" role="status">{ props.outcome(&texts, YouField::Name) }</div>
        </div>
    }
}

#[component]
fn Password(props: &PartProps) -> Html {
    let texts = use_texts();
    let unfolded = use_unfolded();
    let open = use_state(|| unfolded);
    let old = use_state(String::new);
    let new = use_state(String::new);
    let set_open = |to: bool| {
        let (open, old, new) = (open.clone(), old.clone(), new.clone());
        Callback::from(move |()| {
            open.set(to);
            old.set(String::new());
            new.set(String::new());
        })
    };
    // It closes by itself once the server has it.
    let saved = props.you.saved == Some(YouField::Password);
    use_effect_with(saved, {
        let close = set_open(false);
        move |&saved| {
            if saved {
                close.emit(());
            }
        }
    });
    let typed = |state: &UseStateHandle<String>| {
        let state = state.clone();
        Callback::from(move |text| state.set(text))
    };
    let can_save = !old.is_empty() && !new.is_empty() && !props.is_saving(YouField::Password);
    let onsubmit = {
        let (old, new, send) = (old.clone(), new.clone(), props.send.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if can_save {
                let (old, new) = (Secret::new(old.as_str()), Secret::new(new.as_str()));
                send.emit(SettingsRequest::ChangePassword { old, new });
            }
        })
    };
    if !*open {
        return html! {
            <div class="row">
                <span class="row-title">{ texts.t("settings-password") }</span>
                <span class="row-controls">
                    { if saved { props.outcome(&texts, YouField::Password) } else { Html::default() } }
                    <Button
                        text={texts.t("settings-password-change")}
                        testid={testid::SETTINGS_PASSWORD}
                        on_press={set_open(true)}
                    />
                </span>
            </div>
        };
    }
    let save = if props.is_saving(YouField::Password) { "settings-saving" } else { "settings-password-save" };
    html! {
        <form class="row row-password" {onsubmit} novalidate=true>
            <Field
                id={testid::SETTINGS_PASSWORD_OLD}
                label={texts.t("settings-password-old")}
                value={(*old).clone()}
                autocomplete="current-password"
                autofocus=true
                secret=true
                on_type={typed(&old)}
            />
            <Field
                id={testid::SETTINGS_PASSWORD_NEW}
                label={texts.t("settings-password-new")}
                value={(*new).clone()}
                autocomplete="new-password"
                secret=true
                hint={Some(AttrValue::from(texts.t("register-password-hint")))}
                on_type={typed(&new)}
            />
            <div class="row-outcome" role="status">{ props.outcome(&texts, YouField::Password) }</div>
            <span class="row-hint row-text">{ texts.t("settings-password-hint") }</span>
            <span class="row-controls">
                <Button text={texts.t("settings-password-cancel")} on_press={set_open(false)} />
                <Button
                    kind={ButtonKind::Primary}
                    text={texts.t(save)}
                    disabled={!can_save}
                    submit=true
                    testid={testid::SETTINGS_PASSWORD_SAVE}
                />
            </span>
        </form>
    }
}
