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
tray-show-call = 显示通话
tray-hang-up = 挂断
tray-quit = 退出 Carillon
tray-do-not-disturb = 勿扰
tray-idle = Carillon
tray-offline = Carillon：离线，别人无法通过此设备联系你
tray-ringing = { $name } 来电
tray-in-call = 正在与 { $name } 通话
tray-missed = Carillon：{ $count } 个未接来电
tray-unread = Carillon：{ $count } 条未读消息
tray-silent = Carillon：勿扰

## Notifications
notification-voice = 语音通话
notification-video = 视频通话
notification-group = 群组通话
notification-accept = 接听
notification-decline = 拒绝
notification-open = 打开
missed-from = { $name } 的未接来电
message-in-group = { $name } · { $group }

## Notices
notice-server-unreachable = 无法连接服务器
    .hint = 请检查地址和网络，然后重试。
notice-not-a-carillon-server = 这不是 Carillon 服务器
    .hint = 该地址有响应，但不是 Carillon 服务。请向服务器管理员核对地址。
notice-bad-address = 这不是有效的地址
    .hint = 地址形如 calls.example.org 或 https://calls.example.org:8443。
notice-insecure-address = 此地址没有加密
    .hint = 网络上的其他人可能看到你的密码、听到你的通话。请使用 https；只有在信任沿途所有网络时才继续。
notice-plain-http = 此服务器使用 http，没有加密
    .hint = Carillon 尝试的是 https。如果你的服务器没有 https，请输入 { $name } 作为地址。
notice-wrong-credentials = 用户名或密码不正确
    .hint = 请检查后重试。用户名均为小写字母。
notice-bad-invite = 邀请码无效
    .hint = 可能输入有误，或已被使用。请向服务器管理员索取新的邀请码。
notice-name-taken = 此用户名已被占用
    .hint = 请换一个。
notice-bad-name = 不能使用此用户名
    .hint = 请使用小写字母 a 到 z、数字、点、连字符和下划线，不能只有数字。
notice-name-refused = 不能使用这个名称
    .hint = 名称为 1 到 64 个字符，不能含有看不见的字符。请重新输入，不要粘贴。
notice-weak-password = 密码太短
    .hint = 请至少使用 8 个字符。
notice-rate-limited = 尝试次数过多
    .hint = 请等一分钟再试。
notice-signed-out = 你已退出登录
    .hint = 此次登录已失效，请重新登录。
notice-unknown-user = 此服务器上没有 { $name }
    .hint = 请检查用户名。无法呼叫其他服务器上的人。
notice-self-call = 不能呼叫自己
    .hint = 要测试麦克风和扬声器，请打开“设置”中的“声音”。
notice-in-another-call = 你已在通话中
    .hint = 请先结束那个通话。
notice-offline = 你已离线
    .hint = 此操作需要连接服务器。Carillon 会一直尝试重新连接。
notice-no-microphone = 找不到麦克风
    .hint = 别人听不到你。插上麦克风后，Carillon 会立即使用。
notice-microphone-refused = Carillon 未获准使用麦克风
    .hint = 别人听不到你。请在系统的隐私设置中允许 Carillon 使用麦克风。
notice-device-busy = { $name ->
    [microphone] 麦克风正被其他程序使用
    [speaker] 扬声器正被其他程序使用
    [camera] 摄像头正被其他程序使用
   *[other] { $name } 正被其他程序使用
}
    .hint = 请关闭该程序，或选择其他设备。
notice-device-gone = { $name } 已被拔出
    .hint = Carillon 现在使用系统默认设备。
notice-no-speaker = 找不到扬声器
    .hint = 你听不到别人。插上扬声器或耳机后，Carillon 会立即使用。
notice-no-camera = 找不到摄像头
    .hint = 别人看不到你。插上摄像头后，请重新打开。
notice-camera-refused = Carillon 未获准使用摄像头
    .hint = 别人看不到你。请在系统的隐私设置中允许 Carillon 使用摄像头。
notice-camera-gone = 摄像头已停止
    .hint = 别人看不到你，但通话会继续。请检查摄像头是否插好，然后重新打开。
