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
tray-idle = Carillon
tray-offline = Carillon：离线，别人无法在此设备上找到你
tray-ringing = { $name } 来电
tray-in-call = 正在与 { $name } 通话
tray-missed = Carillon：{ $count } 个未接来电

## Notifications
notification-voice = 语音通话
notification-video = 视频通话
notification-accept = 接听
notification-decline = 拒绝
notification-open = 打开
missed-from = { $name } 的未接来电

## Notices
notice-server-unreachable = 服务器没有响应
    .hint = 请检查地址和网络，然后重试。
notice-not-a-carillon-server = 这不是 Carillon 服务器
    .hint = 该地址有响应，但不是 Carillon 服务。请向服务器管理员核对地址。
notice-bad-address = 这不是有效的地址
    .hint = 地址形如 calls.example.org 或 https://calls.example.org:8443。
notice-insecure-address = 此地址没有加密
    .hint = 网络上的其他人可能看到你的密码和通话。请使用 https；只有在信任沿途所有设备时才继续。
notice-wrong-credentials = 用户名或密码不正确
    .hint = 请检查后重试。用户名均为小写。
notice-bad-invite = 邀请码无效
    .hint = 输入有误，或已被使用。请向服务器管理员索取新的邀请码。
notice-name-taken = 此用户名已被占用
    .hint = 请换一个。
notice-bad-name = 不能使用此用户名
    .hint = 请使用小写字母 a 到 z、数字、点、连字符和下划线。
notice-weak-password = 密码太短
    .hint = 请至少使用 8 个字符。
notice-rate-limited = 尝试次数过多
    .hint = 请等一分钟再试。
notice-signed-out = 你已退出登录
    .hint = 此次登录已失效，请重新登录。
notice-unknown-user = 这里没有 { $name }
    .hint = 请检查用户名；无法呼叫其他服务器上的人。
notice-self-call = 不能呼叫自己
    .hint = 要测试麦克风和扬声器，请打开“设置”中的“声音”。
notice-in-another-call = 你正在另一个通话中
    .hint = 请先结束那个通话。
notice-offline = 你已离线
    .hint = 通话需要连接服务器。Carillon 会一直尝试重新连接。
notice-no-microphone = 找不到麦克风
    .hint = 别人听不到你。插上麦克风后会立即启用。
notice-microphone-refused = 系统不允许使用麦克风
    .hint = 别人听不到你。请在系统的隐私设置中允许 Carillon 使用麦克风。
notice-device-busy = { $name ->
    [microphone] 麦克风正被其他程序使用
    [speaker] 扬声器正被其他程序使用
   *[other] { $name } 正被其他程序使用
}
    .hint = 请关闭该程序，或选择其他设备。
notice-device-gone = { $name } 已被拔出
    .hint = 现在使用系统默认设备。
notice-no-speaker = 找不到扬声器
    .hint = 你听不到别人。插上扬声器后会立即启用。
notice-no-keychain = 此系统没有密钥环
    .hint = Carillon 可以把登录信息保存在只有你的系统用户能读取的文件中。否则每次启动都需要重新登录。
notice-not-allowed = 现在无法这样做
    .hint = 情况已有变化。请看一下再试。
notice-internal = 出了点问题
    .hint = 请重试。如果再次出现，请把技术细节告诉服务器管理员。
notice-detail = 技术细节
notice-copy = 复制
notice-copied = 已复制
notice-dismiss = 关闭

## How a call ended
end-no-answer = 无人接听
    .hint = { $name } 会看到你来过电话。
end-cancelled = 已取消呼叫
end-cancelled-there = { $name } 取消了呼叫
end-declined = 你已拒绝
end-declined-there = 对方已拒绝
    .hint = { $name } 现在不方便通话。
end-busy = 对方忙
    .hint = { $name } 正在另一个通话中，会看到你来过电话。
end-hung-up = 通话已结束
end-hung-up-there = { $name } 已挂断
end-connection-lost = 连接已断开
    .hint = 其中一方失去连接的时间太长。
end-media-failed = 通话无法接通
    .hint = 你们之间的网络阻止了通话。请换一个网络，或询问服务器管理员。
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
sign-in-allow-insecure = 不加密，继续

