# SPDX-License-Identifier: MIT
#
# fish completion for ct and all its commands. No option and no command is named here: they are
# those of "ct --describe", and the metavar of an argument chooses what is offered for it. There
# is a link for each command, whichever is completed first.

functions -q __ct_offer; and exit

# What may stand for metavar $argv[1] of the command $argv[2], a word a line.
function __ct_words
    switch $argv[1]
        case CONTAINER
            ct stat --names
        case COLUMN
            ct $argv[2] --output '' 2>&1 | string replace -fr ".*unknown column '': there are " '' | string split ', '
        case HIERARCHY CONTROLLER
            if test $argv[1] = HIERARCHY
                echo all
            else
                ct mount --dry-run --each . | cut -d ' ' -f 2
            end
            # v2 need not have any controllers
            ct mount --noheadings --output version,controllers,mountpoint | while read -l kind words where
                switch $argv[1]:$kind:(test -n "$where"; and echo mounted; or echo)
                    case HIERARCHY:1:mounted 'CONTROLLER:1:*'
                        string split , -- $words
                    case 'HIERARCHY:2:*'
                        test -n "$words"; and echo v2
                end
            end
        case NAME=VALUE
            ct set --parameters | string replace -r '\t.*' '='
        case SIGNAL
            set -l names (sh -c 'kill -l' | string match -ar '[A-Z][A-Z0-9]+' | string match -rv '^(SIG)?(RT|EXIT)' | string replace -r '^SIG' '')
            string match -q 'SIG*' -- $argv[3]; and set names SIG$names
            printf '%s\n' $names
        case UID:GID
            if string match -q '*:*' -- $argv[3]
                printf '%s\n' (string replace -r ':.*' ':' -- $argv[3])(__fish_complete_groups)
            else
                __fish_complete_users
            end
        case UID
            __fish_complete_users
        case GID
            __fish_complete_groups
        case PID
            __fish_complete_pids
    end 2>/dev/null
end

# The same for the word at the cursor, of which a list has been begun perhaps.
function __ct_offer
    set -l value (commandline -ct | string replace -r '^(--[^=]*=|-[A-Za-z])' '')
    switch $argv[1]:$value
        case 'CONTAINER:/*' 'DIR:*'
            __fish_complete_directories $value
        case 'HIERARCHY:*,*' 'CONTROLLER:*,*' 'COLUMN:*,*'
            printf '%s\n' (string replace -r '[^,]*$' '' -- $value)(__ct_words $argv)
        case 'COLUMN:+*'
            printf '%s\n' +(__ct_words $argv)
        case '*'
            __ct_words $argv $value
    end
end

# The words from the first operand of $argv[1] on, without that at the cursor; false if there are none.
function __ct_operands
    set -l words (commandline -opc)
    set -l takes (ct --describe $argv[1] 2>/dev/null | string replace -fr '^option\t(\S+)\t(\S+)\t[^-].*' '$1\n$2' | string split '\n')
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case --
                set -e words[1]
                break
            case '-*'
                set -l key $words[1]
                set -e words[1]
                string match -qr '^-[^-]' -- $key; and set key -(string sub -s -1 -- $key)
                contains -- $key $takes; and set -e words[1]
            case '*'
                break
        end
    end
    set -q words[1]; and printf '%s\n' $words
end

# The line from there on, as if it were one of its own: what $argv[1] runs.
function __ct_rest
    set -l words (__ct_operands $argv[1])
    set -q words[1]; or string match -qv -- '-*' (commandline -ct); or return
    test $argv[1] = ct; and set words[1] ct(string replace -r '^ct' '' -- $words[1])
    complete -C (string join ' ' -- (string escape -- $words) (commandline -ct))
end

for line in (ct --describe 2>/dev/null)
    set -l field (string split \t -- $line)
    if test $field[1] = applet
        set -g __ct_command $field[2]
        set -g __ct_when
        complete -c $__ct_command -f
        set -l operand (string match -r '[A-Z]+' -- $field[3])
        if test "$operand" = COMMAND
            # Behind it the options are those of the command.
            set __ct_when -n "not __ct_operands $__ct_command >/dev/null"
            if test $__ct_command = ct
                complete -c ct $__ct_when -a "(ct --describe | string replace -fr '^applet\tct(.+?)\t.*?\t' '\$1\t')"
                complete -c ct -n "__ct_operands ct >/dev/null" -a "(__ct_rest ct)"
            else
                complete -c $__ct_command -a "(__ct_rest $__ct_command)"
            end
        else if set -q operand[1]
            complete -c $__ct_command -a "(__ct_offer $operand $__ct_command)"
        end
        continue
    end
    set -l how
    test $field[2] != -; and set -a how -s (string sub -s 2 -- $field[2])
    test $field[3] != -; and set -a how -l (string sub -s 3 -- $field[3])
    switch $field[4]
        case -
        case FILE
            set -a how -r -F
        case '*'
            set -a how -x -a "(__ct_offer $field[4] $__ct_command)"
    end
    complete -c $__ct_command $__ct_when $how -d $field[5]
end
set -e __ct_command __ct_when
