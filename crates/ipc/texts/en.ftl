# Texts in English. A text's `hint` says what it means and what to do.

## Windows
window-main = Carillon
window-ring = { $name } is calling
window-call = Call with { $name }
window-settings = Settings

## Tray
tray-open = Open Carillon
tray-settings = Settings
tray-accept = Accept
tray-decline = Decline
tray-show-call = Show call
tray-hang-up = Hang up
tray-quit = Quit Carillon
tray-do-not-disturb = Do Not Disturb
tray-idle = Carillon
tray-offline = Carillon: offline. Calls don't ring on this device.
tray-ringing = { $name } is calling
tray-in-call = In a call with { $name }
tray-missed = { $count ->
    [one] Carillon: one missed call
   *[other] Carillon: { $count } missed calls
}
tray-unread = { $count ->
    [one] Carillon: one unread message
   *[other] Carillon: { $count } unread messages
}
tray-silent = Carillon: Do Not Disturb is on

## Notifications
notification-voice = Voice call
notification-video = Video call
notification-group = Group call
notification-accept = Accept
notification-decline = Decline
notification-open = Open
missed-from = Missed call from { $name }
message-in-group = { $name } · { $group }
message-hidden = New message

## Notices
notice-server-unreachable = Can't reach the server
    .hint = Check the address and your network, then try again.
notice-not-a-carillon-server = This isn't a Carillon server
    .hint = Something answers at this address, but it isn't Carillon. Check the address with your server's administrator.
notice-bad-address = This address isn't valid
    .hint = Enter an address like calls.example.org or https://calls.example.org:8443.
notice-insecure-address = This connection isn't encrypted
    .hint = Others on the network could read your password and hear your calls. Use https, or continue only if you trust every network in between.
notice-plain-http = This server uses http, without encryption
    .hint = Carillon tried https first. If your server has no https, use { $name }.
notice-wrong-credentials = Wrong username or password
    .hint = Check both and try again. Usernames are in lower case.
notice-bad-invite = Invite not valid
    .hint = It may be mistyped or already used. Ask your server's administrator for a new one.
notice-name-taken = That username is taken
    .hint = Choose another one.
notice-bad-name = That username isn't allowed
    .hint = Use lower-case letters a to z, digits, dots, hyphens and underscores, but not only digits.
notice-name-refused = That name isn't allowed
    .hint = Use 1 to 64 visible characters. If you pasted the name, type it instead.
notice-weak-password = That password is too short
    .hint = Use 8 characters or more.
notice-rate-limited = Too many attempts
    .hint = Wait a minute, then try again.
notice-signed-out = You were signed out
    .hint = Sign in again to continue.
notice-signed-in-already = You're already signed in
    .hint = To join another server, sign out first in Settings.
notice-bad-link = This link doesn't work
    .hint = It may be incomplete. Ask for a new one.
notice-unknown-user = { $name } isn't on this server
    .hint = Check the username. You can't call people on other servers.
notice-self-call = You can't call yourself
    .hint = To test your microphone and speaker, open Settings, Sound.
notice-in-another-call = You're already in a call
    .hint = End that call first.
notice-offline = You're offline
    .hint = This needs a connection to the server. Carillon keeps trying to reconnect.
notice-no-microphone = No microphone found
    .hint = Others can't hear you. Connect a microphone and Carillon will use it.
notice-microphone-refused = Carillon isn't allowed to use the microphone
    .hint = Others can't hear you. Allow Carillon to use the microphone in your system's privacy settings.
notice-device-busy = { $name ->
    [microphone] Another app is using the microphone
    [speaker] Another app is using the speaker
    [camera] Another app is using the camera
   *[other] Another app is using { $name }
}
    .hint = Close the other app, or choose another device.
notice-device-gone = { $name } disconnected
    .hint = Using the system default instead.
notice-no-speaker = No speaker found
    .hint = You can't hear others. Connect a speaker or headphones and Carillon will use them.
notice-no-camera = No camera found
    .hint = Others can't see you. Connect a camera, then turn it on again.
