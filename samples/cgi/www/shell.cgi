#!/bin/sh
# The query string is data from a stranger: it is printed, never evaluated.
body=$(wc -c)
printf 'Content-Type: text/plain\n\n'
printf '%s from the shell, %s\n' "$GREETING" "$QUERY_STRING"
printf 'method %s, body of %s bytes\n' "$REQUEST_METHOD" "$((body))"
