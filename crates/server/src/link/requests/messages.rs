//! What a device asks of conversations.

use carillon_protocol::{Answer, OpId, Request};

use super::not_done_here;
use crate::{core::Core, store::Who};

pub(super) async fn answer(core: &Core, _who: &Who, _op: OpId, _request: Request) -> Answer {
    not_done_here(core)
}