notice-camera-refused = Carillon isn't allowed to use the camera
    .hint = Others can't see you. Allow Carillon to use the camera in your system's privacy settings.
notice-camera-gone = The camera stopped working
    .hint = Others can't see you, but the call continues. Check that it's connected, then turn it on again.
notice-screen-refused = Carillon isn't allowed to share the screen
    .hint = Allow Carillon to record the screen in your system's privacy settings, then try again.
notice-screen-gone = Screen sharing stopped
    .hint = The window was closed, or the screen was disconnected. Others no longer see it.
notice-screen-sound-gone = Sound isn't being shared
    .hint = Others still see your screen. To try again, stop sharing and share again.
notice-picture-unreadable = Can't show their video
    .hint = The call continues with sound. If the video doesn't come back, ask them to turn their camera off and on.
notice-no-keychain = This system has no keychain
    .hint = Carillon can keep you signed in with a file that only you can read. Otherwise, sign in each time it starts.
notice-not-found = This no longer exists
    .hint = Someone may have changed or deleted it.
notice-text-too-long = This message is too long
    .hint = Messages can have about 4,000 characters, or 1,300 in Chinese. Send it in parts.
notice-file-too-large = This file is too large
    .hint = Your server limits how large a file can be, and how much space all your files can take. Ask its administrator, or delete files that you have sent.
notice-file-not-saved = The file couldn't be saved
    .hint = Check that there is space in your Downloads folder, and try again.
notice-account-full = Your account's storage is full
    .hint = Ask your server's administrator for more space. Your message stays here so that you can send it again.
notice-unsent-not-kept = Unsent messages can't be saved
    .hint = The disk may be full. Carillon sends them while it's open; if you quit before that, they're lost. It saves them as soon as there is space.
notice-quit-loses-unsent = Unsent messages would be lost
    .hint = Carillon can't save them; the disk may be full. Free some space, or quit again to discard them.
notice-autostart-refused = Your system didn't accept this
    .hint = Whether Carillon starts when you log in hasn't changed.
notice-group-full = Too many people
    .hint = A group can have up to 100 members.
notice-bad-picture = Can't open this picture
    .hint = Choose a PNG, JPEG or WebP file.
notice-picture-too-large = This picture is too large
    .hint = Choose a file of up to 20 MB. Carillon resizes it for you.
notice-wrong-password = Wrong current password
    .hint = Check it and try again. Your password hasn't been changed.
notice-call-not-allowed = You can't join this call
    .hint = Ask your server's administrator. The technical details say why.
notice-registration-closed = This server doesn't accept new accounts
    .hint = Ask your server's administrator to create one for you.
notice-unverified = Can't verify the other person's device
    .hint = Carillon received data that didn't come from that device, and ignored it. If the call fails, try another network and check with the other person face to face.
notice-joined-muted = You joined muted
    .hint = Many people are in this call. Unmute when you want to speak.
notice-call-full = This call is full: { $name }
    .hint = No more people can be in it, or be called into it, at once. Add somebody when another person has left.
notice-muted-by = { $name } muted you
    .hint = Everybody else in the call sees it. Unmute yourself when you want to speak; nobody else can.
notice-not-allowed = This isn't possible right now
    .hint = Something changed in the meantime. Try again.
notice-internal = Something went wrong
    .hint = Try again. If it keeps happening, send the technical details to your server's administrator.
notice-detail = Technical details
notice-copy = Copy
notice-copied = Copied
notice-dismiss = Dismiss

## How a call ended
end-no-answer = No answer
    .hint = { $name } will see a missed call from you.
end-cancelled = Call cancelled
end-cancelled-there = { $name } cancelled the call
end-declined = You declined
end-declined-there = { $name } declined
    .hint = Send a message instead, or try again later.
end-busy = Busy
    .hint = { $name } is in another call and will see that you called.
end-hung-up = Call ended
end-hung-up-there = { $name } hung up
end-connection-lost = The connection was lost
    .hint = Check your network, then call again.