notice-screen-refused = Carillon 未获准共享屏幕
    .hint = 请在系统的隐私设置中允许 Carillon 录制屏幕，然后重试。
notice-screen-gone = 你共享的内容已不存在
    .hint = 窗口已关闭，或屏幕已断开。别人不再能看到它。
notice-screen-sound-gone = 未发送共享内容的声音
    .hint = 别人仍能看到它。请停止共享后重新共享以重试。
notice-picture-unreadable = 无法显示对方的画面
    .hint = 通话会继续，声音不受影响。如果画面没有恢复，请让对方关闭摄像头再打开。
notice-no-keychain = 此系统没有密钥环
    .hint = Carillon 可以把登录信息保存在只有你能读取的文件中。否则每次启动都需要重新登录。
notice-not-found = 该内容已不存在
    .hint = 可能有人更改或删除了它。
notice-text-too-long = 这条消息太长
    .hint = 一条消息最多 4096 字节：约 1300 个汉字，或 4000 个字母。请分几条发送。
notice-file-too-large = 文件太大
    .hint = 服务器限制了单个文件的大小以及你所有文件占用的空间。请联系管理员，或删除你发送过的文件。
notice-file-not-saved = 无法保存文件
    .hint = 请检查下载文件夹是否有足够空间，然后重试。
notice-account-full = 你的账号已没有空间存放更多消息
    .hint = 请让服务器管理员腾出空间。这条消息会保留在这里，可以重新发送。
notice-unsent-not-kept = 等待发送的消息无法保存到这台电脑
    .hint = 磁盘可能已满。只要 Carillon 在运行，消息仍会照常发送；如果在此之前退出，消息就会丢失。有空间后，Carillon 会自动保存。
notice-quit-loses-unsent = 等待发送的消息将会丢失
    .hint = Carillon 无法保存这些消息，磁盘可能已满。请腾出空间，Carillon 会自动保存；或再次退出，放弃这些消息。
notice-autostart-refused = 系统未接受此更改
    .hint = 登录时是否启动 Carillon 保持不变。
notice-group-full = 人数已满
    .hint = 一个群组最多 100 人。
notice-bad-picture = Carillon 无法显示这个文件
    .hint = 请选择 PNG、JPEG 或 WebP 图片。
notice-picture-too-large = 这张图片太大
    .hint = 请选择不超过 20 MB 的文件，Carillon 会自动缩小。
notice-wrong-password = 当前密码不正确
    .hint = 请检查后重试。密码没有更改。
notice-call-not-allowed = 服务器不允许你加入此通话
    .hint = 请询问服务器管理员。技术细节中说明了原因。
notice-registration-closed = 此服务器不接受新账号
    .hint = 请让服务器管理员为你创建。
notice-unverified = 无法验证对方的设备
    .hint = Carillon 收到了并非来自该设备的内容，已忽略。如果通话失败，请换一个网络，并当面向对方确认。
notice-joined-muted = 你以静音加入了通话
    .hint = 通话中已有很多人。想发言时请取消静音。
notice-call-full = 通话已满：{ $name } 人
    .hint = 无法同时容纳或呼叫更多人。有人离开后再添加。
notice-muted-by = { $name } 将你静音了
    .hint = 通话中的其他人都能看到。想发言时请自行取消静音，其他人无法替你取消。
notice-not-allowed = 现在无法这样做
    .hint = 情况已有变化，请查看后重试。
notice-internal = 出了点问题
    .hint = 请重试。如果再次出现，请把技术细节告诉服务器管理员。
notice-detail = 技术细节
notice-copy = 复制
notice-copied = 已复制
notice-dismiss = 关闭

## How a call ended
end-no-answer = 无人接听
    .hint = { $name } 会看到你曾来电。
end-cancelled = 已取消呼叫
end-cancelled-there = { $name } 取消了呼叫
end-declined = 你已拒绝
end-declined-there = 对方已拒绝
    .hint = { $name } 现在不方便通话。
end-busy = 对方忙
    .hint = { $name } 正在另一个通话中，会看到你曾来电。
