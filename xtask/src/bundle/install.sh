#!/bin/sh
# Installs what lies beside this script for the user who runs it, without root; with --uninstall takes it away again.
# Programs go to $CARILLON_BIN (~/.local/bin), the rest to $XDG_DATA_HOME (~/.local/share) and $XDG_CONFIG_HOME (~/.config).
set -eu

name=@NAME@
here=$(cd "$(dirname "$0")" && pwd)
bin=${CARILLON_BIN:-$HOME/.local/bin}
data=${XDG_DATA_HOME:-$HOME/.local/share}
config=${XDG_CONFIG_HOME:-$HOME/.config}
# What an installation consists of, a file a line.
list=$data/$name/files

case $bin in *['|&\']*) echo "$bin cannot be written into other files: please choose another CARILLON_BIN" >&2; exit 1 ;; esac

place() {
    case $1 in
        bin/*) echo "$bin/${1#bin/}" ;;
        share/*) echo "$data/${1#share/}" ;;
        config/*) echo "$config/${1#config/}" ;;
        *) echo "what is $1?" >&2; exit 1 ;;
    esac
}

# Takes a file away, and the folders above it as far as that leaves them empty; those that everybody has stay.
take_away() {
    rm -f -- "$1"
    folder=$(dirname "$1")
    while [ "$folder" != "$bin" ] && [ "$folder" != "$data" ] && [ "$folder" != "$config" ] && rmdir -- "$folder" 2>/dev/null; do
        folder=$(dirname "$folder")
    done
}

# Desktops keep lists of who opens what.
tell_desktop() {
    if [ -d "$data/applications" ] && command -v update-desktop-database >/dev/null; then
        update-desktop-database -q "$data/applications" || true
    fi
    if [ -e "$1" ] && command -v systemctl >/dev/null; then
        systemctl --user daemon-reload 2>/dev/null || true
    fi
}

unit=$config/systemd/user/$name.service

if [ "${1:-}" = --uninstall ]; then
    [ -e "$list" ] || { echo "$name is not installed for you" >&2; exit 1; }
    if [ -e "$unit" ] && command -v systemctl >/dev/null; then
        systemctl --user disable --now "$name" 2>/dev/null || true
    fi
    cp -- "$list" "$list.old"
    while IFS= read -r file; do
        take_away "$file"
    done <"$list.old"
    rm -f -- "$data/$name/install.sh" "$list"
    take_away "$list.old"
    tell_desktop "$config/systemd/user"
    echo "$name is gone; what you have said and chosen is still there"
    exit 0
fi

mkdir -p "$data/$name"
: >"$list.new"
(cd "$here/files" && find . -type f) | sed 's|^\./||' | LC_ALL=C sort >"$list.inside"
while IFS= read -r file; do
    to=$(place "$file")
    case $file in
        # Choices are the user's from the first installation on.
        config/*.toml) if [ -e "$to" ]; then continue; fi ;;
        *) echo "$to" >>"$list.new" ;;
    esac
    mkdir -p "$(dirname "$to")"
    case $file in
        *.desktop | *.service) sed "s|@BIN@|$bin|g" "$here/files/$file" >"$to.new" ;;
        *) cp -- "$here/files/$file" "$to.new" ;;
    esac
    case $file in bin/*) chmod 755 "$to.new" ;; *) chmod 644 "$to.new" ;; esac
    # In one step, so that a program that runs goes on with the old file.
    mv -f -- "$to.new" "$to"
done <"$list.inside"
# What an earlier version had and this one has not.
if [ -e "$list" ]; then
    while IFS= read -r file; do
        grep -qxF -- "$file" "$list.new" || take_away "$file"
    done <"$list"
fi
rm -f -- "$list.inside"
mv -f -- "$list.new" "$list"
if [ "$here" != "$data/$name" ]; then cp -- "$here/install.sh" "$data/$name/install.sh"; fi
tell_desktop "$config/systemd/user"

echo "$name is installed in $bin"
case :$PATH: in *:"$bin":*) ;; *) echo "Put $bin on your PATH to start it by its name." ;; esac
if [ -e "$unit" ]; then echo "To start it now and whenever you are signed in: systemctl --user enable --now $name"; fi
