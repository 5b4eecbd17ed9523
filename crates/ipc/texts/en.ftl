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
tray-do-not-disturb = Do not disturb
tray-idle = Carillon
tray-offline = Carillon: offline. People can't reach you on this device.
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
tray-silent = Carillon: do not disturb

## Notifications
notification-voice = Voice call
notification-video = Video call
notification-group = Group call
notification-accept = Accept
notification-decline = Decline
notification-open = Open
missed-from = Missed call from { $name }
message-in-group = { $name } · { $group }

## Notices
notice-server-unreachable = Can't reach the server
    .hint = Check the address and your network, then try again.
notice-not-a-carillon-server = This isn't a Carillon server
    .hint = Something answers at this address, but it isn't Carillon. Check the address with your server's administrator.
notice-bad-address = This isn't a valid address
    .hint = Type an address such as calls.example.org or https://calls.example.org:8443.
notice-insecure-address = This address isn't encrypted
    .hint = Others on the network could read your password and hear your calls. Use https, or continue only if you trust every network in between.
notice-plain-http = This server uses http, without encryption
    .hint = Carillon tried https. If your server has no https, type { $name } as the address.
notice-wrong-credentials = The name or the password is wrong
    .hint = Check both and try again. Names are in lower case.
notice-bad-invite = This invite doesn't work
    .hint = It may be mistyped or already used. Ask your server's administrator for a new one.
notice-name-taken = This name is taken
    .hint = Choose another one.
notice-bad-name = This can't be an account's name
    .hint = Use lower-case letters a to z, digits, dots, hyphens and underscores, but not only digits.
notice-name-refused = This name can't be used
    .hint = A name has 1 to 64 characters, none of them invisible. Type it instead of pasting it.
notice-weak-password = This password is too short
    .hint = Use 8 characters or more.
notice-rate-limited = Too many attempts
    .hint = Wait a minute, then try again.
notice-signed-out = You were signed out
    .hint = This sign-in is no longer valid. Sign in again.
notice-unknown-user = { $name } isn't on this server
    .hint = Check the name. You can't call people on other servers.
notice-self-call = You can't call yourself
    .hint = To try your microphone and speaker, open Settings, Sound.
notice-in-another-call = You're already in a call
    .hint = End that call first.
notice-offline = You're offline
    .hint = Carillon needs a connection to the server for this. It keeps trying to reconnect.
notice-no-microphone = No microphone found
    .hint = Others can't hear you. Plug in a microphone; Carillon uses it at once.
notice-microphone-refused = Carillon isn't allowed to use the microphone
    .hint = Others can't hear you. Allow Carillon to use the microphone in your system's privacy settings.
notice-device-busy = { $name ->
    [microphone] Another program is using the microphone
    [speaker] Another program is using the speaker
    [camera] Another program is using the camera
   *[other] Another program is using { $name }
}
    .hint = Close the other program, or choose another device.
notice-device-gone = { $name } was unplugged
    .hint = Carillon now uses the system's default device.
notice-no-speaker = No speaker found
    .hint = You can't hear others. Plug in a speaker or headphones; Carillon uses them at once.
notice-no-camera = No camera found
    .hint = Others can't see you. Plug in a camera, then turn it on again.
notice-camera-refused = Carillon isn't allowed to use the camera
    .hint = Others can't see you. Allow Carillon to use the camera in your system's privacy settings.
notice-camera-gone = The camera has stopped
    .hint = Others can't see you; the call goes on. Check that it is plugged in, then turn it on again.
notice-screen-refused = Carillon isn't allowed to share the screen
    .hint = Allow Carillon to record the screen in your system's privacy settings, then try again.
notice-screen-gone = What you shared is no longer there
    .hint = The window was closed or the screen was unplugged. Others no longer see it.
notice-screen-sound-gone = The sound of what you share isn't sent
    .hint = Others still see it. Stop sharing and share again to try once more.
