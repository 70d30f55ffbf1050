#!/usr/bin/env bash
# Puts Debian's chromium into a folder: debian.sh FOLDER. It needs no root: apt-get says which packages are missing on this
# machine and downloads them, and dpkg-deb unpacks them. Where the machine's lists of packages do not know chromium, lists of
# its own are fetched into the folder. The version is that of the machine's release, whose signatures apt-get checks.
set -euo pipefail
folder=$1
command -v apt-get > /dev/null && command -v dpkg-deb > /dev/null || { echo "there is no apt-get here" >&2; exit 1; }
rm -rf "$folder" && mkdir -p "$folder/packages" "$folder/lists/partial" "$folder/cache/archives/partial" "$folder/root"
cd "$folder/packages"
own=()
missing() {
  # Each line is: 'address' file_version_architecture.deb size sum
  apt-get "${own[@]}" install --print-uris --yes --no-install-recommends -qq chromium | awk '{ print $2 }'
}
if ! files=$(missing 2> /dev/null); then
  own=(-o "Dir::State::Lists=$folder/lists" -o "Dir::Cache=$folder/cache" -o Debug::NoLocking=true)
  apt-get "${own[@]}" -qq update
  files=$(missing)
fi
# The pages look the same wherever they are tested: these fonts, also where the machine has some. Without any, chromium ends.
# Newer releases have those of one width in a package of their own.
names=()
for package in fonts-dejavu-core fonts-dejavu-mono; do
  apt-cache "${own[@]}" show "$package" > /dev/null 2>&1 && names+=("$package")
done
for file in $files; do
  version=${file#*_} && version=${version%_*}
  [[ $file == fonts-dejavu-* ]] || names+=("${file%%_*}=${version//%3a/:}")
done
apt-get "${own[@]}" download --quiet=2 -o APT::Sandbox::User= "${names[@]}"
for file in *.deb; do dpkg-deb -x "$file" ../root; done
cat > ../fonts.conf <<FONTS
<fontconfig>
  <dir prefix="relative">root/usr/share/fonts</dir><cachedir>$folder/cache/fonts</cachedir>
  <alias binding="same"><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
  <match target="pattern"><test name="family" qual="all" compare="not_contains"><string>Mono</string></test>
    <edit name="family" mode="append_last"><string>DejaVu Sans</string></edit></match>
</fontconfig>
FONTS
cd .. && rm -rf packages lists
touch .installed
