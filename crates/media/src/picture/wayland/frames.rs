//! Frames of a PipeWire stream, the latest in the place of those before it.

use std::cell::RefCell;
use std::io::Cursor;
use std::rc::Rc;

use pipewire::context::ContextRc;
use pipewire::core::CoreRc;
use pipewire::loop_::Timeout;
use pipewire::main_loop::MainLoopRc;
use pipewire::properties::properties;
use pipewire::spa::buffer::Data;
use pipewire::spa::param::format::{FormatProperties, MediaSubtype, MediaType};
use pipewire::spa::param::video::{VideoFormat, VideoInfoRaw};
use pipewire::spa::param::{ParamType, format_utils};
use pipewire::spa::pod::serialize::PodSerializer;
use pipewire::spa::pod::{self, Pod, Value};
use pipewire::spa::utils::{Direction, Fraction, Rectangle, SpaTypes};
use pipewire::stream::{Stream, StreamFlags, StreamListener, StreamRc, StreamState};

use super::portal::Remote;
use crate::error::MediaError;
use crate::picture::fit::Order;

/// Bytes of a pixel.
const PIXEL: usize = 4;
/// More than any screen has each way.
const MOST_SIDE: u32 = 16_384;

/// Pixels, row by row without gaps.
pub(super) struct Frame {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) order: Order,
    pub(super) bytes: Vec<u8>,
}

/// What has become of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    GoesOn,
    Ended,
}

#[derive(Default)]
struct State {
    format: VideoInfoRaw,
    latest: Option<Frame>,
    /// Room for the next.
    spare: Vec<u8>,
    has_ended: bool,
}

/// A stream, until it is dropped.
pub(super) struct Frames {
    state: Rc<RefCell<State>>,
    _listener: StreamListener<()>,
    _stream: StreamRc,
    _core: CoreRc,
    _context: ContextRc,
    main_loop: MainLoopRc,
}

impl Frames {
    pub(super) fn begin(remote: Remote) -> Result<Self, MediaError> {
        Self::set_up(remote).map_err(|error| MediaError::Other(format!("PipeWire: {error}")))
    }

    fn set_up(remote: Remote) -> Result<Self, pipewire::Error> {
        pipewire::init();
        let main_loop = MainLoopRc::new(None)?;
        let context = ContextRc::new(&main_loop, None)?;
        let core = context.connect_fd_rc(remote.socket, None)?;
        let about = properties! {
            *pipewire::keys::MEDIA_TYPE => "Video",
            *pipewire::keys::MEDIA_CATEGORY => "Capture",
            *pipewire::keys::MEDIA_ROLE => "Screen",
        };
        let stream = StreamRc::new(core.clone(), "Carillon", about)?;
        let state = Rc::new(RefCell::new(State::default()));
        let (changed, told, filled) = (Rc::clone(&state), Rc::clone(&state), Rc::clone(&state));
        let listener = stream
            .add_local_listener_with_user_data(())
            .state_changed(move |_, (), _, new| changed.borrow_mut().changed(&new))
            .param_changed(move |_, (), id, param| told.borrow_mut().told(id, param))
            .process(move |stream, ()| filled.borrow_mut().filled(stream))
            .register()?;
        let wanted = wanted().ok_or(pipewire::Error::CreationFailed)?;
        let mut params = [Pod::from_bytes(&wanted).ok_or(pipewire::Error::CreationFailed)?];
        let flags = StreamFlags::AUTOCONNECT | StreamFlags::MAP_BUFFERS;
        stream.connect(Direction::Input, Some(remote.node), flags, &mut params)?;
        Ok(Self { state, _listener: listener, _stream: stream, _core: core, _context: context, main_loop })
    }

    /// Takes in what has come. Does not wait.
    pub(super) fn hear(&self) -> Heard {
        while self.main_loop.loop_().iterate(Timeout::None) > 0 {}
        if self.state.borrow().has_ended { Heard::Ended } else { Heard::GoesOn }
    }

    /// The latest frame, once.
    pub(super) fn take(&self) -> Option<Frame> {
        self.state.borrow_mut().latest.take()
    }

    /// Its room can be used again.
    pub(super) fn give_back(&self, frame: Frame) {
        self.state.borrow_mut().spare = frame.bytes;
    }
}