end-hung-up = 通话已结束
end-hung-up-there = { $name } 已挂断
end-connection-lost = 连接已断开
    .hint = 其中一方断开连接的时间太长。
end-media-blocked = 您的网络不允许音视频通过
    .hint = 请让网络管理员允许此设备访问 Carillon 服务器的媒体端口：UDP 4748 及其后的端口，或 TCP 4748（具体端口请向服务器管理员确认）。
end-media-failed = 通话无法接通
    .hint = 你们之间的网络阻止了通话。请换一个网络，或询问服务器管理员。
end-left = 你已离开通话
end-removed = 你已被移出通话
    .hint = 你已不在这个群组中。
end-removed-by = { $name } 将你移出了通话
end-token-expired = 通话已结束
    .hint = 你参加通话的许可已到期，且未能续期。请重新呼叫。
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
sign-in-lead = 在你自己的服务器上，为团队通话。
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
sign-in-keep-in-file = 把登录信息保存在此设备的文件中
sign-in-allow-insecure = 不加密并继续

## Main window
me-menu = 你的菜单
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
people-empty = 这里还没有其他人
    .hint = 向服务器管理员索取邀请码，然后转给同事。
people-no-match = 没有找到“{ $query }”
    .hint = 请检查拼写，或清除搜索。
requests = 联系人请求
request-accept = 接受
request-accept-label = 接受 { $name } 为联系人
request-ignore = 忽略
request-ignore-label = 忽略 { $name } 的请求
contact-add = 添加
contact-add-label = 添加 { $name } 为联系人
contact-requested = 请求已发送
contact-asked = 想成为你的联系人
contact-blocked = 已屏蔽
groups-new = 新建群组
room = 聊天室
group-members = { $count } 名成员
unread-count = { $count } 条未读消息
recent-empty = 还没有通话
recent-missed-count = { $count } 个未接来电
presence-online = 在线
presence-in-call = 通话中
presence-do-not-disturb = 勿扰
presence-away = 离开
presence-offline = 离线
presence-available = 有空
presence-do-not-disturb-hint = 你的所有设备都不响铃
link-connecting = 正在连接…
link-reconnecting = 正在重新连接…
link-offline = 你已离线，别人无法通过此设备联系你
link-replaced = 已在别处打开：来电会在那里响铃
autostart-offer = 登录这台电脑时启动 Carillon？
    .hint = 它会在后台等待，以便你能接到来电。可随时在设置中更改。
autostart-accept = 自动启动
autostart-decline = 暂不
link-take-back = 在这里使用
alone = 一切就绪
    .hint = 其他人在此服务器上有了账号后，你就可以呼叫他们。
select-somebody = 想和谁通话？
    .hint = 在左侧选择一个人，或按 { $key } 搜索。
person-call = 呼叫
person-call-label = 呼叫 { $name }
person-video = 视频
person-video-label = 与 { $name } 视频通话
person-offline-hint = { $name } 已离线。消息会等待送达；如果你呼叫，对方之后会看到你曾来电。
person-silent-hint = { $name } 已开启勿扰。对方的设备不会响铃，但会看到你曾来电。
person-menu = 关于 { $name } 的更多操作
person-add = 添加为联系人
person-accept = 接受为联系人
person-remove = 从联系人中移除
person-take-back = 撤回请求
person-block = 屏蔽
person-unblock = 取消屏蔽
person-requested = { $name } 还没有答复你的联系人请求。你已经可以发消息和呼叫。
person-asked = { $name } 想成为你的联系人。联系人之间能看到对方是否在线。
person-stranger = { $name } 不是你的联系人，你们互相看不到对方是否在线。
person-blocked = 你已屏蔽 { $name }。对方的来电和消息不会到达你这里，对方也不会得知。
key-changed = { $name } 使用了新设备，或重新设置了设备
    .hint = 对方设备的密钥与 Carillon 记住的不同。重新登录后通常如此。如果你没有料到，请先当面确认，再谈机密的事。
