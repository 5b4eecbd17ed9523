//! This user's name, picture and password.

use carillon_ipc::{Arg, MeView, NoticeCode, SettingsRequest, YouField, YouView, testid};
use carillon_protocol::{MAX_NAME_CHARS, Secret};
use web_sys::KeyboardEvent;
use yew::prelude::*;

use super::{SettingsWindowProps, account::DeleteAccount, rows::Section, unsaved::use_unsaved};
use crate::{
    components::{
        Avatar, AvatarSize, Button, ButtonKind, Field, Icon, IconView, Name, PictureButton, Problem, use_name_edit,
    },
    context::{Language, plain, use_texts, use_unfolded},
};

#[component]
pub(super) fn You(props: &SettingsWindowProps) -> Html {
    let texts = use_texts();
    let SettingsWindowProps { view, send } = props;
    let Some(me) = &view.me else {
        return html! {
            <Section id="section-you">
                <p class="row row-hint">{ texts.t("settings-not-signed-in") }</p>
            </Section>
        };
    };
    let part = PartProps { me: me.clone(), you: view.you.clone(), send: send.clone() };
    html! {
        <Section id="section-you">
            <div class="row">
                <span class="row-text">
                    <Name class="row-title" name={me.name.clone()} />
                    <bdi class="row-hint name">{ format!("{} · {}", me.user, view.server) }</bdi>
                </span>
            </div>
            <Picture ..part.clone() />
            <DisplayName key={me.name.as_str()} ..part.clone() />
            <Password ..part.clone() />
            <DeleteAccount ..part />
        </Section>
    }
}

#[derive(Properties, PartialEq, Clone)]
pub(super) struct PartProps {
    me: MeView,
    you: YouView,
    pub(super) send: Callback<SettingsRequest>,
}

impl PartProps {
    pub(super) fn is_saving(&self, field: YouField) -> bool {
        self.you.saving == Some(field)
    }

