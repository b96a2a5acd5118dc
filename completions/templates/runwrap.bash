# Completion of runwrap(1) for bash.
#
# Made by completions/generate.py from the tables of runwrap; edit those.
# Sourced by bash-completion when it is first needed; without that, by ~/.bashrc.

# Set names to the directives that units of the type $1 have.
_runwrap_names()
{
    names=''
    case $1 in
@names@
    esac
}

# Say what the value of the directive $1 is completed with, in the caller's variables:
# words, source (see _runwrap_source), separator (of several) and marks (that may stand before).
_runwrap_value()
{
    case $1 in
@values@
    esac
}

# Say the same of the value of the option $1.
_runwrap_option_value()
{
    case $1 in
@option_values@
    esac
}

# Tell whether the option $1 takes the next word as its value.
_runwrap_takes_next()
{
    case $1 in
@taking@
            return 0
            ;;
    esac
    return 1
}

# Offer $1 in the place of the part that is completed, if it begins with that.
_runwrap_offer()
{
    local value=$1
    [[ $value == "$part"* ]] || return
    [[ $quote ]] || printf -v value %q "$value"
    value=$head$value
    COMPREPLY+=("${value:start}")
}

# Offer the first word of each line that is read.
_runwrap_offer_lines()
{
    local word
    while read -r word _; do
        # What has no instance yet is no unit.
        [[ $word == *@.* ]] || _runwrap_offer "$word"
    done
}

# Offer files, or with -d directories.
_runwrap_offer_files()
{
    local file names
    names=$(compgen "$1" -- "$part")
    [[ $names ]] || return
    if ((${#head} <= start)); then
        compopt -o filenames
        while IFS= read -r file; do
            COMPREPLY+=("$file")
        done <<<"$names"
    else
        # Readline takes the whole word for a name, so it would look for another file.
        while IFS= read -r file; do
            [[ ! -d $file ]] || file+=/
            _runwrap_offer "$file"
        done <<<"$names"
    fi
}

# Offer the programs of $PATH, or files.
_runwrap_offer_programs()
{
    if [[ $part == */* ]]; then
        _runwrap_offer_files -f
        return
    fi
    local file directory IFS=:
    for directory in $PATH; do
        for file in "${directory:-.}/$part"*; do
            [[ ! -f $file || ! -x $file ]] || _runwrap_offer "${file##*/}"
        done
    done
}

_runwrap_systemctl()
{
    systemctl ${manager:+"$manager"} "$@" --full --all --no-legend --no-pager --plain 2>/dev/null
}

# Offer what the source $1 knows now.
_runwrap_source()
{
    local word
    case $1 in
        unit)
            _runwrap_offer_lines < <(
                _runwrap_systemctl list-units
                _runwrap_systemctl list-unit-files
            )
            ;;
        slice) _runwrap_offer_lines < <(_runwrap_systemctl list-units --type=slice) ;;
        machine)
            _runwrap_offer .host
            _runwrap_offer_lines < <(machinectl list --no-legend --no-pager 2>/dev/null)
            ;;
        capsule)
            for word in /run/capsules/*/; do
                word=${word%/}
                [[ ! -d $word ]] || _runwrap_offer "${word##*/}"
            done
            ;;
        interface)
            for word in /sys/class/net/*; do
                [[ ! -L $word ]] || _runwrap_offer "${word##*/}"
            done
            ;;
        user) _runwrap_offer_lines < <(compgen -u -- "$part") ;;
        group) _runwrap_offer_lines < <(compgen -g -- "$part") ;;
        variable) _runwrap_offer_lines < <(compgen -e -- "$part") ;;
        host) _runwrap_hosts ;;
        file) _runwrap_offer_files -f ;;
        directory) _runwrap_offer_files -d ;;
        system-call)
            local sets calls
            _runwrap_system_calls
            # There are hundreds of calls, so something is to be typed first.
            [[ $part == [!@]* ]] || calls=
            for word in $sets $calls; do
                _runwrap_offer "$word"
            done
            ;;
    esac
}

_runwrap_system_calls()
{
    sets='
@sets@
    '
    calls='
@calls@
    '
}

