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
tray-idle = Carillon
tray-offline = Carillon: offline, people cannot reach you here
tray-ringing = { $name } is calling
tray-in-call = In a call with { $name }
tray-missed = { $count ->
    [one] Carillon: one missed call
   *[other] Carillon: { $count } missed calls
}

## Notifications
notification-voice = Voice call
notification-video = Video call
notification-accept = Accept
notification-decline = Decline
notification-open = Open
missed-from = Missed call from { $name }

## Notices
notice-server-unreachable = The server does not answer
    .hint = Check the address and your network, then try again.
notice-not-a-carillon-server = This is not a Carillon server
    .hint = Something answers at this address, but it does not speak our language. Check the address with whoever runs your server.
notice-bad-address = This is not an address
    .hint = An address looks like calls.example.org or https://calls.example.org:8443.
notice-insecure-address = This address is not encrypted
    .hint = Others on the network could read your password and your calls. Use https, or go on only if you trust every machine between here and there.
notice-wrong-credentials = The name or the password is wrong
    .hint = Check both and try again. Names are lower case.
notice-bad-invite = This invite does not work
    .hint = It was mistyped or is already used. Ask whoever runs your server for a new one.
notice-name-taken = This name is taken
    .hint = Choose another one.
notice-bad-name = This cannot be a name
    .hint = Use lower-case letters a to z, digits, dots, hyphens and underscores.
notice-weak-password = This password is too short
    .hint = Use 8 characters or more.
notice-rate-limited = Too many tries
    .hint = Wait a minute, then try again.
notice-signed-out = You were signed out
    .hint = This sign-in is no longer valid. Sign in again.
notice-unknown-user = Nobody is called { $name } here
    .hint = Check the name; people on other servers cannot be called.
notice-self-call = You cannot call yourself
    .hint = To try your microphone and speaker, open Settings, Sound.
notice-in-another-call = You are in another call
    .hint = End that call first.
notice-offline = You are offline
    .hint = Calls need a link to the server. Carillon keeps trying to reconnect.
notice-no-microphone = No microphone found
    .hint = Others cannot hear you. Plug one in; it is used at once.
notice-microphone-refused = The system refuses the microphone
    .hint = Others cannot hear you. Allow Carillon to use the microphone in your system's privacy settings.
notice-device-busy = { $name ->
    [microphone] Another program uses the microphone
    [speaker] Another program uses the speaker
   *[other] Another program uses { $name }
}
    .hint = Close the other program, or choose another device.
notice-device-gone = { $name } was unplugged
    .hint = The system's default is used now.
notice-no-speaker = No speaker found
    .hint = You cannot hear others. Plug one in; it is used at once.
notice-no-keychain = This system has no keychain
    .hint = Carillon can keep your sign-in in a file that only your user can read. Otherwise you sign in again at every start.
notice-not-allowed = This is not possible now
    .hint = Things changed in the meantime. Look again, then try again.
notice-internal = Something went wrong
    .hint = Try again. If it happens again, tell whoever runs your server what the detail says.
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
    .hint = { $name } cannot talk now.
end-busy = Busy
    .hint = { $name } is in another call, and will see that you called.
end-hung-up = Call ended
end-hung-up-there = { $name } hung up
end-connection-lost = Connection lost
    .hint = One of you was out of reach for too long.
end-media-failed = The call could not connect
    .hint = A network between the two of you blocks calls. Try another network, or ask whoever runs your server.
end-answered-elsewhere = { $device ->
    [none] Answered on another device
   *[other] Answered on { $device }
}
end-declined-elsewhere = { $device ->
    [none] Declined on another device
   *[other] Declined on { $device }
}
end-not-started = The call could not begin

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
register-lead = You need an invite from whoever runs your server.
register-invite = Invite
register-display-name = What others see
register-display-name-placeholder = Your name
register-password-hint = 8 characters or more
register-submit = Create account
register-busy = Creating your account…
register-to-sign-in = I have an account
sign-in-keep-in-file = Keep my sign-in in a file on this device
sign-in-allow-insecure = Go on without encryption