notice-picture-unreadable = Their picture can't be shown
    .hint = The call goes on with sound. If it doesn't come back, ask them to turn their camera off and on.
notice-no-keychain = This system has no keychain
    .hint = Carillon can keep your sign-in in a file that only you can read. Otherwise you sign in again each time it starts.
notice-not-found = This no longer exists
    .hint = Another person may have changed or deleted it.
notice-text-too-long = This message is too long
    .hint = A message holds up to 4,096 bytes: about 4,000 letters, or 1,300 Chinese characters. Send it in parts.
notice-file-too-large = This file is too large
    .hint = Your server limits how large a file may be, and how much all of your files take up. Ask its administrator, or delete files that you have sent.
notice-file-not-saved = The file couldn't be saved
    .hint = Check that there is room in your downloads folder, and try again.
notice-account-full = Your account has no room for more messages
    .hint = Ask your server's administrator to make room. The message stays here, so that you can send it again.
notice-unsent-not-kept = Waiting messages can't be saved on this computer
    .hint = The disk may be full. Carillon still sends them while it runs, but they are lost if you quit before that. Carillon saves them once there is room.
notice-quit-loses-unsent = Waiting messages would be lost
    .hint = Carillon can't save them; the disk may be full. Make room, and Carillon saves them, or quit again to lose them.
notice-autostart-refused = Your system didn't accept this
    .hint = Whether Carillon starts when you log in is as it was.
notice-group-full = There is no room for more people
    .hint = A group has at most 100 members.
notice-bad-picture = Carillon can't show this file
    .hint = Choose a PNG, JPEG or WebP picture.
notice-picture-too-large = This picture is too large
    .hint = Choose a file of at most 20 MB. Carillon makes it smaller by itself.
notice-wrong-password = The current password is wrong
    .hint = Check it and try again. Your password has not been changed.
notice-call-not-allowed = The server doesn't let you into this call
    .hint = Ask your server's administrator. The technical detail says why.
notice-registration-closed = This server doesn't accept new accounts
    .hint = Ask your server's administrator to create one for you.
notice-unverified = The other person's device couldn't be verified
    .hint = Carillon received something that didn't come from that device, and ignored it. If the call fails, try another network, and ask the other person face to face.
notice-joined-muted = You joined muted
    .hint = Many people are in this call already. Unmute yourself when you want to speak.
notice-call-full = This call is full: { $name }
    .hint = No more people can be in it, or be called into it, at once. Add somebody when another person has left.
notice-muted-by = { $name } muted you
    .hint = Everybody else in the call sees it. Unmute yourself when you want to speak; nobody else can.
notice-not-allowed = This isn't possible right now
    .hint = Something has changed in the meantime. Check it, then try again.
notice-internal = Something went wrong
    .hint = Try again. If it happens again, send the technical detail to your server's administrator.
notice-detail = Technical detail
notice-copy = Copy
notice-copied = Copied
notice-dismiss = Dismiss

## How a call ended
end-no-answer = No answer
    .hint = { $name } will see that you called.
end-cancelled = Call cancelled
end-cancelled-there = { $name } cancelled the call
end-declined = You declined
end-declined-there = Declined
    .hint = { $name } can't talk right now.
end-busy = Busy
    .hint = { $name } is in another call and will see that you called.
end-hung-up = Call ended
end-hung-up-there = { $name } hung up
end-connection-lost = Connection lost
    .hint = One of you lost the connection for too long.
end-media-blocked = Your network lets no media through
    .hint = Ask its administrator to let this device reach your Carillon server's media ports: UDP from 4748 on, or TCP 4748 (the server's administrator knows which they are).
end-media-failed = The call couldn't connect
    .hint = A network between you blocks calls. Try another network, or ask your server's administrator.
end-left = You left the call
end-removed = You were removed from the call
    .hint = You are no longer in the group.
