//! A live picture, and the painter that all of a window share.

use std::rc::Rc;

use carillon_ipc::{FeedAddress, Stream};
use web_sys::Element;
use yew::prelude::*;

use crate::bridge::{Fit, Painter};

/// The window's painter; `None` while there is nothing to draw.
#[derive(Clone, Default)]
pub(crate) struct Painting(Option<Rc<Painter>>);

impl PartialEq for Painting {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => Rc::ptr_eq(one, other),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }
}

/// A painter for as long as the app says where pictures come from: without, there is no socket and no worker.
#[hook]
pub(crate) fn use_painting(feed: Option<FeedAddress>) -> Painting {
    let painting = use_state_eq(Painting::default);
    let setter = painting.setter();
    use_effect_with(feed, move |feed| {
        setter.set(Painting(feed.as_ref().and_then(Painter::open).map(Rc::new)));
        move || setter.set(Painting::default())
    });
    (*painting).clone()
}

#[derive(Properties, PartialEq)]
pub(crate) struct LiveProps {
    pub(crate) stream: Stream,
    /// The canvas's.
    pub(crate) testid: AttrValue,
    #[prop_or_default]
    pub(crate) mirrored: bool,
}

/// Fills what it stands in. `data-showing` is `true` while there is a picture on it.
#[component]
pub(crate) fn Live(props: &LiveProps) -> Html {
    let LiveProps { stream, mirrored, .. } = *props;
    let painting = use_context::<Painting>().unwrap_or_default();
    let place = use_node_ref();
    let attached = use_mut_ref(|| None);
    let how = (fit_of(stream), mirrored);
    use_effect_with((painting.clone(), stream, props.testid.clone()), {
        let (place, attached) = (place.clone(), attached.clone());
        move |(painting, stream, testid)| {
            let painter = painting.0.clone().zip(place.cast::<Element>());
            let painter = painter.map(|(painter, element)| {
                *attached.borrow_mut() = Some(painter.attach(&element, *stream, how, testid));
                painter
            });
            move || {
                if let Some((painter, id)) = painter.zip(attached.borrow_mut().take()) {
                    painter.detach(id);
                }
            }
        }
    });
    use_effect_with((painting, how), move |(painting, how)| {
        if let Some((painter, id)) = painting.0.as_ref().zip(*attached.borrow()) {
            painter.change(id, *how);
        }
    });
    html! { <span class="live" ref={place} aria-hidden="true" data-stream={stream.number().to_string()} /> }
}

/// Faces may lose their edges; a screen may not.
const fn fit_of(stream: Stream) -> Fit {
    if stream.is_screen() { Fit::Contain } else { Fit::Cover }
}
