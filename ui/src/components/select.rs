//! A choice of many. By keyboard as a native one: arrows, Home, End and letters, Enter or Space to choose, Escape to go on as before.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};
use yew::prelude::*;

use super::{Icon, IconView, menu::use_close_on_outside_press};
use crate::hooks::window_size;

/// So much room a list needs below its button, in pixels; with less it opens above.
const LIST_HEIGHT: f64 = 256.0;

#[derive(Properties, PartialEq)]
pub(crate) struct SelectProps {
    pub(crate) label: AttrValue,
    /// Value and text of every option.
    pub(crate) options: Vec<(AttrValue, AttrValue)>,
    pub(crate) chosen: AttrValue,
    #[prop_or_default]
    pub(crate) disabled: bool,
    #[prop_or_default]
    pub(crate) class: Classes,
    pub(crate) testid: AttrValue,
    pub(crate) on_choose: Callback<String>,
}

/// One of several. The focus stays on the button, which says which option the arrows have come to.
#[component]
pub(crate) fn Select(props: &SelectProps) -> Html {
    let list = use_list(props);
    let (open, active) = (*list.open, *list.active);
    let (list_id, option_id) = (format!("{}-list", props.testid), |index: usize| format!("{}-{index}", props.testid));
    let chosen = props.options.get(list.at).map(|(_, text)| text.clone()).unwrap_or_default();
    html! {
        <span class={classes!("select", props.class.clone())} ref={list.whole.clone()}>
            <button
                type="button"
                class="select-button"
                role="combobox"
                aria-haspopup="listbox"
                aria-expanded={open.to_string()}
                aria-controls={open.then(|| list_id.clone())}
                aria-activedescendant={open.then(|| option_id(active))}
                aria-label={props.label.clone()}
                disabled={props.disabled}
                data-testid={props.testid.clone()}
                data-value={props.chosen.clone()}
                onclick={list.on_click()}
                onkeydown={list.on_key(props)}
            >
                <bdi class="name" data-tip-cut="">{ chosen }</bdi>
                <IconView icon={Icon::ChevronDown} />
            </button>
            if open {
                <ul
                    id={list_id}
                    class={classes!("select-list", list.above.then_some("select-above"))}
                    role="listbox"
                    aria-label={props.label.clone()}
                >
                    { for (0..props.options.len()).map(|index| list.option(props, index, option_id(index))) }
                </ul>
            }
        </span>
    }
}

/// The list of a choice, open or not.
#[derive(Clone)]
struct List {
    whole: NodeRef,
    open: UseStateHandle<bool>,
    above: UseStateHandle<bool>,
    /// Where the arrows have come to.
    active: UseStateHandle<usize>,
    /// Which is chosen.
    at: usize,
}

#[hook]
fn use_list(props: &SelectProps) -> List {
    let list = List {
        whole: use_node_ref(),
        open: use_state_eq(|| false),
        above: use_state_eq(|| false),
        active: use_state_eq(|| 0),
        at: props.options.iter().position(|(value, _)| *value == props.chosen).unwrap_or(0),
    };
    use_close_on_outside_press(&list.open, &list.whole);
    use_effect_with((*list.active, *list.open), {
        let whole = list.whole.clone();
        move |&(_, is_open)| {
            if is_open {
                show_active(&whole);
            }
        }
    });
    list
}

impl List {
    fn unfold(&self) {
        self.above.set(has_little_room_below(&self.whole));
        self.active.set(self.at);
        self.open.set(true);
    }

    fn choose(&self, index: usize, options: &[(AttrValue, AttrValue)], on_choose: &Callback<String>) {
        self.open.set(false);
        if let Some((value, _)) = options.get(index).filter(|_| index != self.at) {
            on_choose.emit(value.to_string());
        }
    }

    fn on_click(&self) -> Callback<MouseEvent> {
        let list = self.clone();
        Callback::from(move |_| if *list.open { list.open.set(false) } else { list.unfold() })
    }

    fn on_key(&self, props: &SelectProps) -> Callback<KeyboardEvent> {
        let (list, options, on_choose) = (self.clone(), props.options.clone(), props.on_choose.clone());
        Callback::from(move |event: KeyboardEvent| {
            let key = event.key();
            let step = if *list.open { while_open(&key, *list.active, &options) } else { while_closed(&key) };
            match step {
                Step::None => return,
                Step::Unfold => list.unfold(),
                Step::To(index) => list.active.set(index),
                Step::Choose => list.choose(*list.active, &options, &on_choose),
                Step::Close => list.open.set(false),
                Step::Leave => return list.open.set(false),
            }
            event.prevent_default();
            event.stop_propagation();
        })
    }

