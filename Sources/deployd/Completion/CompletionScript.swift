/// The shells that can complete deployd's command line, each with a script that asks `Completion` what may come next.
enum CompletionScript: String, CaseIterable {
    case bash, zsh, fish

    var text: String {
        switch self {
        case .bash: Self.bashText
        case .zsh: Self.zshText
        case .fish: Self.fishText
        }
    }

    // A directory on the way to a release ends in a slash, and more is to come behind it. (bash 4.4 or newer.)
    private static let bashText = """
        # bash completion for deployd, made by `deployd completion bash`.
        _deployd() {
            local lines
            COMPREPLY=()
            mapfile -t lines < <(deployd __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
            if [ "${lines[0]}" = ":files" ]; then
                compopt -o filenames
                mapfile -t COMPREPLY < <(compgen -f -- "${2#=}")
                return
            fi
            COMPREPLY=("${lines[@]%%$'\\t'*}")
            if [ "${#COMPREPLY[@]}" -eq 1 ] && [[ ${COMPREPLY[0]} == */ ]]; then compopt -o nospace; fi
        }
        complete -F _deployd deployd

        """

    private static let zshText = """
        #compdef deployd
        # zsh completion for deployd, made by `deployd completion zsh`.
        _deployd() {
            local -a lines whole shown paths
            local line
            lines=("${(@f)$(deployd __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
            if [[ $lines[1] == :files ]]; then
                [[ $words[CURRENT] != --*=* ]] || compset -P '*='
                _files
                return
            fi
            for line in $lines; do
                if [[ $line == */ ]]; then
                    paths+=("$line")
                elif [[ -n $line ]]; then
                    whole+=("${line%%$'\\t'*}")
                    shown+=("${line/$'\\t'/  -- }")
                fi
            done
            (( $#paths == 0 )) || compadd -S '' -a paths
            (( $#whole == 0 )) || compadd -l -d shown -a whole
        }
        if [[ ${funcstack[1]} == _deployd ]]; then _deployd "$@"; else compdef _deployd deployd; fi

        """

    private static let fishText = """
        # fish completion for deployd, made by `deployd completion fish`.
        function __deployd_complete
            set -l words (commandline -opc)
            set -l current (commandline -ct)
            set -l lines (deployd __complete $words[2..] "$current" 2>/dev/null)
            if test "$lines[1]" = ":files"
                __fish_complete_path (string replace -r '^--[a-z-]+=' '' -- "$current")
            else
                printf '%s\\n' $lines
            end
        end
        complete -c deployd -f -a '(__deployd_complete)'

        """
}
