# 简体中文文本。`hint` 说明含义以及该怎么做。

## Windows
window-main = Carillon
window-ring = { $name } 来电
window-call = 与 { $name } 通话
window-settings = 设置

## Tray
tray-open = 打开 Carillon
tray-settings = 设置
tray-accept = 接听
tray-decline = 拒绝
tray-show-call = 返回通话
tray-hang-up = 挂断
tray-quit = 退出 Carillon
tray-do-not-disturb = 勿扰模式
tray-idle = Carillon
tray-offline = Carillon：离线，此设备不会响铃
tray-ringing = { $name } 来电
tray-in-call = 正在与 { $name } 通话
tray-missed = Carillon：{ $count } 个未接来电
tray-unread = Carillon：{ $count } 条未读消息
tray-silent = Carillon：勿扰模式已开启

## Notifications
notification-voice = 语音通话
notification-video = 视频通话
notification-group = 群组通话
notification-accept = 接听
notification-decline = 拒绝
notification-open = 打开
missed-from = { $name } 的未接来电
message-in-group = { $name } · { $group }
message-hidden = 新消息

## Notices
notice-server-unreachable = 无法连接服务器
    .hint = 请检查地址和网络，然后重试。
notice-not-a-carillon-server = 这不是 Carillon 服务器
    .hint = 该地址有响应，但不是 Carillon。请向服务器管理员确认地址。
notice-bad-address = 地址无效
    .hint = 地址形如 calls.example.org 或 https://calls.example.org:8443。
notice-insecure-address = 连接未加密
    .hint = 同一网络上的人可能看到你的密码、听到你的通话。请使用 https；除非你信任途经的所有网络，否则不要继续。
notice-plain-http = 此服务器使用 http，未加密
    .hint = Carillon 已先尝试 https。如果服务器没有 https，请使用 { $name }。
notice-wrong-credentials = 用户名或密码不正确
    .hint = 请检查后重试。用户名均为小写字母。
notice-bad-invite = 邀请码无效
    .hint = 可能输入有误，或已被使用。请向服务器管理员索取新的邀请码。
notice-name-taken = 用户名已被使用
    .hint = 请换一个。
notice-bad-name = 用户名不符合要求
    .hint = 请使用小写字母 a 到 z、数字、点、连字符和下划线，不能只有数字。
notice-name-refused = 名称不符合要求
    .hint = 请使用 1 到 64 个可见字符。如果名称是粘贴的，请改为手动输入。
notice-weak-password = 密码太短
    .hint = 请至少使用 8 个字符。
notice-rate-limited = 尝试次数过多
    .hint = 请等一分钟再试。
notice-signed-out = 你已退出登录
    .hint = 请重新登录以继续。
notice-signed-in-already = 你已登录
    .hint = 要加入其他服务器，请先在设置中退出登录。
notice-bad-link = 链接无效
    .hint = 链接可能不完整，请索取新的链接。
notice-unknown-user = 此服务器上没有 { $name }
    .hint = 请检查用户名。不能呼叫其他服务器上的用户。
notice-self-call = 不能呼叫自己
    .hint = 要测试麦克风和扬声器，请打开“设置”中的“声音”。
notice-in-another-call = 你正在通话中
    .hint = 请先结束当前通话。
notice-offline = 你已离线
    .hint = 此操作需要连接服务器。Carillon 会不断尝试重新连接。
notice-no-microphone = 未找到麦克风
    .hint = 别人听不到你的声音。接上麦克风后，Carillon 会自动使用。
notice-microphone-refused = 没有麦克风权限
    .hint = 别人听不到你的声音。请在系统的隐私设置中允许 Carillon 使用麦克风。
notice-device-busy = { $name ->
    [microphone] 麦克风正被其他应用使用
    [speaker] 扬声器正被其他应用使用
    [camera] 摄像头正被其他应用使用
   *[other] { $name } 正被其他应用使用
}
    .hint = 请关闭该应用，或选择其他设备。
notice-device-gone = { $name } 已断开
    .hint = 已改用系统默认设备。
notice-no-speaker = 未找到扬声器
    .hint = 你听不到别人的声音。接上扬声器或耳机后，Carillon 会自动使用。
notice-no-camera = 未找到摄像头
    .hint = 别人看不到你。接上摄像头后，请重新开启。
notice-camera-refused = 没有摄像头权限
    .hint = 别人看不到你。请在系统的隐私设置中允许 Carillon 使用摄像头。