key-seen = 知道了
chat-log = 消息和通话
chat-loading = 正在加载消息…
chat-empty-person = 还没有消息
    .hint = 在下面给 { $name } 写消息，或按“呼叫”，对方的所有设备会同时响铃。
chat-empty-group = { $name } 中还没有消息
    .hint = 在下面写消息，或按“呼叫”并选择要呼叫的人。
chat-older = 显示更早的消息
chat-older-loading = 正在加载更早的消息…
chat-older-failed = 无法加载更早的消息
    .hint = 连接恢复后请重试。
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
message-failed = 未发送
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
composer-placeholder = 写消息
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
composer-left = 还可以写 { $count } 个字
composer-too-long = 多了 { $count } 个字，请分几条发送。
composer-blocked = 取消屏蔽 { $name } 后才能发消息。
call-missed = 未接来电
call-incoming = 来电
call-outgoing = 去电
call-voice = 语音通话
call-video = 视频通话
call-no-answer = 无人接听
call-declined = 已拒绝
call-busy = 对方忙
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
group-call-whom = 要呼叫谁？
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
group-rename-hint = 按 Enter 保存，按 Esc 保留原名。
group-picture = 群组头像
group-add = 添加成员
group-add-whom = 要添加谁？
group-add-start = { $count ->
    [0] 添加
   *[other] 添加 { $count } 人
}
group-add-none = 你的联系人都在这个群组里
    .hint = 先搜索更多人，并添加为联系人。
group-leave = 退出群组…
group-leave-room = 退出聊天室…
group-leave-ask = 要退出 { $name } 吗？此后不再收到其中的消息。
group-leave-confirm = 退出
group-leave-cancel = 取消
group-you = 你
role-owner = 群主
role-admin = 管理员
role-member = 成员
member-menu = 对 { $name } 的操作
member-message = 发消息
member-make-admin = 设为管理员
member-make-member = 取消管理员身份
member-make-owner = 设为群主…
member-make-owner-ask = 要把 { $name } 设为 { $group } 的群主吗？此后你是管理员，且无法撤销。
member-make-owner-confirm = 设为群主
member-make-owner-cancel = 取消
member-remove = 移出群组
member-remove-ask = 要移出 { $name } 吗？
member-remove-confirm = 移出
member-remove-cancel = 取消
member-invited = 已邀请
group-invited = 邀请
group-invited-title = { $name } 邀请你加入 { $group }
    .hint = 加入之前，你收不到其中的消息，其中的人也不会因此看到你是否在线。
group-decline = 拒绝
room-join = 加入
room-join-title = 此服务器上的所有人都能加入 { $name }
    .hint = 加入后可以读写消息，也能接到其中的通话。
new-group-title = 新建群组
new-group-lead = 同时给多人发消息，一起通话。
new-group-kind = 类型
new-group-kind-group = 群组
new-group-kind-room = 聊天室
new-group-hint-group = 由管理员决定成员。
new-group-hint-room = 此服务器上的所有人都能找到并加入。
new-group-name = 名称
new-group-name-placeholder = 设计组
new-group-people = 成员
new-group-create = 创建
new-group-busy = 正在创建…
new-group-cancel = 取消
picker-search = 搜索
picker-cancel = 取消
picker-none = 没有找到“{ $query }”
picker-limit = 一次最多 { $count } 人

## Ring window
ring-voice = 语音通话
ring-video = 视频通话
ring-group = 群组通话
ring-group-video = 群组视频通话
ring-group-video-named = 群组视频通话 · { $group }
ring-group-named = 群组通话 · { $group }
ring-also-on = 同时在 { $devices } 上响铃
ring-accept = 接听
ring-accept-video = 视频接听
ring-accept-without-video = 仅语音接听
ring-camera-on = 摄像头开
ring-camera-off = 摄像头关
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
ring-silence = 此设备停止响铃
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
call-spotlight = 放大显示一个人
call-grid = 所有人同样大小
call-tiles = 通话中的人
call-pages = 成员分页
call-page = 第 { $page } 页，共 { $pages } 页
call-page-back = 上一页
call-page-next = 下一页
call-pin = 放大 { $name }
call-unpin = 不再放大 { $name }
call-pinned = 始终放大
call-screen-of = { $name } 的屏幕
call-volume = { $name } 的音量
call-silence = 不听 { $name } 的声音
call-unsilence = 恢复 { $name } 的声音
call-silenced = 你已关闭其声音
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
call-add-whom = 要添加谁？
call-add-start = { $count ->
    [0] 呼叫
   *[other] 呼叫 { $count } 人
}
call-add-none = 能呼叫的人都已在通话中
    .hint = 只能邀请群组的成员。
