# Fedora and openSUSE start nothing by themselves: `systemctl enable --now carillon-server` does.
if [ $1 -eq 1 ] && [ -d /run/systemd/system ]; then
    systemctl --no-reload preset carillon-server.service >/dev/null 2>&1 || :
fi
