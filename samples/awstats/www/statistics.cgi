#!/bin/sh
# The first configdir counts, whatever a client writes behind it.
QUERY_STRING="config=site&configdir=$AWSTATS_SITE&$QUERY_STRING"
AWSTATS_ENABLE_CONFIG_DIR=$AWSTATS_SITE
export QUERY_STRING AWSTATS_ENABLE_CONFIG_DIR
exec /usr/lib/cgi-bin/awstats.pl