end-media-blocked = Your network lets no media through
    .hint = Ask its administrator to let this device reach your Carillon server's media ports: UDP from 4748 on, or TCP 4748 (the server's administrator knows which they are).
end-media-failed = The call couldn't connect
    .hint = A network between you blocks calls. Try another one, or ask your server's administrator.
end-left = You left the call
end-removed = You were removed from the call
    .hint = You're no longer in the group.
end-removed-by = { $name } removed you from the call
end-token-expired = The call ended
    .hint = Your access to it expired. Call again.
end-answered-elsewhere = { $device ->
    [none] Answered on another device
   *[other] Answered on { $device }
}
end-declined-elsewhere = { $device ->
    [none] Declined on another device
   *[other] Declined on { $device }
}
end-not-started = The call couldn't start

## Sign in
sign-in-title = Sign in
sign-in-lead = Calls for your team, on your own server.
sign-in-server = Server
sign-in-server-placeholder = calls.example.org
sign-in-user = Username
sign-in-password = Password
sign-in-show-password = Show password
sign-in-hide-password = Hide password
sign-in-submit = Sign in
sign-in-busy = Signing in…
sign-in-to-register = I have an invite
register-title = Create an account
register-lead = You need an invite from your server's administrator.
register-invite = Invite
register-display-name = Display name
register-display-name-placeholder = Your name
register-password-hint = 8 characters or more
register-submit = Create account
register-busy = Creating your account…
register-to-sign-in = I have an account
sign-in-keep-in-file = Keep me signed in with a file on this device
sign-in-allow-insecure = Continue without encryption
sign-in-use-http = Use { $name }

## Main window
me-menu = Your account
menu-settings = Settings
menu-quit = Quit
search = Search
search-label = Search people and groups
search-clear = Clear search
conversations = Conversations
filters = What to list
filter-all = All
filter-calls = Calls
row-own = You: { $text }
row-by = { $name }: { $text }
row-text = { $text }
row-waiting = Waiting to send: { $text }
row-failed = Not sent: { $text }
call-back-label = Call { $name } back
requests-none = No contact requests
requests-from = { $others ->
    [0] { $name }
    [one] { $name } and one more
   *[other] { $name } and { $others } more
}
requests-count = { $count ->
    [one] One contact request
   *[other] { $count } contact requests
}
people-loading = Loading people…
people-empty = No contacts yet
    .hint = Ask your server's administrator for an invite and share it with a colleague.
people-no-match = No results for { $query }
    .hint = Check the spelling, or clear the search.
requests = Contact requests
request-accept = Accept
request-accept-label = Accept { $name } as a contact
request-ignore = Ignore
request-ignore-label = Ignore the request from { $name }
contact-add = Add
contact-add-label = Add { $name } to your contacts
contact-requested = Request sent
contact-asked = Sent you a contact request
contact-blocked = Blocked
groups-new = New group
room = Room
group-members = { $count ->
    [one] one member
   *[other] { $count } members
}
unread-count = { $count ->
    [one] one unread message
   *[other] { $count } unread messages
}
recent-empty = No calls yet
recent-missed-count = { $count ->
    [one] one missed call
   *[other] { $count } missed calls
}
presence-online = Online
presence-in-call = In a call
presence-do-not-disturb = Do Not Disturb
presence-away = Away
presence-offline = Offline
presence-available = Available
presence-do-not-disturb-hint = No calls ring on any of your devices
link-connecting = Connecting…
link-reconnecting = Reconnecting…
link-offline = You're offline. Calls don't ring on this device.
link-replaced = Active in another window
autostart-offer = Start Carillon when you log in to this computer?
    .hint = It waits out of sight, so that calls reach you. You can change this in Settings.
autostart-accept = Start automatically
autostart-decline = Not now
link-take-back = Use here
alone = You're all set
    .hint = Once your colleagues have an account on this server, you can call them here.
select-somebody = Select a conversation
    .hint = Choose one on the left, or press { $key } to search.
