#compdef minidock
# zsh completion for minidock. What there is to offer, minidock itself says: cli/completion/complete.h.

_minidock() {
  local -a lines values shown space
  local line files=
  lines=("${(@f)$("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "${lines[@]}"; do
    case $line in
      '') ;;
      :files) files=1 ;;
      :nospace) space=(-S '') ;;
      *)
        values+=("${line%%$'\t'*}")
        if [[ $line == *$'\t'* ]]; then
          shown+=("${line%%$'\t'*}  -- ${line#*$'\t'}")
        else
          shown+=("$line")
        fi
        ;;
    esac
  done
  (( ${#values} )) && compadd "${space[@]}" -l -d shown -a values
  [[ -n $files ]] && _files
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _minidock "$@"
else
  compdef _minidock minidock
fi
