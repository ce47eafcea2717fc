# Makes containers testable on a Debian machine that has package registries but no image registry. Source it:
#
#     . .ci/docker.sh
#     trap docker_down EXIT
#     docker_up || echo "no containers: $MOORAGE_NO_DOCKER"
#
# docker_up exports DOCKER_HOST (when it had to start a daemon) and MOORAGE_TEST_BASE_IMAGE, or returns 1 after it
# exported MOORAGE_NO_DOCKER, one line that says why. docker_down stops the daemon that docker_up started.
# MOORAGE_CI_CACHE: folder that keeps the base image's files between runs. Default: ~/.cache/moorage-ci.
# shellcheck shell=sh

docker_up() {
    unset MOORAGE_NO_DOCKER
    docker_install && docker_start && docker_base_image
}

docker_cannot() {
    MOORAGE_NO_DOCKER=$1
    export MOORAGE_NO_DOCKER
    return 1
}

docker_answers() { timeout 10 docker version >/dev/null 2>&1; }

docker_install() {
    docker_packages=
    command -v dockerd >/dev/null || docker_answers || docker_packages="docker.io iptables iproute2"
    command -v debootstrap >/dev/null || docker_packages="$docker_packages debootstrap"
    [ -n "$docker_packages" ] || return 0
    [ "$(id -u)" = 0 ] || docker_cannot "installing$docker_packages needs root" || return 1
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of words
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $docker_packages >/dev/null ||
        docker_cannot "apt-get install $docker_packages failed"
}

# Starts a daemon with everything of its own under one temporary folder, so that nothing outlives docker_down.
docker_start() {
    docker_answers && return 0
    [ "$(id -u)" = 0 ] || docker_cannot "no Docker daemon answers, and starting one needs root" || return 1
    docker_dir=$(mktemp -d "${TMPDIR:-/tmp}/moorage-docker.XXXXXX")
    DOCKER_HOST=unix://$docker_dir/docker.sock
    export DOCKER_HOST
    docker_own_bridge || return 1
    # In a session of its own, so that Ctrl-C reaches the tests first and the daemon only through docker_down.
    setsid dockerd --host "$DOCKER_HOST" --bridge "$docker_bridge" --data-root "$docker_dir/data" --exec-root "$docker_dir/exec" \
        --pidfile "$docker_dir/pid" >"$docker_dir/log" 2>&1 &
    docker_pid=$!
    docker_tries=120
    until docker_answers; do
        docker_tries=$((docker_tries - 1))
        if [ "$docker_tries" = 0 ] || ! kill -0 "$docker_pid" 2>/dev/null; then
            tail -n 20 "$docker_dir/log" >&2
            docker_reason=$(tail -n 1 "$docker_dir/log")
            docker_down
            unset DOCKER_HOST
            docker_cannot "dockerd did not start: $docker_reason"
            return 1
        fi
        sleep 0.25
    done
}

# The usual docker0 would be shared with any other daemon of the machine, and each removes it as it likes.
docker_own_bridge() {
    docker_net=1
    while [ -n "$(ip -4 route show "10.213.$docker_net.0/24")" ]; do docker_net=$((docker_net + 1)); done
    docker_bridge=moorage-ci$docker_net
    ip link add "$docker_bridge" type bridge && ip address add "10.213.$docker_net.1/24" dev "$docker_bridge" &&
        ip link set "$docker_bridge" up || docker_cannot "cannot make the network bridge $docker_bridge"
}

docker_down() {
    [ -n "${docker_pid:-}" ] || return 0
    kill "$docker_pid" 2>/dev/null && wait "$docker_pid" 2>/dev/null || true
    docker_pid=
    ip link delete "$docker_bridge"
    rm -rf "$docker_dir"
}

# Debian with Python from the machine's own mirror, and the machine's way to PyPI: what it trusts and pip's settings.
docker_base_image() {
    docker_suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
    docker_rootfs=moorage-test-rootfs:$docker_suite
    if ! docker image inspect "$docker_rootfs" >/dev/null 2>&1; then
        docker_tar=${MOORAGE_CI_CACHE:-$HOME/.cache/moorage-ci}/$docker_suite-$(dpkg --print-architecture).tar
        [ -s "$docker_tar" ] || docker_bootstrap || return 1
        docker import "$docker_tar" "$docker_rootfs" >/dev/null || docker_cannot "docker import failed" || return 1
    fi
    docker_context=$(mktemp -d)
    cat "${PIP_CERT:-${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}}" >"$docker_context/ca.crt"
    cat /etc/pip.conf >"$docker_context/pip.conf" 2>/dev/null
    {
        echo "FROM $docker_rootfs"
        echo "COPY pip.conf /etc/pip.conf"
        echo "COPY ca.crt /etc/ssl/certs/ca-certificates.crt"
        # Paths to certificates and wheels are the machine's; the rest of pip's settings holds in the image too.
        env | grep '^PIP_[A-Z_]*=' | grep -v -e '^PIP_CERT=' -e '^PIP_FIND_LINKS=' | sed 's/=\(.*\)/="\1"/; s/^/ENV /'
        docker_proxy=${PIP_PROXY:-${https_proxy:-${HTTPS_PROXY:-}}}
        [ -z "$docker_proxy" ] || echo "ENV PIP_PROXY=\"$docker_proxy\""
        echo "ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt"
    } >"$docker_context/Dockerfile"
    MOORAGE_TEST_BASE_IMAGE=moorage-test-base
    export MOORAGE_TEST_BASE_IMAGE
    # The old builder: it is in every daemon, and newer command lines need a plugin for the other one.
    DOCKER_BUILDKIT=0 docker build --tag "$MOORAGE_TEST_BASE_IMAGE" "$docker_context" >"$docker_context/log" 2>&1
    docker_built=$?
    [ "$docker_built" = 0 ] || tail -n 20 "$docker_context/log" >&2
    rm -rf "$docker_context"
    [ "$docker_built" = 0 ] || docker_cannot "building $MOORAGE_TEST_BASE_IMAGE failed"
}

docker_bootstrap() {
    [ "$(id -u)" = 0 ] || docker_cannot "debootstrap needs root" || return 1
    docker_mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' "Codename: $docker_suite" | head -n 1)
    docker_root=$(mktemp -d)
    if debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates "$docker_suite" \
        "$docker_root" "$docker_mirror" >"$docker_root.log" 2>&1; then
        mkdir -p "${docker_tar%/*}"
        # Renamed when whole: an interrupted run must not leave half an image in the cache.
        tar -C "$docker_root" --exclude='./var/cache/apt/archives/*.deb' --exclude='./var/lib/apt/lists/*' \
            -cf "$docker_tar.$$" . && mv "$docker_tar.$$" "$docker_tar"
    else
        tail -n 20 "$docker_root.log" >&2
        docker_cannot "debootstrap failed: $(tail -n 1 "$docker_root.log")"
    fi
    docker_made=$?
    rm -rf "$docker_root" "$docker_root.log"
    return $docker_made
}
