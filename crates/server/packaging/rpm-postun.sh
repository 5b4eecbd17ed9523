# Accounts and calls stay: RPM has no word for wanting them gone.
if [ $1 -ge 1 ] && [ -d /run/systemd/system ]; then
    systemctl daemon-reload >/dev/null 2>&1 || :
    systemctl try-restart carillon-server.service >/dev/null 2>&1 || :
fi
