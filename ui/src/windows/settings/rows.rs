//! What sections are made of.

use carillon_ipc::DeviceChoice;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::search::{SECTIONS, use_is_found};
use crate::{components::Select, context::use_texts};

#[derive(Properties, PartialEq)]
pub(super) struct SectionProps {
    /// Its id in the page, as the side bar has it.
    pub(super) id: &'static str,
    pub(super) children: Html,
}

/// One that the search does not find is hidden and stays there: what was typed in it is not lost.
#[component]
pub(super) fn Section(props: &SectionProps) -> Html {
    let (texts, is_found) = (use_texts(), use_is_found(props.id));
    let title = SECTIONS
        .iter()
        .find(|section| section.id == props.id)
        .map(|section| texts.t(section.title))
        .unwrap_or_default();
    html! {
        <section class="section" id={props.id} aria-label={title.clone()} hidden={!is_found}>
            <h2 class="section-title">{ title }</h2>
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