notice-camera-gone = 摄像头已停止工作
    .hint = 别人看不到你，但通话会继续。请检查摄像头连接，然后重新开启。
notice-screen-refused = 没有录制屏幕的权限
    .hint = 请在系统的隐私设置中允许 Carillon 录制屏幕，然后重试。
notice-screen-gone = 屏幕共享已停止
    .hint = 窗口已关闭，或显示器已断开。别人无法再看到。
notice-screen-sound-gone = 未共享声音
    .hint = 别人仍能看到你的屏幕。要重试，请停止共享后再重新共享。
notice-picture-unreadable = 无法显示对方的视频
    .hint = 通话会继续，声音不受影响。如果视频没有恢复，请让对方关闭再开启摄像头。
notice-no-keychain = 此系统没有密钥环
    .hint = Carillon 可以用一个只有你能读取的文件保持登录，否则每次启动都需要重新登录。
notice-not-found = 内容已不存在
    .hint = 可能有人更改或删除了它。
notice-text-too-long = 消息太长
    .hint = 一条消息最多约 1300 个汉字，或 4000 个字母。请分几条发送。
notice-file-too-large = 文件太大
    .hint = 服务器限制了单个文件的大小以及你所有文件占用的空间。请联系管理员，或删除你发送过的文件。
notice-file-not-saved = 无法保存文件
    .hint = 请检查下载文件夹是否有足够空间，然后重试。
notice-account-full = 账号存储空间已满
    .hint = 请联系服务器管理员增加空间。消息会保留在这里，以便重新发送。
notice-unsent-not-kept = 无法保存未发送的消息
    .hint = 磁盘可能已满。Carillon 运行期间仍会发送这些消息；如果在此之前退出，消息会丢失。有空间后会自动保存。
notice-quit-loses-unsent = 未发送的消息将会丢失
    .hint = Carillon 无法保存这些消息，磁盘可能已满。请释放空间，或再次退出以放弃这些消息。
notice-autostart-refused = 系统未接受此更改
    .hint = 登录时是否启动 Carillon 保持不变。
notice-group-full = 人数已达上限
    .hint = 一个群组最多 100 人。
notice-bad-picture = 无法打开这张图片
    .hint = 请选择 PNG、JPEG 或 WebP 文件。
notice-picture-too-large = 图片太大
    .hint = 请选择不超过 20 MB 的文件，Carillon 会自动缩小。
notice-wrong-password = 当前密码不正确
    .hint = 请检查后重试。密码未更改。
notice-call-not-allowed = 你不能加入此通话
    .hint = 请联系服务器管理员，原因见技术详情。
notice-registration-closed = 此服务器暂不接受注册
    .hint = 请让服务器管理员为你创建账号。
notice-unverified = 无法验证对方的设备
    .hint = Carillon 收到了并非来自该设备的数据，已忽略。如果通话失败，请换一个网络，并当面与对方确认。
notice-joined-muted = 你已静音加入
    .hint = 通话中人数较多。想发言时请取消静音。
notice-call-full = 通话已满：{ $name } 人
    .hint = 无法同时容纳或呼叫更多人。有人离开后再添加。
notice-muted-by = { $name } 将你静音了
    .hint = 通话中的其他人都能看到。想发言时请自行取消静音，其他人无法替你取消。
notice-not-allowed = 暂时无法执行此操作
    .hint = 情况已发生变化，请重试。
notice-internal = 出错了
    .hint = 请重试。如果问题仍然存在，请把技术详情发给服务器管理员。
notice-detail = 技术详情
notice-copy = 复制
notice-copied = 已复制
notice-dismiss = 关闭

## How a call ended
end-no-answer = 无人接听
    .hint = { $name } 会看到你的未接来电。
end-cancelled = 已取消呼叫
end-cancelled-there = { $name } 取消了呼叫
end-declined = 你已拒绝
end-declined-there = { $name } 已拒绝
    .hint = 可以改发消息，或稍后再试。
end-busy = 对方忙线中
    .hint = { $name } 正在通话，会看到你曾来电。
end-hung-up = 通话已结束
end-hung-up-there = { $name } 已挂断
end-connection-lost = 连接已断开
    .hint = 请检查网络，然后重新呼叫。
end-media-blocked = 您的网络不允许音视频通过
    .hint = 请让网络管理员允许此设备访问 Carillon 服务器的媒体端口：UDP 4748 及其后的端口，或 TCP 4748（具体端口请向服务器管理员确认）。