end-removed-by = { $name } removed you from the call
end-token-expired = The call ended
    .hint = Your permission to be in it expired and was not renewed. Call again.
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
sign-in-user = Name
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
sign-in-keep-in-file = Keep my sign-in in a file on this device
sign-in-allow-insecure = Continue without encryption

## Main window
me-menu = Your menu
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
people-empty = Nobody else is here yet
    .hint = Ask your server's administrator for an invite, and pass it on to a colleague.
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
contact-asked = Wants to be your contact
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
presence-do-not-disturb = Do not disturb
presence-away = Away
presence-offline = Offline
presence-available = Available
presence-do-not-disturb-hint = None of your devices ring
link-connecting = Connecting…
link-reconnecting = Reconnecting…
link-offline = You're offline. People can't reach you on this device.
link-replaced = Open in another place: calls ring there
autostart-offer = Start Carillon when you log in to this computer?
    .hint = It waits out of sight, so that calls reach you. You can change this in Settings.
autostart-accept = Start automatically
autostart-decline = Not now
link-take-back = Use it here
alone = Everything is ready
    .hint = You can call other people as soon as they have an account on this server.
select-somebody = Who would you like to talk to?
    .hint = Choose a person on the left, or press { $key } to search.
person-call = Call
person-call-label = Call { $name }
person-video = Video
person-video-label = Video call with { $name }
person-offline-hint = { $name } is offline. Messages wait, and if you call, they will see that you did.
person-silent-hint = { $name } has turned on Do not disturb. Their devices don't ring, but they will see that you called.
person-menu = More options for { $name }
person-add = Add to contacts
person-accept = Accept as a contact
person-remove = Remove from contacts
person-take-back = Take the request back
person-block = Block
person-unblock = Unblock
person-requested = { $name } has not answered your contact request yet. You can write and call already.
person-asked = { $name } would like to be your contact. Contacts see whether the other is online.
person-stranger = { $name } isn't one of your contacts, so neither of you sees whether the other is online.
person-blocked = You have blocked { $name }. Their calls and messages do not reach you, and they are not told.
key-changed = { $name } uses a new device, or has set one up anew
    .hint = Its key is not the one that Carillon knows. That is usual after a new sign-in. If you did not expect it, ask them in person before you say anything secret.
key-seen = Got it
chat-log = Messages and calls
chat-loading = Loading messages…
chat-empty-person = No messages yet
    .hint = Write to { $name } below, or press Call to ring all of their devices at once.
chat-empty-group = No messages in { $name } yet
    .hint = Write below, or press Call and choose who to call.
chat-older = Show earlier messages
chat-older-loading = Loading earlier messages…
chat-older-failed = Couldn't load earlier messages
    .hint = Try again when you are connected.
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
message-waiting = Waiting to be sent
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
    [one] Room for one more character
   *[other] Room for { $count } more characters
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
group-call-whom = Who would you like to call?
group-call-start = { $count ->
    [0] Call
    [one] Call one person
   *[other] Call { $count } people
}
group-call-none = Nobody else is in this group yet
    .hint = Add people first.
group-details = Members
group-details-close = Close the list of members
group-name = Name
group-name-save = Save
group-rename-hint = Press Enter to save, Esc to keep the old name.
group-picture = Group picture
group-add = Add people
group-add-whom = Who would you like to add?
group-add-start = { $count ->
    [0] Add
    [one] Add one person
   *[other] Add { $count } people
}
group-add-none = All of your contacts are in this group
    .hint = Search for more people, and add them to your contacts first.
group-leave = Leave group…
group-leave-room = Leave room…
group-leave-ask = Leave { $name }? You won't get its messages any more.
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
member-make-owner-ask = Make { $name } the owner of { $group }? You become an admin, and can't undo this.
member-make-owner-confirm = Make owner
member-make-owner-cancel = Cancel
member-remove = Remove from group
member-remove-ask = Remove { $name }?
member-remove-confirm = Remove
member-remove-cancel = Cancel
member-invited = Invited
group-invited = Invitation
group-invited-title = { $name } invites you to { $group }
    .hint = Until you join, you get no messages from it, and its members don't see through it whether you are online.