## Main window
me-menu = Your menu
menu-settings = Settings
menu-quit = Quit
search = Search people
search-clear = Clear search
people = People
people-loading = Looking for people…
people-empty = Nobody else is here yet
    .hint = Ask whoever runs your server for an invite, and pass it on to a colleague.
people-no-match = Nobody is called { $query }
    .hint = Check the spelling, or clear the search.
recent = Recent
recent-empty = No calls yet
recent-missed-count = { $count ->
    [one] one missed call
   *[other] { $count } missed calls
}
presence-online = Online
presence-in-call = In a call
presence-offline = Offline
link-connecting = Connecting…
link-reconnecting = Reconnecting…
link-offline = Offline: people cannot reach you here
link-replaced = This device is open in another place, and calls ring there
link-take-back = Use it here
select-somebody = Whom would you like to talk to?
    .hint = Choose somebody on the left. Press { $key } to search.
person-call = Call
person-call-label = Call { $name }
person-show-call = Show call
person-no-calls = No calls with { $name } yet
    .hint = Press Call to ring all of their devices at once.
person-offline-hint = { $name } is offline. If you call, they will see that you did.
person-calls = Calls
call-missed = Missed call
call-incoming = Incoming call
call-outgoing = Outgoing call
call-voice = Voice call
call-video = Video call
call-no-answer = No answer
call-declined = Declined
call-busy = Busy
call-cancelled = Cancelled
call-failed = Did not connect
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
ago-minutes = { $count } m
ago-hours = { $count } h
ago-days = { $count } d
duration-seconds = { $seconds } s
duration-minutes = { $minutes } min
duration-hours = { $hours } h { $minutes } min

## Ring window
ring-voice = Voice call
ring-video = Video call
ring-also-on = also on { $devices }
ring-accept = Accept
ring-decline = Decline
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
call-state-active = Talking
call-state-idle = No call
    .hint = Call somebody from the main window.
call-ended-after = { $reason } · { $time }
call-poor-network = The network is weak
call-controls = Call controls
call-mute = Mute
call-unmute = Unmute
call-muted = You are muted
call-microphones = Choose a microphone
call-speakers = Choose a speaker
call-hang-up = Hang up
call-cancel = Cancel
call-again = Call again
call-close = Close
device-default = System default
device-none = No device found
microphone = Microphone
speaker = Speaker
level = Level

## Settings
settings-title = Settings
settings-you = You
settings-not-signed-in = You are not signed in
settings-sound = Sound
settings-microphone = Microphone
settings-microphone-test = Test
settings-microphone-stop = Stop
settings-microphone-test-label = Test the microphone
settings-microphone-hint = The microphone is open only while you test it or talk.
settings-microphone-listening = Say something: the bar should move.
settings-speaker = Speaker
settings-speaker-test = Play
settings-speaker-test-label = Play a bell on the speaker
settings-echo = Echo cancellation
    .hint = Keeps others from hearing themselves.
settings-noise = Noise suppression
    .hint = Takes away fans, traffic and keyboards.
settings-gain = Even volume
    .hint = Makes quiet speech louder and loud speech quieter.
settings-ringing = Ringing
settings-ring-here = Ring on this device
    .hint = When off, calls ring on your other devices only.
settings-ring-sound = Ring with sound
settings-ring-output = Ring on
settings-ring-test-label = Play the ring
settings-notifications = Show notifications
    .hint = With Accept and Decline, where the system can.
settings-appearance = Appearance
settings-theme = Theme
settings-theme-system = System
settings-theme-dark = Dark
settings-theme-light = Light
settings-language = Language
settings-language-system = System
settings-this-device = This device
settings-device-name = Name
    .hint = What your other devices call it.
settings-sign-out = Sign out…
settings-sign-out-ask = Sign out on this device? It will not ring any more.
settings-sign-out-confirm = Sign out
settings-sign-out-cancel = Stay
settings-about = About
settings-version = Version
settings-license = Free software, under MIT or Apache-2.0
settings-privacy = Calls between two people go directly between their devices where the network allows. They are encrypted on the way.