end-media-failed = 通话无法接通
    .hint = 你们之间的网络阻止了通话。请换一个网络，或联系服务器管理员。
end-left = 你已离开通话
end-removed = 你已被移出通话
    .hint = 你已不在这个群组中。
end-removed-by = { $name } 将你移出了通话
end-token-expired = 通话已结束
    .hint = 你的通话权限已过期，请重新呼叫。
end-answered-elsewhere = { $device ->
    [none] 已在另一台设备上接听
   *[other] 已在 { $device } 上接听
}
end-declined-elsewhere = { $device ->
    [none] 已在另一台设备上拒绝
   *[other] 已在 { $device } 上拒绝
}
end-not-started = 无法发起通话

## Sign in
sign-in-title = 登录
sign-in-lead = 自己的服务器，团队的通话。
sign-in-server = 服务器
sign-in-server-placeholder = calls.example.org
sign-in-user = 用户名
sign-in-password = 密码
sign-in-show-password = 显示密码
sign-in-hide-password = 隐藏密码
sign-in-submit = 登录
sign-in-busy = 正在登录…
sign-in-to-register = 我有邀请码
register-title = 创建账号
register-lead = 需要向服务器管理员索取邀请码。
register-invite = 邀请码
register-display-name = 显示名称
register-display-name-placeholder = 你的名字
register-password-hint = 至少 8 个字符
register-submit = 创建账号
register-busy = 正在创建账号…
register-to-sign-in = 我已有账号
sign-in-keep-in-file = 用此设备上的文件保持登录
sign-in-allow-insecure = 不加密并继续
sign-in-use-http = 使用 { $name }

## Main window
me-menu = 我的菜单
menu-settings = 设置
menu-quit = 退出程序
search = 搜索
search-label = 搜索联系人和群组
search-clear = 清除搜索
conversations = 会话
filters = 列表内容
filter-all = 全部
filter-calls = 通话
row-own = 你：{ $text }
row-by = { $name }：{ $text }
row-text = { $text }
row-waiting = 等待发送：{ $text }
row-failed = 未发送：{ $text }
call-back-label = 回拨 { $name }
requests-none = 没有联系人请求
requests-from = { $others ->
    [0] { $name }
   *[other] { $name } 和另外 { $others } 人
}
requests-count = { $count ->
   *[other] { $count } 个联系人请求
}
people-loading = 正在加载联系人…
people-empty = 还没有联系人
    .hint = 向服务器管理员索取邀请码，然后转给同事。
people-no-match = 未找到“{ $query }”
    .hint = 请检查拼写，或清除搜索。
requests = 联系人申请
request-accept = 接受
request-accept-label = 接受 { $name } 的申请
request-ignore = 忽略
request-ignore-label = 忽略 { $name } 的申请
contact-add = 添加
contact-add-label = 添加 { $name } 为联系人
contact-requested = 申请已发送
contact-asked = 请求添加你为联系人
contact-blocked = 已屏蔽
groups-new = 新建群组
room = 聊天室
group-members = { $count } 名成员
unread-count = { $count } 条未读消息
recent-empty = 暂无通话记录
recent-missed-count = { $count } 个未接来电
presence-online = 在线
presence-in-call = 通话中
presence-do-not-disturb = 勿扰模式
presence-away = 离开
presence-offline = 离线
presence-available = 有空
presence-do-not-disturb-hint = 所有设备都不响铃
link-connecting = 正在连接…
link-reconnecting = 正在重新连接…
link-offline = 你已离线，此设备不会响铃
link-replaced = 已在其他窗口中使用
autostart-offer = 登录这台电脑时启动 Carillon？
    .hint = 它会在后台等待，以便你能接到来电。可随时在设置中更改。
autostart-accept = 自动启动
autostart-decline = 暂不
link-take-back = 在此使用
alone = 一切就绪
    .hint = 同事在此服务器上有账号后，你就可以呼叫他们。
select-somebody = 选择一个会话
    .hint = 在左侧选择，或按 { $key } 搜索。
