//! A stream of ScreenCaptureKit: frames of a screen, or what programs play.
#![allow(unsafe_code, reason = "what Objective-C declares is called here, and each call says why it may be")]

use std::sync::{Arc, Mutex, PoisonError, mpsc};

use block2::RcBlock;
use dispatch2::{DispatchQueue, DispatchQueueAttr, DispatchRetained};
use objc2::rc::Retained;
use objc2::runtime::ProtocolObject;
use objc2::{AnyThread as _, DefinedClass as _, define_class, msg_send};
use objc2_core_media::CMSampleBuffer;
use objc2_foundation::{NSError, NSObject, NSObjectProtocol};
use objc2_screen_capture_kit::{
    SCContentFilter, SCStream, SCStreamConfiguration, SCStreamDelegate, SCStreamErrorCode, SCStreamOutput,
    SCStreamOutputType,
};

use super::content::PATIENCE;
use crate::error::MediaError;
use crate::threads;

/// Goes on until it is dropped, or until the system ends it.
pub(crate) struct Stream {
    stream: Retained<SCStream>,
    ended: Ended,
    _receiver: Retained<Receiver>,
    _queue: DispatchRetained<DispatchQueue>,
}

/// Why the system has ended it.
#[derive(Clone, Default)]
struct Ended(Arc<Mutex<Option<MediaError>>>);

impl Ended {
    fn tell(&self, error: MediaError) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.get_or_insert(error);
    }
}

impl Stream {
    /// Begins, and waits until it has begun. `take` gets each sample on a thread of the system's.
    pub(crate) fn begin(
        filter: &SCContentFilter,
        configuration: &SCStreamConfiguration,
        kind: SCStreamOutputType,
        take: impl Fn(&CMSampleBuffer) + Send + 'static,
    ) -> Result<Self, MediaError> {
        let ended = Ended::default();
        let receiver = Receiver::new(Hooks { take: Box::new(take), ended: ended.clone() });
        let queue = DispatchQueue::new("carillon.screen", DispatchQueueAttr::SERIAL);
        // SAFETY: all of them live as long as the stream, which is made anew.
        let stream = unsafe {
            let delegate = ProtocolObject::from_ref(&*receiver);
            let stream = SCStream::initWithFilter_configuration_delegate(
                SCStream::alloc(),
                filter,
                configuration,
                Some(delegate),
            );
            let output = ProtocolObject::from_ref(&*receiver);
            stream
                .addStreamOutput_type_sampleHandlerQueue_error(output, kind, Some(&queue))
                .map_err(|error| explain(Some(&error)))?;
            stream
        };
        let begun = Self { stream, ended, _receiver: receiver, _queue: queue };
        begun.start()?;
        Ok(begun)
    }

    fn start(&self) -> Result<(), MediaError> {
        let (told_tx, told) = mpsc::channel();
        let answered = RcBlock::new(move |error: *mut NSError| {
            // SAFETY: it is an object or null.
            let error = unsafe { error.as_ref() };
            // Nobody waits any more if it took too long.
            let _ = told_tx.send(error.map_or(Ok(()), |error| Err(explain(Some(error)))));
        });
        // SAFETY: the block takes what the system says that it gives, and is kept by the system until it was called.
        unsafe { self.stream.startCaptureWithCompletionHandler(Some(&answered)) };
        told.recv_timeout(PATIENCE).unwrap_or(Err(MediaError::NoScreen))
    }

    /// Why it has ended, if it has.
    pub(crate) fn ended(&self) -> Option<MediaError> {
        self.ended.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // SAFETY: it is stopped once. One that has ended by itself says so, to nobody.
        unsafe { self.stream.stopCaptureWithCompletionHandler(None) };
    }
}

struct Hooks {
    take: Box<dyn Fn(&CMSampleBuffer) + Send>,
    ended: Ended,
}

define_class!(
    // SAFETY: `NSObject` may be subclassed as it is, and `Receiver` has no `Drop` of its own.
    #[unsafe(super(NSObject))]
    #[ivars = Hooks]
    struct Receiver;

    unsafe impl NSObjectProtocol for Receiver {}

    unsafe impl SCStreamOutput for Receiver {
        #[unsafe(method(stream:didOutputSampleBuffer:ofType:))]
        fn came(&self, _: &SCStream, sample: &CMSampleBuffer, _: SCStreamOutputType) {
            let Hooks { take, ended } = self.ivars();
            // A panic must not leave Rust.
            if let Err(error) = threads::guarded("screen frames", || take(sample)) {
                ended.tell(error);
            }
        }
    }

    unsafe impl SCStreamDelegate for Receiver {
        #[unsafe(method(stream:didStopWithError:))]
        fn stopped(&self, _: &SCStream, error: &NSError) {
            self.ivars().ended.tell(explain(Some(error)));
        }
    }
);

impl Receiver {
    fn new(hooks: Hooks) -> Retained<Self> {
        let made = Self::alloc().set_ivars(hooks);
        // SAFETY: it is `NSObject`'s own, which takes nothing.
        unsafe { msg_send![super(made), init] }
    }
}

/// What ScreenCaptureKit says, in terms a user can act on.
pub(crate) fn explain(error: Option<&NSError>) -> MediaError {
    let Some(error) = error else { return MediaError::NoScreen };
    let code = SCStreamErrorCode(error.code());
    if code == SCStreamErrorCode::UserDeclined {
        return MediaError::PermissionDenied;
    }
    // By the system's own button, because the window was closed, or because the display is gone.
    let is_gone =
        [SCStreamErrorCode::UserStopped, SCStreamErrorCode::NoCaptureSource, SCStreamErrorCode::SystemStoppedStream];
    if is_gone.contains(&code) {
        return MediaError::Gone(String::new());
    }
    MediaError::Other(error.localizedDescription().to_string())
}
