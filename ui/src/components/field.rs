//! A field with its label, and beside it what is wrong with what stands in it.

use carillon_ipc::Notice;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{Icon, IconView, NoticeView};
use crate::context::use_texts;

#[derive(Properties, PartialEq, Clone)]
pub(crate) struct FieldProps {
    /// Also its test id.
    pub(crate) id: AttrValue,
    pub(crate) label: AttrValue,
    pub(crate) value: AttrValue,
    #[prop_or_default]
    pub(crate) placeholder: Option<AttrValue>,
    #[prop_or_default]
    pub(crate) hint: Option<AttrValue>,
    #[prop_or(AttrValue::Static("off"))]
    pub(crate) autocomplete: AttrValue,
    #[prop_or_default]
    pub(crate) autofocus: bool,
    #[prop_or_default]
    pub(crate) secret: bool,
    /// The most characters.
    #[prop_or_default]
    pub(crate) max: Option<u32>,
    #[prop_or_default]
    pub(crate) problem: Option<Notice>,
    /// The test id of the problem.
    #[prop_or_default]
    pub(crate) problem_testid: Option<AttrValue>,
    #[prop_or_default]
    pub(crate) on_type: Callback<String>,
}

/// The component that shows the field keeps what is typed.
#[component]
pub(crate) fn Field(props: &FieldProps) -> Html {
    let shown = use_state(|| false);
    let node = use_node_ref();
    use_field_focus(&node, props.autofocus, props.problem.is_some());
    let oninput = props.on_type.reform(|event: InputEvent| event.target_unchecked_into::<HtmlInputElement>().value());
    let about = format!("{}-about", props.id);
    let has_about = props.problem.is_some() || props.hint.is_some();
    html! {
        <div class={classes!("field", props.problem.is_some().then_some("field-wrong"))}>
            <label for={props.id.clone()}>{ &props.label }</label>
            <span class="field-box">
                <input
                    ref={node}
                    id={props.id.clone()}
                    type={if props.secret && !*shown { "password" } else { "text" }}
                    placeholder={props.placeholder.clone()}
                    autocomplete={props.autocomplete.clone()}
                    autocapitalize="none"
                    spellcheck="false"
                    maxlength={props.max.map(|max| max.to_string())}
                    value={props.value.clone()}
                    aria-invalid={props.problem.is_some().then_some("true")}
                    aria-describedby={has_about.then(|| about.clone())}
                    data-testid={props.id.clone()}
                    {oninput}
                />
                if props.secret {
                    <ShowButton {shown} />
                }
            </span>
            <div id={about} role="status">
                if let Some(notice) = &props.problem {
                    <Problem notice={notice.clone()} testid={props.problem_testid.clone()} />
                } else if let Some(hint) = &props.hint {
                    <p class="field-hint">{ hint }</p>
                }
            </div>
        </div>
    }
}

/// A field takes the focus when it appears, if it should, and when something is wrong with it.
#[hook]
fn use_field_focus(node: &NodeRef, autofocus: bool, is_wrong: bool) {
    use_effect_with(autofocus, {
        let node = node.clone();
        // Only at first: a field that is being filled must not lose the focus.
        move |_| {
            if autofocus && !is_typed_elsewhere() {
                crate::hooks::focus(&node);
            }
        }
    });
    use_effect_with(is_wrong, {
        let node = node.clone();
        move |&is_wrong| {
            if is_wrong {
                crate::hooks::focus(&node);
            }
        }
    });
}

#[derive(Properties, PartialEq)]
struct ShowButtonProps {
    shown: UseStateHandle<bool>,
}

/// Shows or hides what is typed into a password field.
#[component]
fn ShowButton(props: &ShowButtonProps) -> Html {
    let texts = use_texts();
    let shown = *props.shown;
    let state = props.shown.clone();
    html! {
        <button
            type="button"
            class="field-eye"
            aria-label={texts.t(if shown { "sign-in-hide-password" } else { "sign-in-show-password" })}
            onclick={Callback::from(move |_: MouseEvent| state.set(!shown))}
        >
            <IconView icon={if shown { Icon::EyeOff } else { Icon::Eye }} />
        </button>
    }
}

/// The button that brought a field gives its focus up to it.
fn is_typed_elsewhere() -> bool {
    let active = web_sys::window().and_then(|window| window.document()).and_then(|document| document.active_element());
    active.is_some_and(|element| ["INPUT", "TEXTAREA"].contains(&element.tag_name().as_str()))
}

#[derive(Properties, PartialEq)]
pub(crate) struct ProblemProps {
    pub(crate) notice: Notice,
    #[prop_or_default]
    pub(crate) testid: Option<AttrValue>,
}

/// One problem, in full: there is room here.
#[component]
pub(crate) fn Problem(props: &ProblemProps) -> Html {
    html! {
        <div class="problem" data-testid={props.testid.clone()}>
            <NoticeView notice={props.notice.clone()} />
        </div>
    }
}
