//! A stand-in for the shell: gives one view and takes every request. For the gallery.

use std::rc::Rc;

use carillon_ipc::Notice;
use wasm_bindgen::JsValue;

use super::{Bridge, Outcome, Subscription};

/// Answers each subscription with the one message that is written for it.
pub(crate) struct Scripted {
    messages: Vec<(&'static str, JsValue)>,
}

impl Scripted {
    /// Messages by the command that subscribes to them.
    pub(crate) fn new(messages: Vec<(&'static str, JsValue)>) -> Rc<Self> {
        Rc::new(Self { messages })
    }
}

impl Bridge for Scripted {
    fn request(&self, _: &'static str, _: JsValue) -> Outcome {
        Box::pin(std::future::ready(Ok(())))
    }

    fn subscribe(
        &self,
        command: &'static str,
        _: &'static str,
        mut on_message: Box<dyn FnMut(JsValue)>,
        _: Box<dyn FnOnce(Notice)>,
    ) -> Subscription {
        if let Some((_, message)) = self.messages.iter().find(|(name, _)| *name == command) {
            on_message(message.clone());
        }
        Box::new(())
    }
}
