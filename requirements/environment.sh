# Finds a Python and fills a virtual environment from a lock file. `./run`, `./check` and `.ci/run` read this file.
# It expects $root, and the functions say and give_up. It sets $venv.
#
#   ENTREPOT_PYTHON=python3.13   the Python to use; without it the first of the path that is 3.11 or later
#   ENTREPOT_VENV=/a/folder      the environment's folder; without it .venv, or .venv-3.13 where ENTREPOT_PYTHON names a Python

# new_enough PYTHON: whether it runs and is 3.11 or later.
new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

version_of() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null
}

find_python() {
    if [ -n "${ENTREPOT_PYTHON:-}" ]; then
        new_enough "$ENTREPOT_PYTHON" ||
            give_up "ENTREPOT_PYTHON is '$ENTREPOT_PYTHON', which does not run or is older than Python 3.11. Name Python 3.11 or later."
        command -v "$ENTREPOT_PYTHON"
        return
    fi
    for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if new_enough "$name"; then
            command -v "$name"
            return
        fi
    done
    found=$(python3 --version 2>/dev/null || true)
    give_up "Python 3.11 or later is required; found: ${found:-none}. On Debian: apt-get install python3 python3-venv."
}

choose_folder() {
    if [ -n "${ENTREPOT_VENV:-}" ]; then
        case $ENTREPOT_VENV in
        /*) venv=$ENTREPOT_VENV ;;
        *) venv=$PWD/$ENTREPOT_VENV ;;
        esac
    elif [ -n "${ENTREPOT_PYTHON:-}" ]; then
        venv=$(find_python) || exit 1
        venv=$root/.venv-$(version_of "$venv")
    else
        venv=$root/.venv
    fi
}

# stamp LOCK: what an environment with this lock was made from: the place, its Python, the lock and the project's settings.
stamp() {
    printf '# %s\n# %s\n' "$root" "$(readlink -f "$venv/bin/python")"
    cat "$root/requirements/$1.txt" "$root/pyproject.toml"
}

# filled LOCK: whether the environment holds what a lock lists, and this tree.
filled() {
    [ -x "$venv/bin/python" ] && stamp "$1" | cmp -s - "$venv/.filled-$1"
}

# usable: whether packages can be installed into the environment as it is. It does not outlive a move (its commands name
# their place), nor another version of its Python (its packages are in a folder named after the version).
usable() {
    [ -x "$venv/bin/pip" ] && new_enough "$venv/bin/python" && head -n 3 "$venv/bin/pip" | grep -qF "$venv/bin/" &&
        "$venv/bin/python" -m pip --version >/dev/null 2>&1 &&
        { [ -z "${ENTREPOT_PYTHON:-}" ] || [ "$(version_of "$venv/bin/python")" = "$(version_of "$ENTREPOT_PYTHON")" ]; }
}

# clearable: whether the folder may be emptied: it is absent, empty, or a virtual environment of its own. Clearing a link would
# empty the folder it leads to, which other checkouts may use; clearing any other folder would delete what somebody keeps there.
clearable() {
    [ ! -L "$venv" ] || return 1
    [ ! -f "$venv/pyvenv.cfg" ] || return 0
    for kept in "$venv"/* "$venv"/.[!.]*; do
        if [ -e "$kept" ] || [ -L "$kept" ]; then return 1; fi
    done
}

# fill LOCK: makes the environment hold what a lock lists, and this tree. The network is used only for packages not there.
fill() {
    if ! usable; then
        python=$(find_python) || exit 1
        "$python" -c 'import venv, ensurepip' >/dev/null 2>&1 ||
            give_up "$python has no venv or ensurepip. On Debian: apt-get install python3-venv."
        [ -d "$venv" ] || mkdir -p "$venv" 2>/dev/null || true # where this fails, the next step says so
    fi
    # One process fills it at a time: a second terminal waits, and uses what the first one made.
    if [ -d "$venv" ] && command -v flock >/dev/null 2>&1; then
        exec 8<"$venv"
        flock 8
        if filled "$1"; then
            exec 8<&-
            return
        fi
    fi
    if ! usable; then
        clearable ||
            give_up "$venv is a link, or holds files that are not a virtual environment. It is not emptied. Remove it, or set ENTREPOT_VENV to another folder."
        python=$(find_python) || exit 1
        say "Making a virtual environment with $("$python" --version) in $venv"
        "$python" -m venv --clear "$venv" >&2 ||
            give_up "The virtual environment could not be made in $venv. Check that the folder is writable and the disk has room."
    fi
    say "Installing requirements/$1.txt"
    rm -f "$venv/.filled-$1"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
        --requirement "$root/requirements/$1.txt" >&2 &&
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
            --editable "$root" >&2 ||
        give_up "The packages could not be installed; pip says why above. Check the network, or the mirror in pip.conf."
    stamp "$1" >"$venv/.filled-$1"
    exec 8<&-
}