person-call = Call
person-call-label = Call { $name }
person-video = Video
person-video-label = Video call with { $name }
link-call-ask = Call { $name }?
link-call-about = A link that you opened asks for this call.
link-call-cancel = Cancel
person-offline-hint = { $name } is offline. They'll get your message and see a missed call.
person-silent-hint = { $name } has Do Not Disturb on. They'll get your message and see a missed call.
person-menu = More options for { $name }
person-add = Add to contacts
person-accept = Accept as a contact
person-remove = Remove from contacts
person-take-back = Cancel request
person-block = Block
person-unblock = Unblock
person-requested = { $name } hasn't answered your contact request yet. You can already message and call them.
person-asked = { $name } sent you a contact request. Contacts can see when each other is online.
person-stranger = { $name } isn't a contact, so you can't see when each other is online.
person-blocked = You blocked { $name }. You won't get their calls or messages, and they aren't told.
key-changed = { $name } has a new or reinstalled device
    .hint = That's normal after a new sign-in. If you didn't expect it, check with them in person before you say anything secret.
key-seen = Got it
chat-log = Messages and calls
chat-loading = Loading messages…
chat-empty-person = No messages yet
    .hint = Write a message below, or press Call to ring all of { $name }'s devices.
chat-empty-group = No messages in { $name } yet
    .hint = Write a message below, or press Call and choose who to call.
chat-older = Show earlier messages
chat-older-loading = Loading earlier messages…
chat-older-failed = Couldn't load earlier messages
    .hint = Try again when you're online.
chat-to-latest = Go to the latest message
chat-to-latest-unread = { $count ->
    [one] Go to the latest message, one unread
   *[other] Go to the latest message, { $count } unread
}
chat-mute = Mute notifications
chat-unmute = Unmute notifications
typing-one = { $name } is typing…
typing-two = { $name } and { $other } are typing…
typing-many = Several people are typing…
event-you = you
event-and = {", "}
event-joined = { $name } joined
event-joined-by-you = You joined
event-left = { $name } left
event-left-by-you = You left
event-added = { $more ->
    [0] { $name } added { $people }
   *[other] { $name } added { $people } and { $more } more
}
event-added-by-you = { $more ->
    [0] You added { $people }
   *[other] You added { $people } and { $more } more
}
event-removed = { $name } removed { $person }
event-removed-by-you = You removed { $person }
event-renamed = { $name } named the group { $group }
event-renamed-by-you = You named the group { $group }
event-owner = { $person } is the owner now
event-owner-you = You are the owner now
chat-unread = New messages
chat-you = You
message-sending = Sending…
message-waiting = Waiting to send
message-failed = Not sent
message-again = Try again
message-discard = Discard
message-sent = Sent
message-delivered = Delivered
message-read = Read
message-edited = edited
message-deleted = Message deleted
message-reply = Reply
message-edit = Edit
message-delete = Delete
message-delete-ask = Delete this message for everyone?
message-delete-confirm = Delete
writing-reply = Reply to { $name }
writing-reply-own = Reply to yourself
writing-edit = Edit message
writing-cancel = Cancel
visit-title = Open { $host } in your browser?
visit-open = This page is not encrypted. What you enter there can be read on the way.
visit-go = Open
visit-stay = Cancel
composer-label = Message to { $name }
composer-placeholder = Write a message
composer-send = Send
composer-save = Save
attach = Attach files
attach-remove = Remove { $name }
file-save = Save { $name }
file-saved = Saved as { $name } in Downloads
file-cancel = Cancel
file-moving = { $percent } %
file-kilobytes = { $count } KB
file-megabytes = { $count } MB
composer-left = { $count ->
    [one] One character left
   *[other] { $count } characters left
}
composer-too-long = { $count ->
    [one] One character too many. Send it in two messages.
   *[other] { $count } characters too many. Send it in several messages.
}
composer-blocked = Unblock { $name } to write to them.
call-missed = Missed call
call-incoming = Incoming call
call-outgoing = Outgoing call
call-voice = Voice call
call-video = Video call
call-no-answer = No answer
call-declined = Declined
call-busy = Busy
call-cancelled = Cancelled
call-failed = Couldn't connect
call-group-voice = Group call
call-group-video = Group video call
call-removed = Removed from the call
call-by = { $name } called
call-by-you = You called
day-today = Today
day-yesterday = Yesterday
day-of-week = { $day ->
    [0] Sunday
    [1] Monday
    [2] Tuesday
    [3] Wednesday
    [4] Thursday
    [5] Friday
   *[6] Saturday
}
month-name = { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
}
day-of-year = { $day } { $month }
day-of-past-year = { $day } { $month } { $year }
ago-now = now
moment-at = { $day }, { $time }
ago-minutes = { $count } m
ago-hours = { $count } h
ago-days = { $count } d
duration-seconds = { $seconds } s
duration-minutes = { $minutes } min
duration-hours = { $hours } h { $minutes } min