person-call = 呼叫
person-call-label = 呼叫 { $name }
person-video = 视频
person-video-label = 与 { $name } 视频通话
link-call-ask = 呼叫 { $name }？
link-call-about = 你打开的链接请求发起此通话。
link-call-cancel = 取消
person-offline-hint = { $name } 已离线，上线后会收到你的消息和未接来电提醒。
person-silent-hint = { $name } 已开启勿扰模式，会收到你的消息和未接来电提醒。
person-menu = { $name } 的更多操作
person-add = 添加为联系人
person-accept = 接受申请
person-remove = 移除联系人
person-take-back = 撤回申请
person-block = 屏蔽
person-unblock = 取消屏蔽
person-requested = { $name } 还没有回应你的联系人申请。你现在就可以发消息和呼叫。
person-asked = { $name } 请求添加你为联系人。联系人之间可以看到对方是否在线。
person-stranger = { $name } 不是你的联系人，你们互相看不到对方是否在线。
person-blocked = 你已屏蔽 { $name }，不会再收到对方的来电和消息。对方不会收到提示。
key-changed = { $name } 使用了新设备，或重装了设备
    .hint = 重新登录后通常会这样。如果你没有预料到，请先当面确认，再谈机密内容。
key-seen = 知道了
chat-log = 消息和通话
chat-loading = 正在加载消息…
chat-empty-person = 还没有消息
    .hint = 在下方输入消息，或点击“呼叫”，{ $name } 的所有设备会同时响铃。
chat-empty-group = { $name } 中还没有消息
    .hint = 在下方输入消息，或点击“呼叫”并选择要呼叫的人。
chat-older = 显示更早的消息
chat-older-loading = 正在加载更早的消息…
chat-older-failed = 无法加载更早的消息
    .hint = 请在联网后重试。
chat-to-latest = 跳到最新消息
chat-to-latest-unread = 跳到最新消息，{ $count } 条未读
chat-mute = 消息免打扰
chat-unmute = 关闭消息免打扰
typing-one = { $name } 正在输入…
typing-two = { $name } 和 { $other } 正在输入…
typing-many = 多人正在输入…
event-you = 你
event-and = 、
event-joined = { $name } 加入了
event-joined-by-you = 你加入了
event-left = { $name } 离开了
event-left-by-you = 你离开了
event-added = { $more ->
    [0] { $name } 添加了 { $people }
   *[other] { $name } 添加了 { $people } 等，另有 { $more } 人
}
event-added-by-you = { $more ->
    [0] 你添加了 { $people }
   *[other] 你添加了 { $people } 等，另有 { $more } 人
}
event-removed = { $name } 移除了 { $person }
event-removed-by-you = 你移除了 { $person }
event-renamed = { $name } 将群组改名为 { $group }
event-renamed-by-you = 你将群组改名为 { $group }
event-owner = { $person } 成为群主
event-owner-you = 你成为群主
chat-unread = 新消息
chat-you = 你
message-sending = 正在发送…
message-waiting = 等待发送
message-failed = 发送失败
message-again = 重试
message-discard = 丢弃
message-sent = 已发送
message-delivered = 已送达
message-read = 已读
message-edited = 已编辑
message-deleted = 消息已删除
message-reply = 回复
message-edit = 编辑
message-delete = 删除
message-delete-ask = 为所有人删除这条消息？
message-delete-confirm = 删除
writing-reply = 回复 { $name }
writing-reply-own = 回复自己
writing-edit = 编辑消息
writing-cancel = 取消
visit-title = 在浏览器中打开 { $host }？
visit-open = 此页面未加密，你输入的内容可能在途中被看到。
visit-go = 打开
visit-stay = 取消
composer-label = 给 { $name } 的消息
composer-placeholder = 输入消息
composer-send = 发送
composer-save = 保存
attach = 添加文件
attach-remove = 移除 { $name }
file-save = 保存 { $name }
file-saved = 已保存到“下载”：{ $name }
file-cancel = 取消
file-moving = { $percent }%
file-kilobytes = { $count } KB
file-megabytes = { $count } MB
composer-left = 还可以输入 { $count } 个字
composer-too-long = 超出 { $count } 个字，请分几条发送。
composer-blocked = 取消屏蔽 { $name } 后才能发消息。
call-missed = 未接来电
call-incoming = 来电
call-outgoing = 去电
call-voice = 语音通话
call-video = 视频通话
call-no-answer = 无人接听
call-declined = 已拒绝
call-busy = 对方忙线中
call-cancelled = 已取消
call-failed = 未接通
call-group-voice = 群组通话
call-group-video = 群组视频通话
call-removed = 已被移出通话
call-by = { $name } 发起
call-by-you = 你发起
day-today = 今天
day-yesterday = 昨天
day-of-week = { $day ->
    [0] 星期日
    [1] 星期一
    [2] 星期二
    [3] 星期三
    [4] 星期四
    [5] 星期五
   *[6] 星期六
}
month-name = { $month ->
    [1] 1月
    [2] 2月
    [3] 3月
    [4] 4月
    [5] 5月
    [6] 6月
    [7] 7月
    [8] 8月
    [9] 9月
    [10] 10月
    [11] 11月
   *[12] 12月
}
day-of-year = { $month }{ $day }日
day-of-past-year = { $year }年{ $month }{ $day }日
ago-now = 刚刚
moment-at = { $day } { $time }
ago-minutes = { $count } 分钟
ago-hours = { $count } 小时
ago-days = { $count } 天
duration-seconds = { $seconds } 秒
duration-minutes = { $minutes } 分钟
duration-hours = { $hours } 小时 { $minutes } 分钟