call-leave = 离开
leg-ringing = 正在响铃…
leg-accepted = 已加入
leg-declined = 已拒绝
leg-busy = 对方忙
leg-missed = 无人接听
leg-left = 已离开
leg-reconnecting = 正在重新连接…
leg-removed = 已被移出
leg-count = { $count ->
    [0] 没有人在通话中
   *[other] { $count } 人在通话中
}
call-poor-network = 网络状况不佳
call-bad-network = 网络状况很差
call-numbers = 通话详情
call-numbers-none = 暂时没有可显示的数据。
call-show-numbers = 显示通话详情
call-hide-numbers = 关闭通话详情
call-controls = 通话控制
call-mute = 静音
call-unmute = 取消静音
call-muted = 你已静音
call-they-muted = { $name } 已静音
call-cameras = 选择摄像头
call-camera-turn-on = 打开摄像头
call-camera-turn-off = 关闭摄像头
call-camera-off = 摄像头已关闭
call-share = 共享屏幕
call-stop-sharing = 停止共享屏幕
call-sharing = 你正在共享屏幕
call-stop = 停止
call-more = 更多选项
call-full-screen = 全屏
call-mini = 小窗口
call-back = 返回通话
call-swap-me = 放大你的画面
call-swap-them = 放大 { $name } 的画面
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
screen-picker-title = 要共享什么？
screen-picker-hint = 在你停止之前，通话中的人会看到其中的全部内容。
screen-picker-screens = 屏幕
screen-picker-windows = 窗口
screen-picker-share = 共享 { $name }
screen-picker-looking = 正在查找屏幕和窗口…
screen-picker-none = 没有可共享的内容
    .hint = 系统可能不允许 Carillon 查看屏幕。请检查隐私设置，然后重试。
say-camera-on = 你的摄像头已打开。
say-camera-off = 你的摄像头已关闭。
say-sharing-began = 你正在共享屏幕。
say-sharing-ended = 你已停止共享屏幕。
say-their-camera-on = { $name } 打开了摄像头。
say-their-camera-off = { $name } 关闭了摄像头。
say-their-screen-began = { $name } 正在共享屏幕。
say-their-screen-ended = { $name } 停止了屏幕共享。
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
say-missed = { $name } 没有接听。
say-spotlight = 正在放大显示一个人。
say-grid = 所有人以同样大小显示。
say-pinned = { $name } 将始终放大。
device-default = 系统默认
device-none = 找不到设备
microphone = 麦克风
speaker = 扬声器
camera = 摄像头
level = 音量

## Settings
settings-title = 设置
settings-you = 你
settings-not-signed-in = 你尚未登录
settings-display-name = 显示名称
settings-display-name-hint = 留空时，别人看到的是你的用户名。
settings-picture = 头像
settings-picture-hint = PNG、JPEG 或 WebP。Carillon 会裁成正方形。
settings-picture-choose = 选择…
settings-picture-change = 更换…
settings-picture-remove = 移除
settings-picture-preview = 别人会这样看到你
settings-picture-use = 使用这张图片
settings-picture-cancel = 取消
settings-password = 密码
settings-password-change = 更改…
settings-password-old = 当前密码
settings-password-new = 新密码
settings-password-save = 更改密码
settings-password-cancel = 取消
settings-password-hint = 这会让你的其他设备退出登录。
settings-save = 保存
settings-saving = 正在保存…
settings-saved = 已保存
settings-sound = 声音
settings-microphone = 麦克风
settings-microphone-test = 测试
settings-microphone-stop = 停止
settings-microphone-test-label = 测试麦克风
settings-microphone-hint = Carillon 只在测试或通话时打开麦克风。
settings-microphone-listening = 请说话：音量条应当移动。
settings-speaker = 扬声器
settings-speaker-test = 播放
settings-speaker-test-label = 在扬声器上播放铃声
settings-echo = 回声消除
    .hint = 避免对方听到自己的声音。