impl State {
    fn changed(&mut self, new: &StreamState) {
        match new {
            StreamState::Error(why) => {
                tracing::warn!(why, "the screen's stream failed");
                self.has_ended = true;
            }
            StreamState::Unconnected => self.has_ended = true,
            StreamState::Connecting | StreamState::Paused | StreamState::Streaming => {}
        }
    }

    fn told(&mut self, id: u32, param: Option<&Pod>) {
        let Some(param) = param.filter(|_| id == ParamType::Format.as_raw()) else { return };
        let kind = format_utils::parse_format(param);
        if kind.is_ok_and(|kind| kind == (MediaType::Video, MediaSubtype::Raw)) && self.format.parse(param).is_err() {
            tracing::warn!("the screen's stream has a format that cannot be read");
        }
    }

    /// Of several frames the last one counts.
    fn filled(&mut self, stream: &Stream) {
        while let Some(mut buffer) = stream.dequeue_buffer() {
            let (bytes, format) = (std::mem::take(&mut self.spare), self.format);
            // There are buffers without a picture, as compositors send when only the pointer has moved.
            if let Some(Some(frame)) = buffer.datas_mut().first_mut().map(|data| copied(data, &format, bytes))
                && let Some(old) = self.latest.replace(frame)
            {
                self.spare = old.bytes;
            }
        }
    }
}

/// What the buffer says of itself is not believed beyond its memory.
fn copied(data: &mut Data, format: &VideoInfoRaw, mut bytes: Vec<u8>) -> Option<Frame> {
    let order = order(format.format())?;
    let (width, height) = (format.size().width as usize, format.size().height as usize);
    let (offset, size) = (data.chunk().offset() as usize, data.chunk().size() as usize);
    let stride = usize::try_from(data.chunk().stride()).ok()?.max(width * PIXEL);
    let memory = data.data().filter(|_| size > 0 && width > 0)?;
    let rows = memory.get(offset..)?;
    if height == 0 || rows.len() < stride * (height - 1) + width * PIXEL {
        return None;
    }
    bytes.clear();
    bytes.reserve(width * height * PIXEL);
    rows.chunks(stride).take(height).for_each(|row| bytes.extend_from_slice(&row[..width * PIXEL]));
    Some(Frame { width, height, order, bytes })
}

fn order(format: VideoFormat) -> Option<Order> {
    let is = |one, other| format == one || format == other;
    if is(VideoFormat::BGRx, VideoFormat::BGRA) {
        Some(Order::Bgrx)
    } else {
        is(VideoFormat::RGBx, VideoFormat::RGBA).then_some(Order::Rgbx)
    }
}

/// The formats that can be taken, in memory that is shared: no modifier is named, so that there is no DMA-BUF among them.
fn wanted() -> Option<Vec<u8>> {
    let most = Rectangle { width: MOST_SIDE, height: MOST_SIDE };
    let object = pod::object!(
        SpaTypes::ObjectParamFormat,
        ParamType::EnumFormat,
        pod::property!(FormatProperties::MediaType, Id, MediaType::Video),
        pod::property!(FormatProperties::MediaSubtype, Id, MediaSubtype::Raw),
        pod::property!(
            FormatProperties::VideoFormat,
            Choice,
            Enum,
            Id,
            VideoFormat::BGRx,
            VideoFormat::BGRx,
            VideoFormat::BGRA,
            VideoFormat::RGBx,
            VideoFormat::RGBA
        ),
        pod::property!(
            FormatProperties::VideoSize,
            Choice,
            Range,
            Rectangle,
            Rectangle { width: 1280, height: 720 },
            Rectangle { width: 1, height: 1 },
            most
        ),
        pod::property!(
            FormatProperties::VideoFramerate,
            Choice,
            Range,
            Fraction,
            Fraction { num: crate::picture::source::SCREEN_RATE, denom: 1 },
            Fraction { num: 0, denom: 1 },
            Fraction { num: 240, denom: 1 }
        ),
    );
    let written = PodSerializer::serialize(Cursor::new(Vec::new()), &Value::Object(object)).ok()?;
    Some(written.0.into_inner())
}