group-decline = Decline
room-join = Join
room-join-title = Anyone on this server can join { $name }
    .hint = Join to read and write messages, and to be called with the others.
new-group-title = New group
new-group-lead = Write to several people at once, and call them together.
new-group-kind = Type
new-group-kind-group = Group
new-group-kind-room = Room
new-group-hint-group = Its admins decide who is in it.
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
   *[other] At most { $count } at once
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
call-legs = Who is in the call
call-people = Show who is in the call
call-people-hide = Close the list of people
call-people-title = In the call
call-spotlight = Show one person large
call-grid = Show everybody the same size
call-tiles = People in the call
call-pages = Pages of people
call-page = Page { $page } of { $pages }
call-page-back = Page before
call-page-next = Next page
call-pin = Show { $name } large
call-unpin = Stop showing { $name } large
call-pinned = Always shown large
call-screen-of = Screen of { $name }
call-volume = Volume of { $name }
call-silence = Mute { $name } for me
call-unsilence = Hear { $name } again
call-silenced = Muted for you
call-they-no-camera = { $name }’s camera is off
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
call-add-whom = Who would you like to add?
call-add-start = { $count ->
    [0] Call
    [one] Call one person
   *[other] Call { $count } people
}
call-add-none = All people who can be called are in the call
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
    [0] Nobody is in the call
    [one] One person in the call
   *[other] { $count } people in the call
}
call-poor-network = The network is weak
call-bad-network = The network is very weak
call-numbers = Call details
call-numbers-none = There is nothing to measure yet.
call-show-numbers = Show call details
call-hide-numbers = Close call details
call-controls = Call controls
call-mute = Mute
call-unmute = Unmute
call-muted = You are muted
call-they-muted = { $name } is muted
call-cameras = Choose a camera
call-camera-turn-on = Turn camera on
call-camera-turn-off = Turn camera off
call-camera-off = Camera off
call-share = Share screen
call-stop-sharing = Stop sharing your screen
call-sharing = You are sharing your screen
call-stop = Stop
call-more = More options
call-full-screen = Full screen
call-mini = Small window
call-back = Back to the call
call-swap-me = Show your picture large
call-swap-them = Show { $name } large
call-swap-screen = Show the screen of { $name } large
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
screen-picker-title = What would you like to share?
screen-picker-hint = Everybody in the call sees everything on it until you stop.
screen-picker-screens = Screens
screen-picker-windows = Windows
screen-picker-share = Share { $name }
screen-picker-looking = Looking for screens and windows…
screen-picker-none = Nothing to share was found
    .hint = Your system may not allow Carillon to see screens. Check its privacy settings, then try again.
say-camera-on = Your camera is on.
say-camera-off = Your camera is off.
say-sharing-began = You are sharing your screen.
say-sharing-ended = You are no longer sharing your screen.
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
say-missed = { $name } did not answer.
say-spotlight = One person is shown large.
say-grid = Everybody is shown the same size.
say-pinned = { $name } stays large.
device-default = System default
device-none = No device found
microphone = Microphone
speaker = Speaker
camera = Camera
level = Level

## Settings
settings-title = Settings
settings-you = You
settings-not-signed-in = You are not signed in
settings-display-name = Display name
settings-display-name-hint = If it is empty, others see your account's name.
settings-picture = Picture
settings-picture-hint = PNG, JPEG or WebP. Carillon crops it to a square.
settings-picture-choose = Choose…
settings-picture-change = Change…
settings-picture-remove = Remove
settings-picture-preview = How others will see you
settings-picture-use = Use this picture
settings-picture-cancel = Cancel
settings-password = Password
settings-password-change = Change…
settings-password-old = Current password
settings-password-new = New password
settings-password-save = Change password
settings-password-cancel = Cancel
settings-password-hint = This signs out your other devices.
settings-save = Save
settings-saving = Saving…
settings-saved = Saved
settings-sound = Sound
settings-microphone = Microphone
settings-microphone-test = Test
settings-microphone-stop = Stop
settings-microphone-test-label = Test the microphone
settings-microphone-hint = Carillon opens the microphone only while you test it or are in a call.
settings-microphone-listening = Say something: the bar should move.
settings-speaker = Speaker
settings-speaker-test = Play
settings-speaker-test-label = Play a bell on the speaker
settings-echo = Echo cancellation
    .hint = Keeps others from hearing themselves.
