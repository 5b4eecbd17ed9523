if [ $1 -eq 0 ] && [ -d /run/systemd/system ]; then
    systemctl --no-reload disable --now carillon-server.service >/dev/null 2>&1 || :
fi
