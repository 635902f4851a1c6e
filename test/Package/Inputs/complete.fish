# Prints what nncc.fish of this folder completes for each line `COMPLETE: TEXT` of standard input.
source nncc.fish
while read -l line
    if set -l text (string replace -r '^COMPLETE: ' '' -- $line)
        string match -q 'COMPLETE: *' -- $line; or continue
        echo "> $text"
        complete -C "$text"
    end
end
