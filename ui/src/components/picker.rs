//! Choosing people: a list to tick, and the dialog around it.

use std::rc::Rc;

use carillon_ipc::{Arg, PersonView, testid};
use carillon_protocol::UserId;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{Button, ButtonKind, Dialog, EmptyState, Icon, IconView, PersonLine};
use crate::context::use_texts;

/// From so many people on, a list can be searched.
const SEARCH_FROM: usize = 8;

#[derive(Properties, PartialEq)]
pub(crate) struct ChooseProps {
    pub(crate) people: Vec<PersonView>,
    pub(crate) chosen: Rc<Vec<UserId>>,
    /// At most so many.
    pub(crate) max: usize,
    /// What is said if there are no people.
    pub(crate) none: Html,
    pub(crate) on_change: Callback<Rc<Vec<UserId>>>,
}

/// People to tick; those who are ticked keep their order.
#[component]
pub(crate) fn Choose(props: &ChooseProps) -> Html {
    let texts = use_texts();
    let query = use_state(String::new);
    let wanted = query.trim().to_lowercase();
    let matches = |person: &&PersonView| {
        person.name.to_lowercase().contains(&wanted) || person.user.as_str().contains(wanted.as_str())
    };
    let shown: Vec<_> = props.people.iter().filter(matches).collect();
    let full = props.chosen.len() >= props.max;
    let oninput = {
        let query = query.clone();
        Callback::from(move |event: InputEvent| {
            query.set(event.target_unchecked_into::<HtmlInputElement>().value());
        })
    };
    if props.people.is_empty() {
        return props.none.clone();
    }
    html! {
        <div class="choose">
            if props.people.len() >= SEARCH_FROM {
                <div class="search choose-search">
                    <IconView icon={Icon::Search} />
                    <input
                        type="text"
                        class="search-field"
                        placeholder={texts.t("picker-search")}
                        aria-label={texts.t("picker-search")}
                        autocomplete="off"
                        spellcheck="false"
                        value={(*query).clone()}
                        {oninput}
                    />
                </div>
            }
            if shown.is_empty() {
                <p class="list-note">{ texts.with("picker-none", &[("query", Arg::Text(query.as_str()))]) }</p>
            }
            <ul class="choose-list">
                for person in shown {
                    <ChooseRow
                        key={person.user.as_str()}
                        person={person.clone()}
                        chosen={props.chosen.contains(&person.user)}
                        {full}
                        on_toggle={toggle(props, &person.user)}
                    />
                }
            </ul>
            if full {
                <p class="list-note" role="status">
                    { texts.with("picker-limit", &[("count", Arg::Number(props.max as u64))]) }
                </p>
            }
        </div>
    }
}

fn toggle(props: &ChooseProps, user: &UserId) -> Callback<()> {
    let (chosen, user, on_change) = (Rc::clone(&props.chosen), user.clone(), props.on_change.clone());
    Callback::from(move |()| {
        let mut next: Vec<UserId> = chosen.iter().filter(|other| **other != user).cloned().collect();
        if next.len() == chosen.len() {
            next.push(user.clone());
        }
        on_change.emit(Rc::new(next));
    })
}

#[derive(Properties, PartialEq)]
struct ChooseRowProps {
    person: PersonView,
    chosen: bool,
    full: bool,
    on_toggle: Callback<()>,
}

#[component]
fn ChooseRow(props: &ChooseRowProps) -> Html {
    let person = &props.person;
    html! {
        <li>
            <label class="list-row choose-row">
                <input
                    type="checkbox"
                    class="checkbox"
                    checked={props.chosen}
                    disabled={props.full && !props.chosen}
                    data-testid={testid::choose(&person.user)}
                    onchange={props.on_toggle.reform(|_: Event| ())}
                />
                <PersonLine person={person.clone()} />
            </label>
        </li>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct PickerProps {
    pub(crate) title: AttrValue,
    pub(crate) people: Vec<PersonView>,
    /// Who is ticked at first.
    #[prop_or_default]
    pub(crate) chosen: Vec<UserId>,
    pub(crate) max: usize,
    /// The key of the text of the button, which counts.
    pub(crate) done: &'static str,
    #[prop_or_default]
    pub(crate) icon: Option<Icon>,
    pub(crate) none: Html,
    pub(crate) on_done: Callback<Vec<UserId>>,
    pub(crate) on_cancel: Callback<()>,
}

/// A dialog that chooses people. Escape goes on without.
#[component]
pub(crate) fn Picker(props: &PickerProps) -> Html {
    let texts = use_texts();
    let chosen = use_state(|| Rc::new(props.chosen.clone()));
    let done = {
        let (chosen, on_done) = (chosen.clone(), props.on_done.clone());
        Callback::from(move |()| on_done.emit(chosen.to_vec()))
    };
    let on_change = {
        let chosen = chosen.clone();
        Callback::from(move |next| chosen.set(next))
    };
    let count = Arg::Number(chosen.len() as u64);
    html! {
        <Dialog title={props.title.clone()} testid={testid::PICKER} on_cancel={props.on_cancel.clone()}>
            <Choose
                people={props.people.clone()}
                chosen={(*chosen).clone()}
                max={props.max}
                none={props.none.clone()}
                {on_change}
            />
            <footer class="dialog-buttons">
                <Button text={texts.t("picker-cancel")} testid={testid::PICKER_CANCEL} on_press={props.on_cancel.clone()} />
                <Button
                    kind={ButtonKind::Primary}
                    icon={props.icon}
                    text={texts.with(props.done, &[("count", count)])}
                    disabled={chosen.is_empty()}
                    testid={testid::PICKER_DONE}
                    on_press={done}
                />
            </footer>
        </Dialog>
    }
}

/// What a list says if there are no people in it.
pub(crate) fn nobody(title: String, hint: Option<String>) -> Html {
    html! { <EmptyState title={html! { { title } }} hint={hint.map(|hint| html! { { hint } })} /> }
}
