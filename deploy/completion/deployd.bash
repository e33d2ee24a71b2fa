# bash completion for deployd: verbs, options, files, and the names of releases.

_deployd_releases() {
    local directory
    for directory in releases /var/lib/deployd/releases /srv/releases; do
        [ -d "$directory" ] && command ls -1 -- "$directory" 2>/dev/null
    done
}

_deployd() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} verb="" index
    local verbs="start deploy promote abort rollback restart scale stop upgrade reload status history logs check init unit version help"
    COMPREPLY=()

    for ((index = 1; index < COMP_CWORD; index++)); do
        case ${COMP_WORDS[index]} in
            --config) index=$((index + 1)) ;;
            -*) ;;
            *) verb=${COMP_WORDS[index]}; break ;;
        esac
    done

    case $previous in
        --config) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        --timeout) mapfile -t COMPREPLY < <(compgen -W "30s 90s 5m 10m" -- "$word"); return ;;
        --lines | -n) return ;;
    esac

    local options="--config --help"
    case $verb in
        "") mapfile -t COMPREPLY < <(compgen -W "$verbs --version $options" -- "$word"); return ;;
        deploy) options="--canary --wait --timeout --json $options" ;;
        restart | upgrade) options="--wait --timeout --json $options" ;;
        rollback) options="--force --wait --timeout --json $options" ;;
        promote | abort | scale | reload) options="--json $options" ;;
        stop) options="--now $options" ;;
        init) options="--server --behind-web --swift --package --list $options" ;;
        status) options="--watch --json $options" ;;
        history) options="--lines --json $options" ;;
        logs) options="--follow --lines --process $options" ;;
        help) mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$word"); return ;;
    esac

    case $word in
        -*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word"); return ;;
    esac
    case $verb in
        upgrade) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
        start | deploy | rollback | check)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -d -- "$word"; compgen -W "$(_deployd_releases)" -- "$word")
            ;;
    esac
}

complete -F _deployd deployd
