//! What sections are made of.

use carillon_ipc::DeviceChoice;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::{components::Icon, components::IconView, context::use_texts};

#[derive(Properties, PartialEq)]
pub(super) struct SectionProps {
    pub(super) title: AttrValue,
    pub(super) children: Html,
}

#[component]
pub(super) fn Section(props: &SectionProps) -> Html {
    html! {
        <section class="section" aria-label={props.title.clone()}>
            <h2 class="section-title">{ &props.title }</h2>
            <div class="card">{ props.children.clone() }</div>
        </section>
    }
}

/// A fact.
pub(super) fn fact(title: String, value: Html) -> Html {
    html! {
        <div class="row">
            <span class="row-title">{ title }</span>
            <span class="row-value">{ value }</span>
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct SelectProps {
    pub(super) label: AttrValue,
    /// Value and text of every option.
    pub(super) options: Vec<(AttrValue, AttrValue)>,
    pub(super) chosen: AttrValue,
    #[prop_or_default]
    pub(super) disabled: bool,
    pub(super) testid: AttrValue,
    pub(super) on_choose: Callback<String>,
}

/// One of several.
#[component]
pub(super) fn Select(props: &SelectProps) -> Html {
    let onchange = props.on_choose.reform(|event: Event| event.target_unchecked_into::<HtmlSelectElement>().value());
    html! {
        <span class="select">
            <select aria-label={props.label.clone()} disabled={props.disabled} data-testid={props.testid.clone()} {onchange}>
                for (value, text) in props.options.iter() {
                    <option key={value.as_str()} value={value.clone()} selected={*value == props.chosen}>{ text }</option>
                }
            </select>
            <IconView icon={Icon::ChevronDown} />
        </span>
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct DeviceRowProps {
    pub(super) label: AttrValue,
    pub(super) choice: DeviceChoice,
    pub(super) testid: AttrValue,
    pub(super) on_choose: Callback<Option<String>>,
    /// Beside the choice: a button that tries it.
    pub(super) children: Html,
}

/// Chooses a device.
#[component]
pub(super) fn DeviceRow(props: &DeviceRowProps) -> Html {
    let texts = use_texts();
    let none = props.choice.devices.is_empty();
    let first = if none { "device-none" } else { "device-default" };
    // The default has no id; no device's id is empty.
    let mut options = vec![(AttrValue::from(""), AttrValue::from(texts.t(first)))];
    options.extend(props.choice.devices.iter().map(|device| (device.id.clone().into(), device.name.clone().into())));
    let on_choose = props.on_choose.reform(|id: String| Some(id).filter(|id| !id.is_empty()));
    html! {
        <div class="row row-device">
            <span class="row-title">{ &props.label }</span>
            <span class="row-controls">
                <Select
                    label={props.label.clone()}
                    {options}
                    chosen={props.choice.chosen.clone().unwrap_or_default()}
                    disabled={none}
                    testid={props.testid.clone()}
                    {on_choose}
                />
                { props.children.clone() }
            </span>
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct SegmentsProps {
    pub(super) label: AttrValue,
    /// Value and text of each.
    pub(super) options: Vec<(AttrValue, AttrValue)>,
    pub(super) chosen: AttrValue,
    pub(super) testid: AttrValue,
    pub(super) on_choose: Callback<String>,
}

/// One of few, all in sight.
#[component]
pub(super) fn Segments(props: &SegmentsProps) -> Html {
    let onchange = props.on_choose.reform(|event: Event| event.target_unchecked_into::<HtmlInputElement>().value());
    html! {
        <div class="row">
            <span class="row-title">{ &props.label }</span>
            <span class="segments" role="radiogroup" aria-label={props.label.clone()} data-testid={props.testid.clone()}>
                for (value, text) in props.options.iter() {
                    <label class="segment" key={value.as_str()}>
                        <input
                            type="radio"
                            name={props.testid.clone()}
                            value={value.clone()}
                            checked={*value == props.chosen}
                            data-testid={format!("{}-{value}", props.testid)}
                            onchange={onchange.clone()}
                        />
                        <span>{ text }</span>
                    </label>
                }
            </span>
        </div>
    }
}