## Groups
group-call = 呼叫
group-call-label = 呼叫 { $name }
group-video = 视频
group-video-label = 与 { $name } 视频通话
group-call-whom = 呼叫谁？
group-call-start = { $count ->
    [0] 呼叫
   *[other] 呼叫 { $count } 人
}
group-call-none = 这个群组里还没有其他人
    .hint = 请先添加成员。
group-details = 成员
group-details-close = 关闭成员列表
group-name = 名称
group-name-save = 保存
group-rename-hint = 按 Enter 保存，按 Esc 取消
group-picture = 群组头像
group-add = 添加成员
group-add-whom = 添加谁？
group-add-start = { $count ->
    [0] 添加
   *[other] 添加 { $count } 人
}
group-add-none = 你的联系人都在这个群组里
    .hint = 要添加其他人，请先搜索并添加为联系人。
group-leave = 退出群组…
group-leave-room = 退出聊天室…
group-leave-ask = 要退出 { $name } 吗？之后不会再收到其中的消息。
group-leave-confirm = 退出
group-leave-cancel = 取消
group-you = 你
role-owner = 群主
role-admin = 管理员
role-member = 成员
member-menu = { $name } 的更多操作
member-message = 发消息
member-make-admin = 设为管理员
member-make-member = 取消管理员
member-make-owner = 转让群主…
member-make-owner-ask = 要将 { $group } 的群主转让给 { $name } 吗？你将成为管理员，此操作无法撤销。
member-make-owner-confirm = 转让
member-make-owner-cancel = 取消
member-remove = 移出群组
member-remove-ask = 要移出 { $name } 吗？
member-remove-confirm = 移出
member-remove-cancel = 取消
member-invited = 已邀请
group-invited = 邀请
group-invited-title = { $name } 邀请你加入 { $group }
    .hint = 加入之前，你不会收到其中的消息，成员也不会因此看到你是否在线。
group-decline = 拒绝
room-join = 加入
room-join-title = 此服务器上的所有人都能加入 { $name }
    .hint = 加入后可以收发消息、参加通话。
new-group-title = 新建群组
new-group-lead = 与多人聊天和通话。
new-group-kind = 类型
new-group-kind-group = 群组
new-group-kind-room = 聊天室
new-group-hint-group = 只有管理员可以添加成员。
new-group-hint-room = 此服务器上的所有人都可以找到并加入。
new-group-name = 名称
new-group-name-placeholder = 设计组
new-group-people = 成员
new-group-create = 创建
new-group-busy = 正在创建…
new-group-cancel = 取消
picker-search = 搜索
picker-cancel = 取消
picker-none = 未找到“{ $query }”
picker-limit = 一次最多 { $count } 人

## Ring window
ring-voice = 语音通话
ring-video = 视频通话
ring-group = 群组通话
ring-group-video = 群组视频通话
ring-group-video-named = 群组视频通话 · { $group }
ring-group-named = 群组通话 · { $group }
ring-also-on = { $devices } 也在响铃
ring-accept = 接听
ring-accept-video = 视频接听
ring-accept-without-video = 仅语音接听
ring-camera-on = 摄像头已开启
ring-camera-off = 摄像头已关闭
ring-look = 预览
ring-look-end = 关闭预览
ring-decline = 拒绝
ring-message = 用消息回复
ring-message-short = 消息
ring-message-back = 返回
reply-cannot-talk = 我现在不方便接听。
reply-call-back = 我稍后回电。
reply-on-my-way = 我在路上了。
reply-own = 写消息…
ring-silence = 在此设备上静音
ring-answered-on = { $device ->
    [none] 已在另一台设备上接听
   *[other] 已在 { $device } 上接听
}
ring-announce = { $name } 来电。{ $kind }。
list-separator = 、