    /// *Saved*, or what went wrong.
    pub(super) fn outcome(&self, texts: &Language, field: YouField) -> Html {
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
    use_unsaved(chosen.is_some());
    let shown = (*chosen).clone().or_else(|| me.picture.clone());
    let hint = if chosen.is_some() { "settings-picture-preview" } else { "settings-picture-hint" };
    let controls = match (*chosen).clone() {
        Some(picture) => preview_buttons(&texts, props, picture, &chosen),
        None if props.is_saving(YouField::Picture) => {
            html! { <span class="quiet">{ texts.t("settings-saving") }</span> }
        }
        None => picture_buttons(&texts, props, &chosen, &wrong),
    };
    html! {
        <div class="row row-picture">
            <Avatar user={me.user.clone()} name={me.name.clone()} size={AvatarSize::Big} picture={shown} />
            <span class="row-text">
                <span class="row-title">{ texts.t("settings-picture") }</span>
                <span class="row-hint" role="status">{ texts.t(hint) }</span>
            </span>
            <span class="row-controls">{ controls }</span>
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

/// Use the picture on show, or not.
fn preview_buttons(
    texts: &Language,
    props: &PartProps,
    picture: String,
    chosen: &UseStateHandle<Option<String>>,
) -> Html {
    let use_it = {
        let (send, chosen) = (props.send.clone(), chosen.clone());
        Callback::from(move |()| {
            send.emit(SettingsRequest::SetPicture { picture: Some(picture.clone()) });
            chosen.set(None);
        })
    };
    let cancel = {
        let chosen = chosen.clone();
        Callback::from(move |()| chosen.set(None))
    };
    html! {
        <>
            <Button text={texts.t("settings-picture-cancel")} on_press={cancel} />
            <Button kind={ButtonKind::Primary} text={texts.t("settings-picture-use")} on_press={use_it} />
        </>
    }
}

/// Remove the picture, or choose another.
fn picture_buttons(
    texts: &Language,
    props: &PartProps,
    chosen: &UseStateHandle<Option<String>>,
    wrong: &UseStateHandle<Option<NoticeCode>>,
) -> Html {
    let on_picture = {
        let (chosen, wrong) = (chosen.clone(), wrong.clone());
        Callback::from(move |picture| {
            wrong.set(None);
            chosen.set(Some(picture));
        })
    };
    let on_problem = {
        let wrong = wrong.clone();
        Callback::from(move |code| wrong.set(Some(code)))
    };
    let has_picture = props.me.picture.is_some();
    html! {
        <>
            if has_picture {
                <Button
                    kind={ButtonKind::Link}
                    text={texts.t("settings-picture-remove")}
                    testid={testid::SETTINGS_PICTURE_REMOVE}
                    on_press={props.send.reform(|()| SettingsRequest::SetPicture { picture: None })}
                />
            }
            <PictureButton
                text={texts.t(if has_picture { "settings-picture-change" } else { "settings-picture-choose" })}
                label={texts.t("settings-picture")}
                testid={testid::SETTINGS_PICTURE}
                {on_picture}
                {on_problem}
            />
        </>
    }
}

#[component]
fn DisplayName(props: &PartProps) -> Html {
    let texts = use_texts();
    let save = props.send.reform(|name| SettingsRequest::SetDisplayName { name });
    let edit = use_name_edit(&props.me.name, true, &save, None);
    use_unsaved(edit.can_save);
    // Escape leaves the window, which asks first whether what was typed is to be lost.
    let onkeydown = {
        let other_keys = edit.onkeydown.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() != "Escape" {
                other_keys.emit(event);
            }
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
                    maxlength={MAX_NAME_CHARS.to_string()}
                    autocomplete="off"
                    placeholder={props.me.user.to_string()}
                    data-tip={texts.t("settings-display-name-hint")}
                    value={edit.typed}
                    data-testid={testid::SETTINGS_DISPLAY_NAME}
                    oninput={edit.oninput}
                    {onkeydown}
                />
                if props.is_saving(YouField::Name) {
                    <span class="quiet">{ texts.t("settings-saving") }</span>
                } else if edit.can_save {
                    <Button kind={ButtonKind::Primary} text={texts.t("settings-save")} on_press={edit.save} />
                }
            </span>
            <div class="row-outcome" role="status">
                if edit.is_full {
                    <p class="row-hint" data-testid={testid::NAME_FULL}>
                        { texts.with("name-full", &[("count", Arg::Number(MAX_NAME_CHARS as u64))]) }
                    </p>
                }
                { props.outcome(&texts, YouField::Name) }
            </div>
        </div>
    }
}

#[component]
fn Password(props: &PartProps) -> Html {
    let texts = use_texts();
    let unfolded = use_unfolded();
    let open = use_state(|| unfolded);
    let set_open = |to: bool| {
        let open = open.clone();
        Callback::from(move |()| open.set(to))
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
    if *open {
        return html! { <PasswordForm part={props.clone()} on_cancel={set_open(false)} /> };
    }
    html! {
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
    }
}

#[derive(Properties, PartialEq)]
struct PasswordFormProps {
    part: PartProps,
    on_cancel: Callback<()>,
}

/// What is typed is gone once the form is closed.
#[component]
fn PasswordForm(props: &PasswordFormProps) -> Html {
    let texts = use_texts();
    let PasswordFormProps { part, on_cancel } = props;
    let old = use_state(String::new);
    let new = use_state(String::new);
    let typed = |state: &UseStateHandle<String>| {
        let state = state.clone();
        Callback::from(move |text| state.set(text))
    };
    let is_saving = part.is_saving(YouField::Password);
    use_unsaved(!(old.is_empty() && new.is_empty()));
    let can_save = !old.is_empty() && !new.is_empty() && !is_saving;
    let onsubmit = {
        let (old, new, send) = (old.clone(), new.clone(), part.send.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if can_save {
                let (old, new) = (Secret::new(old.as_str()), Secret::new(new.as_str()));
                send.emit(SettingsRequest::ChangePassword { old, new });
            }
        })
    };
    html! {
        <form class="row row-form" {onsubmit} novalidate=true>
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
            <div class="row-outcome" role="status">{ part.outcome(&texts, YouField::Password) }</div>
            <span class="row-hint row-text">{ texts.t("settings-password-hint") }</span>
            <span class="row-controls">
                <Button text={texts.t("settings-password-cancel")} on_press={on_cancel.clone()} />
                <Button
                    kind={ButtonKind::Primary}
                    text={texts.t(if is_saving { "settings-saving" } else { "settings-password-save" })}
                    disabled={!can_save}
                    submit=true
                    testid={testid::SETTINGS_PASSWORD_SAVE}
                />
            </span>
        </form>
    }
}