settings-noise = 降噪
    .hint = 去除风扇、车流和键盘的噪声。
settings-gain = 均衡音量
    .hint = 让轻声变响，让大声变轻。
settings-camera = 摄像头
settings-camera-test = 预览
settings-camera-stop = 停止
settings-camera-test-label = 显示摄像头画面
settings-camera-stop-label = 关闭预览
settings-camera-opening = 正在打开摄像头…
settings-camera-in-video-calls = 视频通话时打开摄像头
    .hint = 发起或接听视频通话时打开摄像头。在此之前没有人能看到你。
settings-camera-hint = Carillon 只在你查看预览，或在通话中打开摄像头时使用它。
settings-ringing = 响铃
settings-do-not-disturb = 勿扰
    .hint = 你的所有设备都不响铃。来电者会听到响铃声，你之后会看到谁曾来电。
settings-ring-here = 在此设备上响铃
    .hint = 关闭后，来电只在你的其他设备上响铃。
settings-ring-sound = 响铃时发出声音
settings-ring-shortcuts = 在任何程序中接听
    .hint = 响铃时，无论当前是哪个窗口，按 { $accept } 接听，按 { $decline } 拒绝。不支持 Wayland。
settings-ring-output = 铃声输出
settings-ring-test-label = 播放铃声
settings-notifications = 显示通知
    .hint = 用于来电（系统支持时带有“接听”和“拒绝”）、未接来电和消息。
settings-autostart = 登录电脑时启动
    .hint = Carillon 会在后台等待，以便你能接到来电。
settings-privacy-title = 隐私
settings-hide-address = 隐藏我的地址：始终通过服务器
    .hint = 在两人通话中，对方的设备不会得知此设备的网络地址。服务器能够听到这样的通话。
settings-read-receipts = 已读回执
    .hint = 与你聊天的人能看到你读了什么，你也能看到对方读了什么。关闭后，你也看不到对方的。
settings-appearance = 外观
settings-theme = 主题
settings-theme-system = 跟随系统
settings-theme-dark = 深色
settings-theme-light = 浅色
settings-language = 语言
settings-language-system = 跟随系统
settings-devices = 设备
settings-devices-loading = 正在加载你的设备…
settings-devices-lead = 有人呼叫你时，它们都会响铃。请让你不认识或不再使用的设备退出登录。
settings-this-device = 此设备
device-name = 设备名称
device-rename = 重命名 { $name }
device-online = 已连接
device-seen = 上次在线：{ $when }
device-never-seen = 从未连接
device-rings = 来电在此响铃
device-rings-label = 来电在 { $name } 上响铃
device-revoke = 退出登录…
device-revoke-ask = 要让 { $name } 退出登录吗？它的通话会立即结束。
device-revoke-confirm = 退出登录
device-revoke-cancel = 取消
settings-sign-out = 退出登录…
settings-sign-out-ask = 要在此设备上退出登录吗？此后这里不再响铃。
settings-sign-out-confirm = 退出登录
settings-sign-out-cancel = 取消
settings-about = 关于
settings-version = 版本
settings-license = 自由软件，采用 MIT 或 Apache-2.0 许可
settings-privacy = 在网络允许时，两人之间的通话直接在双方设备之间传输，否则通过服务器，服务器能够听到。传输途中均加密。

## The numbers of a call
number-sent = 发送
number-received = 接收
number-sent-picture = 你的画面
number-received-picture = 对方画面
number-received-screen = 对方屏幕
number-sent-loss = 发送丢包
number-received-loss = 接收丢包
number-round-trip = 往返延迟
number-jitter = 抖动
number-codec = 编解码器
number-path = 连接
path-direct = 直接
path-server = 通过服务器