## Call window
call-state-calling = 正在呼叫…
call-state-ringing = { $devices ->
    [0] 正在响铃…
   *[other] 正在 { $devices } 台设备上响铃
}
call-state-connecting = 正在接通…
call-state-reconnecting = 正在重新连接… { $seconds } 秒
call-state-active = 通话中
call-state-idle = 没有通话
    .hint = 请在主窗口中呼叫联系人。
call-ended-after = { $reason } · { $time }
call-group-title = 群组通话
call-bar = 正在通话
call-bar-return = 返回通话
call-message = 发消息
switch-call-voice = 呼叫 { $to }？
switch-call-video = 与 { $to } 视频通话？
switch-call-hint = 与 { $from } 的通话将会结束。
switch-call-confirm = 结束并呼叫
tried-voice = 在你通话时呼叫了你
tried-video = 在你通话时发起了视频通话
tried-dismiss = 暂不
tried-call-back = 结束并回拨
question-cancel = 取消
quit-in-call = 结束通话并退出？
    .hint = 你正在通话中。退出 Carillon 会结束你的通话。
quit-in-call-confirm = 结束通话并退出
call-legs = 通话成员
call-people = 显示通话成员
call-people-hide = 关闭成员列表
call-people-title = 通话成员
call-spotlight = 演讲者视图
call-grid = 宫格视图
call-tiles = 通话成员
call-pages = 成员分页
call-page = 第 { $page } 页，共 { $pages } 页
call-page-back = 上一页
call-page-next = 下一页
call-pin = 固定 { $name }
call-unpin = 取消固定 { $name }
call-pinned = 已固定
call-screen-of = { $name } 的屏幕
call-volume = { $name } 的音量
call-silence = 为我静音 { $name }
call-unsilence = 为我取消静音 { $name }
call-silenced = 已为你静音
call-they-no-camera = { $name } 的摄像头已关闭
call-label-people = 成员
call-label-hand = 举手
call-label-layout = 视图
call-raise-hand = 举手
call-lower-hand = 放下手
call-hand = { $name } 举手了，第 { $place } 位
call-hand-of-you = 你已举手，第 { $place } 位
call-leg-menu = { $name } 的选项
call-mute-them = 对所有人静音
call-lower-their-hand = 放下其手
call-remove = 移出通话
call-remove-ask = 要将 { $name } 移出通话吗？除非有人再次添加，否则对方无法回到通话中。
call-remove-confirm = 移出
call-remove-cancel = 取消
call-add = 添加成员
call-add-whom = 添加谁？
call-add-start = { $count ->
    [0] 呼叫
   *[other] 呼叫 { $count } 人
}
call-add-none = 能呼叫的人都已在通话中
    .hint = 只能添加群组成员。
call-leave = 离开
leg-ringing = 正在响铃…
leg-accepted = 已加入
leg-declined = 已拒绝
leg-busy = 忙线中
leg-missed = 无人接听
leg-left = 已离开
leg-reconnecting = 正在重新连接…
leg-removed = 已被移出
leg-count = { $count ->
    [0] 没有人在通话中
   *[other] { $count } 人在通话中
}
call-poor-network = 网络不佳
call-bad-network = 网络很差
call-numbers = 通话详情
call-numbers-none = 暂无数据。
call-show-numbers = 显示通话详情
call-hide-numbers = 关闭通话详情
call-controls = 通话控制
call-mute = 静音
call-unmute = 取消静音
call-muted = 你已静音
call-they-muted = { $name } 已静音
call-cameras = 选择摄像头
call-camera-turn-on = 开启摄像头
call-camera-turn-off = 关闭摄像头
call-camera-off = 摄像头已关闭
call-share = 共享屏幕
call-stop-sharing = 停止共享屏幕
call-sharing = 你正在共享屏幕
call-stop = 停止
call-more = 更多选项
call-full-screen = 全屏
call-mini = 迷你窗口
call-back = 返回通话
call-swap-me = 放大自己的视频
call-swap-them = 放大 { $name } 的视频
call-swap-screen = 放大 { $name } 的屏幕
call-label-microphone = 麦克风
call-label-speaker = 扬声器
call-label-camera = 摄像头
call-label-share = 共享
call-label-more = 更多
call-microphones = 选择麦克风
call-speakers = 选择扬声器
call-hang-up = 挂断
call-cancel = 取消
call-again = 再次呼叫
call-close = 关闭
screen-picker-title = 选择共享内容
screen-picker-hint = 停止共享之前，通话中的所有人都能看到。
screen-picker-screens = 屏幕
screen-picker-windows = 窗口
screen-picker-share = 共享 { $name }
screen-picker-looking = 正在查找屏幕和窗口…
screen-picker-none = 没有可共享的内容
    .hint = Carillon 可能没有录制屏幕的权限。请检查系统的隐私设置，然后重试。