## Groups
group-call = Call
group-call-label = Call { $name }
group-video = Video
group-video-label = Video call with { $name }
group-call-whom = Who do you want to call?
group-call-start = { $count ->
    [0] Call
    [one] Call one person
   *[other] Call { $count } people
}
group-call-none = Nobody else is in this group yet
    .hint = Add people first.
group-details = Members
group-details-close = Close members
group-name = Name
group-name-save = Save
group-rename-hint = Enter to save, Esc to cancel
group-picture = Group picture
group-add = Add people
group-add-whom = Who do you want to add?
group-add-start = { $count ->
    [0] Add
    [one] Add one person
   *[other] Add { $count } people
}
group-add-none = All your contacts are in this group
    .hint = To add someone else, search for them and add them to your contacts first.
group-leave = Leave group…
group-leave-room = Leave room…
group-leave-ask = Leave { $name }? You won't get its messages anymore.
group-leave-confirm = Leave
group-leave-cancel = Cancel
group-you = you
role-owner = Owner
role-admin = Admin
role-member = Member
member-menu = Options for { $name }
member-message = Message
member-make-admin = Make admin
member-make-member = Remove as admin
member-make-owner = Make owner…
member-make-owner-ask = Make { $name } the owner of { $group }? You'll become an admin. You can't undo this.
member-make-owner-confirm = Make owner
member-make-owner-cancel = Cancel
member-remove = Remove from group
member-remove-ask = Remove { $name }?
member-remove-confirm = Remove
member-remove-cancel = Cancel
member-invited = Invited
group-invited = Invitation
group-invited-title = { $name } invites you to { $group }
    .hint = Until you join, you won't get its messages, and being in it shows nobody whether you're online.
group-decline = Decline
room-join = Join
room-join-title = Anyone on this server can join { $name }
    .hint = Join to read and write messages, and to take part in its calls.
new-group-title = New group
new-group-lead = Message and call several people at once.
new-group-kind = Type
new-group-kind-group = Group
new-group-kind-room = Room
new-group-hint-group = Only admins can add people.
new-group-hint-room = Anyone on this server can find it and join.
new-group-name = Name
new-group-name-placeholder = Design
new-group-people = People
new-group-create = Create
new-group-busy = Creating…
new-group-cancel = Cancel
picker-search = Search
picker-cancel = Cancel
picker-none = No results for { $query }
picker-limit = { $count ->
   *[other] You can choose up to { $count }
}

## Ring window
ring-voice = Voice call
ring-video = Video call
ring-group = Group call
ring-group-video = Group video call
ring-group-video-named = Group video call · { $group }
ring-group-named = Group call · { $group }
ring-also-on = also on { $devices }
ring-accept = Accept
ring-accept-video = Accept with video
ring-accept-without-video = Accept without video
ring-camera-on = Camera on
ring-camera-off = Camera off
ring-look = Preview
ring-look-end = Close preview
ring-decline = Decline
ring-message = Message instead
ring-message-short = Message
ring-message-back = Back
reply-cannot-talk = I can't talk right now.
reply-call-back = I'll call you back.
reply-on-my-way = I'm on my way.
reply-own = Write a message…
ring-silence = Silence this device
ring-answered-on = { $device ->
    [none] Answered on another device
   *[other] Answered on { $device }
}
ring-announce = { $name } is calling you. { $kind }.
list-separator = ,{" "}

