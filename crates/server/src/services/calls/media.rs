//! What a device asks of the forwarder of its call's media.

use carillon_call::record::may_connect;
use carillon_protocol::{CallId, Done, RECEIVING_SLOTS, Refusal, RefusalCode, WantedPicture};

use crate::{
    bus::NotConnected,
    change::{NotChanged, refuse, signed_out},
    ground::shared::Ground,
    store::{self, Who},
};

/// A device that is in a call whose media go through the server connects its own.
pub(crate) async fn connect(ground: &Ground, who: &Who, call: CallId, offer: String) -> Result<Done, NotChanged> {
    check(ground, who, call).await?;
    match ground.bus.media.connect(call, who.device, offer).await {
        Ok(sdp) => Ok(Done::MediaAnswer { sdp }),
        Err(error) => refuse(code(&error), &error.to_string()),
    }
}

/// A device that is in such a call wants these pictures, and no others.
pub(crate) async fn want(
    ground: &Ground,
    who: &Who,
    call: CallId,
    pictures: Vec<WantedPicture>,
) -> Result<Done, NotChanged> {
    if pictures.len() > MOST_PICTURES {
        return refuse(RefusalCode::TooLarge, "there are not so many slots for pictures");
    }
    check(ground, who, call).await?;
    ground.bus.media.want(call, who.device, pictures).await;
    Ok(Done::Done)
}

/// As many as there are slots for pictures that a device can ask for.
const MOST_PICTURES: usize = (RECEIVING_SLOTS[1].1 + RECEIVING_SLOTS[2].1) as usize;

/// The record's judgement, by the rows of this moment, and only for a device that is still signed in. What forwards has the last word: it knows what was committed since.
async fn check(ground: &Ground, who: &Who, call: CallId) -> Result<(), NotChanged> {
    let app = ground.config.app.clone();
    let device = who.clone();
    let found = ground.store.ask(async move |conn| {
        if !store::sign_ins::is_signed_in(conn, &device).await? {
            return Err(NotChanged::Refused(signed_out()));
        }
        Ok(store::calls::load(conn, &app, call).await?)
    });
    let rows = found.await?;
    may_connect(rows.as_ref(), &who.account.user, who.device).map_err(|refusal: Refusal| NotChanged::Refused(refusal))
}

/// What is over soon has the code of a failure: then the device offers again.
const fn code(error: &NotConnected) -> RefusalCode {
    match error {
        NotConnected::NoEngine => RefusalCode::NotAllowed,
        NotConnected::NotAdmitted | NotConnected::Failed => RefusalCode::Internal,
        NotConnected::Full => RefusalCode::TooLarge,
        NotConnected::BadOffer(_) => RefusalCode::Invalid,
    }
}
