//! A slider from nothing to a limit.

use web_sys::HtmlInputElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct SliderProps {
    /// What a screen reader says.
    pub(crate) label: AttrValue,
    pub(crate) value: u8,
    pub(crate) max: u8,
    pub(crate) step: u8,
    #[prop_or_default]
    pub(crate) testid: Option<AttrValue>,
    pub(crate) on_change: Callback<u8>,
}

/// In percent. It tells where it was let go, or what each key has made of it.
#[component]
pub(crate) fn Slider(props: &SliderProps) -> Html {
    let SliderProps { label, value, max, step, testid, on_change } = props;
    let onchange = on_change.reform({
        let before = *value;
        move |event: Event| event.target_unchecked_into::<HtmlInputElement>().value().parse().unwrap_or(before)
    });
    html! {
        <input
            type="range"
            class="slider"
            min="0"
            max={max.to_string()}
            step={step.to_string()}
            value={value.to_string()}
            aria-label={label.clone()}
            aria-valuetext={format!("{value} %")}
            data-testid={testid.clone()}
            {onchange}
        />
    }
}