settings-noise = Noise suppression
    .hint = Removes the noise of fans, traffic and keyboards.
settings-gain = Even volume
    .hint = Makes quiet speech louder and loud speech quieter.
settings-camera = Camera
settings-camera-test = Preview
settings-camera-stop = Stop
settings-camera-test-label = Show what the camera sees
settings-camera-stop-label = Close the preview
settings-camera-opening = Opening the camera…
settings-camera-in-video-calls = Camera on in video calls
    .hint = Video calls begin, and are accepted, with your camera on. Before that nobody sees you.
settings-camera-hint = Carillon opens the camera only while you look at a preview or have it on in a call.
settings-ringing = Ringing
settings-do-not-disturb = Do not disturb
    .hint = None of your devices ring. Callers hear it ringing, and you see later that they called.
settings-ring-here = Ring on this device
    .hint = When off, calls ring on your other devices only.
settings-ring-sound = Ring with sound
settings-ring-shortcuts = Answer from any program
    .hint = While a call rings, press { $accept } to accept or { $decline } to decline, whatever window is in front. Not available on Wayland.
settings-ring-output = Play the ring on
settings-ring-test-label = Play the ring
settings-notifications = Show notifications
    .hint = For calls, with Accept and Decline where the system can, for missed calls and for messages.
settings-autostart = Start when I log in
    .hint = Carillon then waits out of sight, so that calls reach you.
settings-privacy-title = Privacy
settings-hide-address = Hide my address: always through the server
    .hint = In calls between two, the other device does not learn this one's network address. The server can hear such calls.
settings-read-receipts = Read receipts
    .hint = People you talk to see what you have read, and you see what they have. If you turn this off, you don't see theirs either.
settings-appearance = Appearance
settings-theme = Theme
settings-theme-system = System
settings-theme-dark = Dark
settings-theme-light = Light
settings-language = Language
settings-language-system = System
settings-devices = Devices
settings-devices-loading = Loading your devices…
settings-devices-lead = All of them ring when somebody calls you. Sign out devices that you don't know or no longer use.
settings-this-device = This device
device-name = Name of the device
device-rename = Rename { $name }
device-online = Connected
device-seen = Last seen { $when }
device-never-seen = Never connected
device-rings = Calls ring here
device-rings-label = Calls ring on { $name }
device-revoke = Sign out…
device-revoke-ask = Sign out { $name }? Its calls end at once.
device-revoke-confirm = Sign out
device-revoke-cancel = Cancel
settings-sign-out = Sign out…
settings-sign-out-ask = Sign out on this device? It won't ring any more.
settings-sign-out-confirm = Sign out
settings-sign-out-cancel = Cancel
settings-about = About
settings-version = Version
settings-license = Free software, under MIT or Apache-2.0
settings-privacy = Calls between two people go directly between their devices where the network allows, and otherwise through the server, which could hear them. They are encrypted on the way.

## The numbers of a call
number-sent = Sending
number-received = Receiving
number-sent-picture = Your picture
number-received-picture = Their picture
number-received-screen = Their screen
number-sent-loss = Lost on the way there
number-received-loss = Lost on the way here
number-round-trip = Round trip
number-jitter = Jitter
number-codec = Codecs
number-path = Connection
path-direct = Direct
path-server = Through the server
