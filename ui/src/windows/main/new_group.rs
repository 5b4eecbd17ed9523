//! The page that makes a group or a chat room.

use std::rc::Rc;

use carillon_ipc::{GroupRequest, MainRequest, PersonView, testid};
use carillon_protocol::{GroupKind, MAX_MEMBERS, UserId};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{
    components::{Button, ButtonKind, Choose, Field, nobody},
    context::{Language, use_texts},
};

#[derive(Properties, PartialEq)]
pub(super) struct NewGroupPageProps {
    /// Who can be in it from the start.
    pub(super) people: Vec<PersonView>,
    pub(super) busy: bool,
    pub(super) send: Callback<MainRequest>,
}

const KINDS: [(GroupKind, &str, &str, &str); 2] = [
    (GroupKind::Group, "group", "new-group-kind-group", "new-group-hint-group"),
    (GroupKind::Room, "room", "new-group-kind-room", "new-group-hint-room"),
];

#[component]
pub(super) fn NewGroupPage(props: &NewGroupPageProps) -> Html {
    let texts = use_texts();
    let name = use_state(String::new);
    let kind = use_state(|| GroupKind::Group);
    let chosen = use_state(|| Rc::new(Vec::<UserId>::new()));
    let contacts: Vec<_> = props.people.iter().filter(|person| person.is_contact()).cloned().collect();
    let can_create = !name.trim().is_empty() && !props.busy;
    let onsubmit = {
        let (name, kind, chosen, send) = (name.clone(), kind.clone(), chosen.clone(), props.send.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if can_create {
                let (name, members) = (name.trim().to_owned(), chosen.to_vec());
                send.emit(MainRequest::Group(GroupRequest::Create { kind: *kind, name, members }));
            }
        })
    };
    let on_type = {
        let name = name.clone();
        Callback::from(move |typed| name.set(typed))
    };
    let on_kind = {
        let kind = kind.clone();
        Callback::from(move |chosen| kind.set(chosen))
    };
    let on_change = {
        let chosen = chosen.clone();
        Callback::from(move |next| chosen.set(next))
    };
    html! {
        <form class="new-group" data-testid={testid::NEW_GROUP_PAGE} {onsubmit} novalidate=true>
            <header>
                <h1>{ texts.t("new-group-title") }</h1>
                <p class="quiet">{ texts.t("new-group-lead") }</p>
            </header>
            <Field
                id={testid::NEW_GROUP_NAME}
                label={texts.t("new-group-name")}
                value={(*name).clone()}
                placeholder={Some(AttrValue::from(texts.t("new-group-name-placeholder")))}
                autofocus=true
                max={64}
                {on_type}
            />
            <KindField kind={*kind} {on_kind} />
            <section class="new-group-people" aria-label={texts.t("new-group-people")}>
                <h2>{ texts.t("new-group-people") }</h2>
                <Choose
                    people={contacts}
                    chosen={(*chosen).clone()}
                    max={MAX_MEMBERS - 1}
                    none={nobody(texts.t("group-add-none"), texts.hint("group-add-none", &[]))}
                    {on_change}
                />
            </section>
            { buttons(&texts, props, can_create) }
        </form>
    }
}

fn buttons(texts: &Language, props: &NewGroupPageProps, can_create: bool) -> Html {
    html! {
        <footer class="dialog-buttons">
            <Button
                text={texts.t("new-group-cancel")}
                on_press={props.send.reform(|()| MainRequest::Select { chat: None })}
            />
            <Button
                kind={ButtonKind::Primary}
                text={texts.t(if props.busy { "new-group-busy" } else { "new-group-create" })}
                disabled={!can_create}
                testid={testid::NEW_GROUP_CREATE}
                submit=true
            />
        </footer>
    }
}

#[derive(Properties, PartialEq)]
struct KindFieldProps {
    kind: GroupKind,
    on_kind: Callback<GroupKind>,
}

/// A group or a room, and what that means.
#[component]
fn KindField(props: &KindFieldProps) -> Html {
    let texts = use_texts();
    let onchange = props.on_kind.reform(|event: Event| {
        let value = event.target_unchecked_into::<HtmlInputElement>().value();
        if value == "room" { GroupKind::Room } else { GroupKind::Group }
    });
    let hint = KINDS.iter().find(|(of, ..)| *of == props.kind).map(|(.., hint)| texts.t(hint));
    html! {
        <div class="field">
            <span class="segments" role="radiogroup" aria-label={texts.t("new-group-kind")}>
                for (of, value, text, _) in KINDS {
                    <label class="segment" key={value}>
                        <input type="radio" name="new-group-kind" {value} checked={of == props.kind} onchange={onchange.clone()} />
                        <span>{ texts.t(text) }</span>
                    </label>
                }
            </span>
            <p class="field-hint" role="status">{ hint }</p>
        </div>
    }
}
