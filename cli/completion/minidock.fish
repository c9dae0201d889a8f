# fish completion for minidock. What there is to offer, minidock itself says: cli/completion/complete.h.

function __minidock_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    for line in ($words[1] __complete -- $words[2..-1] "$typed" 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path "$typed"
            case ':nospace'
            case '*'
                echo $line
        end
    end
end

complete -c minidock -f -a '(__minidock_complete)'