say-camera-on = 你的摄像头已开启。
say-camera-off = 你的摄像头已关闭。
say-sharing-began = 你正在共享屏幕。
say-sharing-ended = 你已停止共享屏幕。
say-their-camera-on = { $name } 开启了摄像头。
say-their-camera-off = { $name } 关闭了摄像头。
say-their-screen-began = { $name } 正在共享屏幕。
say-their-screen-ended = { $name } 已停止共享屏幕。
say-they-muted = { $name } 已静音。
say-they-unmuted = { $name } 已取消静音。
say-reconnecting = { $name } 正在重新连接。
say-reconnected = { $name } 已重新连接。
say-hand-raised = { $name } 举手了。
say-hand-lowered = { $name } 的手已放下。
say-your-hand-raised = 你已举手。
say-your-hand-lowered = 你的手已放下。
say-joined = { $name } 已加入。
say-left = { $name } 已离开。
say-declined = { $name } 已拒绝。
say-missed = { $name } 未接听。
say-spotlight = 演讲者视图。
say-grid = 宫格视图。
say-pinned = 已固定 { $name }。
device-default = 系统默认
device-none = 未找到设备
microphone = 麦克风
speaker = 扬声器
camera = 摄像头
level = 音量

## Settings
settings-title = 设置
settings-sections = 分类
settings-search = 搜索设置
settings-discard-ask = 放弃更改？
settings-discard = 放弃
settings-discard-cancel = 取消
settings-you = 我
settings-not-signed-in = 你尚未登录
settings-display-name = 显示名称
settings-display-name-hint = 留空时，别人看到的是你的用户名。
name-full = 名称最多 { $count } 个字符
settings-picture = 头像
settings-picture-hint = PNG、JPEG 或 WebP，会裁剪成正方形。
settings-picture-choose = 选择…
settings-picture-change = 更换…
settings-picture-remove = 移除
settings-picture-preview = 别人看到的你
settings-picture-use = 使用这张图片
settings-picture-cancel = 取消
settings-password = 密码
settings-password-change = 更改…
settings-password-old = 当前密码
settings-password-new = 新密码
settings-password-save = 更改密码
settings-password-cancel = 取消
settings-password-hint = 你的其他设备会退出登录。
settings-delete = 注销账号
    .hint = 删除你在此服务器上的账号、消息和设备。
settings-delete-begin = 注销…
settings-delete-ask = 要注销账号吗？
    .hint = 此操作无法撤销。你的消息和设备会被删除，你的群组会转给其他成员，任何人都不能再使用你的用户名。
settings-delete-confirm = 注销账号
settings-delete-busy = 正在注销…
settings-delete-cancel = 取消
settings-save = 保存
settings-saving = 正在保存…
settings-saved = 已保存
settings-sound = 声音
settings-microphone = 麦克风
settings-microphone-test = 测试
settings-microphone-stop = 停止
settings-microphone-test-label = 测试麦克风
settings-microphone-hint = Carillon 只在通话和测试时使用麦克风。
settings-microphone-listening = 请说话，音量条应随之变化。
settings-speaker = 扬声器
settings-speaker-test = 播放
settings-speaker-test-label = 播放测试声音
settings-echo = 回声消除
    .hint = 避免对方听到自己的声音。
settings-noise = 降噪
    .hint = 减少背景噪声。
settings-gain = 自动增益
    .hint = 让音量更平稳。
settings-camera = 摄像头
settings-camera-test = 预览
settings-camera-stop = 停止
settings-camera-test-label = 显示摄像头画面
settings-camera-stop-label = 关闭预览
settings-camera-opening = 正在打开摄像头…
settings-camera-in-video-calls = 视频通话时开启摄像头
    .hint = 发起和接听视频通话时开启摄像头。在此之前，没有人能看到你。
settings-camera-hint = Carillon 只在预览时，或在通话中开启摄像头时使用它。
settings-ringing = 响铃
settings-do-not-disturb = 勿扰模式
    .hint = 所有设备都不响铃。来电者听到的是正常响铃，之后你会看到未接来电。
