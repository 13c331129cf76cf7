#!/bin/sh
# A copy of the site needs no copy of the program.
exec /usr/share/gitweb/gitweb.cgi
