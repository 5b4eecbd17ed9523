//! A bar that follows a level.

use yew::prelude::*;

use crate::hooks::use_css_variable;

#[derive(Properties, PartialEq)]
pub(crate) struct MeterProps {
    /// 0 to 1; `None`: nothing is measured.
    pub(crate) level: Option<f32>,
    pub(crate) label: AttrValue,
    #[prop_or_default]
    pub(crate) testid: Option<AttrValue>,
}

/// Shows a level. Screen readers hear it only when they ask: it changes twenty times a second.
#[component]
pub(crate) fn Meter(props: &MeterProps) -> Html {
    let bar = use_node_ref();
    let level = props.level.unwrap_or_default().clamp(0.0, 1.0);
    use_css_variable(bar.clone(), "--level", level);
    let percent = (level * 100.0).round().to_string();
    html! {
        <span
            class={classes!("meter", props.level.is_none().then_some("meter-off"))}
            role="meter"
            aria-label={props.label.clone()}
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow={percent}
            data-testid={props.testid.clone()}
        >
            <span class="meter-bar" ref={bar} />
        </span>
    }
}