settings-quiet-for = 暂时开启
settings-quiet-hour = 1 小时
settings-quiet-tomorrow = 到明天
settings-quiet-today = 已开启，到 { $time }
settings-quiet-next-day = 已开启，到明天 { $time }
settings-quiet-hours = 定时勿扰
    .hint = 每天在固定时间开启勿扰模式。
settings-quiet-from = 开始
settings-quiet-until = 结束
settings-ring-here = 在此设备上响铃
    .hint = 关闭后，来电只在你的其他设备上响铃。
settings-ring-sound = 播放铃声
settings-ringtone = 铃声
settings-ring-volume = 铃声音量
ringtone-carillon = 钟琴
ringtone-chimes = 报时钟
ringtone-handbells = 手铃
ringtone-tower = 塔钟
settings-ring-shortcuts = 在任意应用中接听
    .hint = 响铃时，无论哪个应用在前台，按 { $accept } 接听，按 { $decline } 拒绝。不支持 Wayland。
settings-ring-output = 铃声输出
settings-ring-test-label = 播放铃声
settings-notifications = 显示通知
    .hint = 用于来电、未接来电和消息。
settings-notifications-title = 通知
settings-previews = 显示消息内容
    .hint = 关闭后，通知只显示发送者。
settings-autostart = 登录电脑时启动
    .hint = Carillon 会在后台等待，以便你能接到来电。
settings-privacy-title = 隐私
settings-hide-address = 始终中继通话
    .hint = 两人通话经由服务器，对方无法得知你的 IP 地址。服务器能够听到这类通话。
settings-read-receipts = 已读回执
    .hint = 与你聊天的人能看到你读了什么，你也能看到对方读了什么。关闭后，你也看不到对方的。
settings-blocked = 已屏蔽的人
settings-blocked-none = 你没有屏蔽任何人。
settings-blocked-some = 你不会收到他们的来电和消息，他们不会收到提示。
settings-unblock-label = 取消屏蔽 { $name }
settings-appearance = 外观
settings-theme = 主题
settings-theme-system = 跟随系统
settings-theme-dark = 深色
settings-theme-light = 浅色
settings-language = 语言
settings-language-system = 跟随系统
settings-zoom = 缩放
settings-devices = 设备
settings-devices-loading = 正在加载你的设备…
settings-devices-lead = 有人呼叫你时，这些设备都会响铃。请让不认识或不再使用的设备退出登录。
settings-this-device = 此设备
device-name = 设备名称
device-rename = 重命名 { $name }
device-online = 已连接
device-seen = 上次在线：{ $when }
device-never-seen = 从未连接
device-rings = 在此响铃
device-rings-label = 在 { $name } 上响铃
device-revoke = 退出登录…
device-revoke-ask = 要让 { $name } 退出登录吗？该设备上的通话会立即结束。
device-revoke-confirm = 退出登录
device-revoke-cancel = 取消
settings-sign-out = 退出登录…
settings-sign-out-ask = 要在此设备上退出登录吗？之后此设备不再响铃。
settings-sign-out-confirm = 退出登录
settings-sign-out-cancel = 取消
settings-about = 关于
settings-version = 版本
settings-diagnostics = 诊断信息
    .hint = 供服务器管理员查看的技术信息，不含姓名、地址或密码。
settings-license = 自由软件，MIT 或 Apache-2.0 许可
settings-privacy = 在网络允许时，两人通话直接在双方设备之间传输；否则经由服务器，服务器能够听到。传输途中均已加密。

## The numbers of a call
number-sent = 发送
number-received = 接收
number-sent-picture = 你的视频
number-received-picture = 对方视频
number-received-screen = 对方屏幕
number-sent-loss = 发送丢包
number-received-loss = 接收丢包
number-round-trip = 往返延迟
number-jitter = 抖动
number-codec = 编解码器
number-path = 连接
path-direct = 直连
path-server = 经由服务器

## Keys
keys-title = 键盘快捷键
keys-close = 关闭
keys-everywhere = 通用
keys-page = 显示此页
keys-search = 搜索
keys-larger = 放大
keys-smaller = 缩小
keys-normal-size = 实际大小
keys-ring = 响铃时
keys-call = 通话中

## Texts in fields
edit-menu = 编辑
edit-cut = 剪切
edit-copy = 复制
edit-paste = 粘贴
edit-select-all = 全选