    fn option(&self, props: &SelectProps, index: usize, id: String) -> Html {
        let (value, text) = &props.options[index];
        let is_chosen = index == self.at;
        let (list, options, on_choose) = (self.clone(), props.options.clone(), props.on_choose.clone());
        let onclick = Callback::from(move |_: MouseEvent| list.choose(index, &options, &on_choose));
        html! {
            <li
                key={value.as_str()}
                {id}
                class={classes!("select-option", (index == *self.active).then_some("is-active"))}
                role="option"
                aria-selected={is_chosen.to_string()}
                data-value={value.clone()}
                {onclick}
            >
                <span class="menu-check">
                    if is_chosen { <IconView icon={Icon::Check} /> }
                </span>
                <bdi class="name">{ text }</bdi>
            </li>
        }
    }
}

/// What a key does.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    None,
    Unfold,
    To(usize),
    Choose,
    Close,
    /// The key does something else as well.
    Leave,
}

fn while_closed(key: &str) -> Step {
    if ["ArrowDown", "ArrowUp", "Enter", " "].contains(&key) { Step::Unfold } else { Step::None }
}

fn while_open(key: &str, active: usize, options: &[(AttrValue, AttrValue)]) -> Step {
    let last = options.len().saturating_sub(1);
    match key {
        "ArrowDown" => Step::To((active + 1).min(last)),
        "ArrowUp" => Step::To(active.saturating_sub(1)),
        "Home" => Step::To(0),
        "End" => Step::To(last),
        "Enter" | " " => Step::Choose,
        "Escape" => Step::Close,
        "Tab" => Step::Leave,
        letter => starting_with(letter, active, options).map_or(Step::None, Step::To),
    }
}

/// The next option that begins with a letter, round from the one where the arrows are.
fn starting_with(letter: &str, active: usize, options: &[(AttrValue, AttrValue)]) -> Option<usize> {
    let is_letter = letter.chars().count() == 1;
    let letter = letter.to_lowercase();
    let begins = |index: &usize| options[*index].1.to_lowercase().starts_with(&letter);
    (1..=options.len()).map(|step| (active + step) % options.len()).find(begins).filter(|_| is_letter)
}

fn has_little_room_below(whole: &NodeRef) -> bool {
    whole.cast::<Element>().is_some_and(|element| {
        let place = element.get_bounding_client_rect();
        place.y() + place.height() + LIST_HEIGHT > window_size().1 && place.y() > LIST_HEIGHT
    })
}

fn show_active(whole: &NodeRef) {
    let active = whole.cast::<Element>().and_then(|whole| whole.query_selector(".is-active").ok().flatten());
    let Some(active) = active.and_then(|active| active.dyn_into::<HtmlElement>().ok()) else { return };
    let Some(list) = active.parent_element() else { return };
    let (top, bottom) = (active.offset_top(), active.offset_top() + active.offset_height());
    if top < list.scroll_top() {
        list.set_scroll_top(top);
    } else if bottom > list.scroll_top() + list.client_height() {
        list.set_scroll_top(bottom - list.client_height());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> Vec<(AttrValue, AttrValue)> {
        ["System", "Dark", "Light", "dim"].map(|text| (AttrValue::from(text), AttrValue::from(text))).to_vec()
    }

    #[test]
    fn arrows_stop_at_both_ends_and_letters_go_round() {
        let options = options();
        assert_eq!(while_open("ArrowDown", 3, &options), Step::To(3));
        assert_eq!(while_open("ArrowUp", 0, &options), Step::To(0));
        assert_eq!((while_open("End", 0, &options), while_open("Home", 3, &options)), (Step::To(3), Step::To(0)));
        assert_eq!((while_open("d", 0, &options), while_open("D", 1, &options)), (Step::To(1), Step::To(3)));
        assert_eq!(while_open("d", 3, &options), Step::To(1));
        assert_eq!((while_open("x", 0, &options), while_open("Shift", 0, &options)), (Step::None, Step::None));
        assert_eq!(while_open("a", 0, &[]), Step::None);
    }

    #[test]
    fn a_closed_list_opens_by_keys_and_lets_all_others_through() {
        assert_eq!(
            [while_closed("Enter"), while_closed(" "), while_closed("ArrowUp")],
            [Step::Unfold, Step::Unfold, Step::Unfold]
        );
        assert_eq!([while_closed("Escape"), while_closed("a")], [Step::None, Step::None]);
    }
}