# Offer the hosts that bash-completion knows of.
_runwrap_hosts()
{
    local host
    head+=${part%"${part##*@}"}
    part=${part##*@}
    if declare -F _comp_compgen_known_hosts >/dev/null; then
        _comp_compgen_known_hosts -- "$part"
    elif declare -F _known_hosts_real >/dev/null; then
        _known_hosts_real -- "$part"
    else
        COMPREPLY=($(compgen -A hostname -- "$part"))
    fi
    local -a hosts=("${COMPREPLY[@]}")
    COMPREPLY=()
    for host in "${hosts[@]}"; do
        _runwrap_offer "$host"
    done
}

# Complete the command line that begins with the word $1 of COMP_WORDS.
_runwrap_command_line()
{
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$1"
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$1"
    else
        compopt -o default
    fi
}

_runwrap()
{
    COMPREPLY=()
    local IFS=$' \t\n'
    # Bash breaks words at = and : too; what no space stands between is one word. The last one
    # ends at the cursor.
    local -a line=() begins=()
    local rest=${COMP_LINE:0:COMP_POINT} bare word i
    for ((i = 0; i <= COMP_CWORD; i++)); do
        bare=${rest#"${rest%%[![:space:]]*}"}
        word=${COMP_WORDS[i]}
        ((i < COMP_CWORD)) || word=$bare
        if ((i)) && [[ $bare == "$rest" ]]; then
            line[-1]+=$word
        else
            line+=("$word")
            begins+=("$i")
        fi
        rest=${bare:${#word}}
    done

    # What stands before: options with their values, or a command.
    local option='' manager='' unit_type=service command='' last=$((${#line[@]} - 1))
    for ((i = 1; i < last; i++)); do
        word=${line[i]}
        option=''
        case $word in
            --)
                command=$((i + 1))
                break
                ;;
            --scope) unit_type=scope ;;
            --system | --user) manager=$word ;;
            --*) option=$word ;;
            -?*) [[ ! $word =~ ^-[^@letters@]*[@letters@]$ ]] || option=-${word: -1} ;;
            *)
                command=$i
                break
                ;;
        esac
        if _runwrap_takes_next "$option"; then
            ((i++))
        fi
    done
    # An option whose value is not the current word has been dealt with.
    ((i > last)) || option=''
    if [[ $command ]] && ((command < last)); then
        _runwrap_command_line "${begins[command]}"
        return
    fi

    # The current word without its quotes; where in it each character stands, and where
    # the part of it begins that readline replaces.
    local raw=${line[last]} plain='' quote='' start=0 char
    local -a at=()
    for ((i = 0; i < ${#raw}; i++)); do
        char=${raw:i:1}
        if [[ $char == "$quote" ]]; then
            quote=''
            start=$((i + 1))
            continue
        elif [[ ! $quote && $char == [\"\'] ]]; then
            quote=$char
            start=$((i + 1))
            continue
        fi
        at+=("$i")
        if [[ $quote != \' && $char == \\ ]]; then
            ((++i))
            char=${raw:i:1}
        elif [[ ! $quote && $COMP_WORDBREAKS == *"$char"* ]]; then
            start=$((i + 1))
        fi
        plain+=$char
    done
    at+=("${#raw}")

    local part=$plain words='' source='' separator='' marks='' names
    if [[ $command ]]; then
        source=program
    elif [[ $option ]]; then
        _runwrap_option_value "$option"
    elif [[ $plain == --*=* ]]; then
        part=${plain#*=}
        _runwrap_option_value "${plain%%=*}"
    elif [[ $plain =~ ^-[^@letters@-]*([@letters@])(.+)$ ]]; then
        part=${BASH_REMATCH[2]}
        _runwrap_option_value "-${BASH_REMATCH[1]}"
    elif [[ $plain == -* ]]; then
        words='
@options@
        '
    else
        source=program
    fi
    case $source in
        property:*)
            [[ $source != property:service ]] || source=property:$unit_type
            _runwrap_names "${source#*:}"
            source=''
            if [[ $part != *=* ]]; then
                printf -v words '%s= ' $names
            elif [[ " ${names//$'\n'/ } " == *" ${part%%=*} "* ]]; then
                _runwrap_value "${part%%=*}"
                part=${part#*=}
            fi
            ;;
        directive)
            source=''
            for word in @unit_types@; do
                _runwrap_names "$word"
                words+=" $names"
            done
            ;;
    esac
    [[ ! $separator ]] || part=${part##*"$separator"}
    while [[ $part && $marks == *"${part:0:1}"* ]]; do
        part=${part:1}
    done
    local head=${raw:0:at[${#plain} - ${#part}]}
    for word in $words; do
        _runwrap_offer "$word"
    done
    if [[ $source == program ]]; then
        _runwrap_offer_programs
    else
        _runwrap_source "$source"
    fi
    # More is to come behind these.
    if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == *[=:/] ]]; then
        compopt -o nospace
    fi
}

complete -F _runwrap runwrap
