//! macOS: notifications of the user notification centre, with a category that has the two buttons.
//!
//! The centre serves programs in a bundle only: for any other it throws what no Rust can catch.
#![allow(unsafe_code, reason = "what Objective-C declares is called here, and each call says why it may be")]

use block2::RcBlock;
use objc2::{
    AnyThread as _, DefinedClass as _, define_class, msg_send,
    rc::Retained,
    runtime::{Bool, NSObject, NSObjectProtocol, ProtocolObject},
};
use objc2_foundation::{NSArray, NSBundle, NSError, NSSet, NSString};
use objc2_user_notifications::{
    UNAuthorizationOptions, UNMutableNotificationContent, UNNotification, UNNotificationAction,
    UNNotificationActionOptions, UNNotificationCategory, UNNotificationCategoryOptions,
    UNNotificationInterruptionLevel, UNNotificationPresentationOptions, UNNotificationRequest, UNNotificationResponse,
    UNUserNotificationCenter, UNUserNotificationCenterDelegate,
};
use tokio::sync::mpsc;

use super::{
    content::{ACCEPT, DECLINE, OPEN, Words},
    tagged::{TaggedNotifications, TaggedNotifier, TaggedPress, TaggedRing},
};

/// What rings, as the centre knows it.
const CATEGORY: &str = "ring";
/// `UNNotificationDefaultActionIdentifier`: a click on the notification itself.
const CLICK: &str = "com.apple.UNNotificationDefaultActionIdentifier";

/// Why there are none.
#[derive(Debug, thiserror::Error)]
#[error("this program is in no bundle")]
pub(crate) struct NoBundle;

/// The centre, for a program that may use it.
pub(crate) struct NotificationCentre {
    /// The buttons that it was told of; they are in the language of the ring.
    buttons: Option<[String; 2]>,
}

impl TaggedNotifier<NotificationCentre> {
    /// Asks the user whether notifications may be shown, once, and begins.
    ///
    /// # Errors
    /// The program is in no bundle.
    pub(crate) fn of_this_app() -> Result<Self, NoBundle> {
        if NSBundle::mainBundle().bundleIdentifier().is_none() {
            return Err(NoBundle);
        }
        Self::on(|presses| {
            let centre = UNUserNotificationCenter::currentNotificationCenter();
            let listener = Listener::new(presses);
            centre.setDelegate(Some(ProtocolObject::from_ref(&*listener)));
            // The centre keeps no hold of it, and it listens for as long as the program lives.
            std::mem::forget(listener);
            let told = RcBlock::new(|granted: Bool, _: *mut NSError| {
                tracing::info!(granted = granted.as_bool(), "may notifications be shown?");
            });
            centre.requestAuthorizationWithOptions_completionHandler(
                UNAuthorizationOptions::Alert | UNAuthorizationOptions::Badge,
                &told,
            );
            Ok(NotificationCentre { buttons: None })
        })
    }
}

impl TaggedNotifications for NotificationCentre {
    fn show(&mut self, ring: &TaggedRing) -> anyhow::Result<()> {
        let centre = UNUserNotificationCenter::currentNotificationCenter();
        let buttons = [ring.words.accept.clone(), ring.words.decline.clone()];
        if self.buttons.as_ref() != Some(&buttons) {
            centre.setNotificationCategories(&NSSet::from_retained_slice(&[category(&ring.words)]));
            self.buttons = Some(buttons);
        }
        let content = UNMutableNotificationContent::new();
        content.setTitle(&NSString::from_str(&ring.words.name));
        content.setBody(&NSString::from_str(&ring.words.kind));
        content.setCategoryIdentifier(&NSString::from_str(CATEGORY));
        content.setThreadIdentifier(&NSString::from_str(CATEGORY));
        content.setInterruptionLevel(UNNotificationInterruptionLevel::TimeSensitive);
        let tag = NSString::from_str(&ring.tag);
        let request = UNNotificationRequest::requestWithIdentifier_content_trigger(&tag, &content, None);
        let told = RcBlock::new(|error: *mut NSError| {
            if !error.is_null() {
                tracing::warn!("the system shows no notification of the ring");
            }
        });
        centre.addNotificationRequest_withCompletionHandler(&request, Some(&told));
        Ok(())
    }

    fn withdraw(&mut self, tag: &str) -> anyhow::Result<()> {
        let centre = UNUserNotificationCenter::currentNotificationCenter();
        let tags = NSArray::from_retained_slice(&[NSString::from_str(tag)]);
        centre.removePendingNotificationRequestsWithIdentifiers(&tags);
        centre.removeDeliveredNotificationsWithIdentifiers(&tags);
        Ok(())
    }
}

fn category(words: &Words) -> Retained<UNNotificationCategory> {
    let button = |key: &str, title: &str, options| {
        UNNotificationAction::actionWithIdentifier_title_options(
            &NSString::from_str(key),
            &NSString::from_str(title),
            options,
        )
    };
    let actions = [
        button(ACCEPT, &words.accept, UNNotificationActionOptions::Foreground),
        button(DECLINE, &words.decline, UNNotificationActionOptions::Destructive),
    ];
    UNNotificationCategory::categoryWithIdentifier_actions_intentIdentifiers_options(
        &NSString::from_str(CATEGORY),
        &NSArray::from_retained_slice(&actions),
        &NSArray::new(),
        UNNotificationCategoryOptions::empty(),
    )
}

define_class!(
    // SAFETY: `NSObject` may be subclassed as it is, and `Listener` has no `Drop` of its own.
    #[unsafe(super(NSObject))]
    #[ivars = mpsc::Sender<TaggedPress>]
    struct Listener;

    unsafe impl NSObjectProtocol for Listener {}

    unsafe impl UNUserNotificationCenterDelegate for Listener {
        #[unsafe(method(userNotificationCenter:didReceiveNotificationResponse:withCompletionHandler:))]
        fn pressed(
            &self,
            _: &UNUserNotificationCenter,
            response: &UNNotificationResponse,
            done: &block2::DynBlock<dyn Fn()>,
        ) {
            let key = response.actionIdentifier().to_string();
            let press = TaggedPress {
                tag: response.notification().request().identifier().to_string(),
                key: if key == CLICK { OPEN.to_owned() } else { key },
            };
            if self.ivars().try_send(press).is_err() {
                tracing::warn!("a press on a notification came too late, or too often");
            }
            done.call(());
        }

        /// Also while a window of ours has the focus: it may be another one.
        #[unsafe(method(userNotificationCenter:willPresentNotification:withCompletionHandler:))]
        fn comes(
            &self,
            _: &UNUserNotificationCenter,
            _: &UNNotification,
            show: &block2::DynBlock<dyn Fn(UNNotificationPresentationOptions)>,
        ) {
            show.call((UNNotificationPresentationOptions::Banner | UNNotificationPresentationOptions::List,));
        }
    }
);

impl Listener {
    fn new(presses: mpsc::Sender<TaggedPress>) -> Retained<Self> {
        let made = Self::alloc().set_ivars(presses);
        // SAFETY: it is `NSObject`'s own, which takes nothing.
        unsafe { msg_send![super(made), init] }
    }
}
