# Completion of runwrap(1) for fish, from 3.5 on.
#
# Made by completions/generate.py from the tables of runwrap; edit those.

# Set names to the directives that units of the type $argv[1] have.
function __runwrap_names --no-scope-shadowing
    set names
@names@
end

# Say what the value of the directive $argv[1] is completed with, in the caller's variables:
# words, source (see __runwrap_source), separator (of several) and marks (that may stand before).
function __runwrap_value --no-scope-shadowing
    switch $argv[1]
@values@
    end
end

# Print the number of the word that the command is or will be, if that is not before an option.
function __runwrap_command
    set -l tokens (commandline -opc)
    set -l number 2
    while set -q tokens[$number]
        switch $tokens[$number]
            case --
                math $number + 1
                return
            case '--*=*'
            case @taking@
                set number (math $number + 1)
            case '--*'
            case -
                echo $number
                return
            case '-*'
                if string match -qr -- '^-[^@letters@]*[@letters@]$' $tokens[$number]
                    set number (math $number + 1)
                end
            case '*'
                echo $number
                return
        end
        set number (math $number + 1)
    end
end

# Tell whether options are read where the cursor is.
function __runwrap_reads_options
    set -l number (__runwrap_command)
    not set -q number[1]
end

# Complete the command, or its arguments by its own completion.
function __runwrap_command_line
    set -l tokens (commandline -opc)
    set -l number (__runwrap_command)
    if set -q number[1]; and set -q tokens[$number]
        set -l before (string escape -- $tokens[$number..-1])
        complete --do-complete="$before "(commandline -ct)
        return
    end
    set -l token (commandline -ct)
    if string match -q '*/*' -- $token
        __fish_complete_path $token
    else
        path filter -fx -- $PATH/$token* | path basename
    end
end

function __runwrap_systemctl
    set -l manager
    for word in (commandline -opc)
        contains -- $word --user --system; and set manager $word
    end
    # What has no instance yet is no unit.
    systemctl $manager $argv --full --all --no-legend --no-pager --plain 2>/dev/null |
        string replace -r '\s.*' '' | string match -v '*@.*'
end

# Print what the source $argv[1] knows now; $argv[2] is what has been typed of it.
function __runwrap_source
    switch $argv[1]
        case unit
            __runwrap_systemctl list-units
            __runwrap_systemctl list-unit-files
        case slice
            __runwrap_systemctl list-units --type=slice
        case machine
            echo .host
            machinectl list --no-legend --no-pager 2>/dev/null | string replace -r '\s.*' ''
        case capsule
            path filter -d -- /run/capsules/* | path basename
        case interface
            path basename -- /sys/class/net/*
        case user
            __fish_print_users
        case group
            __fish_print_groups
        case variable
            set -xn
        case host
            set -l user (string match -r '.*@' -- $argv[2])
            set -l hosts (__fish_print_hostnames)
            printf '%s\n' "$user"$hosts
        case file
            __fish_complete_path $argv[2]
        case directory
            __fish_complete_directories $argv[2]
        case system-call
            __runwrap_system_calls $argv[2]
        case directive
            set -l names
            for unit_type in @unit_types@
                __runwrap_names $unit_type
                printf '%s\n' $names
            end
    end
end

function __runwrap_system_calls
    printf '%s\n' @sets@
    # There are hundreds of calls, so something is to be typed first.
    string match -qr '^[^@]' -- $argv[1]; or return
    printf '%s\n' @calls@
end

# Print the part of the current word that is the value of an option, without quotes.
function __runwrap_typed
    set -l token (commandline -ct)
    set token (string replace -r '^--[a-z-]+=' '' -- $token)
    set token (string replace -r '^-[^@letters@-]*[@letters@]' '' -- $token)
    string replace -ra '\\\\(.)|["\']' '$1' -- $token
end

# Complete an option's value from the source $argv[1].
function __runwrap_offer
    __runwrap_source $argv[1] (__runwrap_typed)
end

# Complete a directive of units of the type $argv[1], or its value.
function __runwrap_property
    set -l unit_type $argv[1]
    if test $unit_type = service; and contains -- --scope (commandline -opc)
        set unit_type scope
    end
    set -l names
    __runwrap_names $unit_type
    set -l typed (__runwrap_typed)
    set -l name (string match -r '^[^=]*(?==)' -- $typed)
    if test -z "$name"
        printf '%s=\n' $names
        return
    end
    contains -- $name $names; or return
    set -l words
    set -l source
    set -l separator
    set -l marks
    __runwrap_value $name
    # What stands before the part that is completed is a part of each word that is offered.
    set -l part (string replace -r '^[^=]*=' '' -- $typed)
    if test -n "$separator"
        set part (string replace -r ".*$separator" '' -- $part)
    end
    if test -n "$marks"
        set part (string replace -r "^[$marks]*" '' -- $part)
    end
    set -l head (string sub -e (math (string length -- $typed) - (string length -- "$part")) -- $typed)
    if test -n "$source"
        set -a words (__runwrap_source $source "$part")
    end
    printf '%s\n' $head$words
end

complete -c runwrap -f
complete -c runwrap -a '(__runwrap_command_line)'
@options@