## Call window
call-state-calling = Calling…
call-state-ringing = { $devices ->
    [0] Ringing…
    [one] Ringing on one device
   *[other] Ringing on { $devices } devices
}
call-state-connecting = Connecting…
call-state-reconnecting = Reconnecting… { $seconds } s
call-state-active = Connected
call-state-idle = No call
    .hint = Start a call from the main window.
call-ended-after = { $reason } · { $time }
call-group-title = Group call
call-bar = Call in progress
call-bar-return = Return to call
call-message = Message
switch-call-voice = Call { $to }?
switch-call-video = Start a video call with { $to }?
switch-call-hint = This ends your call with { $from }.
switch-call-confirm = End and call
tried-voice = Called you during this call
tried-video = Video called you during this call
tried-dismiss = Not now
tried-call-back = End and call back
question-cancel = Cancel
quit-in-call = End the call and quit?
    .hint = You are in a call. Quitting Carillon ends it for you.
quit-in-call-confirm = End call and quit
call-legs = People in this call
call-people = Show people
call-people-hide = Close people
call-people-title = In this call
call-spotlight = Speaker view
call-grid = Grid view
call-tiles = People in the call
call-pages = Pages of people
call-page = Page { $page } of { $pages }
call-page-back = Previous page
call-page-next = Next page
call-pin = Pin { $name }
call-unpin = Unpin { $name }
call-pinned = Pinned
call-screen-of = { $name }'s screen
call-volume = { $name }'s volume
call-silence = Mute { $name } for me
call-unsilence = Unmute { $name } for me
call-silenced = Muted for you
call-they-no-camera = { $name }'s camera is off
call-label-people = People
call-label-hand = Hand
call-label-layout = View
call-raise-hand = Raise your hand
call-lower-hand = Lower your hand
call-hand = { $name } raised a hand, number { $place }
call-hand-of-you = Your hand is raised, number { $place }
call-leg-menu = Options for { $name }
call-mute-them = Mute for everybody
call-lower-their-hand = Lower hand
call-remove = Remove from call
call-remove-ask = Remove { $name } from the call? They can't come back unless somebody adds them again.
call-remove-confirm = Remove
call-remove-cancel = Cancel
call-add = Add people
call-add-whom = Who do you want to add?
call-add-start = { $count ->
    [0] Call
    [one] Call one person
   *[other] Call { $count } people
}
call-add-none = Everyone who can be called is in the call
    .hint = Only members of the group can be added.
call-leave = Leave
leg-ringing = Ringing…
leg-accepted = In the call
leg-reconnecting = Reconnecting…
leg-declined = Declined
leg-busy = Busy
leg-missed = No answer
leg-left = Left
leg-removed = Removed
leg-count = { $count ->
    [0] No one is in the call
    [one] One person in the call
   *[other] { $count } people in the call
}
call-poor-network = Poor connection
call-bad-network = Very poor connection
call-numbers = Call details
call-numbers-none = No data yet.
call-show-numbers = Show call details
call-hide-numbers = Close call details
call-controls = Call controls
call-mute = Mute
call-unmute = Unmute
call-muted = You're muted
call-they-muted = { $name } is muted
call-cameras = Choose a camera
call-camera-turn-on = Turn camera on
call-camera-turn-off = Turn camera off
call-camera-off = Camera off
call-share = Share screen
call-stop-sharing = Stop sharing your screen
call-sharing = You're sharing your screen
call-stop = Stop
call-more = More options
call-full-screen = Full screen
call-mini = Mini window
call-back = Back to the call
call-swap-me = Enlarge your video
call-swap-them = Enlarge { $name }'s video
call-swap-screen = Enlarge { $name }'s screen
call-label-microphone = Mic
call-label-speaker = Speaker
call-label-camera = Camera
call-label-share = Share
call-label-more = More
call-microphones = Choose a microphone
call-speakers = Choose a speaker
call-hang-up = Hang up
call-cancel = Cancel
call-again = Call again
call-close = Close
screen-picker-title = Choose what to share
screen-picker-hint = Everyone in the call can see it until you stop sharing.
screen-picker-screens = Screens
screen-picker-windows = Windows
screen-picker-share = Share { $name }
screen-picker-looking = Looking for screens and windows…
screen-picker-none = Nothing to share
    .hint = Carillon may not be allowed to record the screen. Check your system's privacy settings, then try again.
