//! The icons: our own drawings on a 20 px grid, stroked with 1.75 px in the colour of the text around them.

use yew::prelude::*;

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Icon {
    ArrowDown,
    ArrowIn,
    ArrowMissed,
    ArrowOut,
    Attach,
    Bell,
    BellOff,
    Block,
    Camera,
    CameraOff,
    Chart,
    Check,
    Checks,
    ChevronDown,
    ChevronLeft,
    ChevronRight,
    Close,
    Copy,
    Eye,
    EyeOff,
    FullScreen,
    Grid,
    Hand,
    HangUp,
    Hash,
    Laptop,
    Microphone,
    MicrophoneOff,
    Mini,
    More,
    Offline,
    Pencil,
    People,
    Person,
    PersonAdd,
    Phone,
    Picture,
    Pin,
    Play,
    Plus,
    Power,
    Reply,
    Screen,
    ScreenOff,
    Search,
    Send,
    Settings,
    Shield,
    Shrink,
    SignalFair,
    SignalWeak,
    SignOut,
    Speaker,
    SpeakerOff,
    Spotlight,
    Stop,
    Trash,
    Warning,
    Window,
}

impl Icon {
    #[expect(clippy::too_many_lines, reason = "a table: one line for each icon")]
    const fn path(self) -> &'static str {
        match self {
            Self::ArrowDown => "M10 4.5v11M5 10.5l5 5 5-5",
            Self::ArrowIn => "M14.5 5.5l-9 9M5.5 8v6.5H12",
            Self::ArrowMissed => "M3 9.5V5h4.5M3 5l7 7 7-7",
            Self::ArrowOut => "M5.5 14.5l9-9M8 5.5h6.5V12",
            Self::Attach => {
                "M14.5 8.5l-5.6 5.6a3 3 0 0 1-4.3-4.3l6.4-6.3a2 2 0 0 1 2.9 2.8l-6 6a1 1 0 0 1-1.4-1.4l5.2-5.2"
            }
            Self::Bell => {
                "M10 3.2v1M4.8 13.7c1-1.1 1.4-2.4 1.4-4.4a3.8 3.8 0 0 1 7.6 0c0 2 .4 3.3 1.4 4.4zM8.4 16.4a1.7 1.7 0 0 0 3.2 0"
            }
            Self::BellOff => {
                "M10 3.2v1M6.5 8.1a6 6 0 0 0-.3 1.2c0 2-.4 3.3-1.4 4.4h8.4M8.3 5.9a3.8 3.8 0 0 1 5.5 3.4c0 .9.1 1.7.3 2.4M8.4 16.4a1.7 1.7 0 0 0 3.2 0M3 3l14 14"
            }
            Self::Block => "M10 3.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM5.5 5.5l9 9",
            Self::Camera => {
                "M4.5 5.5h6.75a1.5 1.5 0 0 1 1.5 1.5v6a1.5 1.5 0 0 1-1.5 1.5H4.5A1.5 1.5 0 0 1 3 13V7a1.5 1.5 0 0 1 1.5-1.5zM12.75 9l4.25-2.5v7L12.75 11"
            }
            Self::CameraOff => {
                "M7.25 5.5h4a1.5 1.5 0 0 1 1.5 1.5v4.5M4.25 5.6A1.5 1.5 0 0 0 3 7v6a1.5 1.5 0 0 0 1.5 1.5h6.75a1.5 1.5 0 0 0 1-.4M12.75 9l4.25-2.5v7l-2-1.2M3 3l14 14"
            }
            Self::Chart => "M4 16.5v-5M8 16.5v-9M12 16.5v-6M16 16.5v-12",
            Self::Check => "M4.5 10.5l3.7 3.7 7.3-8.2",
            Self::Checks => "M2.5 10.5l3.7 3.7 7.3-8.2M10.2 13.6l.6.6 7.2-8.2",
            Self::ChevronDown => "M5.5 8l4.5 4.5L14.5 8",
            Self::ChevronLeft => "M12 5.5L7.5 10l4.5 4.5",
            Self::ChevronRight => "M8 5.5l4.5 4.5L8 14.5",
            Self::Close => "M5 5l10 10M15 5L5 15",
            Self::Copy => "M7.5 7.5h8v8h-8zM12.5 4.5h-8v8",
            Self::Eye => {
                "M2.5 10c1.8-3.3 4.4-5 7.5-5s5.7 1.7 7.5 5c-1.8 3.3-4.4 5-7.5 5s-5.7-1.7-7.5-5zM10 12.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4z"
            }
            Self::EyeOff => {
                "M4.5 7.1A13 13 0 0 0 2.5 10c1.8 3.3 4.4 5 7.5 5 1.2 0 2.3-.25 3.3-.75M8 5.3A7.6 7.6 0 0 1 10 5c3.1 0 5.7 1.7 7.5 5-.5.9-1 1.7-1.7 2.4M8.5 8.5a2.2 2.2 0 0 0 3 3M3 3l14 14"
            }
            Self::FullScreen => "M3.75 7.5V3.75H7.5M12.5 3.75h3.75V7.5M16.25 12.5v3.75H12.5M7.5 16.25H3.75V12.5",
            Self::Grid => "M3.5 4.5h5.5v4.5H3.5zM11 4.5h5.5v4.5H11zM3.5 11h5.5v4.5H3.5zM11 11h5.5v4.5H11z",
            Self::Hand => {
                "M6.25 10.5V5.25a1.1 1.1 0 0 1 2.2 0V9.5M8.45 9V3.9a1.1 1.1 0 0 1 2.2 0V9M10.65 9.25V4.6a1.1 1.1 0 0 1 2.2 0v5M12.85 10V6.6a1.1 1.1 0 0 1 2.2 0v5.15a5.25 5.25 0 0 1-5.25 5.25 5 5 0 0 1-4.2-2.2l-2.35-3.6a1.2 1.2 0 0 1 1.9-1.45l1.1 1.25"
            }
            Self::HangUp => {
                "M3.1 12.6l1.7 1.3c.6.4 1.3.4 1.8-.1l1.2-1.3c.3-.4.4-.8.3-1.3l-.2-1.1c1.4-.4 2.8-.4 4.2 0l-.2 1.1c-.1.5 0 .9.3 1.3l1.2 1.3c.5.5 1.2.5 1.8.1l1.7-1.3c.6-.5.8-1.3.4-1.9C14.3 5.7 5.7 5.7 2.7 10.7c-.4.6-.2 1.4.4 1.9z"
            }
            Self::Hash => "M7.75 3.5l-1.5 13M13.75 3.5l-1.5 13M3.75 7.5h13M3.25 12.5h13",
            Self::Laptop => "M4.5 5h11v8h-11zM2.5 15.5h15",
            Self::Microphone => {
                "M10 2.75a2.75 2.75 0 0 1 2.75 2.75v4a2.75 2.75 0 0 1-5.5 0v-4A2.75 2.75 0 0 1 10 2.75zM4.75 9.25a5.25 5.25 0 0 0 10.5 0M10 14.5v2.75"
            }
            Self::MicrophoneOff => {
                "M7.25 7.25v2.25a2.75 2.75 0 0 0 4.5 2.1M12.75 8.7V5.5a2.75 2.75 0 0 0-5.2-1.25M4.75 9.25a5.25 5.25 0 0 0 8.6 4.05M15.25 9.25a5.2 5.2 0 0 1-.4 2M10 14.5v2.75M3 3l14 14"
            }
            Self::Mini => "M3 4.5h14v11H3zM10 10h4.5v3H10z",
            Self::More => {
                "M4.2 10a.8.8 0 1 0 1.6 0 .8.8 0 1 0-1.6 0M9.2 10a.8.8 0 1 0 1.6 0 .8.8 0 1 0-1.6 0M14.2 10a.8.8 0 1 0 1.6 0 .8.8 0 1 0-1.6 0"
            }
            Self::Offline => {
                "M2.7 7.6A11 11 0 0 1 6 5.5M9.2 4.7a11 11 0 0 1 8.1 2.9M5.2 10.5a7.5 7.5 0 0 1 3-1.8M12.3 8.9a7.5 7.5 0 0 1 2.5 1.6M7.8 13.3a3.6 3.6 0 0 1 4.4 0M10 16.2h.01M3 3l14 14"
            }
            Self::Pencil => "M12.5 4.5l3 3-8.5 8.5H4v-3z",
            Self::People => {
                "M7.5 9.5a2.9 2.9 0 1 0 0-5.8 2.9 2.9 0 0 0 0 5.8zM2.25 16.25a5.25 4.4 0 0 1 10.5 0M13 4a2.8 2.8 0 0 1 0 5.3M14.6 12.3a5 4.2 0 0 1 3.15 3.95"
            }
            Self::Person => "M10 9.5a3.25 3.25 0 1 0 0-6.5 3.25 3.25 0 0 0 0 6.5zM3.75 17a6.25 5 0 0 1 12.5 0",
            Self::PersonAdd => "M8 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 16.5a5.5 4.6 0 0 1 11 0M15.75 7v5M13.25 9.5h5",
            Self::Phone => {
                "M6.3 3.1l-2 .2c-.8.1-1.3.8-1.2 1.6.6 6.4 5.6 11.4 12 12 .8.1 1.5-.4 1.6-1.2l.2-2c.1-.7-.4-1.3-1-1.5l-2.2-.6c-.5-.1-1 0-1.3.4l-.8.9a10 10 0 0 1-4.5-4.5l.9-.8c.4-.3.5-.8.4-1.3L7.8 4.1c-.2-.6-.8-1.1-1.5-1z"
            }
            Self::Picture => "M3.5 4.5h13v11h-13zM3.5 13L7 9.5l3 3 2.5-2.5 4 4M12.5 7.5h.01",
            Self::Pin => "M7.5 3.5h5M8.5 3.5v5.25L6 11.5v1h8v-1l-2.5-2.75V3.5M10 12.5v4.25",
            Self::Play => "M6.5 4.25v11.5l9-5.75z",
            Self::Plus => "M10 4.5v11M4.5 10h11",
            Self::Power => "M10 3v6.5M6 5.4a6.25 6.25 0 1 0 8 0",
            Self::Reply => "M8 5L3.5 9.5 8 14M3.5 9.5h8a5 5 0 0 1 5 5v1",
            Self::Screen => "M2.75 4h14.5v9.75H2.75zM6.5 16.75h7M10 11.5V6.25M7.75 8.25L10 6l2.25 2.25",
            Self::ScreenOff => "M2.75 4h14.5v9.75H2.75zM6.5 16.75h7M8 6.9l4 4M12 6.9l-4 4",
            Self::Search => "M13.75 8.75a5 5 0 1 1-10 0 5 5 0 0 1 10 0zM12.5 12.5l4 4",
            Self::Send => "M3.5 4l13 6-13 6 2-6zM5.5 10h5",
            Self::Settings => {
                "M3 6h7M15 6h2M3 14h2M10 14h7M10 6a2.5 2.5 0 1 0 5 0 2.5 2.5 0 1 0-5 0M5 14a2.5 2.5 0 1 0 5 0 2.5 2.5 0 1 0-5 0"
            }
            Self::Shield => "M10 3l5.5 2v4.5c0 3.4-2.2 6-5.5 7.5-3.3-1.5-5.5-4.1-5.5-7.5V5zM10 7.75v2.75M10 13h.01",
            Self::Shrink => "M7.5 3.75V7.5H3.75M16.25 7.5H12.5V3.75M12.5 16.25V12.5h3.75M3.75 12.5H7.5v3.75",
            Self::SignalFair => "M4.4 9.7a8 8 0 0 1 11.2 0M6.75 12.6a4.6 4.6 0 0 1 6.5 0M10 16.2h.01",
            Self::SignalWeak => "M6.75 12.6a4.6 4.6 0 0 1 6.5 0M10 16.2h.01",
            Self::SignOut => {
                "M8.5 3.75H5.25a1.5 1.5 0 0 0-1.5 1.5v9.5a1.5 1.5 0 0 0 1.5 1.5H8.5M8.5 10h8M13.5 6.5L17 10l-3.5 3.5"
            }
            Self::Speaker => {
                "M3.25 7.75v4.5h2.8L10 15.75V4.25l-3.95 3.5zM12.75 7.6a3.4 3.4 0 0 1 0 4.8M15 5.25a6.7 6.7 0 0 1 0 9.5"
            }
            Self::SpeakerOff => "M3.25 7.75v4.5h2.8L10 15.75V4.25l-3.95 3.5zM13 8l4 4M17 8l-4 4",
            Self::Spotlight => "M3.5 4h13v7.5h-13zM3.5 13.75h3v2.5h-3zM8.5 13.75h3v2.5h-3zM13.5 13.75h3v2.5h-3z",
            Self::Stop => "M5.5 5.5h9v9h-9z",
            Self::Trash => "M4 6h12M8 6V4h4v2M5.5 6l.7 10h7.6l.7-10M8.5 9v4.5M11.5 9v4.5",
            Self::Warning => "M10 3.5l7.25 12.75H2.75zM10 8.25v3.5M10 14h.01",
            Self::Window => "M3 4.5h14v11H3zM3 8h14",
        }
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct IconViewProps {
    pub(crate) icon: Icon,
    /// What it says, where no text beside it does.
    #[prop_or_default]
    pub(crate) name: Option<AttrValue>,
}

/// Draws one.
#[component]
pub(crate) fn IconView(props: &IconViewProps) -> Html {
    let name = props.name.clone();
    let role = name.is_some().then_some("img");
    let hidden = name.is_none().then_some("true");
    html! {
        <svg class="icon" viewBox="0 0 20 20" focusable="false" {role} aria-label={name} aria-hidden={hidden}>
            <path d={props.icon.path()} />
        </svg>
    }
}
