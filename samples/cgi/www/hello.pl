use strict;
use warnings;

my ($name) = ($ENV{QUERY_STRING} // '') =~ /(?:^|&)name=([\w.-]*)/;
my $body = '';
read(STDIN, $body, $ENV{CONTENT_LENGTH}) if $ENV{CONTENT_LENGTH};

print "Content-Type: text/plain\n\n";
printf "%s from Perl %vd, %s\n", $ENV{GREETING}, $^V, $name // 'stranger';
printf "method %s, body of %d bytes\n", $ENV{REQUEST_METHOD}, length $body;