say-camera-on = Your camera is on.
say-camera-off = Your camera is off.
say-sharing-began = You're sharing your screen.
say-sharing-ended = You stopped sharing your screen.
say-their-camera-on = { $name } turned their camera on.
say-their-camera-off = { $name } turned their camera off.
say-their-screen-began = { $name } is sharing their screen.
say-their-screen-ended = { $name } stopped sharing their screen.
say-they-muted = { $name } is muted.
say-they-unmuted = { $name } is no longer muted.
say-reconnecting = { $name } is reconnecting.
say-reconnected = { $name } is back.
say-hand-raised = { $name } raised a hand.
say-hand-lowered = { $name } lowered their hand.
say-your-hand-raised = Your hand is raised.
say-your-hand-lowered = Your hand is down.
say-joined = { $name } joined.
say-left = { $name } left.
say-declined = { $name } declined.
say-missed = { $name } didn't answer.
say-spotlight = Speaker view.
say-grid = Grid view.
say-pinned = { $name } is pinned.
device-default = System default
device-none = No device found
microphone = Microphone
speaker = Speaker
camera = Camera
level = Level

## Settings
settings-title = Settings
settings-sections = Sections
settings-search = Search settings
settings-discard-ask = Discard your changes?
settings-discard = Discard
settings-discard-cancel = Cancel
settings-you = You
settings-not-signed-in = You're not signed in
settings-display-name = Display name
settings-display-name-hint = If empty, others see your username.
name-full = { $count ->
   *[other] A name can have up to { $count } characters
}
settings-picture = Picture
settings-picture-hint = PNG, JPEG or WebP, cropped to a square.
settings-picture-choose = Choose…
settings-picture-change = Change…
settings-picture-remove = Remove
settings-picture-preview = How others see you
settings-picture-use = Use this picture
settings-picture-cancel = Cancel
settings-password = Password
settings-password-change = Change…
settings-password-old = Current password
settings-password-new = New password
settings-password-save = Change password
settings-password-cancel = Cancel
settings-password-hint = This signs out your other devices.
settings-delete = Delete my account
    .hint = Deletes your account, messages and devices on this server.
settings-delete-begin = Delete…
settings-delete-ask = Delete your account?
    .hint = You can't undo this. Your messages and devices are deleted, your groups get another owner, and nobody can use your username again.
settings-delete-confirm = Delete account
settings-delete-busy = Deleting…
settings-delete-cancel = Cancel
settings-save = Save
settings-saving = Saving…
settings-saved = Saved
settings-sound = Sound
settings-microphone = Microphone
settings-microphone-test = Test
settings-microphone-stop = Stop
settings-microphone-test-label = Test the microphone
settings-microphone-hint = Carillon uses the microphone only during calls and tests.
settings-microphone-listening = Say something: the bar should move.
settings-speaker = Speaker
settings-speaker-test = Play
settings-speaker-test-label = Play a test sound
settings-echo = Echo cancellation
    .hint = Keeps others from hearing themselves.
settings-noise = Noise suppression
    .hint = Reduces background noise.
settings-gain = Automatic gain
    .hint = Evens out quiet and loud speech.
settings-camera = Camera
settings-camera-test = Preview
settings-camera-stop = Stop
settings-camera-test-label = Show a preview of the camera
settings-camera-stop-label = Close the preview
settings-camera-opening = Opening the camera…
settings-camera-in-video-calls = Turn on camera in video calls
    .hint = Video calls start, and are accepted, with your camera on. Nobody sees you before that.
settings-camera-hint = Carillon uses the camera only for a preview, or while it's on in a call.
settings-ringing = Ringing
settings-do-not-disturb = Do Not Disturb
    .hint = No calls ring on any of your devices. Callers hear it ringing, and you'll see that they called.
