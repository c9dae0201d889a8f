# bash completion for minidock. What there is to offer, minidock itself says: cli/completion/complete.h.

# Bash takes words apart at = and : (COMP_WORDBREAKS). Puts together again what no blank parts, up to the cursor.
_minidock_words() {
  local rest=${COMP_LINE:0:COMP_POINT} bare piece i
  words=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    bare=${rest#"${rest%%[![:space:]]*}"}
    piece=${COMP_WORDS[i]}
    ((i < COMP_CWORD)) || piece=$bare
    if ((i > 0)) && [[ $bare == "$rest" && -n $rest ]]; then
      words[${#words[@]} - 1]+=$piece
    else
      words+=("$piece")
    fi
    rest=${bare#"$piece"}
  done
}

_minidock() {
  local -a words
  local line value typed cut=
  _minidock_words
  typed=${words[${#words[@]} - 1]}
  # Bash puts the answer in the place of what stands behind the last = or : only.
  [[ $COMP_WORDBREAKS == *=* && $typed == *=* ]] && cut=${typed%"${typed##*=}"}
  [[ $COMP_WORDBREAKS == *:* && ${typed#"$cut"} == *:* ]] && cut=${typed%"${typed##*:}"}
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files)
        compopt -o filenames 2>/dev/null
        while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen -f -- "${typed#"$cut"}")
        ;;
      :nospace) compopt -o nospace 2>/dev/null ;;
      *)
        value=${line%%$'\t'*}
        COMPREPLY+=("${value#"$cut"}")
        ;;
    esac
  done < <("${words[0]}" __complete -- "${words[@]:1}" 2>/dev/null)
}

complete -F _minidock minidock