## Main window
me-menu = 你的菜单
menu-settings = 设置
menu-quit = 退出程序
search = 搜索联系人
search-clear = 清除搜索
people = 联系人
people-loading = 正在查找联系人…
people-empty = 这里还没有其他人
    .hint = 向服务器管理员索取邀请码，然后转给同事。
people-no-match = 没有叫“{ $query }”的人
    .hint = 请检查拼写，或清除搜索。
recent = 最近
recent-empty = 还没有通话
recent-missed-count = { $count } 个未接来电
presence-online = 在线
presence-in-call = 通话中
presence-offline = 离线
link-connecting = 正在连接…
link-reconnecting = 正在重新连接…
link-offline = 离线：别人无法在此设备上找到你
link-replaced = 此设备已在别处打开，来电会在那里响铃
link-take-back = 在这里使用
select-somebody = 想和谁通话？
    .hint = 在左侧选择一个人。按 { $key } 搜索。
person-call = 呼叫
person-call-label = 呼叫 { $name }
person-show-call = 显示通话
person-no-calls = 还没有与 { $name } 通过话
    .hint = 按“呼叫”，对方的所有设备会同时响铃。
person-offline-hint = { $name } 已离线。如果你呼叫，对方之后会看到。
person-calls = 通话
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
ago-minutes = { $count } 分钟
ago-hours = { $count } 小时
ago-days = { $count } 天
duration-seconds = { $seconds } 秒
duration-minutes = { $minutes } 分钟
duration-hours = { $hours } 小时 { $minutes } 分钟

## Ring window
ring-voice = 语音通话
ring-video = 视频通话
ring-also-on = 同时在 { $devices } 上响铃
ring-accept = 接听
ring-decline = 拒绝
ring-silence = 此设备静音
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
call-poor-network = 网络信号较弱
call-controls = 通话控制
call-mute = 静音
call-unmute = 取消静音
call-muted = 你已静音
call-microphones = 选择麦克风
call-speakers = 选择扬声器
call-hang-up = 挂断
call-cancel = 取消
call-again = 再次呼叫
call-close = 关闭
device-default = 系统默认
device-none = 找不到设备
microphone = 麦克风
speaker = 扬声器
level = 音量

## Settings
settings-title = 设置
settings-you = 你
settings-not-signed-in = 你尚未登录
settings-sound = 声音
settings-microphone = 麦克风
settings-microphone-test = 测试
settings-microphone-stop = 停止
settings-microphone-test-label = 测试麦克风
settings-microphone-hint = 麦克风只在测试或通话时打开。
settings-microphone-listening = 请说话：音量条应当移动。
settings-speaker = 扬声器
settings-speaker-test = 播放
settings-speaker-test-label = 在扬声器上播放铃声
settings-echo = 回声消除
    .hint = 避免对方听到自己的声音。
settings-noise = 降噪
    .hint = 去除风扇、车流和键盘的声音。
settings-gain = 均衡音量
    .hint = 让轻声变响，让大声变轻。
settings-ringing = 响铃
settings-ring-here = 在此设备上响铃
    .hint = 关闭后，来电只在你的其他设备上响铃。
settings-ring-sound = 响铃时发出声音
settings-ring-output = 铃声输出
settings-ring-test-label = 播放铃声
settings-notifications = 显示通知
    .hint = 系统支持时带有“接听”和“拒绝”。
settings-appearance = 外观
settings-theme = 主题
settings-theme-system = 跟随系统
settings-theme-dark = 深色
settings-theme-light = 浅色
settings-language = 语言
settings-language-system = 跟随系统
settings-this-device = 此设备
settings-device-name = 名称
    .hint = 你的其他设备这样称呼它。
settings-sign-out = 退出登录…
settings-sign-out-ask = 要在此设备上退出登录吗？此后这里不再响铃。
settings-sign-out-confirm = 退出登录
settings-sign-out-cancel = 取消
settings-about = 关于
settings-version = 版本
settings-license = 自由软件，采用 MIT 或 Apache-2.0 许可
settings-privacy = 在网络允许时，两人之间的通话直接在双方设备之间传输，并在途中加密。