settings-quiet-for = Turn on for a while
settings-quiet-hour = For 1 hour
settings-quiet-tomorrow = Until tomorrow
settings-quiet-today = On until { $time }
settings-quiet-next-day = On until tomorrow, { $time }
settings-quiet-hours = Quiet hours
    .hint = Turns on Do Not Disturb at the same time every day.
settings-quiet-from = From
settings-quiet-until = To
settings-ring-here = Ring on this device
    .hint = When off, calls ring on your other devices only.
settings-ring-sound = Play a ringtone
settings-ringtone = Ringtone
settings-ring-volume = Ringtone volume
ringtone-carillon = Carillon
ringtone-chimes = Chimes
ringtone-handbells = Handbells
ringtone-tower = Tower bell
settings-ring-shortcuts = Answer from any app
    .hint = While a call rings, press { $accept } to accept or { $decline } to decline, whichever app is in front. Not available on Wayland.
settings-ring-output = Ringtone output
settings-ring-test-label = Play the ringtone
settings-notifications = Show notifications
    .hint = For incoming and missed calls, and for messages.
settings-notifications-title = Notifications
settings-previews = Show message text
    .hint = When off, a notification says only who wrote.
settings-autostart = Start when I log in
    .hint = Carillon then waits out of sight, so that calls reach you.
settings-privacy-title = Privacy
settings-hide-address = Always relay calls
    .hint = Calls between two go through the server, so the other person can't learn your IP address. The server could hear these calls.
settings-read-receipts = Read receipts
    .hint = People you talk to see what you have read, and you see what they have. If you turn this off, you don't see theirs either.
settings-blocked = Blocked people
settings-blocked-none = You haven't blocked anyone.
settings-blocked-some = You won't get their calls or messages, and they aren't told.
settings-unblock-label = Unblock { $name }
settings-appearance = Appearance
settings-theme = Theme
settings-theme-system = System
settings-theme-dark = Dark
settings-theme-light = Light
settings-language = Language
settings-language-system = System
settings-zoom = Zoom
settings-devices = Devices
settings-devices-loading = Loading your devices…
settings-devices-lead = They all ring when someone calls you. Sign out devices you don't know or no longer use.
settings-this-device = This device
device-name = Device name
device-rename = Rename { $name }
device-online = Connected
device-seen = Last seen { $when }
device-never-seen = Never connected
device-rings = Calls ring here
device-rings-label = Calls ring on { $name }
device-revoke = Sign out…
device-revoke-ask = Sign out { $name }? Its calls end immediately.
device-revoke-confirm = Sign out
device-revoke-cancel = Cancel
settings-sign-out = Sign out…
settings-sign-out-ask = Sign out on this device? It won't ring anymore.
settings-sign-out-confirm = Sign out
settings-sign-out-cancel = Cancel
settings-about = About
settings-version = Version
settings-diagnostics = Diagnostics
    .hint = Technical details for your server's administrator, without names, addresses or passwords.
settings-license = Free software, MIT or Apache-2.0
settings-privacy = Calls between two people go directly between their devices where the network allows. Otherwise they go through the server, which could hear them. They are encrypted in transit.

## The numbers of a call
number-sent = Sending
number-received = Receiving
number-sent-picture = Your video
number-received-picture = Their video
number-received-screen = Their screen
number-sent-loss = Packet loss, sending
number-received-loss = Packet loss, receiving
number-round-trip = Round trip
number-jitter = Jitter
number-codec = Codecs
number-path = Connection
path-direct = Direct
path-server = Through the server

## Keys
keys-title = Keyboard shortcuts
keys-close = Close
keys-everywhere = Everywhere
keys-page = Show this page
keys-search = Search
keys-larger = Zoom in
keys-smaller = Zoom out
keys-normal-size = Reset zoom
keys-ring = While a call rings
keys-call = In a call

## Texts in fields
edit-menu = Edit
edit-cut = Cut
edit-copy = Copy
edit-paste = Paste
edit-select-all = Select all
