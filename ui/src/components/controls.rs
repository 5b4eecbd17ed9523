//! Buttons, switches and what a list says when it is empty.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{Icon, IconView};

/// What a button is for, and so how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ButtonKind {
    /// One of several.
    #[default]
    Plain,
    /// The one thing to do here.
    Primary,
    /// Answers a call.
    Answer,
    /// Ends or declines something, quietly.
    Decline,
    /// Ends or takes away something.
    Danger,
    /// Only text.
    Link,
}

impl ButtonKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Plain => "button-plain",
            Self::Primary => "button-primary",
            Self::Answer => "button-answer",
            Self::Decline => "button-decline",
            Self::Danger => "button-danger",
            Self::Link => "button-link",
        }
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct ButtonProps {
    #[prop_or_default]
    pub(crate) kind: ButtonKind,
    #[prop_or_default]
    pub(crate) icon: Option<Icon>,
    pub(crate) text: AttrValue,
    /// What a screen reader says, where the text alone is not enough.
    #[prop_or_default]
    pub(crate) label: Option<AttrValue>,
    /// For a button that is on or off.
    #[prop_or_default]
    pub(crate) pressed: Option<bool>,
    /// The keys that do the same, shown on it.
    #[prop_or_default]
    pub(crate) key_hint: Option<AttrValue>,
    #[prop_or_default]
    pub(crate) testid: Option<AttrValue>,
    #[prop_or_default]
    pub(crate) disabled: bool,
    /// Whether it submits the form around it; such a button needs no `on_press`.
    #[prop_or_default]
    pub(crate) submit: bool,
    #[prop_or_default]
    pub(crate) class: Classes,
    #[prop_or_default]
    pub(crate) node: NodeRef,
    #[prop_or_default]
    pub(crate) on_press: Callback<()>,
    /// It has the focus.
    #[prop_or_default]
    pub(crate) on_focus: Callback<()>,
}

/// A button with a text.
#[component]
pub(crate) fn Button(props: &ButtonProps) -> Html {
    let onclick = props.on_press.reform(|_: MouseEvent| ());
    html! {
        <button
            ref={props.node.clone()}
            type={if props.submit { "submit" } else { "button" }}
            class={classes!("button", props.kind.class(), props.class.clone())}
            disabled={props.disabled}
            aria-label={props.label.clone()}
            aria-pressed={props.pressed.map(|pressed| pressed.to_string())}
            aria-keyshortcuts={props.key_hint.clone()}
            data-testid={props.testid.clone()}
            {onclick}
            onfocus={props.on_focus.reform(|_: FocusEvent| ())}
        >
            if let Some(icon) = props.icon {
                <IconView {icon} />
            }
            <span>{ &props.text }</span>
            if let Some(keys) = &props.key_hint {
                <kbd aria-hidden="true">{ keys }</kbd>
            }
        </button>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct IconButtonProps {
    pub(crate) icon: Icon,
    /// What it does; said by screen readers and shown as a tooltip.
    pub(crate) label: AttrValue,
    /// The key that does the same.
    #[prop_or_default]
    pub(crate) key_hint: Option<AttrValue>,
    /// For a button that is on or off.
    #[prop_or_default]
    pub(crate) pressed: Option<bool>,
    #[prop_or_default]
    pub(crate) testid: Option<AttrValue>,
    #[prop_or_default]
    pub(crate) class: Classes,
    pub(crate) on_press: Callback<()>,
}

/// A button with an icon only.
#[component]
pub(crate) fn IconButton(props: &IconButtonProps) -> Html {
    let onclick = props.on_press.reform(|_: MouseEvent| ());
    html! {
        <button
            type="button"
            class={classes!("icon-button", props.class.clone())}
            aria-label={props.label.clone()}
            aria-pressed={props.pressed.map(|pressed| pressed.to_string())}
            aria-keyshortcuts={props.key_hint.clone()}
            data-testid={props.testid.clone()}
            data-tip={props.label.clone()}
            data-tip-keys={props.key_hint.clone()}
            {onclick}
        >
            <IconView icon={props.icon} />
        </button>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct SwitchProps {
    pub(crate) text: AttrValue,
    #[prop_or_default]
    pub(crate) hint: Option<AttrValue>,
    pub(crate) on: bool,
    #[prop_or_default]
    pub(crate) testid: Option<AttrValue>,
    pub(crate) on_change: Callback<bool>,
}

/// A row that is on or off. It shows what the view says: a click only asks.
#[component]
pub(crate) fn Switch(props: &SwitchProps) -> Html {
    let on = props.on;
    let onchange = props.on_change.reform(move |event: Event| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            input.set_checked(on);
        }
        !on
    });
    html! {
        <label class="row row-switch">
            <span class="row-text">
                <span class="row-title">{ &props.text }</span>
                if let Some(hint) = &props.hint {
                    <span class="row-hint">{ hint }</span>
                }
            </span>
            <input type="checkbox" role="switch" class="switch" checked={on} data-testid={props.testid.clone()} {onchange} />
        </label>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct EmptyStateProps {
    #[prop_or_default]
    pub(crate) icon: Option<Icon>,
    pub(crate) title: Html,
    #[prop_or_default]
    pub(crate) hint: Option<Html>,
}

/// What a list says when there is nothing in it: what that means, and what to do next.
#[component]
pub(crate) fn EmptyState(props: &EmptyStateProps) -> Html {
    html! {
        <div class="empty">
            if let Some(icon) = props.icon {
                <span class="empty-icon"><IconView {icon} /></span>
            }
            <p class="empty-title">{ props.title.clone() }</p>
            if let Some(hint) = &props.hint {
                <p class="empty-hint">{ hint.clone() }</p>
            }
        </div>
    }
}
